r"""What an interaction or a square says: slopes at values of the moderator.

With standardised scores, the model

.. math::

   \eta = b_a \xi_a + b_b \xi_b + c\, \xi_a \xi_b + d\, \xi_a^2 + \dots

gives the effect of one standard deviation of a, where b stands m standard
deviations above its mean, as :math:`b_a + c\,m`, and, of a square, where a
itself stands there, as :math:`b_a + 2 d\,m`. Products in which a takes part
with other constructs are taken at these constructs' means.

References
----------
Aiken and West (1991), Multiple Regression: Testing and Interpreting
Interactions, 12-14 and 72-76; Henseler and Chin (2010), Structural Equation
Modeling 17, 82-109; Lind and Mehlum (2010), With or without U?, Oxford Bulletin
of Economics and Statistics 72, 109-118, for the turning point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import xarray as xr

from csat_models.errors import ModelError
from csat_models.estimation.consistent_products import free_of_error
from csat_models.estimation.estimates import Estimates, fit_moments
from csat_models.estimation.moments import Moments
from csat_models.estimation.products import first_stage_model
from csat_models.model import PathModel
from csat_models.model.construct import PRODUCT


def product_coefficients(estimates: Estimates) -> xr.DataArray:
    r"""Coefficients per unit of the product of two standardised scores.

    The standardised path over the standard deviation of the product; of a
    product measured by several product indicators, over the mean of their
    standard deviations weighted by absolute loadings, as in seminr. The slope
    of construct a at b standard deviations above the mean of another is then
    the path of a plus b times this.

    Parameters
    ----------
    estimates : Estimates
        Of a model with products.

    Returns
    -------
    DataArray (..., source, target)
        Sources are the products; none in a model without.

    References
    ----------
    Henseler and Chin (2010), Structural Equation Modeling 17, 82-109.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from csat_models import fit
    >>> a, b = np.random.default_rng(1).normal(size=(2, 400))
    >>> frame = pd.DataFrame({"a": a, "b": b, "y": a + b + 0.5 * a * b})
    >>> estimates = fit(frame, PathModel.parse("A =~ a; B =~ b; Y =~ y; Y ~ A + B + A:B"))
    >>> found = product_coefficients(estimates).sel(source="A:B", target="Y").item()
    >>> float(round(found * frame["y"].std() / (frame["a"].std() * frame["b"].std()), 6))
    0.5
    """
    names = list(estimates.model.products)
    if not names:
        return estimates.paths.isel(source=slice(0))
    moments = _moments_of_products(estimates)
    scale = [_product_deviation(estimates, moments, name) for name in names]
    along = xr.DataArray(names, dims="source", coords={"source": names})
    found: xr.DataArray = estimates.paths.sel(source=names) / xr.concat(scale, dim=along)
    return found.transpose(..., "source", "target")


def _product_deviation(estimates: Estimates, moments: Moments, name: str) -> xr.DataArray:
    labels = list(estimates.model.items_of(name))
    picked = xr.DataArray(labels, dims="item", coords={"item": labels})
    variance = moments.cov.sel(item=picked, item_2=picked).drop_vars("item_2")
    loadings = abs(estimates.loadings.sel(item=labels))
    total: xr.DataArray = (variance**0.5 * loadings).sum("item", skipna=False)
    return total / loadings.sum("item", skipna=False)


def _moments_of_products(estimates: Estimates) -> Moments:
    """Return the moments that the paths of products belong to: by consistent PLS, of factors."""
    model, moments = estimates.model, estimates.moments
    if estimates.settings.method != "plsc" or not model.products:
        return moments
    lower = first_stage_model(model)
    keep = replace(estimates.settings, on_inadmissible="keep")
    first = fit_moments(moments.select(lower.items), lower, keep)
    return free_of_error(first, moments, model)


def simple_slopes(
    estimates: Estimates,
    *,
    source: str,
    target: str,
    moderator: str | None = None,
    at: Sequence[float] = (-1.0, 0.0, 1.0),
) -> xr.DataArray:
    r"""Effect of a construct on another where a moderator is low, at its mean, high.

    Parameters
    ----------
    estimates : Estimates
        Of a model with a product of `source` and `moderator`, any batch
        dimensions: the slopes of draws have intervals.
    source, target : str
        The effect that is moderated.
    moderator : str, optional
        The other construct of the product; by default the only one there is,
        `source` itself for a square.
    at : sequence of float
        Values of the moderator, in standard deviations from its mean.

    Returns
    -------
    DataArray (..., level)
        Standard deviations of the target per standard deviation of the source;
        levels are `at`. By orthogonalised products the slope at 0 is the
        average effect, of the model without the product.

    Raises
    ------
    ModelError
        A construct that is not there, or a model without such a product.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from csat_models import fit
    >>> a, b = np.random.default_rng(1).normal(size=(2, 400))
    >>> frame = pd.DataFrame({"a": a, "b": b, "y": a + b + 0.5 * a * b})
    >>> estimates = fit(frame, PathModel.parse("A =~ a; B =~ b; Y =~ y; Y ~ A + B + A:B"))
    >>> slopes = simple_slopes(estimates, source="A", target="Y", moderator="B")
    >>> (slopes * frame["y"].std() / frame["a"].std()).round(2).values.tolist()
    [0.45, 0.97, 1.5]
    """
    name = _product_of(estimates.model, source, target, moderator)
    levels = xr.DataArray([float(value) for value in at], dims="level")
    levels = levels.assign_coords(level=levels.values)
    direct = estimates.paths.sel(source=source, target=target, drop=True)
    bend = product_coefficients(estimates).sel(source=name, target=target, drop=True)
    found: xr.DataArray = direct + _times(name) * bend * levels
    return found.transpose(..., "level")


def turning_point(estimates: Estimates, *, source: str, target: str) -> xr.DataArray:
    """Where the effect of a construct with a square changes its sign, (...).

    Parameters
    ----------
    estimates : Estimates
        Of a model with the square of `source`, any batch dimensions.
    source, target : str

    Returns
    -------
    DataArray (...)
        In standard deviations of the source from its mean: a maximum where
        the coefficient of the square is negative, a minimum where it is
        positive. Far outside the scores that were observed, there is none in
        the data.

    Raises
    ------
    ModelError
        As in :func:`simple_slopes`.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from csat_models import fit
    >>> a = np.random.default_rng(1).normal(size=400)
    >>> frame = pd.DataFrame({"a": a, "y": a - 0.25 * a**2})
    >>> estimates = fit(frame, PathModel.parse("A =~ a; Y =~ y; Y ~ A + A:A"))
    >>> point = turning_point(estimates, source="A", target="Y").item()
    >>> float(round(point * frame["a"].std() + frame["a"].mean(), 6))
    2.0
    """
    name = _product_of(estimates.model, source, target, source)
    direct = estimates.paths.sel(source=source, target=target, drop=True)
    bend = product_coefficients(estimates).sel(source=name, target=target, drop=True)
    found: xr.DataArray = -direct / (2.0 * bend)
    return found


def _times(product: str) -> float:
    one, other = product.split(PRODUCT)
    return 2.0 if one == other else 1.0


def _product_of(model: PathModel, source: str, target: str, moderator: str | None) -> str:
    """Return the product that makes `moderator` change the effect of `source`."""
    for name in (source, target, *([moderator] if moderator else [])):
        model.construct(name)
    found = {
        (pair[1] if pair[0] == source else pair[0]): name
        for name in model.products
        if source in (pair := name.split(PRODUCT)) and (name, target) in model.paths
    }
    if not found or (moderator is not None and moderator not in found):
        wanted = f"{source}:{moderator or '...'}"
        raise ModelError(
            f"the model has no product of '{source}' with "
            f"{repr(moderator) if moderator else 'another construct'} on '{target}'; write "
            f"'{target} ~ {source} + {wanted}'",
            construct=source,
        )
    if moderator is None and len(found) > 1:
        raise ModelError(
            f"the effect of '{source}' on '{target}' has the moderators {', '.join(found)}; "
            "say which by moderator=",
            construct=source,
        )
    return found[moderator] if moderator is not None else next(iter(found.values()))
