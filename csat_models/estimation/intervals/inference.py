"""Intervals and p-values from draws.

References
----------
Davison and Hinkley (1997), Bootstrap Methods and their Application, chapter 5.
Efron (1987), Better bootstrap confidence intervals, JASA 82, 171-185.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike

from csat_models.errors import DataError
from csat_models.estimation.draws.leave_outs import acceleration, jackknife_standard_error
from csat_models.estimation.intervals.arguments import (
    aligned,
    require_draws,
    require_labelled,
    require_level,
    require_same_dims,
)
from csat_models.estimation.intervals.bounds import (
    ALL_KINDS,
    KINDS,
    SPREADS,
    Bounds,
    Kind,
    Spread,
)
from csat_models.estimation.intervals.quantiles import sorted_quantile
from csat_models.estimation.sample import Array
from csat_models.estimation.sides import Side, require_side

__all__ = ["KINDS", "Kind", "interval", "interval_arrays", "p_value", "sorted_quantile", "tidy"]


def interval(
    draws: xr.DataArray,
    *,
    point: xr.DataArray,
    level: float = 0.95,
    kind: Kind = "percentile",
    jackknife: xr.DataArray | None = None,
    standard_errors: xr.DataArray | None = None,
    standard_error: xr.DataArray | Spread | None = None,
    side: Side = "two-sided",
    monte_carlo_error: bool = False,
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
    kind : str
        With quantiles Q of the draws, ``a = (1 - level) / 2`` and the point
        t:

        percentile
            ``[Q(a), Q(1-a)]``
        basic
            ``[2 t - Q(1-a), 2 t - Q(a)]``
        normal
            t minus bias and plus or minus z standard errors
        bias-corrected
            percentiles at ``Phi(2 z0 +- z)``, ``z0`` from the share of
            draws below t
        bca
            percentiles at ``Phi(z0 + w / (1 - A w))``, ``w = z0 +- z``, with
            the acceleration A of `jackknife`
        studentised
            ``[t - s q(1-a), t - s q(a)]`` with quantiles q of
            ``(draw - t) / standard error of the draw``
    jackknife : DataArray (part, ...), optional
        The statistic of :func:`~csat_models.estimation.draws.jackknifing.jackknife`,
        for "bca"; for "studentised", s is its standard error.
    standard_errors : DataArray (draw, ...), optional
        Standard error of the statistic in every draw, for "studentised"; as of
        :func:`~csat_models.estimation.intervals.studentisation.draw_standard_errors`.
    standard_error : {"deviation", "percentile"} or DataArray (...), optional
        The draws' standard error, and the s of "studentised" where there is
        no `jackknife`: by default their standard deviation; or half the
        distance of their 16th and 84th percentile, and for "normal" the
        median in place of their mean. Consistent PLS needs the second: it
        divides by reliabilities and factor correlations, so that a few
        nearly singular draws inflate a standard deviation without bound;
        ``settings.standard_error`` of the estimates says which. An array is
        the sample's s for "studentised".
    side : {"two-sided", "greater", "less"}
        "greater" gives a lower end with all of ``1 - level`` beyond it and
        leaves the upper end open; "less" the reverse.
    monte_carlo_error : bool
        Whether to say how much the ends would vary, were the draws drawn
        again: ``lower_error`` and ``upper_error``.

    Returns
    -------
    Dataset
        ``estimate``, ``lower``, ``upper``, ``standard_error`` (of the draws)
        and ``n_draws``, the draws that count, each (...). Ends are missing
        where too few draws count for quantiles at this level.

    Raises
    ------
    DataError
        Unknown kind, side or standard error, a level that is no share, a kind
        without what it needs, arrays without labels or with different ones, or
        too few draws for quantiles at this level.

    Examples
    --------
    >>> draws = xr.DataArray(np.arange(101.0), dims="draw")
    >>> found = interval(draws, point=xr.DataArray(50.0), level=0.9)
    >>> round(found.lower.item(), 6), round(found.upper.item(), 6)
    (5.0, 95.0)
    """
    _check(level, kind, side)
    require_draws(draws)
    needed = _fewest_draws(draws.sizes["draw"], level, kind, side)
    errors = (standard_errors, standard_error)
    point, bounds = _bounds(draws, point, kind, jackknife, errors)
    lower, upper = bounds.ends(level, side)
    parts = {"lower": lower, "upper": upper}
    parts |= {"standard_error": bounds.error, "n_draws": bounds.count}
    if monte_carlo_error:
        low, high = bounds.monte_carlo_errors(level, side)
        parts |= {"lower_error": low, "upper_error": high}
    for name in set(parts) - {"standard_error", "n_draws"}:
        parts[name] = np.where(bounds.count < needed, np.nan, parts[name])
    labelled = {name: point.copy(data=part) for name, part in parts.items()}
    return xr.Dataset({"estimate": point, **labelled})


def p_value(
    draws: xr.DataArray,
    *,
    point: xr.DataArray,
    null: float | xr.DataArray = 0.0,
    kind: Kind = "percentile",
    jackknife: xr.DataArray | None = None,
    standard_errors: xr.DataArray | None = None,
    standard_error: xr.DataArray | Spread | None = None,
    side: Side = "two-sided",
) -> xr.DataArray:
    """Test whether a statistic is `null`, in agreement with its interval.

    Parameters
    ----------
    draws, point, kind, jackknife, standard_errors, standard_error
        As in :func:`interval`.
    null : float or DataArray (...)
        The value tested.
    side : {"two-sided", "greater", "less"}
        The alternative: other than, above, or below `null`.

    Returns
    -------
    DataArray (...)
        The smallest ``1 - level`` at which the interval of this kind and side
        leaves `null` out. 0 where all draws lie on one side of it: then the
        number of draws is too small to say more than "below 2 over it" (1
        over it, one-sided).

    Raises
    ------
    DataError
        As :func:`interval`.

    Examples
    --------
    >>> draws = xr.DataArray(np.arange(101.0), dims="draw")
    >>> round(p_value(draws, point=xr.DataArray(50.0), null=5.0).item(), 6)
    0.1
    """
    _check(0.95, kind, side)
    errors = (standard_errors, standard_error)
    point, bounds = _bounds(draws, point, kind, jackknife, errors)
    value = _like(point, xr.DataArray(null)) if not isinstance(null, float | int) else null
    tested = np.broadcast_to(np.asarray(value, dtype=np.float64), bounds.point.shape)
    return point.copy(data=bounds.p_value(tested, side))


def _bounds(
    draws: xr.DataArray,
    point: xr.DataArray,
    kind: Kind,
    jackknife: xr.DataArray | None,
    errors: tuple[xr.DataArray | None, xr.DataArray | Spread | None],
) -> tuple[xr.DataArray, Bounds]:
    """Align draws with the point by label; return the point in the draws' order."""
    standard_errors, asked = errors
    require_labelled(point=point, jackknife=jackknife, standard_errors=standard_errors)
    standard_error = asked if isinstance(asked, xr.DataArray) else None
    require_draws(draws)
    require_same_dims(draws, point)
    values = draws.transpose("draw", ...)
    # Draws beyond a missing dimension of the point, as for cells, must align exactly.
    point, values = aligned(point, values)
    point = point.transpose(*(dim for dim in values.dims if dim != "draw"))
    needs: dict[str, Any] = {"spread": _spread_of(asked)}
    if kind == "bca" and jackknife is not None:
        needs["acceleration"] = _like(point, acceleration(jackknife))
    if kind == "studentised" and standard_errors is not None:
        needs["standard_errors"] = _like(values, standard_errors)
        if standard_error is None and jackknife is not None:
            standard_error = jackknife_standard_error(jackknife)
        needs["standard_error"] = None if standard_error is None else _like(point, standard_error)
    numbers = values.to_numpy().astype(np.float64)
    return point, Bounds.of(numbers, point.to_numpy().astype(np.float64), kind=kind, **needs)


def _spread_of(asked: xr.DataArray | Spread | None) -> Spread:
    if asked is None or isinstance(asked, xr.DataArray):
        return "deviation"
    if asked not in SPREADS:
        raise DataError(
            f"standard_error='{asked}' is unknown; write one of {', '.join(SPREADS)}, or give "
            "an array"
        )
    return asked


def _like(pattern: xr.DataArray, array: xr.DataArray) -> Array:
    """Values of `array` in the order and shape of `pattern`, label by label."""
    pattern, array = aligned(pattern, array)
    array = array.broadcast_like(pattern).transpose(*pattern.dims)
    return array.to_numpy().astype(np.float64)


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
    dims = [*map(str, found["estimate"].dims)]
    table = found.to_dataframe(dim_order=dims).reset_index()
    names = [*dims, *map(str, found.data_vars)]
    return table[names].dropna(subset=["estimate"]).reset_index(drop=True)


def interval_arrays(
    draws: Array,
    point: ArrayLike,
    *,
    level: float = 0.95,
    kind: Kind = "percentile",
    side: Side = "two-sided",
    acceleration: ArrayLike | None = None,
) -> tuple[Array, Array, Array, Array]:
    """Array form of :func:`interval`.

    Parameters
    ----------
    draws : array (B, ...)
    point : array (...)
    level, kind, side
        As in :func:`interval`.
    acceleration : array (...), optional
        For "bca".

    Returns
    -------
    lower, upper, standard_error, n_draws : array (...)
        Missing where fewer than two draws count.
    """
    centre = np.asarray(point, dtype=np.float64)
    speed = None if acceleration is None else np.asarray(acceleration, dtype=np.float64)
    bounds = Bounds.of(draws, centre, kind=kind, acceleration=speed)
    return (*bounds.ends(level, side), bounds.error, bounds.count)


def _fewest_draws(n_draws: int, level: float, kind: Kind, side: Side) -> int:
    """Return the fewest draws that reach out to the ends, where B + 1 is 1 / tail."""
    tail = 1.0 - level if side != "two-sided" else (1.0 - level) / 2.0
    needed = math.ceil(1.0 / tail - 1e-9) - 1
    if kind == "normal":
        return 0
    if n_draws < needed:
        raise DataError(
            f"{n_draws} draws do not reach out to the ends of a {100 * level:g} % {kind} interval, "
            f"which needs {needed} at the very least and about {50 * (needed + 1):,} for steady "
            "ends; take more draws, or kind='normal'",
            n_draws=n_draws,
            needed=needed,
        )
    return needed


def _check(level: float, kind: str, side: str) -> None:
    require_level(level)
    if kind not in ALL_KINDS:
        raise DataError(f"kind='{kind}' is no interval; write one of {', '.join(ALL_KINDS)}")
    require_side(side)
