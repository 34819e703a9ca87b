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
construct of higher order, the weights of both stages are multiplied; the score
of a product is the product of its constructs' scores of the first stage,
standardised, and it has none on the scale of the items.

References
----------
Wold (1982), Soft modeling: the basic design and some extensions, in Joreskog
and Wold, Systems under Indirect Observation, Part II, 1-54.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Literal

import numpy as np
import pandas as pd
import xarray as xr

from csat_models.errors import DataError
from csat_models.estimation import products
from csat_models.estimation.estimates import Estimates, fit_moments
from csat_models.estimation.moments import Moments
from csat_models.estimation.sample import MISSING, Array, Groups, Missing
from csat_models.estimation.stages import batch_cov, batch_mean, per_item_unit
from csat_models.model import PathModel
from csat_models.survey import Responses

ScoreScale = Literal["standardised", "items"]
SCORE_SCALES: tuple[ScoreScale, ...] = ("standardised", "items")


def scores(
    estimates: Estimates,
    data: Responses | pd.DataFrame,
    *,
    scale: ScoreScale = "standardised",
    missing: Missing = "mean",
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

    Returns
    -------
    DataArray (..., row, construct)
        Rows are labelled as in the data frame. Missing for a row in a cell
        that has no estimates.

    Raises
    ------
    DataError
        Moments instead of rows, a column that is not there, an unknown scale
        or way with missing answers.

    Examples
    --------
    >>> from csat_models import PathModel, fit
    >>> model = PathModel.parse("S =~ s\nL =~ l\nL ~ S")
    >>> frame = pd.DataFrame({"s": [1.0, 2.0, 3.0], "l": [4.0, 9.0, 8.0]})
    >>> scores(fit(frame, model), frame).sel(construct="S").values.round(6).tolist()
    [-1.0, 0.0, 1.0]
    """
    _check_choices(data, scale, missing)
    frame = data.frame if isinstance(data, Responses) else data
    values = _answers(frame, _answered_items(estimates.model))
    if missing == "listwise":
        values = np.where(np.isnan(values).any(axis=1, keepdims=True), np.inf, values)
    dims = estimates.weights.dims[:-1]
    own = [str(dim) for dim in dims if dim in frame.columns]
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
    items = list(_answered_items(model))
    mean = batch_mean(moments.select(items))
    weights = estimates.weights.sel(labels, drop=True)
    spread = _item_weights(moments, weights, model)
    result = _deviation_scores(values, mean, spread)
    with np.errstate(invalid="ignore", divide="ignore"):
        if scale == "items":
            level = np.einsum("...k,...kj->...j", mean, spread)
            result = (result + level[..., None, :]) / spread.sum(axis=-2)[..., None, :]
        elif model.products:
            _score_products(result, values, moments, weights, estimates)
    result[..., np.isinf(values).any(axis=1), :] = np.nan
    return result


def _answered_items(model: PathModel) -> tuple[str, ...]:
    """Return the items that respondents answer, without products of items (K of them)."""
    return products.first_stage_model(model).items if model.products else model.items


def _item_weights(moments: Moments, weights: xr.DataArray, model: PathModel) -> Array:
    """Weights of answers, (..., K, J): of a higher-order construct, both stages multiplied.

    A product of constructs is no sum of answers; it is missing.
    """
    names, indicators = list(model.construct_names), list(model.indicators)
    rows = [indicators.index(item) for item in _answered_items(model)]
    standardised = weights.transpose(*moments.batch_dims, "item").to_numpy()
    own = per_item_unit(moments, weights)[..., None] * model.membership
    spread: Array = own[..., rows, :]
    for name in model.higher_order:
        inner = [indicators.index(item) for item in model.items_of(name)]
        lower = spread[..., [names.index(item) for item in model.items_of(name)]]
        spread[..., names.index(name)] = np.einsum(
            "...kd,...d->...k", lower, standardised[..., inner]
        )
    for name in model.products:
        spread[..., names.index(name)] = np.nan
    return spread


def _score_products(
    result: Array, values: Array, moments: Moments, weights: xr.DataArray, estimates: Estimates
) -> None:
    """Put in the standardised products of the scores of the first stage.

    These have the signs of the second: that of a product hangs on both.
    """
    model = estimates.model
    lower = products.first_stage_model(model)
    first = fit_moments(moments.select(lower.items), lower, estimates.settings)
    spread = _item_weights(first.moments, first.weights, lower)
    again = _item_weights(moments, weights, model)[..., : len(lower.constructs)]
    signs = np.sign(np.einsum("...kj,...kl,...lj->...j", spread, batch_cov(first.moments), again))
    factors = _deviation_scores(values, batch_mean(first.moments), spread) * signs[..., None, :]
    mean, cov = batch_mean(moments), batch_cov(moments)
    for name in model.products:
        k = model.indicators.index(name)
        one, other = (lower.construct_names.index(factor) for factor in name.split(":"))
        product = factors[..., one] * factors[..., other] - mean[..., k, None]
        deviation = np.sqrt(cov[..., k, k])[..., None]
        result[..., model.construct_names.index(name)] = product / deviation


def _deviation_scores(values: Array, mean: Array, spread: Array) -> Array:
    """Return sums of weights (..., K, J) times answers (n, K) less means (..., K).

    A missing answer counts as the mean; a failed element has no weights and no scores.
    """
    answered = np.isfinite(values)
    filled = np.where(answered, values, 0.0)
    result: Array = filled @ spread - answered.astype(np.float64) @ (mean[..., None] * spread)
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
    return frame[list(items)].to_numpy(dtype=np.float64)


def _check_choices(data: object, scale: str, missing: str) -> None:
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
