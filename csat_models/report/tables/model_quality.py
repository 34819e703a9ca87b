"""Tables of the validity chapter on the structural model: effects, fit, prediction, rivals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Table
from csat_models.report.frames import Row, lookup, number, part, require
from csat_models.report.language import Wording
from csat_models.report.tables.columns import (
    Column,
    build,
    code_column,
    decimal_column,
    label_column,
    p_value_column,
    with_interval,
)
from csat_models.report.tables.validity import verdict_column
from csat_models.report.verdicts import NEEDED, capital, effect_word, verdict_words

MEASURES = ("srmr", "d_uls", "d_g")


def structure_quality_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "structure_quality",
) -> Table:
    """Return collinearity and effect size of every path.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``inner_vif`` and ``effect_size``; others are kept and not shown.
    labels : mapping of str to str
        Texts of constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    require(frame, [*NEEDED, "lower", "upper"], "structure_quality_table")
    words = Wording(language=language, labels=labels)
    rows = part(frame, "criterion", "inner_vif")
    effects = lookup(part(frame, "criterion", "effect_size"), "construct", "construct_2")

    def effect(row: Row) -> Row:
        return effects.get((row["construct"], row["construct_2"]), {})

    columns = [
        label_column(words, "construct", words.say("header.source")),
        label_column(words, "construct_2", words.say("header.target")),
        Column(
            header=capital(words.say("criterion.inner_vif")),
            show=lambda row: _spread(row, 2),
            align="center",
        ),
        verdict_column(words, words.say("header.vif_verdict")),
        Column(
            header=words.say("criterion.effect_size"),
            show=lambda row: _spread(effect(row), 3),
            align="center",
        ),
        Column(
            header=words.say("header.effect_word"),
            show=lambda row: words.say(f"effect.{effect_word(number(effect(row), 'value'))}"),
            align="left",
        ),
    ]
    note = words.say("note.structure_quality")
    table = build(name, words.say("table.structure_quality"), rows, columns, note)
    return replace(table, frame=frame.reset_index(drop=True))


def _spread(row: Row, digits: int) -> str:
    return with_interval(row | {"estimate": row.get("value")}, digits)


def fit_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "fit",
) -> Table:
    """Return the distances of both structures beside their critical values.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``srmr``, ``d_uls``, ``d_g`` and ``exact_fit``; others are kept and not shown.
    labels : mapping of str to str
        Texts of constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    require(frame, [*NEEDED, "threshold", "p_value"], "fit_table")
    words = Wording(language=language, labels=labels)
    tests = lookup(
        part(frame, "criterion", "exact_fit").drop_duplicates(["construct", "item"]),
        "construct",
        "item",
    )
    shown = frame[frame["criterion"].isin(MEASURES)]

    def test(row: Row) -> Row:
        found = tests.get((row["criterion"], row["item"])) or tests.get(("", ""))
        return found or {}

    columns = [
        Column(
            header=words.say("header.measure"),
            show=lambda row: words.say(f"criterion.{row['criterion']}"),
            align="left",
        ),
        Column(
            header=words.say("header.fitted"), show=lambda row: _structure(words, row), align="left"
        ),
        decimal_column(words.say("header.value_found"), "value", 3),
        Column(
            header=words.say("header.guideline"),
            show=lambda row: _guideline(words, row),
            align="left",
        ),
        Column(
            header=words.say("header.critical"),
            show=lambda row: numbers.decimal(number(test(row), "threshold"), 3),
        ),
        Column(
            header=words.say("header.p_value"),
            show=lambda row: numbers.p_value(number(test(row), "p_value")),
        ),
        Column(
            header=words.say("header.exact_verdict"),
            show=lambda row: _tested(words, test(row)),
            align="left",
        ),
    ]
    table = build(name, words.say("table.fit"), shown, columns, words.say("note.fit"))
    return replace(table, frame=frame.reset_index(drop=True))


def _tested(words: Wording, row: Row) -> str:
    verdict = row.get("verdict")
    return words.say(f"exact.{verdict}") if verdict else verdict_words(words, row)


def _structure(words: Wording, row: Row) -> str:
    return words.say(f"fitted.{row['item']}") if row["item"] else numbers.MISSING


def _guideline(words: Wording, row: Row) -> str:
    if row["criterion"] != "srmr" or row["status"]:
        return verdict_words(words, row)
    limit = numbers.decimal(number(row, "threshold"), 2)
    return words.say("phrase.with", name=f"< {limit}", detail=verdict_words(words, row))


def prediction_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "prediction",
) -> Table:
    """Return out-of-sample errors and Q2_predict of the predicted items.

    Parameters
    ----------
    frame : DataFrame
        ``construct``, ``item``, ``q2_predict_mean``, ``q2_earliest``, ``verdict``, and
        ``rmse_model``, ``rmse_linear_model``, ``mae_model``, ``mae_linear_model``.
    labels : mapping of str to str
        Texts of constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    losses = ["rmse_model", "rmse_linear_model", "mae_model", "mae_linear_model"]
    needed = ["construct", "item", "q2_predict_mean", "q2_earliest", *losses, "verdict"]
    require(frame, needed, "prediction_table")
    words = Wording(language=language, labels=labels)
    columns = [
        label_column(words, "construct", words.say("header.construct")),
        code_column(words.say("header.item"), "item"),
        decimal_column(words.say("header.q2_predict"), "q2_predict_mean", 3),
        decimal_column(words.say("header.q2_earliest"), "q2_earliest", 3),
        *(decimal_column(words.say(f"header.{name}"), name, 3) for name in losses),
        Column(
            header=words.say("header.beats"),
            show=lambda row: words.say(f"beats.{row['verdict'] or 'unknown'}"),
            align="left",
        ),
    ]
    note = words.say("note.prediction")
    return build(name, words.say("table.prediction"), frame, columns, note)


def cvpat_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    level: float = 0.95,
    name: str = "cvpat",
) -> Table:
    """Return differences of the cross-validated loss against both benchmarks.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``cvpat_mean`` and ``cvpat_linear_model``; ``estimate`` is the difference.
    labels : mapping of str to str
        Texts of constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    require(
        frame, ["criterion", "construct", "estimate", "lower", "upper", "verdict"], "cvpat_table"
    )
    words = Wording(language=language, labels=labels)
    linear = lookup(part(frame, "criterion", "cvpat_linear_model"), "construct")

    def against(row: Row) -> Row:
        return linear.get((row["construct"],), {})

    span = words.say("header.with_interval", level=numbers.level(level))
    columns = [
        Column(
            header=words.say("header.construct"),
            show=lambda row: construct_or_all(words, row["construct"]),
            align="left",
        ),
        Column(
            header=words.say("header.against_mean", span=span),
            show=lambda row: with_interval(row, 3, signed=True),
            align="center",
        ),
        p_value_column(words),
        Column(
            header=words.say("header.verdict"), show=lambda row: _better(words, row), align="left"
        ),
        Column(
            header=words.say("header.against_linear", span=span),
            show=lambda row: with_interval(against(row), 4, signed=True),
            align="center",
        ),
        Column(
            header=words.say("header.p_value"),
            show=lambda row: numbers.p_value(number(against(row), "p_value")),
        ),
        Column(
            header=words.say("header.verdict"),
            show=lambda row: _better(words, against(row)),
            align="left",
        ),
    ]
    rows = part(frame, "criterion", "cvpat_mean")
    table = build(name, words.say("table.cvpat"), rows, columns, words.say("note.cvpat"))
    return replace(table, frame=frame.reset_index(drop=True))


def _better(words: Wording, row: Row) -> str:
    verdict = row.get("verdict")
    return words.say(f"better.{verdict}") if verdict else verdict_words(words, row)


def construct_or_all(words: Wording, name: object) -> str:
    """Return a construct's text, or that of all constructs together."""
    return words.say("phrase.overall") if name == "overall" else words.label(name)
