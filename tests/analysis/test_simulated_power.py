"""Power by simulation: the sampling of covariances, and what makes power grow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from csat_models import Moments, PathModel
from csat_models.analysis.planning import sample_size_inverse_square_root
from csat_models.analysis.simulated_power import sample_covariances, simulated_power
from csat_models.errors import DataError, ModelError

MODEL = PathModel.parse("Q =~ Q1 + Q2\nS =~ S1 + S2\nS ~ Q")


def population(cross: float) -> Moments:
    corr = np.array([[1, 0.6, cross, cross], [0.6, 1, cross, cross], [cross, cross, 1, 0.6],
                     [cross, cross, 0.6, 1]])  # fmt: skip
    return Moments.from_table(items=MODEL.items, mean=[7] * 4, cov=corr, n_obs=100)


def test_covariances_have_the_mean_and_variance_of_wishart():
    """4,000 draws, seed 1: var S_ij = (c_ij^2 + c_ii c_jj) / (n - 1)."""
    cov = np.array([[2.0, 0.7, 0.1], [0.7, 1.0, 0.3], [0.1, 0.3, 0.5]])
    drawn = sample_covariances(cov, 40, 4000, np.random.default_rng(1))
    variance = (cov**2 + np.outer(np.diag(cov), np.diag(cov))) / 39
    # Five Monte-Carlo errors of a mean; of a variance about 5 %.
    assert (np.abs(drawn.mean(axis=0) - cov) < 5 * np.sqrt(variance / 4000)).all()
    np.testing.assert_allclose(drawn.var(axis=0), variance, rtol=0.15)
    np.testing.assert_allclose(drawn, np.swapaxes(drawn, 1, 2), atol=1e-12)


def test_power_grows_with_the_sample_and_the_path_and_falls_with_the_design_effect():
    found = simulated_power(population(0.15), MODEL, n_obs=[60, 120, 400], seed=1)
    assert found["power"].is_monotonic_increasing and found["power"].iloc[-1] > 0.9
    stronger = simulated_power(population(0.3), MODEL, n_obs=[60], seed=1)["power"].item()
    clustered = simulated_power(population(0.15), MODEL, n_obs=[120], seed=1, design_effect=2)
    assert stronger > found["power"][0]
    # A sample of 120 with a design effect of 2 is one of 60, drawn by the same chance.
    assert clustered["power"].item() == found["power"][0]


@pytest.mark.parametrize("seed", range(3))
def test_a_curve_of_close_sizes_rises(seed):
    """Drawn anew, rates of .2 would have an error of .03, and the curve would fall somewhere."""
    found = simulated_power(
        population(0.15), MODEL, n_obs=range(40, 161, 10), replications=200, seed=seed
    )
    # Of 200 samples, one may be lost on the way.
    assert found["power"].diff().min() > -1.5 / 200
    assert found["standard_error"].is_monotonic_decreasing


def test_a_path_near_zero_is_seldom_found():
    """PLS weights chase chance, away from zero on both sides: the level is not exact."""
    rate = simulated_power(population(0.001), MODEL, n_obs=[500], seed=1)["power"].item()
    assert rate < 0.12


def test_the_inverse_square_root_rule_is_conservative():
    path = simulated_power(population(0.15), MODEL, n_obs=[100], seed=1)["path"].item()
    size = sample_size_inverse_square_root(path, tails=2)
    power = simulated_power(population(0.15), MODEL, n_obs=[size], seed=1)["power"].item()
    # The rule promises .8; 2,000 replications have a Monte-Carlo error of .009.
    assert power > 0.8 - 3 * 0.009


def test_too_small_samples_are_refused():
    with pytest.raises(DataError, match="too few for 4 items"):
        simulated_power(population(0.2), MODEL, n_obs=[5], seed=1)


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"n_obs": 50}, "n_obs=50 is no list of sample sizes"),
        ({"n_obs": []}, "is no list of sample sizes"),
        ({"n_obs": [50.5]}, "n_obs=50.5 is too small or no whole"),
        ({"replications": 0}, "replications=0 is too small or no whole"),
        ({"seed": -1}, "seed=-1 is no seed"),
        ({"alpha": 2}, "alpha=2 is no level of a test"),
        ({"design_effect": 0}, "design_effect=0 is no design effect"),
    ],
)
def test_plans_that_are_none_are_told(choice, sentence):
    with pytest.raises(DataError, match=sentence):
        simulated_power(population(0.2), MODEL, **{"n_obs": [50], "seed": 1} | choice)


def test_populations_that_cannot_be_drawn_from_are_told():
    several = population(0.2)
    both = {"city": ["a", "b"]}
    several = replace(
        several,
        mean=several.mean.expand_dims(both),
        cov=several.cov.expand_dims(both),
        n_obs=several.n_obs.expand_dims(both),
    )
    with pytest.raises(DataError, match="these have the dimensions city"):
        simulated_power(several, MODEL, n_obs=[50], seed=1)
    with pytest.raises(DataError, match="not positive definite"):
        simulated_power(population(0.9), MODEL, n_obs=[50], seed=1)
    model = PathModel.parse("Q =~ Q1\nV =~ V1\nS =~ S1\nS ~ Q + V + Q:V")
    moments = Moments.from_table(items=["Q1", "V1", "S1"], mean=[7] * 3, cov=np.eye(3), n_obs=99)
    with pytest.raises(ModelError, match="'Q:V' is not normal"):
        simulated_power(moments, model, n_obs=[50], seed=1)
