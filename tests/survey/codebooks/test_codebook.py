"""Codebooks: the two that are shipped, and what a wrong one is told."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from pydantic import ValidationError

from csat_models.errors import CodebookError
from csat_models.model import catalogue
from csat_models.survey import Codebook, demonstration

PARAMS = Path(__file__).parents[3] / "params"

GOOD = """
respondent_id: id
weight: w
scale: [1, 10]
missing: {98: {zh: 不知道, en: don't know}}
constructs:
  Quality: {zh: 质量, en: Quality}
items:
  Q1: {construct: Quality, text: {zh: 一, en: one}}
  Q2: {construct: Quality, text: {zh: 二, en: two}, scale: [0, 1], missing: {}}
  Q3: {text: {zh: 三, en: three}, filter: Q2 == 1, reversed: true}
attributes:
  city:
    kind: category
    label: {zh: 城市, en: City}
    labels: {1: {zh: 临江, en: Linjiang}, b: {zh: 安澜, en: Anlan}}
  age: {kind: number, label: {zh: 年龄, en: Age}}
"""


@pytest.fixture
def load(tmp_path):
    def load_text(text: str) -> Codebook:
        path = tmp_path / "codebook.yml"
        path.write_text(text, encoding="utf-8")
        return Codebook.load(path)

    return load_text


def test_demonstration_codebook_describes_the_telecom_model_and_the_files():
    codebook = Codebook.load(PARAMS / "codebook.yml")
    for construct in catalogue.telecom().constructs:
        assert codebook.items_of(construct.name) == construct.items
    assert set(codebook.columns) == set(demonstration.COLUMNS)
    assert len(codebook.attributes["city"].labels) == 11


def test_mobile_codebook_describes_the_ecsi_model():
    codebook = Codebook.load(PARAMS / "codebook_mobi.yml")
    assert tuple(codebook.items) == catalogue.ecsi_mobile().items
    for construct in catalogue.ecsi_mobile().constructs:
        assert codebook.items_of(construct.name) == construct.items


@pytest.mark.parametrize("name", ["codebook.yml", "codebook_mobi.yml"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_name_has_its_own_wording(name, language):
    codebook = Codebook.load(PARAMS / name)
    items = [codebook.items[item].text.in_language(language) for item in codebook.items]
    assert len(set(items)) == len(items)
    assert all(text.strip() for text in codebook.labels(language).values())


def test_defaults_are_handed_down_and_overridden(load):
    codebook = load(GOOD)
    assert codebook.items["Q1"].scale == (1, 10)
    assert list(codebook.items["Q1"].missing) == [98]
    assert codebook.items["Q2"].scale == (0, 1)
    assert not codebook.items["Q2"].missing
    assert codebook.columns == ("id", "city", "age", "w", "Q1", "Q2", "Q3")


def test_labels_cover_items_constructs_attributes_and_values(load):
    labels = load(GOOD).labels("zh")
    assert labels["Q1"] == "一"
    assert labels["Quality"] == "质量"
    assert labels["city"] == "城市"
    assert labels["city:1"] == "临江"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("weight: w", "wieght: w", "no key 'wieght' (did you mean 'weight'?); allowed are items"),
        ("scale: [0, 1]", "scael: [0, 1]", "items.Q2': there is no key 'scael'"),
        ("reversed: true", "reversed: perhaps", "items.Q3.reversed'"),
        ("text: {zh: 一, en: one}", "text: {zh: 一}", "key 'items.Q1.text.en' is missing"),
        ("text: {zh: 一, en: one}", "text: one", "items.Q1.text'"),
        ("scale: [1, 10]", "scale: [10, 1]", "write the lowest and the highest score"),
        ("scale: [1, 10]\n", "", "key 'items.Q1.scale' is missing"),
        ("scale: [1, 10]", "scale: [1, 100]", "the missing code 98 lies within the scale"),
        ("{construct: Quality, text: {zh: 一", "{construct: Qual, text: {zh: 一", "'Qual'"),
        ("filter: Q2 == 1", "filter: Q9 == 1", "names 'Q9'"),
        ("filter: Q2 == 1", "filter: Q3 == 1", "names another item"),
        ("filter: Q2 == 1", "filter: Q2 = 1", "is no comparison"),
        ("filter: Q2 == 1", "filter: city == c", "none of its values: 1, b"),
        ("filter: Q2 == 1", "filter: age == old", "compare it with a number"),
        ("weight: w", "weight: Q1", "the name 'Q1' stands under 'items' and 'weight'"),
        ("kind: number", "kind: numbre", "attributes.age.kind'"),
        ("kind: number", "kind: category", "'labels' lists the values of a category"),
        ("labels: {1:", "labels: {yes:", "put it in quotes"),
        ("  Q1: {construct", "  Q2: {construct", "the key 'Q2' stands twice"),
        ("attributes:", "attributes: [", "line"),
        ("respondent_id: id", "respondent_id: !!python/name:os.system id", "line 2"),
    ],
)
def test_a_wrong_codebook_is_told_in_one_sentence(load, old, new, told):
    assert old in GOOD
    with pytest.raises(CodebookError) as caught:
        load(GOOD.replace(old, new, 1))
    message = str(caught.value)
    assert told in message
    assert "codebook.yml" in message
    assert "\n" not in message


ROLES = """
unit: city
interviewer: who
duration: age
mode: city
competitor: {column: city, ours: '1', theirs: b}
sheet: Answers
pseudonymise: true
"""


def test_roles_name_attributes(load):
    who = "  who: {kind: text, label: {zh: 访员, en: Interviewer}}\n"
    codebook = load(GOOD + who + ROLES)
    assert (codebook.unit, codebook.interviewer, codebook.duration) == ("city", "who", "age")
    assert codebook.competitor is not None and codebook.competitor.theirs == "b"
    assert codebook.columns == load(GOOD + who).columns
    left = codebook.restricted_to(["who", "age"])
    assert (left.unit, left.mode, left.competitor) == (None, None, None)
    assert left.interviewer == "who" and list(left.attributes) == ["age", "who"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("unit: town", "'unit' names 'town', which is no attribute"),
        ("duration: city", "'duration' names 'city', whose kind must be number"),
        ("mode: age", "'mode' names 'age', whose kind must be category or text"),
        ("competitor: {column: age, ours: a, theirs: b}", "which is no category"),
        ("competitor: {column: city, ours: b, theirs: b}", "write two different values"),
        ("competitor: {column: city, ours: b, theirs: c}", "'competitor' has the value 'c'"),
        ("competitor: {column: city, ours: 1, theirs: 3}", "not as labels: 1 (临江), b (安澜)"),
        ("competitor: {column: city, ours: b}", "competitor.theirs' is missing"),
        ("pseudonymise: perhaps", "key 'pseudonymise'"),
    ],
)
def test_roles_that_lead_nowhere_are_told(load, line, told):
    with pytest.raises(CodebookError) as caught:
        load(GOOD + line + "\n")
    assert told in str(caught.value)


def test_scales_have_names_and_missing_codes_meanings(load):
    codebook = load(
        "missing:\n"
        "  98: dont_know\n"
        "  97: {zh: 无, en: none, meaning: not_asked}\n"
        "  -1: {zh: 拒答, en: x}\n"
        "items:\n"
        "  P: {text: {zh: 一, en: one}, scale: percent, missing: {-9: refused}}\n"
        "  Y: {text: {zh: 二, en: two}, scale: yes/no, recode: {2: 0}}\n"
    )
    percent, yes_no = codebook.items["P"], codebook.items["Y"]
    assert (percent.scale, percent.percent) == ((0, 100), True)
    assert percent.missing[-9].zh == "拒绝回答"
    assert (yes_no.scale, yes_no.percent) == ((0, 1), False)
    assert [text.en for text in yes_no.answers.values()] == ["yes", "no"]
    meanings = {code: text.meaning for code, text in yes_no.missing.items()}
    assert meanings == {98: "dont_know", 97: "not_asked", -1: "refused"}


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ("scale: percents", "write the lowest and the highest score, as [1, 10], or 'percent'"),
        ("scale: [1, .inf]", "write the lowest and the highest score"),
        ("scale: [1, 5], missing: {98: unknown}", "'unknown' is none of dont_know, refused"),
        ("scale: [1, 5], missing: {dk: refused}", "the code 'dk' is no number"),
        ("scale: [1, 5], answers: {6: {zh: 好, en: good}}", "'answers' has the score 6"),
        ("scale: [1, 5], recode: {9: 0}", "'recode' has the score 0"),
        ("scale: [1, 5], recode: {9: 5}, missing: {9: refused}", "'missing' and 'recode'"),
    ],
)
def test_wrong_scales_and_codes_are_told(load, item, told):
    with pytest.raises(CodebookError) as caught:
        load(f"items:\n  Q1: {{text: {{zh: 一, en: one}}, {item}}}\n")
    assert told in str(caught.value)


@pytest.mark.parametrize("text", ["", "just words", "- a\n- b\n", "items: {}\n"])
def test_a_file_without_items_is_refused(load, text):
    with pytest.raises(CodebookError):
        load(text)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CodebookError, match=r"none\.yml: .*check the path"):
        Codebook.load(tmp_path / "none.yml")


def test_a_codebook_is_frozen(load):
    codebook = load(GOOD)
    with pytest.raises(ValidationError, match="frozen"):
        codebook.weight = "x"
    with pytest.raises(FrozenInstanceError):
        codebook.items["Q1"].construct = "x"


def test_a_filter_on_a_reversed_item_is_refused(load):
    text = GOOD.replace("Q1: {construct", "Q1: {reversed: true, construct")
    with pytest.raises(CodebookError, match="names the reversed item 'Q1'"):
        load(text.replace("filter: Q2 == 1", "filter: Q1 == 1"))


def test_yaml_anchors_and_merges_are_understood(load):
    codebook = load(
        "scale: &range [1, 10]\n"
        "items:\n"
        "  Q1: &first {text: {zh: 一, en: one}, scale: *range}\n"
        "  Q2: {<<: *first, text: {zh: 二, en: two}}\n"
    )
    assert codebook.items["Q2"].text.en == "two"
    assert codebook.items["Q2"].scale == (1, 10)


def test_codes_of_the_competitor_may_be_whole_numbers(load):
    book = load(GOOD + "competitor: {column: city, ours: 1, theirs: b}\n")
    assert book.competitor is not None and book.competitor.ours == "1"


@pytest.mark.parametrize(("role", "kind"), [("respondent_id", "text"), ("weight", "number")])
def test_a_column_that_is_declared_twice_is_told_which_entry_to_delete(load, role, kind):
    column = {"respondent_id": "id", "weight": "w"}[role]
    entry = f"  {column}: {{kind: {kind}, label: {{zh: 甲, en: a}}}}\n"
    told = f"'{column}' is the '{role}' and stands under 'attributes' too; delete its entry"
    with pytest.raises(CodebookError, match=told):
        load(GOOD + entry)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        # YAML makes a date of it, and there is none.
        ("sheet: 2024-02-30", "holds what cannot be read \\(day is out of range"),
        (f"sheet: {'[' * 5000}", "holds what cannot be read \\(too many levels"),
        (f"sheet: {'1' * 5000}", "holds what cannot be read \\(Exceeds the limit"),
        (f"missing: {{{'9' * 400}: dont_know}}", "is no number; write a number such as 98"),
    ],
)
def test_yaml_that_python_cannot_hold_is_told_in_one_sentence(tmp_path, more, told):
    path = tmp_path / "codebook.yml"
    path.write_text(f"scale: [1, 10]\nitems: {{S1: {{text: {{zh: a, en: b}}}}}}\n{more}\n")
    with pytest.raises(CodebookError, match=told):
        Codebook.load(path)
