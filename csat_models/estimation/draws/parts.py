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

from csat_models.estimation.draws.cells import BLOCK, Cell, Sums, triangle, weighted_centre
from csat_models.estimation.draws.counts import Counts
from csat_models.estimation.row_moments import kish_size
from csat_models.estimation.sample import Array
from csat_models.estimation.threads import single_threaded

# Rows whose products are held at a time.
ROW_BLOCK = 8192

# Rows sorted by their parts at a time, where parts are large.
LARGE_BLOCK = 1 << 17

# From so many rows a part on, each part's products are one matrix product.
LARGE_PART = 8

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
    @single_threaded
    def of(
        cls,
        values: Array,
        weights: Array,
        part: Codes,
        n_parts: int,
        *,
        centre: Array | None = None,
    ) -> Self:
        """Sum answers (n, K), NaN where missing, over the parts 0 ... P - 1 of rows (n,)."""
        centre = _centre(values, weights) if centre is None else centre
        large = len(values) >= LARGE_PART * n_parts
        size = LARGE_BLOCK if large else ROW_BLOCK
        blocks = [slice(k, k + size) for k in range(0, len(values), size)]
        has_gaps = any(bool(np.isnan(values[block]).any()) for block in blocks)
        shared = (centre, n_parts, has_gaps)
        sum_block = _sorted_sums if large else _block_sums
        sums = reduce(
            Sums.plus,
            (sum_block(values[block], weights[block], part[block], shared) for block in blocks),
        )
        return cls(
            sums=sums,
            squares=_totals(part, weights**2, n_parts),
            centre=centre,
            variances=_mean_squares(sums, len(centre)),
        )

    def merge(self, other: Parts, numbers: tuple[Codes, Codes], n_parts: int) -> Parts:
        """Add the parts of another sample.

        Parameters
        ----------
        other : Parts
            About any centre.
        numbers : pair of arrays
            Where the own parts and the other's stand in the result.
        n_parts : int
            Of the result.
        """
        shifted = other.sums.recentred(other.centre - self.centre)
        has_gaps = self.sums.gaps is not None or shifted.gaps is not None
        sums = _spread(self.sums, numbers[0], n_parts, has_gaps).plus(
            _spread(shifted, numbers[1], n_parts, has_gaps)
        )
        squares = np.zeros(n_parts)
        squares[numbers[0]] += self.squares
        squares[numbers[1]] += other.squares
        return Parts(
            sums=sums,
            squares=squares,
            centre=self.centre,
            variances=_mean_squares(sums, len(self.centre)),
        )

    @single_threaded
    def draw(self, counts: Counts | Array) -> tuple[Array, Array]:
        """Moments (B, K) and (B, K, K) of draws with counts (B, P) of the parts."""
        n_draws, n_items = len(counts), len(self.centre)
        mean = np.empty((n_draws, n_items))
        cov = np.empty((n_draws, n_items, n_items))
        for start in range(0, n_draws, BLOCK):
            block = slice(start, start + BLOCK)
            drawn = counts[block].astype(np.float64)
            mean[block], cov[block] = self.sums.drawn(drawn).moments(self.centre, self.variances)
        return mean, cov

    def sizes(self) -> tuple[float, float, float]:
        """Rows, weight and effective size of the whole."""
        weight = float(self.sums.weight.sum())
        return float(self.sums.rows.sum()), weight, kish_size(weight, float(self.squares.sum()))

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
            As :func:`~csat_models.estimation.weighted.weighted_moments` of
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
        squares = np.where(rows > 0, self.squares.sum() - self.squares, 0.0)
        effective = weight**2 / np.where(squares > 0, squares, 1.0)
        return np.stack([rows, weight, effective], axis=1)


def _centre(values: Array, weights: Array) -> Array:
    """Mean (K,) of the first rows: any centre near the mean will do in long data."""
    return weighted_centre(values[:LARGE_BLOCK], weights[:LARGE_BLOCK])


def _mean_squares(sums: Sums, n_items: int) -> Array:
    """Mean squared deviations (K,) from the sums' centre."""
    rows, columns, _ = triangle(n_items)
    total: Array = sums.products[:, rows == columns].sum(axis=0)
    weight = float(sums.weight.sum())
    return total / weight if weight > 0 else total


def _spread(sums: Sums, place: Codes, n_parts: int, has_gaps: bool) -> Sums:
    """Put parts in their places among others, which are empty."""
    n_items = sums.deviations.shape[1]

    def put(values: Array | None, *shape: int) -> Array:
        wider = np.zeros((n_parts, *shape))
        if values is not None:
            wider[place] = values
        return wider

    return Sums(
        rows=put(sums.rows),
        weight=put(sums.weight),
        deviations=put(sums.deviations, n_items),
        products=put(sums.products, sums.products.shape[1]),
        gaps=put(sums.gaps, n_items) if has_gaps else None,
        gap_sums=put(sums.gap_sums, 2, n_items, n_items) if has_gaps else None,
    )


def _sorted_sums(
    values: Array, weights: Array, part: Codes, shared: tuple[Array, int, bool]
) -> Sums:
    """Sum as :func:`_block_sums`, by one matrix product for each part's rows.

    With a = (1, deviations, gaps), the product ``sum w a a'`` holds all sums.
    """
    centre, n_parts, has_gaps = shared
    n_items, order = len(centre), np.argsort(part, kind="stable")
    ends = np.cumsum(np.bincount(part, minlength=n_parts))
    table = np.empty((len(part), 1 + n_items * (2 if has_gaps else 1)))
    table[:, 0] = 1.0
    known = table[:, 1 : 1 + n_items]
    np.subtract(values[order], centre, out=known)
    if has_gaps:
        table[:, 1 + n_items :] = np.isnan(known)
        np.copyto(known, 0.0, where=np.isnan(known))
    weighted = table if bool((weights == 1.0).all()) else table * weights[order, None]
    gram = np.zeros((n_parts, table.shape[1], table.shape[1]))
    for number, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
        if end > start:
            np.matmul(weighted[start:end].T, table[start:end], out=gram[number])
    rows, columns, _ = triangle(n_items)
    lacking = slice(1 + n_items, None)
    return Sums(
        rows=_totals(part, np.ones(len(part)), n_parts),
        weight=gram[:, 0, 0].copy(),
        deviations=gram[:, 0, 1 : 1 + n_items].copy(),
        products=gram[:, 1 + rows, 1 + columns],
        gaps=gram[:, 0, lacking].copy() if has_gaps else None,
        gap_sums=np.stack([gram[:, lacking, 1 : 1 + n_items], gram[:, lacking, lacking]], axis=1)
        if has_gaps
        else None,
    )


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
