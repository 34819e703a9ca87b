"""Findings on structure: drivers, explained variance, differences of groups."""

from __future__ import annotations

import pandas as pd

from csat_models.model.construct import PRODUCT
from csat_models.report import numbers
from csat_models.report.elements import Language, Paragraph
from csat_models.report.frames import Row, number, part, require, rows_of
from csat_models.report.language import LabelSets, Wording
from csat_models.report.narrative.sentences import listed, path, run, span, tell


def drivers(
    paths: pd.DataFrame,
    r_squared: pd.DataFrame | None = None,
    *,
    labels: LabelSets,
    language: Language,
    target: str = "Satisfaction",
    level: float = 0.95,
    table: str = "paths",
    figure: str = "path_diagram",
) -> Paragraph:
    """Return the strongest driver of a construct, its R2, and the doubtful paths.

    Parameters
    ----------
    paths : DataFrame
        ``source``, ``target``, ``estimate``, ``lower``, ``upper``; as for
        `paths_table`. Products of constructs are no drivers.
    r_squared : DataFrame, optional
        ``construct``, ``estimate``, optionally ``lower`` and ``upper``.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    target : str
        The construct that is explained: satisfaction, or loyalty.
    level : float
        Confidence level of the intervals.
    table, figure : str
        Names of the table and figure.
    """
    mine = part(paths, "target", target)
    mine = mine[~mine["source"].str.contains(PRODUCT, regex=False)]
    require(mine, ["source", "target", "estimate", "lower", "upper"], "drivers")
    ordered = rows_of(mine.sort_values("estimate", key=abs, ascending=False))

    def write(words: Wording) -> str:
        top = words.say(
            "finding.driver",
            source=words.label(ordered[0]["source"]),
            target=words.label(target),
            effect=span(words, ordered[0], 3, level=level),
            table=table,
            figure=figure,
        )
        others = _runner_up(words, ordered, level)
        return run(
            words,
            top,
            others,
            _doubtful(words, ordered),
            _explained(words, r_squared, target, level),
        )

    return tell(write, labels, language, "headline")


def _runner_up(words: Wording, ordered: list[Row], level: float) -> str:
    if len(ordered) == 1:
        return ""
    return words.say(
        "finding.driver_next",
        source=words.label(ordered[1]["source"]),
        effect=span(words, ordered[1], 3, level=level),
    )


def _doubtful(words: Wording, rows: list[Row]) -> str:
    names = [
        words.label(row["source"])
        for row in rows
        if not numbers.excludes_zero(number(row, "lower"), number(row, "upper"))
    ]
    if not names:
        return words.say("finding.paths_clear")
    return words.say("finding.paths_doubtful", paths=listed(words, "path", names))


def _explained(words: Wording, r_squared: pd.DataFrame | None, target: str, level: float) -> str:
    found = [] if r_squared is None else rows_of(part(r_squared, "construct", target))
    if not found:
        return ""
    share = span(words, found[0], 3, level=level)
    return words.say("finding.r_squared", target=words.label(target), share=share)


def total_effects(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    target: str = "Loyalty",
    level: float = 0.95,
    table: str = "total_effects",
    figure: str = "total_effects",
) -> Paragraph:
    """Return the construct with the largest total effect on another.

    Parameters
    ----------
    frame : DataFrame
        ``source``, ``target``, ``estimate``, ``lower``, ``upper``; as for
        `effects_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    target : str
        The construct that is explained.
    level : float
        Confidence level of the intervals.
    table, figure : str
        Names of the table and figure.
    """
    mine = part(frame, "target", target)
    require(mine, ["source", "target", "estimate", "lower", "upper"], "total_effects")
    top = rows_of(mine.sort_values("estimate", key=abs, ascending=False))[0]

    def write(words: Wording) -> str:
        return words.say(
            "finding.total_effect",
            source=words.label(top["source"]),
            target=words.label(target),
            effect=span(words, top, 3, level=level),
            table=table,
            figure=figure,
        )

    return tell(write, labels, language, "headline")


def group_paths(
    difference: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    ours: str = "ours",
    theirs: str = "rival",
    by: str = "operator",
    table: str = "path_comparison",
) -> Paragraph:
    """Return which paths differ between two groups beyond sampling error.

    Parameters
    ----------
    difference : DataFrame
        ``source``, ``target``, ``estimate`` (ours minus theirs), ``lower``,
        ``upper``.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    ours, theirs : str
        Values of the column `by`.
    by : str
        The grouping column.
    table : str
        Name of the table.
    """
    require(difference, ["source", "target", "estimate", "lower", "upper"], "group_paths")
    rows = [
        row
        for row in rows_of(difference)
        if numbers.excludes_zero(number(row, "lower"), number(row, "upper"))
    ]

    def write(words: Wording) -> str:
        names = [_difference(words, row) for row in rows]
        key = "finding.paths_differ" if rows else "finding.paths_alike"
        return words.say(
            key,
            ours=words.value(by, ours),
            theirs=words.value(by, theirs),
            total=words.count("path", len(difference)),
            paths=listed(words, "path", names, heavy=True),
            table=table,
        )

    return tell(write, labels, language)


def _difference(words: Wording, row: Row) -> str:
    limits = numbers.interval(number(row, "lower"), number(row, "upper"), 3)
    shown = f"{numbers.signed(number(row, 'estimate'), 3)} {limits}"
    return words.say("phrase.effect", name=path(words, row), number=shown)
