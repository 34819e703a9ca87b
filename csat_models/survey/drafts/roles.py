"""Which column of an unknown file plays which role, by its name or by its label."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.survey.formats.extended import EXTENDED
from csat_models.survey.formats.table import Table, as_text
from csat_models.survey.intake.cells import has_decimal_commas, parse_number

MOST_CATEGORIES = 40
"""A column with more distinct values than these is not taken for a category."""

_CODES = 12
_NAMES = {
    "respondent_id": r"(respondent|resp|case|sample|customer|person|user|survey)?_?(id|uuid|serial)"
    r"|rid|respnum|respno|caseno|guest_?(id|no)|(lfd_?)?nr|fallnr|.*(样本|问卷|受访者|被访者|客户)(编号|号|序号)|编号|序号",
    "weight": r"(survey_?|sampling_?|final_?)?(weight|wt|wgt)s?|w|gewicht(ung)?|权重|加权|.*权重",
    "interviewer": r"interviewer(_?(id|no|code))?|int_?(id|no)|.*访(问)?员(编号|号|代码)?",
    "duration": r"(interview_?|survey_?)?(duration|dur|length|seconds|loi)(_?(s|sec|seconds|min))?"
    r"|.*(时长|用时|耗时).*",
    "mode": r"(interview_?|survey_?)?mode|.*(访问|调查)(方式|渠道)",
    "unit": r"city|branch|unit|region|shop|store|outlet|province|filiale|standort"
    r"|.*(城市|地市|分公司|门店|网点|省份)",
}
# A label is a phrase, which may speak of much else; so it must say the role and no more.
_LABELS = {
    "respondent_id": r"((respondent|resp|case|sample|questionnaire|guest)('?s)?_?)"
    r"(id|number|no|serial)"
    r"|.{0,4}(样本|问卷|受访者|被访者|访客|客户)(编号|号码?|序号|id)|样本id|编号|序号",
    "weight": r"(the_)?(survey_?|sampling_?|final_?|case_)?weights?(ing_factor)?"
    r"|.{0,4}(权重|权数|加权)(系数|因子|值)?",
    "interviewer": r"interviewer('?s)?(_?(id|no|number|code|name))?"
    r"|.{0,4}访(问)?员(编号|号|代码|姓名)?",
    "duration": r"(interview|survey|questionnaire)?_?(duration|length)(_of_(the_)?interview)?"
    r"|.{0,2}(访问|访谈|问卷|答题|作答|调查|填答|填写)?(总)?(时长|用时|耗时)",
    "mode": r"(interview|survey)_?mode|mode_of_(the_)?interview|(访问|调查)(方式|渠道)",
}
_UNITS = re.compile(
    r"(hotel|city|branch|region|area|shop|store|outlet|province|district)s?(_?(id|no|code))?"
    r"|.{0,6}(城市|地市|区域|地区|分公司|门店|网点|省份|酒店)"
)
_GROUPS = re.compile(
    r"(hotel|brand|gender|sex|city|area|group|region|district|province|branch|shop|store|outlet"
    r"|segment|channel|education|occupation|marital|operator)(_?(id|no|code))?"
    r"|.{0,4}(性别|品牌|门店|城市|区域|地区|省份|分公司|网点|酒店|学历|职业|婚姻状况|渠道)"
)
_OURS = re.compile("我方|我司|本公司|本企业|本品牌|ours?|our (company|brand)|us|we")
_THEIRS = re.compile("竞争(对手|者|品牌|企业)?|对手|竞品|(the )?competitors?|rivals?|theirs|they")
_BRANDS = re.compile(
    r"(brand|operator|provider|supplier|company|carrier)s?(_?(id|no|code))?"
    r"|.{0,6}(品牌|运营商|供应商)"
)
_PREFIX = re.compile(r"^[A-Za-z]{1,3}\d{1,3}[a-z]?(?:[._-]\d+)?[.、:：)）\s]\s*")


def find_roles(table: Table) -> dict[str, str]:
    """Find the columns that play a role in a survey.

    Parameters
    ----------
    table : Table
        As read, with the labels that its file has.

    Returns
    -------
    dict of str to str
        Column to ``"respondent_id"``, ``"weight"``, ``"interviewer"``,
        ``"duration"``, ``"mode"`` or ``"unit"``; each role once. Names are
        looked at before labels, and the first column that fits has it.

    Examples
    --------
    >>> frame = pd.DataFrame({"V1": ["a", "b"], "wt": [1.0, 0.8]})
    >>> labels = {"V1": "Respondent ID"}
    >>> table = Table(frame=frame, row_numbers=np.arange(2), encoding="SPSS", wordings=labels)
    >>> find_roles(table)
    {'wt': 'weight', 'V1': 'respondent_id'}
    """
    found: dict[str, str] = {}
    for patterns, called in ((_NAMES, str), (_LABELS, lambda name: label_of(name, table))):
        for name in map(str, table.frame.columns):
            words = _fold(called(name))
            if name in found or not words or (patterns is _LABELS and table.labels.get(name)):
                continue
            role = next(_roles_that_fit(patterns, words, name, table), None)
            if role is not None and role not in found.values():
                found[name] = role
    return found


def _roles_that_fit(patterns: dict[str, str], words: str, name: str, table: Table) -> Iterator[str]:
    for role, pattern in patterns.items():
        if re.fullmatch(pattern, words) and _fits(
            role, as_text(table.frame[name]), table.delimiter
        ):
            yield role


def label_of(name: str, table: Table) -> str:
    """Return the label of a column without the question's number; empty if it has none.

    Examples
    --------
    >>> frame = pd.DataFrame({"V1": [1.0]})
    >>> labels = {"V1": "S1. Name of the shop"}
    >>> table = Table(frame=frame, row_numbers=np.arange(1), encoding="SPSS", wordings=labels)
    >>> label_of("V1", table)
    'Name of the shop'
    """
    return _PREFIX.sub("", table.wordings.get(name, "").strip())


def names_groups(name: str, table: Table, numbers: NDArray[np.float64]) -> bool:
    """Tell whether few small codes stand for groups, such as brands, going by name and label.

    Parameters
    ----------
    name : str
        The column.
    table : Table
        Where it stands.
    numbers : ndarray, shape (n,)
        Its codes.
    """
    codes = np.unique(numbers[~np.isnan(numbers)])
    few = len(codes) <= _CODES or names_units(name, table)
    whole = bool(np.all(codes == np.floor(codes)) and np.all(codes >= 0))
    return few and whole and _says(_GROUPS, name, table)


def names_units(name: str, table: Table) -> bool:
    """Tell whether a name or label speaks of units, such as shops."""
    return _says(_UNITS, name, table)


def find_sides(labels: Mapping[str, str]) -> tuple[str, str] | None:
    """Find which value of a category stands for our customers, and which for the competitor's.

    Parameters
    ----------
    labels : mapping of str to str
        Values and their wordings.

    Examples
    --------
    >>> find_sides({"1": "我方", "2": "竞争对手"}), find_sides({"1": "north", "2": "south"})
    (('1', '2'), None)
    """
    ours = [v for v, words in labels.items() if _OURS.fullmatch(words.strip().casefold())]
    theirs = [v for v, words in labels.items() if _THEIRS.fullmatch(words.strip().casefold())]
    return (ours[0], theirs[0]) if len(ours) == 1 == len(theirs) else None


def names_brands(name: str, table: Table) -> bool:
    """Tell whether a name or label speaks of brands, such as ours and the competitor's."""
    return _says(_BRANDS, name, table)


def _says(pattern: re.Pattern[str], name: str, table: Table) -> bool:
    return any(pattern.fullmatch(_fold(words)) for words in (name, label_of(name, table)))


def _fold(words: str) -> str:
    plain = unicodedata.normalize("NFKC", words).strip().casefold()
    plain = re.sub(r"\s*\([^()]*\)$", "", plain)
    return re.sub(r"[\s-]+", "_", plain.rstrip(":."))


def _fits(role: str, texts: pd.Series[Any], delimiter: str) -> bool:
    if role == "respondent_id":
        return bool(texts.notna().all() and texts.nunique() > len(texts) // 2)
    if role in ("weight", "duration"):
        numbers = as_numbers(texts, delimiter)
        positive = numbers is not None and bool((numbers[~np.isnan(numbers)] > 0).all())
        return positive and (role == "duration" or bool(texts.notna().all()))
    return role != "unit" or 1 < texts.nunique() <= MOST_CATEGORIES


def as_numbers(texts: pd.Series[Any], delimiter: str = ",") -> NDArray[np.float64] | None:
    """Return a column of text as numbers, shape (n,); None if some cell is none, or all are blank.

    Decimal commas count where a file with such a `delimiter` may have them.

    Examples
    --------
    >>> as_numbers(pd.Series(["1", "2.5"])).tolist(), as_numbers(pd.Series(["1", "x"]))
    ([1.0, 2.5], None)
    """
    codes, values = pd.factorize(texts)
    mark = "," if has_decimal_commas(values, delimiter, None) else "."
    read = [EXTENDED.get(str(each), parse_number(str(each), decimal=mark)) for each in values]
    if not read or any(one is None or not np.isfinite(one) for one in read):
        return None
    return np.append(np.array(read, dtype=np.float64), np.nan)[codes]
