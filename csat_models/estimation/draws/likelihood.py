r"""Maximum-likelihood moments of every draw, where answers are missing.

The EM algorithm starts at the sample's estimate and works on all draws and
missing answers at once; every draw stops on its own. So the uncertainty of the
estimate is carried through the draws.

With :math:`\Omega = \Sigma^{-1}` and m the missing items of a row x, 0 at these
and measured from a centre as :math:`\mu` is, the row is completed by

.. math::
   \hat x_m = -\Omega_{mm}^{-1} (\Omega_{m \cdot} x - (\Omega \mu)_m)

with residual covariance :math:`\Omega_{mm}^{-1}`: one inverse a draw, small ones
for the few items that are missing together, and for every item one matrix
product of the rows that lack it, which all draws share. Steps are accelerated,
see :mod:`~csat_models.estimation.draws.acceleration`.

References
----------
Dempster, Laird and Rubin (1977), J. Royal Statistical Society B 39:1-38;
Little and Rubin (2002), Statistical Analysis with Missing Data, section 11.2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Self

import numpy as np
from numpy.typing import NDArray

from csat_models.estimation.draws import patterns
from csat_models.estimation.draws.acceleration import Acceleration
from csat_models.estimation.draws.cells import ROUNDING, triangle
from csat_models.estimation.draws.copies import Copies
from csat_models.estimation.draws.gaps import Gaps
from csat_models.estimation.draws.patterns import smallest_eigenvalue
from csat_models.estimation.sample import Array
from csat_models.estimation.threads import single_threaded
from csat_models.survey.incomplete import (
    MAX_ITERATIONS,
    SINGULAR,
    NormalMoments,
    em_moments,
    require_converged,
)

# A draw stops when nothing moves by more of a standard deviation: far less than draws differ.
TOLERANCE = 1e-7

# Where the likelihood has no bound, the smallest eigenvalue falls towards 0, by steps that stop
# at the tolerance above: of correlations, what is below ten of them is on its way there.
NOTHING = 10 * TOLERANCE

# Rows whose products of items are held at a time.
MOST_ROWS = 20_000

# Draws that have stopped are left out once they are this share of those worked on.
IDLE = 0.25


def prepare_em_draws(
    values: Array, weights: Array, *, items: Sequence[str] | None = None
) -> Callable[[Copies], tuple[Array, Array]]:
    """Do once what the maximum-likelihood moments of all draws share.

    Parameters
    ----------
    values : array (n, K)
        Answers; NaN where missing, no row without any.
    weights : array (n,)
        Survey weights.
    items : sequence of str, optional
        Names of the K items, for messages.

    Returns
    -------
    callable
        From :class:`~csat_models.estimation.draws.copies.Copies` with B draws to
        means (B, K) and covariances (B, K, K), as
        :func:`~csat_models.survey.incomplete.em_moments` of the drawn rows, times
        ``n / (n - 1)``. A draw with an item without variance, with collinear items
        or without convergence keeps the variances of the answers given and has no
        covariances.

    Raises
    ------
    InadmissibleError, ConvergenceError
        The sample itself has no such moments.
    """
    found = require_converged(em_moments(values, weights, items=items))
    return partial(_draw, found, Gaps.of(_standardised(values, found), weights))


def _standardised(values: Array, found: NormalMoments) -> Array:
    return np.asarray((values - found.mean) / np.sqrt(np.diagonal(found.cov)))


@single_threaded
def _draw(found: NormalMoments, gaps: Gaps, copies: Copies) -> tuple[Array, Array]:
    deviation = np.sqrt(np.diagonal(found.cov))
    start = found.cov / np.outer(deviation, deviation)
    size = min(patterns.MOST_DRAWS, max(1, patterns.BLOCK_SIZE // gaps.numbers))
    blocks = [slice(k, k + size) for k in range(0, len(copies), size)]
    parts = [_maximise(_Sums.of(gaps, copies.take(block)), start) for block in blocks]
    shift, cov = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return found.mean + shift * deviation, cov * np.outer(deviation, deviation)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sums:
    """What the EM algorithm needs of B draws, which are the last dimension.

    Attributes
    ----------
    gaps : Gaps
        Shared by all draws.
    rows, weight : array (B,)
        Of all rows.
    item_weight : array (K, B)
        Weight of the rows that have an answer.
    first, second : array (K, B), array (K, K, B)
        Weighted sums of the answers given, and of their products.
    lacking : array (N, B)
        Weights of the rows that lack an answer.
    """

    gaps: Gaps
    rows: Array
    weight: Array
    item_weight: Array
    first: Array
    second: Array
    lacking: Array

    @classmethod
    def of(cls, gaps: Gaps, copies: Copies) -> Self:
        n_rows, n_items = gaps.values.shape
        lower, upper, position = triangle(n_items)
        total = np.zeros((len(copies), 2 + 2 * n_items + len(lower)))
        for begin in range(0, n_rows, MOST_ROWS):
            rows = slice(begin, begin + MOST_ROWS)
            inside, weights = gaps.values[rows], gaps.weights[rows, None]
            products = inside[:, lower] * inside[:, upper]
            parts = [np.ones_like(weights), gaps.answered[rows], inside, products]
            table = np.hstack([parts[0], weights, *(weights * part for part in parts[1:])])
            total += copies.sums(table, rows)
        ends = np.cumsum([1, 1, n_items, n_items])
        rows_, weight, given, first, second = np.split(np.ascontiguousarray(total.T), ends)
        lacking = gaps.weights[gaps.rows, None] * copies.dense(gaps.rows).T
        return cls(
            gaps=gaps,
            rows=rows_[0],
            weight=weight[0],
            item_weight=given,
            first=first,
            second=second[position],
            lacking=np.ascontiguousarray(lacking),
        )

    def take(self, draws: NDArray[np.bool_]) -> _Sums:
        return replace(
            self,
            rows=self.rows[draws],
            weight=self.weight[draws],
            item_weight=self.item_weight[:, draws],
            first=self.first[:, draws],
            second=self.second[:, :, draws],
            lacking=self.lacking[:, draws],
        )

    def available(self) -> tuple[Array, Array]:
        """Means and variances (K, B) of the answers given; a constant's variance is 0."""
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = self.first / self.item_weight
            spread = np.einsum("kkb->kb", self.second) / self.item_weight - mean**2
        spread[spread < ROUNDING] = 0.0
        return mean, spread

    def step(self, mean: Array, precision: Array) -> tuple[Array, Array]:
        """One EM step from means (K, B) and inverse covariances (K, K, B)."""
        first, second = self.gaps.fill_in(mean, precision, self.lacking)
        first = (first + self.first) / self.weight
        second += self.second
        second /= self.weight
        second -= first[:, None] * first[None]
        return first, second


def _maximise(sums: _Sums, start: Array) -> tuple[Array, Array]:
    """Means (B, K) and covariances (B, K, K) times n / (n - 1), of standardised answers."""
    rows = sums.rows
    mean, spread = sums.available()
    cov = np.full((*start.shape, len(rows)), np.nan)
    np.einsum("kkb->kb", cov)[:] = spread
    going = (spread > 0).all(axis=0) & (rows > 1)
    _iterate(sums.take(going), start, np.flatnonzero(going), (mean, cov))
    with np.errstate(invalid="ignore", divide="ignore"):
        cov *= rows / (rows - 1.0)
    return np.ascontiguousarray(mean.T), np.ascontiguousarray(cov.transpose(2, 0, 1))


def _iterate(
    sums: _Sums, start: Array, places: NDArray[np.intp], found: tuple[Array, Array]
) -> None:
    """Go on until every draw has stopped; note those that have arrived at their places."""
    n_items = len(start)
    now = _pack(np.zeros((n_items, len(places))), np.repeat(start[..., None], len(places), axis=2))
    # All draws start at the same point.
    precision = np.repeat(np.linalg.inv(start)[..., None], len(places), axis=2).astype(np.float64)
    pace = Acceleration.start(now)
    for _ in range(MAX_ITERATIONS):
        if not len(places):
            break
        new = _pack(*sums.step(now[:n_items], precision))
        done = np.abs(new - now).max(axis=0) < TOLERANCE
        _keep(new, np.flatnonzero(done & (places >= 0)), places, *found)
        now, lost = pace.next(now, new)
        places = np.where(done | lost, -1, places)
        going = places >= 0
        if going.mean() < 1.0 - IDLE:
            sums, places, pace = sums.take(going), places[going], pace.take(going)
            now = now[:, going]
        precision = _inverse(_unpack(now, n_items)[1])


def _keep(
    now: Array, done: NDArray[np.intp], places: NDArray[np.intp], mean: Array, cov: Array
) -> None:
    """Note draws that have stopped, unless their correlations are not of full rank."""
    shift, found = _unpack(now[:, done], len(mean))
    good = smallest_eigenvalue(found.transpose(2, 0, 1)) > NOTHING
    mean[:, places[done][good]], cov[:, :, places[done][good]] = shift[:, good], found[:, :, good]


def _pack(mean: Array, cov: Array) -> Array:
    """Put means (K, B) and the different covariances under each other."""
    lower, upper, _ = triangle(len(mean))
    return np.concatenate([mean, cov[lower, upper]])


def _unpack(packed: Array, n_items: int) -> tuple[Array, Array]:
    return packed[:n_items], packed[n_items:][triangle(n_items)[2]]


def _inverse(cov: Array) -> Array:
    """Inverses (K, K, B); missing where there is none."""
    matrices = np.ascontiguousarray(cov.transpose(2, 0, 1))
    try:
        inverse = np.linalg.inv(matrices)
    except np.linalg.LinAlgError:
        inverse = np.full(matrices.shape, np.nan)
        usable = smallest_eigenvalue(matrices) > SINGULAR
        inverse[usable] = np.linalg.inv(matrices[usable])
    return np.ascontiguousarray(inverse.transpose(1, 2, 0))
