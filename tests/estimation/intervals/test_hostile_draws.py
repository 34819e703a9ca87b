"""Draws that are infinite, rounding, too few or without labels."""

import numpy as np
import pytest
import xarray as xr

from csat_models.errors import DataError
from csat_models.estimation.intervals.inference import interval, p_value
from csat_models.estimation.intervals.simultaneous import simultaneous_interval

KINDS = ["percentile", "basic", "normal", "bias-corrected"]


def normal_draws(n_draws=200, n_columns=2):
    numbers = np.random.default_rng(1).normal(size=(n_draws, n_columns))
    return xr.DataArray(numbers, dims=["draw", "k"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [-np.inf, np.inf])
def test_an_infinite_draw_is_a_missing_one(kind, value):
    point = xr.DataArray(np.zeros(2), dims="k")
    infinite, missing = (normal_draws(), normal_draws())
    infinite[:20, 0], missing[:20, 0] = value, np.nan
    found, wanted = (interval(some, point=point, kind=kind) for some in (infinite, missing))
    xr.testing.assert_equal(found, wanted)
    assert found.n_draws.values.tolist() == [180, 200]
    p_found, p_wanted = (p_value(some, point=point, null=0.5, kind=kind)
                         for some in (infinite, missing))  # fmt: skip
    xr.testing.assert_equal(p_found, p_wanted)


@pytest.mark.parametrize("kind", KINDS)
def test_ends_need_enough_draws_that_count(kind):
    draws = normal_draws()
    draws[:162, 0] = np.nan  # 38 count; quantiles at .025 and .975 need 39
    found = interval(draws, point=xr.DataArray(np.zeros(2), dims="k"), kind=kind,
                     monte_carlo_error=True)  # fmt: skip
    missing = [bool(np.isnan(found[name][0])) for name in ("lower", "upper", "lower_error")]
    assert missing == [kind != "normal"] * 3
    assert found.n_draws.values.tolist() == [38, 200]
    assert found.lower.notnull()[1]
    draws[161, 0] = 0.0
    assert interval(draws, point=found.estimate, kind=kind).lower.notnull().all()


@pytest.mark.parametrize("level", [1.0, 1e6])
def test_rounding_is_no_member_of_a_family(level):
    draws, point = normal_draws(), xr.DataArray(np.zeros(2), dims="k")
    alone = simultaneous_interval(draws, point=point, over="k")
    noise = level * (1.0 + 1e-15 * np.random.default_rng(2).normal(size=(200, 1)))
    wider = xr.concat([draws, xr.DataArray(noise, dims=["draw", "k"])], dim="k")
    both = simultaneous_interval(wider, point=xr.DataArray([0, 0, level + 1e-15], dims="k"),
                                 over="k")  # fmt: skip
    assert both.critical.item() == alone.critical.item()
    assert np.isnan(both.p_value[2])


def test_small_variation_about_0_is_a_member():
    draws = normal_draws() * 1e-9
    found = simultaneous_interval(draws, point=xr.DataArray(np.zeros(2), dims="k"), over="k")
    assert found.p_value.notnull().all()


@pytest.mark.parametrize(
    "use", [interval, p_value, lambda *a, **k: simultaneous_interval(*a, **k, over="k")]
)
@pytest.mark.parametrize(
    ("draws", "point", "fault"),
    [
        (lambda d: d.values, lambda p: p, "draws= is of type 'ndarray'"),
        (lambda d: d, lambda p: p.values, "point= is of type 'ndarray'"),
        (lambda d: d.rename(draw="sample"), lambda p: p, "no dimension 'draw'"),
        (lambda d: d.assign_coords(k=[1, 2]), lambda p: p.assign_coords(k=[1, 3]),
         "different labels along 'k'"),
        (lambda d: d, lambda p: p.isel(k=0), "only one of .* the dimension 'k'"),
        (lambda d: d, lambda p: p.expand_dims(city=2), "only one of .* the dimension 'city'"),
    ],
)  # fmt: skip
def test_draws_and_point_have_the_same_labels(use, draws, point, fault):
    zeros = xr.DataArray(np.zeros(2), dims="k")
    with pytest.raises(DataError, match=fault):
        use(draws(normal_draws()), point=point(zeros))


@pytest.mark.parametrize("level", [95, 0.0, 1.0, "a", None, np.nan])
def test_a_level_is_a_share(level):
    point = xr.DataArray(np.zeros(2), dims="k")
    with pytest.raises(DataError, match=r"is no confidence level; write a share such as 0\.95"):
        interval(normal_draws(), point=point, level=level)
    with pytest.raises(DataError, match=r"is no confidence level; write a share such as 0\.95"):
        simultaneous_interval(normal_draws(), point=point, over="k", level=level)
