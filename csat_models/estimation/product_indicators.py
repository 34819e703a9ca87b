r"""Products of constructs measured by products of their items.

The product of constructs a and b has for indicators all products of an item of
a with an item of b, each item standardised (centred, where items are taken as
they are) by the moments of its own sample,

.. math::

   p_{ij} = \frac{(x_i - m_i)(x_j - m_j)}{s_i s_j},

in Mode A, and is estimated with all other constructs in one stage. A square has
the products of all pairs of items in either order. Orthogonalised, each product
is replaced by what is left of it after regression on all items of a and b, so
that the product is uncorrelated with both constructs and their paths are those
of the model without it. Both are linear in the items and in products of items,
so that they are exact on moments that hold these, and every draw has means,
deviations and regressions of its own.

An indicator is labelled ``IMAG1*CUEX2``; the column of the data that it is made
of is ``IMAG1:CUEX2``.

Conventions. All numbers equal seminr's.

References
----------
Chin, Marcolin and Newsted (2003), Information Systems Research 14, 189-217;
Little, Bovaird and Widaman (2006), On the merits of orthogonalizing powered and
product terms, Structural Equation Modeling 13, 497-519; Henseler and Chin
(2010), Structural Equation Modeling 17, 82-109.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from csat_models.errors import ModelError
from csat_models.estimation.moments import Moments
from csat_models.estimation.products import product_place, require_product_items
from csat_models.estimation.result import Estimates
from csat_models.estimation.sample import Array
from csat_models.estimation.stages import Scores, Stage, add_scores, batch_cov, batch_mean
from csat_models.model import Construct, PathModel
from csat_models.model.construct import PRODUCT, PRODUCT_INDICATOR


def product_indicator_model(model: PathModel) -> PathModel:
    r"""Measure products of constructs by products of their items.

    Examples
    --------
    >>> model = PathModel.parse("A =~ a; B =~ b1 + b2; Y =~ y; Y ~ A + B + A:B")
    >>> product_indicator_model(model).items_of("A:B")
    ('a*b1', 'a*b2')
    """
    constructs = tuple(
        Construct(name=c.name, items=_indicators(c.name, model)) if c.name in model.products else c
        for c in model.constructs
    )
    return PathModel(constructs=constructs, paths=model.paths)


def _indicators(name: str, model: PathModel) -> tuple[str, ...]:
    one, other = (model.items_of(factor) for factor in name.split(PRODUCT))
    return tuple(PRODUCT_INDICATOR.join(pair) for pair in product(one, other))


def fit_product_indicators(moments: Moments, model: PathModel, stage: Stage) -> Estimates:
    """Estimate a model with products of constructs by product indicators.

    Parameters
    ----------
    moments : Moments
        Of at least ``model.items``, products of items among them.
    model : PathModel
    stage : Stage
        The one stage.

    Returns
    -------
    Estimates
        Of :func:`product_indicator_model`.

    Raises
    ------
    DataError
        The moments do not hold the products of items.
    ModelError
        ``method="plsc"``.
    """
    settings = stage.settings
    if settings.method == "plsc":
        raise ModelError(
            f"the indicators of the product '{model.products[0]}' share measurement errors, for "
            "which consistent PLS has no correction; use interactions='two_stage', or "
            "method='pls'",
            construct=model.products[0],
        )
    require_product_items(moments, model)
    expanded = product_indicator_model(model)
    how = {"standardised": settings.standardised}
    orthogonal = settings.interactions == "orthogonal"
    wider = add_product_indicators(moments, expanded, **how, orthogonal=orthogonal)
    found = stage.of(wider, expanded)
    if not orthogonal:
        return found
    return replace(found, product_regression=_regression(moments, expanded, **how))


def _regression(moments: Moments, model: PathModel, *, standardised: bool) -> xr.DataArray:
    """Label the coefficients of items in the regressions of products."""
    moments = moments.select(model.items)
    plain, residual = (
        _indicators_of(moments, model, standardised, orthogonal) for orthogonal in (False, True)
    )
    batch = moments.batch_dims
    coords: dict[Hashable, Any] = {
        dim: moments.cov[dim].to_numpy() for dim in batch if dim in moments.cov.coords
    }
    labels = {"item": list(model.items), "indicator": list(_names(model))}
    whole = xr.DataArray(plain - residual, coords=coords | labels, dims=[*batch, *labels])
    return whole.sel(item=[item for item in model.items if PRODUCT not in item])


def add_product_indicators(
    moments: Moments, model: PathModel, *, standardised: bool, orthogonal: bool
) -> Moments:
    """Make product indicators from the moments of items and of products of items.

    Parameters
    ----------
    moments : Moments
        Of at least ``model.items``, with any leading dimensions.
    model : PathModel
        As :func:`product_indicator_model` returns it.
    standardised : bool
        Whether items are divided by their standard deviations first.
    orthogonal : bool
        Whether products are residuals of a regression on the items.

    Returns
    -------
    Moments
        Of ``model.indicators``; a product has mean 0 and no answer scale.
    """
    moments = moments.select(model.items)
    columns = _indicators_of(moments, model, standardised, orthogonal)
    scores = Scores(
        names=_names(model),
        columns=columns,
        offsets=-np.einsum("...k,...kn->...n", batch_mean(moments), columns),
        scale=(np.nan, np.nan),
    )
    return add_scores(moments, scores).select(model.indicators)


def _names(model: PathModel) -> tuple[str, ...]:
    return tuple(label for name in model.products for label in model.items_of(name))


def _indicators_of(
    moments: Moments, model: PathModel, standardised: bool, orthogonal: bool
) -> Array:
    """Coefficients of ``model.items`` in all product indicators, (..., K, N)."""
    cov, mean = batch_cov(moments), batch_mean(moments)
    deviation = _deviations(cov) if standardised else np.ones_like(mean)
    pieces = [_columns(name, model, mean, deviation) for name in model.products]
    if orthogonal:
        pairs = zip(model.products, pieces, strict=True)
        pieces = [_residuals(name, model, cov, columns) for name, columns in pairs]
    return np.concatenate(pieces, axis=-1)


def _deviations(cov: Array) -> Array:
    """Take standard deviations (..., K); an item without variance has none."""
    variance = np.einsum("...kk->...k", cov)
    return np.sqrt(np.where(variance > 0.0, variance, np.nan))


def _columns(name: str, model: PathModel, mean: Array, deviation: Array) -> Array:
    """Coefficients of ``model.items`` in the indicators of one product, (..., K, N)."""
    position = {item: k for k, item in enumerate(model.items)}
    labels = model.items_of(name)
    found = np.zeros((*mean.shape, len(labels)))
    for n, label in enumerate(labels):
        one, other = label.split(PRODUCT_INDICATOR)
        i, j = position[one], position[other]
        scale = deviation[..., i] * deviation[..., j]
        found[..., product_place(one, other, position), n] = 1.0 / scale
        found[..., i, n] -= mean[..., j] / scale
        found[..., j, n] -= mean[..., i] / scale
    return found


def _residuals(name: str, model: PathModel, cov: Array, columns: Array) -> Array:
    """Take the regression on the items of both constructs out of products, (..., K, N)."""
    position = {item: k for k, item in enumerate(model.items)}
    items = [
        item for factor in dict.fromkeys(name.split(PRODUCT)) for item in model.items_of(factor)
    ]
    rows = [position[item] for item in items]
    deviation = _deviations(cov)[..., rows]
    corr = cov[..., rows, :][..., rows] / deviation[..., :, None] / deviation[..., None, :]
    usable: NDArray[np.bool_] = np.all(np.isfinite(corr), axis=(-1, -2))
    inverse = np.linalg.pinv(
        np.where(usable[..., None, None], corr, np.eye(len(rows))), hermitian=True
    )
    right = (cov @ columns)[..., rows, :] / deviation[..., None]
    slopes = inverse @ right / deviation[..., None]
    found = columns.copy()
    found[..., rows, :] -= slopes
    return np.where(usable[..., None, None], found, np.nan)
