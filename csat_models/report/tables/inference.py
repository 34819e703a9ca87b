"""Tables on the draws themselves, and on effects along single routes."""

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
    effect_column,
    given,
    interval_column,
    p_value_column,
)

RULES = ("reliability", "loading", "r_squared", "construct_corr")

SHOWN = 10


def draws_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    name: str = "draws",
) -> Table:
    """Return the ledger: what became of the bootstrap draws.

    Parameters
    ----------
    frame : DataFrame
        ``what``, ``name`` and ``count``, as
        :meth:`~csat_models.estimation.draws.ledger.DrawLedger.table` gives them.
    labels : mapping of str to str
        Texts of the constructs and items.
    language : {"zh", "en"}
        Language of caption and headers.
    name : str
        The table's name.
    """
    require(frame, ["what", "name", "count"], "draws_table")
    words = Wording(language=language, labels=labels)

    def show(row: Row) -> str:
        subject = str(row["name"])
        shown = words.say(f"rule.{subject}") if subject in RULES else words.label(subject)
        return words.say(f"ledger.{row['what']}", name=shown)

    columns = [
        Column(header=words.say("header.draws"), show=show, align="left"),
        count_column(words.say("header.number_of_draws"), "count"),
    ]
    return build(name, words.say("table.draws"), frame, columns, words.say("note.draws"))


def route_words(words: Wording, route: str) -> str:
    """Return a route such as ``"A -> B -> C"`` with the constructs' texts."""
    return " → ".join(words.label(step) for step in route.split(" -> "))


def indirect_effects_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    level: float = 0.95,
    name: str = "indirect_effects",
) -> Table:
    """Return the table of the largest effects along single routes.

    Parameters
    ----------
    frame : DataFrame
        ``route``, ``source``, ``target``, ``estimate``, ``lower``, ``upper``;
        optionally ``p_value``. The table keeps all rows and shows, for each
        target, the ten of largest size.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    require(frame, ["route", "target", "estimate", "lower", "upper"], "indirect_effects_table")
    words = Wording(language=language, labels=labels)
    columns = [
        Column(
            header=words.say("header.route"),
            show=lambda row: route_words(words, str(row["route"])),
            align="left",
        ),
        decimal_column(words.say("header.indirect"), "estimate", 3),
        interval_column(words.say("header.interval", level=numbers.level(level)), 3),
        *given(frame, ["p_value"], p_value_column(words)),
    ]
    order = frame.sort_values("estimate", key=abs, ascending=False, kind="stable")
    largest = order.groupby("target", sort=False).head(SHOWN)
    shown = largest.sort_values(["target", "estimate"], ascending=[True, False], kind="stable")
    note = words.say("note.indirect_effects", shown=len(shown), total=len(frame))
    table = build(name, words.say("table.indirect_effects"), shown, columns, note)
    return replace(table, frame=frame.reset_index(drop=True))


def mediation_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    level: float = 0.95,
    name: str = "mediation",
) -> Table:
    """Return the table of direct and indirect effects with the share that is indirect.

    Parameters
    ----------
    frame : DataFrame
        ``source``, ``target``, ``direct``, ``estimate``, ``lower``, ``upper``
        (of the indirect effect) and ``share`` (variance accounted for).
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    needed = ["source", "target", "direct", "estimate", "lower", "upper", "share"]
    require(frame, needed, "mediation_table")
    words = Wording(language=language, labels=labels)

    def share(row: Row) -> str:
        value = number(row, "share")
        return numbers.percent(value) if 0 <= value <= 1 else numbers.MISSING

    columns = [
        Column(
            header=words.say("header.path_name"),
            show=lambda row: route_words(words, f"{row['source']} -> {row['target']}"),
            align="left",
        ),
        effect_column(words.say("header.direct"), "direct"),
        decimal_column(words.say("header.indirect"), "estimate", 3),
        interval_column(words.say("header.interval", level=numbers.level(level)), 3),
        Column(header=words.say("header.vaf"), show=share),
    ]
    note = words.say("phrase.space").join([words.say("note.mediation"), words.say("note.no_path")])
    return build(name, words.say("table.mediation"), frame, columns, note)
