"""Figures of the chapter on the trend: lines with bands, changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from csat_models.report import numbers, style
from csat_models.report.elements import Figure, Language
from csat_models.report.figures.index import plot_differences
from csat_models.report.figures.marks import group_legend, group_texts
from csat_models.report.frames import distinct, part, require
from csat_models.report.language import Wording

PANELS_ACROSS = 3


def plot_trend(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    key: str = "construct",
    by: str | None = None,
    level: float = 0.95,
    name: str = "trend",
) -> Figure:
    """Return yearly index levels with bands, a panel a construct.

    Parameters
    ----------
    frame : DataFrame
        ``year`` (number), the column `key`, the column `by` if given,
        ``estimate``, ``lower``, ``upper``; as for `trend_table`.
    labels : mapping of str to str
        Texts of the constructs and of the groups.
    language : {"zh", "en"}
        Language of the figure.
    key : str
        What the panels are.
    by : str, optional
        A grouping column, such as ``"operator"``; our group first.
    level : float
        Confidence level of the bands.
    name : str
        The figure's name.
    """
    wanted = ["year", key, *([by] if by else []), "estimate", "lower", "upper"]
    require(frame, wanted, "plot_trend")
    words = Wording(language=language, labels=labels)
    panels, groups = distinct(frame, key), distinct(frame, by)
    across = min(PANELS_ACROSS, len(panels))
    down = -(-len(panels) // across)
    with style.house():
        height = 7.0 if down == 1 else 3.9 * down + 1.2
        drawing = style.canvas(height, rows=down, columns=across, sharex=True, sharey=True)
        for axes in drawing.axes[len(panels) :]:
            axes.set_visible(False)
        for axes, panel in zip(drawing.axes, panels, strict=False):
            _draw_lines(axes, part(frame, key, panel), by, groups)
            axes.set_title(words.value(key, panel))
        _write_axes(drawing.axes, len(panels), across, frame, words)
        group_legend(drawing, group_texts(words, by, groups), lines=True)
        style.finish(drawing)
    note = words.say("note.bands", level=numbers.level(level))
    return Figure(name=name, caption=words.say("figure.trend"), drawing=drawing, note=note)


def _draw_lines(axes: Axes, frame: pd.DataFrame, by: str | None, groups: Sequence[Any]) -> None:
    for position, group in enumerate(groups):
        mine = part(frame, by, group).sort_values("year")
        colour = style.COLOURS[position % len(style.COLOURS)]
        axes.fill_between(
            mine["year"], mine["lower"], mine["upper"], color=colour, alpha=0.18, linewidth=0
        )
        axes.plot(
            mine["year"],
            mine["estimate"],
            color=colour,
            linestyle=style.LINES[position % len(style.LINES)],
            marker=style.MARKERS[position % len(style.MARKERS)],
            markersize=3.8,
            markerfacecolor=style.FILLS[position % len(style.FILLS)],
        )
    axes.grid(axis="y")


def _write_axes(
    panels: Sequence[Axes], count: int, across: int, frame: pd.DataFrame, words: Wording
) -> None:
    years = sorted(set(frame["year"]))
    step = max(1, -(-len(years) // (4 if across > 1 else 12)))
    shown = years[::-1][::step][::-1]
    for position, axes in enumerate(panels[:count]):
        axes.set_xticks(shown, labels=[str(year) for year in shown])
        axes.tick_params(labelbottom=position + across >= count)
        if position % across == 0:
            axes.set_ylabel(words.say("axis.index_short"))


def plot_change(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    key: str = "city",
    construct: str = "Satisfaction",
    level: float = 0.95,
    name: str = "changes",
) -> Figure:
    """Return the changes on an earlier year around a zero line, sorted.

    Parameters
    ----------
    frame : DataFrame
        The column `key` (a unit, or ``"construct"``), ``estimate``,
        ``lower``, ``upper``; as for `change_table`.
    labels : mapping of str to str
        Texts of the constructs or units.
    language : {"zh", "en"}
        Language of the figure.
    key : str
        What the lines are.
    construct : str
        Whose change it is; named in the caption unless `key` is the
        construct.
    level : float
        Confidence level of the intervals.
    name : str
        The figure's name.
    """
    require(frame, [key, "estimate", "lower", "upper"], "plot_change")
    words = Wording(language=language, labels=labels)
    if key == "construct":
        caption = words.say("figure.changes_by_construct")
    else:
        caption = words.say(
            "figure.changes", construct=words.label(construct), unit=words.inline(key)
        )
    titles = (name, caption, words.say("axis.change"))
    return plot_differences(frame, words, key, titles, numbers.level(level))
