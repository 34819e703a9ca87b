"""Odd but not wrong: rows of unknown cells, short scales, contradicting constructs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models.survey import Codebook, Responses
from csat_models.survey.checking.remarks import codebook_remarks, remarks, with_known_cells

TEXT = {"zh": "题", "en": "item"}


@pytest.fixture
def responses() -> Responses:
    codebook = Codebook.model_validate(
        {
            "scale": [1, 10],
            "constructs": {"Q": TEXT, "S": TEXT},
            "items": {"q1": {"construct": "Q", "text": TEXT}, "s1": {"text": TEXT}},
            "attributes": {
                "shop": {"label": TEXT, "kind": "category", "labels": {"a": TEXT, "b": TEXT}}
            },
        }
    )
    frame = pd.DataFrame(
        {"q1": [1.0, 9.0, 10.0], "s1": [4.0, 5.0, np.nan], "shop": ["a", None, "b"]}
    )
    return Responses(
        frame=frame,
        codebook=codebook,
        log=("3 rows read",),
        sha256="0",
        source="x.csv",
        row_numbers=np.array([2, 3, 4]),
    )


def test_rows_of_unknown_cells_are_left_out_and_counted(responses):
    found = with_known_cells(responses, ["shop"])
    assert found.frame["shop"].tolist() == ["a", "b"]
    assert found.row_numbers.tolist() == [2, 4]
    assert found.log == ("3 rows read", "1 rows without shop left out")
    assert with_known_cells(found, ["shop"]) is found
    assert with_known_cells(responses, []) is responses


def test_nothing_odd_nothing_said(responses):
    assert list(remarks(responses, {"Q": ["q1"], "S": ["s1"]})) == []


def test_a_scale_that_answers_fill_in_part_is_named(responses):
    sentence, _ = remarks(responses, {"S": ["s1"]})
    assert sentence.startswith("no answer is above 5, but the scale ends at 10")


def test_an_item_of_another_construct_is_named(responses):
    (sentence,) = remarks(responses, {"Quality": ["q1"]})
    assert "'q1' measures 'Quality' in the model but 'Q' in the codebook" in sentence


def test_persons_without_any_valid_answer_are_counted(responses):
    told = list(remarks(responses, {"S": ["s1"]}))
    assert told[1].startswith("1 of 3 persons gave no valid answer to any item of the model")
    assert len(list(remarks(responses, {"Q": ["q1"], "S": ["s1"]}))) == 0


def book(**changes: object) -> Codebook:
    items = {f"q{k}": {"text": TEXT} for k in range(1, 4)}
    items["q3"]["reversed"] = True
    return Codebook.model_validate({"scale": [1, 10], "items": items} | changes)


def answers(codebook: Codebook, **columns: list[float]) -> Responses:
    frame = pd.DataFrame(columns)
    return Responses(
        frame=frame,
        codebook=codebook,
        log=(),
        sha256="0",
        source="x.csv",
        row_numbers=np.arange(2, 2 + len(frame)),
    )


def test_one_item_on_a_shorter_scale_is_named():
    low, full, turned = [1.0, 3, 5] * 12, [1.0, 7, 10] * 12, [6.0, 8, 10] * 12
    model = {"Q": ["q1", "q2", "q3"]}
    (sentence,) = remarks(answers(book(), q1=low, q2=full, q3=full), model)
    assert sentence.startswith("q1: answers only up to 5, but the scale is 1 to 10: is it 1 to 5?")
    assert "'scales' of the questionnaire's version" in sentence
    (sentence,) = remarks(answers(book(), q1=full, q2=full, q3=turned), model)
    assert sentence.startswith("q3: answers only up to 5")
    assert (
        list(remarks(answers(book(), q1=[*low, 6.0], q2=[*full, 1.0], q3=[*full, 1.0]), model))
        == []
    )
    few = answers(book(), q1=low[:29], q2=full[:29], q3=full[:29])
    assert list(remarks(few, model)) == []


def test_an_item_without_any_answer_is_no_short_scale():
    found = answers(book(), q1=[np.nan] * 40, q2=[1.0, 10] * 20, q3=[1.0, 10] * 20)
    assert list(remarks(found, {"Q": ["q1", "q2", "q3"]})) == []
    nobody = list(remarks(found, {"Q": ["q1"]}))
    assert len(nobody) == 1 and nobody[0].startswith("40 of 40 persons")


@pytest.mark.parametrize(("declared", "told"), [(None, 1), (True, 0), (False, 0)])
def test_identifiers_in_clear_are_told_unless_declared(declared, told):
    found = list(codebook_remarks(book(respondent_id="id", pseudonymise=declared)))
    assert len(found) == told
    assert all("identifiers of 'id' are kept in clear" in line for line in found)
    assert all("'pseudonymise: true'" in line for line in found)


def test_wordings_in_one_language_only_are_counted():
    same = {"zh": "总体满意", "en": "总体满意"}
    texts = {"q1": same, "q2": {"zh": "Reception", "en": "Reception"}, "q3": TEXT}
    items = {name: {"text": text} for name, text in texts.items()}
    label = {"zh": "5G", "en": "5G"}
    attributes = {"net": {"kind": "text", "label": label}, "town": {"kind": "text", "label": same}}
    attributes["phone"] = {"kind": "identifier", "label": same}
    found = list(codebook_remarks(book(items=items, attributes=attributes)))
    assert found == ["3 wordings are still to be translated: q1, q2, town"]
