"""Small cells left blank in tidy tables."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from csat_models.survey.suppression import hidden_rows


def blank_small(
    table: pd.DataFrame,
    size: str,
    values: Sequence[str],
    *,
    min_n: int,
    by: Sequence[str] = (),
    within: Sequence[str] = (),
) -> pd.DataFrame:
    """Blank the values and the size of small cells, and of those that would give them away.

    Parameters
    ----------
    table : DataFrame
        One row a cell.
    size : str
        Column of the numbers of respondents.
    values : sequence of str
        Columns that are blanked together with the size.
    min_n : int
        Least number of respondents of a cell that is shown.
    by : sequence of str
        Columns that are crossed; by default the rows are one list.
    within : sequence of str
        Columns for each of whose combinations there is a table of its own.
    """
    hidden = pd.Series(False, index=table.index)
    groups = table.groupby(list(within), sort=False, observed=True) if within else [("", table)]
    for _, part in groups:
        hidden[part.index] = hidden_rows(part, size, by=by, min_n=min_n).to_numpy()
    if not hidden.any():
        return table
    shown = {*values, size}
    blank = pd.DataFrame({name: hidden & (name in shown) for name in table.columns})
    return table.astype(dict.fromkeys(shown, float)).mask(blank)
