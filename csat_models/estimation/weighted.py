"""Weighted means and covariances of rows, in one pass for each."""

from __future__ import annotations

from functools import reduce

import numpy as np

from csat_models.estimation.sample import Array

# Rows whose deviations are held at a time, in the processor's cache.
ROW_BLOCK = 1 << 15

# A variance below this share of the squared mean may be rounding: answers decide.
SUSPECT = 1e-20


def weighted_moments(values: Array, weights: Array) -> tuple[Array, Array]:
    """Mean and covariance of rows; missing answers count as the mean.

    Parameters
    ----------
    values : array (n, K)
        Answers; NaN where missing.
    weights : array (n,)
        Survey weights.

    Returns
    -------
    mean : array (K,)
    cov : array (K, K)
        ``sum w (x - m)(x - m)' / sum w * n / (n - 1)``.
    """
    blocks = [slice(k, k + ROW_BLOCK) for k in range(0, max(1, len(values)), ROW_BLOCK)]
    with np.errstate(invalid="ignore", divide="ignore"):
        sums = [_sums(values[block], weights[block]) for block in blocks]
        mean = reduce(np.add, [total for total, _ in sums]) / reduce(
            np.add, [known for _, known in sums]
        )
        scatters = [_scatter(values[block], weights[block], mean) for block in blocks]
        cov = reduce(np.add, scatters) / weights.sum()
        cov *= len(values) / (len(values) - np.float64(1.0))
    return mean, without_rounding(cov, mean, values, weights)


def without_rounding(cov: Array, mean: Array, values: Array, weights: Array) -> Array:
    """Return covariances that are exactly 0 of an item with one answer only.

    The mean of many times 0.1 is not quite 0.1, so that deviations from it are rounding.

    Parameters
    ----------
    cov : array (K, K)
    mean : array (K,)
    values : array (n, K)
        Answers; NaN where missing.
    weights : array (n,)
        Survey weights; rows without weight do not count.

    Returns
    -------
    array (K, K)
    """
    variance = np.diagonal(cov)
    suspects = np.flatnonzero((variance != 0.0) & (np.abs(variance) <= SUSPECT * mean**2))
    for item in suspects:
        answers = values[weights > 0, item]
        low, high = np.fmin.reduce(answers), np.fmax.reduce(answers)
        if high - low <= 4.0 * np.finfo(float).eps * max(abs(low), abs(high)):
            cov = cov.copy()
            cov[item, :] = cov[:, item] = 0.0
    return cov


def _sums(values: Array, weights: Array) -> tuple[Array, Array]:
    answered = ~np.isnan(values)
    return weights @ np.where(answered, values, 0.0), weights @ answered


def _scatter(values: Array, weights: Array, mean: Array) -> Array:
    deviations = np.where(np.isnan(values), 0.0, values - mean)
    return (deviations * weights[:, None]).T @ deviations
