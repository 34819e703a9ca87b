"""What leave-outs say of a statistic: its standard error and acceleration.

References
----------
Efron (1987), Better bootstrap confidence intervals, JASA 82, 171-185. Davison
and Hinkley (1997), Bootstrap Methods and their Application, sections 2.7, 3.2
and 5.3, for strata.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.estimation.sample import Array

# Leave-outs closer to their mean than this share of it differ by rounding.
ROUNDING = 1e-11

Strata = NDArray[np.intp]


def acceleration(jackknife: xr.DataArray) -> xr.DataArray:
    r"""Acceleration of a statistic: a sixth of the skewness of its leave-outs.

    :math:`a = \sum u_i^3 / (6 (\sum u_i^2)^{3/2})` with
    :math:`u_i = (n_h - 1) / n_h (\bar t_h - t_{(i)})`, where part i belongs to
    stratum h of :math:`n_h` parts; 0 for a statistic that does not vary.

    Parameters
    ----------
    jackknife : DataArray (part, ...)
        The statistic without each part, as of
        :func:`~csat_models.estimation.draws.jackknifing.jackknife`. A coordinate
        ``stratum`` along ``part`` names the strata; without it, there is one.

    Returns
    -------
    DataArray (...)

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 9.0])
    >>> means = xr.DataArray((x.sum() - x) / 2, dims="part")
    >>> u = x - x.mean()
    >>> bool(np.isclose(acceleration(means), (u**3).sum() / 6 / (u**2).sum() ** 1.5))
    True
    """
    values, strata = _read(jackknife)
    return _label(jackknife, acceleration_array(values, strata))


def jackknife_standard_error(jackknife: xr.DataArray) -> xr.DataArray:
    r"""Jackknife standard error of a statistic.

    :math:`\sqrt{\sum_h (n_h - 1) / n_h \sum_i (t_{(hi)} - \bar t_h)^2}`.

    Parameters
    ----------
    jackknife : DataArray (part, ...)
        As in :func:`acceleration`.

    Returns
    -------
    DataArray (...)

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 9.0])
    >>> means = xr.DataArray((x.sum() - x) / 2, dims="part")
    >>> bool(np.isclose(jackknife_standard_error(means), x.std(ddof=1) / 3**0.5))
    True
    """
    values, strata = _read(jackknife)
    return _label(jackknife, standard_error_array(values, strata))


def standard_error_array(values: Array, strata: Strata | None = None) -> Array:
    """Array form of :func:`jackknife_standard_error`: leave-outs (P, ...) to (...).

    Missing leave-outs are left out; where all are, the result is missing.
    """
    deviations, sizes = _deviations(values, strata)
    error = np.sqrt(_factor(sizes, deviations**2).sum(axis=0))
    return np.where(np.isfinite(values).any(axis=0), error, np.nan)


def acceleration_array(values: Array, strata: Strata | None = None) -> Array:
    """Array form of :func:`acceleration`: leave-outs (P, ...) to (...).

    Missing leave-outs are left out; where all are, the result is missing.
    """
    deviations, sizes = _deviations(values, strata)
    influence = -_factor(sizes, deviations)
    spread = (influence**2).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        skewed = (influence**3).sum(axis=0) / (6.0 * spread**1.5)
    missing = ~np.isfinite(values).any(axis=0)
    return np.where(missing, np.nan, np.where(spread > 0, skewed, 0.0))


def _deviations(values: Array, strata: Strata | None) -> tuple[Array, Array]:
    """Leave-outs less their stratum's mean, and that stratum's size; 0 where missing."""
    usable = np.isfinite(values)
    filled = np.where(usable, values, 0.0)
    codes = np.zeros(len(values), dtype=np.intp) if strata is None else strata
    count = _sum_by(usable.astype(np.float64), codes)
    with np.errstate(invalid="ignore"):
        mean = _sum_by(filled, codes) / count
    deviations = np.where(usable, filled - mean[codes], 0.0)
    deviations[np.abs(deviations) <= ROUNDING * np.abs(filled)] = 0.0
    return deviations, count[codes]


def _sum_by(values: Array, codes: Strata) -> Array:
    sums = np.zeros((int(codes.max(initial=0)) + 1, *values.shape[1:]))
    np.add.at(sums, codes, values)
    return sums


def _factor(sizes: Array, values: Array) -> Array:
    return values * np.where(sizes > 0, (sizes - 1.0) / np.maximum(sizes, 1.0), 0.0)


def _read(jackknife: xr.DataArray) -> tuple[Array, Strata | None]:
    if "part" not in jackknife.dims:
        raise DataError(
            "the jackknife statistic has no dimension 'part'; compute it from jackknife(...)"
        )
    values = jackknife.transpose("part", ...).to_numpy().astype(np.float64)
    if "stratum" not in jackknife.coords:
        return values, None
    _, codes = np.unique(jackknife["stratum"].to_numpy(), return_inverse=True)
    return values, codes


def _label(jackknife: xr.DataArray, values: Array) -> xr.DataArray:
    first = jackknife.transpose("part", ...).isel(part=0)
    return first.drop_vars(["part", "stratum"], errors="ignore").copy(data=values)
