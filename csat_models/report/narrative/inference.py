"""Findings on the draws, on mediation, and on comparisons of many units."""

from __future__ import annotations

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Paragraph
from csat_models.report.frames import Row, number, part, require, rows_of
from csat_models.report.language import LabelSets, Wording
from csat_models.report.narrative.sentences import listed, run, span, tell
from csat_models.report.tables.inference import route_words


def draws(
    drawn: int,
    converged: int,
    monte_carlo_error: float | None = None,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "draws",
) -> Paragraph:
    """Return how many bootstrap draws the intervals rest on, and how exact that makes them.

    Parameters
    ----------
    drawn, converged : int
        Draws, and those that count.
    monte_carlo_error : float, optional
        The largest standard error that the number of draws leaves to an end
        of a path coefficient's interval.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table : str
        Name of the table.
    """
    key = "finding.draws_all" if converged == drawn else "finding.draws_some"

    def write(words: Wording) -> str:
        counts = {"drawn": numbers.integer(drawn), "converged": numbers.integer(converged)}
        exact = "" if monte_carlo_error is None else numbers.decimal(monte_carlo_error, 4)
        return run(
            words,
            words.say(key, **counts, table=table),
            words.say("finding.monte_carlo_error", error=exact) if exact else "",
        )

    return tell(write, labels, language, "text")


def mediation(
    routes: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    target: str = "Loyalty",
    level: float = 0.95,
    table: str = "indirect_effects",
    shares: str = "mediation",
) -> Paragraph:
    """Return the strongest route to a construct, and how many routes are clear of zero.

    Parameters
    ----------
    routes : DataFrame
        ``route``, ``target``, ``estimate``, ``lower``, ``upper``; as for
        `indirect_effects_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    target : str
        The construct that the routes lead to.
    level : float
        Confidence level of the intervals.
    table, shares : str
        Names of the table of routes and of the table of shares.
    """
    mine = part(routes, "target", target)
    require(mine, ["route", "estimate", "lower", "upper"], "mediation")
    ordered = rows_of(mine.sort_values("estimate", key=abs, ascending=False))
    clear = [row for row in ordered if _is_clear(row)]

    def write(words: Wording) -> str:
        return words.say(
            "finding.mediation",
            target=words.label(target),
            route=route_words(words, str(ordered[0]["route"])),
            effect=span(words, ordered[0], 3, level=level),
            clear=numbers.integer(len(clear)),
            total=numbers.integer(len(ordered)),
            table=table,
            shares=shares,
        )

    return tell(write, labels, language, "text")


def _is_clear(row: Row, prefix: str = "") -> bool:
    return numbers.excludes_zero(number(row, f"{prefix}lower"), number(row, f"{prefix}upper"))


def simultaneous(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    unit: str = "city",
    level: float = 0.95,
) -> Paragraph:
    """Return what remains of many comparisons when their number is allowed for.

    Parameters
    ----------
    frame : DataFrame
        The column `unit`, ``estimate``, ``simultaneous_lower`` and
        ``simultaneous_upper`` (intervals that hold for all units at once).
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    unit : str
        The column of units.
    level : float
        Confidence level of all intervals together.
    """
    needed = [unit, "estimate", "simultaneous_lower", "simultaneous_upper"]
    require(frame, needed, "simultaneous")
    clear = [row for row in rows_of(frame) if _is_clear(row, "simultaneous_")]
    clear.sort(key=lambda row: -abs(number(row, "estimate")))

    def write(words: Wording) -> str:
        names = [words.value(unit, row[unit]) for row in clear]
        key = "finding.simultaneous" if clear else "finding.simultaneous_none"
        return words.say(
            key,
            total=words.count(unit, len(frame)),
            units=listed(words, unit, names),
            level=numbers.level(level),
        )

    return tell(write, labels, language)
