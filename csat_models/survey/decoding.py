"""From the bytes of a delimited file to a table of columns.

Nobody has to say how a file was saved: gzip, UTF-8 with or without byte order
mark, UTF-16 with one, GB18030, commas, tabs and semicolons are recognised.
Whatever would be read wrongly in silence (rows of the wrong length, repeated
column names, bytes that are no text) is an error instead.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import DataError

DELIMITERS = (",", "\t", ";")
BLANKS = ("", "NA", "N/A", "NaN", "nan", "NULL", "null", ".")

_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """The columns of a file, before the codebook is applied.

    Attributes
    ----------
    frame : DataFrame
        n rows. Numeric where every value is a number, text elsewhere.
    row_numbers : ndarray of int, shape (n,)
        The line of the file that each row begins in; the header is line 1.
    encoding, delimiter : str
        As recognised.
    """

    frame: pd.DataFrame
    row_numbers: NDArray[np.int64]
    encoding: str
    delimiter: str


def decode_text(raw: bytes, source: str) -> tuple[str, str]:
    r"""Turn bytes into text: byte order mark, else UTF-8, else GB18030.

    Parameters
    ----------
    raw : bytes
        The content, possibly compressed by gzip.
    source : str
        What messages call it.

    Returns
    -------
    text : str
        With ``"\n"`` as line end.
    encoding : str
        The one that fitted.

    Raises
    ------
    DataError
        A damaged gzip file, a workbook, or bytes that are no text.

    Examples
    --------
    >>> decode_text("城市,SAT1\r\n".encode("gb18030"), "2024.csv")
    ('城市,SAT1\n', 'gb18030')
    """
    content = _decompress(raw, source)
    if content.startswith(_ZIP):
        raise DataError(
            f"{source}: is a workbook or zip archive; save the sheet as CSV", source=source
        )
    marked = [name for mark, name in _BYTE_ORDER_MARKS.items() if content.startswith(mark)]
    for encoding in marked or ("utf-8", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text.replace("\r\n", "\n").replace("\r", "\n"), encoding
    raise DataError(
        f"{source}: is neither UTF-8 nor GB18030 text; save it as CSV in UTF-8", source=source
    )


def _decompress(raw: bytes, source: str) -> bytes:
    if not raw.startswith(_GZIP):
        return raw
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error):
        raise DataError(
            f"{source}: the gzip file is damaged; copy or download it again", source=source
        ) from None


def parse_table(
    text: str,
    *,
    source: str,
    declared: Collection[str],
    texts: Collection[str],
    encoding: str = "utf-8",
) -> Table:
    r"""Read delimited text into columns.

    Parameters
    ----------
    text : str
        A header and rows.
    source : str
        What messages call the file.
    declared : collection of str
        The columns expected; the delimiter is the one that yields most.
    texts : collection of str
        Columns to be kept as text, whatever they look like.
    encoding : str
        Recorded in the result.

    Raises
    ------
    DataError
        No rows, a column without a name or twice, or rows with another
        number of values than the header.

    Examples
    --------
    >>> table = parse_table("id;S1\n01;7\n\n02;\n", source="x", declared=["S1"], texts=["id"])
    >>> table.frame["id"].tolist(), table.row_numbers.tolist(), table.delimiter
    (['01', '02'], [2, 4], ';')
    """
    head, _, body = text.partition("\n")
    if not text.strip():
        raise DataError(f"{source}: is empty; export the survey again", source=source)
    delimiter = _find_delimiter(head, declared)
    names = _split(head, delimiter)
    _check_header(names, source)
    row_numbers = _number_rows(body, delimiter, names, source)
    if not len(row_numbers):
        raise DataError(f"{source}: has a header but no rows; export it again", source=source)
    try:
        frame = _read_columns(text, delimiter, names, texts)
    except pd.errors.ParserError:
        raise DataError(
            f"{source}: a quotation mark is opened and never closed; close or remove it",
            source=source,
        ) from None
    return Table(frame=frame, row_numbers=row_numbers, encoding=encoding, delimiter=delimiter)


def _find_delimiter(head: str, declared: Collection[str]) -> str:
    wanted = set(declared)
    found = {mark: len(wanted.intersection(_split(head, mark))) for mark in DELIMITERS}
    best = max(found.values())
    counts = found if best else {mark: head.count(mark) for mark in DELIMITERS}
    return max(DELIMITERS, key=lambda mark: counts[mark])


def _split(head: str, delimiter: str) -> list[str]:
    fields = next(csv.reader([head], delimiter=delimiter), [])
    return [name.strip() for name in fields]


def _check_header(names: Sequence[str], source: str) -> None:
    blank = [str(position) for position, name in enumerate(names, start=1) if not name]
    if blank:
        raise DataError(
            f"{source}, line 1: column {', '.join(blank)} has no name; name or remove it",
            source=source,
        )
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(
            f"{source}, line 1: the column name {quote(twice)} stands twice; rename or remove one",
            source=source,
            columns=tuple(twice),
        )


def _number_rows(body: str, delimiter: str, names: Sequence[str], source: str) -> NDArray[np.int64]:
    lines = body.count("\n") + (0 if body.endswith("\n") or not body else 1)
    marks = body.count(delimiter)
    plain = '"' not in body and "\n\n" not in body and not body.startswith("\n")
    if plain and len(names) > 1 and marks == lines * (len(names) - 1):
        return _check_lengths_fast(body, lines, delimiter, names, source)
    return _number_rows_exactly(body, delimiter, names, source)


def _check_lengths_fast(
    body: str, lines: int, delimiter: str, names: Sequence[str], source: str
) -> NDArray[np.int64]:
    width = len(names) - 1
    if any(line.count(delimiter) != width for line in body.split("\n")[:lines]):
        return _number_rows_exactly(body, delimiter, names, source)
    return np.arange(2, lines + 2)


def _number_rows_exactly(
    body: str, delimiter: str, names: Sequence[str], source: str
) -> NDArray[np.int64]:
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, skipinitialspace=True)
    starts: list[int] = []
    line = 2
    for row in reader:
        if row and len(row) != len(names):
            raise _wrong_length(source, line, len(row), len(names))
        if row:
            starts.append(line)
        line = reader.line_num + 2
    return np.array(starts, dtype=np.int64)


def _wrong_length(source: str, line: int, n_values: int, n_columns: int) -> DataError:
    return DataError(
        f"{source}, line {line}: {n_values} values for {n_columns} columns; "
        "look there for a missing or surplus delimiter or quotation mark",
        source=source,
        row=line,
    )


def _read_columns(
    text: str, delimiter: str, names: Sequence[str], texts: Collection[str]
) -> pd.DataFrame:
    blanks: Mapping[str, Sequence[str]] = {
        name: ("",) if name in texts else BLANKS for name in names
    }
    options: dict[str, Any] = {
        "sep": delimiter,
        "header": 0,
        "names": list(names),
        "index_col": False,
        "dtype": {name: "str" for name in names if name in texts},
        "keep_default_na": False,
        "na_values": blanks,
        "low_memory": False,
        "skipinitialspace": True,
    }
    frame: pd.DataFrame = pd.read_csv(io.StringIO(text), **options)
    return frame


def quote(values: Sequence[object], shown: int = 5) -> str:
    """Write values for a message, the first few of them.

    Examples
    --------
    >>> quote(["a", "b", "c"], shown=2)
    "'a', 'b' and 1 more"
    """
    listed = ", ".join(f"'{value}'" for value in values[:shown])
    more = len(values) - shown
    return f"{listed} and {more} more" if more > 0 else listed
