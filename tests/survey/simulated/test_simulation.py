"""Samples: returning respondents, weights, seeds."""

from __future__ import annotations

import numpy as np
import xarray as xr

from csat_models.survey.simulated.population import Population
from csat_models.survey.simulated.simulation import draw_waves, simulate_scores, strata_frame

SIZES = xr.DataArray([[400, 600], [500, 500]], [("wave", [1, 2]), ("group", ["x", "y"])])


def declare(**options) -> Population:
    settings = {
        "mean": xr.DataArray([[7.0, 6.0], [7.5, 6.5]], [("wave", [1, 2]), ("item", ["A1", "A2"])]),
        "customers": xr.DataArray([1.0, 9.0], [("group", ["x", "y"])]),
        "group_shift": xr.DataArray(
            [[0.8, 0.8], [0.0, 0.0]], [("group", ["x", "y"]), ("item", ["A1", "A2"])]
        ),
        "sample_size": SIZES,
        "returning": 0.3,
        "carry_over": 0.6,
    }
    return Population.declare("A =~ 0.8*A1 + 0.7*A2", **{**settings, **options})


def test_the_share_that_returns_is_exact_and_keeps_its_stratum():
    first, second = draw_waves(declare(), [1, 2], np.random.default_rng(1))
    back = second.previous >= 0
    assert (first.previous == -1).all()
    assert np.bincount(second.stratum[back]).tolist() == [150, 150]
    assert len(set(second.previous[back])) == back.sum()
    np.testing.assert_array_equal(first.stratum[second.previous[back]], second.stratum[back])


def test_who_returns_is_chosen_at_random():
    chosen = np.zeros(1000)
    for seed in range(60):
        _, second = draw_waves(declare(), [1, 2], np.random.default_rng(seed))
        chosen[second.previous[second.previous >= 0]] += 1
    # each of 400 is drawn 150 times in 400: five binomial standard errors
    rate = chosen[:400] / 60
    assert abs(rate[:200].mean() - 0.375) < 5 * np.sqrt(0.375 * 0.625 / (60 * 200))


def test_innovations_of_who_returns_are_correlated_and_keep_their_marginals():
    sizes = SIZES * 100
    population = declare(sample_size=sizes)
    first, second = draw_waves(population, [1, 2], np.random.default_rng(2))
    back = second.previous >= 0
    before, after = first.normals[second.previous[back]], second.normals[back]
    n = back.sum()
    for k in range(before.shape[1]):
        # five standard errors of a correlation and of a variance
        assert abs(np.corrcoef(before[:, k], after[:, k])[0, 1] - 0.6) < 5 / np.sqrt(n)
        assert abs(after[:, k].var() - 1) < 5 * np.sqrt(2 / n)


def test_weights_correct_for_the_oversampled_group():
    population = declare(sample_size=SIZES * 100, missing_rate={"A2": 0.1})
    frame = simulate_scores(population, seed=3, waves=[1])
    exact = population.item_moments([1])
    assert np.isclose(frame["weight"].mean(), 1, rtol=1e-12)
    share = frame.groupby("group")["weight"].sum() / len(frame)
    np.testing.assert_allclose(share, [0.1, 0.9], rtol=1e-12)
    weighted = np.average(frame["A1"], weights=frame["weight"])
    # sd 1.7, effective size above 50,000
    bound = 5 * 1.7 / np.sqrt(50_000)
    assert abs(weighted - float(exact.mean[0])) < bound
    assert abs(frame["A1"].mean() - float(exact.mean[0])) > bound
    # five binomial standard errors
    assert abs(frame["A2"].isna().mean() - 0.1) < 5 * np.sqrt(0.09 / len(frame))


def test_a_stratum_without_customers_or_respondents_is_left_out_of_the_weights():
    sizes = xr.DataArray([[0, 50], [0, 50]], [("wave", [1, 2]), ("group", ["x", "y"])])
    population = declare(sample_size=sizes)
    sample, _ = draw_waves(population, [1, 2], np.random.default_rng(4))
    assert strata_frame(population, sample)["weight"].tolist() == [1.0] * 50


def test_the_seed_decides():
    population = declare()
    one = simulate_scores(population, seed=5)
    assert one.equals(simulate_scores(population, seed=5))
    assert not one.equals(simulate_scores(population, seed=6))
