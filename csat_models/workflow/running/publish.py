"""The report of a study: executed notebooks to ``report.pdf``."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from csat_models.report import narrative
from csat_models.report.appendices import set_apart
from csat_models.report.document import DocumentFront, typeset_document
from csat_models.report.elements import MIME, Heading, Paragraph
from csat_models.workflow.files import write_atomically
from csat_models.workflow.params.fields import StudyParams, Texts
from csat_models.workflow.running.runs import ReportJob
from csat_models.workflow.study import Study

Payload = dict[str, Any]


def build_report(job: ReportJob) -> tuple[str, ...]:
    """Typeset a study's report from its executed notebooks.

    Parameters
    ----------
    job : ReportJob
        The chapters' elements, the figures, and where the report is written.

    Returns
    -------
    tuple of str
        What could not be shown as meant, one sentence each.
    """
    study = Study(job.params.model_copy(update={"language": job.language}), job.project)
    opening = [
        _payloads(study.narrative.introduction(study.facts)),
        _payloads(study.narrative.methods(study.facts)),
    ]
    chapters = [_worth_printing(chapter.elements) for chapter in job.chapters]
    figures = {path.stem: path.read_bytes() for path in (job.results / "figures").glob("*.svg")}
    body, back = set_apart([chapter for chapter in chapters if chapter], study.language)
    document = typeset_document(
        [*opening, *body], figures, _front(study), study.language, appendices=back
    )
    write_atomically(job.folder / "report.pdf", document.pdf)
    return document.log


def _front(study: Study) -> DocumentFront:
    params = study.params
    opening = narrative.abstract(study.facts, labels=study.labels, language=study.language)
    return DocumentFront(
        title=params.title.model_dump(),
        subtitle={},
        author=_said(params.author, study.language),
        institution=_said(params.institution, study.language),
        date=_date(params),
        abstract_intro=opening.texts,
        keywords=_keywords(params),
    )


def _keywords(params: StudyParams) -> dict[str, tuple[str, ...]]:
    given = params.report.keywords
    if given is None:
        return {"zh": narrative.keywords("zh"), "en": narrative.keywords("en")}
    marks = {"zh": "；", "en": ";"}
    return {
        language: tuple(word.strip() for word in text.split(marks[language]) if word.strip())
        for language, text in given.model_dump().items()
    }


def _said(texts: Texts | None, language: str) -> str:
    return "" if texts is None else str(getattr(texts, language))


def _date(params: StudyParams) -> datetime.date:
    if params.report.date is None:
        return datetime.date(params.wave, 12, 1)
    year, month, *day = (int(part) for part in params.report.date.split("-"))
    return datetime.date(year, month, day[0] if day else 1)


def _payloads(elements: Iterable[Heading | Paragraph]) -> list[Payload]:
    return [element._repr_mimebundle_()[MIME] for element in elements]


def _worth_printing(elements: Sequence[Payload]) -> list[Payload]:
    """Leave out what the chapter on methods says already, and headings of nothing."""
    kept: list[Payload] = []
    for element in reversed(elements):
        if element["kind"] == "absent" or element.get("role") == "method":
            continue
        following = kept[-1] if kept else None
        over_nothing = following is None or (
            following["kind"] == "heading" and following["level"] <= element.get("level", 0)
        )
        if not (element["kind"] == "heading" and over_nothing):
            kept.append(element)
    return kept[::-1]
