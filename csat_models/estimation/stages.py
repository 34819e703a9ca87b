r"""Estimation in two stages: scores of the first are items of the second.

Scores need no rows. They are linear in the items, so with T (K, N) the matrix
from the K items to N scores, the covariances of scores with items are
:math:`S T` and among themselves :math:`T' S T`, with a T of its own for every
sample of a batch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from csat_models.errors import ModelError
from csat_models.estimation.moments import Moments
from csat_models.estimation.sample import Array
from csat_models.estimation.settings import Settings
from csat_models.estimation.threads import single_threaded
from csat_models.model import PathModel

if TYPE_CHECKING:
    from csat_models.estimation.estimates import Estimates

# From moments, model, settings and orientation to the estimates of one stage.
Fit = Callable[[Moments, PathModel, Settings, "Estimates | None"], "Estimates"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores:
    """Scores as linear functions of the items, ``x' columns + offsets``.

    Attributes
    ----------
    names : tuple of str
        Of the N scores.
    columns : array (..., K, N)
    offsets : array (..., N)
    scale : (float, float)
        Ends of the scores' scale; missing where they have none.
    """

    names: tuple[str, ...]
    columns: Array
    offsets: Array
    scale: tuple[float, float]


def require_composites(settings: Settings, what: str) -> None:
    """Raise if the method corrects for measurement error, which two stages do not.

    Raises
    ------
    ModelError
        ``method="plsc"``; `what` names the part of the model.
    """
    if settings.method == "plsc":
        raise ModelError(
            f"{what} is estimated by two stages, which consistent PLS does not have; "
            "use method='pls'",
            method=settings.method,
        )


def batch_mean(moments: Moments) -> Array:
    """Item means with the leading dimensions of the covariances, (..., K)."""
    like = moments.cov.isel(item_2=0, drop=True)
    mean: Array = moments.mean.broadcast_like(like).transpose(*like.dims).to_numpy()
    return mean


def batch_cov(moments: Moments) -> Array:
    """Item covariances, (..., K, K)."""
    cov: Array = moments.cov.transpose(*moments.batch_dims, "item", "item_2").to_numpy()
    return cov


def per_item_unit(moments: Moments, weights: xr.DataArray) -> Array:
    """Weights of items as they are, (..., K): standardised weight over standard deviation."""
    standardised = weights.transpose(*moments.batch_dims, "item").to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Array = standardised / np.sqrt(np.einsum("...kk->...k", batch_cov(moments)))
    return found


@single_threaded
def add_scores(moments: Moments, scores: Scores) -> Moments:
    """Add scores to the moments of the items they are made of.

    Parameters
    ----------
    moments : Moments
        Of the K items, with any leading dimensions.
    scores : Scores
        With the same leading dimensions.

    Returns
    -------
    Moments
        Of the items and the N scores.
    """
    cov, mean = batch_cov(moments), batch_mean(moments)
    cross = cov @ scores.columns
    inner = np.swapaxes(scores.columns, -1, -2) @ cross
    top = np.concatenate([cov, cross], axis=-1)
    bottom = np.concatenate([np.swapaxes(cross, -1, -2), inner], axis=-1)
    own = np.einsum("...k,...kn->...n", mean, scores.columns) + scores.offsets
    return _label(
        moments,
        scores,
        np.concatenate([mean, own], axis=-1),
        np.concatenate([top, bottom], axis=-2),
    )


def _label(moments: Moments, scores: Scores, mean: Array, cov: Array) -> Moments:
    batch = moments.batch_dims
    names = [*moments.items, *scores.names]
    coords = {dim: moments.cov[dim].values for dim in batch if dim in moments.cov.coords}

    def bound(end: xr.DataArray, value: float) -> xr.DataArray:
        values = [*end.to_numpy(), *[value] * len(scores.names)]
        return xr.DataArray(values, coords={"item": names}, dims=["item"])

    return replace(
        moments,
        mean=xr.DataArray(mean, coords=coords | {"item": names}, dims=[*batch, "item"]),
        cov=xr.DataArray(
            cov,
            coords=coords | {"item": names, "item_2": names},
            dims=[*batch, "item", "item_2"],
        ),
        scale_min=bound(moments.scale_min, scores.scale[0]),
        scale_max=bound(moments.scale_max, scores.scale[1]),
    )


def oriented_as(orientation: Estimates | None, model: PathModel) -> Estimates | None:
    """Cut an orientation down to the items of one stage."""
    if orientation is None:
        return None
    return replace(orientation, weights=orientation.weights.sel(item=list(model.items)))
