"""What the planner of pages knows of a block, and what it decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FEW_LINES = 2
"""Lines of a paragraph that stay together, at the end of a page and at its beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much room a block takes, in points.

    Attributes
    ----------
    kind : {"chapter", "heading", "paragraph", "absent", "table", "figure"}
        What the block is; a chapter's title begins a page.
    height : float
        The whole block, of a paragraph all its lines.
    above, below : float
        Space before and after it; of two neighbours the larger one counts.
    line, leading : float
        Of a paragraph: height of a line, and space between two.
    picture : float
        Of a figure: the part that can shrink.
    head, continued : float
        Of a table: caption and header; the same on a following page.
    rows : tuple of float
        Of a table: height of every row.
    note : float
        Of a table: what stands below it.
    heads : tuple of int
        Of a table: rows that head those after them and are not parted from them.
    """

    kind: Literal["chapter", "heading", "paragraph", "absent", "table", "figure"]
    height: float = 0.0
    above: float = 0.0
    below: float = 0.0
    line: float = 0.0
    leading: float = 0.0
    picture: float = 0.0
    head: float = 0.0
    continued: float = 0.0
    rows: tuple[float, ...] = ()
    note: float = 0.0
    heads: tuple[int, ...] = ()

    @property
    def is_display(self) -> bool:
        """Whether the block is a table or figure."""
        return self.kind in ("table", "figure")

    @property
    def is_title(self) -> bool:
        """Whether the block is a heading of any level."""
        return self.kind in ("chapter", "heading")

    @property
    def lines(self) -> int:
        """The number of lines; other blocks than paragraphs have one."""
        if self.kind != "paragraph":
            return 1
        return max(1, round((self.height + self.leading) / (self.line + self.leading)))

    def of_lines(self, number: int) -> float:
        """Return the height of some of a paragraph's lines."""
        return self.height - (self.lines - number) * (self.line + self.leading)

    def beginning(self) -> float:
        """Return the height of what must not be parted from a heading."""
        few = FEW_LINES if self.lines > FEW_LINES + 1 else self.lines
        return self.of_lines(few)

    def whole_end(self, end: int) -> int:
        """Return where to split a table at `end` or before it, not right after a head."""
        while end - 1 in self.heads:
            end -= 1
        return end

    def part(self, first: int, last: int) -> float:
        """Return the height of a table's rows `first` to `last` (exclusive)."""
        head = self.continued if first else self.head
        return head + sum(self.rows[first:last]) + (self.note if last == len(self.rows) else 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing the template prints.

    Attributes
    ----------
    block : int
        Place of the block.
    floats : bool
        Whether it goes to the top of the next page.
    scale : float
        Of a figure: factor of its picture.
    rows : tuple of (int, int)
        Of a table: the first row, and the one after the last.
    loose : bool
        Of a table: whether a page may end inside a row.
    """

    block: int
    floats: bool = False
    scale: float = 1.0
    rows: tuple[int, int] = (0, 0)
    loose: bool = False
