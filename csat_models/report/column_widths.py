"""How wide the columns of a printed table are, so that none leaves the margins.

Widths are estimated from the characters, in em (one em is the font size):
Chinese characters take one em, Latin ones about half. A table keeps the largest
font size at which its columns fit; text columns may wrap, numbers stay whole.
Only when nothing else helps are words broken.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

GUTTER = 0.9
"""Space between two columns, in em."""

BREAK = "\u200b"

_TIGHT = 0.3
_READABLE = 8.0
_COMFORTABLE = 8.0
_HEADER = 3.0
_LONGEST_WORD = 14.0
_SMALLEST = 2.2
_SLACK = 1.06
_SPREAD = 0.75
_NARROW, _BROAD = frozenset("iljtfrI.,;:'|!()[]- "), frozenset("mwMW@%—…")
_TOKEN = re.compile(r"\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A table made to fit.

    Attributes
    ----------
    size : float
        Font size in points.
    widths : tuple of float
        Column widths in points, each with its gutter; their sum is at most the
        width available.
    gutter : float
        Space between two columns in points.
    rows : tuple of tuple of str
        The cells, header first, with break opportunities (U+200B) in words
        that are longer than their column.
    """

    size: float
    widths: tuple[float, ...]
    gutter: float
    rows: tuple[tuple[str, ...], ...]


def text_width(text: str) -> float:
    """Return the estimated width of a line of text in em.

    Examples
    --------
    >>> text_width("满意度")
    3.0
    """
    return sum(map(_character_width, text))


def fit_columns(rows: Sequence[Sequence[str]], available: float, sizes: Sequence[float]) -> Layout:
    """Choose font size and column widths of a table.

    Parameters
    ----------
    rows : sequence of sequence of str
        The cells, header first; all rows equally long.
    available : float
        Width between the margins in points.
    sizes : sequence of float
        Font sizes in points to try, the preferred one first.

    Returns
    -------
    Layout
        Of the first readable size at which no column is cramped, else the
        first at which every word is whole, else of the last with words broken.

    Examples
    --------
    >>> layout = fit_columns([["City", "Index"], ["Linjiang", "78.1"]], 400, (10, 8))
    >>> layout.size, sum(layout.widths) <= 400
    (10, True)
    """
    columns = list(zip(*rows, strict=True))
    cosy = [_comfortable(column) for column in columns]
    words = [max(map(_longest, column)) for column in columns]
    readable = [size for size in sizes if size >= _READABLE]
    for least, tried in ((cosy, readable), (words, sizes)):
        for size in tried:
            if _total(least, GUTTER) <= available / size:
                return _layout(columns, least, GUTTER, available, size)
    share = available / sizes[-1] / len(columns) / _SLACK - _TIGHT
    crowded = [max(0.0, min(word, share)) for word in words]
    return _layout(columns, crowded, _TIGHT, available, sizes[-1])


def break_words(text: str, width: float) -> str:
    """Allow a break after every character of words wider than `width` em.

    Examples
    --------
    >>> break_words("short respondent_id", 4).count(BREAK)
    12
    """

    def broken(match: re.Match[str]) -> str:
        word = match[0]
        return BREAK.join(word) if _longest(word) * _SLACK > width else word

    return _TOKEN.sub(broken, text)


def _total(widths: Sequence[float], gutter: float) -> float:
    return sum(_SLACK * width + gutter for width in widths)


def _layout(
    columns: Sequence[Sequence[str]],
    least: Sequence[float],
    gutter: float,
    available: float,
    size: float,
) -> Layout:
    natural = [max(map(_lines, column)) for column in columns]
    wide = [_SLACK * width + gutter for width in natural]
    narrow = [_SLACK * width + gutter for width in least]
    widths = _share(wide, narrow, available / size)
    broken = (
        [break_words(cell, width - gutter) for cell in column]
        for column, width in zip(columns, widths, strict=True)
    )
    return Layout(
        size=size,
        widths=tuple(size * width for width in widths),
        gutter=size * gutter,
        rows=tuple(zip(*broken, strict=True)),
    )


def _share(natural: Sequence[float], least: Sequence[float], room: float) -> list[float]:
    total, floor = sum(natural), sum(least)
    if total <= room:
        extra = max(total, _SPREAD * room) - total
        return [width + extra / len(natural) for width in natural]
    wish = [max(0.0, n - m) for n, m in zip(natural, least, strict=True)]
    part = max(0.0, room - floor) / (sum(wish) or 1.0)
    return [m + part * w for m, w in zip(least, wish, strict=True)]


def _comfortable(column: Sequence[str]) -> float:
    head, *body = column
    text = max([min(_lines(head), _HEADER), *(min(_lines(cell), _COMFORTABLE) for cell in body)])
    word = min(max(map(_longest, column)), _LONGEST_WORD)
    return max(text, word)


def _lines(cell: str) -> float:
    return max(map(text_width, cell.split("\n")))


def _longest(cell: str) -> float:
    latin = re.sub(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u200b]", " ", cell)
    return max([_SMALLEST, *map(text_width, latin.split())])


def _character_width(char: str) -> float:
    if unicodedata.east_asian_width(char) in "WF" or char in _BROAD:
        return 1.0
    if char in _NARROW:
        return 0.38
    return 0.74 if char.isupper() else 0.58
