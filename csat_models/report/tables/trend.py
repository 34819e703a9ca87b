"""Tables of the chapter on the trend: years and changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Table
from csat_models.report.frames import Row, lookup, number, require
from csat_models.report.language import Wording
from csat_models.report.tables.columns import (
    Column,
    build,
    build_wide,
    decimal_column,
    given,
    interval_column,
    with_interval,
)
from csat_models.report.tables.index import index_note

MOST_INTERVALS = 5
"""Years that still fit on a page with their intervals."""


def trend_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    key: str = "construct",
    weights: str = "pooled",
    level: float = 0.95,
    name: str = "trend",
) -> Table:
    """Return the table of yearly index levels, a line a construct, a column a year.

    Up to five years are shown with intervals; more with half the interval's
    width after the sign ±.

    Parameters
    ----------
    frame : DataFrame
        ``year``, the column `key`, ``estimate``, ``lower``, ``upper``; one
        row a year and construct (or operator, unit).
    labels : mapping of str to str
        Texts of the constructs or units.
    language : {"zh", "en"}
        Language of caption and headers.
    key : str
        What the lines are.
    weights : {"pooled", "own", "fixed"}
        Which weights the index has; named in the note.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    require(frame, ["year", key, "estimate", "lower", "upper"], "trend_table")
    words = Wording(language=language, labels=labels)
    cells = lookup(frame, key, "year")
    first = Column(
        header=words.say("header.construct") if key == "construct" else words.label(key),
        show=lambda row: words.value(key, row[key]),
        align="left",
    )
    years = sorted(set(frame["year"]))
    show = _with_half_width if len(years) > MOST_INTERVALS else _with_interval
    columns = [first, *(_year_column(cells, key, year, show) for year in years)]
    note = index_note(words, weights, level)
    if show is _with_half_width:
        note = words.say("note.half_width", note=note)
    return build_wide(name, words.say("table.trend"), frame, [key], columns, note=note)


def _year_column(
    cells: Mapping[tuple[object, ...], Row],
    key: str,
    year: object,
    show: Callable[[Row | None], str],
) -> Column:
    return Column(
        header=str(year), show=lambda row: show(cells.get((row[key], year))), align="center"
    )


def _with_interval(row: Row | None) -> str:
    return with_interval(row, 1)


def _with_half_width(row: Row | None) -> str:
    half = (number(row, "upper") - number(row, "lower")) / 2
    point = numbers.decimal(number(row, "estimate"), 1)
    width = numbers.decimal(half, 1)
    return point if width == numbers.MISSING else f"{point} ±{width}"


def change_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    key: str = "city",
    since: int | str | None = None,
    level: float = 0.95,
    name: str = "changes",
) -> Table:
    """Return the table of changes, marked where the interval excludes zero.

    Parameters
    ----------
    frame : DataFrame
        The column `key` (a unit, or ``"construct"``), ``estimate``,
        ``lower``, ``upper`` in index points; optionally ``previous`` and
        ``current`` levels.
    labels : mapping of str to str
        Texts of the units or constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    key : str
        What the rows are.
    since : int or str, optional
        The year compared with; named in the caption.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    require(frame, [key, "estimate", "lower", "upper"], "change_table")
    words = Wording(language=language, labels=labels)
    title = words.say("header.construct") if key == "construct" else words.label(key)
    columns = [
        Column(header=title, show=lambda row: words.value(key, row[key]), align="left"),
        *given(frame, ["previous"], decimal_column(words.say("header.previous"), "previous", 1)),
        *given(frame, ["current"], decimal_column(words.say("header.current"), "current", 1)),
        decimal_column(words.say("header.change"), "estimate", 1, signed=True),
        interval_column(words.say("header.interval", level=numbers.level(level)), 1),
        _mark_column(words),
    ]
    year = words.say("phrase.last_year") if since is None else words.say("phrase.year", year=since)
    caption = words.say("table.changes", by=words.inline(title), since=year)
    return build(name, caption, frame, columns, words.say("note.changes"))


def _mark_column(words: Wording) -> Column:
    def show(row: Row) -> str:
        lower, upper = number(row, "lower"), number(row, "upper")
        if not numbers.excludes_zero(lower, upper):
            return words.say("verdict.unchanged")
        return words.say("verdict.rose") if lower > 0 else words.say("verdict.fell")

    return Column(header=words.say("header.verdict"), show=show, align="left")
