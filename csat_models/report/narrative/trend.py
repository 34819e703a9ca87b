"""Findings on the trend: the change on last year, and since the first."""

from __future__ import annotations

import pandas as pd

from csat_models.report.elements import Language, Paragraph
from csat_models.report.frames import require, rows_of
from csat_models.report.language import LabelSets, Wording
from csat_models.report.narrative.index import direction, split_units
from csat_models.report.narrative.sentences import run, span, tell


def change(
    overall: pd.DataFrame,
    units: pd.DataFrame | None = None,
    *,
    labels: LabelSets,
    language: Language,
    since: int | str,
    construct: str = "Satisfaction",
    unit: str = "city",
    level: float = 0.95,
    table: str = "changes",
    figure: str = "changes",
) -> Paragraph:
    """Return the change on an earlier year, and the units that rose and fell.

    Parameters
    ----------
    overall : DataFrame
        One row: ``estimate``, ``lower``, ``upper`` of the change in points.
    units : DataFrame, optional
        The column `unit`, ``estimate``, ``lower``, ``upper`` of the changes.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    since : int or str
        The year compared with.
    construct : str
        Whose index it is.
    unit : str
        The column of units.
    level : float
        Confidence level of the intervals.
    table, figure : str
        Names of the table and figure.
    """
    require(overall, ["estimate", "lower", "upper"], "change")
    whole = rows_of(overall)[0]

    def write(words: Wording) -> str:
        text = words.say(
            f"finding.change_{direction(whole)}",
            construct=words.label(construct),
            since=since,
            change=span(words, whole, 1, level=level, signed=True, points=True),
        )
        return run(words, text, _by_unit(words, units, unit, (table, figure)))

    return tell(write, labels, language, "headline")


def _by_unit(words: Wording, units: pd.DataFrame | None, unit: str, names: tuple[str, str]) -> str:
    if units is None or units.empty:
        return ""
    split = split_units(words, units, unit)
    known = any(direction(row) != "open" for row in rows_of(units))
    key = "finding.change_units" if known else "finding.change_none"
    return words.say(key, **split, table=names[0], figure=names[1])


def trend(
    frame: pd.DataFrame,
    change_since_first: pd.DataFrame | None = None,
    *,
    labels: LabelSets,
    language: Language,
    construct: str = "Satisfaction",
    level: float = 0.95,
    table: str = "trend",
    figure: str = "trend",
) -> Paragraph:
    """Return where the index stood in the first and the last year, and its peak.

    Parameters
    ----------
    frame : DataFrame
        ``year``, ``estimate``, ``lower``, ``upper``; one construct and group.
    change_since_first : DataFrame, optional
        One row: ``estimate``, ``lower``, ``upper`` of last minus first year.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    construct : str
        Whose index it is.
    level : float
        Confidence level of the intervals.
    table, figure : str
        Names of the table and figure.
    """
    require(frame, ["year", "estimate", "lower", "upper"], "trend")
    rows = rows_of(frame.sort_values("year"))
    top = max(rows, key=lambda row: float(row["estimate"]))

    def write(words: Wording) -> str:
        text = words.say(
            "finding.trend",
            construct=words.label(construct),
            first=rows[0]["year"],
            before=span(words, rows[0], 1, level=level),
            last=rows[-1]["year"],
            after=span(words, rows[-1], 1, level=level),
            table=table,
            figure=figure,
        )
        peak = words.say(
            "finding.trend_peak", year=top["year"], index=span(words, top, 1, level=level)
        )
        return run(words, text, _since_first(words, change_since_first, level), peak)

    return tell(write, labels, language, "headline")


def _since_first(words: Wording, change: pd.DataFrame | None, level: float) -> str:
    if change is None:
        return ""
    require(change, ["estimate", "lower", "upper"], "trend")
    row = rows_of(change)[0]
    moved = span(words, row, 1, level=level, signed=True, points=True)
    return words.say(f"finding.trend_{direction(row)}", change=moved)
