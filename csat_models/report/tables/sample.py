"""Tables of the chapters on the sample and on the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Table
from csat_models.report.frames import Row, distinct, lookup, number, require
from csat_models.report.language import Wording
from csat_models.report.tables.columns import (
    Column,
    build,
    build_wide,
    code_column,
    count_column,
    decimal_column,
    given,
    interval_column,
    label_column,
    share_column,
    share_interval_column,
    value_column,
)


def sample_flow_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "sample_flow",
) -> Table:
    """Return the table of the steps from the raw file to the sample used.

    Parameters
    ----------
    frame : DataFrame
        ``step`` (identifier of a step, or finished text), ``n_obs`` (left
        after the step), optionally ``removed`` (how many the step took out)
        and ``year``.
    labels : mapping of str to str
        Identifier to text; steps may be named there.
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    require(frame, ["step", "n_obs"], "sample_flow_table")
    words = Wording(language=language, labels=labels)
    columns = [
        *given(frame, ["year"], code_column(words.say("header.year"), "year")),
        label_column(words, "step", words.say("header.step")),
        *given(frame, ["removed"], count_column(words.say("header.removed"), "removed")),
        count_column(words.say("header.left")),
    ]
    return build(name, words.say("table.sample_flow"), frame, columns)


def log_table(log: Sequence[str], *, language: Language, name: str = "sample_log") -> Table:
    """Return the table of what was done to the data, in order.

    Parameters
    ----------
    log : sequence of str
        ``Responses.log``: one sentence a step.
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    words = Wording(language=language)
    frame = pd.DataFrame({"step": range(1, len(log) + 1), "done": list(log)})
    require(frame, ["step", "done"], "log_table")
    columns = [
        count_column(words.say("header.number"), "step"),
        code_column(words.say("header.done"), "done"),
    ]
    return build(name, words.say("table.sample_log"), frame, columns)


def profile_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "sample_profile",
) -> Table:
    """Return the table of who answered, attribute by attribute.

    Parameters
    ----------
    frame : DataFrame
        ``attribute`` (column name), ``value``, ``n_obs``, ``share`` (0 to 1),
        optionally ``weighted_share``.
    labels : mapping of str to str
        Attribute names and, under ``"attribute:value"``, their values.
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    require(frame, ["attribute", "value", "n_obs", "share"], "profile_table")
    words = Wording(language=language, labels=labels)
    columns = [
        Column(
            header=words.say("header.attribute"),
            show=lambda row: words.label(row["attribute"]) if row["first"] else "",
            align="left",
        ),
        Column(
            header=words.say("header.value"),
            show=lambda row: words.value(row["attribute"], row["value"]),
            align="left",
        ),
        count_column(words.say("header.respondents")),
        share_column(words.say("header.share"), "share"),
        *given(
            frame,
            ["weighted_share"],
            share_column(words.say("header.weighted_share"), "weighted_share"),
        ),
    ]
    shown = frame.assign(first=~frame["attribute"].duplicated())
    return replace(build(name, words.say("table.sample_profile"), shown, columns), frame=frame)


def cell_size_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    unit: str = "city",
    by: str | None = "operator",
    name: str = "cell_sizes",
) -> Table:
    """Return the table of respondents by unit and group.

    Parameters
    ----------
    frame : DataFrame
        ``unit``'s column, ``by``'s column if given, and ``n_obs``; one row a
        cell.
    labels : mapping of str to str
        Names of the columns and of their values.
    language : {"zh", "en"}
        Language of caption and headers.
    unit, by : str
        The grouping columns; without `by` there is one column of counts.
    name : str
        The table's name.
    """
    require(frame, [unit, *([by] if by else []), "n_obs"], "cell_size_table")
    words = Wording(language=language, labels=labels)
    cells = lookup(frame, unit, *([by] if by else []))
    columns = [value_column(words, unit)]
    for value in distinct(frame, by):
        columns.append(_cell_column(words, cells, unit, by, value))
    return build_wide(name, words.say("table.cell_sizes"), frame, [unit], columns)


def _cell_column(
    words: Wording,
    cells: Mapping[tuple[object, ...], Row],
    unit: str,
    by: str | None,
    value: object,
) -> Column:
    header = words.value(by, value) if by else words.say("header.respondents")

    def show(row: Row) -> str:
        key = (row[unit], value) if by else (row[unit],)
        return numbers.integer(number(cells.get(key), "n_obs"))

    return Column(header=header, show=show)


def item_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    level: float = 0.95,
    name: str = "items",
) -> Table:
    """Return the table of the items: answers, mean, spread, top box, don't know.

    Parameters
    ----------
    frame : DataFrame
        ``item``, ``n_obs`` (valid answers), ``mean``, ``standard_deviation``,
        ``missing_share``; optionally ``lower`` and ``upper`` (of the mean),
        ``top_share`` with ``top_lower`` and ``top_upper``, and
        ``missing_lower`` and ``missing_upper``.
    labels : mapping of str to str
        The items' wording.
    language : {"zh", "en"}
        Language of caption and headers.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    require(frame, ["item", "n_obs", "mean", "standard_deviation", "missing_share"], "item_table")
    words = Wording(language=language, labels=labels)
    span = words.say("header.interval", level=numbers.level(level))
    columns = [
        code_column(words.say("header.item"), "item"),
        label_column(words, "item", words.say("header.wording")),
        count_column(words.say("header.answers")),
        decimal_column(words.say("header.mean"), "mean", 2),
        *given(frame, ["lower", "upper"], interval_column(span, 2)),
        decimal_column(words.say("header.sd"), "standard_deviation", 2),
        *given(frame, ["top_share"], share_column(words.say("header.top"), "top_share")),
        *given(frame, ["top_lower", "top_upper"], share_interval_column(span, "top_")),
        share_column(words.say("header.missing"), "missing_share"),
        *given(frame, ["missing_lower", "missing_upper"], share_interval_column(span, "missing_")),
    ]
    return build(name, words.say("table.items"), frame, columns, words.say("note.items"))
