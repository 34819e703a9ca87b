"""Pairs of groups: their differences, and p-values that allow for their number."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from csat_models.errors import DataError

Adjustment = Literal["none", "holm", "bonferroni", "benjamini-hochberg"]

_ADJUSTMENTS = ("none", "holm", "bonferroni", "benjamini-hochberg")


def group_pairs(labels: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Return the positions of every pair of groups, the earlier label first.

    Raises
    ------
    DataError
        Fewer than two groups.

    Examples
    --------
    >>> group_pairs(["a", "b", "c"])
    [(0, 1), (0, 2), (1, 2)]
    """
    if len(labels) < 2:  # noqa: PLR2004
        raise DataError(
            f"there is {len(labels)} group; a comparison needs two", groups=list(labels)
        )
    return list(combinations(range(len(labels)), 2))


def pair_differences(values: xr.DataArray, over: str) -> xr.DataArray:
    """First group less second group, for every pair of groups.

    Parameters
    ----------
    values : DataArray (..., over)
        A statistic of every group, of any further dimensions.
    over : str
        The dimension of the groups.

    Returns
    -------
    DataArray (..., pair)
        With coordinates ``group`` and ``group_2`` along ``pair``.

    Examples
    --------
    >>> paths = xr.DataArray([0.5, 0.2], {"brand": ["ours", "rival"]}, "brand")
    >>> pair_differences(paths, "brand").round(6).values.tolist()
    [0.3]
    """
    if not isinstance(values, xr.DataArray):
        raise DataError(
            f"the statistic of the groups is a {type(values).__name__}; let it return a labelled "
            "array (xarray.DataArray), such as estimates.paths"
        )
    if over not in values.dims:
        raise DataError(f"the statistic has no dimension '{over}' of groups", over=over)
    labels = values[over].values
    pairs = group_pairs(labels.tolist())
    first, second = (xr.DataArray([pair[k] for pair in pairs], dims="pair") for k in (0, 1))
    found = values.isel({over: first}).drop_vars(over) - values.isel({over: second}).drop_vars(over)
    names = {
        "group": ("pair", labels[first.values]),
        "group_2": ("pair", labels[second.values]),
    }
    return found.assign_coords(names).transpose(..., "pair")


def adjusted_p_values(
    p_values: Sequence[float] | NDArray[np.float64] | pd.Series[float], method: Adjustment = "holm"
) -> NDArray[np.float64]:
    """Adjust p-values for their number; missing ones are not counted.

    Parameters
    ----------
    p_values : sequence of float
        Of one family of hypotheses.
    method : {"none", "holm", "bonferroni", "benjamini-hochberg"}
        The first three keep the probability of any false finding, the last
        the expected share of false findings.

    Returns
    -------
    array
        In the order given.

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure,
    Scandinavian Journal of Statistics 6, 65-70. Benjamini and Hochberg
    (1995), Controlling the false discovery rate, JRSS B 57, 289-300.

    Examples
    --------
    >>> adjusted_p_values([0.01, 0.04, 0.03]).round(6).tolist()
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p_values, dtype=np.float64)
    known = np.isfinite(values)
    if method == "none" or not known.any():
        return values.copy()
    if method not in _ADJUSTMENTS:
        allowed = ", ".join(_ADJUSTMENTS)
        raise DataError(f"adjust='{method}' is unknown; write one of {allowed}", adjust=method)
    adjusted = np.full(values.shape, np.nan)
    adjusted[known] = _adjust(values[known], method)
    return adjusted


def _adjust(values: NDArray[np.float64], method: Adjustment) -> NDArray[np.float64]:
    order = np.argsort(values, kind="stable")
    rising, count = values[order], len(values)
    if method == "bonferroni":
        found = rising * count
    elif method == "holm":
        found = np.maximum.accumulate(rising * np.arange(count, 0, -1))
    else:
        falling = (rising * count / np.arange(1, count + 1))[::-1]
        found = np.minimum.accumulate(falling)[::-1]
    adjusted = np.empty(count)
    adjusted[order] = np.minimum(found, 1.0)
    return adjusted
