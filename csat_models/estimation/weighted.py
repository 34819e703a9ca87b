"""Weighted means and covariances of rows, in one pass for each."""

from __future__ import annotations

from functools import reduce

import numpy as np

from csat_models.estimation.sample import Array

# Rows whose deviations are held at a time, in the processor's cache.
ROW_BLOCK = 1 << 15


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
    return mean, cov


def _sums(values: Array, weights: Array) -> tuple[Array, Array]:
    answered = ~np.isnan(values)
    return weights @ np.where(answered, values, 0.0), weights @ answered


def _scatter(values: Array, weights: Array, mean: Array) -> Array:
    deviations = np.where(np.isnan(values), 0.0, values - mean)
    return (deviations * weights[:, None]).T @ deviations
