"""Several files of one wave, one below the other."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from csat_models.errors import DataError
from csat_models.survey.intake.responses import Responses

_SHOWN = 3


def gather(parts: Sequence[Responses]) -> Responses:
    """Put the responses of several files one below the other.

    Parameters
    ----------
    parts : sequence of Responses
        One of each file, read with the same codebook.

    Returns
    -------
    Responses
        All rows; each remembers its file and its row there. Each line of
        the log ends with its file.

    Raises
    ------
    DataError
        An identifier that stands in two files although it must be unique,
        or the same file twice.
    """
    if len(parts) == 1:
        return parts[0]
    source = f"{parts[0].source} and {len(parts) - 1} more"
    _check_files(parts)
    kept = set.intersection(*(set(part.frame.columns) for part in parts))
    names = [name for name in parts[0].frame.columns if name in kept]
    frame = pd.concat([part.frame[names] for part in parts], ignore_index=True)
    hashes = "\n".join(part.sha256 for part in parts)
    sizes = [len(part.frame) for part in parts]
    whole = replace(
        parts[0],
        frame=frame,
        codebook=parts[0].codebook.restricted_to(names),
        log=tuple(f"{line} ({part.source})" for part in parts for line in part.log),
        sha256=hashlib.sha256(hashes.encode()).hexdigest(),
        source=source,
        row_numbers=np.concatenate([part.row_numbers for part in parts]),
        files=tuple(file for part in parts for file in part.files),
        file_numbers=np.repeat(np.arange(len(parts)), sizes),
    )
    _check_respondents(whole)
    return whole


def _check_files(parts: Sequence[Responses]) -> None:
    seen: dict[str, str] = {}
    for part in parts:
        if part.sha256 in seen:
            raise DataError(
                f"{part.source}: is the same file as {seen[part.sha256]}; name it once",
                source=part.source,
            )
        seen[part.sha256] = part.source


def _check_respondents(whole: Responses) -> None:
    name = whole.codebook.respondent_id
    if name is None or not whole.codebook.unique_respondents:
        return
    twice = whole.frame[name].duplicated(keep=False).to_numpy()
    if twice.any():
        places = [
            f"{file}, row {row}"
            for file, row in zip(
                whole.file_names()[twice], whole.row_numbers[twice].tolist(), strict=True
            )
        ]
        more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
        raise DataError(
            f"{whole.source}: column '{name}' has identifiers that stand in more than one file: "
            f"{'; '.join(places[:_SHOWN])}{more}; remove the repeated rows or set "
            "unique_respondents to false in the codebook",
            source=whole.source,
            column=name,
            rows=tuple(whole.row_numbers[twice].tolist()),
        )
