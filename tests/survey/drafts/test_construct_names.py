"""Constructs are suggested from wordings, as a researcher would, and never from a mere prefix."""

from __future__ import annotations

import pytest

from csat_models.survey.drafts.construct_names import (
    chinese_name,
    suggest_construct,
    suggest_constructs,
)


@pytest.mark.parametrize(
    ("wording", "construct"),
    [
        ("Q7. 总体满意度", "Satisfaction"),
        ("Q8. 与期望相比", "Satisfaction"),
        ("Q9. 与理想酒店相比", "Satisfaction"),
        ("Compared with your expectations", "Satisfaction"),
        ("对服务质量的期望值", "Expectation"),
        ("预期的服务水平", "Expectation"),
        ("Expectations of quality", "Expectation"),
        ("Q10. 再次入住可能性", "Loyalty"),
        ("推荐给朋友的可能性", "Loyalty"),
        ("继续使用该品牌", "Loyalty"),
        ("Q12. 品牌值得信赖", "Image"),
        ("企业声誉", "Image"),
        ("Q5. 给定质量下的价格", "Value"),
        ("性价比", "Value"),
        ("投诉处理的满意程度", "Complaints"),
        ("Q4. 早餐质量", "Quality"),
        ("Q1. 客房清洁", "Quality"),
        ("对网络覆盖的满意程度", "Quality"),
        ("投诉渠道畅通", "Quality"),
        ("资费水平合理", "Value"),
        ("价格上涨后是否转网", "Loyalty"),
        ("社会责任", "Image"),
        ("品牌形象稳定", "Image"),
        ("总体质量评价", "Quality"),
        ("总体评价", "Satisfaction"),
        ("对整体质量的期望", "Expectation"),
        ("可靠性评价", "Quality"),
        ("价格容忍度", "Loyalty"),
        ("资费透明", "Value"),
        ("Do you have a loyalty card?", None),
        ("How loyal are you to us?", "Loyalty"),
        ("How satisfied are you with the breakfast?", "Quality"),
        ("Overall, how satisfied are you with our staff?", "Satisfaction"),
        ("Friendliness of the staff", "Quality"),
        ("Is it worth its price?", "Value"),
        ("How likely are you to return?", "Loyalty"),
        ("其他", None),
        ("Q1", None),
    ],
)
def test_wordings_suggest(wording, construct):
    assert suggest_construct("Q", wording) == construct


def test_a_telling_name_comes_before_its_wording():
    assert suggest_construct("SAT", "性价比") == "Satisfaction"
    assert chinese_name("Satisfaction") == "满意度"


@pytest.mark.parametrize(
    ("name", "construct"),
    [
        ("CUSA", "Satisfaction"),
        ("PERQ", "Quality"),
        ("PV", "Value"),
        ("Zufriedenheit", "Satisfaction"),
    ],
)
def test_names_of_batteries_suggest(name, construct):
    assert suggest_construct(name, name) == construct


def test_an_item_between_two_of_one_construct_goes_with_them():
    items = {"A1": ("A", "早餐"), "A2": ("A", "枕头"), "A3": ("A", "客房"), "A4": ("A", "其他")}
    found = suggest_constructs(items)
    assert found["A2"] == ("Quality", "the items around it")
    assert found["A3"] == ("Quality", "its name or wording")
    assert "A4" not in found
