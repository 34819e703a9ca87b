"""What each format brings along: labels, missing ranges, sheets, row numbers."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest
from statsmodels.datasets import macrodata

from csat_models.errors import DataError
from csat_models.survey import Codebook, parse_survey
from csat_models.survey.formats import readstat
from csat_models.survey.formats.recognition import read_table
from csat_models.survey.formats.table import as_text, tidy_column, write_cell


def word(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}


FRAME = pd.DataFrame(
    {"S1": [7.0, 98, 97, 10], "city": [1.0, 2, 1, np.nan], "name": ["张", "", "a", "b"]}
)
LABELS = {"S1": {1: "很不满意", 97: "Not asked", 98: "不知道"}, "city": {1: "北", 2: "南"}}


@pytest.fixture
def sav(tmp_path: Path) -> bytes:
    path = tmp_path / "survey.sav"
    pyreadstat.write_sav(
        FRAME,
        path,
        column_labels=["总体满意度", "城市", ""],
        variable_value_labels=LABELS,
        missing_ranges={"S1": [{"lo": 97, "hi": 99}]},
    )
    return path.read_bytes()


def codebook(missing: object = None) -> Codebook:
    cities = {1: word("N"), 2: word("S")}
    return Codebook.model_validate(
        {
            "items": {"S1": {"text": word("one"), "scale": [1, 10], "missing": missing or {}}},
            "attributes": {
                "city": {
                    "kind": "category",
                    "label": word("c"),
                    "labels": cities,
                }
            },
        }
    )


def test_spss_brings_labels_and_missing_ranges(sav):
    table = read_table(sav, source="x.sav")
    assert table.wordings == {"S1": "总体满意度", "city": "城市"}
    assert table.labels == {k: {float(c): w for c, w in v.items()} for k, v in LABELS.items()}
    assert table.missing == {"S1": ((97.0, 99.0),)}
    assert (table.place, table.encoding) == ("row", "SPSS")
    assert table.frame["name"].fillna("").tolist() == ["张", "", "a", "b"]


def test_ranges_that_the_file_declares_missing_are_no_scores(sav):
    found = parse_survey(sav, codebook(), source="x.sav")
    np.testing.assert_array_equal(found.frame["S1"], [7, np.nan, np.nan, 10])
    assert "S1: declared missing by the file, 1 Not asked (97), 1 不知道 (98)" in found.log
    assert found.frame["city"].astype(object).fillna("").tolist() == ["1", "2", "1", ""]


def test_the_codebooks_meaning_goes_before_the_files(sav):
    found = parse_survey(sav, codebook({98: "dont_know"}), source="x.sav")
    assert "S1: 1 don't know (98)" in found.log
    assert "S1: declared missing by the file, 1 Not asked (97)" in found.log


def test_statas_extended_missing_values_are_no_scores_and_have_meanings(tmp_path):
    frame = FRAME.assign(S1=pd.Series([7, "a", "b", "b"], dtype=object))
    path = tmp_path / "survey.dta"
    labels = {"S1": {1: "bad", "b": "refused"}}
    pyreadstat.write_dta(
        frame, path, variable_value_labels=labels, missing_user_values={"S1": ["a", "b"]}
    )
    found = parse_survey(path.read_bytes(), codebook(), source="x.dta")
    np.testing.assert_array_equal(found.frame["S1"], [7, np.nan, np.nan, np.nan])
    assert "S1: declared missing by the file, 1 missing (.a), 2 refused (.b)" in found.log
    book = codebook({".a": "dont_know", ".b": {"zh": "拒答", "en": "would not say"}})
    found = parse_survey(path.read_bytes(), book, source="x.dta")
    assert "S1: 1 don't know (.a), 2 would not say (.b)" in found.log
    assert [each.meaning for each in book.items["S1"].missing.values()] == ["dont_know", "refused"]


@pytest.mark.parametrize("kind", ["sav", "dta"])
def test_a_child_that_cannot_read_says_so_by_its_exit_code(kind):
    done = subprocess.run(
        [sys.executable, "-P", readstat.__file__, kind],
        input=b"no such format",
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (3, b"")


def book(**sheets: list[list[object]]) -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        page = made.create_sheet(name)
        for row in rows:
            page.append(row)
    return made


def saved(workbook: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


ANSWERS = [["id", "S1", None], ["a", 7, None], [None, None, None], ["b", 98.5, None]]


def test_a_sheet_is_chosen_or_the_only_one():
    both = book(Answers=ANSWERS, Notes=[["x"], [1]])
    assert read_table(saved(both), source="x", sheet="Notes").frame["x"].tolist() == [1]
    with pytest.raises(DataError, match="no sheet 'Answer'; it has 'Answers', 'Notes'"):
        read_table(saved(both), source="x", sheet="Answer")
    both["Notes"].sheet_state = "hidden"
    assert list(read_table(saved(both), source="x").frame) == ["id", "S1"]


def test_rows_of_a_sheet_keep_their_numbers_and_columns_without_anything_go():
    table = read_table(saved(book(Answers=[[None] * 3, *ANSWERS])), source="x.xlsx")
    assert table.row_numbers.tolist() == [3, 5]
    assert table.frame.to_dict("list") == {"id": ["a", "b"], "S1": [7, 98.5]}


def test_the_sheet_can_stand_in_the_codebook():
    content = {"sheet": "B", "scale": [1, 10], "items": {"S1": {"text": word("one")}}}
    raw = saved(book(A=[["S1"], [3]], B=[["S1"], [4]]))
    found = parse_survey(raw, Codebook.model_validate(content), source="x.xlsx")
    assert found.frame["S1"].tolist() == [4]
    assert found.log == ("1 rows read (workbook, sheet 'B')",)


def published(name: str) -> tuple[bytes, pd.DataFrame]:
    """A file of the macroeconomic data that statsmodels carries, and the same as CSV."""
    folder = Path(macrodata.__file__).parent
    (path,) = (path for path in folder.rglob(name) if path.is_file())
    return path.read_bytes(), pd.read_csv(folder / "macrodata.csv")


def test_a_real_xls_file_holds_the_published_numbers():
    raw, plain = published("macrodata.xls")
    with pytest.raises(DataError, match="has 3 sheets; write the one with the answers"):
        read_table(raw, source="macrodata.xls")
    found = read_table(raw, source="macrodata.xls", sheet="Quarterly").frame
    since = found[found["DATE"] >= "1959"]
    np.testing.assert_array_equal(since["GDPC96"], plain["realgdp"])


def test_a_real_stata_file_holds_the_published_numbers():
    raw, plain = published("macrodata.dta")
    found = read_table(raw, source="macrodata.dta").frame
    assert list(found) == list(plain)
    # Stata's floats have seven digits.
    np.testing.assert_allclose(found, plain, rtol=1e-6)


def test_a_gzipped_file_of_any_format_is_read(sav):
    assert read_table(gzip.compress(sav), source="x").encoding == "SPSS"


def test_parquet_keeps_kinds():
    frame = pd.DataFrame(
        {
            "text": pd.Series(["01", None], dtype="str"),
            "category": pd.Categorical(["n", "s"]),
            "flag": [True, False],
            "day": pd.to_datetime(["2024-07-08", None]),
            "score": pd.array([7, None], dtype="Int64"),
        }
    )
    stream = io.BytesIO()
    frame.to_parquet(stream)
    found = read_table(stream.getvalue(), source="x").frame
    assert found["text"].fillna("").tolist() == ["01", ""]
    assert found["category"].tolist() == ["n", "s"]
    assert found["flag"].tolist() == ["True", "False"]
    assert found["day"].str[:10].fillna("").tolist() == ["2024-07-08", ""]
    assert found["score"].fillna(-1).tolist() == [7, -1]


def test_cells_are_written_as_a_spreadsheet_shows_them():
    assert [write_cell(value) for value in (13812345678.0, 0.1, np.nan, "x")] == [
        "13812345678",
        "0.1",
        None,
        "x",
    ]
    assert tidy_column(["", None]).isna().all()
    assert as_text(pd.Series([2.0, np.nan])).fillna("").tolist() == ["2", ""]
    assert as_text(pd.Series([], dtype=float)).tolist() == []
