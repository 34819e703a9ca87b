"""Any survey file to a table: the format is told by the first bytes, not by the name."""

from __future__ import annotations

from collections.abc import Collection

from csat_models.errors import DataError
from csat_models.survey.formats.columnar import read_parquet
from csat_models.survey.formats.containers import unpack_zip
from csat_models.survey.formats.decoding import decode_text, decompress, parse_table
from csat_models.survey.formats.endings import check_last_rows
from csat_models.survey.formats.statistical import read_statistical
from csat_models.survey.formats.table import Table
from csat_models.survey.formats.webpage import read_webpage
from csat_models.survey.formats.workbook import read_workbook

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SAV = (b"$FL2", b"$FL3")
_DTA = (
    b"<stata_dta>",
    *(bytes([release, order]) for release in range(104, 116) for order in (1, 2)),
)
_PARQUET = b"PAR1"
_HTML = (b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<body", b"<style")
_XML = b"<?xml"
_PROGRAMS = {".sav": "SPSS", ".zsav": "SPSS", ".dta": "Stata"}
_FAR = 1024


def read_table(
    raw: bytes,
    *,
    source: str,
    declared: Collection[str] = (),
    texts: Collection[str] = (),
    sheet: str | None = None,
) -> Table:
    r"""Read a survey file of any format into columns.

    Parameters
    ----------
    raw : bytes
        Delimited text, a workbook, the table of a web page, SPSS, Stata or
        Parquet; any of them may be gzipped, or the only file of a zip archive.
    source : str
        What messages call the file.
    declared : collection of str
        The columns expected; they decide which delimiter is meant.
    texts : collection of str
        Columns of delimited text to be kept as text, whatever they look like.
    sheet : str or None
        Of a workbook with several.

    Raises
    ------
    DataError
        One sentence about what is wrong with the file as a file.

    Examples
    --------
    >>> read_table(b"a,b\n1,x\n", source="x.csv").frame.to_numpy().tolist()
    [[1, 'x']]
    """
    if not raw:
        raise DataError(f"{source} is empty; export the survey again", source=source)
    raw = decompress(raw, source)
    if raw.startswith(_ZIP):
        raw = decompress(unpack_zip(raw, source), source)
        source = source.removesuffix(".zip")
    if raw.startswith((_ZIP, _OLE)):
        table = read_workbook(raw, source=source, sheet=sheet)
        check_last_rows(table, source)
        return table
    if raw.startswith(_SAV):
        return read_statistical(raw, "sav", source=source)
    if raw.startswith(_DTA):
        return read_statistical(raw, "dta", source=source)
    if raw.startswith(_PARQUET):
        return read_parquet(raw, source=source)
    begin = _begin(raw)
    if begin.startswith(_XML) and b"<html" not in begin and b"<table" not in begin:
        raise DataError(
            f"{source}: is XML, whatever its name says; open it in a spreadsheet program and save "
            "it as .xlsx or CSV",
            source=source,
        )
    if begin.startswith((*_HTML, _XML)):
        table = read_webpage(raw, source=source, declared=declared, texts=texts)
    else:
        _check_name(source)
        text, encoding = decode_text(raw, source)
        table = parse_table(text, source=source, declared=declared, texts=texts, encoding=encoding)
    check_last_rows(table, source)
    return table


def _begin(raw: bytes) -> bytes:
    """Return the first bytes in lower case, without the zeros of UTF-16."""
    return raw[:_FAR].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()


def _check_name(source: str) -> None:
    """Refuse text under the name of a format that no program writes as text."""
    for ending, program in _PROGRAMS.items():
        if source.casefold().endswith(ending):
            raise DataError(
                f"{source} is no {program} file, whatever its name says; export the survey again, "
                "or name the file .csv if it is a table of text",
                source=source,
            )
