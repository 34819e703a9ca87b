"""Means and covariances of incomplete rows by maximum likelihood under normality.

Rows are summed within each pattern of answered items; all patterns are then
worked on together.

References
----------
Dempster, Laird & Rubin (1977), J. Royal Statistical Society B 39:1-38, for the
EM algorithm; Little & Rubin (2002), Statistical Analysis with Missing Data,
section 11.2, for its form by patterns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from csat_models.errors import ConvergenceError, InadmissibleError

Array = NDArray[np.float64]

# A step below this share of the standard deviations ends the EM algorithm.
TOLERANCE = 1e-9

MAX_ITERATIONS = 5000

# Numbers in the matrices (patterns, K, K) worked on at a time: some 16 MB each.
BLOCK_SIZE = 2_000_000

# Below this smallest eigenvalue of their correlations items are collinear.
SINGULAR = 1e-10

# A standard deviation below this share of the mean is rounding.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PatternSums:
    """Rows summed within each of the P patterns of answered items.

    Attributes
    ----------
    answered : array (P, K)
        1 where the pattern has an answer, else 0; no pattern is empty.
    rows, weight : array (P,)
        Number of rows, and the sum of their weights.
    mean : array (P, K)
        Weighted means; 0 where missing.
    scatter : array (P, K, K)
        Weighted sums of products of deviations from these means.
    """

    answered: Array
    rows: Array
    weight: Array
    mean: Array
    scatter: Array

    @classmethod
    def of(cls, values: Array, weights: Array | None = None) -> Self:
        """Sum answers (n, K), NaN where missing, of rows with an answer and a weight (n,)."""
        known = ~np.isnan(values)
        weights = np.ones(len(values)) if weights is None else weights
        used = known.any(axis=1) & (weights > 0)
        known, values, weights = known[used], values[used], weights[used]
        answered, part = np.unique(known, axis=0, return_inverse=True)
        part = part.reshape(-1)
        order = np.argsort(part, kind="stable")
        ends = np.cumsum(np.bincount(part, minlength=len(answered)))[:-1]
        n_items = values.shape[1]
        mean = np.zeros((len(answered), n_items))
        scatter = np.zeros((len(answered), n_items, n_items))
        weight = np.bincount(part, weights, minlength=len(answered)).astype(np.float64)
        for k, rows in enumerate(np.split(order, ends) if len(order) else []):
            inside = np.where(known[rows], values[rows], 0.0)
            mean[k] = weights[rows] @ inside / weight[k]
            deviations = np.where(known[rows], inside - mean[k], 0.0)
            scatter[k] = (deviations * weights[rows, None]).T @ deviations
        return cls(
            answered=answered.astype(np.float64),
            rows=np.bincount(part, minlength=len(answered)).astype(np.float64),
            weight=weight,
            mean=mean,
            scatter=scatter,
        )

    def blocks(self) -> list[slice]:
        """Slices of the patterns whose matrices fit into memory together."""
        size = max(1, BLOCK_SIZE // max(1, self.answered.shape[1] ** 2))
        return [slice(k, k + size) for k in range(0, len(self.rows), size)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NormalMoments:
    """Maximum-likelihood moments of a normal sample with missing answers.

    Attributes
    ----------
    mean : array (K,)
    cov : array (K, K)
        With divisor n.
    log_likelihood : float
        Of the answers observed; with weights, each row's counts weight times.
    iterations : int
    converged : bool
    """

    mean: Array
    cov: Array
    log_likelihood: float
    iterations: int
    converged: bool


def em_moments(
    values: Array,
    weights: Array | None = None,
    *,
    items: Sequence[str] | None = None,
    tolerance: float = TOLERANCE,
    max_iterations: int = MAX_ITERATIONS,
) -> NormalMoments:
    r"""Estimate means and covariances by maximum likelihood from incomplete rows.

    The EM algorithm under normality. With :math:`o` the answered items of
    pattern p and :math:`B_p = \Sigma_{\cdot o} \Sigma_{oo}^{-1}`, a step is

    .. math::
        \mu' = \mu + \sum_p w_p B_p (\bar x_p - \mu)_o / w, \quad
        \Sigma' = \sum_p (B_p T_p B_p' + w_p (\Sigma - B_p \Sigma_{o \cdot})) / w
        - (\mu' - \mu)(\mu' - \mu)'

    with :math:`T_p` the scatter of pattern p about :math:`\mu`. It is
    consistent if whether an answer is missing depends on observed answers
    only (missing at random).

    Parameters
    ----------
    values : array (n, K)
        Answers; NaN where missing. Rows without any answer are left out.
    weights : array (n,), optional
        Survey weights; the pseudo-likelihood then weights each row.
    items : sequence of str, optional
        Names of the K items, for messages.
    tolerance : float
        The largest step, in standard deviations, that ends the iterations.
    max_iterations : int

    Returns
    -------
    NormalMoments
        ``converged`` is False where `max_iterations` were not enough.

    Raises
    ------
    InadmissibleError
        An item without answers or variance, or collinear items.

    Examples
    --------
    >>> found = em_moments(np.array([[1.0, 2.0], [2.0, 1.0], [3.0, 6.0], [4.0, np.nan]]))
    >>> found.mean.round(6).tolist(), found.converged
    ([2.5, 4.0], True)
    """
    sums = PatternSums.of(values, weights)
    _require_variance(sums, items or [str(k + 1) for k in range(values.shape[1])])
    mean, cov = _available(sums)
    converged, iterations = False, 0
    while not converged and iterations < max_iterations:
        new_mean, new_cov = _em_step(sums, mean, cov)
        scale = np.sqrt(np.diagonal(cov))
        step = max(
            np.abs((new_mean - mean) / scale).max(),
            np.abs((new_cov - cov) / scale / scale[:, None]).max(),
        )
        mean, cov, iterations = new_mean, new_cov, iterations + 1
        converged = bool(step < tolerance)
        _require_definite(cov)
    return NormalMoments(
        mean=mean,
        cov=cov,
        log_likelihood=log_likelihood(sums, mean, cov),
        iterations=iterations,
        converged=converged,
    )


def log_likelihood(sums: PatternSums, mean: Array, cov: Array) -> float:
    r"""Return the normal log-likelihood of the observed answers.

    .. math::
        -\tfrac12 \sum_p w_p (k_p \log 2\pi + \log|\Sigma_{oo}|)
        + \mathrm{tr}(\Sigma_{oo}^{-1} T_p)

    Parameters
    ----------
    sums : PatternSums
    mean : array (K,)
    cov : array (K, K)
        Positive definite.
    """
    total = 0.0
    for block in sums.blocks():
        padded, both = _padded(cov, sums.answered[block])
        size = sums.answered[block].sum(axis=1) * np.log(2 * np.pi)
        total += sums.weight[block] @ (size + np.linalg.slogdet(padded)[1])
        inverse = np.linalg.inv(padded) * both
        total += np.einsum("pij,pij->", inverse, _scatter_about(sums, block, mean))
    return -0.5 * float(total)


def require_converged(found: NormalMoments) -> NormalMoments:
    """Return `found` if it has converged.

    Raises
    ------
    ConvergenceError
        It has not.
    """
    if not found.converged:
        raise ConvergenceError(
            f"the EM algorithm did not converge in {found.iterations} iterations; leave out the "
            "items with the most missing answers, or write missing='mean'",
            iterations=found.iterations,
        )
    return found


def mean_distance(sums: PatternSums, mean: Array, cov: Array) -> float:
    """Return how far the patterns' means lie from `mean`, in units of `cov`.

    Parameters
    ----------
    sums : PatternSums
    mean : array (K,)
    cov : array (K, K)
        Positive definite.

    Returns
    -------
    float
        Sum over patterns of their number of rows times the squared
        Mahalanobis distance of their means.
    """
    total = 0.0
    for block in sums.blocks():
        inverse = _invert(cov, sums.answered[block])
        gap = (sums.mean[block] - mean) * sums.answered[block]
        total += sums.rows[block] @ np.einsum("pi,pij,pj->p", gap, inverse, gap)
    return float(total)


def _em_step(sums: PatternSums, mean: Array, cov: Array) -> tuple[Array, Array]:
    shift, spread = np.zeros_like(mean), np.zeros_like(cov)
    for block in sums.blocks():
        answered, weight = sums.answered[block], sums.weight[block]
        inverse = _invert(cov, answered)
        slopes = cov @ inverse
        gap = (sums.mean[block] - mean) * answered
        shift += weight @ np.einsum("pij,pj->pi", slopes, gap)
        about = _scatter_about(sums, block, mean)
        spread += (slopes @ about @ slopes.transpose(0, 2, 1)).sum(axis=0)
        spread += weight.sum() * cov - np.tensordot(weight, slopes, axes=1) @ cov
    total = sums.weight.sum()
    shift, spread = shift / total, spread / total
    new = spread - np.outer(shift, shift)
    return mean + shift, (new + new.T) / 2


def _invert(cov: Array, answered: Array) -> Array:
    """Inverses (P, K, K) of the answered parts, zero elsewhere."""
    padded, both = _padded(cov, answered)
    return np.linalg.inv(padded) * both


def _padded(cov: Array, answered: Array) -> tuple[Array, Array]:
    """Answered parts (P, K, K), with ones on the diagonal elsewhere, and where they are."""
    both = answered[:, :, None] * answered[:, None, :]
    padded = cov * both
    index = np.arange(len(cov))
    padded[:, index, index] += 1.0 - answered
    return padded, both


def _scatter_about(sums: PatternSums, block: slice, mean: Array) -> Array:
    gap = (sums.mean[block] - mean) * sums.answered[block]
    product: Array = (sums.weight[block, None] * gap)[:, :, None] * gap[:, None, :]
    return sums.scatter[block] + product


def _available(sums: PatternSums) -> tuple[Array, Array]:
    """Means and variances of the answers given, to start from."""
    total = sums.weight @ sums.answered
    mean = sums.weight @ sums.mean / total
    gap = (sums.mean - mean) * sums.answered
    variance = (np.einsum("pkk->k", sums.scatter) + sums.weight @ gap**2) / total
    return mean, np.diag(variance)


def _require_variance(sums: PatternSums, items: Sequence[str]) -> None:
    total = sums.weight @ sums.answered
    silent = [name for name, weight in zip(items, total, strict=True) if not weight > 0]
    if silent:
        raise InadmissibleError(
            f"item '{silent[0]}' has no answers; leave it out of the model", item=silent[0]
        )
    mean, cov = _available(sums)
    varied = np.diagonal(cov) > (ROUNDING * mean) ** 2
    flat = [name for name, moves in zip(items, varied, strict=True) if not moves]
    if flat:
        raise InadmissibleError(
            f"item '{flat[0]}' has the same answer everywhere; leave it out of the model",
            item=flat[0],
        )


def _require_definite(cov: Array) -> None:
    scale = np.sqrt(np.maximum(np.diagonal(cov), np.finfo(np.float64).tiny))
    if np.linalg.eigvalsh(cov / scale / scale[:, None])[0] < SINGULAR:
        raise InadmissibleError(
            "the items are collinear, so there is no normal likelihood to maximise; "
            "use fewer items or larger groups, or write missing='mean'"
        )
