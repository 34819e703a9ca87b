"""Several files of one wave: every row remembers where it stood."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd
import pytest

from csat_models.errors import DataError
from csat_models.survey import Codebook, parse_survey, read_survey
from csat_models.survey.checking.remarks import with_known_cells
from csat_models.survey.formats.finding import find_files
from csat_models.survey.intake.reading import parse_surveys

CODEBOOK = Codebook.model_validate(
    {
        "respondent_id": "id",
        "scale": [1, 10],
        "items": {"S1": {"text": {"zh": "满意", "en": "satisfied"}}},
        "attributes": {
            "city": {
                "kind": "category",
                "label": {"zh": "城市", "en": "City"},
                "labels": {"n": {"zh": "北", "en": "North"}, "s": {"zh": "南", "en": "South"}},
            }
        },
    }
)
NORTH = b"id,city,S1\na,n,7\nb,,8\n"
SOUTH = "city;S1;id;西\ns;;c;1\ns;10;d;1\n".encode("gb18030")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "wave-1.csv").write_bytes(NORTH)
    (tmp_path / "wave-2.csv").write_bytes(SOUTH)
    (tmp_path / "other.csv").write_bytes(NORTH)
    return tmp_path


def test_files_stand_one_below_the_other(folder):
    whole = read_survey([folder / "wave-1.csv", folder / "wave-2.csv"], CODEBOOK)
    assert whole.frame["id"].tolist() == ["a", "b", "c", "d"]
    assert whole.frame["city"].cat.ordered
    assert whole.row_numbers.tolist() == [2, 3, 2, 3]
    assert [Path(name).name for name in whole.file_names()] == ["wave-1.csv"] * 2 + [
        "wave-2.csv"
    ] * 2
    assert [file.sha256 for file in whole.files] == [
        hashlib.sha256(raw).hexdigest() for raw in (NORTH, SOUTH)
    ]
    assert [file.n_rows for file in whole.files] == [2, 2]
    assert f"S1: 1 blank ({folder / 'wave-2.csv'})" in whole.log


def test_a_pattern_is_the_list_of_its_files_by_name(folder):
    by_pattern = read_survey(folder / "wave-*.csv", CODEBOOK)
    by_list = read_survey([folder / "wave-1.csv", folder / "wave-2.csv"], CODEBOOK)
    pd.testing.assert_frame_equal(by_pattern.frame, by_list.frame)
    assert by_pattern.sha256 == by_list.sha256
    turned = read_survey([folder / "wave-2.csv", folder / "wave-1.csv"], CODEBOOK)
    assert turned.sha256 != by_list.sha256


def test_one_file_is_what_it_was(folder):
    alone = read_survey([folder / "wave-1.csv"], CODEBOOK)
    parsed = parse_survey(NORTH, CODEBOOK, source=str(folder / "wave-1.csv"))
    assert alone.log == parsed.log
    assert alone.sha256 == hashlib.sha256(NORTH).hexdigest()
    assert alone.file_numbers is None
    assert set(alone.file_names()) == {str(folder / "wave-1.csv")}


def test_a_folder_of_parquet_files(tmp_path):
    for name, ids in (("b", ["c"]), ("a", ["a", "b"])):
        frame = pd.DataFrame({"id": ids, "city": "n", "S1": 5})
        frame.to_parquet(tmp_path / f"{name}.parquet", index=False)
    assert read_survey(tmp_path, CODEBOOK).frame["id"].tolist() == ["a", "b", "c"]


def test_rows_left_out_take_their_file_with_them(folder):
    whole = read_survey(folder / "wave-*.csv", CODEBOOK)
    known = with_known_cells(whole, ["city"])
    assert known.row_numbers.tolist() == [2, 2, 3]
    assert [Path(name).stem[-1] for name in known.file_names()] == ["1", "2", "2"]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"a": NORTH, "b": NORTH}, "b: is the same file as a; name it once"),
        ({"a": NORTH, "b": b"id,city,S1\nz,s,7\na,n,9\n"}, "'id'.* a, row 2; b, row 3; remove"),
        ({"a": NORTH, "b": b"id,city,S1\nz,s,11\n"}, r"^b: column 'S1'.*11 \(line 2\)"),
    ],
)
def test_what_does_not_go_together_is_told(files, told):
    with pytest.raises(DataError, match=told):
        parse_surveys(files, CODEBOOK)


def test_respondents_may_stand_in_several_files_if_so_declared():
    codebook = CODEBOOK.model_copy(update={"unique_respondents": False})
    twice = parse_surveys({"a": NORTH, "b": b"id,city,S1\na,n,9\n"}, codebook)
    assert len(twice.frame) == 3


@pytest.mark.parametrize("path", ["none-*.csv", "", []])
def test_no_files_are_told(path, tmp_path):
    with pytest.raises(DataError, match=r"no such files|no Parquet files|no file is named"):
        find_files(tmp_path / path if isinstance(path, str) else path)
