"""The ledger: every draw is accounted for, by name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from csat_models import PathModel, bootstrap, fit
from csat_models.errors import DataError
from csat_models.estimation.draws.ledger import construct_agreement, draw_ledger


@pytest.fixture(scope="module")
def model() -> PathModel:
    return PathModel.parse("Q =~ a + b\nS =~ c + d\nS ~ Q")


@pytest.fixture(scope="module")
def survey() -> pd.DataFrame:
    generator = np.random.default_rng(3)
    common = generator.normal(size=(80, 1))
    frame = pd.DataFrame(common + generator.normal(size=(80, 4)), columns=list("abcd"))
    frame["city"] = ["x"] * 40 + ["y"] * 40
    return frame


def test_a_flat_item_is_named_and_does_not_end_the_bootstrap(survey, model):
    """Mistake 10: a zero-variance item in one resample killing the whole bootstrap."""
    rare = survey.assign(b=[1.0] + [0.0] * 39 + list(survey["b"][40:]))
    draws = bootstrap(rare, model, n_boot=300, seed=1, by=["city"])
    ledger = draw_ledger(draws)
    flat = (np.diagonal(draws.moments.cov, axis1=2, axis2=3) == 0).sum(axis=0)
    # The odd answer is left out of a draw with probability (39/40)^40 = .363.
    assert 70 < flat[0].sum() < 150
    np.testing.assert_array_equal(ledger.no_variance, flat)
    assert ledger.no_variance.dims == ("city", "item")
    assert (ledger.drawn - ledger.converged).sel(city="x") == flat[0].sum()
    assert ledger.converged.sel(city="y") == 300
    named = ledger.table().query("what == 'no_variance'")
    assert named[["city", "name", "count"]].values.tolist() == [["x", "b", flat[0].sum()]]


def test_failed_draws_are_not_replaced_by_the_sample(survey, model):
    """Mistake 6: an error in the bootstrap returning the un-bootstrapped model."""
    flat = survey.assign(b=1.0)
    point = fit(survey, model)
    draws = bootstrap(flat, model, n_boot=20, seed=1, point=point, max_failed_share=1.0)
    ledger = draw_ledger(draws)
    assert ledger.converged.item() == ledger.usable.item() == 0
    assert ledger.no_variance.sel(item="b").item() == 20
    assert np.isnan(draws.paths).all()


def test_draws_are_turned_whole_and_counted_by_construct(survey, model):
    """Mistake 3: a construct is turned by its weights, never by the sign of a path."""
    point = fit(survey, model)
    turned = replace(point, weights=point.weights * [-1, -1, 1, 1])
    ledger = draw_ledger(bootstrap(survey, model, n_boot=50, seed=1, point=turned))
    assert ledger.flipped.sel(construct="Q").item() == 50
    assert ledger.flipped.sel(construct="S").item() == 0


def test_unstable_constructs_are_counted_against_the_sample(model):
    """Items of one construct that do not correlate: weights point anywhere."""
    generator = np.random.default_rng(5)
    frame = pd.DataFrame(generator.normal(size=(60, 4)), columns=list("abcd"))
    frame["d"] = frame["c"] + 0.1 * frame["d"]
    point = fit(frame, model)
    draws = bootstrap(frame, model, n_boot=300, seed=2, point=point)
    ledger = draw_ledger(draws, point)
    assert ledger.unstable is not None
    assert 10 < ledger.unstable.sel(construct="Q").item() < 200
    assert ledger.unstable.sel(construct="S").item() == 0
    assert draw_ledger(draws).unstable is None
    by_hand = 0
    for draw in range(300):
        cov = draws.moments.cov.sel(draw=draw).to_numpy()[:2, :2]
        scale = np.sqrt(np.diag(cov))
        w = draws.weights.sel(draw=draw).to_numpy()[:2] / scale
        v = point.weights.to_numpy()[:2] / scale
        by_hand += w @ cov @ v / np.sqrt((w @ cov @ w) * (v @ cov @ v)) < 0.5
    assert ledger.unstable.sel(construct="Q").item() == by_hand


def test_agreement_with_itself_is_one(survey, model):
    corr = survey[list("abcd")].corr().to_numpy()
    weights = np.array([1.0, 2.0, 0.3, 0.1])
    found = construct_agreement(corr, weights, 3 * weights, model.membership)
    np.testing.assert_allclose(found, 1.0, rtol=1e-12)


def test_inadmissible_draws_are_counted_by_rule(survey, model):
    draws = bootstrap(survey, model, n_boot=10, seed=1)
    marks = draws.violation.copy(data=np.array([0, 0, 1, 2, 2, 0, 0, 0, 0, 4], dtype=np.int8))
    ledger = draw_ledger(replace(draws, violation=marks))
    found = ledger.inadmissible.to_series()
    assert found[found > 0].to_dict() == {"reliability": 1, "loading": 2, "construct_corr": 1}
    assert ledger.usable.item() == 6


def test_cells_without_rows_are_no_data(survey, model):
    frame = survey.assign(brand=["ours"] * 40 + ["ours", "rival"] * 20)
    ledger = draw_ledger(bootstrap(frame, model, n_boot=5, seed=1, by=["city", "brand"]))
    assert ledger.no_data.to_series().to_dict() == {
        ("x", "ours"): 0,
        ("x", "rival"): 5,
        ("y", "ours"): 0,
        ("y", "rival"): 0,
    }


def test_every_draw_is_in_one_place_of_the_ledger(survey):
    """Of PLSc with weak items: drawn = missing + inadmissible by a rule + usable, cell by cell."""
    model = PathModel.parse("Q =~ a + b\nS =~ c + d\nS ~ Q")
    generator = np.random.default_rng(8)
    noisy = survey.assign(**{name: survey[name] + generator.normal(size=80) for name in "abcd"})
    draws = bootstrap(
        noisy, model, n_boot=200, seed=1, by=["city"], method="plsc", on_inadmissible="keep"
    )
    ledger = draw_ledger(draws, fit(noisy, model, method="plsc", on_inadmissible="keep"))
    lost = ledger.drawn - ledger.converged
    np.testing.assert_array_equal(
        lost + ledger.inadmissible.sum("rule") + ledger.usable, ledger.drawn
    )
    np.testing.assert_array_equal(ledger.drawn, 200)
    assert (ledger.inadmissible.sel(rule=["reliability", "loading"]).sum() > 0).item()
    table = ledger.table().set_index(["city", "what", "name"])["count"]
    assert table["x", "usable", ""] == ledger.usable.sel(city="x").item()
    for what in ("drawn", "converged", "inadmissible", "usable"):
        assert what in table.index.get_level_values("what")


def test_strata_that_were_merged_are_named(survey, model):
    """A stratum of a single village is drawn with the next, and the ledger says so."""
    areas = ["a"] * 30 + ["b"] * 10 + ["c"] * 40
    villages = ["a1"] * 15 + ["a2"] * 15 + ["b1"] * 10 + ["c1"] * 20 + ["c2"] * 20
    frame = survey.assign(area=areas, village=villages)
    how = {"n_boot": 10, "seed": 1, "clusters": "village"}
    ledger = draw_ledger(bootstrap(frame, model, strata="area", **how))
    assert ledger.merged_strata == ("b, c",)
    whole = draw_ledger(bootstrap(frame[frame["area"] != "b"], model, strata="area", **how))
    assert whole.merged_strata == ()
    reduced = bootstrap(frame, model, strata="area", statistics=["paths"], **how)
    assert reduced.ledger.merged_strata == ("b, c",)


def test_estimates_without_draws_have_no_ledger(survey, model):
    with pytest.raises(DataError, match="no dimension 'draw'"):
        draw_ledger(fit(survey, model))
