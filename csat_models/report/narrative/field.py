"""Findings on the field: what came in, what was flagged, what the weights cost."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Paragraph
from csat_models.report.frames import Row, number, require, rows_of
from csat_models.report.language import LabelSets, Wording
from csat_models.report.narrative.sentences import item_text, run, tell
from csat_models.report.tables.field import level_text, margin_text

_DIGEST = 12
_SIGNIFICANT = 0.05


def raw_data(
    files: pd.DataFrame,
    flow: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    year: int | str,
    table: str = "raw_files",
    flow_table: str = "response_flow",
) -> Paragraph:
    """Return what was read and how much of it is used.

    Parameters
    ----------
    files : DataFrame
        ``file``, ``sha256``, ``n_obs``; as for `file_table`.
    flow : DataFrame
        ``step``, ``n_obs``; as for `response_flow_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    year : int or str
        The wave.
    table, flow_table : str
        Names of the tables.
    """
    require(files, ["file", "sha256", "n_obs"], "raw_data")
    left = dict(zip(flow["step"], flow["n_obs"], strict=True))

    def write(words: Wording) -> str:
        first = files.iloc[0]
        many = words.say("field.several_files", number=numbers.integer(len(files)))
        one = words.say("field.one_file", file=first["file"], sha256=first["sha256"][:_DIGEST])
        return words.say(
            "finding.raw_data",
            year=year,
            files=many if len(files) > 1 else one,
            read=words.count("row", int(left["read"])),
            used=numbers.integer(left["used"]),
            complete=numbers.integer(left["complete"]),
            table=table,
            flow=flow_table,
        )

    return tell(write, labels, language, "text")


def checks(
    n_violations: int,
    n_obs: int,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "violations",
) -> Paragraph:
    """Return whether the answers violate the codebook.

    Parameters
    ----------
    n_violations, n_obs : int
        Violations and rows.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table : str
        Name of the table of violations.
    """

    def write(words: Wording) -> str:
        rows = words.count("row", n_obs)
        if not n_violations:
            return words.say("finding.checks_none", rows=rows)
        count = words.count("violation", n_violations)
        return words.say("finding.checks_some", rows=rows, violations=count, table=table)

    return tell(write, labels, language, "text")


def flags(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    rows: Literal["all", "unflagged"] = "all",
    table: str = "flags",
) -> Paragraph:
    """Return how many rows are flagged, for what, and whether they count.

    Parameters
    ----------
    frame : DataFrame
        ``flag``, ``n_flagged``, ``share``, ``excludes``, the last row of all
        flags that exclude; as for `flag_table`.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    rows : {"all", "unflagged"}
        Which rows count in the main result.
    table : str
        Name of the table.
    """
    require(frame, ["flag", "n_flagged", "share", "excludes"], "flags")
    *single, whole = rows_of(frame)
    found = [row for row in single if row["excludes"] and row["n_flagged"]]

    def write(words: Wording) -> str:
        if not found:
            return words.say("finding.flags_none", table=table)
        some = words.say(
            "finding.flags_some",
            rows=words.count("row", int(whole["n_flagged"])),
            share=numbers.percent(number(whole, "share")),
            kinds=words.join([_flag_count(words, row) for row in found]),
            table=table,
        )
        return run(words, some, words.say(f"screened.{rows}"))

    return tell(write, labels, language, "text")


def _flag_count(words: Wording, row: Row) -> str:
    flag = words.say(f"flag.{row['flag']}")
    lowered = flag[:1].lower() + flag[1:]
    return words.say("field.flag_count", flag=lowered, number=numbers.integer(row["n_flagged"]))


def interviewers(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    table: str = "interviewers",
    figure: str = "interviewers",
) -> Paragraph:
    """Return which interviewers stand out, and by what.

    Parameters
    ----------
    frame : DataFrame
        ``interviewer``, ``reason`` (kinds, joined by commas), ``flagged``.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table, figure : str
        Names of the table and figure.
    """
    require(frame, ["interviewer", "reason", "flagged"], "interviewers")
    found = rows_of(frame[frame["flagged"]])

    def write(words: Wording) -> str:
        total = words.count("interviewer", len(frame))
        if not found:
            return words.say(
                "finding.interviewers_none", interviewers=total, table=table, figure=figure
            )
        names = words.say("phrase.semicolon").join(_interviewer(words, row) for row in found)
        return words.say(
            "finding.interviewers_some",
            interviewers=total,
            names=names,
            table=table,
            figure=figure,
        )

    return tell(write, labels, language, "text")


def _interviewer(words: Wording, row: Row) -> str:
    kinds = [kind.strip() for kind in str(row["reason"]).split(",") if kind.strip()]
    reasons = words.join([words.say(f"reason.interviewer.{kind}") for kind in kinds])
    return words.say("phrase.listed", count=row["interviewer"], names=reasons)


def mode_effects(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    mode: str = "mode",
    figure: str = "mode_effects",
) -> Paragraph:
    """Return how many differences between modes are more than chance.

    Parameters
    ----------
    frame : DataFrame
        ``item``, ``mode``, ``estimate``, ``p_adjusted``.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    mode : str
        The attribute whose values are the modes.
    figure : str
        Name of the figure.
    """
    require(frame, ["item", "mode", "estimate", "p_adjusted"], "mode_effects")
    clear = frame[frame["p_adjusted"] < _SIGNIFICANT]
    total = numbers.integer(len(frame))

    def write(words: Wording) -> str:
        if clear.empty:
            return words.say("finding.modes_none", total=total, figure=figure)
        most = rows_of(clear.loc[[clear["estimate"].abs().idxmax()]])[0]
        return words.say(
            "finding.modes_some",
            total=total,
            clear=numbers.integer(len(clear)),
            difference=numbers.signed(number(most, "estimate"), 2),
            mode=words.value(mode, most["mode"]),
            item=item_text(words, most["item"]),
            figure=figure,
        )

    return tell(write, labels, language, "text")


def margins(
    frame: pd.DataFrame,
    *,
    labels: LabelSets,
    language: Language,
    raking: pd.DataFrame | None = None,
    table: str = "margins",
    figure: str = "margins",
) -> Paragraph:
    """Return where the sample lies farthest from its population, and how it was brought there.

    Parameters
    ----------
    frame : DataFrame
        ``margin``, ``level``, ``before``, ``target``, ``after``.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    raking : DataFrame, optional
        ``iterations``, ``largest_gap``, ``n_trimmed``, ``n_beyond``, one row a
        cell; no row where the weights were given.
    table, figure : str
        Names of the table and figure.
    """
    require(frame, ["margin", "level", "before", "target", "after"], "margins")
    gap = (frame["before"] - frame["target"]).abs()
    row = rows_of(frame.loc[[gap.idxmax()]])[0]

    def write(words: Wording) -> str:
        shares = {
            name: numbers.percent(number(row, name)) for name in ("before", "target", "after")
        }
        found = words.say(
            "finding.margins",
            margin=margin_text(words, row["margin"]),
            level=level_text(words, row["margin"], row["level"]),
            table=table,
            figure=figure,
            **shares,
        )
        return found if raking is None or raking.empty else run(words, found, _raked(words, raking))

    return tell(write, labels, language, "text")


def _raked(words: Wording, raking: pd.DataFrame) -> str:
    return words.say(
        "finding.raking",
        iterations=numbers.integer(float(raking["iterations"].max())),
        gap=numbers.percent(float(raking["largest_gap"].max()), 2),
        trimmed=numbers.integer(float(raking["n_trimmed"].sum())),
        beyond=numbers.integer(float(raking["n_beyond"].sum())),
    )


def weights(
    frame: pd.DataFrame, *, labels: LabelSets, language: Language, table: str = "weights"
) -> Paragraph:
    """Return what the weights cost.

    Parameters
    ----------
    frame : DataFrame
        ``n_obs``, ``n_effective``, ``design_effect``; the first row is the
        whole, the others cells.
    labels : mapping of str to mapping
        Language to labels.
    language : {"zh", "en"}
        The one shown in the notebook.
    table : str
        Name of the table.
    """
    require(frame, ["n_obs", "n_effective", "design_effect"], "weights")
    whole = rows_of(frame.head(1))[0]
    cells = rows_of(frame[1:].dropna(subset=["n_effective"]))

    def write(words: Wording) -> str:
        cost = words.say(
            "finding.weights",
            effect=numbers.decimal(number(whole, "design_effect"), 2),
            respondents=words.count("respondent", int(whole["n_obs"])),
            effective=numbers.integer(round(number(whole, "n_effective"))),
            table=table,
        )
        if not cells:
            return cost
        least = min(number(row, "n_effective") for row in cells)
        return run(
            words, cost, words.say("finding.weights_cell", smallest=numbers.integer(round(least)))
        )

    return tell(write, labels, language, "text")
