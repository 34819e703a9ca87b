"""Sums of draws over each pattern of missing answers, and pairwise moments.

What a draw says of means and covariances where answers are missing hangs on
sums over the rows of each pattern of answered items. They are matrix products
of the draws' counts.

References
----------
Efron (1994), Missing data, imputation, and the bootstrap, JASA 89, 463-475,
for resampling rows together with their gaps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from csat_models.estimation.draws.cells import ROUNDING, triangle
from csat_models.estimation.draws.copies import Copies
from csat_models.estimation.incomplete import NEGATIVE, pairwise_moments
from csat_models.estimation.sample import Array
from csat_models.estimation.threads import single_threaded

# Numbers in the sums (draws, patterns, K, K) held at a time: some 16 MB.
BLOCK_SIZE = 2_000_000

# Most draws worked on at a time.
MOST_DRAWS = 256


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Patterns:
    """Rows of one cell by their patterns of answered items.

    Attributes
    ----------
    deviations : array (n, K)
        Answers less a centre; 0 where missing.
    weights : array (n,)
    rows : tuple of P arrays
        Rows of each pattern.
    answered : array (P, K)
        1 where the pattern has an answer.
    """

    deviations: Array
    weights: Array
    rows: tuple[NDArray[np.intp], ...]
    answered: Array

    @classmethod
    def of(cls, values: Array, weights: Array, centre: Array) -> Self:
        """Sort answers (n, K), NaN where missing, about a centre (K,)."""
        known = ~np.isnan(values)
        answered, part = np.unique(known, axis=0, return_inverse=True)
        order = np.argsort(part.reshape(-1), kind="stable")
        ends = np.cumsum(np.bincount(part.reshape(-1), minlength=len(answered)))[:-1]
        return cls(
            deviations=np.where(known, values - centre, 0.0),
            weights=weights,
            rows=tuple(np.split(order, ends)),
            answered=answered.astype(np.float64),
        )

    def sums(self, copies: Copies) -> Iterator[tuple[int, Array, Array, Array, Array]]:
        """Yield each pattern's number, rows and weight (B,), deviations and products."""
        n_items = self.deviations.shape[1]
        lower, upper, position = triangle(n_items)
        for number, rows in enumerate(self.rows):
            inside, weights = self.deviations[rows], self.weights[rows, None]
            products = inside[:, lower] * inside[:, upper] * weights
            table = np.hstack([np.ones_like(weights), weights, inside * weights, products])
            found = copies.sums(table, rows)
            own = found[:, 2 : 2 + n_items]
            yield number, found[:, 0], found[:, 1], own, found[:, 2 + n_items :][:, position]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Totals:
    """Sums over all rows of B draws.

    Attributes
    ----------
    rows : array (B,)
    count, weight : array (B, K, K)
        Number and weight of those who answered both items.
    given : array (B, K, K)
        Sums of deviations of the first item over those.
    products : array (B, K, K)
    """

    rows: Array
    count: Array
    weight: Array
    given: Array
    products: Array

    @classmethod
    def empty(cls, n_draws: int, n_items: int) -> Self:
        """Start at 0."""
        shape = (n_draws, n_items, n_items)
        return cls(
            rows=np.zeros(n_draws),
            count=np.zeros(shape),
            weight=np.zeros(shape),
            given=np.zeros(shape),
            products=np.zeros(shape),
        )

    def add(self, answered: Array, sums: tuple[Array, Array, Array, Array]) -> None:
        """Add a pattern's rows, weight, deviations and products."""
        rows, weight, deviations, products = sums
        both = np.outer(answered, answered)
        self.rows[:] += rows
        self.count[:] += rows[:, None, None] * both
        self.weight[:] += weight[:, None, None] * both
        self.given[:] += deviations[:, :, None] * answered
        self.products[:] += products

    def available(self, variances: Array) -> tuple[Array, Array]:
        """Means and variances (B, K) of the answers given; a constant's variance is 0."""
        total = diagonals(self.weight)
        with np.errstate(invalid="ignore", divide="ignore"):
            shift = diagonals(self.given) / total
            spread = diagonals(self.products) / total - shift**2
        spread[spread < ROUNDING * variances] = 0.0
        return shift, spread


@single_threaded
def pairwise_draws(values: Array, weights: Array, copies: Copies) -> tuple[Array, Array]:
    """Means of the answers to each item, covariances of those to each pair, in every draw.

    Parameters
    ----------
    values : array (n, K)
        Answers; NaN where missing.
    weights : array (n,)
        Survey weights.
    copies : Copies
        B draws.

    Returns
    -------
    mean : array (B, K)
    cov : array (B, K, K)
        As :func:`~csat_models.estimation.incomplete.pairwise_moments` of the
        drawn rows. In a draw whose covariances contradict each other, or lack
        one, those of different items are missing.
    """
    centre, whole = pairwise_moments(values, weights)
    patterns = Patterns.of(values, weights, centre)
    parts = [
        _pairwise(_add_up(patterns, copies.take(block)), np.diagonal(whole))
        for block in blocks_of(len(copies), 1, values.shape[1])
    ]
    shift, cov = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return centre + shift, cov


def _pairwise(totals: Totals, variances: Array) -> tuple[Array, Array]:
    with np.errstate(invalid="ignore", divide="ignore"):
        pair_mean = totals.given / totals.weight
        cov = totals.products / totals.weight - pair_mean * pair_mean.transpose(0, 2, 1)
        factor = totals.count / (totals.count - 1.0)
    cov *= np.where(totals.count > 1.0, factor, np.nan)
    shift, spread = totals.available(variances)
    diagonals(cov)[spread == 0] = 0.0
    return shift, require_consistent(cov)


def smallest_eigenvalue(cov: Array) -> Array:
    """Smallest eigenvalue (B,) of the correlations of (B, K, K); missing where one is."""
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = 1.0 / np.sqrt(diagonals(cov))
        corr = cov * scale[:, :, None] * scale[:, None, :]
    usable = np.isfinite(corr).all(axis=(1, 2))
    least = np.full(len(cov), np.nan)
    least[usable] = np.linalg.eigvalsh(corr[usable])[:, 0]
    return least


def require_consistent(cov: Array) -> Array:
    """Make covariances (B, K, K) that contradict each other, or of which one lacks, missing.

    Variances stay, so that an item without variance can be named.
    """
    good = smallest_eigenvalue(cov) >= NEGATIVE
    flat = (diagonals(cov) == 0).any(axis=1)
    lost = ~good & ~flat
    variances = diagonals(cov)[lost]
    cov[lost] = np.nan
    kept = cov[lost]
    diagonals(kept)[:] = variances
    cov[lost] = kept
    return cov


def diagonals(matrices: Array) -> Array:
    """Diagonals (B, K) of (B, K, K), as a view."""
    view: Array = np.einsum("bkk->bk", matrices)
    return view


def _add_up(patterns: Patterns, copies: Copies) -> Totals:
    totals = Totals.empty(len(copies), patterns.answered.shape[1])
    for number, *sums in patterns.sums(copies):
        totals.add(patterns.answered[number], (sums[0], sums[1], sums[2], sums[3]))
    return totals


def blocks_of(n_draws: int, n_patterns: int, n_items: int) -> list[slice]:
    """Return slices of the draws whose sums fit into memory together."""
    size = min(MOST_DRAWS, max(1, BLOCK_SIZE // (n_patterns * n_items**2)))
    return [slice(k, k + size) for k in range(0, n_draws, size)]
