r"""Standardised estimates of a covariance structure, for any number of samples at once.

What a covariance-based model says in the terms in which PLS says it: loadings,
path coefficients, construct correlations, shares of variance, and weights. The
weights of a construct are those of the regression of the factor on its own
items, :math:`w_j \propto \Sigma_{jj}^{-1} \lambda_j`, scaled to a score of
variance 1, so that a 0-100 index can be made of them.

References
----------
Thomson (1951), The Factorial Analysis of Human Ability, for regression weights;
Heywood (1931), On finite sequences of real numbers, Proc. Royal Society A 134,
486-501, for improper solutions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from csat_models.estimation.consistent import SLACK, Violation, smallest_eigenvalues
from csat_models.estimation.covariance.implied import Matrices, fill_matrices
from csat_models.estimation.covariance.parameters import ParameterTable
from csat_models.estimation.covariance.scoring import Maximum
from csat_models.estimation.dimensions import add_dimensions
from csat_models.estimation.moments import Moments
from csat_models.estimation.pls import Weighting
from csat_models.estimation.sample import Array
from csat_models.estimation.stages import batch_cov
from csat_models.model import PathModel

if TYPE_CHECKING:
    from csat_models.estimation.result import Estimates


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Factors:
    """Standardised estimates of B samples.

    Attributes
    ----------
    moments : Moments
        Of the model's indicators, with the scores of dimensions.
    weighting : Weighting
        Weights and loadings (B, L), construct correlations (B, J, J).
    paths : array (B, J, J)
        From source (first) to target.
    r_squared : array (B, J)
    violation : array (B,) of int8
        Values of :class:`~csat_models.estimation.consistent.Violation`.
    signs : array (B, J)
        -1 where a construct was turned.
    """

    moments: Moments
    weighting: Weighting
    paths: Array
    r_squared: Array
    violation: NDArray[np.int8]
    signs: Array


def describe_factors(
    moments: Moments,
    model: PathModel,
    table: ParameterTable,
    found: Maximum,
    orientation: Estimates | None = None,
) -> Factors:
    """Standardise the maximum of the likelihood of B samples, and give factors their signs.

    Parameters
    ----------
    moments : Moments
        Of the model's items, with B samples in all.
    model : PathModel
    table : ParameterTable
        Of one group.
    found : Maximum
    orientation : Estimates, optional
        A point estimate; without it the loadings of a construct have a
        positive sum.
    """
    matrices = fill_matrices(table, table.expand(found.theta)[:, 0])
    standard = _standardise(matrices, model)
    lower = _weigh_items(standard, moments, model, orientation)
    signs, weights, wider = _weigh_dimensions(standard, lower, moments, model, orientation)
    turn = signs[:, :, None] * signs[:, None, :]
    return Factors(
        moments=wider,
        weighting=Weighting(
            weights=weights,
            loadings=standard.loadings * _indicator_signs(signs, model),
            construct_corr=standard.construct_corr * turn,
            converged=found.converged,
            iterations=found.iterations,
        ),
        paths=standard.paths * turn,
        r_squared=standard.r_squared,
        violation=np.where(found.converged, standard.violation, 0).astype(np.int8),
        signs=signs,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Standard:
    """Standardised parameters before signs; `item_corr` (B, K, K) is the implied one."""

    loadings: Array
    construct_corr: Array
    paths: Array
    r_squared: Array
    violation: NDArray[np.int8]
    item_corr: Array


def _standardise(matrices: Matrices, model: PathModel) -> _Standard:
    total = matrices.total
    construct_cov = total @ matrices.construct_cov @ np.swapaxes(total, -1, -2)
    shared = matrices.loading @ construct_cov
    item_cov = shared @ np.swapaxes(matrices.loading, -1, -2) + matrices.residual_cov
    spread, item_spread = _deviations(construct_cov), _deviations(item_cov)
    corr = construct_cov / spread[:, :, None] / spread[:, None, :]
    with_items = shared / item_spread[:, :, None] / spread[:, None, :]
    slopes = np.swapaxes(matrices.path, -1, -2) * model.adjacency
    variance = np.diagonal(construct_cov, axis1=-2, axis2=-1)
    unexplained = np.diagonal(matrices.construct_cov, axis1=-2, axis2=-1) / variance
    explained = np.isin(model.construct_names, model.endogenous)
    standard = _Standard(
        loadings=_indicator_loadings(with_items, corr, model),
        construct_corr=corr,
        paths=slopes * spread[:, :, None] / spread[:, None, :],
        r_squared=np.where(explained, 1.0 - unexplained, np.nan),
        violation=np.zeros(len(corr), dtype=np.int8),
        item_corr=item_cov / item_spread[:, :, None] / item_spread[:, None, :],
    )
    return replace(standard, violation=_violations(standard, construct_cov))


def _deviations(cov: Array) -> Array:
    variance = np.diagonal(cov, axis1=-2, axis2=-1)
    return np.sqrt(np.where(variance > 0, variance, np.nan))


def _indicator_loadings(with_items: Array, corr: Array, model: PathModel) -> Array:
    """Correlation of each indicator, an item or a dimension, with its construct, (B, L)."""
    names, items = model.construct_names, model.items
    columns = [
        corr[:, names.index(indicator), j]
        if indicator in names
        else with_items[:, items.index(indicator), j]
        for j, construct in enumerate(model.constructs)
        for indicator in construct.items
    ]
    return np.stack(columns, axis=-1)


def _violations(standard: _Standard, construct_cov: Array) -> NDArray[np.int8]:
    broken = np.zeros(len(construct_cov), dtype=np.int8)
    negative = (np.diagonal(construct_cov, axis1=-2, axis2=-1) <= 0).any(axis=-1)
    singular = smallest_eigenvalues(standard.construct_corr) < SLACK
    rules = {
        Violation.CONSTRUCT_CORR: negative | singular,
        Violation.R_SQUARED: (standard.r_squared > 1.0 + SLACK).any(axis=-1),
        Violation.LOADING: (np.abs(standard.loadings) > 1.0 + SLACK).any(axis=-1),
    }
    for violation, found in rules.items():
        broken[found] = violation
    return broken


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Weighed:
    """Weights (B, L) and signs (B, J), 0 and 1 where not known yet."""

    weights: Array
    signs: Array


def _weigh_items(
    standard: _Standard, moments: Moments, model: PathModel, orientation: Estimates | None
) -> _Weighed:
    """Weigh the items of every construct that is measured by items."""
    observed = _correlations(moments.select(model.items))
    weights = np.zeros_like(standard.loadings)
    signs = np.ones((len(weights), len(model.constructs)))
    for j, construct in enumerate(model.constructs):
        if construct.name in model.higher_order:
            continue
        own = [model.indicators.index(item) for item in construct.items]
        rows = [model.items.index(item) for item in construct.items]
        block = np.ix_(range(len(weights)), rows, rows)
        found = _regression(standard.item_corr[block], standard.loadings[:, own], observed[block])
        signs[:, j] = _sign(found, standard.loadings[:, own], observed[block], own, orientation)
        weights[:, own] = found * signs[:, j, None]
    return _Weighed(weights=weights, signs=signs)


def _weigh_dimensions(
    standard: _Standard,
    lower: _Weighed,
    moments: Moments,
    model: PathModel,
    orientation: Estimates | None,
) -> tuple[Array, Array, Moments]:
    """Weigh the scores of dimensions; return signs, weights, and moments with the scores."""
    if not model.higher_order:
        return lower.signs, lower.weights, moments.select(model.items)
    wider = add_dimensions(moments, _label_items(lower.weights, moments, model), model)
    observed = _correlations(wider)
    weights, signs = lower.weights.copy(), lower.signs.copy()
    for name in model.higher_order:
        j, inner = model.construct_names.index(name), model.items_of(name)
        places = [model.construct_names.index(other) for other in inner]
        own = [model.indicators.index(other) for other in inner]
        batch = range(len(weights))
        turned = standard.loadings[:, own] * signs[:, places]
        corr = standard.construct_corr[np.ix_(batch, places, places)]
        corr = corr * signs[:, places, None] * signs[:, None, places]
        block = observed[np.ix_(batch, own, own)]
        found = _regression(corr, turned, block)
        signs[:, j] = _sign(found, turned, block, own, orientation)
        weights[:, own] = found * signs[:, j, None]
    return signs, weights, wider


def _regression(implied: Array, loadings: Array, observed: Array) -> Array:
    """Regression weights of a factor on its indicators, for a score of variance 1."""
    known = np.isfinite(implied).all(axis=(1, 2))
    usable = known & (np.abs(np.linalg.det(np.nan_to_num(implied))) > 0)
    eye = np.eye(implied.shape[-1])
    weights = np.linalg.solve(np.where(usable[:, None, None], implied, eye), loadings[:, :, None])
    weights = np.where(usable[:, None], weights[:, :, 0], np.nan)
    variance = np.einsum("bk,bkl,bl->b", weights, observed, weights)
    return weights / np.sqrt(np.where(variance > 0, variance, np.nan))[:, None]


def _sign(
    weights: Array,
    loadings: Array,
    observed: Array,
    own: list[int],
    orientation: Estimates | None,
) -> Array:
    if orientation is None:
        agreement = loadings.sum(axis=-1)
    else:
        reference = orientation.weights.to_numpy()[..., own]
        agreement = np.einsum("bk,bkl,l->b", weights, observed, reference)
    return np.where(agreement < 0, -1.0, 1.0)


def _indicator_signs(signs: Array, model: PathModel) -> Array:
    """Sign of each loading, (B, L): its construct's, and its own if it is a dimension."""
    names = model.construct_names
    columns = [
        signs[:, j] * (signs[:, names.index(indicator)] if indicator in names else 1.0)
        for j, construct in enumerate(model.constructs)
        for indicator in construct.items
    ]
    return np.stack(columns, axis=-1)


def _correlations(moments: Moments) -> Array:
    cov = batch_cov(moments)
    cov = cov.reshape(-1, *cov.shape[-2:])
    spread = _deviations(cov)
    return cov / spread[:, :, None] / spread[:, None, :]


def _label_items(weights: Array, moments: Moments, model: PathModel) -> xr.DataArray:
    places = [model.indicators.index(item) for item in model.items]
    batch = moments.batch_dims
    coords = {dim: moments.cov[dim].values for dim in batch if dim in moments.cov.coords}
    shape = tuple(moments.cov.sizes[dim] for dim in batch)
    return xr.DataArray(
        weights[:, places].reshape(*shape, len(places)),
        coords=coords | {"item": list(model.items)},
        dims=[*batch, "item"],
    )
