"""The comparison tells every difference at once, and refuses exactly what reading refuses."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from csat_models.errors import DataError
from csat_models.survey import Codebook, parse_survey
from csat_models.survey.drafts.agreement import COLUMNS, compare


def word(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}


CODEBOOK = Codebook.model_validate(
    {
        "respondent_id": "id",
        "weight": "w",
        "scale": [1, 10],
        "missing": {98: "dont_know"},
        "items": {
            "S1": {"text": word("satisfied"), "answers": {1: word("bad"), 10: word("good")}},
            "S2": {"text": word("again")},
            "COMP": {"text": word("complained"), "scale": "yes/no", "recode": {1: 1, 2: 0}},
            "CH": {"text": word("handled"), "filter": "COMP == 1"},
        },
        "attributes": {
            "city": {"kind": "category", "label": word("City"), "labels": {"1": word("North")}},
            "age": {"kind": "number", "label": word("Age")},
        },
    }
)
GOOD = {"id": "a", "w": 1, "S1": 5, "S2": 98, "COMP": 2, "CH": "", "city": 1, "age": 30}


def differences(*rows: dict, **options) -> list[list]:
    raw = pd.DataFrame(rows).to_csv(index=False).encode()
    found = compare(raw, CODEBOOK, source="x.csv", **options)
    assert tuple(found.columns) == COLUMNS
    return found[["severity", "column", "difference", "count", "detail"]].to_numpy().tolist()


def test_a_file_that_fits_has_no_difference():
    assert differences(GOOD, GOOD | {"id": "b"}) == []


def test_everything_is_told_at_once():
    wrong = GOOD | {"id": "b", "w": 0, "S1": 11, "COMP": 1, "city": 2, "age": "old"}
    also = GOOD | {"id": "b", "S1": "7,5", "CH": 4, "extra": 1}
    found = {(row[1], row[2].split(" (")[0]): row for row in differences(GOOD, wrong, also)}
    assert {key: (row[0], row[3]) for key, row in found.items()} == {
        ("S1", "that are no numbers"): ("error", 1),
        ("S1", "outside the scale 1 to 10 and its missing codes"): ("error", 1),
        ("id", "that stand more than once"): ("error", 2),
        ("w", "that are no positive weights"): ("error", 1),
        ("city", "that are not in the codebook"): ("error", 1),
        ("age", "that are no numbers"): ("error", 1),
        ("CH", "given although not asked"): ("error", 1),
        ("extra", "undeclared column"): ("note", 1),
    }
    assert found["S1", "that are no numbers"][4] == "7,5; line 4"
    assert found["id", "that stand more than once"][4] == "line 3, 4"


@pytest.mark.parametrize("lost", ["id", "w", "S1", "COMP", "CH", "city", "age"])
def test_missing_columns_do_not_hide_the_rest(lost):
    row = {key: value for key, value in (GOOD | {"S2": 50}).items() if key != lost}
    found = differences(row)
    assert ["error", lost, "missing column", 1, ""] in found
    assert any(each[1] == "S2" and each[0] == "error" for each in found)


@pytest.mark.parametrize("change", [{}, {"S1": 0}, {"city": "x"}, {"w": ""}, {"CH": 3}, {"new": 1}])
def test_errors_are_what_reading_refuses(change):
    raw = pd.DataFrame([GOOD | change]).to_csv(index=False).encode()
    refused = (compare(raw, CODEBOOK, source="x")["severity"] == "error").any()
    try:
        parse_survey(raw, CODEBOOK, source="x")
    except DataError:
        assert refused
    else:
        assert not refused


def test_labels_of_the_file_are_compared_with_the_codebook(tmp_path: Path):
    path = tmp_path / "x.sav"
    frame = pd.DataFrame([GOOD | {"CH": None}]).astype({"CH": float})
    pyreadstat.write_sav(
        frame,
        path,
        column_labels={"S1": "Satisfied ", "S2": "Recommend"},
        variable_value_labels={
            "S1": {1.0: "Bad", 10.0: "bad", 98.0: "Don't know", 99.0: "refused"},
            "COMP": {1: "yes", 2: "是"},
            "city": {1: "South"},
        },
    )
    found = compare(path.read_bytes(), CODEBOOK, source="x.sav")
    assert (found["severity"] == "note").all()
    assert found[["column", "difference"]].to_numpy().tolist() == [
        ["S1", "label disagreement"],
        ["S1", "undeclared missing code"],
        ["S2", "wording disagreement"],
        ["COMP", "label disagreement"],
        ["city", "label disagreement"],
    ]
    assert found["detail"].iloc[0] == "10 is 'bad' in the file, 'good' / 'good' in the codebook"


def test_a_scale_that_labels_and_answers_contradict_is_asked_for(tmp_path: Path):
    frame = pd.DataFrame({"id": ["a", "b"], "w": [1.0, 1.0], "S1": [1.0, 5.0], "S2": [2.0, 9.0]})
    labels = {1.0: "bad", 2.0: "poor", 3.0: "fair", 4.0: "well", 5.0: "good", 98.0: "不知道"}
    pyreadstat.write_sav(
        frame, tmp_path / "x.sav", variable_value_labels={"S1": labels, "S2": labels}
    )
    raw = (tmp_path / "x.sav").read_bytes()
    book = {
        "respondent_id": "id",
        "weight": "w",
        "scale": [1, 10],
        "missing": {98: "dont_know"},
        "items": {"S1": {"text": word("s")}, "S2": {"text": word("t")}},
        "versions": {"old": {"scales": {"S1": [1, 5]}}},
    }
    found = compare(raw, Codebook.model_validate(book), source="x.sav")
    assert found[["severity", "column", "difference"]].to_numpy().tolist() == [
        ["note", "S1", "short scale"]
    ]
    asked = "answers only up to 5, labels end at 5, but the scale is 1 to 10: is it 1 to 5?"
    assert found["detail"].tolist() == [asked]
    assert compare(raw, Codebook.model_validate(book), source="x.sav", version="old").empty


def test_an_unknown_code_is_shown_once_as_a_whole_number():
    (row,) = differences(GOOD | {"city": "9.0"})
    assert row[2] == "that are not in the codebook ('9'; it has 1 (North))"
    assert row[4] == "line 2"
