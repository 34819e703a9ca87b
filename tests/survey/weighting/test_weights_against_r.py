"""Weights, trimming, calibration and replicate errors against R's survey package."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from csat_models import compute_moments, replicate_moments, replicate_standard_error
from csat_models.survey.weighting.calibration import calibrate_weights
from csat_models.survey.weighting.effective_size import design_effect
from csat_models.survey.weighting.replicates import replicate_weights
from csat_models.survey.weighting.trimming import trim_weights
from csat_models.survey.weighting.weights import compute_weights

CROSSED = {"m x rural": 0.15, "m x urban": 0.34, "f x rural": 0.21, "f x urban": 0.30}


@pytest.fixture(scope="module")
def stored(oracle):
    return oracle("survey_weights")


@pytest.fixture(scope="module")
def rows(stored) -> pd.DataFrame:
    return pd.DataFrame(stored["rows"])


@pytest.fixture(scope="module")
def scaled(rows) -> np.ndarray:
    return (rows["base"] / rows["base"].mean()).to_numpy()


def test_raked_weights_are_those_of_rake(stored, rows):
    weights = compute_weights(rows, stored["shares"], base="base")
    # both stop when shares move by less than 1e-10
    np.testing.assert_allclose(weights.values, stored["raked"], rtol=1e-8)
    assert design_effect(weights.values) == pytest.approx(stored["kish"], rel=1e-9)
    mean = np.average(rows["score"], weights=weights.values)
    assert mean == pytest.approx(stored["mean"], rel=1e-9)


def test_post_stratified_weights_are_those_of_poststratify(stored, rows):
    weights = compute_weights(rows, {"sex x area": CROSSED}, base="base")
    # one division each
    np.testing.assert_allclose(weights.values, stored["post_stratified"], rtol=1e-12)
    assert weights.summary.loc[0, "iterations"] == 1


@pytest.mark.parametrize("strict", [True, False])
def test_trimmed_weights_are_those_of_trimweights(stored, scaled, strict):
    expected = stored["trimmed_strict" if strict else "trimmed"]
    # R stops repeating when the last bit is within the bounds
    np.testing.assert_allclose(trim_weights(scaled, 0.7, 1.4, strict=strict), expected, rtol=1e-10)


@pytest.mark.parametrize("distance", ["linear", "raking", "logit"])
def test_calibrated_weights_are_those_of_calibrate(stored, rows, scaled, distance):
    columns = [rows["sex"] == "m", rows["area"] == "urban", rows["age"] == "old"]
    design = np.stack([np.ones(120), *columns, rows["age"] == "young"], axis=1).astype(float)
    totals = 120 * np.array([1, 0.49, 0.64, 0.25, 0.3])
    bounds = (0.4, 2.2) if distance == "logit" else None
    found = calibrate_weights(scaled, design, totals, distance=distance, bounds=bounds)
    assert found.converged
    # both iterate to 1e-10 or nearer
    np.testing.assert_allclose(found.weights, stored[distance], rtol=1e-8)
    if bounds:
        assert bounds[0] < found.factor.min() and found.factor.max() < bounds[1]


def test_raking_is_calibration_with_the_multiplicative_distance(stored):
    np.testing.assert_allclose(stored["raking"], stored["raked"], rtol=1e-7)


@pytest.mark.parametrize(
    ("design", "expected"),
    [
        ({}, "jackknife_se"),
        ({"strata": "stratum", "clusters": "cluster"}, "stratified_jackknife_se"),
    ],
)
def test_errors_from_raked_replicates_are_those_of_svymean(stored, rows, design, expected):
    drawn = replicate_weights(rows, stored["shares"], base="base", kind="jackknife", **design)
    joined = rows.join(drawn.frame())
    weight = compute_weights(rows, stored["shares"], base="base").values
    draws = replicate_moments(joined, replicate_weights=drawn.columns, items=["score"])
    point = compute_moments(rows.assign(weight=weight), items=["score"], sampling_weights="weight")
    error = replicate_standard_error(draws.mean, point=point.mean, scale=drawn.scale)
    assert isinstance(error, xr.DataArray)
    # R centres on the mean of the replicates, which moves the error in the third digit
    centred = replicate_standard_error(draws.mean, point=draws.mean.mean("draw"), scale=drawn.scale)
    assert centred.item() == pytest.approx(stored[expected], rel=1e-7)
    assert error.item() == pytest.approx(stored[expected], rel=0.02)
