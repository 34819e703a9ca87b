"""Findings with and without flagged rows, and on where flags and likeness lie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Paragraph
from csat_models.report.frames import Row, number, require, rows_of
from csat_models.report.language import LabelSets, Wording
from csat_models.report.narrative.sentences import item_text, tell


def flagged_compared(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    construct: str,
    by: str | None = "operator",
    rows: Literal["all", "unflagged"] = "all",
    table: str = "flagged_compared",
) -> Paragraph:
    """Return what the index is with and without flagged rows.

    Parameters
    ----------
    frame : DataFrame
        As for `index_comparison_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    construct : str
        Whose index it is.
    by : str, optional
        The column of brands.
    rows : {"all", "unflagged"}
        Which rows count in the main result.
    table : str
        Name of the table.
    """
    require(frame, ["n_all", "all", "n_unflagged", "unflagged"], "flagged_compared")
    fewer = int(frame["n_all"].sum() - frame["n_unflagged"].sum())
    key = "finding.flagged_compared" if rows == "all" else "finding.flagged_left_out"

    def write(words: Wording) -> str:
        return words.say(
            key,
            rows=words.count("row", fewer),
            construct=words.label(construct),
            brands=words.join([_brand_index(words, row, by) for row in rows_of(frame)]),
            table=table,
        )

    return tell(write, labels, language, "text")


def _brand_index(words: Wording, row: Row, by: str | None) -> str:
    shown: Mapping[str, str] = {
        name: numbers.decimal(number(row, name), 1) for name in ("all", "unflagged")
    }
    if by is None:
        return words.say("field.index_alone", **shown)
    return words.say("field.brand_index", brand=words.value(by, row[by]), **shown)


def flag_rates(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    unit: str = "city",
    table: str = "flag_rates",
) -> Paragraph:
    """Return between which units the share of flagged rows differs most.

    Parameters
    ----------
    frame : DataFrame
        The column `unit`, ``share``; as for `flag_rate_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    unit : str
        The column of units.
    table : str
        Name of the table.
    """
    require(frame, [unit, "share"], "flag_rates")
    ordered = rows_of(frame.dropna(subset=["share"]).sort_values("share", kind="stable"))
    least, most = ordered[0], ordered[-1]

    def write(words: Wording) -> str:
        return words.say(
            "finding.flag_rates",
            unit=words.inline(unit),
            lowest=numbers.percent(number(least, "share")),
            best=words.value(unit, least[unit]),
            highest=numbers.percent(number(most, "share")),
            worst=words.value(unit, most[unit]),
            table=table,
        )

    return tell(write, labels, language, "text")


def interviewer_variance(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "interviewer_variance",
) -> Paragraph:
    """Return how much of the items' variance lies between interviewers.

    Parameters
    ----------
    frame : DataFrame
        ``item``, ``icc``.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table : str
        Name of the table.
    """
    require(frame, ["item", "icc"], "interviewer_variance")
    top = rows_of(frame.loc[[frame["icc"].idxmax()]])[0]
    # The estimator may fall below 0; a share cannot.
    mean = float(frame["icc"].clip(lower=0.0).mean())

    def write(words: Wording) -> str:
        return words.say(
            "finding.interviewer_variance",
            share=numbers.percent(mean),
            largest=numbers.percent(max(0.0, number(top, "icc"))),
            item=item_text(words, top["item"]),
            table=table,
        )

    return tell(write, labels, language, "text")


def flagged_leads(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    construct: str,
    table: str = "flagged_leads",
) -> Paragraph:
    """Return the lead with and without flagged rows.

    Parameters
    ----------
    frame : DataFrame
        ``all``, ``unflagged``; the first row is of all units.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    construct : str
        Whose lead it is.
    table : str
        Name of the table.
    """
    require(frame, ["all", "unflagged"], "flagged_leads")
    row = rows_of(frame.head(1))[0]

    def write(words: Wording) -> str:
        shown = {name: numbers.signed(number(row, name), 1) for name in ("all", "unflagged")}
        label = words.label(construct)
        return words.say("finding.flagged_leads", construct=label, table=table, **shown)

    return tell(write, labels, language, "text")


def flagged_paths(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "flagged_paths",
) -> Paragraph:
    """Return which path coefficient moves most when flagged rows are left out.

    Parameters
    ----------
    frame : DataFrame
        ``source``, ``target``, ``all``, ``unflagged``, ``difference``.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table : str
        Name of the table.
    """
    require(frame, ["source", "target", "all", "unflagged", "difference"], "flagged_paths")
    row = rows_of(frame.loc[[frame["difference"].abs().idxmax()]])[0]

    def write(words: Wording) -> str:
        source, target = words.label(row["source"]), words.label(row["target"])
        shown = {name: numbers.decimal(number(row, name), 3) for name in ("all", "unflagged")}
        path = words.say("phrase.path", source=source, target=target)
        return words.say("finding.flagged_paths", path=path, table=table, **shown)

    return tell(write, labels, language, "text")
