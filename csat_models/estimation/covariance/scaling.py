r"""How far normal theory is off: what the rows' fourth moments make of chi-square.

With :math:`V` the information of complete rows on their means and covariances
where a model puts them, :math:`\Gamma` the sampling covariances of these
moments, estimated from the rows without assuming normality, and
:math:`\Delta` the slopes of the implied moments in the parameters, the mean of
the likelihood-ratio statistic is :math:`\mathrm{tr}\,U\Gamma` with
:math:`U = V - V\Delta(\Delta'V\Delta)^{-1}\Delta'V`. Both traces are sums over
rows of forms in K x K matrices, so that no matrix of moments by moments is made.
"""

from __future__ import annotations

import numpy as np

from csat_models.estimation.covariance.fitting import CovarianceFit
from csat_models.estimation.covariance.implied import implied_moments
from csat_models.estimation.covariance.likelihood import (
    case_scores,
    evaluate,
    invert_answered,
    observed_information,
)
from csat_models.estimation.covariance.parameters import ParameterTable
from csat_models.estimation.covariance.saturated import saturated_information
from csat_models.estimation.sample import Array


def satorra_bentler_factor(
    found: CovarianceFit, table: ParameterTable | None = None, theta: Array | None = None
) -> float:
    r"""Return :math:`\mathrm{tr}(U \Gamma) / df` with the weight where the model puts it.

    Parameters
    ----------
    found : CovarianceFit
        Of complete rows.
    table, theta : ParameterTable, array (P,), optional
        The model; by default the one fitted.
    """
    table, theta = table or found.table, found.theta if theta is None else theta
    df = table.degrees_of_freedom
    if not df:
        return np.nan
    pulls = moment_pulls(found, table, theta)
    information = evaluate(table, theta, found.sums).information
    explained = float(np.trace(np.linalg.solve(information, pulls.T @ pulls)))
    return (_whole_trace(found, table, theta) - explained) / df


def moment_pulls(found: CovarianceFit, table: ParameterTable, theta: Array) -> Array:
    r"""Return :math:`\Delta' V z_i` of every row, (n, P).

    :math:`z_i` are the row's deviations from the saturated means, and of their
    products from the saturated covariances: the scores of the rows, but about
    the moments of the sample instead of those of the model.
    """
    implied = implied_moments(table, table.expand(theta))
    parts = []
    for g, values in enumerate(found.rows):
        inverse = _inverse(implied.cov[g])
        weighted = (values - found.saturated_mean[g]) @ inverse
        u, v = implied.u[g], implied.v[g]
        middle = np.einsum("kr,kr->r", u, inverse @ found.saturated_cov[g] @ inverse @ v)
        along = weighted @ u
        by_row = along * (weighted @ v) - middle + implied.m[g] * along
        parts.append(by_row @ table.selection[g])
    return np.concatenate(parts)


def yuan_bentler_factor(
    found: CovarianceFit, table: ParameterTable | None = None, theta: Array | None = None
) -> float:
    r"""Return :math:`(\mathrm{tr}\,I_1^{-1} J_1 - \mathrm{tr}\,I_0^{-1} J_0) / df`.

    With observed information, as in Mplus and lavaan's ``estimator="MLR"``.
    """
    table, theta = table or found.table, found.theta if theta is None else theta
    df = table.degrees_of_freedom
    if not df:
        return np.nan
    saturated = found.unrestricted()
    information = saturated_information(found)
    scores = case_scores(saturated, found.saturated_theta(saturated), found.rows)
    whole = _misfit(information, scores)
    if not table.mean_structure:
        means = _mean_places(saturated)
        whole -= _misfit(information[np.ix_(means, means)], scores[:, means])
    own = observed_information(table, theta, found.sums)
    return (whole - _misfit(own, case_scores(table, theta, found.rows))) / df


def _whole_trace(found: CovarianceFit, table: ParameterTable, theta: Array) -> float:
    r"""Return :math:`\mathrm{tr}\,V\Gamma`, of the covariances alone without mean structure."""
    implied, total = implied_moments(table, table.expand(theta)), 0.0
    for g, values in enumerate(found.rows):
        inverse = _inverse(implied.cov[g])
        gap = values - found.saturated_mean[g]
        distance = np.einsum("nk,kl,nl->n", gap, inverse, gap, optimize=True)
        whole = inverse @ found.saturated_cov[g]
        total += 0.5 * (np.mean(distance**2) - np.einsum("kl,lk->", whole, whole))
        total += np.mean(distance) if table.mean_structure else 0.0
    return float(total)


def _inverse(cov: Array) -> Array:
    inverse: Array = invert_answered(cov[None], np.ones((1, len(cov))))[0][0]
    return inverse


def _misfit(information: Array, scores: Array) -> float:
    return float(np.trace(np.linalg.solve(information, scores.T @ scores)))


def _mean_places(saturated: ParameterTable) -> Array:
    is_mean = np.array([p.matrix == "intercept" for p in saturated.parameters])
    places: Array = np.sort(saturated.free[:, is_mean].ravel())
    return places
