"""Texts that a spreadsheet program would take for formulas."""

from __future__ import annotations

import pandas as pd
import pytest

from csat_models.survey.disclosure.privacy import find_formulas, without_formulas


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1+1", "＋1", "－1", "＠a"],
)
def test_formulas_are_defused_and_found(text):
    frame = pd.DataFrame({"city": [text, "Linjiang"], "n": [-1, 2]})
    safe = without_formulas(frame)
    assert safe["city"][0].startswith("'") and "\r" not in safe["city"][0]
    assert safe["city"][1] == "Linjiang" and safe["n"].tolist() == [-1, 2]
    assert find_formulas(frame)[["row", "column"]].values.tolist() == [[1, "city"]]
    assert find_formulas(safe).empty


def test_headers_are_cells_too():
    frame = pd.DataFrame({"=cmd": ["a"]})
    assert without_formulas(frame).columns.tolist() == ["'=cmd"]
    assert find_formulas(frame).values.tolist() == [[0, "=cmd", "=cmd"]]
