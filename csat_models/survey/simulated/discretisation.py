r"""Scores from latent normal answers, and their exact moments.

An item with scores low, low + 1, ..., high is the latent answer
:math:`\mu + \sigma x`, x standard normal, rounded and kept within the scale:
a score beyond low + k is given where x exceeds :math:`\tau_k = (low + k + 1/2
- \mu) / \sigma`. The arrays hold T thresholds an item, the longest scale's
number; shorter scales are filled up with infinity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from csat_models.errors import DataError

Array = NDArray[np.float64]

_ROOT_TWO_PI = float(np.sqrt(2.0 * np.pi))
_ORDER = 80
_STEPS = 100
_TOLERANCE = 1e-12


def cut_points(low: Array, high: Array) -> Array:
    """Where the latent answer passes from one score to the next.

    Parameters
    ----------
    low, high : ndarray, shape (K,)
        Ends of the scales, whole numbers.

    Returns
    -------
    ndarray, shape (K, T)
        In score points; infinity beyond an item's own scale.

    Examples
    --------
    >>> cut_points(np.array([1.0, 0.0]), np.array([3.0, 1.0])).tolist()
    [[1.5, 2.5], [0.5, inf]]
    """
    steps = np.arange(int((high - low).max()))
    cuts = low[:, None] + steps + 0.5
    return np.where(cuts < high[:, None], cuts, np.inf)


def declared_cuts(
    thresholds_of: Mapping[str, Sequence[float]], items: Sequence[str], low: Array, high: Array
) -> Array:
    """Cut points of every item, halves between scores where none are declared.

    Parameters
    ----------
    thresholds_of : mapping of str to sequence of float
        For some items, where the latent answer passes from one score to the
        next, in score points, increasing; one fewer than there are scores.
    items : sequence of str
    low, high : ndarray, shape (K,)

    Returns
    -------
    ndarray, shape (K, T)

    Raises
    ------
    DataError
        An item that is not there, too few or too many thresholds, or
        thresholds that do not increase.

    Examples
    --------
    >>> declared_cuts({"A": [2.0, 2.5]}, ["A"], np.array([1.0]), np.array([3.0])).tolist()
    [[2.0, 2.5]]
    """
    cuts = cut_points(low, high)
    for name, values in thresholds_of.items():
        if name not in items:
            raise DataError(
                f"thresholds are declared for '{name}', which is no item of the population; it "
                f"has {', '.join(items)}",
                item=name,
            )
        k = list(items).index(name)
        wanted, given = int(high[k] - low[k]), np.asarray(values, dtype=np.float64)
        if given.shape != (wanted,) or not (np.diff(given) > 0).all():
            raise DataError(
                f"item '{name}' has {len(values)} thresholds; give {wanted} increasing ones, since "
                f"its scores are {low[k]:g} to {high[k]:g}",
                item=name,
            )
        cuts[k, :wanted] = given
    return cuts


def thresholds(
    latent_mean: Array, spread: Array, low: Array, high: Array, cuts: Array | None = None
) -> Array:
    """Standardised thresholds of every item.

    Parameters
    ----------
    latent_mean : ndarray, shape (..., K)
        In score points.
    spread, low, high : ndarray, shape (K,)
        Latent standard deviations and ends of the scales, in score points.
    cuts : ndarray, shape (K, T), optional
        Other cut points than :func:`cut_points`.

    Returns
    -------
    ndarray, shape (..., K, T)
    """
    cuts = cut_points(low, high) if cuts is None else cuts
    return np.asarray((cuts - latent_mean[..., None]) / spread[:, None])


def discretise(latent: Array, low: Array, high: Array, cuts: Array | None = None) -> Array:
    """Round latent answers, shape (..., K), to scores within the scale.

    With `cuts`, shape (K, T), a score is the lowest one plus the number of
    cut points that the latent answer has passed.

    Examples
    --------
    >>> discretise(np.array([[0.2, 7.6, 12.0]]), np.ones(3), np.full(3, 10.0)).tolist()
    [[1.0, 8.0, 10.0]]
    """
    if cuts is None:
        return np.clip(np.floor(latent + 0.5), low, high)
    score = np.zeros(latent.shape) + low
    for cut in cuts.T:
        score += latent >= cut
    return score


def score_mean(tau: Array, low: Array) -> Array:
    """Exact means of the scores, low + sum_k P(x > tau_k), shape (..., K)."""
    return np.asarray(low + ndtr(-tau).sum(axis=-1))


def score_cov(tau: Array, corr: Array, order: int = _ORDER) -> Array:
    r"""Exact covariance matrix of the scores.

    Parameters
    ----------
    tau : ndarray, shape (..., K, T)
        Thresholds.
    corr : ndarray, shape (K, K)
        Correlations of the latent answers.
    order : int
        Terms of the series; at a correlation of .8 the remainder of ten-point
        items is below 1e-9 with the default.

    Returns
    -------
    ndarray, shape (..., K, K)
        Off the diagonal :math:`\sum_m \rho^m a_m b_m` with the Hermite
        coefficients :math:`a_m = \sum_k \phi(\tau_k) He_{m-1}(\tau_k) /
        \sqrt{m!}` (Mehler's formula, the tetrachoric series); on it the
        variance from the univariate distribution.

    References
    ----------
    Kendall (1941), Proof of relations connected with the tetrachoric series
    and its generalization, Biometrika 32, 196-198.

    Examples
    --------
    A pair of halves of the normal has covariance arcsin(rho) / (2 pi).

    >>> halves = score_cov(np.zeros((2, 1)), np.array([[1.0, 0.5], [0.5, 1.0]]))
    >>> halves.round(6).tolist()
    [[0.25, 0.083333], [0.083333, 0.25]]
    """
    cov = np.zeros((*tau.shape[:-1], tau.shape[-2]))
    power = np.ones_like(corr)
    for coefficient in hermite_coefficients(tau, order):
        power = power * corr
        cov += power * coefficient[..., :, None] * coefficient[..., None, :]
    diagonal = np.arange(tau.shape[-2])
    cov[..., diagonal, diagonal] = _score_variance(tau)
    return cov


def hermite_coefficients(tau: Array, order: int = _ORDER) -> Array:
    """Coefficients a_1 ... a_M of the scores, shape (M, ..., K).

    Built by the three-term recursion of the normalised Hermite polynomials
    h_m = He_m / sqrt(m!), with a_m = sum_k phi(tau_k) h_{m-1}(tau_k) / sqrt(m).
    """
    point = np.where(np.isfinite(tau), tau, 0.0)
    density = np.where(np.isfinite(tau), np.exp(-0.5 * point**2) / _ROOT_TWO_PI, 0.0)
    result = np.empty((order, *tau.shape[:-1]))
    before, current = np.zeros_like(density), density
    for m in range(1, order + 1):
        result[m - 1] = current.sum(axis=-1) / np.sqrt(m)
        before, current = current, (point * current - np.sqrt(m - 1) * before) / np.sqrt(m)
    return result


def _score_variance(tau: Array) -> Array:
    beyond = ndtr(-tau)
    odd = 2 * np.arange(tau.shape[-1]) + 1
    return np.asarray((odd * beyond).sum(axis=-1) - beyond.sum(axis=-1) ** 2)


def solve_latent_mean(
    target: Array,
    shift: Array,
    share: Array,
    *,
    spread: Array,
    low: Array,
    high: Array,
    cuts: Array | None = None,
) -> Array:
    """Latent means at which a mixture of groups has the scores' means asked for.

    Parameters
    ----------
    target : ndarray, shape (..., K)
        Means of the scores, strictly within the scale.
    shift : ndarray, shape (..., G, K)
        What each group's latent mean lies above the common one, score points.
    share : ndarray, shape (..., G)
        The groups' shares, which add up to 1.
    spread, low, high : ndarray, shape (K,)
        Latent standard deviations and ends of the scales.
    cuts : ndarray, shape (K, T), optional
        Other cut points than :func:`cut_points`.

    Returns
    -------
    ndarray, shape (..., K)
        The common latent means, by Newton steps on the increasing mean.

    Raises
    ------
    DataError
        A mean that the scale does not have.

    Examples
    --------
    >>> one, ten = np.array([1.0]), np.array([10.0])
    >>> mean = solve_latent_mean(
    ...     np.array([8.0]), np.zeros((1, 1)), one, spread=one, low=one, high=ten
    ... )
    >>> score_mean(thresholds(mean, one, one, ten), one).round(9).tolist()
    [8.0]
    """
    if not ((target > low) & (target < high)).all():
        raise DataError("a declared item mean lies outside its scale; declare one within it")
    mean = np.array(target, dtype=np.float64)
    for _ in range(_STEPS):
        tau = thresholds(mean[..., None, :] + shift, spread, low, high, cuts)
        gap = (share[..., None] * score_mean(tau, low)).sum(axis=-2) - target
        slope = (share[..., None] * _mean_slope(tau)).sum(axis=-2) / spread
        if np.abs(gap).max() < _TOLERANCE:
            return mean
        mean = mean - np.clip(gap / np.maximum(slope, 1e-6), -spread, spread)
    raise DataError("a declared item mean lies too near the end of its scale; move it inwards")


def _mean_slope(tau: Array) -> Array:
    point = np.where(np.isfinite(tau), tau, 0.0)
    density = np.where(np.isfinite(tau), np.exp(-0.5 * point**2) / _ROOT_TWO_PI, 0.0)
    return np.asarray(density.sum(axis=-1))
