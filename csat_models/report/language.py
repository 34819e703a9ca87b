"""The words of a report: message catalogues and labels, in Chinese and English.

All prose lies in the files of ``messages/zh/`` and ``messages/en/``, under the same
keys and with the same ``str.format`` fields. Labels (identifier to text) come
from the codebook; an attribute's value stands under ``"column:value"``.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, get_args

from csat_models.errors import ParamsError
from csat_models.report.elements import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)

LabelSets = Mapping[str, Mapping[str, str]]
"""Language to labels: what functions need that write in every language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One language's messages together with the study's labels.

    Attributes
    ----------
    language : {"zh", "en"}
        The language written in.
    labels : mapping of str to str
        Identifier to text, values under ``"column:value"``.

    Examples
    --------
    >>> words = Wording(language="en", labels={"city:linjiang": "Linjiang"})
    >>> words.value("city", "linjiang"), words.count("city", 2), words.say("header.mean")
    ('Linjiang', '2 cities', 'Mean')
    """

    language: Language
    labels: Mapping[str, str] = field(default_factory=dict)

    def say(self, key: str, **fields: object) -> str:
        """Return the message under `key` with its fields filled in."""
        return message(self.language, key, **fields)

    def label(self, name: object) -> str:
        """Return the text of an identifier, or the identifier itself."""
        return self.labels.get(str(name), str(name))

    def inline(self, name: object) -> str:
        """Return the text of a column as it stands inside a title: "by city"."""
        text = self.label(name)
        lowers = self.language == "en" and text[1:2].islower()
        return text[:1].lower() + text[1:] if lowers else text

    def value(self, column: str, value: object) -> str:
        """Return the text of an attribute's value, or what `label` gives."""
        return self.labels.get(f"{column}:{value}", self.label(value))

    def named(self, name: object, width: int | None = None) -> str:
        """Return code and wording of an item, cut to `width` columns."""
        text = self.label(name)
        full = text if _begins_with(text, str(name)) else f"{name}  {text}"
        return full if width is None else shorten(full, width)

    def count(self, noun: str, number: int) -> str:
        """Return a number with its noun: "no city", "1 city", "1,200 cities"."""
        kind = noun if f"noun.{noun}.many" in catalogue(self.language) else "unit"
        form = {0: "none", 1: "one"}.get(number, "many")
        return self.say(f"noun.{kind}.{form}", number=f"{number:,}")

    def join(self, texts: Sequence[str]) -> str:
        """Return the texts as an enumeration: "a, b and c"."""
        if len(texts) <= 1:
            return "".join(texts)
        head = self.say("phrase.comma").join(texts[:-1])
        return f"{head}{self.say('phrase.and')}{texts[-1]}"


def _begins_with(text: str, code: str) -> bool:
    """Tell whether a wording says the code itself: "Q1. The network"."""
    rest = text.casefold().removeprefix(code.casefold())
    return len(rest) < len(text) and not rest[:1].isalnum()


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return all messages of a language, keys joined by dots.

    Raises
    ------
    ParamsError
        There is no catalogue for this language.

    Examples
    --------
    >>> catalogue("zh")["header.mean"]
    '均值'
    """
    if language not in LANGUAGES:
        raise ParamsError(
            f"there is no message catalogue for the language '{language}'; "
            f"set language to one of {', '.join(LANGUAGES)}",
            language=language,
        )
    folder = resources.files("csat_models.report") / "messages" / language
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return MappingProxyType(
        _union([_flatten(tomllib.loads(file.read_text(encoding="utf-8"))) for file in files])
    )


def message(language: str, key: str, **fields: object) -> str:
    """Return the message under `key`, its fields filled in.

    Raises
    ------
    KeyError
        The catalogue has no such key, or a field is not given.

    Examples
    --------
    >>> message("en", "note.interval", level="95")
    'Intervals: 95% bootstrap.'
    """
    return catalogue(language)[key].format(**fields)


def with_products(
    labels: Mapping[str, str], products: Sequence[str], language: Language
) -> dict[str, str]:
    """Return the labels with those of products of constructs.

    Examples
    --------
    >>> with_products({"A": "Alpha", "B": "Beta"}, ["A:B"], "en")["A:B"]
    'Alpha × Beta'
    """
    words = Wording(language=language, labels=labels)
    found = dict(labels)
    for name in products:
        first, second = (words.label(factor) for factor in name.split(":"))
        key = "square" if first == second else "product"
        found[name] = words.say(f"interactions.phrase.{key}", first=first, second=second)
    return found


def display_width(text: str) -> int:
    """Return the width of a text in columns; a Chinese character takes two.

    Examples
    --------
    >>> display_width("满意 SAT")
    8
    """
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def shorten(text: str, width: int) -> str:
    """Cut a text to at most `width` columns, an ellipsis included.

    Examples
    --------
    >>> shorten("Overall satisfaction", 10), shorten("短", 10)
    ('Overall s…', '短')
    """
    if display_width(text) <= width:
        return text
    while display_width(text) > width - 1:
        text = text[:-1]
    return f"{text.rstrip()}…"


def wrap(text: str, width: int) -> str:
    """Break a text into lines of at most `width` columns, as evenly as words allow.

    Chinese may break between any two characters, other scripts at spaces.

    Examples
    --------
    >>> wrap("Perceived network quality", 16).splitlines()
    ['Perceived', 'network quality']
    """
    pieces = _pieces(text)
    count = len(_fill(pieces, width))
    narrowest = next(w for w in range(1, width + 1) if len(_fill(pieces, w)) <= count)
    return "\n".join(_fill(pieces, narrowest))


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for character in text:
        wide = unicodedata.east_asian_width(character) in "WF"
        starts = wide or not pieces or pieces[-1].endswith(" ")
        starts = starts or unicodedata.east_asian_width(pieces[-1][-1]) in "WF"
        if starts and character != " ":
            pieces.append(character)
        elif pieces:
            pieces[-1] += character
    return pieces


def _fill(pieces: Sequence[str], width: int) -> list[str]:
    lines: list[str] = [""]
    for piece in pieces:
        if lines[-1] and display_width((lines[-1] + piece).rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]


def _union(parts: Sequence[dict[str, str]]) -> dict[str, str]:
    union: dict[str, str] = {}
    for part in parts:
        twice = union.keys() & part.keys()
        assert not twice, f"messages written twice: {sorted(twice)}"
        union |= part
    return union


def _flatten(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            flat |= _flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat
