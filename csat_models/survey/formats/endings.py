"""Rows below the answers that are none: totals, means, notes."""

from __future__ import annotations

import re
from unicodedata import normalize

import pandas as pd

from csat_models.errors import DataError
from csat_models.survey.formats.table import Table

_LOOKED_AT = 5
_TOTAL = re.compile(
    "合计|总计|小计|总和|汇总|平均|平均值|平均分|均值|总平均"
    "|(grand |sub)?totals?|sums?|averages?|means?"
    "|summe|gesamt|mittelwert|durchschnitt"
)
_NOTE = re.compile(
    r"(注|备注|说明|附注|数据来源|资料来源|notes?|sources?|remarks?)\s*\d?\s*:.*|[*※].+"
)


def check_last_rows(table: Table, source: str) -> None:
    """Refuse a table whose last rows hold a total, a mean or a note instead of a respondent.

    Parameters
    ----------
    table : Table
        Of cells that somebody may have written by hand.
    source : str
        What messages call the file.

    Raises
    ------
    DataError
        One of the last rows begins with a word such as "Total", which stands
        nowhere above, or has nothing but a note.
    """
    n_rows = len(table.frame)
    for k in range(max(n_rows - _LOOKED_AT, 1), n_rows):
        filled = table.frame.iloc[k].dropna()
        if filled.empty or not isinstance(filled.iloc[0], str):
            continue
        first = normalize("NFKC", filled.iloc[0]).strip().casefold()
        total = _TOTAL.fullmatch(first.rstrip(":")) and _is_new(table, str(filled.index[0]), k)
        if total or (len(filled) == 1 and table.frame.shape[1] > 1 and _NOTE.fullmatch(first)):
            shown = filled.iloc[0].strip()[:40]
            raise DataError(
                f"{source}, {table.place} {table.row_numbers[k]}: begins with '{shown}', which "
                "looks like no respondent but a total or a note below the answers; remove the row",
                source=source,
                row=int(table.row_numbers[k]),
            )


def _is_new(table: Table, name: str, row: int) -> bool:
    """Tell whether a word stands in its column for the first time, as no category would."""
    above: pd.Series[bool] = table.frame[name].iloc[:row] == table.frame[name].iloc[row]
    return not above.any()
