r"""The normal likelihood of complete and incomplete samples, its gradient and information.

A sample is summed within each pattern of answered items, in every group
(:class:`Sums`); without missing answers that is one pattern, and its moments
are all that is needed. With :math:`W_c` the inverse of the answered part of
:math:`\Sigma`, zero elsewhere, :math:`w_c` rows, and :math:`T_c` their scatter
about :math:`\mu`,

.. math::
    \log L = -\tfrac12 \sum_c w_c (k_c \log 2\pi + \log|\Sigma_c|) + \mathrm{tr}\,W_c T_c .

References
----------
Arbuckle (1996), Full information estimation in the presence of incomplete
data, in Marcoulides & Schumacker (eds.), Advanced Structural Equation
Modeling; Yuan and Bentler (2000), Three likelihood-based methods for mean and
covariance structure analysis with nonnormal missing data, Sociological
Methodology 30, 165-200.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from csat_models.estimation.covariance.implied import Implied, implied_moments
from csat_models.estimation.covariance.parameters import ParameterTable
from csat_models.estimation.sample import Array
from csat_models.survey.incomplete import PatternSums


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sums:
    """Rows summed within each of the C patterns of all groups.

    Attributes
    ----------
    group : array (C,) of int
        The group of each pattern.
    answered : array (C, K)
        1 where the pattern has an answer, else 0.
    weight : array (..., C)
        Number of rows.
    mean : array (..., C, K)
        Their means; 0 where missing.
    scatter : array (..., C, K, K)
        Sums of products of deviations from these means.
    """

    group: NDArray[np.int64]
    answered: Array
    weight: Array
    mean: Array
    scatter: Array

    @classmethod
    def of_moments(cls, cov: Array, n_obs: Array, mean: Array | None = None) -> Self:
        """Take covariances (..., G, K, K) with divisor n, sizes (..., G), means (..., G, K)."""
        n_groups, n_items = cov.shape[-3:-1]
        weight = np.broadcast_to(np.asarray(n_obs, dtype=np.float64), cov.shape[:-2])
        return cls(
            group=np.arange(n_groups),
            answered=np.ones((n_groups, n_items)),
            weight=weight,
            mean=np.zeros(cov.shape[:-1]) if mean is None else mean,
            scatter=cov * weight[..., None, None],
        )

    @classmethod
    def of_rows(cls, rows: Sequence[Array]) -> Self:
        """Sum the answers (n, K) of each group, NaN where missing."""
        parts = [PatternSums.of(values) for values in rows]
        counts = [len(part.rows) for part in parts]
        return cls(
            group=np.repeat(np.arange(len(parts)), counts),
            answered=np.concatenate([part.answered for part in parts]),
            weight=np.concatenate([part.weight for part in parts]),
            mean=np.concatenate([part.mean for part in parts]),
            scatter=np.concatenate([part.scatter for part in parts]),
        )

    @property
    def complete(self) -> bool:
        """Whether no answer is missing."""
        return bool(self.answered.all())

    def take(self, places: NDArray[np.intp]) -> Sums:
        """Return these elements of the one batch dimension."""
        return Sums(
            group=self.group,
            answered=self.answered,
            weight=self.weight[places],
            mean=self.mean[places],
            scatter=self.scatter[places],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Likelihood:
    """The log-likelihood at some parameters.

    Attributes
    ----------
    value : array (...)
        Minus infinity where an implied covariance matrix is not positive
        definite.
    gradient : array (..., P)
    information : array (..., P, P)
        Expected, of the whole sample.
    """

    value: Array
    gradient: Array
    information: Array


def evaluate(table: ParameterTable, theta: Array, sums: Sums) -> Likelihood:
    """Return the log-likelihood of parameters (..., P), its gradient and information.

    Parameters
    ----------
    table : ParameterTable
    theta : array (..., P)
    sums : Sums
        With leading dimensions that broadcast with those of `theta`.
    """
    there = _at(table, theta, sums)
    selection = table.selection
    information = _row_information(there.implied, sums, there.inverse, len(table.groups))
    return Likelihood(
        value=there.value,
        gradient=_gradient(table, there, sums),
        information=np.einsum(
            "grp,...grs,gsq->...pq", selection, information, selection, optimize=True
        ),
    )


def log_likelihood(table: ParameterTable, theta: Array, sums: Sums) -> Array:
    """Return the log-likelihood alone, (...); see :func:`evaluate`."""
    return _at(table, theta, sums).value


def gradient(table: ParameterTable, theta: Array, sums: Sums) -> Array:
    """Return the gradient of the log-likelihood alone, (..., P); see :func:`evaluate`."""
    return _gradient(table, _at(table, theta, sums), sums)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _There:
    """What value, gradient and information at some parameters share."""

    implied: Implied
    inverse: Array
    gap: Array
    scatter: Array
    value: Array


def _at(table: ParameterTable, theta: Array, sums: Sums) -> _There:
    implied = implied_moments(table, table.expand(theta))
    inverse, log_det, definite = invert_answered(implied.cov[..., sums.group, :, :], sums.answered)
    gap = _gap(table, implied, sums)
    scatter = sums.scatter + sums.weight[..., None, None] * gap[..., None] * gap[..., None, :]
    value = _log_likelihood(sums, inverse, log_det, scatter)
    return _There(
        implied=implied,
        inverse=inverse,
        gap=gap,
        scatter=scatter,
        value=np.where(definite, value, -np.inf),
    )


def _gradient(table: ParameterTable, there: _There, sums: Sums) -> Array:
    by_row = _row_gradient(there.implied, sums, there.inverse, there.gap, there.scatter)
    found: Array = np.einsum("...gr,grp->...p", by_row, table.selection)
    return found


def invert_answered(cov: Array, answered: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Inverses of the answered parts, zero elsewhere, log determinants, and whether all exist.

    Parameters
    ----------
    cov : array (..., C, K, K)
    answered : array (C, K)

    Returns
    -------
    inverse : array (..., C, K, K)
    log_det : array (..., C)
    definite : array (...) of bool
        False where one is not positive definite; the identity stands in.
    """
    both = answered[:, :, None] * answered[:, None, :]
    padded = cov * both + np.eye(cov.shape[-1]) * (1.0 - answered)[:, :, None]
    padded = np.where(np.isfinite(padded), padded, 0.0)
    least = np.linalg.eigvalsh(padded)[..., 0]
    scale = np.abs(np.diagonal(padded, axis1=-2, axis2=-1)).max(axis=-1)
    definite = least > np.finfo(np.float64).eps * scale
    usable = np.where(definite[..., None, None], padded, np.eye(cov.shape[-1]))
    inverse = np.linalg.inv(usable) * both
    return inverse, np.linalg.slogdet(usable)[1], definite.all(axis=-1)


def case_scores(table: ParameterTable, theta: Array, rows: Sequence[Array]) -> Array:
    """Return each row's gradient of the log-likelihood, (n, P), group after group.

    Parameters
    ----------
    table : ParameterTable
    theta : array (P,)
    rows : sequence of array (n_g, K)
        NaN where missing.
    """
    implied = implied_moments(table, table.expand(theta))
    found = []
    for g, values in enumerate(rows):
        known = ~np.isnan(values)
        patterns, of_row = np.unique(known, axis=0, return_inverse=True)
        inverse, _, _ = invert_answered(implied.cov[g], patterns.astype(np.float64))
        centre = implied.mean[g] if table.mean_structure else np.nanmean(values, axis=0)
        gap = np.where(known, values - centre, 0.0)
        weighted = np.einsum("nk,nkl->nl", gap, inverse[of_row.reshape(-1)])
        u, v = implied.u[g], implied.v[g]
        expected = np.einsum("kr,ckl,lr->cr", u, inverse, v)[of_row.reshape(-1)]
        by_row = (weighted @ u) * (weighted @ v) - expected + implied.m[g] * (weighted @ u)
        found.append(by_row @ table.selection[g])
    return np.concatenate(found)


def observed_information(table: ParameterTable, theta: Array, sums: Sums) -> Array:
    """Minus the second derivatives of the log-likelihood, (P, P).

    Central differences of the gradient of fourth order, all parameters in one batch.

    Parameters
    ----------
    table : ParameterTable
    theta : array (P,)
    sums : Sums
        Without batch dimensions.
    """
    expected = evaluate(table, theta, sums).information
    step = 0.01 / np.sqrt(np.maximum(np.diagonal(expected), np.finfo(np.float64).tiny))
    moves = {-2.0: 1.0 / 12.0, -1.0: -8.0 / 12.0, 1.0: 8.0 / 12.0, 2.0: -1.0 / 12.0}
    slopes = [
        factor * gradient(table, theta + move * np.diag(step), sums)
        for move, factor in moves.items()
    ]
    second: Array = -np.sum(slopes, axis=0) / step[:, None]
    symmetric: Array = (second + second.T) / 2.0
    return symmetric


def _gap(table: ParameterTable, implied: Implied, sums: Sums) -> Array:
    if not table.mean_structure:
        return np.zeros(np.broadcast_shapes(sums.mean.shape, implied.mean.shape))
    gap: Array = (sums.mean - implied.mean[..., sums.group, :]) * sums.answered
    return gap


def _log_likelihood(sums: Sums, inverse: Array, log_det: Array, scatter: Array) -> Array:
    size = sums.answered.sum(axis=-1) * np.log(2 * np.pi)
    own = sums.weight * (size + log_det) + np.einsum("...kl,...kl->...", inverse, scatter)
    value: Array = -0.5 * own.sum(axis=-1)
    return value


def _row_gradient(
    implied: Implied, sums: Sums, inverse: Array, gap: Array, scatter: Array
) -> Array:
    """Differentiate by all parameters of all groups, (..., G, R)."""
    weighted = inverse @ scatter @ inverse - sums.weight[..., None, None] * inverse
    pull = sums.weight[..., None] * np.einsum("...kl,...l->...k", inverse, gap)
    n_groups = implied.cov.shape[-3]
    weighted, pull = (_by_group(part, sums.group, n_groups) for part in (weighted, pull))
    slopes = np.einsum("...kr,...kr->...r", implied.u, weighted @ implied.v)
    found: Array = slopes + implied.m * np.einsum("...kr,...k->...r", implied.u, pull)
    return found


def _by_group(values: Array, group: NDArray[np.int64], n_groups: int) -> Array:
    """Sum patterns within groups, the dimension after the batch; one each stays as it is."""
    if len(group) == n_groups:
        return values
    axis = -3 if values.shape[-1] == values.shape[-2] and values.ndim > 2 else -2  # noqa: PLR2004
    own = [np.flatnonzero(group == g) for g in range(n_groups)]
    parts = [np.take(values, places, axis=axis).sum(axis) for places in own]
    return np.stack(parts, axis=axis)


def _row_information(implied: Implied, sums: Sums, inverse: Array, n_groups: int) -> Array:
    """Sum the expected information of all parameters, (..., G, R, R)."""
    u, v = implied.u[..., sums.group, :, :], implied.v[..., sums.group, :, :]
    of_u, of_v = inverse @ u, inverse @ v
    uu = np.swapaxes(u, -1, -2) @ of_u
    uv = np.swapaxes(u, -1, -2) @ of_v
    vv = np.swapaxes(v, -1, -2) @ of_v
    m = implied.m[..., sums.group, :]
    each = uu * vv + uv * np.swapaxes(uv, -1, -2) + m[..., None] * m[..., None, :] * uu
    each = sums.weight[..., None, None] * each
    parts = [each[..., sums.group == g, :, :].sum(axis=-3) for g in range(n_groups)]
    return np.stack(parts, axis=-3)
