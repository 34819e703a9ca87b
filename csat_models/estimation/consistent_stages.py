r"""Measurement error carried through two stages of consistent PLS.

A score of the first stage is :math:`s = q \xi + e`, with :math:`q^2` its
reliability rho_A and an error that is independent of everything else. So the
covariance of a score with anything but the items it is made of is that of its
factor, times q; the product of two constructs' scores has

.. math::

   E[s_a s_b x] = q_a q_b E[\xi_a \xi_b x], \quad
   E[s_a s_b s_c s_d] = q_a q_b q_c q_d E[\xi_a \xi_b \xi_c \xi_d] + \text{terms of errors},

where the terms of errors run over the pairs of equal constructs among a, b, c,
d: :math:`\theta_a q_c q_d E[\xi_c \xi_d]` for each, with
:math:`\theta_a = 1 - q_a^2`, and :math:`\theta_a \theta_c` for two pairs at a
time. For a square the error is taken to be symmetric, and normal in its fourth
moment. Moments freed of error in this way are the input of the second stage.

References
----------
Dijkstra and Schermelleh-Engel (2014), Consistent partial least squares for
nonlinear structural equation models, Psychometrika 79, 585-604; van Riel,
Henseler, Kemeny and Sasovova (2017), Estimating hierarchical constructs using
consistent partial least squares, Industrial Management & Data Systems 117,
459-477.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

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
    Fit,
    batch_cov,
    batch_mean,
    label_corr,
    per_item_unit,
    score_corr,
)
from csat_models.estimation.threads import single_threaded
from csat_models.model import PathModel
from csat_models.model.construct import PRODUCT


def fit_consistent(
    first: Estimates,
    wider: Moments,
    model: PathModel,
    *,
    upper: PathModel,
    settings: Settings,
    orientation: Estimates | None,
    fit: Fit,
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
    settings, orientation, fit
        As in :func:`~csat_models.estimation.higher_order.fit_two_stage`.

    Returns
    -------
    Estimates
        Of the second stage; loadings of dimensions are those of their factors.
    DataArray (..., construct, construct_2)
        Correlations of the constructs of both stages.
    """
    places = [first.model.construct_names.index(name) for name in model.dimensions]
    raw = reliabilities(first)[..., places]
    roots = dict(zip(model.dimensions, np.moveaxis(np.sqrt(_only_known(raw)), -1, 0), strict=True))
    seen = _reflective_dimensions(model)
    shown = {name: root for name, root in roots.items() if name in seen}
    made = {name: root for name, root in roots.items() if name not in seen}
    free = _divide(wider, made)
    second = _fit_twice(
        wider,
        free,
        upper,
        settings=settings,
        orientation=orientation,
        fit=fit,
        twice=bool(made),
    )
    scale = [shown.get(item, np.ones(raw.shape[:-1])) for item in upper.indicators]
    loadings = second.loadings / np.stack(scale, axis=-1)
    second = replace(second, loadings=loadings)
    second = _judge(second, raw, model.dimensions, settings)
    return second, _all_correlations(second, free, model, shown)


def _reflective_dimensions(model: PathModel) -> set[str]:
    """Dimensions that a construct of higher order shows in, more than one of them."""
    higher = map(model.construct, model.higher_order)
    return {d for c in higher if c.mode == "A" and len(c.items) > 1 for d in c.items}


def fit_products_consistent(
    first: Estimates,
    wider: Moments,
    model: PathModel,
    *,
    settings: Settings,
    orientation: Estimates | None,
    fit: Fit,
) -> Estimates:
    """Take the second stage of a model with products of constructs, free of error.

    Parameters
    ----------
    first, wider, model, settings, orientation, fit
        As in :func:`fit_consistent`; products of scores are among the moments.

    Returns
    -------
    Estimates
    """
    names, raw = first.model.construct_names, reliabilities(first)
    free = free_of_error(first, wider, model)
    second = _fit_twice(
        wider,
        free,
        model,
        settings=settings,
        orientation=orientation,
        fit=fit,
        twice=True,
    )
    factors = {factor for name in model.products for factor in name.split(PRODUCT)}
    used = [j for j, name in enumerate(names) if name in factors]
    return _judge(second, raw[..., used], [names[j] for j in used], settings)


def free_of_error(first: Estimates, wider: Moments, model: PathModel) -> Moments:
    """Free the products of the scores of a first stage from the errors of these scores.

    Parameters
    ----------
    first : Estimates
        Of the first stage.
    wider : Moments
        Of the indicators of the whole model, products of scores among them.
    model : PathModel
        The whole model.

    Returns
    -------
    Moments
        As given, but for the covariances of products; where a score has no
        reliability, as if it had no error.
    """
    names = first.model.construct_names
    pairs = {name: name.split(PRODUCT) for name in model.products}
    factors = {name: (names.index(a), names.index(b)) for name, (a, b) in pairs.items()}
    corr = score_corr(first.moments, first.weights, first.model).to_numpy()
    return free_products(wider, factors, _only_known(reliabilities(first)), corr)


def reliabilities(estimates: Estimates) -> Array:
    """Return rho_A of reflective constructs and 1 of others, (..., J)."""
    weights = estimates.weights.to_numpy()
    deviations = None
    if not estimates.settings.standardised:
        deviations = np.sqrt(np.einsum("...kk->...k", batch_cov(estimates.moments)))
    return reliabilities_of(weights, Design.of(estimates.model), deviations)


def _only_known(reliable: Array) -> Array:
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
    return _with_cov(moments, cov)


def _with_cov(moments: Moments, cov: Array) -> Moments:
    ordered = moments.cov.transpose(*moments.batch_dims, "item", "item_2")
    return replace(moments, cov=ordered.copy(data=cov))


def _fit_twice(
    wider: Moments,
    free: Moments,
    model: PathModel,
    *,
    settings: Settings,
    orientation: Estimates | None,
    fit: Fit,
    twice: bool,
) -> Estimates:
    """Weights from the moments as they are, all else from those free of error."""
    corrected = fit(free.select(model.indicators), model, settings, orientation)
    if not twice:
        return corrected
    plain = replace(settings, method="pls")
    found = fit(wider.select(model.indicators), model, plain, orientation)
    both = found.converged & corrected.converged
    return replace(
        corrected,
        moments=found.moments,
        weights=found.weights.where(both),
        converged=both,
        iterations=found.iterations + corrected.iterations,
    )


def _judge(
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
    scale[..., places] *= np.sqrt(_only_known(reliabilities(second)))
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


def free_products(
    moments: Moments, factors: Mapping[str, tuple[int, int]], reliable: Array, corr: Array
) -> Moments:
    """Free the moments of products of scores from the errors of the scores.

    Parameters
    ----------
    moments : Moments
        Of items and products of standardised scores, with any leading
        dimensions.
    factors : mapping of str to (int, int)
        The two constructs of each product, numbers among the J.
    reliable : array (..., J)
        Reliabilities of the scores.
    corr : array (..., J, J)
        Correlations of the scores.

    Returns
    -------
    Moments
        With means of products as they are.
    """
    cov, mean = batch_cov(moments).copy(), batch_mean(moments)
    rows = {name: moments.items.index(name) for name in factors}
    root = np.sqrt(reliable)
    scale = {name: root[..., a] * root[..., b] for name, (a, b) in factors.items()}
    fourth = {
        (one, other): cov[..., i, j] + mean[..., i] * mean[..., j]
        for one, i in rows.items()
        for other, j in rows.items()
    }
    for name, row in rows.items():
        cov[..., row, :] /= scale[name][..., None]
        cov[..., :, row] /= scale[name][..., None]
    for (one, other), value in fourth.items():
        errors = _error_terms((*factors[one], *factors[other]), 1.0 - reliable, corr)
        level = (value - errors) / (scale[one] * scale[other])
        means = [_factor_mean(factors[name], reliable, corr) for name in (one, other)]
        cov[..., rows[one], rows[other]] = level - means[0] * means[1]
    return _with_cov(moments, cov)


def _error_terms(constructs: Sequence[int], errors: Array, corr: Array) -> Array:
    """Return what the errors of four scores add to the mean of their product, (...)."""
    total = np.zeros(corr.shape[:-2])
    for i, j in combinations(range(4), 2):
        if constructs[i] != constructs[j]:
            continue
        k, m = (constructs[p] for p in range(4) if p not in (i, j))
        error = errors[..., constructs[i]]
        total += error * (corr[..., k, m] - (k == m) * errors[..., k])
        # Each way to make two pairs is met twice, once from either pair.
        total += 0.5 * (k == m) * error * errors[..., k]
    return total


def _factor_mean(pair: tuple[int, int], reliable: Array, corr: Array) -> Array:
    """Mean of the product of two factors, (...): their correlation."""
    a, b = pair
    if a == b:
        return np.ones(corr.shape[:-2])
    found: Array = corr[..., a, b] / np.sqrt(reliable[..., a] * reliable[..., b])
    return found
