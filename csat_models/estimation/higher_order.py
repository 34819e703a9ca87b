r"""Higher-order constructs by two stages, on moments.

A construct measured by constructs is estimated in one of three ways, chosen by
``higher_order=``. By the disjoint two-stage approach (``"two_stage"``), its
dimensions stand in its place in the paths of a first stage. In the second,
the dimensions' scores are its items, the dimensions leave the paths, and other
constructs keep their items, which are weighted anew. By the embedded
two-stage approach (``"embedded_two_stage"``), the first stage is the model by
repeated indicators, and in the second all other constructs, too, have their
scores of the first for a single item. The third way has one stage, see
:mod:`~csat_models.estimation.repeated`. A dimension's score is its 0-100 index

.. math::

   100 \, \frac{v'(x - \min)}{v'(\max - \min)}, \quad v_k = w_k / s_k,

so that it has an answer scale as every item has; with standardised items the
scale of a score changes no estimate. The index of the construct of higher order
is then that of the weights of both stages multiplied.

The estimates hold both stages: an item of a dimension has its weight and
loading of the first stage; a dimension, as an item under its construct's name,
those of the second, like every other item. Dimensions have no paths and no
share of variance explained; their correlations are those of their scores.

Consistent PLS takes the disjoint stages. Scores of dimensions carry
measurement error, by their rho_A of the first stage. A construct written
``=~`` has them for indicators as they are: its own rho_A corrects it, and the
dimensions' loadings on it are those of scores over the root of their
reliability. One written ``<~`` is made of the factors that the scores stand
for: its weights, paths and loadings are those of moments in which every
covariance of a score is divided by the root of its reliability. Both recover a
population exactly. ``weights`` are those of the scores as they are, so that
indices are those of ``method="pls"``. An embedded first stage repeats
measurement errors, and is refused.

Conventions. By ``"two_stage"``, everything equals seminr, under consistent PLS
with Mode A as well (of loadings of dimensions it prints those of composites).
cSEM takes the scores of all constructs for single items in the second stage,
with their reliabilities, and lets all constructs be neighbours in the first
(Quality -> Satisfaction of .7213 for .7237 in Mode B on the mobile survey;
.8902 for .8956 by consistent PLS in Mode A); a test follows it step by step.
Of a composite of factors it corrects the correlations of the weighted scores
(van Riel et al. 2017), which recovers a population only where all dimensions
are equally reliable.

References
----------
Agarwal and Karahanna (2000), Time flies when you're having fun, MIS Quarterly
24, 665-694; Ringle, Sarstedt and Straub (2012), A critical look at the use of
PLS-SEM in MIS Quarterly, MIS Quarterly 36, iii-xiv, for the embedded stages;
Sarstedt, Hair, Cheah, Becker and Ringle (2019), How to specify, estimate, and
validate higher-order constructs in PLS-SEM, Australasian Marketing Journal 27,
197-211; van Riel, Henseler, Kemeny and Sasovova (2017), Estimating hierarchical
constructs using consistent partial least squares, Industrial Management & Data
Systems 117, 459-477.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from csat_models.estimation.composites import item_weights
from csat_models.estimation.consistent_stages import fit_consistent
from csat_models.estimation.moments import Moments
from csat_models.estimation.repeated import (
    add_repeated,
    repeated_indicators_model,
    require_errors_apart,
)
from csat_models.estimation.result import Estimates
from csat_models.estimation.settings import Settings
from csat_models.estimation.stages import (
    Fit,
    Scores,
    add_scores,
    oriented_as,
    per_item_unit,
    score_corr,
    stack_items,
)
from csat_models.model import Construct, PathModel
from csat_models.model.construct import REPEATED

__all__ = [
    "add_dimensions",
    "embedded_second_stage_model",
    "first_stage_model",
    "fit_embedded",
    "fit_two_stage",
    "item_weights",
    "score_name",
    "second_stage_model",
]


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


def fit_two_stage(
    moments: Moments,
    model: PathModel,
    settings: Settings,
    orientation: Estimates | None,
    fit: Fit,
) -> Estimates:
    """Estimate a model with higher-order constructs by the disjoint two-stage approach.

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
    """
    lower, upper = first_stage_model(model), second_stage_model(model)
    keep = replace(settings, on_inadmissible="keep")
    first = fit(moments.select(lower.items), lower, keep, oriented_as(orientation, lower))
    wider = add_dimensions(moments, first.weights, model)
    above = oriented_as(orientation, upper)
    if settings.method == "plsc":
        second, corr = fit_consistent(
            first, wider, model, upper=upper, settings=settings, orientation=above, fit=fit
        )
    else:
        second = fit(wider.select(upper.items), upper, settings, above)
        corr = None
    return _join(first, second, replace(second, model=model, moments=wider), corr)


def fit_embedded(
    moments: Moments,
    model: PathModel,
    settings: Settings,
    orientation: Estimates | None,
    fit: Fit,
) -> Estimates:
    """Estimate a model with higher-order constructs by the embedded two-stage approach.

    Parameters
    ----------
    moments, model, settings, orientation, fit
        As in :func:`fit_two_stage`.

    Returns
    -------
    Estimates
        Items of all constructs have the weights and loadings of the first
        stage, dimensions those of the second.

    Raises
    ------
    ModelError
        ``method="plsc"``.
    """
    lower, upper = repeated_indicators_model(model), embedded_second_stage_model(model)
    require_errors_apart(lower, settings)
    repeated = add_repeated(moments, lower).select(lower.indicators)
    first = fit(repeated, lower, settings, _oriented_below(orientation, lower))
    wider = add_dimensions(moments, first.weights, model)
    others = [name for name in upper.construct_names if name not in model.higher_order]
    scored = add_scores(wider, _scores_of(others, wider, first.weights, model))
    above = _oriented_above(orientation, upper)
    second = fit(scored.select(upper.items), upper, settings, above)
    return _join(first, second, replace(second, model=model, moments=wider), None)


def _scores_of(
    names: Sequence[str], moments: Moments, weights: xr.DataArray, model: PathModel
) -> Scores:
    """Scores of first-order constructs, as functions of the model's indicators."""
    used = weights.reindex(item=list(moments.items), fill_value=0.0)
    unit = per_item_unit(moments, used)[..., None]
    belongs = [[item in model.items_of(name) for name in names] for item in moments.items]
    columns = np.where(belongs, unit, 0.0)
    offsets = np.zeros((*columns.shape[:-2], len(names)))
    labels = tuple(score_name(name) for name in names)
    return Scores(names=labels, columns=columns, offsets=offsets, scale=(np.nan, np.nan))


def _oriented_below(orientation: Estimates | None, lower: PathModel) -> Estimates | None:
    """Give a repeated item the weight that it has through its dimension."""
    if orientation is None:
        return None
    through, weights, cov = item_weights(orientation), orientation.weights, orientation.moments.cov
    found = []
    for label in lower.indicators:
        item, _, construct = label.partition(REPEATED)
        if construct:
            deviation = cov.sel(item=item, item_2=item).item() ** 0.5
            found.append(through.sel(item=item, construct=construct).item() * deviation)
        else:
            found.append(weights.sel(item=item).item())
    below = xr.DataArray(found, coords={"item": list(lower.indicators)}, dims=["item"])
    return replace(orientation, weights=below)


def _oriented_above(orientation: Estimates | None, upper: PathModel) -> Estimates | None:
    """Let the score of a construct that has items keep its sign."""
    if orientation is None:
        return None
    found = orientation.weights.reindex(item=list(upper.items), fill_value=1.0)
    return replace(orientation, weights=found)


def _join(
    first: Estimates, second: Estimates, whole: Estimates, corr: xr.DataArray | None
) -> Estimates:
    """Put both stages together; `whole` has the model and the moments of the result."""
    model, converged = whole.model, second.converged
    names, items = list(model.construct_names), list(model.indicators)
    above = [item for item in items if item in second.weights["item"].values]
    below = [item for item in items if item not in above]
    turned = [name for name in names if model.items_of(name)[0] in above]
    kept = [name for name in names if name not in turned]

    def by_item(before: xr.DataArray, after: xr.DataArray) -> xr.DataArray:
        joint = stack_items(before.sel(item=below), after.sel(item=above), items)
        return joint.where(converged)

    flipped = xr.concat(
        [first.flipped.sel(construct=kept), second.flipped.sel(construct=turned)], dim="construct"
    )
    weights = by_item(first.weights, second.weights)
    paths = second.paths.reindex(source=names, target=names, fill_value=0.0)
    known = converged & second.paths.notnull().all(["source", "target"])
    return replace(
        whole,
        weights=weights,
        loadings=by_item(first.loadings, second.loadings),
        paths=paths.where(known),
        construct_corr=score_corr(whole.moments, weights, model) if corr is None else corr,
        r_squared=second.r_squared.reindex(construct=names),
        iterations=first.iterations + second.iterations,
        flipped=flipped.sel(construct=names).transpose(..., "construct"),
    )
