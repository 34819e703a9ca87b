r"""What fourth moments say: how far normal theory is off, in every direction.

With :math:`V` the information that the sample holds on its means and
covariances, :math:`\Gamma` their sampling covariances, estimated from the
scores of the rows without assuming normality, and :math:`\Delta` the slopes of
the implied moments in the parameters, the mean of the likelihood-ratio
statistic is :math:`\mathrm{tr}\,U\Gamma` with
:math:`U = V - V\Delta(\Delta'V\Delta)^{-1}\Delta'V`.
"""

from __future__ import annotations

import numpy as np

from csat_models.estimation.covariance.fitting import CovarianceFit
from csat_models.estimation.covariance.implied import implied_moments
from csat_models.estimation.covariance.likelihood import (
    case_scores,
    evaluate,
    observed_information,
)
from csat_models.estimation.covariance.parameters import ParameterTable
from csat_models.estimation.sample import Array


def information_of_moments(
    found: CovarianceFit, table: ParameterTable | None = None, theta: Array | None = None
) -> Array:
    """Return the expected information on moments where a model puts them, (M, M).

    Parameters
    ----------
    found : CovarianceFit
    table, theta : ParameterTable, array (P,), optional
        The model; by default the one fitted.
    """
    table, theta = table or found.table, found.theta if theta is None else theta
    implied = implied_moments(table, table.expand(theta))
    saturated = found.unrestricted()
    values = np.zeros(saturated.n_free)
    centre = implied.mean if table.mean_structure else found.saturated_mean
    for r, p in enumerate(saturated.parameters):
        is_cov = p.matrix == "residual_cov"
        values[saturated.free[:, r]] = implied.cov[:, p.row, p.col] if is_cov else centre[:, p.row]
    return evaluate(saturated, values, found.sums).information


def moment_covariance(found: CovarianceFit) -> Array:
    r"""Estimate sampling covariances of the saturated means and covariances, (M, M).

    :math:`I_1^{-1} J_1 I_1^{-1}` of the saturated model; of complete rows the
    usual :math:`\Gamma / N` with divisor N.
    """
    saturated = found.unrestricted()
    theta = found.saturated_theta(saturated)
    inverse = np.linalg.inv(evaluate(saturated, theta, found.sums).information)
    scores = case_scores(saturated, theta, found.rows)
    sandwich: Array = inverse @ (scores.T @ scores) @ inverse
    return sandwich


def slopes_of_moments(
    found: CovarianceFit, table: ParameterTable | None = None, theta: Array | None = None
) -> Array:
    """Differentiate the implied moments by the parameters, (M, P).

    Rows of means are 0 without mean structure.
    """
    table, theta = table or found.table, found.theta if theta is None else theta
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


def satorra_bentler_factor(
    found: CovarianceFit, table: ParameterTable | None = None, theta: Array | None = None
) -> float:
    r"""Return :math:`\mathrm{tr}(U \Gamma) / df` with the weight where the model puts it."""
    table = table or found.table
    weight = information_of_moments(found, table, theta)
    slopes = slopes_of_moments(found, table, theta)
    saturated = found.unrestricted()
    if not table.mean_structure:
        free_means = np.eye(saturated.n_free)[:, _mean_places(saturated)]
        slopes = np.hstack([slopes, free_means])
    bread = weight @ slopes
    residual = weight - bread @ np.linalg.solve(slopes.T @ bread, bread.T)
    df = table.degrees_of_freedom
    return float(np.einsum("ij,ji->", residual, moment_covariance(found)) / df) if df else np.nan


def yuan_bentler_factor(
    found: CovarianceFit, table: ParameterTable | None = None, theta: Array | None = None
) -> float:
    r"""Return :math:`(\mathrm{tr}\,I_1^{-1} J_1 - \mathrm{tr}\,I_0^{-1} J_0) / df`.

    With observed information, as in Mplus and lavaan's ``estimator="MLR"``.
    """
    table, theta = table or found.table, found.theta if theta is None else theta
    saturated = found.unrestricted()
    whole = _misfit(found, saturated, found.saturated_theta(saturated))
    if not table.mean_structure:
        only_means = _mean_places(saturated)
        whole -= _misfit(found, saturated, found.saturated_theta(saturated), only_means)
    df = table.degrees_of_freedom
    return (whole - _misfit(found, table, theta)) / df if df else np.nan


def _misfit(
    found: CovarianceFit, table: ParameterTable, theta: Array, places: Array | None = None
) -> float:
    information = observed_information(table, theta, found.sums)
    scores = case_scores(table, theta, found.rows)
    if places is not None:
        information, scores = information[np.ix_(places, places)], scores[:, places]
    return float(np.trace(np.linalg.solve(information, scores.T @ scores)))


def _mean_places(saturated: ParameterTable) -> Array:
    is_mean = np.array([p.matrix == "intercept" for p in saturated.parameters])
    places: Array = np.sort(saturated.free[:, is_mean].ravel())
    return places
