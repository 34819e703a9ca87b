"""Interviews that are not what they seem, put into a simulated survey on purpose.

Whoever is made to misbehave is known, so that the hits and the false alarms of
screening can be counted.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import DataError

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Fabrication = Literal["pattern", "invented", "copies", "straight_lines", "top", "genuine"]
Durations = Literal["short", "padded"]

KINDS = ("fraud", "speeder", "straight_line", "delighted")

_CHOICES = {"fabrication": get_args(Fabrication), "durations": get_args(Durations)}
_HABIT = 0.75
_FRAUD_PACE, _SPEEDER_PACE, _PADDED_SD = 0.6, 0.3, 0.05
_LEVEL_SD, _ANSWER_SD = 0.3, 0.4
_DELIGHT = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Misconduct:
    """Shares of interviews that are not what they seem.

    Attributes
    ----------
    fraudulent_interviewers : float
        Share of interviewers who make answers up.
    fabricated : float
        Share of a fraudulent interviewer's interviews that are made up.
    fabrication : str
        What a made-up interview is. ``"pattern"``: all follow one satisfied
        set of answers, three in four exactly and the others a step away.
        ``"invented"``: each has a level of its own near the mean and answers
        within a step or two of it, with half of the usual standard deviations.
        ``"copies"``: each is a copy of an honest interview of the same
        interviewer with one answer in ten changed. ``"straight_lines"``: each
        has one answer throughout, below the top. ``"top"``: each has the
        highest answer throughout. ``"genuine"``: the answers are honest, only
        the durations are not.
    durations : {"short", "padded"}
        Made-up interviews take 60 % of the time, or the usual time but
        hardly a twentieth more or less, as filled in afterwards.
    speeders : float
        Share of honest interviews rushed through: answers at random in the
        upper half of the scale, 30 % of the time.
    straight_liners : float
        Share of honest interviews with the same answer throughout, below the
        top; half of the time.
    delighted : float
        Share of honest interviews with the highest answer throughout: nothing
        is wrong with them.
    """

    fraudulent_interviewers: float = 0.0
    fabricated: float = 1.0
    fabrication: Fabrication = "pattern"
    durations: Durations = "short"
    speeders: float = 0.0
    straight_liners: float = 0.0
    delighted: float = 0.0

    def __post_init__(self) -> None:
        for name in (entry.name for entry in fields(self) if entry.name not in _CHOICES):
            share = getattr(self, name)
            if not 0 <= share <= 1:
                raise DataError(f"the share '{name}' is {share}; give one from 0 to 1", key=name)
        for name, choices in _CHOICES.items():
            value = getattr(self, name)
            if value not in choices:
                raise DataError(
                    f"{name}={value!r} is no kind of misconduct; write one of {', '.join(choices)}",
                    key=name,
                )


def misbehave(
    scores: Array,
    pace: Array,
    interviewer: NDArray[np.str_],
    *,
    misconduct: Misconduct,
    low: Array,
    high: Array,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Change scores (n, K) and pace (n,) in place, and tell whose.

    Parameters
    ----------
    scores : ndarray, shape (n, K)
        Complete answers.
    pace : ndarray, shape (n,)
        Factors of the duration.
    interviewer : ndarray of str, shape (n,)
        Empty where there is none.
    misconduct : Misconduct
    low, high : ndarray, shape (K,)
        Ends of the scales.
    rng : Generator

    Returns
    -------
    DataFrame of bool
        n rows: ``fraud``, ``speeder``, ``straight_line``, ``delighted``; at
        most one of them holds.
    """
    n_rows = len(scores)
    kind = np.full(n_rows, "", dtype="U16")
    names = np.unique(interviewer[interviewer != ""])
    n_bad = round(misconduct.fraudulent_interviewers * len(names))
    for name in rng.choice(names, n_bad, replace=False) if n_bad else ():
        own = np.flatnonzero(interviewer == name)
        made_up = own[rng.random(len(own)) < misconduct.fabricated]
        honest = np.setdiff1d(own, made_up)
        scores[made_up] = _fabricate(
            scores, made_up, honest, misconduct=misconduct, ends=(low, high), rng=rng
        )
        kind[made_up] = "fraud"
    fraud = kind == "fraud"
    if misconduct.durations == "padded":
        pace[fraud] = np.exp(_PADDED_SD * rng.standard_normal(int(fraud.sum())))
    else:
        pace[fraud] *= _FRAUD_PACE
    draw = rng.random(n_rows)
    edges = np.cumsum([misconduct.speeders, misconduct.straight_liners, misconduct.delighted])
    for name, start, end in zip(KINDS[1:], [0.0, *edges[:-1]], edges, strict=True):
        kind[(kind == "") & (draw >= start) & (draw < end)] = name
    span = high - low
    fast, flat, top = (kind == name for name in KINDS[1:])
    middle = low + np.ceil(span / 2)
    steps = np.floor(rng.random((int(fast.sum()), len(low))) * (high - middle + 1))
    scores[fast] = middle + steps
    scores[flat] = _straight_lines(int(flat.sum()), low, high, rng)
    scores[top] = high
    pace[fast] *= _SPEEDER_PACE
    pace[flat] *= 0.5
    return pd.DataFrame({name: kind == name for name in KINDS})


def _fabricate(
    scores: Array,
    made_up: NDArray[np.intp],
    honest: NDArray[np.intp],
    *,
    misconduct: Misconduct,
    ends: tuple[Array, Array],
    rng: np.random.Generator,
) -> Array:
    low, high = ends
    size = (len(made_up), len(low))
    if misconduct.fabrication == "genuine":
        return np.asarray(scores[made_up])
    if misconduct.fabrication == "top":
        return np.zeros(size) + high
    if misconduct.fabrication == "straight_lines":
        return _straight_lines(len(made_up), low, high, rng)
    if misconduct.fabrication == "invented":
        spread = scores.std(axis=0)
        level = _LEVEL_SD * rng.standard_normal((len(made_up), 1))
        own = level + _ANSWER_SD * rng.standard_normal(size)
        return np.asarray(np.clip(np.round(scores.mean(axis=0) + spread * own), low, high))
    if misconduct.fabrication == "copies" and len(honest):
        copied = scores[rng.choice(honest, len(made_up))]
        return np.where(rng.random(size) < 0.9, copied, scores[made_up])  # noqa: PLR2004
    pattern = np.clip(np.round(low + (high - low) * rng.normal(0.8, 0.1, len(low))), low, high)
    step = np.where(rng.random(size) < 0.5, -1.0, 1.0)  # noqa: PLR2004
    return np.clip(pattern + np.where(rng.random(size) < _HABIT, 0.0, step), low, high)


def _straight_lines(n_rows: int, low: Array, high: Array, rng: np.random.Generator) -> Array:
    place = rng.uniform(0.2, _DELIGHT - 0.05, size=(n_rows, 1))
    return np.asarray(low + np.floor(place * (high - low)))
