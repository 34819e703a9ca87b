"""The moments of one wave's cells and brands, their draws and their leave-outs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, reduce
from typing import Any

import numpy as np
import xarray as xr

from csat_models.analysis import satisfaction_index
from csat_models.estimation import (
    Estimates,
    Moments,
    add_product_items,
    bootstrap_moments,
    compute_moments,
    fit_moments,
    jackknife_moments,
    merged_draws,
    resample_cells,
)
from csat_models.estimation.draws.weighted_draws import weighted_draws
from csat_models.estimation.products import without_products
from csat_models.survey import Responses
from csat_models.survey.weighting.drawn_weights import MixedWeights, RakedWeights
from csat_models.workflow.computing.answers import Answers
from csat_models.workflow.computing.drawing import Resampling, weights_of_draws
from csat_models.workflow.keeping.packing import pack_moments


class WaveMoments:
    """What the estimators see of a wave whose answers have been checked; nothing is kept.

    Parameters
    ----------
    responses : Responses
        The responses that count.
    answers : Answers
        Where the wave's responses come from, and their weights.
    resampling : Resampling
    seed : int
        Of persons or rows that are drawn.
    own_seed : int
        Of the wave alone.
    """

    def __init__(
        self,
        responses: Responses,
        answers: Answers,
        resampling: Resampling,
        *,
        seed: int,
        own_seed: int,
    ) -> None:
        self.responses = responses
        self.answers = answers
        self.resampling = resampling
        self.seed = seed
        self.own_seed = own_seed

    @cached_property
    def cells(self) -> Moments:
        """Moments of every cell: (*by, item)."""
        return compute_moments(self._responses, **self._of_cells())

    @cached_property
    def brands(self) -> Moments:
        """Moments of the brands, units merged: (competitor column, item)."""
        if self.resampling.adds_up:
            return reduce(lambda moments, dim: moments.merge(dim), self._unit_dims(), self.cells)
        return compute_moments(self._responses, **self._taking(by=self._brand_dims()))

    @cached_property
    def whole(self) -> Moments:
        """Moments of the wave."""
        return reduce(lambda moments, dim: moments.merge(dim), self._brand_dims(), self.brands)

    def leave_outs(self) -> Moments:
        """Moments of the wave without each of its parts: (part, item)."""
        return jackknife_moments(self._responses, **self._parted(), **self._taking(by=()))

    def brand_leave_outs(self) -> Moments:
        """Moments of the brands without each of the wave's parts: (part, brand, item)."""
        taking = self._taking(by=self._brand_dims())
        return jackknife_moments(self._responses, **self._parted(), **taking)

    def resample(self) -> dict[str, xr.DataArray]:
        """Draw the means of the cells and the moments of the brands, as plain arrays."""
        means, brands = self._merged_draws(self._unit_dims(), self._of_cells())
        if not self.resampling.adds_up:
            taking = self._taking(by=self._brand_dims())
            if self._weights is None:
                brands = bootstrap_moments(self._responses, **self._drawing(), **taking)
            else:
                brands = self._merged_draws([], taking)[1]
        return {"cell_means": means} | pack_moments(brands, "brand_")

    def index_cells(self) -> dict[str, xr.DataArray]:
        """Index of every cell with the cell's own weights: ``point`` and ``draws``."""
        how = self.resampling
        point = fit_moments(self.cells, how.model, how.settings)
        draws: list[xr.DataArray] = []
        for labels, moments in self._each_cell():
            alone: Estimates = fit_moments(self.cells.sel(**labels), how.model, how.settings)
            fitted = fit_moments(moments, how.model, how.settings, orientation=alone)
            index = satisfaction_index(without_products(fitted))
            draws.append(index.expand_dims({dim: [labels[dim]] for dim in how.by}))
        index = satisfaction_index(without_products(point))
        return {"point": index, "draws": self._in_order(draws)}

    @cached_property
    def _responses(self) -> Responses:
        """The responses with the products of items that products of constructs need."""
        return add_product_items(self.responses, self.resampling.model)

    @cached_property
    def _weights(self) -> RakedWeights | MixedWeights | None:
        """Weights of every draw; None where they are held fixed."""
        how = self.resampling
        return weights_of_draws(self.answers, how, seed=self.seed, own_seed=self.own_seed)

    def _parted(self) -> dict[str, Any]:
        return {"persons": self.resampling.clusters} if self.resampling.clusters else {}

    def _drawing(self) -> dict[str, Any]:
        how = self.resampling
        design = {"strata": how.strata, "clusters": how.clusters} if how.designed else {}
        return {"n_boot": how.n_boot, "seed": self.seed, **design}

    def _taking(self, by: tuple[str, ...] | None = None) -> dict[str, Any]:
        how = self.resampling
        return {
            "items": how.model.items,
            "by": how.by if by is None else by,
            "missing": how.missing,
            "sampling_weights": self.answers.weight if how.weights else None,
        }

    def _of_cells(self) -> dict[str, Any]:
        """Return what cells are taken with: only their means, where moments do not add up."""
        taking = self._taking()
        return taking if self.resampling.adds_up else taking | {"missing": "mean"}

    def _brand_dims(self) -> tuple[str, ...]:
        brands = self.resampling.brands
        return () if brands is None else (brands[0],)

    def _unit_dims(self) -> list[str]:
        return [name for name in self.resampling.by if name not in self._brand_dims()]

    def _merged_draws(
        self, merge: Sequence[str], taking: dict[str, Any]
    ) -> tuple[xr.DataArray, Moments]:
        if self._weights is None:
            return merged_draws(self._responses, merge=merge, **self._drawing(), **taking)
        n_boot = self.resampling.n_boot
        return weighted_draws(
            self._responses, self._weights.take, n_boot=n_boot, merge=merge, **taking
        )

    def _each_cell(self) -> Iterator[tuple[dict[str, Any], Moments]]:
        if self._weights is None:
            yield from resample_cells(self._responses, **self._drawing(), **self._taking())
            return
        cells = self._merged_draws([], self._taking())[1]
        for place in np.argwhere(self.cells.n_obs.to_numpy() > 0):
            pairs = zip(self.resampling.by, place, strict=True)
            labels = {name: self.cells.mean[name].to_numpy()[k] for name, k in pairs}
            yield labels, cells.sel(**labels)

    def _in_order(self, parts: Sequence[xr.DataArray]) -> xr.DataArray:
        """Put cells side by side, in the order of the point estimate's cells."""
        by = self.resampling.by
        if not by:
            return parts[0]
        unnamed = [part.rename(None) for part in parts]
        combined = xr.combine_by_coords(unnamed, join="outer", combine_attrs="drop")
        order = {dim: self.cells.mean[dim].to_numpy() for dim in by}
        assert isinstance(combined, xr.DataArray)
        return combined.reindex(order).transpose("draw", *by, ...)
