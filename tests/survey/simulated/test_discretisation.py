"""Exact moments of scores against integration and against huge samples."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csat_models.errors import DataError
from csat_models.survey.simulated.discretisation import (
    cut_points,
    discretise,
    score_cov,
    score_mean,
    solve_latent_mean,
    thresholds,
)

LOW = np.array([1.0, 1.0, 0.0, 0.0])
HIGH = np.array([10.0, 10.0, 1.0, 10.0])
MEAN = np.array([8.4, 6.0, 0.1, 7.3])
SPREAD = np.array([1.7, 2.0, 0.5, 1.9])


NODE, WEIGHT = np.polynomial.legendre.leggauss(100)


def integrate(tau_1: np.ndarray, tau_2: np.ndarray, rho: float) -> float:
    """Cov of two step functions of a bivariate normal: E[X g(x)] over a fine grid of x.

    Given x, the second latent answer is normal with mean rho x and variance
    1 - rho^2; E[X Y] - E[X] E[Y] by Gauss-Legendre between the thresholds of X.
    """
    from scipy.special import ndtr

    edges = np.concatenate([[-9.0], np.clip(tau_1[np.isfinite(tau_1)], -9, 9), [9.0]])
    total = 0.0
    second = tau_2[np.isfinite(tau_2)]
    for score, (left, right) in enumerate(pairwise(edges)):
        x = 0.5 * (right - left) * NODE + 0.5 * (left + right)
        density = np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)
        given_x = ndtr((rho * x[:, None] - second) / np.sqrt(1 - rho**2)).sum(axis=1)
        total += score * (0.5 * (right - left) * WEIGHT * density * given_x).sum()
    return float(total - ndtr(-tau_1).sum() * ndtr(-tau_2).sum())


@pytest.mark.parametrize("rho", [-0.6, 0.0, 0.3, 0.76])
def test_the_series_agrees_with_integration(rho):
    tau = thresholds(MEAN, SPREAD, LOW, HIGH)
    corr = np.where(np.eye(4, dtype=bool), 1.0, rho)
    cov = score_cov(tau, corr)
    for i in range(4):
        for j in range(i):
            # 1e-8: remainder of 80 terms at .76 and the rule of 100 nodes an interval
            assert cov[i, j] == pytest.approx(integrate(tau[i], tau[j], rho), abs=1e-8)


def test_a_huge_sample_agrees():
    rng = np.random.default_rng(3)
    corr = np.where(np.eye(4, dtype=bool), 1.0, 0.5)
    n = 400_000
    normals = rng.standard_normal((n, 4)) @ np.linalg.cholesky(corr).T
    scores = discretise(MEAN + SPREAD * normals, LOW, HIGH)
    tau = thresholds(MEAN, SPREAD, LOW, HIGH)
    cov = score_cov(tau, corr)
    # five standard errors of a mean and of a covariance (kurtosis below 3 times the normal's)
    sd = np.sqrt(np.diag(cov))
    assert (np.abs(scores.mean(axis=0) - score_mean(tau, LOW)) < 5 * sd / np.sqrt(n)).all()
    assert (np.abs(np.cov(scores.T) - cov) < 5 * 2 * np.outer(sd, sd) / np.sqrt(n)).all()


def test_thresholds_and_rounding_are_the_same_thing():
    rng = np.random.default_rng(4)
    latent = MEAN + SPREAD * rng.standard_normal((1000, 4)) * 2
    counted = LOW + (latent[..., None] > cut_points(LOW, HIGH)).sum(axis=-1)
    np.testing.assert_array_equal(discretise(latent, LOW, HIGH), counted)


def test_the_batch_equals_the_loop():
    rng = np.random.default_rng(5)
    means = MEAN + rng.normal(0, 0.3, (3, 2, 4))
    corr = np.where(np.eye(4, dtype=bool), 1.0, 0.4)
    batch = score_cov(thresholds(means, SPREAD, LOW, HIGH), corr)
    for index in np.ndindex(3, 2):
        single = score_cov(thresholds(means[index], SPREAD, LOW, HIGH), corr)
        np.testing.assert_allclose(batch[index], single, rtol=1e-13, atol=1e-15)


@given(
    st.floats(1.3, 9.8),
    st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=3),
    st.floats(0.5, 3.0),
)
def test_any_mean_within_the_scale_is_hit_under_any_mixture(target, shift, spread):
    groups = len(shift)
    share = np.arange(1, groups + 1) / np.arange(1, groups + 1).sum()
    ends = {"spread": np.array([spread]), "low": np.array([1.0]), "high": np.array([10.0])}
    shifts = np.array(shift)[:, None]
    mean = solve_latent_mean(np.array([target]), shifts, share, **ends)
    tau = thresholds(mean + shifts, **ends)
    # 1e-11: ten times the solver's tolerance
    assert share @ score_mean(tau, ends["low"])[:, 0] == pytest.approx(target, abs=1e-11)


@pytest.mark.parametrize("target", [1.0, 10.0, 12.0, np.nan])
def test_a_mean_outside_the_scale_is_refused(target):
    one = np.ones(1)
    with pytest.raises(DataError, match="outside its scale"):
        solve_latent_mean(
            np.array([target]), np.zeros((1, 1)), one, spread=one, low=one, high=one * 10
        )
