r"""Maximum-likelihood moments of every draw, where answers are missing.

The EM algorithm starts at the sample's estimate and works on all draws and
patterns of missing answers at once; every draw stops on its own. So the
uncertainty of the estimate is carried through the draws.

With :math:`\Omega = \Sigma^{-1}` and m the missing items of a pattern, these
are regressed on the answered ones o with slopes :math:`-\Omega_{mm}^{-1}
\Omega_{mo}` and residual covariance :math:`\Omega_{mm}^{-1}`: one inverse a
draw, and small ones for the few items that are missing together.

References
----------
Dempster, Laird and Rubin (1977), J. Royal Statistical Society B 39:1-38;
Little and Rubin (2002), Statistical Analysis with Missing Data, section 11.2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Self

import numpy as np
from numpy.typing import NDArray

from csat_models.estimation.draws.copies import Copies
from csat_models.estimation.draws.patterns import (
    Patterns,
    Totals,
    blocks_of,
    diagonals,
    smallest_eigenvalue,
)
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


def em_draws(
    values: Array, weights: Array, copies: Copies, *, items: Sequence[str] | None = None
) -> tuple[Array, Array]:
    """Maximum-likelihood moments under normality of every draw.

    Parameters
    ----------
    values : array (n, K)
        Answers; NaN where missing, no row without any.
    weights : array (n,)
        Survey weights.
    copies : Copies
        B draws.
    items : sequence of str, optional
        Names of the K items, for messages.

    Returns
    -------
    mean : array (B, K)
    cov : array (B, K, K)
        As :func:`~csat_models.survey.incomplete.em_moments` of the drawn
        rows, times ``n / (n - 1)``. A draw with an item without variance,
        with collinear items or without convergence keeps the variances of
        the answers given and has no covariances.

    Raises
    ------
    InadmissibleError, ConvergenceError
        The sample itself has no such moments.
    """
    return prepare_em_draws(values, weights, items=items)(copies)


def prepare_em_draws(
    values: Array, weights: Array, *, items: Sequence[str] | None = None
) -> Callable[[Copies], tuple[Array, Array]]:
    """Do once what all draws of :func:`em_draws` share; return what draws."""
    found = require_converged(em_moments(values, weights, items=items))
    return partial(_draw, found, Patterns.of(values, weights, found.mean))


@single_threaded
def _draw(found: NormalMoments, patterns: Patterns, copies: Copies) -> tuple[Array, Array]:
    parts = [
        _maximise(_Sums.of(patterns, copies.take(block)), found.cov)
        for block in blocks_of(len(copies), *patterns.answered.shape)
    ]
    shift, cov = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return found.mean + shift, cov


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Group:
    """Patterns with equally many missing items, in B draws.

    Attributes
    ----------
    missing : array (G, m)
        The missing items of each pattern.
    select : array (G, m, K)
        1 at these items.
    answered : array (G, K)
    weight : array (B, G)
    deviations : array (B, G, K)
    products : array (B, G, K, K)
    """

    missing: NDArray[np.intp]
    select: Array
    answered: Array
    weight: Array
    deviations: Array
    products: Array

    def take(self, draws: NDArray[np.bool_]) -> _Group:
        return replace(
            self,
            weight=self.weight[draws],
            deviations=self.deviations[draws],
            products=self.products[draws],
        )

    def fill_in(self, shift: Array, precision: Array) -> tuple[Array, Array]:
        """Return the sums (B, K) and scatter (B, K, K) expected of the missing answers."""
        rows = self.missing[:, :, None]
        residual = np.linalg.inv(precision[:, rows, self.missing[:, None, :]])
        slopes = -residual @ (precision[:, self.missing] * self.answered[:, None, :])
        moved = shift[:, None, :] * self.answered
        gap = self.deviations - self.weight[..., None] * moved
        filled = np.einsum("bgmk,bgk->bgm", slopes, gap)
        cross = slopes @ self.products
        cross -= np.einsum("bgmk,bgk->bgm", slopes, self.deviations)[..., None] * moved[:, :, None]
        cross -= np.einsum("bgmk,bgk->bgm", slopes, moved)[..., None] * gap[:, :, None]
        own = cross @ slopes.swapaxes(2, 3) + self.weight[..., None, None] * residual
        flat = self.select.reshape(-1, self.select.shape[-1])
        size = (len(shift), *flat.shape)
        mixed = flat.T @ cross.reshape(size)
        scatter = mixed + mixed.transpose(0, 2, 1) + flat.T @ (own @ self.select).reshape(size)
        return filled.reshape(size[:2]) @ flat, scatter


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sums:
    """What the EM algorithm needs of a block of draws."""

    totals: Totals
    weight: Array
    groups: tuple[_Group, ...]

    @classmethod
    def of(cls, patterns: Patterns, copies: Copies) -> Self:
        n_draws, (n_patterns, n_items) = len(copies), patterns.answered.shape
        totals = Totals.empty(n_draws, n_items)
        weight = np.empty((n_draws, n_patterns))
        deviations = np.empty((n_draws, n_patterns, n_items))
        products = np.empty((n_draws, n_patterns, n_items, n_items))
        for number, rows, own, given, both in patterns.sums(copies):
            weight[:, number], deviations[:, number], products[:, number] = own, given, both
            totals.add(patterns.answered[number], (rows, own, given, both))
        lacking = n_items - patterns.answered.sum(axis=1).astype(np.intp)
        groups = []
        for size in np.unique(lacking[lacking > 0]):
            of_size = np.flatnonzero(lacking == size)
            answered = patterns.answered[of_size]
            missing = np.nonzero(answered == 0)[1].reshape(len(of_size), size)
            groups.append(
                _Group(
                    missing=missing,
                    select=np.eye(n_items)[missing],
                    answered=answered,
                    weight=weight[:, of_size],
                    deviations=deviations[:, of_size],
                    products=products[:, of_size],
                )
            )
        return cls(totals=totals, weight=weight.sum(axis=1), groups=tuple(groups))

    def take(self, draws: NDArray[np.bool_]) -> _Sums:
        totals = {field.name: getattr(self.totals, field.name)[draws] for field in fields(Totals)}
        return _Sums(
            totals=Totals(**totals),
            weight=self.weight[draws],
            groups=tuple(group.take(draws) for group in self.groups),
        )

    def step(self, shift: Array, cov: Array) -> tuple[Array, Array]:
        """One EM step from means (B, K), less the centre, and covariances (B, K, K)."""
        totals, precision = self.totals, _inverse(cov)
        across = totals.given * shift[:, None, :]
        scatter = totals.products - across - across.transpose(0, 2, 1)
        scatter += totals.weight * (shift[:, :, None] * shift[:, None, :])
        moved = diagonals(totals.given) - diagonals(totals.weight) * shift
        for group in self.groups:
            sums, spread = group.fill_in(shift, precision)
            moved = moved + sums
            scatter += spread
        moved = moved / self.weight[:, None]
        new = scatter / self.weight[:, None, None] - moved[:, :, None] * moved[:, None, :]
        return shift + moved, (new + new.transpose(0, 2, 1)) / 2.0


def _maximise(sums: _Sums, cov: Array) -> tuple[Array, Array]:
    """Means less the centre, and covariances times n / (n - 1), of a block of draws."""
    rows = sums.totals.rows
    start, spread = sums.totals.available(np.diagonal(cov))
    found_mean, found = start.copy(), np.full((len(rows), *cov.shape), np.nan)
    diagonals(found)[:] = spread
    going = (spread > 0).all(axis=1) & (rows > 1)
    places = np.flatnonzero(going)
    sums = sums.take(going)
    shift, now = np.zeros((len(places), len(cov))), np.repeat(cov[None], len(places), axis=0)
    for _ in range(MAX_ITERATIONS):
        if not len(places):
            break
        new_shift, new = sums.step(shift, now)
        done = _largest_step(new_shift - shift, new - now, now) < TOLERANCE
        shift, now = new_shift, new
        good = done & _definite(now, done)
        found_mean[places[good]], found[places[good]] = shift[good], now[good]
        going = ~done & np.isfinite(now).all(axis=(1, 2))
        if not going.all():
            sums, places, shift, now = sums.take(going), places[going], shift[going], now[going]
    with np.errstate(invalid="ignore", divide="ignore"):
        found *= (rows / (rows - 1.0))[:, None, None]
    return found_mean, found


def _largest_step(mean: Array, cov: Array, before: Array) -> Array:
    """Largest move (B,) in standard deviations."""
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = 1.0 / np.sqrt(diagonals(before))
        moved = np.abs(cov * scale[:, :, None] * scale[:, None, :]).max(axis=(1, 2))
    return np.asarray(np.maximum(np.abs(mean * scale).max(axis=1), moved))


def _definite(cov: Array, asked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether the covariances asked about have correlations of full rank."""
    found = np.zeros(len(cov), dtype=np.bool_)
    found[asked] = smallest_eigenvalue(cov[asked]) >= SINGULAR
    return found


def _inverse(cov: Array) -> Array:
    """Inverses (B, K, K); missing where there is none."""
    try:
        inverse: Array = np.linalg.inv(cov).astype(np.float64)
    except np.linalg.LinAlgError:
        inverse = np.full(cov.shape, np.nan)
        usable = smallest_eigenvalue(cov) > SINGULAR
        inverse[usable] = np.linalg.inv(cov[usable])
    return inverse
