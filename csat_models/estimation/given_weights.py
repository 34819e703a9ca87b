"""Scores by other weights than a sample's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import xarray as xr

from csat_models.errors import DataError, ModelError
from csat_models.estimation.composites import item_weights
from csat_models.estimation.moments import Moments
from csat_models.estimation.result import Estimates
from csat_models.estimation.threads import single_threaded
from csat_models.model import PathModel


def with_weights(estimates: Estimates, weights: Estimates | Mapping[str, float]) -> Estimates:
    """Give estimates other weights, scaled to scores of variance 1 in each of their samples.

    Parameters
    ----------
    estimates : Estimates
        Any batch dimensions.
    weights : Estimates or mapping of item to number
        Of the same items. Weights of other estimates are those of items as
        they are: standardised weight over standard deviation. Their
        dimensions must be among those of `estimates`.

    Returns
    -------
    Estimates
        Of the model's items alone; only weights, moments and model are those
        of the result.

    Raises
    ------
    ModelError
        The model has products or constructs of higher order, whose scores
        are made in two stages.
    DataError
        An item without a weight.

    Examples
    --------
    >>> from csat_models import fit
    >>> model = PathModel.parse("S =~ S1 + S2; L =~ L1; L ~ S")
    >>> corr = [[1, .5, .4], [.5, 1, .4], [.4, .4, 1]]
    >>> estimates = fit(
    ...     Moments.from_table(items=model.items, mean=[5] * 3, cov=corr, n_obs=99), model)
    >>> with_weights(estimates, {"S1": 1, "S2": 0, "L1": 1}).weights.values.tolist()
    [1.0, 0.0, 1.0]
    """
    model = estimates.model
    if model.products or model.higher_order or model.repeated:
        name = (*model.products, *model.higher_order, *model.repeated)[0]
        raise ModelError(
            f"'{name}' is made of scores, or of items used twice, so that other weights of its "
            "items are not defined; give weights= only where every item has one construct",
            construct=name,
        )
    per_unit = _per_item_unit(weights, model)
    moments = estimates.moments
    return replace(estimates, weights=_standardise(per_unit, moments, model))


def _per_item_unit(weights: Estimates | Mapping[str, float], model: PathModel) -> xr.DataArray:
    """Weights of items as they are, (..., item)."""
    if isinstance(weights, Estimates):
        found = item_weights(weights).sum("construct", skipna=False)
        known = {str(item) for item in found["item"].values}
    else:
        found = xr.DataArray(
            np.array([float(value) for value in weights.values()]),
            coords={"item": list(weights)},
            dims=["item"],
        )
        known = set(weights)
    absent = [item for item in model.items if item not in known]
    if absent:
        raise DataError(
            f"the weights have none for item '{absent[0]}' of the model; give one for every item",
            item=absent[0],
        )
    return found.sel(item=list(model.items))


@single_threaded
def _standardise(per_unit: xr.DataArray, moments: Moments, model: PathModel) -> xr.DataArray:
    """Scale weights of items as they are to w' S w = 1 a construct, and standardise them."""
    items = list(model.items)
    cov = moments.cov.transpose(*moments.batch_dims, "item", "item_2")
    membership = xr.DataArray(
        model.membership,
        coords={"item": items, "construct": list(model.construct_names)},
        dims=["item", "construct"],
    )
    spread = per_unit * membership
    other = spread.rename(item="item_2")
    variance = xr.dot(xr.dot(spread, cov, dim="item"), other, dim="item_2")
    scale = xr.dot(membership, variance**0.5, dim="construct")
    diagonal = np.einsum("...kk->...k", cov.to_numpy())
    deviation = cov.isel(item_2=0, drop=True).copy(data=np.sqrt(diagonal))
    found: xr.DataArray = per_unit * deviation / scale
    return found.transpose(*moments.batch_dims, "item")
