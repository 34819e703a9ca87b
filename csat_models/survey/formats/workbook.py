"""Workbooks (.xlsx, .xls, .xlsb, .ods): one sheet, its first row the header."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from csat_models.errors import DataError
from csat_models.survey.formats.formulas import find_uncalculated
from csat_models.survey.formats.table import (
    Table,
    check_header,
    check_rows,
    name_some,
    quote,
    tidy_column,
    tidy_name,
    write_cell,
)

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def read_workbook(raw: bytes, *, source: str, sheet: str | None = None) -> Table:
    """Read a sheet of a workbook into columns.

    Parameters
    ----------
    raw : bytes
        The content of the file.
    source : str
        What messages call it.
    sheet : str or None
        The sheet; the only visible one that is not empty if absent.

    Returns
    -------
    Table
        Its row numbers are those of the sheet. Cells keep the values that
        were saved with them: the result of a formula, 0.85 for a cell shown
        as 85 %, a date for what the program took for one.

    Raises
    ------
    DataError
        A damaged or protected workbook, a sheet that is not there, more
        than one to choose from, or a header with nameless or repeated
        columns.
    """
    name, cells, merged = _read_cells(raw, source, sheet)
    shown = f"{source}, sheet '{name}'"
    first = next((k for k, row in enumerate(cells) if not _is_blank(row)), None)
    if first is None:
        raise DataError(f"{shown} is empty; name another sheet or export again", source=source)
    if first in merged:
        raise DataError(
            f"{shown}, row {first + 1}: has merged cells in the header; write one name into every "
            "column of one row and remove the heading above it",
            source=source,
        )
    columns = _columns(cells, first)
    names = [_write_name(column[0]) for column in columns]
    check_header(names, shown)
    _check_cells(raw, name, merged, first, shown)
    rows = [k for k in range(first + 1, len(cells)) if not _is_blank(cells[k])]
    check_rows(len(rows), shown)
    kept = [k - first for k in rows]
    frame = pd.DataFrame(
        {n: tidy_column([c[k] for k in kept]) for n, c in zip(names, columns, strict=True)}
    )
    return Table(
        frame=frame,
        row_numbers=np.array(rows, dtype=np.int64) + 1,
        encoding=f"workbook, sheet '{name}'",
        place="row",
    )


def _read_cells(
    raw: bytes, source: str, sheet: str | None
) -> tuple[str, list[list[Any]], frozenset[int]]:
    from python_calamine import CalamineError, CalamineWorkbook

    if _ENCRYPTED in raw:
        raise _no_workbook(source, "is protected by a password; save it without one")
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(raw)) as book:
            sheets = _visible_sheets(book)
            if sheet is not None:
                name = _find_sheet(sheet, sheets, source)
            else:
                name = _only_sheet(book, sheets, source)
            page = book.get_sheet_by_name(name)
            cells: list[list[Any]] = page.to_python(skip_empty_area=False)
            spans = page.merged_cell_ranges or []
            merged = frozenset(
                row for (top, _), (bottom, _) in spans for row in range(top, bottom + 1)
            )
    except (CalamineError, ValueError, OSError, KeyError) as problem:
        if "assword" in str(problem):
            raise _no_workbook(source, "is protected by a password; save it without one") from None
        raise _no_workbook(
            source, "is a damaged workbook; save it again, or save the sheet as CSV"
        ) from None
    except BaseException as panic:
        # The library's own crash is no Exception; anything else goes on its way.
        if type(panic).__name__ != "PanicException":
            raise
        raise _no_workbook(
            source, "is a damaged workbook; save it again, or save the sheet as CSV"
        ) from None
    return name, cells, merged


def _check_cells(raw: bytes, sheet: str, merged: frozenset[int], first: int, shown: str) -> None:
    """Refuse answers that would be read as blank: under merged cells, of formulas without value."""
    below = sorted(row for row in merged if row > first)
    if below:
        raise DataError(
            f"{shown}, row {below[0] + 1}: has merged cells among the answers; separate them and "
            "write the value into every row it is meant for",
            source=shown.partition(", sheet")[0],
        )
    empty = find_uncalculated(raw, sheet)
    if empty:
        raise DataError(
            f"{shown}: has formulas that were never calculated ({name_some(empty)}); open it in a "
            "spreadsheet program and save it again",
            source=shown.partition(", sheet")[0],
        )


def _no_workbook(source: str, fault: str) -> DataError:
    return DataError(f"{source}: {fault}", source=source)


def _visible_sheets(book: Any) -> list[str]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    return [
        page.name
        for page in book.sheets_metadata
        if page.typ == SheetTypeEnum.WorkSheet and page.visible == SheetVisibleEnum.Visible
    ]


def _find_sheet(sheet: str, sheets: list[str], source: str) -> str:
    if sheet in sheets:
        return sheet
    raise DataError(
        f"{source}: there is no sheet '{sheet}'; it has {quote(sheets)}, so correct 'sheet' in "
        "the codebook, or --sheet",
        source=source,
        sheet=sheet,
    )


def _only_sheet(book: Any, sheets: list[str], source: str) -> str:
    heights = {name: book.get_sheet_by_name(name).height for name in sheets}
    filled = [name for name in sheets if heights[name]]
    if len(filled) > 1:
        longest = max(filled, key=heights.__getitem__)
        raise DataError(
            f"{source}: has {len(filled)} sheets; write the one with the answers into the "
            f"codebook, as 'sheet: {longest}' (it has {quote(filled)})",
            source=source,
            sheets=tuple(filled),
            longest=longest,
        )
    if not filled:
        raise DataError(f"{source} is empty; export the survey again", source=source)
    return filled[0]


def _is_blank(row: list[Any]) -> bool:
    return all(value == "" or value is None for value in row)


def _columns(cells: list[list[Any]], first: int) -> list[list[Any]]:
    """Columns from the header on, without those that have neither name nor value."""
    columns: Iterator[list[Any]] = (list(column) for column in zip(*cells[first:], strict=True))
    return [column for column in columns if not _is_blank(column)]


def _write_name(value: Any) -> str:
    return "" if value is None else tidy_name(write_cell(value) or "")
