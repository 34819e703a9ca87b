"""Small cells kept out of tables, together with what would give them away.

A table with totals can be solved for a cell that is left blank alone in its
row or column. So further cells are left blank until no blank can be worked
out: rows and columns (totals included) are the nodes of a graph, blanks are its
edges, and a blank can be worked out exactly where its edge is on no cycle.

In a table of more than two dimensions each small cell becomes the corner of a
hypercube of blanks: adding and subtracting one respondent at its corners leaves
every total that is shown as it is. Since empty cells are shown, everybody knows
that a blank holds somebody: from a cell of one nothing is subtracted.

References
----------
Cox (1980), Suppression methodology and statistical disclosure control, J.
American Statistical Association 75:377-385. Gusfield (1988), A graph theoretic
approach to statistical data security, SIAM J. Computing 17:552-571, for cycles.
Giessing & Repsilber (2002), Tools and strategies to protect multiple tables with
the GHQUAR cell suppression engine, in Inference Control in Statistical Databases,
181-192, for hypercubes. Hundepool et al. (2012), Statistical Disclosure Control,
chapter 4.
"""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Sequence
from itertools import product
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import DataError

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

TOTAL = "total"


def suppress_small_cells(
    table: pd.DataFrame | pd.Series[float], *, min_n: int, totals: Hashable = TOTAL
) -> pd.DataFrame:
    """Blank the small cells of a table of counts so that none can be worked out.

    Parameters
    ----------
    table : DataFrame or Series
        Numbers of respondents: columns crossed with rows, or a single
        column. Totals are added; if the last row and the last column are
        called `totals`, they are those of the table.
    min_n : int
        Cells with 1 to ``min_n - 1`` respondents are blanked. Empty cells
        are shown.
    totals : label
        Of the row and the column of totals.

    Returns
    -------
    DataFrame
        Counts with totals, NaN where blanked: the small cells (totals too, if
        small) and, as secondary suppression, those others with the fewest
        respondents without which a blank could be worked out from the rest,
        blanks being no less than 1.

    Raises
    ------
    DataError
        Counts that are no numbers, negative or missing, a `min_n` that is no whole number, or
        totals that do not add up.

    Examples
    --------
    >>> counts = pd.DataFrame({"a": [3, 40], "b": [50, 60]}, index=["x", "y"])
    >>> suppress_small_cells(counts, min_n=5)
               a     b  total
    x        NaN   NaN   53.0
    y        NaN   NaN  100.0
    total   43.0 110.0  153.0
    """
    if not isinstance(table, pd.Series | pd.DataFrame):
        raise DataError(
            f"a table of counts to be suppressed is a {type(table).__name__}; give numbers of "
            "respondents as a DataFrame or Series"
        )
    frame = table.to_frame("n") if isinstance(table, pd.Series) else table
    _require_least(min_n)
    full = _with_totals(frame, totals)
    shown = full.mask(protected_cells(full.to_numpy(dtype=np.float64), min_n))
    return shown[["n"]] if isinstance(table, pd.Series) else shown


def small_cells(counts: pd.DataFrame, *, min_n: int, totals: Hashable = TOTAL) -> pd.DataFrame:
    """Tell which cells :func:`suppress_small_cells` would blank.

    Use it to blank means or shares whose numbers of respondents are `counts`.

    Parameters
    ----------
    counts, min_n, totals
        As in :func:`suppress_small_cells`.

    Returns
    -------
    DataFrame of bool
        With totals.
    """
    _require_least(min_n)
    full = _with_totals(counts, totals)
    hidden = protected_cells(full.to_numpy(dtype=np.float64), min_n)
    return pd.DataFrame(hidden, index=full.index, columns=full.columns)


def hidden_rows(
    table: pd.DataFrame, size: str, *, by: Sequence[str] = (), min_n: int
) -> pd.Series[bool]:
    """Tell which rows of a tidy table of cells must be blank.

    Parameters
    ----------
    table : DataFrame
        One row a cell; combinations that are not there are empty cells.
    size : str
        Column of the numbers of respondents; missing is none.
    by : sequence of str
        Columns that are crossed, any number of them; by default the rows are
        one list with a total.
    min_n : int
        Least number of respondents of a cell that is shown.

    Returns
    -------
    Series of bool
        With the table's index.

    Raises
    ------
    DataError
        Cells that stand twice, counts that are negative or no numbers, or no
        least number.

    Examples
    --------
    >>> cells = pd.DataFrame({"city": list("aabb"), "brand": list("oror"), "n": [3, 40, 50, 60]})
    >>> hidden_rows(cells, "n", by=["city", "brand"], min_n=5).tolist()
    [True, True, True, True]
    >>> hidden_rows(cells, "n", by=["city", "brand"], min_n=3).any().item()
    False
    """
    _require_least(min_n)
    codes, counts = _crossed(table, size, by)
    return pd.Series(hidden_cells(counts, min_n)[codes], index=table.index)


def hidden_totals(
    table: pd.DataFrame, size: str, *, by: Sequence[str], of: str, min_n: int
) -> set[Hashable]:
    """Tell which groups' totals are blank together with the cells of :func:`hidden_rows`.

    A list of the groups that stands beside the crossed table must leave them
    blank as well, or both together give small cells away.

    Parameters
    ----------
    table, size, by, min_n
        As in :func:`hidden_rows`.
    of : str
        The column of `by` whose groups are meant.

    Returns
    -------
    set
        Values of the column.

    Examples
    --------
    >>> cells = pd.DataFrame({"city": list("aabb"), "brand": list("oror"), "n": [1, 2, 50, 60]})
    >>> sorted(hidden_totals(cells, "n", by=["city", "brand"], of="city", min_n=5))
    ['a', 'b']
    """
    _require_least(min_n)
    _codes, counts = _crossed(table, size, by)
    axis = list(by).index(of)
    hidden = protected_cells(_full(counts), min_n)
    totals = hidden[tuple(slice(None, -1) if at == axis else -1 for at in range(len(by)))]
    return {value for value, blank in zip(table[of].unique(), totals, strict=True) if blank}


def _crossed(
    table: pd.DataFrame, size: str, by: Sequence[str]
) -> tuple[tuple[NDArray[np.intp], ...], Array]:
    """Return each row's place in the table of counts, and the table without totals."""
    keys = [table[name] for name in by] or [pd.Series(range(len(table)), index=table.index)]
    codes = tuple(pd.factorize(key)[0] for key in keys)
    shape = [int(code.max(initial=-1)) + 1 for code in codes]
    numbers = _numbers(table[[size]].fillna(0)).to_numpy()[:, 0]
    place = np.ravel_multi_index(codes, shape) if len(table) else np.empty(0, dtype=np.intp)
    if len(np.unique(place)) < len(table) or not np.isfinite(numbers).all() or (numbers < 0).any():
        raise DataError(
            f"a table of cells to be suppressed has a cell of {', '.join(by)} twice, or counts "
            "that are negative or no numbers; give one row a cell"
        )
    counts = np.zeros(shape)
    counts[codes] = numbers
    return codes, counts


def hidden_cells(counts: Array, min_n: int) -> Bools:
    """Choose the cells of a table without totals that must not be shown if totals are.

    Parameters
    ----------
    counts : ndarray, shape (R, C) or with any number of dimensions
        Each dimension is crossed with the others: a batch of tables is a loop,
        since which cells are hidden depends on the order in which small ones
        are taken.
    min_n : int
        Least number of respondents of a cell that is shown.

    Examples
    --------
    >>> hidden_cells(np.array([[3.0, 40], [50, 60], [70, 80]]), 5).tolist()
    [[True, True], [True, True], [False, False]]
    """
    inner = (slice(-1),) * counts.ndim
    return np.asarray(protected_cells(_full(counts), min_n)[inner])


def _full(counts: Array) -> Array:
    """Add the totals along every dimension."""
    full = counts
    for axis in range(counts.ndim):
        full = np.concatenate([full, full.sum(axis=axis, keepdims=True)], axis=axis)
    return full


def protected_cells(counts: Array, min_n: int) -> Bools:
    """Choose the cells of a table with totals that must not be shown.

    Parameters
    ----------
    counts : ndarray, shape (R + 1, C + 1) or with any number of dimensions
        The last element along every dimension is the total.
    min_n : int
        Least number of respondents of a cell that is shown.

    Returns
    -------
    ndarray of bool
        Of the same shape. Small cells first, the smallest first; each is
        given the cheapest cycle (in two dimensions) or hypercube (cost:
        respondents newly hidden) around which one respondent can be added
        to it, or taken from it, so that no cell becomes empty.
    """
    if counts.ndim == 1:
        return protected_cells(np.stack([counts, counts], axis=1), min_n)[:, 0]
    hidden = (counts > 0) & (counts < min_n)
    places = [tuple(map(int, place)) for place in np.argwhere(hidden)]
    around = _cheapest_cycle if counts.ndim == 2 else _cheapest_cube  # noqa: PLR2004
    for place in sorted(places, key=lambda at: (counts[at], at)):
        cost: Array = np.where(hidden, 0.0, counts)
        # With the totals one can always be added: there always is a way.
        ways = [around(*_costs(counts, cost, place, up), place) for up in (True, False)]
        for step in min(ways)[1]:
            hidden[step] = True
    return hidden


def _costs(counts: Array, cost: Array, place: tuple[int, ...], up: bool) -> tuple[Array, Array]:
    """Costs of cells that move against `place`, and with it; infinite where one would be emptied.

    Totals move with what they are totals of.
    """
    sign = np.ones(counts.shape)
    for axis in range(counts.ndim):
        np.moveaxis(sign, axis, 0)[-1] *= -1.0
    change = sign * sign[place] * (1.0 if up else -1.0)
    against, along = (
        np.where(counts > np.where(move < 0, 1.0, 0.0), cost, np.inf) for move in (-change, change)
    )
    return (against, along) if np.isfinite(along[place]) else (along + np.inf, along)


Way = tuple[float, list[tuple[int, ...]]]
"""What is newly hidden, and the cells."""


def _cheapest_cube(against: Array, along: Array, place: tuple[int, ...]) -> Way:
    """Corners of the cheapest hypercube with a corner at `place`."""
    sides = list(product((False, True), repeat=along.ndim))[1:]
    whole: Array = np.zeros(along.shape, dtype=np.float64)
    for side in sides:
        # Where a dimension is not moved along, the corner stays at the place itself.
        index = tuple(
            slice(None) if moved else slice(at, at + 1)
            for moved, at in zip(side, place, strict=True)
        )
        whole = whole + (against if sum(side) % 2 else along)[index]
    for axis, at in enumerate(place):
        own: tuple[Any, ...] = (*(slice(None),) * axis, at)
        whole[own] = np.inf
    opposite = np.unravel_index(int(whole.argmin()), whole.shape)
    return float(whole[opposite]), [
        tuple(
            int(far) if moved else at for moved, far, at in zip(side, opposite, place, strict=True)
        )
        for side in sides
    ]


def _cheapest_cycle(against: Array, along: Array, place: tuple[int, ...]) -> Way:
    """Cells on the cheapest way from a cell's row to its column past the cell itself."""
    costs = (against, along)
    start, goal = (0, place[0]), (1, place[1])
    best: dict[tuple[int, int], float] = {start: 0.0}
    came: dict[tuple[int, int], tuple[tuple[int, int], tuple[int, int]]] = {}
    queue: list[tuple[float, tuple[int, int]]] = [(0.0, start)]
    while queue:
        length, node = heapq.heappop(queue)
        if node == goal:
            break
        if length > best[node]:
            continue
        side, number = node
        for other in range(along.shape[1 - side]):
            cell = (number, other) if side == 0 else (other, number)
            there, further = (1 - side, other), length + costs[side][cell]
            if cell != place and further < best.get(there, np.inf):
                best[there], came[there] = further, (node, cell)
                heapq.heappush(queue, (further, there))
    length = best.get(goal, np.inf)
    cells: list[tuple[int, ...]] = []
    while goal in came:
        goal, cell = came[goal]
        cells.append(cell)
    return length, cells


def _require_least(min_n: object) -> None:
    whole = isinstance(min_n, Integral) and not isinstance(min_n, bool)
    if not whole or min_n < 1:  # type: ignore[operator]
        raise DataError(
            f"min_n={min_n!r} is no least number of respondents; write a whole number, 1 or more",
            min_n=min_n,
        )


def _numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Return counts as numbers; missing where they are none."""
    try:
        return frame.astype("float64")
    except (TypeError, ValueError):
        return frame * np.nan if frame.empty else pd.DataFrame([np.nan])


def _with_totals(frame: pd.DataFrame, totals: Hashable) -> pd.DataFrame:
    counts = _numbers(frame)
    values = counts.to_numpy()
    if not values.size or not np.isfinite(values).all() or (values < 0).any():
        raise DataError(
            "a table of counts to be suppressed has no rows or columns, or counts that are "
            "missing, negative or no numbers; give numbers of respondents"
        )
    has_row, has_column = counts.index[-1] == totals, counts.columns[-1] == totals
    if not has_column:
        counts = counts.assign(**{str(totals): counts.sum(axis=1)})
    if not has_row:
        counts = pd.concat([counts, counts.sum(axis=0).to_frame(totals).T])
    values = counts.to_numpy()
    rows_right = np.allclose(values[:, :-1].sum(axis=1), values[:, -1])
    if not rows_right or not np.allclose(values[:-1].sum(axis=0), values[-1]):
        raise DataError(
            f"the row or the column '{totals}' is not the sum of the others; leave the totals out, "
            "they are added"
        )
    return counts
