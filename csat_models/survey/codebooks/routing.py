"""Filter questions: which respondents an item was asked of.

A filter is one or more comparisons joined by ``and``::

    COMPLAINED == 1
    tenure >= 2 and area == urban
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import CodebookError
from csat_models.survey.formats.table import write_cell

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_CONDITION = re.compile(r"(?P<column>[^\W\d][\w.]*)\s*(?P<sign>==|!=|<=|>=|<|>)\s*(?P<value>\S.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One comparison of a column with a value.

    Attributes
    ----------
    column : str
        An item or attribute of the codebook.
    sign : str
        ``==``, ``!=``, ``<``, ``<=``, ``>`` or ``>=``.
    value : float or str
        A number, or the value of a category.
    """

    column: str
    sign: str
    value: float | str


def parse_filter(text: str) -> tuple[Condition, ...]:
    """Read a filter.

    Parameters
    ----------
    text : str
        Comparisons joined by ``and``.

    Returns
    -------
    tuple of Condition
        All of which must hold.

    Raises
    ------
    CodebookError
        A part that is no comparison.

    Examples
    --------
    >>> condition, = parse_filter("COMPLAINED == 1")
    >>> condition.column, condition.sign, condition.value
    ('COMPLAINED', '==', 1.0)
    """
    return tuple(_parse_condition(part.strip()) for part in re.split(r"\band\b", text))


def _parse_condition(part: str) -> Condition:
    match = _CONDITION.fullmatch(part)
    if match is None:
        raise CodebookError(
            f"the filter '{part}' is no comparison; write for example 'COMPLAINED == 1'",
            filter=part,
        )
    written = match["value"].strip()
    word = written.strip("'\"")
    try:
        value: float | str = float(word)
    except ValueError:
        value = word
    if written != word and as_category(value) != word:
        value = word  # '01' is a code and not the number 1
    return Condition(column=match["column"], sign=match["sign"], value=value)


def apply_filter(text: str, frame: pd.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Who was asked, and of whom the filter says that they were not.

    Parameters
    ----------
    text : str
        The filter.
    frame : DataFrame
        n rows, with the filter's columns.

    Returns
    -------
    asked : ndarray of bool, shape (n,)
        Every comparison holds.
    excluded : ndarray of bool, shape (n,)
        Some comparison with a known answer fails. Where the filter question
        itself is unanswered, a respondent is neither asked nor excluded.

    Examples
    --------
    >>> asked, excluded = apply_filter("A == 1", pd.DataFrame({"A": [1.0, 0.0, np.nan]}))
    >>> asked.tolist(), excluded.tolist()
    ([True, False, False], [False, True, False])
    """
    asked = np.ones(len(frame), dtype=np.bool_)
    excluded = np.zeros(len(frame), dtype=np.bool_)
    for condition in parse_filter(text):
        holds, known = _evaluate(condition, frame[condition.column])
        asked &= holds & known
        excluded |= ~holds & known
    return asked, excluded


def _evaluate(
    condition: Condition, column: pd.Series[Any]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    known = column.notna().to_numpy(dtype=np.bool_)
    numeric = pd.api.types.is_numeric_dtype(column)
    value = condition.value if numeric else as_category(condition.value)
    holds = _COMPARE[condition.sign](column, value)
    return np.asarray(holds, dtype=np.bool_), known


def as_category(value: float | str) -> str:
    """Write a filter's value as the values of a category are written.

    Examples
    --------
    >>> as_category(1.0), as_category(110101001.0), as_category("urban")
    ('1', '110101001', 'urban')
    """
    return write_cell(value) or "nan" if isinstance(value, float) else value
