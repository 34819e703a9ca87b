"""The names of persons, whose rows stay together in draws and leave-outs.

A name is a text: whole numbers are written without a fraction, so that the
same person has the same name, and the same draws, in a file where ids are
whole numbers and in another where a gap made them fractions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from csat_models.errors import DataError
from csat_models.survey import Responses


def persons_column(data: object, persons: str | None) -> str | None:
    """Return the column of respondent ids: `persons`, by default the codebook's."""
    if persons is None and isinstance(data, Responses):
        return data.codebook.respondent_id
    return persons


def person_names(rows: pd.DataFrame, persons: str) -> list[str]:
    """Return the name of each row's person.

    Parameters
    ----------
    rows : DataFrame
        n rows.
    persons : str
        Column of respondent ids, or of sampling units.

    Returns
    -------
    list of str (n,)

    Raises
    ------
    DataError
        No such column, or rows without an id: they would be one person.

    Examples
    --------
    >>> rows = pd.DataFrame({"whole": [7, 8], "half": [7.0, 8.5], "text": ["7", "07"]})
    >>> [person_names(rows, name) for name in rows]
    [['7', '8'], ['7', '8.5'], ['7', '07']]
    """
    if persons not in rows.columns:
        raise DataError(f"the data have no column '{persons}' of respondent ids", column=persons)
    ids = rows[persons]
    names = [_name(value) for value in ids.tolist()]
    lacking = ids.isna().to_numpy() | np.array([not name.strip() for name in names], dtype=np.bool_)
    if lacking.any():
        label = rows.index[int(np.argmax(lacking))]
        raise DataError(
            f"column '{persons}' names no person or sampling unit in the row with the index "
            f"{label} ({lacking.sum()} such rows), which would all be one; fill it or leave these "
            "rows out",
            column=persons,
            row=label,
        )
    return names


def _name(value: Any) -> str:
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else str(value)
