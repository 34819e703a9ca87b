"""Tables of the chapter on structure: paths, effects, explained variance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Table
from csat_models.report.frames import Row, distinct, lookup, number, require
from csat_models.report.language import Wording
from csat_models.report.tables.columns import (
    Column,
    build,
    build_wide,
    decimal_column,
    effect_column,
    given,
    interval_column,
    label_column,
    p_value_column,
    with_interval,
)


def _path_columns(words: Wording) -> list[Column]:
    return [
        label_column(words, "source", words.say("header.source")),
        label_column(words, "target", words.say("header.target")),
    ]


def paths_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    level: float = 0.95,
    name: str = "paths",
) -> Table:
    """Return the table of path coefficients.

    Parameters
    ----------
    frame : DataFrame
        ``source``, ``target``, ``estimate``, ``lower``, ``upper``; optionally
        ``standard_error`` and ``p_value``.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    require(frame, ["source", "target", "estimate", "lower", "upper"], "paths_table")
    words = Wording(language=language, labels=labels)
    columns = [
        *_path_columns(words),
        decimal_column(words.say("header.path"), "estimate", 3),
        *given(
            frame,
            ["standard_error"],
            decimal_column(words.say("header.standard_error"), "standard_error", 3),
        ),
        interval_column(words.say("header.interval", level=numbers.level(level)), 3),
        *given(frame, ["p_value"], p_value_column(words)),
        _zero_column(words),
    ]
    return build(name, words.say("table.paths"), frame, columns, words.say("note.paths"))


def _zero_column(words: Wording) -> Column:
    def show(row: Row) -> str:
        away = numbers.excludes_zero(number(row, "lower"), number(row, "upper"))
        return words.say("verdict.excludes_zero") if away else words.say("verdict.contains_zero")

    return Column(header=words.say("header.zero"), show=show, align="left")


def r_squared_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    level: float = 0.95,
    name: str = "r_squared",
) -> Table:
    """Return the table of explained variances.

    Parameters
    ----------
    frame : DataFrame
        ``construct``, ``estimate``; optionally ``adjusted``, and ``lower`` and
        ``upper``. Endogenous constructs only.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    require(frame, ["construct", "estimate"], "r_squared_table")
    words = Wording(language=language, labels=labels)
    span = words.say("header.interval", level=numbers.level(level))
    columns = [
        label_column(words, "construct", words.say("header.construct")),
        decimal_column(words.say("header.r_squared"), "estimate", 3),
        *given(frame, ["lower", "upper"], interval_column(span, 3)),
        *given(frame, ["adjusted"], decimal_column(words.say("header.adjusted"), "adjusted", 3)),
    ]
    return build(name, words.say("table.r_squared"), frame, columns)


def effects_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    level: float = 0.95,
    name: str = "total_effects",
) -> Table:
    """Return the table of total effects.

    Parameters
    ----------
    frame : DataFrame
        ``source``, ``target``, ``estimate`` (total effect), ``lower``,
        ``upper``; optionally ``direct`` and ``indirect``.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    require(frame, ["source", "target", "estimate", "lower", "upper"], "effects_table")
    words = Wording(language=language, labels=labels)
    columns = [
        *_path_columns(words),
        *given(frame, ["direct"], effect_column(words.say("header.direct"), "direct")),
        *given(frame, ["indirect"], effect_column(words.say("header.indirect"), "indirect")),
        decimal_column(words.say("header.total"), "estimate", 3),
        interval_column(words.say("header.interval", level=numbers.level(level)), 3),
    ]
    note = words.say("note.no_path") if "direct" in frame else ""
    return build(name, words.say("table.total_effects"), frame, columns, note)


def impact_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    rise: float = 5.0,
    level: float = 0.95,
    name: str = "impacts",
) -> Table:
    """Return the table of what a rise of a driver does to an index, in points.

    Parameters
    ----------
    frame : DataFrame
        ``source``, ``target``, ``estimate`` (points of the target's 0-100
        index for `rise` points of the source's), ``lower``, ``upper``.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    rise : float
        Points by which the driver rises.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    require(frame, ["source", "target", "estimate", "lower", "upper"], "impact_table")
    words = Wording(language=language, labels=labels)
    columns = [
        *_path_columns(words),
        decimal_column(words.say("header.impact"), "estimate", 2, signed=True),
        interval_column(words.say("header.interval", level=numbers.level(level)), 2),
    ]
    caption = words.say("table.impacts", rise=f"{rise:g}")
    return build(name, caption, frame, columns, words.say("note.impacts"))


def path_comparison_table(
    frame: pd.DataFrame,
    difference: pd.DataFrame | None = None,
    *,
    labels: Mapping[str, str],
    language: Language,
    by: str = "operator",
    level: float = 0.95,
    name: str = "path_comparison",
) -> Table:
    """Return the table of path coefficients, groups side by side.

    Parameters
    ----------
    frame : DataFrame
        ``source``, ``target``, the column `by`, ``estimate``, ``lower``,
        ``upper``; one row a path and group.
    difference : DataFrame, optional
        ``source``, ``target``, ``estimate`` (first group minus second),
        ``lower``, ``upper``.
    labels : mapping of str to str
        Texts of the constructs and of the groups.
    language : {"zh", "en"}
        Language of caption and headers.
    by : str
        The grouping column.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    keys = ["source", "target"]
    require(frame, [*keys, by, "estimate", "lower", "upper"], "path_comparison_table")
    words = Wording(language=language, labels=labels)
    columns = [*_path_columns(words), *_group_columns(words, frame, keys, by)]
    if difference is not None:
        require(difference, [*keys, "estimate", "lower", "upper"], "path_comparison_table")
        columns.append(_difference_column(words, difference, keys))
        frame = pd.concat([frame, difference.assign(**{by: "difference"})], ignore_index=True)
    note = words.say("note.estimate_interval", level=numbers.level(level))
    caption = words.say("table.path_comparison", by=words.inline(by))
    return build_wide(name, caption, frame, keys, columns, note=note)


def _group_columns(
    words: Wording, frame: pd.DataFrame, keys: Sequence[str], by: str
) -> list[Column]:
    cells = lookup(frame, *keys, by)

    def column(value: object) -> Column:
        return Column(
            header=words.value(by, value),
            show=lambda row: with_interval(cells.get((*(row[key] for key in keys), value)), 3),
            align="center",
        )

    return [column(value) for value in distinct(frame, by)]


def _difference_column(words: Wording, difference: pd.DataFrame, keys: Sequence[str]) -> Column:
    cells = lookup(difference, *keys)
    return Column(
        header=words.say("header.difference"),
        show=lambda row: with_interval(cells.get(tuple(row[k] for k in keys)), 3, signed=True),
        align="center",
    )
