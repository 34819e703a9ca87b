"""What several figures draw: dots with intervals, headed lines, heat maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from csat_models.report import numbers, style
from csat_models.report.frames import Row, number, rows_of
from csat_models.report.language import Wording

GROUP_STEP = 0.3
DARK = 0.55


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Lines that stand together under a heading.

    Attributes
    ----------
    heading : str
        The text over the lines.
    texts : tuple of str
        One text a line.
    rows : tuple of mapping
        The frame's rows, one a line.
    """

    heading: str
    texts: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def size(self) -> int:
        """Lines taken, the heading included."""
        return len(self.rows) + 1


def dot(axes: Axes, row: Row, y: float, group: int = 0, *, hollow: bool = False) -> None:
    """Draw an estimate with its interval at height `y`."""
    colour = style.COLOURS[group % len(style.COLOURS)]
    fill = "white" if hollow else style.FILLS[group % len(style.FILLS)]
    lower, upper = number(row, "lower"), number(row, "upper")
    axes.hlines(y, lower, upper, color=colour, linewidth=1.5, zorder=2)
    axes.plot(
        number(row, "estimate"),
        y,
        marker=style.MARKERS[group % len(style.MARKERS)],
        markersize=4.6,
        markerfacecolor=fill,
        markeredgecolor=colour,
        markeredgewidth=1.2,
        linestyle="none",
        zorder=3,
    )


def group_offset(group: int, count: int) -> float:
    """Return how far a group's dot lies below its line's middle."""
    return min(GROUP_STEP, 0.8 / count) * (group - (count - 1) / 2)


def forest(
    axes: Axes,
    frame: pd.DataFrame,
    key: str,
    order: Sequence[Any],
    *,
    by: str | None = None,
    groups: Sequence[Any] = (None,),
) -> None:
    """Draw one line a value of `key`, with a dot a group.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    frame : DataFrame
        ``key``'s column, ``by``'s column if given, ``estimate``, ``lower``,
        ``upper``.
    key, by : str
        The columns of lines and of groups.
    order, groups : sequence
        Their values in the order shown, the first on top.
    """
    bands(axes, len(order))
    lines = {value: position for position, value in enumerate(order)}
    kinds = {value: position for position, value in enumerate(groups)}
    for row in rows_of(frame):
        group = kinds[row[by]] if by else 0
        dot(axes, row, lines[row[key]] + group_offset(group, len(groups)), group)


def signed_forest(axes: Axes, frame: pd.DataFrame, key: str, order: Sequence[Any]) -> None:
    """Draw differences around a zero line; hollow where the interval contains zero.

    The estimate is written at the right edge.
    """
    lines = {value: position for position, value in enumerate(order)}
    bands(axes, len(order))
    zero_line(axes)
    for row in rows_of(frame):
        lower, upper = number(row, "lower"), number(row, "upper")
        away = numbers.excludes_zero(lower, upper)
        group = 1 if away and upper < 0 else 0
        dot(axes, row, lines[row[key]], group, hollow=not away)
        if group and away:
            axes.lines[-1].set_markerfacecolor(style.OCHRE)
        axes.annotate(
            numbers.signed(number(row, "estimate"), 1),
            (1.0, lines[row[key]]),
            xycoords=("axes fraction", "data"),
            xytext=(30, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=8,
            fontweight="bold" if away else "normal",
        )


def bands(axes: Axes, count: int) -> None:
    """Shade every second line, so that the eye stays on it."""
    for position in range(1, count, 2):
        axes.axhspan(position - 0.5, position + 0.5, color=style.BAND, linewidth=0, zorder=0)


def zero_line(axes: Axes) -> None:
    """Draw the vertical line of no difference."""
    axes.axvline(0, color=style.INK, linewidth=0.9, zorder=1)


def threshold(axes: Axes, value: float) -> None:
    """Draw the vertical line of a threshold."""
    axes.axvline(value, color=style.OCHRE, linewidth=1.0, linestyle=(0, (4, 2)), zorder=1)


def group_legend(drawing: Figure, texts: Sequence[str], *, lines: bool = False) -> None:
    """Write which marker is which group, above the panels; nothing for one group."""
    if len(texts) <= 1:
        return
    handles = [_handle(position, lines=lines) for position in range(len(texts))]
    drawing.legend(handles, list(texts), loc="outside upper left", ncols=len(texts))


def _handle(position: int, *, lines: bool) -> Line2D:
    colour = style.COLOURS[position % len(style.COLOURS)]
    return Line2D(
        [],
        [],
        color=colour,
        linestyle=style.LINES[position % len(style.LINES)] if lines else "-",
        marker=style.MARKERS[position % len(style.MARKERS)],
        markersize=4.6,
        markerfacecolor=style.FILLS[position % len(style.FILLS)],
        markeredgecolor=colour,
    )


def halves(blocks: Sequence[Block], most: int = 16) -> list[list[Block]]:
    """Split the blocks into one column, or two about equally long ones."""
    total = sum(block.size for block in blocks)
    if total <= most or len(blocks) == 1:
        return [list(blocks)]
    sizes = np.cumsum([block.size for block in blocks])[:-1]
    cut = int(np.argmin(np.maximum(sizes, total - sizes))) + 1
    return [list(blocks[:cut]), list(blocks[cut:])]


def headed_axis(axes: Axes, blocks: Sequence[Block], length: int) -> list[tuple[float, Row]]:
    """Write headings and lines on the vertical axis; return each row's height."""
    places: list[tuple[float, Row]] = []
    texts: list[str] = []
    for block in blocks:
        texts += [block.heading, *block.texts]
        start = len(texts) - len(block.texts)
        places += [(start + position, row) for position, row in enumerate(block.rows)]
    style.rows_axis(axes, texts)
    axes.set_ylim(length - 0.4, -0.6)
    heights = {place for place, _ in places}
    for position, text in enumerate(axes.get_yticklabels()):
        if position not in heights:
            text.set_fontweight("bold")
    return places


def heat_map(
    axes: Axes, values: pd.DataFrame, texts: pd.DataFrame, *, top: float = 1.0, bold: Any = None
) -> None:
    """Draw numbers on shaded cells; missing cells stay blank.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    values, texts : DataFrame
        Same shape: the shade (0 to `top`) and the text of each cell.
    top : float
        The value of the darkest shade.
    bold : DataFrame of bool, optional
        Cells written in bold with a frame.
    """
    image = axes.imshow(values.to_numpy(float), cmap=style.MAPS, vmin=0, vmax=top, aspect="auto")
    for (line, column), value in np.ndenumerate(values.to_numpy(float)):
        if np.isnan(value):
            continue
        strong = bold is not None and bool(bold.iat[line, column])
        axes.text(
            column,
            line,
            str(texts.iat[line, column]),
            ha="center",
            va="center",
            fontsize=7.5,
            color=readable_on(image.cmap(image.norm(value))),
            fontweight="bold" if strong else "normal",
        )
        if strong:
            axes.add_patch(_frame(column, line))
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)


def _frame(column: int, line: int) -> Rectangle:
    corner = (column - 0.46, line - 0.44)
    return Rectangle(corner, 0.92, 0.88, fill=False, edgecolor=style.OCHRE, linewidth=1.3)


def readable_on(colour: Any) -> str:
    """Return white or ink, whichever can be read on `colour`."""
    red, green, blue = to_rgb(colour)
    return style.INK if 0.299 * red + 0.587 * green + 0.114 * blue > DARK else "white"


def group_texts(words: Wording, by: str | None, groups: Sequence[Any]) -> list[str]:
    """Return the groups' names for the legend."""
    return [words.value(by, group) for group in groups] if by else []
