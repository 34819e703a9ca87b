"""What a table or figure asks of the frame it is handed."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import pandas as pd

from csat_models.errors import DataError

Row = dict[str, Any]


def require(frame: pd.DataFrame, columns: Iterable[str], where: str) -> None:
    """Check that `frame` has rows and the columns that are shown.

    Raises
    ------
    DataError
        A column is missing, or there is no row.

    Examples
    --------
    >>> require(pd.DataFrame({"estimate": [1.0]}), ["estimate"], "index_table")
    """
    missing = [name for name in columns if name not in frame]
    if missing:
        raise DataError(
            f"{where}: the frame has no column {', '.join(missing)}; "
            f"it has {', '.join(map(str, frame.columns))}; name its columns as the docstring says",
            columns=tuple(missing),
        )
    if frame.empty:
        raise DataError(f"{where}: the frame has no row; show Absent instead", columns=())


def rows_of(frame: pd.DataFrame) -> list[Row]:
    """Return the frame's rows as mappings from column to value."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def distinct(frame: pd.DataFrame, column: str | None) -> list[Any]:
    """Return the values of a column in order of appearance; ``[None]`` without one."""
    return [None] if column is None else list(frame[column].drop_duplicates())


def part(frame: pd.DataFrame, column: str | None, value: Hashable) -> pd.DataFrame:
    """Return the rows whose `column` has `value`; all rows without a column."""
    return frame if column is None else frame[frame[column] == value]


def lookup(frame: pd.DataFrame, *columns: str) -> dict[tuple[Any, ...], Row]:
    """Return the rows by the values of some columns.

    Raises
    ------
    DataError
        Two rows have the same values.
    """
    found: dict[tuple[Any, ...], Row] = {}
    for row in rows_of(frame):
        key = tuple(row[name] for name in columns)
        if key in found:
            raise DataError(
                f"two rows of the frame have {', '.join(map(str, key))} as "
                f"{', '.join(columns)}; hand over one row a cell",
                key=key,
            )
        found[key] = row
    return found


def pair_order(frame: pd.DataFrame, wanted: Sequence[str] = ()) -> list[str]:
    """Return the constructs of a frame of pairs, the `wanted` ones first."""
    pairs = zip(frame["construct"], frame["construct_2"], strict=True)
    found = dict.fromkeys(name for pair in pairs for name in pair)
    return [name for name in dict.fromkeys([*wanted, *found]) if name in found]


def number(row: Row | None, column: str) -> float:
    """Return a cell as a number; NaN where the row, column or value is missing."""
    value = None if row is None else row.get(column)
    return float("nan") if value is None or pd.isna(value) else float(value)
