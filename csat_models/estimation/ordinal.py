"""Polychoric correlations: the moments of answers taken as ordered categories.

An answer is the category that a normal variable, cut at thresholds, falls
into. Thresholds come from each item's margin; the correlation of two items
maximises the likelihood of their contingency table, thresholds given. All
pairs of items are worked on together.

References
----------
Olsson (1979), Psychometrika 44:443-460, for the two-step estimate; Owen
(1956), Annals of Mathematical Statistics 27:1075-1090, for the bivariate
normal probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csat_models.errors import DataError, InadmissibleError
from csat_models.estimation.incomplete import NEGATIVE, pairwise_moments
from csat_models.estimation.sample import Array

# More different answers than this are no categories.
MOST_CATEGORIES = 20

# Stands for infinity: no probability lies beyond.
FAR = 40.0

# Correlations are sought up to here; one that gets here has no maximum.
LIMIT = 0.99999

# A pair stops when its correlation moves by less.
TOLERANCE = 1e-11

# Halving alone would narrow (-1, 1) down to TOLERANCE in 38 iterations.
MAX_ITERATIONS = 100

# Cells less probable than this are taken to be as probable; rounding is far below.
LEAST_PROBABILITY = 1e-14

# Rows whose indicators of categories are held at a time.
ROW_BLOCK = 8192


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Polychoric:
    """Thresholds and correlations of the normal variables behind K items.

    Attributes
    ----------
    categories : tuple of K arrays
        The different answers to each item, ascending.
    thresholds : tuple of K arrays
        Where the item's normal variable is cut, one fewer than categories.
    correlations : array (K, K)
    """

    categories: tuple[Array, ...]
    thresholds: tuple[Array, ...]
    correlations: Array


def ordinal_moments(
    values: Array, weights: Array, *, items: Sequence[str], required: bool = True
) -> tuple[Array, Array]:
    """Means of the answers, and polychoric correlations in place of covariances.

    Parameters
    ----------
    values : array (n, K)
        Answers; NaN where missing, which leaves a row out of the pairs
        concerned only.
    weights : array (n,)
        Survey weights.
    items : sequence of str
        Names of the K items, for messages.
    required : bool
        Whether a sample without such correlations is an error; otherwise its
        moments are missing.

    Returns
    -------
    mean : array (K,)
    cov : array (K, K)
        Variances are 1, those of the normal variables, whose scale the
        categories do not tell.

    Raises
    ------
    InadmissibleError
        As :func:`polychoric`.
    """
    try:
        found = polychoric(values, weights, items=items)
    except InadmissibleError:
        if required:
            raise
        n_items = values.shape[1]
        return np.full(n_items, np.nan), np.full((n_items, n_items), np.nan)
    return pairwise_moments(values, weights)[0], found.correlations


def polychoric(
    values: Array, weights: Array | None = None, *, items: Sequence[str] | None = None
) -> Polychoric:
    r"""Estimate thresholds and polychoric correlations in two steps.

    With :math:`\pi_{ab}(\rho)` the probability of the cell between the
    thresholds a - 1 and a of one item, b - 1 and b of the other, and
    :math:`n_{ab}` its (weighted) count, a Newton step with the expected
    information is

    .. math::
        \rho' = \rho + \frac{\sum n_{ab} \dot\pi_{ab} / \pi_{ab}}
        {n \sum \dot\pi_{ab}^2 / \pi_{ab}}

    where :math:`\dot\pi` are differences of the bivariate normal density. A
    step that leaves the interval in which the likelihood's slope changes
    sign is replaced by halving that interval.

    Parameters
    ----------
    values : array (n, K)
        Answers; NaN where missing. Thresholds come from all answers to an
        item, correlations from those who answered both.
    weights : array (n,), optional
        Survey weights.
    items : sequence of str, optional
        Names of the K items, for messages.

    Returns
    -------
    Polychoric
        As R's lavaan ``lavCor(ordered=...)``, except that nothing is added to
        empty cells of 2 x 2 tables.

    Raises
    ------
    InadmissibleError
        An item with the same answer everywhere, a pair whose correlation runs
        to 1 or -1 or that nobody answered together, or correlations that
        contradict each other.
    """
    names = items or [str(k + 1) for k in range(values.shape[1])]
    weights = np.ones(len(values)) if weights is None else weights
    categories = tuple(np.unique(column[~np.isnan(column)]) for column in values.T)
    flat = [name for name, kinds in zip(names, categories, strict=True) if len(kinds) <= 1]
    if flat:
        raise InadmissibleError(
            f"item '{flat[0]}' has the same answer everywhere; leave it out of the model",
            item=flat[0],
        )
    margins, tables = tabulate(values, weights, categories)
    edges = _cut(margins)
    rows, columns = np.tril_indices(len(names), -1)
    found = _maximise(tables[rows, columns], edges[rows], edges[columns])
    correlations = np.eye(len(names))
    correlations[rows, columns] = correlations[columns, rows] = found
    _require_correlations(correlations, names)
    return Polychoric(
        categories=categories,
        thresholds=tuple(
            edge[1 : len(kinds)] for edge, kinds in zip(edges, categories, strict=True)
        ),
        correlations=correlations,
    )


def bivariate_normal(h: Array, k: Array, correlation: Array) -> Array:
    r"""Probability that two standard normal variables lie below h and k.

    .. math::
        \Phi_2 = \tfrac12 (\Phi(h) + \Phi(k)) - T(h, a_h) - T(k, a_k)
        - \tfrac12 [hk < 0], \quad
        a_h = \frac{k - \rho h}{h \sqrt{1 - \rho^2}}

    with Owen's function T; exact to some 1e-15 for every correlation
    short of 1.

    Parameters
    ----------
    h, k, correlation : array (...)
        Broadcast against each other; finite, the correlation within (-1, 1).

    Examples
    --------
    >>> round(float(bivariate_normal(np.zeros(1), np.zeros(1), np.array([0.5]))[0]), 12)
    0.333333333333
    """
    from scipy.special import ndtr, owens_t

    tiny = np.finfo(np.float64).tiny
    h, k = np.where(h == 0, tiny, h), np.where(k == 0, tiny, k)
    root = np.sqrt((1.0 - correlation) * (1.0 + correlation))
    with np.errstate(over="ignore"):
        first = owens_t(h, (k - correlation * h) / h / root)
        second = owens_t(k, (h - correlation * k) / k / root)
    opposite = np.where((h < 0) != (k < 0), 0.5, 0.0)
    result: Array = 0.5 * (ndtr(h) + ndtr(k)) - first - second - opposite
    return result


def _density(h: Array, k: Array, correlation: Array) -> Array:
    rest = (1.0 - correlation) * (1.0 + correlation)
    distance = ((h - k) ** 2 + 2.0 * (1.0 - correlation) * h * k) / rest
    result: Array = np.exp(-distance / 2.0) / (2.0 * np.pi * np.sqrt(rest))
    return result


def tabulate(values: Array, weights: Array, categories: Sequence[Array]) -> tuple[Array, Array]:
    """Weights by category (K, C), and by two categories of each pair (K, K, C, C)."""
    n_items, size = values.shape[1], max(len(kinds) for kinds in categories)
    margins, tables = np.zeros((n_items, size)), np.zeros((n_items * size, n_items * size))
    for start in range(0, len(values), ROW_BLOCK):
        block = slice(start, start + ROW_BLOCK)
        member = np.zeros((len(values[block]), n_items, size))
        for item, kinds in enumerate(categories):
            member[:, item, : len(kinds)] = values[block, item, None] == kinds
        margins += np.tensordot(weights[block], member, axes=1)
        flat = member.reshape(len(member), -1)
        tables += (flat * weights[block, None]).T @ flat
    four = tables.reshape(n_items, size, n_items, size)
    return margins, four.transpose(0, 2, 1, 3)


def _cut(margins: Array) -> Array:
    """Thresholds (K, C + 1) between the categories, with both ends."""
    from scipy.special import ndtri

    below = np.cumsum(margins, axis=1) / margins.sum(axis=1, keepdims=True)
    below[np.cumsum(margins[:, ::-1], axis=1)[:, ::-1] == margins] = 1.0
    ends = np.clip(ndtri(below), -FAR, FAR)
    return np.concatenate([np.full((len(margins), 1), -FAR), ends], axis=1)


def _maximise(tables: Array, one: Array, other: Array) -> Array:
    """Correlations (P,) of tables (P, C, C) with thresholds (P, C + 1) each."""
    total = tables.sum(axis=(1, 2))
    found = np.where(total > 0, 0.0, np.nan)
    low, high = np.full(len(tables), -LIMIT), np.full(len(tables), LIMIT)
    active: NDArray[np.intp] = np.flatnonzero(total > 0)
    for _ in range(MAX_ITERATIONS):
        now = found[active]
        slope, information = _slope(tables[active], one[active], other[active], now)
        low[active] = np.where(slope > 0, now, low[active])
        high[active] = np.where(slope > 0, high[active], now)
        new = now + slope / (total[active] * information)
        inside = (new > low[active]) & (new < high[active])
        new = np.where(inside, new, (low[active] + high[active]) / 2.0)
        found[active] = np.where(slope == 0, now, new)
        active = active[np.abs(found[active] - now) > TOLERANCE]
        if not len(active):
            break
    return found


def _slope(tables: Array, one: Array, other: Array, correlation: Array) -> tuple[Array, Array]:
    """Slope of the log-likelihood, and information of one respondent, (P,) each."""
    probability, change = cell_slopes(one, other, correlation)
    relative = change / np.maximum(probability, LEAST_PROBABILITY)
    return (tables * relative).sum(axis=(1, 2)), (change * relative).sum(axis=(1, 2))


def cell_slopes(one: Array, other: Array, correlation: Array) -> tuple[Array, Array]:
    """Probabilities of the cells of P tables, and their derivatives in the correlation.

    Parameters
    ----------
    one, other : array (P, C + 1)
        Thresholds of the two items, with both ends.
    correlation : array (P,)

    Returns
    -------
    probability, slope : array (P, C, C)
    """
    at = (one[:, :, None], other[:, None, :], correlation[:, None, None])
    probability = np.diff(np.diff(bivariate_normal(*at), axis=1), axis=2)
    return probability, np.diff(np.diff(_density(*at), axis=1), axis=2)


def require_categories(values: Array, items: Sequence[str]) -> None:
    """Refuse items with more different answers than categories have.

    Raises
    ------
    DataError
        Such an item.
    """
    for item, column in zip(items, values.T, strict=True):
        count = len(np.unique(column[~np.isnan(column)]))
        if count > MOST_CATEGORIES:
            raise DataError(
                f"item '{item}' has {count} different answers, and polychoric correlations are "
                f"for at most {MOST_CATEGORIES} ordered categories; leave out ordinal=True",
                item=item,
            )


def _require_correlations(correlations: Array, names: Sequence[str]) -> None:
    off = correlations - np.eye(len(names))
    faults = np.argwhere(~(np.abs(off) < LIMIT - 1e-6))
    if len(faults):
        one, other = (names[int(k)] for k in faults[0])
        raise InadmissibleError(
            f"the polychoric correlation of '{one}' and '{other}' does not exist or runs to 1 or "
            "-1; merge rare categories, or leave one of them out",
            items=(one, other),
        )
    least = np.linalg.eigvalsh(correlations)[0]
    if least < NEGATIVE:
        raise InadmissibleError(
            f"the polychoric correlations contradict each other (smallest eigenvalue {least:.3g}); "
            "merge rare categories, use fewer items, or leave out ordinal=True",
            eigenvalue=float(least),
        )
