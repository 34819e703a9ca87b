"""How much of each item's variance lies between interviewers.

References
----------
Kish (1962), Studies of interviewer variance for attitudinal variables, J.
American Statistical Association 57:92-115; West & Blom (2017), Explaining
interviewer effects: a research synthesis, J. Survey Statistics and Methodology
5:175-211, for its usual size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

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
Codes = NDArray[np.intp]


def interviewer_icc(
    responses: Responses,
    interviewer: str,
    *,
    items: Sequence[str] | None = None,
    within: Sequence[str] = (),
) -> pd.DataFrame:
    r"""Share of each item's variance that lies between interviewers.

    The one-way analysis-of-variance estimator :math:`(MSB - MSW) / (MSB + (m -
    1) MSW)`, m the mean number of interviews an interviewer (weighted for
    inequality), after the strata's means have been taken away.

    Parameters
    ----------
    responses, interviewer, items, within
        As in :func:`~csat_models.survey.screening.interviewers.interviewer_effects`.

    Returns
    -------
    DataFrame
        One row an item: ``item``, ``n_obs``, ``n_interviewers``, ``icc``,
        ``design_effect`` (1 + (m - 1) icc, at least 1), ``statistic`` (F),
        ``p_value``, ``p_adjusted`` (Holm).

    References
    ----------
    Kish (1962).
    """
    from scipy.special import fdtrc

    code = label_codes(column_of(responses, interviewer, "interviewer"))[0]
    stratum = group_codes(responses, within)
    nested = _Nested.of(code, stratum)
    result = []
    for name in screened_items(responses, items):
        scores = scores_of(responses, [name], slice(None))[:, 0]
        result.append({"item": name, **_anova(scores, nested)})
    table = pd.DataFrame(result)
    freedom = table.pop("between"), table.pop("rest")
    valid = (freedom[0] > 0) & (freedom[1] > 0)
    p = fdtrc(freedom[0].where(valid, 1.0), freedom[1].where(valid, 1.0), table["statistic"])
    table["p_value"] = np.where(valid, p, np.nan)
    table["p_adjusted"] = holm(table["p_value"].to_numpy())
    return table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Nested:
    """Interviewers within strata: number of each row's pair (-1: none), each pair's stratum."""

    pair: Codes
    home: Codes
    interviewer: Codes

    @classmethod
    def of(cls, code: Codes, stratum: Codes) -> Self:
        known = np.flatnonzero(code >= 0)
        labels = stratum[known] * (int(code.max(initial=0)) + 1) + code[known]
        present, own = np.unique(labels, return_inverse=True)
        pair = np.full(len(code), -1, dtype=np.intp)
        pair[known] = own
        size = int(code.max(initial=0)) + 1
        return cls(pair=pair, home=present // size, interviewer=present % size)


def _anova(scores: Array, nested: _Nested) -> dict[str, float]:
    rows = np.flatnonzero((nested.pair >= 0) & ~np.isnan(scores))
    values, pair = scores[rows], nested.pair[rows]
    count = np.bincount(pair, minlength=len(nested.home)).astype(np.float64)
    total = np.bincount(pair, values, minlength=len(nested.home))
    mean = total / np.maximum(count, 1.0)
    size = np.bincount(nested.home, count)
    usual = (np.bincount(nested.home, total) / np.maximum(size, 1.0))[nested.home]
    between = int((count > 0).sum() - (size > 0).sum())
    rest = len(values) - int((count > 0).sum())
    msb = (count * (mean - usual) ** 2).sum() / between if between > 0 else np.nan
    msw = ((values - mean[pair]) ** 2).sum() / rest if rest > 0 else np.nan
    unequal = (count**2 / np.maximum(size[nested.home], 1.0)).sum()
    mean_size = (len(values) - unequal) / between if between > 0 else np.nan
    variance = msb + (mean_size - 1) * msw
    icc = (msb - msw) / variance if variance > 0 else np.nan
    return {
        "n_obs": len(values),
        "n_interviewers": len(np.unique(nested.interviewer[count > 0])),
        "icc": icc,
        "design_effect": 1.0 + max(0.0, (mean_size - 1) * icc) if np.isfinite(icc) else np.nan,
        "statistic": msb / msw if msw > 0 else np.nan,
        "between": float(between),
        "rest": float(rest),
    }
