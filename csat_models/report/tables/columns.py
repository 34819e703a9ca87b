"""Columns of a table: a header, and how a row's cell becomes text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Align, Table
from csat_models.report.frames import Row, number, rows_of
from csat_models.report.language import Wording

_NO_BREAK = ",\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    header : str
        Its title, finished text.
    show : callable
        A row of the frame to the cell's text.
    align : {"left", "right", "center"}
        Numbers stand right, text left.
    """

    header: str
    show: Callable[[Row], str]
    align: Align = "right"


def build(
    name: str, caption: str, frame: pd.DataFrame, columns: Sequence[Column], note: str = ""
) -> Table:
    """Return the table of `frame`, one line a row.

    Parameters
    ----------
    name, caption, note : str
        As in :class:`~csat_models.report.elements.Table`.
    frame : DataFrame
        The unrounded numbers; kept as they are.
    columns : sequence of Column
        What is shown.
    """
    return Table(
        name=name,
        caption=caption,
        frame=frame.reset_index(drop=True),
        header=tuple(column.header for column in columns),
        rows=tuple(tuple(column.show(row) for column in columns) for row in rows_of(frame)),
        align=tuple(column.align for column in columns),
        note=note,
    )


def build_wide(
    name: str,
    caption: str,
    frame: pd.DataFrame,
    keys: Sequence[str],
    columns: Sequence[Column],
    *,
    note: str = "",
) -> Table:
    """Return the table with one line a combination of `keys`; the frame stays long."""
    lines = frame[list(keys)].drop_duplicates()
    return replace(build(name, caption, lines, columns, note), frame=frame.reset_index(drop=True))


def label_column(words: Wording, name: str, header: str | None = None) -> Column:
    """Return a column of identifiers (items, constructs) as text."""
    title = words.label(name) if header is None else header
    return Column(header=title, show=lambda row: words.label(row[name]), align="left")


def value_column(words: Wording, name: str) -> Column:
    """Return a column of an attribute's values (city, operator) as text."""
    return Column(
        header=words.label(name), show=lambda row: words.value(name, row[name]), align="left"
    )


def code_column(header: str, name: str) -> Column:
    """Return a column that shows an identifier as it is."""
    return Column(header=header, show=lambda row: str(row[name]), align="left")


def decimal_column(header: str, name: str, digits: int, *, signed: bool = False) -> Column:
    """Return a column of numbers with fixed decimals."""
    write = numbers.signed if signed else numbers.decimal
    return Column(header=header, show=lambda row: write(number(row, name), digits))


def effect_column(header: str, name: str) -> Column:
    """Return a column of effects, blank where the model has none: where it is exactly zero."""

    def show(row: Row) -> str:
        value = number(row, name)
        return numbers.decimal(value, 3) if value else numbers.MISSING

    return Column(header=header, show=show)


def p_value_column(words: Wording) -> Column:
    """Return a column of p-values, from ``p_value`` and, where given, ``n_draws``."""

    def show(row: Row) -> str:
        least = 2.0 / number(row, "n_draws") if "n_draws" in row else 0.0
        return numbers.p_value(number(row, "p_value"), least)

    return Column(header=words.say("header.p_value"), show=show)


def count_column(header: str, name: str = "n_obs") -> Column:
    """Return a column of whole numbers."""
    return Column(header=header, show=lambda row: numbers.integer(number(row, name)))


def share_column(header: str, name: str) -> Column:
    """Return a column of shares in percent."""
    return Column(header=header, show=lambda row: numbers.percent(number(row, name)))


def interval_column(header: str, digits: int, prefix: str = "") -> Column:
    """Return a column of intervals, from `prefix` + ``lower`` and ``upper``."""
    low, high = f"{prefix}lower", f"{prefix}upper"
    return Column(
        header=header,
        show=lambda row: numbers.interval(number(row, low), number(row, high), digits),
        align="center",
    )


def share_interval_column(header: str, prefix: str = "") -> Column:
    """Return a column of intervals of shares in percent."""
    low, high = f"{prefix}lower", f"{prefix}upper"
    return Column(
        header=header,
        show=lambda row: numbers.percent_interval(number(row, low), number(row, high)),
        align="center",
    )


def given(frame: pd.DataFrame, needed: Sequence[str], *columns: Column) -> list[Column]:
    """Return the columns if the frame has all it needs for them, else none."""
    return list(columns) if all(name in frame for name in needed) else []


def with_interval(row: Row | None, digits: int, *, signed: bool = False) -> str:
    """Return a row's estimate with its interval in one cell: "72.1 [70.3, 73.9]"."""
    write = numbers.signed if signed else numbers.decimal
    point = write(number(row, "estimate"), digits)
    span = numbers.interval(number(row, "lower"), number(row, "upper"), digits)
    return point if span == numbers.MISSING else f"{point} {span.replace(', ', _NO_BREAK)}"
