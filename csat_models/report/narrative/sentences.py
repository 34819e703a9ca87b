"""How a paragraph is put together: phrases, enumerations, both languages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from csat_models.report import numbers
from csat_models.report.elements import Absent, Language, Paragraph
from csat_models.report.frames import Row, number
from csat_models.report.language import LANGUAGES, LabelSets, Wording, message

Role = Literal["text", "finding", "headline", "method"]

REASONS = (
    "no_competitor",
    "no_unit",
    "no_earlier_wave",
    "no_weight",
    "no_attribute",
    "no_group",
    "no_missing",
    "no_route",
    "no_product",
    "not_factors",
    "no_maximum",
    "saturated_model",
    "too_few_rows",
    "no_interviewer",
    "no_mode",
    "no_flag",
    "too_few_unflagged",
    "no_margins",
    "no_little",
    "no_filter",
    "no_open_question",
    "composed_model",
    "one_segment",
    "no_segments",
    "no_rebus",
    "no_named_groups",
    "no_large_groups",
    "no_formative_construct",
    "no_paths",
    "needs_rows",
    "product",
    "higher_order",
    "not_positive_definite",
    "item_not_in_data",
    "not_converged",
    "not_predictable",
    "undefined",
    "not_applicable",
    "saturated",
)
"""What :func:`absent` has a sentence for."""


def tell(
    write: Callable[[Wording], str],
    labels: LabelSets,
    language: Language,
    role: Role = "finding",
) -> Paragraph:
    """Return the paragraph that `write` gives, written in every language.

    Parameters
    ----------
    write : callable
        From a language's wording to its text.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    role : {"text", "finding", "headline", "method"}
        The paragraph's role.
    """
    texts: dict[str, str] = {
        each: write(Wording(language=each, labels=labels.get(each, {}))) for each in LANGUAGES
    }
    return Paragraph(texts=texts, language=language, role=role)


def absent(reason: str, *, language: Language) -> Absent:
    """Return what stands where a section has no input.

    Parameters
    ----------
    reason : str
        One of :data:`REASONS`.
    language : {"zh", "en"}
        Language of the sentence.

    Examples
    --------
    >>> absent("no_competitor", language="en").reason
    'This section is empty: the study names no competitor.'
    """
    return Absent(reason=message(language, f"absent.{reason}"))


def remark(topic: str, *, labels: LabelSets, language: Language) -> Paragraph:
    """Return the sentence that leads to a table or figure.

    Parameters
    ----------
    topic : str
        A key under ``remark`` in the catalogue, such as ``"impacts"``.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    """
    return tell(lambda words: words.say(f"remark.{topic}"), labels, language, "text")


def run(words: Wording, *sentences: str) -> str:
    """Join sentences to a paragraph; empty ones are left out."""
    return words.say("phrase.space").join(sentence for sentence in sentences if sentence)


def span(
    words: Wording,
    row: Row,
    digits: int,
    *,
    level: float,
    signed: bool = False,
    points: bool = False,
) -> str:
    """Return an estimate with its interval: "72.1 (95% interval [70.3, 73.9])"."""
    write = numbers.signed if signed else numbers.decimal
    point = write(number(row, "estimate"), digits)
    limits = numbers.interval(number(row, "lower"), number(row, "upper"), digits)
    if limits == numbers.MISSING:
        return point
    key = "phrase.span_points" if points else "phrase.span"
    return words.say(key, estimate=point, interval=limits, level=numbers.level(level))


def listed(words: Wording, noun: str, names: Sequence[str], *, heavy: bool = False) -> str:
    """Return how many, and which: "2 cities (Linjiang and Haizhou)".

    Names that hold commas themselves are `heavy` and parted by semicolons.
    """
    count = words.count(noun, len(names))
    if not names:
        return count
    text = words.say("phrase.semicolon").join(names) if heavy else words.join(names)
    return words.say("phrase.listed", count=count, names=text)


def item_text(words: Wording, item: object) -> str:
    """Return an item as its quoted wording and its code, or the code alone."""
    text = words.label(item)
    return text if text == str(item) else words.say("phrase.item", text=text, code=item)


def path(words: Wording, row: Row) -> str:
    """Return a path as text: "Image → Satisfaction"."""
    return words.say(
        "phrase.path", source=words.label(row["source"]), target=words.label(row["target"])
    )
