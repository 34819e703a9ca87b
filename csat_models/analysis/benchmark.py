"""Comparisons of an index: lead over the competitor, change on last year, rank.

All work on labelled arrays of any dimensions, so on draws as on estimates.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.estimation.intervals.arguments import (
    require_draws,
    require_labelled,
    require_level,
)
from csat_models.estimation.sample import Array


def lead(index: xr.DataArray, *, over: str, ours: Any, theirs: Any) -> xr.DataArray:
    """Our index less the competitor's.

    Parameters
    ----------
    index : DataArray (..., `over`, ...)
    over : str
        Dimension of the brands, such as ``"operator"``.
    ours, theirs : label
        Its labels.

    Returns
    -------
    DataArray
        Without the dimension `over`.

    Raises
    ------
    DataError
        A dimension or label that the index does not have.

    Examples
    --------
    >>> index = xr.DataArray([80.0, 77.5], coords={"operator": ["ours", "rival"]}, dims="operator")
    >>> lead(index, over="operator", ours="ours", theirs="rival").item()
    2.5
    """
    one, other = xr.align(
        _pick(index, over, ours), _pick(index, over, theirs), join="exact", copy=False
    )
    return one - other


def change(index: xr.DataArray, *, over: str = "year") -> xr.DataArray:
    """Index less that of the wave before.

    Parameters
    ----------
    index : DataArray (..., `over`, ...)
        Waves in ascending order.
    over : str
        Dimension of the waves.

    Returns
    -------
    DataArray
        Labelled with the later wave; the first one has no change.

    Raises
    ------
    DataError
        A dimension that the index does not have, or waves out of order.

    Examples
    --------
    >>> index = xr.DataArray([70.0, 71.5], coords={"year": [2023, 2024]}, dims="year")
    >>> change(index).to_series().to_dict()
    {2024: 1.5}
    """
    _require_dim(index, over)
    waves = index[over].to_numpy()
    if not (waves[1:] > waves[:-1]).all():
        raise DataError(f"the waves of '{over}' are not in ascending order: {waves.tolist()}")
    before = index.isel({over: slice(None, -1)}).assign_coords({over: waves[1:]})
    after = index.isel({over: slice(1, None)})
    after, before = xr.align(after, before, join="exact", copy=False)
    return after - before


def rank(index: xr.DataArray, *, over: str) -> xr.DataArray:
    """Rank along a dimension, 1 for the highest.

    Equal values share the better rank; missing values have none.

    Parameters
    ----------
    index : DataArray (..., `over`, ...)
    over : str
        Dimension of the units that are ranked, such as ``"city"``.

    Returns
    -------
    DataArray
        Of the same shape, floating.

    Examples
    --------
    >>> index = xr.DataArray([70.0, 75.0, 75.0], coords={"city": list("abc")}, dims="city")
    >>> rank(index, over="city").values.tolist()
    [3.0, 1.0, 1.0]
    """
    _require_dim(index, over)
    last = index.transpose(..., over)
    ranked = last.copy(data=rank_array(last.to_numpy()))
    return ranked.transpose(*index.dims)


def rank_array(values: Array) -> Array:
    """Rank along the last axis, 1 for the highest: (..., U) to (..., U)."""
    order = np.argsort(-values, axis=-1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=-1)
    place = np.broadcast_to(np.arange(values.shape[-1]), values.shape)
    starts = np.ones(values.shape, dtype=np.bool_)
    starts[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    shared = np.maximum.accumulate(np.where(starts, place, 0), axis=-1) + 1.0
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, shared, axis=-1)
    return np.where(np.isnan(values), np.nan, ranks)


def rank_probability(ranks: xr.DataArray, *, over: str) -> xr.DataArray:
    """Share of draws in which each unit has each rank.

    A description of the draws, not a test.

    Parameters
    ----------
    ranks : DataArray (draw, ..., `over`)
        From :func:`rank`.
    over : str

    Returns
    -------
    DataArray (..., `over`, rank)
        Draws without a rank are left out; a unit that is never ranked is
        missing.
    """
    ranked = ranks.notnull().any("draw").sum(over)
    places = np.arange(1, int(ranked.max()) + 1)
    labels = xr.DataArray(places, coords={"rank": places}, dims="rank")
    usable = ranks.notnull()
    return (ranks == labels).where(usable).mean("draw")


def probability_positive(draws: xr.DataArray) -> xr.DataArray:
    """Share of draws above zero, as for P(lead > 0), (...).

    Missing draws are left out.
    """
    return (draws > 0).where(draws.notnull()).mean("draw")


def rank_interval(
    draws: xr.DataArray, *, point: xr.DataArray, over: str, level: float = 0.95
) -> xr.Dataset:
    r"""Confidence interval of each unit's rank.

    For unit j, the differences to all other units are compared with a common
    critical value, the `level` quantile of
    :math:`\max_k |d^*_{jk} - d_{jk}| / se_{jk}` over the draws. Units that are
    surely better push the best possible rank down from 1, units that are
    surely worse push the worst possible rank up from U.

    Parameters
    ----------
    draws : DataArray (draw, ..., `over`)
        Index in every draw.
    point : DataArray (..., `over`)
        Index of the sample.
    over : str
        Dimension of the units.
    level : float
        Confidence level of each unit's interval.

    Returns
    -------
    Dataset
        ``estimate``, ``lower`` and ``upper``, each (..., `over`). A unit
        without a point estimate has no rank, and the others are ranked
        without it.

    Raises
    ------
    DataError
        No dimension ``draw`` or `over`, or a level that is none.

    References
    ----------
    Mogstad, Romano, Shaikh and Wilhelm (2024), Inference for ranks with
    applications to mobility across neighbourhoods and academic achievement
    across countries, Review of Economic Studies 91, 476-518.
    """
    require_level(level)
    require_draws(draws)
    _require_dim(draws, over)
    values = draws.transpose("draw", ..., over)
    centre = point.transpose(*(dim for dim in values.dims if dim != "draw"))
    better, worse = _surely_apart(values.to_numpy(), centre.to_numpy(), level)
    present = centre.notnull()
    upper = present.sum(over) - centre.copy(data=worse.sum(axis=-1))
    return xr.Dataset(
        {
            "estimate": rank(centre, over=over),
            "lower": centre.copy(data=1.0 + better.sum(axis=-1)).where(present),
            "upper": upper.where(present).transpose(*centre.dims),
        }
    )


def _surely_apart(
    draws: Array, point: Array, level: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which units (last axis) are surely better or worse than each unit."""
    absent = np.isnan(point)
    settled = np.isfinite(draws) | absent
    usable = draws[settled.reshape(len(draws), -1).all(axis=1)]
    units = point.shape[-1]
    better = np.zeros((*point.shape, units), dtype=np.bool_)
    worse = np.zeros_like(better)
    for unit in range(units):
        others = ~absent
        others[..., unit] = False
        gap = np.where(others, point - point[..., unit, None], 0.0)
        spread = np.where(others, usable - usable[..., unit, None], 0.0) - gap
        error = spread.std(axis=0, ddof=1)
        distance = np.abs(spread) / np.where(error > 0, error, np.inf)
        reach = np.quantile(distance.max(axis=-1), level, axis=0)[..., None] * error
        better[..., unit, :] = gap > reach
        worse[..., unit, :] = gap < -reach
    return better, worse


def _require_dim(index: xr.DataArray, over: str) -> None:
    require_labelled(index=index)
    if over not in index.dims:
        raise DataError(
            f"the index has no dimension '{over}'; it has {', '.join(map(str, index.dims))}"
        )


def _pick(index: xr.DataArray, over: str, label: Any) -> xr.DataArray:
    _require_dim(index, over)
    known = index[over].to_numpy().tolist()
    if label not in known:
        raise DataError(
            f"'{label}' is not among the values of '{over}': {', '.join(map(str, known))}",
            column=over,
        )
    return index.sel({over: label}, drop=True)
