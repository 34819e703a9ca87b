"""Intervals from draws.

References
----------
Davison and Hinkley (1997), Bootstrap Methods and their Application, chapter 5.
Efron (1987), Better bootstrap confidence intervals, JASA 82, 171-185.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike

from csat_models.errors import DataError
from csat_models.estimation.sample import Array

Kind = Literal["percentile", "basic", "normal", "bias-corrected"]
KINDS: tuple[Kind, ...] = ("percentile", "basic", "normal", "bias-corrected")


def interval(
    draws: xr.DataArray,
    *,
    point: xr.DataArray,
    level: float = 0.95,
    kind: Kind = "percentile",
) -> xr.Dataset:
    """Confidence interval of a statistic from its draws.

    Parameters
    ----------
    draws : DataArray (draw, ...)
        The statistic in every draw; a missing draw is counted and left out.
    point : DataArray (...)
        The statistic of the sample.
    level : float
        Confidence level, between 0 and 1.
    kind : {"percentile", "basic", "normal", "bias-corrected"}
        With quantiles Q of the draws, ``a = (1 - level) / 2`` and the point
        t: ``[Q(a), Q(1-a)]``; ``[2 t - Q(1-a), 2 t - Q(a)]``; t minus bias
        and plus or minus z standard errors; or percentiles at
        ``Phi(2 z0 +- z)``, ``z0`` from the share of draws below t.

    Returns
    -------
    Dataset
        ``estimate``, ``lower``, ``upper``, ``standard_error`` and
        ``n_draws``, the draws that count, each (...).

    Raises
    ------
    DataError
        Unknown kind, or a level that is no share.

    Examples
    --------
    >>> draws = xr.DataArray(np.arange(101.0), dims="draw")
    >>> found = interval(draws, point=xr.DataArray(50.0), level=0.9)
    >>> round(found.lower.item(), 6), round(found.upper.item(), 6)
    (5.0, 95.0)
    """
    _check(level, kind)
    values = draws.transpose("draw", ...)
    # Draws beyond a missing dimension of the point, as for cells, must align exactly.
    point, values = xr.align(point, values, join="exact", copy=False)
    point = point.transpose(*(dim for dim in values.dims if dim != "draw"))
    lower, upper, error, count = interval_arrays(
        values.to_numpy().astype(np.float64), point.to_numpy(), level=level, kind=kind
    )
    parts = {"lower": lower, "upper": upper, "standard_error": error, "n_draws": count}
    labelled = {name: point.copy(data=part) for name, part in parts.items()}
    return xr.Dataset({"estimate": point, **labelled})


def tidy(found: xr.Dataset) -> pd.DataFrame:
    """Return an interval's table with one row an estimate.

    Parameters
    ----------
    found : Dataset
        From :func:`interval`.

    Returns
    -------
    DataFrame
        A column for each dimension, then ``estimate``, ``lower``, ``upper``
        and what else there is; rows without an estimate are left out.

    Examples
    --------
    >>> index = xr.DataArray([70.0, 75.0], coords={"city": ["a", "b"]}, dims="city")
    >>> tidy(xr.Dataset({"estimate": index, "lower": index - 2})).columns.tolist()
    ['city', 'estimate', 'lower']
    """
    if not found["estimate"].dims:
        return pd.DataFrame([{name: found[name].item() for name in found.data_vars}])
    table = found.to_dataframe().reset_index()
    names = [*map(str, found["estimate"].dims), *map(str, found.data_vars)]
    return table[names].dropna(subset=["estimate"]).reset_index(drop=True)


def interval_arrays(
    draws: Array, point: ArrayLike, *, level: float = 0.95, kind: Kind = "percentile"
) -> tuple[Array, Array, Array, Array]:
    """Array form of :func:`interval`.

    Parameters
    ----------
    draws : array (B, ...)
    point : array (...)
    level, kind
        As in :func:`interval`.

    Returns
    -------
    lower, upper, standard_error, n_draws : array (...)
        Missing where fewer than two draws count.
    """
    centre = np.asarray(point, dtype=np.float64)
    ordered = np.sort(draws, axis=0)
    count = np.isfinite(ordered).sum(axis=0)
    mean, error = _mean_and_error(draws, count)
    tail = (1.0 - level) / 2.0
    z = NormalDist().inv_cdf(1.0 - tail)
    if kind == "normal":
        middle = 2.0 * centre - mean
        return middle - z * error, middle + z * error, error, count
    low_share, high_share = np.full(count.shape, tail), np.full(count.shape, 1.0 - tail)
    if kind == "bias-corrected":
        low_share, high_share = _bias_corrected_shares(draws, centre, count, z)
    low = sorted_quantile(ordered, count, low_share)
    high = sorted_quantile(ordered, count, high_share)
    if kind == "basic":
        low, high = 2.0 * centre - high, 2.0 * centre - low
    return low, high, error, count


def sorted_quantile(ordered: Array, count: Array, share: Array) -> Array:
    """Quantile of sorted draws, the missing ones last.

    Linear between order statistics (Hyndman and Fan's type 7, numpy's
    default).

    Parameters
    ----------
    ordered : array (B, ...)
        Sorted along the first axis.
    count : array (...)
        How many are not missing.
    share : array (...)
        Between 0 and 1.

    Returns
    -------
    array (...)
        Missing where `count` is below 2.
    """
    place = share * np.maximum(count - 1, 0)
    below = np.floor(place).astype(np.intp)
    above = np.minimum(below + 1, np.maximum(count - 1, 0)).astype(np.intp)
    low = np.take_along_axis(ordered, below[None], axis=0)[0]
    high = np.take_along_axis(ordered, above[None], axis=0)[0]
    value = low + (place - below) * (high - low)
    return np.where(count > 1, value, np.nan)


def _mean_and_error(draws: Array, count: Array) -> tuple[Array, Array]:
    usable = np.isfinite(draws)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(usable, draws, 0.0).sum(axis=0) / count
        squares = np.where(usable, draws - mean, 0.0) ** 2
        error = np.sqrt(squares.sum(axis=0) / np.maximum(count - 1, 0))
    return mean, error


def _bias_corrected_shares(
    draws: Array, centre: Array, count: Array, z: float
) -> tuple[Array, Array]:
    from scipy.special import ndtr, ndtri

    with np.errstate(invalid="ignore", divide="ignore"):
        below = ((draws < centre).sum(axis=0) + 0.5 * (draws == centre).sum(axis=0)) / count
    shift = 2.0 * ndtri(np.clip(below, 1e-12, 1.0 - 1e-12))
    return ndtr(shift - z), ndtr(shift + z)


def _check(level: float, kind: str) -> None:
    if not 0.0 < level < 1.0:
        raise DataError(f"level={level} is no confidence level; write a share such as 0.95")
    if kind not in KINDS:
        raise DataError(f"kind='{kind}' is no interval; write one of {', '.join(KINDS)}")
