"""The report as a thesis-style PDF, typeset from the elements of its chapters.

The same chapters, figures, front matter and language give the same bytes, on
every machine.
"""

from __future__ import annotations

import datetime
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from csat_models.errors import DataError
from csat_models.report import composition, numbering, typesetter
from csat_models.report.composition import KINDS, References
from csat_models.report.composition import break_long_words as _broken
from csat_models.report.elements import Language
from csat_models.report.numbering import Numbered, Payload
from csat_models.report.pagination import paginate
from csat_models.report.typefaces import missing_glyphs

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFront:
    """What stands before the first chapter.

    Attributes
    ----------
    title : mapping of str to str
        Language to title.
    author, institution : str
        As printed on the title page; left out when empty.
    date : date
        Printed as month and year; also the PDF's creation date.
    abstract_intro : mapping of str to str
        Language to the first paragraph of the abstract. A language without
        one has no abstract, except the document's own when there are findings.
    keywords : mapping of str to sequence of str
        Language to keywords.
    subtitle : mapping of str to str
        Language to subtitle; may be empty.
    """

    title: Mapping[str, str]
    author: str
    institution: str
    date: datetime.date
    abstract_intro: Mapping[str, str]
    keywords: Mapping[str, Sequence[str]]
    subtitle: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A typeset report.

    Attributes
    ----------
    pdf : bytes
        The file.
    log : tuple of str
        One sentence for every reference that leads nowhere, every name used
        twice and the characters that the fonts cannot show.
    """

    pdf: bytes
    log: tuple[str, ...]


def build_document(
    chapters: Sequence[Sequence[Payload]],
    figures: Mapping[str, bytes],
    front: DocumentFront,
    language: Language,
    *,
    appendices: Sequence[Sequence[Payload]] = (),
    conclusion: bool = True,
) -> bytes:
    """Typeset a report and return the PDF.

    As :func:`typeset_document`, whose log goes to the logger of this module.

    Returns
    -------
    bytes
        A PDF file.
    """
    document = typeset_document(
        chapters, figures, front, language, appendices=appendices, conclusion=conclusion
    )
    for sentence in document.log:
        _LOGGER.warning("%s", sentence)
    return document.pdf


def typeset_document(
    chapters: Sequence[Sequence[Payload]],
    figures: Mapping[str, bytes],
    front: DocumentFront,
    language: Language,
    *,
    appendices: Sequence[Sequence[Payload]] = (),
    conclusion: bool = True,
) -> Document:
    """Typeset a report and say what could not be shown as meant.

    Parameters
    ----------
    chapters : sequence of sequence of mapping
        The elements' JSON payloads (see :mod:`csat_models.report.elements`).
        A heading of level 1 begins a chapter; the first element is one.
    figures : mapping of str to bytes
        Name of a figure to its picture as SVG.
    front : DocumentFront
        Title page, abstract, keywords.
    language : {"zh", "en"}
        Language of the document. The Chinese one has both abstracts.
    appendices : sequence of sequence of mapping
        As `chapters`, lettered, after the bibliography.
    conclusion : bool
        Whether a last chapter repeats the findings.

    Returns
    -------
    Document
        The PDF and the log.

    Raises
    ------
    DataError
        If an element is of no known kind, the first one is no chapter title, a
        table is ragged, or a figure has no picture that can be read.

    Examples
    --------
    >>> front = DocumentFront(
    ...     title={"en": "Satisfaction 2024"}, author="A. Author", institution="",
    ...     date=datetime.date(2024, 12, 1), abstract_intro={}, keywords={}, subtitle={},
    ... )
    >>> chapter = [{"kind": "heading", "text": "Introduction", "level": 1}]
    >>> typeset_document([chapter], {}, front, "en").pdf[:5]
    b'%PDF-'
    """
    data, log = compose_document(
        chapters, figures, front, language, appendices=appendices, conclusion=conclusion
    )
    data["steps"] = _steps(data)
    return Document(pdf=typesetter.typeset(data, front.date), log=(*log, *_glyph_log(data)))


def compose_document(
    chapters: Sequence[Sequence[Payload]],
    figures: Mapping[str, bytes],
    front: DocumentFront,
    language: Language,
    *,
    appendices: Sequence[Sequence[Payload]] = (),
    conclusion: bool = True,
) -> tuple[dict[str, Any], list[str]]:
    """Return the data the template prints, and the log; parameters as above."""
    ending = composition.conclusion(chapters, language) if conclusion else []
    main = [element for chapter in (*chapters, ending) for element in chapter]
    back = [element for chapter in appendices for element in chapter]
    _check_elements(main)
    _check_elements(back)
    body = numbering.number_elements(main, numbering.chapter_numbers())
    tail = numbering.number_elements(back, numbering.appendix_letters())
    log: list[str] = []
    references = References(
        numbers=numbering.caption_numbers((*body, *tail), log),
        keys=composition.bibliography_keys(),
        log=log,
    )
    blocks = composition.compose_blocks((*body, *tail), references, language)
    data = {
        "language": language,
        "labels": composition.labels(language),
        "front": _title_page(front, language),
        "abstracts": list(_abstracts(main, front, references, language)),
        "blocks": blocks[: len(body)],
        "appendices": blocks[len(body) :],
        "pictures": _pictures((*body, *tail), figures),
    }
    return composition.clean(data), list(dict.fromkeys(log))


def _steps(data: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    sizes = typesetter.block_sizes(data)
    return {part: paginate(sizes[part], sizes["page"]) for part in ("blocks", "appendices")}


def _check_elements(elements: Sequence[Payload]) -> None:
    for place, element in enumerate(elements, start=1):
        if element.get("kind") not in KINDS:
            raise DataError(
                f"element {place} of the document is of kind {element.get('kind')!r}; use one of "
                f"{', '.join(sorted(KINDS))}.",
                kind=element.get("kind"),
            )
    if elements and (elements[0]["kind"] != "heading" or elements[0]["level"] != 1):
        raise DataError(
            f"the document's first element is a {elements[0]['kind']}; begin with a heading of "
            "level 1, the title of a chapter.",
            kind=elements[0]["kind"],
        )


def _title_page(front: DocumentFront, language: Language) -> dict[str, Any]:
    other = "en" if language == "zh" else ""
    words = composition.labels(language)
    month = words[f"month_{front.date.month}"]
    date = words["date_format"].format(year=front.date.year, month=month)
    rows = [(words["author"], front.author), (words["institution"], front.institution)]
    return {
        "title": _broken(_in_language(front.title, language)),
        "other_title": _broken(front.title.get(other, "")),
        "subtitle": _broken(front.subtitle.get(language, "")),
        "author": front.author,
        "rows": [(name, _broken(value)) for name, value in rows if value],
        "date": date,
        "day": [front.date.year, front.date.month, front.date.day],
    }


def _abstracts(
    elements: Sequence[Payload], front: DocumentFront, references: References, language: Language
) -> Iterator[dict[str, Any]]:
    both: tuple[Language, ...] = ("zh", "en")
    for tongue in both if language == "zh" else (language,):
        words = composition.labels(tongue)
        separator = words["keyword_separator"]
        intro = composition.without_references(front.abstract_intro.get(tongue, ""))
        texts = composition.headlines(elements, tongue) if intro or tongue == language else []
        paragraphs = [references.runs(text, tongue) for text in (intro, *texts) if text]
        if paragraphs:
            yield {
                "language": tongue,
                "title": words["abstract"],
                "paragraphs": paragraphs,
                "keywords_label": words["keywords"],
                "keywords": _broken(separator.join(front.keywords.get(tongue, ()))),
            }


def _pictures(elements: Sequence[Numbered], figures: Mapping[str, bytes]) -> dict[str, str]:
    shown = (e.payload["name"] for e in elements if e.payload["kind"] == "figure")
    pictures = {}
    for name in shown:
        if name not in figures:
            raise DataError(
                f"figure {name!r} has no picture; hand its SVG over in `figures`.", figure=name
            )
        pictures[name] = figures[name].decode("utf-8", errors="replace")
    return pictures


def _in_language(texts: Mapping[str, str], language: Language) -> str:
    return texts.get(language) or next(iter(texts.values()), "")


def _glyph_log(data: Mapping[str, Any]) -> list[str]:
    texts = {key: value for key, value in data.items() if key not in ("pictures", "steps")}
    missing = sorted(missing_glyphs(json.dumps(texts, ensure_ascii=False), medium="document"))
    if not missing:
        return []
    shown = ", ".join(f"{char} (U+{ord(char):04X})" for char in missing)
    return [f"the document's fonts cannot show {shown}; write these characters otherwise."]
