r"""Interviewers whose interviews differ from those of their colleagues.

Somebody who makes answers up gives answers that are too alike, too good, or
copied; who hurries does interviews too fast, and who is afraid of being
caught fills in durations that hardly differ. Each kind is a number of every
interview, whose mean over the interviewer's interviews is compared with that
of the same strata (:mod:`~csat_models.survey.screening.judgement`), and all
p-values are adjusted for the number of interviewers and kinds.

References
----------
Bredl, Winker & Koetschau (2012), A statistical approach to detect interviewer
falsification of survey data, Survey Methodology 38:1-10, for likeness and
extreme answers. Schwanhaeuser, Sakshaug & Kosyakova (2022), How to catch a
falsifier, Public Opinion Quarterly 86:51-81, for straight-lining and
durations. Kuriakose & Robbins (2016) and Simmons et al. (2016), Statistical J.
IAOS 32:283-291 and 327-338, for the percent match. Murphy et al. (2004), A
system for detecting interviewer falsification, Proceedings of the Survey
Research Methods Section, American Statistical Association: 4968-4975, for the
mean and the variance of durations. AAPOR (2003), Interviewer falsification in
survey research: such interviewers are re-checked, not convicted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
from csat_models.survey.screening.flags import Flag
from csat_models.survey.screening.judgement import Comparison, judge
from csat_models.survey.screening.matches import Matches, find_matches
from csat_models.survey.screening.patterns import AnswerPatterns, answer_patterns
from csat_models.survey.screening.single_rows import count_answers, group_codes

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

# Limits of the funnel: 99.8 % of interviewers lie within, one by one.
_LIMIT = 3.09

# Robust standard deviations up to which a single interview counts against its interviewer.
_REACH = {"alike": 3.0, "fast": 3.0, "even": 3.0}

KINDS = ("alike", "copied", "top", "flat", "delight", "fast", "even")


def interviewer_effects(
    responses: Responses,
    interviewer: str,
    *,
    items: Sequence[str] | None = None,
    within: Sequence[str] = (),
    duration: str | None = None,
    mode: str | None = None,
    level: float = 0.01,
    patterns: AnswerPatterns | None = None,
    matches: Matches | None = None,
) -> pd.DataFrame:
    r"""Compare interviewers by likeness, copies, top scores, straight lines and durations.

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
    patterns : AnswerPatterns, optional
        Of these rows; by default they are found here.
    matches : Matches, optional
        Of these rows, within interviewers; by default they are found here.

    Returns
    -------
    DataFrame
        One row an interviewer: ``interviewer``, ``n_obs``; ``level`` (mean
        position on the scales, 0 to 1); then what each kind looks at, with
        what the same strata have:

        ======= ======================================= ======================
        kind    suspicious                              columns
        ======= ======================================= ======================
        alike   mean over items of the variance within  ``variance_ratio`` (1
                the interviewer is small                in the same strata)
        copied  interviews agree more with one another  ``match``,
                than with as many of colleagues         ``match_expected``
        top     many highest scores                     ``top_share``,
                                                        ``top_expected``
        flat    many interviews with one answer         ``flat_share``,
                throughout, below the top               ``flat_expected``
        delight many interviews with the highest        ``delight_share``,
                answers throughout                      ``delight_expected``
        fast    few seconds an answer (geometric mean)  ``duration_ratio``
        even    variance of the log durations is small  ``duration_variance``
                                                        (ratio)
        ======= ======================================= ======================

        for each of them a z-value such as ``z_alike`` and a one-sided p-value
        ``p_alike``; ``p_adjusted``, the smallest of them after Holm's
        adjustment for all interviewers and kinds; ``reason``, the kinds below
        `level`; ``flagged``; and ``lower``, ``upper``, the funnel's limits of
        the variance ratio at this number of interviews. With fewer than 10
        interviews an interviewer has no z-values.
    """
    code, labels = label_codes(column_of(responses, interviewer, "interviewer"))
    rows = np.flatnonzero(code >= 0)
    present, code = np.unique(code[rows], return_inverse=True)
    names = screened_items(responses, items)
    patterns = patterns or answer_patterns(responses, items)
    matches = matches or find_matches(responses, patterns.flat, blocks=[interviewer], within=within)
    place = group_codes(responses, within)[rows]
    kind = group_codes(responses, (*within, mode) if mode else within)[rows]
    alike, top = _likeness(responses, names, rows, code)
    pace = _log_pace(responses, duration)[rows]
    values = {
        "alike": (-alike, place),
        "copied": (matches.excess[rows], np.zeros_like(place)),
        "top": (top, place),
        "flat": (_share(patterns, ~patterns.top)[rows], place),
        "delight": (_share(patterns, patterns.top)[rows], place),
        "fast": (-pace, kind),
        "even": (-_unevenness(pace, code, kind), kind),
        "level": (patterns.level[rows], place),
        "match": (matches.own[rows], place),
        "match_expected": (matches.elsewhere[rows], place),
    }
    found = {
        name: Comparison.of(
            *value, code=code, n_groups=len(present), reach=_REACH.get(name, np.inf)
        )
        for name, value in values.items()
    }
    table = pd.DataFrame({"interviewer": np.asarray(labels, dtype=object)[present]})
    table = table.assign(n_obs=np.bincount(code, minlength=len(present)), **_shown(found))
    return _decide(table, found, _relative_spread(alike), level)


def _likeness(
    responses: Responses, names: Sequence[str], rows: Codes, code: Codes
) -> tuple[Array, Array]:
    """Squared distances (rows,) from the interviewer's means, and shares of highest scores.

    Distances are means over items in units of the variance within all
    interviewers, made larger for the degree of freedom that the mean costs.
    """
    n_groups = int(code.max(initial=-1)) + 1
    distance, top, answered = (np.zeros(len(rows)) for _ in range(3))
    for name in names:
        scores = scores_of(responses, [name], slice(None))[rows, 0]
        known = ~np.isnan(scores)
        square = _own_squares(scores, known, code, n_groups)
        variance = square.sum() / max(1, known.sum())
        if variance > 0:
            distance += square / variance
        answered += known
        top += known & (scores >= responses.codebook.items[name].scale[1])
    answered = np.where(answered > 0, answered, np.nan)
    return distance / answered, top / answered


def _own_squares(values: Array, known: NDArray[np.bool_], code: Codes, n_groups: int) -> Array:
    """Squares of the distances from the group's mean, of expectation variance."""
    count = np.bincount(code[known], minlength=n_groups)
    filled = np.where(known, values, 0.0)
    mean = np.bincount(code, filled, minlength=n_groups) / np.maximum(count, 1)
    lost = np.where(count > 1, count / np.maximum(count - 1, 1), 0.0)
    return np.asarray(np.where(known, (filled - mean[code]) ** 2, 0.0) * lost[code])


def _unevenness(pace: Array, code: Codes, kind: Codes) -> Array:
    """Squared distances of the log pace from the interviewer's mean, modes made alike."""
    known = ~np.isnan(pace)
    count = np.maximum(np.bincount(kind[known], minlength=int(kind.max(initial=-1)) + 1), 1)
    mean = np.bincount(kind[known], pace[known], minlength=len(count)) / count
    n_groups = int(code.max(initial=-1)) + 1
    return np.where(known, _own_squares(pace - mean[kind], known, code, n_groups), np.nan)


def _share(patterns: AnswerPatterns, which: NDArray[np.bool_]) -> Array:
    """1 for rows of a kind with one answer throughout, 0 for others, missing for few answers."""
    return np.where(np.isnan(patterns.level), np.nan, patterns.flat & which)


def _log_pace(responses: Responses, duration: str | None) -> Array:
    if duration is None:
        return np.full(len(responses.frame), np.nan)
    seconds = column_of(responses, duration, "duration").to_numpy(dtype=np.float64, na_value=np.nan)
    answers = np.maximum(count_answers(responses), 1.0)
    return np.asarray(np.log(np.where(seconds > 0, seconds / answers, np.nan)))


def _shown(found: Mapping[str, Comparison]) -> dict[str, Array]:
    alike, fast, even = found["alike"], found["fast"], found["even"]
    return {
        "level": found["level"].mean,
        "variance_ratio": _ratio(alike),
        "match": found["match"].mean,
        "match_expected": found["match_expected"].mean,
        "top_share": found["top"].mean,
        "top_expected": found["top"].expected,
        "flat_share": found["flat"].mean,
        "flat_expected": found["flat"].expected,
        "delight_share": found["delight"].mean,
        "delight_expected": found["delight"].expected,
        "duration_ratio": np.exp(fast.expected - fast.mean),
        "duration_variance": _ratio(even),
    }


def _ratio(found: Comparison) -> Array:
    return found.mean / np.where(found.expected < 0, found.expected, np.nan)


def _relative_spread(values: Array) -> float:
    known = values[~np.isnan(values)]
    mean = float(known.mean()) if len(known) else 0.0
    return float(known.std()) / mean if mean > 0 else float("nan")


def _decide(
    table: pd.DataFrame, found: Mapping[str, Comparison], relative: float, level: float
) -> pd.DataFrame:
    p_values = np.empty((len(table), len(KINDS)))
    reach = np.zeros(len(table))
    for k, name in enumerate(KINDS):
        z, p_values[:, k], spread = judge(found[name].z, found[name].n_rows)
        table[f"z_{name}"], table[f"p_{name}"] = z, p_values[:, k]
        if name == "alike":
            reach = _LIMIT * spread * relative / np.sqrt(np.maximum(table["n_obs"], 1.0))
    adjusted = holm(p_values)
    small = np.nan_to_num(adjusted, nan=1.0)
    least = small.min(axis=1, initial=1.0)
    table["p_adjusted"] = np.where(np.isnan(adjusted).all(axis=1), np.nan, least)
    table["reason"] = [
        ", ".join(kind for kind, p in zip(KINDS, row, strict=True) if p < level) for row in small
    ]
    table["flagged"] = least < level
    return table.assign(lower=np.exp(-reach), upper=np.exp(reach))


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
        rule="interviewer with answers too alike, copied, too many top scores or single "
        "answers, or too short or too even durations",
        source="Bredl, Winker & Koetschau 2012; Schwanhaeuser et al. 2022; Spiegelhalter 2005",
        table=table,
    )
