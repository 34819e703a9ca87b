"""What a study computes, each part once: estimates, draws, indices of all waves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache, cached_property, reduce
from typing import Any

import xarray as xr

from csat_models.analysis import satisfaction_index
from csat_models.estimation import Estimates, Moments, Settings, fit_moments, merge_moments
from csat_models.estimation.admissibility import drop_inadmissible
from csat_models.estimation.products import first_stage_model, without_products
from csat_models.model import PathModel
from csat_models.survey.disclosure.suppression import hidden_cells
from csat_models.workflow.computing.drawing import Resampling
from csat_models.workflow.computing.uncertainty import Uncertain
from csat_models.workflow.computing.waves import Wave
from csat_models.workflow.digests import digest, library_digest
from csat_models.workflow.keeping.packing import (
    pack_estimates,
    pack_moments,
    unpack_estimates,
    unpack_moments,
)
from csat_models.workflow.params.fields import StudyParams
from csat_models.workflow.params.handled import weight_of
from csat_models.workflow.params.loading import codebook_of, load_earlier, model_of
from csat_models.workflow.project import Project


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IndexDraws:
    """An index and its draws.

    Attributes
    ----------
    point : DataArray (...)
    draws : DataArray (draw, ...)
    """

    point: xr.DataArray
    draws: xr.DataArray

    def sel(self, **labels: Any) -> IndexDraws:
        """Select by label in both."""
        return IndexDraws(
            point=self.point.sel(labels, drop=True), draws=self.draws.sel(labels, drop=True)
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AllIndices:
    """Indices of all waves: of brands, and of brands in units.

    Attributes
    ----------
    brands : IndexDraws (year, competitor column, construct)
    cells : IndexDraws (year, *by, construct)
    """

    brands: IndexDraws
    cells: IndexDraws

    def sel(self, **labels: Any) -> AllIndices:
        """Select by label in both."""
        return AllIndices(brands=self.brands.sel(**labels), cells=self.cells.sel(**labels))


class Computation:
    """Everything numeric about a study, computed when asked for and kept.

    Parameters
    ----------
    params : StudyParams
    project : Project
    beside : Computation, optional
        Of a study that differs in its own wave only, and shares its earlier ones.
    """

    def __init__(
        self, params: StudyParams, project: Project, *, beside: Computation | None = None
    ) -> None:
        self.params = params
        self.project = project
        self._beside = beside
        self.level = params.bootstrap.level

    @cached_property
    def fitted_model(self) -> PathModel:
        """The model that is estimated, with its products of constructs."""
        return model_of(self.params)

    @cached_property
    def model(self) -> PathModel:
        """The constructs that have items of their own: the model without its products."""
        whole = self.fitted_model
        return first_stage_model(whole) if whole.products else whole

    @cached_property
    def settings(self) -> Settings:
        """How it is estimated; an inadmissible solution keeps its numbers and is marked."""
        wanted = self.params.estimation
        return Settings(
            method=wanted.method,
            scheme=wanted.scheme,
            standardised=wanted.standardised,
            on_inadmissible="keep",
            higher_order=wanted.higher_order,
            interactions=wanted.interactions,
        )

    @property
    def unit(self) -> str | None:
        """Column of the units, if there are any."""
        return self.params.comparison.unit if self.params.comparison else None

    @property
    def brands(self) -> dict[str, str] | None:
        """Dimension and labels for :func:`~csat_models.analysis.lead`."""
        comparison = self.params.comparison
        if comparison is None or comparison.competitor is None:
            return None
        found = comparison.competitor
        return {"over": found.column, "ours": found.ours, "theirs": found.theirs}

    @property
    def by(self) -> tuple[str, ...]:
        """Columns of units and brands."""
        return tuple(
            name for name in (self.unit, self.brands["over"] if self.brands else None) if name
        )

    @property
    def uses_weights(self) -> bool:
        """Whether the survey weight counts: as the params say, else where there is one."""
        wanted = self.params.estimation.weights
        if wanted is not None:
            return wanted
        return weight_of(self.params, codebook_of(self.params, self.project)) is not None

    @property
    def weight(self) -> str | None:
        """Column of survey weights, if they are used."""
        return self.wave.weight if self.uses_weights else None

    @property
    def index_constructs(self) -> tuple[str, ...]:
        """Constructs whose index is reported."""
        return self.params.index.constructs or self.model.construct_names

    @cached_property
    def waves(self) -> tuple[Wave, ...]:
        """Earlier waves and the study's own, ascending."""
        brands = self.brands
        how = Resampling(
            model=self.fitted_model,
            settings=self.settings,
            by=self.by,
            brands=None if brands is None else (brands["over"], brands["ours"], brands["theirs"]),
            missing=self.params.estimation.missing,
            weights=self.uses_weights,
            n_boot=self.params.bootstrap.n_boot,
            seed=self.params.bootstrap.seed,
            strata=self.params.sampling.strata,
            clusters=self.params.sampling.clusters,
        )
        own = Wave(self.params, self.project, how)
        if self._beside is not None:
            return (*self._beside.waves[:-1], own)
        earlier = sorted(load_earlier(self.params, self.project), key=lambda params: params.wave)
        return (*(Wave(params, self.project, how) for params in earlier), own)

    @property
    def wave(self) -> Wave:
        """The study's own wave."""
        return self.waves[-1]

    @cached_property
    def estimates(self) -> Estimates:
        """The model fitted to the wave, without its products of constructs."""
        return without_products(self.interacting.point)

    @cached_property
    def draws(self) -> Estimates:
        """The model fitted to every draw of the wave."""
        return without_products(self.interacting.draws)

    @cached_property
    def brand_estimates(self) -> Estimates:
        """The model fitted to each brand's customers."""
        return without_products(self.interacting_brands.point)

    @cached_property
    def brand_draws(self) -> Estimates:
        """The model fitted to every draw of each brand's customers."""
        return without_products(self.interacting_brands.draws)

    @cached_property
    def fitted(self) -> Uncertain:
        """The wave's fit with its draws, without products of constructs."""
        return self.interacting.of(without_products)

    @cached_property
    def fitted_brands(self) -> Uncertain:
        """The brands' fits with their draws, without products of constructs."""
        return self.interacting_brands.of(without_products)

    @cached_property
    def interacting(self) -> Uncertain:
        """The wave's fit with its draws, the model's products of constructs among them."""
        point = fit_moments(self.wave.whole, self.fitted_model, self.settings)
        draws = self._fitted("estimates", self.wave.whole_draws, point)
        return self._uncertain(point, draws, self.wave.leave_outs, orientation=point)

    @cached_property
    def interacting_brands(self) -> Uncertain:
        """The brands' fits with their draws, products of constructs among them."""
        whole = self.interacting.point
        point = fit_moments(self.wave.brands, self.fitted_model, self.settings, orientation=whole)
        draws = self._fitted("brands", self.wave.draws.brands, whole)
        return self._uncertain(point, draws, self.wave.brand_leave_outs, orientation=whole)

    @cached_property
    def index(self) -> AllIndices:
        """Indices of all waves, with the weights that the params say."""
        key = digest(
            [wave.draws_key for wave in self.waves],
            [wave.label for wave in self.waves],
            self._fit_key,
            self.params.index.weights,
            library_digest("analysis", "workflow"),
        )
        self.share_waves()
        kept = self.wave.store.arrays(f"index-{key}", self._index)
        return AllIndices(
            brands=IndexDraws(point=kept["brands_point"], draws=kept["brands_draws"]),
            cells=self._without_small(
                IndexDraws(point=kept["cells_point"], draws=kept["cells_draws"])
            ),
        )

    def _without_small(self, cells: IndexDraws) -> IndexDraws:
        """Blank the indices of small cells, and of those that would give them away."""
        if not self.by:
            return cells

        def shown(wave: Wave) -> xr.DataArray:
            counts = wave.cells.n_obs
            hidden = hidden_cells(counts.to_numpy().astype(float), self.params.privacy.min_n)
            return counts.copy(data=(~hidden).astype(float))

        kept = self._years(shown).fillna(0.0) > 0
        return IndexDraws(point=cells.point.where(kept), draws=cells.draws.where(kept))

    @property
    def _fit_key(self) -> list[object]:
        return [self.fitted_model.to_text(), asdict(self.settings)]

    def _uncertain(
        self,
        point: Estimates,
        draws: Estimates,
        moments: Callable[[], Moments],
        *,
        orientation: Estimates,
    ) -> Uncertain:
        def leave_outs() -> Estimates:
            model, settings = self.fitted_model, self.settings
            return fit_moments(moments(), model, settings, orientation=orientation)

        return Uncertain(
            point=point,
            draws=draws,
            kind=self.params.bootstrap.interval,
            level=self.level,
            leave_outs=cache(leave_outs),
        )

    def _fitted(self, name: str, moments: Moments, point: Estimates) -> Estimates:
        def fit() -> Estimates:
            return fit_moments(moments, self.fitted_model, self.settings, orientation=point)

        if point.moments.items != moments.items:
            # They hold scores of each draw, which the store does not keep.
            return drop_inadmissible(fit())
        key = digest(self.wave.draws_key, self._fit_key)
        kept = self.wave.store.arrays(f"{name}-{key}", lambda: pack_estimates(fit()))
        fitted = unpack_estimates(kept, model=self.model, settings=self.settings, moments=moments)
        return drop_inadmissible(fitted)

    def _index(self) -> dict[str, xr.DataArray]:
        own = self.params.index.weights == "own"
        return self._own_index() if own else self._pooled_index()

    def share_waves(self) -> None:
        """Compute the draws of waves that no other process is busy with.

        Notebooks that run side by side so divide the waves among them.
        """
        for wave in self.waves:
            if not wave.draws_are_busy:
                wave.draws  # noqa: B018 (computed and kept)

    @cached_property
    def pooled(self) -> tuple[Estimates, Estimates]:
        """The model fitted to all waves together, and to every draw of them."""
        for wave in self.waves:
            wave.check()
        key = digest([wave.draws_key for wave in self.waves], library_digest("workflow"))
        kept = self.wave.store.arrays(f"pooled-{key}", self._pool)
        point = fit_moments(unpack_moments(kept, "whole_"), self.fitted_model, self.settings)
        drawn = unpack_moments(kept, "draws_")
        draws = fit_moments(drawn, self.fitted_model, self.settings, orientation=point)
        return without_products(point), without_products(draws)

    def _pool(self) -> dict[str, xr.DataArray]:
        """Moments of all waves together, and of every draw of them."""
        whole = merge_moments([wave.whole for wave in self.waves])
        earlier, own = self._draws_of_earlier, self.wave.whole_draws
        drawn = own if earlier is None else merge_moments([earlier, own])
        return pack_moments(whole, "whole_") | pack_moments(drawn, "draws_")

    @cached_property
    def _draws_of_earlier(self) -> Moments | None:
        """Draws of all earlier waves together; None where there are none."""
        if self._beside is not None:
            return self._beside._draws_of_earlier
        drawn = (wave.whole_draws for wave in self.waves[:-1])
        first = next(drawn, None)
        return None if first is None else reduce(lambda *two: merge_moments(two), drawn, first)

    def _pooled_index(self) -> dict[str, xr.DataArray]:
        point, draws = self.pooled
        return {
            "brands_point": self._years(lambda wave: satisfaction_index(point, wave.brands)),
            "cells_point": self._years(lambda wave: satisfaction_index(point, wave.cells)),
            "brands_draws": self._years(lambda wave: satisfaction_index(draws, wave.draws.brands)),
            "cells_draws": self._years(
                lambda wave: satisfaction_index(draws, wave.cell_moments_of_draws)
            ),
        }

    def _own_index(self) -> dict[str, xr.DataArray]:
        def share(wave: Wave) -> xr.DataArray:
            total = wave.cells.weight_sum
            return total / total.sum(self.unit) if self.unit else total / total

        def merged(wave: Wave, values: xr.DataArray) -> xr.DataArray:
            weighted: xr.DataArray = (values * share(wave)).where(share(wave) > 0, 0.0)
            return weighted.sum(self.unit, skipna=False) if self.unit else weighted

        return {
            "brands_point": self._years(lambda wave: merged(wave, wave.own_index()[0])),
            "cells_point": self._years(lambda wave: wave.own_index()[0]),
            "brands_draws": self._years(lambda wave: merged(wave, wave.own_index()[1])),
            "cells_draws": self._years(lambda wave: wave.own_index()[1]),
        }

    def _years(self, index_of: Callable[[Wave], xr.DataArray]) -> xr.DataArray:
        parts = [index_of(wave).expand_dims(year=[wave.label]) for wave in self.waves]
        stacked = xr.concat(parts, dim="year", join="outer", combine_attrs="drop")
        first = ("draw", "year") if "draw" in stacked.dims else ("year",)
        return stacked.transpose(*first, *self.by, "construct", missing_dims="ignore")
