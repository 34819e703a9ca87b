"""Replicate weights of a file, and the draws made of them, against R's survey package."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models import compute_weights, replicate_weights
from csat_models.errors import DataError
from csat_models.survey import Codebook, parse_survey
from csat_models.survey.weighting.drawn_weights import MixedWeights, RakedWeights
from csat_models.survey.weighting.replicate_columns import (
    matching_columns,
    read_replicates,
    replicate_scale,
)
from csat_models.survey.weighting.replicates import Calibration

METHODS = ("JK1", "JKn", "BRR", "Fay", "bootstrap")
MARGINS = {"sex": {"m": 0.49, "f": 0.51}, "city": {"a": 0.45, "b": 0.55}}
# More than there are replicates, so that the draws are exactly uncorrelated.
N_DRAWS = 80


@pytest.fixture(scope="module")
def stored(oracle):
    return oracle("replicate_study")


@pytest.fixture(scope="module")
def rows(stored) -> pd.DataFrame:
    return pd.DataFrame(stored["rows"])


def with_columns(rows: pd.DataFrame, stored, method: str) -> pd.DataFrame:
    values = np.array(stored[method]["weights"])
    return rows.join(pd.DataFrame(values, columns=[f"rw_{k}" for k in range(values.shape[1])]))


def read(rows: pd.DataFrame, stored, method: str, **how):
    if method in ("JKn", "bootstrap"):
        how["scale"] = stored[method]["scale"]
    rho = {"rho": 0.3} if method == "Fay" else {}
    return read_replicates(with_columns(rows, stored, method), "rw_*", method=method, **rho, **how)


def draws_of(replicates, weights, score) -> np.ndarray:
    drawn = MixedWeights.of(replicates, weights, n_draws=N_DRAWS, seed=3).take(slice(0, N_DRAWS))
    return drawn @ score / drawn.sum(axis=1)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("item", ["Q1", "S4"])
def test_draws_have_the_errors_of_svymean(rows, stored, method, item):
    replicates = read(rows, stored, method)
    found = draws_of(replicates, rows["weight"].to_numpy(), rows[item].to_numpy())
    # A mean is linear in weights of a constant sum, and the mixtures are exactly uncorrelated.
    assert found.std(ddof=1) == pytest.approx(stored[method]["se"][item], rel=1e-9)
    point = np.average(rows[item], weights=rows["weight"])
    assert found.mean() == pytest.approx(point, rel=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_draws_of_what_is_not_linear_are_near(rows, stored, method):
    replicates = read(rows, stored, method)
    weights = rows["weight"].to_numpy()
    drawn = MixedWeights.of(replicates, weights, n_draws=4000, seed=3).take(slice(0, 4000))
    ratio = (drawn @ rows["Q1"].to_numpy()) / (drawn @ rows["S4"].to_numpy())
    # The ratio's error is 1 % of it: what is not linear in the weights stays below 3 %.
    assert ratio.std(ddof=1) == pytest.approx(stored[method]["ratio_se"], rel=0.03)


@pytest.mark.parametrize("method", METHODS)
def test_raked_replicates_have_the_errors_of_r_after_rake(rows, stored, method):
    calibration = Calibration.of(rows, MARGINS)
    replicates = read(rows, stored, method, calibration=calibration)
    raked = compute_weights(rows, MARGINS, base="weight").values
    # R's rake ends when a share moves by less than 1e-13; ours at a gap of 1e-10.
    np.testing.assert_allclose(raked / raked.mean(), _scaled(stored["raked"]), rtol=1e-8)
    for item in ("Q1", "S4"):
        found = draws_of(replicates, raked, rows[item].to_numpy()).std(ddof=1)
        assert found == pytest.approx(stored[method]["raked_se"][item], rel=1e-7)
    # Raking counts: without it the error is another one.
    plain = draws_of(read(rows, stored, method), raked, rows["S4"].to_numpy()).std(ddof=1)
    assert plain != pytest.approx(stored[method]["raked_se"]["S4"], rel=1e-3)


def _scaled(values) -> np.ndarray:
    array = np.array(values)
    return array / array.mean()


def test_a_jackknife_made_here_has_the_errors_of_r_after_rake(rows, stored):
    raked = compute_weights(rows, MARGINS, base="weight").values
    how = {"kind": "jackknife", "base": "weight", "clusters": "village"}
    for design, method in (({}, "JK1"), ({"strata": "stratum"}, "JKn")):
        replicates = replicate_weights(rows, MARGINS, **how, **design)
        found = draws_of(replicates, raked, rows["Q1"].to_numpy()).std(ddof=1)
        assert found == pytest.approx(stored[method]["raked_se"]["Q1"], rel=1e-7)


def test_each_raked_draw_meets_the_margins_within_every_cell(rows):
    rng = np.random.default_rng(5)
    calibration = Calibration.of(rows, {"sex": MARGINS["sex"]}, ["city"])
    counts = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=6)
    draws = RakedWeights(
        weights=np.ones(len(rows)),
        counts=counts,
        unit=np.arange(len(rows)),
        calibration=calibration,
    )
    whole = draws.take(slice(0, 6))
    for city in ("a", "b"):
        here = (rows["city"] == city).to_numpy()
        women = (rows["sex"] == "f").to_numpy() & here
        shares = whole[:, women].sum(axis=1) / whole[:, here].sum(axis=1)
        np.testing.assert_allclose(shares, 0.51, rtol=1e-8)
    one_by_one = [draws.take(slice(k, k + 1))[0] for k in range(6)]
    # Matrix products of one row and of six add up in another order.
    np.testing.assert_allclose(whole, one_by_one, rtol=1e-12)


def test_a_draw_without_a_level_is_missing(rows):
    calibration = Calibration.of(rows, MARGINS)
    weights = np.ones((2, len(rows)))
    weights[1, (rows["sex"] == "m").to_numpy()] = 0.0
    raked = calibration.rake(weights)
    assert np.isfinite(raked[0]).all() and np.isnan(raked[1]).all()
    nothing = calibration.rake(np.zeros(len(rows)))
    assert np.isnan(nothing).all()


def test_groups_of_a_jackknife_stay_within_their_strata():
    rows = pd.DataFrame({"sex": ["m", "f"] * 300, "area": ["x"] * 500 + ["y"] * 100})
    drawn = replicate_weights(
        rows, {"sex": {"m": 1, "f": 1}}, kind="jackknife", n_replicates=60, strata="area"
    )
    out = drawn.values == 0
    assert len(out) == 60
    in_x = out[:, :500].any(axis=1)
    assert (in_x != out[:, 500:].any(axis=1)).all() and in_x.sum() == 50
    assert out.sum(axis=0).tolist() == [1] * 600


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"method": "Fay"}, "rho, at least 0 and below 1, goes with method 'Fay'"),
        ({"method": "BRR", "rho": 0.3}, "rho, at least 0 and below 1, goes with method 'Fay'"),
        ({"method": "Fay", "rho": 1.0}, "rho, at least 0"),
        ({"method": "JKn"}, "'JKn' needs a scale for each replicate"),
        ({"method": "JK1", "scale": [0.5, 0.5, 0.5]}, "'scale' has 3 values for 2 replicates"),
        ({"method": "JK1", "scale": 0.0}, "not positive"),
        ({"method": "JK1", "columns": "z*"}, "0 columns are called"),
        ({"method": "JK1", "columns": ["a"]}, "1 columns are called"),
        ({"method": "JK1", "columns": ["a", "hole"]}, "'hole' is missing, infinite or negative"),
        ({"method": "JK1", "columns": ["a", "none"]}, "'none' has no weight left"),
    ],
)
def test_replicates_that_cannot_be_used_are_told(choice, sentence):
    rows = pd.DataFrame({"a": [1.0, 2.0], "b": [2.0, 1.0], "hole": [np.nan, 1.0], "none": 0.0})
    with pytest.raises(DataError, match=sentence) as caught:
        read_replicates(rows, choice.pop("columns", ["a", "b"]), **choice)
    assert "\n" not in str(caught.value)


def test_weights_of_other_rows_are_refused(rows, stored):
    replicates = read(rows, stored, "BRR")
    with pytest.raises(DataError, match="3 weights for replicates of 160 rows"):
        MixedWeights.of(replicates, np.ones(3), n_draws=10, seed=1)


def test_columns_are_found_by_pattern_in_their_order():
    assert matching_columns(["b*", "a"], ["b2", "a", "b1", "c"]) == ("b2", "b1", "a")


def test_scales_are_those_of_the_textbook():
    # Wolter (2007), chapters 3 and 4
    assert replicate_scale("JK1", 20).tolist() == [0.95] * 20
    assert replicate_scale("Fay", 12, rho=0.3)[0] == pytest.approx(0.170068027210884)
    assert replicate_scale("BRR", 12)[0] == pytest.approx(1 / 12)


def test_draws_keep_the_sum_of_the_surveys_weights(rows, stored):
    weights = 1000.0 * rows["weight"].to_numpy()
    replicates = read(rows, stored, "BRR")
    draws = MixedWeights.of(replicates, weights, n_draws=30, seed=1).take(slice(0, 30))
    np.testing.assert_allclose(draws.sum(axis=1), weights.sum(), rtol=1e-12)


def test_scales_belong_to_columns_in_the_order_named(rows, stored):
    frame = with_columns(rows, stored, "JKn")
    names, scale = [f"rw_{k}" for k in range(20)], np.array(stored["JKn"]["scale"]) * range(1, 21)
    straight = read_replicates(frame, names, method="JKn", scale=scale.tolist())
    turned = read_replicates(frame, names[::-1], method="JKn", scale=scale[::-1].tolist())
    np.testing.assert_array_equal(turned.values, straight.values[::-1])
    np.testing.assert_array_equal(turned.scale, straight.scale[::-1])


def test_a_pattern_does_not_take_the_surveys_own_weight_for_a_replicate():
    # As in files of the American Community Survey: PWGTP, and PWGTP1 to PWGTP80.
    text = {"zh": "题", "en": "item"}
    number = {"kind": "number", "label": text}
    book = Codebook.model_validate(
        {
            "scale": [1, 10],
            "weight": "W",
            "items": {"S1": {"text": text}},
            "attributes": {"W1": number, "W2": number},
        }
    )
    found = parse_survey(b"S1,W,W1,W2\n1,1,0,2\n2,1,2,0\n", book, source="x.csv")
    assert len(read_replicates(found, "W*", method="BRR").values) == 2
