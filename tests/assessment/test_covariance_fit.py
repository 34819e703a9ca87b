"""Verdicts on the fit of a covariance-based model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csat_models
from csat_models import Moments, PathModel, compute_moments
from csat_models.assessment.covariance_fit import (
    COLUMNS,
    CUTOFFS,
    REFERENCES,
    REFERENCES_MISSING,
    covariance_fit_table,
)
from csat_models.errors import InadmissibleError
from csat_models.estimation.covariance import (
    covariance_fit_measures,
    fit_covariance,
    robust_fit,
)

SOURCES = {
    *REFERENCES.values(),
    *REFERENCES_MISSING.values(),
    *(cutoff.reference for cutoff in CUTOFFS.values()),
}
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
    assert (incomplete.status == "").all()
    assert incomplete.value.notna().all()
    assert incomplete.set_index("criterion").reference["cfi_robust"] == "zhang2023"
    assert saturated.status["cfi"] == "saturated"
    assert saturated.verdict["cfi"] == ""


@pytest.mark.parametrize(
    ("name", "value", "verdict"),
    [("cfi", 0.95, "pass"), ("cfi", 0.9, "caution"), ("cfi", 0.89, "fail"), ("srmr", 0.11, "fail")],
)
def test_cutoffs(name, value, verdict):
    assert CUTOFFS[name].judge(value) == verdict
    assert CUTOFFS[name].judge(np.nan) == ""


def test_a_heywood_case_is_counted():
    cov = np.full((3, 3), 0.5)
    cov[0, 1] = cov[1, 0] = 0.9
    cov[0, 2] = cov[2, 0] = 0.8
    np.fill_diagonal(cov, 1.0)
    three = PathModel.parse("A =~ a1 + a2 + a3")
    moments = Moments.from_table(items=three.items, mean=[5] * 3, cov=cov, n_obs=100)
    table = covariance_fit_table(fit_covariance(moments, three)).set_index("criterion")
    counted = "negative_variances"
    assert (table.value[counted], table.status[counted]) == (1.0, "improper")
    good = covariance_fit_table(fit_covariance(draw(0.0), MODEL)).set_index("criterion")
    assert (good.value[counted], good.status[counted]) == (0.0, "")


def test_items_that_are_never_answered_together_have_their_status():
    lacking = draw(0.0)
    half = len(lacking) // 2
    lacking.loc[: half - 1, "a1"] = np.nan
    lacking.loc[half:, "a2"] = np.nan
    found = fit_covariance(lacking, MODEL, missing="fiml")
    table = covariance_fit_table(found).set_index("criterion")
    for name in ("gfi", "agfi", "chi_square_scaled", "cfi_robust", "rmsea_robust"):
        assert table.status[name] == "never_together"
        assert table.verdict[name] == ""
    assert np.isfinite(table.value[["chi_square", "cfi", "rmsea", "srmr"]]).all()
    with pytest.raises(InadmissibleError, match="no respondent answered both 'a1' and 'a2'"):
        robust_fit(found, correction="yuan_bentler")


@pytest.mark.parametrize("key", sorted(SOURCES))
def test_every_source_of_the_table_stands_in_the_bibliography(key):
    bibliography = Path(csat_models.__file__).parent / "report" / "template" / "references.bib"
    assert f"{{{key}," in bibliography.read_text(encoding="utf-8")
