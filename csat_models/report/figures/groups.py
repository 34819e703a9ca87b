"""Figures on groups and time: invariance, differences within a margin, drift."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D

from csat_models.report import numbers, style
from csat_models.report.elements import Figure, Language
from csat_models.report.figures.index import plot_index
from csat_models.report.figures.marks import Block, bands, headed_axis, heat_map, zero_line
from csat_models.report.frames import Row, distinct, lookup, number, part, require, rows_of
from csat_models.report.language import Wording
from csat_models.report.tables.groups import PAIR, STEPS, groups_of, name_of, pair_of

LOOKS = {
    "different": ("D", style.OCHRE, style.OCHRE),
    "different_but_small": ("D", style.OCHRE, "white"),
    "equivalent": ("o", style.BLUE, style.BLUE),
    "undecided": ("o", style.BLUE, "white"),
}
"""Verdict on a difference to marker, colour of the edge and of the inside."""

ACROSS = 3
"""Pairs of groups that stand beside each other."""


def plot_invariance(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    by: str = "operator",
    level: float = 0.95,
    name: str = "invariance",
) -> Figure:
    """Return the three steps of invariance beside what permuted groups give.

    Parameters
    ----------
    frame : DataFrame
        ``step``, ``construct``, ``group``, ``group_2``, ``value``, ``lower``,
        ``upper`` (of permuted groups), ``verdict``; as for `invariance_table`.
    labels : mapping of str to str
        Texts of the constructs and of the groups.
    language : {"zh", "en"}
        Language of the figure.
    by : str
        The column of the groups.
    level : float
        Share of the permuted groups between the ends.
    name : str
        The figure's name.
    """
    needed = ["step", "construct", *PAIR, "value", "lower", "upper", "verdict"]
    require(frame, needed, "plot_invariance")
    words = Wording(language=language, labels=labels)
    lines = rows_of(frame[["construct", *PAIR]].drop_duplicates())
    single = len(frame[list(PAIR)].drop_duplicates()) == 1
    cells = lookup(frame, "step", "construct", *PAIR)
    with style.house():
        drawing = style.canvas(style.row_height(len(lines)), columns=len(STEPS), sharey=True)
        for axes, step in zip(drawing.axes, STEPS, strict=True):
            style.rows_axis(axes, [_line_text(words, row, by, single) for row in lines])
            bands(axes, len(lines))
            for y, row in enumerate(lines):
                _draw_step(axes, cells[(step, row["construct"], row["group"], row["group_2"])], y)
            axes.set_xlabel(words.say(f"axis.step_{step}"))
            axes.ticklabel_format(axis="x", useOffset=False)
            axes.locator_params(axis="x", nbins=4)
        style.finish(drawing)
    caption = words.say("figure.invariance", groups=groups_of(words, frame, by))
    note = words.say("note.invariance_figure", level=numbers.level(level))
    return Figure(name=name, caption=caption, drawing=drawing, note=note)


def _line_text(words: Wording, row: Row, by: str, single: bool) -> str:
    construct = words.label(row["construct"])
    if single:
        return construct
    return words.say("phrase.with", name=construct, detail=pair_of(words, row, by))


def _draw_step(axes: Axes, row: Row, y: float) -> None:
    differs = row["verdict"] == "not_invariant"
    marker, colour, fill = LOOKS["different" if differs else "equivalent"]
    axes.hlines(y, number(row, "lower"), number(row, "upper"), color="#c3ccd4", linewidth=6)
    axes.plot(
        number(row, "value"),
        y,
        marker=marker,
        markersize=5,
        markeredgecolor=colour,
        markerfacecolor=fill,
        linestyle="none",
        zorder=4,
    )


def plot_group_differences(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    by: str = "operator",
    level: float = 0.95,
    name: str = "group_differences",
) -> Figure:
    """Return the differences of path coefficients around zero, with the margin shaded.

    Parameters
    ----------
    frame : DataFrame
        ``source``, ``target``, ``group``, ``group_2``, ``estimate``, ``lower``,
        ``upper``, ``verdict``, ``margin``; as for `group_differences_table`.
    labels : mapping of str to str
        Texts of the constructs and of the groups.
    language : {"zh", "en"}
        Language of the figure.
    by : str
        The column of the groups.
    level : float
        Confidence level of the intervals.
    name : str
        The figure's name.
    """
    needed = ["source", "target", *PAIR, "estimate", "lower", "upper", "verdict", "margin"]
    require(frame, needed, "plot_group_differences")
    words = Wording(language=language, labels=labels)
    blocks = [
        _pair_block(words, rows_of(part(pairs, "group_2", second)), by)
        for first in distinct(frame, "group")
        for pairs in [part(frame, "group", first)]
        for second in distinct(pairs, "group_2")
    ]
    margin = float(frame["margin"].iloc[0])
    with style.house():
        beside = 1 < len(blocks) <= ACROSS
        drawing = _panels(words, blocks, margin) if beside else _panel(words, blocks, margin)
        _verdict_legend(drawing, words, frame)
        style.finish(drawing)
    caption = words.say("figure.group_differences", groups=groups_of(words, frame, by))
    note = words.say(
        "note.group_differences_figure", level=numbers.level(level), margin=f"{margin:g}"
    )
    return Figure(name=name, caption=caption, drawing=drawing, note=note)


def _panel(words: Wording, blocks: list[Block], margin: float) -> Drawing:
    """Draw all pairs below each other."""
    length = sum(block.size for block in blocks)
    drawing = style.canvas(style.row_height(length, each=0.5, extra=2.6))
    axes = drawing.axes[0]
    _draw_margin(words, axes, margin)
    for y, row in headed_axis(axes, blocks, length):
        _draw_difference(axes, row, y)
    return drawing


def _panels(words: Wording, blocks: list[Block], margin: float) -> Drawing:
    """Draw the pairs beside each other, on the same lines."""
    length = len(blocks[0].rows)
    height = style.row_height(length, each=0.5, extra=3.2)
    drawing = style.canvas(height, columns=len(blocks), sharey=True, sharex=True)
    for axes, block in zip(drawing.axes, blocks, strict=True):
        _draw_margin(words, axes, margin)
        style.rows_axis(axes, block.texts)
        axes.set_title(block.heading, fontsize=9)
        for y, row in enumerate(block.rows):
            _draw_difference(axes, row, y)
    for place, axes in enumerate(drawing.axes):
        axes.xaxis.label.set_visible(place == len(blocks) // 2)
    return drawing


def _draw_margin(words: Wording, axes: Axes, margin: float) -> None:
    axes.axvspan(-margin, margin, color="#dfe5ea", linewidth=0, zorder=0)
    zero_line(axes)
    axes.set_xlabel(words.say("axis.path_difference"))


def _pair_block(words: Wording, rows: list[Row], by: str) -> Block:
    first, second = (name_of(words, rows[0][name], by) for name in PAIR)
    texts = tuple(
        words.say(
            "phrase.path", source=words.label(row["source"]), target=words.label(row["target"])
        )
        for row in rows
    )
    heading = words.say("phrase.first_less_second", first=first, second=second)
    return Block(heading=heading, texts=texts, rows=tuple(rows))


def _draw_difference(axes: Axes, row: Row, y: float) -> None:
    marker, colour, fill = LOOKS[str(row["verdict"])]
    axes.hlines(
        y, number(row, "lower"), number(row, "upper"), color=colour, linewidth=1.4, zorder=2
    )
    axes.plot(
        number(row, "estimate"),
        y,
        marker=marker,
        markersize=5,
        markeredgecolor=colour,
        markerfacecolor=fill,
        markeredgewidth=1.2,
        linestyle="none",
        zorder=3,
    )


def _verdict_legend(drawing: Drawing, words: Wording, frame: pd.DataFrame) -> None:
    shown = [verdict for verdict in LOOKS if verdict in set(frame["verdict"])]
    handles = [
        Line2D(
            [],
            [],
            color=colour,
            linestyle="-",
            marker=marker,
            markersize=5,
            markeredgecolor=colour,
            markerfacecolor=fill,
        )
        for marker, colour, fill in (LOOKS[verdict] for verdict in shown)
    ]
    texts = [words.say(f"group_verdict.{verdict}") for verdict in shown]
    drawing.legend(handles, texts, loc="outside upper left", ncols=len(texts))


def plot_group_index(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    by: str,
    level: float = 0.95,
    name: str = "group_index",
) -> Figure:
    """Return the index of every construct in the groups of an attribute.

    Parameters
    ----------
    frame, labels, language, level, name
        See :func:`~csat_models.report.figures.index.plot_index`.
    by : str
        The attribute.
    """
    words = Wording(language=language, labels=labels)
    figure = plot_index(frame, labels=labels, language=language, by=by, level=level, name=name)
    return replace(figure, caption=words.say("figure.group_index", attribute=words.label(by)))


def plot_drift(
    frame: pd.DataFrame,
    changes: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    statistic: str = "loadings",
    name: str = "drift",
) -> Figure:
    """Return the loadings or weights of all waves as a heat map.

    Parameters
    ----------
    frame : DataFrame
        ``construct``, ``item``, ``year``, ``estimate``.
    changes : DataFrame
        ``item``, ``group_2`` (an earlier wave), ``verdict``; as for `drift_table`.
        Waves that differ from this one are framed.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of the figure.
    statistic : {"loadings", "weights"}
        What is shown.
    name : str
        The figure's name.
    """
    require(frame, ["construct", "item", "year", "estimate"], "plot_drift")
    require(changes, ["item", "group_2", "verdict"], "plot_drift")
    words = Wording(language=language, labels=labels)
    items, years = distinct(frame, "item"), sorted(set(frame["year"]))
    values = frame.pivot(index="item", columns="year", values="estimate").loc[items, years]
    away = changes[changes["verdict"].isin(["different", "different_but_small"])]
    framed = {(row["item"], row["group_2"]) for row in rows_of(away)}
    bold = pd.DataFrame(
        [[(item, year) in framed for year in years] for item in items], index=items, columns=years
    )
    with style.house():
        drawing = style.canvas(style.row_height(len(items), each=0.44, extra=1.4))
        axes = drawing.axes[0]
        shades = (values - values.min().min()).abs()
        top = float(shades.max().max()) * 1.3 or 1.0
        heat_map(axes, shades, values.map(lambda v: numbers.decimal(v, 2)), top=top, bold=bold)
        axes.set_xticks(range(len(years)), labels=[str(year) for year in years])
        axes.xaxis.tick_top()
        owners = {row["item"]: row["construct"] for row in rows_of(frame)}
        axes.set_yticks(range(len(items)), labels=_item_texts(words, items, owners))
        style.finish(drawing)
    caption = words.say(f"figure.drift_{statistic}")
    return Figure(name=name, caption=caption, drawing=drawing, note=words.say("note.drift_figure"))


def _item_texts(words: Wording, items: list[str], owners: Mapping[str, str]) -> list[str]:
    """Name each item, and its construct before the first of its items."""
    texts, before = [], ""
    for item in items:
        owner = owners[item]
        texts.append(f"{words.label(owner)}   {item}" if owner != before else item)
        before = owner
    return texts
