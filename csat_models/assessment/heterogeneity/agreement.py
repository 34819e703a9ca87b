"""How far two divisions of the same respondents agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import DataError


def adjusted_rand(one: Sequence[Any] | NDArray[Any], other: Sequence[Any] | NDArray[Any]) -> float:
    r"""Share of pairs treated alike by two divisions, beyond chance.

    .. math::

       \frac{\sum_{ij} \binom{n_{ij}}{2} - E}{\frac{1}{2} (A + B) - E}, \quad
       A = \sum_i \binom{n_{i.}}{2}, \; B = \sum_j \binom{n_{.j}}{2}, \;
       E = A B / \binom{n}{2}.

    Parameters
    ----------
    one, other : sequence (n,)
        The segment of each respondent; the names of the segments do not matter.

    Returns
    -------
    float
        1 for the same division, 0 on average for divisions by chance.

    Raises
    ------
    DataError
        Divisions of different lengths, or of fewer than two respondents.

    References
    ----------
    Hubert and Arabie (1985), Comparing partitions, Journal of Classification 2,
    193-218.

    Examples
    --------
    >>> adjusted_rand([1, 1, 2, 2], [2, 2, 1, 1])
    1.0
    >>> round(adjusted_rand([1, 1, 2, 2], [1, 2, 1, 2]), 6)
    -0.5
    """
    first, second = (np.asarray(each) for each in (one, other))
    if first.shape != second.shape or first.size < 2:  # noqa: PLR2004
        raise DataError(
            f"divisions of {first.size} and {second.size} respondents cannot be compared; give "
            "both of the same respondents, two or more"
        )
    table = pd.crosstab(first, second).to_numpy()
    inside, rows, columns, pairs = (
        float((each * (each - 1) / 2).sum())
        for each in (table, table.sum(axis=1), table.sum(axis=0), np.array(first.size))
    )
    expected, most = rows * columns / pairs, (rows + columns) / 2
    return 1.0 if most == expected else (inside - expected) / (most - expected)
