"""A file whose headings are whole questions can be drafted, read, checked and modelled."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models.model.syntax import is_name
from csat_models.survey import Codebook, parse_survey, read_batches
from csat_models.survey.drafts.agreement import compare
from csat_models.survey.drafts.drafting import draft_codebook
from csat_models.survey.drafts.headings import name_headings

QUESTIONS = {
    "Q1": "Quality",
    "Q2": "2. How satisfied are you overall?",
    "Q3": "Compared with your expectations: how good are we?",
    "Q4": "Will you come again, all things considered?",
    "Age_group": "Age group",
}


def answers(n_rows: int = 40) -> pd.DataFrame:
    generator = np.random.default_rng(2)
    items = [QUESTIONS[f"Q{k}"] for k in range(1, 5)]
    frame = pd.DataFrame(generator.integers(1, 11, (n_rows, 4)), columns=items)
    frame.iloc[:10] = np.arange(1, 11)[:, None]
    return frame.assign(**{"Age group": ["old", "young"] * (n_rows // 2)})


def as_csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("SAT1", "SAT1"),
        ("满意度", "满意度"),
        ("3、您的性别", "Q3"),
        ("Q12_1. Staff", "Q12_1"),
        ("B2.1 Waiting", "B2_1"),
        ("Age group", "Age_group"),
        ("Duration (min)", "Duration_min"),
        ("How likely are you to return to us?", "Q1"),
        ("1st choice", "Q1"),
        ("@rate", "rate"),
    ],
)
def test_a_heading_gets_a_name_that_models_can_hold(heading, name):
    assert name_headings([heading]) == {heading: name}
    assert is_name(name)


def test_no_name_is_given_twice():
    names = name_headings(["Q2", "2. One", "2. Two", "Value", "Age group", "Age-group"], ["Value"])
    assert list(names.values()) == ["Q2", "Q2_2", "Q2_3", "Q4", "Age_group", "Age_group_2"]


def test_the_draft_names_its_columns_and_reads_its_file():
    frame = answers()
    book = draft_codebook(as_csv(frame), source="x.csv").codebook
    assert book.headings == QUESTIONS
    constructs = {name: item.construct for name, item in book.items.items()}
    assert constructs == {
        "Q1": "Quality",
        "Q2": "Satisfaction",
        "Q3": "Satisfaction",
        "Q4": "Loyalty",
    }
    assert book.items["Q4"].text.en == QUESTIONS["Q4"]
    found = parse_survey(as_csv(frame), book, source="x.csv")
    np.testing.assert_array_equal(found.frame["Q4"], frame[QUESTIONS["Q4"]])
    assert compare(as_csv(frame), book, source="x.csv").empty


def test_batches_are_read_by_their_headings(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(as_csv(answers()))
    book = draft_codebook(path.read_bytes(), source="x.csv").codebook
    batches = list(read_batches(path, book, batch_rows=25))
    assert [len(batch.frame) for batch in batches] == [25, 15]
    joined = np.concatenate([batch.frame["Q2"] for batch in batches])
    np.testing.assert_array_equal(joined, answers()[QUESTIONS["Q2"]])


CONTENT = {
    "scale": [1, 10],
    "headings": {"S1": "How satisfied?"},
    "items": {name: {"text": {"zh": "一", "en": "one"}} for name in ("S1", "S2")},
}


def test_a_missing_heading_is_told_by_its_own_words():
    book = Codebook.model_validate(CONTENT)
    with pytest.raises(Exception, match=r"no column 'How satisfied\?'"):
        parse_survey(b"S1,S2\n1,2\n", book, source="x")
    found = compare(b"S2\n1\n10\n", book, source="x")
    assert found["detail"].tolist()[0] == "called 'How satisfied?' in the file"


def test_an_earlier_version_may_call_it_otherwise_again():
    versions = {"2019": {"columns": {"S1": "Old"}}, "2020": {"columns": {"S2": "Z2"}}}
    book = Codebook.model_validate(CONTENT | {"versions": versions})
    old = parse_survey(b"Old,S2\n3,4\n", book, source="x", version="2019")
    new = parse_survey(b"How satisfied?,Z2\n3,4\n", book, source="x", version="2020")
    assert old.frame["S1"].tolist() == new.frame["S1"].tolist() == [3.0]
    assert new.frame["S2"].tolist() == [4.0]


@pytest.mark.parametrize(
    ("headings", "told"),
    [
        ({"S9": "x"}, "'headings' names 'S9', which is no column"),
        ({"S1": "S2"}, "the column 'S2' of the file would be read twice"),
    ],
)
def test_headings_that_lead_nowhere_are_refused(headings, told):
    with pytest.raises(ValueError, match=told):
        Codebook.model_validate(CONTENT | {"headings": headings})
