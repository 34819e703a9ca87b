"""Families of intervals: coverage of all at once, and p-values that agree."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from csat_models.errors import DataError
from csat_models.estimation.intervals.simultaneous import simultaneous_arrays, simultaneous_interval


@pytest.fixture
def draws() -> xr.DataArray:
    numbers = np.random.default_rng(1).normal(size=(2000, 3, 2, 4))
    numbers *= np.array([1.0, 10.0, 100.0, 0.0])  # the last statistic does not vary
    return xr.DataArray(
        numbers, dims=["draw", "city", "brand", "k"], coords={"city": list("abc"), "k": range(4)}
    )


def test_one_member_is_the_symmetric_interval_alone():
    numbers = np.random.default_rng(2).normal(size=(999, 1))
    found = simultaneous_arrays(numbers, np.array([0.3]), level=0.9)
    reach = np.quantile(np.abs(numbers[:, 0] - 0.3), 0.9)
    assert found["upper"][0] - 0.3 == pytest.approx(reach, rel=1e-12)


def test_independent_members_reach_the_sidak_value(draws):
    point = xr.zeros_like(draws.isel(draw=0))
    found = simultaneous_interval(draws, point=point, over=["k", "city"], level=0.95)
    assert found.critical.dims == ("brand",)
    # 9 independent normal members: two-sided 1 - .95^(1/9), z = 2.766; its standard error
    # from 2,000 draws is .04.
    np.testing.assert_allclose(found.critical, 2.766, atol=0.16)
    scale = (found.upper - found.lower) / found.standard_error
    varying = scale.isel(k=slice(0, 3))
    np.testing.assert_allclose(varying, (2 * found.critical).broadcast_like(varying))


def test_a_family_is_as_if_it_were_alone(draws):
    """Batch equals loop, in any order of dimensions."""
    point = draws.mean("draw").transpose("k", "brand", "city") + 0.1
    together = simultaneous_interval(draws.transpose("k", "draw", ...), point=point, over="k")
    for city in "abc":
        alone = simultaneous_interval(draws.sel(city=city), point=point.sel(city=city), over=["k"])
        for name in ("lower", "upper", "p_value", "critical"):
            part = together[name].sel(city=city)
            np.testing.assert_allclose(part, alone[name].transpose(*part.dims))


def test_what_does_not_vary_is_no_member(draws):
    point = xr.zeros_like(draws.isel(draw=0))
    whole = simultaneous_interval(draws, point=point, over="k")
    fewer = simultaneous_interval(
        draws.isel(k=slice(0, 3)), point=point.isel(k=slice(0, 3)), over="k"
    )
    np.testing.assert_array_equal(whole.critical, fewer.critical)
    assert np.isnan(whole.p_value.isel(k=3)).all()
    assert (whole.lower.isel(k=3) == 0).all()


def test_draws_that_miss_a_member_are_left_out_and_counted(draws):
    holes = draws.copy()
    holes[:100, 0, 0, 1] = np.nan
    found = simultaneous_interval(holes, point=xr.zeros_like(draws.isel(draw=0)), over="k")
    assert found.n_draws.isel(city=0, brand=0).values.tolist() == [1900] * 4
    assert found.n_draws.isel(city=1, brand=0).values.tolist() == [2000] * 4


@settings(max_examples=50, deadline=None)
@given(st.floats(0.01, 0.99), st.floats(-3, 3), st.integers(0, 99))
def test_p_values_agree_with_their_intervals(alpha, null, seed):
    numbers = np.random.default_rng(seed).normal(size=(60, 5)).round(1)
    point = numbers[0]
    found = simultaneous_arrays(numbers, point, level=1 - alpha, null=null)
    outside = (null < found["lower"] - 1e-9) | (null > found["upper"] + 1e-9)
    sure = np.abs(found["p_value"] - alpha) > 1e-9
    np.testing.assert_array_equal((found["p_value"] < alpha)[sure], outside[sure])


def test_the_family_is_covered():
    """All of six correlated means at once, n = 60, by simulation."""
    generator = np.random.default_rng(7)
    root = np.linalg.cholesky(0.5 * np.eye(6) + 0.5)
    counts = generator.multinomial(60, np.full(60, 1 / 60), size=499)
    studies, hits, single = 500, 0, 0
    for _ in range(studies):
        sample = generator.normal(size=(60, 6)) @ root.T
        found = simultaneous_arrays(counts @ sample / 60, sample.mean(axis=0))
        hits += bool(((found["lower"] <= 0) & (found["upper"] >= 0)).all())
        reach = 1.96 * found["standard_error"]
        single += bool((np.abs(sample.mean(axis=0)) <= reach).all())
    # 500 studies: standard error of a 95 % share 1.0 points; at n = 60 the bootstrap's
    # standard errors are 1 % short and t has 59 degrees of freedom: about .94 is expected.
    assert 0.91 < hits / studies < 0.975
    # The intervals for one statistic alone cover six at once in about 80 %.
    assert single / studies < 0.88


def test_bad_requests_are_one_sentence(draws):
    point = draws.mean("draw")
    with pytest.raises(DataError, match="the draws have no dimension 'year'"):
        simultaneous_interval(draws, point=point, over="year")
    with pytest.raises(DataError, match="level=95 is no confidence level"):
        simultaneous_interval(draws, point=point, over="k", level=95)


def test_simultaneous_intervals_outlive_a_nearly_singular_draw():
    """One wild draw of one member: its deviation would widen that interval a hundredfold."""
    numbers = np.random.default_rng(9).normal(size=(2000, 4))
    numbers[11, 2] = 4000.0
    draws = xr.DataArray(numbers, dims=["draw", "k"])
    point = xr.zeros_like(draws.isel(draw=0))
    wild = simultaneous_interval(draws, point=point, over="k")
    found = simultaneous_interval(draws, point=point, over="k", standard_error="percentile")
    assert (wild.upper - wild.lower).sel(k=2).item() > 100
    # 2,000 draws: each standard error is good to 2 %.
    np.testing.assert_allclose(found.upper - found.lower, 2 * 2.49, rtol=0.1)
