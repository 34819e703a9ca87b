"""Conditions on the columns of a row, such as combinations that cannot be.

The language is that of filters, with ``or``, ``not``, brackets and the four
rules of arithmetic::

    tenure > age - 12
    COMPLAINED == 0 and (area == rural or not mode == web)

A word that is no column stands for the value of a category. Nothing else can
be written: no calls, no indices, no attributes.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import CodebookError
from csat_models.survey.codebooks.routing import as_category
from csat_models.survey.formats.table import as_text

Bools = NDArray[np.bool_]

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A condition that has been read.

    Attributes
    ----------
    text : str
        As written.
    tree : ast.expr
        Comparisons joined by ``and``, ``or`` and ``not``.
    columns : tuple of str
        The columns that it names, in their order.
    """

    text: str
    tree: ast.expr
    columns: tuple[str, ...]

    @classmethod
    def parse(cls, text: str, columns: Sequence[str]) -> Self:
        """Read a condition.

        Parameters
        ----------
        text : str
        columns : sequence of str
            That it may name.

        Raises
        ------
        CodebookError
            Something that is no condition, or that names no column.

        Examples
        --------
        >>> Expression.parse("tenure > age - 12", ["age", "tenure"]).columns
        ('tenure', 'age')
        """
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise _no_condition(text, text) from None
        found: list[str] = []
        _check_logic(tree, text, frozenset(columns), found)
        if not found:
            raise CodebookError(
                f"the condition '{text}' names no column; there are {', '.join(columns)}",
                condition=text,
            )
        return cls(text=text, tree=tree, columns=tuple(dict.fromkeys(found)))

    def holds(self, frame: pd.DataFrame) -> Bools:
        """Tell where the condition is known to hold, shape (n,).

        Parameters
        ----------
        frame : DataFrame
            n rows. What a missing value leaves open does not hold: neither
            ``x > 1`` nor ``not x > 1`` where x is missing.

        Raises
        ------
        CodebookError
            A text compared by size, or calculated with.

        Examples
        --------
        >>> rows = pd.DataFrame({"x": [1.0, 5.0, np.nan]})
        >>> Expression.parse("not x > 2", ["x"]).holds(rows).tolist()
        [True, False, False]
        """
        return _evaluate(self.tree, frame, self.text)[0]


def _check_logic(node: ast.expr, text: str, columns: frozenset[str], found: list[str]) -> None:
    if isinstance(node, ast.BoolOp):
        for part in node.values:
            _check_logic(part, text, columns, found)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        _check_logic(node.operand, text, columns, found)
    elif isinstance(node, ast.Compare) and all(type(sign) in _COMPARE for sign in node.ops):
        for side in (node.left, *node.comparators):
            _check_value(side, text, columns, found)
    else:
        raise _no_condition(text, ast.unparse(node))


def _check_value(node: ast.expr, text: str, columns: frozenset[str], found: list[str]) -> None:
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        _check_value(node.left, text, columns, found)
        _check_value(node.right, text, columns, found)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        _check_value(node.operand, text, columns, found)
    elif isinstance(node, ast.Name):
        found += [node.id] if node.id in columns else []
    elif not isinstance(node, ast.Constant) or not isinstance(node.value, str | int | float):
        raise _no_condition(text, ast.unparse(node))


def _no_condition(text: str, part: str) -> CodebookError:
    where = "" if part == text else f" ('{part}')"
    return CodebookError(
        f"'{text}' is no condition{where}; write comparisons joined by and, or, not, for example "
        "'tenure > age - 12'",
        condition=text,
    )


def _evaluate(node: ast.expr, frame: pd.DataFrame, text: str) -> tuple[Bools, Bools]:
    """Where a condition is known to hold, and where it is known not to."""
    if isinstance(node, ast.UnaryOp):
        holds, fails = _evaluate(node.operand, frame, text)
        return fails, holds
    if isinstance(node, ast.BoolOp):
        parts = [_evaluate(part, frame, text) for part in node.values]
        holding, failing = (list(each) for each in zip(*parts, strict=True))
        if isinstance(node.op, ast.And):
            return np.logical_and.reduce(holding), np.logical_or.reduce(failing)
        return np.logical_or.reduce(holding), np.logical_and.reduce(failing)
    assert isinstance(node, ast.Compare)
    holds, fails = np.ones(len(frame), dtype=np.bool_), np.zeros(len(frame), dtype=np.bool_)
    sides = (node.left, *node.comparators)
    for sign, left, right in zip(node.ops, sides, sides[1:], strict=False):
        true, known = _compare(sign, left, right, (frame, text))
        holds, fails = holds & true & known, fails | (~true & known)
    return holds, fails


def _compare(
    sign: ast.cmpop, left: ast.expr, right: ast.expr, context: tuple[pd.DataFrame, str]
) -> tuple[Bools, Bools]:
    frame, text = context
    first, second = _value(left, frame, text), _value(right, frame, text)
    if _is_text(first) or _is_text(second):
        if isinstance(sign, _ORDER):
            raise CodebookError(
                f"the condition '{text}' compares a text by its size; use == or != with categories",
                condition=text,
            )
        first, second = _as_text(first), _as_text(second)
    size = len(frame)
    known = _known(first, size) & _known(second, size)
    result = _COMPARE[type(sign)](_plain(first), _plain(second))
    return np.broadcast_to(np.asarray(result, dtype=np.bool_), size) & known, known


def _value(node: ast.expr, frame: pd.DataFrame, text: str) -> Any:
    """Numbers or texts of the rows, or one number or text."""
    if isinstance(node, ast.Constant):
        return float(node.value) if isinstance(node.value, int | float) else node.value
    if isinstance(node, ast.Name):
        if node.id not in frame.columns:
            return node.id
        column = frame[node.id]
        numeric = pd.api.types.is_numeric_dtype(column)
        return column.to_numpy(dtype=np.float64, na_value=np.nan) if numeric else column
    parts = [node.operand] if isinstance(node, ast.UnaryOp) else [node.left, node.right]  # type: ignore[attr-defined]
    values = [_value(part, frame, text) for part in parts]
    if any(_is_text(value) for value in values):
        raise CodebookError(
            f"the condition '{text}' calculates with a text; calculate with numbers only",
            condition=text,
        )
    if isinstance(node, ast.UnaryOp):
        return -values[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        return _ARITHMETIC[type(node.op)](*(np.float64(value) for value in values))  # type: ignore[attr-defined]


def _is_text(value: Any) -> bool:
    return isinstance(value, str | pd.Series)


def _as_text(value: Any) -> Any:
    """Categories as the codebook writes them: whole numbers without decimals."""
    if isinstance(value, np.ndarray):
        return as_text(pd.Series(value))
    return as_category(value) if isinstance(value, float) else value


def _known(value: Any, size: int) -> Bools:
    known = pd.notna(value.to_numpy(dtype=object) if isinstance(value, pd.Series) else value)
    return np.broadcast_to(np.asarray(known, dtype=np.bool_), size)


def _plain(value: Any) -> Any:
    return value.to_numpy(dtype=object) if isinstance(value, pd.Series) else value
