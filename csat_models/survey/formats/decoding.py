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
import re
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.survey.formats.table import BLANKS, Table, check_header, check_rows, tidy_name

DELIMITERS = (",", "\t", ";")

_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_MARK = "\ufeff"
_BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_CUT_PERHAPS = "the last line has no line end; if the file was cut off, compare its last row"
_LOOKED_AT = 400
_LONGEST_HEADER = 200
_CHINESE = re.compile("[\u4e00-\u9fff]{2}")


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
    content = decompress(raw, source)
    if content.startswith(_ZIP):
        raise DataError(
            f"{source}: is a workbook or zip archive; save the sheet as CSV", source=source
        )
    for encoding in _candidates(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as problem:
            _check_cut(content, problem, encoding, source)
            continue
        if encoding == "gb18030":
            _check_one_encoding(content, source)
        if "\0" not in text:
            return _clean(text, source), encoding
    raise DataError(
        f"{source}: is neither UTF-8 nor GB18030 text; save it as CSV in UTF-8", source=source
    )


def _candidates(content: bytes) -> tuple[str, ...]:
    marked = tuple(name for mark, name in _BYTE_ORDER_MARKS.items() if content.startswith(mark))
    if marked:
        return marked
    start = content[:_LOOKED_AT]
    if start[1::2].count(0) > len(start) // 4:
        return ("utf-16-le",)
    return ("utf-16-be",) if start[::2].count(0) > len(start) // 4 else ("utf-8", "gb18030")


def _clean(text: str, source: str) -> str:
    unified = text.lstrip(_MARK).replace("\r\n", "\n").replace("\r", "\n")
    before, mark, _ = unified.partition(_MARK)
    if mark:
        line = before.count("\n") + 1
        raise DataError(
            f"{source}, line {line}: has a byte order mark inside, as where two files were joined; "
            "give them as two files, or remove the mark and the second header",
            source=source,
            row=line,
        )
    return unified


def _check_cut(content: bytes, problem: UnicodeDecodeError, encoding: str, source: str) -> None:
    """Tell a file that ends within a character from one in another encoding."""
    at_end = problem.end == len(content) and problem.start >= len(content) - 3
    if not at_end or "utf-8" in problem.reason:
        return
    before = content[: problem.start]
    known = encoding != "utf-8" or _is_surely_utf8(before)
    if known and (problem.start or encoding != "utf-8") and not before.isascii():
        raise DataError(
            f"{source}: ends in the middle of a character, so it was cut off; copy or export it "
            "again",
            source=source,
        )


def _check_one_encoding(content: bytes, source: str) -> None:
    """Refuse text of which some lines are UTF-8, since GB18030 would garble them."""
    for number, line in enumerate(content.splitlines(), start=1):
        if not line.isascii() and _is_surely_utf8(line):
            raise DataError(
                f"{source}, line {number}: is in UTF-8, but other lines are not; save all parts "
                "of the file in one encoding",
                source=source,
                row=number,
            )


def _is_surely_utf8(content: bytes) -> bool:
    try:
        return _CHINESE.search(content.decode("utf-8")) is not None
    except UnicodeDecodeError:
        return False


def decompress(raw: bytes, source: str) -> bytes:
    """Return the content of a gzip file, and anything else as it is.

    Raises
    ------
    DataError
        The gzip file is damaged.
    """
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
    delimiter: str | None = None,
    place: str = "line",
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
    delimiter : str, optional
        Where it is known.
    place : str
        What messages call a line.

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
    head, body = _split_head(text)
    if not text.strip():
        raise DataError(f"{source} is empty; export the survey again", source=source)
    with _telling_of_quotes(source):
        delimiter = delimiter or _find_delimiter(head, declared)
        names = _split(head, delimiter)
        unnamed = [f"\0{k}" for k, name in enumerate(names) if not name]
        filled = [name or f"\0{k}" for k, name in enumerate(names)]
        check_header([name for name in names if name], source, place)
        row_numbers = _Body(
            text=body,
            delimiter=delimiter,
            source=source,
            place=place,
            width=len(names),
            first=head.count("\n") + 2,
        ).number_rows()
        check_rows(len(row_numbers), source)
        frame = _read_columns(text, delimiter, filled, texts)
    if unnamed:
        if frame[unnamed].notna().to_numpy().any():
            check_header(names, source, place)
        frame = frame.drop(columns=unnamed)
    return Table(
        frame=frame,
        row_numbers=row_numbers,
        encoding=encoding,
        delimiter=delimiter,
        place=place,
        notes=() if text.endswith("\n") else (_CUT_PERHAPS,),
    )


@contextmanager
def _telling_of_quotes(source: str) -> Iterator[None]:
    """Turn what csv and pandas say of a quotation mark that is never closed into a sentence."""
    try:
        yield
    except csv.Error:
        raise DataError(
            f"{source}: a cell has more than {csv.field_size_limit():,} characters, as where a "
            "quotation mark is opened and never closed; close or remove it",
            source=source,
        ) from None
    except pd.errors.ParserError:
        raise DataError(
            f"{source}: a quotation mark is opened and never closed; close or remove it",
            source=source,
        ) from None


def _split_head(text: str) -> tuple[str, str]:
    """Part the header from the rows; a quoted name may have line ends."""
    head, _, body = text.partition("\n")
    while head.count('"') % 2 and body and head.count("\n") < _LONGEST_HEADER:
        line, _, body = body.partition("\n")
        head = f"{head}\n{line}"
    if head.count('"') % 2:
        head, _, body = text.partition("\n")
    return head, body


def _find_delimiter(head: str, declared: Collection[str]) -> str:
    wanted = set(declared)
    found = {mark: len(wanted.intersection(_split(head, mark))) for mark in DELIMITERS}
    best = max(found.values())
    counts = found if best else {mark: head.count(mark) for mark in DELIMITERS}
    return max(DELIMITERS, key=lambda mark: counts[mark])


def _split(head: str, delimiter: str) -> list[str]:
    fields = next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), [])
    return [tidy_name(name) for name in fields]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    """The rows of a table below its header, as text.

    Attributes
    ----------
    text, delimiter, source, place : str
        As of :func:`parse_table`.
    width : int
        Values of a row.
    first : int
        Number of the first line.
    """

    text: str
    delimiter: str
    source: str
    place: str
    width: int
    first: int

    def number_rows(self) -> NDArray[np.int64]:
        """Return the line that each row begins in; all rows have the right length."""
        text, lines = self.text, self.text.count("\n")
        lines += 0 if text.endswith("\n") or not text else 1
        plain = '"' not in text and "\n\n" not in text and not text.startswith("\n")
        marks = self.width - 1
        alike = plain and marks and text.count(self.delimiter) == lines * marks
        if alike and all(row.count(self.delimiter) == marks for row in text.split("\n")[:lines]):
            return np.arange(self.first, self.first + lines)
        return self._number_exactly()

    def _number_exactly(self) -> NDArray[np.int64]:
        # pandas skips lines of nothing but blanks, as it does empty ones.
        blanks = r"(?m)^ +$" if self.delimiter == "\t" else r"(?m)^[ \t]+$"
        text = re.sub(blanks, "", self.text)
        reader = csv.reader(
            io.StringIO(text, newline=""), delimiter=self.delimiter, skipinitialspace=True
        )
        starts: list[int] = []
        line = self.first
        for row in reader:
            if row and len(row) != self.width:
                raise wrong_length(self.source, self.place, line, len(row), self.width)
            if row:
                starts.append(line)
            line = reader.line_num + self.first
        return np.array(starts, dtype=np.int64)


def wrong_length(source: str, place: str, row: int, n_values: int, n_columns: int) -> DataError:
    """Return the error of a row that is longer or shorter than the header."""
    return DataError(
        f"{source}, {place} {row}: {n_values} values for {n_columns} columns; "
        "look there for a missing or surplus delimiter or quotation mark",
        source=source,
        row=row,
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
