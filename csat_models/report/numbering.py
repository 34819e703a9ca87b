"""The numbers of chapters, sections, tables and figures.

Tables and figures are numbered by chapter, each kind on its own; appendices
have letters for numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count, product
from string import ascii_uppercase
from typing import Any

Payload = Mapping[str, Any]
"""An element as JSON, see :mod:`csat_models.report.elements`."""

_SECTION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """An element's payload and its number, such as ``2`` or ``2-1``."""

    number: str
    payload: Payload


def chapter_numbers() -> Iterator[str]:
    """Yield 1, 2, 3 ..."""
    return map(str, count(1))


def appendix_letters() -> Iterator[str]:
    """Yield A, B ... Z, AA, AB ..."""
    return ("".join(letters) for n in count(1) for letters in product(ascii_uppercase, repeat=n))


def number_elements(elements: Iterable[Payload], names: Iterator[str]) -> list[Numbered]:
    """Give every element its number.

    Parameters
    ----------
    elements : iterable of mapping
        Payloads in order; the first is a heading of level 1.
    names : iterator of str
        Names of the chapters.

    Returns
    -------
    list of Numbered
        Headings ``2``, ``2.1``, ``2.1.3``; tables and figures ``2-1``, each
        kind counted within its chapter; other elements the chapter's name. A
        subsection before any section counts as a section.

    Examples
    --------
    >>> chapter = [{"kind": "heading", "text": "Index", "level": 1}, {"kind": "table"}]
    >>> [one.number for one in number_elements(chapter, chapter_numbers())]
    ['1', '1-1']
    """
    numbered, chapter = [], ""
    counts: dict[str, int] = {}
    for payload in elements:
        kind, level = payload["kind"], payload.get("level", 0)
        if kind == "heading" and level == 1:
            chapter, counts = next(names), {}
            number = chapter
        elif kind == "heading":
            number = f"{chapter}.{_section(counts, level)}"
        elif kind in ("table", "figure"):
            counts[kind] = counts.get(kind, 0) + 1
            number = f"{chapter}-{counts[kind]}"
        else:
            number = chapter
        numbered.append(Numbered(number=number, payload=payload))
    return numbered


def caption_numbers(elements: Iterable[Numbered], log: list[str]) -> dict[str, str]:
    """Return ``table:NAME`` and ``figure:NAME`` to number, the first of each name."""
    numbers: dict[str, str] = {}
    for element in elements:
        if element.payload["kind"] in ("table", "figure"):
            target = f"{element.payload['kind']}:{element.payload['name']}"
            if target in numbers:
                log.append(f"{target!r} is shown more than once; references lead to the first.")
            numbers.setdefault(target, element.number)
    return numbers


def _section(counts: dict[str, int], level: int) -> str:
    if level == _SECTION or not counts.get("section"):
        counts["section"] = counts.get("section", 0) + 1
        counts["subsection"] = 0
        return str(counts["section"])
    counts["subsection"] += 1
    return f"{counts['section']}.{counts['subsection']}"
