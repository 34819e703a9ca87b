"""What a params file may say: its keys, their types and their defaults.

The description of a field completes the sentence "KEY must be ...", which is
what the reader of a wrong params file is told
(:mod:`csat_models.workflow.params`).
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from csat_models.estimation.settings import HigherOrder, Interactions
from csat_models.workflow.assessing import AssessmentSettings
from csat_models.workflow.handling import Checks, Privacy, Screening, Weighting
from csat_models.workflow.section import Name, Names, Section

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


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class DataSource(Section):
    """Where the answers and their codebook lie.

    Attributes
    ----------
    file : str, tuple of str or None
        The raw file, relative to the project; or several, by name or pattern.
    version : str or None
        Version of the questionnaire, where the codebook describes earlier
        ones.
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
    version: Annotated[str, BeforeValidator(_as_text)] | None = Field(
        None, min_length=1, description="the name of a version that the codebook describes"
    )
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


class EstimationSettings(Section):
    """How the model is estimated.

    Attributes
    ----------
    method : {"pls", "plsc"}
        PLS path modelling, or consistent PLS.
    scheme : {"path", "centroid", "factorial"}
        Inner weighting scheme of PLS.
    higher_order : {"two_stage", "embedded_two_stage", "repeated_indicators"}
        How constructs measured by constructs are estimated.
    interactions : {"two_stage", "product_indicator", "orthogonal"}
        How products of constructs are measured.
    missing : {"mean", "listwise", "pairwise", "em"}
        What stands for a missing answer.
    weights : bool or None
        Whether the codebook's survey weight is used; None means where it
        names one.
    standardised : bool
        Whether the items are standardised before the weights are sought.
    """

    method: Literal["pls", "plsc"] = Field(
        "pls",
        description="pls or plsc; a model of factors stands beside them in the chapter on "
        "structure, and fit(..., method='cbsem') estimates it in the library",
    )
    scheme: Literal["path", "centroid", "factorial"] = Field(
        "path", description="path, centroid or factorial"
    )
    higher_order: HigherOrder = Field(
        "two_stage", description="two_stage, embedded_two_stage or repeated_indicators"
    )
    interactions: Interactions = Field(
        "two_stage", description="two_stage, product_indicator or orthogonal"
    )
    missing: Literal["mean", "listwise", "pairwise", "em"] = Field(
        "mean", description="mean, listwise, pairwise or em"
    )
    weights: bool | None = Field(
        None, description="true or false; if absent, true where the codebook names a weight"
    )
    standardised: bool = Field(True, description="true or false")


class BootstrapSettings(Section):
    """How the uncertainty is estimated.

    Attributes
    ----------
    n_boot : int
        Number of draws.
    seed : int
        Seed of the random numbers.
    level : float
        Confidence level of the intervals.
    interval : {"percentile", "basic", "normal", "bias-corrected", "bca"}
        Kind of the intervals of loadings, reliabilities, paths and effects;
        those of means, indices and ranks are percentile intervals.
    """

    n_boot: int = Field(2000, ge=2, le=1_000_000, description="a whole number from 2 to 1000000")
    seed: int = Field(ge=0, description="a whole number of at least 0")
    level: float = Field(
        0.95, gt=0.5, lt=1, description="a number above 0.5 and below 1, such as 0.95"
    )
    interval: Literal["percentile", "basic", "normal", "bias-corrected", "bca"] = Field(
        "percentile", description="percentile, basic, normal, bias-corrected or bca"
    )


class SamplingDesign(Section):
    """How the respondents were sampled, where not one by one.

    Attributes
    ----------
    strata : str or None
        Attribute of the codebook that names the strata.
    clusters : str or None
        Attribute that names the sampling units within the strata.
    """

    strata: Name | None = Field(None, description="an attribute of the codebook")
    clusters: Name | None = Field(None, description="an attribute of the codebook")


class IndexSettings(Section):
    """Which 0-100 indices are reported, and with whose weights.

    Attributes
    ----------
    weights : {"pooled", "own"}
        Weights of the pooled sample, or each unit's own.
    constructs : tuple of str or None
        Constructs that get an index; all of the model's if absent.
    """

    weights: Literal["pooled", "own"] = Field("pooled", description="pooled or own")
    constructs: Names | None = Field(None, description="a list of the model's constructs")


class Competitor(Section):
    """How the raw file tells our customers from the competitor's.

    Attributes
    ----------
    column : str
        An attribute of the codebook.
    ours, theirs : str
        Its values for our and for the competitor's customers, as text; a
        code may be written as a whole number.
    """

    column: Name = Field(description="an attribute of the codebook")
    ours: Annotated[str, BeforeValidator(_as_text)] = Field(
        min_length=1, description="a value of the column"
    )
    theirs: Annotated[str, BeforeValidator(_as_text)] = Field(
        min_length=1, description="another value of the column"
    )

    @model_validator(mode="after")
    def _differ(self) -> Competitor:
        if self.ours == self.theirs:
            raise ValueError(
                f"must name two values, but 'ours' and 'theirs' are both '{self.ours}'"
            )
        return self


class Comparison(Section):
    """What is compared within a wave.

    Attributes
    ----------
    unit : str or None
        Attribute that names the units, such as cities.
    competitor : Competitor or None
        How the competitor is told apart.
    """

    unit: Name | None = Field(None, description="an attribute of the codebook")
    competitor: Competitor | None = Field(
        None, description="a mapping with the keys column, ours and theirs"
    )


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
