"""Tables of the validity chapter on measurement: the assessment at a glance, and its parts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Align, Language, Table
from csat_models.report.frames import Row, distinct, lookup, number, part, require, rows_of
from csat_models.report.language import Wording
from csat_models.report.tables.columns import (
    Column,
    build,
    code_column,
    decimal_column,
    given,
    interval_column,
    label_column,
    p_value_column,
    with_interval,
)
from csat_models.report.verdicts import (
    NEEDED,
    RATIOS,
    SHOWN,
    STRICTEST,
    asked_words,
    capital,
    criterion_words,
    named,
    overview,
    subject_words,
    verdict_words,
    worst,
)
from csat_models.report.verdicts import ratio_limits as limits_of


def assessment_overview_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "assessment",
) -> Table:
    """Return the assessment at a glance: a line a criterion, how often it is met, where not.

    Parameters
    ----------
    frame : DataFrame
        As :func:`~csat_models.assessment.assessment_table` gives it; the table keeps it whole.
    labels : mapping of str to str
        Texts of constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    require(frame, [*NEEDED, "chapter", "threshold"], "assessment_overview_table")
    words = Wording(language=language, labels=labels)
    found = overview(frame)
    lines = [
        line
        for chapter in distinct(frame, "chapter")
        for line in _chapter_lines(words, [r for r in found if r["chapter"].iloc[0] == chapter])
    ]
    header = ("criterion", "asked", "grades", "where")
    return Table(
        name=name,
        caption=words.say("table.assessment"),
        frame=frame.reset_index(drop=True),
        header=tuple(words.say(f"header.{each}") for each in header),
        rows=tuple(lines),
        align=("left", "left", "center", "left"),
        note=words.say("note.assessment"),
    )


def _chapter_lines(words: Wording, lines: list[pd.DataFrame]) -> list[tuple[str, ...]]:
    """Return a chapter's title and criteria; the title alone where nothing is judged."""
    if not lines:
        return []
    title = words.say(f"chapter.{lines[0]['chapter'].iloc[0]}")
    reasons = {str(reason) for rows in lines for reason in rows["status"]}
    if len(reasons) == 1 and not any((rows["verdict"] != "").any() for rows in lines):
        return [(title, "", "", words.say(f"status.{reasons.pop()}"))]
    return [(title, "", "", ""), *(_overview_line(words, rows) for rows in lines)]


def _overview_line(words: Wording, rows: pd.DataFrame) -> tuple[str, ...]:
    first = rows_of(rows)[0]
    counts = [int((rows["verdict"] == grade).sum()) for grade in ("pass", "caution", "fail")]
    told = " / ".join(numbers.integer(count) for count in counts)
    return (
        f"\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}{capital(criterion_words(words, first))}",
        asked_words(words, first),
        told if sum(counts) else numbers.MISSING,
        _where(words, rows),
    )


def _where(words: Wording, rows: pd.DataFrame) -> str:
    parts = []
    for grade in ("fail", "caution"):
        names = [subject_words(words, row) for row in rows_of(rows[rows["verdict"] == grade])]
        parts += [_told(words, words.say(f"grade.{grade}"), names)] if names else []
    blank = rows[(rows["status"] != "") & rows["verdict"].eq("")]
    for status in distinct(blank, "status"):
        mine = rows_of(blank[blank["status"] == status])
        names = [subject_words(words, row) for row in mine if row["construct"] or row["item"]]
        parts.append(_told(words, words.say(f"status.{status}"), names))
    return words.say("phrase.semicolon").join(parts) or numbers.MISSING


def _told(words: Wording, what: str, names: Sequence[str]) -> str:
    if set(names) <= {words.say("phrase.whole_model"), numbers.MISSING}:
        return what
    return words.say("phrase.with", name=what, detail=named(words, names))


def verdict_column(words: Wording, name: str = "") -> Column:
    """Return the column of verdicts in words."""
    header = name or words.say("header.verdict")
    return Column(header=header, show=lambda row: verdict_words(words, row), align="left")


def indicators_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    level: float = 0.95,
    name: str = "indicators",
) -> Table:
    """Return reliability and cross-loading margin of the items that do not pass, or hardly.

    Parameters
    ----------
    frame : DataFrame
        Rows of the criteria ``indicator_reliability`` and ``cross_loading_margin``.
    labels : mapping of str to str
        Texts of constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    require(frame, [*NEEDED, "lower", "upper"], "indicators_table")
    words = Wording(language=language, labels=labels)
    margins = lookup(part(frame[frame["item"] != ""], "criterion", "cross_loading_margin"), "item")
    rows = part(frame, "criterion", "indicator_reliability")
    strays = [item for (item,), row in margins.items() if row["verdict"] == "fail"]
    graded = rows.assign(verdict=rows["verdict"].mask(rows["item"].isin(strays), "fail"))
    shown = worst(graded, "value", ascending=True)["item"]
    order = rows[rows["item"].isin(shown)]
    columns = [
        label_column(words, "construct", words.say("header.construct")),
        code_column(words.say("header.item"), "item"),
        decimal_column(words.say("header.indicator_reliability"), "value", 2),
        interval_column(words.say("header.interval", level=numbers.level(level)), 2),
        Column(
            header=words.say("header.margin"),
            show=lambda row: _estimate(margins.get((row["item"],)), 2),
            align="center",
        ),
        verdict_column(words, words.say("header.reliability_verdict")),
    ]
    note = words.say("note.indicators", shown=len(order), total=len(rows))
    table = build(name, words.say("table.indicators"), order, columns, note)
    return replace(table, frame=frame.reset_index(drop=True))


def _estimate(row: Row | None, digits: int) -> str:
    return with_interval(None if row is None else row | {"estimate": row["value"]}, digits)


def cross_loadings_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "cross_loadings",
) -> Table:
    """Return the correlations of items with constructs, an asterisk at an item's own.

    Parameters
    ----------
    frame : DataFrame
        ``item``, ``construct``, ``own``, ``estimate``.
    labels : mapping of str to str
        Texts of constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    require(frame, ["item", "construct", "own", "estimate"], "cross_loadings_table")
    words = Wording(language=language, labels=labels)
    constructs, items = distinct(frame, "construct"), distinct(frame, "item")
    cells = lookup(frame, "item", "construct")

    def show(item: object, construct: object) -> str:
        row = cells.get((item, construct))
        mine = row is not None and row["own"] == construct
        return numbers.decimal(number(row, "estimate"), 2) + ("*" if mine else "")

    right: Align = "right"
    return Table(
        name=name,
        caption=words.say("table.cross_loadings"),
        frame=frame.reset_index(drop=True),
        header=(words.say("header.item"), *(words.label(each) for each in constructs)),
        rows=tuple((str(item), *(show(item, each) for each in constructs)) for item in items),
        align=("left", *([right] * len(constructs))),
        note=words.say("note.cross_loadings"),
    )


def ratio_limits_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    level: float = 0.95,
    name: str = "ratio_limits",
) -> Table:
    """Return HTMT and HTMT2 with one-sided limits, for the pairs that are closest.

    Parameters
    ----------
    frame : DataFrame
        Rows of the criteria ``htmt`` and ``htmt2``, against each threshold.
    labels : mapping of str to str
        Texts of constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    level : float
        Confidence level of the limits.
    name : str
        The table's name.
    """
    require(frame, [*NEEDED, "upper", "threshold"], "ratio_limits_table")
    words = Wording(language=language, labels=labels)
    pairs = limits_of(frame)
    near = ~(pairs[[f"below_{ratio}" for ratio in RATIOS]] <= STRICTEST).all(axis=1)
    shown = pairs.head(max(int(near.sum()), min(SHOWN, len(pairs))))
    columns = [
        Column(header=words.say("header.pair"), show=lambda row: _pair(words, row), align="left")
    ]
    for ratio in RATIOS:
        columns += _ratio_columns(words, ratio, level)
    note = words.say(
        "note.ratio_limits", shown=len(shown), total=len(pairs), level=numbers.level(level)
    )
    table = build(name, words.say("table.ratio_limits"), shown, columns, note)
    return replace(table, frame=frame.reset_index(drop=True))


def _pair(words: Wording, row: Row) -> str:
    return words.say(
        "phrase.between",
        source=words.label(row["construct"]),
        target=words.label(row["construct_2"]),
    )


def _ratio_columns(words: Wording, ratio: str, level: float) -> Iterable[Column]:
    def grade(row: Row) -> str:
        if math.isnan(number(row, f"value_{ratio}")):
            return words.say("status.undefined")
        below = number(row, f"below_{ratio}")
        known = not math.isnan(below)
        return f"< {numbers.decimal(below, 2)}" if known else words.say("grade.not_distinct")

    name = words.say(f"criterion.{ratio}")
    limit = words.say("header.upper_limit", level=numbers.level(level))
    return (
        decimal_column(name, f"value_{ratio}", 2),
        decimal_column(limit, f"upper_{ratio}", 2),
        Column(header=words.say("header.limit_below"), show=grade, align="left"),
    )


def formative_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    level: float = 0.95,
    name: str = "formative",
) -> Table:
    """Return weights, collinearity and verdicts of the items of formative constructs.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``outer_weight``, ``indicator_vif`` and ``redundancy``.
    labels : mapping of str to str
        Texts of constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    require(frame, [*NEEDED, "lower", "upper", "p_value"], "formative_table")
    words = Wording(language=language, labels=labels)
    vif = lookup(part(frame, "criterion", "indicator_vif"), "item")

    def collinear(row: Row) -> str:
        return numbers.decimal(number(vif.get((row["item"],)), "value"), 2)

    columns = [
        label_column(words, "construct", words.say("header.construct")),
        code_column(words.say("header.item"), "item"),
        decimal_column(words.say("header.weight"), "value", 3),
        interval_column(words.say("header.interval", level=numbers.level(level)), 3),
        *given(frame, ["p_value"], p_value_column(words)),
        verdict_column(words, words.say("header.weight_verdict")),
        Column(header=words.say("criterion.indicator_vif"), show=collinear),
        Column(
            header=words.say("header.vif_verdict"),
            show=lambda row: verdict_words(words, vif.get((row["item"],), {})),
            align="left",
        ),
    ]
    rows = part(frame, "criterion", "outer_weight")
    table = build(name, words.say("table.formative"), rows, columns, words.say("note.formative"))
    return replace(table, frame=frame.reset_index(drop=True))


def criteria_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    level: float = 0.95,
    caption: str = "criteria",
    name: str = "criteria",
) -> Table:
    """Return criteria as they stand in the assessment: value, interval, threshold, verdict.

    Parameters
    ----------
    frame : DataFrame
        Rows of the assessment.
    labels : mapping of str to str
        Texts of constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    level : float
        Confidence level of the intervals.
    caption : str
        A key under ``table`` in the catalogue.
    name : str
        The table's name.
    """
    require(frame, [*NEEDED, "lower", "upper", "threshold"], "criteria_table")
    words = Wording(language=language, labels=labels)
    columns = [
        Column(
            header=words.say("header.criterion"),
            show=lambda row: capital(criterion_words(words, row)),
            align="left",
        ),
        Column(
            header=words.say("header.of"), show=lambda row: subject_words(words, row), align="left"
        ),
        decimal_column(words.say("header.value_found"), "value", 2),
        interval_column(words.say("header.interval", level=numbers.level(level)), 2),
        Column(
            header=words.say("header.asked"), show=lambda row: asked_words(words, row), align="left"
        ),
        verdict_column(words),
    ]
    return build(name, words.say(f"table.{caption}"), frame, columns, words.say("note.criteria"))
