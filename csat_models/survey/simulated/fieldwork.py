"""The demonstration's field work: everything in a file but the scores.

Who the respondents are, how they were interviewed, what they said in their
own words, and what the operator's records say about the year after. None of
it changes a score.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from csat_models.survey.simulated.province import CITIES

Array = NDArray[np.float64]
Index = NDArray[np.int64]

_AGES = {"premium": (28, 70), "standard": (22, 76), "youth": (16, 30)}
_SPEND = {"premium": 168.0, "standard": 98.0, "youth": 79.0}
_WEB_SHARE = {"premium": 0.30, "standard": 0.30, "youth": 0.55}
_PHONE_SHARE = 0.65
_URBAN_SHARE = 0.64
_MEAN_TENURE = 6.0
_YOUNGEST_CUSTOMER = 12
_INTERVIEWERS_A_CITY = 4
_HASTY_INTERVIEWER, _HASTE = "I07", 0.45
_DURATIONS = {"phone": 640.0, "web": 520.0, "intercept": 580.0}
_DURATION_SD = 0.30


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Behaviour:
    """What a respondent did in the year after, n rows each.

    Attributes
    ----------
    stayed : ndarray of bool
        Still a customer.
    spend : ndarray of int
        Yuan a month; 0 for those who left.
    referrals : ndarray of int
        Customers won by recommendation; 0 for those who left.
    """

    stayed: NDArray[np.bool_]
    spend: Index
    referrals: Index


def describe_people(
    group: NDArray[np.str_], wave: int, previous: Index, before: pd.DataFrame | None,
    rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    """Tell who the respondents are.

    Parameters
    ----------
    group : ndarray of str, shape (n,)
        Their customer groups.
    wave : int
        The year.
    previous : ndarray of int, shape (n,)
        Row of a returning respondent in `before`; -1 for new ones.
    before : DataFrame or None
        The result of the year before.
    rng : Generator
        The source of randomness.

    Returns
    -------
    DataFrame
        n rows: respondent_id, tenure, age, sex, area. Who returns is the same
        person, a year older.
    """
    n = len(group)
    youngest, oldest = np.array([_AGES[name] for name in group]).T
    age = (youngest + rng.random(n) * (oldest - youngest)).astype(np.int64)
    tenure = np.minimum(rng.exponential(_MEAN_TENURE, n).astype(np.int64), age - _YOUNGEST_CUSTOMER)
    frame = pd.DataFrame(
        {
            "respondent_id": [f"R{wave % 100:02d}{k + 1:05d}" for k in range(n)],
            "tenure": tenure,
            "age": age,
            "sex": np.where(rng.random(n) < 0.5, "m", "f"),  # noqa: PLR2004
            "area": np.where(rng.random(n) < _URBAN_SHARE, "urban", "rural"),
        }
    )
    back = np.flatnonzero(previous >= 0)
    if before is not None and len(back):
        known = before.iloc[previous[back]].reset_index(drop=True)
        known = known.assign(tenure=known["tenure"] + 1, age=known["age"] + 1)
        frame.loc[back, known.columns] = known.set_index(back)
    return frame


def describe_interviews(
    city: NDArray[np.str_], group: NDArray[np.str_], rng: np.random.Generator
) -> pd.DataFrame:
    """Tell how the interviews were done.

    Parameters
    ----------
    city, group : ndarray of str, shape (n,)
        Of the respondents.
    rng : Generator
        The source of randomness.

    Returns
    -------
    DataFrame
        n rows: mode, interviewer (empty for web), duration in seconds
        (log-normal). One interviewer is much faster than all the others.
    """
    n = len(city)
    web = rng.random(n) < np.array([_WEB_SHARE[name] for name in group])
    phone = rng.random(n) < _PHONE_SHARE
    mode = np.where(web, "web", np.where(phone, "phone", "intercept"))
    first = np.array([CITIES.index(name) for name in city]) * _INTERVIEWERS_A_CITY
    number = first + rng.integers(0, _INTERVIEWERS_A_CITY, n) + 1
    interviewer = np.array([f"I{k:02d}" for k in number])
    interviewer = np.where(web, "", interviewer)
    pace = np.where(interviewer == _HASTY_INTERVIEWER, _HASTE, 1.0)
    median = np.array([_DURATIONS[name] for name in mode])
    duration = median * pace * np.exp(_DURATION_SD * rng.standard_normal(n))
    return pd.DataFrame(
        {"mode": mode, "interviewer": interviewer, "duration": np.rint(duration).astype(np.int64)}
    )


def stay_probability(satisfaction: Array, loyalty: Array) -> Array:
    """Probability of still being a customer a year later.

    Parameters
    ----------
    satisfaction, loyalty : ndarray, shape (n,)
        Mean satisfaction score and intention to stay (LOY1), 1 to 10.

    Returns
    -------
    ndarray, shape (n,)
        Logistic in both scores; .9 at 8 and 8.
    """
    return np.asarray(expit(2.2 + 0.35 * (satisfaction - 8.0) + 0.30 * (loyalty - 8.0)))


def draw_behaviour(
    scores: pd.DataFrame,
    group: NDArray[np.str_],
    returns: NDArray[np.bool_] | None,
    returning_share: float,
    rng: np.random.Generator,
) -> Behaviour:
    """Draw what the respondents did in the year after.

    Parameters
    ----------
    scores : DataFrame
        n rows, complete answers.
    group : ndarray of str, shape (n,)
        Customer groups.
    returns : ndarray of bool, shape (n,), or None
        Who is interviewed again as a customer and so must have stayed; the
        others stay so much less often that the share of those who stay is
        :func:`stay_probability` (at least the share who return) all the same.
    returning_share : float
        Share of those who return.
    rng : Generator
        The source of randomness.

    Returns
    -------
    Behaviour
        n values each.
    """
    n = len(scores)
    satisfaction = scores[["SAT1", "SAT2", "SAT3"]].to_numpy().mean(axis=1)
    loyalty = scores["LOY1"].to_numpy()
    chance = stay_probability(satisfaction, loyalty)
    draw, noise = rng.random(n), rng.standard_normal(n)
    if returns is not None:
        rest = np.clip((chance - returning_share) / (1.0 - returning_share), 0.0, 1.0)
        chance = np.where(returns, 1.0, rest)
    stayed = draw < chance
    base = np.array([_SPEND[name] for name in group])
    spend = np.rint(base * np.exp(0.03 * (loyalty - 8.0) + 0.25 * noise)).astype(np.int64)
    referrals = rng.poisson(np.exp(-1.3 + 0.22 * (scores["RECOMMEND"].to_numpy() - 7.0)))
    return Behaviour(
        stayed=stayed,
        spend=np.where(stayed, spend, 0),
        referrals=np.where(stayed, referrals, 0),
    )
