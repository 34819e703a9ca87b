"""What a params file may say: its keys, their types and their defaults.

The description of a field completes the sentence "KEY must be ...", which is
what the reader of a wrong params file is told
(:mod:`csat_models.workflow.params.loading`).
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from csat_models.workflow.params.assessing import AssessmentSettings
from csat_models.workflow.params.comparing import Comparison
from csat_models.workflow.params.estimating import (
    BootstrapSettings,
    EstimationSettings,
    IndexSettings,
    SamplingDesign,
)
from csat_models.workflow.params.handling import Checks, Columns, Privacy, Screening, Weighting
from csat_models.workflow.params.section import Code, Name, Section

Language = Literal["zh", "en"]

Earlier = Annotated[tuple[int | str, ...], Field(strict=False)]

FileNames = str | Annotated[tuple[str, ...], Field(strict=False, min_length=1)]

_ONE_SOURCE = "either 'file', or 'package' and 'dataset'"


class Texts(Section):
    """A text in the languages of the report.

    Attributes
    ----------
    zh, en : str
        The text in Chinese and in English.
    """

    zh: str = Field(min_length=1, description="the text in Chinese")
    en: str = Field(min_length=1, description="the text in English")


def _same_in_both(value: Any) -> Any:
    return {"zh": value, "en": value} if isinstance(value, str) else value


TextsOrText = Annotated[Texts, BeforeValidator(_same_in_both)]


class DataSource(Section):
    """Where the answers and their codebook lie.

    Attributes
    ----------
    file : str, tuple of str or None
        The raw file, relative to the project; or several, by name or pattern.
    version : str or None
        Version of the questionnaire, where the codebook describes earlier
        ones.
    decimal : {".", ","} or None
        The mark before decimals in these files, where it is another one than the codebook's.
    package, dataset : str or None
        An installed package and one of its data sets, instead of a file.
    codebook : str
        The codebook, relative to the project.
    min_cell : int
        Cells of fewer answers are refused.
    """

    file: FileNames | None = Field(
        None,
        min_length=1,
        description="a file inside the project, such as data/raw/2024.csv.gz, or a list of files",
    )
    version: Code | None = Field(
        None, min_length=1, description="the name of a version that the codebook describes"
    )
    decimal: Literal[".", ","] | None = Field(None, description="'.' or ','")
    package: Name | None = Field(None, description="the name of an installed package")
    dataset: Name | None = Field(None, description="the name of one of the package's data sets")
    codebook: str = Field(
        min_length=1, description="a file inside the project, such as params/codebook.yml"
    )
    min_cell: int = Field(10, ge=2, description="a whole number of at least 2")

    @property
    def files(self) -> tuple[str, ...]:
        """The files named, none where the data come from a package."""
        if self.file is None:
            return ()
        return (self.file,) if isinstance(self.file, str) else self.file

    @model_validator(mode="after")
    def _name_one_source(self) -> DataSource:
        by_package = self.package is not None and self.dataset is not None
        partly = self.package is not None or self.dataset is not None
        if by_package == (self.file is not None) or partly != by_package:
            raise ValueError(f"must name {_ONE_SOURCE}")
        return self


class ReportSettings(Section):
    """The report's own settings.

    Attributes
    ----------
    build : bool
        Whether a run typesets the report.
    date : str or None
        The date on the title page, as ``YYYY-MM-DD`` or ``YYYY-MM``.
    keywords : Texts or None
        Key words below the abstract, separated as the language does it.
    """

    build: bool = Field(True, description="true or false")
    date: str | None = Field(
        None, pattern=r"^\d{4}-\d{2}(-\d{2})?$", description="a quoted date such as '2024-12'"
    )
    keywords: TextsOrText | None = Field(None, description="a text, or a mapping of zh and en")

    @field_validator("date")
    @classmethod
    def _is_in_the_calendar(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                datetime.date.fromisoformat(value if value.count("-") > 1 else f"{value}-01")
            except ValueError:
                raise ValueError(f"is {value}, which is not in the calendar; mend it") from None
        return value


class StudyParams(Section):
    """One study, as its params file describes it.

    Attributes
    ----------
    name : str
        The stem of the params file; not a key of the file.
    title, author, institution : Texts
        What stands on the title page.
    language : {"zh", "en"}
        Language of the report.
    wave : int
        Label of the year.
    data : DataSource
        Answers and codebook.
    model : str
        Name of a catalogue model, or a model text.
    estimation, bootstrap, index, report
        Settings.
    sampling : SamplingDesign
        Strata and clusters, where the survey has them.
    checks, screening, weighting, privacy
        How the wave's raw answers are handled; without `weighting` the
        codebook's weights are used as they are.
    assessment : AssessmentSettings
        Marker and global items, where the questionnaire has them.
    comparison : Comparison or None
        Units and competitor, where the data have them.
    groups : tuple of str
        Attributes whose groups are compared: categories, or numbers in thirds.
    earlier : tuple of str
        Names of the studies of earlier waves.
    notebooks : tuple of str or None
        Names of the notebooks to run; all if absent.
    """

    name: str
    title: TextsOrText = Field(description="a text, or a mapping of zh and en")
    author: TextsOrText | None = Field(None, description="a text, or a mapping of zh and en")
    institution: TextsOrText | None = Field(None, description="a text, or a mapping of zh and en")
    language: Language = Field("zh", description="zh or en")
    wave: int = Field(ge=1, le=9999, description="the year as a whole number, such as 2024")
    data: DataSource = Field(description=f"a mapping of codebook and {_ONE_SOURCE}")
    model: str = Field(
        min_length=1, description="the name of a model of the catalogue, or a model text"
    )
    estimation: EstimationSettings = Field(
        default_factory=EstimationSettings, description="a mapping of estimation settings"
    )
    bootstrap: BootstrapSettings = Field(description="a mapping with at least the key seed")
    sampling: SamplingDesign = Field(
        default_factory=SamplingDesign, description="a mapping of strata and clusters"
    )
    checks: Checks = Field(
        default_factory=Checks, description="a mapping of severity and impossible"
    )
    screening: Screening = Field(
        default_factory=Screening, description="a mapping of rules of screening"
    )
    weighting: Weighting | None = Field(None, description="a mapping with at least the key margins")
    privacy: Privacy = Field(
        default_factory=Privacy, description="a mapping of min_n and open_answers"
    )
    assessment: AssessmentSettings = Field(
        default_factory=AssessmentSettings, description="a mapping of marker and global_items"
    )
    index: IndexSettings = Field(
        default_factory=IndexSettings, description="a mapping of weights and constructs"
    )
    comparison: Comparison | None = Field(None, description="a mapping of unit and competitor")
    groups: Columns = Field((), description="a list of attributes of the codebook")
    earlier: Earlier = Field(
        (), description="a list of names of earlier studies, such as [2022, 2023]"
    )
    notebooks: Annotated[tuple[str, ...], Field(strict=False, min_length=1)] | None = Field(
        None, description="a list of names of notebooks, such as [01_prepare]"
    )
    report: ReportSettings = Field(
        default_factory=ReportSettings, description="a mapping of report settings"
    )

    @property
    def earlier_names(self) -> tuple[str, ...]:
        """Names of the earlier studies, as text."""
        return tuple(str(name) for name in self.earlier)
