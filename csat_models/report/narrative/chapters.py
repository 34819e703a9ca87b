"""The report's own prose: methods, introduction, abstract, keywords."""

from __future__ import annotations

from dataclasses import dataclass

from csat_models.report import numbers
from csat_models.report.elements import Heading, Language, Paragraph
from csat_models.report.language import LabelSets, Wording, message
from csat_models.report.narrative.sentences import run, tell

FACTORS = ("covariance", "measurement_invariance")

MEASURED = ("assessment", "common_method")
MODEL_QUALITY = ("structural", "fit", "prediction", "comparison")

METHODS: dict[str, tuple[str, ...]] = {
    "prepare": ("data", "screening", "weighting", "missing", "missing_test"),
    "describe": ("describe",),
    "measurement": ("pls", "consistent", "reliability", "validity", *MEASURED),
    "structure": (
        "paths",
        "interactions",
        "mediation",
        "priorities",
        "bootstrap",
        "replication",
        *MODEL_QUALITY,
        *FACTORS,
    ),
    "index": ("index", "weights", "lead", "rank"),
    "trend": ("trend", "change"),
    "groups_and_time": ("invariance", "group_differences", "segments", "planning"),
}
"""Chapter to its method paragraphs."""

COMPARED = ("lead",)
RANKED = ("rank",)
REPEATED = ("trend", "change")
GROUPED = ("invariance", "group_differences", "measurement_invariance")


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFacts:
    """What the prose must know of a study.

    Attributes
    ----------
    year : int or str
        The wave reported on.
    years : tuple
        All waves, the first to the last.
    constructs : tuple of str
        The model's constructs, in model order.
    n_items : int
        The model's items.
    n_obs : int
        Respondents of the wave.
    n_units : int
        Units of the wave; 0 without units.
    unit : str
        The column of units.
    by, ours, theirs : str or None
        Column and values of the operators; None without a competitor.
    n_boot : int
        Bootstrap draws.
    level : float
        Confidence level.
    weights : {"pooled", "own", "fixed"}
        Which weights the index has.
    scheme : {"path", "centroid", "factorial"}
        Inner weighting scheme.
    missing : {"mean", "listwise"}
        What is done with missing answers.
    interval : str
        Kind of the intervals of loadings, paths and effects.
    designed : bool
        Whether sampling units are drawn within strata.
    persons : bool
        Whether persons are resampled, not rows.
    standardised : bool
        Whether items are standardised before weights are sought.
    weighted : bool
        Whether survey weights are used.
    consistent : bool
        Whether reflective constructs are corrected (consistent PLS).
    interactions : {"", "two_stage", "product_indicator", "orthogonal"}
        How products of constructs are measured; empty without any.
    factors : bool
        Whether every construct can be a factor with items of its own.
    published : bool
        Whether the model is one of the catalogue's, of the ACSI family.
    screened : {"all", "unflagged"}
        Which rows count in the main result.
    groups : tuple of str
        Attributes whose groups are compared.
    replicates : {"fixed", "bootstrap", "jackknife", "columns"}
        Which weights the draws have.
    tolerance : float
        Largest change of a weight at which the iteration stops.
    seed : int
        Of the random numbers.
    software : str
        Programs and versions; empty where they are not told.
    """

    year: int | str
    years: tuple[int | str, ...]
    constructs: tuple[str, ...]
    n_items: int
    n_obs: int
    n_units: int = 0
    unit: str = "city"
    by: str | None = None
    ours: str | None = None
    theirs: str | None = None
    n_boot: int = 5000
    level: float = 0.95
    weights: str = "pooled"
    scheme: str = "path"
    missing: str = "mean"
    interval: str = "percentile"
    designed: bool = False
    persons: bool = True
    standardised: bool = True
    weighted: bool = False
    consistent: bool = False
    interactions: str = ""
    factors: bool = True
    published: bool = True
    screened: str = "all"
    groups: tuple[str, ...] = ()
    replicates: str = "fixed"
    tolerance: float = 1e-9
    seed: int = 0
    software: str = ""

    def applies(self, topic: str) -> bool:
        """Whether a method topic has something to do in this study."""
        own = {
            "model_family": self.published,
            "consistent": self.consistent,
            "interactions": bool(self.interactions),
            "covariance": self.factors,
            "weighting": self.weighted,
            "replication": bool(self.software),
        }
        if topic in own:
            return own[topic]
        if topic in FACTORS and not self.factors:
            return False
        if topic in GROUPED:
            compared = topic != "measurement_invariance" and bool(self.groups)
            return compared or self.theirs is not None or len(self.years) > 1
        if topic in COMPARED:
            return self.theirs is not None
        if topic in RANKED:
            return self.n_units > 1
        return len(self.years) > 1 if topic in REPEATED else True


def _fields(words: Wording, facts: StudyFacts) -> dict[str, str]:
    by = facts.by or ""
    return {
        "year": str(facts.year),
        "first": str(facts.years[0]),
        "last": str(facts.years[-1]),
        "waves": words.count("wave", len(facts.years)),
        "constructs": words.join([words.label(name) for name in facts.constructs]),
        "n_constructs": words.count("construct", len(facts.constructs)),
        "n_items": words.count("item", facts.n_items),
        "respondents": words.count("respondent", facts.n_obs),
        "units": words.count(facts.unit, facts.n_units),
        "ours": words.value(by, facts.ours) if facts.ours else "",
        "theirs": words.value(by, facts.theirs) if facts.theirs else "",
        "n_boot": numbers.integer(facts.n_boot),
        "level": numbers.level(facts.level),
        "weights": words.say(f"weights.{facts.weights}"),
        "scheme": words.say(f"scheme.{facts.scheme}"),
        "resampled": words.say(f"resampled.{_resampled(facts)}"),
        "changed": words.say("question.changed") if len(facts.years) > 1 else "",
        "trend": words.say("question.trend") if len(facts.years) > 1 else "",
        "weighted": words.say("question.weighted") if facts.weighted else "",
        "items": words.say("metric.standardised" if facts.standardised else "metric.raw"),
        "missing": words.say(f"missing.{facts.missing}"),
        "products": words.say(f"products.{facts.interactions}") if facts.interactions else "",
        "tolerance": f"{facts.tolerance:.12f}".rstrip("0"),
        "seed": str(facts.seed),
        "software": facts.software,
        "screened": words.say(f"screened.{facts.screened}"),
        "replicated": words.say(f"replicated.{facts.replicates}"),
        "interval_kind": words.say(
            f"interval_kind.{facts.interval}", level=numbers.level(facts.level)
        ),
    }


def _resampled(facts: StudyFacts) -> str:
    if facts.designed or not facts.persons:
        return "design" if facts.designed else "rows"
    return "persons" if len(facts.years) > 1 else "persons_once"


def method(topic: str, facts: StudyFacts, *, labels: LabelSets, language: Language) -> Paragraph:
    """Return the paragraph on how one thing is done.

    Parameters
    ----------
    topic : str
        One of the values of :data:`METHODS`, such as ``"bootstrap"``.
    facts : StudyFacts
        The study.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    """

    def write(words: Wording) -> str:
        return words.say(f"method.{topic}", **_fields(words, facts))

    return tell(write, labels, language, "method")


def chapter_methods(
    chapter: str, facts: StudyFacts, *, labels: LabelSets, language: Language
) -> list[Paragraph]:
    """Return the method paragraphs of a chapter that apply to this study.

    Parameters
    ----------
    chapter : {"prepare", "describe", "measurement", "structure", "index", "trend"}
        The chapter.
    facts : StudyFacts
        The study.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    """
    topics = [topic for topic in METHODS[chapter] if facts.applies(topic)]
    return [method(topic, facts, labels=labels, language=language) for topic in topics]


def chapter_title(chapter: str, *, language: Language, level: int = 1) -> Heading:
    """Return the heading of a chapter or section.

    Parameters
    ----------
    chapter : str
        A key under ``heading`` in the catalogue: ``introduction``,
        ``methods``, a chapter of :data:`METHODS`, or a section such as
        ``loadings``.
    language : {"zh", "en"}
        Language of the title.
    level : int
        1 for chapters, 2 and 3 for sections.
    """
    return Heading(text=message(language, f"heading.{chapter}"), level=level)


def introduction(
    facts: StudyFacts, *, labels: LabelSets, language: Language
) -> list[Heading | Paragraph]:
    """Return the introduction: why the study, what it asks, what follows.

    Parameters
    ----------
    facts : StudyFacts
        The study.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown.
    """

    def text(topic: str) -> Paragraph:
        def write(words: Wording) -> str:
            return words.say(f"introduction.{topic}", **_fields(words, facts))

        return tell(write, labels, language, "text")

    alone = "purpose" if facts.n_units else "purpose_alone"
    compared = "purpose_compared" if facts.theirs else alone
    return [
        chapter_title("introduction", language=language),
        chapter_title("background", language=language, level=2),
        text("background"),
        text("tradition"),
        chapter_title("purpose", language=language, level=2),
        text(compared),
        chapter_title("outline", language=language, level=2),
        text("outline"),
    ]


def methods(
    facts: StudyFacts, *, labels: LabelSets, language: Language
) -> list[Heading | Paragraph]:
    """Return the chapter on the model and its methods.

    Parameters
    ----------
    facts : StudyFacts
        The study.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown.
    """
    sections = {
        "model": ("model", "model_family"),
        "field": ("screening", "weighting"),
        "estimation": ("pls", "consistent", "missing", "missing_test", "bootstrap", "replication"),
        "quality": ("reliability", "validity", *MEASURED),
        "model_quality": MODEL_QUALITY,
        "effects": ("paths", "interactions", "mediation", "priorities"),
        "covariance": FACTORS,
        "comparability": ("invariance", "group_differences", "segments"),
        "index_method": ("index", "weights", "lead", "rank", "change"),
        "planned": ("planning",),
        "limits": ("limits",),
    }
    elements: list[Heading | Paragraph] = [chapter_title("methods", language=language)]
    for section, topics in sections.items():
        told = [topic for topic in topics if facts.applies(topic)]
        if told:
            elements.append(chapter_title(section, language=language, level=2))
        elements += [method(topic, facts, labels=labels, language=language) for topic in told]
    return elements


def abstract(facts: StudyFacts, *, labels: LabelSets, language: Language) -> Paragraph:
    """Return the first sentences of the abstract; the findings follow them.

    Parameters
    ----------
    facts : StudyFacts
        The study.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    """

    def write(words: Wording) -> str:
        fields = _fields(words, facts)
        compared = words.say("abstract.compared", **fields) if facts.theirs else ""
        return run(words, words.say("abstract.opening", **fields), compared)

    return tell(write, labels, language, "text")


def keywords(language: Language) -> tuple[str, ...]:
    """Return the report's keywords.

    Examples
    --------
    >>> keywords("en")[0]
    'customer satisfaction index'
    """
    return tuple(message(language, "abstract.keywords").split("|"))
