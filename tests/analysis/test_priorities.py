"""Importance-performance maps: equal to cSEM, uncertain in both directions."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from csat_models import Moments, PathModel, bootstrap, catalogue, fit, satisfaction_index
from csat_models.analysis.priorities import (
    QUADRANTS,
    importance,
    item_importance,
    item_performance,
    priority_map,
    quadrant,
)
from csat_models.analysis.scores import index_scores
from csat_models.errors import DataError, ModelError

ORACLE = json.loads(
    (Path(__file__).parents[1] / "oracles/csem_ipma.json").read_text(encoding="utf-8")
)["ipma"]
# Both programs iterate to 1e-13; totals of four products.
TOLERANCE = 1e-9


def bootstrap_of(estimates):
    """Forty copies of the estimates, as draws."""
    moments = estimates.moments
    copies = {
        field: getattr(moments, field).expand_dims(draw=40)
        for field in ("mean", "cov", "n_obs", "weight_sum", "n_effective")
    }
    return fit(replace(moments, **copies), estimates.model)


@pytest.fixture(scope="module")
def estimates(mobi_moments: Moments):
    return fit(mobi_moments, catalogue.ecsi_mobile(), tolerance=1e-13)


def test_construct_importance_is_csems(estimates):
    for target in ("Expectation", "Quality", "Value", "Satisfaction", "Loyalty"):
        found = importance(estimates, target)
        for source, wanted in ORACLE["Construct_Importance"][target].items():
            if source in found["construct"]:
                assert found.sel(construct=source).item() == pytest.approx(wanted, abs=TOLERANCE)
            else:
                assert wanted == 0


def test_item_importance_is_csems(estimates):
    for target in ("Expectation", "Quality", "Satisfaction", "Loyalty"):
        found = item_importance(estimates, target)
        for item, wanted in ORACLE["Indicator_Importance"][target].items():
            if item in found["item"]:
                assert found.sel(item=item).item() == pytest.approx(wanted, abs=TOLERANCE)
            else:
                assert wanted == 0


def test_performances_are_csems_and_weigh_items_unstandardised(estimates):
    """Standardised weights (a known mistake) would give 71.78 for satisfaction, not 72.45."""
    index = satisfaction_index(estimates)
    for construct, wanted in ORACLE["Construct_Performance"].items():
        assert index.sel(construct=construct).item() == pytest.approx(wanted, abs=1e-8)
    items = item_performance(estimates.moments)
    for item, wanted in ORACLE["Indicator_Performance"].items():
        assert items.sel(item=item).item() == pytest.approx(wanted, abs=1e-8)


def test_items_of_a_construct_add_up_to_it(estimates):
    by_item, by_construct = item_importance(estimates, "Loyalty"), importance(estimates, "Loyalty")
    for construct in estimates.model.constructs:
        total = by_item.sel(item=list(construct.items)).sum().item()
        own = construct.name == "Loyalty"
        wanted = 1.0 if own else by_construct.sel(construct=construct.name).item()
        assert total == pytest.approx(wanted, abs=TOLERANCE)


def test_batch_equals_loop(mobi):
    model = catalogue.ecsi_mobile()
    draws = bootstrap(mobi, model, n_boot=5, seed=1)
    for function in (importance, item_importance):
        whole = function(draws, "Loyalty")
        for k in range(5):
            alone = fit(draws.moments.sel(draw=k), model)
            np.testing.assert_allclose(
                np.abs(function(alone, "Loyalty")), np.abs(whole.sel(draw=k)), atol=1e-6
            )


def test_the_quadrants_are_those_of_the_means():
    names = {"construct": list("abcd")}
    effect = xr.DataArray([0.9, 0.8, 0.1, 0.2], names, "construct")
    level = xr.DataArray([40.0, 90.0, 30.0, 80.0], names, "construct")
    found = quadrant(effect, level, over="construct").values
    assert [QUADRANTS[k] for k in found] == list(QUADRANTS)
    given = quadrant(effect, level, over="construct", cuts=(0.0, 0.0)).values
    assert set(given) == {QUADRANTS.index("keep_up")}
    gone = quadrant(effect.where(effect > 0.15), level, over="construct").values
    assert gone.tolist().count(-1) == 1


@pytest.mark.parametrize("members", ["construct", "item"])
def test_shares_of_draws_add_up_and_follow_the_estimates(mobi, members):
    model = catalogue.ecsi_mobile()
    estimates, draws = fit(mobi, model), bootstrap(mobi, model, n_boot=200, seed=1)
    table = priority_map(
        estimates, draws, "Loyalty", members=members, leave_out=["Complaints", "CUSCO"]
    )
    shares = table[[f"p_{name}" for name in QUADRANTS]]
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, atol=1e-12)
    assert not {"Complaints", "CUSCO"} & set(table[members])
    for axis in ("importance", "performance"):
        assert (table[f"{axis}_lower"] <= table[axis]).all()
        assert (table[axis] <= table[f"{axis}_upper"]).all()
    likely = shares.idxmax(axis=1).str.removeprefix("p_")
    sure = shares.max(axis=1) > 0.9
    assert (likely[sure] == table["quadrant"][sure]).all() and sure.any()


def test_importance_is_that_of_regressions_on_the_scores_of_rows(mobi, estimates):
    """Scores from 0 to 100 of every row, regressed; effects along every route, by hand."""
    model, scores = estimates.model, index_scores(estimates, mobi).transpose("row", "construct")
    frame = pd.DataFrame(scores.to_numpy(), columns=scores["construct"].values)
    direct = {}
    for target in model.endogenous:
        sources = list(model.predecessors(target))
        design = np.column_stack([np.ones(len(frame)), frame[sources]])
        slopes = np.linalg.lstsq(design, frame[target], rcond=None)[0][1:]
        direct |= {(source, target): b for source, b in zip(sources, slopes, strict=True)}

    def total(source: str, target: str) -> float:
        steps = [(end, b) for (start, end), b in direct.items() if start == source]
        return sum(b * (1.0 if end == target else total(end, target)) for end, b in steps)

    found = importance(estimates, "Loyalty")
    # The mobile survey has no missing answers, and paths are regressions on the scores.
    for source in found["construct"].values:
        assert found.sel(construct=source).item() == pytest.approx(total(source, "Loyalty"))
    level = satisfaction_index(estimates)
    for name in model.construct_names:
        assert level.sel(construct=name).item() == pytest.approx(frame[name].mean())


def test_intervals_and_shares_are_those_of_the_draws_one_by_one(mobi):
    model = catalogue.ecsi_mobile()
    point, draws = fit(mobi, model), bootstrap(mobi, model, n_boot=60, seed=1)
    table = priority_map(point, draws, "Loyalty").set_index("construct")
    names = list(table.index)
    effects, levels, places = [], [], []
    for k in range(60):
        one = fit(draws.moments.sel(draw=k), model, orientation=point)
        x = importance(one, "Loyalty").sel(construct=names).to_numpy()
        y = satisfaction_index(one).sel(construct=names).to_numpy()
        effects.append(x)
        levels.append(y)
        places.append(2 * (x < x.mean()) + (y >= y.mean()))
    for number, name in enumerate(QUADRANTS):
        share = np.mean([place == number for place in places], axis=0)
        np.testing.assert_allclose(table[f"p_{name}"], share, atol=1e-12)
    for axis, values in (("importance", effects), ("performance", levels)):
        low, high = np.quantile(values, [0.025, 0.975], axis=0)
        # Weights are iterated to 1e-9; performances are of the order of 100.
        np.testing.assert_allclose(table[f"{axis}_lower"], low, atol=1e-5)
        np.testing.assert_allclose(table[f"{axis}_upper"], high, atol=1e-5)


def test_a_stronger_path_is_more_important_and_a_lower_mean_performs_worse():
    model = PathModel.parse("A =~ a\nB =~ b\nS =~ s\nS ~ A + B")

    def map_of(effect: float, mean: float):
        corr = [[1, 0, effect], [0, 1, 0.3], [effect, 0.3, 1]]
        moments = Moments.from_table(items="abs", mean=[mean, 6, 6], cov=corr, n_obs=200)
        found = fit(moments, model)
        return importance(found, "S").sel(construct="A").item(), satisfaction_index(found)

    assert map_of(0.6, 6)[0] > map_of(0.3, 6)[0]
    low, high = (map_of(0.3, mean)[1].sel(construct="A").item() for mean in (4, 8))
    assert low < high


def test_a_construct_without_sources_is_refused(estimates):
    with pytest.raises(ModelError, match="no path leads to 'Image'"):
        importance(estimates, "Image")
    with pytest.raises(ModelError):
        importance(estimates, "Nothing")


def test_a_missing_mean_is_missing_there_and_nowhere_else(mobi_moments):
    model = catalogue.ecsi_mobile()
    whole = fit(mobi_moments, model)
    mean = mobi_moments.mean.where(mobi_moments.mean["item"] != "PERQ1")
    part = fit(replace(mobi_moments, mean=mean), model)
    found, full = satisfaction_index(part), satisfaction_index(whole)
    assert found["construct"][found.isnull()].values.tolist() == ["Quality"]
    known = found.notnull()
    np.testing.assert_allclose(found[known], full[known], rtol=1e-12)  # equal sums
    table = priority_map(part, bootstrap_of(part), "Loyalty").set_index("construct")
    assert table["quadrant"]["Quality"] == ""
    assert table["quadrant"].drop("Quality").isin(QUADRANTS).all()


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"members": "x"}, "members='x' is unknown; write construct or item"),
        ({"cuts": (1,)}, r"cuts=\(1,\) are not two numbers"),
        ({"cuts": (0.3, np.nan)}, "are not two numbers"),
    ],
)
def test_maps_that_cannot_be_drawn_are_told(estimates, choice, sentence):
    with pytest.raises(DataError, match=sentence):
        priority_map(estimates, bootstrap_of(estimates), "Loyalty", **choice)
