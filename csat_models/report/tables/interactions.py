"""Tables of interactions: slopes of an effect at values of its moderator."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Table
from csat_models.report.frames import Row, number, require
from csat_models.report.language import Wording
from csat_models.report.tables.columns import (
    Column,
    build,
    decimal_column,
    given,
    interval_column,
    label_column,
    p_value_column,
)


def simple_slopes_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    level: float = 0.95,
    name: str = "simple_slopes",
) -> Table:
    """Return the slopes of moderated effects, one line an effect and level of the moderator.

    Parameters
    ----------
    frame : DataFrame
        ``source``, ``moderator``, ``target``, ``level`` (standard deviations of
        the moderator from its mean), ``estimate``, ``lower``, ``upper``;
        optionally ``p_value``.
    labels : mapping of str to str
        Texts of the constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    wanted = ["source", "moderator", "target", "level", "estimate", "lower", "upper"]
    require(frame, wanted, "simple_slopes_table")
    words = Wording(language=language, labels=labels)
    columns = [
        label_column(words, "source", words.say("header.source")),
        label_column(words, "target", words.say("header.target")),
        label_column(words, "moderator", words.say("interactions.header.moderator")),
        Column(
            header=words.say("interactions.header.at"),
            show=lambda row: at_level(words, row),
            align="left",
        ),
        decimal_column(words.say("interactions.header.slope"), "estimate", 3),
        interval_column(words.say("header.interval", level=numbers.level(level)), 3),
        *given(frame, ["p_value"], p_value_column(words)),
    ]
    caption, note = words.say("interactions.table.slopes"), words.say("interactions.note.slopes")
    return build(name, caption, frame, columns, note)


def at_level(words: Wording, row: Row) -> str:
    """Return where the moderator stands: "mean − 1 SD", "mean", "mean + 1 SD"."""
    away = number(row, "level")
    where = "mean" if away == 0 else "above" if away > 0 else "below"
    return words.say(f"interactions.at.{where}", number=f"{abs(away):g}")
