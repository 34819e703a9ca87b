"""The rows of one cell, and their moments in every draw.

A draw's moments are one matrix product of its counts with the respondents'
products. Work goes through blocks of draws that stay in the processor's
cache; the size of a block changes no result.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from csat_models.estimation.counts import Counts
from csat_models.estimation.sample import Array
from csat_models.estimation.threads import single_threaded

# Draws worked on at a time.
BLOCK = 64

# A resampled variance below this share of the sample's is a constant item's rounding.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cell:
    """The rows of one cell, centred and multiplied out, ready to be drawn.

    Attributes
    ----------
    centre : array (K,)
        Item means.
    weights : array (n,)
        Survey weights.
    deviations : array (n, K)
        Answers less the centre; 0 where missing.
    products : array (n, K (K + 1) / 2)
        Products of two deviations.
    variances : array (K,)
        Mean squared deviation.
    gaps : array (n, K) or None
        1 where an answer is missing; None if none is.
    gap_sums : sparse array (n, 2 K K) or None
        Products of gaps with deviations, and of gaps with gaps.
    """

    centre: Array
    weights: Array
    deviations: Array
    products: Array
    variances: Array
    gaps: Array | None
    gap_sums: Any

    @classmethod
    def of(cls, values: Array, weights: Array) -> Self:
        """Prepare answers (n, K), NaN where missing, with weights (n,)."""
        answered = ~np.isnan(values)
        filled = np.where(answered, values, 0.0)
        with np.errstate(invalid="ignore"):
            centre = np.nan_to_num(weights @ filled / (weights @ answered), nan=0.0)
        deviations = np.where(answered, values - centre, 0.0)
        rows, columns, _ = _triangle(values.shape[1])
        gaps = None if answered.all() else (~answered).astype(np.float64)
        return cls(
            centre=centre,
            weights=weights,
            deviations=deviations,
            products=deviations[:, rows] * deviations[:, columns],
            variances=weights @ deviations**2 / weights.sum(),
            gaps=gaps,
            gap_sums=None if gaps is None else _gap_products(gaps, deviations),
        )

    def draw(self, counts: Counts) -> tuple[Array, Array]:
        """Moments of a block of draws: counts (B, n) to (B, K) and (B, K, K)."""
        drawn = counts * self.weights
        total = drawn.sum(axis=1)
        n_items = self.centre.size
        _, _, position = _triangle(n_items)
        scatter = (drawn @ self.products)[:, position]
        sums = drawn @ self.deviations
        with np.errstate(invalid="ignore", divide="ignore"):
            if self.gaps is None:
                shift = sums / total[:, None]
                scatter -= sums[:, :, None] * shift[:, None, :]
            else:
                answered = total[:, None] - drawn @ self.gaps
                shift = self._subtract_means(scatter, sums, drawn, answered)
            rows = counts.sum(axis=1, dtype=np.float64)
            scatter *= (rows / (rows - 1.0) / total)[:, None, None]
        variance = np.einsum("bkk->bk", scatter)
        variance[variance < ROUNDING * self.variances] = 0.0
        return self.centre + shift, scatter

    def _subtract_means(self, scatter: Array, sums: Array, drawn: Array, answered: Array) -> Array:
        """Centre the scatter at the means of the answers given; return those.

        With r = 1 - q the answer indicators and d the shift of the mean, the
        scatter of answers given is
        ``sum c x_i x_j - d_i sum c r_i x_j - d_j sum c x_i r_j + d_i d_j sum c r_i r_j``,
        where the sums over r come from those over the few missing answers q.
        """
        n_items = self.centre.size
        total = drawn.sum(axis=1)
        shift: Array = sums / answered
        both = (self.gap_sums @ drawn.T).T.reshape(len(drawn), 2, n_items, n_items)
        cross = shift[:, :, None] * (sums[:, None, :] - both[:, 0])
        scatter -= cross
        scatter -= cross.transpose(0, 2, 1)
        pairs = answered[:, :, None] + answered[:, None, :] - total[:, None, None] + both[:, 1]
        scatter += shift[:, :, None] * shift[:, None, :] * pairs
        return shift


@cache
def _triangle(size: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the lower triangle, and where each pair stands in it."""
    rows, columns = np.tril_indices(size)
    position = np.zeros((size, size), dtype=np.intp)
    position[rows, columns] = position[columns, rows] = np.arange(rows.size)
    return rows, columns, position


def _gap_products(gaps: Array, deviations: Array) -> Any:
    from scipy.sparse import csr_array

    values = np.stack([deviations, gaps], axis=1)
    table = (gaps[:, None, :, None] * values[:, :, None, :]).reshape(len(gaps), -1)
    return csr_array(table).T.tocsr()


@single_threaded
def resampled_moments(values: Array, weights: Array, counts: Counts) -> tuple[Array, Array]:
    """Moments of every draw of one cell; missing answers count as the draw's mean.

    Parameters
    ----------
    values : array (n, K)
        Answers; NaN where missing.
    weights : array (n,)
        Survey weights.
    counts : array (B, n)
        How often each row is drawn.

    Returns
    -------
    mean : array (B, K)
    cov : array (B, K, K)
        As :func:`~csat_models.estimation.moments.weighted_moments` of the
        drawn rows; NaN for a draw without rows.
    """
    cell = Cell.of(values, weights)
    n_draws, n_items = len(counts), values.shape[1]
    mean = np.empty((n_draws, n_items))
    cov = np.empty((n_draws, n_items, n_items))
    for start in range(0, n_draws, BLOCK):
        block = slice(start, start + BLOCK)
        mean[block], cov[block] = cell.draw(counts[block])
    return mean, cov
