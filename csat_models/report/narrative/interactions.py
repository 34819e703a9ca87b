"""Findings on interactions: which effects depend on a moderator, and how."""

from __future__ import annotations

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Paragraph
from csat_models.report.frames import Row, number, require, rows_of
from csat_models.report.language import LabelSets, Wording
from csat_models.report.narrative.sentences import path, run, span, tell


def interactions(
    coefficients: pd.DataFrame,
    slopes: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    level: float = 0.95,
    table: str = "simple_slopes",
    figure: str = "simple_slopes",
) -> Paragraph:
    """Return, effect by effect, whether its moderator makes it stronger or weaker.

    Parameters
    ----------
    coefficients : DataFrame
        ``source``, ``moderator``, ``target``, ``estimate``, ``lower``,
        ``upper``, per unit of the product of standardised scores.
    slopes : DataFrame
        As for `simple_slopes_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    level : float
        Confidence level of the intervals.
    table, figure : str
        Names of the table and figure.
    """
    wanted = ["source", "moderator", "target", "estimate", "lower", "upper"]
    require(coefficients, wanted, "interactions")
    require(slopes, [*wanted, "level"], "interactions")

    def write(words: Wording) -> str:
        see = words.say("phrase.see", table=table, figure=figure)
        told = [_told(words, row, slopes, level) for row in rows_of(coefficients)]
        return run(words, words.say("finding.interactions", see=see), *told)

    return tell(write, labels, language)


def _told(words: Wording, row: Row, slopes: pd.DataFrame, level: float) -> str:
    keys = ["source", "moderator", "target"]
    mine = slopes[(slopes[keys] == [row[key] for key in keys]).all(axis=1)].sort_values("level")
    first, last = rows_of(mine)[0], rows_of(mine)[-1]
    away = numbers.excludes_zero(number(row, "lower"), number(row, "upper"))
    kind = "square" if row["source"] == row["moderator"] else "moderated"
    direction = ("rises" if number(row, "estimate") > 0 else "falls") if away else "open"
    return words.say(
        f"finding.{kind}_{direction}",
        path=path(words, row),
        source=words.label(row["source"]),
        moderator=words.label(row["moderator"]),
        low=numbers.decimal(number(first, "estimate"), 3),
        high=numbers.decimal(number(last, "estimate"), 3),
        coefficient=span(words, row, 3, level=level),
    )
