"""The columns of a file, whatever its format, before the codebook is applied."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.survey.formats.extended import RANGE, write_code

BLANKS = ("", "NA", "N/A", "NaN", "nan", "NULL", "null", ".")
"""What an empty cell of a score or number is written as."""

Range = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """The columns of a file, before the codebook is applied.

    Attributes
    ----------
    frame : DataFrame
        n rows. Numeric where every value is a number, text elsewhere.
    row_numbers : ndarray of int, shape (n,)
        Where each row stands in the file: the line it begins in (the header
        is line 1), the row of the sheet, or the number of the case.
    encoding : str
        As recognised: an encoding of text, or a format such as ``"SPSS"``.
    delimiter : str
        Of delimited text.
    place : str
        What a row number is called: ``"line"`` or ``"row"``.
    wordings : dict of str to str
        Labels of columns, where the file has them.
    labels : dict of str to dict of (float or str) to str
        Labels of values, by column.
    missing : dict of str to tuple of (float, float)
        Ranges of values that the file itself declares missing, by column.
    notes : tuple of str
        What was done on decoding, as sentences for the log.
    """

    frame: pd.DataFrame
    row_numbers: NDArray[np.int64]
    encoding: str
    delimiter: str = ""
    place: str = "line"
    wordings: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[float | str, str]] = field(default_factory=dict)
    missing: Mapping[str, Sequence[Range]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def tidy_name(name: str) -> str:
    r"""Return the name of a column without blanks around and line breaks within.

    Examples
    --------
    >>> tidy_name(" Satisfaction\n(1-10)")
    'Satisfaction (1-10)'
    """
    return re.sub(r"\s*[\r\n]+\s*", " ", name.strip())


def check_header(names: Sequence[str], source: str, place: str = "line") -> None:
    """Refuse a header with a column that has no name, or a name that stands twice.

    Raises
    ------
    DataError
        One sentence with the positions or the names.
    """
    blank = [str(position) for position, name in enumerate(names, start=1) if not name]
    if blank:
        raise DataError(
            f"{source}, {place} 1: column {name_some(blank)} has no name; name or remove it (all "
            "names must stand in the first row, without a merged heading above them)",
            source=source,
        )
    twice = (
        [name for name in dict.fromkeys(names) if names.count(name) > 1]
        if (len(set(names)) < len(names))
        else []
    )
    if twice:
        raise DataError(
            f"{source}, {place} 1: the column name {quote(twice)} stands twice; rename or "
            "remove one",
            source=source,
            columns=tuple(twice),
        )


def check_rows(n_rows: int, source: str) -> None:
    """Refuse a table without rows.

    Raises
    ------
    DataError
    """
    if not n_rows:
        raise DataError(f"{source}: has a header but no rows; export it again", source=source)


def tidy_column(values: Sequence[Any]) -> pd.Series[Any]:
    """Make a column of cells: numbers where all are, else text.

    Parameters
    ----------
    values : sequence
        Cells as a workbook or a statistics file holds them; None and the
        empty text are blank.

    Returns
    -------
    Series
        float64, or str with NaN for blanks. Whole numbers are written
        without a decimal point, dates as ``2024-03-05``.

    Examples
    --------
    >>> tidy_column([1, "", 2.5]).tolist(), tidy_column([1.0, "a"]).tolist()
    ([1.0, nan, 2.5], ['1', 'a'])
    """
    blanks = [value is None or value == "" for value in values]
    if all(
        blank or (isinstance(value, int | float) and not isinstance(value, bool))
        for value, blank in zip(values, blanks, strict=True)
    ):
        numbers = [np.nan if b else float(v) for v, b in zip(values, blanks, strict=True)]
        return pd.Series(numbers, dtype=np.float64)
    texts = [None if b else write_cell(v) for v, b in zip(values, blanks, strict=True)]
    return pd.Series(texts, dtype="str")


def write_cell(value: Any) -> str | None:
    """Write a cell as text; None for one that is not a number.

    Examples
    --------
    >>> write_cell(13.0), write_cell(0.5), write_cell(True)
    ('13', '0.5', 'True')
    """
    if isinstance(value, float | np.floating):
        if np.isnan(value):
            return None
        number = float(value)
        if number >= RANGE[0] and np.isfinite(number):
            return write_code(number)
        return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def as_text(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column as text, as a spreadsheet shows it.

    Parameters
    ----------
    column : Series
        Of any kind.

    Returns
    -------
    Series of str
        NaN for blanks.

    Examples
    --------
    >>> as_text(pd.Series([1.0, 2.0])).tolist()
    ['1', '2']
    """
    if pd.api.types.is_string_dtype(column.dtype):
        texts: pd.Series[Any] = column.astype("str")
        return texts.where(texts != "")
    codes, values = pd.factorize(column)
    words = [*(write_cell(value) for value in values), None]
    return pd.Series(words, dtype="str").take(codes % len(words)).set_axis(column.index)


def name_some(words: Sequence[str], shown: int = 5) -> str:
    """List words for a message, the first few of them.

    Examples
    --------
    >>> name_some(["a", "b", "c"], shown=2)
    'a, b and 1 more'
    """
    more = len(words) - shown
    return ", ".join(words[:shown]) + (f" and {more} more" if more > 0 else "")


def quote(values: Sequence[object], shown: int = 5) -> str:
    """Write values for a message, the first few of them.

    Examples
    --------
    >>> quote(["a", "b", "c"], shown=2)
    "'a', 'b' and 1 more"
    """
    return name_some([f"'{value}'" for value in values], shown)
