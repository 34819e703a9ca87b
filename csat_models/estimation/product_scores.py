"""Scores of products of constructs, from the answers of respondents."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from csat_models.estimation.composites import composite_weights
from csat_models.estimation.estimates import Estimates, fit_moments
from csat_models.estimation.products import first_stage_model
from csat_models.estimation.sample import Array
from csat_models.estimation.stages import batch_cov, batch_mean
from csat_models.model import PathModel
from csat_models.model.construct import PRODUCT, PRODUCT_INDICATOR


def answered_items(model: PathModel) -> tuple[str, ...]:
    """Return the items that respondents answer, without products of items (K of them)."""
    return first_stage_model(model).items if model.products else model.items


def deviation_scores(values: Array, mean: Array, spread: Array) -> Array:
    """Sum weights (..., K, J) times answers (n, K) less means (..., K).

    A missing answer counts as the mean; a failed element has no weights and no scores.
    """
    answered = np.isfinite(values)
    filled = np.where(answered, values, 0.0)
    result: Array = filled @ spread - answered.astype(np.float64) @ (mean[..., None] * spread)
    return result


def score_products(result: Array, values: Array, estimates: Estimates) -> None:
    """Put in the standardised scores of products.

    Parameters
    ----------
    result : array (..., n, J)
        Scores, those of products still to be written.
    values : array (n, K)
        Answers.
    estimates : Estimates
        Of one cell.
    """
    interactions = estimates.settings.interactions
    if interactions == "two_stage":
        _multiply_scores(result, values, estimates)
    else:
        _weigh_indicators(result, values, estimates)


def _multiply_scores(result: Array, values: Array, estimates: Estimates) -> None:
    """Multiply the scores of the first stage.

    These have the signs of the second: that of a product hangs on both.
    """
    model, moments = estimates.model, estimates.moments
    lower = first_stage_model(model)
    keep = replace(estimates.settings, on_inadmissible="keep")
    first = fit_moments(moments.select(lower.items), lower, keep)
    spread = composite_weights(first.moments, first.weights, lower, lower.items)
    again = composite_weights(moments, estimates.weights, model, lower.items)
    again = again[..., : len(lower.constructs)]
    signs = np.sign(np.einsum("...kj,...kl,...lj->...j", spread, batch_cov(first.moments), again))
    factors = deviation_scores(values, batch_mean(first.moments), spread) * signs[..., None, :]
    mean, cov = batch_mean(moments), batch_cov(moments)
    for name in model.products:
        k = model.indicators.index(name)
        one, other = (lower.construct_names.index(factor) for factor in name.split(PRODUCT))
        product = factors[..., one] * factors[..., other] - mean[..., k, None]
        deviation = np.sqrt(cov[..., k, k])[..., None]
        result[..., model.construct_names.index(name)] = product / deviation


def _weigh_indicators(result: Array, values: Array, estimates: Estimates) -> None:
    """Weigh the products of items; what the sample's means and regressions explain is left out."""
    model, moments = estimates.model, estimates.moments
    items, indicators = answered_items(model), model.indicators
    own = moments.select(items)
    mean, cov = batch_mean(own), batch_cov(own)
    deviation = np.sqrt(np.einsum("...kk->...k", cov))
    scale = deviation if estimates.settings.standardised else np.ones_like(deviation)
    deviations = np.where(np.isfinite(values), values - mean[..., None, :], 0.0)
    centred = deviations / scale[..., None, :]
    sizes = np.sqrt(np.einsum("...kk->...k", batch_cov(moments)))
    weights = estimates.weights.transpose(*moments.batch_dims, "item").to_numpy() / sizes
    n_obs = moments.n_obs.to_numpy()
    biased = (1.0 - 1.0 / n_obs)[..., None, None] * cov / _outer(scale)
    for name in model.products:
        total = np.zeros(result.shape[:-1])
        for label in model.items_of(name):
            i, j = (items.index(item) for item in label.split(PRODUCT_INDICATOR))
            weight = weights[..., indicators.index(label), None]
            product = centred[..., i] * centred[..., j] - biased[..., i, j, None]
            total += weight * product
            if estimates.product_regression is not None:
                own_slopes = estimates.product_regression.sel(indicator=label, item=list(items))
                slopes = own_slopes.transpose(*moments.batch_dims, "item").to_numpy()
                total -= weight * np.einsum("...nk,...k->...n", deviations, slopes)
        result[..., model.construct_names.index(name)] = total


def _outer(scale: Array) -> Array:
    found: Array = scale[..., :, None] * scale[..., None, :]
    return found
