r"""Estimation in two stages: scores of the first are items of the second.

Scores need no rows. They are linear in the items, so with T (K, N) the matrix
from the K items to N scores, the covariances of scores with items are
:math:`S T` and among themselves :math:`T' S T`, with a T of its own for every
sample of a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from csat_models.estimation.moments import Moments
from csat_models.estimation.result import Estimates
from csat_models.estimation.sample import Array
from csat_models.estimation.settings import Settings
from csat_models.estimation.threads import single_threaded
from csat_models.model import PathModel


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stage:
    """How a stage is estimated: as which settings say, with whose signs, and by what.

    Attributes
    ----------
    settings : Settings
    orientation : Estimates or None
        See :func:`~csat_models.estimation.estimates.fit`.
    fit : callable
        From moments, model, settings and orientation to estimates.
    """

    settings: Settings
    orientation: Estimates | None
    fit: Callable[[Moments, PathModel, Settings, Estimates | None], Estimates]

    def of(self, moments: Moments, model: PathModel) -> Estimates:
        """Estimate a model from moments of at least its indicators."""
        wanted = moments.select(model.indicators)
        return self.fit(wanted, model, self.settings, self.orientation)

    def oriented(self, model: PathModel) -> Stage:
        """Cut the orientation down to the items of `model`."""
        if self.orientation is None:
            return self
        weights = self.orientation.weights.sel(item=list(model.items))
        return replace(self, orientation=replace(self.orientation, weights=weights))

    def first(self, model: PathModel) -> Stage:
        """Return the stage before this one, which refuses nothing by itself."""
        keep = replace(self.settings, on_inadmissible="keep")
        return replace(self.oriented(model), settings=keep)


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


def stack_items(first: xr.DataArray, second: xr.DataArray, items: Sequence[str]) -> xr.DataArray:
    """Put two arrays by item together, (..., item) of `items`, in their order."""
    joint: xr.DataArray = xr.concat([first, second], dim="item")
    return joint.sel(item=list(items)).transpose(..., "item")


def relabel(moments: Moments, items: Sequence[str], columns: Sequence[str]) -> Moments:
    """Return the moments of `columns`, called `items`; one column may stand more than once."""
    places = [moments.items.index(column) for column in columns]
    names = list(items)

    def pick(array: xr.DataArray, *dims: str) -> xr.DataArray:
        picked = array.isel(dict.fromkeys(dims, places))
        return picked.assign_coords(dict.fromkeys(dims, names))

    return replace(
        moments,
        mean=pick(moments.mean, "item"),
        cov=pick(moments.cov, "item", "item_2"),
        scale_min=pick(moments.scale_min, "item"),
        scale_max=pick(moments.scale_max, "item"),
    )


def label_corr(moments: Moments, model: PathModel, corr: Array) -> xr.DataArray:
    """Label the correlations of constructs, (..., construct, construct_2)."""
    names, batch = list(model.construct_names), moments.batch_dims
    coords = {dim: moments.cov[dim].values for dim in batch if dim in moments.cov.coords}
    return xr.DataArray(
        corr,
        coords=coords | {"construct": names, "construct_2": names},
        dims=[*batch, "construct", "construct_2"],
    )


@single_threaded
def score_corr(moments: Moments, weights: xr.DataArray, model: PathModel) -> xr.DataArray:
    """Correlations of the scores of all constructs, (..., construct, construct_2)."""
    spread = per_item_unit(moments, weights)[..., None] * model.membership
    corr = np.swapaxes(spread, -1, -2) @ batch_cov(moments) @ spread
    return label_corr(moments, model, corr)
