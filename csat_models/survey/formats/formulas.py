"""Formulas of a workbook (.xlsx) that no spreadsheet program has calculated."""

from __future__ import annotations

import io
import re
import zipfile
from html import unescape

_SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^>]*>")
_LINK = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*[^/>])>(.*?)</(?:\w+:)?c>", re.DOTALL)
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>[^<]")


def find_uncalculated(raw: bytes, sheet: str) -> tuple[str, ...]:
    """Find the cells of a sheet that have a formula but no value.

    Programs that write workbooks leave values to be calculated by the
    spreadsheet program; until one has saved the file, such cells are blank.

    Parameters
    ----------
    raw : bytes
        A workbook; only of an .xlsx something is found.
    sheet : str
        Name of the sheet.

    Returns
    -------
    tuple of str
        Cells, such as ``"C2"``.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            content = archive.read(_path_of(archive, sheet))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError):
        return ()
    if not _FORMULA.search(content):
        return ()
    return tuple(
        _attribute(head, b"r")
        for head, body in _CELL.findall(content)
        if _FORMULA.search(body) and not _VALUE.search(body) and _attribute(head, b"t") != "str"
    )


def _path_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """Return the path of a sheet in the archive; KeyError if it has none."""
    sheets = {
        _attribute(tag, b"name"): _attribute(tag, b"r:id")
        for tag in _SHEET.findall(archive.read("xl/workbook.xml"))
    }
    targets = {
        _attribute(tag, b"Id"): _attribute(tag, b"Target")
        for tag in _LINK.findall(archive.read("xl/_rels/workbook.xml.rels"))
    }
    target = targets[sheets[sheet]]
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _attribute(tag: bytes, name: bytes) -> str:
    found = re.search(rb"(?<![\w:])" + name + rb"\s*=\s*[\"']([^\"']*)", tag)
    return "" if found is None else unescape(found[1].decode("utf-8", "replace"))
