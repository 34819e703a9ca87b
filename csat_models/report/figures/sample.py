"""Figures of the chapters on the sample and on the answers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from csat_models.report import numbers, style
from csat_models.report.elements import Figure, Language
from csat_models.report.figures.marks import (
    Block,
    forest,
    group_legend,
    group_texts,
    halves,
    headed_axis,
)
from csat_models.report.frames import Row, distinct, number, part, require, rows_of
from csat_models.report.language import Wording, shorten

ITEM_WIDTH = 38
"""Columns that an item's wording may take beside a figure."""

_SCALE = LinearSegmentedColormap.from_list("scale", ["#f4e3c5", "#d9b77c", "#8fa3a8", "#12304f"])
_HATCHES = ("", "////", "....", "xxxx")


def plot_profile(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "sample_profile",
) -> Figure:
    """Return bars of the respondents' shares, attribute by attribute.

    Parameters
    ----------
    frame : DataFrame
        ``attribute``, ``value``, ``share`` (0 to 1), optionally
        ``weighted_share`` (drawn as a diamond); as for `profile_table`.
    labels : mapping of str to str
        Attribute names and, under ``"attribute:value"``, their values.
    language : {"zh", "en"}
        Language of the figure.
    name : str
        The figure's name.
    """
    require(frame, ["attribute", "value", "share"], "plot_profile")
    words = Wording(language=language, labels=labels)
    blocks = [_profile_block(words, frame, str(name)) for name in distinct(frame, "attribute")]
    columns = halves(blocks)
    length = max(sum(block.size for block in column) for column in columns)
    with style.house():
        drawing = style.canvas(
            style.row_height(length, each=0.46), columns=len(columns), sharex=True
        )
        for axes, column in zip(drawing.axes, columns, strict=True):
            _draw_shares(axes, headed_axis(axes, column, length))
            axes.set_xlabel(words.say("axis.share"))
            axes.set_xlim(0, _share_limit(frame))
        style.finish(drawing)
    note = words.say("note.profile") if "weighted_share" in frame else ""
    return Figure(name=name, caption=words.say("figure.profile"), drawing=drawing, note=note)


def _profile_block(words: Wording, frame: pd.DataFrame, attribute: str) -> Block:
    rows = tuple(rows_of(part(frame, "attribute", attribute)))
    texts = tuple(shorten(words.value(attribute, row["value"]), 18) for row in rows)
    return Block(heading=shorten(words.label(attribute), 18), texts=texts, rows=rows)


def _draw_shares(axes: Axes, places: list[tuple[float, Row]]) -> None:
    for y, row in places:
        if np.isnan(number(row, "share")):
            continue
        share = 100 * number(row, "share")
        weighted = 100 * number(row, "weighted_share")
        axes.barh(y, share, height=0.62, color="#9db6cc", edgecolor=style.BLUE, linewidth=0.5)
        axes.plot(weighted, y, marker="D", markersize=3.8, color=style.OCHRE, linestyle="none")
        end = np.nanmax([share, weighted])
        axes.annotate(
            numbers.percent(number(row, "share")),
            (end, y),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=7,
        )


def _share_limit(frame: pd.DataFrame) -> float:
    columns = [name for name in ("share", "weighted_share") if name in frame]
    return 122 * float(np.nanmax(frame[columns].to_numpy(float)))


def plot_answers(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "answers",
) -> Figure:
    """Return stacked bars of how often each answer was given, a line an item.

    Parameters
    ----------
    frame : DataFrame
        ``item``, ``answer`` (number), ``share`` of the valid answers (0 to
        1; NaN where too few gave it); items of about one scale, in the order shown.
    labels : mapping of str to str
        The items' wording.
    language : {"zh", "en"}
        Language of the figure.
    name : str
        The figure's name.
    """
    require(frame, ["item", "answer", "share"], "plot_answers")
    words = Wording(language=language, labels=labels)
    note = words.say("note.small_cells") if frame["share"].isna().any() else ""
    wide = frame.pivot(index="item", columns="answer", values="share").fillna(0.0)
    wide = 100 * wide.loc[distinct(frame, "item"), sorted(wide.columns)]
    with style.house():
        drawing = style.canvas(style.row_height(len(wide), each=0.44, extra=2.4))
        axes = drawing.axes[0]
        _draw_answers(axes, wide)
        style.rows_axis(axes, [words.named(item, ITEM_WIDTH) for item in wide.index])
        axes.set_xlim(0, 100)
        axes.grid(visible=False)
        axes.set_xlabel(words.say("axis.answers"))
        drawing.legend(
            loc="outside upper right",
            ncols=len(wide.columns),
            title=words.say("axis.answer"),
            alignment="left",
            handlelength=1.0,
            columnspacing=0.9,
            handletextpad=0.4,
        )
        style.finish(drawing)
    return Figure(name=name, caption=words.say("figure.answers"), drawing=drawing, note=note)


def _draw_answers(axes: Axes, wide: pd.DataFrame) -> None:
    left = np.zeros(len(wide))
    last = max(len(wide.columns) - 1, 1)
    for position, answer in enumerate(wide.columns):
        width = wide[answer].to_numpy()
        axes.barh(
            np.arange(len(wide)),
            width,
            left=left,
            height=0.74,
            color=_SCALE(position / last),
            edgecolor="white",
            linewidth=0.4,
            label=f"{answer:g}",
        )
        left = left + width


def plot_missing(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "missing_answers",
) -> Figure:
    """Return bars of the share without a valid answer, the largest on top.

    Parameters
    ----------
    frame : DataFrame
        ``item``, ``share`` of those asked (0 to 1), optionally ``reason``
        (such as ``"dont_know"``, ``"refused"``, ``"empty"``; the bars are
        stacked by it).
    labels : mapping of str to str
        The items' wording; reasons under ``"reason:value"`` replace the
        built-in texts.
    language : {"zh", "en"}
        Language of the figure.
    name : str
        The figure's name.
    """
    require(frame, ["item", "share"], "plot_missing")
    words = Wording(language=language, labels=labels)
    by = "reason" if "reason" in frame else None
    totals = frame.groupby("item", sort=False)["share"].sum().sort_values(ascending=False)
    with style.house():
        drawing = style.canvas(style.row_height(len(totals), each=0.42, extra=2.2))
        axes = drawing.axes[0]
        left = np.zeros(len(totals))
        for position, reason in enumerate(distinct(frame, by)):
            shares = part(frame, by, reason).set_index("item")["share"]
            width = 100 * shares.reindex(totals.index).fillna(0.0).to_numpy()
            _draw_missing(axes, left, width, position, _reason(words, reason))
            left = left + width
        style.rows_axis(axes, [words.named(item, ITEM_WIDTH) for item in totals.index])
        axes.set_xlim(left=0)
        axes.set_xlabel(words.say("axis.missing"))
        if by:
            drawing.legend(loc="outside upper right", ncols=4)
        style.finish(drawing)
    return Figure(name=name, caption=words.say("figure.missing"), drawing=drawing)


def _draw_missing(
    axes: Axes, left: np.ndarray, width: np.ndarray, position: int, text: str
) -> None:
    axes.barh(
        np.arange(len(width)),
        width,
        left=left,
        height=0.66,
        color="#9db6cc" if position == 0 else "white",
        edgecolor=style.BLUE,
        linewidth=0.6,
        hatch=_HATCHES[position % len(_HATCHES)],
        label=text,
    )


def _reason(words: Wording, reason: str | None) -> str:
    if reason is None:
        return ""
    text = words.value("reason", reason)
    known = {"dont_know", "refused", "empty"}
    return words.say(f"reason.{reason}") if text == reason and reason in known else text


def plot_item_means(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    by: str | None = None,
    level: float = 0.95,
    name: str = "item_means",
) -> Figure:
    """Return the items' means with intervals, the groups beside each other.

    Parameters
    ----------
    frame : DataFrame
        ``item``, the column `by` if given, ``estimate``, ``lower``,
        ``upper``; items in the order shown.
    labels : mapping of str to str
        The items' wording and the groups' names.
    language : {"zh", "en"}
        Language of the figure.
    by : str, optional
        A grouping column, such as ``"operator"``; our group first.
    level : float
        Confidence level of the intervals.
    name : str
        The figure's name.
    """
    require(frame, ["item", *([by] if by else []), "estimate", "lower", "upper"], "plot_item_means")
    words = Wording(language=language, labels=labels)
    items, groups = distinct(frame, "item"), distinct(frame, by)
    with style.house():
        drawing = style.canvas(style.row_height(len(items), each=0.46))
        axes = drawing.axes[0]
        forest(axes, frame, "item", items, by=by, groups=groups)
        style.rows_axis(axes, [words.named(item, ITEM_WIDTH) for item in items])
        axes.set_xlabel(words.say("axis.mean"))
        group_legend(drawing, group_texts(words, by, groups))
        style.finish(drawing)
    note = words.say("note.dots", level=numbers.level(level))
    return Figure(name=name, caption=words.say("figure.item_means"), drawing=drawing, note=note)
