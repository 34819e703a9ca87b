"""Odd but not wrong: rows of unknown cells, short scales, contradicting constructs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models.survey import Codebook, Responses
from csat_models.survey.remarks import remarks, with_known_cells

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
    (sentence,) = remarks(responses, {"S": ["s1"]})
    assert sentence.startswith("no answer is above 5, but the scale ends at 10")


def test_an_item_of_another_construct_is_named(responses):
    (sentence,) = remarks(responses, {"Quality": ["q1"]})
    assert "'q1' measures 'Quality' in the model but 'Q' in the codebook" in sentence
