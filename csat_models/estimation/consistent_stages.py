r"""Measurement error carried through two stages of consistent PLS.

A score of the first stage is :math:`s = q \xi + e`, with :math:`q^2` its
reliability rho_A and an error that is independent of everything else. So the
covariance of a score with anything but the items it is made of is that of its
factor, times q. Moments freed of error in this way are the input of the second
stage; for products of scores see
:mod:`~csat_models.estimation.consistent_products`.

References
----------
van Riel, Henseler, Kemeny and Sasovova (2017), Estimating hierarchical
constructs using consistent partial least squares, Industrial Management & Data
Systems 117, 459-477.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from csat_models.estimation.consistent import (
    SLACK,
    Violation,
    refuse_reliability,
    reliabilities_of,
    within_bounds,
)
from csat_models.estimation.moments import Moments
from csat_models.estimation.pls import Design
from csat_models.estimation.result import Estimates
from csat_models.estimation.sample import Array
from csat_models.estimation.settings import Settings
from csat_models.estimation.stages import (
    Stage,
    batch_cov,
    label_corr,
    per_item_unit,
)
from csat_models.estimation.threads import single_threaded
from csat_models.model import PathModel


def fit_consistent(
    first: Estimates,
    wider: Moments,
    model: PathModel,
    *,
    upper: PathModel,
    stage: Stage,
) -> tuple[Estimates, xr.DataArray]:
    """Take the second stage of a model with higher-order constructs, free of error.

    Parameters
    ----------
    first : Estimates
        Of the first stage.
    wider : Moments
        Of the indicators of the whole model, the dimensions' scores among them.
    model, upper : PathModel
        The whole model, and that of the second stage.
    stage : Stage
        The second stage.

    Returns
    -------
    Estimates
        Of the second stage; loadings of dimensions are those of their factors.
    DataArray (..., construct, construct_2)
        Correlations of the constructs of both stages.
    """
    places = [first.model.construct_names.index(name) for name in model.dimensions]
    raw = reliabilities(first)[..., places]
    roots = dict(zip(model.dimensions, np.moveaxis(np.sqrt(only_known(raw)), -1, 0), strict=True))
    seen = _reflective_dimensions(model)
    shown = {name: root for name, root in roots.items() if name in seen}
    made = {name: root for name, root in roots.items() if name not in seen}
    free = _divide(wider, made)
    second = fit_twice(wider, free, upper, stage) if made else stage.of(free, upper)
    scale = [shown.get(item, np.ones(raw.shape[:-1])) for item in upper.indicators]
    loadings = second.loadings / np.stack(scale, axis=-1)
    second = replace(second, loadings=loadings)
    second = judge(second, raw, model.dimensions, stage.settings)
    return second, _all_correlations(second, free, model, shown)


def _reflective_dimensions(model: PathModel) -> set[str]:
    """Dimensions that a construct of higher order shows in, more than one of them."""
    higher = map(model.construct, model.higher_order)
    return {d for c in higher if c.mode == "A" and len(c.items) > 1 for d in c.items}


def reliabilities(estimates: Estimates) -> Array:
    """Return rho_A of reflective constructs and 1 of others, (..., J)."""
    weights = estimates.weights.to_numpy()
    deviations = None
    if not estimates.settings.standardised:
        deviations = np.sqrt(np.einsum("...kk->...k", batch_cov(estimates.moments)))
    return reliabilities_of(weights, Design.of(estimates.model), deviations)


def only_known(reliable: Array) -> Array:
    """Let what has no root pass; it is marked afterwards."""
    return np.where(reliable > 0.0, reliable, 1.0)


def _divide(moments: Moments, roots: dict[str, Array]) -> Moments:
    """Divide the covariances of some indicators, but not their variances, by (...)."""
    cov = batch_cov(moments).copy()
    variance = np.einsum("...kk->...k", cov).copy()
    for name, root in roots.items():
        k = moments.items.index(name)
        cov[..., k, :] /= root[..., None]
        cov[..., :, k] /= root[..., None]
    np.einsum("...kk->...k", cov)[...] = variance
    return with_cov(moments, cov)


def with_cov(moments: Moments, cov: Array) -> Moments:
    """Return the same moments with other covariances, (..., K, K)."""
    ordered = moments.cov.transpose(*moments.batch_dims, "item", "item_2")
    return replace(moments, cov=ordered.copy(data=cov))


def fit_twice(wider: Moments, free: Moments, model: PathModel, stage: Stage) -> Estimates:
    """Take weights from the moments as they are, all else from those free of error."""
    corrected = stage.of(free, model)
    plain = replace(stage, settings=replace(stage.settings, method="pls"))
    found = plain.of(wider, model)
    both = found.converged & corrected.converged
    return replace(
        corrected,
        moments=found.moments,
        weights=found.weights.where(both),
        converged=both,
        iterations=found.iterations + corrected.iterations,
    )


def judge(
    estimates: Estimates, reliable: Array, names: Sequence[str], settings: Settings
) -> Estimates:
    """Mark what the first stage, or loadings of dimensions, break; `reliable` is (..., N)."""
    bad = ~within_bounds(reliable).all(axis=-1) & estimates.converged.to_numpy()
    if bad.ndim == 0 and bad and settings.on_inadmissible == "raise":
        refuse_reliability(reliable, names)
    rootless = ~(reliable > 0.0).all(axis=-1)
    beyond = (np.abs(estimates.loadings.to_numpy()) > 1.0 + SLACK).any(axis=-1)
    violation = estimates.violation.to_numpy().copy()
    violation = np.where((violation == 0) & beyond, Violation.LOADING, violation)
    violation = np.where(bad, Violation.RELIABILITY, violation).astype(np.int8)
    known = estimates.violation.copy(data=~rootless)
    arrays = ("loadings", "paths", "construct_corr", "r_squared")
    kept = {name: getattr(estimates, name).where(known) for name in arrays}
    return replace(estimates, violation=estimates.violation.copy(data=violation), **kept)


@single_threaded
def _all_correlations(
    second: Estimates, free: Moments, model: PathModel, roots: Mapping[str, Array]
) -> xr.DataArray:
    """Correlations of the constructs of both stages; a dimension is its factor.

    The scores of `roots` are not free of error; they are divided by these.
    """
    names, upper = list(model.construct_names), second.model
    spread = _spread_of_both(second, free, model)
    corr = np.swapaxes(spread, -1, -2) @ batch_cov(free) @ spread
    scale = np.sqrt(np.einsum("...jj->...j", corr))
    places = [names.index(name) for name in upper.construct_names]
    scale[..., places] *= np.sqrt(only_known(reliabilities(second)))
    for name, root in roots.items():
        scale[..., names.index(name)] *= root
    corr = corr / scale[..., :, None] / scale[..., None, :]
    one, other = np.ix_(places, places)
    corr[..., one, other] = second.construct_corr.to_numpy()
    for above in model.higher_order:
        for name in model.items_of(above):
            inner, outer = names.index(name), names.index(above)
            loading = second.loadings.sel(item=name).to_numpy()
            corr[..., inner, outer] = corr[..., outer, inner] = loading
    for name in model.dimensions:
        corr[..., names.index(name), names.index(name)] = 1.0
    return label_corr(free, model, corr).where(second.converged)


def _spread_of_both(second: Estimates, free: Moments, model: PathModel) -> Array:
    """Weights of the indicators (..., L, J), a dimension's score as a single one."""
    indicators = list(model.indicators)
    rows = [indicators.index(item) for item in second.model.indicators]
    places = [model.construct_names.index(name) for name in second.model.construct_names]
    unit = per_item_unit(free.select(second.model.indicators), second.weights)
    spread = np.zeros((*unit.shape[:-1], len(indicators), len(model.construct_names)))
    row, place = np.ix_(rows, places)
    spread[..., row, place] = unit[..., None] * second.model.membership
    for name in model.dimensions:
        spread[..., indicators.index(name), model.construct_names.index(name)] = 1.0
    return spread
