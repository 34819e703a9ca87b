"""The likelihood and its derivatives against brute force; its maximum, alone and in a batch."""

from __future__ import annotations

import numpy as np
import pytest

from csat_models import PathModel
from csat_models.estimation.covariance.implied import implied_moments
from csat_models.estimation.covariance.likelihood import (
    Sums,
    case_scores,
    evaluate,
    gradient,
    observed_information,
)
from csat_models.estimation.covariance.parameters import EQUAL, ParameterTable
from csat_models.estimation.covariance.point import fit_batch, fit_one
from csat_models.estimation.covariance.scoring import maximise
from csat_models.estimation.covariance.starting import start_values

MODEL = PathModel.parse(
    "H =~ A + B\nA =~ a1 + a2 + a3\nB =~ b1 + b2\nC =~ c1 + c2 + c3\nD =~ d1\nC ~ H\nD ~ C + H"
)


@pytest.fixture(scope="module")
def table():
    return ParameterTable.of(
        MODEL,
        residual_covariances=(("a1", "c1"),),
        mean_structure=True,
        groups=("one", "two"),
        equal=EQUAL[:2],
    )


@pytest.fixture(scope="module")
def theta(table):
    rng = np.random.default_rng(3)
    values = {"=~": 0.9, "~": 0.3, "~1": 5.0}
    start = np.zeros(table.n_free)
    for g in range(2):
        for number, p in zip(table.free[g], table.parameters, strict=True):
            if number >= 0:
                same = p.row == p.col
                start[number] = values.get(p.op, 1.0 if same else 0.1)
    return start + 0.05 * rng.uniform(size=len(start))


@pytest.fixture(scope="module")
def rows(table, theta):
    rng = np.random.default_rng(4)
    implied = implied_moments(table, table.expand(theta))
    drawn = [rng.multivariate_normal(implied.mean[g], implied.cov[g], 60) for g in range(2)]
    drawn[0][rng.uniform(size=drawn[0].shape) < 0.1] = np.nan
    return tuple(values[~np.isnan(values).all(axis=1)] for values in drawn)


def log_density(table, theta, rows):
    """One row after the other, by the formula of the normal density."""
    implied, total = implied_moments(table, table.expand(theta)), 0.0
    for g, values in enumerate(rows):
        for row in values:
            known = ~np.isnan(row)
            cov = implied.cov[g][np.ix_(known, known)]
            gap = row[known] - implied.mean[g][known]
            total -= 0.5 * (np.linalg.slogdet(2 * np.pi * cov)[1] + gap @ np.linalg.solve(cov, gap))
    return total


def test_the_sum_over_patterns_is_the_sum_over_rows(table, theta, rows):
    found = evaluate(table, theta, Sums.of_rows(rows))
    assert found.value == pytest.approx(log_density(table, theta, rows), rel=1e-12)


def test_derivatives_are_those_of_the_density(table, theta, rows):
    slopes = evaluate(table, theta, Sums.of_rows(rows)).gradient
    step = 1e-5
    for k in range(len(theta)):
        move = step * np.eye(len(theta))[k]
        up, down = (log_density(table, theta + sign * move, rows) for sign in (1, -1))
        # Central differences of a number of some 1e3 that is known to 1e-13 of itself.
        assert slopes[k] == pytest.approx((up - down) / (2 * step), rel=1e-5, abs=1e-4)


def test_rows_scores_add_up_to_the_gradient(table, theta, rows):
    scores = case_scores(table, theta, rows)
    assert len(scores) == sum(map(len, rows))
    np.testing.assert_allclose(
        scores.sum(axis=0), gradient(table, theta, Sums.of_rows(rows)), rtol=1e-9, atol=1e-9
    )


def test_expected_information_is_the_mean_of_the_observed(table, theta):
    implied = implied_moments(table, table.expand(theta))
    size = np.full(2, 500.0)
    population = Sums.of_moments(implied.cov, size, implied.mean)
    there = evaluate(table, theta, population)
    np.testing.assert_allclose(there.gradient, 0.0, atol=1e-8)
    # Fourth-order differences with steps of .01 standard errors.
    np.testing.assert_allclose(
        observed_information(table, theta, population), there.information, rtol=1e-5, atol=1e-4
    )


def test_a_population_is_recovered_exactly(table, theta):
    implied = implied_moments(table, table.expand(theta))
    sums = Sums.of_moments(implied.cov[None], np.full((1, 2), 300.0), implied.mean[None])
    start = start_values(table, implied.cov, implied.mean)[None]
    found = maximise(table, start, sums)
    assert found.converged.all()
    np.testing.assert_allclose(found.theta[0], theta, atol=1e-7)


def test_an_impossible_covariance_matrix_has_no_likelihood(table, theta, rows):
    outside = theta.copy()
    outside[[name.startswith("a1 ~~ a1") for name in table.names]] = -9.0
    assert evaluate(table, outside, Sums.of_rows(rows)).value == -np.inf


@pytest.fixture(scope="module")
def samples():
    rng = np.random.default_rng(7)
    model = PathModel.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nB ~ A")
    factor = rng.normal(size=(12, 150, 1))
    other = 0.6 * factor + 0.8 * rng.normal(size=factor.shape)
    block = np.concatenate([factor.repeat(3, -1), other.repeat(3, -1)], axis=-1)
    values = block + rng.normal(size=block.shape)
    cov = np.stack([np.cov(sample.T) for sample in values])
    return ParameterTable.of(model), cov


def test_a_batch_equals_a_loop(samples):
    table, cov = samples
    batch = fit_batch(table, cov, max_iterations=300)
    assert batch.converged.all()
    for k, one in enumerate(cov):
        alone = fit_batch(table, one[None], max_iterations=300)
        # Draws stop at steps of some 1e-7 standard deviations.
        np.testing.assert_allclose(batch.theta[k], alone.theta[0], atol=3e-6)
        single = fit_one(table, one, 150, max_iterations=300)
        scale = np.where([p.op == "~~" for p in _free(table)], 149 / 150, 1.0)
        np.testing.assert_allclose(batch.theta[k] * scale, single.theta[0], atol=3e-6)


def test_bad_samples_of_a_batch_are_marked_and_leave_the_others_alone(samples):
    table, cov = samples
    spoilt = cov.copy()
    spoilt[1], spoilt[2, 0, :], spoilt[2, :, 0] = np.nan, 0.0, 0.0
    spoilt[3] = np.ones((6, 6))
    found = fit_batch(table, spoilt, max_iterations=300)
    assert found.converged.tolist()[:5] == [True, False, False, False, True]
    assert np.isnan(found.theta[1:4]).all()
    np.testing.assert_allclose(
        found.theta[4:], fit_batch(table, cov, max_iterations=300).theta[4:], atol=3e-6
    )


def _free(table):
    return [p for p in table.parameters if p.fixed is None]
