"""Parts of a sample, their sums, and what remains without each of them.

A part is a respondent, a person with several rows, or a random group of
respondents. Sums over rows add up, so a sample without a part is the sample's
sums less the part's: one pass over the data serves every leave-out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Self

import numpy as np
from numpy.typing import NDArray

from csat_models.estimation.draws.cells import Cell, Sums, weighted_centre
from csat_models.estimation.sample import Array

# Rows whose products are held at a time.
ROW_BLOCK = 8192

# Weight of answers below this share of the sample's is rounding: nobody answers.
ROUNDING = 1e-12

Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parts:
    """Sums over each of the P parts of one cell.

    Attributes
    ----------
    sums : Sums
        One element a part.
    squares : array (P,)
        Sum of squared weights.
    centre, variances : array (K,)
        Means and mean squared deviations of the whole cell.
    """

    sums: Sums
    squares: Array
    centre: Array
    variances: Array

    @classmethod
    def of(cls, values: Array, weights: Array, part: Codes, n_parts: int) -> Self:
        """Sum answers (n, K), NaN where missing, over the parts 0 ... P - 1 of rows (n,)."""
        centre = weighted_centre(values, weights)
        blocks = [slice(k, k + ROW_BLOCK) for k in range(0, len(values), ROW_BLOCK)]
        has_gaps = bool(np.isnan(values).any())
        sums = [
            _block_sums(values[block], weights[block], part[block], (centre, n_parts, has_gaps))
            for block in blocks
        ]
        squared = np.where(np.isnan(values), 0.0, values - centre) ** 2
        return cls(
            sums=reduce(Sums.plus, sums),
            squares=_totals(part, weights**2, n_parts),
            centre=centre,
            variances=weights @ squared / weights.sum(),
        )

    def moments(self, counts: Array) -> tuple[Array, Array]:
        """Moments (K,) and (K, K) of the sample with each part `counts` (P,) times."""
        mean, cov = self.sums.pooled(counts).moments(self.centre, self.variances)
        return mean[0], cov[0]

    def without_each(self, counts: Array | None = None) -> tuple[Array, Array]:
        """Moments of the sample without one copy of each part.

        Parameters
        ----------
        counts : array (P,), optional
            How often each part is in the sample, by default once; a part that
            is not in it is not left out.

        Returns
        -------
        mean : array (Q, K)
        cov : array (Q, K, K)
            As :func:`~csat_models.estimation.moments.weighted_moments` of
            the rows that remain without each of the Q parts; missing where
            none remains.
        """
        share = np.ones(len(self.squares)) if counts is None else counts
        whole = self.sums.pooled(share)
        left = whole.plus(self.sums.take(np.flatnonzero(share > 0)).times(-1.0))
        nothing = left.rows <= 0
        left.weight[nothing] = 0.0
        if left.gaps is not None:
            silent = np.abs(left.weight[:, None] - left.gaps) <= ROUNDING * whole.weight[0]
            np.copyto(left.gaps, left.weight[:, None], where=silent)
        mean, cov = left.moments(self.centre, self.variances)
        mean[nothing], cov[nothing] = np.nan, np.nan
        return mean, cov

    def sizes_without_each(self) -> Array:
        """Rows, weight and effective size that remain without each part, (P, 3)."""
        rows = self.sums.rows.sum() - self.sums.rows
        weight = np.where(rows > 0, self.sums.weight.sum() - self.sums.weight, 0.0)
        squares = np.where(rows > 0, self.squares.sum() - self.squares, 1.0)
        return np.stack([rows, weight, weight**2 / squares], axis=1)


def _block_sums(
    values: Array, weights: Array, part: Codes, shared: tuple[Array, int, bool]
) -> Sums:
    from scipy.sparse import csr_array

    centre, n_parts, has_gaps = shared
    cell = Cell.of(values, weights, centre)
    place = (part, np.arange(len(part)))
    member = csr_array((weights, place), shape=(n_parts, len(part)))
    n_items = len(centre)
    gaps = np.zeros((n_parts, n_items)) if has_gaps else None
    gap_sums = np.zeros((n_parts, 2, n_items, n_items)) if has_gaps else None
    if cell.gaps is not None:
        gaps = member @ cell.gaps
        gap_sums = (cell.gap_sums @ member.T).toarray().T.reshape(n_parts, 2, n_items, n_items)
    return Sums(
        rows=_totals(part, np.ones(len(part)), n_parts),
        weight=_totals(part, weights, n_parts),
        deviations=member @ cell.deviations,
        products=member @ cell.products,
        gaps=gaps,
        gap_sums=gap_sums,
    )


def _totals(part: Codes, values: Array, n_parts: int) -> Array:
    return np.bincount(part, values, minlength=n_parts).astype(np.float64)
