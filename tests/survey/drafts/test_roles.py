"""Roles are found by names and by labels, and only where the values fit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models.survey.drafts.guessing import guess_columns
from csat_models.survey.drafts.roles import find_roles, label_of, names_groups
from csat_models.survey.formats.table import Table

VALUES = {"ids": ["a", "b", "c"], "numbers": [0.5, 1.5, 1.0], "people": ["甲", "乙", "甲"]}


def labelled(label: str, values: list, **labels: object) -> Table:
    frame = pd.DataFrame({"V1": values, "SAT1": [1.0, 5.0, 10.0]})
    rows = np.arange(len(frame))
    return Table(frame=frame, row_numbers=rows, encoding="", wordings={"V1": label}, **labels)


@pytest.mark.parametrize(
    ("label", "values", "role"),
    [
        ("受访者编号", "ids", "respondent_id"),
        ("问卷编号", "ids", "respondent_id"),
        ("Respondent ID", "ids", "respondent_id"),
        ("Case number", "ids", "respondent_id"),
        ("加权系数", "numbers", "weight"),
        ("Final weight", "numbers", "weight"),
        ("访问员", "people", "interviewer"),
        ("访员编号", "people", "interviewer"),
        ("Interviewer ID", "people", "interviewer"),
        ("访问时长（秒）", "numbers", "duration"),
        ("时长", "numbers", "duration"),
        ("Duration of the interview (seconds)", "numbers", "duration"),
        ("Z9. 访问时长", "numbers", "duration"),
        ("访问方式", "people", "mode"),
        ("对访问员的评价", "numbers", None),
        ("通话时长是否合适", "numbers", None),
        ("体重 weight in kg", "numbers", None),
        ("加权系数", "people", None),
        ("受访者编号", "people", "respondent_id"),
    ],
)
def test_labels_tell_roles(label, values, role):
    assert find_roles(labelled(label, VALUES[values])).get("V1") == role


def test_a_name_comes_before_a_label_and_each_role_once():
    frame = pd.DataFrame({"V1": [1.0, 2.0], "V2": [1.0, 2.0], "weight": [1.0, 2.0]})
    words = {"V1": "加权系数", "V2": "访问时长"}
    table = Table(frame=frame, row_numbers=np.arange(2), encoding="", wordings=words)
    assert find_roles(table) == {"weight": "weight", "V2": "duration"}


def test_a_column_with_labelled_values_is_an_answer():
    table = labelled("访问时长", [1.0, 2.0, 2.0], labels={"V1": {1.0: "短", 2.0: "长"}})
    assert find_roles(table) == {}


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("姓名", "identifier"),
        ("D9. 您的姓名", "identifier"),
        ("联系电话", "identifier"),
        ("手机", "identifier"),
        ("家庭地址", "identifier"),
        ("身份证号码", "identifier"),
        ("E-mail", "identifier"),
        ("Your full name", "identifier"),
        ("手机品牌", "text"),
        ("推荐的店名", "text"),
        ("Name of the shop you visited", "text"),
    ],
)
def test_labels_tell_who_would_be_known(label, kind):
    assert guess_columns(labelled(label, ["x y", "z", "w"]))["V1"].kind == kind


def test_a_score_stays_a_score_whatever_its_label_says():
    assert guess_columns(labelled("Q5. 客户电话", [1.0, 5.0, 10.0]))["V1"].kind == "item"


@pytest.mark.parametrize(
    ("name", "codes", "groups"),
    [
        ("HOTEL", [1, 2, 4], True),
        ("brand", [1, 2, 2], True),
        ("性别", [1, 2, 1], True),
        ("City_Code", [11, 40, 12], True),
        ("GENDER", [1.5, 2, 1], False),
        ("BRAND1", [1, 2, 1], False),
        ("品牌信任", [1, 2, 1], False),
        ("Q1", [1, 2, 1], False),
    ],
)
def test_telling_names_of_codes(name, codes, groups):
    frame = pd.DataFrame({name: [float(code) for code in codes] * 4})
    table = Table(frame=frame, row_numbers=np.arange(len(frame)), encoding="")
    assert names_groups(name, table, frame[name].to_numpy()) is groups
    kind = guess_columns(table)[name].kind
    assert (kind == "category") is groups


def test_the_number_of_a_question_is_no_part_of_its_label():
    assert label_of("V1", labelled("S1. 入住酒店", ["a", "b", "c"])) == "入住酒店"
