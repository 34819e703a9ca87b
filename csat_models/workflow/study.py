"""The study: the one object that a notebook holds in its hand."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from csat_models.errors import AbsentError
from csat_models.model import PathModel
from csat_models.report.elements import Element, Figure, Language, Table
from csat_models.report.language import LANGUAGES
from csat_models.report.narrative import StudyFacts, absent, chapter_methods, chapter_title
from csat_models.survey import Responses
from csat_models.workflow.computation import Computation
from csat_models.workflow.execution import RESULTS_VARIABLE
from csat_models.workflow.fields import StudyParams
from csat_models.workflow.files import write_atomically
from csat_models.workflow.params import load_params
from csat_models.workflow.project import Project
from csat_models.workflow.results import (
    IndexResults,
    MeasurementResults,
    SampleResults,
    StructureResults,
    TrendResults,
)


class Study:
    """A wave's study: its data, its model, and the results of each chapter.

    Opened by :meth:`open`. Results are computed when they are asked for and
    kept under ``data/processed/``, so that every notebook can be run alone.

    Parameters
    ----------
    params : StudyParams
        What the params file says.
    project : Project
        Where it lies.

    Attributes
    ----------
    params : StudyParams
    project : Project
    language : {"zh", "en"}
        Of everything shown.
    sample, measurement, structure, index, trend
        Tidy tables of the chapters.
    """

    def __init__(self, params: StudyParams, project: Project) -> None:
        self.params = params
        self.project = project
        self.language: Language = params.language
        self._computation = Computation(params, project)
        self.sample = SampleResults(self._computation)
        self.measurement = MeasurementResults(self._computation)
        self.structure = StructureResults(self._computation)
        self.index = IndexResults(self._computation)
        self.trend = TrendResults(self._computation)

    @classmethod
    def open(
        cls, study: str | Path, *, n_boot: int | None = None, language: Language | None = None
    ) -> Self:
        """Open a study by its name or its params file.

        Parameters
        ----------
        study : str or Path
            Such as ``"2024"`` or ``"params/2024.yml"``.
        n_boot : int, optional
            Number of draws instead of what the params say.
        language : {"zh", "en"}, optional
            Language instead of what the params say.

        Raises
        ------
        ParamsError
            The params are wrong, or there is no such study.
        """
        project = Project.find()
        return cls(_override(load_params(study, project), n_boot, language), project)

    def __repr__(self) -> str:
        return f"Study('{self.params.name}')"

    def check(self) -> None:
        """Read all data and refuse, in one sentence, what cannot be analysed.

        Raises
        ------
        CsatError
            The first thing found wrong, in this wave or in an earlier one.
        """
        for wave in reversed(self._computation.waves):
            wave.check()

    @property
    def year(self) -> int:
        """Label of the wave."""
        return self.params.wave

    @property
    def responses(self) -> Responses:
        """The wave's validated responses."""
        return self._computation.wave.responses

    @property
    def model(self) -> PathModel:
        """The model that is estimated."""
        return self._computation.model

    @property
    def computation(self) -> Computation:
        """Estimates, draws and indices as labelled arrays."""
        return self._computation

    @cached_property
    def labels(self) -> dict[str, dict[str, str]]:
        """Language to labels: of items, constructs, attributes and their values."""
        codebook = self._computation.wave.codebook
        return {language: codebook.labels(language) for language in LANGUAGES}

    @property
    def words(self) -> dict[str, Any]:
        """What tables and figures need to speak the study's language."""
        return {"labels": self.labels[self.language], "language": self.language}

    @property
    def prose(self) -> dict[str, Any]:
        """What sentences need: the labels of all languages."""
        return {"labels": self.labels, "language": self.language}

    @property
    def groups(self) -> dict[str, Any]:
        """Columns of units and brands, for tables that have both."""
        return {"unit": self._computation.unit or "city", "by": self._brand_column}

    @cached_property
    def facts(self) -> StudyFacts:
        """What the prose must know of the study."""
        of = self._computation
        brands: Mapping[str, str] = of.brands or {}
        return StudyFacts(
            year=self.year,
            years=tuple(wave.label for wave in of.waves),
            constructs=of.model.construct_names,
            n_items=len(of.model.items),
            n_obs=len(self.responses.frame),
            n_units=self.responses.frame[of.unit].nunique() if of.unit else 0,
            unit=of.unit or "city",
            by=brands.get("over"),
            ours=brands.get("ours"),
            theirs=brands.get("theirs"),
            n_boot=self.params.bootstrap.n_boot,
            level=of.level,
            weights=self.params.index.weights,
            scheme=of.settings.scheme,
            missing=self.params.estimation.missing,
        )

    def chapter(self, name: str) -> None:
        """Show a chapter's title and what its methods are.

        Parameters
        ----------
        name : {"prepare", "describe", "measurement", "structure", "index", "trend"}
        """
        self._require_valid()
        self.show(chapter_title(name, language=self.language))
        self.show(*chapter_methods(name, self.facts, **self.prose))

    @contextmanager
    def section(self, name: str) -> Iterator[None]:
        """Show a section's title; if it lacks its input, show a sentence instead of it.

        Parameters
        ----------
        name : str
            A section of the message catalogue, such as ``"reliability"``.
        """
        self.show(chapter_title(name, language=self.language, level=2))
        try:
            yield
        except AbsentError as error:
            self.show(absent(str(error.facts["reason"]), language=self.language))

    def show(self, *elements: Element) -> None:
        """Display elements; in a run, also write tables and figures to its results.

        Parameters
        ----------
        *elements : Heading, Paragraph, Table, Figure or Absent
        """
        from IPython.display import display

        folder = os.environ.get(RESULTS_VARIABLE)
        for element in elements:
            if folder:
                _write(Path(folder), element)
            display(element)

    @property
    def _brand_column(self) -> str | None:
        return self._computation.brands["over"] if self._computation.brands else None

    def _require_valid(self) -> None:
        self._computation.wave.check()


def _override(params: StudyParams, n_boot: int | None, language: Language | None) -> StudyParams:
    bootstrap = params.bootstrap
    if n_boot is not None:
        bootstrap = type(bootstrap).model_validate({**bootstrap.model_dump(), "n_boot": n_boot})
    if language is not None:
        params = type(params).model_validate({**params.model_dump(), "language": language})
    return params.model_copy(update={"bootstrap": bootstrap})


def _write(folder: Path, element: Element) -> None:
    if isinstance(element, Table):
        text = element.frame.to_csv(index=False, lineterminator="\n")
        write_atomically(folder / "tables" / f"{element.name}.csv", text.encode("utf-8-sig"))
    elif isinstance(element, Figure):
        write_atomically(folder / "figures" / f"{element.name}.svg", element.svg())
        write_atomically(folder / "figures" / f"{element.name}.png", element.png())
