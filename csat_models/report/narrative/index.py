"""Findings on the index: levels, leads, ranks."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Paragraph
from csat_models.report.frames import Row, number, require, rows_of
from csat_models.report.language import LabelSets, Wording
from csat_models.report.narrative.sentences import listed, run, span, tell


def undivided_index(
    overall: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    year: int | str,
    construct: str = "Satisfaction",
    level: float = 0.95,
) -> list[Paragraph]:
    """Return the paragraph of :func:`index_level` for a study without units.

    Parameters
    ----------
    overall : DataFrame
        One row: ``estimate``, ``lower``, ``upper``; none where there are units.
    labels, language, year, construct, level
        As for :func:`index_level`.
    """
    if overall.empty:
        return []
    told = index_level(
        overall, labels=labels, language=language, year=year, construct=construct, level=level
    )
    return [told]


def index_level(
    overall: pd.DataFrame,
    units: pd.DataFrame | None = None,
    *,
    labels: LabelSets,
    language: Language,
    year: int | str,
    construct: str = "Satisfaction",
    unit: str = "city",
    level: float = 0.95,
    table: str = "index_by_unit",
    figure: str = "index_by_unit",
) -> Paragraph:
    """Return the index of the whole sample and of the best and worst unit.

    Parameters
    ----------
    overall : DataFrame
        One row: ``estimate``, ``lower``, ``upper``.
    units : DataFrame, optional
        The column `unit`, ``estimate``, ``lower``, ``upper``; our own
        customers only.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    year : int or str
        The wave.
    construct : str
        Whose index it is.
    unit : str
        The column of units.
    level : float
        Confidence level of the intervals.
    table, figure : str
        Names of the table and figure.
    """
    require(overall, ["estimate", "lower", "upper"], "index_level")
    whole = rows_of(overall)[0]

    def write(words: Wording) -> str:
        text = words.say(
            "finding.index",
            year=year,
            construct=words.label(construct),
            index=span(words, whole, 1, level=level),
        )
        return run(words, text, _extremes(words, units, unit, level, (table, figure)))

    return tell(write, labels, language, "headline")


def _extremes(
    words: Wording, units: pd.DataFrame | None, unit: str, level: float, names: tuple[str, str]
) -> str:
    if units is None or len(units) <= 1:
        return ""
    ordered = rows_of(units.sort_values("estimate"))
    return words.say(
        "finding.index_units",
        units=words.count(unit, len(ordered)),
        best=words.value(unit, ordered[-1][unit]),
        highest=span(words, ordered[-1], 1, level=level),
        worst=words.value(unit, ordered[0][unit]),
        lowest=span(words, ordered[0], 1, level=level),
        table=names[0],
        figure=names[1],
    )


def index_by_construct(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    level: float = 0.95,
    table: str = "index_levels",
    figure: str = "index_levels",
) -> Paragraph:
    """Return the constructs with the highest and the lowest index.

    Parameters
    ----------
    frame : DataFrame
        ``construct``, ``estimate``, ``lower``, ``upper``; one group, without
        constructs whose index is not a level of approval (complaints).
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    level : float
        Confidence level of the intervals.
    table, figure : str
        Names of the table and figure.
    """
    require(frame, ["construct", "estimate", "lower", "upper"], "index_by_construct")
    ordered = rows_of(frame.sort_values("estimate"))

    def write(words: Wording) -> str:
        return words.say(
            "finding.index_constructs",
            best=words.label(ordered[-1]["construct"]),
            highest=span(words, ordered[-1], 1, level=level),
            worst=words.label(ordered[0]["construct"]),
            lowest=span(words, ordered[0], 1, level=level),
            table=table,
            figure=figure,
        )

    return tell(write, labels, language)


def lead(
    overall: pd.DataFrame,
    units: pd.DataFrame | None = None,
    *,
    labels: LabelSets,
    language: Language,
    construct: str = "Satisfaction",
    ours: str = "ours",
    theirs: str = "rival",
    by: str = "operator",
    unit: str = "city",
    level: float = 0.95,
    table: str = "standing",
    figure: str = "leads",
) -> Paragraph:
    """Return the lead over the competitor, and the units ahead and behind.

    Parameters
    ----------
    overall : DataFrame
        One row: ``estimate``, ``lower``, ``upper`` of the lead in points.
    units : DataFrame, optional
        The column `unit`, ``estimate``, ``lower``, ``upper`` of the leads.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    construct : str
        Whose index is compared.
    ours, theirs : str
        Values of the column `by`.
    by, unit : str
        The columns of operators and of units.
    level : float
        Confidence level of the intervals.
    table, figure : str
        Names of the table and figure.
    """
    require(overall, ["estimate", "lower", "upper"], "lead")
    whole = rows_of(overall)[0]

    def write(words: Wording) -> str:
        text = words.say(
            f"finding.lead_{direction(whole)}",
            construct=words.label(construct),
            ours=words.value(by, ours),
            theirs=words.value(by, theirs),
            lead=span(words, whole, 1, level=level, signed=True, points=True),
        )
        return run(words, text, _split(words, units, unit, "finding.lead_units", (table, figure)))

    return tell(write, labels, language, "headline")


def direction(row: Row) -> str:
    """Return ``up``, ``down`` or ``open`` (the interval contains zero)."""
    lower, upper = number(row, "lower"), number(row, "upper")
    if not numbers.excludes_zero(lower, upper):
        return "open"
    return "up" if lower > 0 else "down"


def _split(
    words: Wording, units: pd.DataFrame | None, unit: str, key: str, names: tuple[str, str]
) -> str:
    if units is None or units.empty:
        return ""
    return words.say(key, **split_units(words, units, unit), table=names[0], figure=names[1])


def split_units(words: Wording, units: pd.DataFrame, unit: str) -> dict[str, str]:
    """Return the units above zero, below zero and undecided, as text.

    Parameters
    ----------
    words : Wording
        Language and labels.
    units : DataFrame
        The column `unit`, ``estimate``, ``lower``, ``upper`` of differences.
    unit : str
        The column of units.
    """
    found: dict[str, list[str]] = {"up": [], "down": [], "open": []}
    for row in rows_of(units.sort_values("estimate", ascending=False)):
        found[direction(row)].append(words.value(unit, row[unit]))
    return {
        "up": listed(words, unit, found["up"]),
        "down": listed(words, unit, found["down"]),
        "open": words.count(unit, len(found["open"])),
    }


def rank_uncertainty(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    unit: str = "city",
    level: float = 0.95,
    table: str = "standing",
    figure: str = "rank_probabilities",
) -> Paragraph:
    """Return how sure the ranks of the units are.

    Parameters
    ----------
    frame : DataFrame
        The column `unit`, ``rank``, ``rank_lower``, ``rank_upper``; as for
        `standing_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    unit : str
        The column of units.
    level : float
        Confidence level of the rank intervals.
    table, figure : str
        Names of the table and figure.
    """
    require(frame, [unit, "rank", "rank_lower", "rank_upper"], "rank_uncertainty")
    ordered = rows_of(frame.sort_values("rank"))
    sure = [row for row in ordered if row["rank_lower"] == row["rank_upper"]]

    def write(words: Wording) -> str:
        text = words.say(
            "finding.ranks",
            best=_place(words, unit, ordered[0]),
            worst=_place(words, unit, ordered[-1]),
            level=numbers.level(level),
            table=table,
            figure=figure,
        )
        return run(words, text, _sure(words, unit, sure, len(ordered)))

    return tell(write, labels, language, "headline")


def _place(words: Wording, unit: str, row: Row) -> str:
    ranks = numbers.rank_range(number(row, "rank_lower"), number(row, "rank_upper"))
    return words.say(
        "phrase.place",
        name=words.value(unit, row[unit]),
        rank=numbers.integer(number(row, "rank")),
        ranks=ranks,
    )


def _sure(words: Wording, unit: str, sure: Sequence[Row], total: int) -> str:
    names = [words.value(unit, row[unit]) for row in sure]
    if len(sure) in (0, total):
        key = "finding.ranks_all" if sure else "finding.ranks_open"
        return words.say(key, total=words.count(unit, total))
    return words.say(
        "finding.ranks_sure", sure=listed(words, unit, names), total=words.count(unit, total)
    )
