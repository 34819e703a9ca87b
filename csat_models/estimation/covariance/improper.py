"""Improper solutions: which rule a covariance-based estimate breaks, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from csat_models.errors import InadmissibleError
from csat_models.estimation.consistent import SLACK, Violation
from csat_models.model import PathModel

if TYPE_CHECKING:
    from csat_models.estimation.covariance.factors import Factors
    from csat_models.estimation.covariance.fitting import CovarianceFit


def require_admissible(factors: Factors, model: PathModel) -> None:
    """Raise if the estimates of a single sample lie outside their parameter space.

    Raises
    ------
    InadmissibleError
        A Heywood case, which is named: an item with a negative residual
        variance, a construct with one, or construct correlations that are not
        positive definite.
    """
    violation = Violation(int(factors.violation[0]))
    if violation is Violation.NONE:
        return
    place, name, sentence = describe_violation(factors, model)
    raise InadmissibleError(
        f"maximum likelihood has no admissible solution: {sentence}; change the model there, use "
        "method='pls', or keep the numbers with on_inadmissible='keep'",
        rule=violation.name.lower(),
        **{place: name},
    )


def negative_variances(found: CovarianceFit) -> tuple[str, ...]:
    """Return the variances that are estimated below 0, as ``"x1 ~~ x1 [group]"``.

    Parameters
    ----------
    found : CovarianceFit
        Of one or several groups.
    """
    table, values = found.table, found.table.expand(found.theta)
    return tuple(
        p.name + (f" [{group}]" if group else "")
        for g, group in enumerate(table.groups)
        for r, p in enumerate(table.parameters)
        if p.op == "~~" and p.row == p.col and values[g, r] < -SLACK
    )


def describe_violation(factors: Factors, model: PathModel) -> tuple[str, str, str]:
    """Say where a single sample breaks its first rule: the kind of place, its name, a sentence."""
    violation = Violation(int(factors.violation[0]))
    loadings, r_squared = factors.weighting.loadings[0], factors.r_squared[0]
    if violation is Violation.LOADING:
        k = int(np.nanargmax(np.abs(loadings)))
        name = model.indicators[k]
        sentence = (
            f"'{name}' has a standardised loading of {loadings[k]:.3f}, so its residual variance "
            "is negative (a Heywood case)"
        )
        return "item", name, sentence
    if violation is Violation.R_SQUARED:
        j = int(np.nanargmax(r_squared))
        name = model.construct_names[j]
        sentence = (
            f"construct '{name}' has R2 = {r_squared[j]:.3f}, so its residual variance is "
            "negative (a Heywood case)"
        )
        return "construct", name, sentence
    return _describe_correlations(factors, model)


def _describe_correlations(factors: Factors, model: PathModel) -> tuple[str, str, str]:
    corr = factors.weighting.construct_corr[0]
    lacking = np.flatnonzero(np.isnan(np.diagonal(corr)))
    if len(lacking):
        name = model.construct_names[int(lacking[0])]
        return "construct", name, f"the variance of construct '{name}' is not positive"
    values, vectors = np.linalg.eigh(corr)
    name = model.construct_names[int(np.argmax(np.abs(vectors[:, 0])))]
    sentence = (
        "the correlations of the constructs are not positive definite (smallest eigenvalue "
        f"{values[0]:.3f}), mostly because of construct '{name}'"
    )
    return "construct", name, sentence
