"""The report's own prose: methods, introduction, abstract, keywords."""

from __future__ import annotations

from csat_models.report.elements import Heading, Language, Paragraph
from csat_models.report.language import LabelSets, Wording, message
from csat_models.report.narrative.facts import FACTORS, StudyFacts, said_of
from csat_models.report.narrative.sentences import run, tell

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
        return words.say(f"method.{topic}", **said_of(words, facts))

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
            return words.say(f"introduction.{topic}", **said_of(words, facts))

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
        "effects_method": ("paths", "interactions", "mediation", "priorities"),
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
        fields = said_of(words, facts)
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
