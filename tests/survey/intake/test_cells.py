"""Numbers in cells of text: decimal commas, Stata's letters; no score changes in silence."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csat_models.errors import CodebookError, DataError
from csat_models.survey import Codebook, parse_survey
from csat_models.survey.formats.extended import EXTENDED, write_code
from csat_models.survey.intake.cells import has_decimal_commas, parse_number
from csat_models.survey.intake.reading import find_columns


def book(scale: str | tuple[float, float] = (0, 10), **more: object) -> Codebook:
    item = {
        "text": {"zh": "一", "en": "one"},
        "scale": list(scale) if scale != "percent" else scale,
    }
    return Codebook.model_validate({"items": {"S1": item}, **more})


def scores(text: str, codebook: Codebook) -> list[float]:
    return parse_survey(text.encode(), codebook, source="x").frame["S1"].tolist()


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["7,5", "8"], True),
        (["0,875"], True),
        (["1,25", "1,250"], True),
        (["1,250"], False),
        (["7,5", "8.5"], False),
        (["７，５"], True),
        (["7", "8"], False),
        (["good, but dear"], False),
    ],
)
def test_a_comma_stands_before_decimals_only_where_it_must(cells, expected):
    assert has_decimal_commas(cells, ";", None) is expected
    assert has_decimal_commas(cells, ",", None) is False
    assert has_decimal_commas(cells, ";", ".") is False
    assert has_decimal_commas(cells, ",", ",") is True


@given(st.lists(st.decimals(0, 10, places=2), min_size=1, max_size=8))
def test_the_same_scores_come_from_either_mark(numbers):
    text = "\n".join(["S1;x", *(f"{number};a" for number in numbers), ""])
    expected = [float(number) for number in numbers]
    assert scores(text, book()) == expected
    assert scores(text.replace(".", ","), book(decimal=",")) == expected
    assert scores(text.replace(".", ","), book()) == expected


def test_a_declared_comma_holds_for_every_column():
    """1.234 is a thousand and more to whoever declares the comma, and not 1.234."""
    codebook = book(decimal=",")
    assert scores('S1,x\n"1,250",a\n8,b\n', codebook) == [1.25, 8]
    with pytest.raises(DataError, match="write decimal commas, as the codebook declares"):
        scores("S1;x\n1.234;a\n", codebook)
    with pytest.raises(DataError, match=r"'7,5' .*write 'decimal"):
        scores("S1;x\n7,5;a\n", book(decimal="."))


@pytest.mark.parametrize("text", ["S1;x\n1,250;a\n", "S1;x\n7,5;a\n7.5;b\n", 'S1,x\n"7,5",a\n'])
def test_what_can_be_meant_in_two_ways_is_asked(text):
    with pytest.raises(DataError, match='decimal: ","\' into the codebook'):
        scores(text, book())


def test_shares_are_asked_for_on_a_percent_scale():
    for text in ("S1;x\n0.85;a\n1;b\n", "S1;x\n1;a\n0;b\n"):
        with pytest.raises(DataError, match=r"write the scale as \[0, 1\] in the codebook"):
            scores(text, book("percent"))
        assert max(scores(text, book((0, 1)))) == 1
        assert max(scores(text, book((0, 100)))) == 1
    assert scores("S1;x\n85%;a\n1%;b\n", book("percent")) == [85, 1]


def test_letters_are_the_numbers_that_stata_stores():
    """From the documentation of the format: .a is +1.001p+3ff, in hexadecimal, .z +1.01ap+3ff."""
    assert EXTENDED[".a"].hex() == "0x1.0010000000000p+1023"
    assert EXTENDED[".z"].hex() == "0x1.01a0000000000p+1023"
    frame = pd.DataFrame({"S1": [1.0]})
    stream = io.BytesIO()
    frame.to_stata(stream, write_index=False)
    assert pd.io.stata.StataMissingValue(EXTENDED[".b"]).string == ".b"
    assert [write_code(EXTENDED[f".{letter}"]) for letter in "az"] == [".a", ".z"]


def test_letters_in_text_are_codes_only_where_declared():
    declared = book(missing={".a": "refused"})
    found = parse_survey(b"S1,x\n7,1\n.a,2\n", declared, source="x")
    np.testing.assert_array_equal(found.frame["S1"], [7, np.nan])
    assert "S1: 1 refused (.a)" in found.log
    with pytest.raises(DataError, match=r"'\.b' "):
        scores("S1,x\n7,1\n.b,2\n", declared)
    assert parse_number(".a") is None


def test_a_code_that_is_no_number_and_no_letter_is_refused(tmp_path):
    path = tmp_path / "codebook.yml"
    path.write_text("scale: [1, 5]\nmissing: {.aa: refused}\nitems: {}\n", encoding="utf-8")
    with pytest.raises(CodebookError, match=r"the code '\.aa' is no number"):
        Codebook.load(path)


def test_a_weight_that_the_file_declares_missing_is_no_weight(tmp_path):
    import pyreadstat

    path = tmp_path / "x.sav"
    frame = pd.DataFrame({"S1": [7.0, 8.0], "wt": [1.0, 99.0]})
    pyreadstat.write_sav(frame, path, missing_ranges={"wt": [{"lo": 99, "hi": 99}]})
    with pytest.raises(
        DataError, match=r"'wt' has values that are no positive weights: 99 \(row 2\)"
    ):
        parse_survey(path.read_bytes(), book(weight="wt"), source="x.sav")


def test_a_table_keeps_text_where_the_comma_is_declared():
    table = find_columns(b"S1;x\n1.5;2\n", book(decimal=","), source="x")
    assert table.frame["S1"].tolist() == ["1.5"]


def test_a_number_with_a_footnote_is_none_but_a_circled_one_is():
    assert parse_number("8²") is None and parse_number("1⑤") is None
    assert parse_number("⑤") == 5 and parse_number(" ⑩ ") == 10
