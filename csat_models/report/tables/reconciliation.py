"""Tables of the same specification by several methods."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from csat_models.report import numbers
from csat_models.report.elements import Language, Table
from csat_models.report.frames import Row, distinct, lookup, number, part, require
from csat_models.report.language import Wording
from csat_models.report.tables.columns import Column, build_wide, label_column
from csat_models.report.tables.covariance import indicator_column


def reconciliation_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    language: Language,
    quantity: str = "path",
    name: str | None = None,
) -> Table:
    """Return loadings, paths, R2 or indices, one column a method.

    Parameters
    ----------
    frame : DataFrame
        As :func:`~csat_models.assessment.reconcile` gives it.
    labels, language
        As in :func:`~csat_models.report.tables.covariance.covariance_fit_table`.
    quantity : {"loading", "path", "r_squared", "index"}
        What is shown.
    name : str, optional
        The table's name; by default ``quantity`` and ``_by_method``.
    """
    require(frame, ["quantity", "construct", "term", "method", "value"], "reconciliation_table")
    words = Wording(language=language, labels=labels)
    mine, digits = part(frame, "quantity", quantity), 1 if quantity == "index" else 3
    cells = lookup(mine, "construct", "term", "method")

    def value(row: Row, method: str) -> float:
        return number(cells.get((row["construct"], row["term"], method)), "value")

    def column(method: str) -> Column:
        return Column(
            header=words.say(f"covariance.by.{method}"),
            show=lambda row: numbers.decimal(value(row, method), digits),
        )

    methods = [str(method) for method in distinct(mine, "method")]
    last = Column(
        header=words.say("covariance.header.gap"),
        show=lambda row: numbers.signed(value(row, methods[-1]) - value(row, methods[0]), digits),
    )
    columns = [*_places(words, quantity, mine), *[column(method) for method in methods], last]
    return build_wide(
        name or f"{quantity}_by_method",
        words.say(f"covariance.table.by_method_{quantity}"),
        mine,
        ["construct", "term"],
        columns,
        note=words.say("covariance.note.methods"),
    )


def _places(words: Wording, quantity: str, frame: pd.DataFrame) -> list[Column]:
    """Name what a line is of: construct and item, source and target, or construct."""
    construct = label_column(words, "construct", words.say("header.construct"))
    if quantity == "loading":
        return [construct, indicator_column(words, "term", frame)]
    if quantity == "path":
        source = label_column(words, "term", words.say("header.source"))
        return [source, label_column(words, "construct", words.say("header.target"))]
    return [construct]
