"""Fit a model, on one sample or on a batch of any shape, and label the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.estimation import (
    consistent,
    higher_order,
    pls,
    product_indicators,
    products,
    refusals,
    repeated,
)
from csat_models.estimation.chunks import in_chunks
from csat_models.estimation.covariance.labelled import fit_factors
from csat_models.estimation.moments import Moments
from csat_models.estimation.result import Estimates, label_estimates
from csat_models.estimation.row_moments import compute_moments
from csat_models.estimation.sample import Array, Missing
from csat_models.estimation.settings import (
    HigherOrder,
    Interactions,
    Method,
    OnInadmissible,
    Scheme,
    Settings,
)
from csat_models.estimation.stages import Stage
from csat_models.model import PathModel
from csat_models.survey import Responses

__all__ = ["Estimates", "fit", "fit_moments", "to_correlations"]


def fit(
    data: Moments | Responses | pd.DataFrame,
    model: PathModel,
    *,
    method: Method = "pls",
    scheme: Scheme = "path",
    standardised: bool = True,
    tolerance: float = 1e-9,
    max_iterations: int = 300,
    on_inadmissible: OnInadmissible = "raise",
    higher_order: HigherOrder = "two_stage",
    interactions: Interactions = "two_stage",
    by: Sequence[str] = (),
    missing: Missing = "mean",
    sampling_weights: str | None = None,
    ordinal: bool = False,
    orientation: Estimates | None = None,
) -> Estimates:
    r"""Estimate `model`.

    Parameters
    ----------
    data : Moments, Responses or DataFrame
        Moments may have any leading dimensions; all samples are fitted at
        once.
    model : PathModel
    method, scheme, standardised, tolerance, max_iterations, on_inadmissible
        See :class:`Settings`.
    higher_order : {"two_stage", "embedded_two_stage", "repeated_indicators"}
        How constructs measured by constructs are estimated, see
        :mod:`~csat_models.estimation.higher_order`.
    interactions : {"two_stage", "product_indicator", "orthogonal"}
        How products of constructs are measured, see
        :mod:`~csat_models.estimation.products`.
    by, missing, sampling_weights, ordinal
        How moments are taken from rows; see
        :func:`~csat_models.estimation.row_moments.compute_moments`.
    orientation : Estimates, optional
        A point estimate: each construct gets the sign that correlates
        positively with the one weighted as there. Without it, each construct
        gets a positive sum of loadings.

    Returns
    -------
    Estimates
        In a batch, an element that has not converged or has an item without
        variance is missing and has ``converged`` False; one outside the
        parameter space keeps its numbers and has ``admissible`` False.

    Raises
    ------
    ConvergenceError
        A single sample did not converge.
    InadmissibleError
        A single sample has no estimates, as with an item without variance or
        constructs that are perfectly collinear, see
        :func:`~csat_models.estimation.refusals.refuse_unconverged`, or has
        estimates outside their parameter space and ``on_inadmissible="raise"``.
    DataError
        An item of the model is not among the data, or has no answers; moments
        do not hold the products of items that a product of constructs needs.
    ModelError
        Consistent PLS of a model whose items share measurement errors: with
        repeated indicators, an embedded first stage or product indicators.

    Examples
    --------
    >>> model = PathModel.parse("Q =~ Q1 + Q2\nS =~ S1 + S2\nS ~ Q")
    >>> corr = [[1, .6, .4, .4], [.6, 1, .4, .4], [.4, .4, 1, .6], [.4, .4, .6, 1]]
    >>> moments = Moments.from_table(items=model.items, mean=[7] * 4, cov=corr, n_obs=100)
    >>> round(fit(moments, model).paths.sel(source="Q", target="S").item(), 6)
    0.5
    """
    settings = Settings(
        method=method,
        scheme=scheme,
        standardised=standardised,
        tolerance=tolerance,
        max_iterations=max_iterations,
        on_inadmissible=on_inadmissible,
        higher_order=higher_order,
        interactions=interactions,
    )
    refusals.require_whole("orientation", orientation, model)
    if isinstance(data, Moments):
        products.require_product_items(data, model)
    else:
        data = compute_moments(
            products.add_product_items(data, model),
            items=model.items,
            by=by,
            missing=missing,
            sampling_weights=sampling_weights,
            ordinal=ordinal,
        )
    return in_chunks(
        data.select(model.items),
        lambda some: fit_moments(some, model, settings, orientation=orientation),
    )


def fit_moments(
    moments: Moments,
    model: PathModel,
    settings: Settings,
    *,
    orientation: Estimates | None = None,
) -> Estimates:
    """Estimate `model` on the moments of exactly its items, as `settings` say."""
    if settings.method == "cbsem":
        return fit_factors(moments, model, settings, orientation)
    if model.higher_order and settings.higher_order == "repeated_indicators":
        model = repeated.repeated_indicators_model(model)
    stage = Stage(settings=settings, orientation=orientation, fit=_fit_one_stage)
    if model.higher_order:
        embedded = settings.higher_order == "embedded_two_stage"
        stages = higher_order.fit_embedded if embedded else higher_order.fit_two_stage
        return stages(moments, model, stage)
    if model.products:
        staged = settings.interactions == "two_stage"
        fitted = products.fit_two_stage if staged else product_indicators.fit_product_indicators
        return fitted(moments, model, stage)
    if model.repeated:
        repeated.require_errors_apart(model, settings)
        moments = repeated.add_repeated(moments, model)
    return stage.of(moments, model)


def _fit_one_stage(
    moments: Moments, model: PathModel, settings: Settings, orientation: Estimates | None
) -> Estimates:
    design = pls.Design.of(model)
    n_items = len(model.indicators)
    cov = moments.cov.transpose(..., "item", "item_2").to_numpy().reshape(-1, n_items, n_items)
    correlations = to_correlations(cov)
    if settings.standardised:
        weighting = pls.outer_weights(correlations, design, settings)
    else:
        weighting = _weigh_raw_items(cov, correlations, design, settings)
    if not moments.batch_dims and not weighting.converged.all():
        refusals.refuse_unconverged(moments, model, settings)
    signs = _signs(correlations, weighting, design, orientation)
    solution = _solve(_orient(weighting, signs, design), design, settings, cov)
    if not moments.batch_dims and not solution.corrected.weighting.converged.all():
        refusals.refuse_unconverged(moments, model, settings)
    if not moments.batch_dims and settings.on_inadmissible == "raise":
        _require_admissible(solution, model)
    return _label(moments, model, settings, solution, signs)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Solution:
    """All of a batch but its labels: paths (B, J, J), r_squared (B, J), violation (B,)."""

    corrected: consistent.Corrected
    paths: Array
    r_squared: Array
    violation: NDArray[np.int8]


def _solve(
    weighting: pls.Weighting, design: pls.Design, settings: Settings, cov: Array
) -> _Solution:
    """Regress the constructs on each other, corrected for measurement error or not."""
    if settings.method == "plsc":
        deviations = None if settings.standardised else np.sqrt(np.einsum("bkk->bk", cov))
        corrected = consistent.correct(weighting, design, deviations)
    else:
        ones = np.ones(weighting.construct_corr.shape[:2])
        corrected = consistent.Corrected(weighting=weighting, reliabilities=ones)
    construct_corr = corrected.weighting.construct_corr
    paths, r_squared = pls.regressions(construct_corr, design)
    known = np.isfinite(construct_corr).all(axis=(1, 2))
    paths[~known] = np.nan
    solved: NDArray[np.bool_] = np.all(np.isfinite(paths), axis=(1, 2))
    collinear = known & ~solved
    if collinear.any() and settings.method == "pls":
        corrected = replace(corrected, weighting=pls.without(weighting, collinear))
        paths[collinear] = r_squared[collinear] = np.nan
    violation = (
        consistent.find_violations(corrected, r_squared)
        if settings.method == "plsc"
        else np.zeros(len(paths), dtype=np.int8)
    )
    return _Solution(corrected=corrected, paths=paths, r_squared=r_squared, violation=violation)


def to_correlations(cov: Array) -> Array:
    """Turn covariances (..., K, K) into correlations; zero variance gives NaN."""
    variance = np.einsum("...kk->...k", cov)
    deviation = np.sqrt(np.where(variance > 0, variance, np.nan))
    return cov / deviation[..., :, None] / deviation[..., None, :]


def _weigh_raw_items(
    cov: Array, correlations: Array, design: pls.Design, settings: Settings
) -> pls.Weighting:
    """Iterate on covariances; express the weights for standardised items."""
    deviation = np.sqrt(np.einsum("bkk->bk", cov))
    usable = np.atleast_1d(np.isfinite(correlations).all(axis=(1, 2)))
    raw = pls.outer_weights(np.where(usable[:, None, None], cov, np.nan), design, settings)
    return replace(raw, weights=raw.weights * deviation, loadings=raw.loadings / deviation)


def _signs(
    correlations: Array,
    weighting: pls.Weighting,
    design: pls.Design,
    orientation: Estimates | None,
) -> Array:
    if orientation is None:
        agreement = weighting.loadings @ design.membership
    else:
        reference = orientation.weights.to_numpy()
        spread = reference[:, None] * design.membership
        agreement = np.einsum(
            "bk,bkj,kj->bj", weighting.weights, correlations @ spread, design.membership
        )
    return np.where(agreement < 0, -1.0, 1.0)


def _orient(weighting: pls.Weighting, signs: Array, design: pls.Design) -> pls.Weighting:
    by_item = signs[:, design.owner]
    return replace(
        weighting,
        weights=weighting.weights * by_item,
        loadings=weighting.loadings * by_item,
        construct_corr=weighting.construct_corr * signs[:, :, None] * signs[:, None, :],
    )


def _label(
    moments: Moments,
    model: PathModel,
    settings: Settings,
    solution: _Solution,
    signs: Array,
) -> Estimates:
    weighting = solution.corrected.weighting
    return label_estimates(
        model,
        settings,
        moments,
        weights=weighting.weights,
        loadings=weighting.loadings,
        paths=solution.paths,
        construct_corr=weighting.construct_corr,
        r_squared=solution.r_squared,
        converged=weighting.converged,
        iterations=weighting.iterations,
        flipped=signs < 0,
        violation=solution.violation,
    )


def _require_admissible(solution: _Solution, model: PathModel) -> None:
    violation = consistent.Violation(int(solution.violation[0]))
    if violation is not consistent.Violation.NONE:
        consistent.refuse(
            violation,
            solution.corrected,
            solution.r_squared,
            constructs=model.construct_names,
            items=model.indicators,
        )
