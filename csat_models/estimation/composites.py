"""Weights of the items in the scores of all constructs, through both stages."""

from __future__ import annotations

import numpy as np
import xarray as xr

from csat_models.errors import ModelError
from csat_models.estimation.moments import Moments
from csat_models.estimation.result import Estimates
from csat_models.estimation.sample import Array
from csat_models.estimation.stages import per_item_unit
from csat_models.model import PathModel
from csat_models.model.construct import column_of


def item_weights(estimates: Estimates) -> xr.DataArray:
    r"""Weights of the items, on their own scale, in the scores of all constructs.

    Through the dimensions, the items of which carry the product of both
    stages' weights, a construct of higher order is a composite of items as
    well: its score, of variance 1, is :math:`\sum_k v_{kj} (x_k - m_k)`, and
    its index :math:`100 \, v_j'(x - \min) / v_j'(\max - \min)`, for persons,
    groups or years other than those that were fitted too. An item used twice
    has the sum of its weights in each construct.

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

    Examples
    --------
    >>> from csat_models import fit
    >>> model = PathModel.parse("S =~ S1\nL =~ L1\nL ~ S")
    >>> moments = Moments.from_table(
    ...     items=model.items, mean=[5, 5], cov=[[4.0, 1.0], [1.0, 1.0]], n_obs=99)
    >>> item_weights(fit(moments, model)).values.tolist()
    [[0.5, 0.0], [0.0, 1.0]]
    """
    model, moments = estimates.model, estimates.moments
    if model.products:
        raise ModelError(
            f"the score of the product '{model.products[0]}' is no weighted sum of items; "
            "multiply the scores of its constructs",
            construct=model.products[0],
        )
    coords = {
        dim: moments.cov[dim].values for dim in moments.batch_dims if dim in moments.cov.coords
    }
    return xr.DataArray(
        composite_weights(moments, estimates.weights, model, model.items),
        coords=coords | {"item": list(model.items), "construct": list(model.construct_names)},
        dims=[*moments.batch_dims, "item", "construct"],
    )


def composite_weights(
    moments: Moments, weights: xr.DataArray, model: PathModel, items: tuple[str, ...]
) -> Array:
    """Array form of :func:`item_weights`.

    Parameters
    ----------
    moments : Moments
        Of the model's indicators.
    weights : DataArray (..., item)
        Standardised outer weights of the indicators.
    model : PathModel
    items : tuple of str
        Items that are answered, K of them.

    Returns
    -------
    array (..., K, J)
        A product of constructs is no sum of answers; it is missing.
    """
    names, indicators = list(model.construct_names), list(model.indicators)
    unit = per_item_unit(moments, weights)[..., None] * model.membership
    standardised = weights.transpose(*moments.batch_dims, "item").to_numpy()
    spread = np.zeros((*unit.shape[:-2], len(items), len(names)))
    position = {item: k for k, item in enumerate(items)}
    for row, label in enumerate(indicators):
        if column_of(label) in position:
            spread[..., position[column_of(label)], :] += unit[..., row, :]
    span = (moments.scale_max - moments.scale_min).to_numpy()
    for name in model.higher_order:
        for inner in model.items_of(name):
            j, row = names.index(inner), indicators.index(inner)
            # A dimension's score is an index, which rises with its composite or falls.
            rising = np.nan_to_num(unit[..., j]) @ _known(span)
            above = standardised[..., row] * np.where(rising < 0, -1.0, 1.0)
            spread[..., names.index(name)] += spread[..., j] * above[..., None]
    for name in model.products:
        spread[..., names.index(name)] = np.nan
    return spread


def _known(span: Array) -> Array:
    return np.where(np.isfinite(span), span, 0.0)
