"""The table of the model beside the saturated model."""

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
    label_column,
    p_value_column,
    with_interval,
)


def alternatives_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    level: float = 0.95,
    name: str = "alternatives",
) -> Table:
    """Return information criteria of the model beside those of the saturated model.

    Parameters
    ----------
    frame : DataFrame
        ``construct``, ``model`` ("model" or "saturated"), ``predecessors``, ``aic``, ``bic``,
        ``hq``, ``bic_weight``; on rows of the model ``difference`` of the loss with ``lower``,
        ``upper``.
    labels : mapping of str to str
        Texts of constructs.
    language : {"zh", "en"}
        Language of caption and headers.
    level : float
        Confidence level of the intervals.
    name : str
        The table's name.
    """
    needed = ["construct", "model", "predecessors", "aic", "bic", "hq", "bic_weight"]
    require(frame, needed, "alternatives_table")
    words = Wording(language=language, labels=labels)
    rivals = lookup(part(frame, "model", "saturated"), "construct")

    def more(criterion: str) -> Column:
        def show(row: Row) -> str:
            rival = rivals[(row["construct"],)]
            return numbers.signed(number(row, criterion) - number(rival, criterion), 1)

        return Column(
            header=words.say("header.delta", name=words.say(f"criterion.{criterion}")), show=show
        )

    def paths(row: Row) -> str:
        rival = rivals[(row["construct"],)]
        return f"{row['predecessors']} / {rival['predecessors']}"

    columns = [
        label_column(words, "construct", words.say("header.construct")),
        Column(header=words.say("header.predecessors"), show=paths),
        *(more(criterion) for criterion in ("aic", "bic", "hq")),
        Column(
            header=words.say("header.bic_weight"),
            show=lambda row: numbers.probability(number(row, "bic_weight")),
        ),
        Column(
            header=words.say("header.loss", level=numbers.level(level)),
            show=lambda row: with_interval(
                row | {"estimate": row.get("difference")}, 4, signed=True
            ),
            align="center",
        ),
        p_value_column(words),
    ]
    rows = part(frame, "model", "model")
    table = build(
        name, words.say("table.alternatives"), rows, columns, words.say("note.alternatives")
    )
    return replace(table, frame=frame.reset_index(drop=True))
