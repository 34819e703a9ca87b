r"""Higher-order constructs by two stages, on moments.

A construct measured by constructs is estimated in one of three ways, chosen by
``higher_order=``. By the disjoint two-stage approach (``"two_stage"``), its
dimensions stand in its place in the paths of a first stage. In the second,
the dimensions' scores are its items, the dimensions leave the paths, and other
constructs keep their items, which are weighted anew. By the embedded
two-stage approach (``"embedded_two_stage"``), the first stage is the model by
repeated indicators, and in the second all other constructs, too, have their
scores of the first for a single item. The third way has one stage, see
:mod:`~csat_models.estimation.repeated`. Scores of dimensions are 0-100 indices,
see :mod:`~csat_models.estimation.dimensions`.

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

from dataclasses import replace

import xarray as xr

from csat_models.estimation.composites import item_weights
from csat_models.estimation.consistent_stages import fit_consistent
from csat_models.estimation.dimensions import (
    add_dimensions,
    construct_scores,
    embedded_second_stage_model,
    first_stage_model,
    second_stage_model,
)
from csat_models.estimation.moments import Moments
from csat_models.estimation.repeated import (
    add_repeated,
    repeated_indicators_model,
    require_errors_apart,
)
from csat_models.estimation.result import Estimates
from csat_models.estimation.stages import (
    Stage,
    add_scores,
    score_corr,
    stack_items,
)
from csat_models.model import PathModel
from csat_models.model.construct import REPEATED


def fit_two_stage(moments: Moments, model: PathModel, stage: Stage) -> Estimates:
    """Estimate a model with higher-order constructs by the disjoint two-stage approach.

    Parameters
    ----------
    moments : Moments
        Of at least the model's items, with any leading dimensions.
    model : PathModel
    stage : Stage
        The second stage, before its items are known.

    Returns
    -------
    Estimates
        ``iterations`` are those of both stages.
    """
    lower, upper = first_stage_model(model), second_stage_model(model)
    first = stage.first(lower).of(moments, lower)
    wider = add_dimensions(moments, first.weights, model)
    above = stage.oriented(upper)
    if stage.settings.method == "plsc":
        second, corr = fit_consistent(first, wider, model, upper=upper, stage=above)
    else:
        second, corr = above.of(wider, upper), None
    return _join(first, second, replace(second, model=model, moments=wider), corr)


def fit_embedded(moments: Moments, model: PathModel, stage: Stage) -> Estimates:
    """Estimate a model with higher-order constructs by the embedded two-stage approach.

    Parameters
    ----------
    moments, model, stage
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
    require_errors_apart(lower, stage.settings)
    below = replace(stage, orientation=_oriented_below(stage.orientation, lower))
    first = below.of(add_repeated(moments, lower), lower)
    wider = add_dimensions(moments, first.weights, model)
    others = [name for name in upper.construct_names if name not in model.higher_order]
    scored = add_scores(wider, construct_scores(others, wider, first.weights, model))
    above = replace(stage, orientation=_oriented_above(stage.orientation, upper))
    second = above.of(scored, upper)
    return _join(first, second, replace(second, model=model, moments=wider), None)


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
