"""From chapters of elements to the data the document template prints.

Numbers chapters, sections, tables and figures; turns ``[@...]`` into links and
citations; repeats the findings in abstract and conclusion. All text stays
text: the template prints it as it is, so nothing in it can act as markup.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import chain
from typing import Any

from csat_models.errors import DataError
from csat_models.report.column_widths import break_words, fit_columns
from csat_models.report.elements import Language
from csat_models.report.numbering import Numbered, Payload
from csat_models.report.typesetter import TEMPLATE_FOLDER, text_widths

TEXT_WIDTH = 435.9
"""Width between the margins in points, as in the template."""

TABLE_SIZES = (10.0, 9.0, 8.0, 7.5, 7.0, 6.5, 6.0, 5.5, 5.0)

Run = dict[str, str]
Block = dict[str, Any]

_INDENT = "\N{NO-BREAK SPACE}"
_REFERENCE = re.compile(r"\[@([\w:.-]+)\]")
_ASIDE = re.compile(r"\s*[（(][^（）()]*\[@(?:table|figure):[^（）()]*[）)]")
_CITATION = re.compile(r"\s*\[@[^:\]]+\]")
_COMPARISON = re.compile(r"(?<=\S) ([<>=≤≥]) (?=\S)")
_ENDS_IN_ASIDE = re.compile(r"(?:\) ?\(|）（)(?=见?\[@(?:table|figure):)")
_LONGEST_WORD = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """What ``[@...]`` can point to.

    Attributes
    ----------
    numbers : mapping of str to str
        ``table:NAME`` or ``figure:NAME`` to its number.
    keys : frozenset of str
        Keys of the bibliography.
    log : list of str
        Grows by a sentence for every reference that leads nowhere.
    """

    numbers: Mapping[str, str]
    keys: frozenset[str]
    log: list[str] = field(default_factory=list)

    def runs(self, text: str, language: Language) -> list[Run]:
        """Split a text into plain runs, links and citations.

        Parameters
        ----------
        text : str
            Plain text with ``[@...]``.
        language : {"zh", "en"}
            Language of "Table 2-1".

        Returns
        -------
        list of dict
            Each with ``text``, with ``text`` and ``to``, or with ``cite``.

        Examples
        --------
        >>> known = References(numbers={"table:index": "2-1"}, keys=frozenset())
        >>> known.runs("see [@table:index]", "en")
        [{'text': 'see '}, {'text': 'Table 2-1', 'to': 'table:index'}]
        """
        parts = _REFERENCE.split(_in_one_aside(" ".join(text.split()), language))
        runs = [
            self._target(part, language) if place % 2 else {"text": break_long_words(part)}
            for place, part in enumerate(parts)
        ]
        return [run for run in runs if run != {"text": ""}]

    def _target(self, target: str, language: Language) -> Run:
        kind, _, name = target.partition(":")
        if target in self.numbers:
            return {"text": labels(language)[kind].format(self.numbers[target]), "to": target}
        if target in self.keys:
            return {"cite": target}
        self.log.append(
            f"the text refers to [@{target}], which is neither a table or figure shown in the "
            "document nor a key of its bibliography; it was printed as plain text."
        )
        return {"text": f"[{kind} {name}]" if name else f"[{target}]"}


@cache
def labels(language: Language) -> dict[str, str]:
    """Return the fixed words of the document, such as "Contents"."""
    text = (TEMPLATE_FOLDER / "labels.json").read_text(encoding="utf-8")
    words: dict[str, str] = json.loads(text)[language]
    return words


@cache
def bibliography_keys() -> frozenset[str]:
    """Return the keys that can be cited.

    Examples
    --------
    >>> "fornell1996" in bibliography_keys()
    True
    """
    texts = (path.read_text(encoding="utf-8") for path in TEMPLATE_FOLDER.glob("*.bib"))
    return frozenset(chain(*(re.findall(r"^@\w+\{([^,\s]+),", text, re.M) for text in texts)))


def _in_one_aside(text: str, language: Language) -> str:
    """Write "(5, Table 2-1)" for "(5) (Table 2-1)": a reference joins the parentheses before it."""
    return _ENDS_IN_ASIDE.sub("；" if language == "zh" else "; ", text)


def break_long_words(text: str) -> str:
    """Allow breaks inside words that could be wider than a line."""
    return break_words(text, _LONGEST_WORD)


def spoken(payload: Payload, language: Language) -> str:
    """Return a paragraph's text in a language, or in any it has."""
    texts: Mapping[str, str] = payload["texts"]
    return texts.get(language) or next(iter(texts.values()), "")


def without_references(text: str) -> str:
    """Return a text for the abstract: no citation, no "(see Table 2-1)".

    Examples
    --------
    >>> without_references("It rose (see [@table:trend]) [@hair2022].")
    'It rose.'
    """
    return _CITATION.sub("", _ASIDE.sub("", text))


FINDINGS = ("finding", "headline")
"""Roles of paragraphs that the conclusion repeats; the abstract has the headlines only."""


def headlines(elements: Sequence[Payload], language: Language) -> list[str]:
    """Return the findings that stand in the abstract: the headlines, or all without any."""
    chosen = [e for e in elements if e.get("role") == "headline"]
    return findings(chosen or elements, language)


def findings(elements: Iterable[Payload], language: Language) -> list[str]:
    """Return the findings as they stand in the conclusion.

    Without references, and without a finding that was said before.

    Examples
    --------
    >>> one = {"kind": "paragraph", "role": "finding", "texts": {"en": "It rose [@hair2022]."}}
    >>> findings([one, one], "en")
    ['It rose.']
    """
    texts = (spoken(e, language) for e in elements if e.get("role") in FINDINGS)
    bare = map(without_references, texts)
    return list(dict.fromkeys(text for text in bare if text.strip()))


def conclusion(chapters: Sequence[Sequence[Payload]], language: Language) -> list[Payload]:
    """Return a chapter made of the findings, by chapter; empty without findings."""
    words = labels(language)
    parts = [(_title(chapter), findings(chapter, language)) for chapter in chapters]
    found = [(title, texts) for title, texts in parts if texts]
    body: list[Payload] = []
    for title, texts in found:
        if title and len(found) > 1:
            body.append({"kind": "heading", "text": title, "level": 2})
        body.extend(_paragraph(text, language) for text in texts)
    head = {"kind": "heading", "text": words["conclusion"], "level": 1}
    return [head, _paragraph(words["conclusion_intro"], language), *body] if found else []


def compose_blocks(
    elements: Iterable[Numbered], references: References, language: Language
) -> list[Block]:
    """Turn numbered elements into what the template prints, one by one."""
    blocks = []
    for element in elements:
        kind = element.payload["kind"]
        block = {"kind": kind, **_COMPOSERS[kind](element, references, language)}
        if kind in ("table", "figure"):
            target = f"{kind}:{element.payload['name']}"
            first = references.numbers[target] == element.number
            block["label"] = target if first else f"{target} {element.number}"
        blocks.append(block)
    return blocks


def clean(value: Any) -> Any:
    r"""Return JSON data without control characters and lone surrogates.

    Examples
    --------
    >>> clean({"text": ["a\x00b\n"]})
    {'text': ['ab\n']}
    """
    if isinstance(value, str):
        kept = (c for c in value if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs"))
        return "".join(kept)
    if isinstance(value, Mapping):
        return {key: clean(item) for key, item in value.items()}
    return [clean(item) for item in value] if isinstance(value, list | tuple) else value


def _title(chapter: Sequence[Payload]) -> str:
    titles = (e["text"] for e in chapter if e["kind"] == "heading" and e["level"] == 1)
    return next(titles, "")


def _paragraph(text: str, language: Language) -> Payload:
    return {"kind": "paragraph", "texts": {language: text}, "role": "text"}


def _compose_heading(element: Numbered, _: References, language: Language) -> Block:
    level, number = element.payload["level"], element.number
    if level == 1:
        shown = labels(language)["chapter" if number.isdigit() else "appendix"].format(number)
    else:
        shown = number
        level = number.count(".") + 1
    text = break_long_words(" ".join(element.payload["text"].split()))
    return {"level": level, "shown": shown, "text": text}


def _compose_paragraph(element: Numbered, references: References, language: Language) -> Block:
    return {"runs": references.runs(spoken(element.payload, language), language)}


def _compose_absent(element: Numbered, references: References, language: Language) -> Block:
    return {"runs": references.runs(element.payload["reason"], language)}


def _compose_figure(element: Numbered, references: References, language: Language) -> Block:
    return {
        "name": element.payload["name"],
        **_caption("figure", element, references, language),
    }


def _compose_table(element: Numbered, references: References, language: Language) -> Block:
    payload = element.payload
    rows = [payload["header"], *payload["rows"]]
    for place, row in enumerate(rows):
        if len(row) != len(payload["header"]) or len(row) != len(payload["align"]) or not row:
            raise DataError(
                f"table {payload['name']!r} has {len(row)} cells in row {place} and "
                f"{len(payload['header'])} columns with {len(payload['align'])} alignments; "
                "give every row one cell a column.",
                table=payload["name"],
                row=place,
            )
    measure = partial(text_widths, language=language)
    layout = fit_columns(clean([_bound(rows[0]), *rows[1:]]), TEXT_WIDTH, TABLE_SIZES, measure)
    return {
        "header": layout.rows[0],
        "rows": layout.rows[1:],
        "heads": _heads(payload["rows"]),
        "align": list(payload["align"]),
        "size": layout.size,
        "widths": layout.widths,
        "gutter": layout.gutter,
        "continued": labels(language)["continued"].format(element.number),
        **_caption("table", element, references, language),
    }


def _heads(rows: Sequence[Sequence[str]]) -> list[int]:
    """Return the rows that stand out where others are indented; no page ends with one."""
    indented = [row[0].startswith(_INDENT) for row in rows]
    return [k for k, here in enumerate(indented) if not here] if any(indented) else []


def _bound(cells: Sequence[str]) -> list[str]:
    """Keep comparisons such as "P > 0" on one line."""
    return [_COMPARISON.sub("\u00a0\\1\u00a0", cell) for cell in cells]


def _caption(kind: str, element: Numbered, references: References, language: Language) -> Block:
    words, note = labels(language), element.payload.get("note", "")
    if note and not note.lower().startswith(("注", "note")):
        note = words["note"] + note
    return {
        "shown": words[kind].format(element.number),
        "caption": break_long_words(" ".join(element.payload["caption"].split())),
        "note": references.runs(note, language),
    }


_COMPOSERS: dict[str, Callable[[Numbered, References, Language], Block]] = {
    "heading": _compose_heading,
    "paragraph": _compose_paragraph,
    "table": _compose_table,
    "figure": _compose_figure,
    "absent": _compose_absent,
}
KINDS = frozenset(_COMPOSERS)
