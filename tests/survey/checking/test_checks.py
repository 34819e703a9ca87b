"""Every violation at once: which, where, and how severe."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from csat_models.errors import CodebookError, DataError
from csat_models.survey import Codebook, parse_survey
from csat_models.survey.checking.checks import (
    SEVERITY,
    CheckRules,
    check_table,
    require_no_errors,
    summarise_violations,
)


def text(name: str) -> dict[str, str]:
    return {"zh": name, "en": name}


CODEBOOK = Codebook.model_validate(
    {
        "respondent_id": "id",
        "weight": "w",
        "scale": [1, 10],
        "missing": {98: text("don't know")},
        "items": {
            "S1": {"text": text("S1")},
            "TROUBLE": {"text": text("T"), "scale": [0, 1]},
            "HELP": {"text": text("H"), "filter": "TROUBLE == 1"},
        },
        "attributes": {
            "city": {
                "kind": "category",
                "label": text("city"),
                "labels": {"1": text("one"), "2": text("two")},
            },
            "age": {"kind": "number", "label": text("age")},
            "tenure": {"kind": "number", "label": text("tenure")},
        },
    }
)
GOOD = pd.DataFrame(
    {
        "id": ["a", "b", "c"],
        "w": [1.0, 0.5, 1.5],
        "city": ["1", "2", "1"],
        "age": [30, 40, 50],
        "tenure": [3, 4, 5],
        "S1": [7, 98, 9],
        "TROUBLE": [0, 1, 98],
        "HELP": [np.nan, 5, np.nan],
    }
)
RULES = CheckRules(codebook=CODEBOOK, impossible={"too long": "tenure > age - 12"})


def change(**cells: tuple[int, object]) -> pd.DataFrame:
    frame = GOOD.astype(object)
    for column, (row, value) in cells.items():
        frame.loc[row, column] = value
    return frame


def test_a_table_that_fits_has_no_violations():
    found = check_table(GOOD, RULES)
    assert found.empty
    assert found.columns.tolist() == [
        "file",
        "row",
        "column",
        "value",
        "rule",
        "severity",
        "message",
    ]
    require_no_errors(found)


@pytest.mark.parametrize(
    ("column", "row", "value", "rule", "severity"),
    [
        ("S1", 1, 11, "scale", "error"),
        ("S1", 1, -1, "scale", "error"),
        ("S1", 1, 5.5, "whole", "warning"),
        ("S1", 1, "seven", "number", "error"),
        ("age", 2, "old", "number", "error"),
        ("city", 0, "3", "label", "error"),
        ("HELP", 0, 4, "filter", "error"),
        ("id", 0, None, "identifier", "error"),
        ("w", 2, 0, "weight", "error"),
        ("w", 2, np.inf, "weight", "error"),
        ("tenure", 1, 39, "impossible:too long", "warning"),
    ],
)
def test_each_rule_is_found_with_row_and_value(column, row, value, rule, severity):
    found = check_table(change(**{column: (row, value)}), RULES, source="x.csv")
    assert len(found) == 1
    facts = found.iloc[0]
    assert facts[["file", "row", "column", "rule", "severity"]].tolist() == [
        "x.csv",
        row + 1,
        column,
        rule,
        severity,
    ]
    assert facts["value"] == (
        "" if value is None else f"{value:g}" if value in (0,) else str(value)
    )


def test_all_violations_come_at_once_in_the_order_of_rows():
    frame = change(S1=(2, 12), city=(0, "9"), w=(1, -1), HELP=(0, 3), id=(2, "a"))
    found = check_table(frame.drop(columns="age"), RULES, row_numbers=np.array([2, 3, 5]))
    assert found[["row", "column", "rule"]].astype(object).where(
        found["row"].notna(), None
    ).values.tolist()[1:] == [
        [2, "id", "unique"],
        [2, "city", "label"],
        [2, "HELP", "filter"],
        [3, "w", "weight"],
        [5, "id", "unique"],
        [5, "S1", "scale"],
    ]
    assert found.iloc[0][["column", "rule", "value"]].tolist() == ["age", "column", ""]
    assert pd.isna(found.loc[0, "row"])
    counts = summarise_violations(found)
    assert counts.iloc[0][["rule", "column", "n_rows"]].tolist() == ["unique", "id", 2]


def test_severity_is_declared():
    frame = change(S1=(1, 11), tenure=(0, 29))
    lenient = replace(RULES, severity={"scale": "warning", "impossible:too long": "error"})
    found = check_table(frame, lenient).set_index("rule")["severity"]
    assert found.to_dict() == {"scale": "warning", "impossible:too long": "error"}
    with pytest.raises(
        DataError, match="1 errors, the first, row 2: column 'S1' is '11', but the scale"
    ):
        require_no_errors(check_table(frame, RULES))
    with pytest.raises(DataError, match="no rule 'range' to be an error"):
        replace(RULES, severity={"range": "error"})
    with pytest.raises(CodebookError, match="names no column"):
        CheckRules(codebook=CODEBOOK, impossible={"x": "years > 3"})


def test_responses_know_file_and_lines():
    raw = b"id,w,city,age,tenure,S1,TROUBLE,HELP\na,1,1,30,25,7,0,\nb,1,2,40,4,8,1,98\n"
    responses = parse_survey(raw, CODEBOOK, source="wave.csv")
    found = check_table(responses, RULES)
    assert found[["file", "row", "rule"]].values.tolist() == [
        ["wave.csv", 2, "impossible:too long"]
    ]


def test_a_missing_code_is_no_number_in_a_condition():
    rules = CheckRules(codebook=CODEBOOK, impossible={"high": "S1 > 9"})
    assert check_table(GOOD, rules).empty
    assert len(check_table(change(S1=(0, 10)), rules)) == 1


def test_every_rule_has_a_severity():
    assert set(SEVERITY.values()) == {"error", "warning"}
    assert all(RULES.severity_of(rule) == SEVERITY[rule] for rule in SEVERITY)


def test_an_empty_table_has_no_violations_but_missing_columns():
    assert check_table(GOOD.iloc[:0], RULES).empty
    found = check_table(pd.DataFrame(), RULES)
    assert found["rule"].eq("column").all() and len(found) == len(CODEBOOK.columns)


def test_long_codes_of_a_workbook_are_values_of_their_category():
    label = text("town")
    town = {"kind": "category", "label": label, "labels": {"110101001": label, "110101002": label}}
    book = Codebook.model_validate(
        {"scale": [1, 10], "items": {"S1": {"text": text("S1")}}, "attributes": {"town": town}}
    )
    rows = pd.DataFrame({"S1": [1.0, 2.0], "town": [110101001.0, 110101003.0]})
    assert check_table(rows, CheckRules(codebook=book))["row"].tolist() == [2]
