"""SPSS (.sav, .zsav) and Stata (.dta) files, with their labels and missing values."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from csat_models.errors import DataError
from csat_models.survey.formats.extended import EXTENDED, RANGE
from csat_models.survey.formats.table import Range, Table, check_header, check_rows

_NAMES = {"sav": "SPSS", "dta": "Stata"}
_SECONDS = 900
_CHILD = Path(__file__).with_name("readstat.py")


def read_statistical(raw: bytes, kind: Literal["sav", "dta"], *, source: str) -> Table:
    """Read an SPSS or Stata file into columns.

    Parameters
    ----------
    raw : bytes
        The content of the file.
    kind : {"sav", "dta"}
        Its format.
    source : str
        What messages call it.

    Returns
    -------
    Table
        Its row numbers count from 1. Values keep their codes; labels of
        columns and values come with it, and so do ranges that SPSS declares
        missing. Stata's missing values .a to .z keep the numbers that Stata
        stores for them (:mod:`~csat_models.survey.formats.extended`), and
        are declared missing too.

    Raises
    ------
    DataError
        A damaged file, no rows, or a column twice.
    """
    content, facts = _ask_child(raw, kind, source)
    names = [str(name).strip() for name in content.column_names]
    check_header(names, source)
    check_rows(content.num_rows, source)
    frame: pd.DataFrame = content.to_pandas(ignore_metadata=True).set_axis(names, axis=1)
    labels = {
        name: {_number(value, kind): str(label) for value, label in pairs if label}
        for name, pairs in facts["labels"].items()
    }
    return Table(
        frame=frame,
        row_numbers=np.arange(1, len(frame) + 1),
        encoding=_NAMES[kind],
        place="row",
        wordings=facts["wordings"],
        labels=labels,
        missing={name: _ranges(pairs) for name, pairs in facts["missing"].items()}
        | {str(name).strip(): (RANGE,) for name in facts["letters"]},
    )


def _ask_child(raw: bytes, kind: str, source: str) -> tuple[Any, dict[str, Any]]:
    import pyarrow as pa

    # Run by its path, the child does not import the package, which would double its time.
    command = [sys.executable, "-P", str(_CHILD), kind]
    try:
        done = subprocess.run(command, input=raw, capture_output=True, check=True, timeout=_SECONDS)
        content = pa.ipc.open_stream(io.BytesIO(done.stdout)).read_all()
    except (subprocess.SubprocessError, pa.ArrowException):
        raise DataError(
            f"{source}: is a damaged {_NAMES[kind]} file; copy or export it again", source=source
        ) from None
    return content, json.loads(content.schema.metadata[b"csat"])


def _number(value: Any, kind: str) -> float | str:
    """Return a labelled value: a number, a letter of Stata as its number, or text."""
    if isinstance(value, int | float):
        return float(value)
    return EXTENDED.get(f".{value}", str(value)) if kind == "dta" else str(value)


def _ranges(pairs: list[list[Any]]) -> tuple[Range, ...]:
    """Ranges of numbers; those of text are left to the codebook."""
    numbers = [pair for pair in pairs if all(isinstance(end, int | float) for end in pair)]
    return tuple((float(low), float(high)) for low, high in numbers)
