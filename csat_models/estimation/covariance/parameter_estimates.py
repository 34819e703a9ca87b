r"""Every parameter with its standard error, test and standardised value.

Standard errors come from the information :math:`I` of the sample, and, where
answers need not be normal, from the scores of the rows, :math:`J = \sum_i g_i g_i'`:

- ``"standard"``: :math:`I^{-1}`; expected information, observed where answers
  are missing, since expected information needs them missing completely at
  random;
- ``"satorra_bentler"``: robust to non-normal answers that are complete, with
  :math:`I = \Delta' V \Delta` and
  :math:`I^{-1} \Delta' V \Gamma V \Delta I^{-1}` (lavaan's ``robust.sem``, of
  ``estimator="MLM"``);
- ``"huber_white"``: :math:`I^{-1} J I^{-1}` with the observed information
  (lavaan's ``robust.huber.white``, of ``estimator="MLR"``), also with missing
  answers.

References
----------
Satorra and Bentler (1994), Corrections to test statistics and standard errors
in covariance structure analysis, in von Eye and Clogg (eds.), Latent Variables
Analysis; Yuan and Bentler (2000), Sociological Methodology 30, 165-200; Savalei
(2010), Expected versus observed information in SEM with incomplete normal and
nonnormal data, Psychological Methods 15, 352-367.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from csat_models.errors import DataError
from csat_models.estimation.covariance.elements import Parameter
from csat_models.estimation.covariance.fitting import CovarianceFit
from csat_models.estimation.covariance.implied import fill_matrices, implied_moments
from csat_models.estimation.covariance.likelihood import (
    case_scores,
    evaluate,
    observed_information,
)
from csat_models.estimation.covariance.parameters import ParameterTable
from csat_models.estimation.covariance.scaling import moment_pulls
from csat_models.estimation.sample import Array

StandardErrors = Literal["standard", "satorra_bentler", "huber_white"]
STANDARD_ERRORS: tuple[StandardErrors, ...] = ("standard", "satorra_bentler", "huber_white")


def parameter_table(
    found: CovarianceFit, *, standard_errors: StandardErrors = "standard"
) -> pd.DataFrame:
    r"""Return every parameter of every group.

    Parameters
    ----------
    found : CovarianceFit
    standard_errors : {"standard", "satorra_bentler", "huber_white"}

    Returns
    -------
    DataFrame
        One row a parameter: ``group``, ``lhs``, ``op``, ``rhs``, ``estimate``,
        ``standard_error``, ``z``, ``p_value`` (missing where fixed),
        ``standardised`` (items and constructs of variance 1).

    Raises
    ------
    DataError
        Robust standard errors of moments alone, or of missing answers by
        "satorra_bentler".

    Examples
    --------
    >>> from csat_models import Moments, PathModel
    >>> from csat_models.estimation.covariance.fitting import fit_covariance
    >>> model = PathModel.parse("Q =~ Q1 + Q2 + Q3")
    >>> corr = [[1, .5, .4], [.5, 1, .4], [.4, .4, 1]]
    >>> moments = Moments.from_table(items=model.items, mean=[7] * 3, cov=corr, n_obs=200)
    >>> table = parameter_table(fit_covariance(moments, model))
    >>> table.loc[1, ["lhs", "op", "rhs"]].tolist(), table.loc[1, ["estimate"]].round(3).tolist()
    (['Q', '=~', 'Q2'], [1.0])
    """
    error = np.append(np.sqrt(np.diagonal(parameter_cov(found, standard_errors))), np.nan)
    values, table = found.table.expand(found.theta), found.table
    columns = {
        "group": [group for group in table.groups for _ in table.parameters],
        "lhs": [p.lhs for p in table.parameters] * len(table.groups),
        "op": [p.op for p in table.parameters] * len(table.groups),
        "rhs": [p.rhs for p in table.parameters] * len(table.groups),
        "estimate": values.ravel(),
        "standard_error": error[table.free].ravel(),
    }
    frame = pd.DataFrame(columns)
    frame["z"] = frame["estimate"] / frame["standard_error"]
    frame["p_value"] = _two_sided(frame["z"].to_numpy())
    frame["standardised"] = standardise(table, values).ravel()
    return frame


def parameter_cov(found: CovarianceFit, kind: StandardErrors = "standard") -> Array:
    """Estimate sampling covariances of the free parameters, (P, P); see the module's text."""
    if kind not in STANDARD_ERRORS:
        raise DataError(
            f"standard_errors='{kind}' is unknown; write one of {', '.join(STANDARD_ERRORS)}"
        )
    table, theta = found.table, found.theta
    if kind == "satorra_bentler":
        return _satorra_bentler_cov(found)
    if kind == "standard" and found.complete:
        return _inverse(evaluate(table, theta, found.sums).information)
    inverse = _inverse(observed_information(table, theta, found.sums))
    if kind == "standard":
        return inverse
    require_rows(found)
    scores = case_scores(table, theta, found.rows)
    sandwich: Array = inverse @ (scores.T @ scores) @ inverse
    return sandwich


def require_rows(found: CovarianceFit, *, complete: bool = False) -> None:
    """Raise unless the rows are known, and complete where they must be.

    Raises
    ------
    DataError
        Always then.
    """
    if not found.rows:
        raise DataError(
            "robust statistics need the rows, since they are made of fourth moments; give "
            "responses or a data frame instead of moments"
        )
    if complete and not found.complete:
        raise DataError(
            "the Satorra-Bentler correction needs complete rows; write 'huber_white' or "
            "'yuan_bentler', or missing='listwise'"
        )


def standardise(table: ParameterTable, values: Array) -> Array:
    """Express parameters (..., G, R) in standard deviations of what they relate, (..., G, R)."""
    standardised: Array = values * standard_units(table, values)
    return standardised


def standard_units(table: ParameterTable, values: Array) -> Array:
    """Return what each parameter, (..., G, R), is multiplied by to be standardised.

    A covariance of residuals becomes their correlation; a variance its share
    of the whole variance.
    """
    matrices = fill_matrices(table, values)
    implied = implied_moments(table, values)
    spread = {
        "item": _deviations(implied.cov),
        "construct": _deviations(implied.construct_cov),
        "residual_cov": _deviations(matrices.residual_cov),
        "construct_cov": _deviations(matrices.construct_cov),
    }
    return np.stack([_unit(p, spread) for p in table.parameters], axis=-1)


def _unit(p: Parameter, spread: Mapping[str, Array]) -> Array:
    of_item = p.matrix in ("loading", "residual_cov", "intercept")
    whole = spread["item" if of_item else "construct"][..., p.row]
    if p.matrix in ("loading", "path"):
        unit: Array = spread["construct"][..., p.col] / whole
        return unit
    if p.matrix in ("intercept", "mean"):
        return 1.0 / whole
    if p.row == p.col:
        return 1.0 / whole**2
    own = spread[p.matrix]
    return 1.0 / (own[..., p.row] * own[..., p.col])


def _deviations(cov: Array) -> Array:
    variance = np.diagonal(cov, axis1=-2, axis2=-1)
    return np.sqrt(np.where(variance > 0, variance, np.nan))


def _inverse(information: Array) -> Array:
    return np.asarray(np.linalg.inv(information), dtype=np.float64)


def _satorra_bentler_cov(found: CovarianceFit) -> Array:
    require_rows(found, complete=True)
    inverse = _inverse(evaluate(found.table, found.theta, found.sums).information)
    pulls = moment_pulls(found, found.table, found.theta)
    sandwich: Array = inverse @ (pulls.T @ pulls) @ inverse
    return sandwich


def _two_sided(z: Array) -> Array:
    from scipy.stats import norm

    p: Array = 2.0 * norm.sf(np.abs(z))
    return p
