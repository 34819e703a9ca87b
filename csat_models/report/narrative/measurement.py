"""Findings on measurement: loadings, reliability, discriminant validity."""

from __future__ import annotations

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Paragraph
from csat_models.report.frames import distinct, number, require, rows_of
from csat_models.report.language import LabelSets, Wording
from csat_models.report.narrative.sentences import listed, run, tell
from csat_models.report.tables.measurement import failed_criteria


def loadings(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    least: float = 0.7,
    table: str = "loadings",
    figure: str = "loadings",
) -> Paragraph:
    """Return how many loadings reach the threshold, and which do not.

    Parameters
    ----------
    frame : DataFrame
        ``construct``, ``item``, ``estimate``; as for `loadings_table`,
        without constructs of one item.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    least : float
        The threshold.
    table, figure : str
        Names of the table and figure.
    """
    require(frame, ["construct", "item", "estimate"], "loadings")
    below = frame[frame["estimate"] < least].sort_values("estimate")
    weak = [
        f"{row['item']} {numbers.decimal(number(row, 'estimate'), 3)}" for row in rows_of(below)
    ]

    def write(words: Wording) -> str:
        counted = words.say(
            "finding.loadings",
            reached=numbers.integer(len(frame) - len(below)),
            total=words.count("loading", len(frame)),
            least=numbers.decimal(least, 1),
            table=table,
            figure=figure,
        )
        rest = words.say("finding.loadings_below", items=listed(words, "item", weak))
        return run(words, counted, rest if weak else "")

    return tell(write, labels, language, "text")


def reliability(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "reliability",
    figure: str = "reliability",
) -> Paragraph:
    """Return the verdict on reliability and convergent validity.

    Parameters
    ----------
    frame : DataFrame
        ``construct``, ``statistic``, ``estimate``; as for
        `reliability_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table, figure : str
        Names of the table and figure.
    """
    require(frame, ["construct", "statistic", "estimate"], "reliability")
    judged = frame.dropna(subset=["estimate"])
    failed = {
        construct: names
        for construct in distinct(judged, "construct")
        if (names := failed_criteria(judged, construct))
    }

    def write(words: Wording) -> str:
        shown = words.say("phrase.see", table=table, figure=figure)
        constructs = words.count("construct", judged["construct"].nunique())
        if not failed:
            return words.say("finding.reliable", constructs=constructs, see=shown)
        names = [_failure(words, construct, which) for construct, which in failed.items()]
        return words.say(
            "finding.unreliable",
            constructs=constructs,
            failed=listed(words, "construct", names, heavy=True),
            see=shown,
        )

    return tell(write, labels, language)


def _failure(words: Wording, construct: str, statistics: list[str]) -> str:
    names = words.join([words.say(f"statistic.{name}") for name in statistics])
    return words.say("phrase.with", name=words.label(construct), detail=names)


def discriminant_validity(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    limit: float = 0.9,
    most: int = 3,
    table: str = "htmt",
    figure: str = "htmt",
) -> Paragraph:
    """Return the verdict of the heterotrait-monotrait ratios, with the offending pairs.

    Parameters
    ----------
    frame : DataFrame
        ``construct``, ``construct_2``, ``estimate``, optionally ``upper``
        (judged in the place of the estimate); as for `htmt_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    limit : float
        Ratios (or upper limits) from here on are offending.
    most : int
        How many of the worst pairs are named.
    table, figure : str
        Names of the table and figure.
    """
    require(frame, ["construct", "construct_2", "estimate"], "discriminant_validity")
    judged = "upper" if "upper" in frame else "estimate"
    ordered = frame.sort_values(judged, ascending=False)
    offending = rows_of(ordered[ordered[judged] >= limit])

    def write(words: Wording) -> str:
        shown = words.say("phrase.see", table=table, figure=figure)
        what = words.say(f"phrase.htmt_{judged}")
        bound = numbers.decimal(limit, 2)
        if not offending:
            top = _pair(words, rows_of(ordered)[0])
            return words.say("finding.distinct", what=what, limit=bound, top=top, see=shown)
        pairs = [_pair(words, row) for row in offending[:most]]
        listing = listed(words, "pair", pairs, heavy=True)
        if len(offending) > most:
            number = words.count("pair", len(offending))
            worst = words.say("phrase.semicolon").join(pairs)
            listing = words.say("phrase.indistinct_worst", number=number, pairs=worst)
        return words.say("finding.indistinct", what=what, limit=bound, pairs=listing, see=shown)

    return tell(write, labels, language)


def _pair(words: Wording, row: dict[str, object]) -> str:
    pair = words.say(
        "phrase.pair", first=words.label(row["construct"]), second=words.label(row["construct_2"])
    )
    shown = numbers.decimal(number(row, "estimate"), 2)
    upper = numbers.decimal(number(row, "upper"), 2)
    if upper == numbers.MISSING:
        return words.say("phrase.effect", name=pair, number=shown)
    return words.say("phrase.ratio_with_limit", name=pair, number=shown, upper=upper)


def fornell_larcker(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "fornell_larcker",
) -> Paragraph:
    """Return the verdict of the Fornell-Larcker comparison, with the offending pairs.

    Parameters
    ----------
    frame : DataFrame
        ``construct``, ``construct_2``, ``estimate``, the square root of AVE
        where both are the same; as for `construct_correlation_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table : str
        Name of the table.
    """
    require(frame, ["construct", "construct_2", "estimate"], "fornell_larcker")
    rows = rows_of(frame)
    roots = {r["construct"]: r["estimate"] for r in rows if r["construct"] == r["construct_2"]}
    offending = [
        row
        for row in rows
        if row["construct"] != row["construct_2"]
        and abs(row["estimate"])
        > min(roots.get(row["construct"], 1.0), roots.get(row["construct_2"], 1.0))
    ]

    def write(words: Wording) -> str:
        if not offending:
            return words.say("finding.fornell_larcker", table=table)
        pairs = listed(words, "pair", [_pair(words, row) for row in offending], heavy=True)
        return words.say("finding.fornell_larcker_fails", pairs=pairs, table=table)

    return tell(write, labels, language, "text")
