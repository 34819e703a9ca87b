"""The audit: what every criterion of the chapter must have, one criterion after another.

A source, a function that takes any batch, a comparison with another program or a reason why
there is none, a row that follows when the truth changes, and a row with its reason where the
data are too poor for it. A criterion that is added without these fails here.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from csat_models import PathModel, assessment, bootstrap, fit
from csat_models.assessment import assessment_table, plspredict
from csat_models.assessment.chapter.criteria import CRITERIA
from csat_models.estimation import bootstrap_moments, fit_moments
from csat_models.estimation.admissibility import drop_inadmissible

ROOT = Path(__file__).parents[2]
BIBLIOGRAPHY = ROOT / "csat_models" / "report" / "template" / "references.bib"
# The same fits, iterated to 1e-9 in another company.
ITERATED = 1e-6
INFORMATION = ("aic", "aicu", "aicc", "bic", "hq", "hqc", "fpe", "gm", "cp")
ERRORS = [f"{k}_{p}" for k in ("rmse", "mae") for p in ("model", "linear_model", "mean")]
OF_ROWS = "it is of respondents whom the model has not seen, not of estimates"


def of_information(name):
    return lambda each: assessment.information_criteria(each)[name]


def of_fit(name):
    return lambda each: assessment.fit_measures(each)[name]


def of_marker(function):
    return lambda each: function(each, marker="M")


# From estimates of any batch; or why it is not of estimates.
FUNCTIONS = {
    "cronbach_alpha": assessment.cronbach_alpha,
    "rho_a": assessment.rho_a,
    "composite_reliability": assessment.composite_reliability,
    "average_variance_extracted": assessment.average_variance_extracted,
    "indicator_reliability": assessment.indicator_reliability,
    "cross_loading_margin": assessment.cross_loading_margin,
    "fornell_larcker_margin": assessment.fornell_larcker_margin,
    "htmt": assessment.htmt,
    "htmt2": assessment.htmt2,
    "indicator_vif": assessment.indicator_vif,
    "outer_weight": lambda each: each.weights,
    "redundancy": lambda each: assessment.redundancy_analysis(
        each.moments, each, global_items={"Q": "g"}
    ),
    "full_collinearity_vif": assessment.full_collinearity_vif,
    "marker_adjusted_correlation": of_marker(assessment.marker_adjusted),
    "marker_controlled_path": of_marker(assessment.marker_controlled_paths),
    "inner_vif": assessment.inner_vif,
    "r_squared": lambda each: each.r_squared,
    "adjusted_r_squared": assessment.adjusted_r_squared,
    "effect_size": assessment.effect_size,
    "goodness_of_fit": assessment.goodness_of_fit,
    **{name: of_information(name) for name in INFORMATION},
    "admissibility": lambda each: each.admissible,
    "srmr": of_fit("srmr"),
    "d_uls": of_fit("d_uls"),
    "d_g": of_fit("d_g"),
    "exact_fit": "its batch is tested in tests/assessment/test_exact_fit.py",
    "q2_predict_mean": OF_ROWS,
    "q2_predict_linear_model": OF_ROWS,
    **dict.fromkeys(ERRORS, OF_ROWS),
    "predictive_power": OF_ROWS,
    "cvpat_mean": OF_ROWS,
    "cvpat_linear_model": OF_ROWS,
}
# What tells the source, where it is not the function itself.
ROOMS = {
    "exact_fit": assessment.exact_fit_test,
    "cvpat_mean": assessment.cvpat,
    "cvpat_linear_model": assessment.cvpat,
    "outer_weight": assessment.weight_p_values,
    "redundancy": assessment.redundancy_analysis,
    "marker_adjusted_correlation": assessment.marker_adjusted,
    "marker_controlled_path": assessment.marker_controlled_paths,
    "r_squared": assessment.adjusted_r_squared,
    "admissibility": drop_inadmissible,
    **dict.fromkeys(INFORMATION, assessment.information_criteria),
    **dict.fromkeys(("srmr", "d_uls", "d_g"), assessment.fit_measures),
    **dict.fromkeys(
        [name for name, each in FUNCTIONS.items() if each == OF_ROWS][:-2], assessment.plspredict
    ),
}
PLAIN = "no other program prints it by itself; tests/assessment/test_plain_numbers.py does"
# Feature of `make parity`, or why it has none.
PARITY = {
    "cronbach_alpha": "Cronbach's alpha",
    "rho_a": "rho_A",
    "composite_reliability": "rho_C",
    "average_variance_extracted": "AVE",
    "indicator_reliability": "Mode A, path scheme",
    "cross_loading_margin": "Cross loadings",
    "fornell_larcker_margin": "Fornell-Larcker table",
    "htmt": "HTMT",
    "htmt2": "HTMT2",
    "indicator_vif": "VIF of items",
    "outer_weight": "Mode B",
    "redundancy": "Mode B",
    "full_collinearity_vif": PLAIN,
    "marker_adjusted_correlation": "tests/assessment/test_common_method.py, openpls-engine",
    "marker_controlled_path": PLAIN,
    "inner_vif": "VIF of predecessors",
    "r_squared": "Mode A, path scheme",
    "adjusted_r_squared": "Adjusted R2",
    "effect_size": "f2",
    "goodness_of_fit": "GoF",
    **dict.fromkeys(INFORMATION, "Information criteria"),
    "admissibility": "Consistent PLS",
    **dict.fromkeys(("srmr", "d_uls", "d_g"), "SRMR, d_ULS, d_G"),
    "exact_fit": "no other program's draws can be given; tests/assessment/test_plain_numbers.py",
    "q2_predict_mean": "PLSpredict",
    "q2_predict_linear_model": "PLSpredict",
    **dict.fromkeys(ERRORS, "PLSpredict"),
    "predictive_power": "PLSpredict",
    "cvpat_mean": "tests/assessment/prediction/test_cvpat.py, openpls-engine",
    "cvpat_linear_model": "tests/assessment/prediction/test_cvpat.py, openpls-engine",
}
# What is changed in the truth, from and to, and whether the value rises; of which rows.
TRUTH = {
    "cronbach_alpha": ("noise", 0.5, 1.0, "falls"),
    "rho_a": ("noise", 0.5, 1.0, "falls"),
    "composite_reliability": ("noise", 0.5, 1.0, "falls"),
    "average_variance_extracted": ("noise", 0.5, 1.0, "falls"),
    "indicator_reliability": ("noise", 0.5, 1.0, "falls"),
    "cross_loading_margin": ("cross", 0.0, 0.8, "falls", {"item": "a3"}),
    "fornell_larcker_margin": ("path", 0.3, 0.8, "falls", {"construct": "C"}),
    "htmt": ("path", 0.3, 0.8, "rises", {"construct": "A", "construct_2": "B"}),
    "htmt2": ("path", 0.3, 0.8, "rises", {"construct": "A", "construct_2": "B"}),
    "indicator_vif": ("within", 0.1, 0.8, "rises"),
    "outer_weight": ("first", 0.0, 0.8, "rises", {"item": "q1"}),
    "redundancy": ("told", 0.3, 1.5, "falls"),
    "full_collinearity_vif": ("method", 0.0, 1.0, "rises"),
    "marker_adjusted_correlation": ("path", 0.3, 0.8, "rises"),
    "marker_controlled_path": ("path", 0.3, 0.8, "rises"),
    "inner_vif": ("path", 0.3, 0.8, "rises", {"construct": "A", "construct_2": "B"}),
    "r_squared": ("path", 0.3, 0.8, "rises"),
    "adjusted_r_squared": ("path", 0.3, 0.8, "rises"),
    "effect_size": ("path", 0.3, 0.8, "rises", {"construct": "Q", "construct_2": "A"}),
    "goodness_of_fit": ("path", 0.3, 0.8, "rises"),
    **dict.fromkeys(INFORMATION[:7], ("path", 0.3, 0.8, "falls")),
    **dict.fromkeys(INFORMATION[7:], ("left_out", 0.0, 0.6, "rises", {"construct": "S"})),
    **dict.fromkeys(
        ("srmr", "d_uls", "d_g"), ("left_out", 0.0, 0.6, "rises", {"item": "estimated"})
    ),
    "exact_fit": ("left_out", 0.0, 0.6, "rises", {"item": "estimated", "construct": "srmr"}),
    "q2_predict_mean": ("path", 0.3, 0.8, "rises"),
    "q2_predict_linear_model": ("direct", 0.0, 0.6, "falls", {"construct": "C"}),
    "rmse_model": ("path", 0.3, 0.8, "falls", {"construct": "A"}),
    "rmse_linear_model": ("path", 0.3, 0.8, "falls", {"construct": "A"}),
    "rmse_mean": ("spread", 1.0, 1.5, "rises"),
    "mae_model": ("path", 0.3, 0.8, "falls", {"construct": "A"}),
    "mae_linear_model": ("path", 0.3, 0.8, "falls", {"construct": "A"}),
    "mae_mean": ("spread", 1.0, 1.5, "rises"),
    "predictive_power": ("direct", 0.0, 0.6, "falls"),
    "cvpat_mean": ("path", 0.3, 0.8, "rises", {"construct": "overall"}),
    "cvpat_linear_model": ("direct", 0.0, 0.6, "falls", {"construct": "C"}),
}


@pytest.fixture(scope="module")
def chapter_of(customers, customers_model):
    @cache
    def chapter(knob: str, value: float):
        rows = customers(**{knob: value})
        point = fit(rows, customers_model)
        draws = None
        if knob == "left_out":
            draws = bootstrap(rows, customers_model, n_boot=99, seed=1, point=point)
        prediction = plspredict(point, rows, repetitions=1, seed=1)
        how = {"marker": "M", "global_items": {"Q": "g"}}
        return assessment_table(point, draws, data=rows, prediction=prediction, **how)

    return chapter


def mean_of(table, name, labels):
    rows = table[table["criterion"] == name]
    for column, label in labels.items():
        rows = rows[rows[column] == label]
    assert len(rows)
    return rows["value"].mean()


@pytest.mark.parametrize("name", sorted(set(CRITERIA) - {"admissibility"}))
def test_another_truth_is_another_answer(name, chapter_of):
    knob, before, after, wanted, *labels = TRUTH[name]
    values = [mean_of(chapter_of(knob, v), name, *(labels or [{}])) for v in (before, after)]
    rises = values[1] > values[0]
    assert rises == (wanted == "rises")
    # More than the sampling error of a correlation of 240 respondents would do.
    assert abs(values[1] - values[0]) > 0.05 * abs(values[0])


def test_another_truth_is_another_verdict_of_the_exact_fit_test(chapter_of):
    p = [
        chapter_of("left_out", value).query("criterion == 'exact_fit' and item == 'estimated'")
        for value in (0.0, 0.6)
    ]
    assert (p[0]["verdict"] == "pass").all() and (p[0]["p_value"] > 0.05).all()
    assert (p[1]["verdict"] == "fail").all() and (p[1]["p_value"] < 0.05).all()


def test_another_truth_is_another_verdict_of_admissibility(heywood, customers, customers_model):
    model, moments = heywood
    poor = fit(moments, model, method="plsc", on_inadmissible="keep")
    good = fit(customers(), customers_model, method="plsc")
    verdicts = [
        assessment_table(each).set_index("criterion").at["admissibility", "verdict"]
        for each in (good, poor)
    ]
    assert verdicts == ["pass", "fail"]


@pytest.mark.parametrize("name", sorted(CRITERIA))
def test_the_source_is_in_the_bibliography_and_in_the_room(name):
    assert f"{{{CRITERIA[name].reference}," in BIBLIOGRAPHY.read_text(encoding="utf-8")
    function = ROOMS.get(name) or FUNCTIONS[name]
    told = [function.__doc__, sys.modules[function.__module__].__doc__]
    assert any("References" in (text or "") for text in told)


@pytest.mark.parametrize("name", sorted(CRITERIA))
def test_it_is_compared_with_another_program_or_said_why_not(name, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    from benchmarks.parity.entries import FEATURES

    wanted = PARITY[name]
    mentioned = [word for word in wanted.split() if word.startswith("tests/")]
    assert wanted in FEATURES or mentioned
    assert all((ROOT / word.rstrip(",;")).exists() for word in mentioned)


@pytest.mark.parametrize("name", sorted(n for n in CRITERIA if callable(FUNCTIONS[n])))
def test_a_batch_equals_a_loop(name, customers, customers_model):
    rows = customers()
    point = fit(rows, customers_model)
    wide = bootstrap_moments(rows, n_boot=3, seed=2, items=[*customers_model.items, "g"])
    settings = point.settings

    def criterion(moments):
        few = moments.select(customers_model.items)
        found = fit_moments(few, customers_model, settings, orientation=point)
        if name == "redundancy":
            return assessment.redundancy_analysis(moments, found, global_items={"Q": "g"})
        return FUNCTIONS[name](found)

    whole = criterion(wide)
    assert whole.dims[0] == "draw"
    for k in range(3):
        np.testing.assert_allclose(whole.sel(draw=k), criterion(wide.sel(draw=k)), atol=ITERATED)


POOR = {
    "two items": "Q =~ q1 + q2\nA =~ a1 + a2\nB =~ b1 + b2\nA ~ Q\nB ~ A",
    "single items": "Q =~ q1\nA =~ a1\nB =~ b1\nA ~ Q\nB ~ A",
    "formative only": "Q <~ q1 + q2 + q3\nA <~ a1 + a2 + a3\nA ~ Q",
    "one construct": "Q =~ q1 + q2 + q3",
}


@pytest.mark.parametrize("text", POOR.values(), ids=POOR.keys())
@pytest.mark.parametrize("method", ["pls", "plsc"])
def test_poor_models_have_the_whole_chapter(text, method, customers):
    rows, model = customers(), PathModel.parse(text)
    point = fit(rows, model, method=method, on_inadmissible="keep")
    draws = bootstrap(rows, model, n_boot=40, seed=1, point=point)
    require_whole(assessment_table(point, draws, data=rows))


def test_fewer_rows_than_items_have_the_whole_chapter(customers, customers_model):
    rows = customers(n=12)
    point = fit(rows, customers_model)
    draws = bootstrap(rows, customers_model, n_boot=60, seed=1, point=point, max_failed_share=1.0)
    table = require_whole(assessment_table(point, draws, data=rows, marker="M"))
    status = table.groupby("criterion")["status"].agg(set)
    assert status["exact_fit"] == {"not_positive_definite"}
    assert status["d_g"] == {"not_positive_definite"}
    known = table.set_index("criterion").loc[["cronbach_alpha", "htmt", "q2_predict_mean"], "value"]
    assert known.notna().any()


def test_implied_correlations_that_nobody_has_leave_the_chapter_whole(heywood, draw_rows):
    model, moments = heywood
    rows = draw_rows(moments, 120, seed=1)
    point = fit(rows, model, method="plsc", on_inadmissible="keep")
    draws = bootstrap(rows, model, n_boot=60, seed=1, point=point, max_failed_share=1.0)
    table = require_whole(assessment_table(point, draws, data=rows))
    assert table.set_index("criterion").at["admissibility", "verdict"] == "fail"
    assert table.query("criterion == 'q2_predict_mean'")["value"].notna().all()


def require_whole(table):
    """Every criterion is there, and every blank says why."""
    assert set(table["criterion"]) == set(CRITERIA)
    blank = table["value"].isna()
    assert (table.loc[blank, "status"] != "").all()
    assert (table.loc[blank, "verdict"] == "").all()
    return table
