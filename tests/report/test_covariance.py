"""The covariance-based model in words, tables and figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models import PathModel
from csat_models.assessment import covariance_fit_table, measurement_invariance, reconcile
from csat_models.errors import DataError
from csat_models.estimation import (
    fit_covariance,
    modification_indices,
    parameter_table,
    release_indices,
)
from csat_models.report import figures, narrative, tables
from csat_models.report.composition import bibliography_keys

LABELS = {
    "zh": {"A": "甲", "B": "乙", "Y": "满意", "a1": "很长的题目"},
    "en": {"A": "Alpha", "B": "Beta", "Y": "Sat", "a1": "A long question"},
}
LANGUAGES = ("zh", "en")
MODEL = PathModel.parse("A =~ a1 + a2 + a3; B =~ b1 + b2 + b3; Y =~ y1 + y2 + y3; Y ~ A + B")
NAMES = MODEL.construct_names


def rows(n: int = 600, *, cross: float = 0.0, shift: float = 0.0, slope: float = 1.0):
    """Answers of two groups; the second differs in a loading and an intercept of B."""
    rng = np.random.default_rng(11)
    a, b = rng.multivariate_normal([0, 0], [[1, 0.4], [0.4, 1]], size=n).T
    y = 0.5 * a + 0.3 * b + 0.6 * rng.normal(size=n)
    second = np.arange(n) % 2 == 1
    columns = {
        f"{name}{k}": score + 0.6 * rng.normal(size=n)
        for name, score in (("a", a), ("b", b), ("y", y))
        for k in (1, 2, 3)
    }
    frame = pd.DataFrame(columns)
    frame["y1"] += cross * a
    frame["b2"] += second * (shift + (slope - 1) * b)
    return frame.assign(group=np.where(second, "two", "one"))


def fitted(**changed: float):
    found = fit_covariance(rows(**changed), MODEL)
    table = covariance_fit_table(found).assign(n_obs=found.n_obs)
    return found, table, parameter_table(found, standard_errors="satorra_bentler")


@pytest.mark.parametrize("language", LANGUAGES)
def test_fit_is_shown_with_threshold_verdict_and_source(language):
    _, table, _ = fitted()
    shown = tables.covariance_fit_table(table, labels=LABELS[language], language=language)
    by = {row[0]: row for row in shown.rows}
    assert by["CFI"][2:] == ("≥ 0.95", {"zh": "达到", "en": "met"}[language])
    assert "[@hu1999]" in shown.note and set(table["reference"]) <= bibliography_keys()
    assert by["SRMR"][2] == "≤ 0.08"
    assert by["χ²"][2:4] == ("", "")
    assert "{" not in shown.caption + shown.note


def test_a_model_that_leaves_something_out_is_told_so():
    _, good, parameters = fitted()
    found, bad, _ = fitted(cross=0.8)
    options = {"labels": LABELS, "language": "en"}
    right = narrative.covariance_fit(good, parameters, **options)
    wrong = narrative.covariance_fit(bad, parameters, **options)
    assert "All of 12 measures with a threshold meet it." in right.texts["en"]
    assert "not fully met: 6 measures" in wrong.texts["en"] and "p of χ²" in wrong.texts["en"]
    assert "未完全达到" in wrong.texts["zh"] and "全部达到" in right.texts["zh"]
    missed = modification_indices(found)
    top = narrative.modifications(missed, constructs=NAMES, **options).texts
    assert "The model misses most Alpha → y1" in top["en"] and "甲 → y1" in top["zh"]
    assert top["en"].endswith("to be tested on other data [@maccallum1992].")
    table = tables.modification_table(
        missed.head(3), labels=LABELS["en"], language="en", constructs=NAMES
    )
    assert table.rows[0][:2] == ("loading", "Alpha → y1")


def test_what_cannot_be_interpreted_is_named():
    _, fit, parameters = fitted()
    options = {"labels": LABELS, "language": "en"}
    plain = narrative.covariance_fit(fit, parameters, **options).texts["en"]
    assert "Heywood" not in plain and "unidentified" not in plain
    beyond = parameters.copy()
    path = (beyond["op"] == "~") & (beyond["rhs"] == "A")
    beyond.loc[path, "standardised"] = -2.45
    told = narrative.covariance_fit(fit, beyond, **options).texts
    assert "1 path (Alpha → Sat: −2.45)" in told["en"] and "nearly unidentified" in told["en"]
    assert "近于不可识别" in told["zh"]
    negative = parameters.copy()
    own = (negative["op"] == "~~") & (negative["lhs"] == "a1") & (negative["rhs"] == "a1")
    negative.loc[own, "estimate"] = -0.2
    told = narrative.covariance_fit(fit, negative, **options).texts
    assert "Heywood" in told["en"] and "A long question" in told["en"]


def test_without_degrees_of_freedom_nothing_is_judged():
    model = PathModel.parse("A =~ a1 + a2 + a3")
    found = fit_covariance(rows(), model)
    table = covariance_fit_table(found).assign(n_obs=found.n_obs)
    told = narrative.covariance_fit(
        table, parameter_table(found), labels=LABELS, language="en"
    ).texts
    assert "no degrees of freedom" in told["en"] and "没有自由度" in told["zh"]
    shown = tables.covariance_fit_table(table, labels={}, language="en")
    assert dict(row[:2] for row in shown.rows)["CFI"] == "no degrees of freedom"


@pytest.mark.parametrize("language", LANGUAGES)
def test_parameters_stand_with_robust_errors(language):
    _, _, parameters = fitted()
    loadings = parameters[parameters["op"] == "=~"].rename(
        columns={"lhs": "construct", "rhs": "item"}
    )
    paths = parameters[parameters["op"] == "~"].rename(columns={"lhs": "target", "rhs": "source"})
    options = {"labels": LABELS[language], "language": language}
    table = tables.covariance_loadings_table(loadings, **options)
    assert table.rows[0][:5] == (LABELS[language]["A"], "a1", "1.000", "–", "–")
    assert len(table.rows) == 9
    table = tables.covariance_paths_table(paths, **options)
    assert table.rows[0][:2] == (LABELS[language]["A"], LABELS[language]["Y"])
    assert table.rows[0][2] == f"{paths['estimate'].iloc[0]:.3f}"


@pytest.mark.parametrize(
    ("changed", "words", "chinese"),
    [
        ({}, "equal loadings and equal intercepts hold", "均得到支持"),
        ({"shift": 1.2}, "equal loadings hold, equal intercepts do not", "截距相等未得到支持"),
        ({"slope": 2.5}, "already equal loadings do not hold", "载荷相等未得到支持"),
    ],
)
def test_invariance_says_what_may_be_compared(changed, words, chinese):
    data = rows(1200, **changed)
    levels = measurement_invariance(
        data, MODEL, group="group", levels=("configural", "metric", "scalar")
    )
    releases = pd.DataFrame()
    if changed:
        level, operator = ("scalar", "~1") if "shift" in changed else ("metric", "=~")
        equal = ("loadings", "intercepts")[: 1 + (level == "scalar")]
        found = fit_covariance(data, MODEL, group="group", equal=equal, mean_structure=True)
        found_by = release_indices(found)
        releases = found_by[found_by["op"] == operator].head(5).assign(level=level)
    told = narrative.measurement_invariance(
        levels, releases, labels=LABELS, language="en", groups="waves", constructs=NAMES
    ).texts
    assert words in told["en"] and chinese in told["zh"]
    assert ("What differs most: " in told["en"]) == bool(changed)
    table = tables.measurement_invariance_table(
        levels, labels=LABELS["en"], language="en", groups="waves"
    )
    assert [row[0] for row in table.rows] == ["structure", "loadings", "intercepts"]
    assert table.rows[0][-1] == "" and ("fails" in table.rows[2][-1]) == ("shift" in changed)
    if changed:
        assert "b2" in told["en"].split("What differs most: ")[1].split(",")[0]
        (shown,) = tables.release_tables(
            releases, labels=LABELS["en"], language="en", constructs=NAMES
        )
        assert "b2" in shown.rows[0][1]


def test_groups_without_a_solution_are_told_so():
    data = rows(600)
    data = data[(data["group"] == "one") | (data.index < 10)]
    levels = measurement_invariance(
        data, MODEL, group="group", levels=("configural", "metric", "scalar")
    )
    assert set(levels["status"]) == {"no_fit"}
    told = narrative.measurement_invariance(
        levels, pd.DataFrame(), labels=LABELS, language="en", groups="brands"
    ).texts
    assert "invariance cannot be tested: the model with equal structure" in told["en"]
    table = tables.measurement_invariance_table(levels, labels={}, language="zh")
    assert table.rows[0][-1] == "无解"


@pytest.mark.parametrize("language", LANGUAGES)
def test_methods_stand_side_by_side(language):
    frame = reconcile(rows(), MODEL)
    options = {"labels": LABELS[language], "language": language}
    table = tables.reconciliation_table(frame, quantity="path", **options)
    mine = frame[(frame["quantity"] == "path") & (frame["term"] == "A")]["value"]
    assert table.rows[0][2:5] == tuple(f"{value:.3f}" for value in mine)
    assert table.header[2:5] == ("PLS", "PLSc", "CB-SEM")
    assert len(tables.reconciliation_table(frame, quantity="loading", **options).rows) == 9
    assert [r[0] for r in tables.reconciliation_table(frame, quantity="r_squared", **options).rows]
    assert len(tables.reconciliation_table(frame, quantity="index", **options).rows) == 3
    figure = figures.plot_paths_by_method(frame, **options)
    assert figure.name == "paths_by_method" and len(figure.svg()) > 1000
    told = narrative.reconciliation(frame, labels=LABELS, language=language).texts
    assert "loadings change by −0.0" in told["en"] and "nearly unidentified" not in told["en"]
    assert "PLSc and CB-SEM, differ by" in told["en"] and "平均相差" in told["zh"]


def test_a_method_without_numbers_leaves_its_column_empty():
    composite = PathModel.parse("A <~ a1 + a2 + a3; Y =~ y1 + y2 + y3; Y ~ A")
    frame = reconcile(rows(), composite)
    told = narrative.reconciliation(frame, labels=LABELS, language="en").texts
    assert "CB-SEM takes every construct as a factor" in told["en"]
    assert "不适用于本模型" in told["zh"]
    table = tables.reconciliation_table(frame, labels={}, language="en")
    assert table.rows[0][4:] == ("–", "–") and table.rows[0][2] != "–"
    assert figures.plot_paths_by_method(frame, labels={}, language="en").drawing.axes


def test_inadmissible_and_unidentified_columns_are_not_interpreted():
    frame = reconcile(rows(), MODEL)
    bad = frame["method"] == "plsc"
    frame.loc[bad, "status"] = "inadmissible_construct_corr"
    told = narrative.reconciliation(frame, labels=LABELS, language="en").texts
    assert "The solution of PLSc is inadmissible" in told["en"] and "不可接受" in told["zh"]
    assert "differ by" not in told["en"]
    wild = (frame["method"] == "cbsem") & (frame["quantity"] == "path")
    frame.loc[wild, "value"] = [3.27, -2.45]
    told = narrative.reconciliation(frame, labels=LABELS, language="en").texts
    assert "reach 3.270 in absolute value: the model is nearly unidentified" in told["en"]


def test_an_empty_frame_is_refused():
    with pytest.raises(DataError, match="no row"):
        tables.modification_table(
            pd.DataFrame(columns=["lhs", "op", "rhs", "modification_index"]),
            labels={},
            language="en",
        )


def test_dimensions_are_called_by_their_labels():
    model = PathModel.parse(
        "H =~ A + B; A =~ a1 + a2 + a3; B =~ b1 + b2 + b3; Y =~ y1 + y2 + y3; Y ~ H"
    )
    frame = reconcile(rows(), model)
    table = tables.reconciliation_table(
        frame, quantity="loading", labels=LABELS["en"], language="en"
    )
    assert [row[1] for row in table.rows[:3]] == ["Alpha", "Beta", "a1"]
