"""PLS, consistent PLS and covariance-based SEM side by side."""

from __future__ import annotations

import numpy as np
import pytest

from csat_models import Moments, PathModel, fit, satisfaction_index
from csat_models.assessment.reconciliation import reconcile
from csat_models.errors import DataError

MODEL = PathModel.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nB ~ A")


def population(corr: float) -> Moments:
    factors = np.array([[1.0, corr], [corr, 1.0]])
    cov = 0.64 * np.kron(factors, np.ones((3, 3))) + 0.36 * np.eye(6)
    return Moments.from_table(items=MODEL.items, mean=[7] * 6, cov=cov, n_obs=300)


@pytest.mark.parametrize("corr", [0.3, 0.6])
def test_factors_agree_on_a_factor_population_and_composites_differ(corr):
    table = reconcile(population(corr), MODEL).set_index(
        ["quantity", "construct", "term", "method"]
    )
    for method in ("plsc", "cbsem"):
        assert table.loc[("path", "B", "A", method), "value"] == pytest.approx(corr, abs=1e-6)
        assert table.loc[("loading", "A", "a2", method), "value"] == pytest.approx(0.8, abs=1e-6)
        assert table.loc[("r_squared", "B", "", method), "value"] == pytest.approx(
            corr**2, abs=1e-6
        )
    # The reliability of three items that load .8 is .842.
    reliability = 3 * 0.64 / (3 * 0.64 + 0.36)
    ours = table.loc[("path", "B", "A", "pls"), "value"]
    assert ours == pytest.approx(corr * reliability, abs=1e-6)
    difference = table.loc[("path", "B", "A", "cbsem"), "difference"]
    assert difference == pytest.approx(corr * (1 - reliability), abs=1e-6)


def test_numbers_are_those_of_each_fit(mobi):
    model = PathModel.parse("Q =~ PERQ1 + PERQ2 + PERQ3\nS =~ CUSA1 + CUSA2 + CUSA3\nS ~ Q")
    table = reconcile(mobi, model)
    assert list(table.columns) == [
        "quantity",
        "construct",
        "term",
        "method",
        "value",
        "difference",
        "status",
        "reason",
    ]
    for method in ("pls", "plsc", "cbsem"):
        estimates = fit(mobi, model, method=method, on_inadmissible="keep")
        own = table[table["method"] == method].set_index(["quantity", "construct", "term"])["value"]
        index = satisfaction_index(estimates).sel(construct="S").item()
        assert own["index", "S", ""] == pytest.approx(index, abs=1e-9)
        assert own["loading", "Q", "PERQ2"] == estimates.loadings.sel(item="PERQ2").item()
    assert table.loc[table["method"] == "pls", "difference"].eq(0).all()


def test_a_method_that_cannot_estimate_the_model_says_why(mobi):
    model = PathModel.parse("Q <~ PERQ1 + PERQ2 + PERQ3\nS =~ CUSA1 + CUSA2 + CUSA3\nS ~ Q")
    table = reconcile(mobi, model)
    blank = table[table["method"] == "cbsem"]
    assert blank["value"].isna().all()
    assert set(blank["status"]) == {"not_estimable"}
    assert blank["reason"].str.startswith("construct 'Q' is a composite").all()
    assert table.loc[table["method"] == "pls", "value"].notna().all()


def test_an_inadmissible_method_keeps_its_numbers_and_is_marked(mobi, ecsi):
    table = reconcile(mobi, ecsi, methods=("pls", "plsc"))
    assert set(table.loc[table["method"] == "plsc", "status"]) == {"inadmissible_construct_corr"}
    assert table["value"].notna().all()


@pytest.mark.parametrize("methods", [(), "pls", ("pls", "x")])
def test_methods_that_are_none_are_told(methods):
    with pytest.raises(DataError, match="is no list of methods; write some of"):
        reconcile(population(0.3), MODEL, methods=methods)


def test_the_scheme_is_that_of_both_pls_methods(mobi, ecsi):
    table = reconcile(mobi, ecsi, methods=("pls", "plsc"), scheme="centroid")
    loadings = table[table["quantity"] == "loading"].set_index(["method", "term"])["value"]
    for method in ("pls", "plsc"):
        found = fit(mobi, ecsi, method=method, scheme="centroid", on_inadmissible="keep").loadings
        items = loadings[method].index
        assert loadings[method].to_numpy() == pytest.approx(found.sel(item=list(items)), abs=1e-12)
    other = reconcile(mobi, ecsi, methods=("pls",))
    assert not np.allclose(other["value"], table.loc[table["method"] == "pls", "value"])
