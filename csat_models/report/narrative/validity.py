"""Findings of the validity chapter: what is met, what is not, and what follows from it."""

from __future__ import annotations

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Paragraph
from csat_models.report.frames import number, part, require, rows_of
from csat_models.report.language import LabelSets, Wording
from csat_models.report.narrative.sentences import run, tell
from csat_models.report.verdicts import (
    NEEDED,
    criterion_words,
    grade_of,
    named,
    overview,
    ratio_limits,
    subject_words,
)


def assessment(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "assessment",
) -> Paragraph:
    """Return how many criteria are met, and which are not, and where.

    Parameters
    ----------
    frame : DataFrame
        As for `assessment_overview_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table : str
        Name of the table.
    """
    require(frame, [*NEEDED, "chapter", "threshold"], "assessment")
    lines = overview(frame)
    by_grade = {
        g: [rows for rows in lines if grade_of(rows) == g] for g in ("pass", "caution", "fail")
    }

    def write(words: Wording) -> str:
        counts = {grade: numbers.integer(len(found)) for grade, found in by_grade.items()}
        total = numbers.integer(sum(len(found) for found in by_grade.values()))
        return run(
            words,
            words.say("finding.assessment", total=total, table=table, **counts),
            *(
                words.say(f"finding.assessment_{grade}", which=_listed(words, by_grade[grade]))
                for grade in ("fail", "caution")
                if by_grade[grade]
            ),
        )

    return tell(write, labels, language, "headline")


def _listed(words: Wording, lines: list[pd.DataFrame]) -> str:
    return words.join([criterion_words(words, rows_of(rows)[0]) for rows in lines])


def indicators(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "indicators",
    matrix: str = "cross_loadings",
) -> Paragraph:
    """Return how many items are reliable, and which load on another construct.

    Parameters
    ----------
    frame : DataFrame
        As for `indicators_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table, matrix : str
        Names of the tables of items and of cross loadings.
    """
    require(frame, [*NEEDED], "indicators")
    rows = part(frame, "criterion", "indicator_reliability")
    margins = part(frame, "criterion", "cross_loading_margin")
    strays = [str(row["item"]) for row in rows_of(margins) if row["verdict"] == "fail"]
    weak = [str(row["item"]) for row in rows_of(rows) if row["verdict"] == "fail"]

    def write(words: Wording) -> str:
        good = numbers.integer(int((rows["verdict"] == "pass").sum()))
        told = words.say(
            "finding.indicators", good=good, total=words.count("item", len(rows)), table=table
        )
        key = "finding.strays" if strays else "finding.no_strays"
        crossed = words.say(key, items=words.join(strays), table=matrix)
        dropped = words.say("finding.weak_items", items=words.join(weak)) if weak else ""
        return run(words, told, dropped, crossed)

    return tell(write, labels, language, "text")


def ratios(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "ratio_limits",
    figure: str = "ratio_limits",
) -> Paragraph:
    """Return how many pairs of constructs HTMT2 tells apart, by each threshold.

    Parameters
    ----------
    frame : DataFrame
        As for `ratio_limits_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table, figure : str
        Names of the table and figure.
    """
    require(frame, [*NEEDED, "upper", "threshold"], "ratios")
    pairs = ratio_limits(frame)
    pairs = pairs[pairs["value_htmt2"].notna()]
    apart = rows_of(pairs[pairs["below_htmt2"].isna()])

    def write(words: Wording) -> str:
        below = {
            key: numbers.integer(int((pairs["below_htmt2"] <= limit).sum()))
            for key, limit in (("strict", 0.85), ("lenient", 0.9), ("whole", 1.0))
        }
        total = words.count("pair", len(pairs))
        told = words.say("finding.ratios", total=total, table=table, figure=figure, **below)
        names = [subject_words(words, row | {"criterion": "htmt2"}) for row in apart]
        rest = words.say("finding.not_distinct", pairs=named(words, names)) if names else ""
        return run(words, told, rest)

    return tell(write, labels, language, "text")


def common_method(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "common_method",
) -> Paragraph:
    """Return what full collinearity and the marker say of common-method bias.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``full_collinearity_vif`` and of the marker's criteria.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table : str
        Name of the table.
    """
    require(frame, [*NEEDED], "common_method")
    vif = part(frame, "criterion", "full_collinearity_vif").sort_values("value", ascending=False)
    marked = frame[frame["criterion"].str.startswith("marker_")]

    def write(words: Wording) -> str:
        high = [words.label(row["construct"]) for row in rows_of(vif) if row["verdict"] != "pass"]
        top = rows_of(vif)[0]
        fields = {
            "value": numbers.decimal(number(top, "value"), 2),
            "construct": words.label(top["construct"]),
            "table": table,
        }
        key = "finding.collinear" if high else "finding.not_collinear"
        return run(words, words.say(key, **fields, high=named(words, high)), _marker(words, marked))

    return tell(write, labels, language, "text")


def _marker(words: Wording, marked: pd.DataFrame) -> str:
    judged = marked[marked["value"].notna()]
    if judged.empty:
        reason = str(marked["status"].iloc[0]) if len(marked) else "no_marker"
        return words.say(f"blank.{reason}") if reason == "no_marker" else ""
    kept = numbers.integer(int((judged["verdict"] == "pass").sum()))
    return words.say("finding.marker", kept=kept, total=numbers.integer(len(judged)))
