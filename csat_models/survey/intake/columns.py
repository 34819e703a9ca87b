"""Columns of a table read as what the codebook says they are, each fault with its rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.survey.codebooks.questions import Text, list_values
from csat_models.survey.formats.extended import write_code
from csat_models.survey.formats.table import Table, as_text, quote, write_cell
from csat_models.survey.intake.cells import (
    COMMA,
    UNKNOWN,
    fold,
    has_decimal_commas,
    hint_for,
    is_number,
    parse_number,
    plain_text,
)
from csat_models.survey.intake.identities import normalise

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with some rows of a column.

    Attributes
    ----------
    column : str
        Its name in the codebook.
    called : str
        How messages call it.
    fault, remedy : str
        Parts of the sentence.
    rows : tuple of int
        Row numbers in the file.
    values : tuple
        What stands there; empty where it identifies persons.
    """

    column: str
    called: str
    fault: str
    remedy: str
    rows: tuple[int, ...]
    values: tuple[object, ...]

    def describe(self, source: str, place: str) -> str:
        """Return the sentence, with the first few rows."""
        shown = [f"{place} {row}" for row in self.rows[:_SHOWN]]
        if self.values:
            pairs = zip(self.values, shown, strict=False)
            shown = [f"{_write(value)} ({row})" for value, row in pairs]
        more = f" and {len(self.rows) - _SHOWN} more" if len(self.rows) > _SHOWN else ""
        return (
            f"{source}: column {self.called} has values {self.fault}: {', '.join(shown)}{more}; "
            f"{self.remedy}"
        )


def raise_fault(fault: Fault, source: str, place: str) -> NoReturn:
    """Raise a fault as one sentence.

    Raises
    ------
    DataError
        Always.
    """
    raise DataError(
        fault.describe(source, place),
        source=source,
        column=fault.column,
        rows=fault.rows,
        values=fault.values,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ColumnReader:
    """Columns of one table, each checked with rows named in the message.

    Attributes
    ----------
    table : Table
        Its columns already have the codebook's names.
    source : str
        What messages call the file.
    called : dict of str to str
        Columns that the file calls otherwise, and how.
    decimal : {".", ","} or None
        The mark before decimals, where the codebook declares one.
    on_fault : callable
        Given each fault, the source and the word for a row; raises unless
        faults are collected.
    log : list of str
        Grows by what was done.
    """

    table: Table
    source: str
    called: Mapping[str, str] = field(default_factory=dict)
    decimal: str | None = None
    on_fault: Callable[[Fault, str, str], object] = raise_fault
    log: list[str] = field(default_factory=list)

    def reject(
        self,
        column: str,
        bad: NDArray[np.bool_],
        fault: str,
        remedy: str,
        *,
        private: bool = False,
    ) -> None:
        """Tell of the rows of a column where `bad` holds; without values if private or told."""
        values = () if private else tuple(self.table.frame[column][bad].tolist())
        then = self.called.get(column, column)
        found = Fault(
            column=column,
            called=f"'{column}'" if then == column else f"'{then}' (now '{column}')",
            fault=fault,
            remedy=remedy,
            rows=tuple(self.table.row_numbers[bad].tolist()),
            values=values,
        )
        self.on_fault(found, self.source, self.table.place)

    def is_numeric(self, name: str) -> bool:
        """Tell whether a column came as numbers."""
        dtype = self.table.frame[name].dtype
        return bool(pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype))

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return a column of finite numbers, shape (n,), blanks as NaN."""
        numbers = self.raw_numbers(name)
        infinite = np.isinf(numbers)
        if infinite.any():
            self.reject(name, infinite, "that are not finite", "correct them or leave them blank")
            numbers[infinite] = np.nan
        return numbers

    def raw_numbers(
        self, name: str, words: Mapping[str, float] | None = None, *, percent: bool = False
    ) -> NDArray[np.float64]:
        """Return a column of numbers, shape (n,), blanks as NaN.

        Parameters
        ----------
        name : str
            The column.
        words : dict of str to float, optional
            Folded wordings (see :func:`fold`) and their numbers.
        percent : bool
            Whether numbers may end with a percent sign.
        """
        if self.is_numeric(name):
            column = self.table.frame[name]
            return column.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
        codes, texts = pd.factorize(as_text(self.table.frame[name]))
        commas = has_decimal_commas(texts, self.table.delimiter, self.decimal)
        mark = "," if commas else "."
        read = [
            parse_number(str(text), words or {}, percent=percent, decimal=mark) for text in texts
        ]
        values = np.array([np.nan if one is None else one for one in read], dtype=np.float64)
        wrong = np.array([one is None for one in read], dtype=np.bool_)
        numbers, bad = np.append(values, np.nan)[codes], np.append(wrong, False)[codes]
        if bad.any():
            hint = hint_for(name, str(texts[wrong][0]), self.decimal)
            if hint == UNKNOWN and bad[0] and bad.sum() == 1 < len(bad):
                hint = "if it is a second heading below the first, remove that row"
            self.reject(name, bad, "that are no numbers", hint)
        self._log_readings(name, codes, [str(text) for text in texts], words or {})
        if commas:
            marked = np.array([bool(COMMA.fullmatch(plain_text(str(t)))) for t in texts] + [False])
            self.log.append(f"{name}: {marked[codes].sum()} read with a decimal comma")
        return numbers

    def _log_readings(
        self, name: str, codes: NDArray[np.int64], texts: list[str], words: Mapping[str, float]
    ) -> None:
        worded = np.array([fold(text) in words for text in texts] + [False])[codes].sum()
        if worded:
            self.log.append(f"{name}: {worded} read by their wording")
        wide = [not t.isascii() and fold(t).isascii() and fold(t) not in words for t in texts]
        n_wide = np.array([*wide, False])[codes].sum()
        if n_wide:
            self.log.append(f"{name}: {n_wide} written in full width, read as plain numbers")

    def categories(
        self, name: str, labels: Mapping[str, Text], then: Mapping[str, str] | None = None
    ) -> pd.Categorical[Any]:
        """Return a column as ordered categories.

        Parameters
        ----------
        name : str
            The column.
        labels : dict of str to Text
            The values, in order. A cell may hold a value or its wording.
        then : dict of str to str, optional
            Values of an earlier version, and those of today.
        """
        codes, texts = pd.factorize(as_text(self.table.frame[name]))
        stripped = [str(text).strip() for text in texts]
        order = {value: k for k, value in enumerate(labels)}
        known = (then or {}).keys() | order.keys()
        meant = [text if text in known else _as_code(text, known) for text in stripped]
        meant = [(then or {}).get(text, text) for text in meant]
        worded = {word: order[value] for word, value in _unique_wordings(labels).items()}
        read = [order.get(text, worded.get(fold(text), -1)) for text in meant]
        unlisted = [bool(text) and k < 0 for text, k in zip(meant, read, strict=True)]
        found = np.append(np.array(read, dtype=np.int64), -1)[codes]
        bad = np.array([*unlisted, False], dtype=np.bool_)
        unknown = bad[codes]
        if unknown.any():
            odd = {_as_whole(text) for text, wrong in zip(meant, bad, strict=False) if wrong}
            fault = (
                f"that are not in the codebook ({quote(sorted(odd))}; it has {list_values(labels)})"
            )
            remedy = "correct them or add them to its 'labels'"
            self.reject(name, unknown, fault, remedy, private=True)
        by_word = [text not in order and k >= 0 for text, k in zip(meant, read, strict=True)]
        n_worded = np.array([*by_word, False])[codes].sum()
        if n_worded:
            self.log.append(f"{name}: {n_worded} read by their wording")
        categories: pd.Index[str] = pd.Index(list(labels), dtype="str")
        return pd.Categorical.from_codes(found, categories=categories, ordered=True)

    def declared_missing(self, name: str, numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which numbers of a column the file itself declares missing, shape (n,)."""
        hit = np.zeros(len(numbers), dtype=np.bool_)
        for low, high in self.table.missing.get(name, ()):
            hit |= (numbers >= low) & (numbers <= high)
        return hit

    def texts(self, name: str) -> pd.Series[Any]:
        """Return a column of text; numbers that the file declares missing are blank."""
        column = self.table.frame[name]
        if name in self.table.missing and self.is_numeric(name):
            column = column.mask(self.declared_missing(name, self.raw_numbers(name)))
        return as_text(column)

    def identifiers(self, name: str, unique: bool, private: bool) -> pd.Series[Any]:
        """Return the identifiers, none missing, unique if so declared."""
        column = self.texts(name)
        blank = (column.isna() | (column.str.strip() == "")).to_numpy()
        if blank.any():
            self.reject(name, blank, "left blank", "give every respondent an identifier")
        # Two ways to write one telephone number become one pseudonym.
        known = column.map(normalise, na_action="ignore") if private else column.str.strip()
        twice = (known.duplicated(keep=False) & column.notna()).to_numpy()
        if unique and twice.any():
            remedy = "remove the repeated rows or set unique_respondents to false in the codebook"
            self.reject(name, twice, "that stand more than once", remedy, private=private)
        return column

    def weights(self, name: str) -> NDArray[np.float64]:
        """Return the survey weights, all positive and finite."""
        weights = self.raw_numbers(name)
        bad = ~(np.isfinite(weights) & (weights > 0)) | self.declared_missing(name, weights)
        if bad.any():
            self.reject(name, bad, "that are no positive weights", "correct them")
        return weights


def _as_whole(text: str) -> str:
    """Return a whole number that was written as a decimal one, such as ``9.0``, without it."""
    if not is_number(text):
        return text
    return write_cell(parse_number(text)) or text


def _as_code(text: str, known: Collection[str]) -> str:
    """Return a code that was written as a decimal number, such as ``2.0``, as it is declared."""
    if not text.isascii() or is_number(text):
        code = write_cell(parse_number(text))
        return code if code is not None and code in known else text
    return text


def _unique_wordings(labels: Mapping[str, Text]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for value, text in labels.items():
        for word in (text.zh, text.en):
            found.setdefault(fold(word), set()).add(value)
    return {word: values.pop() for word, values in found.items() if len(values) == 1 and word}


def _write(value: object) -> str:
    if isinstance(value, float):
        return "blank" if np.isnan(value) else write_code(value)
    return f"'{' '.join(value.split())}'" if isinstance(value, str) else str(value)
