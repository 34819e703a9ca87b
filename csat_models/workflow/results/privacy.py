"""Small cells left blank in tidy tables."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import pandas as pd

from csat_models.analysis.description import cell_sizes
from csat_models.survey.disclosure.suppression import hidden_rows, hidden_totals
from csat_models.workflow.computing.computation import Computation


def hidden_groups(of: Computation, column: str) -> set[Hashable]:
    """Return the units or brands whose totals are blank in the table of units by brands.

    Lists of units stand beside that table: what is blank there must be blank
    in them, or both together give small cells away.

    Parameters
    ----------
    of : Computation
    column : str
        The column of units or of brands; any other has no such groups.
    """
    if column not in of.by or len(of.by) == 1:
        return set()
    sizes = cell_sizes(of.wave.responses, of.by, None)
    return hidden_totals(sizes, "n_obs", by=of.by, of=column, min_n=of.params.privacy.min_n)


def blank_small(
    table: pd.DataFrame,
    size: str,
    values: Sequence[str],
    *,
    min_n: int,
    by: Sequence[str] = (),
    within: Sequence[str] = (),
    also: pd.Series[bool] | None = None,
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
    also : Series of bool, optional
        Rows that another table hides.
    """
    hidden = pd.Series(False, index=table.index) if also is None else also.copy()
    groups = table.groupby(list(within), sort=False, observed=True) if within else [("", table)]
    for _, part in groups:
        hidden[part.index] |= hidden_rows(part, size, by=by, min_n=min_n).to_numpy()
    if not hidden.any():
        return table
    shown = {*values, size}
    blank = pd.DataFrame({name: hidden & (name in shown) for name in table.columns})
    return table.astype(dict.fromkeys(shown, float)).mask(blank)
