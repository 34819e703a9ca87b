"""Earlier questionnaires: a renamed and rescaled wave gives the index of the original."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csat_models import PathModel, fit, satisfaction_index
from csat_models.errors import CodebookError, DataError
from csat_models.survey import Codebook, parse_survey
from csat_models.survey.drafts.agreement import compare
from csat_models.survey.intake.bridging import equate


def word(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}


CONTENT = {
    "respondent_id": "id",
    "scale": [1, 10],
    "missing": {98: "dont_know"},
    "items": {
        "Q1": {"text": word("one")},
        "Q2": {"text": word("two")},
        "S1": {"text": word("three")},
        "S2": {"text": word("four")},
        "COMP": {"text": word("complained"), "scale": "yes/no", "missing": {}},
        "CH": {"text": word("handled"), "filter": "COMP == 1"},
    },
    "attributes": {
        "city": {
            "kind": "category",
            "label": word("City"),
            "labels": {"n": word("N"), "s": word("S")},
        }
    },
    "versions": {
        2019: {
            "columns": {"Q1": "A_1", "S1": "A_3", "city": "town"},
            "scales": {"Q1": [1, 5], "S2": [0, 100], "CH": [1, 5]},
            "missing": {"Q1": {9: "dont_know"}, "S2": {-1: "refused"}},
            "reversed": {"Q1": True},
            "values": {"city": {1: "n", 2: "s"}},
            "absent": ["Q2"],
        },
        "whole": {
            "columns": {"Q1": "OLD1", "Q2": "OLD2"},
            "scales": {"Q1": [1, 5], "Q2": [0, 100], "S1": [1, 7], "S2": [1, 5]},
            "missing": {"Q2": {}},
        },
    },
}
CODEBOOK = Codebook.model_validate(CONTENT)
MODEL = PathModel.parse("Quality =~ Q1 + Q2\nSatisfaction =~ S1 + S2\nSatisfaction ~ Quality")
OLD_HEADER = "id,A_1,A_3,S2,COMP,CH,town"
OLD_ROWS = ("a,1,10,0,0,,1", "b,5,1,100,1,5,2", "c,9,98,-1,1,1,1", "d,2,4,50,,3,2")


def read_old(rows=OLD_ROWS, codebook=CODEBOOK):
    raw = "\n".join([OLD_HEADER, *rows, ""]).encode()
    return parse_survey(raw, codebook, source="2019.csv", version="2019")


def simulate(n_rows: int = 300) -> pd.DataFrame:
    generator = np.random.default_rng(3)
    common = generator.normal(size=(n_rows, 1))
    scores = np.clip(np.rint(6 + 2 * common + generator.normal(size=(n_rows, 4))), 1, 10)
    frame = pd.DataFrame(scores, columns=["Q1", "Q2", "S1", "S2"])
    return frame.assign(id=range(n_rows), COMP=0, CH=np.nan, city="n")


def test_a_renamed_and_rescaled_wave_gives_the_same_index():
    now = simulate()
    then = now.copy()
    for name, ends in CODEBOOK.versions["whole"].scales.items():
        then[name] = ends[0] + (now[name] - 1) * (ends[1] - ends[0]) / 9
    then = then.rename(columns={"Q1": "OLD1", "Q2": "OLD2"})
    raw = [frame.to_csv(index=False).encode() for frame in (now, then)]
    today = parse_survey(raw[0], CODEBOOK, source="now")
    bridged = parse_survey(raw[1], CODEBOOK, source="then", version="whole")
    indices = [satisfaction_index(fit(each, MODEL)).to_numpy() for each in (today, bridged)]
    # Linear maps and back: rounding of a few units in the last place of scores up to 100.
    np.testing.assert_allclose(indices[1], indices[0], rtol=1e-11)
    shifted = then.assign(OLD1=then["OLD1"].clip(upper=4))
    other = parse_survey(
        shifted.to_csv(index=False).encode(), CODEBOOK, source="t", version="whole"
    )
    assert abs(satisfaction_index(fit(other, MODEL)).to_numpy() - indices[0]).max() > 0.1


def test_an_old_file_is_read_under_the_names_and_scales_of_today():
    frame = read_old().frame
    assert frame.columns.tolist() == list(CODEBOOK.columns)
    np.testing.assert_array_equal(frame["Q1"], [10, 1, np.nan, 7.75])  # 1-5, turned round
    np.testing.assert_array_equal(frame["S2"], [1, 10, np.nan, 5.5])
    np.testing.assert_array_equal(frame["S1"], [10, 1, np.nan, 4])
    np.testing.assert_array_equal(frame["CH"], [np.nan, 10, 1, 5.5])
    assert frame["Q2"].isna().all()
    assert frame["city"].tolist() == ["n", "s", "n", "s"]
    assert frame["city"].cat.categories.tolist() == ["n", "s"]


def test_the_log_has_one_line_for_the_report():
    (line,) = [line for line in read_old().log if line.startswith("bridged")]
    assert line == (
        "bridged from version 2019; renamed: A_1 to Q1, A_3 to S1, town to city; equated "
        "linearly: Q1 from 1-5 to 1-10, S2 from 0-100 to 1-10, CH from 1-5 to 1-10; values "
        "renamed: city; not in that file: Q2"
    )


def test_faults_of_an_old_file_are_told_by_its_own_columns():
    with pytest.raises(
        Exception, match=r"column 'A_1' \(now 'Q1'\) has values outside the scale 1"
    ):
        read_old((*OLD_ROWS, "e,6,4,50,0,,2"))
    with pytest.raises(DataError, match="'CH' has values given although not asked"):
        read_old((*OLD_ROWS, "e,2,4,50,0,3,2"))
    with pytest.raises(DataError, match="there is no column 'town', 'A_1'"):
        parse_survey(b"id,S2\na,1\n", CODEBOOK, source="x", version="2019")


def test_the_check_speaks_of_the_version():
    raw = "\n".join([OLD_HEADER.replace("A_3", "A_9"), *OLD_ROWS, ""]).encode()
    found = compare(raw, CODEBOOK, source="x", version="2019")
    assert found[["column", "difference"]].to_numpy().tolist() == [
        ["S1", "missing column"],
        ["A_9", "undeclared column"],
    ]
    assert found["detail"].iloc[0] == "called 'A_3' in version 2019"


def test_a_version_that_is_not_there_is_told():
    with pytest.raises(
        CodebookError, match="no version '2018'; under 'versions' it has 2019, whole"
    ):
        parse_survey(b"id\n1\n", CODEBOOK, source="x", version="2018")


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("columns", {"Q9": "A"}, "'columns' names 'Q9', which is no column"),
        ("scales", {"city": [1, 5]}, "'scales' names 'city', which is no item"),
        ("scales", {"Q1": [5, 1]}, "write the lowest and the highest score"),
        ("scales", {"Q1": [1, 100]}, "item 'Q1': the missing code 98 lies within the scale"),
        ("values", {"Q1": {"a": "b"}}, "which is no category"),
        ("values", {"city": {"a": "b"}}, "into 'b', which is none of today's: n, s"),
        ("columns", {"Q1": "Q2"}, "'Q2' of the file would be read twice"),
        ("absent", ["id"], "'id' cannot be absent"),
        ("renamed", {}, "there is no key 'renamed'"),
    ],
)
def test_a_version_that_leads_nowhere_is_refused(key, value, told):
    with pytest.raises(ValueError, match=told.replace("(", r"\(")):
        Codebook.model_validate(CONTENT | {"versions": {"x": {key: value}}})


ENDS = st.tuples(st.integers(-5, 5), st.integers(1, 100)).map(lambda pair: (pair[0], sum(pair)))


@given(st.lists(st.floats(0, 1), min_size=1), ENDS, ENDS)
def test_equating_keeps_the_place_between_both_ends(places, then, now):
    scores = then[0] + np.array(places) * (then[1] - then[0])
    found = equate(scores, then, now)
    assert ((found >= now[0]) & (found <= now[1])).all()
    expected = now[0] + np.array(places) * (now[1] - now[0])
    # Rounding of sums of numbers up to 105, twice.
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)
    stacked = equate(np.stack([scores, scores[::-1]]), then, now)
    np.testing.assert_array_equal(stacked[1], found[::-1])
