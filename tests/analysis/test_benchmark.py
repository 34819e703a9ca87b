"""Lead, change and rank, and the uncertainty of ranks."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from csat_models import change, lead, rank, rank_interval, rank_probability
from csat_models.analysis import probability_positive
from csat_models.errors import DataError


def cities(values, name="city"):
    values = np.asarray(values, dtype=float)
    return xr.DataArray(
        values,
        dims=["draw", name][-values.ndim :],
        coords={name: [f"c{k}" for k in range(values.shape[-1])]},
    )


def test_the_worked_example():
    """Network 83.68 against an implied 75.94; business 78.10 against 80.75."""
    index = xr.DataArray(
        [[83.68, 75.94], [78.10, 80.75]],
        dims=["construct", "operator"],
        coords={"construct": ["Network", "Business"], "operator": ["ours", "rival"]},
    )
    found = lead(index, over="operator", ours="ours", theirs="rival")
    np.testing.assert_allclose(found, [7.74, -2.65], atol=1e-12)
    turned = lead(index, over="operator", ours="rival", theirs="ours")
    np.testing.assert_allclose(turned, -found)


def test_change_is_labelled_with_the_later_wave():
    index = xr.DataArray([70.0, 72.0, 71.0], dims="year", coords={"year": [2021, 2022, 2023]})
    assert change(index).to_series().to_dict() == {2022: 2.0, 2023: -1.0}
    with pytest.raises(DataError, match="not in ascending order"):
        change(index.isel(year=[1, 0]))


def test_sentences_for_unknown_labels():
    index = cities([1.0, 2.0])
    with pytest.raises(DataError, match="no dimension 'operator'; it has city"):
        lead(index, over="operator", ours="a", theirs="b")
    with pytest.raises(DataError, match="'x' is not among the values of 'city': c0, c1"):
        lead(index, over="city", ours="x", theirs="c1")
    with pytest.raises(DataError, match="no dimension 'year'"):
        change(index)


@given(st.lists(st.integers(0, 6) | st.none(), min_size=1, max_size=12))
def test_rank_equals_counting(values):
    array = np.array([np.nan if v is None else v for v in values], dtype=float)
    found = rank(cities(array), over="city").to_numpy()
    for k, value in enumerate(array):
        if np.isnan(value):
            assert np.isnan(found[k])
        else:
            assert found[k] == 1 + np.sum(array > value)


def test_rank_works_draw_by_draw():
    draws = cities(np.random.default_rng(1).normal(size=(50, 6)))
    batch = rank(draws, over="city")
    for draw in range(50):
        np.testing.assert_array_equal(batch[draw], rank(draws[draw], over="city"))


def test_rank_probabilities_sum_to_one_and_find_the_leader():
    generator = np.random.default_rng(2)
    draws = cities(generator.normal([5.0, 0.0, 0.0], 1.0, size=(2000, 3)))
    shares = rank_probability(rank(draws, over="city"), over="city")
    np.testing.assert_allclose(shares.sum("rank"), 1.0)
    assert shares.sel(city="c0", rank=1) > 0.99
    assert shares.sel(city="c1", rank=2).item() == pytest.approx(0.5, abs=0.05)


def test_probability_positive_leaves_missing_draws_out():
    draws = cities([[1.0, np.nan], [-1.0, 2.0], [3.0, np.nan]])
    assert probability_positive(draws).values == pytest.approx([2 / 3, 1.0])


def test_rank_intervals_follow_the_separation():
    generator = np.random.default_rng(3)
    noise = generator.normal(size=(1500, 4))
    far = rank_interval(
        cities(np.array([40.0, 30, 20, 10]) + noise), point=cities([40.0, 30, 20, 10]), over="city"
    )
    np.testing.assert_array_equal(far.lower, [1, 2, 3, 4])
    np.testing.assert_array_equal(far.upper, [1, 2, 3, 4])
    near = rank_interval(
        cities(np.array([1.2, 1.1, 1.0, 0.9]) + noise),
        point=cities([1.2, 1.1, 1, 0.9]),
        over="city",
    )
    np.testing.assert_array_equal(near.lower, [1, 1, 1, 1])
    np.testing.assert_array_equal(near.upper, [4, 4, 4, 4])


def test_a_unit_without_data_is_not_ranked_and_changes_no_other_rank():
    generator = np.random.default_rng(6)
    point = np.array([3.0, np.nan, 2.0, 0.0])
    draws = point + 0.3 * generator.normal(size=(500, 4))
    found = rank_interval(cities(draws), point=cities(point), over="city")
    present = [0, 2, 3]
    alone = rank_interval(cities(draws[:, present]), point=cities(point[present]), over="city")
    for name in ("estimate", "lower", "upper"):
        assert np.isnan(found[name][1])
        np.testing.assert_array_equal(found[name][present], alone[name])
    shares = rank_probability(rank(cities(draws), over="city"), over="city")
    assert shares.sizes["rank"] == 3
    assert shares.sel(city="c1").isnull().all()


def test_rank_intervals_cover_the_true_ranks():
    """95 % intervals hold each true rank in at least about 95 % of samples."""
    generator = np.random.default_rng(4)
    truth = np.array([2.0, 1.0, 0.5, 0.0, -1.0])
    true_rank = rank(cities(truth), over="city").to_numpy()
    held, studies = np.zeros(5), 200
    for _ in range(studies):
        sample = truth + 0.4 * generator.normal(size=5)
        draws = sample + 0.4 * generator.normal(size=(400, 5))
        found = rank_interval(cities(draws), point=cities(sample), over="city")
        held += (found.lower <= true_rank) & (true_rank <= found.upper)
    # 200 studies, seed 4: standard error 1.5 points at 95 %.
    assert (held / studies > 0.91).all()


def test_a_rank_interval_needs_draws_and_a_level():
    point = cities([1.0, 2.0])
    draws = cities(np.random.default_rng(1).normal(size=(99, 2)))
    with pytest.raises(DataError, match="level=95 is no confidence level"):
        rank_interval(draws, point=point, over="city", level=95)
    with pytest.raises(DataError, match="no dimension 'draw'"):
        rank_interval(point, point=point, over="city")
    with pytest.raises(DataError, match="no dimension 'brand'"):
        rank_interval(draws, point=point, over="brand")
