r"""Dimensions of higher-order constructs: the models of both stages, and scores as items.

A dimension's score is its 0-100 index

.. math::

   100 \, \frac{v'(x - \min)}{v'(\max - \min)}, \quad v_k = w_k / s_k,

so that it has an answer scale as every item has; with standardised items the
scale of a score changes no estimate. The index of the construct of higher order
is then that of the weights of both stages multiplied.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from csat_models.estimation.moments import Moments
from csat_models.estimation.stages import (
    Scores,
    add_scores,
    per_item_unit,
)
from csat_models.model import Construct, PathModel


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


def embedded_second_stage_model(model: PathModel) -> PathModel:
    r"""Give every construct that has items its score for a single item.

    Examples
    --------
    >>> model = PathModel.parse("H =~ A + B\nA =~ a1 + a2\nB =~ b1\nC =~ c1\nC ~ H")
    >>> embedded_second_stage_model(model).items
    ('A', 'B', 'score of C')
    """
    kept = tuple(
        construct
        if construct.name in model.higher_order
        else Construct(name=construct.name, items=(score_name(construct.name),))
        for construct in model.constructs
        if construct.name not in model.dimensions
    )
    return PathModel(constructs=kept, paths=model.paths)


def score_name(construct: str) -> str:
    """Name the score of a construct, as an item; no column of data is called so."""
    return f"score of {construct}"


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


def construct_scores(
    names: Sequence[str], moments: Moments, weights: xr.DataArray, model: PathModel
) -> Scores:
    """Scores of first-order constructs, as functions of the model's indicators.

    Parameters
    ----------
    names : sequence of str
        N constructs that are measured by items.
    moments : Moments
        Of ``model.indicators``, with any leading dimensions.
    weights : DataArray (..., item)
        Standardised outer weights of at least these constructs' items.
    model : PathModel
        With constructs of higher order.
    """
    used = weights.reindex(item=list(moments.items), fill_value=0.0)
    unit = per_item_unit(moments, used)[..., None]
    belongs = [[item in model.items_of(name) for name in names] for item in moments.items]
    columns = np.where(belongs, unit, 0.0)
    offsets = np.zeros((*columns.shape[:-2], len(names)))
    labels = tuple(score_name(name) for name in names)
    return Scores(names=labels, columns=columns, offsets=offsets, scale=(np.nan, np.nan))
