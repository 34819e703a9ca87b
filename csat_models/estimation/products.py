r"""Interactions and squares of constructs, on moments.

A product of two constructs is measured in one of three ways, chosen by
``interactions=``; all need moments of products of items, which
:func:`add_product_items` adds as columns before moments are taken. Moments
without them hold no interaction.

By two stages (``"two_stage"``), the first stage is the model without products.
In the second, the product of two constructs' standardised scores is a construct
of one item, and all weights are sought anew. Such a product needs no scores of
persons: with :math:`f_a = u_a'(x - m)` it is

.. math::

   f_a f_b = \sum_{ij} u_{ai} u_{bj}\, x_i x_j - (u_b'm)\, u_a'x - (u_a'm)\, u_b'x
   + (u_a'm)(u_b'm),

linear in the items and in products of items, with u and m of every sample of a
batch: a draw is centred and weighted by itself. By product indicators
(``"product_indicator"``) or orthogonalised ones (``"orthogonal"``) there is one
stage, see :mod:`~csat_models.estimation.product_indicators`.

Consistent PLS takes two stages. The moments of the product are freed of the
measurement errors of the first stage's scores, see
:mod:`~csat_models.estimation.consistent_products`, which recovers a population of
factors with independent errors exactly. Product indicators share the errors of
the items that they have in common, so that rho_A does not hold; there it is
refused.

Conventions. ``paths`` hold the coefficient of the standardised product, as of
everything else, so that R2 and effects follow from them. Per unit of the
product of two standardised scores, as in seminr, it is
:func:`~csat_models.estimation.slopes.product_coefficients`. seminr weights all
items anew in the second stage, and so do we. By consistent PLS seminr takes
the product for free of error, and prints the coefficient of the standardised
product (-.05316 on the mobile survey; -.04237 per unit, ours -.04326).
cSEM keeps the weights of the first stage, with which our coefficient would be
-.04312 instead of -.04313, and solves moment equations of two divisors: scores
have variance 1 by n - 1, but the mean of products of scores is taken over n, so
that every covariance, but no variance, is (n - 1) / n of ours. That makes an R2
of .5898 of .5935 (by consistent PLS .8839 of .8896, and -.04309 of -.04326).
Tests reproduce all of these by their conventions.

References
----------
Chin, Marcolin and Newsted (2003), A partial least squares latent variable
modeling approach for measuring interaction effects, Information Systems
Research 14, 189-217; Henseler and Chin (2010), A comparison of approaches for
the analysis of interaction effects between latent variables using PLS path
modeling, Structural Equation Modeling 17, 82-109; Dijkstra and
Schermelleh-Engel (2014), Psychometrika 79, 585-604.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar, cast

import numpy as np
import pandas as pd
import xarray as xr

from csat_models.errors import DataError
from csat_models.estimation.columns import read_numbers, rows_of
from csat_models.estimation.consistent_products import fit_products_consistent
from csat_models.estimation.moments import Moments
from csat_models.estimation.result import Estimates
from csat_models.estimation.sample import Array
from csat_models.estimation.stages import (
    Scores,
    Stage,
    add_scores,
    batch_mean,
    per_item_unit,
)
from csat_models.model import Construct, PathModel
from csat_models.model.construct import PRODUCT
from csat_models.model.spec import require_model
from csat_models.survey import Codebook, Responses
from csat_models.survey.codebooks.codebook import Item, Text

Data = TypeVar("Data", bound=Responses | pd.DataFrame)


def add_product_items(data: Data, model: PathModel) -> Data:
    r"""Add the products of items that a model's interactions need as columns.

    A missing answer counts as the item's mean over all rows, as with
    ``missing="mean"``; in groups, in draws and with survey weights, whose own
    means are others, that is an approximation.

    Parameters
    ----------
    data : Responses or DataFrame
    model : PathModel

    Returns
    -------
    Responses or DataFrame
        As given, with columns such as ``IMAG1:CUEX2``; the same object if the
        model has no product. A column that is there already stays.

    Raises
    ------
    DataError
        No data frame, or an item of a product is not among the data.
    ModelError
        No :class:`~csat_models.model.PathModel`.

    Examples
    --------
    >>> model = PathModel.parse("A =~ a; B =~ b; Y =~ y; Y ~ A + B + A:B")
    >>> frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0], "y": [5.0, 6.0]})
    >>> add_product_items(frame, model)["a:b"].tolist()
    [3.0, 8.0]
    """
    require_model(model)
    frame = rows_of(data)
    wanted = [name for name in model.product_items if name not in frame.columns]
    if not wanted:
        return data
    factors = sorted({item for name in wanted for item in name.split(PRODUCT)})
    absent = [item for item in factors if item not in frame.columns]
    if absent:
        raise DataError(
            f"the data have no column '{absent[0]}', which the model's products need",
            column=absent[0],
        )
    filled = pd.DataFrame(read_numbers(frame, factors), columns=factors, index=frame.index)
    filled = filled.fillna(filled.mean())
    columns = {name: filled[one] * filled[other] for name, one, other in _factors(wanted)}
    wider = pd.concat([frame, pd.DataFrame(columns, index=frame.index)], axis=1)
    if isinstance(data, Responses):
        codebook = _with_products(data.codebook, wanted)
        return cast("Data", replace(data, frame=wider, codebook=codebook))
    return cast("Data", wider)


def _factors(names: list[str]) -> list[tuple[str, str, str]]:
    return [(name, *_pair(name)) for name in names]


def _pair(name: str) -> tuple[str, str]:
    one, other = name.split(PRODUCT)
    return one, other


def _with_products(codebook: Codebook, names: list[str]) -> Codebook:
    items = dict(codebook.items)
    for name, one, other in _factors(names):
        texts = items[one].text, items[other].text
        corners = [x * y for x in items[one].scale for y in items[other].scale]
        wording = {
            language: " × ".join(getattr(text, language) for text in texts)
            for language in ("zh", "en")
        }
        items[name] = Item(text=Text(**wording), scale=(min(corners), max(corners)))
    return codebook.model_copy(update={"items": items})


def require_product_items(moments: Moments, model: PathModel) -> None:
    """Raise unless the moments hold the products of items that a model needs.

    Raises
    ------
    DataError
        They do not.
    """
    require_model(model)
    absent = [name for name in model.product_items if name not in moments.items]
    if absent:
        raise DataError(
            f"the moments do not hold '{absent[0]}', which the product '{model.products[0]}' is "
            "made of; take them from add_product_items(data, model), or give fit the data",
            item=absent[0],
        )


def first_stage_model(model: PathModel) -> PathModel:
    """Leave the products out, and their paths.

    Examples
    --------
    >>> model = PathModel.parse("A =~ a; B =~ b; Y =~ y; Y ~ A + B + A:B")
    >>> first_stage_model(model).paths
    (('A', 'Y'), ('B', 'Y'))
    """
    kept = tuple(c for c in model.constructs if c.name not in model.products)
    paths = tuple(path for path in model.paths if path[0] not in model.products)
    return PathModel(constructs=kept, paths=paths)


def without_products(estimates: Estimates) -> Estimates:
    r"""Leave the products out of estimates: what has items, scores and an index of its own.

    Paths stay what they are beside the products: effects of a construct where
    its moderators are at their means.

    Parameters
    ----------
    estimates : Estimates
        With any batch dimensions.

    Returns
    -------
    Estimates
        Of :func:`first_stage_model`; the same object if there is no product.

    Examples
    --------
    >>> from csat_models import fit
    >>> a, b = np.random.default_rng(1).normal(size=(2, 100))
    >>> frame = pd.DataFrame({"a": a, "b": b, "y": a + b + a * b})
    >>> model = PathModel.parse("A =~ a; B =~ b; Y =~ y; Y ~ A + B + A:B")
    >>> without_products(fit(frame, model)).paths.sizes["source"]
    3
    """
    if not estimates.model.products:
        return estimates
    model = first_stage_model(estimates.model)
    names, items = list(model.construct_names), list(model.indicators)
    return replace(
        estimates,
        model=model,
        moments=estimates.moments.select(model.items),
        weights=estimates.weights.sel(item=items),
        loadings=estimates.loadings.sel(item=items),
        paths=estimates.paths.sel(source=names, target=names),
        construct_corr=estimates.construct_corr.sel(construct=names, construct_2=names),
        r_squared=estimates.r_squared.sel(construct=names),
        flipped=estimates.flipped.sel(construct=names),
        product_regression=None,
    )


def measured_by_itself(model: PathModel) -> PathModel:
    """Let every product of constructs be its own single item."""
    constructs = tuple(
        Construct(name=c.name, items=(c.name,)) if c.name in model.products else c
        for c in model.constructs
    )
    return PathModel(constructs=constructs, paths=model.paths)


def add_products(moments: Moments, weights: xr.DataArray, model: PathModel) -> Moments:
    """Add the products of constructs' scores to the moments of items and their products.

    Parameters
    ----------
    moments : Moments
        Of ``model.items``, with any leading dimensions.
    weights : DataArray (..., item)
        Standardised outer weights of the first stage, with the same leading
        dimensions.
    model : PathModel
        With products of constructs.

    Returns
    -------
    Moments
        Of ``model.indicators``; a product has no answer scale.
    """
    base = first_stage_model(model).items
    unit = per_item_unit(moments.select(base), weights.sel(item=list(base)))
    mean = batch_mean(moments.select(base))
    made = [_product_score(unit, mean, name, model) for name in model.products]
    scores = Scores(
        names=model.products,
        columns=np.stack([columns for columns, _ in made], axis=-1),
        offsets=np.stack([offset for _, offset in made], axis=-1),
        scale=(np.nan, np.nan),
    )
    return add_scores(moments.select(model.items), scores).select(model.indicators)


def _product_score(unit: Array, mean: Array, name: str, model: PathModel) -> tuple[Array, Array]:
    """Weights of ``model.items`` (..., K) and offset (...) of one product of scores."""
    base = first_stage_model(model).items
    position = {item: k for k, item in enumerate(model.items)}
    one, other = (model.items_of(factor) for factor in name.split(PRODUCT))
    column = np.zeros((*unit.shape[:-1], len(position)))
    first, second = (np.isin(base, items) * unit for items in (one, other))
    level_1, level_2 = (np.einsum("...k,...k->...", u, mean) for u in (first, second))
    column[..., : len(base)] = -level_2[..., None] * first - level_1[..., None] * second
    for i in one:
        for j in other:
            column[..., product_place(i, j, position)] += (
                unit[..., position[i]] * unit[..., position[j]]
            )
    return column, level_1 * level_2


def product_place(one: str, other: str, places: Mapping[str, int]) -> int:
    """Place of the product of two items, in whichever order it is written.

    Examples
    --------
    >>> product_place("b", "a", {"a": 0, "b": 1, "a:b": 2})
    2
    """
    written = f"{one}{PRODUCT}{other}"
    return places[written if written in places else f"{other}{PRODUCT}{one}"]


def fit_two_stage(moments: Moments, model: PathModel, stage: Stage) -> Estimates:
    """Estimate a model with products of constructs.

    Parameters
    ----------
    moments : Moments
        Of at least ``model.items``, products of items among them.
    model : PathModel
    stage : Stage
        The second stage, before its items are known.

    Returns
    -------
    Estimates
        A product is a construct of one item, both under its name;
        ``iterations`` are those of both stages.

    Raises
    ------
    DataError
        The moments do not hold the products of items.
    """
    require_product_items(moments, model)
    model, lower = measured_by_itself(model), first_stage_model(model)
    first = stage.first(lower).of(moments, lower)
    wider = add_products(moments, first.weights, model)
    if stage.settings.method == "plsc":
        second = fit_products_consistent(first, wider, model, stage)
    else:
        second = stage.of(wider, model)
    return replace(second, iterations=first.iterations + second.iterations)
