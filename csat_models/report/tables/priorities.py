"""Tables on what to improve first: priorities, necessary conditions, bottlenecks."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Table
from csat_models.report.frames import Row, number, require
from csat_models.report.language import Wording
from csat_models.report.tables.columns import (
    Column,
    build,
    count_column,
    decimal_column,
    interval_column,
    label_column,
    p_value_column,
    share_column,
)


def priorities_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    construct: str = "Satisfaction",
    key: str = "construct",
    level: float = 0.95,
    name: str = "priorities",
) -> Table:
    """Return the table of importance, performance and quadrant.

    Parameters
    ----------
    frame : DataFrame
        The column `key`, ``importance`` and ``performance`` with their
        ``_lower`` and ``_upper``, ``quadrant``, and its share of draws,
        ``p_<quadrant>``.
    labels : mapping of str to str
        Texts of constructs and items.
    language : {"zh", "en"}
        Language of caption and headers.
    construct : str
        The construct to improve.
    key : {"construct", "item"}
        What the rows are.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    require(frame, [key, "importance", "performance", "quadrant"], "priorities_table")
    words = Wording(language=language, labels=labels)
    span = words.say("header.interval", level=numbers.level(level))
    columns = [
        Column(
            header=words.say(f"header.{key}"),
            show=lambda row: words.label(row[key]) if key == "construct" else words.named(row[key]),
            align="left",
        ),
        decimal_column(words.say("header.importance"), "importance", 2),
        interval_column(span, 2, "importance_"),
        decimal_column(words.say("header.performance"), "performance", 1),
        interval_column(span, 1, "performance_"),
        Column(
            header=words.say("header.quadrant"),
            show=lambda row: words.say(f"quadrant.{row['quadrant']}"),
            align="left",
        ),
        Column(
            header=words.say("header.quadrant_share"),
            show=lambda row: numbers.probability(number(row, f"p_{row['quadrant']}")),
        ),
    ]
    order = frame.sort_values("importance", ascending=False, kind="stable")
    caption = words.say(f"table.priorities_{key}", construct=words.label(construct))
    return build(name, caption, order, columns, words.say("note.priorities"))


def necessity_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    construct: str = "Satisfaction",
    name: str = "necessity",
) -> Table:
    """Return the table of necessary conditions.

    Parameters
    ----------
    frame : DataFrame
        ``condition``, ``effect_size``, ``p_value``, ``accuracy``, ``n_obs``,
        ``necessary``.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    construct : str
        The outcome.
    name : str
        The table's name.
    """
    needed = ["condition", "effect_size", "p_value", "accuracy", "n_obs", "necessary"]
    require(frame, needed, "necessity_table")
    words = Wording(language=language, labels=labels)
    columns = [
        Column(
            header=words.say("header.condition"),
            show=lambda row: words.label(row["condition"]),
            align="left",
        ),
        decimal_column(words.say("header.effect_size"), "effect_size", 3),
        p_value_column(words),
        count_column(words.say("header.respondents")),
        _verdict_column(words),
    ]
    caption = words.say("table.necessity", construct=words.label(construct))
    return build(name, caption, frame, columns, words.say("note.necessity"))


def combined_map_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    construct: str = "Satisfaction",
    name: str = "combined_map",
) -> Table:
    """Return the table of importance, performance and necessity.

    Parameters
    ----------
    frame : DataFrame
        ``construct``, ``importance``, ``performance``, ``effect_size``,
        ``p_value``, ``necessary``, ``required`` (minus infinity where none is
        needed, missing where no level seen allows it), ``share_below`` and the
        level ``desired`` of the outcome.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    construct : str
        The outcome.
    name : str
        The table's name.
    """
    needed = ["construct", "importance", "effect_size", "necessary", "required", "share_below"]
    require(frame, [*needed, "desired"], "combined_map_table")
    words = Wording(language=language, labels=labels)
    columns = [
        label_column(words, "construct", words.say("header.construct")),
        decimal_column(words.say("header.importance"), "importance", 2),
        decimal_column(words.say("header.performance"), "performance", 1),
        decimal_column(words.say("header.effect_size"), "effect_size", 3),
        p_value_column(words),
        _verdict_column(words),
        _level_column(words, "required", words.say("header.required")),
        share_column(words.say("header.share_below"), "share_below"),
    ]
    about = {
        "construct": words.label(construct),
        "desired": numbers.decimal(float(frame["desired"].iloc[0]), 0),
    }
    order = frame.sort_values("importance", ascending=False, kind="stable")
    caption = words.say("table.combined_map", **about)
    return build(name, caption, order, columns, words.say("note.combined_map", **about))


def _verdict_column(words: Wording) -> Column:
    return Column(
        header=words.say("header.verdict"),
        show=lambda row: words.say(
            "verdict.necessary" if row["necessary"] else "verdict.not_necessary"
        ),
        align="left",
    )


def _level_column(words: Wording, name: str, header: str) -> Column:
    def show(row: Row) -> str:
        value = number(row, name)
        none = value == -math.inf
        return words.say("verdict.not_needed") if none else numbers.decimal(value, 1)

    return Column(header=header, show=show)


def bottleneck_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    construct: str = "Satisfaction",
    name: str = "bottlenecks",
) -> Table:
    """Return the table of levels that a level of the outcome needs.

    Parameters
    ----------
    frame : DataFrame
        ``outcome`` and a column for each condition: minus infinity where none
        is needed, missing where no level seen allows it.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    construct : str
        The outcome.
    name : str
        The table's name.
    """
    require(frame, ["outcome"], "bottleneck_table")
    words = Wording(language=language, labels=labels)
    conditions = [column for column in frame.columns if column != "outcome"]
    columns = [
        decimal_column(words.label(construct), "outcome", 0),
        *(_level_column(words, each, words.label(each)) for each in conditions),
    ]
    caption = words.say("table.bottlenecks", construct=words.label(construct))
    return build(name, caption, frame, columns, words.say("note.bottlenecks"))
