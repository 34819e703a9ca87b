from __future__ import annotations

import pytest

from csat_models.errors import DataError
from csat_models.survey import Codebook, check_responses, parse_survey

CODEBOOK = Codebook.model_validate(
    {
        "scale": [1, 10],
        "items": {name: {"text": {"zh": name, "en": name}} for name in ("Q1", "Q2", "Q3")},
        "attributes": {
            "city": {
                "kind": "category",
                "label": {"zh": "城市", "en": "City"},
                "labels": {
                    "linjiang": {"zh": "临江", "en": "Linjiang"},
                    "b": {"zh": "乙", "en": "B"},
                },
            }
        },
    }
)


def responses(rows: list[str]):
    raw = "\n".join(["city,Q1,Q2,Q3", *rows]).encode()
    return parse_survey(raw, CODEBOOK, source="x.csv")


GOOD = ["linjiang,1,2,3", "b,2,3,4", "b,3,4,5"]


def test_good_responses_pass():
    check_responses(responses(GOOD), ("Q1", "Q2", "Q3"), by=("city",), min_cell=1)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (["b,1,2,3", "b,1,3,4", "b,1,3,5"], "the same answer everywhere to Q1"),
        (["b,1,,3", "b,2,,4", "b,1,,5"], "no answers to Q2"),
        (GOOD[:2], "2 rows for 3 items"),
        (GOOD, r"fewer than 2 rows in city linjiang \(Linjiang\): 1 rows"),
    ],
)
def test_each_fault_is_told(rows, told):
    with pytest.raises(DataError, match=told):
        check_responses(responses(rows), ("Q1", "Q2", "Q3"), by=("city",), min_cell=2)


def test_all_faults_are_told_together():
    with pytest.raises(DataError) as caught:
        check_responses(responses(["b,1,,3"]), ("Q1", "Q2", "Q3"), by=["city"])
    assert len(caught.value.facts["problems"]) == 4


def test_only_the_items_asked_for_are_looked_at():
    check_responses(responses(["b,1,2,3", "b,1,3,4"]), ("Q2", "Q3"), by=(), min_cell=1)


def test_an_unknown_column_is_told():
    with pytest.raises(DataError, match="there is no column Q9, town"):
        check_responses(responses(GOOD), ("Q1", "Q9"), by=("town",))
