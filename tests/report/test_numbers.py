from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csat_models.report import numbers


@given(st.floats(-1e7, 1e7), st.integers(0, 4))
def test_decimal_reads_back_to_within_half_a_last_digit(value: float, digits: int) -> None:
    text = numbers.decimal(value, digits)
    back = float(text.replace(",", "").replace(numbers.MINUS, "-"))
    # half a unit of the last digit, plus the float error of a value up to 1e7
    assert abs(back - value) <= 0.5 * 10**-digits + 1e-8
    assert "-" not in text


@given(st.floats(-100, 100), st.integers(0, 3))
def test_signed_shows_the_sign_of_what_is_shown(value: float, digits: int) -> None:
    text = numbers.signed(value, digits)
    shown = float(text.replace(numbers.MINUS, "-").replace("+", ""))
    assert text.startswith("+") == (shown > 0)
    assert text.startswith(numbers.MINUS) == (shown < 0)


@given(st.floats(-10, 10), st.floats(-10, 10))
def test_an_interval_excludes_zero_exactly_when_both_ends_have_one_sign(a: float, b: float) -> None:
    lower, upper = sorted((a, b))
    assert numbers.excludes_zero(lower, upper) == (not lower <= 0 <= upper)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (numbers.decimal(-2.65, 2), "−2.65"),
        (numbers.decimal(-0.004, 2), "0.00"),
        (numbers.integer(26400), "26,400"),
        (numbers.decimal(math.inf, 1), "–"),
        (numbers.percent(math.nan), "–"),
        (numbers.interval(-1.25, 3.0, 1), "[−1.2, 3.0]"),
        (numbers.interval(0.5, math.nan, 1), "≥ 0.5"),
        (numbers.interval(math.nan, math.nan, 1), "–"),
        (numbers.percent_interval(math.nan, math.nan), "–"),
        (numbers.p_value(0.0009999), "<0.001"),
        (numbers.p_value(0.001), "0.001"),
        (numbers.probability(1.0), ">0.99"),
        (numbers.probability(0.0), "<0.01"),
        (numbers.rank_range(math.nan, math.nan), "–"),
        (numbers.rank_range(10, 11), "10–11"),
        (numbers.level(0.9), "90"),
        (numbers.level(0.29), "29"),
    ],
)
def test_number_as_text(text: str, expected: str) -> None:
    assert text == expected
