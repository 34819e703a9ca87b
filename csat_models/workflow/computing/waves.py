"""One wave of a study: its responses, its moments and their draws, kept in the store.

A wave's draws depend only on its own file and on how it is resampled, so each
wave keeps them in its own folder and the next study finds them there.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import cached_property, partial, reduce
from pathlib import Path

import numpy as np
import xarray as xr

from csat_models.errors import ParamsError
from csat_models.estimation import Moments
from csat_models.estimation.products import first_stage_model
from csat_models.model import PathModel
from csat_models.survey import (
    Codebook,
    Responses,
    check_responses,
    parse_surveys,
    read_package_data,
)
from csat_models.survey.checking.remarks import remarks, with_known_cells
from csat_models.survey.intake.identities import key_in_use
from csat_models.workflow.computing.answers import Answers
from csat_models.workflow.computing.drawing import Resampling, WaveDraws
from csat_models.workflow.computing.wave_moments import WaveMoments
from csat_models.workflow.digests import digest, library_digest, package_versions
from csat_models.workflow.files import file_digest
from csat_models.workflow.keeping.packed_responses import PACKED, unpack_responses
from csat_models.workflow.keeping.packing import unpack_moments
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
        how = (data.version, data.decimal)
        return digest(raw, how, codebook, key, library_digest("errors", "survey"))

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
    def _moments(self) -> WaveMoments:
        """What the estimators see; the wave is checked first."""
        self.check()
        seeds = {"seed": self.seed, "own_seed": self._own_seed}
        return WaveMoments(self.responses, self.answers, self.resampling, **seeds)

    @property
    def cells(self) -> Moments:
        """Moments of every cell: (*by, item)."""
        return self._moments.cells

    @property
    def brands(self) -> Moments:
        """Moments of the brands, units merged: (competitor column, item)."""
        return self._moments.brands

    @property
    def whole(self) -> Moments:
        """Moments of the wave."""
        return self._moments.whole

    @cached_property
    def draws(self) -> WaveDraws:
        """Draws of the cells' means and of the brands' moments, made once and kept."""
        arrays = self.store.arrays(f"draws-{self.draws_key}", self._moments.resample)
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
        return self._moments.leave_outs()

    def brand_leave_outs(self) -> Moments:
        """Moments of the brands without each of the wave's parts: (part, brand, item)."""
        return self._moments.brand_leave_outs()

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
        arrays = self.store.arrays(f"own-{key}", self._moments.index_cells)
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
