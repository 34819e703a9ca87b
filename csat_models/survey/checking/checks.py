"""Every violation of the codebook in a table at once, with row, column and value.

Reading stops at the first thing that cannot be right. Whoever wants to send a
file back to the field agency needs all of them: this module lists them, and
the params declare which of them are errors and which are warnings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.survey.checking.expressions import Expression
from csat_models.survey.checking.violations import find_violations
from csat_models.survey.codebooks.codebook import Codebook
from csat_models.survey.formats.extended import write_code
from csat_models.survey.intake.responses import Responses

Severity = Literal["error", "warning"]
Bools = NDArray[np.bool_]

SEVERITY: Mapping[str, Severity] = {
    "column": "error",
    "number": "error",
    "scale": "error",
    "whole": "warning",
    "label": "error",
    "filter": "error",
    "identifier": "error",
    "unique": "error",
    "weight": "error",
    "impossible": "warning",
}
"""The rules and how severe a violation is unless declared otherwise.

``column``: a declared column is there. ``number``: items, numbers and weights
are numbers. ``scale``: a score lies on its scale or is a missing code.
``whole``: a score is a whole step above the lowest one. ``label``: a category
has one of its values. ``filter``: nobody answers what was not asked.
``identifier``: every respondent has one. ``unique``: it stands once.
``weight``: it is positive. ``impossible``: a combination that cannot be.
"""

COLUMNS = ("file", "row", "column", "value", "rule", "severity", "message")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRules:
    """What is checked.

    Attributes
    ----------
    codebook : Codebook
        Scales, missing codes, labels, filters, identifier and weight.
    impossible : mapping of str to str
        Name to a condition that holds in no honest row, as of
        :mod:`csat_models.survey.checking.expressions`.
    severity : mapping of str to {"error", "warning"}
        For rules that are not as severe as in :data:`SEVERITY`; a single
        combination is addressed as ``impossible:name``.

    Raises
    ------
    DataError
        A severity for a rule that does not exist.
    CodebookError
        A condition that cannot be read.
    """

    codebook: Codebook
    impossible: Mapping[str, str] = field(default_factory=dict)
    severity: Mapping[str, Severity] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = [*SEVERITY, *(f"impossible:{name}" for name in self.impossible)]
        unknown = [name for name in self.severity if name not in known]
        if unknown:
            raise DataError(
                f"there is no rule '{unknown[0]}' to be an error or a warning; there are "
                f"{', '.join(known)}",
                rule=unknown[0],
            )
        for text in self.impossible.values():
            Expression.parse(text, self.codebook.columns)

    def severity_of(self, rule: str) -> Severity:
        """How severe a violation of a rule is."""
        kind = rule.split(":", maxsplit=1)[0]
        return self.severity.get(rule, self.severity.get(kind, SEVERITY[kind]))


def check_table(
    data: Responses | pd.DataFrame,
    rules: CheckRules,
    *,
    source: str = "the data",
    row_numbers: NDArray[np.int64] | None = None,
) -> pd.DataFrame:
    """List everything in a table that violates its codebook.

    Parameters
    ----------
    data : Responses or DataFrame
        n rows: responses, or a table as it stands in a file, with missing
        codes and texts in it.
    rules : CheckRules
    source : str
        What the file is called; responses know it.
    row_numbers : ndarray of int, shape (n,), optional
        The line of each row; responses know them, otherwise rows count from 1.

    Returns
    -------
    DataFrame
        One row a violation, by row and column: ``file``, ``row`` (missing
        where it concerns the whole file), ``column``, ``value`` (text),
        ``rule``, ``severity``, ``message``. Empty where all is well.

    Examples
    --------
    >>> codebook = Codebook.model_validate(
    ...     {"scale": [1, 10], "items": {"S1": {"text": {"zh": "满意", "en": "satisfied"}}}}
    ... )
    >>> found = check_table(pd.DataFrame({"S1": [7, 11, 5]}), CheckRules(codebook=codebook))
    >>> found[["row", "column", "value", "rule", "severity"]].values.tolist()
    [[2, 'S1', '11', 'scale', 'error']]
    """
    if isinstance(data, Responses):
        frame, source, row_numbers = data.frame, data.source, data.row_numbers
    else:
        frame = data.reset_index(drop=True)
    lines = np.arange(1, len(frame) + 1) if row_numbers is None else row_numbers
    cases = find_violations(frame, rules.codebook, rules.impossible)
    places = pd.to_numeric(cases["index"]).to_numpy(dtype=np.float64)
    known = ~np.isnan(places)
    table = pd.DataFrame({"file": source, "row": pd.array([pd.NA] * len(cases), dtype="Int64")})
    table.loc[known, "row"] = lines[places[known].astype(np.intp)]
    if isinstance(data, Responses):
        table.loc[known, "file"] = data.file_names()[places[known].astype(np.intp)]
    table["column"] = np.where(known, cases["column"], cases["failure_case"]).astype(object)
    values = zip(cases["failure_case"], known, strict=True)
    table["value"] = [_write(value) if inside else "" for value, inside in values]
    table["rule"] = cases["check"].to_numpy(dtype=object)
    table["severity"] = [rules.severity_of(rule) for rule in table["rule"]]
    broken = zip(table["rule"], table["column"], strict=True)
    table["message"] = [_tell(rule, column, rules) for rule, column in broken]
    order = {name: place for place, name in enumerate(frame.columns)}
    keys = table.assign(_place=table["column"].map(order).fillna(-1))
    keys = keys.sort_values(["row", "_place", "rule"], na_position="first", kind="stable")
    return table.loc[keys.index, list(COLUMNS)].reset_index(drop=True)


def require_no_errors(violations: pd.DataFrame) -> None:
    """Refuse a table with violations that are errors.

    Parameters
    ----------
    violations : DataFrame
        Of :func:`check_table`.

    Raises
    ------
    DataError
        One sentence with the number of errors and the first of them; the
        fact ``violations`` is the whole table.
    """
    errors = violations[violations["severity"] == "error"]
    if not len(errors):
        return
    first = errors.iloc[0]
    where = "" if pd.isna(first["row"]) else f", row {first['row']}"
    what = f" is '{first['value']}'" if first["value"] else ""
    remedy = f"correct the file or declare the rule '{first['rule']}' a warning"
    raise DataError(
        f"{first['file']}: {len(errors)} errors, the first{where}: column '{first['column']}'"
        f"{what}, but {first['message']}; {remedy}",
        violations=violations,
    )


def summarise_violations(violations: pd.DataFrame) -> pd.DataFrame:
    """Count violations by rule and column.

    Returns
    -------
    DataFrame
        ``rule``, ``severity``, ``column``, ``n_rows``, ``message``, the
        most frequent first.
    """
    keys = ["rule", "severity", "column", "message"]
    counts = violations.groupby(keys, sort=True).size().rename("n_rows").reset_index()
    counts = counts.sort_values("n_rows", ascending=False, kind="stable")
    return counts[["rule", "severity", "column", "n_rows", "message"]].reset_index(drop=True)


def _write(value: object) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else write_code(value)
    return "" if value is None or value is pd.NA else str(value)


def _tell(rule: str, column: str, rules: CheckRules) -> str:
    codebook = rules.codebook
    item, attribute = codebook.items.get(column), codebook.attributes.get(column)
    if rule == "scale" and item is not None:
        codes = ", ".join(write_code(code) for code in item.missing)
        return f"the scale is {item.scale[0]:g} to {item.scale[1]:g}" + (
            f" and missing is coded {codes}" if codes else ""
        )
    if rule == "filter" and item is not None:
        return f"it was asked only where {item.filter}"
    if rule == "label" and attribute is not None:
        return f"the values are {', '.join(attribute.labels)}"
    if rule.startswith("impossible:"):
        return f"it cannot be that {rules.impossible[rule.partition(':')[2]]}"
    return {
        "column": "the codebook declares this column",
        "number": "a number is expected",
        "whole": "scores go in whole steps",
        "identifier": "every respondent needs an identifier",
        "unique": "an identifier stands for one respondent",
        "weight": "weights are positive numbers",
    }[rule]
