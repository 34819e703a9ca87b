"""Tables of the chapter on measurement: loadings, reliability, validity."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Align, Language, Table
from csat_models.report.frames import Row, lookup, number, pair_order, require, rows_of
from csat_models.report.language import Wording
from csat_models.report.tables.columns import (
    Column,
    build,
    build_wide,
    code_column,
    decimal_column,
    given,
    interval_column,
    label_column,
    with_interval,
)

THRESHOLDS: Mapping[str, float] = {"alpha": 0.7, "rho_a": 0.7, "rho_c": 0.7, "ave": 0.5}
"""Least acceptable value of each reliability statistic."""


def loadings_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    level: float = 0.95,
    name: str = "loadings",
) -> Table:
    """Return the table of weights and loadings, construct by construct.

    Parameters
    ----------
    frame : DataFrame
        ``construct``, ``item``, ``estimate`` (loading), optionally ``weight``,
        and ``lower`` and ``upper`` of the loading.
    labels : mapping of str to str
        Texts of constructs and items.
    language : {"zh", "en"}
        Language of caption and headers.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    require(frame, ["construct", "item", "estimate"], "loadings_table")
    words = Wording(language=language, labels=labels)
    span = words.say("header.interval", level=numbers.level(level))
    columns = [
        label_column(words, "construct", words.say("header.construct")),
        code_column(words.say("header.item"), "item"),
        *given(frame, ["weight"], decimal_column(words.say("header.weight"), "weight", 3)),
        decimal_column(words.say("header.loading"), "estimate", 3),
        *given(frame, ["lower", "upper"], interval_column(span, 3)),
    ]
    return build(name, words.say("table.loadings"), frame, columns, words.say("note.loadings"))


def failed_criteria(frame: pd.DataFrame, construct: str) -> list[str]:
    """Return the reliability statistics of a construct below their threshold."""
    mine = frame[frame["construct"] == construct]
    return [
        str(row["statistic"])
        for row in rows_of(mine)
        if number(row, "estimate") < THRESHOLDS.get(str(row["statistic"]), -1.0)
    ]


def reliability_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    level: float = 0.95,
    name: str = "reliability",
) -> Table:
    """Return the table of alpha, rho_A, rho_C and AVE with a verdict.

    Parameters
    ----------
    frame : DataFrame
        Long: ``construct``, ``statistic`` (``alpha``, ``rho_a``, ``rho_c``,
        ``ave``), ``estimate``, optionally ``lower`` and ``upper``. Constructs
        of one item are left out, or have NaN estimates.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    require(frame, ["construct", "statistic", "estimate"], "reliability_table")
    words = Wording(language=language, labels=labels)
    cells = lookup(frame, "construct", "statistic")
    statistics = [name for name in THRESHOLDS if name in set(frame["statistic"])]
    columns = [label_column(words, "construct", words.say("header.construct"))]
    columns += [_statistic_column(words, cells, statistic) for statistic in statistics]
    columns.append(_verdict_column(words, frame))
    note = words.say("note.reliability", level=numbers.level(level))
    return build_wide(
        name, words.say("table.reliability"), frame, ["construct"], columns, note=note
    )


def _statistic_column(
    words: Wording, cells: Mapping[tuple[object, ...], Row], statistic: str
) -> Column:
    return Column(
        header=words.say(f"statistic.{statistic}"),
        show=lambda row: with_interval(cells.get((row["construct"], statistic)), 3),
        align="center",
    )


def _verdict_column(words: Wording, frame: pd.DataFrame) -> Column:
    def show(row: Row) -> str:
        mine = frame[frame["construct"] == row["construct"]]
        if mine["estimate"].isna().all():
            return words.say("verdict.single_item")
        failed = failed_criteria(frame, row["construct"])
        names = words.join([words.say(f"statistic.{name}") for name in failed])
        return words.say("verdict.below", names=names) if failed else words.say("verdict.met")

    return Column(header=words.say("header.verdict"), show=show, align="left")


def htmt_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    constructs: Sequence[str] = (),
    level: float = 0.95,
    name: str = "htmt",
) -> Table:
    """Return the lower triangle of heterotrait-monotrait ratios with their limits.

    Parameters
    ----------
    frame : DataFrame
        One row a pair: ``construct``, ``construct_2``, ``estimate``, and
        ``upper`` (one-sided limit) or ``lower`` and ``upper``.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    constructs : sequence of str
        Their order; by default that of appearance.
    level : float
        Confidence level of the limits.
    name : str
        The table's name.
    """
    require(frame, ["construct", "construct_2", "estimate"], "htmt_table")
    words = Wording(language=language, labels=labels)
    note = words.say("note.htmt", level=numbers.level(level))
    frame = frame[frame["construct"] != frame["construct_2"]]
    return _triangle(
        frame, words, _ratio, (name, words.say("table.htmt"), note), pair_order(frame, constructs)
    )


def construct_correlation_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    constructs: Sequence[str] = (),
    name: str = "fornell_larcker",
) -> Table:
    """Return construct correlations with the square roots of AVE on the diagonal.

    Parameters
    ----------
    frame : DataFrame
        ``construct``, ``construct_2``, ``estimate``: a correlation, or the
        square root of AVE where both are the same construct.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    constructs : sequence of str
        Their order; by default that of appearance.
    name : str
        The table's name.
    """
    require(frame, ["construct", "construct_2", "estimate"], "construct_correlation_table")
    words = Wording(language=language, labels=labels)
    titles = (name, words.say("table.fornell_larcker"), words.say("note.fornell_larcker"))
    names = pair_order(frame, constructs)
    return _triangle(frame, words, _correlation, titles, names, diagonal=1)


def _ratio(row: Row | None) -> str:
    point = numbers.decimal(number(row, "estimate"), 2)
    lower, upper = number(row, "lower"), number(row, "upper")
    if math.isnan(upper):
        return point
    if math.isnan(lower):
        return f"{point} ({numbers.decimal(upper, 2)})"
    return f"{point} {numbers.interval(lower, upper, 2)}"


def _correlation(row: Row | None) -> str:
    return numbers.decimal(number(row, "estimate"), 3)


def _triangle(
    frame: pd.DataFrame,
    words: Wording,
    show: Callable[[Row | None], str],
    titles: tuple[str, str, str],
    names: Sequence[str],
    *,
    diagonal: int = 0,
) -> Table:
    cells = lookup(frame, "construct", "construct_2")
    cells |= {(second, first): row for (first, second), row in cells.items()}
    shown = names[: len(names) - 1 + diagonal]
    rows = [
        (words.label(construct), *_triangle_cells(construct, shown, place + diagonal, cells, show))
        for place, construct in enumerate(names)
        if place + diagonal > 0
    ]
    return Table(
        name=titles[0],
        caption=titles[1],
        frame=frame.reset_index(drop=True),
        header=("", *(words.label(other) for other in shown)),
        rows=tuple(rows),
        align=_triangle_align(len(shown)),
        note=titles[2],
    )


def _triangle_align(count: int) -> tuple[Align, ...]:
    middle: Align = "center"
    return ("left", *([middle] * count))


def _triangle_cells(
    construct: str,
    others: Sequence[str],
    reach: int,
    cells: Mapping[tuple[object, ...], Row],
    show: Callable[[Row | None], str],
) -> list[str]:
    return [
        show(cells.get((construct, other))) if place < reach else ""
        for place, other in enumerate(others)
    ]
