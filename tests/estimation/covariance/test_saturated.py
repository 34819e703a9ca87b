"""What rows say of free means and covariances, against differences of the likelihood."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models import PathModel
from csat_models.estimation.covariance import fit_covariance, robust_fit
from csat_models.estimation.covariance.likelihood import evaluate, observed_information
from csat_models.estimation.covariance.saturated import saturated_information, slopes_of_moments

MODEL = PathModel.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2\nB ~ A")


def answers(share: float, *, seed: int = 1, tail: float = np.inf) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    one = rng.normal(size=(500, 1))
    values = np.hstack([one.repeat(3, 1), 0.6 * one.repeat(2, 1) + 0.8 * rng.normal(size=(500, 1))])
    noise = (
        rng.standard_t(tail, values.shape) if np.isfinite(tail) else rng.normal(size=values.shape)
    )
    values = 5.0 + values + 0.7 * noise
    values[rng.uniform(size=values.shape) < share] = np.nan
    return pd.DataFrame(values, columns=list(MODEL.items)).assign(year=np.arange(500) % 2)


@pytest.mark.parametrize("group", [None, "year"])
def test_information_is_that_of_differences(group):
    found = fit_covariance(answers(0.1), MODEL, group=group, missing="fiml")
    saturated = found.unrestricted()
    theta = found.saturated_theta(saturated)
    by_differences = observed_information(saturated, theta, found.sums)
    # Fourth-order differences with steps of .01 standard errors; the scale is that of the diagonal.
    scale = np.sqrt(np.diagonal(by_differences))
    gap = (saturated_information(found) - by_differences) / scale / scale[:, None]
    assert np.abs(gap).max() < 1e-7


def test_information_of_complete_rows_is_the_expected_one():
    found = fit_covariance(answers(0.0), MODEL, mean_structure=True)
    saturated = found.unrestricted()
    expected = evaluate(saturated, found.saturated_theta(saturated), found.sums).information
    np.testing.assert_allclose(saturated_information(found), expected, rtol=1e-9, atol=1e-9)


def test_slopes_of_moments_give_the_information_of_the_parameters():
    found = fit_covariance(answers(0.0), MODEL, mean_structure=True)
    slopes = slopes_of_moments(found, found.table, found.theta)
    assert slopes.shape == (found.unrestricted().n_free, found.table.n_free)
    moved = slopes_of_moments(found, found.table, found.theta + 0.1)
    assert not np.allclose(slopes, moved)


def test_without_missing_answers_nothing_is_corrected():
    found = fit_covariance(answers(0.0), MODEL)
    robust = robust_fit(found, correction="normal")
    assert (robust.scaling_factor, robust.baseline_scaling_factor) == (1.0, 1.0)
    assert robust.cfi == robust.cfi_scaled
    assert robust.rmsea == robust.rmsea_scaled


def test_missing_answers_hide_misfit_that_the_correction_finds():
    """Zhang and Savalei (2023): with answers missing, the plain RMSEA of a wrong model falls."""
    wrong = PathModel.parse("A =~ a1 + a2 + a3 + b1 + b2")
    complete = robust_fit(fit_covariance(answers(0.0), wrong), correction="normal")
    lacking = fit_covariance(answers(0.25), wrong, missing="fiml")
    corrected = robust_fit(lacking, correction="normal")
    assert corrected.rmsea_scaled < 0.93 * complete.rmsea
    assert corrected.rmsea == pytest.approx(complete.rmsea, rel=0.1)


def test_heavy_tails_move_the_factor_of_incomplete_rows():
    factors = [
        robust_fit(
            fit_covariance(answers(0.1, tail=tail), MODEL, missing="fiml"),
            correction="yuan_bentler",
        ).baseline_scaling_factor
        for tail in (np.inf, 4.0)
    ]
    assert factors[1] > factors[0] + 0.1
