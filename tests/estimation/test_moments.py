"""Moments: equal to pandas, additive, weighted, labelled."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models import (
    Moments,
    bootstrap_moments,
    compute_moments,
    jackknife_moments,
    merge_moments,
)
from csat_models.errors import DataError
from csat_models.estimation.estimates import to_correlations
from csat_models.estimation.weighted import weighted_moments

GENERATOR = np.random.default_rng(11)


@pytest.fixture
def frame() -> pd.DataFrame:
    generator = np.random.default_rng(12)
    rows = generator.integers(1, 11, size=(60, 3)).astype(float)
    table = pd.DataFrame(rows, columns=["x", "y", "z"])
    table["city"] = ["north"] * 25 + ["south"] * 35
    table["weight"] = generator.uniform(0.5, 2.0, size=60)
    return table


def test_unweighted_moments_equal_pandas(frame):
    moments = compute_moments(frame, items=["x", "y", "z"])
    np.testing.assert_allclose(moments.mean, frame[["x", "y", "z"]].mean(), rtol=1e-13)
    np.testing.assert_allclose(moments.cov, frame[["x", "y", "z"]].cov(), rtol=1e-12)
    assert moments.n_obs.item() == 60
    assert moments.n_effective.item() == pytest.approx(60)


def test_integer_weights_equal_repeated_rows(frame):
    counts = np.random.default_rng(1).integers(1, 4, size=60)
    weighted = compute_moments(frame.assign(c=counts), items=["x", "y"], sampling_weights="c")
    repeated = compute_moments(frame.loc[frame.index.repeat(counts)], items=["x", "y"])
    np.testing.assert_allclose(weighted.mean, repeated.mean, rtol=1e-13)
    n, total = 60, counts.sum()
    np.testing.assert_allclose(
        weighted.cov * (n - 1) / n, repeated.cov * (total - 1) / total, rtol=1e-12
    )
    assert weighted.n_effective.item() == pytest.approx(counts.sum() ** 2 / (counts**2).sum())


@pytest.mark.parametrize("weights", [None, "weight"])
def test_merged_cells_equal_all_rows(frame, weights):
    items = ["x", "y", "z"]
    whole = compute_moments(frame, items=items, sampling_weights=weights)
    cells = compute_moments(frame, items=items, by=["city"], sampling_weights=weights)
    assert cells.n_obs.to_series().to_dict() == {"north": 25, "south": 35}
    merged = cells.merge("city")
    np.testing.assert_allclose(merged.mean, whole.mean, rtol=1e-13)
    np.testing.assert_allclose(merged.cov, whole.cov, rtol=1e-12)
    assert merged.n_effective.item() == pytest.approx(whole.n_effective.item())
    assert merged.n_obs.item() == 60


def test_an_empty_combination_is_missing_and_merges_as_nothing(frame):
    frame["brand"] = np.where(frame["city"] == "north", "ours", "rival")
    cells = compute_moments(frame, items=["x", "y"], by=["city", "brand"])
    assert cells.n_obs.sel(city="north", brand="rival").item() == 0
    assert np.isnan(cells.mean.sel(city="north", brand="rival")).all()
    whole = compute_moments(frame, items=["x", "y"])
    merged = cells.merge("brand").merge("city")
    np.testing.assert_allclose(merged.cov, whole.cov, rtol=1e-12)


def test_mean_replacement_equals_filling_by_hand(frame):
    holes = frame.copy()
    holes.loc[::7, "x"] = np.nan
    holes.loc[::5, "y"] = np.nan
    found = compute_moments(holes, items=["x", "y", "z"])
    filled = holes[["x", "y", "z"]].fillna(holes[["x", "y", "z"]].mean())
    np.testing.assert_allclose(found.cov, filled.cov(), rtol=1e-12)
    complete = compute_moments(holes, items=["x", "y", "z"], missing="listwise")
    np.testing.assert_allclose(complete.cov, holes[["x", "y", "z"]].dropna().cov(), rtol=1e-12)
    assert complete.n_obs.item() == len(holes[["x", "y", "z"]].dropna())


def test_select_keeps_labels_and_refuses_strangers(frame):
    moments = compute_moments(frame, items=["x", "y", "z"])
    turned = moments.select(["z", "x"])
    assert turned.cov.sel(item="z", item_2="x").item() == pytest.approx(
        frame[["x", "z"]].cov().loc["z", "x"]
    )
    with pytest.raises(DataError, match="no item 'w'; they have x, y, z"):
        moments.select(["w"])


def test_bad_requests_are_one_sentence(frame):
    with pytest.raises(DataError, match="no column 'town'"):
        compute_moments(frame, items=["x"], by=["town"])
    with pytest.raises(DataError, match="missing='drop' is not a way"):
        compute_moments(frame, items=["x"], missing="drop")
    with pytest.raises(DataError, match="need the items' names"):
        Moments.from_table(mean=[1.0], cov=[[1.0]], n_obs=3)


def test_waves_of_different_sizes_merge(frame):
    one = compute_moments(frame[:20], items=["x", "y"])
    two = compute_moments(frame[20:], items=["x", "y"])
    merged = merge_moments([one, two])
    np.testing.assert_allclose(merged.cov, frame[["x", "y"]].cov(), rtol=1e-12)


def test_long_samples_go_in_blocks_of_rows(monkeypatch):
    generator = np.random.default_rng(7)
    values = generator.normal(100.0, 1.0, (500, 3))
    values[generator.random(values.shape) < 0.1] = np.nan
    weights = generator.uniform(0.5, 2.0, 500)
    whole = weighted_moments(values, weights)
    monkeypatch.setattr("csat_models.estimation.weighted.ROW_BLOCK", 33)
    for one, other in zip(weighted_moments(values, weights), whole, strict=True):
        # Sums of 500 deviations in another order.
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-12)


def test_casewise_deletion_leaves_rows_out_and_fills_in_nothing():
    """Mistake 8: casewise deletion that imputes; in the sample, its draws and its leave-outs."""
    generator = np.random.default_rng(14)
    frame = pd.DataFrame(generator.normal(5, 2, (60, 3)), columns=list("abc"))
    frame = frame.mask(generator.random(frame.shape) < 0.1)
    complete = frame.dropna().reset_index(drop=True)
    assert 5 < len(frame) - len(complete) < 40
    how = {"n_boot": 6, "seed": 2, "items": list("abc")}
    pairs = [
        (compute_moments(frame, missing="listwise"), compute_moments(complete)),
        (bootstrap_moments(frame, missing="listwise", **how), bootstrap_moments(complete, **how)),
        (jackknife_moments(frame, missing="listwise"), jackknife_moments(complete)),
    ]
    for found, expected in pairs:
        np.testing.assert_array_equal(found.n_obs, expected.n_obs)
        np.testing.assert_array_equal(found.mean, expected.mean)
        np.testing.assert_array_equal(found.cov, expected.cov)
    # What filling in would have given is another number.
    assert abs(compute_moments(frame).cov - pairs[0][0].cov).max() > 0.05


def test_every_item_has_its_own_standard_deviation():
    """Mistake 1: one pooled standard deviation; here one item is in other units."""
    generator = np.random.default_rng(15)
    frame = pd.DataFrame(generator.normal(size=(80, 3)), columns=list("abc"))
    wide = frame.assign(b=100 * frame["b"] + 7)
    one, other = (to_correlations(compute_moments(data).cov.to_numpy()) for data in (frame, wide))
    np.testing.assert_allclose(one, other, atol=1e-12)
    np.testing.assert_allclose(other, wide.corr(), atol=1e-12)
