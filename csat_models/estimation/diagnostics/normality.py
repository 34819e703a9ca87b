"""How far variables are from normal: skewness, kurtosis and Anderson-Darling."""

from __future__ import annotations

import numpy as np
import xarray as xr

from csat_models.estimation.sample import Array

# Stephens' p-value of A2, piece by piece: upper end, then constant, slope, curve of an exponent.
PIECES = (
    (0.200, -13.436, 101.14, -223.73, True),
    (0.340, -8.318, 42.796, -59.938, True),
    (0.600, 0.9177, -4.279, -1.38, False),
    (13.0, 1.2937, -5.709, 0.0186, False),
)


def normality(values: xr.DataArray, dim: str = "row") -> xr.Dataset:
    r"""Skewness, excess kurtosis and the Anderson-Darling test of normality.

    .. math::

       A^2 = -n - \frac{1}{n} \sum_{i=1}^n (2i - 1)
             [\ln \Phi(z_{(i)}) + \ln(1 - \Phi(z_{(n+1-i)}))]

    with sorted standardised values z; its p-value is that of
    :math:`A^2 (1 + .75/n + 2.25/n^2)` with mean and variance estimated.

    Parameters
    ----------
    values : DataArray (..., row)
    dim : str
        The dimension of the observations.

    Returns
    -------
    Dataset
        ``skewness``, ``excess_kurtosis`` (moment estimators, 0 if normal),
        ``anderson_darling`` and ``normality_p_value``, each (...); missing
        where an observation is missing or all are the same.

    References
    ----------
    Anderson and Darling (1954), A test of goodness of fit, JASA 49, 765-769.
    Stephens (1986) in D'Agostino and Stephens, Goodness-of-Fit Techniques,
    table 4.9, for the p-value.

    Examples
    --------
    >>> skewed = xr.DataArray([1.0, 1.0, 1.0, 2.0, 2.0, 3.0, 9.0], dims="row")
    >>> found = normality(skewed)
    >>> round(found.skewness.item(), 4), bool(found.normality_p_value < 0.01)
    (1.7704, True)
    """
    array = values.transpose(..., dim)
    data = array.to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        deviations = data - data.mean(axis=-1, keepdims=True)
        spread = np.sqrt((deviations**2).mean(axis=-1, keepdims=True))
        ratio = np.where(spread > 0, deviations / spread, np.nan)
    statistic = anderson_darling(ratio)
    frame = array.isel({dim: 0}, drop=True)
    parts = {
        "skewness": (ratio**3).mean(axis=-1),
        "excess_kurtosis": (ratio**4).mean(axis=-1) - 3.0,
        "anderson_darling": statistic,
        "normality_p_value": _p_value(statistic, data.shape[-1]),
    }
    return xr.Dataset({name: frame.copy(data=part) for name, part in parts.items()})


def anderson_darling(values: Array) -> Array:
    """Return the statistic A2 of observations (..., n) against a fitted normal, (...)."""
    from scipy.special import log_ndtr

    n = values.shape[-1]
    ordered = np.sort(values, axis=-1)
    centred = ordered - ordered.mean(axis=-1, keepdims=True)
    z = centred / np.sqrt((centred**2).sum(axis=-1, keepdims=True) / (n - 1))
    logs = log_ndtr(z) + log_ndtr(-z[..., ::-1])
    statistic: Array = -n - (logs * (2.0 * np.arange(1, n + 1) - 1.0)).sum(axis=-1) / n
    return statistic


def _p_value(statistic: Array, n: int) -> Array:
    adjusted = statistic * (1.0 + 0.75 / n + 2.25 / n**2)
    result = np.where(np.isnan(adjusted), np.nan, 0.0)
    for end, constant, slope, curve, upper in reversed(PIECES):
        with np.errstate(over="ignore"):
            tail = np.exp(constant + slope * adjusted + curve * adjusted**2)
        result = np.where(adjusted < end, 1.0 - tail if upper else tail, result)
    return result
