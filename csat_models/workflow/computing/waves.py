"""One wave of a study: its responses, its moments and their draws, kept in the store.

A wave's draws depend only on its own file and on how it is resampled, so each
wave keeps them in its own folder and the next study finds them there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from functools import cached_property, partial, reduce
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from csat_models.analysis import satisfaction_index
from csat_models.errors import ParamsError
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
from csat_models.estimation.products import first_stage_model, without_products
from csat_models.model import PathModel
from csat_models.survey import (
    Codebook,
    Responses,
    check_responses,
    parse_surveys,
    read_package_data,
)
from csat_models.survey.identities import key_in_use
from csat_models.survey.remarks import remarks, with_known_cells
from csat_models.survey.weighting.drawn_weights import MixedWeights, RakedWeights
from csat_models.workflow.computing.answers import Answers
from csat_models.workflow.computing.drawing import Resampling, WaveDraws, weights_of_draws
from csat_models.workflow.digests import digest, library_digest, package_versions
from csat_models.workflow.files import file_digest
from csat_models.workflow.keeping.packed_responses import PACKED, unpack_responses
from csat_models.workflow.keeping.packing import pack_moments, unpack_moments
from csat_models.workflow.keeping.store import Store
from csat_models.workflow.params.fields import StudyParams
from csat_models.workflow.params.loading import codebook_of
from csat_models.workflow.params.raw_files import raw_digests, raw_files
from csat_models.workflow.project import Project

# What the floors up to the estimates are made of; nothing above can change a draw.
_ROOMS = ("errors", "model", "survey", "estimation")


class Wave:
    """One wave: a study's own, or an earlier one it looks back at.

    Parameters
    ----------
    params : StudyParams
        Of the study that the wave belongs to.
    project : Project
    resampling : Resampling
        Of the study that asks.
    """

    def __init__(self, params: StudyParams, project: Project, resampling: Resampling) -> None:
        self.params = params
        self.project = project
        self.resampling = resampling
        self.store = Store(folder=project.processed(params.name))

    def __repr__(self) -> str:
        return f"Wave({self.params.wave})"

    @property
    def label(self) -> int:
        """The wave's year."""
        return self.params.wave

    @cached_property
    def codebook(self) -> Codebook:
        """The wave's codebook."""
        return codebook_of(self.params, self.project)

    @cached_property
    def source_key(self) -> str:
        """Hash of the raw data, the codebook and the code that reads them."""
        data = self.params.data
        codebook = file_digest(self.project.root / data.codebook)
        raw = list(raw_digests(data, self.project).values())
        key = key_in_use(self.codebook)
        return digest(raw, data.version, codebook, key, library_digest("errors", "survey"))

    @cached_property
    def raw_files(self) -> dict[str, Path]:
        """The raw files by name; none where the data come from a package."""
        return raw_files(self.params.data, self.project)

    @cached_property
    def answers(self) -> Answers:
        """The wave's answers, from those read to those used."""
        key = digest(self.source_key, list(self.resampling.by))
        return Answers(self.params, self.codebook, read=self._known, key=key, store=self.store)

    @property
    def responses(self) -> Responses:
        """The responses that count, with the weights that they count with."""
        return self.answers.used

    @property
    def weight(self) -> str | None:
        """Column of survey weights, if there is one."""
        return self.answers.weight

    def _known(self) -> Responses:
        """Return the responses read, once and kept; rows of unknown cells are left out."""
        fresh: list[Responses] = []

        def read() -> Responses:
            if not fresh:
                fresh.append(self._read())
            return fresh[0]

        tables = {
            name: self.store.frame(f"{name}-{self.source_key}", partial(pack, read))
            for name, pack in PACKED.items()
        }
        return with_known_cells(unpack_responses(tables, self.codebook), self.resampling.by)

    def remarks(self) -> tuple[str, ...]:
        """Tell what was done on reading, and what looks odd but may be meant."""
        how = self.resampling
        constructs = {
            construct.name: [item for item in construct.items if item in self.codebook.items]
            for construct in self._measured.constructs
        }
        weight = self.weight if how.weights else None
        weighting = f"survey weights: column '{weight}'" if weight else "survey weights: none used"
        declared = self.codebook.items
        general = [line for line in self.responses.log if line.split(":")[0] not in declared]
        odd = remarks(self.responses, constructs)
        return (*general, weighting, *self.answers.remarks(), *odd)

    def check(self) -> None:
        """Read the data and refuse what cannot be analysed.

        Raises
        ------
        DataError
            See :func:`~csat_models.survey.check_responses`.
        ParamsError
            A brand of the comparison that no respondent belongs to.
        """
        how, file = self.resampling, f"params/{self.params.name}.yml"
        if how.weights and self.weight is None:
            raise ParamsError(
                f"{file}: '{self.params.data.codebook}' declares no weight, but weights are used; "
                "declare its column, give 'weighting' or set 'estimation.weights' to false",
                file=file,
                key="estimation.weights",
            )
        self.answers.require_no_errors()
        check_responses(
            self.responses,
            items=self._measured.items,
            by=how.by,
            min_cell=self.params.data.min_cell,
        )
        if how.brands is not None:
            self._check_brands(file, *how.brands)

    def _check_brands(self, file: str, column: str, ours: str, theirs: str) -> None:
        present = set(self.responses.frame[column].dropna().astype(str))
        for key, value in (("ours", ours), ("theirs", theirs)):
            if value not in present:
                raise ParamsError(
                    f"{file}: 'comparison.competitor.{key}' is '{value}', but "
                    f"{self.responses.source} has only {', '.join(sorted(present))} in the "
                    f"column '{column}'; write one of these",
                    file=file,
                    key=f"comparison.competitor.{key}",
                )

    @cached_property
    def cells(self) -> Moments:
        """Moments of every cell: (*by, item); the wave is checked first."""
        self.check()
        return compute_moments(self._multiplied, **self._of_cells())

    @cached_property
    def brands(self) -> Moments:
        """Moments of the brands, units merged: (competitor column, item)."""
        if self.resampling.adds_up:
            return reduce(lambda moments, dim: moments.merge(dim), self._unit_dims(), self.cells)
        self.check()
        return compute_moments(self._multiplied, **self._taking(by=self._brand_dims()))

    @cached_property
    def whole(self) -> Moments:
        """Moments of the wave."""
        return reduce(lambda moments, dim: moments.merge(dim), self._brand_dims(), self.brands)

    @cached_property
    def draws(self) -> WaveDraws:
        """Draws of the cells' means and of the brands' moments, made once and kept."""
        self.check()
        arrays = self.store.arrays(f"draws-{self.draws_key}", self._resample)
        return WaveDraws(cell_means=arrays["cell_means"], brands=unpack_moments(arrays, "brand_"))

    @property
    def draws_are_busy(self) -> bool:
        """Whether another process is computing the draws just now."""
        return self.store.is_busy(f"draws-{self.draws_key}")

    @property
    def cell_moments_of_draws(self) -> Moments:
        """Draws of the cells' means, with the covariances of the sample's cells.

        An index with pooled weights takes only means from its cells.
        """
        return replace(self.cells, mean=self.draws.cell_means)

    @property
    def whole_draws(self) -> Moments:
        """Draws of the wave's moments: (draw, item)."""
        brands = self.draws.brands
        dims = [dim for dim in self.resampling.by if dim in brands.cov.dims]
        return reduce(lambda moments, dim: moments.merge(dim), dims, brands)

    @cached_property
    def draws_key(self) -> str:
        """Hash of everything that a draw depends on."""
        how = self.resampling
        return digest(
            self.source_key,
            self.answers.key,
            library_digest(*_ROOMS),
            list(how.model.items),
            [list(how.by), how.brands and how.brands[0]],
            [how.missing, how.weights, how.n_boot, self.seed],
            [how.strata, how.clusters],
            package_versions(["numpy"]),
        )

    @property
    def seed(self) -> int:
        """Seed of the wave's draws.

        Persons are drawn by the study's seed, which ties their answers of all
        waves; rows and sampling units of different waves must not be tied.
        """
        how = self.resampling
        persons = self.codebook.respondent_id is not None and not how.designed
        return how.seed if persons else self._own_seed

    @property
    def _own_seed(self) -> int:
        return int(np.random.SeedSequence([self.resampling.seed, self.label]).generate_state(1)[0])

    def leave_outs(self) -> Moments:
        """Moments of the wave without each of its parts: (part, item)."""
        return jackknife_moments(self._multiplied, **self._parted(), **self._taking(by=()))

    def brand_leave_outs(self) -> Moments:
        """Moments of the brands without each of the wave's parts: (part, brand, item)."""
        taking = self._taking(by=self._brand_dims())
        return jackknife_moments(self._multiplied, **self._parted(), **taking)

    def own_index(self) -> tuple[xr.DataArray, xr.DataArray]:
        """Index of every cell with the cell's own weights: point and draws.

        Returns
        -------
        point : DataArray (*by, construct)
        draws : DataArray (draw, *by, construct)
        """
        how = self.resampling
        key = digest(
            self.draws_key,
            how.model.to_text(),
            asdict(how.settings),
            library_digest(*_ROOMS, "analysis"),
        )
        arrays = self.store.arrays(f"own-{key}", self._index_cells)
        return arrays["point"], arrays["draws"]

    def _read(self) -> Responses:
        data = self.params.data
        if not data.files:
            return read_package_data(str(data.package), str(data.dataset), self.codebook)
        contents = {name: path.read_bytes() for name, path in self.raw_files.items()}
        return parse_surveys(contents, self.codebook, version=data.version)

    @property
    def _measured(self) -> PathModel:
        """The constructs that have items of their own."""
        return first_stage_model(self.resampling.model)

    @cached_property
    def _multiplied(self) -> Responses:
        """The responses with the products of items that products of constructs need."""
        return add_product_items(self.responses, self.resampling.model)

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
            "sampling_weights": self.weight if how.weights else None,
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

    def _resample(self) -> dict[str, xr.DataArray]:
        means, brands = self._merged_draws(self._unit_dims(), self._of_cells())
        if not self.resampling.adds_up:
            taking = self._taking(by=self._brand_dims())
            if self._weighed is None:
                brands = bootstrap_moments(self._multiplied, **self._drawing(), **taking)
            else:
                brands = self._merged_draws([], taking)[1]
        return {"cell_means": means} | pack_moments(brands, "brand_")

    @cached_property
    def _weighed(self) -> RakedWeights | MixedWeights | None:
        """Weights of every draw; None where they are held fixed."""
        how = self.resampling
        return weights_of_draws(self.answers, how, seed=self.seed, own_seed=self._own_seed)

    def _merged_draws(
        self, merge: Sequence[str], taking: dict[str, Any]
    ) -> tuple[xr.DataArray, Moments]:
        if self._weighed is None:
            return merged_draws(self._multiplied, merge=merge, **self._drawing(), **taking)
        n_boot = self.resampling.n_boot
        return weighted_draws(
            self._multiplied, self._weighed.take, n_boot=n_boot, merge=merge, **taking
        )

    def _each_cell(self) -> Iterator[tuple[dict[str, Any], Moments]]:
        if self._weighed is None:
            yield from resample_cells(self._multiplied, **self._drawing(), **self._taking())
            return
        cells = self._merged_draws([], self._taking())[1]
        for place in np.argwhere(self.cells.n_obs.to_numpy() > 0):
            pairs = zip(self.resampling.by, place, strict=True)
            labels = {name: self.cells.mean[name].to_numpy()[k] for name, k in pairs}
            yield labels, cells.sel(**labels)

    def _index_cells(self) -> dict[str, xr.DataArray]:
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
