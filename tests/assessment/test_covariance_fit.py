"""Verdicts on the fit of a covariance-based model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models import PathModel, compute_moments
from csat_models.assessment.covariance_fit import COLUMNS, CUTOFFS, covariance_fit_table
from csat_models.estimation.covariance import (
    covariance_fit_measures,
    fit_covariance,
    robust_fit,
)

MODEL = PathModel.parse("A =~ a1 + a2 + a3 + a4")


def draw(shared: float) -> pd.DataFrame:
    rng = np.random.default_rng(6)
    values = rng.normal(size=(600, 1)) + 0.7 * rng.normal(size=(600, 4))
    values[:, :2] += shared * rng.normal(size=(600, 1))
    return pd.DataFrame(values, columns=list(MODEL.items))


def test_verdicts_follow_the_truth():
    good, bad = (
        covariance_fit_table(fit_covariance(draw(shared), MODEL)).set_index("criterion")
        for shared in (0.0, 1.2)
    )
    assert list(good.reset_index().columns) == list(COLUMNS)
    for name in ("p_value", "cfi", "rmsea", "rmsea_robust"):
        assert (good.verdict[name], bad.verdict[name]) == ("pass", "fail")


def test_values_are_those_of_the_measures():
    found = fit_covariance(draw(0.4), MODEL)
    table = covariance_fit_table(found).set_index("criterion")
    plain, robust = covariance_fit_measures(found), robust_fit(found)
    assert table.value["rmsea"] == plain.rmsea
    assert (table.lower["rmsea"], table.upper["rmsea"]) == (plain.rmsea_low, plain.rmsea_high)
    assert table.value["chi_square_scaled"] == robust.chi_square
    assert table.value["cfi_robust"] == robust.cfi
    assert set(CUTOFFS) <= set(table.index)


def test_what_cannot_be_said_has_its_status():
    of_moments = covariance_fit_table(fit_covariance(compute_moments(draw(0.0)), MODEL))
    lacking = draw(0.0)
    lacking.loc[:29, "a1"] = np.nan
    incomplete = covariance_fit_table(fit_covariance(lacking, MODEL, missing="fiml"))
    three = PathModel.parse("A =~ a1 + a2 + a3")
    saturated = covariance_fit_table(fit_covariance(draw(0.0), three)).set_index("criterion")
    assert of_moments.set_index("criterion").status["rmsea_robust"] == "needs_rows"
    statuses = incomplete.set_index("criterion").status
    assert (statuses["gfi"], statuses["cfi_robust"]) == ("missing_answers", "missing_answers")
    assert statuses["chi_square_scaled"] == ""
    assert saturated.status["cfi"] == "saturated"
    assert saturated.verdict["cfi"] == ""


@pytest.mark.parametrize(
    ("name", "value", "verdict"),
    [("cfi", 0.95, "pass"), ("cfi", 0.9, "caution"), ("cfi", 0.89, "fail"), ("srmr", 0.11, "fail")],
)
def test_cutoffs(name, value, verdict):
    assert CUTOFFS[name].judge(value) == verdict
    assert CUTOFFS[name].judge(np.nan) == ""
