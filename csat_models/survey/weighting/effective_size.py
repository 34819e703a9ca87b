"""What weights cost: design effects and effective numbers of respondents.

References
----------
Kish (1965), Survey Sampling, section 11.7; Kish (1992), Weighting for unequal
P_i, J. Official Statistics 8:183-200.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.survey.intake.responses import Responses
from csat_models.survey.weighting.numbers import require_weights, rows_to_weight

Array = NDArray[np.float64]


def effective_n(weights: Array) -> Array:
    r"""Effective number of respondents, :math:`(\sum w)^2 / \sum w^2`.

    Parameters
    ----------
    weights : ndarray, shape (..., n)

    Returns
    -------
    ndarray, shape (...)

    Examples
    --------
    >>> effective_n(np.array([1.0, 1.0, 2.0])).round(3).item()
    2.667
    """
    return np.asarray(weights.sum(axis=-1) ** 2 / (weights**2).sum(axis=-1))


def design_effect(weights: Array) -> Array:
    r"""Kish's design effect of unequal weights, :math:`n \sum w^2 / (\sum w)^2`.

    It is 1 plus the squared coefficient of variation of the weights: how
    often larger the variance of a mean is than with equal weights, if the
    weights have nothing to do with the answers.

    Parameters
    ----------
    weights : ndarray, shape (..., n)

    Returns
    -------
    ndarray, shape (...)

    Examples
    --------
    >>> design_effect(np.array([1.0, 1.0, 2.0])).item()
    1.125
    """
    return np.asarray(weights.shape[-1] / effective_n(weights))


def effective_size(
    data: Responses | pd.DataFrame, by: Sequence[str] = (), *, weight: str | None = None
) -> pd.DataFrame:
    """Effective numbers of respondents, cell by cell.

    Parameters
    ----------
    data : Responses or DataFrame
        n rows.
    by : sequence of str
        Columns whose combinations are the cells; by default one cell.
    weight : str, optional
        Column of weights, by default that of the codebook.

    Returns
    -------
    DataFrame
        One row a cell that occurs: the columns of `by`, ``n_obs``,
        ``weight_sum``, ``n_effective``, ``design_effect``, ``smallest`` and
        ``largest`` weight.

    Raises
    ------
    DataError
        A column that is not there, or weights that are missing, negative or
        infinite.

    Examples
    --------
    >>> rows = pd.DataFrame({"city": ["a", "a", "b"], "w": [1.0, 3.0, 2.0]})
    >>> effective_size(rows, ["city"], weight="w")[["n_obs", "n_effective"]].values.tolist()
    [[2.0, 1.6], [1.0, 1.0]]
    """
    frame, _ = rows_to_weight(data)
    by = (by,) if isinstance(by, str) else by
    name = weight or (data.codebook.weight if isinstance(data, Responses) else None)
    absent = [column for column in (*by, name) if column not in frame.columns]
    if absent:
        missing = "weight" if absent[0] is None else f"'{absent[0]}'"
        raise DataError(
            f"the data have no column {missing}, which effective sizes need; name another",
            column=absent[0],
        )
    weights = pd.Series(require_weights(frame, str(name)), index=frame.index)
    keys = [frame[column] for column in by] or [pd.Series(0, index=frame.index)]
    groups = weights.groupby(keys, observed=True)
    squares = (weights**2).groupby(keys, observed=True).sum()
    table = groups.agg(n_obs="size", weight_sum="sum", smallest="min", largest="max")
    table["n_effective"] = table["weight_sum"] ** 2 / squares
    table["design_effect"] = table["n_obs"] / table["n_effective"]
    order = ["n_obs", "weight_sum", "n_effective", "design_effect", "smallest", "largest"]
    chosen = pd.DataFrame(table[order])
    return chosen.reset_index() if by else chosen.reset_index(drop=True)
