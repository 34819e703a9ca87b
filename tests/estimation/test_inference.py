"""Intervals: kinds, missing draws, agreement with numpy and theory."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from csat_models import interval
from csat_models.errors import DataError
from csat_models.estimation.inference import KINDS, interval_arrays


@pytest.fixture
def draws() -> np.ndarray:
    return np.random.default_rng(1).normal(10.0, 2.0, size=(999, 3))


def test_percentile_equals_numpy(draws):
    low, high, error, count = interval_arrays(draws, draws.mean(axis=0), level=0.9)
    np.testing.assert_allclose(low, np.quantile(draws, 0.05, axis=0), rtol=1e-13)
    np.testing.assert_allclose(high, np.quantile(draws, 0.95, axis=0), rtol=1e-13)
    np.testing.assert_allclose(error, draws.std(axis=0, ddof=1), rtol=1e-12)
    assert count.tolist() == [999] * 3


def test_missing_draws_are_counted_and_left_out(draws):
    holes = draws.copy()
    holes[::3, 1] = np.nan
    holes[:, 2] = np.nan
    low, _high, error, count = interval_arrays(holes, draws.mean(axis=0))
    assert count.tolist() == [999, 666, 0]
    kept = holes[~np.isnan(holes[:, 1]), 1]
    assert low[1] == pytest.approx(np.quantile(kept, 0.025), rel=1e-13)
    assert error[1] == pytest.approx(kept.std(ddof=1))
    assert np.isnan(low[2])


def test_basic_mirrors_percentile(draws):
    point = np.array([10.0, 11.0, 9.0])
    low, high, *_ = interval_arrays(draws, point)
    basic_low, basic_high, *_ = interval_arrays(draws, point, kind="basic")
    np.testing.assert_allclose(basic_low, 2 * point - high)
    np.testing.assert_allclose(basic_high, 2 * point - low)


def test_kinds_agree_on_symmetric_draws():
    symmetric = np.random.default_rng(2).normal(size=(40_000, 1))
    symmetric -= np.median(symmetric)
    for kind in KINDS:
        low, high, *_ = interval_arrays(symmetric, np.zeros(1), kind=kind)
        # Standard error of a 2.5 % quantile from 40,000 draws is .013.
        assert low[0] == pytest.approx(-1.96, abs=0.06)
        assert high[0] == pytest.approx(1.96, abs=0.06)


def test_bias_correction_moves_with_the_point(draws):
    below, *_ = interval_arrays(draws, draws.mean(axis=0) - 0.5, kind="bias-corrected")
    centred, *_ = interval_arrays(draws, draws.mean(axis=0), kind="bias-corrected")
    assert (below < centred).all()


def test_labels_survive_any_order_of_dimensions():
    draws = xr.DataArray(
        np.arange(24.0).reshape(2, 4, 3),
        dims=["operator", "draw", "city"],
        coords={"operator": ["ours", "rival"], "city": list("abc")},
    )
    point = draws.mean("draw").transpose("city", "operator")
    found = interval(draws, point=point)
    for city in "abc":
        one = interval(draws.sel(city=city), point=point.sel(city=city))
        np.testing.assert_allclose(found.lower.sel(city=city), one.lower)
        np.testing.assert_allclose(found.estimate.sel(city=city), point.sel(city=city))


def test_a_missing_city_is_an_error_not_a_silence():
    draws = xr.DataArray(np.zeros((4, 2)), dims=["draw", "city"], coords={"city": ["a", "b"]})
    point = xr.DataArray(np.zeros(1), dims=["city"], coords={"city": ["a"]})
    with pytest.raises(ValueError, match="exact"):
        interval(draws, point=point)


def test_bad_requests_are_one_sentence(draws):
    array = xr.DataArray(draws, dims=["draw", "k"])
    with pytest.raises(DataError, match=r"level=95 is no confidence level"):
        interval(array, point=array.mean("draw"), level=95)
    with pytest.raises(DataError, match="kind='BCa' is no interval"):
        interval(array, point=array.mean("draw"), kind="BCa")


def test_mean_interval_covers():
    """Percentile intervals of a mean, n = 100, by simulation."""
    generator = np.random.default_rng(5)
    hits, studies = 0, 400
    for _ in range(studies):
        sample = generator.normal(size=100)
        draws = sample[generator.integers(0, 100, size=(600, 100))].mean(axis=1)
        low, high, *_ = interval_arrays(draws[:, None], [sample.mean()])
        hits += bool(low[0] <= 0.0 <= high[0])
    # 400 studies, seed 5: standard error of a 95 % share is 1.1 points.
    assert 0.91 < hits / studies < 0.985
