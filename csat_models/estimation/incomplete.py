"""Moments of a sample with missing answers that are neither filled in nor left out.

*Pairwise* takes each mean from all answers to the item and each covariance
from all who answered both; *em* takes the maximum-likelihood estimate under
normality (:func:`~csat_models.survey.incomplete.em_moments`). Pairwise
covariances need answers missing completely at random and may belong to no
possible data, since each comes from other respondents; maximum likelihood
needs answers missing at random.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from csat_models.errors import ConvergenceError, InadmissibleError
from csat_models.estimation.sample import Array, Missing
from csat_models.estimation.weighted import without_rounding
from csat_models.survey.incomplete import em_moments, require_converged

# Below this smallest eigenvalue correlations are contradictory; above it, rounding.
NEGATIVE = -1e-10


def incomplete_moments(
    values: Array,
    weights: Array,
    missing: Missing,
    *,
    items: Sequence[str],
    required: bool = True,
) -> tuple[Array, Array]:
    """Mean and covariance of rows with missing answers.

    Parameters
    ----------
    values : array (n, K)
        Answers; NaN where missing, no row without any.
    weights : array (n,)
        Survey weights.
    missing : {"pairwise", "em"}
    items : sequence of str
        Names of the K items, for messages.
    required : bool
        Whether a sample without usable moments is an error; otherwise its
        moments are missing, and so is every fit to them.

    Returns
    -------
    mean : array (K,)
    cov : array (K, K)
        With the factor ``n / (n - 1)``, as without missing answers.

    Raises
    ------
    InadmissibleError
        Items without answers or variance, a pair that nobody answered
        together, collinear items, or contradictory covariances.
    ConvergenceError
        The EM algorithm did not converge.
    """
    try:
        if missing == "em":
            found = require_converged(em_moments(values, weights, items=items))
            return found.mean, found.cov * (len(values) / (len(values) - 1.0))
        mean, cov = pairwise_moments(values, weights)
        _require_consistent(cov, items)
    except (InadmissibleError, ConvergenceError):
        if required:
            raise
        n_items = values.shape[1]
        return np.full(n_items, np.nan), np.full((n_items, n_items), np.nan)
    return mean, cov


def pairwise_moments(values: Array, weights: Array) -> tuple[Array, Array]:
    r"""Means of the answers to each item, covariances of those to each pair.

    With :math:`W_{ij}` the weight and :math:`n_{ij}` the number of those who
    answered both items,

    .. math::
        s_{ij} = \frac{n_{ij}}{n_{ij} - 1}
        \sum w (x_i - m_{ij}) (x_j - m_{ji}) / W_{ij}

    over them, with :math:`m_{ij}` their mean of item i. Without weights these
    are the numbers of pandas' ``cov`` and R's ``cov(use="pairwise")``.

    Parameters
    ----------
    values : array (n, K)
        Answers; NaN where missing.
    weights : array (n,)
        Survey weights.

    Returns
    -------
    mean : array (K,)
    cov : array (K, K)
        Missing where fewer than two respondents answered both items.

    Examples
    --------
    >>> rows = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, np.nan]])
    >>> mean, cov = pairwise_moments(rows, np.ones(3))
    >>> mean.tolist(), cov.tolist()
    ([2.0, 3.0], [[1.0, 1.0], [1.0, 2.0]])
    """
    answered = ~np.isnan(values)
    known = answered.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = weights @ np.where(answered, values, 0.0) / (weights @ known)
        deviations = np.where(answered, values - centre, 0.0)
        weighted = deviations * weights[:, None]
        total = (known * weights[:, None]).T @ known
        pair_mean = weighted.T @ known / total
        count = known.T @ known
        cov = weighted.T @ deviations / total - pair_mean * pair_mean.T
        cov *= np.where(count > 1.0, count / (count - 1.0), np.nan)
    return centre, without_rounding(cov, centre, values, weights)


def _require_consistent(cov: Array, items: Sequence[str]) -> None:
    _require_known(cov, items)
    variance = np.diagonal(cov)
    flat = [items[int(k)] for k in np.flatnonzero(~(variance > 0))]
    if flat:
        raise InadmissibleError(
            f"item '{flat[0]}' has the same answer everywhere; leave it out of the model",
            item=flat[0],
        )
    least = np.linalg.eigvalsh(cov / np.sqrt(np.outer(variance, variance)))[0]
    if least < NEGATIVE:
        raise InadmissibleError(
            "the pairwise covariances contradict each other (smallest eigenvalue of their "
            f"correlations {least:.3g}), so no data have them; write missing='em' or 'mean'",
            eigenvalue=float(least),
        )


def _require_known(cov: Array, items: Sequence[str]) -> None:
    lacking = np.argwhere(np.isnan(cov))
    if len(lacking):
        one, other = (items[int(k)] for k in lacking[0])
        if one == other:
            raise InadmissibleError(
                f"item '{one}' was answered by fewer than two respondents, so it has no variance; "
                "leave it out of the model",
                item=one,
            )
        raise InadmissibleError(
            f"fewer than two respondents answered both '{one}' and '{other}', which have no "
            "covariance; leave one out, or write missing='em' or 'mean'",
            items=(one, other),
        )
