"""Small cells kept out of tables, together with what would give them away.

A table with totals can be solved for a cell that is left blank alone in its
row or column. So further cells are left blank until no blank can be worked
out: rows and columns (totals included) are the nodes of a graph, blanks are its
edges, and a blank can be worked out exactly where its edge is on no cycle.

References
----------
Cox (1980), Suppression methodology and statistical disclosure control, J.
American Statistical Association 75:377-385. Gusfield (1988), A graph theoretic
approach to statistical data security, SIAM J. Computing 17:552-571, for cycles.
Hundepool et al. (2012), Statistical Disclosure Control, chapter 4.
"""

from __future__ import annotations

import heapq
from collections.abc import Hashable
from numbers import Integral

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
        counts being no less than 0.

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


def protected_cells(counts: Array, min_n: int) -> Bools:
    """Choose the cells of a table with totals that must not be shown.

    Parameters
    ----------
    counts : ndarray, shape (R + 1, C + 1)
        The last row and the last column are totals.
    min_n : int
        Least number of respondents of a cell that is shown.

    Returns
    -------
    ndarray of bool, shape (R + 1, C + 1)
        Small cells first, the smallest first; each is given the cheapest cycle
        of positive cells (cost: respondents newly hidden).
    """
    hidden = (counts > 0) & (counts < min_n)
    places = [(int(row), int(column)) for row, column in np.argwhere(hidden)]
    # The totals close a cycle of positive cells around every cell, so there always is one.
    for place in sorted(places, key=lambda at: (counts[at], at)):
        for step in _cheapest_cycle(counts, hidden, place):
            hidden[step] = True
    return hidden


def _cheapest_cycle(counts: Array, hidden: Bools, place: tuple[int, int]) -> list[tuple[int, int]]:
    """Cells on the cheapest way from a cell's row to its column past the cell itself."""
    cost = np.where(hidden, 0.0, counts)
    usable = counts > 0
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
        for other in range(counts.shape[1 - side]):
            cell = (number, other) if side == 0 else (other, number)
            if cell == place or not usable[cell]:
                continue
            there, further = (1 - side, other), length + cost[cell]
            if further < best.get(there, np.inf):
                best[there], came[there] = further, (node, cell)
                heapq.heappush(queue, (further, there))
    cells = []
    while goal in came:
        goal, cell = came[goal]
        cells.append(cell)
    return cells


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
