r"""Interviewers whose interviews differ from those of their colleagues.

Somebody who makes answers up gives answers that are too alike, too good and
too fast. Each is a z-value of the interviewer against the respondents of the
same stratum; honest interviewers differ too (in whom they reach and how they
ask), so the z-values are divided by their own robust spread wherever it
exceeds 1, as in a funnel plot with over-dispersion.

References
----------
Bredl, Winker & Koetschau (2012), A statistical approach to detect interviewer
falsification of survey data, Survey Methodology 38:1-10. Spiegelhalter (2005),
Funnel plots for comparing institutional performance, Statistics in Medicine
24:1185-1202, and Handling over-dispersion of performance indicators, Quality
and Safety in Health Care 14:347-351. Kish (1962), J. American Statistical
Association 57:92-115, for the intraclass correlation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.survey.responses import Responses
from csat_models.survey.screening.answers import (
    column_of,
    holm,
    positions,
    scores_of,
    screened_items,
)
from csat_models.survey.screening.flags import Flag
from csat_models.survey.screening.single_rows import MAD, count_answers, group_codes

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

# Interviewers with fewer interviews are not judged.
FEWEST_INTERVIEWS = 10

# Fewer z-values than these tell nothing of their own spread.
_FEWEST_Z = 8

# Limits of the funnel: 99.8 % of interviewers lie within, one by one.
_LIMIT = 3.09

KINDS = ("alike", "top", "fast")


def interviewer_effects(
    responses: Responses,
    interviewer: str,
    *,
    items: Sequence[str] | None = None,
    within: Sequence[str] = (),
    duration: str | None = None,
    mode: str | None = None,
    level: float = 0.01,
) -> pd.DataFrame:
    r"""Compare interviewers by likeness, top scores and duration.

    Parameters
    ----------
    responses : Responses
        n rows; those without interviewer (such as on the web) are left out.
    interviewer : str
        Column of interviewers.
    items : sequence of str, optional
        By default those on the most frequent scale that everybody is asked.
    within : sequence of str
        Columns, such as the city, whose respondents are compared.
    duration : str, optional
        Column of seconds.
    mode : str, optional
        Column of modes: durations are compared with interviews of the same mode.
    level : float
        Of the adjusted p-values below which an interviewer is flagged.

    Returns
    -------
    DataFrame
        One row an interviewer: ``interviewer``, ``n_obs``; ``level`` (mean
        position on the scales, 0 to 1); ``variance_ratio`` (mean over items
        of the variance within the interviewer over that within all);
        ``top_share`` and ``top_expected`` (share of highest scores, here and
        in the same strata); ``duration_ratio`` (geometric mean of the
        seconds per answer over that of the same strata and mode); for each of
        ``alike``, ``top``, ``fast`` a z-value ``z_alike`` and one-sided
        p-values ``p_alike``; ``p_adjusted``, the smallest of them after
        Holm's adjustment for all interviewers and kinds; ``reason``, the
        kinds below `level`; ``flagged``; and ``lower``, ``upper``, the
        funnel's limits of the variance ratio at this number of interviews.
        Interviewers with fewer than 10 interviews have no z-values.
    """
    names = screened_items(responses, items)
    code, labels = _codes(responses, interviewer)
    rows = np.flatnonzero(code >= 0)
    code, present = _renumber(code[rows])
    n_groups = len(present)
    stratum = group_codes(responses, within)[rows]
    n_obs = np.bincount(code, minlength=n_groups).astype(np.float64)
    alike, level_mean, top = _likeness(responses, names, rows, code)
    table = pd.DataFrame({"interviewer": np.asarray(labels, dtype=object)[present]})
    table = table.assign(n_obs=n_obs.astype(np.int64), level=level_mean)
    table["variance_ratio"], spread = alike
    error = np.where(spread > 0, spread / np.sqrt(np.maximum(n_obs, 1.0)), np.nan)
    z = {"alike": -np.log(np.maximum(table["variance_ratio"].to_numpy(), 1e-12)) / error}
    table["top_share"], table["top_expected"], z["top"] = _compare(top, code, stratum, n_groups)
    pace = _log_pace(responses, duration, rows)
    kind = group_codes(responses, (*within, mode) if mode else within)[rows]
    own, usual, faster = _compare(-pace, code, kind, n_groups)
    table["duration_ratio"], z["fast"] = np.exp(usual - own), faster
    return _judge(table, z, error, n_obs, level)


def _codes(responses: Responses, interviewer: str) -> tuple[Codes, pd.Index[str]]:
    """Numbers (n,) of interviewers, -1 where there is none, and their names."""
    column = column_of(responses, interviewer, "interviewer")
    code, labels = pd.factorize(column.mask(column.astype("str") == ""), sort=True)
    return np.asarray(code, dtype=np.intp), pd.Index(labels)


def _renumber(code: Codes) -> tuple[Codes, Codes]:
    present, own = np.unique(code, return_inverse=True)
    return own, present


def _likeness(
    responses: Responses, names: Sequence[str], rows: Codes, code: Codes
) -> tuple[tuple[Array, float], Array, Array]:
    """Variance ratios with the spread of their logarithms at n = 1; levels; top shares."""
    n_groups = int(code.max(initial=-1)) + 1
    ratios, used = np.zeros(n_groups), np.zeros(n_groups)
    level, top, answered = np.zeros(len(rows)), np.zeros(len(rows)), np.zeros(len(rows))
    distance = np.zeros(len(rows))
    for name in names:
        place = positions(responses, [name], scores_of(responses, [name], slice(None)))[rows, 0]
        known = ~np.isnan(place)
        filled = np.where(known, place, 0.0)
        count = np.bincount(code[known], minlength=n_groups)
        mean = np.bincount(code, filled, minlength=n_groups) / np.maximum(count, 1)
        square = np.where(known, (place - mean[code]) ** 2, 0.0)
        within = np.bincount(code, square, minlength=n_groups)
        variance = within.sum() / max(1, (count - 1).clip(0).sum())
        if variance > 0:
            ratios += np.where(count > 1, within / np.maximum(count - 1, 1) / variance, 0.0)
            used += count > 1
            distance += square / variance
        level, answered = level + filled, answered + known
        top += known & (place >= 1.0)
    share = np.maximum(answered, 1)
    distance = distance / share
    spread = float(distance.std() / distance.mean()) if distance.any() else np.nan
    mean_level = np.bincount(code, level / share, minlength=n_groups) / np.bincount(
        code, minlength=n_groups
    )
    ratio = np.where(used > 0, ratios / np.maximum(used, 1), np.nan)
    return (ratio, spread), mean_level, np.where(answered > 0, top / share, np.nan)


def _log_pace(responses: Responses, duration: str | None, rows: Codes) -> Array:
    if duration is None:
        return np.full(len(rows), np.nan)
    seconds = column_of(responses, duration, "duration").to_numpy(dtype=np.float64, na_value=np.nan)
    answers = np.maximum(count_answers(responses), 1.0)
    return np.log(np.where(seconds > 0, seconds / answers, np.nan)[rows])


def _compare(
    values: Array, code: Codes, stratum: Codes, n_groups: int
) -> tuple[Array, Array, Array]:
    """Means of groups, those of the same strata, and z-values of their difference."""
    known = ~np.isnan(values)
    stratum = np.unique(stratum, return_inverse=True)[1]
    usual = _means(stratum[known], values[known], int(stratum.max(initial=0)) + 1)[stratum]
    count = np.maximum(np.bincount(code[known], minlength=n_groups), 1)
    mean = _means(code[known], values[known], n_groups)
    expected = _means(code[known], usual[known], n_groups)
    gap = (values - usual)[known]
    spread = float(gap.std()) if len(gap) else np.nan
    z = (mean - expected) * np.sqrt(count) / spread if spread > 0 else np.full(n_groups, np.nan)
    return mean, expected, z


def _means(code: Codes, values: Array, n_groups: int) -> Array:
    count = np.bincount(code, minlength=n_groups)
    sums = np.bincount(code, values, minlength=n_groups)
    return np.asarray(sums / np.where(count > 0, count, np.nan))


def _judge(
    table: pd.DataFrame, z: dict[str, Array], error: Array, n_obs: Array, level: float
) -> pd.DataFrame:
    from scipy.special import ndtr

    factor = 1.0
    p_values = np.empty((len(table), len(KINDS)))
    for k, kind in enumerate(KINDS):
        judged = np.where(n_obs >= FEWEST_INTERVIEWS, z[kind], np.nan)
        centre, spread = robust_centre(judged)
        factor = spread if kind == "alike" else factor
        judged = (judged - centre) / spread
        p_values[:, k] = ndtr(-judged)
        table[f"z_{kind}"], table[f"p_{kind}"] = judged, p_values[:, k]
    adjusted = holm(p_values)
    small = np.nan_to_num(adjusted, nan=1.0)
    table["p_adjusted"] = np.where(np.isnan(adjusted).all(axis=1), np.nan, small.min(axis=1))
    table["reason"] = [
        ", ".join(kind for kind, p in zip(KINDS, row, strict=True) if p < level) for row in small
    ]
    table["flagged"] = small.min(axis=1) < level
    table["lower"] = np.exp(-_LIMIT * factor * error)
    table["upper"] = np.exp(_LIMIT * factor * error)
    return table


def robust_centre(z: Array) -> tuple[float, float]:
    """Median and over-dispersion (at least 1) of z-values; 0 and 1 for fewer than 8."""
    known = z[~np.isnan(z)]
    if len(known) < _FEWEST_Z:
        return 0.0, 1.0
    centre = float(np.median(known))
    return centre, max(1.0, MAD * float(np.median(np.abs(known - centre))))


def flag_interviewers(responses: Responses, interviewer: str, table: pd.DataFrame) -> Flag:
    """Rows of flagged interviewers.

    Parameters
    ----------
    responses : Responses
        n rows.
    interviewer : str
        Column of interviewers.
    table : DataFrame
        Of :func:`interviewer_effects`.
    """
    column = column_of(responses, interviewer, "interviewer")
    by_name = table.set_index("interviewer")
    suspects = by_name.index[by_name["flagged"]].tolist()
    return Flag(
        name="interviewer",
        rows=column.isin(suspects).to_numpy(dtype=np.bool_),
        value=column.astype("object").map(by_name["p_adjusted"]).to_numpy(dtype=np.float64),
        rule="interviewer with answers too alike, too many top scores or too short interviews",
        source="Bredl, Winker & Koetschau 2012; Spiegelhalter 2005",
        table=table,
    )


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
        As in :func:`interviewer_effects`.

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

    code = _codes(responses, interviewer)[0]
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
