"""A draft reads its own file as it stands, and says what it guessed."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from csat_models.errors import DataError
from csat_models.survey import Codebook, parse_survey
from csat_models.survey.drafts.agreement import compare
from csat_models.survey.drafts.drafting import draft_codebook
from csat_models.survey.drafts.guessing import guess_columns
from csat_models.survey.formats.table import Table

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def own_key(monkeypatch):
    monkeypatch.setenv("CSAT_ID_KEY", "a key of more than sixteen characters")


def as_csv(**columns: object) -> bytes:
    return pd.DataFrame(columns).to_csv(index=False).encode()


def guess(values: list, name: str = "x", **labels: object):
    frame = pd.DataFrame({name: values})
    table = Table(frame=frame, row_numbers=np.arange(len(frame)), encoding="", **labels)
    return guess_columns(table)[name]


@pytest.mark.parametrize(
    ("values", "scale", "missing"),
    [
        ([1, 5, 3, 4], (1, 5), {}),
        ([1, 7, 3, 4], (1, 7), {}),
        ([1, 10, 98, 99], (1, 10), {98: "dont_know", 99: "refused"}),
        ([0, 10, 3, -99], (0, 10), {-99: "refused"}),
        ([1, 5, 88], (1, 5), {88: "dont_know"}),
        ([0, 1, 1, -1], "yes/no", {-1: "no_answer"}),
        (["yes", "no", "refused"], "yes/no", {98: "refused"}),
        (["是", "否", "是"], "yes/no", {}),
        (["85%", "100%", "不知道"], "percent", {-98: "不知道"}),
        (["7", "8", "9", "10", "Don't know"], (1, 10), {98: "Don't know"}),
    ],
)
def test_scales_and_missing_codes_are_guessed_from_values(values, scale, missing):
    found = guess(values)
    assert (found.kind, found.scale) == ("item", scale)
    if scale != "percent":
        assert found.missing == missing
    else:
        assert list(found.missing.values()) == list(missing.values())


def test_worded_answers_are_put_in_their_order():
    found = guess(["满意", "非常不满意", "一般", "拒答"])
    assert found.scale == (1, 5)
    assert found.answers[1] == "非常不满意" and found.answers[4] == "满意"
    assert list(found.missing.values()) == ["拒答"]


@pytest.mark.parametrize(
    ("name", "values", "kind", "role"),
    [
        ("respondent_id", ["a", "b", "c"], "respondent_id", None),
        ("样本编号", [1, 2, 3], "respondent_id", None),
        ("id", ["a", "a", "a"], "category", None),
        ("weight", [0.5, 1.5, 1.0], "weight", None),
        ("权重", [0.5, 0, 1.0], "number", None),
        ("Duration", [300, 400, 500], "number", "duration"),
        ("访问员", ["甲", "乙", "丙"], "text", "interviewer"),
        ("城市", ["南", "北", "南"], "category", "unit"),
        ("手机号", ["13812345678", "", ""], "identifier", None),
        ("age", [3, 4, 5], "number", None),
        ("spend", [12.5, 40, 100], "number", None),
        ("open", ["good", "too dear", "slow"], "text", None),
        ("group", ["a", "b", "a", "b"], "category", None),
    ],
)
def test_roles_are_guessed_from_names_and_values(name, values, kind, role):
    found = guess(values, name)
    assert (found.kind, found.role) == (kind, role)


def test_labels_of_the_file_decide_between_item_and_category():
    sex = guess([1.0, 2, 1], labels={"x": {1.0: "男", 2.0: "女"}})
    assert (sex.kind, sex.labels) == ("category", {"1": "男", "2": "女"})
    rating = guess([1.0, 2, 9], labels={"x": {1.0: "bad", 4.0: "good", 9.0: "Don't know"}})
    assert (rating.kind, rating.scale) == ("item", (1, 5))
    assert rating.missing == {9: "Don't know"}
    answer = guess([1.0, 2, 1], labels={"x": {1.0: "有", 2.0: "没有"}})
    assert (answer.scale, answer.recode) == ("yes/no", {1: 1, 2: 0})
    declared = guess([1.0, 5, 6], missing={"x": ((6.0, 9.0),)})
    assert (declared.scale, list(declared.missing)) == ((1, 5), [6])


def test_items_of_a_battery_share_the_widest_scale():
    raw = as_csv(id=["a", "b"], SAT1=[1, 4], SAT2=[10, 3], LOY1=[2, 5])
    items = draft_codebook(raw, source="x").codebook.items
    assert items["SAT1"].scale == items["SAT2"].scale == (1, 10)
    assert items["LOY1"].scale == (1, 5)


def test_the_demonstration_is_understood():
    raw = (ROOT / "data" / "raw" / "2024.csv.gz").read_bytes()
    draft = draft_codebook(raw, source="2024.csv.gz")
    known = Codebook.load(ROOT / "params" / "codebook.yml")
    assert "scale: [1, 10]   # guessed; answers from 1 to 10" not in draft.text
    # Nobody gave the lowest score of RECOMMEND, so no program can know it.
    for name, item in (each for each in known.items.items() if each[0] != "RECOMMEND"):
        assert draft.codebook.items[name].scale == item.scale, name
        guessed = {c: m.meaning for c, m in draft.codebook.items[name].missing.items()}
        assert guessed.items() <= {c: m.meaning for c, m in item.missing.items()}.items(), name
    for role in ("respondent_id", "weight"):
        assert getattr(draft.codebook, role) == getattr(known, role)
    assert (draft.codebook.unit, draft.codebook.mode) == ("city", "mode")
    assert list(draft.codebook.attributes["operator"].labels) == ["ours", "rival"]
    assert compare(raw, draft.codebook, source="x").empty


@pytest.fixture
def sav(tmp_path: Path) -> bytes:
    generator = np.random.default_rng(1)
    n_rows = 200
    frame = pd.DataFrame(
        {
            "CaseID": np.arange(n_rows, dtype=float),
            "mobile": [f"139{k:08d}" for k in range(n_rows)],
            "SAT1": generator.choice([1.0, 5, 10, 98, 99], n_rows),
            "COMPL": generator.choice([1.0, 2], n_rows),
            "wt": generator.uniform(0.5, 2, n_rows),
        }
    )
    path = tmp_path / "field.sav"
    pyreadstat.write_sav(
        frame,
        path,
        column_labels=["No.", "Mobile", "总体满意度: 1-10?", "Did you complain?", "Weight"],
        variable_value_labels={
            "SAT1": {1: "很不满意", 10: "很满意", 98: "不知道", 99: "拒答"},
            "COMPL": {1: "Yes", 2: "No"},
        },
        missing_ranges={"SAT1": [{"lo": 98, "hi": 99}]},
    )
    return path.read_bytes()


def test_an_spss_file_gives_a_codebook_that_reads_it(sav, tmp_path):
    draft = draft_codebook(sav, source="field.sav")
    path = tmp_path / "codebook.yml"
    path.write_text(draft.text, encoding="utf-8")
    codebook = Codebook.load(path)
    assert codebook == draft.codebook
    sat = codebook.items["SAT1"]
    assert sat.text.zh == "总体满意度: 1-10?"
    assert sat.answers[10].zh == "很满意"
    assert {code: text.meaning for code, text in sat.missing.items()} == {
        98: "dont_know",
        99: "refused",
    }
    assert codebook.pseudonymise and codebook.attributes["mobile"].kind == "identifier"
    assert "construct: Satisfaction   # guessed from its name or wording" in draft.text
    assert (sat.construct, draft.n_open) == ("Satisfaction", 0)
    assert "en: to be translated" in draft.text
    found = parse_survey(sav, codebook, source="field.sav")
    assert set(found.frame["COMPL"]) == {0, 1}
    assert "mobile" not in found.frame
    assert compare(sav, codebook, source="field.sav").empty


def test_a_file_without_answers_is_told():
    with pytest.raises(DataError, match=r"looks like answers on a scale \(the first are a"):
        draft_codebook(b"a,b\nx,y\nz,w\n", source="x.csv")


CELLS = st.one_of(
    st.integers(-99, 99).map(str),
    st.sampled_from(
        ["", "不知道", "yes", "No", "13812345678", "85%", "1,5", "2024-01-02", "'", "#"]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=5),
)
NAMES = st.one_of(
    st.sampled_from(
        ["id", "weight", "phone", "S1", "城市", "yes", "123", "a b", "x:y", "- z", "'q"]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=5),
)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_any_table_gives_a_draft_that_reads_it_or_one_sentence(data):
    names = data.draw(st.lists(NAMES, min_size=1, max_size=5, unique_by=str.strip))
    rows = data.draw(st.lists(st.tuples(*[CELLS for _ in names]), min_size=1, max_size=5))
    stream = io.StringIO()
    pd.DataFrame(rows, columns=names).assign(SCORE=5).to_csv(stream, index=False)
    raw = stream.getvalue().encode()
    try:
        draft = draft_codebook(raw, source="x.csv")
    except DataError as error:
        assert str(error).startswith("x.csv") and "\n" not in str(error)
        return
    assert Codebook.model_validate(yaml.safe_load(draft.text)) == draft.codebook
    found = compare(raw, draft.codebook, source="x.csv")
    assert not (found["severity"] == "error").any(), found
    assert len(parse_survey(raw, draft.codebook, source="x.csv").frame) == len(rows)


def test_full_scales_of_one_battery_stay_apart():
    raw = as_csv(Q1=[1, 10, 99] * 5, Q2=[1, 2, 3, 4, 5] * 3, Q3=[2, 3, 4, 98, 5] * 3)
    draft = draft_codebook(raw, source="x")
    scales = {name: item.scale for name, item in draft.codebook.items.items()}
    assert scales == {"Q1": (1, 10), "Q2": (1, 5), "Q3": (1, 10)}
    assert "scale: [1, 5]\n" in draft.text
    assert "scale: [1, 10]   # guessed; answers from 2 to 5" in draft.text


def test_codes_of_groups_are_no_items_and_a_prefix_is_no_construct():
    raw = as_csv(HOTEL=[1, 2, 3, 4] * 3, GENDER=[1, 2] * 6, Q1=[1, 5, 10] * 4, Q2=[3, 8, 10] * 4)
    draft = draft_codebook(raw, source="x")
    assert list(draft.codebook.items) == ["Q1", "Q2"]
    assert list(draft.codebook.attributes["HOTEL"].labels) == ["1", "2", "3", "4"]
    assert "{zh: Q, en: Q}" not in draft.text and "# construct: ..." in draft.text
    assert "unit: HOTEL   # guessed from its name" in draft.text
    assert (draft.codebook.unit, draft.n_open) == ("HOTEL", 2)
    assert compare(raw, draft.codebook, source="x").empty


def test_labels_of_an_spss_file_tell_roles_and_persons(tmp_path):
    frame = pd.DataFrame(
        {
            "V1": np.arange(40.0),
            "Q1": [1.0, 5, 9, 10] * 10,
            "V21": [f"王{k}" for k in range(40)],
            "V22": ["访问员01", "访问员02"] * 20,
            "V23": np.arange(300.0, 340),
            "V99": [0.8, 1.2] * 20,
        }
    )
    names = ["受访者编号", "Q1. 客房清洁", "姓名", "访问员", "访问时长（秒）", "加权系数"]
    pyreadstat.write_sav(frame, tmp_path / "x.sav", column_labels=names)
    raw = (tmp_path / "x.sav").read_bytes()
    book = draft_codebook(raw, source="x.sav").codebook
    assert (book.respondent_id, book.weight) == ("V1", "V99")
    assert (book.interviewer, book.duration) == ("V22", "V23")
    found = parse_survey(raw, book, source="x.sav")
    assert "V21" not in found.frame and "王" not in " ".join(found.log)


def test_the_sides_of_a_competition_are_told_by_their_labels():
    sides = {"BRAND": {1.0: "我方", 2.0: "竞争对手"}}
    frame = pd.DataFrame({"BRAND": [1.0, 2.0] * 5, "SAT1": [1.0, 10.0] * 5})
    assert guess([1.0, 2.0] * 5, "BRAND", labels=sides).kind == "category"
    stream = io.BytesIO()
    frame["BRAND"] = frame["BRAND"].map(sides["BRAND"])
    frame.to_parquet(stream)
    competitor = draft_codebook(stream.getvalue(), source="x").codebook.competitor
    assert (competitor.column, competitor.ours, competitor.theirs) == ("BRAND", "我方", "竞争对手")


def test_decimal_commas_and_letters_of_stata_are_understood():
    raw = b"SAT1;SAT2;Gewicht;Mittel\n7;.a;0,75;7,50\n8;9;1,25;8\n"
    book = draft_codebook(raw * 1, source="x").codebook
    assert (book.weight, book.attributes["Mittel"].kind) == ("Gewicht", "number")
    assert [code.meaning for code in book.items["SAT2"].missing.values()] == ["no_answer"]
    found = parse_survey(raw, book, source="x")
    assert found.frame["Gewicht"].tolist() == [0.75, 1.25]
    assert "Gewicht: 2 read with a decimal comma" in found.log


def test_shares_of_a_spreadsheet_are_no_percentages():
    raw = as_csv(percent=[0.85, 1, 0.5] * 4)
    assert draft_codebook(raw, source="x").codebook.items["percent"].scale == (0, 1)


def test_interviewers_are_no_closed_list_and_codes_stand_by_size():
    found = guess([float(k % 12 + 1) for k in range(60)], "INT_NO")
    assert (found.kind, found.role, dict(found.labels)) == ("text", "interviewer", {})
    found = guess(["10", "9", "x", "2"] * 20, "group")
    assert list(found.labels) == ["2", "9", "10", "x"]


def test_a_column_of_brands_is_offered_as_the_competition():
    raw = as_csv(S1=[*range(1, 11)] * 4, operator=["Mine", "Yours", "Others", "Mine"] * 10)
    text = draft_codebook(raw, source="x").text
    assert "# competitor: {column: operator, ours: Mine, theirs: Others}" in text
