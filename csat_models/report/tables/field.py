"""Tables of the chapter on the field: files, checks, flags, interviewers, weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Table
from csat_models.report.frames import Row, number, require
from csat_models.report.language import Wording
from csat_models.report.tables.columns import (
    Column,
    build,
    code_column,
    count_column,
    decimal_column,
    share_column,
    value_column,
)

_EXTREME = 3
_MOST = 10
_DIGEST = 16


def file_table(frame: pd.DataFrame, *, language: Language, name: str = "raw_files") -> Table:
    """Return the table of the raw files with their hashes.

    Parameters
    ----------
    frame : DataFrame
        ``file``, ``sha256``, ``n_obs`` (rows read).
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    require(frame, ["file", "sha256", "n_obs"], "file_table")
    words = Wording(language=language)
    columns = [
        code_column(words.say("field.file"), "file"),
        count_column(words.say("field.rows")),
        Column(
            header=words.say("field.sha256"),
            show=lambda row: _spaced(row["sha256"]),
            align="left",
        ),
    ]
    return build(name, words.say("table.raw_files"), frame, columns, words.say("note.raw_files"))


def _spaced(digest: object) -> str:
    """Return a hash in groups, between which a line may end."""
    text = str(digest)
    return " ".join(text[start : start + _DIGEST] for start in range(0, len(text), _DIGEST))


def response_flow_table(
    frame: pd.DataFrame, *, language: Language, name: str = "response_flow"
) -> Table:
    """Return the table of the steps from the raw file to the rows used.

    Parameters
    ----------
    frame : DataFrame
        ``step`` (``read``, ``known_cells``, ``unflagged``, ``used``,
        ``complete``), ``removed``, ``n_obs``.
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    require(frame, ["step", "removed", "n_obs"], "response_flow_table")
    words = Wording(language=language)
    columns = [
        Column(
            header=words.say("header.step"),
            show=lambda row: words.say(f"step.{row['step']}"),
            align="left",
        ),
        count_column(words.say("header.removed"), "removed"),
        count_column(words.say("header.left")),
    ]
    caption = words.say("table.response_flow")
    return build(name, caption, frame, columns, words.say("note.response_flow"))


def violation_tables(
    frame: pd.DataFrame, *, language: Language, name: str = "violations"
) -> list[Table]:
    """Return the table of what violates the codebook, by rule and column, if anything does.

    Parameters
    ----------
    frame : DataFrame
        ``rule``, ``severity``, ``column``, ``n_rows``, ``message``.
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    if frame.empty:
        return []
    require(frame, ["rule", "severity", "column", "n_rows", "message"], "violation_tables")
    words = Wording(language=language)
    columns = [
        Column(header=words.say("field.rule"), show=lambda row: _rule(words, row), align="left"),
        Column(
            header=words.say("field.severity"),
            show=lambda row: words.say(f"severity.{row['severity']}"),
            align="left",
        ),
        code_column(words.say("field.column"), "column"),
        count_column(words.say("field.rows"), "n_rows"),
    ]
    return [build(name, words.say("table.violations"), frame, columns)]


def _rule(words: Wording, row: Row) -> str:
    kind, _, own = str(row["rule"]).partition(":")
    text = words.say(f"check.{kind}")
    return words.say("phrase.with", name=text, detail=own) if own else text


def flag_table(frame: pd.DataFrame, *, language: Language, name: str = "flags") -> Table:
    """Return the table of the flags of screening.

    Parameters
    ----------
    frame : DataFrame
        ``flag``, ``n_flagged``, ``share`` (of all rows), ``n_defined`` (rows
        that could be looked at), ``excludes``.
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    require(frame, ["flag", "n_flagged", "share", "n_defined", "excludes"], "flag_table")
    words = Wording(language=language)
    columns = [
        Column(
            header=words.say("field.flag"),
            show=lambda row: words.say(f"flag.{row['flag']}"),
            align="left",
        ),
        count_column(words.say("field.looked_at"), "n_defined"),
        count_column(words.say("field.flagged"), "n_flagged"),
        share_column(words.say("header.share"), "share"),
        Column(
            header=words.say("field.excludes"),
            show=lambda row: words.say("field.yes" if row["excludes"] else "field.no"),
            align="left",
        ),
    ]
    return build(name, words.say("table.flags"), frame, columns, words.say("note.flags"))


def interviewer_table(
    frame: pd.DataFrame, *, language: Language, name: str = "interviewers"
) -> Table:
    """Return the table of the interviewers that are flagged, and of a few that come next.

    Parameters
    ----------
    frame : DataFrame
        ``interviewer``, ``n_obs``, ``variance_ratio``, ``lower``, ``upper``,
        ``top_share``, ``top_expected``, ``duration_ratio``, ``p_adjusted``,
        ``flagged``; the file has all of them.
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    needed = ["interviewer", "n_obs", "variance_ratio", "top_share", "p_adjusted", "flagged"]
    require(frame, needed, "interviewer_table")
    words = Wording(language=language)
    ordered = frame.sort_values(["p_adjusted", "variance_ratio"], kind="stable")
    flagged = ordered["flagged"].astype(bool)
    few = pd.concat([ordered[flagged].head(_MOST), ordered[~flagged].head(_EXTREME)])
    columns = [
        code_column(words.say("field.interviewer"), "interviewer"),
        count_column(words.say("field.interviews")),
        decimal_column(words.say("field.variance_ratio"), "variance_ratio", 2),
        share_column(words.say("field.top_scores"), "top_share"),
        share_column(words.say("field.expected"), "top_expected"),
        decimal_column(words.say("field.duration_ratio"), "duration_ratio", 2),
        Column(
            header=words.say("field.p_adjusted"),
            show=lambda row: numbers.p_value(number(row, "p_adjusted")),
        ),
    ]
    note = words.say("note.interviewers", shown=len(few), total=len(frame))
    made = build(name, words.say("table.interviewers"), few, columns, note)
    return replace(made, frame=frame.reset_index(drop=True))


def margin_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "margins",
) -> Table:
    """Return the table of the respondents' shares against the population's.

    Parameters
    ----------
    frame : DataFrame
        ``margin``, ``level``, ``n_obs``, ``before``, ``target``, ``after``
        (shares), and columns of cells where weights were made within them.
    labels : mapping of str to str
        Names of columns and, under ``"column:value"``, of their values.
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    require(frame, ["margin", "level", "n_obs", "before", "target", "after"], "margin_table")
    words = Wording(language=language, labels=labels)
    cells = list(frame.columns[: list(frame.columns).index("margin")])
    columns = [
        *(value_column(words, column) for column in cells),
        Column(
            header=words.say("field.margin"),
            show=lambda row: margin_text(words, row["margin"]),
            align="left",
        ),
        Column(
            header=words.say("header.value"),
            show=lambda row: level_text(words, row["margin"], row["level"]),
            align="left",
        ),
        count_column(words.say("header.respondents")),
        share_column(words.say("field.sample_share"), "before"),
        share_column(words.say("field.population_share"), "target"),
        share_column(words.say("header.weighted_share"), "after"),
    ]
    return build(name, words.say("table.margins"), frame, columns, words.say("note.margins"))


def margin_text(words: Wording, margin: object) -> str:
    """Return a margin's columns as text: "Sex × Area"."""
    return " × ".join(words.label(column) for column in str(margin).split(" x "))


def level_text(words: Wording, margin: object, level: object) -> str:
    """Return a margin's level as text: "Female × Urban"."""
    pairs = zip(str(margin).split(" x "), str(level).split(" x "), strict=True)
    return " × ".join(words.value(column, value) for column, value in pairs)


def weight_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    unit: str | None = "city",
    by: str | None = "operator",
    name: str = "weights",
) -> Table:
    """Return the table of what the weights cost, cell by cell.

    Parameters
    ----------
    frame : DataFrame
        The columns `unit` and `by` where given, missing in the row of the
        whole; ``n_obs``, ``n_effective``, ``design_effect``, ``smallest``,
        ``largest``.
    labels : mapping of str to str
        Names of columns and values.
    language : {"zh", "en"}
        Language of caption and headers.
    unit, by : str, optional
        The grouping columns.
    name : str
        The table's name.
    """
    require(frame, ["n_obs", "n_effective", "design_effect"], "weight_table")
    words = Wording(language=language, labels=labels)
    keys = [column for column in (unit, by) if column is not None]
    columns = [
        *(_cell_column(words, column) for column in keys),
        count_column(words.say("header.respondents")),
        decimal_column(words.say("field.n_effective"), "n_effective", 0),
        decimal_column(words.say("field.design_effect"), "design_effect", 2),
        decimal_column(words.say("field.smallest"), "smallest", 2),
        decimal_column(words.say("field.largest"), "largest", 2),
    ]
    return build(name, words.say("table.weights"), frame, columns, words.say("note.weights"))


def _cell_column(words: Wording, column: str) -> Column:
    def show(row: Row) -> str:
        whole = pd.isna(row[column])
        return words.say("field.all") if whole else words.value(column, row[column])

    return Column(header=words.label(column), show=show, align="left")
