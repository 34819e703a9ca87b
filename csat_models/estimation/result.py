"""What an estimation results in: labelled arrays, and what they were made with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from csat_models.estimation.consistent import Violation
from csat_models.estimation.labels import label, model_coordinates
from csat_models.estimation.moments import Moments
from csat_models.estimation.settings import Settings
from csat_models.estimation.summaries import as_html, batch_words, counted, sample_words
from csat_models.model import PathModel


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimates:
    """An estimated model, for one sample or for every element of a batch.

    Attributes
    ----------
    model : PathModel
        What was fitted; where constructs of higher order take the items of
        their dimensions, or products those of their factors, with these
        written out.
    settings : Settings
    moments : Moments
        What was fitted, of the model's indicators: its items, items used
        twice, products of items, and the scores that a second stage takes for
        items, see :mod:`~csat_models.estimation.higher_order` and
        :mod:`~csat_models.estimation.products`.
    weights : DataArray (..., item)
        Standardised outer weights, ``w_j' S_jj w_j = 1``.
    loadings : DataArray (..., item)
        Correlation of each item with its construct; with its composite by
        ``method="pls"``, with its factor by ``method="plsc"``.
    paths : DataArray (..., source, target)
        Standardised path coefficients, 0 where the model has no path.
    construct_corr : DataArray (..., construct, construct_2)
        Correlations of the constructs, by ``method="plsc"`` corrected for
        measurement error.
    r_squared : DataArray (..., construct)
        Share of variance explained; missing for exogenous constructs.
    converged : DataArray (...)
        False where the estimates are missing.
    iterations : DataArray (...)
    flipped : DataArray (..., construct)
        True where the sign of a construct was turned.
    violation : DataArray (...)
        The first rule of admissibility that is broken, a number of
        :class:`~csat_models.estimation.consistent.Violation`; 0 if none.
        Composites (``method="pls"``) break none.
    product_regression : DataArray (..., item, indicator), or None
        Coefficients of items in the regressions that orthogonalised product
        indicators are the residuals of; for scores.
    """

    model: PathModel
    settings: Settings
    moments: Moments
    weights: xr.DataArray
    loadings: xr.DataArray
    paths: xr.DataArray
    construct_corr: xr.DataArray
    r_squared: xr.DataArray
    converged: xr.DataArray
    iterations: xr.DataArray
    flipped: xr.DataArray
    violation: xr.DataArray
    product_regression: xr.DataArray | None = None

    @property
    def admissible(self) -> xr.DataArray:
        """True where estimates have converged and lie in their parameter space, (...)."""
        return self.converged & (self.violation == Violation.NONE)

    def __repr__(self) -> str:
        settings, model, moments = self.settings, self.model, self.moments
        how = "cbsem" if settings.method == "cbsem" else f"{settings.method}, {settings.scheme}"
        parts = [
            f"{how}: {counted(len(model.constructs), 'construct')}, "
            f"{counted(len(model.indicators), 'item')}, {counted(len(model.paths), 'path')}",
            *batch_words({dim: self.converged.sizes[dim] for dim in self.converged.dims}),
            *self._failures(),
            sample_words(moments.n_obs, moments.n_effective),
        ]
        return f"Estimates({'; '.join(parts)})"

    def _failures(self) -> list[str]:
        lost = int((~self.converged).sum())
        outside = int((self.converged & ~self.admissible).sum())
        return [
            f"{number:,} {words}"
            for number, words in ((lost, "not converged"), (outside, "not admissible"))
            if number
        ]

    def _repr_html_(self) -> str:
        """Show the paths of a single sample, and its shares of variance explained."""
        if self.converged.dims:
            return as_html(repr(self))
        names = [name for name in self.model.construct_names if self.model.predecessors(name)]
        explained = self.r_squared.sel(construct=names).rename(construct="target")
        rows = self.paths.sel(target=names)
        rows = rows.isel(source=np.flatnonzero((rows != 0).any("target")))
        last = explained.drop_vars("source", errors="ignore").expand_dims(source=["R2"])
        return as_html(repr(self), xr.concat([rows, last], dim="source"))


# The arrays that all estimates have, and their dimensions behind those of the batch.
_DIMENSIONS: dict[str, tuple[str, ...]] = {
    "weights": ("item",),
    "loadings": ("item",),
    "paths": ("source", "target"),
    "construct_corr": ("construct", "construct_2"),
    "r_squared": ("construct",),
    "converged": (),
    "iterations": (),
    "flipped": ("construct",),
    "violation": (),
}
ARRAYS = tuple(_DIMENSIONS)


def label_estimates(
    model: PathModel, settings: Settings, moments: Moments, **arrays: NDArray[Any]
) -> Estimates:
    """Label plain arrays as :class:`Estimates`.

    Parameters
    ----------
    model : PathModel
    settings : Settings
    moments : Moments
        What was fitted, with leading dimensions of B elements in all.
    **arrays : array (B, ...)
        Each of :data:`ARRAYS`.
    """
    batch = moments.batch_dims
    shape = tuple(moments.cov.sizes[dim] for dim in batch)
    coords = {dim: moments.cov[dim].values for dim in batch if dim in moments.cov.coords}
    placed = {
        name: ([*batch, *last], arrays[name].reshape((*shape, *arrays[name].shape[1:])))
        for name, last in _DIMENSIONS.items()
    }
    shared = model_coordinates(model.construct_names, model.indicators)
    return Estimates(
        model=model, settings=settings, moments=moments, **label(placed, shared, coords)
    )
