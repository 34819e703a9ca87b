"""Constructs are suggested from wordings, as a researcher would, and never from a mere prefix."""

from __future__ import annotations

import pytest

from csat_models.survey.construct_names import chinese_name, suggest_construct


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
        ("Q1. 客房清洁", None),
        ("Q1", None),
    ],
)
def test_wordings_suggest(wording, construct):
    assert suggest_construct("Q", wording) == construct


def test_a_telling_name_comes_before_its_wording():
    assert suggest_construct("SAT", "性价比") == "Satisfaction"
    assert chinese_name("Satisfaction") == "满意度"
