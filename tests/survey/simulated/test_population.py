"""Populations: declared means are exact, mixtures and missing answers add up."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from csat_models.errors import DataError
from csat_models.survey.simulated.population import Population
from csat_models.survey.simulated.simulation import simulate_scores

TEXT = """
Q =~ 0.9*Q1 + 0.7*Q2
S =~ 0.8*S1
C =~ 1*C1
S ~ 0.6*Q
C ~ -0.5*S
"""
ITEMS = ["Q1", "Q2", "S1", "C1"]
SCALES = {"S1": (0.0, 10.0), "C1": (0.0, 1.0)}


def declare(**options) -> Population:
    mean = xr.DataArray(
        [[[8.5, 7.0, 6.0, 0.2], [7.0, 7.5, 5.0, 0.3]], [[8.0, 6.0, 6.5, 0.1], [9.2, 8, 7, 0.25]]],
        [("wave", [1, 2]), ("city", ["a", "b"]), ("item", ITEMS)],
    )
    shift = xr.DataArray(
        [[0.3, 0.3, 0.3, 0.1], [-0.2, -0.2, -0.2, 0.0]],
        [("group", ["x", "y"]), ("item", ITEMS)],
    )
    customers = xr.DataArray(
        [[3.0, 1.0], [1.0, 1.0]], [("city", ["a", "b"]), ("group", ["x", "y"])]
    )
    settings = {"mean": mean, "group_shift": shift, "customers": customers, "scales": SCALES}
    return Population.declare(TEXT, **{**settings, **options})


def test_declared_means_are_exact():
    moments = declare().item_moments([1])
    expected = [[8.5, 7.0, 6.0, 0.2], [7.0, 7.5, 5.0, 0.3]]
    # 1e-11: ten times the tolerance of the solver
    np.testing.assert_allclose(moments.mean.values, expected, atol=1e-11)
    assert moments.mean.dims == ("city", "item")
    assert moments.cov.dims == ("city", "item", "item_2")
    assert moments.weight.values.tolist() == [4, 2]


def test_a_binary_item_has_the_variance_of_its_mean():
    moments = declare().item_moments([1])
    variance = moments.cov.sel(city="a", item="C1", item_2="C1")
    assert float(variance) == pytest.approx(0.2 * 0.8, abs=1e-11)


def test_a_huge_sample_agrees_cell_by_cell():
    population = declare(sample_size=150_000, missing_rate={"Q1": 0.1, "S1": 0.3})
    frame = simulate_scores(population, seed=1, waves=[2])
    exact = population.item_moments([2])
    replaced = population.item_moments([2], missing="mean")
    for city, rows in frame.groupby("city"):
        weight, scores = rows["weight"].to_numpy(), rows[ITEMS].to_numpy()
        answered = ~np.isnan(scores)
        filled = np.where(answered, scores, 0.0)
        mean = (weight[:, None] * filled).sum(axis=0) / (weight[:, None] * answered).sum(axis=0)
        filled = np.where(answered, scores, mean)
        cov = np.cov(filled.T, aweights=weight)
        want = replaced.cov.sel(city=city).values
        sd = np.sqrt(np.diag(exact.cov.sel(city=city).values))
        # five standard errors at an effective size of 200,000, kurtosis and weights allowed for
        bound = 5 * 2 / np.sqrt(200_000)
        assert (np.abs(mean - exact.mean.sel(city=city).values) < bound * sd).all()
        assert (np.abs(cov - want) < bound * np.outer(sd, sd)).all()


def test_pooling_cells_equals_the_law_of_total_covariance():
    moments = declare().item_moments([1])
    pooled = moments.pool()
    share = np.array([4, 2]) / 6
    mean = share @ moments.mean.values
    gap = moments.mean.values - mean
    cov = np.einsum("c,cij->ij", share, moments.cov.values + gap[:, :, None] * gap[:, None, :])
    np.testing.assert_allclose(pooled.mean.values, mean, rtol=1e-14)
    np.testing.assert_allclose(pooled.cov.values, cov, rtol=1e-13)
    assert float(pooled.weight) == 6


def test_waves_pool_by_their_sample_sizes():
    sizes = xr.DataArray([100, 300], [("wave", [1, 2])])
    population = declare(sample_size=sizes)
    both = population.item_moments()
    first, second = population.item_moments([1]), population.item_moments([2])
    np.testing.assert_allclose(both.mean, 0.25 * first.mean + 0.75 * second.mean, rtol=1e-13)
    assert (np.diagonal(both.cov.values, axis1=-2, axis2=-1) > 0).all()


def test_mean_replacement_shrinks_by_the_shares_answered():
    population = declare(missing_rate={"Q1": 0.1, "Q2": 0.2})
    full, replaced = population.item_moments([1]), population.item_moments([1], missing="mean")
    ratio = (replaced.cov / full.cov).sel(city="a").values
    np.testing.assert_allclose(ratio[0, :3], [0.9, 0.9 * 0.8, 0.9], rtol=1e-12)
    assert ratio[3, 3] == pytest.approx(1)


def test_selecting_items_keeps_their_order():
    moments = declare().item_moments([1]).select(["S1", "Q1"])
    assert moments.mean["item"].values.tolist() == ["S1", "Q1"]
    assert moments.cov["item_2"].values.tolist() == ["S1", "Q1"]


def test_a_population_without_units_or_groups():
    population = Population.declare("Q =~ 0.8*Q1 + 0.7*Q2", mean=7.0, sample_size=30)
    moments = population.item_moments()
    assert moments.mean.dims == ("item",)
    assert population.units == ()
    assert len(simulate_scores(population, seed=1)) == 30


@pytest.mark.parametrize("waves", [[3], []])
def test_an_unknown_wave_is_told(waves):
    with pytest.raises(DataError, match="it has 1, 2"):
        declare().item_moments(waves)
