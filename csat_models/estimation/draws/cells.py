"""The rows of one cell, and their moments in every draw.

A draw's moments are one matrix product of its counts with the respondents'
products. Work goes through blocks of draws that stay in the processor's
cache; the size of a block changes no result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from csat_models.estimation.draws.counts import Counts
from csat_models.estimation.sample import Array
from csat_models.estimation.threads import single_threaded

# Draws worked on at a time.
BLOCK = 64

# A resampled variance below this share of the sample's is a constant item's rounding.
ROUNDING = 1e-12

# Divides in place of a sum of weights that is 0.
TINY = float(np.finfo(np.float64).tiny)


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
    def of(cls, values: Array, weights: Array, centre: Array | None = None) -> Self:
        """Prepare answers (n, K), NaN where missing, with weights (n,)."""
        answered = ~np.isnan(values)
        if centre is None:
            centre = weighted_centre(values, weights)
        deviations = np.where(answered, values - centre, 0.0)
        rows, columns, _ = triangle(values.shape[1])
        gaps = None if answered.all() else (~answered).astype(np.float64)
        return cls(
            centre=centre,
            weights=weights,
            deviations=deviations,
            products=deviations[:, rows] * deviations[:, columns],
            variances=weights @ deviations**2 / max(float(weights.sum()), TINY),
            gaps=gaps,
            gap_sums=None if gaps is None else _gap_products(gaps, deviations),
        )

    def draw(self, counts: Counts | Array) -> tuple[Array, Array]:
        """Moments of a block of draws: counts (B, n) to (B, K) and (B, K, K)."""
        drawn = counts * self.weights
        gaps = gap_sums = None
        if self.gaps is not None:
            shape = (len(drawn), 2, self.centre.size, self.centre.size)
            gaps = drawn @ self.gaps
            gap_sums = (self.gap_sums @ drawn.T).T.reshape(shape)
        sums = Sums(
            rows=counts.sum(axis=1, dtype=np.float64),
            weight=drawn.sum(axis=1),
            deviations=drawn @ self.deviations,
            products=drawn @ self.products,
            gaps=gaps,
            gap_sums=gap_sums,
        )
        return sums.moments(self.centre, self.variances)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sums:
    """Weighted sums over the rows of a batch of B samples.

    Sums add up: those of a sample without a part are the sample's less the
    part's.

    Attributes
    ----------
    rows, weight : array (B,)
        Number of rows, and the sum of their weights.
    deviations : array (B, K)
        Sums of deviations from a centre, 0 where an answer is missing.
    products : array (B, K (K + 1) / 2)
        Sums of products of two deviations.
    gaps : array (B, K) or None
        Weight of the missing answers; None where none is missing.
    gap_sums : array (B, 2, K, K) or None
        Sums of products of gaps with deviations, and of gaps with gaps.
    """

    rows: Array
    weight: Array
    deviations: Array
    products: Array
    gaps: Array | None
    gap_sums: Array | None

    def plus(self, other: Sums) -> Sums:
        """Add sums element by element; one element is added to all."""
        return Sums(
            rows=self.rows + other.rows,
            weight=self.weight + other.weight,
            deviations=self.deviations + other.deviations,
            products=self.products + other.products,
            gaps=_add(self.gaps, other.gaps),
            gap_sums=_add(self.gap_sums, other.gap_sums),
        )

    def recentred(self, shift: Array) -> Sums:
        """Return the sums about another centre (K,), the old one less `shift`.

        With r the answer indicators,
        ``sum (x_i + d_i r_i)(x_j + d_j r_j) = sum x_i x_j + d_j sum x_i r_j
        + d_i sum r_i x_j + d_i d_j sum r_i r_j``.
        """
        rows, columns, _ = triangle(len(shift))
        answered = self.weight[:, None] * np.ones(len(shift))
        given = self.deviations[:, None, :] * np.ones((len(shift), 1))
        both = self.weight[:, None, None] * np.ones((len(shift), len(shift)))
        gap_sums = self.gap_sums
        if self.gaps is not None and gap_sums is not None:
            both = both - self.gaps[:, :, None] - self.gaps[:, None, :] + gap_sums[:, 1]
            given = given - gap_sums[:, 0]
            answered = answered - self.gaps
            silent = self.gaps[:, :, None] - gap_sums[:, 1]
            gap_sums = np.stack([gap_sums[:, 0] + silent * shift, gap_sums[:, 1]], axis=1)
        cross = shift[:, None] * given
        change = cross + cross.transpose(0, 2, 1) + np.outer(shift, shift) * both
        return replace(
            self,
            deviations=self.deviations + answered * shift,
            products=self.products + change[:, rows, columns],
            gap_sums=gap_sums,
        )

    def times(self, factor: float) -> Sums:
        """Multiply by a number."""
        return self._each(lambda values: values * factor)

    def take(self, index: NDArray[np.intp]) -> Sums:
        """Pick elements."""
        return self._each(lambda values: values[index])

    def pooled(self, counts: Array) -> Sums:
        """Add up the B elements, each `counts` (B,) times, to one."""
        return self._each(lambda values: np.tensordot(counts, values, axes=1)[None])

    def drawn(self, counts: Array) -> Sums:
        """Add up the P elements with each draw's counts (B, P) of them."""
        return self._each(
            lambda values: (counts @ values.reshape(len(values), -1)).reshape(
                len(counts), *values.shape[1:]
            )
        )

    def _each(self, change: Callable[[Array], Array]) -> Sums:
        return Sums(
            rows=change(self.rows),
            weight=change(self.weight),
            deviations=change(self.deviations),
            products=change(self.products),
            gaps=None if self.gaps is None else change(self.gaps),
            gap_sums=None if self.gap_sums is None else change(self.gap_sums),
        )

    def moments(self, centre: Array, variances: Array) -> tuple[Array, Array]:
        """Return means (B, K) and covariances (B, K, K).

        Parameters
        ----------
        centre : array (K,)
            What the deviations deviate from.
        variances : array (K,)
            Of the whole sample: far smaller ones are rounding.
        """
        _, _, position = triangle(centre.size)
        scatter = self.products[:, position]
        with np.errstate(invalid="ignore", divide="ignore"):
            if self.gaps is None or self.gap_sums is None:
                shift = self.deviations / self.weight[:, None]
                scatter -= self.deviations[:, :, None] * shift[:, None, :]
            else:
                shift = self._subtract_means(scatter, self.gaps, self.gap_sums)
            several = np.where(self.rows > 1.0, self.rows, np.nan)
            factor = several / (several - 1.0) / self.weight
            scatter *= factor[:, None, None]
        variance = np.einsum("bkk->bk", scatter)
        variance[variance < ROUNDING * variances] = 0.0
        return centre + shift, scatter

    def _subtract_means(self, scatter: Array, gaps: Array, gap_sums: Array) -> Array:
        """Centre the scatter at the means of the answers given; return those.

        With r = 1 - q the answer indicators and d the shift of the mean, the
        scatter of answers given is
        ``sum c x_i x_j - d_i sum c r_i x_j - d_j sum c x_i r_j + d_i d_j sum c r_i r_j``.
        As ``sum c x_i = d_i sum c r_i``, only sums over the few missing answers q stay:
        ``sum c x_i x_j + d_i sum c q_i x_j + d_j sum c x_i q_j + d_i d_j (sum c q_i q_j - sum c)``.
        """
        answered = self.weight[:, None] - gaps
        # Weights that add up to nothing but rounding are those of nobody.
        answered[answered <= ROUNDING * self.weight[:, None]] = np.nan
        shift: Array = self.deviations / answered
        cross = shift[:, :, None] * gap_sums[:, 0]
        scatter += cross
        scatter += cross.transpose(0, 2, 1)
        pairs = np.subtract(gap_sums[:, 1], self.weight[:, None, None], out=cross)
        pairs *= shift[:, :, None]
        pairs *= shift[:, None, :]
        scatter += pairs
        return shift


def _add(one: Array | None, other: Array | None) -> Array | None:
    return None if one is None or other is None else one + other


def weighted_centre(values: Array, weights: Array) -> Array:
    """Means (K,) of answers (n, K) with weights (n,); 0 where nobody answers."""
    answered = ~np.isnan(values)
    filled = np.where(answered, values, 0.0)
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(weights @ filled / (weights @ answered), nan=0.0)


@cache
def triangle(size: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
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
def resampled_moments(values: Array, weights: Array, counts: Counts | Array) -> tuple[Array, Array]:
    """Moments of every draw of one cell; missing answers count as the draw's mean.

    Parameters
    ----------
    values : array (n, K)
        Answers; NaN where missing.
    weights : array (n,)
        Survey weights.
    counts : array (B, n)
        How often each row is drawn; may be rescaled.

    Returns
    -------
    mean : array (B, K)
    cov : array (B, K, K)
        As :func:`~csat_models.estimation.weighted.weighted_moments` of the
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
