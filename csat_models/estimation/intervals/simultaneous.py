"""Intervals that hold for a whole family of statistics at once.

References
----------
Westfall and Young (1993), Resampling-Based Multiple Testing, section 2.3.
Romano and Wolf (2005), Exact and approximate stepdown methods for multiple
hypothesis testing, JASA 100, 94-108.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import xarray as xr

from csat_models.errors import DataError
from csat_models.estimation.intervals.arguments import (
    aligned,
    require_draws,
    require_labelled,
    require_level,
    require_same_dims,
)
from csat_models.estimation.intervals.bounds import Spread, mean_and_error
from csat_models.estimation.intervals.quantiles import sorted_quantile, sorted_share
from csat_models.estimation.sample import Array

# A standard error below this, relative to a statistic beyond 1, is rounding.
ROUNDING = 1e-12


def simultaneous_interval(
    draws: xr.DataArray,
    *,
    point: xr.DataArray,
    over: str | Sequence[str],
    level: float = 0.95,
    null: float = 0.0,
    standard_error: Spread = "deviation",
) -> xr.Dataset:
    r"""Intervals that all cover at once with the stated confidence.

    With t the sample's statistic and s the standard error of its draws
    :math:`t^*`, the critical value c is the `level` quantile over the draws of
    :math:`\max |t^* - t| / s`, the maximum over the family; the intervals are
    :math:`t \pm c s`.

    Parameters
    ----------
    draws : DataArray (draw, ...)
        The statistic in every draw.
    point : DataArray (...)
        The statistic of the sample.
    over : str or sequence of str
        The dimensions that span the family, such as ``["source", "target"]``
        or ``"city"``; other dimensions have a family for each label.
    level : float
        Confidence that all intervals of a family cover.
    null : float
        Value that the p-values test.
    standard_error : {"deviation", "percentile"}
        How s is taken, see
        :func:`~csat_models.estimation.intervals.inference.interval`; for
        consistent PLS the second.

    Returns
    -------
    Dataset
        ``estimate``, ``lower``, ``upper``, ``standard_error``, ``n_draws``
        (those with a value for every member that varies), ``p_value``
        adjusted for the size of the family, each (...), and ``critical``,
        c of each family. The p-value is the smallest ``1 - level`` at which
        the interval leaves `null` out. A statistic that does not vary, such
        as the zero of an absent path, is no member of the family.

    Raises
    ------
    DataError
        A level that is no share, or a dimension that the draws do not have.

    Examples
    --------
    >>> numbers = np.random.default_rng(1).normal(size=(4000, 10))
    >>> draws = xr.DataArray(numbers, dims=["draw", "city"])
    >>> found = simultaneous_interval(draws, point=xr.zeros_like(draws.mean("draw")), over="city")
    >>> bool(2.6 < found.critical < 3.0)  # one interval alone: 1.96
    True
    """
    require_level(level)
    require_draws(draws)
    require_labelled(point=point)
    require_same_dims(draws, point)
    family = [over] if isinstance(over, str) else list(over)
    _check_family(draws, family)
    alone = [dim for dim in draws.dims if dim not in ("draw", *family)]
    values = draws.transpose("draw", *alone, *family)
    point, values = aligned(point, values)
    point = point.transpose(*alone, *family)
    split = tuple(values.sizes[dim] for dim in alone)
    numbers = values.to_numpy().astype(np.float64).reshape((values.sizes["draw"], *split, -1))
    found = simultaneous_arrays(
        numbers,
        point.to_numpy().astype(np.float64).reshape((*split, -1)),
        level=level,
        null=null,
        standard_error=standard_error,
    )
    critical = found.pop("critical")
    labelled = {name: point.copy(data=part.reshape(point.shape)) for name, part in found.items()}
    first = point.isel(dict.fromkeys(family, 0), drop=True)
    return xr.Dataset(
        {"estimate": point, **labelled, "critical": first.copy(data=critical.reshape(split))}
    )


def simultaneous_arrays(
    draws: Array,
    point: Array,
    *,
    level: float = 0.95,
    null: float = 0.0,
    standard_error: Spread = "deviation",
) -> dict[str, Array]:
    """Array form of :func:`simultaneous_interval`; the family is the last axis.

    Parameters
    ----------
    draws : array (B, ..., M)
    point : array (..., M)
    level, null, standard_error
        As in :func:`simultaneous_interval`.

    Returns
    -------
    dict of str to array
        ``lower``, ``upper``, ``standard_error``, ``n_draws`` and ``p_value``
        (..., M), and ``critical`` (...).
    """
    _, error = mean_and_error(draws, standard_error)
    member = np.isfinite(point) & (error > ROUNDING * np.maximum(np.abs(point), 1.0))
    scale = np.where(member, error, 1.0)
    with np.errstate(invalid="ignore"):
        distance = np.where(member, np.abs(draws - point) / scale, 0.0)
    # A draw that misses a member has no maximum: NaN.
    largest = np.sort(distance.max(axis=-1), axis=0)
    count = np.where(member.any(axis=-1), np.isfinite(largest).sum(axis=0), 0)
    critical = sorted_quantile(largest, count, np.full(count.shape, level))
    reach = critical[..., None] * error
    tested = np.abs(point - null) / scale
    share = sorted_share(largest[..., None], count[..., None], tested, "smallest")
    return {
        "lower": point - reach,
        "upper": point + reach,
        "standard_error": error,
        "n_draws": np.broadcast_to(count[..., None], point.shape),
        "p_value": np.where(member, np.clip(1.0 - share, 0.0, 1.0), np.nan),
        "critical": critical,
    }


def _check_family(draws: xr.DataArray, family: Sequence[Hashable]) -> None:
    absent = [dim for dim in ("draw", *family) if dim not in draws.dims]
    if absent:
        raise DataError(
            f"the draws have no dimension '{absent[0]}'; "
            f"they have {', '.join(map(str, draws.dims))}",
            dimension=absent[0],
        )
