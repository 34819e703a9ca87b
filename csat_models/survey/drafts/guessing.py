"""What the columns of an unknown survey file probably mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from csat_models.survey.codebooks.questions import recognise_meaning
from csat_models.survey.drafts.roles import (
    MOST_CATEGORIES,
    as_numbers,
    find_roles,
    label_of,
    names_groups,
    names_units,
)
from csat_models.survey.formats.extended import RANGE
from csat_models.survey.formats.table import Table, as_text, write_cell
from csat_models.survey.intake.cells import fold, parse_number
from csat_models.survey.intake.identities import recognise_identifier

Scale = tuple[float, float] | str

_SCALES = ((0.0, 1.0), (1.0, 5.0), (1.0, 7.0), (1.0, 10.0), (0.0, 10.0))
_CODES = {
    **{98.0: "dont_know", -98.0: "dont_know", 88.0: "dont_know", 998.0: "dont_know"},
    **{99.0: "refused", -99.0: "refused", 999.0: "refused", -9.0: "refused", -8.0: "dont_know"},
    **{97.0: "not_asked", -97.0: "not_asked", 96.0: "not_asked", 997.0: "not_asked"},
    **{-1.0: "no_answer", 77.0: "no_answer", -77.0: "no_answer", -88.0: "dont_know"},
}
_MOST_STEPS = 11
_LIKERT = (
    ("非常不满意", "不满意", "一般", "满意", "非常满意"),
    ("很不满意", "不太满意", "一般", "比较满意", "很满意"),
    ("非常不同意", "不同意", "一般", "同意", "非常同意"),
    ("very dissatisfied", "dissatisfied", "neutral", "satisfied", "very satisfied"),
    ("strongly disagree", "disagree", "neutral", "agree", "strongly agree"),
)
_YES, _NO = ("是", "有", "yes", "对"), ("否", "没有", "no", "不是", "无")
_RATING = re.compile(
    "满意|同意|可能|重要|符合|很好|很差|非常|satisf|agree|likely|good|poor|excellent|bad|import|often"
)
_QUANTITY = re.compile(
    r".*(age|years?|tenure|income|spend(ing)?|amount|count|number|minutes|hours|visits)(_.*|$)"
    r"|.*(年龄|年限|收入|消费|金额|次数|人数|时间|年数|费用).*"
)
_PERCENT = re.compile(r"percent|pct|%|百分|比例|占比")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What a column probably is.

    Attributes
    ----------
    kind : str
        ``"item"``, a kind of attribute, ``"respondent_id"`` or ``"weight"``.
    role : str or None
        ``"unit"``, ``"interviewer"``, ``"duration"`` or ``"mode"``.
    scale : (float, float), "percent", "yes/no" or None
        Of an item.
    missing : dict of float to str
        Codes and their meaning, or their label where it tells none.
    answers : dict of float to str
        Wordings of scores.
    recode : dict of float to float
        Codes that stand for other scores.
    labels : dict of str to str
        Values of a category and their wordings.
    groups : bool
        Whether the values are units, such as shops, going by the name.
    why : str
        A comment.
    """

    kind: str
    role: str | None = None
    scale: Scale | None = None
    missing: Mapping[float, str] = field(default_factory=dict)
    answers: Mapping[float, str] = field(default_factory=dict)
    recode: Mapping[float, float] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    groups: bool = False
    why: str = ""


def guess_columns(table: Table) -> dict[str, Guess]:
    """Guess what every column of a table means.

    Parameters
    ----------
    table : Table
        As read, with the labels that its file has.

    Returns
    -------
    dict of str to Guess
        By column, in order. Items side by side whose names begin alike get
        the scale that holds all of them.

    Examples
    --------
    >>> frame = pd.DataFrame({"id": ["a", "b"], "SAT1": [1.0, 10.0], "SAT2": [4.0, 98.0]})
    >>> table = Table(frame=frame, row_numbers=np.arange(2), encoding="utf-8")
    >>> {name: guess.scale for name, guess in guess_columns(table).items()}
    {'id': None, 'SAT1': (1.0, 10.0), 'SAT2': (1.0, 10.0)}
    """
    roles = find_roles(table)
    guesses = {
        name: replace(_guess(name, table, roles.get(name)), groups=names_units(name, table))
        for name in map(str, table.frame.columns)
    }
    return _agree_within_batteries(guesses, table)


def stem_of(name: str) -> str:
    """Return what the names of a battery of items have in common.

    Examples
    --------
    >>> stem_of("SAT1"), stem_of("q3_2"), stem_of("满意度2")
    ('SAT', 'q3', '满意度')
    """
    return re.sub(r"[_.\- ]*\d+[a-z]?$", "", name) or name


def _guess(name: str, table: Table, role: str | None) -> Guess:
    texts = as_text(table.frame[name])
    if role is not None:
        return _guess_role(name, table, texts, role)
    reason = recognise_identifier(name, texts)
    if reason is not None:
        return Guess(kind="identifier", why=_identifies(reason))
    numbers = as_numbers(texts, table.delimiter)
    if numbers is None:
        found = _guess_text(name, table, texts)
    else:
        found = _guess_number(name, table, texts, numbers)
    labelled = recognise_identifier(name, None, (label_of(name, table),))
    if labelled is not None and found.kind != "item" and not table.labels.get(name):
        return Guess(kind="identifier", why=_identifies(labelled))
    return found


def _guess_role(name: str, table: Table, texts: pd.Series[Any], role: str) -> Guess:
    if role in ("respondent_id", "weight"):
        return Guess(kind=role)
    if role == "duration":
        return Guess(kind="number", role=role)
    if role == "interviewer" and not table.labels.get(name):
        # Others may interview next year, so that a closed list would refuse the file.
        return Guess(kind="text", role=role)
    return _as_attribute(name, table, texts, role=role)


def _identifies(reason: str) -> str:
    return f"identifies persons ({reason}): dropped on reading"


def _guess_text(name: str, table: Table, texts: pd.Series[Any]) -> Guess:
    counts = texts.value_counts()
    read = {str(value): parse_number(str(value), percent=True) for value in counts.index}
    words = [value for value, number in read.items() if number is None]
    known = all(recognise_meaning(word) is not None for word in words)
    scores = [number for number in read.values() if number is not None and np.isfinite(number)]
    if known and scores and any("%" in value for value in read):
        return Guess(kind="item", scale="percent", missing=_code_words(words, (0, 100)))
    if known and len(scores) > len(words) and (scale := _scale_holding(scores)) is not None:
        return Guess(kind="item", scale=scale, missing=_code_words(words, scale))
    likert = _guess_likert([str(value) for value in counts.index])
    return likert if likert is not None else _as_attribute(name, table, texts)


def _code_words(words: Sequence[str], scale: tuple[float, float]) -> dict[float, str]:
    free = (code for code in (98.0, 99.0, 97.0, 96.0, -98.0, -99.0, -97.0, -96.0, -95.0, -94.0))
    outside = (code for code in free if not scale[0] <= code <= scale[1])
    return dict(zip(outside, words, strict=False))


def _guess_likert(values: Sequence[str]) -> Guess | None:
    folded = {fold(value) for value in values if recognise_meaning(value) is None}
    missing = [value for value in values if recognise_meaning(value) is not None]
    if folded and folded <= {*_YES, *_NO}:
        return (
            Guess(kind="item", scale="yes/no", missing=_code_words(missing, (0, 1)))
            if (folded <= {"yes", "no", "是", "否"})
            else None
        )
    for words in _LIKERT:
        if folded and folded <= set(words):
            answers = {float(k): word for k, word in enumerate(words, start=1)}
            codes = _code_words(missing, (1, 5))
            return Guess(kind="item", scale=(1.0, 5.0), answers=answers, missing=codes)
    return None


def _guess_number(
    name: str,
    table: Table,
    texts: pd.Series[Any],
    numbers: np.ndarray[Any, np.dtype[np.float64]],
) -> Guess:
    labels = {c: w for c, w in table.labels.get(name, {}).items() if isinstance(c, float)}
    values = np.unique(numbers[~np.isnan(numbers)])
    missing = _missing_codes(values, labels, table.missing.get(name, ()))
    scores = [float(value) for value in values if value not in missing]
    answers = {code: word for code, word in labels.items() if code not in missing}
    binary = _guess_yes_no(scores, answers, missing)
    if binary is not None:
        return binary
    if answers and not _is_rating(answers, scores):
        return _as_attribute(name, table, texts)
    if not answers and names_groups(name, table, numbers):
        return _as_group(name, table, texts)
    if _PERCENT.search(f"{name} {table.wordings.get(name, '')}".casefold()):
        return _guess_percent(scores, missing)
    scale = _scale_holding([*scores, *answers])
    quantity = _QUANTITY.fullmatch(name.casefold()) and not answers
    if scale is None or quantity:
        return Guess(kind="number")
    why = "" if scores else "no answers in the file: check the scale"
    return Guess(kind="item", scale=scale, missing=missing, answers=answers, why=why)


def _guess_percent(scores: Sequence[float], missing: Mapping[float, str]) -> Guess:
    if scores and min(scores) >= 0 and max(scores) <= 1:
        why = "shares of 1, as a spreadsheet keeps 85 %"
        return Guess(kind="item", scale=(0.0, 1.0), missing=missing, why=why)
    outside = {code: word for code, word in missing.items() if not 0 <= code <= 100}  # noqa: PLR2004
    return Guess(kind="item", scale="percent", missing=outside)


def _guess_yes_no(
    scores: Sequence[float], answers: Mapping[float, str], missing: Mapping[float, str]
) -> Guess | None:
    if set(scores) <= {0.0, 1.0} and not answers and scores:
        return Guess(kind="item", scale="yes/no", missing=missing)
    meant = {
        code: 1.0 if fold(word) in _YES else 0.0
        for code, word in answers.items()
        if fold(word) in (*_YES, *_NO)
    }
    if len(meant) < 2 or len(meant) < len(answers) or not set(scores) <= set(meant):  # noqa: PLR2004
        return None
    recode = {} if all(code == score for code, score in meant.items()) else meant
    return Guess(kind="item", scale="yes/no", missing=missing, recode=recode)


def _is_rating(answers: Mapping[float, str], scores: Sequence[float]) -> bool:
    words = " ".join(answers.values()).casefold()
    only_ends = len(answers) < max(answers) - min(answers) + 1 or not set(scores) <= set(answers)
    return len(answers) <= _MOST_STEPS and (only_ends or bool(_RATING.search(words)))


def _missing_codes(
    values: np.ndarray[Any, np.dtype[np.float64]],
    labels: Mapping[float, str],
    ranges: Sequence[tuple[float, float]],
) -> dict[float, str]:
    found = {c: w for c, w in labels.items() if recognise_meaning(w) is not None}
    ranges = (*ranges, RANGE)
    declared = [c for c in {*values.tolist(), *labels} if any(a <= c <= b for a, b in ranges)]
    found |= {c: labels.get(c, _CODES.get(c, "no_answer")) for c in declared}
    rest = [value for value in values.tolist() if value not in found]
    plain = [value for value in rest if value not in _CODES]
    if _scale_holding(plain) is not None or not plain:
        found |= {c: labels.get(c, _CODES[c]) for c in rest if c in _CODES and _is_far(c, plain)}
    return dict(sorted(found.items()))


def _is_far(code: float, scores: Sequence[float]) -> bool:
    return code < 0 or code > 2 * max(scores, default=10)


def _scale_holding(scores: Sequence[float]) -> tuple[float, float] | None:
    if any(not float(score).is_integer() for score in scores):
        return None
    low, high = min(scores, default=1), max(scores, default=10)
    return next((scale for scale in _SCALES if scale[0] <= low and high <= scale[1]), None)


def _as_attribute(name: str, table: Table, texts: pd.Series[Any], role: str | None = None) -> Guess:
    known = texts.dropna().str.strip()
    known = known[known != ""]
    labels = {str(write_cell(c)): w for c, w in table.labels.get(name, {}).items()}
    values = sorted(known.unique(), key=_in_order)
    few = len(values) <= MOST_CATEGORIES and 2 * len(values) <= max(len(known), 1)
    if labels and set(values) <= set(labels):
        return Guess(kind="category", role=role, labels=labels)
    if values and (few or role in ("unit", "mode")) and len(values) <= MOST_CATEGORIES:
        return Guess(kind="category", role=role, labels={v: labels.get(v, v) for v in values})
    return Guess(kind="text", role=role)


def _in_order(value: str) -> tuple[bool, float, str]:
    """Sort numbers by size, before words."""
    number = parse_number(value)
    return (number is None, number or 0.0, value)


def _as_group(name: str, table: Table, texts: pd.Series[Any]) -> Guess:
    found = _as_attribute(name, table, texts)
    if found.kind != "category":
        return found
    return replace(found, why="codes of groups, going by the name: write what each stands for")


def _agree_within_batteries(guesses: Mapping[str, Guess], table: Table) -> dict[str, Guess]:
    """Give items of one battery the widest scale among them, unless their answers fill theirs."""
    widest: dict[str, tuple[float, float]] = {}
    for name, guess in guesses.items():
        if isinstance(guess.scale, tuple) and not guess.answers:
            stem = stem_of(name)
            before = widest.get(stem, guess.scale)
            ends = (min(before[0], guess.scale[0]), max(before[1], guess.scale[1]))
            widest[stem] = next(s for s in _SCALES if s[0] <= ends[0] and ends[1] <= s[1])
    return {
        name: replace(guess, scale=widest[stem_of(name)])
        if isinstance(guess.scale, tuple)
        and not guess.answers
        and not _is_filled(guess.scale, guess.missing, table.frame[name])
        else guess
        for name, guess in guesses.items()
    }


def _is_filled(
    scale: tuple[float, float], missing: Mapping[float, str], column: pd.Series[Any]
) -> bool:
    """Tell whether the answers have every step of a scale."""
    numbers = as_numbers(as_text(column))
    steps = set(np.arange(scale[0], scale[1] + 1).tolist())
    return numbers is not None and set(numbers[~np.isnan(numbers)]) - set(missing) == steps
