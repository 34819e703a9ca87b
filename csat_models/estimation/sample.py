"""A data set as numbers: answers, weights, and the groups of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.estimation.columns import (
    read_numbers,
    read_weights,
    require_columns,
    rows_of,
)
from csat_models.survey import Responses
from csat_models.survey.missing import require_asked

Array = NDArray[np.float64]
Missing = Literal["mean", "listwise", "pairwise", "em"]
MISSING: tuple[Missing, ...] = ("mean", "listwise", "pairwise", "em")

# Ways whose moments are sums over rows.
ADDITIVE: tuple[Missing, ...] = ("mean", "listwise")

# Dimensions that results have, whatever the grouping.
RESERVED = (
    *("item", "item_2", "source", "target", "construct", "construct_2"),
    *("draw", "part", "permutation", "row"),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """The numeric part of a data set, ready for moments.

    Attributes
    ----------
    rows : DataFrame
        The rows that are used, for their grouping columns.
    items : tuple of str
        Names of the K items.
    values : array (n, K)
        Answers; NaN where missing.
    weights : array (n,)
        Survey weights; ones where there are none.
    scale_min, scale_max : array (K,)
        Ends of the answer scales.
    missing : {"mean", "listwise", "pairwise", "em"}
        What becomes of missing answers.
    ordinal : bool
        Whether answers are ordered categories, without distances.
    """

    rows: pd.DataFrame
    items: tuple[str, ...]
    values: Array
    weights: Array
    scale_min: Array
    scale_max: Array
    missing: Missing = "mean"
    ordinal: bool = False

    @property
    def additive(self) -> bool:
        """Whether moments are sums over rows, which add up over parts and files."""
        return self.missing in ADDITIVE and not self.ordinal


def read_sample(
    data: Responses | pd.DataFrame,
    *,
    items: Sequence[str] | None = None,
    missing: Missing = "mean",
    sampling_weights: str | None = None,
    ordinal: bool = False,
    some: bool = False,
) -> Sample:
    """Take items, weights and scales out of a data set.

    Parameters
    ----------
    data, items, missing, sampling_weights, ordinal
        As in :func:`~csat_models.estimation.row_moments.compute_moments`.
    some : bool
        Whether these are some rows only, as a batch of a file: they may all
        be without a weight.

    Raises
    ------
    DataError
        No data frame, no rows, a column that is not there, there twice or of
        no numbers, an infinite answer, a survey weight that is missing or
        negative, a way with missing answers that is unknown or unfit for
        ordered categories, or an item that some respondents were not asked.
    """
    frame = rows_of(data)
    names = names_of(items) if items is not None else _default_items(data)
    require_columns(frame, (*names, *([sampling_weights] if sampling_weights else [])))
    _check_missing(missing, ordinal)
    _check_rows(frame, names)
    values = read_numbers(frame, names)
    if missing != "listwise":
        require_asked(data, names)
    if missing != "mean":
        answered = ~np.isnan(values)
        kept = answered.all(axis=1) if missing == "listwise" else answered.any(axis=1)
        frame, values = frame.iloc[np.flatnonzero(kept)], values[kept]
    weights = read_weights(frame, sampling_weights, some=some)
    low, high = _scales(data, names, values)
    return Sample(
        rows=frame,
        items=names,
        values=values,
        weights=weights,
        scale_min=low,
        scale_max=high,
        missing=missing,
        ordinal=ordinal,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Groups:
    """Rows by the combinations of some columns.

    Attributes
    ----------
    coords : dict of str to array
        Values of each grouping column, in their order of codes.
    codes : array (n,)
        Number of each row's combination, in C order of `shape`; -1 for a
        row that misses one of the values.
    """

    coords: dict[str, NDArray[Any]]
    codes: NDArray[np.intp]

    @classmethod
    def of(cls, rows: pd.DataFrame, by: Sequence[str]) -> Self:
        """Group `rows` by the columns `by`; a single name is one column.

        Raises
        ------
        DataError
            A column that is not there, named twice, or named as a dimension
            that results have anyway.
        """
        by = names_of(by)
        require_columns(rows, by)
        _check_dimensions(by)
        coords: dict[str, NDArray[Any]] = {}
        codes = np.zeros(len(rows), dtype=np.intp)
        unknown = np.zeros(len(rows), dtype=np.bool_)
        for name in by:
            categories = rows[name].astype("category").cat
            coords[name] = np.asarray(categories.categories)
            codes = codes * len(coords[name]) + categories.codes.to_numpy()
            unknown |= categories.codes.to_numpy() < 0
        codes[unknown] = -1
        return cls(coords=coords, codes=codes)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each grouping column."""
        return tuple(len(values) for values in self.coords.values())

    @property
    def size(self) -> int:
        """Number of combinations."""
        return prod(self.shape)

    def number(self, cell: tuple[int, ...]) -> int:
        """Return the number of a combination, in C order."""
        return int(np.ravel_multi_index(cell, self.shape)) if cell else 0

    def regroup(self, kept: Sequence[str]) -> tuple[NDArray[np.intp], int]:
        """Return the numbers of the combinations of only some columns.

        Returns
        -------
        numbers : array (size,)
            For each combination of all columns, that of the columns `kept`.
        count : int
            How many of these there are.
        """
        names = list(self.coords)
        index = np.indices(self.shape).reshape(len(names), self.size)
        numbers = np.zeros(self.size, dtype=np.intp)
        for name in kept:
            numbers = numbers * len(self.coords[name]) + index[names.index(name)]
        return numbers, prod(len(self.coords[name]) for name in kept)

    def cells(self) -> Iterable[tuple[tuple[int, ...], NDArray[np.intp]]]:
        """Yield each combination that has rows, with its row numbers."""
        for code, cell in enumerate(product(*(range(size) for size in self.shape))):
            rows = np.flatnonzero(self.codes == code)
            if len(rows):
                yield cell, rows


def _default_items(data: Responses | pd.DataFrame) -> tuple[str, ...]:
    if isinstance(data, Responses):
        return tuple(name for name, item in data.codebook.items.items() if item.filter is None)
    return tuple(data.select_dtypes("number").columns)


def _scales(
    data: Responses | pd.DataFrame, names: Sequence[str], values: Array
) -> tuple[Array, Array]:
    if isinstance(data, Responses):
        ends = np.array([data.codebook.items[name].scale for name in names], dtype=np.float64)
        return ends[:, 0], ends[:, 1]
    ends = np.full((2, len(names)), np.nan)
    if len(values):
        ends[0], ends[1] = np.fmin.reduce(values, axis=0), np.fmax.reduce(values, axis=0)
    return ends[0], ends[1]


def names_of(names: str | Sequence[str]) -> tuple[str, ...]:
    """Return names of columns; a text is one name."""
    return (names,) if isinstance(names, str) else tuple(names)


def _check_rows(frame: pd.DataFrame, names: Sequence[str]) -> None:
    if len(set(names)) < len(names):
        twice = next(name for name in names if list(names).count(name) > 1)
        raise DataError(f"items= names '{twice}' twice; name it once", item=twice)
    if not names:
        raise DataError("the data have no numeric column; give a column for each item")
    if not len(frame):
        raise DataError(
            "the data have no rows; check the file, or the condition that rows were selected by"
        )


def _check_dimensions(by: Sequence[str]) -> None:
    for name in by:
        if name in RESERVED:
            raise DataError(
                f"the grouping column '{name}' is named as a dimension of the results; rename the "
                "column",
                column=name,
            )
        if list(by).count(name) > 1:
            raise DataError(
                f"the grouping column '{name}' is named twice; name it once", column=name
            )


def _check_missing(missing: Missing, ordinal: bool) -> None:
    if missing not in MISSING:
        raise DataError(
            f"missing='{missing}' is not a way with missing answers; write one of "
            f"{', '.join(MISSING)}",
            missing=missing,
        )
    if ordinal and missing == "em":
        raise DataError(
            "missing='em' takes answers as numbers with a normal distribution, and ordinal=True "
            "as categories; write missing='pairwise' or 'listwise'",
            missing=missing,
        )
