"""Differences between ways of interviewing, such as telephone and web.

References
----------
de Leeuw (2005), To mix or not to mix data collection modes in surveys, J.
Official Statistics 21:233-255. MacKinnon & White (1985), J. Econometrics
29:305-325, for the robust standard error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.survey.responses import Responses
from csat_models.survey.screening.answers import column_of, holm, scores_of, screened_items
from csat_models.survey.screening.single_rows import group_codes

Array = NDArray[np.float64]

# An indicator that varies less than this within strata is the strata's own.
ROUNDING = 1e-12


def mode_effects(
    responses: Responses,
    mode: str,
    *,
    items: Sequence[str] | None = None,
    within: Sequence[str] = (),
) -> pd.DataFrame:
    r"""Compare each mode with all others, item by item.

    The difference is the slope of the score on the mode's indicator, both
    taken from the means of their stratum, so that a mode does not look
    different because it reaches other people as far as the strata tell them
    apart.

    Parameters
    ----------
    responses : Responses
        n rows.
    mode : str
        Column of modes.
    items : sequence of str, optional
        By default those on the most frequent scale that everybody is asked.
    within : sequence of str
        Columns whose combinations are the strata, such as city and group.

    Returns
    -------
    DataFrame
        One row an item and mode: ``item``, ``mode``, ``n_obs``, ``mean``,
        ``difference`` (score points), ``standard_error``
        (heteroscedasticity-consistent, HC1), ``standardised`` (difference
        over the standard deviation of the score), ``p_value``, ``p_adjusted``
        (Holm, over all rows).
    """
    from scipy.special import ndtr

    column = column_of(responses, mode, "mode")
    code, labels = pd.factorize(column.mask(column.astype("str") == ""), sort=True)
    stratum = group_codes(responses, within)
    n_strata = int(stratum.max(initial=0)) + 1
    result: list[dict[str, Any]] = []
    for name in screened_items(responses, items):
        scores = scores_of(responses, [name], slice(None))[:, 0]
        rows = np.flatnonzero((code >= 0) & ~np.isnan(scores))
        strata = Strata.of(stratum[rows], n_strata)
        score = strata.centred(scores[rows])
        for k, label in enumerate(labels):
            inside = (code[rows] == k).astype(np.float64)
            facts: dict[str, Any] = {
                "n_obs": int(inside.sum()),
                "mean": _mean(scores[rows], inside),
            }
            spread = float(scores[rows].std()) if len(rows) else 0.0
            facts |= _compare(score, strata.centred(inside), spread, strata.count)
            result.append({"item": name, "mode": str(label), **facts})
    names = ("item", "mode", "n_obs", "mean", "difference", "standard_error", "standardised")
    table = pd.DataFrame(result, columns=names)
    difference, error = (
        table[name].to_numpy(dtype=np.float64) for name in ("difference", "standard_error")
    )
    z = np.abs(difference / error)
    table["p_value"] = 2.0 * ndtr(-z)
    table["p_adjusted"] = holm(table["p_value"].to_numpy(dtype=np.float64))
    return table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Strata:
    """Strata of n rows.

    Attributes
    ----------
    number : ndarray of int, shape (n,)
    size : ndarray, shape (S,)
    """

    number: NDArray[np.intp]
    size: Array

    @classmethod
    def of(cls, number: NDArray[np.intp], n_strata: int) -> Self:
        """Count rows by the numbers (n,) of their strata."""
        size = np.bincount(number, minlength=n_strata)
        return cls(number=number, size=size.astype(np.float64))

    @property
    def count(self) -> int:
        """How many of them have rows."""
        return int((self.size > 0).sum())

    def centred(self, values: Array) -> Array:
        """Distances (n,) from the means of the strata."""
        sums = np.bincount(self.number, values, minlength=len(self.size))
        return np.asarray(values - (sums / np.maximum(self.size, 1.0))[self.number])


def _mean(scores: Array, inside: Array) -> float:
    return float(scores @ inside / inside.sum()) if inside.any() else float("nan")


def _compare(score: Array, member: Array, spread: float, n_strata: int) -> dict[str, float]:
    information = float(member @ member)
    freedom = len(score) - n_strata - 1
    if information <= ROUNDING * len(score) or freedom <= 0:
        return {}
    slope = float(member @ score) / information
    rest = member * (score - slope * member)
    variance = float(rest @ rest) / information**2 * len(score) / freedom
    return {
        "difference": slope,
        "standard_error": np.sqrt(variance) if variance > 0 else np.nan,
        "standardised": slope / spread if spread > 0 else np.nan,
    }
