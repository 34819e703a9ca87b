"""How wide the columns of a printed table are, so that no text leaves its column.

Widths are counted in em (one em is the font size) and come from a `measure`
that is handed in: the typesetter's own, or an estimate from the characters. A
table keeps the largest font size at which its columns fit; text columns may
wrap, what must not be broken stays whole. Only when nothing else helps are
words broken.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

GUTTER = 0.9
"""Space between two columns, in em."""

BREAK = "\u200b"

Measure = Callable[[Sequence[tuple[str, bool]]], Sequence[float]]
"""Texts, each with whether it is bold, to their widths on one line in em."""

_TIGHT = 0.3
_LEGIBLE, _READABLE, _PLEASANT = 7.5, 8.0, 8.0
_COMFORTABLE, _ROOMY, _UNBROKEN = 8.0, 13.0, 22.0
_HEADER = 4.5
_LONGEST_WORD = 14.0
_WIDEST_CHARACTER = 1.2
_SLACK = 0.05
_ROUNDING = 1e-9
_SPREAD = 0.75
_ALIKE = 1.3
_NARROW, _BROAD = frozenset("iljtfrI.,;:'|!()[]- "), frozenset("mwMW@%—…")
_IDEOGRAPH = r"\u2e80-\u2fdf\u3400-\u9fff\uf900-\ufaff"
_OPENING, _CLOSING = r"(\[{（【「『《〈“‘«", r")\]}/!?:;,.»”’、。，．：；！？）】」』》〉"
_STOPS = "、，；：。"
_PLACE = re.compile(
    rf"((?<![{_OPENING}\s])[ \n\t\u200b]++(?![{_CLOSING}])"
    rf"|(?<=[{_IDEOGRAPH}])(?=[{_IDEOGRAPH}a-zA-Z0-9])|(?<=[a-zA-Z0-9])(?=[{_IDEOGRAPH}])"
    rf"|(?<=[{_STOPS}])(?![{_CLOSING}\s]))"
)
_GLUE = "\u00a0"
_NUMBERS = re.compile(r"[<>≤≥±+−-]?[\d(\[][^a-zA-Z]*")
_LONGEST_NUMBERS = 16.0


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    text: str
    known: Mapping[str, float]

    @property
    def natural(self) -> float:
        return max(self.known[line] for line in self.text.split("\n"))

    @property
    def least(self) -> float:
        return max((self.known[piece] for piece in pieces(self.text)), default=0.0)

    @property
    def in_two_lines(self) -> float:
        sums = [0.0, *accumulate(self.known[piece] for piece in pieces(self.text))]
        spread = self.natural / (sums[-1] or 1.0)
        return min(max(part, sums[-1] - part) for part in sums) * spread

    def broken(self, width: float) -> str:
        return _break_pieces(self.text, width, self.known)


def text_width(text: str) -> float:
    """Return the estimated width of a line of text in em.

    Examples
    --------
    >>> text_width("满意度")
    3.0
    """
    return sum(map(_character_width, text))


def estimate(texts: Sequence[tuple[str, bool]]) -> list[float]:
    """Return estimated widths, for where nothing can measure.

    Examples
    --------
    >>> estimate([("满意", False)])
    [2.12]
    """
    return [1.06 * text_width(text) for text, _ in texts]


def fit_columns(
    rows: Sequence[Sequence[str]],
    available: float,
    sizes: Sequence[float],
    measure: Measure = estimate,
) -> Layout:
    """Choose font size and column widths of a table.

    Parameters
    ----------
    rows : sequence of sequence of str
        The cells, header first; all rows equally long.
    available : float
        Width between the margins in points.
    sizes : sequence of float
        Font sizes in points to try, the preferred one first.
    measure : callable
        Gives the widths of texts in em; called once.

    Returns
    -------
    Layout
        Of the first size at which texts take one line, if it is pleasant to read,
        else the first legible one at which they take two lines or so and no number
        is parted from its interval, else the first at which no column is cramped,
        else the first at which every word is whole, else of the last, or a smaller
        one if there are very many columns, with words broken.

    Examples
    --------
    >>> layout = fit_columns([["City", "Index"], ["Linjiang", "78.1"]], 400, (10, 8))
    >>> layout.size, sum(layout.widths) <= 400
    (10, True)
    """
    columns = _cells(rows, measure)
    roomy, cosy = (
        [_comfortable(column, widest) for column in columns] for widest in (_ROOMY, _COMFORTABLE)
    )
    whole = [_unbroken(column) for column in columns]
    uncut = [max(map(_uncut, column[1:]), default=0.0) for column in columns]
    words = [max(cell.least for cell in column) for column in columns]
    steps = (
        (list(map(max, whole, roomy, uncut)), _PLEASANT),
        (list(map(max, roomy, uncut)), _LEGIBLE),
        (list(map(max, cosy, uncut)), _LEGIBLE),
        (cosy, _READABLE),
        (words, 0.0),
    )
    for least, smallest in steps:
        for size in (size for size in sizes if size >= smallest):
            if _total(least, GUTTER) <= available / size:
                return _layout(columns, least, GUTTER, available, size)
    widest = _WIDEST_CHARACTER + _SLACK + _TIGHT
    size = min(sizes[-1], available / len(columns) / widest)
    share = available / size / len(columns) - _SLACK - _TIGHT
    crowded = [max(_WIDEST_CHARACTER, min(word, share)) for word in words]
    return _layout(columns, crowded, _TIGHT, available, size)


def pieces(text: str) -> list[str]:
    r"""Split a text where a line may end; nothing inside a piece is broken.

    Rather too few places than too many: a bracket stays with what it holds, and
    a no-break space or a hyphen is no place.

    Examples
    --------
    >>> pieces("0.74 [0.68,\u00a00.80]")
    ['0.74', '[0.68,\xa00.80]']
    >>> pieces("满意度 (a b)")
    ['满', '意', '度', '(a', 'b)']
    >>> pieces("EXP_NET、EXP_BUS：−0.04")
    ['EXP_NET、', 'EXP_BUS：', '−0.04']
    """
    return [piece for piece in _PLACE.split(text)[::2] if piece]


def break_words(text: str, width: float) -> str:
    """Allow a break after every character of words wider than `width` em.

    Examples
    --------
    >>> break_words("short respondent_id", 4).count(BREAK)
    12
    """
    return _break_pieces(text, width, {part: estimate([(part, False)])[0] for part in _parts(text)})


def _parts(text: str) -> set[str]:
    whole = pieces(text)
    return {*text.split("\n"), *whole, *(part for piece in whole for part in _glued(piece))}


def _break_pieces(text: str, width: float, known: Mapping[str, float]) -> str:
    parts = _PLACE.split(text)
    parts[::2] = (_break_piece(piece, width, known) for piece in parts[::2])
    return "".join(parts)


def _break_piece(piece: str, width: float, known: Mapping[str, float]) -> str:
    if not piece or known[piece] <= width + _ROUNDING:
        return piece
    glued = _glued(piece)
    if len(glued) > 1 and max(known[part] for part in glued) <= width:
        return BREAK.join(glued)
    return BREAK.join(piece)


def _glued(piece: str) -> list[str]:
    return re.findall(f"[^{_GLUE}]*{_GLUE}|[^{_GLUE}]+$", piece)


def _cells(rows: Sequence[Sequence[str]], measure: Measure) -> list[list[_Cell]]:
    texts = {
        (part, place == 0): 0.0
        for place, row in enumerate(rows)
        for text in row
        for part in sorted(_parts(text))
    }
    known: tuple[dict[str, float], dict[str, float]] = ({}, {})
    for (part, bold), width in zip(texts, measure(list(texts)), strict=True):
        known[bold][part] = width
    cells = [
        [_Cell(text=text, known=known[place == 0]) for text in row]
        for place, row in enumerate(rows)
    ]
    return [list(column) for column in zip(*cells, strict=True)]


def _total(widths: Sequence[float], gutter: float) -> float:
    return sum(width + _SLACK + gutter for width in widths)


def _layout(
    columns: Sequence[Sequence[_Cell]],
    least: Sequence[float],
    gutter: float,
    available: float,
    size: float,
) -> Layout:
    beside = _SLACK + gutter
    natural = [max(cell.natural for cell in column) + beside for column in columns]
    narrow = [width + beside for width in least]
    widths = _share(natural, narrow, available / size)
    broken = (
        [cell.broken(width - beside) for cell in column]
        for column, width in zip(columns, widths, strict=True)
    )
    return Layout(
        size=size,
        widths=tuple(size * width for width in widths),
        gutter=size * gutter,
        rows=tuple(zip(*broken, strict=True)),
    )


def _share(natural: Sequence[float], least: Sequence[float], room: float) -> list[float]:
    total = sum(natural)
    if total <= room:
        extra = max(total, _SPREAD * room) - total
        return [width + extra / len(natural) for width in natural]
    wishes = [max(0.0, n - m) for n, m in zip(natural, least, strict=True)]
    spare = max(0.0, room - sum(least))
    granted = [0.0] * len(wishes)
    for alike in _alike(wishes):
        if (wanted := sum(wishes[place] for place in alike)) <= spare:
            spare -= wanted
            for place in alike:
                granted[place], wishes[place] = wishes[place], 0.0
    part = min(1.0, spare / (sum(wishes) or 1.0))
    return [m + g + part * w for m, g, w in zip(least, granted, wishes, strict=True)]


def _alike(wishes: Sequence[float]) -> list[list[int]]:
    """Group columns by what they lack, least first: like columns get like widths."""
    groups: list[list[int]] = []
    for place in sorted(range(len(wishes)), key=wishes.__getitem__):
        if groups and wishes[place] <= _ALIKE * wishes[groups[-1][0]]:
            groups[-1].append(place)
        else:
            groups.append([place])
    return groups


def _uncut(cell: _Cell) -> float:
    whole = _NUMBERS.fullmatch(cell.text) is not None and cell.natural <= _LONGEST_NUMBERS
    return cell.natural if whole else 0.0


def _unbroken(column: Sequence[_Cell]) -> float:
    """Return the width at which no text of a column takes two lines, its title apart."""
    return min(max((cell.natural for cell in column[1:]), default=0.0), _UNBROKEN)


def _comfortable(column: Sequence[_Cell], widest: float) -> float:
    head, *body = column
    title = min(head.natural, max(_HEADER, head.in_two_lines))
    texts = (min(cell.natural, max(_COMFORTABLE, cell.in_two_lines), widest) for cell in body)
    word = min(max(cell.least for cell in column), _LONGEST_WORD)
    return max([title, word, *texts])


def _character_width(char: str) -> float:
    if unicodedata.east_asian_width(char) in "WF" or char in _BROAD:
        return 1.0
    if char in _NARROW:
        return 0.38
    return 0.74 if char.isupper() else 0.58
