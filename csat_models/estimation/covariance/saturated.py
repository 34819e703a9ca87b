r"""The saturated model: free means and covariances, and what rows say of them.

Its parameters are those of
:meth:`~csat_models.estimation.covariance.parameters.ParameterTable.unrestricted`:
group after group the covariances of the items, then their means; M of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csat_models.errors import InadmissibleError
from csat_models.estimation.covariance.fitting import CovarianceFit
from csat_models.estimation.covariance.implied import implied_moments
from csat_models.estimation.covariance.likelihood import Sums, invert_answered
from csat_models.estimation.covariance.parameters import ParameterTable
from csat_models.estimation.sample import Array


def saturated_information(found: CovarianceFit) -> Array:
    r"""Observed information on means and covariances, at their maximum, (M, M).

    With :math:`W_c` the inverse of the answered part of the covariances in
    pattern c, :math:`N_c = 2 W_c T_c W_c - w_c W_c`, and directions D and E of
    the covariances, it is :math:`\tfrac12 \sum_c \mathrm{tr}\,W_c D N_c E`;
    sums over patterns are one product of matrices K^2 x C.
    """
    require_answered_together(found)
    blocks = [_group_information(found, g) for g in range(len(found.table.groups))]
    return block_diagonal(blocks)


def apart(found: CovarianceFit) -> tuple[str, str] | None:
    """Return the first two items that no row of a group answered both, if there are any."""
    items = found.table.items
    for g in range(len(found.table.groups)):
        answered = found.sums.answered[found.sums.group == g]
        one, other = np.nonzero(np.triu(answered.T @ answered == 0))
        if len(one):
            return items[one[0]], items[other[0]]
    return None


def require_answered_together(found: CovarianceFit) -> None:
    """Raise unless every two items were answered together by a row of each group.

    Raises
    ------
    InadmissibleError
        Otherwise: their covariance is not known without the model.
    """
    pair = apart(found)
    if pair is not None:
        raise InadmissibleError(
            f"no respondent answered both '{pair[0]}' and '{pair[1]}', so the answers do not tell "
            "their covariance, and nothing can be said of the fit where the model puts it; leave "
            "one of them out",
            items=pair,
        )


def complete_sums(found: CovarianceFit) -> Sums:
    """Return the saturated moments as if they were those of complete rows."""
    return Sums.of_moments(found.saturated_cov, group_rows(found), found.saturated_mean)


def group_rows(found: CovarianceFit) -> Array:
    """Rows of each group, (G,)."""
    n_groups = len(found.table.groups)
    return np.bincount(found.sums.group, found.sums.weight, minlength=n_groups).astype(np.float64)


def slopes_of_moments(found: CovarianceFit, table: ParameterTable, theta: Array) -> Array:
    """Differentiate the implied moments by the parameters, (M, P).

    Rows of means are 0 without mean structure.
    """
    implied = implied_moments(table, table.expand(theta))
    saturated, selection = found.unrestricted(), table.selection
    slopes = np.zeros((saturated.n_free, table.n_free))
    for r, p in enumerate(saturated.parameters):
        if p.matrix == "residual_cov":
            by_row = (
                implied.u[:, p.row] * implied.v[:, p.col]
                + implied.v[:, p.row] * implied.u[:, p.col]
            )
        else:
            by_row = implied.m * implied.u[:, p.row]
        slopes[saturated.free[:, r]] = np.einsum("gr,grp->gp", by_row, selection)
    return slopes


def block_diagonal(blocks: list[Array]) -> Array:
    """Put square matrices along the diagonal of one that is 0 elsewhere."""
    ends = np.cumsum([0, *(len(block) for block in blocks)])
    whole = np.zeros((ends[-1], ends[-1]))
    for start, end, block in zip(ends[:-1], ends[1:], blocks, strict=True):
        whole[start:end, start:end] = block
    return whole


def _group_information(found: CovarianceFit, g: int) -> Array:
    sums, own = found.sums, found.sums.group == g
    answered, weight = sums.answered[own], sums.weight[own]
    inverse, _, _ = invert_answered(found.saturated_cov[g], answered)
    gap = (sums.mean[own] - found.saturated_mean[g]) * answered
    scatter = sums.scatter[own] + weight[:, None, None] * gap[:, :, None] * gap[:, None, :]
    pulled = 2.0 * inverse @ scatter @ inverse - weight[:, None, None] * inverse
    means = np.einsum("c,ckl->kl", weight, inverse)
    pull = np.einsum("ckl,cl,c->ck", inverse, gap, weight)
    cross = _on_pairs(_products(inverse, pull[:, :, None]))
    return np.block([[_of_pairs(_products(pulled, inverse)), cross], [cross.T, means]])


def _products(one: Array, other: Array) -> Array:
    """Sum products of all elements over patterns, (C, K, K) and (C, K, L) to (K, K, K, L)."""
    shape = (*one.shape[1:], *other.shape[1:])
    found: Array = one.reshape(len(one), -1).T @ other.reshape(len(other), -1)
    return found.reshape(shape)


def _of_pairs(both: Array) -> Array:
    """Sum the four orders of two pairs of items, each variance once; (V, V)."""
    k, m, half = _pairs(len(both))
    one, other = (k[:, None], m[:, None]), (k[None, :], m[None, :])
    total = sum(both[a, c, d, b] for a, b in (one, one[::-1]) for c, d in (other, other[::-1]))
    found: Array = 0.5 * half[:, None] * half * total
    return found


def _on_pairs(both: Array) -> Array:
    """Sum the two orders of a pair of items with one item, (V, K)."""
    k, m, half = _pairs(len(both))
    found: Array = half[:, None] * (both[:, k, m, 0] + both[:, m, k, 0]).T
    return found


def _pairs(size: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
    k, m = np.triu_indices(size)
    return k, m, np.where(k == m, 0.5, 1.0)
