"""What stands in the appendices: long tables leave their chapter, a pointer stays.

A chapter keeps its text, its short tables and what is needed to judge it. The
tables that list every item, path, wave or unit move, in order, to the appendix
they belong to; numbers and cross references follow them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from csat_models.report.elements import Language
from csat_models.report.language import LANGUAGES, Wording, message

Payload = dict[str, Any]

APPENDICES: Mapping[str, tuple[str, ...]] = {
    "questionnaire": ("table:constructs", "table:questionnaire"),
    "sample_detail": (
        "table:flag_rates",
        "table:interviewers",
        "table:interviewer_variance",
        "table:flagged_leads",
        "table:flagged_paths",
        "table:wave_handling",
        "figure:mode_effects",
        "table:sample_profile",
        "table:weights",
        "figure:missing_by_unit",
        "table:missing_patterns",
        "figure:distributions",
        "figure:item_profile",
        "figure:unit_profiles",
    ),
    "measurement_detail": (
        "table:loadings",
        "figure:loadings",
        "table:indicators",
        "table:cross_loadings",
        "table:reliability",
        "figure:htmt",
        "table:ratio_limits",
        "figure:ratio_limits",
        "table:common_method",
    ),
    "structure_detail": (
        "table:paths",
        "table:r_squared",
        "table:structure_quality",
        "table:indirect_effects",
        "table:prediction",
        "table:path_comparison",
        "table:item_priorities",
        "table:bottlenecks",
    ),
    "factor_detail": (
        "table:covariance_loadings",
        "table:covariance_paths",
        "table:modifications",
        "table:path_by_method",
        "table:loading_by_method",
        "table:r_squared_by_method",
        "table:index_by_method",
    ),
    "standing_detail": ("table:standing_*", "table:trend"),
    "group_detail": (
        "figure:invariance",
        "table:group_differences",
        "table:group_index_*",
        "table:invariance_*",
        "figure:invariance_*",
        "table:group_differences_*",
        "table:year_invariance",
        "figure:year_invariance",
        "table:year_differences",
        "table:drift",
        "table:weight_drift",
        "table:segment_paths",
        "table:segment_profile",
        "table:rebus_paths",
        "table:path_power",
        "table:detectable_*",
    ),
}
"""Appendix to the tables and figures that stand in it; an asterisk ends a family of names."""

_REFERENCE = re.compile(r"\[@((?:table|figure):[\w.-]+)\]")


def set_apart(
    chapters: Sequence[Sequence[Payload]], language: Language
) -> tuple[list[list[Payload]], list[list[Payload]]]:
    """Divide a report into its chapters and its appendices.

    Parameters
    ----------
    chapters : sequence of sequence of mapping
        The elements' JSON payloads.
    language : {"zh", "en"}
        Language of the appendices' titles.

    Returns
    -------
    chapters, appendices : list of list of mapping
        Every element once, in order; an appendix begins with its title. Where a
        chapter's text does not name what left it, a sentence does.

    Examples
    --------
    >>> text = {"kind": "paragraph", "texts": {"en": "See [@table:drift]."}}
    >>> body, back = set_apart([[text, {"kind": "table", "name": "drift"}]], "en")
    >>> len(body[0]), [element["kind"] for element in back[0]]
    (1, ['heading', 'table'])
    """
    found: dict[str, list[Payload]] = {name: [] for name in APPENDICES}
    bodies = [_body(chapter, found) for chapter in chapters]
    backs = [[_title(name, language), *shown] for name, shown in found.items() if shown]
    return bodies, backs


def appendix_of(element: Payload) -> str | None:
    """Return the appendix that an element belongs to, or None if it stays.

    Examples
    --------
    >>> appendix_of({"kind": "table", "name": "standing_image"})
    'standing_detail'
    """
    target = _target(element)
    for name, members in APPENDICES.items():
        for member in members:
            family = member.endswith("*") and target.startswith(member[:-1])
            if family or target == member:
                return name
    return None


def _body(chapter: Sequence[Payload], found: Mapping[str, list[Payload]]) -> list[Payload]:
    named = {name for element in chapter for name in _references(element)}
    kept: list[Payload] = []
    unnamed: list[str] = []
    for element in chapter:
        appendix = appendix_of(element)
        if appendix is not None:
            found[appendix].append(element)
            unnamed += [_target(element)] if _target(element) not in named else []
            continue
        if element["kind"] in ("paragraph", "heading") and unnamed:
            kept.append(_pointer(unnamed))
            unnamed = []
        kept.append(element)
    return [*kept, _pointer(unnamed)] if unnamed else kept


def _target(element: Payload) -> str:
    return f"{element['kind']}:{element.get('name', '')}"


def _references(element: Payload) -> list[str]:
    texts = element.get("texts", {})
    return [name for text in texts.values() for name in _REFERENCE.findall(text)]


def _pointer(targets: Sequence[str]) -> Payload:
    texts = {each: _pointing(each, targets) for each in LANGUAGES}
    return {"kind": "paragraph", "texts": texts, "role": "text"}


def _pointing(language: Language, targets: Sequence[str]) -> str:
    names = Wording(language=language, labels={}).join([f"[@{target}]" for target in targets])
    return message(language, "appendix.pointer", names=names)


def _title(name: str, language: Language) -> Payload:
    return {"kind": "heading", "text": message(language, f"appendix.{name}"), "level": 1}
