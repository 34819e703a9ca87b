"""Moments of rows as plain arrays, in the way that their sample asks for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csat_models.estimation.incomplete import incomplete_moments
from csat_models.estimation.ordinal import ordinal_moments
from csat_models.estimation.sample import Array, Sample
from csat_models.estimation.weighted import weighted_moments


def cell_moments(
    sample: Sample, rows: NDArray[np.intp], *, required: bool = True
) -> tuple[Array, Array]:
    """Mean (K,) and covariance (K, K) of some rows, as ``missing`` and ``ordinal`` say."""
    whole = len(rows) == len(sample.weights)
    values = sample.values if whole else sample.values[rows]
    weights = sample.weights if whole else sample.weights[rows]
    if not weights.any():
        n_items = values.shape[1]
        return np.full(n_items, np.nan), np.full((n_items, n_items), np.nan)
    if sample.ordinal:
        return ordinal_moments(values, weights, items=sample.items, required=required)
    if sample.additive:
        return weighted_moments(values, weights)
    return incomplete_moments(
        values, weights, sample.missing, items=sample.items, required=required
    )


def group_sizes(weights: Array) -> tuple[float, float, float]:
    """Rows, sum of weights, and Kish's effective sample size."""
    total = float(weights.sum())
    return float(len(weights)), total, kish_size(total, float(weights @ weights))


def kish_size(total: float, squares: float) -> float:
    """Kish's effective sample size of a sum of weights and of their squares; 0 without weight."""
    return total**2 / squares if squares > 0 else 0.0
