"""Tables of the chapter on the index: levels and leads."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Table
from csat_models.report.frames import Row, distinct, lookup, number, require
from csat_models.report.language import Wording
from csat_models.report.tables.columns import (
    Column,
    build,
    build_wide,
    count_column,
    decimal_column,
    given,
    interval_column,
    label_column,
    value_column,
    with_interval,
)


def index_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    by: str | None = None,
    weights: str = "pooled",
    level: float = 0.95,
    name: str = "index_levels",
) -> Table:
    """Return the table of the 0-100 index by construct, groups side by side.

    Parameters
    ----------
    frame : DataFrame
        ``construct``, the column `by` if given, ``estimate``, ``lower``,
        ``upper``; optionally ``n_obs`` (shown without `by`).
    labels : mapping of str to str
        Texts of the constructs and of the groups.
    language : {"zh", "en"}
        Language of caption and headers.
    by : str, optional
        A grouping column, such as ``"operator"``.
    weights : {"pooled", "own", "fixed"}
        Which weights the index has; named in the note.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    keys = ["construct", *([by] if by else [])]
    require(frame, [*keys, "estimate", "lower", "upper"], "index_table")
    words = Wording(language=language, labels=labels)
    note = index_note(words, weights, level)
    first = label_column(words, "construct", words.say("header.construct"))
    if by:
        columns = [first, *_level_columns(words, frame, "construct", by)]
        return build_wide(
            name, words.say("table.index_levels"), frame, ["construct"], columns, note=note
        )
    columns = [first, *_single_columns(words, frame, level)]
    return build(name, words.say("table.index_levels"), frame, columns, note)


def unit_index_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    construct: str = "Satisfaction",
    unit: str = "city",
    by: str | None = "operator",
    weights: str = "pooled",
    level: float = 0.95,
    name: str = "index_by_unit",
) -> Table:
    """Return the table of one construct's index by unit, groups side by side.

    Parameters
    ----------
    frame : DataFrame
        The columns `unit` and, if given, `by`; ``estimate``, ``lower``,
        ``upper``; optionally ``n_obs`` (shown without `by`). One construct.
    labels : mapping of str to str
        Texts of the construct, the columns and their values.
    language : {"zh", "en"}
        Language of caption and headers.
    construct : str
        Whose index it is; named in the caption.
    unit, by : str
        The grouping columns.
    weights : {"pooled", "own", "fixed"}
        Which weights the index has; named in the note.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    require(frame, [unit, *([by] if by else []), "estimate", "lower", "upper"], "unit_index_table")
    words = Wording(language=language, labels=labels)
    caption = words.say(
        "table.index_by_unit", construct=words.label(construct), unit=words.inline(unit)
    )
    note = index_note(words, weights, level)
    if by:
        columns = [value_column(words, unit), *_level_columns(words, frame, unit, by)]
        return build_wide(name, caption, frame, [unit], columns, note=note)
    columns = [value_column(words, unit), *_single_columns(words, frame, level)]
    return build(name, caption, frame, columns, note)


def index_note(words: Wording, weights: str, level: float) -> str:
    """Return the note that names the weights and the intervals of an index."""
    interval = words.say("note.interval", level=numbers.level(level))
    return words.say(f"weights.{weights}") + words.say("phrase.space") + interval


def _single_columns(words: Wording, frame: pd.DataFrame, level: float) -> list[Column]:
    return [
        *given(frame, ["n_obs"], count_column(words.say("header.respondents"))),
        decimal_column(words.say("header.index"), "estimate", 1),
        interval_column(words.say("header.interval", level=numbers.level(level)), 1),
    ]


def _level_columns(words: Wording, frame: pd.DataFrame, key: str, by: str) -> list[Column]:
    cells = lookup(frame, key, by)

    def column(value: object) -> Column:
        return Column(
            header=words.value(by, value),
            show=lambda row: with_interval(cells.get((row[key], value)), 1),
            align="center",
        )

    return [column(value) for value in distinct(frame, by)]


def lead_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    key: str = "construct",
    level: float = 0.95,
    name: str = "leads",
) -> Table:
    """Return the table of leads over the competitor.

    Parameters
    ----------
    frame : DataFrame
        The column `key` (``"construct"`` or a unit such as ``"city"``),
        ``estimate``, ``lower``, ``upper`` in index points; optionally
        ``probability`` (share of draws with a positive lead).
    labels : mapping of str to str
        Texts of the constructs or units.
    language : {"zh", "en"}
        Language of caption and headers.
    key : str
        What the rows are.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    require(frame, [key, "estimate", "lower", "upper"], "lead_table")
    words = Wording(language=language, labels=labels)
    title = words.say("header.construct") if key == "construct" else words.label(key)
    columns = [
        Column(header=title, show=lambda row: words.value(key, row[key]), align="left"),
        decimal_column(words.say("header.lead"), "estimate", 1, signed=True),
        interval_column(words.say("header.interval", level=numbers.level(level)), 1),
        *given(frame, ["probability"], probability_column(words)),
        _lead_verdict_column(words),
    ]
    caption = words.say("table.leads", by=words.inline(title))
    return build(name, caption, frame, columns, words.say("note.leads"))


def probability_column(words: Wording, column: str = "probability") -> Column:
    """Return the column of P(lead > 0)."""
    return Column(
        header=words.say("header.lead_probability"),
        show=lambda row: numbers.probability(number(row, column)),
    )


def _lead_verdict_column(words: Wording) -> Column:
    def show(row: Row) -> str:
        lower, upper = number(row, "lower"), number(row, "upper")
        if not numbers.excludes_zero(lower, upper):
            return words.say("verdict.undecided")
        return words.say("verdict.ahead") if lower > 0 else words.say("verdict.behind")

    return Column(header=words.say("header.verdict"), show=show, align="left")
