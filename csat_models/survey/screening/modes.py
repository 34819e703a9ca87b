"""Differences between ways of interviewing, such as telephone and web.

References
----------
de Leeuw (2005), To mix or not to mix data collection modes in surveys, J.
Official Statistics 21:233-255. MacKinnon & White (1985), J. Econometrics
29:305-325, for the robust standard error.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.survey.intake.responses import Responses
from csat_models.survey.screening.answers import (
    column_of,
    holm,
    label_codes,
    scores_of,
    screened_items,
)
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

    code, labels = label_codes(column_of(responses, mode, "mode"))
    stratum = group_codes(responses, within)
    shape = int(stratum.max(initial=0)) + 1, len(labels)
    result: list[pd.DataFrame] = []
    for name in screened_items(responses, items):
        scores = scores_of(responses, [name], slice(None))[:, 0]
        rows = np.flatnonzero((code >= 0) & ~np.isnan(scores))
        facts = _compare(scores[rows], stratum[rows] * shape[1] + code[rows], shape)
        result.append(pd.DataFrame({"item": name, "mode": labels.astype("str"), **facts}))
    names = ("item", "mode", "n_obs", "mean", "difference", "standard_error", "standardised")
    table = pd.concat(result, ignore_index=True) if result else pd.DataFrame(columns=names)
    difference, error = (
        table[name].to_numpy(dtype=np.float64) for name in ("difference", "standard_error")
    )
    z = np.abs(difference / error)
    table["p_value"] = 2.0 * ndtr(-z)
    table["p_adjusted"] = holm(table["p_value"].to_numpy(dtype=np.float64))
    return table


def _compare(scores: Array, cell: NDArray[np.intp], shape: tuple[int, int]) -> dict[str, Array]:
    """Facts of each of M modes, from sums within the cells (S, M) of strata and modes."""
    n_cells = shape[0] * shape[1]
    centre = float(scores.mean()) if len(scores) else 0.0
    gap = scores - centre
    count = np.bincount(cell, minlength=n_cells).reshape(shape).astype(np.float64)
    total = np.bincount(cell, gap, minlength=n_cells).reshape(shape).astype(np.float64)
    square = np.bincount(cell, gap * gap, minlength=n_cells).reshape(shape).astype(np.float64)
    size = count.sum(axis=1, keepdims=True)
    share = count / np.maximum(size, 1.0)
    usual = total.sum(axis=1, keepdims=True) / np.maximum(size, 1.0)
    information = (count * (1.0 - share)).sum(axis=0)
    freedom = len(scores) - int((size > 0).sum()) - 1
    usable = (information > ROUNDING * len(scores)) & (freedom > 0)
    information = np.where(usable, information, np.nan)
    slope = (total - count * usual).sum(axis=0) / information
    rest = (size - count, total.sum(axis=1, keepdims=True) - total,
            square.sum(axis=1, keepdims=True) - square)  # fmt: skip
    meat = _squares((count, total, square), usual, 1.0 - share, slope)
    meat += _squares(rest, usual, -share, slope)
    variance = meat / information**2 * len(scores) / max(1, freedom)
    n_obs = count.sum(axis=0)
    spread = float(gap.std()) if len(gap) else 0.0
    return {
        "n_obs": n_obs.astype(np.int64),
        "mean": centre + total.sum(axis=0) / np.where(n_obs > 0, n_obs, np.nan),
        "difference": slope,
        "standard_error": np.sqrt(np.where(variance > 0, variance, np.nan)),
        "standardised": slope / spread if spread > 0 else np.full(shape[1], np.nan),
    }


def _squares(sums: tuple[Array, Array, Array], usual: Array, member: Array, slope: Array) -> Array:
    r"""Sum over rows, (M,), :math:`m^2 (y - \bar y - \beta m)^2`, m the centred indicator."""
    count, total, square = sums
    fitted = usual + slope * member
    rest = square - 2.0 * fitted * total + count * fitted**2
    return np.asarray((member**2 * np.maximum(rest, 0.0)).sum(axis=0))
