"""Where the blocks of a document go, so that its pages are well filled.

A table or figure stands where it was shown if it fits on the page. If not, the
text that follows fills the page and the table or figure comes next, at the top
of the next page; their order is kept. A section begins before the last one's
tables only where a quarter of the page would stay empty, and only one does. A
long table is split between rows, a short one only where much of the page would
stay empty. Pictures shrink a little where that saves a page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from csat_models.report.page_blocks import FEW_LINES, Size, Step

_FEW_ROWS = 3
_LARGE_GAP = 0.25
_SMALL_GAP = 0.06
_SMALLEST_SCALE = 0.82
_TOLERANCE = 1.0


def paginate(sizes: Sequence[Mapping[str, Any]], page: float) -> list[dict[str, Any]]:
    """Choose the order of a document's blocks and where tables are split.

    Parameters
    ----------
    sizes : sequence of mapping
        The fields of :class:`Size`, one mapping a block.
    page : float
        Height of a page's text in points.

    Returns
    -------
    list of dict
        The fields of :class:`Step` in the order of printing; every block and
        every row of a table occurs once, and chapters keep what is theirs.

    Examples
    --------
    >>> text = {"kind": "paragraph", "height": 40, "line": 10}
    >>> figure = {"kind": "figure", "height": 90}
    >>> [step["block"] for step in paginate([text, figure, text], 100)]
    [0, 2, 1]
    """
    blocks = [Size(**{**size, **_tuples(size)}) for size in sizes]
    starts = [place for place, block in enumerate(blocks) if block.kind == "chapter" or not place]
    ends = [*starts[1:], len(blocks)][: len(starts)]
    return [
        asdict(step)
        for start, end in zip(starts, ends, strict=True)
        for step in _Chapter(blocks[:end], start, page).steps
    ]


def _tuples(size: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    return {name: tuple(size.get(name, ())) for name in ("rows", "heads")}


class _Chapter:
    """The pages of a chapter while they are filled."""

    def __init__(self, blocks: Sequence[Size], start: int, page: float) -> None:
        self.blocks, self.page = blocks, page
        self.steps: list[Step] = []
        self.waiting: list[int] = []
        self.passed, self.scale = 0, 1.0
        self.next = start
        self._turn()
        while self.next < len(blocks):
            (self._show if blocks[self.next].is_display else self._write)(self.next)
        while self.waiting:
            self._release()

    # The page

    def _turn(self, used: float = 0.0, first_step: int | None = None) -> None:
        """Begin a page."""
        self.used, self.below, self.scale = used, 0.0, 1.0
        self.first_step = len(self.steps) if first_step is None else first_step

    def _room(self, block: Size) -> float:
        gap = max(self.below, block.above) if self.used else 0.0
        return self.page - _TOLERANCE - self.used - gap

    def _put(self, step: Step, height: float) -> None:
        block = self.blocks[step.block]
        self.used = self.page - _TOLERANCE - self._room(block) + height
        self.below = block.below
        self.steps.append(step)

    # Text

    def _write(self, place: int) -> None:
        block = self.blocks[place]
        while self.waiting and not self._may_pass(place):
            self._release()
        self.next = place + 1
        if block.is_title:
            self.passed += 1
            if self.used and not self._opens(place, self._room(block)):
                self._turn()
            self._put(Step(block=place), block.height)
        elif block.height <= self._room(block):
            self._put(Step(block=place), block.height)
        else:
            self._write_on(place)

    def _write_on(self, place: int) -> None:
        """Write a paragraph over the end of the page."""
        block, shown = self.blocks[place], self._lines_here(place)
        titles = self._titles()
        if shown and self.waiting:
            self._float(len(self.steps) - titles)
            rest = block.height - block.of_lines(shown)
            head = self.blocks[self.steps[-1 - titles].block]
            self._turn(head.height + head.below + rest, len(self.steps) - 1 - titles)
            self.steps.append(Step(block=place))
            self._show_again()
        elif shown:
            self._turn(block.height - block.of_lines(shown))
            self.steps.append(Step(block=place))
        else:
            self._turn(self._carried())
            self._put(Step(block=place), block.height)

    def _float(self, at: int) -> None:
        first, *self.waiting = self.waiting
        step = Step(block=first, floats=True, rows=(0, len(self.blocks[first].rows)))
        self.steps.insert(at, step)

    def _is_bare(self) -> bool:
        """Whether the page holds nothing but headings."""
        return len(self.steps) - self._titles() <= self.first_step

    def _carried(self) -> float:
        """Return the height of the headings that go to the next page with their text."""
        number = len(self.steps)
        carried = [self.blocks[step.block] for step in self.steps[number - self._titles() :]]
        return sum(block.height + block.below for block in carried)

    def _titles(self) -> int:
        """Return the number of headings at the end of what is printed so far."""
        number = 0
        while number < len(self.steps) and self.blocks[self.steps[-1 - number].block].is_title:
            number += 1
        return number

    def _lines_here(self, place: int) -> int:
        """Return how many lines of a paragraph fit: at least two here, two there."""
        block = self.blocks[place]
        fit = max(
            (n for n in range(block.lines) if block.of_lines(n) <= self._room(block)), default=0
        )
        fit = min(fit, block.lines - FEW_LINES)
        return fit if fit >= FEW_LINES else 0

    def _may_pass(self, place: int) -> bool:
        """Whether text can stand before the tables and figures that wait."""
        block = self.blocks[place]
        if block.is_title:
            return self._may_begin(place)
        if block.height <= self._room(block):
            return True
        shown = self._lines_here(place)
        there = self.blocks[self.waiting[0]].height + block.height - block.of_lines(shown)
        return shown > 0 and there + self.blocks[self.waiting[0]].below <= self.page

    def _may_begin(self, place: int) -> bool:
        """Whether a section can begin before what waits: only if much would stay empty."""
        block, text = self.blocks[place], self._text_of_section(place)
        room = self._room(block)
        if self.passed or text is None or room < _LARGE_GAP * self.page:
            return False
        return text.beginning() + text.above <= room - block.height

    def _opens(self, place: int, room: float) -> bool:
        """Whether a heading has room with what must follow it at once."""
        block = self.blocks[place]
        following = self.blocks[place + 1 : place + 2]
        room -= block.height
        for follower in following:
            room -= max(block.below, follower.above)
            if follower.is_title:
                return self._opens(place + 1, room)
            if not follower.is_display:
                return follower.beginning() <= room
            text = self._text_of_section(place)
            enough = follower.height if text is None else text.beginning()
            return min(enough, follower.height) <= room
        return room >= 0

    def _text_of_section(self, place: int) -> Size | None:
        for block in self.blocks[place + 1 :]:
            if block.is_title:
                return None
            if not block.is_display:
                return block
        return None

    def _text_to_come(self, room: float) -> float:
        """Return how much of a page the text that follows can fill."""
        filled, passed = 0.0, 0
        for place in range(self.next, len(self.blocks)):
            block = self.blocks[place]
            passed += block.is_title
            if block.is_title and (
                passed > 1
                or room - filled < _LARGE_GAP * self.page
                or self._text_of_section(place) is None
            ):
                break
            if not block.is_display:
                filled += block.height + block.above
        return min(filled, room)

    # Tables and figures

    def _show(self, place: int) -> None:
        self.next = max(self.next, place + 1)
        if self.waiting:
            self.waiting.append(place)
        else:
            self._place(place)

    def _show_again(self) -> None:
        """Show what waits, on a page just begun."""
        waiting, self.waiting = self.waiting, []
        for place in waiting:
            self._show(place)

    def _release(self) -> None:
        self._turn()
        self._show_again()

    def _place(self, place: int, row: int = 0) -> None:
        """Show a table, from a row on, or a figure: here, split, or later."""
        block, room = self.blocks[place], self._room(self.blocks[place])
        lacking = self._height(block, row) - room
        fill = self._text_to_come(room)
        gap = (room - fill) / self.page
        if lacking <= 0 or (gap > _SMALL_GAP and self._shrink(block, lacking)):
            self._put_rest(place, row)
        elif (gap > _LARGE_GAP or lacking + room > self.page) and (
            end := self._last_row_here(block, row, room)
        ):
            self._put(Step(block=place, rows=(row, end)), block.part(row, end))
            self._turn()
            self._place(place, end)
        elif self._is_bare():
            self._put_rest(place, row, loose=bool(block.rows))
        elif fill > 0:
            self.waiting, self.passed = [place], 0
        else:
            self._turn(self._carried())
            self._place(place, row)

    def _height(self, block: Size, row: int) -> float:
        return block.part(row, len(block.rows)) if block.rows else block.height

    def _put_rest(self, place: int, row: int, *, loose: bool = False) -> None:
        block = self.blocks[place]
        scale = self.scale if block.picture else 1.0
        height = self._height(block, row) - (1.0 - scale) * block.picture
        rows = (row, len(block.rows))
        self._put(Step(block=place, rows=rows, scale=scale, loose=loose), height)
        self.used = min(self.used, self.page)

    def _shrink(self, block: Size, lacking: float) -> bool:
        """Make room by shrinking the pictures of the page, or say that it cannot be."""
        here = range(self.first_step, len(self.steps))
        pictures = [(i, self.blocks[self.steps[i].block].picture) for i in here]
        total = sum(picture for _, picture in pictures) + block.picture
        scale = self.scale - lacking / (total or 1.0)
        if not total or scale < _SMALLEST_SCALE:
            return False
        for i, picture in pictures:
            if picture:
                self.steps[i] = replace(self.steps[i], scale=scale)
                self.used -= picture * (self.scale - scale)
        self.scale = scale
        return True

    def _last_row_here(self, block: Size, row: int, room: float) -> int:
        """Return where a table is split, or 0 if it is not to be split here."""
        total = len(block.rows)
        end = max((n for n in range(row, total) if block.part(row, n) <= room), default=row)
        end = max(row, block.whole_end(end))
        fair = block.whole_end(min(end, total - _FEW_ROWS))
        if fair - row >= _FEW_ROWS:
            return fair
        return end if self._is_bare() and end > row else 0
