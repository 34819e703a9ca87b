r"""Scores: what each respondent's answers say of every construct.

The score of a construct is the composite that its weights make of a
respondent's answers,

.. math::

   \hat\eta_j = \sum_{i \in j} v_i (x_i - \bar x_i), \qquad v_i = w_i / s_i,

with the standardised outer weights w and the means and standard deviations s
of the moments that were fitted. In the sample that was fitted, scores have mean
0 and variance 1 (divisor n - 1), and their correlations are those of the
composites: ``construct_corr`` by ``method="pls"``. Consistent PLS leaves the
weights, and so the scores, as they are and corrects correlations only. Of a
construct of higher order, the weights of both stages are multiplied. The score
of a product is the product of its constructs' scores of the first stage, or the
composite of its product indicators, standardised; it has none on the scale of
the items.

References
----------
Wold (1982), Soft modeling: the basic design and some extensions, in Joreskog
and Wold, Systems under Indirect Observation, Part II, 1-54.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd
import xarray as xr

from csat_models.errors import DataError
from csat_models.estimation.columns import read_numbers, require_columns, rows_of
from csat_models.estimation.composites import composite_weights
from csat_models.estimation.given_weights import with_weights
from csat_models.estimation.moments import Moments
from csat_models.estimation.product_scores import (
    answered_items,
    deviation_scores,
    score_products,
)
from csat_models.estimation.refusals import require_estimates
from csat_models.estimation.result import Estimates
from csat_models.estimation.sample import MISSING, RESERVED, Array, Groups, Missing
from csat_models.estimation.stages import batch_mean
from csat_models.survey import Responses

ScoreScale = Literal["standardised", "items"]
SCORE_SCALES: tuple[ScoreScale, ...] = ("standardised", "items")


def scores(
    estimates: Estimates,
    data: Responses | pd.DataFrame,
    *,
    scale: ScoreScale = "standardised",
    missing: Missing = "mean",
    weights: Estimates | Mapping[str, float] | None = None,
) -> xr.DataArray:
    r"""Score every respondent on every construct.

    Parameters
    ----------
    estimates : Estimates
        Whose weights, means and standard deviations are used; any batch
        dimensions. One that is named like a column of the data, such as
        ``city``, gives each respondent the estimates of the own cell; every
        other, such as ``draw``, stays a dimension of the scores.
    data : Responses or DataFrame
        One row a respondent: those that were fitted, or others.
    scale : {"standardised", "items"}
        Mean 0 and variance 1 in the sample that was fitted, or the weighted
        mean of the answers, :math:`\sum v_i x_i / \sum v_i`. For 0 to 100 see
        :func:`~csat_models.analysis.scores.index_scores`.
    missing : {"mean", "listwise"}
        A missing answer counts as the item's mean in the moments, or leaves
        the respondent without any score, as the moments were taken.
    weights : Estimates or mapping of item to number, optional
        Other weights than those of `estimates`: those of other estimates of
        the same model, such as of all cells together (pooled weights), or
        given numbers for items as they are, such as 1 for each. In every cell
        they are scaled to scores of mean 0 and variance 1.

    Returns
    -------
    DataArray (..., row, construct)
        Rows are labelled as in the data frame. Missing for a row in a cell
        that has no estimates.

    Raises
    ------
    DataError
        Moments instead of rows, arguments in the other order, a column that is
        not there or holds no numbers, an unknown scale or way with missing
        answers, or weights that leave out an item.
    ModelError
        Other weights in a model with products.

    Examples
    --------
    >>> from csat_models import PathModel, fit
    >>> model = PathModel.parse("S =~ s\nL =~ l\nL ~ S")
    >>> frame = pd.DataFrame({"s": [1.0, 2.0, 3.0], "l": [4.0, 9.0, 8.0]})
    >>> scores(fit(frame, model), frame).sel(construct="S").values.round(6).tolist()
    [-1.0, 0.0, 1.0]
    """
    _check_choices(estimates, data, scale, missing)
    if weights is not None:
        estimates = with_weights(estimates, weights)
    frame = rows_of(data)
    values = _answers(frame, answered_items(estimates.model))
    if missing == "listwise":
        values = np.where(np.isnan(values).any(axis=1, keepdims=True), np.inf, values)
    dims = estimates.weights.dims[:-1]
    own = [str(dim) for dim in dims if dim in frame.columns and dim not in RESERVED]
    kept = [dim for dim in dims if dim not in own]
    groups = Groups.of(frame, own)
    sizes = [estimates.weights.sizes[dim] for dim in kept]
    result = np.full((*sizes, len(frame), len(estimates.model.constructs)), np.nan)
    for cell, rows in groups.cells():
        labels = {name: groups.coords[name][k] for name, k in zip(own, cell, strict=True)}
        if all(label in estimates.weights[name].values for name, label in labels.items()):
            result[..., rows, :] = _score_cell(estimates, labels, values[rows], scale)
    return _label(result, estimates, kept, frame)


def _score_cell(
    estimates: Estimates, labels: dict[str, Any], values: Array, scale: ScoreScale
) -> Array:
    """Score the answers (n, K) of one cell: (..., n, J)."""
    model, moments = estimates.model, estimates.moments.sel(**labels)
    items = answered_items(model)
    mean = batch_mean(moments.select(items))
    weights = estimates.weights.sel(labels, drop=True)
    spread = composite_weights(moments, weights, model, items)
    result = deviation_scores(values, mean, spread)
    with np.errstate(invalid="ignore", divide="ignore"):
        if scale == "items":
            level = np.einsum("...k,...kj->...j", mean, spread)
            result = (result + level[..., None, :]) / spread.sum(axis=-2)[..., None, :]
        elif model.products:
            kept = estimates.product_regression
            kept = kept if kept is None else kept.sel(labels, drop=True)
            own = replace(estimates, moments=moments, weights=weights, product_regression=kept)
            score_products(result, values, own)
    result[..., np.isinf(values).any(axis=1), :] = np.nan
    return result


def _label(
    values: Array, estimates: Estimates, kept: list[Hashable], frame: pd.DataFrame
) -> xr.DataArray:
    coords: dict[Hashable, Any] = {
        dim: estimates.weights[dim].values for dim in kept if dim in estimates.weights.coords
    }
    coords |= {"row": frame.index.to_numpy(), "construct": list(estimates.model.construct_names)}
    return xr.DataArray(values, coords=coords, dims=[*kept, "row", "construct"], name="scores")


def _answers(frame: pd.DataFrame, items: tuple[str, ...]) -> Array:
    absent = [item for item in items if item not in frame.columns]
    if absent:
        raise DataError(
            f"the data have no column '{absent[0]}', an item of the model; "
            f"they have {', '.join(map(str, frame.columns))}",
            column=absent[0],
        )
    require_columns(frame, items)
    return read_numbers(frame, items)


def _check_choices(estimates: object, data: object, scale: str, missing: str) -> None:
    require_estimates(estimates, "scores(estimates, data)")
    if isinstance(data, Moments):
        raise DataError(
            "scores need the answers of respondents, and moments hold none; "
            "give the data frame or the responses"
        )
    if scale not in SCORE_SCALES:
        raise DataError(
            f"scale='{scale}' is no scale of scores; write one of {', '.join(SCORE_SCALES)}, "
            "or call index_scores for 0 to 100",
            scale=scale,
        )
    if missing not in MISSING:
        raise DataError(
            f"missing='{missing}' is not a way with missing answers; write one of "
            f"{', '.join(MISSING)}",
            missing=missing,
        )
