"""Personal data in open answers: found in all their dresses, and nothing else taken."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csat_models.errors import DataError
from csat_models.survey.disclosure.open_answers import (
    is_card_number,
    is_id_number,
    strip_identifiers,
    without_identifiers,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("回电13800000000", "回电[mobile]"),
        ("我的电话是１３８００００００００。", "我的电话是[mobile]。"),
        ("+86 138 0000 0000", "[mobile]"),
        ("86-13800000000谢谢", "[mobile]谢谢"),
        ("0086 199-1234-5678", "[mobile]"),
        ("13800000000和13900000000", "[mobile]和[mobile]"),
        ("010-62345678转123", "[landline]"),
        ("(0755)2345 6789", "[landline]"),
        ("+86-10-62345678", "[landline]"),
        ("＋86-10-62345678。", "[landline]。"),
        ("0086 (0)755 2345 6789", "[landline]"),
        ("86-10-62345678", "[landline]"),
        ("86 010-62345678", "[landline]"),
        ("写信到wang.li@example.com.cn", "写信到[email]"),
        ("身份证11010519491231002X", "身份证[id_number]"),
        ("身份证 110105 19491231 002x", "身份证 [id_number]"),
        ("旧证110105491231002", "旧证[id_number]"),
        ("卡号4111-1111-1111-1111", "卡号[bank_card]"),
        ("QQ：12345678 谢谢", "QQ：[account] 谢谢"),
        ("qq号是 123 456 789", "qq号是 [account]"),
        ("加微信wangli_88", "加微信[account]"),
        ("加v信 abc_12345", "加v信 [account]"),
        ("vx13800000000", "vx[account]"),
    ],
)
def test_personal_data_are_taken_out(text, expected):
    assert without_identifiers(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "打10086投诉没有用",
        "拨打400-800-1234",
        "工单861062345678",
        "流量20GB，每月128元，2023年11月",
        "微信很好用，微信支付 12345元不到账",
        "QQ音乐会员",
        "支付宝付款不方便",
        "订单号2024112298765432101",
        "身份证号110105194912310021写错了",
        "卡号4111111111111112",
        "速度100Mbps，延迟20ms",
        "",
    ],
)
def test_everything_else_stays(text):
    assert without_identifiers(text) == text


def test_a_column_is_counted_by_kind_and_keeps_its_gaps():
    answers = pd.Series(["电话13800000000", None, "很好", "a@b.cn 或 13900000000"], dtype="str")
    stripped, counts = strip_identifiers(answers)
    assert stripped[3] == "[email] 或 [mobile]" and pd.isna(stripped[1])
    table = counts.set_index("kind")["n_answers"].to_dict()
    assert table["mobile"] == 2 and table["email"] == 1 and table["landline"] == 0


@settings(max_examples=200, deadline=None)
@given(
    number=st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    before=st.text("电话：回请很好 ，", max_size=6),
    after=st.text("谢谢。好的 ，", max_size=6),
    gap=st.sampled_from(["", " ", "-"]),
)
def test_no_mobile_number_survives(number, before, after, gap):
    written = gap.join([number[:3], number[3:7], number[7:]])
    stripped = without_identifiers(f"{before}{written}{after}")
    assert stripped == f"{before}[mobile]{after}"


@settings(max_examples=100, deadline=None)
@given(
    digits=st.from_regex(
        r"[1-6][0-9]{5}19[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])[0-9]{3}", fullmatch=True
    )
)
def test_exactly_one_check_character_makes_an_identity_number(digits):
    right = [last for last in "0123456789X" if is_id_number(digits + last)]
    assert len(right) == 1
    assert without_identifiers(f"证件{digits}{right[0]}。") == "证件[id_number]。"


@settings(max_examples=100, deadline=None)
@given(digits=st.from_regex(r"62[0-9]{13,16}", fullmatch=True))
def test_exactly_one_check_digit_makes_a_card(digits):
    assert sum(is_card_number(digits + last) for last in "0123456789") == 1


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=60))
def test_stripping_twice_changes_nothing_more(text):
    once = without_identifiers(text)
    assert without_identifiers(once) == once


def test_answers_that_are_no_text_are_told():
    with pytest.raises(DataError, match="the open answer in row 3 is 5, which is no text"):
        strip_identifiers(pd.Series(["a", None, 5], dtype=object))
    with pytest.raises(DataError, match="open answers are a list"):
        strip_identifiers(["a"])


@pytest.mark.parametrize(
    "number", ["138—1234—5678", "138–1234–5678", "138\u200b1234\u200b5678", "010—8888—8888"]
)
def test_dashes_and_blanks_without_width_part_digits_too(number):
    kind = "landline" if number.startswith("0") else "mobile"
    assert without_identifiers(f"请回电{number}——谢谢") == f"请回电[{kind}]——谢谢"
