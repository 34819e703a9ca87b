"""Which values of a table break a rule of its codebook: each rule as a test of one column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from csat_models.survey.checking.expressions import Expression
from csat_models.survey.codebooks.codebook import Codebook
from csat_models.survey.codebooks.routing import apply_filter, parse_filter
from csat_models.survey.formats.table import as_text

# A rule's name, and a function from a column to whether its values obey the rule.
Check = tuple[str, Callable[["pd.Series[Any]"], "pd.Series[bool]"]]


def find_violations(
    frame: pd.DataFrame, codebook: Codebook, impossible: Mapping[str, str]
) -> pd.DataFrame:
    """Find every value that breaks a rule.

    Parameters
    ----------
    frame : DataFrame
        n rows, as they stand in a file or as responses, counted from 0.
    codebook : Codebook
    impossible : mapping of str to str
        Name to a condition that holds in no honest row.

    Returns
    -------
    DataFrame
        pandera's failure cases: ``column``, ``check`` (the rule), ``failure_case``
        (the value) and ``index`` (the row; missing where a column is absent, which
        is then the value).

    Examples
    --------
    >>> codebook = Codebook.model_validate(
    ...     {"scale": [1, 10], "items": {"S1": {"text": {"zh": "满意", "en": "satisfied"}}}}
    ... )
    >>> found = find_violations(pd.DataFrame({"S1": [7, 11, 5.5]}), codebook, {})
    >>> found[["check", "index"]].values.tolist()
    [['scale', 1], ['whole', 2]]
    """
    import pandera.pandas as pa
    from pandera.errors import SchemaErrors

    table = _Table(
        frame=frame,
        numbers=_as_numbers(frame, codebook),
        codebook=codebook,
        impossible=impossible,
    )
    columns = {
        name: pa.Column(
            required=True,
            nullable=True,
            checks=[
                pa.Check(check, name=rule, error=rule, ignore_na=False)
                for rule, check in table.checks(name)
            ],
        )
        for name in codebook.columns
    }
    nothing = pd.DataFrame({"column": [], "check": [], "failure_case": [], "index": []})
    try:
        pa.DataFrameSchema(columns).validate(frame, lazy=True)
    except SchemaErrors as problems:
        found: pd.DataFrame = problems.failure_cases
        found["check"] = found["check"].replace("column_in_dataframe", "column")
        return found.reset_index(drop=True)
    return nothing.astype({"check": object, "column": object, "failure_case": object})


def _as_numbers(frame: pd.DataFrame, codebook: Codebook) -> dict[str, pd.Series[float]]:
    names = [name for name, own in codebook.attributes.items() if own.kind == "number"]
    names += [*codebook.items, *((codebook.weight,) if codebook.weight else ())]
    numbers = {}
    for name in (name for name in names if name in frame.columns):
        column = frame[name]
        if not pd.api.types.is_numeric_dtype(column):
            column = pd.to_numeric(column.astype("str"), errors="coerce")
        numbers[name] = column.astype("float64")
    return numbers


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Table:
    """A table, its columns of numbers by name, and the rules that it must obey."""

    frame: pd.DataFrame
    numbers: Mapping[str, pd.Series[float]]
    codebook: Codebook
    impossible: Mapping[str, str]

    def checks(self, name: str) -> Iterator[Check]:
        """Yield the rules of a column, and what tests them."""
        yield from self._checks_of_numbers(name)
        yield from self._checks_of_attributes(name)
        if name == self.codebook.weight:
            yield "weight", lambda _: (self.numbers[name] > 0) & np.isfinite(self.numbers[name])
        item = self.codebook.items.get(name)
        if item is not None and item.filter is not None:
            text = item.filter
            yield "filter", lambda column: column.isna() | ~self._excluded(text)
        yield from self._checks_of_combinations(name)

    def _checks_of_numbers(self, name: str) -> Iterator[Check]:
        if name not in self.numbers:
            return
        numbers = self.numbers[name]
        if not pd.api.types.is_numeric_dtype(self.frame[name]):
            yield "number", lambda column: numbers.notna() | column.isna()
        if name in self.codebook.items:
            yield "scale", lambda _: _on_scale(numbers, name, self.codebook)
            yield "whole", lambda _: _whole(numbers, name, self.codebook)

    def _checks_of_attributes(self, name: str) -> Iterator[Check]:
        attribute = self.codebook.attributes.get(name)
        if attribute is not None and attribute.labels:
            labels = tuple(attribute.labels)
            yield "label", lambda column: column.isna() | _texts(column).isin(labels)
        if name == self.codebook.respondent_id:
            yield "identifier", lambda column: column.notna()
            if self.codebook.unique_respondents:
                yield "unique", lambda column: column.isna() | ~column.duplicated(keep=False)

    def _checks_of_combinations(self, name: str) -> Iterator[Check]:
        """Yield the combinations whose condition names this column first."""
        for rule, condition in self.impossible.items():
            expression = Expression.parse(condition, self.codebook.columns)
            known = all(column in self.frame.columns for column in expression.columns)
            if known and expression.columns[0] == name:
                yield f"impossible:{rule}", _never(expression, self._readable(expression.columns))

    def _excluded(self, text: str) -> pd.Series[bool]:
        """Whether a filter excludes a row."""
        names = [condition.column for condition in parse_filter(text)]
        if any(name not in self.frame.columns for name in names):
            return pd.Series(False, index=self.frame.index)
        rows = pd.DataFrame({name: self.numbers.get(name, self.frame[name]) for name in names})
        return pd.Series(apply_filter(text, rows)[1], index=self.frame.index)

    def _readable(self, names: tuple[str, ...]) -> pd.DataFrame:
        """Columns of a condition as numbers and texts, missing codes missing."""
        columns = {}
        for name in names:
            column = self.numbers.get(name, self.frame[name])
            item = self.codebook.items.get(name)
            columns[name] = column.mask(column.isin(list(item.missing))) if item else column
        return pd.DataFrame(columns)


def _never(expression: Expression, frame: pd.DataFrame) -> Callable[..., pd.Series[bool]]:
    return lambda column: pd.Series(~expression.holds(frame), index=column.index)


def _on_scale(numbers: pd.Series[float], name: str, codebook: Codebook) -> pd.Series[bool]:
    item = codebook.items[name]
    inside = numbers.isna() | numbers.between(*item.scale)
    return inside | numbers.isin(list(item.missing)) if item.missing else inside


def _whole(numbers: pd.Series[float], name: str, codebook: Codebook) -> pd.Series[bool]:
    steps = numbers - codebook.items[name].scale[0]
    return numbers.isna() | (steps == np.floor(steps))


def _texts(column: pd.Series[Any]) -> pd.Series[str]:
    if pd.api.types.is_numeric_dtype(column):
        return as_text(column)
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.astype("str")
    return column.astype("str").str.strip()
