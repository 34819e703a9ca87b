"""Draws: equal to a loop over resampled rows, frozen, coordinated by person."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models import (
    PathModel,
    bootstrap,
    bootstrap_moments,
    compute_moments,
    fit,
    influence,
    jackknife,
    merge_moments,
)
from csat_models.errors import DataError
from csat_models.estimation.draws.cells import resampled_moments
from csat_models.estimation.draws.counts import person_counts, row_counts
from csat_models.estimation.draws.resampling import merged_draws, resample_cells
from csat_models.estimation.weighted import weighted_moments


def with_holes(rows: np.ndarray, share: float, seed: int) -> np.ndarray:
    holes = rows.copy()
    holes[np.random.default_rng(seed).random(rows.shape) < share] = np.nan
    return holes


@pytest.mark.parametrize("share", [0.0, 0.05, 0.4])
def test_draws_equal_a_loop_over_resampled_rows(share, mobi, ecsi):
    values = with_holes(mobi[list(ecsi.items)].to_numpy(), share, seed=1)
    weights = np.random.default_rng(2).uniform(0.5, 2.0, len(values))
    counts = row_counts(len(values), 8, np.random.default_rng(3))
    mean, cov = resampled_moments(values, weights, counts)
    for draw, count in enumerate(counts):
        rows = np.repeat(np.arange(len(values)), count)
        expected_mean, expected_cov = weighted_moments(values[rows], weights[rows])
        # Sums of 250 products in two orders.
        np.testing.assert_allclose(mean[draw], expected_mean, rtol=1e-11)
        np.testing.assert_allclose(cov[draw], expected_cov, rtol=1e-9, atol=1e-11)


def test_bootstrap_equals_refitting_resampled_rows(mobi, ecsi):
    point = fit(mobi, ecsi)
    draws = bootstrap(mobi, ecsi, n_boot=5, seed=7, point=point)
    counts = row_counts(len(mobi), 5, np.random.default_rng(7))
    for draw, count in enumerate(counts):
        rows = mobi.loc[mobi.index.repeat(count)]
        alone = fit(rows, ecsi, orientation=point)
        np.testing.assert_allclose(draws.paths.sel(draw=draw), alone.paths, atol=1e-9)


def test_counts_of_a_seed_are_frozen():
    rows = row_counts(5, 3, np.random.default_rng(2024))
    persons = person_counts(["P1", "P2", "P3"], 4, seed=2024)
    assert rows.tolist() == FROZEN_ROWS
    assert persons.tolist() == FROZEN_PERSONS


FROZEN_ROWS = [[1, 3, 0, 1, 0], [0, 1, 0, 1, 3], [4, 0, 0, 0, 1]]
FROZEN_PERSONS = [[2, 2, 0], [2, 1, 1], [1, 1, 0], [1, 2, 0]]


def test_row_counts_are_multinomial():
    counts = row_counts(40, 20_000, np.random.default_rng(5)).astype(float)
    assert (counts.sum(axis=1) == 40).all()
    # 20,000 draws: standard error of a mean .007, of a variance about .012.
    assert counts.mean() == 1.0
    np.testing.assert_allclose(counts.var(axis=0), 1 - 1 / 40, atol=0.06)


def test_a_person_has_the_same_counts_in_every_wave():
    early = person_counts(["ann", "bob", "eve"], 500, seed=9)
    late = person_counts(["eve", "zoe", "ann"], 500, seed=9)
    np.testing.assert_array_equal(early[:, 0], late[:, 2])
    np.testing.assert_array_equal(early[:, 2], late[:, 0])
    assert abs(np.corrcoef(early[:, 1], late[:, 1])[0, 1]) < 0.2  # 4 standard errors
    assert early.mean() == pytest.approx(1.0, abs=0.1)  # 4 standard errors of 1,500 counts
    assert (person_counts(["ann"], 500, seed=10)[:, 0] != early[:, 0]).any()


def test_more_draws_begin_with_the_same_draws():
    np.testing.assert_array_equal(
        person_counts(["a", "b"], 300, seed=1)[:100], person_counts(["a", "b"], 100, seed=1)
    )


def test_returning_persons_narrow_the_change_as_theory_says():
    """Covariance between waves is carried although each wave is drawn alone."""
    generator = np.random.default_rng(6)
    n, shared = 400, 200
    person = generator.normal(size=n + shared)
    early = pd.DataFrame({"id": [f"p{i}" for i in range(n)], "x": person[:n]})
    late = pd.DataFrame(
        {"id": [f"p{i}" for i in range(shared, shared + n)], "x": person[shared : shared + n]}
    )
    draws = [
        bootstrap_moments(wave, n_boot=4000, seed=3, items=["x"], persons="id").mean.sel(item="x")
        for wave in (early, late)
    ]
    error = float((draws[1] - draws[0]).std())
    correlation = float(np.corrcoef(draws[0], draws[1])[0, 1])
    # Half of the sample is the same with the same answers: correlation .5.
    assert correlation == pytest.approx(shared / n, abs=0.08)  # sampling of x and 4,000 draws
    independent = np.sqrt(early["x"].var() / n + late["x"].var() / n)
    assert error == pytest.approx(independent * np.sqrt(1 - shared / n), rel=0.1)


def test_cells_are_strata(mobi, ecsi):
    frame = mobi.assign(city=["a"] * 100 + ["b"] * 150, w=1.5)
    cells = dict(
        (labels["city"], moments)
        for labels, moments in resample_cells(
            frame, n_boot=20, seed=1, by=["city"], items=ecsi.items, sampling_weights="w"
        )
    )
    assert {name: cell.weight_sum.item() for name, cell in cells.items()} == {"a": 150, "b": 225}
    stacked = bootstrap_moments(
        frame, n_boot=20, seed=1, by=["city"], items=ecsi.items, sampling_weights="w"
    )
    np.testing.assert_array_equal(stacked.mean.sel(city="b"), cells["b"].mean)
    assert stacked.mean.dims == ("draw", "city", "item")
    merged = merge_moments(list(cells.values()))
    np.testing.assert_allclose(merged.cov, stacked.merge("city").cov)
    expected = 0.4 * cells["a"].mean + 0.6 * cells["b"].mean
    np.testing.assert_allclose(merged.mean, expected, rtol=1e-12)


@pytest.mark.parametrize("merge", [["city"], ["city", "brand"], []])
def test_merged_draws_equal_merging_afterwards(merge, mobi, ecsi):
    frame = pd.DataFrame(with_holes(mobi.to_numpy(), 0.03, seed=4), columns=mobi.columns)
    frame["city"] = ["a", "b", "c", "a", "b"] * 50
    frame["brand"] = ["x"] * 120 + ["y"] * 130
    frame["w"] = np.random.default_rng(5).uniform(0.5, 2, 250)
    how = {
        "n_boot": 150,
        "seed": 3,
        "by": ["city", "brand"],
        "items": ecsi.items,
        "sampling_weights": "w",
    }
    cells = bootstrap_moments(frame, **how)
    means, merged = merged_draws(frame, merge=merge, **how)
    np.testing.assert_allclose(means, cells.mean, rtol=1e-12)
    expected = cells
    for dim in merge:
        expected = expected.merge(dim)
    for name in ("mean", "cov", "n_obs", "weight_sum", "n_effective"):
        found = getattr(merged, name)
        # Sums of six cells in two orders.
        np.testing.assert_allclose(
            found, getattr(expected, name).transpose(*found.dims), rtol=1e-9, atol=1e-10
        )


def test_a_draw_without_variance_is_missing_and_counted(ecsi, mobi):
    """Mistake 10: a zero-variance item in one resample killing the whole bootstrap."""
    rare = mobi.copy()
    rare["CUSCO"] = [1.0] + [2.0] * 249
    draws = bootstrap(rare, ecsi, n_boot=200, seed=1)
    flat = ~draws.converged.to_numpy()
    # The odd respondent is left out of a draw with probability (1 - 1/250)^250 = .367.
    assert 0.25 < flat.mean() < 0.48
    assert np.isnan(draws.paths.to_numpy()[flat]).all()
    assert np.isfinite(draws.paths.to_numpy()[~flat]).all()


def test_an_interval_can_cross_zero(mobi, ecsi):
    """Mistake 3: flipping every opposite-sign draw; here E -> V is near zero."""
    draws = bootstrap(mobi, ecsi, n_boot=500, seed=4)
    small = draws.paths.sel(source="Expectation", target="Value")
    assert (small < 0).any()
    assert (small > 0).any()
    assert (draws.loadings.mean("draw") > 0).all()


def test_every_draw_is_a_draw_of_its_own(mobi, ecsi):
    """Mistake 2: workers that share one random stream, so that draws repeat."""
    frame = mobi.assign(who=[f"p{k}" for k in range(250)])
    for persons in (None, "who"):
        draws = bootstrap_moments(frame, n_boot=600, seed=1, items=ecsi.items, persons=persons)
        assert len(np.unique(draws.mean.to_numpy(), axis=0)) == 600


def test_settings_reach_the_draws(mobi, ecsi):
    """Mistake 5: settings lost between the fit and its bootstrap."""
    point = fit(mobi, ecsi, scheme="centroid", tolerance=1e-6, max_iterations=77)
    assert bootstrap(mobi, ecsi, n_boot=3, seed=1, point=point).settings == point.settings


def test_standard_errors_agree_with_theory(mobi):
    draws = bootstrap_moments(mobi, n_boot=4000, seed=2, items=["CUSA1"])
    theory = mobi["CUSA1"].std() / np.sqrt(len(mobi))
    # 4,000 draws: relative error 1/sqrt(8,000) = 1.1 %.
    assert draws.mean.std("draw").item() == pytest.approx(theory, rel=0.04)


def test_unknown_person_column(mobi):
    with pytest.raises(DataError, match="no column 'who' of respondent ids"):
        bootstrap_moments(mobi, n_boot=2, seed=1, items=["CUSA1"], persons="who")


def test_pooled_cells_vary_less_than_unstratified_rows(mobi):
    """Cells keep their size in every draw: no variance between cells is added."""
    frame = mobi[["CUSA1"]].assign(city=["a"] * 125 + ["b"] * 125)
    frame.loc[frame["city"] == "b", "CUSA1"] += 50.0
    strata = bootstrap_moments(frame, n_boot=1000, seed=1, by=["city"], items=["CUSA1"])
    plain = bootstrap_moments(frame, n_boot=1000, seed=1, items=["CUSA1"])
    assert strata.merge("city").mean.std("draw") < 0.2 * plain.mean.std("draw")
    whole = compute_moments(frame, items=["CUSA1"])
    assert strata.merge("city").mean.mean("draw").item() == pytest.approx(
        whole.mean.item(), abs=0.05
    )


@pytest.mark.parametrize("follow", ["bootstrap", "jackknife", "influence", "fit"])
def test_signs_follow_one_sample_of_the_same_model(follow, mobi, ecsi):
    """Estimates by group, of another model or of no kind end in a sentence."""
    rows = mobi.assign(half=np.arange(len(mobi)) % 2)
    ways = {
        "bootstrap": lambda point: bootstrap(rows, ecsi, n_boot=2, seed=1, point=point),
        "jackknife": lambda point: jackknife(rows, ecsi, point=point),
        "influence": lambda point: influence(rows, ecsi, point=point),
        "fit": lambda point: fit(rows, ecsi, orientation=point),
    }
    with pytest.raises(DataError, match="estimates along half, and all signs follow"):
        ways[follow](fit(rows, ecsi, by=["half"]))
    with pytest.raises(DataError, match="other constructs or items"):
        ways[follow](fit(rows, PathModel.parse("Q =~ PERQ1 + PERQ2\nS =~ CUSA1 + CUSA2\nS ~ Q")))
    with pytest.raises(DataError, match="is of type 'Moments'"):
        ways[follow](compute_moments(rows, items=ecsi.items))
