"""Figures on what to improve first: the importance-performance map and ceilings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from csat_models.report import numbers, style
from csat_models.report.elements import Figure, Language
from csat_models.report.figures.crosses import draw_cross, write_names
from csat_models.report.frames import number, require, rows_of
from csat_models.report.language import Wording

LOOKS = {
    "concentrate": ("D", style.OCHRE),
    "keep_up": ("o", style.BLUE),
    "low_priority": ("s", style.QUIET),
    "possible_overkill": ("^", style.QUIET),
}
"""Quadrant to marker and colour."""

_CORNERS = {
    "concentrate": (0.99, 0.01, "right", "bottom"),
    "keep_up": (0.99, 0.99, "right", "top"),
    "low_priority": (0.01, 0.01, "left", "bottom"),
    "possible_overkill": (0.01, 0.99, "left", "top"),
}


def plot_priorities(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    construct: str = "Satisfaction",
    key: str = "construct",
    level: float = 0.95,
    name: str = "priorities",
) -> Figure:
    """Return the importance-performance map, with intervals on both axes.

    Parameters
    ----------
    frame : DataFrame
        The column `key`, ``importance`` and ``performance`` with their
        ``_lower`` and ``_upper``, and ``quadrant``.
    labels : mapping of str to str
        Texts of constructs and items.
    language : {"zh", "en"}
        Language of the figure.
    construct : str
        The construct to improve.
    key : {"construct", "item"}
        What the points are; items are named by their codes.
    level : float
        Confidence level of the intervals.
    name : str
        The figure's name.
    """
    require(frame, [key, "importance", "performance", "quadrant"], "plot_priorities")
    words = Wording(language=language, labels=labels)
    rows = rows_of(frame)
    with style.house():
        drawing = style.canvas(10.5 if key == "construct" else 12.5)
        axes = drawing.axes[0]
        for row in rows:
            marker, colour = LOOKS[str(row["quadrant"])]
            draw_cross(axes, row, ("importance", "performance"), marker=marker, colour=colour)
        _divide(axes, frame, words)
        axes.set_xlabel(words.say("axis.importance", construct=words.label(construct)))
        axes.set_ylabel(words.say("axis.performance"))
        axes.margins(0.1)
        drawing.draw_without_rendering()
        texts = [words.label(r[key]) if key == "construct" else str(r[key]) for r in rows]
        points = [(number(row, "importance"), number(row, "performance")) for row in rows]
        write_names(axes, points, texts, size=8 if key == "construct" else 7)
        style.finish(drawing)
    caption = words.say(f"figure.priorities_{key}", construct=words.label(construct))
    note = words.say("note.priorities_figure", level=numbers.level(level))
    return Figure(name=name, caption=caption, drawing=drawing, note=note)


def _divide(axes: Axes, frame: pd.DataFrame, words: Wording) -> None:
    line: dict[str, Any] = {"color": style.QUIET, "linewidth": 0.8, "linestyle": ":", "zorder": 1}
    axes.axvline(float(frame["importance"].mean()), **line)
    axes.axhline(float(frame["performance"].mean()), **line)
    for quadrant, (x, y, horizontal, vertical) in _CORNERS.items():
        axes.text(
            x,
            y,
            words.say(f"quadrant.{quadrant}"),
            transform=axes.transAxes,
            ha=horizontal,
            va=vertical,
            fontsize=7.5,
            color=style.QUIET,
            zorder=0,
        )
