r"""Higher-order constructs by two stages, on moments.

A construct measured by constructs is estimated by the disjoint two-stage
approach. In the first stage its dimensions stand in its place in the paths. In
the second, the dimensions' scores are its items, and the dimensions leave the
paths. A dimension's score is its 0-100 index

.. math::

   100 \, \frac{v'(x - \min)}{v'(\max - \min)}, \quad v_k = w_k / s_k,

so that it has an answer scale as every item has; with standardised items the
scale of a score changes no estimate. The index of the construct of higher order
is then that of the weights of both stages multiplied.

The estimates hold both stages: an item of a dimension has its weight and
loading of the first stage; a dimension, as an item under its construct's name,
those of the second, like every other item. Dimensions have no paths and no
share of variance explained; their correlations are those of their scores.

Conventions. Constructs that are no dimensions keep their items in the second
stage, where they are weighted anew, as in seminr. cSEM takes their scores of
the first stage, and lets all constructs be neighbours there (Quality ->
Satisfaction of .7213 for .7237 in Mode B on the mobile survey).

References
----------
Agarwal and Karahanna (2000), Time flies when you're having fun, MIS Quarterly
24, 665-694; Sarstedt, Hair, Cheah, Becker and Ringle (2019), How to specify,
estimate, and validate higher-order constructs in PLS-SEM, Australasian
Marketing Journal 27, 197-211.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from csat_models.errors import ModelError
from csat_models.estimation.moments import Moments
from csat_models.estimation.settings import Settings
from csat_models.estimation.stages import (
    Fit,
    Scores,
    add_scores,
    batch_cov,
    oriented_as,
    per_item_unit,
    require_composites,
)
from csat_models.estimation.threads import single_threaded
from csat_models.model import PathModel

if TYPE_CHECKING:
    from csat_models.estimation.estimates import Estimates


def first_stage_model(model: PathModel) -> PathModel:
    r"""Put the dimensions in the place of their higher-order constructs.

    Parameters
    ----------
    model : PathModel
        With constructs of higher order.

    Returns
    -------
    PathModel
        Without them; each of their paths is one path for every dimension.
        Fitted to ``estimates.moments``, it gives the first stage of `estimates`.

    Examples
    --------
    >>> model = PathModel.parse("H =~ A + B\nA =~ a1 + a2\nB =~ b1\nC =~ c1\nC ~ H")
    >>> first_stage_model(model).paths
    (('A', 'C'), ('B', 'C'))
    """
    stands_for = {name: model.items_of(name) for name in model.higher_order}
    paths = tuple(
        (before, after)
        for source, target in model.paths
        for before in stands_for.get(source, (source,))
        for after in stands_for.get(target, (target,))
    )
    lower = tuple(c for c in model.constructs if c.name not in stands_for)
    return PathModel(constructs=lower, paths=paths)


def second_stage_model(model: PathModel) -> PathModel:
    r"""Leave the dimensions out; their names are items of the second stage.

    Examples
    --------
    >>> model = PathModel.parse("H =~ A + B\nA =~ a1 + a2\nB =~ b1\nC =~ c1\nC ~ H")
    >>> second_stage_model(model).items
    ('A', 'B', 'c1')
    """
    kept = tuple(c for c in model.constructs if c.name not in model.dimensions)
    return PathModel(constructs=kept, paths=model.paths)


def add_dimensions(moments: Moments, weights: xr.DataArray, model: PathModel) -> Moments:
    r"""Add the dimensions' scores to the moments of the items.

    Parameters
    ----------
    moments : Moments
        Of at least the model's items, with any leading dimensions.
    weights : DataArray (..., item)
        Standardised outer weights of at least the dimensions' items, with the
        same leading dimensions.
    model : PathModel
        With constructs of higher order.

    Returns
    -------
    Moments
        Of ``model.indicators``; a dimension's score is its 0-100 index.

    Examples
    --------
    >>> model = PathModel.parse("H =~ A + B\nA =~ a1 + a2\nB =~ b1\nC =~ c1\nC ~ H")
    >>> moments = Moments.from_table(
    ...     items=model.items, mean=[5.5, 5.5, 10, 1], cov=np.eye(4), n_obs=99)
    >>> weights = xr.DataArray([0.6, 0.8, 1, 1], coords={"item": list(model.items)}, dims="item")
    >>> add_dimensions(moments, weights, model).mean.sel(item=["A", "B"]).values.tolist()
    [50.0, 100.0]
    """
    moments = moments.select(model.items)
    owner = {item: d for d in model.dimensions for item in model.items_of(d)}
    belongs = np.array([[owner.get(k) == d for d in model.dimensions] for k in moments.items])
    used = weights.reindex(item=list(moments.items), fill_value=0.0)
    columns = np.where(belongs, per_item_unit(moments, used)[..., None], 0.0)
    low, high = moments.scale_min.to_numpy(), moments.scale_max.to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        columns = 100.0 * columns / ((high - low) @ columns)[..., None, :]
    scores = Scores(
        names=model.dimensions, columns=columns, offsets=-(low @ columns), scale=(0.0, 100.0)
    )
    return add_scores(moments, scores).select(model.indicators)


def fit_two_stage(
    moments: Moments,
    model: PathModel,
    settings: Settings,
    orientation: Estimates | None,
    fit: Fit,
) -> Estimates:
    """Estimate a model with higher-order constructs.

    Parameters
    ----------
    moments : Moments
        Of at least the model's items, with any leading dimensions.
    model, settings, orientation
        As in :func:`~csat_models.estimation.estimates.fit_moments`.
    fit : callable
        What estimates one stage.

    Returns
    -------
    Estimates
        ``iterations`` are those of both stages.

    Raises
    ------
    ModelError
        ``method="plsc"``.
    """
    require_composites(settings, f"the higher-order construct '{model.higher_order[0]}'")
    lower, upper = first_stage_model(model), second_stage_model(model)
    first = fit(moments.select(lower.items), lower, settings, oriented_as(orientation, lower))
    wider = add_dimensions(moments, first.weights, model)
    second = fit(wider.select(upper.items), upper, settings, oriented_as(orientation, upper))
    return _join(first, second, replace(second, model=model, moments=wider))


def _join(first: Estimates, second: Estimates, whole: Estimates) -> Estimates:
    """Put both stages together; `whole` has the model and the moments of the result."""
    model, converged = whole.model, second.converged
    names, dimensions = list(model.construct_names), list(model.dimensions)
    inner = [item for name in dimensions for item in model.items_of(name)]

    def by_item(before: xr.DataArray, after: xr.DataArray) -> xr.DataArray:
        joint = xr.concat([before.sel(item=inner), after], dim="item")
        joint = joint.sel(item=list(model.indicators)).transpose(..., "item")
        return joint.where(converged)

    flipped = xr.concat([first.flipped.sel(construct=dimensions), second.flipped], dim="construct")
    weights = by_item(first.weights, second.weights)
    paths = second.paths.reindex(source=names, target=names, fill_value=0.0)
    return replace(
        whole,
        weights=weights,
        loadings=by_item(first.loadings, second.loadings),
        paths=paths.where(converged),
        construct_corr=_construct_corr(whole.moments, weights, model),
        r_squared=second.r_squared.reindex(construct=names),
        iterations=first.iterations + second.iterations,
        flipped=flipped.sel(construct=names).transpose(..., "construct"),
    )


@single_threaded
def _construct_corr(moments: Moments, weights: xr.DataArray, model: PathModel) -> xr.DataArray:
    """Correlations of all scores, (..., construct, construct_2)."""
    spread = per_item_unit(moments, weights)[..., None] * model.membership
    corr = np.swapaxes(spread, -1, -2) @ batch_cov(moments) @ spread
    names = list(model.construct_names)
    batch = moments.batch_dims
    coords = {dim: moments.cov[dim].values for dim in batch if dim in moments.cov.coords}
    return xr.DataArray(
        corr,
        coords=coords | {"construct": names, "construct_2": names},
        dims=[*batch, "construct", "construct_2"],
    )


def item_weights(estimates: Estimates) -> xr.DataArray:
    r"""Weights of the items, on their own scale, in the scores of all constructs.

    Through the dimensions, the items of which carry the product of both
    stages' weights, a construct of higher order is a composite of items as
    well: its score, of variance 1, is :math:`\sum_k v_{kj} (x_k - m_k)`, and
    its index :math:`100 \, v_j'(x - \min) / v_j'(\max - \min)`, for persons,
    groups or years other than those that were fitted too.

    Parameters
    ----------
    estimates : Estimates
        Of a model with constructs of higher order, or without.

    Returns
    -------
    DataArray (..., item, construct)
        Of ``model.items``; 0 where an item is no part of a construct.

    Raises
    ------
    ModelError
        The model has products, whose scores are not linear in the items.
    """
    model, moments = estimates.model, estimates.moments
    if model.products:
        raise ModelError(
            f"the score of the product '{model.products[0]}' is no weighted sum of items; "
            "multiply the scores of its constructs",
            construct=model.products[0],
        )
    position = {name: k for k, name in enumerate(model.indicators)}
    unit = per_item_unit(moments, estimates.weights)[..., None] * model.membership
    for name in model.dimensions:
        j, rows = model.construct_names.index(name), [position[k] for k in model.items_of(name)]
        span = (moments.scale_max - moments.scale_min).to_numpy()
        with np.errstate(invalid="ignore", divide="ignore"):
            own = 100.0 * unit[..., j] / (unit[..., j] @ span)[..., None]
        above = unit[..., position[name], None, :].copy()
        unit[..., rows, :] += own[..., rows, None] * above
    items = [position[item] for item in model.items]
    coords = {
        dim: moments.cov[dim].values for dim in moments.batch_dims if dim in moments.cov.coords
    }
    return xr.DataArray(
        unit[..., items, :],
        coords=coords | {"item": list(model.items), "construct": list(model.construct_names)},
        dims=[*moments.batch_dims, "item", "construct"],
    )
