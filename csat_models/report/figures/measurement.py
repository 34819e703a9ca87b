"""Figures of the chapter on measurement: loadings, reliability, validity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from csat_models.report import numbers, style
from csat_models.report.elements import Figure, Language
from csat_models.report.figures.marks import (
    Block,
    dot,
    forest,
    halves,
    headed_axis,
    heat_map,
    threshold,
)
from csat_models.report.frames import distinct, pair_order, part, require, rows_of
from csat_models.report.language import Wording, wrap
from csat_models.report.tables.measurement import THRESHOLDS

LEAST_LOADING = 0.7


def plot_loadings(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    level: float = 0.95,
    name: str = "loadings",
) -> Figure:
    """Return dots of the loadings with intervals, construct by construct.

    Parameters
    ----------
    frame : DataFrame
        ``construct``, ``item``, ``estimate``, ``lower``, ``upper``; as for
        `loadings_table`.
    labels : mapping of str to str
        Texts of constructs and items.
    language : {"zh", "en"}
        Language of the figure.
    level : float
        Confidence level of the intervals.
    name : str
        The figure's name.
    """
    require(frame, ["construct", "item", "estimate", "lower", "upper"], "plot_loadings")
    words = Wording(language=language, labels=labels)
    blocks = [_loadings_block(words, frame, str(name)) for name in distinct(frame, "construct")]
    columns = halves(blocks)
    length = max(sum(block.size for block in column) for column in columns)
    with style.house():
        drawing = style.canvas(
            style.row_height(length, each=0.44), columns=len(columns), sharex=True
        )
        for axes, column in zip(drawing.axes, columns, strict=True):
            threshold(axes, LEAST_LOADING)
            for y, row in headed_axis(axes, column, length):
                dot(axes, row, y)
            axes.set_xlabel(words.say("axis.loading"))
        style.finish(drawing)
    note = words.say("note.loadings_figure", level=numbers.level(level))
    return Figure(name=name, caption=words.say("figure.loadings"), drawing=drawing, note=note)


def _loadings_block(words: Wording, frame: pd.DataFrame, construct: str) -> Block:
    rows = tuple(rows_of(part(frame, "construct", construct)))
    texts = tuple(str(row["item"]) for row in rows)
    return Block(heading=words.label(construct), texts=texts, rows=rows)


def plot_reliability(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    level: float = 0.95,
    name: str = "reliability",
) -> Figure:
    """Return a panel a reliability statistic, with thresholds and intervals.

    Parameters
    ----------
    frame : DataFrame
        Long: ``construct``, ``statistic`` (``alpha``, ``rho_a``, ``rho_c``,
        ``ave``), ``estimate``, ``lower``, ``upper``; as for
        `reliability_table`. NaN rows are left out.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of the figure.
    level : float
        Confidence level of the intervals.
    name : str
        The figure's name.
    """
    columns = ["construct", "statistic", "estimate", "lower", "upper"]
    require(frame, columns, "plot_reliability")
    words = Wording(language=language, labels=labels)
    shown = frame.dropna(subset=["estimate"])
    constructs = distinct(shown, "construct")
    statistics = [name for name in THRESHOLDS if name in set(shown["statistic"])]
    with style.house():
        height = style.row_height(len(constructs), each=0.6, extra=2.4)
        drawing = style.canvas(height, columns=len(statistics), sharey=True)
        for axes, statistic in zip(drawing.axes, statistics, strict=True):
            threshold(axes, THRESHOLDS[statistic])
            forest(axes, part(shown, "statistic", statistic), "construct", constructs)
            style.rows_axis(axes, [words.label(construct) for construct in constructs])
            axes.set_title(words.say(f"statistic.{statistic}"), fontweight="normal")
        style.finish(drawing)
    note = words.say("note.reliability_figure", level=numbers.level(level))
    return Figure(name=name, caption=words.say("figure.reliability"), drawing=drawing, note=note)


def plot_htmt(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    constructs: Sequence[str] = (),
    limit: float = 0.9,
    name: str = "htmt",
) -> Figure:
    """Return the heat map of heterotrait-monotrait ratios.

    Parameters
    ----------
    frame : DataFrame
        ``construct``, ``construct_2``, ``estimate``, optionally ``upper``;
        one row a pair, as for `htmt_table`.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of the figure.
    constructs : sequence of str
        Their order; by default that of appearance.
    limit : float
        Cells whose upper limit (or estimate) reaches it get a frame.
    name : str
        The figure's name.
    """
    require(frame, ["construct", "construct_2", "estimate"], "plot_htmt")
    words = Wording(language=language, labels=labels)
    reached = frame["upper"] if "upper" in frame else frame["estimate"]
    names = pair_order(frame, constructs)
    values = _lower_triangle(frame, frame["estimate"], names)
    strong = _lower_triangle(frame, (reached >= limit).astype(float), names) > 0
    with style.house():
        drawing = style.canvas(style.row_height(len(values), each=0.85, extra=1.4))
        axes = drawing.axes[0]
        texts = values.map(lambda value: numbers.decimal(value, 2))
        heat_map(axes, values, texts, top=1.15, bold=strong)
        columns = [wrap(words.label(construct), 12) for construct in values.columns]
        axes.set_xticks(range(len(columns)), labels=columns, fontsize=7.5)
        lines = [words.label(construct) for construct in values.index]
        axes.set_yticks(range(len(lines)), labels=lines)
        style.finish(drawing)
    note = words.say("note.htmt_figure", limit=numbers.decimal(limit, 2))
    return Figure(name=name, caption=words.say("figure.htmt"), drawing=drawing, note=note)


def _lower_triangle(frame: pd.DataFrame, values: pd.Series, names: Sequence[str]) -> pd.DataFrame:
    position = {name: place for place, name in enumerate(names)}
    square = np.full((len(names), len(names)), np.nan)
    pairs = zip(frame["construct"], frame["construct_2"], values, strict=True)
    for first, second, value in pairs:
        low, high = sorted((position[first], position[second]))
        square[high, low] = value
    return pd.DataFrame(square[1:, :-1], index=list(names[1:]), columns=list(names[:-1]))
