r"""Polychoric correlations of every draw, by one Newton step from the sample's.

A draw's contingency tables are all that it says of two ordered items. Let
:math:`\bar s(\rho, \tau)` be the mean, over the sample's rows, of the slope of
the log probability of the row's cell in the correlation; it is 0 at the
sample's estimate. A Newton step from there, with thresholds and correlation
together and the sample's own derivatives, is

.. math::
    \rho^* - \hat\rho = \Bigl( \bar s^* + \sum_k \frac{\partial \bar s}
    {\partial \tau_k} \frac{F_k^* - \hat F_k}{\varphi(\hat\tau_k)} \Bigr)
    \Big/ \Bigl( - \frac{\partial \bar s}{\partial \rho} \Bigr)

with :math:`\bar s^*` the mean slope over the draw's rows and :math:`F_k^*` the
draw's share of answers up to category k. It is linear in the draw's tables, so
that all pairs of all draws are one matrix product. The step is taken on
Fisher's scale, :math:`\operatorname{artanh} \rho`, which no draw leaves.

References
----------
Olsson (1979), Psychometrika 44:443-460, for the two-step estimate; Shao and Tu
(1995), The Jackknife and Bootstrap, section 5.4, for one-step bootstraps;
Joreskog (1994), Psychometrika 59:381-389, for the same expansion in standard
errors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np
from numpy.typing import NDArray

from csat_models.estimation.draws.copies import Copies
from csat_models.estimation.draws.patterns import diagonals, require_consistent
from csat_models.estimation.ordinal import (
    FAR,
    LEAST_PROBABILITY,
    Polychoric,
    cell_slopes,
    polychoric,
    tabulate,
)
from csat_models.estimation.sample import Array
from csat_models.estimation.threads import single_threaded

# Rows whose slopes are held at a time.
ROW_BLOCK = 4096

# Of a threshold, and of the room that a correlation has, in numerical derivatives.
STEP = 1e-5

# A category with all but this share of a draw's answers is the only one.
ROUNDING = 1e-12


def prepare_polychoric_draws(
    values: Array, weights: Array, *, items: Sequence[str] | None = None
) -> Callable[[Copies], tuple[Array, Array]]:
    """Do once what the polychoric correlations of all draws share.

    Parameters
    ----------
    values : array (n, K)
        Answers; NaN where missing.
    weights : array (n,)
        Survey weights.
    items : sequence of str, optional
        Names of the K items, for messages.

    Returns
    -------
    callable
        From :class:`~csat_models.estimation.draws.copies.Copies` with B draws to the
        means of the answers (B, K) and their correlations (B, K, K). An item with
        the same answer everywhere in a draw has variance 0 there; a draw whose
        correlations contradict each other has none but the variances.

    Raises
    ------
    InadmissibleError
        The sample itself has no such correlations.
    """
    found = polychoric(values, weights, items=items)
    step = _Step.of(found, tabulate(values, weights, found.categories)[1])
    return partial(_draw, step, values, _encode(values, found.categories), weights)


@single_threaded
def _draw(
    step: _Step, values: Array, codes: NDArray[np.intp], weights: Array, copies: Copies
) -> tuple[Array, Array]:
    sums = step.sums(values, codes, weights, copies)
    return sums.mean(), sums.correlations(step)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Step:
    """The Newton step of the N = K (K - 1) / 2 pairs, with up to C categories.

    Attributes
    ----------
    one, other : array (N,)
        The items of each pair.
    slopes : array (N, C, C)
        Slope of each cell's log probability.
    information : array (N,)
        What the mean slope falls by as the correlation rises.
    shares : array (K, C - 1)
        Of the answers up to each category, in the sample.
    one_pull, other_pull : array (N, C - 1)
        What the mean slope rises by with such a share of an item.
    correlations : array (N,)
    """

    one: NDArray[np.intp]
    other: NDArray[np.intp]
    slopes: Array
    information: Array
    shares: Array
    one_pull: Array
    other_pull: Array
    correlations: Array

    @classmethod
    def of(cls, found: Polychoric, tables: Array) -> Self:
        from scipy.special import ndtr

        one, other = np.tril_indices(len(found.categories), -1)
        edges = _edges(found)
        cuts, correlations = (edges[one], edges[other]), found.correlations[one, other]
        cells = tables[one, other]
        cells = cells / cells.sum(axis=(1, 2), keepdims=True)
        probability, change = cell_slopes(*cuts, correlations)
        turned = (cuts[1], cuts[0])
        return cls(
            one=one,
            other=other,
            slopes=change / np.maximum(probability, LEAST_PROBABILITY),
            information=_information(cells, cuts, correlations),
            shares=ndtr(edges[:, 1:-1]),
            one_pull=_pull(cells, cuts, correlations),
            other_pull=_pull(cells.swapaxes(1, 2), turned, correlations),
            correlations=correlations,
        )

    def sums(self, values: Array, codes: NDArray[np.intp], weights: Array, copies: Copies) -> _Sums:
        """Sum slopes, answers and shares over the rows of every draw."""
        total = None
        for start in range(0, len(values), ROW_BLOCK):
            block = slice(start, start + ROW_BLOCK)
            table = self._features(values[block], codes[block]) * weights[block, None]
            found = copies.sums(table, block)
            total = found if total is None else total + found
        assert total is not None
        ends = np.cumsum([len(self.one)] * 2 + [values.shape[1]] * 2)
        slopes, both, answered, answers, shares = np.split(total, ends, axis=1)
        return _Sums(
            slopes=slopes,
            both=both,
            answered=answered,
            answers=answers,
            shares=shares.reshape(len(copies), *self.shares.shape),
        )

    def _features(self, values: Array, codes: NDArray[np.intp]) -> Array:
        """Return what each row adds, (n, 2 N + 2 K + K (C - 1))."""
        known = codes >= 0
        pairs = np.arange(len(self.one))
        both = known[:, self.one] & known[:, self.other]
        slopes = self.slopes[pairs, codes[:, self.one], codes[:, self.other]]
        upto = known[:, :, None] & (codes[:, :, None] <= np.arange(self.shares.shape[1]))
        return np.hstack(
            [
                np.where(both, slopes, 0.0),
                both,
                known,
                np.where(known, values, 0.0),
                upto.reshape(len(codes), -1),
            ]
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sums:
    """Weighted sums over B draws: of pairs (B, N), items (B, K) and shares (B, K, C - 1)."""

    slopes: Array
    both: Array
    answered: Array
    answers: Array
    shares: Array

    def mean(self) -> Array:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.answers / self.answered)

    def correlations(self, step: _Step) -> Array:
        """Correlations (B, K, K), with variances 0 and 1 on their diagonal."""
        n_draws, n_items = self.answers.shape
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = self.shares / self.answered[..., None]
            slope = self.slopes / self.both
        risen = shares - step.shares
        slope += np.einsum("bnc,nc->bn", risen[:, step.one], step.one_pull)
        slope += np.einsum("bnc,nc->bn", risen[:, step.other], step.other_pull)
        moved = slope / step.information / (1.0 - step.correlations**2)
        cov = np.empty((n_draws, n_items, n_items))
        found = np.tanh(np.arctanh(step.correlations) + moved)
        cov[:, step.one, step.other] = cov[:, step.other, step.one] = found
        diagonals(cov)[:] = np.where(_constant(shares), 0.0, 1.0)
        diagonals(cov)[~(self.answered > 0)] = np.nan
        return require_consistent(cov)


def _constant(shares: Array) -> NDArray[np.bool_]:
    """Whether one category has all answers, (B, K), from shares up to each but the last."""
    ends = [(0, 0), (0, 0), (1, 1)]
    steps = np.diff(np.pad(shares, ends, constant_values=((0, 0), (0, 0), (0, 1))), axis=-1)
    return np.asarray(steps.max(axis=-1) > 1.0 - ROUNDING)


def _mean_slope(cells: Array, cuts: tuple[Array, Array], correlations: Array) -> Array:
    """Mean slope (N,) of the log probabilities of tables (N, C, C) of shares."""
    probability, change = cell_slopes(*cuts, correlations)
    slopes: Array = change / np.maximum(probability, LEAST_PROBABILITY)
    return np.asarray((cells * slopes).sum(axis=(1, 2)))


def _information(cells: Array, cuts: tuple[Array, Array], correlations: Array) -> Array:
    h = STEP * (1.0 - np.abs(correlations))
    above, below = (_mean_slope(cells, cuts, correlations + move) for move in (h, -h))
    return np.asarray((below - above) / (2.0 * h))


def _pull(cells: Array, cuts: tuple[Array, Array], correlations: Array) -> Array:
    """Derive the mean slope by the shares of the first item, (N, C - 1).

    A share moves its threshold by one over the normal density there.
    """
    one, other = cuts
    pulls = np.zeros((len(one), one.shape[1] - 2))
    for k in range(pulls.shape[1]):
        inside = np.flatnonzero(np.abs(one[:, k + 1]) < FAR)
        near = (cells[inside], other[inside], correlations[inside])
        above, below = (
            _mean_slope(near[0], (_moved(one[inside], k + 1, move), near[1]), near[2])
            for move in (STEP, -STEP)
        )
        density = np.exp(-0.5 * one[inside, k + 1] ** 2) / np.sqrt(2.0 * np.pi)
        pulls[inside, k] = (above - below) / (2.0 * STEP) / density
    return pulls


def _moved(edges: Array, k: int, move: float) -> Array:
    moved = edges.copy()
    moved[:, k] += move
    return moved


def _edges(found: Polychoric) -> Array:
    """Thresholds (K, C + 1) with both ends, filled up at the upper end."""
    size = max(len(kinds) for kinds in found.categories)
    edges = np.full((len(found.categories), size + 1), FAR)
    edges[:, 0] = -FAR
    for item, cuts in enumerate(found.thresholds):
        edges[item, 1 : 1 + len(cuts)] = cuts
    return edges


def _encode(values: Array, categories: Sequence[Array]) -> NDArray[np.intp]:
    """Return the number of each answer's category, (n, K); -1 where missing."""
    columns = [np.searchsorted(kinds, values[:, k]) for k, kinds in enumerate(categories)]
    return np.where(np.isnan(values), -1, np.stack(columns, axis=1)).astype(np.intp)
