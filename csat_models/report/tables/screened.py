"""Tables with and without flagged rows, and of where flags and likeness lie."""

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
    count_column,
    decimal_column,
    label_column,
    share_column,
    value_column,
)

_SHOWN = 5


def index_comparison_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    construct: str,
    by: str | None = "operator",
    level: float = 0.95,
    name: str = "flagged_compared",
) -> Table:
    """Return the table of the index with all rows and without flagged ones.

    Parameters
    ----------
    frame : DataFrame
        The column `by` if given; ``n_all``, ``all``, ``all_lower``,
        ``all_upper``, the same with ``unflagged``, and ``difference``.
    labels : mapping of str to str
        Names of constructs, columns and values.
    language : {"zh", "en"}
        Language of caption and headers.
    construct : str
        Whose index it is.
    by : str, optional
        The column of brands.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    require(frame, ["n_all", "all", "n_unflagged", "unflagged", "difference"], name)
    words = Wording(language=language, labels=labels)
    columns = [
        *([value_column(words, by)] if by else []),
        count_column(words.say("header.respondents"), "n_all"),
        _with_span(words.say("field.all_rows"), "all"),
        count_column(words.say("header.respondents"), "n_unflagged"),
        _with_span(words.say("field.unflagged"), "unflagged"),
        decimal_column(words.say("header.difference"), "difference", 2, signed=True),
    ]
    caption = words.say("table.flagged_compared", construct=words.label(construct))
    note = words.say("note.estimate_interval", level=numbers.level(level))
    return build(name, caption, frame, columns, note)


def lead_comparison_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    construct: str,
    unit: str | None = "city",
    level: float = 0.95,
    name: str = "flagged_leads",
) -> Table:
    """Return the table of the leads with all rows and without flagged ones.

    Parameters
    ----------
    frame : DataFrame
        The column `unit` if given, missing in the row of all units; ``all``,
        ``all_lower``, ``all_upper``, the same with ``unflagged``, and ``difference``.
    labels : mapping of str to str
        Names of constructs, columns and values.
    language : {"zh", "en"}
        Language of caption and headers.
    construct : str
        Whose lead it is.
    unit : str, optional
        The column of units.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    require(frame, ["all", "unflagged", "difference"], name)
    words = Wording(language=language, labels=labels)

    def place(row: Row) -> str:
        whole = unit is None or pd.isna(row[unit])
        return words.say("field.all") if whole else words.value(unit or "", row[unit])

    header = words.label(unit) if unit else words.say("field.all_rows")
    columns = [Column(header=header, show=place, align="left"), *_compared(words, 1)]
    caption = words.say("table.flagged_leads", construct=words.label(construct))
    note = words.say("note.estimate_interval", level=numbers.level(level))
    return build(name, caption, frame, columns, note)


def path_coefficient_comparison_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    level: float = 0.95,
    name: str = "flagged_paths",
) -> Table:
    """Return the table of the path coefficients with all rows and without flagged ones.

    Parameters
    ----------
    frame : DataFrame
        ``source``, ``target``, ``all``, ``all_lower``, ``all_upper``, the
        same with ``unflagged``, and ``difference``.
    labels : mapping of str to str
        Names of constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    require(frame, ["source", "target", "all", "unflagged", "difference"], name)
    words = Wording(language=language, labels=labels)
    columns = [
        label_column(words, "source", words.say("header.source")),
        label_column(words, "target", words.say("header.target")),
        *_compared(words, 3),
    ]
    note = words.say("note.estimate_interval", level=numbers.level(level))
    return build(name, words.say("table.flagged_paths"), frame, columns, note)


def _compared(words: Wording, digits: int) -> list[Column]:
    return [
        _with_span(words.say("field.all_rows"), "all", digits),
        _with_span(words.say("field.unflagged"), "unflagged", digits),
        decimal_column(words.say("header.difference"), "difference", max(2, digits), signed=True),
    ]


def _with_span(header: str, what: str, digits: int = 1) -> Column:
    def show(row: Row) -> str:
        lower, upper = number(row, f"{what}_lower"), number(row, f"{what}_upper")
        value = numbers.decimal(number(row, what), digits)
        return f"{value} {numbers.interval(lower, upper, digits)}"

    return Column(header=header, show=show)


def flag_rate_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    unit: str = "city",
    name: str = "flag_rates",
) -> Table:
    """Return the table of the share of flagged rows by unit.

    Parameters
    ----------
    frame : DataFrame
        The column `unit`, ``n_obs``, ``n_flagged``, ``share``.
    labels : mapping of str to str
        Names of columns and values.
    language : {"zh", "en"}
        Language of caption and headers.
    unit : str
        The column of units.
    name : str
        The table's name.
    """
    require(frame, [unit, "n_obs", "n_flagged", "share"], name)
    words = Wording(language=language, labels=labels)
    columns = [
        value_column(words, unit),
        count_column(words.say("field.rows")),
        count_column(words.say("field.flagged"), "n_flagged"),
        share_column(words.say("header.share"), "share"),
    ]
    caption = words.say("table.flag_rates", unit=words.inline(unit))
    return build(name, caption, frame, columns, words.say("note.small_cells"))


def interviewer_variance_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "interviewer_variance",
) -> Table:
    """Return the table of the items whose answers differ most between interviewers.

    Parameters
    ----------
    frame : DataFrame
        ``item``, ``icc``, ``design_effect``, ``p_adjusted``; the file has all items.
    labels : mapping of str to str
        The items' wording.
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    require(frame, ["item", "icc", "design_effect", "p_adjusted"], name)
    words = Wording(language=language, labels=labels)
    shown = frame.sort_values("icc", ascending=False, kind="stable").head(_SHOWN)
    columns = [
        Column(
            header=words.say("header.item"), show=lambda row: words.named(row["item"]), align="left"
        ),
        decimal_column(words.say("field.icc"), "icc", 3),
        decimal_column(words.say("field.design_effect"), "design_effect", 2),
        Column(
            header=words.say("field.p_adjusted"),
            show=lambda row: numbers.p_value(number(row, "p_adjusted")),
        ),
    ]
    note = words.say("note.interviewer_variance", shown=len(shown), total=len(frame))
    made = build(name, words.say("table.interviewer_variance"), shown, columns, note)
    return replace(made, frame=frame.reset_index(drop=True))


def wave_handling_table(
    frame: pd.DataFrame, *, language: Language, name: str = "wave_handling"
) -> Table:
    """Return the table of what checks, screening and weights made of each wave.

    Parameters
    ----------
    frame : DataFrame
        ``year``, ``n_read``, ``n_warnings``, ``n_flagged``, ``n_obs``,
        ``weights`` (``none``, ``codebook`` or ``margins``).
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    require(frame, ["year", "n_read", "n_warnings", "n_flagged", "n_obs", "weights"], name)
    words = Wording(language=language)
    columns = [
        Column(
            header=words.say("header.year"), show=lambda row: str(int(row["year"])), align="left"
        ),
        count_column(words.say("field.rows"), "n_read"),
        count_column(words.say("field.warned"), "n_warnings"),
        count_column(words.say("field.flagged"), "n_flagged"),
        count_column(words.say("field.used")),
        Column(
            header=words.say("heading.weights"),
            show=lambda row: words.say(f"weighted_by.{row['weights']}"),
            align="left",
        ),
    ]
    return build(name, words.say("table.wave_handling"), frame, columns)
