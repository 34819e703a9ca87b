"""Tables of web pages, which many systems export under the name of a workbook (.xls)."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from dataclasses import replace
from html.parser import HTMLParser

from csat_models.errors import DataError
from csat_models.survey.formats.decoding import decode_text, parse_table
from csat_models.survey.formats.table import Table

_FEWEST_ROWS = 2
_HIDDEN = ("script", "style", "head")


class _Reader(HTMLParser):
    """Collects the cells of all tables of a page.

    Attributes
    ----------
    tables : list of list of list of str
        Tables, rows, cells.
    merged : set of (int, int)
        Number of the table and of the row of cells that span others.
    nested : bool
        Whether a table stands within a table.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self.merged: set[tuple[int, int]] = set()
        self.nested = False
        self._depth = 0
        self._hidden = 0
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a table, a row or a cell."""
        self._hidden += tag in _HIDDEN
        if tag == "table":
            self._end_cell()
            self._depth += 1
            self.nested |= self._depth > 1
            self.tables.append([])
        elif not self._depth:
            return
        elif tag == "tr":
            self._end_cell()
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables[-1]:
            self._end_cell()
            self._cell = []
            spans = [value for name, value in attrs if name in ("colspan", "rowspan")]
            if any(value not in (None, "", "1") for value in spans):
                self.merged.add((len(self.tables), len(self.tables[-1])))
        elif tag == "br":
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        """End a table or a cell."""
        self._hidden -= tag in _HIDDEN and self._hidden > 0
        if tag in ("td", "th", "tr", "table"):
            self._end_cell()
        if tag == "table" and self._depth:
            self._depth -= 1

    def handle_data(self, data: str) -> None:
        """Add to the cell."""
        if self._cell is not None and not self._hidden:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is not None:
            self.tables[-1][-1].append(" ".join("".join(self._cell).split()))
            self._cell = None


def read_webpage(
    raw: bytes, *, source: str, declared: Collection[str] = (), texts: Collection[str] = ()
) -> Table:
    r"""Read the table of a web page into columns.

    Parameters
    ----------
    raw : bytes
        The page, in UTF-8, UTF-16 or GB18030.
    source : str
        What messages call it.
    declared, texts : collection of str
        As of :func:`~csat_models.survey.formats.decoding.parse_table`.

    Returns
    -------
    Table
        Its row numbers are those of the table; the header is row 1.

    Raises
    ------
    DataError
        No table or several, merged cells, or what is wrong with the table.

    Examples
    --------
    >>> page = b"<table><tr><td>id<td>S1</tr><tr><td>a<td>7</tr></table>"
    >>> read_webpage(page, source="x.xls").frame.to_numpy().tolist()
    [['a', 7]]
    """
    text, encoding = decode_text(raw, source)
    reader = _Reader()
    reader.feed(text)
    reader.close()
    number, rows = _only_table(reader, source)
    merged = sorted(row for table, row in reader.merged if table == number)
    if merged:
        raise DataError(
            f"{source}, row {merged[0]}: is a web page whose table has merged cells; open it in a "
            "spreadsheet program, write every value into a cell of its own and save it as .xlsx",
            source=source,
        )
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerows(rows)
    table = parse_table(
        stream.getvalue(),
        source=source,
        declared=declared,
        texts=texts,
        encoding=f"web page, {encoding}",
        delimiter=",",
        place="row",
    )
    return replace(table, delimiter="")


def _only_table(reader: _Reader, source: str) -> tuple[int, list[list[str]]]:
    tables = [[row for row in table if row] for table in reader.tables]
    filled = [k for k, table in enumerate(tables, start=1) if len(table) >= _FEWEST_ROWS]
    if len(filled) == 1 and not reader.nested:
        return filled[0], tables[filled[0] - 1]
    what = f"with {len(filled)} tables" if filled else "without a table of answers"
    what = "with tables within tables" if reader.nested else what
    raise DataError(
        f"{source}: is a web page {what}, whatever its name says; open it in a spreadsheet "
        "program and save the answers as .xlsx or CSV, or export the survey again",
        source=source,
    )
