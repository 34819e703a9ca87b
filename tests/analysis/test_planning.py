"""Planning: published figures, and formulas against simulation."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from csat_models.analysis.planning import (
    detectable_difference,
    half_width,
    power_for_difference,
    power_from_intervals,
    sample_size_for_difference,
    sample_size_gamma_exponential,
    sample_size_inverse_square_root,
)
from csat_models.errors import DataError


def test_the_published_minimum_samples():
    """Kock and Hadaya (2018): 160 and 146 for a path of .197, power .8, one-sided .05."""
    assert sample_size_inverse_square_root(0.197) == 160
    assert sample_size_gamma_exponential(0.197) == 146


def test_the_index_precision_in_print():
    """At n = 250 and deviations 17, 21, 27: half widths (90 %) and detectable changes."""
    for deviation, width, change in ((17, 1.8, 4.3), (21, 2.2, 5.3), (27, 2.8, 6.8)):
        assert round(half_width(deviation, 250, level=0.9), 1) == width
        assert round(detectable_difference(deviation, 250), 1) == change


@pytest.mark.parametrize("rule", [sample_size_inverse_square_root, sample_size_gamma_exponential])
def test_samples_grow_with_power_and_fall_with_the_path(rule):
    assert rule(0.1) > rule(0.2) > rule(0.4)
    assert rule(0.2, power=0.9) > rule(0.2) > rule(0.2, alpha=0.1)
    assert rule(0.2, tails=2) > rule(0.2)
    assert rule(-0.2) == rule(0.2)


def test_a_sample_size_is_the_least_that_detects():
    for difference in (1.0, 2.5, 5.3, 11.0):
        n = sample_size_for_difference(difference, 21, design_effect=1.4)
        assert detectable_difference(21, n, design_effect=1.4) <= difference
        assert detectable_difference(21, n - 1, design_effect=1.4) > difference


def test_the_detectable_difference_is_detected_as_often_as_said():
    """4,000 simulated pairs of samples, seed 5; Monte-Carlo error of the rate .006."""
    n, deviation, replications = 200, 20.0, 4000
    difference = detectable_difference(deviation, n, power=0.8)
    generator = np.random.default_rng(5)
    means = generator.normal(size=(2, replications)) * deviation / np.sqrt(n)
    change = means[1] + difference - means[0]
    error = deviation * np.sqrt(2 / n)
    ends = xr.DataArray(change - 1.959964 * error, dims="replication")
    found = power_from_intervals(ends, ends + 2 * 1.959964 * error)
    assert abs(found.rate.item() - 0.8) < 3 * found.error.item()


def test_returning_respondents_make_changes_detectable():
    whole = detectable_difference(20, 300)
    tied = detectable_difference(20, 300, correlation=0.6, overlap=1.0)
    # Var(a - b) = 2 s2 (1 - r) / n
    assert tied == pytest.approx(whole * np.sqrt(0.4), rel=1e-12)
    assert detectable_difference(20, 300, 150) > whole


@pytest.mark.parametrize(
    "call",
    [
        lambda: sample_size_inverse_square_root(0.0),
        lambda: sample_size_inverse_square_root(0.2, power=1.0),
        lambda: sample_size_gamma_exponential(1.5),
        lambda: sample_size_gamma_exponential(0.2, tails=3),
        lambda: sample_size_gamma_exponential(1e-6),
        lambda: half_width(0, 250),
        lambda: half_width(20, 250, level=1.0),
        lambda: detectable_difference(20, 250, overlap=2.0),
        lambda: sample_size_for_difference(0, 20),
        lambda: half_width("20", 250),
        lambda: half_width(20, 250, level=None),
        lambda: detectable_difference(20, 250, "300"),
        lambda: power_for_difference(None, 20, 250),
        lambda: power_for_difference(float("nan"), 20, 250),
        lambda: sample_size_gamma_exponential("0.2"),
    ],
)
def test_what_cannot_be_planned_is_refused(call):
    with pytest.raises(DataError):
        call()


@pytest.mark.parametrize("n_other", [None, 400])
def test_power_is_the_inverse_of_what_is_detectable(n_other):
    least = detectable_difference(20, 250, n_other, power=0.7, design_effect=1.5)
    # The far tail of the two-sided test, below 1e-3 at this power, is left out by both.
    found = power_for_difference(least, 20, 250, n_other, design_effect=1.5)
    assert found == pytest.approx(0.7, abs=1e-9)
    assert power_for_difference(2 * least, 20, 250, n_other, design_effect=1.5) > 0.95
