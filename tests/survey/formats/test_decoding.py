"""Bytes to columns: every common way of saving a table gives the same table."""

from __future__ import annotations

import csv
import gzip
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csat_models.errors import DataError
from csat_models.survey.formats.decoding import decode_text, parse_table

TEXT = "id,城市,S1\n01,临江,7\n02,安澜,\n"


def parse(text: str, texts=("id", "城市")):
    return parse_table(text, source="x.csv", declared=("id", "城市", "S1"), texts=texts)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("packed", [False, True])
def test_encodings_and_line_ends_are_recognised(encoding, end, packed):
    raw = TEXT.replace("\n", end).encode(encoding)
    text, found = decode_text(gzip.compress(raw) if packed else raw, "x.csv")
    assert text == TEXT
    assert found == encoding


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_delimiters_are_recognised(delimiter):
    table = parse(TEXT.replace(",", delimiter))
    assert table.delimiter == delimiter
    expected = parse(TEXT)
    pd.testing.assert_frame_equal(table.frame, expected.frame)
    assert table.frame["id"].tolist() == ["01", "02"]


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"\xff\xff\xff\x80", "neither UTF-8 nor GB18030"),
        (b"a,b\n\x00\x01,2\n", "neither UTF-8 nor GB18030"),
        (b"PK\x03\x04rest", "workbook"),
        (b"\x1f\x8b\x08damaged", "gzip file is damaged"),
        (gzip.compress(b"a,b\n1,2\n" * 50, mtime=0)[:-9], "gzip file is damaged"),
    ],
)
def test_what_is_no_text_is_told(raw, told):
    with pytest.raises(DataError, match=told):
        decode_text(raw, "x.csv")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("id,S1\n", "has a header but no rows"),
        ("id,S1,S1\n1,2,3\n", "'S1' stands twice"),
        ("id,,S1\n1,2,3\n", "column 2 has no name"),
        ("id,S1\n1,2\n1,2,3\n", "line 3: 3 values for 2 columns"),
        ("id,S1\n1,2\n\n1\n", "line 4: 1 values for 2 columns"),
        ("id,S1\n1,2,3\n1\n", "line 2: 3 values for 2 columns"),
        ('id,S1\n1,"2\n3,4\n', "line 2|quotation mark"),
    ],
)
def test_a_broken_table_is_told(text, told):
    with pytest.raises(DataError, match=told):
        parse(text)


def test_row_numbers_are_lines_of_the_file():
    text = 'id,城市,S1\n1,"a\nb",7\n\n2,"c,d",8\n3,e,9'
    table = parse(text)
    assert table.row_numbers.tolist() == [2, 5, 6]
    assert table.frame["城市"].tolist() == ["a\nb", "c,d", "e"]


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=8),
            st.integers(1, 10),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_any_text_written_by_csv_is_read_back(rows):
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(["id", "S1"])
    writer.writerows((f"x{text}", score) for text, score in rows)
    table = parse_table(stream.getvalue(), source="x", declared=("id", "S1"), texts=("id",))
    assert table.frame["id"].tolist() == [f"x{text}" for text, _ in rows]
    assert table.frame["S1"].tolist() == [score for _, score in rows]
    assert len(table.row_numbers) == len(rows)


def test_a_quotation_mark_never_closed_in_a_long_file_is_told():
    # Python's csv gives up after 131,072 characters.
    with pytest.raises(DataError, match="131,072 characters, as where a quotation mark"):
        parse_table('a,b\n1,"2\n' + "1,2\n" * 40_000, source="x", declared=["a"], texts=[])


def test_lines_of_blanks_alone_are_no_rows_of_a_single_column():
    table = parse_table('S1\n5\n \n""\n\t\n3\n', source="x", declared=["S1"], texts=[])
    assert table.frame["S1"].isna().tolist() == [False, True, False]
    assert table.row_numbers.tolist() == [2, 4, 6]
