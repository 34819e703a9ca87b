"""Parquet files."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pandas as pd

from csat_models.errors import DataError
from csat_models.survey.formats.table import Table, as_text, check_header, check_rows


def read_parquet(raw: bytes, *, source: str) -> Table:
    """Read a Parquet file into columns.

    Parameters
    ----------
    raw : bytes
        The content of the file.
    source : str
        What messages call it.

    Returns
    -------
    Table
        Its row numbers count from 1.

    Raises
    ------
    DataError
        A damaged file, no rows, or a column twice.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        content = pq.read_table(io.BytesIO(raw), use_threads=False)
        check_header([str(name).strip() for name in content.column_names], source, "column row")
        content = content.replace_schema_metadata(None)
        frame = content.to_pandas(ignore_metadata=True, use_threads=False)
    except (pa.ArrowException, OSError, ValueError, TypeError, OverflowError, KeyError):
        raise DataError(
            f"{source}: is a damaged Parquet file; write or copy it again", source=source
        ) from None
    check_rows(len(frame), source)
    frame.columns = pd.Index([str(name).strip() for name in frame.columns], dtype="str")
    return Table(
        frame=frame.assign(**{name: _plain(frame, name, source) for name in _not_plain(frame)}),
        row_numbers=np.arange(1, len(frame) + 1),
        encoding="Parquet",
        place="row",
    )


def _not_plain(frame: pd.DataFrame) -> list[Any]:
    return [
        name
        for name, dtype in frame.dtypes.items()
        if pd.api.types.is_bool_dtype(dtype) or not pd.api.types.is_numeric_dtype(dtype)
    ]


def _plain(frame: pd.DataFrame, name: str, source: str) -> pd.Series[Any]:
    column = frame[name]
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
        if pd.api.types.is_numeric_dtype(column.dtype):
            return column
    try:
        return as_text(column)
    except UnicodeDecodeError:
        raise DataError(
            f"{source}: column '{name}' holds bytes that are no UTF-8 text; write it as text",
            source=source,
            column=name,
        ) from None
