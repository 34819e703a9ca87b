"""Figures of the chapter on the field: interviewers, modes, margins, missing answers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D

from csat_models.report import numbers, style
from csat_models.report.elements import Figure, Language
from csat_models.report.figures.marks import (
    Block,
    forest,
    group_legend,
    group_texts,
    headed_axis,
    heat_map,
    zero_line,
)
from csat_models.report.frames import Row, distinct, number, part, require, rows_of
from csat_models.report.language import Wording, shorten
from csat_models.report.tables.field import level_text, margin_text

_ITEM_WIDTH = 38
_UNIT_WIDTH = 12
_FUNNEL_POINTS = 120


def plot_interviewers(
    frame: pd.DataFrame, *, language: Language, name: str = "interviewers"
) -> Figure:
    """Return the funnel of the interviewers: likeness of answers against interviews.

    Parameters
    ----------
    frame : DataFrame
        ``interviewer``, ``n_obs``, ``variance_ratio``, ``lower``, ``upper``
        (limits at this number of interviews), ``flagged``, and
        ``duration_ratio``, drawn beside where it is known.
    language : {"zh", "en"}
        Language of the figure.
    name : str
        The figure's name.
    """
    needed = ["interviewer", "n_obs", "variance_ratio", "lower", "upper", "flagged"]
    require(frame, needed, "plot_interviewers")
    words = Wording(language=language)
    with style.house():
        timed = "duration_ratio" in frame and frame["duration_ratio"].notna().any()
        kinds = ["variance_ratio", *(["duration_ratio"] if timed else [])]
        drawing = style.canvas(8.4, columns=len(kinds))
        _draw_funnel(drawing.axes[0], frame)
        for axes, kind in zip(drawing.axes, kinds, strict=True):
            axes.axhline(1.0, color=style.INK, linewidth=0.9, zorder=1)
            for row in rows_of(frame):
                _draw_interviewer(axes, row, kind)
            axes.set_xlim(0, 1.2 * float(frame["n_obs"].max()))
            axes.set_xlabel(words.say("axis.interviews"))
            axes.set_ylabel(words.say(f"axis.{kind}"))
            axes.grid(axis="y")
        drawing.legend(handles=_funnel_handles(words), loc="outside upper left", ncols=3)
        style.finish(drawing)
    caption = words.say("figure.interviewers")
    note = words.say("note.interviewers_figure")
    return Figure(name=name, caption=caption, drawing=drawing, note=note)


def _draw_funnel(axes: Axes, frame: pd.DataFrame) -> None:
    """Draw the limits: on the log scale their distance falls with the root of n."""
    known = frame.dropna(subset=["lower", "upper"])
    if known.empty:
        return
    n_obs = np.linspace(known["n_obs"].min(), known["n_obs"].max(), _FUNNEL_POINTS)
    root = np.sqrt(known["n_obs"].to_numpy(np.float64))
    for limit in ("lower", "upper"):
        reach = float(np.median(np.log(known[limit].to_numpy(np.float64)) * root))
        axes.plot(n_obs, np.exp(reach / np.sqrt(n_obs)), color=style.BLUE, linestyle="--")


def _draw_interviewer(axes: Axes, row: Row, kind: str) -> None:
    flagged = bool(row["flagged"])
    axes.plot(
        number(row, "n_obs"),
        number(row, kind),
        marker="D" if flagged else "o",
        markersize=6.0 if flagged else 4.4,
        markerfacecolor=style.OCHRE if flagged else "white",
        markeredgecolor=style.INK if flagged else style.BLUE,
        linestyle="none",
        zorder=4 if flagged else 3,
    )
    if flagged:
        axes.annotate(
            str(row["interviewer"]),
            (number(row, "n_obs"), number(row, kind)),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontweight="bold",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
            zorder=4,
        )


def _funnel_handles(words: Wording) -> list[Line2D]:
    return [
        _handle(words.say("legend.interviewer"), "o", style.BLUE, "white"),
        _handle(words.say("legend.flagged"), "D", style.INK, style.OCHRE),
        Line2D([], [], color=style.BLUE, linestyle="--", label=words.say("legend.limits")),
    ]


def _handle(text: str, marker: str, edge: str, face: str) -> Line2D:
    return Line2D(
        [],
        [],
        linestyle="none",
        marker=marker,
        markersize=5.0,
        markerfacecolor=face,
        markeredgecolor=edge,
        markeredgewidth=2.0 if marker == "|" else 1.0,
        label=text,
    )


def plot_mode_effects(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    mode: str = "mode",
    level: float = 0.95,
    name: str = "mode_effects",
) -> Figure:
    """Return how far each mode lies from the others, item by item.

    Parameters
    ----------
    frame : DataFrame
        ``item``, ``mode``, ``estimate`` (score points), ``lower``, ``upper``.
    labels : mapping of str to str
        The items' wording and the modes' names.
    language : {"zh", "en"}
        Language of the figure.
    mode : str
        The attribute whose values are the modes.
    level : float
        Confidence level of the intervals.
    name : str
        The figure's name.
    """
    require(frame, ["item", "mode", "estimate", "lower", "upper"], "plot_mode_effects")
    words = Wording(language=language, labels=labels)
    items, modes = distinct(frame, "item"), distinct(frame, "mode")
    with style.house():
        drawing = style.canvas(style.row_height(len(items), each=0.56))
        axes = drawing.axes[0]
        forest(axes, frame, "item", items, by="mode", groups=modes)
        zero_line(axes)
        style.rows_axis(axes, [words.named(item, _ITEM_WIDTH) for item in items])
        axes.set_xlabel(words.say("axis.mode_difference"))
        group_legend(drawing, group_texts(words, mode, modes))
        style.finish(drawing)
    note = words.say("note.mode_effects", level=numbers.level(level))
    return Figure(name=name, caption=words.say("figure.mode_effects"), drawing=drawing, note=note)


def plot_margins(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "margins",
) -> Figure:
    """Return the respondents' shares before and after weighting, and the population's.

    Parameters
    ----------
    frame : DataFrame
        ``margin``, ``level``, ``before``, ``target``, ``after``; where
        weights were made within cells, the mean over cells is drawn.
    labels : mapping of str to str
        Names of columns and, under ``"column:value"``, of their values.
    language : {"zh", "en"}
        Language of the figure.
    name : str
        The figure's name.
    """
    require(frame, ["margin", "level", "before", "target", "after"], "plot_margins")
    words = Wording(language=language, labels=labels)
    shares = ["before", "target", "after"]
    whole = frame.groupby(["margin", "level"], sort=False)[shares].mean().reset_index()
    blocks = [_margin_block(words, whole, margin) for margin in distinct(whole, "margin")]
    length = sum(block.size for block in blocks)
    with style.house():
        drawing = style.canvas(style.row_height(length, each=0.52, extra=2.4))
        axes = drawing.axes[0]
        for y, row in headed_axis(axes, blocks, length):
            _draw_margin(axes, y, row)
        axes.set_xlim(left=0)
        axes.set_xlabel(words.say("axis.share"))
        drawing.legend(handles=_margin_handles(words), loc="outside upper left", ncols=3)
        style.finish(drawing)
    return Figure(name=name, caption=words.say("figure.margins"), drawing=drawing)


def _margin_block(words: Wording, whole: pd.DataFrame, margin: str) -> Block:
    rows = tuple(rows_of(part(whole, "margin", margin)))
    texts = tuple(shorten(level_text(words, margin, row["level"]), 30) for row in rows)
    return Block(heading=shorten(margin_text(words, margin), 30), texts=texts, rows=rows)


def _draw_margin(axes: Axes, y: float, row: Row) -> None:
    before, target, after = (100 * number(row, each) for each in ("before", "target", "after"))
    axes.hlines(y, min(before, after), max(before, after), color=style.QUIET, linewidth=1.2)
    axes.plot(target, y, marker="|", markersize=13, markeredgewidth=2.0, color=style.INK)
    axes.plot(before, y, marker="o", markersize=5, markerfacecolor="white", color=style.BLUE)
    axes.plot(after, y, marker="D", markersize=4.6, color=style.OCHRE)


def _margin_handles(words: Wording) -> list[Line2D]:
    return [
        _handle(words.say("field.sample_share"), "o", style.BLUE, "white"),
        _handle(words.say("header.weighted_share"), "D", style.OCHRE, style.OCHRE),
        _handle(words.say("field.population_share"), "|", style.INK, style.INK),
    ]


def plot_missing_by_unit(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    unit: str = "city",
    name: str = "missing_by_unit",
) -> Figure:
    """Return the share without an answer by item and unit as a heat map.

    Parameters
    ----------
    frame : DataFrame
        ``unit``'s column, ``item``, ``share`` of those asked; NaN where the
        cell is too small to be shown.
    labels : mapping of str to str
        The items' wording and the units' names.
    language : {"zh", "en"}
        Language of the figure.
    unit : str
        The column of units.
    name : str
        The figure's name.
    """
    require(frame, [unit, "item", "share"], "plot_missing_by_unit")
    words = Wording(language=language, labels=labels)
    wide = 100 * frame.pivot(index="item", columns=unit, values="share")
    wide = wide.loc[distinct(frame, "item"), distinct(frame, unit)]
    drawing = item_map(words, wide, unit, digits=0)
    caption = words.say("figure.missing_by_unit", unit=words.inline(unit))
    note = words.say("note.missing_by_unit")
    return Figure(name=name, caption=caption, drawing=drawing, note=note)


def item_map(words: Wording, wide: pd.DataFrame, unit: str, *, digits: int) -> Drawing:
    """Return a heat map of items (rows) by units (columns).

    Parameters
    ----------
    words : Wording
    wide : DataFrame
        Items by units; NaN stays blank.
    unit : str
        The column of units.
    digits : int
        Decimals of the numbers in the cells.
    """
    low, high = np.nanmin(wide.to_numpy(float)), np.nanmax(wide.to_numpy(float))
    width = max(high - low, 1e-12)
    texts = wide.map(lambda value: numbers.decimal(value, digits))
    with style.house():
        drawing = style.canvas(style.row_height(len(wide), each=0.46, extra=2.4))
        axes = drawing.axes[0]
        heat_map(axes, (wide - low) / width, texts, top=1.15)
        items = [words.named(item, _ITEM_WIDTH) for item in wide.index]
        axes.set_yticks(range(len(items)), labels=items)
        units = [shorten(words.value(unit, value), _UNIT_WIDTH) for value in wide.columns]
        axes.set_xticks(
            range(len(units)), labels=units, rotation=45, ha="left", rotation_mode="anchor"
        )
        axes.xaxis.tick_top()
        style.finish(drawing)
    return drawing
