r"""The labelled estimates of a covariance-based model: the same as of PLS.

Whatever is built on :class:`~csat_models.estimation.result.Estimates`, indices
and comparisons among it, takes them without knowing the method.

``fit(..., method="cbsem", missing="em")`` takes maximum-likelihood moments of
incomplete rows for those of complete ones (two stages); estimates of full
information are those of :func:`covariance_estimates` of a fit with
``missing="fiml"``. Standard errors and tests belong to the latter.
"""

from __future__ import annotations

import numpy as np

from csat_models.errors import DataError
from csat_models.estimation.covariance.factors import Factors, describe_factors
from csat_models.estimation.covariance.fitting import CovarianceFit
from csat_models.estimation.covariance.improper import require_admissible
from csat_models.estimation.covariance.parameters import ParameterTable
from csat_models.estimation.covariance.point import fit_batch, fit_one
from csat_models.estimation.moments import Moments
from csat_models.estimation.result import Estimates, label_estimates
from csat_models.estimation.sample import Array
from csat_models.estimation.settings import OnInadmissible, Settings
from csat_models.estimation.stages import batch_cov
from csat_models.estimation.threads import single_threaded
from csat_models.model import PathModel


@single_threaded
def fit_factors(
    moments: Moments, model: PathModel, settings: Settings, orientation: Estimates | None = None
) -> Estimates:
    """Estimate `model` by maximum likelihood from the moments of exactly its items.

    Parameters
    ----------
    moments : Moments
        With any leading dimensions.
    model, settings, orientation
        As in :func:`~csat_models.estimation.estimates.fit_moments`. Of the
        settings, the number of iterations and what happens to inadmissible
        estimates apply.

    Returns
    -------
    Estimates
        Weights are those of the regression of each factor on its own items.

    Raises
    ------
    ModelError
        Composites, products, items used twice, more parameters than moments,
        or a model that is not identified.
    ConvergenceError, InadmissibleError
        Of a single sample, as in :func:`~csat_models.estimation.estimates.fit`.
    """
    table = ParameterTable.of(model)
    cov = batch_cov(moments)
    if moments.batch_dims:
        flat = cov.reshape(-1, *cov.shape[-2:])
        found = fit_batch(table, flat, max_iterations=settings.max_iterations)
    else:
        n_obs = int(moments.n_obs)
        found = fit_one(table, cov, n_obs, max_iterations=settings.max_iterations)
    factors = describe_factors(moments, model, table, found, orientation)
    if not moments.batch_dims and settings.on_inadmissible == "raise":
        require_admissible(factors, model)
    return label_factors(factors, model, settings)


def covariance_estimates(
    found: CovarianceFit, *, on_inadmissible: OnInadmissible = "keep"
) -> Estimates:
    r"""Return the standardised estimates of a fitted model.

    Parameters
    ----------
    found : CovarianceFit
        Of one group, with or without missing answers or residual covariances.
    on_inadmissible : {"raise", "keep"}

    Returns
    -------
    Estimates

    Raises
    ------
    DataError
        A fit of several groups.
    InadmissibleError
        A Heywood case, if asked for.

    Examples
    --------
    >>> from csat_models.estimation.covariance.fitting import fit_covariance
    >>> model = PathModel.parse("Q =~ Q1 + Q2\nS =~ S1 + S2\nS ~ Q")
    >>> corr = [[1, .6, .4, .4], [.6, 1, .4, .4], [.4, .4, 1, .6], [.4, .4, .6, 1]]
    >>> moments = Moments.from_table(items=model.items, mean=[7] * 4, cov=corr, n_obs=100)
    >>> estimates = covariance_estimates(fit_covariance(moments, model))
    >>> round(estimates.paths.sel(source="Q", target="S").item(), 4)
    0.6667
    """
    if len(found.table.groups) > 1:
        raise DataError(
            f"the fit has {len(found.table.groups)} groups, each with estimates of its own; fit one"
        )
    factors = describe_factors(found.moments, found.model, found.table, found.maximum)
    if on_inadmissible == "raise":
        require_admissible(factors, found.model)
    settings = Settings(method="cbsem", on_inadmissible=on_inadmissible)
    return label_factors(factors, found.model, settings)


def label_factors(factors: Factors, model: PathModel, settings: Settings) -> Estimates:
    """Label the standardised estimates of a batch."""
    weighting = factors.weighting
    known = weighting.converged

    def where_known(values: Array) -> Array:
        return np.where(known.reshape(-1, *[1] * (values.ndim - 1)), values, np.nan)

    return label_estimates(
        model,
        settings,
        factors.moments,
        weights=where_known(weighting.weights),
        loadings=where_known(weighting.loadings),
        paths=where_known(factors.paths),
        construct_corr=where_known(weighting.construct_corr),
        r_squared=where_known(factors.r_squared),
        converged=known,
        iterations=weighting.iterations,
        flipped=factors.signs < 0,
        violation=factors.violation,
    )
