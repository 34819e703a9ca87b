"""The model in three tables: every number where a reader looks for it."""

from __future__ import annotations

import pandas as pd
import pytest

from csat_models.errors import DataError
from csat_models.report import tables

LABELS = {"A": "Alpha", "B": "Beta", "C": "Gamma", "a1": "First", "a2": "a2. Second"}
BASIS = tables.Basis(method="pls", scheme="path", n_obs=400, n_effective=400.0, n_boot=2000)
LOADINGS = pd.DataFrame(
    {
        "construct": ["A", "A", "B", "B"],
        "item": ["a1", "a2", "b1", "b2"],
        "estimate": [0.8, 0.9, 0.7, 0.75],
        "lower": [0.7, 0.85, 0.6, 0.65],
        "upper": [0.9, 0.95, 0.8, 0.85],
        "standard_error": [0.05, 0.03, 0.05, 0.05],
    }
)
RELIABILITY = pd.DataFrame(
    [
        {"construct": construct, "statistic": statistic, "estimate": value}
        for construct, values in {"A": (0.7, 0.71, 0.84, 0.73), "B": (0.6, 0.61, 0.7, 0.53)}.items()
        for statistic, value in zip(("alpha", "rho_a", "rho_c", "ave"), values, strict=True)
    ]
)
CORRELATIONS = pd.DataFrame(
    [("A", "A", 0.85), ("B", "A", 0.4), ("B", "B", 0.73)],
    columns=["construct", "construct_2", "estimate"],
)
HTMT = pd.DataFrame({"construct": ["B"], "construct_2": ["A"], "estimate": [0.5], "upper": [0.61]})
PATHS = pd.DataFrame(
    {
        "source": ["A"],
        "target": ["B"],
        "estimate": [0.4],
        "lower": [0.3],
        "upper": [0.5],
        "p_value": [0.0004],
    }
)
R_SQUARED = pd.DataFrame({"construct": ["B"], "estimate": [0.16], "lower": [0.09], "upper": [0.25]})
QUALITY = pd.DataFrame(
    {
        "criterion": ["inner_vif", "effect_size"],
        "construct": ["A", "A"],
        "construct_2": ["B", "B"],
        "value": [1.25, 0.19],
    }
)
OPTIONS = {"labels": LABELS, "language": "en", "basis": BASIS}


def measurement(**changed):
    return tables.measurement_model_table(
        LOADINGS, RELIABILITY, **(OPTIONS | {"constructs": ("A", "B", "C")} | changed)
    )


def structural(**changed):
    return tables.structural_model_table(PATHS, R_SQUARED, QUALITY, **(OPTIONS | changed))


def test_items_stand_under_their_construct_with_loading_interval_and_t():
    rows = [[cell.replace("\xa0", " ").strip() for cell in row] for row in measurement().rows]
    assert rows[0] == ["Alpha", "", "", "0.700", "0.710", "0.840", "0.730"]
    assert rows[1] == ["a1  First", "0.800 [0.700, 0.900]", "16.0", "", "", "", ""]
    assert rows[2][0] == "a2. Second"
    assert [row[0] for row in rows] == ["Alpha", "a1  First", "a2. Second", "Beta", "b1", "b2"]


def test_the_note_names_estimator_respondents_draws_and_single_items():
    note = measurement().note
    assert "PLS, path weighting scheme; 400 respondents; 2,000 bootstrap draws." in note
    assert note.endswith("without a reliability: Gamma.")
    weighted = tables.Basis(
        method="plsc", scheme="centroid", n_obs=400, n_effective=310.4, n_boot=500
    )
    told = measurement(basis=weighted, constructs=("A", "B")).note
    assert "Consistent PLS, centroid" in told and "(effective number 310)" in told
    assert "Gamma" not in told


def test_htmt_stands_below_the_root_of_ave_on_and_the_correlation_above():
    table = tables.discriminant_table(HTMT, CORRELATIONS, constructs=("A", "B"), **OPTIONS)
    assert table.header == ("Construct", "(1)", "(2)")
    assert table.rows == (("(1) Alpha", "0.85", "0.40"), ("(2) Beta", "0.50\n(0.61)", "0.73"))


def test_a_path_stands_under_its_target_with_effect_size_and_collinearity():
    head, path = structural().rows
    assert head == ("Beta", "R² = 0.160 [0.090,\xa00.250]", "", "", "", "–")
    assert path[0].strip("\xa0") == "Alpha →"
    assert path[1:] == ("0.400 [0.300,\xa00.500]", "<0.001", "0.190", "1.25", "")


def test_prediction_shows_the_least_and_the_largest_of_a_constructs_items():
    predicted = pd.DataFrame({"construct": ["B", "B", "A"], "q2_predict_mean": [0.11, -0.02, 0.5]})
    assert structural(predicted=predicted).rows[0][-1] == "−0.02 – 0.11"
    assert structural(predicted=predicted.iloc[:1]).rows[0][-1] == "0.11"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_both_languages_show_the_same_numbers(language):
    shown = [measurement(language=language), structural(language=language)]
    assert [len(table.rows) for table in shown] == [6, 2]
    assert all(len(row) == len(table.header) for table in shown for row in table.rows)


def test_a_frame_without_intervals_is_refused():
    with pytest.raises(DataError, match="standard_error"):
        tables.measurement_model_table(
            LOADINGS.drop(columns="standard_error"), RELIABILITY, **OPTIONS
        )


def items(**changed):
    base = {
        "item": ["a1", "q9"],
        "construct": ["A", ""],
        "low": [1.0, 0.0],
        "high": [10.0, 1.0],
        "reversed": [True, False],
        "filter": ["", "a1 <= 5"],
        "missing_zh": ["99 = 不知道", "99 = 不知道"],
        "missing_en": ["99 = don't know", "99 = don't know"],
        "answers_zh": ["", "1 = 是"],
        "answers_en": ["", "1 = yes"],
    }
    return pd.DataFrame(base | changed)


def test_the_questionnaire_tells_scale_filter_and_codes():
    table = tables.questionnaire_table(items(), labels=LABELS, language="en")
    assert table.rows[0] == ("a1", "First", "Alpha", "1–10: turned round", "–")
    assert table.rows[1] == ("q9", "q9", "–", "0–1: 1 = yes", "a1 <= 5")
    assert table.note.endswith("99 = don't know.")
    other = items(filter=["", ""], missing_en=["99 = don't know", ""])
    shown = tables.questionnaire_table(other, labels=LABELS, language="en")
    assert [row[4] for row in shown.rows] == ["99 = don't know", "–"]
    assert "99" not in shown.note


def test_constructs_are_told_with_their_items_and_predecessors():
    frame = pd.DataFrame(
        {
            "construct": ["A", "B"],
            "mode": ["A", "B"],
            "items": ["a1 a2", "b1"],
            "predecessors": ["", "A"],
        }
    )
    table = tables.constructs_table(frame, labels=LABELS, language="en")
    assert table.rows[0] == ("Alpha", "composite, mode A", "a1, a2", "–")
    assert table.rows[1] == ("Beta", "composite, mode B", "b1", "Alpha")
