"""Files as they really come: each gives responses or one clear sentence, never a changed score.

The corpus is made by code. Beside each file stands what is expected of it: the sentence that
refuses it, or the scores that are read and what the log says of them.
"""

from __future__ import annotations

import datetime
import gzip
import io
import tempfile
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from csat_models.errors import CsatError, DataError
from csat_models.survey import Codebook, Responses, parse_survey

NAN = np.nan
HEADER = "id,city,SAT1,SAT2,comment"
ROWS = ("a1,north,7,8,很好", "a2,south,10,98,太贵了", "a3,north,1,2,")
PLAIN = "\n".join([HEADER, *ROWS, ""])
FRAME = pd.DataFrame(
    {
        "id": ["a1", "a2", "a3"],
        "city": ["north", "south", "north"],
        "SAT1": [7.0, 10, 1],
        "SAT2": [8.0, 98, 2],
        "comment": ["很好", "太贵了", ""],
    }
)
SCORES = [[7, 8], [10, NAN], [1, 2]]


def word(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}


CODEBOOK = Codebook.model_validate(
    {
        "respondent_id": "id",
        "scale": [1, 10],
        "missing": {98: "dont_know"},
        "items": {"SAT1": {"text": word("one")}, "SAT2": {"text": word("two")}},
        "attributes": {
            "city": {
                "kind": "category",
                "label": word("City"),
                "labels": {"north": word("North"), "south": word("South")},
            },
            "comment": {"kind": "text", "label": word("Comment")},
        },
    }
)
Build = Callable[[], bytes]
REFUSED: dict[str, tuple[Build, str]] = {}
READ: dict[str, tuple[Build, list[list[float]], tuple[str, ...]]] = {}


def refused(sentence: str) -> Callable[[Build], Build]:
    def keep(build: Build) -> Build:
        REFUSED[build.__name__] = (build, sentence)
        return build

    return keep


def read(scores: list[list[float]], *log: str) -> Callable[[Build], Build]:
    def keep(build: Build) -> Build:
        READ[build.__name__] = (build, scores, log)
        return build

    return keep


def lines(*changed: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *changed, ""]).encode()


def semicolons(first: str, last: str = "1") -> bytes:
    text = PLAIN.replace(",", ";").replace(";7;", f";{first};")
    return text.replace(";1;", f";{last};").encode()


def book_of(change: Callable[[openpyxl.Workbook], object]) -> bytes:
    book = openpyxl.Workbook()
    for row in (HEAD, ["a1", "north", 7, 8, "x"], ["a2", "south", 10, 98, "y"]):
        book.active.append(row)
    change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def archive(**contents: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        for name, content in contents.items():
            target.writestr(name.replace("_csv", ".csv"), content)
    return stream.getvalue()


def page(*rows: str, cell: str = "td") -> str:
    """A table of a web page, as many systems export it under the name .xls."""
    cells = (row.split(",") for row in rows)
    body = "".join(
        "<tr>" + "".join(f"<{cell}>{text}</{cell}>" for text in row) + "</tr>\n" for row in cells
    )
    return f"<html><head><style>td {{}}</style></head><body><table>{body}</table></body></html>"


def columns(**changed: object) -> bytes:
    """A Parquet file of two rows with columns of unusual kinds."""
    plain = {"id": ["a1", "a2"], "city": ["north", "south"], "SAT1": [7.0, 8.0]}
    plain |= {"SAT2": [1.0, 2.0], "comment": ["x", ""]}
    stream = io.BytesIO()
    pq.write_table(pa.table(plain | changed), stream)
    return stream.getvalue()


def workbook(*rows: list, sheets: tuple[str, ...] = (), formats: dict | None = None) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    page.title = "Answers"
    for row in rows:
        page.append(row)
    for cell in (cell for row in page.iter_rows() for cell in row if isinstance(cell.value, str)):
        cell.data_type = "s"  # a text that begins with = is not to become a formula
    for cell, style in (formats or {}).items():
        page[cell].number_format = style
    for name in sheets:
        book.create_sheet(name).append(["x"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def written(suffix: str, write: Callable[[Path], object]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"survey.{suffix}"
        write(path)
        return path.read_bytes()


def sav(frame: pd.DataFrame = FRAME, **options: object) -> bytes:
    import pyreadstat

    return written("sav", lambda path: pyreadstat.write_sav(frame, path, **options))


def dta(frame: pd.DataFrame = FRAME, **options: object) -> bytes:
    import pyreadstat

    return written("dta", lambda path: pyreadstat.write_dta(frame, path, **options))


def parquet(frame: pd.DataFrame = FRAME) -> bytes:
    stream = io.BytesIO()
    frame.to_parquet(stream, index=False)
    return stream.getvalue()


HEAD = HEADER.split(",")


@refused(" is empty; export the survey again")
def empty() -> bytes:
    return b""


@refused(" is empty; export the survey again")
def only_blank_lines() -> bytes:
    return b" \n\n"


@refused(": has a header but no rows; export it again")
def header_only() -> bytes:
    return lines()


@refused(": is neither UTF-8 nor GB18030 text; save it as CSV in UTF-8")
def zero_bytes() -> bytes:
    return PLAIN.encode().replace(b"a2", b"\0\0")


@refused(": is neither UTF-8 nor GB18030 text; save it as CSV in UTF-8")
def only_zero_bytes() -> bytes:
    return b"\0" * 512


@refused(": the gzip file is damaged; copy or download it again")
def truncated_gzip() -> bytes:
    return gzip.compress(PLAIN.encode() * 50, mtime=0)[:-20]


@refused(": ends in the middle of a character, so it was cut off; copy or export it again")
def truncated_multibyte() -> bytes:
    return PLAIN.encode()[: PLAIN.encode().index("贵".encode()) + 2]


@refused(": ends in the middle of a character, so it was cut off; copy or export it again")
def truncated_gb18030() -> bytes:
    raw = PLAIN.encode("gb18030")
    return raw[: raw.index("了".encode("gb18030")) + 1]


@refused(
    ", line 4: 2 values for 5 columns; look there for a missing or surplus delimiter or "
    "quotation mark",
)
def truncated_row() -> bytes:
    return PLAIN.encode()[:-8]


@read(
    [[7, 8], [10, NAN], [1, 2], [7, 1]],
    "the last line has no line end; if the file was cut off, compare its last row",
)
def truncated_last_value() -> bytes:
    """The 10 of the last row became a 1, which nothing but the missing line end betrays."""
    return lines(*ROWS, "a4,south,7,10,", header=HEADER)[: -len("0,\n")] + b","


@refused(
    ", line 2: is in UTF-8, but other lines are not; save all parts of the file in one encoding",
)
def mixed_encodings() -> bytes:
    first, second, third = ROWS
    return b"\n".join(
        [HEADER.encode(), first.encode(), second.encode("gb18030"), third.encode(), b""]
    )


@refused(": is neither UTF-8 nor GB18030 text; save it as CSV in UTF-8")
def latin_1() -> bytes:
    return lines("a1,north,7,8,caf\xe9").decode().encode("latin-1")


@refused(
    ", line 5: has a byte order mark inside, as where two files were joined; give them as two"
    " files, or remove the mark and the second header",
)
def byte_order_mark_inside() -> bytes:
    return PLAIN.encode() + b"\xef\xbb\xbf" + PLAIN.replace("a", "b").encode()


@refused(
    ": column 'SAT1' has values that are no numbers: 'SAT1' (line 5); the header stands again"
    " among the rows, so remove it there",
)
def joined_with_second_header() -> bytes:
    return PLAIN.encode() + PLAIN.encode()


@read(SCORES)
def mixed_line_ends() -> bytes:
    first, second, third = ROWS
    return f"{HEADER}\r\n{first}\r{second}\n{third}\r\n".encode()


@read(SCORES)
def utf_16_without_mark() -> bytes:
    return PLAIN.encode("utf-16-le")


@refused(
    ", line 1: column 1, 2, 4, 5 has no name; name or remove it (all names must stand in the "
    "first row, without a merged heading above them)",
)
def merged_header_rows() -> bytes:
    return f",,Satisfaction,,\n{PLAIN}".encode()


@refused(
    ", line 2: 5 values for 1 columns; look there for a missing or surplus delimiter or "
    "quotation mark",
)
def title_above_the_header() -> bytes:
    return f"Survey 2024\n{PLAIN}".encode()


@refused(", line 1: the column name 'SAT1' stands twice; rename or remove one")
def duplicate_column_names() -> bytes:
    return lines(*ROWS, header="id,city,SAT1,SAT1,comment")


@refused(
    ", line 1: there is no column 'id' (did you mean 'ID'?), 'city' (did you mean 'City'?), "
    "'comment' (did you mean 'Comment'?), 'SAT1' (did you mean 'sat1'?), 'SAT2' (did you mean"
    " 'sat2'?); rename it in the file or correct the codebook",
)
def header_in_other_case() -> bytes:
    return lines(*ROWS, header="ID,City,sat1,sat2,Comment")


@read(SCORES)
def trailing_delimiter() -> bytes:
    return lines(*(f"{row}," for row in ROWS), header=f"{HEADER},")


@refused(
    ", line 2: 6 values for 5 columns; look there for a missing or surplus delimiter or "
    "quotation mark",
)
def trailing_delimiter_in_rows_only() -> bytes:
    return lines(*(f"{row}," for row in ROWS))


@refused(
    ", line 3: 3 values for 5 columns; look there for a missing or surplus delimiter or "
    "quotation mark",
)
def ragged_rows() -> bytes:
    return lines(ROWS[0], "a2,south,10", ROWS[2])


@refused(
    ", line 5: 6 values for 5 columns; look there for a missing or surplus delimiter or "
    "quotation mark",
)
def unquoted_comma_in_text() -> bytes:
    return lines(*ROWS, "a4,north,7,8,good, but dear")


@refused(": a quotation mark is opened and never closed; close or remove it")
def quotes_unbalanced() -> bytes:
    return lines(ROWS[0], 'a2,south,10,9,"too dear', ROWS[2])


@read(
    SCORES,
    "left out, not in the codebook: x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, "
    "x13, x14, x15, x16, x17, x18, x19 and 9980 more",
)
def ten_thousand_columns() -> bytes:
    extra = [f"x{k}" for k in range(10_000)]
    rows = [",".join([row, *["1"] * len(extra)]) for row in ROWS]
    return lines(*rows, header=",".join([HEADER, *extra]))


@refused(
    ", line 1: there is no column 'id', 'city', 'comment', 'SAT1', 'SAT2'; it has 'x0', 'x1',"
    " 'x2' and 9997 more; is it the right file? Else rename it in the file or correct the "
    "codebook",
)
def ten_thousand_columns_none_declared() -> bytes:
    names = ",".join(f"x{k}" for k in range(10_000))
    return lines(",".join(["1"] * 10_000), header=names)


@refused(
    ": column 'SAT1' has values that are no numbers: 'good' (line 5); correct them, or name them"
    " under 'answers' or 'missing' in the codebook",
)
def text_in_a_score_column() -> bytes:
    return lines(*ROWS, "a4,north,good,8,")


@read([[7.5, 8], [10, NAN], [1, 2]], "SAT1: 1 read with a decimal comma")
def decimal_commas() -> bytes:
    return semicolons("7,5")


@refused(
    ": column 'SAT1' has values that are no numbers: '7,5' (line 2); write 'decimal: \",\"' into"
    " the codebook if all its numbers have decimal commas, else decimal points into the file",
)
def decimal_commas_and_points() -> bytes:
    return semicolons("7,5", "1.5")


@refused(
    ": column 'SAT1' has values that are no numbers: '1,250' (line 2); remove the thousands "
    "separators, or write 'decimal: \",\"' into the codebook if they are decimal commas",
)
def commas_of_either_kind() -> bytes:
    return semicolons("1,250")


@refused(
    ": column 'SAT1' has values that are no numbers: '7,5' (line 5); write 'decimal: \",\"' into"
    " the codebook if all its numbers have decimal commas, else decimal points into the file",
)
def decimal_comma_between_commas() -> bytes:
    return lines(*ROWS, 'a4,north,"7,5",8,')


@refused(
    ": column 'SAT1' has values that are no numbers: '1,000' (line 5); remove the thousands "
    "separators, or write 'decimal: \",\"' into the codebook if they are decimal commas",
)
def thousands_separators() -> bytes:
    return lines(*ROWS, 'a4,north,"1,000",8,')


@refused(
    ": column 'SAT1' has values that are no numbers: '85%' (line 5); write the scale as "
    "'percent' in the codebook, or plain numbers in the file",
)
def percent_signs() -> bytes:
    return lines(*ROWS, "a4,north,85%,8,")


@refused(
    ": column 'SAT1' has values that are no numbers: '7-Aug' (line 5); a spreadsheet program "
    "has made dates of them, so take them from the file before it",
)
def dates_in_a_score_column() -> bytes:
    return lines(*ROWS, "a4,north,7-Aug,8,")


@refused(
    ": column 'SAT1' has values that are no numbers: '2024-07-08' (line 5); a spreadsheet "
    "program has made dates of them, so take them from the file before it",
)
def iso_dates_in_a_score_column() -> bytes:
    return lines(*ROWS, "a4,north,2024-07-08,8,")


@refused(
    ": column 'SAT1' has values that are no numbers: '=1+6' (line 5); they are formulas, so "
    "save their values instead",
)
def formula_in_a_score_column() -> bytes:
    return lines(*ROWS, "a4,north,=1+6,8,")


@read([[7, 8], [10, NAN], [1, 2], [7, 8]])
def formula_injection_in_text() -> bytes:
    return lines(*ROWS, "a4,north,7,8,=cmd|' /C calc'!A0")


@refused(
    ": column 'SAT1' has values that are no numbers: '#DIV/0!' (line 5); they are errors of a"
    " spreadsheet's formulas, so correct the formulas",
)
def spreadsheet_error() -> bytes:
    return lines(*ROWS, "a4,north,#DIV/0!,8,")


@read(
    SCORES,
    "SAT1: 1 written in full width, read as plain numbers",
    "SAT2: 1 written in full width, read as plain numbers",
)
def full_width_digits() -> bytes:
    return lines(ROWS[0], "a2,south,１０,９８,", ROWS[2])


@read(SCORES, "SAT1: 1 written in full width, read as plain numbers")
def numbers_padded_with_spaces() -> bytes:
    return lines("a1, north , 7 ,8 ,", "a2,south,　10,98,", ROWS[2])


@refused(
    ": column 'SAT1' has values outside the scale 1 to 10 and its missing codes: inf (line "
    "3); correct them or declare such codes under 'missing'",
)
def infinite_and_nan() -> bytes:
    return lines(ROWS[0], "a2,south,inf,NaN,", ROWS[2])


@refused(
    ": column 'SAT1' has values outside the scale 1 to 10 and its missing codes: inf (line "
    "5); correct them or declare such codes under 'missing'",
)
def huge_number() -> bytes:
    return lines(*ROWS, "a4,north,1e400,8,")


@refused(
    ": column 'SAT1' has values outside the scale 1 to 10 and its missing codes: -99 (line "
    "5); correct them or declare such codes under 'missing'",
)
def negative_code() -> bytes:
    return lines(*ROWS, "a4,north,-99,8,")


@refused(
    ": column 'SAT1' has values outside the scale 1 to 10 and its missing codes: 97 (line 5);"
    " correct them or declare such codes under 'missing'",
)
def undeclared_code() -> bytes:
    return lines(*ROWS, "a4,north,97,8,")


@read(SCORES)
def scientific_notation() -> bytes:
    return lines(ROWS[0], "a2,south,1e1,9.8E+01,", ROWS[2])


@read([[7.5, 8], [10, NAN], [1, 2]])
def half_points() -> bytes:
    return lines("a1,north,7.5,8,", *ROWS[1:])


@refused(
    ": column 'SAT1' has values that are no numbers: True (line 2), False (line 3); correct "
    "them, or name them under 'answers' or 'missing' in the codebook",
)
def truth_values() -> bytes:
    return lines("a1,north,TRUE,8,", "a2,south,FALSE,9,")


@refused(
    ": column 'id' has values that stand more than once: 'a1' (line 2), 'a1' (line 5); remove"
    " the repeated rows or set unique_respondents to false in the codebook",
)
def repeated_identifiers() -> bytes:
    return lines(*ROWS, "a1,south,5,5,")


@refused(": column 'id' has values left blank: blank (line 5); give every respondent an identifier")
def blank_identifier() -> bytes:
    return lines(*ROWS, " ,south,5,5,")


@refused(
    ": column 'city' has values that are not in the codebook ('west'; it has north, south): "
    "line 5; correct them or add them to its 'labels'",
)
def unknown_category() -> bytes:
    return lines(*ROWS, "a4,west,5,5,")


NO_TABLE = (
    ": is a web page without a table of answers, whatever its name says; open it in a spreadsheet "
    "program and save the answers as .xlsx or CSV, or export the survey again"
)
MERGED = (
    "is a web page whose table has merged cells; open it in a spreadsheet program, write every "
    "value into a cell of its own and save it as .xlsx"
)


@read(SCORES)
def web_page_named_xls() -> bytes:
    return page(HEADER, *ROWS).encode("gb18030")


@read(SCORES)
def web_page_in_utf_16() -> bytes:
    return page(HEADER, *ROWS, cell="TD").encode("utf-16")


@read([[7, 8]])
def web_page_with_unclosed_cells() -> bytes:
    header, first = ("<tr><td>" + "<td>".join(row.split(",")) for row in (HEADER, ROWS[0]))
    return f"<meta charset=utf-8><table>{header}{first}</table>".encode()


@refused(NO_TABLE)
def log_in_page() -> bytes:
    return b"<!DOCTYPE html><html><body><form>Please log in</form></body></html>"


@refused(NO_TABLE)
def web_page_with_header_only() -> bytes:
    return page(HEADER).encode()


@refused(f", row 1: {MERGED}")
def web_page_with_merged_header() -> bytes:
    return page(HEADER, *ROWS).replace("<td>SAT1", "<td colspan=2>SAT1").encode()


@refused(NO_TABLE.replace("without a table of answers", "with tables within tables"))
def web_page_with_nested_tables() -> bytes:
    return page(HEADER, *ROWS).replace("很好", "<table></table>").encode()


@refused(
    ", row 3: 4 values for 5 columns; look there for a missing or surplus delimiter or "
    "quotation mark",
)
def web_page_with_ragged_rows() -> bytes:
    return page(HEADER, ROWS[0], "a2,south,10,98").encode()


@refused(
    ": is XML, whatever its name says; open it in a spreadsheet program and save it as .xlsx or CSV"
)
def xml_spreadsheet() -> bytes:
    return b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'


@read(SCORES)
def zip_archive_of_one_file() -> bytes:
    return archive(survey_csv=PLAIN.encode())


@refused(
    ": is a zip archive of 'a.csv', 'b.csv'; unpack it and name the file with the answers",
)
def zip_archive_of_two_files() -> bytes:
    return archive(a_csv=PLAIN.encode(), b_csv=PLAIN.encode())


@refused(": is a zip archive with a password; unpack it and name the file in it")
def zip_archive_with_password() -> bytes:
    raw = bytearray(archive(a_csv=PLAIN.encode()))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + place] |= 1
    return bytes(raw)


@read(SCORES)
def line_ends_of_old_macintoshes() -> bytes:
    return PLAIN.replace("\n", "\r").encode()


@read(SCORES)
def line_break_in_a_column_name() -> bytes:
    return PLAIN.replace("SAT1", '"SAT1\n"').encode()


TOTAL = "which looks like no respondent but a total or a note below the answers; remove the row"


@refused(f", line 5: begins with '合计', {TOTAL}")
def totals_below_the_answers() -> bytes:
    return lines(*ROWS, "合计,,18,108,")


@refused(f", line 5: begins with 'Average:', {TOTAL}")
def means_below_the_answers() -> bytes:
    """The means would pass for scores."""
    return lines(*ROWS, "Average:,,6,5,")


@read([*SCORES, [5, 5]])
def a_respondent_called_like_a_total() -> bytes:
    return lines(*ROWS, "a4,north,5,5,合计").replace(b"a4", b"a4 total")


@refused(f", line 5: begins with '注：不含空号', {TOTAL}")
def note_below_the_answers() -> bytes:
    return lines(*ROWS, "注：不含空号,,,,")


@refused(f", row 4: begins with 'Source: field agency', {TOTAL}")
def workbook_with_a_note_below() -> bytes:
    return book_of(lambda book: book.active.append(["Source: field agency"]))


@refused(
    ": column 'SAT1' has values that are no numbers: '总体满意度' (line 2); if it is a second "
    "heading below the first, remove that row",
)
def two_header_rows() -> bytes:
    return lines("编号,城市,总体满意度,与期望相比,意见", *ROWS)


@refused(
    ", sheet 'Sheet': has formulas that were never calculated (C4); open it in a spreadsheet "
    "program and save it again",
)
def workbook_with_formulas_never_calculated() -> bytes:
    return book_of(lambda book: book.active.append(["a3", "north", "=3+4", 8, "x"]))


@refused(
    ", sheet 'Sheet', row 2: has merged cells among the answers; separate them and write the "
    "value into every row it is meant for",
)
def workbook_with_merged_answers() -> bytes:
    return book_of(lambda book: book.active.merge_cells("B2:B3"))


@read([[7, 8], [10, NAN]])
def workbook_with_hidden_sheets() -> bytes:
    def hide(book: openpyxl.Workbook) -> None:
        for state in ("hidden", "veryHidden"):
            page = book.create_sheet(state)
            page.append(["answers of others"])
            page.sheet_state = state

    return book_of(hide)


@read([[7, 8], [10, NAN]])
def workbook_with_numbers_as_text() -> bytes:
    def write(book: openpyxl.Workbook) -> None:
        book.active["C2"], book.active["D2"] = " 7 ", "8 "
        book.active["C1"] = "SAT1\n"

    return book_of(write)


@read([[7.5, 1], [8, 2]])
def parquet_of_decimals_and_dictionaries() -> bytes:
    city = pa.array(["north", "south"]).dictionary_encode()
    second = pa.array([1, 2]).dictionary_encode()
    return columns(SAT1=pa.array([Decimal("7.50"), Decimal("8.00")]), SAT2=second, city=city)


@refused(
    ": column 'SAT1' has values that are no numbers: '[7]' (row 1), '[8]' (row 2); correct them, "
    "or name them under 'answers' or 'missing' in the codebook",
)
def parquet_of_lists() -> bytes:
    return columns(SAT1=pa.array([[7], [8]]))


@refused(": column 'comment' holds bytes that are no UTF-8 text; write it as text")
def parquet_of_bytes() -> bytes:
    return columns(comment=pa.array([b"\xff", b"a"]))


@read(SCORES)
def stata_of_many_variables() -> bytes:
    stream = io.BytesIO()
    FRAME.to_stata(stream, write_index=False, version=119)
    return stream.getvalue()


@read([[7, 8], [NAN, NAN], [1, 2]], "SAT1: declared missing by the file, 1 missing (.b)")
def stata_with_letters() -> bytes:
    scores = pd.Series([7.0, "b", 1.0], dtype=object)
    return dta(FRAME.assign(SAT1=scores), missing_user_values={"SAT1": ["b"]})


@refused(
    ": has 3 sheets; write the one with the answers into the codebook, as 'sheet: Answers' "
    "(it has 'Answers', 'Notes', 'Codes')",
)
def workbook_with_several_sheets() -> bytes:
    return workbook(HEAD, ["a1", "north", 7, 8, "x"], sheets=("Notes", "Codes"))


@refused(": is a damaged workbook; save it again, or save the sheet as CSV")
def workbook_truncated() -> bytes:
    return workbook(HEAD, ["a1", "north", 7, 8, "x"])[:-200]


@refused(
    ", sheet 'Sheet', row 1: has merged cells in the header; write one name into every column"
    " of one row and remove the heading above it",
)
def workbook_with_merged_header() -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    page.append([None, None, "Satisfaction", None, None])
    page.append(HEAD)
    page.append(["a1", "north", 7, 8, "x"])
    page.merge_cells("C1:D1")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@refused(" is empty; export the survey again")
def workbook_empty() -> bytes:
    return workbook()


@refused(
    ": column 'SAT1' has values that are no numbers: '2024-07-08' (row 2); a spreadsheet "
    "program has made dates of them, so take them from the file before it",
)
def workbook_with_dates_as_scores() -> bytes:
    return workbook(HEAD, ["a1", "north", datetime.date(2024, 7, 8), 8, "x"])


@refused(
    ": column 'SAT1' has values outside the scale 1 to 10 and its missing codes: 0.7 (row 2);"
    " correct them or declare such codes under 'missing'",
)
def workbook_with_percent_cells() -> bytes:
    row = ["a1", "north", 0.7, 8, "x"]
    return workbook(HEAD, row, formats={"C2": "0%"})


@refused(": is protected by a password; save it without one")
def workbook_with_password() -> bytes:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    return head + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600


@refused(": is a damaged workbook; save it again, or save the sheet as CSV")
def old_word_document() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x01" * 1500


@refused(": is a damaged workbook; save it again, or save the sheet as CSV")
def zip_that_is_no_workbook() -> bytes:
    return b"PK\x03\x04\x14\x00" + b"x" * 100


@refused(
    ", line 1: there is no column 'id', 'city', 'comment', 'SAT1', 'SAT2'; it has '%PDF-1.7';"
    " is it the right file? Else rename it in the file or correct the codebook",
)
def portable_document() -> bytes:
    return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"


@refused(": is a damaged SPSS file; copy or export it again")
def spss_truncated() -> bytes:
    return sav()[:-40]


@refused(": is a damaged SPSS file; copy or export it again")
def spss_damaged() -> bytes:
    raw = bytearray(sav())
    raw[180:400:7] = b"\xff" * len(raw[180:400:7])
    return bytes(raw)


@refused(
    ": column 'SAT1' has values within the scale 1 to 10 that the file declares missing: 10 "
    "(row 2); correct the scale in the codebook or the missing values in the file",
)
def spss_score_declared_missing() -> bytes:
    return sav(missing_ranges={"SAT1": [{"lo": 10, "hi": 10}]})


@refused(": is a damaged Stata file; copy or export it again")
def stata_truncated() -> bytes:
    return dta()[:-60]


@refused(": is a damaged Parquet file; write or copy it again")
def parquet_truncated() -> bytes:
    return parquet()[:-30]


@refused(
    ": column 'SAT1' has values that are no numbers: 'ten' (row 2); correct them, or name them"
    " under 'answers' or 'missing' in the codebook",
)
def parquet_with_text_scores() -> bytes:
    return parquet(FRAME.assign(SAT1=["7", "ten", "1"]))


@refused(
    ": column 'SAT1' has values outside the scale 1 to 10 and its missing codes: inf (row 2);"
    " correct them or declare such codes under 'missing'",
)
def parquet_with_infinity() -> bytes:
    return parquet(FRAME.assign(SAT1=[7.0, np.inf, 1.0]))


@pytest.mark.parametrize("kind", REFUSED)
def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(kind):
    build, sentence = REFUSED[kind]
    with pytest.raises(DataError) as caught:
        parse_survey(build(), CODEBOOK, source="x.csv")
    assert str(caught.value) == f"x.csv{sentence}"
    assert "\n" not in str(caught.value)
    assert caught.value.facts["source"] == "x.csv"


@pytest.mark.parametrize("kind", READ)
def test_a_file_that_can_be_read_gives_its_own_scores(kind):
    build, scores, log = READ[kind]
    responses = parse_survey(build(), CODEBOOK, source="x.csv")
    np.testing.assert_array_equal(responses.frame[["SAT1", "SAT2"]], scores)
    # Nothing else is said of such a file but how many rows and missing codes it has.
    usual = [line for line in responses.log if "rows read" in line or "don't know (98)" in line]
    assert [line for line in responses.log if line not in usual] == list(log)


def test_the_corpus_is_large_and_its_sentences_say_what_to_do():
    assert len(REFUSED) + len(READ) >= 90
    for _, sentence in REFUSED.values():
        assert ";" in sentence, sentence


def outcome(raw: bytes) -> Responses | None:
    """Read anything: valid responses, or None after one sentence."""
    try:
        responses = parse_survey(raw, CODEBOOK, source="x.csv")
    except CsatError as error:
        assert str(error).startswith("x.csv")
        assert "\n" not in str(error)
        return None
    scores = responses.frame[["SAT1", "SAT2"]].to_numpy()
    assert (((scores >= 1) & (scores <= 10)) | np.isnan(scores)).all()
    assert len(responses.row_numbers) == len(responses.frame) > 0
    return responses


STARTS = [b"", b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x1f\x8b"]
STARTS += [b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", HEADER.encode() + b"\n", b"<html"]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(STARTS), st.binary(max_size=200))
@example(b"", b"\x84\x31\x95\x33")
def test_any_bytes_give_responses_or_one_sentence(start, rest):
    outcome(start + rest)


WHOLE = {
    "xlsx": workbook(HEAD, *FRAME.astype(object).to_numpy().tolist()),
    "parquet": parquet(),
    "gzip": gzip.compress(PLAIN.encode(), mtime=0),
    "gb18030": PLAIN.encode("gb18030"),
    "semicolons": semicolons("7,5"),
    "web page": page(HEADER, *ROWS).encode(),
    "zip": archive(a_csv=PLAIN.encode()),
    "utf-16": PLAIN.encode("utf-16"),
}
DAMAGE = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 40), st.binary(max_size=4)),
    min_size=1,
    max_size=3,
)


@pytest.mark.parametrize("kind", WHOLE)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damage=DAMAGE)
def test_a_damaged_file_of_any_format_gives_responses_or_one_sentence(kind, damage):
    raw = WHOLE[kind]
    for where, n_lost, put in damage:
        start = int(where * len(raw))
        raw = raw[:start] + put + raw[start + n_lost :]
    outcome(raw)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("make", [sav, dta], ids=["sav", "dta"])
def test_a_damaged_statistics_file_does_not_take_the_process_with_it(make, seed):
    """Such bytes have crashed the C library; it reads in a process of its own."""
    generator = np.random.default_rng(seed)
    raw = bytearray(make())
    for start in generator.integers(100, len(raw), size=4 * (seed + 1)).tolist():
        raw[start] = int(generator.integers(256))
    outcome(bytes(raw))


COMMENTS = st.text(st.characters(codec="gb18030", exclude_categories=["Z", "C"]), max_size=6)
ROW = st.tuples(
    st.sampled_from(["north", "south"]),
    st.sampled_from([NAN, 98, *range(1, 11)]),
    st.sampled_from([NAN, 98, *range(1, 11), 2.5]),
    COMMENTS,
)


def as_csv(frame: pd.DataFrame, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    return frame.to_csv(index=False, sep=delimiter, lineterminator="\r\n").encode(encoding)


FORMATS: dict[str, Callable[[pd.DataFrame], bytes]] = {
    "UTF-8 with mark": lambda frame: as_csv(frame, encoding="utf-8-sig"),
    "UTF-16, tabs": lambda frame: as_csv(frame, "\t", "utf-16"),
    "semicolons": lambda frame: as_csv(frame, ";"),
    "gzip": lambda frame: gzip.compress(as_csv(frame)),
    "workbook": lambda frame: workbook(
        HEAD, *frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    ),
    "Parquet": parquet,
}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ROW, min_size=1, max_size=6))
def test_a_table_is_the_same_from_every_format(rows):
    cells = [(f"r{k}", *row) for k, row in enumerate(rows)]
    frame = pd.DataFrame(cells, columns=HEAD).astype({"SAT1": float, "SAT2": float})
    expected = parse_survey(as_csv(frame), CODEBOOK, source="x.csv").frame
    scores = frame[["SAT1", "SAT2"]].replace(98, NAN)
    np.testing.assert_array_equal(expected[["SAT1", "SAT2"]], scores)
    for name, write in FORMATS.items():
        found = parse_survey(write(frame), CODEBOOK, source=name).frame
        pd.testing.assert_frame_equal(found, expected, obj=name)


@pytest.mark.parametrize("write", [sav, dta], ids=["sav", "dta"])
def test_a_table_is_the_same_from_statistics_files(write):
    generator = np.random.default_rng(5)
    n_rows = 500
    scores = generator.choice([NAN, 98, *range(1, 11)], size=(n_rows, 2))
    frame = pd.DataFrame(scores, columns=["SAT1", "SAT2"])
    frame.insert(0, "id", [f"r{k}" for k in range(n_rows)])
    frame.insert(1, "city", generator.choice(["north", "south"], size=n_rows))
    frame["comment"] = generator.choice(["", "很好", "x, y"], size=n_rows)
    expected = parse_survey(as_csv(frame), CODEBOOK, source="x.csv")
    found = parse_survey(write(frame), CODEBOOK, source="x")
    pd.testing.assert_frame_equal(found.frame, expected.frame)
    assert found.row_numbers.tolist() == list(range(1, n_rows + 1))
