"""Columns of a data set as numbers, and what is refused of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.survey import Responses

# Beyond these, squares of weights leave the range of floating-point numbers.
LEAST_WEIGHT, LARGEST_WEIGHT = 1e-100, 1e100


def rows_of(data: object) -> pd.DataFrame:
    """Return the rows of responses or a data frame.

    Raises
    ------
    DataError
        Anything else.
    """
    frame = data.frame if isinstance(data, Responses) else data
    if not isinstance(frame, pd.DataFrame):
        raise DataError(
            f"the data are of type '{type(data).__name__}'; give responses or a pandas DataFrame "
            "with a column for each item"
        )
    return frame


def require_columns(frame: pd.DataFrame, names: Sequence[str]) -> None:
    """Refuse columns that are not there, or there twice.

    Raises
    ------
    DataError
        Such a column.
    """
    absent = [name for name in names if name not in frame.columns]
    if absent:
        raise DataError(
            f"the data have no column '{absent[0]}'; "
            f"they have {', '.join(map(str, frame.columns))}",
            column=absent[0],
        )
    if not frame.columns.is_unique:
        repeated = set(frame.columns[frame.columns.duplicated()])
        for name in names:
            if name in repeated:
                raise DataError(
                    f"the data have {list(frame.columns).count(name)} columns '{name}'; rename or "
                    "leave out all but one",
                    column=name,
                )


def read_numbers(frame: pd.DataFrame, names: Sequence[str]) -> NDArray[np.float64]:
    """Return columns as numbers (n, K), NaN where missing.

    Parameters
    ----------
    frame : DataFrame
    names : sequence of str
        Columns that are there.

    Raises
    ------
    DataError
        A value that is no number, or infinite.
    """
    columns = frame[list(names)]
    try:
        if any(dtype.kind in "cmM" for dtype in columns.dtypes):
            raise TypeError
        values = columns.to_numpy(dtype=np.float64)
    except (TypeError, ValueError):
        raise _no_number(columns) from None
    infinite = np.isinf(values)
    if infinite.any():
        row, column = np.argwhere(infinite)[0]
        raise DataError(
            f"column '{names[column]}' is infinite in the row with the index {frame.index[row]} "
            f"({infinite[:, column].sum()} such rows); leave it empty where there is none",
            column=names[column],
            row=frame.index[row],
        )
    return values


def read_weights(
    frame: pd.DataFrame, name: str | None, *, some: bool = False
) -> NDArray[np.float64]:
    """Return the survey weights (n,); ones without a column.

    Parameters
    ----------
    frame : DataFrame
    name : str, optional
    some : bool
        Whether these are some rows only, which may all be without weight.

    Raises
    ------
    DataError
        A weight that is missing, negative, infinite or no number, only zeros,
        or weights too small or large to be squared.
    """
    if name is None:
        return np.ones(len(frame))
    weights = read_numbers(frame, (name,))[:, 0]
    usable = weights >= 0
    if not usable.all():
        row = int(np.argmin(usable))
        what = "no value" if np.isnan(weights[row]) else f"the negative value {weights[row]:g}"
        raise DataError(
            f"the weight column '{name}' has {what} in the row with the index {frame.index[row]} "
            f"({(~usable).sum()} such rows); give every row a weight of 0 or more, or leave these "
            "rows out",
            column=name,
            row=frame.index[row],
        )
    largest = weights.max(initial=0.0)
    if not some and len(weights) and largest == 0:
        raise DataError(
            f"the weight column '{name}' is 0 in all {len(weights)} rows; give weights above 0",
            column=name,
        )
    if largest > 0 and not LEAST_WEIGHT < largest < LARGEST_WEIGHT:
        raise DataError(
            f"the largest weight of the column '{name}' is {largest:g}, too far from 1 to be "
            "squared; divide the weights by their mean",
            column=name,
        )
    return weights


def _no_number(columns: pd.DataFrame) -> DataError:
    """Say which value is no number."""
    for place, name in enumerate(columns.columns):
        column = columns.iloc[:, place]
        if column.dtype.kind not in "cmM":
            bad = (pd.to_numeric(column, errors="coerce").isna() & column.notna()).to_numpy()
        else:
            bad = column.notna().to_numpy()
        if bad.any():
            row = int(np.argmax(bad))
            return DataError(
                f"column '{name}' holds {column.iloc[row]!r} in the row with the index "
                f"{columns.index[row]} ({bad.sum()} such rows), which is no number; give answers "
                "as numbers",
                column=name,
                row=columns.index[row],
            )
    return DataError(f"the columns {', '.join(map(str, columns.columns))} are not numbers")
