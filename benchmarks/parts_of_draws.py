"""Sums over the parts of every draw of a sample, and the moments without each part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def part_sums(answers: Array, picks: NDArray[np.int64], n_parts: int) -> Array:
    """Sums over each part of every draw, (n_parts, B, 1 + K + K (K + 1) / 2).

    A part is n / n_parts picks of a draw. Picks, not respondents, are divided: two copies of a
    respondent are two respondents of the draw. Sums are of 1, of the answers less the sample's
    means, and of their products.
    """
    from scipy.sparse import csr_array

    n, n_boot = len(answers), len(picks)
    deviations = answers - answers.mean(axis=0)
    rows, columns = np.tril_indices(answers.shape[1])
    products = deviations[:, rows] * deviations[:, columns]
    features = np.hstack([np.ones((n, 1)), deviations, products])
    ends = np.arange(0, picks.size + 1, n // n_parts)
    member = csr_array((np.ones(picks.size), picks.ravel(), ends), shape=(len(ends) - 1, n))
    return np.asarray(member @ features).reshape(n_boot, n_parts, -1).transpose(1, 0, 2)


def moments_of_sums(sums: Array, centre: Array) -> tuple[Array, Array]:
    """Means (..., K) and covariances (..., K, K) of sums about a centre (K,)."""
    size = centre.size
    position = np.zeros((size, size), dtype=np.intp)
    rows, columns = np.tril_indices(size)
    position[rows, columns] = position[columns, rows] = np.arange(rows.size)
    count = sums[..., :1]
    shift = sums[..., 1 : 1 + size] / count
    cov = sums[..., 1 + size :][..., position] / count[..., None]
    cov -= shift[..., :, None] * shift[..., None, :]
    return centre + shift, cov * (count / (count - 1.0))[..., None]


def whole_and_without(sums: Array) -> Array:
    """Sums of all parts, then those without each, (1 + n_parts, B, ...)."""
    total = sums.sum(axis=0)
    return np.concatenate([total[None], total - sums])
