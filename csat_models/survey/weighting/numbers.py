"""Columns of weights as numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.survey.intake.responses import Responses

Array = NDArray[np.float64]


def rows_to_weight(data: object) -> tuple[pd.DataFrame, str]:
    """Return the rows of responses or a data frame, and what messages call them.

    Raises
    ------
    DataError
        Anything else.

    Examples
    --------
    >>> rows_to_weight(pd.DataFrame({"w": [1, 2]}))[1]
    'the data'
    """
    if isinstance(data, Responses):
        return data.frame, data.source
    if not isinstance(data, pd.DataFrame):
        raise DataError(
            f"the data are of type '{type(data).__name__}'; give responses or a pandas DataFrame"
        )
    return data, "the data"


def weight_numbers(frame: pd.DataFrame, column: str, source: str = "the data") -> Array:
    """Return a column of weights as numbers, shape (n,); NaN where there is none.

    Raises
    ------
    DataError
        Two columns of this name, or text.

    Examples
    --------
    >>> weight_numbers(pd.DataFrame({"w": [1, 2]}), "w").tolist()
    [1.0, 2.0]
    """
    if not isinstance(frame[column], pd.Series):
        raise DataError(
            f"{source}: several columns are called '{column}'; name them apart", column=column
        )
    try:
        return frame[column].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        raise DataError(
            f"{source}: the weight '{column}' holds something other than numbers; correct the "
            "column or name another",
            column=column,
        ) from None


def require_weights(frame: pd.DataFrame, column: str, source: str = "the data") -> Array:
    """Return a column of weights that are all finite and none negative, shape (n,).

    Raises
    ------
    DataError
        As :func:`weight_numbers`; or a weight that is missing, infinite or negative.

    Examples
    --------
    >>> require_weights(pd.DataFrame({"w": [1, 0]}), "w").tolist()
    [1.0, 0.0]
    """
    values = weight_numbers(frame, column, source)
    bad = ~(np.isfinite(values) & (values >= 0))
    if bad.any():
        raise DataError(
            f"{source}: the weight '{column}' is missing, infinite or negative in {bad.sum()} "
            f"rows, first in row {np.flatnonzero(bad)[0] + 1}; correct it or leave these rows out",
            column=column,
            n_rows=int(bad.sum()),
        )
    return values
