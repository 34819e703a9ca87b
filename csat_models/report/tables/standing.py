"""Tables of where every unit stands: level, rank, lead, rank of lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Table
from csat_models.report.frames import Row, lookup, number, require
from csat_models.report.language import Wording
from csat_models.report.tables.columns import (
    Column,
    build,
    build_wide,
    decimal_column,
    given,
    value_column,
    with_interval,
)
from csat_models.report.tables.index import probability_column


def standing_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    construct: str = "Satisfaction",
    unit: str = "city",
    digits: int = 1,
    level: float = 0.95,
    name: str = "standing",
) -> Table:
    """Return level, rank, lead and rank of lead of every unit in one table.

    Parameters
    ----------
    frame : DataFrame
        The column `unit`; ``level`` and ``rank``. Optionally ``level_lower``,
        ``level_upper``; ``rank_lower``, ``rank_upper``; ``rival`` (the
        competitor's level); ``lead`` and ``lead_rank`` with ``lead_lower``,
        ``lead_upper``, ``lead_rank_lower``, ``lead_rank_upper`` and
        ``lead_probability``.
    labels : mapping of str to str
        Texts of the construct and the units.
    language : {"zh", "en"}
        Language of caption and headers.
    construct : str
        Whose index it is; named in the caption.
    unit : str
        The column of units.
    digits : int
        Decimals of levels and leads.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    require(frame, [unit, "level", "rank"], "standing_table")
    words = Wording(language=language, labels=labels)
    rival = decimal_column(words.say("header.rival"), "rival", digits)
    columns = [
        value_column(words, unit),
        _span_column(words.say("header.index"), "level", digits),
        _rank_column(words.say("header.rank"), "rank"),
        *given(frame, ["rival"], rival),
        *given(
            frame, ["lead"], _span_column(words.say("header.lead"), "lead", digits, signed=True)
        ),
        *given(frame, ["lead_rank"], _rank_column(words.say("header.lead_rank"), "lead_rank")),
        *given(frame, ["lead_probability"], probability_column(words, "lead_probability")),
    ]
    key = "standing" if "lead" in frame else "standing_alone"
    caption = words.say(f"table.{key}", construct=words.label(construct), unit=words.inline(unit))
    return build(name, caption, frame, columns, words.say(f"note.{key}", level=f"{100 * level:g}"))


def standing_tables(
    frames: Mapping[str, pd.DataFrame],
    *,
    labels: Mapping[str, str],
    language: Language,
    unit: str = "city",
    digits: int = 1,
    level: float = 0.95,
) -> list[Table]:
    """Return a :func:`standing_table` for each of several constructs.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Construct to what :func:`standing_table` takes; the tables are called
        ``standing_network`` and so on.
    labels, language, unit, digits, level
        As in :func:`standing_table`.
    """
    return [
        standing_table(
            frame,
            labels=labels,
            language=language,
            construct=construct,
            unit=unit,
            digits=digits,
            level=level,
            name=f"standing_{construct.lower()}",
        )
        for construct, frame in frames.items()
    ]


def _span_column(header: str, name: str, digits: int, *, signed: bool = False) -> Column:
    def show(row: Row) -> str:
        cell = {
            "estimate": number(row, name),
            "lower": number(row, f"{name}_lower"),
            "upper": number(row, f"{name}_upper"),
        }
        return with_interval(cell, digits, signed=signed)

    return Column(header=header, show=show, align="center")


def _rank_column(header: str, name: str) -> Column:
    def show(row: Row) -> str:
        point = numbers.integer(number(row, name))
        low, high = number(row, f"{name}_lower"), number(row, f"{name}_upper")
        span = numbers.rank_range(low, high)
        return point if span == numbers.MISSING else f"{point} ({span})"

    return Column(header=header, show=show, align="center")


def rank_probability_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    construct: str = "Satisfaction",
    unit: str = "city",
    name: str = "rank_probabilities",
) -> Table:
    """Return the table of the probability of every rank for every unit.

    Parameters
    ----------
    frame : DataFrame
        The column `unit`, ``rank`` (1 = best) and ``probability``; one row a
        unit and rank, ranks that never occur may be left out.
    labels : mapping of str to str
        Texts of the construct and the units.
    language : {"zh", "en"}
        Language of caption and headers.
    construct : str
        Whose index it is; named in the caption.
    unit : str
        The column of units.
    name : str
        The table's name.
    """
    require(frame, [unit, "rank", "probability"], "rank_probability_table")
    words = Wording(language=language, labels=labels)
    columns = [value_column(words, unit), *_rank_columns(frame, unit, sorted(set(frame["rank"])))]
    caption = words.say(
        "table.rank_probabilities", construct=words.label(construct), unit=words.inline(unit)
    )
    return build_wide(
        name, caption, frame, [unit], columns, note=words.say("note.rank_probabilities")
    )


def _rank_columns(frame: pd.DataFrame, unit: str, ranks: Sequence[int]) -> list[Column]:
    cells = lookup(frame, unit, "rank")

    def column(rank: int) -> Column:
        def show(row: Row) -> str:
            cell = cells.get((row[unit], rank), {"probability": 0.0})
            return numbers.probability(number(cell, "probability"))

        return Column(header=str(int(rank)), show=show, align="center")

    return [column(rank) for rank in ranks]
