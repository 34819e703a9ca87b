r"""A covariance-based model, fitted: parameters, likelihoods, and what they came from.

Where :func:`~csat_models.estimation.estimates.fit` with ``method="cbsem"``
gives the standardised estimates that every chapter is made of, a
:class:`CovarianceFit` keeps what belongs to maximum likelihood alone:
unstandardised parameters with standard errors, likelihoods, and the rows.

Missing answers are taken by full information: the likelihood is that of the
answers given, and those of the saturated and the independence model are our
own (:func:`~csat_models.survey.incomplete.em_moments`).

References
----------
Joereskog (1969), A general approach to confirmatory maximum likelihood factor
analysis, Psychometrika 34, 183-202; Enders and Bandalos (2001), The relative
performance of full information maximum likelihood estimation for missing data
in structural equation models, Structural Equation Modeling 8, 430-457.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from csat_models.errors import DataError
from csat_models.estimation.covariance.answers import Answers
from csat_models.estimation.covariance.elements import require_factors
from csat_models.estimation.covariance.likelihood import Sums, log_likelihood
from csat_models.estimation.covariance.parameters import EQUAL, Equal, ParameterTable
from csat_models.estimation.covariance.point import fit_sums, require_moments
from csat_models.estimation.covariance.scoring import Maximum
from csat_models.estimation.moments import Moments
from csat_models.estimation.sample import Array
from csat_models.model import PathModel
from csat_models.model.spec import require_model
from csat_models.survey import Responses


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CovarianceFit:
    """A covariance-based model fitted to one sample of one or several groups.

    Attributes
    ----------
    model : PathModel
    table : ParameterTable
    maximum : Maximum
        With one batch element.
    sums : Sums
        What was fitted.
    moments : Moments
        Of all rows, by maximum likelihood where answers are missing.
    rows : tuple of array (n_g, K)
        Answers of each group; empty if only moments were given.
    saturated_mean : array (G, K)
    saturated_cov : array (G, K, K)
        Maximum-likelihood moments of each group, with divisor n.
    """

    model: PathModel
    table: ParameterTable
    maximum: Maximum
    sums: Sums
    moments: Moments
    rows: tuple[Array, ...]
    saturated_mean: Array
    saturated_cov: Array

    @property
    def theta(self) -> Array:
        """Free parameters, (P,)."""
        theta: Array = self.maximum.theta[0]
        return theta

    @property
    def n_obs(self) -> int:
        """Rows with at least one answer."""
        return round(float(self.sums.weight.sum()))

    @property
    def complete(self) -> bool:
        """Whether no answer is missing."""
        return self.sums.complete

    @property
    def log_likelihood(self) -> float:
        """Of the model."""
        return float(self.maximum.likelihood.value[0])

    @property
    def saturated_log_likelihood(self) -> float:
        """Of unrestricted means and covariances."""
        saturated = self.unrestricted()
        return float(log_likelihood(saturated, self.saturated_theta(saturated), self.sums))

    @property
    def baseline_log_likelihood(self) -> float:
        """Of independent items, each with the mean and variance of its answers."""
        independent = self.unrestricted(independent=True)
        return float(log_likelihood(independent, self.baseline_theta(independent), self.sums))

    def unrestricted(self, *, independent: bool = False) -> ParameterTable:
        """Return the saturated model, or that of independent items."""
        return ParameterTable.unrestricted(
            self.table.items, self.table.groups, independent=independent
        )

    def saturated_theta(self, table: ParameterTable) -> Array:
        """Parameters of the saturated model."""
        return _unrestricted_theta(table, self.saturated_mean, self.saturated_cov)

    def baseline_theta(self, table: ParameterTable) -> Array:
        """Parameters of the model of independent items."""
        centre, spread = _item_moments(self.sums, len(self.table.groups))
        return _unrestricted_theta(table, centre, np.eye(spread.shape[-1]) * spread[:, None, :])


def fit_covariance(
    data: Moments | Responses | pd.DataFrame,
    model: PathModel,
    *,
    residual_covariances: Sequence[tuple[str, str]] = (),
    mean_structure: bool | None = None,
    group: str | None = None,
    equal: Collection[Equal] = (),
    released: Collection[str] = (),
    missing: str = "listwise",
    max_iterations: int = 500,
) -> CovarianceFit:
    r"""Fit `model` by maximum likelihood under normality.

    Parameters
    ----------
    data : Moments, Responses or DataFrame
        Moments of one sample are enough for everything but robust statistics,
        missing answers and groups.
    model : PathModel
        Of factors: ``=~``, single items, constructs of higher order.
    residual_covariances : sequence of (str, str)
        Pairs of items whose residuals covary.
    mean_structure : bool, optional
        Whether means are modelled; by default with groups or missing answers.
    group : str, optional
        Column that separates the sample; a model for every value.
    equal : collection of {"loadings", "intercepts", "residuals"}
        What is equal in all groups. With intercepts, latent means are free in
        all groups but the first.
    released : collection of str
        Names of parameters that are not equal all the same, such as
        ``"Quality =~ PERQ2"`` or ``"PERQ2 ~1"``.
    missing : {"listwise", "fiml"}
        Leave out rows with a missing answer, or take the likelihood of the
        answers given, which needs answers missing at random.
    max_iterations : int
        Of Fisher scoring.

    Returns
    -------
    CovarianceFit

    Raises
    ------
    ModelError
        Composites, products, more parameters than moments, a model that is
        not identified, an unknown item or parameter.
    DataError
        A column that is not there, an unknown way with missing answers, or
        moments with leading dimensions.
    InadmissibleError
        An item without variance; a group with fewer rows than items.
    ConvergenceError
        The likelihood has no maximum that can be found.

    Examples
    --------
    >>> model = PathModel.parse("Q =~ Q1 + Q2 + Q3\nS =~ S1 + S2 + S3\nS ~ Q")
    >>> corr = np.full((6, 6), 0.2) + np.kron(np.eye(2), np.full((3, 3), 0.2)) + 0.6 * np.eye(6)
    >>> moments = Moments.from_table(items=model.items, mean=[7] * 6, cov=corr, n_obs=200)
    >>> found = fit_covariance(moments, model)
    >>> found.table.degrees_of_freedom, found.theta.round(3).tolist()[:5]
    (8, [1.0, 1.0, 1.0, 1.0, 0.5])
    """
    require_model(model)
    _require_known(equal, group)
    require_factors(model)
    answers = _answers(data, model, group, missing, mean_structure)
    with_means = group is not None if mean_structure is None else mean_structure
    table = ParameterTable.of(
        model,
        residual_covariances=residual_covariances,
        mean_structure=with_means or not answers.sums.complete,
        groups=answers.groups,
        equal=equal,
        released=released,
    )
    require_moments(table)
    mean, cov = answers.saturated()
    maximum = fit_sums(table, answers.sums, cov, max_iterations=max_iterations, mean=mean)
    return CovarianceFit(
        model=model,
        table=table,
        maximum=maximum,
        sums=answers.sums,
        moments=answers.moments(mean, cov),
        rows=answers.rows,
        saturated_mean=mean,
        saturated_cov=cov,
    )


def _answers(
    data: Moments | Responses | pd.DataFrame,
    model: PathModel,
    group: str | None,
    missing: str,
    mean_structure: bool | None,
) -> Answers:
    if not isinstance(data, Moments):
        return Answers.of_rows(data, model, group, missing)
    if group is not None or mean_structure:
        raise DataError(
            "groups and means are fitted to rows; give responses or a data frame", group=group
        )
    return Answers.of_moments(data.select(model.items))


def _require_known(equal: Collection[str], group: str | None) -> None:
    unknown = [kind for kind in equal if kind not in EQUAL]
    if unknown:
        raise DataError(
            f"equal names '{unknown[0]}'; write some of {', '.join(EQUAL)}", equal=unknown[0]
        )
    if equal and group is None:
        raise DataError("equal= holds parameters equal between groups; name their column in group=")


def _item_moments(sums: Sums, n_groups: int) -> tuple[Array, Array]:
    """Mean and variance of the answers to each item in each group, (G, K)."""
    weight = sums.weight[:, None] * sums.answered
    own = (sums.group == np.arange(n_groups)[:, None]).astype(np.float64)
    total = own @ weight
    mean = own @ (weight * sums.mean) / total
    gap = (sums.mean - mean[sums.group]) ** 2 * weight
    return mean, own @ (np.diagonal(sums.scatter, axis1=-2, axis2=-1) + gap) / total


def _unrestricted_theta(table: ParameterTable, mean: Array, cov: Array) -> Array:
    theta = np.zeros(table.n_free)
    for r, p in enumerate(table.parameters):
        is_cov = p.matrix == "residual_cov"
        theta[table.free[:, r]] = cov[:, p.row, p.col] if is_cov else mean[:, p.row]
    return theta
