"""Tables on groups and time: invariance, differences, drift."""

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
    count_column,
    decimal_column,
    interval_column,
    label_column,
    p_value_column,
    with_interval,
)
from csat_models.report.tables.index import index_table

PAIR = ("group", "group_2")
STEPS = {"compositional": 4, "mean": 3, "variance": 3}
"""Step of invariance to the decimals it is shown with."""


def groups_of(words: Wording, frame: pd.DataFrame, by: str) -> str:
    """Return the names of all groups that a frame of pairs compares."""
    found = dict.fromkeys(value for name in PAIR for value in distinct(frame, name))
    return words.join([name_of(words, value, by) for value in found])


def name_of(words: Wording, value: object, by: str) -> str:
    """Return a group as text: a brand's name, or a year."""
    return words.say("phrase.year", year=value) if by == "year" else words.value(by, value)


def pair_of(words: Wording, row: Row, by: str) -> str:
    """Return the names of the two groups of a row."""
    first, second = (name_of(words, row[name], by) for name in PAIR)
    return words.say("phrase.pair", first=first, second=second)


def _pair_columns(words: Wording, frame: pd.DataFrame, by: str) -> list[Column]:
    if len(frame[list(PAIR)].drop_duplicates()) == 1:
        return []
    header = words.say("header.pair_of_groups")
    return [Column(header=header, show=lambda row: pair_of(words, row, by), align="left")]


def invariance_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    by: str = "operator",
    level: float = 0.95,
    name: str = "invariance",
) -> Table:
    """Return the table of the three steps of invariance.

    Parameters
    ----------
    frame : DataFrame
        ``step`` ("compositional", "mean", "variance"), ``construct``, ``group``,
        ``group_2``, ``value``, ``p_adjusted``, ``invariance``,
        ``n_permutations``.
    labels : mapping of str to str
        Texts of the constructs and of the groups.
    language : {"zh", "en"}
        Language of caption and headers.
    by : str
        The column of the groups.
    level : float
        One less the level of the tests.
    name : str
        The table's name.
    """
    keys = ["construct", *PAIR]
    needed = ["step", *keys, "value", "p_adjusted", "invariance", "n_permutations"]
    require(frame, needed, "invariance_table")
    words = Wording(language=language, labels=labels)
    cells = lookup(frame, *keys, "step")

    def columns_of(step: str) -> list[Column]:
        def found(row: Row, column: str) -> float:
            return number(cells.get((*(row[key] for key in keys), step)), column)

        write = numbers.decimal if step == "compositional" else numbers.signed
        digits = STEPS[step]
        value = words.say(f"header.step_{step}")
        return [
            Column(header=value, show=lambda row: write(found(row, "value"), digits)),
            Column(
                header=words.say("header.p_value"),
                show=lambda row: numbers.p_value(found(row, "p_adjusted")),
            ),
        ]

    def verdict(row: Row) -> str:
        cell = cells[(*(row[key] for key in keys), "compositional")]
        return words.say(f"invariance.{cell['invariance']}")

    columns = [
        label_column(words, "construct", words.say("header.construct")),
        *_pair_columns(words, frame, by),
        *(column for step in STEPS for column in columns_of(step)),
        Column(header=words.say("header.invariance"), show=verdict, align="left"),
    ]
    caption = words.say("table.invariance", groups=groups_of(words, frame, by))
    note = words.say(
        "note.invariance",
        error=numbers.decimal(1 - level, 2),
        permutations=numbers.integer(float(frame["n_permutations"].iloc[0])),
    )
    return build_wide(name, caption, frame, keys, columns, note=note)


def group_differences_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    by: str = "operator",
    level: float = 0.95,
    name: str = "group_differences",
) -> Table:
    """Return the table of differences of path coefficients.

    Parameters
    ----------
    frame : DataFrame
        ``source``, ``target``, ``group``, ``group_2``, ``estimate`` (first less
        second), ``lower``, ``upper``, ``p_value``, ``p_adjusted``, ``verdict``,
        ``margin``.
    labels : mapping of str to str
        Texts of the constructs and of the groups.
    language : {"zh", "en"}
        Language of caption and headers.
    by : str
        The column of the groups.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    needed = ["source", "target", *PAIR, "estimate", "lower", "upper", "p_adjusted", "verdict"]
    require(frame, [*needed, "p_value", "margin"], "group_differences_table")
    words = Wording(language=language, labels=labels)
    columns = [
        label_column(words, "source", words.say("header.source")),
        label_column(words, "target", words.say("header.target")),
        *_pair_columns(words, frame, by),
        decimal_column(words.say("header.difference"), "estimate", 3, signed=True),
        interval_column(words.say("header.interval", level=numbers.level(level)), 3),
        p_value_column(words),
        _adjusted_column(words),
        verdict_column(words),
    ]
    caption = words.say("table.group_differences", groups=groups_of(words, frame, by))
    return build(name, caption, frame, columns, _difference_note(words, frame, level))


def _adjusted_column(words: Wording) -> Column:
    return Column(
        header=words.say("header.p_adjusted"),
        show=lambda row: numbers.p_value(number(row, "p_adjusted")),
    )


def verdict_column(words: Wording, name: str = "verdict") -> Column:
    """Return a column of verdicts on a difference."""
    return Column(
        header=words.say("header.verdict"),
        show=lambda row: words.say(f"group_verdict.{row[name]}"),
        align="left",
    )


def _difference_note(words: Wording, frame: pd.DataFrame, level: float) -> str:
    inner = numbers.level(2 * level - 1)
    margin = f"{float(frame['margin'].iloc[0]):g}"
    return words.say("note.group_differences", inner=inner, margin=margin)


def group_sizes_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "group_sizes",
) -> Table:
    """Return the table of the groups of every attribute, also of those left out.

    Parameters
    ----------
    frame : DataFrame
        ``attribute``, ``value``, ``n_obs``, ``status`` ("used", "small", "constant"),
        ``least``.
    labels : mapping of str to str
        Texts of the attributes and of their values.
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    require(frame, ["attribute", "value", "n_obs", "status", "least"], "group_sizes_table")
    words = Wording(language=language, labels=labels)
    columns = [
        label_column(words, "attribute", words.say("header.attribute")),
        Column(
            header=words.say("header.value"),
            show=lambda row: words.value(str(row["attribute"]), row["value"]),
            align="left",
        ),
        count_column(words.say("header.respondents")),
        Column(
            header=words.say("header.group_status"),
            show=lambda row: words.say(f"group_status.{row['status']}"),
            align="left",
        ),
    ]
    note = words.say("note.group_sizes", least=numbers.integer(float(frame["least"].max())))
    return build(name, words.say("table.group_sizes"), frame, columns, note)


def group_index_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    by: str,
    weights: str = "pooled",
    level: float = 0.95,
    name: str = "group_index",
) -> Table:
    """Return the table of the index by construct, the groups of an attribute side by side.

    Parameters
    ----------
    frame, labels, language, weights, level, name
        See :func:`~csat_models.report.tables.index.index_table`.
    by : str
        The attribute.
    """
    words = Wording(language=language, labels=labels)
    how = {"by": by, "weights": weights, "level": level, "name": name}
    table = index_table(frame, labels=labels, language=language, **how)  # type: ignore[arg-type]
    caption = words.say("table.group_index", attribute=words.label(by))
    return replace(table, caption=caption)


def drift_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    statistic: str = "loadings",
    level: float = 0.95,
    name: str = "drift",
) -> Table:
    """Return the table of changes of loadings or weights on earlier waves.

    Parameters
    ----------
    frame : DataFrame
        ``construct``, ``item``, ``group`` (this wave), ``group_2`` (an earlier
        one), ``value`` (now), ``estimate`` (the change), ``lower``, ``upper``,
        ``verdict``, ``margin``; one row an item and earlier wave.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    statistic : {"loadings", "weights"}
        What has changed.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    keys = ["construct", "item"]
    needed = [*keys, *PAIR, "value", "estimate", "lower", "upper", "verdict", "margin"]
    require(frame, needed, "drift_table")
    words = Wording(language=language, labels=labels)
    first = frame[frame["group_2"] == frame["group_2"].iloc[0]]
    now = lookup(first, *keys)
    columns = [
        label_column(words, "construct", words.say("header.construct")),
        Column(header=words.say("header.item"), show=lambda row: str(row["item"]), align="left"),
        Column(
            header=str(frame["group"].iloc[0]),
            show=lambda row: numbers.decimal(number(now[tuple(row[k] for k in keys)], "value"), 3),
        ),
    ]
    for earlier in distinct(frame, "group_2"):
        columns += _change_columns(words, frame, keys, earlier)
    caption = words.say(f"table.drift_{statistic}")
    note = _difference_note(words, frame, level)
    return build_wide(name, caption, frame, keys, columns, note=note)


def _change_columns(
    words: Wording, frame: pd.DataFrame, keys: Sequence[str], earlier: object
) -> list[Column]:
    cells = lookup(frame[frame["group_2"] == earlier], *keys)

    def cell(row: Row) -> Row:
        return cells[tuple(row[key] for key in keys)]

    return [
        Column(
            header=words.say("header.change_on", year=earlier),
            show=lambda row: with_interval(cell(row), 3, signed=True),
            align="center",
        ),
        Column(
            header=words.say("header.verdict"),
            show=lambda row: words.say(f"group_verdict.{cell(row)['verdict']}"),
            align="left",
        ),
    ]
