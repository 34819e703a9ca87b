"""The study: the one object that a notebook holds in its hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import pandas as pd

from csat_models.errors import AbsentError
from csat_models.model import PathModel
from csat_models.report import narrative, tables
from csat_models.report.attributes import each_attribute
from csat_models.report.elements import Element, Language
from csat_models.report.language import LANGUAGES, with_products
from csat_models.report.narrative import StudyFacts, absent, chapter_methods, chapter_title
from csat_models.report.tables import Basis
from csat_models.survey import Responses, effective_size
from csat_models.workflow.computing.checking import check_wave, shared_row_numbers, uneven_handling
from csat_models.workflow.computing.computation import Computation
from csat_models.workflow.facts import facts_of
from csat_models.workflow.params.fields import StudyParams
from csat_models.workflow.params.loading import load_params, override
from csat_models.workflow.project import Project
from csat_models.workflow.results import (
    AnswerResults,
    AttributeResults,
    CovarianceResults,
    FieldResults,
    FlaggedResults,
    GroupResults,
    IndexResults,
    InstrumentResults,
    InteractionResults,
    MeasurementResults,
    PlanningResults,
    PriorityResults,
    SampleResults,
    SegmentResults,
    StructureResults,
    TrendResults,
    ValidityResults,
)
from csat_models.workflow.showing import show
from csat_models.workflow.voices import Voice


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
    answers, field, flagged, sample, instrument, measurement, structure, validity, priorities,
    index, trend, groups, attributes, segments, planning
        Tidy tables of the chapters.
    """

    def __init__(self, params: StudyParams, project: Project) -> None:
        self.params = params
        self.project = project
        self.language: Language = params.language
        self._computation = Computation(params, project)
        self.answers = AnswerResults(self._computation)
        self.field = FieldResults(self._computation)
        self.flagged = FlaggedResults(self._computation)
        self.sample = SampleResults(self._computation)
        self.measurement = MeasurementResults(self._computation)
        self.structure = StructureResults(self._computation)
        self.validity = ValidityResults(self._computation)
        self.instrument = InstrumentResults(self._computation)
        self.interactions = InteractionResults(self._computation)
        self.covariance = CovarianceResults(self._computation)
        self.priorities = PriorityResults(self._computation)
        self.index = IndexResults(self._computation)
        self.trend = TrendResults(self._computation)
        self.groups = GroupResults(self._computation)
        self.attributes = AttributeResults(self._computation)
        self.segments = SegmentResults(self._computation)
        self.planning = PlanningResults(self._computation)

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
        project = Project.holding(study)
        params = override(load_params(study, project), n_boot=n_boot, language=language)
        return cls(params, project)

    def __repr__(self) -> str:
        return f"Study('{self.params.name}')"

    def check(self) -> None:
        """Read all data and refuse, in one sentence, what cannot be analysed.

        All violations of a wave are written to ``outputs/<study>/checks.csv``.

        Raises
        ------
        CsatError
            The first thing found wrong, in this wave or in an earlier one.
        """
        for wave in reversed(self._computation.waves):
            check_wave(wave)

    def remarks(self) -> tuple[str, ...]:
        """Tell what was done on reading, what looks odd, and a line on each earlier wave."""
        waves = self._computation.waves
        return (*waves[-1].remarks(), *uneven_handling(waves), *shared_row_numbers(waves))

    @property
    def year(self) -> int:
        """Label of the wave."""
        return self.params.wave

    @property
    def responses(self) -> Responses:
        """The wave's validated responses."""
        return self._computation.wave.responses

    @property
    def unit(self) -> str:
        """Column of the units."""
        return self._computation.unit or "city"

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
        products = self._computation.fitted_model.products
        return {
            language: with_products(codebook.labels(language), products, language)
            for language in LANGUAGES
        }

    @property
    def tables(self) -> Voice:
        """The functions of :mod:`csat_models.report.tables`, in the study's terms."""
        terms = self._terms | {"labels": self.labels[self.language]}
        return Voice(tables, terms, asked={"basis": self._basis})

    @property
    def figures(self) -> Voice:
        """The functions of :mod:`csat_models.report.figures`, in the study's terms."""
        from csat_models.report import figures

        return Voice(figures, self._terms | {"labels": self.labels[self.language]})

    @property
    def narrative(self) -> Voice:
        """The functions of :mod:`csat_models.report.narrative`, in the study's terms."""
        return Voice(narrative, self._terms | {"labels": self.labels})

    @property
    def focus(self) -> str:
        """The construct the study is about: Satisfaction, or the first one reported."""
        reported = self._computation.index_constructs
        return "Satisfaction" if "Satisfaction" in self.model.construct_names else reported[0]

    @property
    def outcome(self) -> str:
        """What satisfaction leads to: Loyalty, or the model's last construct."""
        names = self.model.construct_names
        return "Loyalty" if "Loyalty" in names else names[-1]

    @property
    def drivers(self) -> tuple[str, ...]:
        """Constructs with a path to the focus whose index is reported."""
        reported = self._computation.index_constructs
        return tuple(name for name in self.model.predecessors(self.focus) if name in reported)

    @cached_property
    def facts(self) -> StudyFacts:
        """What the prose must know of the study."""
        return facts_of(self._computation)

    def chapter(self, name: str) -> None:
        """Show a chapter's title and what its methods are, and print the raw data's hashes.

        Parameters
        ----------
        name : str
            A chapter of :data:`~csat_models.report.narrative.METHODS`, such as ``"index"``.
        """
        self._require_valid()
        print(*self.field.sources(), sep="\n")
        self.show(chapter_title(name, language=self.language))
        self.show(*chapter_methods(name, self.facts, labels=self.labels, language=self.language))

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
        show(*elements)

    def show_each(
        self,
        frame: pd.DataFrame,
        *functions: Callable[..., Element],
        **frames: pd.DataFrame,
    ) -> None:
        """Display the elements of every attribute that divides the respondents.

        Parameters
        ----------
        frame, *functions, **frames
            See :func:`~csat_models.report.attributes.each_attribute`.
        """
        self.show(*each_attribute(frame, *functions, **frames))

    @property
    def _terms(self) -> dict[str, Any]:
        brands: Mapping[str, str] = self._computation.brands or {}
        return {
            "language": self.language,
            "level": self._computation.level,
            "unit": self._computation.unit,
            "by": brands.get("over"),
            "ours": brands.get("ours"),
            "theirs": brands.get("theirs"),
            "weights": self.params.index.weights,
            "year": self.year,
            "constructs": self.model.construct_names,
            "focus": self.focus,
            "rows": self.params.screening.rows,
            "mode": self.field.mode,
        }

    def _basis(self) -> Basis:
        """Return what the numbers of the model's tables rest on."""
        fitted = self._computation.estimates
        return Basis(
            method=fitted.settings.method,
            scheme=fitted.settings.scheme,
            n_obs=int(fitted.moments.n_obs),
            n_effective=self._n_effective(),
            n_boot=self.params.bootstrap.n_boot,
        )

    def _n_effective(self) -> float:
        """Kish's effective number of respondents; without weights their number."""
        weight = self._computation.weight
        if weight is None:
            return float(len(self.responses.frame))
        return float(effective_size(self.responses, weight=weight)["n_effective"].iloc[0])

    def _require_valid(self) -> None:
        self._computation.wave.check()
