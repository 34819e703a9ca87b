"""Figures of the validity chapter: limits of ratios, effect sizes, predictions, losses."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from csat_models.report import numbers, style
from csat_models.report.elements import Figure, Language
from csat_models.report.figures.marks import (
    Block,
    bands,
    dot,
    group_legend,
    group_offset,
    halves,
    headed_axis,
    threshold,
    zero_line,
)
from csat_models.report.frames import Row, distinct, number, part, require, rows_of
from csat_models.report.language import Wording
from csat_models.report.tables.model_quality import construct_or_all
from csat_models.report.verdicts import EFFECTS, NEEDED, RATIOS, ratio_limits

THRESHOLDS = (0.85, 0.90, 1.0)
MOST_PAIRS = 15
BENCHMARKS = ("cvpat_mean", "cvpat_linear_model")


def plot_ratio_limits(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    level: float = 0.95,
    name: str = "ratio_limits",
) -> Figure:
    """Return HTMT and HTMT2 of the closest pairs, each with a line to its upper limit.

    Parameters
    ----------
    frame : DataFrame
        As for `ratio_limits_table`.
    labels : mapping of str to str
        Texts of constructs.
    language : {"zh", "en"}
        Language of the figure.
    level : float
        Confidence level of the limits.
    name : str
        The figure's name.
    """
    require(frame, [*NEEDED, "upper", "threshold"], "plot_ratio_limits")
    words = Wording(language=language, labels=labels)
    pairs = ratio_limits(frame)
    shown = rows_of(pairs.head(MOST_PAIRS))
    with style.house():
        drawing = style.canvas(style.row_height(len(shown), each=0.62, extra=2.6))
        axes = drawing.axes[0]
        bands(axes, len(shown))
        _threshold_lines(axes, THRESHOLDS)
        for line, row in enumerate(shown):
            for group, ratio in enumerate(RATIOS):
                _limit(axes, row, ratio, line + group_offset(group, len(RATIOS)), group)
        style.rows_axis(axes, [_pair(words, row) for row in shown])
        axes.set_xlabel(words.say("axis.ratio"))
        group_legend(drawing, [words.say(f"criterion.{ratio}") for ratio in RATIOS])
        style.finish(drawing)
    note = words.say(
        "note.ratio_limits_figure",
        shown=len(shown),
        total=len(pairs),
        level=numbers.level(level),
    )
    return Figure(name=name, caption=words.say("figure.ratio_limits"), drawing=drawing, note=note)


def _threshold_lines(axes: Axes, values: tuple[float, ...]) -> None:
    for value in values:
        threshold(axes, value)


def _limit(axes: Axes, row: Row, ratio: str, y: float, group: int) -> None:
    value = number(row, f"value_{ratio}")
    ends = {"estimate": value, "lower": value, "upper": number(row, f"upper_{ratio}")}
    dot(axes, ends, y, group)


def _pair(words: Wording, row: Row) -> str:
    first, second = words.label(row["construct"]), words.label(row["construct_2"])
    return words.say("phrase.between", source=first, target=second)


def plot_effect_sizes(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    level: float = 0.95,
    name: str = "effect_sizes",
) -> Figure:
    """Return the effect sizes f2 with intervals, target by target.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``effect_size``; others are not drawn.
    labels : mapping of str to str
        Texts of constructs.
    language : {"zh", "en"}
        Language of the figure.
    level : float
        Confidence level of the intervals.
    name : str
        The figure's name.
    """
    require(frame, [*NEEDED, "lower", "upper"], "plot_effect_sizes")
    words = Wording(language=language, labels=labels)
    effects = part(frame, "criterion", "effect_size")
    effects = effects[effects["value"].notna()].assign(estimate=effects["value"])
    blocks = [_target(words, effects, name) for name in distinct(effects, "construct_2")]
    columns = halves(blocks, most=20)
    length = max(sum(block.size for block in column) for column in columns)
    with style.house():
        height = style.row_height(length, each=0.5)
        drawing = style.canvas(height, columns=len(columns), sharex=True)
        for axes, column in zip(drawing.axes, columns, strict=True):
            _threshold_lines(axes, tuple(limit for limit, _ in EFFECTS))
            for y, row in headed_axis(axes, column, length):
                dot(axes, row, y)
            axes.set_xlabel(words.say("axis.effect_size"))
        style.finish(drawing)
    note = words.say("note.effect_sizes_figure", level=numbers.level(level))
    return Figure(name=name, caption=words.say("figure.effect_sizes"), drawing=drawing, note=note)


def _target(words: Wording, effects: pd.DataFrame, target: str) -> Block:
    rows = tuple(rows_of(part(effects, "construct_2", target)))
    texts = tuple(words.label(row["construct"]) for row in rows)
    return Block(heading=words.say("phrase.to", target=words.label(target)), texts=texts, rows=rows)


def plot_prediction(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "prediction",
) -> Figure:
    """Return Q2_predict of every item, by the model and by the linear model.

    Parameters
    ----------
    frame : DataFrame
        ``construct``, ``item``, ``q2_predict_mean``, ``rmse_linear_model``, ``rmse_mean``; as
        for `prediction_table`.
    labels : mapping of str to str
        Texts of constructs.
    language : {"zh", "en"}
        Language of the figure.
    name : str
        The figure's name.
    """
    needed = ["construct", "item", "q2_predict_mean", "rmse_linear_model", "rmse_mean"]
    require(frame, needed, "plot_prediction")
    words = Wording(language=language, labels=labels)
    linear = 1.0 - (frame["rmse_linear_model"] / frame["rmse_mean"]) ** 2
    found = frame.assign(linear=linear)
    blocks = [_items(words, found, construct) for construct in distinct(found, "construct")]
    columns = halves(blocks)
    length = max(sum(block.size for block in column) for column in columns)
    with style.house():
        height = style.row_height(length, each=0.48, extra=2.6)
        drawing = style.canvas(height, columns=len(columns), sharex=True)
        for axes, column in zip(drawing.axes, columns, strict=True):
            zero_line(axes)
            for y, row in headed_axis(axes, column, length):
                for group, value in enumerate(("q2_predict_mean", "linear")):
                    dot(axes, {"estimate": row[value]}, y + group_offset(group, 2), group)
            axes.set_xlabel(words.say("axis.q2_predict"))
        group_legend(drawing, [words.say("predictor.model"), words.say("predictor.linear_model")])
        style.finish(drawing)
    note = words.say("note.prediction_figure")
    return Figure(name=name, caption=words.say("figure.prediction"), drawing=drawing, note=note)


def _items(words: Wording, frame: pd.DataFrame, construct: str) -> Block:
    rows = tuple(rows_of(part(frame, "construct", construct)))
    texts = tuple(str(row["item"]) for row in rows)
    return Block(heading=words.label(construct), texts=texts, rows=rows)


def plot_cvpat(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    level: float = 0.95,
    name: str = "cvpat",
) -> Figure:
    """Return differences of the cross-validated loss, a panel a benchmark.

    Parameters
    ----------
    frame : DataFrame
        As for `cvpat_table`.
    labels : mapping of str to str
        Texts of constructs.
    language : {"zh", "en"}
        Language of the figure.
    level : float
        Confidence level of the intervals.
    name : str
        The figure's name.
    """
    require(frame, ["criterion", "construct", "estimate", "lower", "upper"], "plot_cvpat")
    words = Wording(language=language, labels=labels)
    constructs = distinct(frame, "construct")
    with style.house():
        height = style.row_height(len(constructs), each=0.58, extra=2.4)
        drawing = style.canvas(height, columns=len(BENCHMARKS), sharey=True)
        for axes, benchmark in zip(drawing.axes, BENCHMARKS, strict=True):
            bands(axes, len(constructs))
            zero_line(axes)
            for row in rows_of(part(frame, "criterion", benchmark)):
                open_ = not numbers.excludes_zero(number(row, "lower"), number(row, "upper"))
                dot(axes, row, constructs.index(row["construct"]), hollow=open_)
            style.rows_axis(axes, [construct_or_all(words, each) for each in constructs])
            axes.set_title(words.say(f"criterion.{benchmark}"), fontweight="normal")
            axes.set_xlabel(words.say("axis.loss"))
        style.finish(drawing)
    note = words.say("note.cvpat_figure", level=numbers.level(level))
    return Figure(name=name, caption=words.say("figure.cvpat"), drawing=drawing, note=note)
