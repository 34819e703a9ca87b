from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models.errors import CodebookError
from csat_models.survey.codebooks.routing import apply_filter, parse_filter

FRAME = pd.DataFrame(
    {
        "A": [1.0, 0.0, np.nan, 1.0],
        "area": pd.Categorical(["urban", "rural", "urban", None], ["urban", "rural"], ordered=True),
    }
)


@pytest.mark.parametrize(
    ("text", "asked", "excluded"),
    [
        ("A == 1", [1, 0, 0, 1], [0, 1, 0, 0]),
        ("A != 1", [0, 1, 0, 0], [1, 0, 0, 1]),
        ("A < 1", [0, 1, 0, 0], [1, 0, 0, 1]),
        ("area == urban", [1, 0, 1, 0], [0, 1, 0, 0]),
        ("A == 1 and area == 'urban'", [1, 0, 0, 0], [0, 1, 0, 0]),
    ],
)
def test_unknown_answers_neither_ask_nor_exclude(text, asked, excluded):
    got_asked, got_excluded = apply_filter(text, FRAME)
    assert got_asked.tolist() == [bool(v) for v in asked]
    assert got_excluded.tolist() == [bool(v) for v in excluded]


@pytest.mark.parametrize("text", ["", "A", "A ==", "== 1", "A == 1 and", "A = 1"])
def test_what_is_no_comparison_is_refused(text):
    with pytest.raises(CodebookError, match="is no comparison"):
        parse_filter(text)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        # Codes of administrative divisions have nine digits or more.
        ("town == 110101001", [True, False, False]),
        ("town != 110101001", [False, True, True]),
        ("town == '01'", [False, False, True]),
    ],
)
def test_long_codes_and_codes_with_leading_zeros_are_told_apart(text, asked):
    towns = pd.DataFrame({"town": pd.Categorical(["110101001", "110101002", "01"])})
    assert apply_filter(text, towns)[0].tolist() == asked
