r"""Products of constructs freed of the measurement errors of their scores.

A score of the first stage is :math:`s = q \xi + e`, see
:mod:`~csat_models.estimation.consistent_stages`. The product of two constructs'
scores has

.. math::

   E[s_a s_b x] = q_a q_b E[\xi_a \xi_b x], \quad
   E[s_a s_b s_c s_d] = q_a q_b q_c q_d E[\xi_a \xi_b \xi_c \xi_d] + \text{terms of errors},

where the terms of errors run over the pairs of equal constructs among a, b, c,
d: :math:`\theta_a q_c q_d E[\xi_c \xi_d]` for each, with
:math:`\theta_a = 1 - q_a^2`, and :math:`\theta_a \theta_c` for two pairs at a
time. For a square the error is taken to be symmetric, and normal in its fourth
moment.

References
----------
Dijkstra and Schermelleh-Engel (2014), Consistent partial least squares for
nonlinear structural equation models, Psychometrika 79, 585-604.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from csat_models.estimation.consistent_stages import (
    fit_twice,
    judge,
    only_known,
    reliabilities,
    with_cov,
)
from csat_models.estimation.moments import Moments
from csat_models.estimation.result import Estimates
from csat_models.estimation.sample import Array
from csat_models.estimation.stages import (
    Stage,
    batch_cov,
    batch_mean,
    score_corr,
)
from csat_models.model import PathModel
from csat_models.model.construct import PRODUCT


def fit_products_consistent(
    first: Estimates, wider: Moments, model: PathModel, stage: Stage
) -> Estimates:
    """Take the second stage of a model with products of constructs, free of error.

    Parameters
    ----------
    first : Estimates
        Of the first stage.
    wider : Moments
        Of the indicators of the whole model, products of scores among them.
    model : PathModel
        The whole model.
    stage : Stage

    Returns
    -------
    Estimates
    """
    names, raw = first.model.construct_names, reliabilities(first)
    second = fit_twice(wider, free_of_error(first, wider, model), model, stage)
    factors = {factor for name in model.products for factor in name.split(PRODUCT)}
    used = [j for j, name in enumerate(names) if name in factors]
    return judge(second, raw[..., used], [names[j] for j in used], stage.settings)


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
    return free_products(wider, factors, only_known(reliabilities(first)), corr)


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
    return with_cov(moments, cov)


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
