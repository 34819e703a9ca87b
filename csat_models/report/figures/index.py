"""Figures of the chapter on the index: levels, leads, ranks."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from csat_models.report import numbers, style
from csat_models.report.elements import Figure, Language
from csat_models.report.figures.marks import (
    forest,
    group_legend,
    group_texts,
    heat_map,
    signed_forest,
)
from csat_models.report.frames import distinct, part, require
from csat_models.report.language import Wording


def plot_index(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    by: str | None = None,
    level: float = 0.95,
    name: str = "index_levels",
) -> Figure:
    """Return the index of every construct with intervals.

    Parameters
    ----------
    frame : DataFrame
        ``construct``, the column `by` if given, ``estimate``, ``lower``,
        ``upper``; as for `index_table`.
    labels : mapping of str to str
        Texts of the constructs and of the groups.
    language : {"zh", "en"}
        Language of the figure.
    by : str, optional
        A grouping column, such as ``"operator"``; our group first.
    level : float
        Confidence level of the intervals.
    name : str
        The figure's name.
    """
    require(frame, ["construct", *([by] if by else []), "estimate", "lower", "upper"], "plot_index")
    words = Wording(language=language, labels=labels)
    constructs, groups = distinct(frame, "construct"), distinct(frame, by)
    with style.house():
        drawing = style.canvas(style.row_height(len(constructs)))
        axes = drawing.axes[0]
        forest(axes, frame, "construct", constructs, by=by, groups=groups)
        style.rows_axis(axes, [words.label(construct) for construct in constructs])
        axes.set_xlabel(words.say("axis.index"))
        group_legend(drawing, group_texts(words, by, groups))
        style.finish(drawing)
    note = words.say("note.dots", level=numbers.level(level))
    return Figure(name=name, caption=words.say("figure.index_levels"), drawing=drawing, note=note)


def plot_index_by_unit(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    construct: str = "Satisfaction",
    unit: str = "city",
    by: str | None = None,
    level: float = 0.95,
    name: str = "index_by_unit",
) -> Figure:
    """Return one construct's index by unit, sorted by our own level.

    Parameters
    ----------
    frame : DataFrame
        The columns `unit` and, if given, `by`; ``estimate``, ``lower``,
        ``upper``; as for `unit_index_table`.
    labels : mapping of str to str
        Texts of the construct, the units and the groups.
    language : {"zh", "en"}
        Language of the figure.
    construct : str
        Whose index it is.
    unit, by : str
        The grouping columns; our group first in `by`.
    level : float
        Confidence level of the intervals.
    name : str
        The figure's name.
    """
    wanted = [unit, *([by] if by else []), "estimate", "lower", "upper"]
    require(frame, wanted, "plot_index_by_unit")
    words = Wording(language=language, labels=labels)
    groups = distinct(frame, by)
    ours = part(frame, by, groups[0]).sort_values("estimate", ascending=False)
    units = list(dict.fromkeys([*ours[unit], *frame[unit]]))
    with style.house():
        drawing = style.canvas(style.row_height(len(units)))
        axes = drawing.axes[0]
        forest(axes, frame, unit, units, by=by, groups=groups)
        style.rows_axis(axes, [words.value(unit, value) for value in units])
        axes.set_xlabel(words.say("axis.index_of", construct=words.label(construct)))
        group_legend(drawing, group_texts(words, by, groups))
        style.finish(drawing)
    caption = words.say(
        "figure.index_by_unit", construct=words.label(construct), unit=words.inline(unit)
    )
    note = words.say("note.dots", level=numbers.level(level))
    return Figure(name=name, caption=caption, drawing=drawing, note=note)


def plot_lead(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    key: str = "city",
    construct: str = "Satisfaction",
    level: float = 0.95,
    name: str = "leads",
) -> Figure:
    """Return the leads over the competitor around a zero line, sorted.

    Parameters
    ----------
    frame : DataFrame
        The column `key` (a unit, or ``"construct"``), ``estimate``,
        ``lower``, ``upper``; as for `lead_table`.
    labels : mapping of str to str
        Texts of the constructs or units.
    language : {"zh", "en"}
        Language of the figure.
    key : str
        What the lines are.
    construct : str
        Whose lead it is; named in the caption unless `key` is the construct.
    level : float
        Confidence level of the intervals.
    name : str
        The figure's name.
    """
    require(frame, [key, "estimate", "lower", "upper"], "plot_lead")
    words = Wording(language=language, labels=labels)
    if key == "construct":
        caption = words.say("figure.leads_by_construct")
    else:
        caption = words.say(
            "figure.leads", construct=words.label(construct), unit=words.inline(key)
        )
    titles = (name, caption, words.say("axis.lead"))
    return plot_differences(frame, words, key, titles, numbers.level(level))


def plot_differences(
    frame: pd.DataFrame, words: Wording, key: str, titles: tuple[str, str, str], level: str
) -> Figure:
    """Return differences around zero, the largest on top.

    Parameters
    ----------
    frame : DataFrame
        The column `key`, ``estimate``, ``lower``, ``upper``.
    words : Wording
        Language and labels.
    key : str
        What the lines are.
    titles : tuple of str
        Name, caption, axis label.
    level : str
        Confidence level in percent.
    """
    name, caption, axis = titles
    ordered = frame.sort_values("estimate", ascending=False)
    values = list(ordered[key])
    with style.house():
        drawing = style.canvas(style.row_height(len(values)))
        axes = drawing.axes[0]
        signed_forest(axes, ordered, key, values)
        style.rows_axis(axes, [words.value(key, value) for value in values])
        axes.set_xlabel(axis)
        style.finish(drawing)
    note = words.say("note.differences", level=level)
    return Figure(name=name, caption=caption, drawing=drawing, note=note)


def plot_rank_probability(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    construct: str = "Satisfaction",
    unit: str = "city",
    name: str = "rank_probabilities",
) -> Figure:
    """Return the heat map of the probability of every rank for every unit.

    Parameters
    ----------
    frame : DataFrame
        The column `unit`, ``rank`` (1 = best), ``probability``; as for
        `rank_probability_table`.
    labels : mapping of str to str
        Texts of the construct and the units.
    language : {"zh", "en"}
        Language of the figure.
    construct : str
        Whose index it is; named in the caption.
    unit : str
        The column of units.
    name : str
        The figure's name.
    """
    require(frame, [unit, "rank", "probability"], "plot_rank_probability")
    words = Wording(language=language, labels=labels)
    wide = frame.pivot(index=unit, columns="rank", values="probability").fillna(0.0)
    expected = (wide * [float(rank) for rank in wide.columns]).sum(axis="columns")
    wide = wide.loc[expected.sort_values().index]
    texts = wide.map(lambda value: numbers.probability(value) if value >= 0.005 else "")  # noqa: PLR2004
    with style.house():
        drawing = style.canvas(style.row_height(len(wide), each=0.6, extra=1.6))
        axes = drawing.axes[0]
        heat_map(axes, wide, texts, top=max(float(wide.to_numpy().max()), 0.5))
        axes.set_xticks(range(wide.shape[1]), labels=[f"{rank:g}" for rank in wide.columns])
        axes.set_yticks(range(len(wide)), labels=[words.value(unit, value) for value in wide.index])
        axes.set_xlabel(words.say("axis.rank"))
        style.finish(drawing)
    caption = words.say(
        "figure.rank_probabilities", construct=words.label(construct), unit=words.inline(unit)
    )
    note = words.say("note.rank_probabilities")
    return Figure(name=name, caption=caption, drawing=drawing, note=note)
