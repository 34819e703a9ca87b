"""Figures on what to improve first: the importance-performance map and ceilings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from csat_models.report import numbers, style
from csat_models.report.elements import Figure, Language
from csat_models.report.figures.crosses import draw_cross, write_names
from csat_models.report.frames import Row, number, require, rows_of
from csat_models.report.language import Wording

LOOKS = {
    "concentrate": ("D", style.OCHRE),
    "keep_up": ("o", style.BLUE),
    "low_priority": ("s", style.QUIET),
    "possible_overkill": ("^", style.QUIET),
}
"""Quadrant to marker and colour."""

_AREA = 1500.0
_LEAST = 40.0
"""Square points of the smallest circle, and what a level adds that nobody reaches."""

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


def plot_combined_map(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    construct: str = "Satisfaction",
    name: str = "combined_map",
) -> Figure:
    """Return the importance-performance map with what a desired level requires.

    Parameters
    ----------
    frame : DataFrame
        ``construct``, ``importance``, ``performance``, ``necessary``,
        ``share_below`` (the circle's size; 0 or missing: a cross) and
        ``desired``.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of the figure.
    construct : str
        The construct to improve.
    name : str
        The figure's name.
    """
    needed = ["construct", "importance", "performance", "necessary", "share_below", "desired"]
    require(frame, needed, "plot_combined_map")
    words = Wording(language=language, labels=labels)
    rows = rows_of(frame)
    with style.house():
        drawing = style.canvas(10.5)
        axes = drawing.axes[0]
        for row in rows:
            _draw_circle(axes, row)
        _divide(axes, frame, words)
        axes.set_xlabel(words.say("axis.importance", construct=words.label(construct)))
        axes.set_ylabel(words.say("axis.performance"))
        axes.margins(0.18)
        drawing.draw_without_rendering()
        points = [(number(row, "importance"), number(row, "performance")) for row in rows]
        write_names(axes, points, [_with_share(words, row) for row in rows])
        style.finish(drawing)
    about = {
        "construct": words.label(construct),
        "desired": numbers.decimal(float(frame["desired"].iloc[0]), 0),
    }
    caption = words.say("figure.combined_map", **about)
    note = words.say("note.combined_map_figure")
    return Figure(name=name, caption=caption, drawing=drawing, note=note)


def _draw_circle(axes: Axes, row: Row) -> None:
    share = number(row, "share_below")
    filled = style.OCHRE if row["necessary"] else "white"
    place = (number(row, "importance"), number(row, "performance"))
    if share > 0:
        look: dict[str, Any] = {
            "s": _LEAST + _AREA * share,
            "facecolor": filled,
            "edgecolor": style.INK,
        }
        axes.scatter(*place, linewidth=0.9, zorder=3, **look)
    else:
        colour = style.OCHRE if row["necessary"] else style.INK
        axes.plot(*place, marker="x", markersize=6, color=colour, linestyle="none", zorder=3)


def _with_share(words: Wording, row: Row) -> str:
    share = number(row, "share_below")
    text = words.label(row["construct"])
    return f"{text} {numbers.percent(share)}" if share > 0 else text


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
