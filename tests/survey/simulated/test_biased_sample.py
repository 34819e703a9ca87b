"""Weighted estimates recover the population from a biased sample, to within Monte-Carlo error."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from csat_models.survey.simulated.population import Population
from csat_models.survey.simulated.simulated_survey import simulate_survey
from csat_models.survey.weighting.weights import compute_weights

ITEMS = ["A1", "A2", "A3", "B1", "B2"]
GROUPS = ["young", "middle", "old"]
REPLICATIONS = 60
CUSTOMERS = xr.DataArray([500.0, 300.0, 200.0], [("group", GROUPS)])


def population(sizes: list[int]) -> Population:
    """Three age groups, the young less satisfied by up to a standard deviation."""
    shift = np.array([[-0.5], [0.0], [0.5]]) * np.linspace(0.6, 1.0, len(ITEMS))
    return Population.declare(
        "A =~ 0.8*A1 + 0.7*A2 + 0.8*A3\nB =~ 0.9*B1 + 0.8*B2\nB ~ 0.6*A",
        mean=7.0,
        group_shift=xr.DataArray(shift, [("group", GROUPS), ("item", ITEMS)]),
        customers=CUSTOMERS,
        sample_size=xr.DataArray(sizes, [("group", GROUPS)]),
    )


def moments(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Means, then the lower triangle of the covariances."""
    cov = np.cov(rows, rowvar=False, aweights=weights, ddof=0)
    return np.append(np.average(rows, axis=0, weights=weights), cov[np.tril_indices(len(ITEMS))])


def biases(sizes: list[int], seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bias of means and covariances without and with weights, and the latter's error."""
    people = population(sizes)
    exact = people.item_moments()
    truth = np.append(exact.mean.values, exact.cov.values[np.tril_indices(len(ITEMS))])
    plain, weighted = [], []
    for k in range(REPLICATIONS):
        frame = simulate_survey(people, seed + k).frame
        scores = frame[ITEMS].to_numpy()
        shares = dict(zip(GROUPS, (CUSTOMERS / CUSTOMERS.sum()).values.tolist(), strict=True))
        weights = compute_weights(frame.drop(columns="weight"), {"group": shares}).values
        plain.append(moments(scores, np.ones(len(scores))) - truth)
        weighted.append(moments(scores, weights) - truth)
    error = np.std(weighted, axis=0, ddof=1) / np.sqrt(REPLICATIONS)
    return np.mean(plain, axis=0), np.mean(weighted, axis=0), error


def test_weights_take_the_bias_out_of_means_and_covariances():
    """The old are 20 % of the customers and 60 % of the sample.

    Means: bias .35 to .57 points without weights, .001 to .011 with them, at a Monte-Carlo
    standard error of .011 to .014.
    """
    plain, weighted, error = biases([120, 120, 360], seed=1)
    means = slice(0, len(ITEMS))
    assert (plain[means] > 0.3).all()
    assert (plain[means] > 20 * error[means]).all()
    # 20 numbers: one beyond 3.5 errors has probability .01; divisor n makes covariances
    # smaller by the design effect over n, some .4 %
    exact = population([1, 1, 1]).item_moments().cov.values[np.tril_indices(len(ITEMS))]
    allowed = 3.5 * error + 0.004 * np.append(np.zeros(len(ITEMS)), np.abs(exact))
    assert (np.abs(weighted) < allowed).all()
    assert error[means].max() < 0.02


def test_without_a_biased_sample_weights_have_nothing_to_do():
    plain, weighted, error = biases([300, 180, 120], seed=1)
    np.testing.assert_allclose(plain, weighted, atol=1e-9)
    assert np.abs(weighted[: len(ITEMS)]).max() < 3.5 * error.max()
    assert plain[0] == pytest.approx(0.0, abs=3.5 * error[0])
