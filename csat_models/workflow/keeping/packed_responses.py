"""Responses as tables that the store keeps, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from csat_models.survey import Codebook, RawFile, Responses

ROW, FILE = "raw_row", "raw_file"

Read = Callable[[], Responses]


def _pack_rows(read: Read) -> pd.DataFrame:
    responses = read()
    places = {ROW: responses.row_numbers}
    if responses.file_numbers is not None:
        places[FILE] = responses.file_numbers
    return responses.frame.assign(**places)


def _pack_log(read: Read) -> pd.DataFrame:
    responses = read()
    log = responses.log or ("",)
    return pd.DataFrame(
        {"log": log, "sha256": responses.sha256, "source": responses.source}, dtype=str
    )


def _pack_files(read: Read) -> pd.DataFrame:
    files = [(file.source, file.sha256, file.n_rows) for file in read().files]
    return pd.DataFrame(files, columns=["source", "sha256", "n_rows"])


PACKED: dict[str, Callable[[Read], pd.DataFrame]] = {
    "responses": _pack_rows,
    "log": _pack_log,
    "files": _pack_files,
}
"""Name of each table to the function that makes it of responses yet to be read."""


def unpack_responses(tables: Mapping[str, pd.DataFrame], codebook: Codebook) -> Responses:
    """Put responses together from their tables.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        As :data:`PACKED` names them.
    codebook : Codebook
        Of the wave; columns that were dropped on reading are left out of it.
    """
    rows, log, files = (tables[name] for name in PACKED)
    frame = rows.drop(columns=[name for name in (ROW, FILE) if name in rows])
    return Responses(
        frame=frame,
        codebook=codebook.restricted_to(list(frame.columns)),
        log=tuple(log["log"]),
        sha256=str(log["sha256"].iloc[0]),
        source=str(log["source"].iloc[0]),
        row_numbers=rows[ROW].to_numpy(dtype=np.int64),
        files=tuple(
            RawFile(source=str(row["source"]), sha256=str(row["sha256"]), n_rows=int(row["n_rows"]))
            for row in files.to_dict("records")
        ),
        file_numbers=rows[FILE].to_numpy(dtype=np.int64) if FILE in rows else None,
    )
