"""Permuted groups: equal to a loop, uniform under the null, the same when swapped."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from csat_models import compute_moments
from csat_models.errors import DataError
from csat_models.estimation.draws.permutation import (
    exchangeable_units,
    permutation_labels,
    permutation_p_value,
    permute_groups,
)


@pytest.fixture
def survey() -> pd.DataFrame:
    generator = np.random.default_rng(2)
    frame = pd.DataFrame(generator.normal(5, 2, (40, 2)), columns=["x", "y"])
    frame.loc[::7, "y"] = np.nan
    frame["w"] = generator.uniform(0.5, 2.0, 40)
    frame["brand"] = ["ours"] * 15 + ["rival"] * 20 + ["third"] * 5
    frame["city"] = ["a", "b"] * 20
    return frame


@pytest.mark.parametrize("within", [[], ["city"]])
def test_permutations_equal_a_loop(survey, within):
    how = {"items": ["x", "y"], "sampling_weights": "w"}
    found = permute_groups(survey, group="brand", n_permutations=5, seed=3, within=within, **how)
    codes = survey["brand"].astype("category").cat.codes.to_numpy().astype(np.intp)
    strata = survey["city"].astype("category").cat.codes.to_numpy().astype(np.intp)
    shuffled = permutation_labels(codes, 5, np.random.default_rng(3), strata if within else None)
    names = np.array(["ours", "rival", "third"])
    for number in range(5):
        alone = compute_moments(survey.assign(brand=names[shuffled[number]]), by=["brand"], **how)
        for name in ("mean", "cov", "n_obs", "weight_sum", "n_effective"):
            one = getattr(found, name).sel(permutation=number)
            # Sums of 40 products in two orders.
            np.testing.assert_allclose(one, getattr(alone, name), rtol=1e-10, atol=1e-12)


def test_labels_stay_within_strata():
    labels, strata = np.array([0, 0, 1, 1, 1, 0]), np.array([0, 0, 0, 1, 1, 1])
    shuffled = permutation_labels(labels, 300, np.random.default_rng(1), strata)
    assert (np.sort(shuffled[:, :3], axis=1) == [0, 0, 1]).all()
    assert (np.sort(shuffled[:, 3:], axis=1) == [0, 1, 1]).all()
    # Each of three places equally often: 300 shuffles, standard error .027.
    np.testing.assert_allclose(shuffled[:, :3].mean(axis=0), 1 / 3, atol=0.11)


def test_p_value_equals_all_permutations():
    """Against the exact permutation distribution of 7 values in 3 and 4."""
    sample = np.array([1.2, 3.4, 2.2, 5.0, 4.1, 6.3, 2.9])
    frame = pd.DataFrame({"x": sample, "brand": list("aaabbbb")})
    mean = compute_moments(frame, items=["x"], by=["brand"]).mean.sel(item="x")
    shuffled = permute_groups(frame, group="brand", n_permutations=6000, seed=1, items=["x"])
    moved = shuffled.mean.sel(item="x")
    found = permutation_p_value(
        moved.sel(brand="a") - moved.sel(brand="b"), mean.sel(brand="a") - mean.sel(brand="b")
    ).item()
    gaps = [
        sample[list(one)].mean() - np.delete(sample, list(one)).mean()
        for one in combinations(range(7), 3)
    ]
    exact = np.mean(np.abs(gaps) >= abs(gaps[0]) - 1e-12)
    # 6,000 permutations: standard error .004 at most.
    assert found == pytest.approx(exact, abs=0.02)


def test_swapped_groups_have_the_same_p_value(survey):
    """Mistake 9: p-values of group comparisons that change when the groups are swapped."""
    moved = permute_groups(survey, group="brand", n_permutations=99, seed=1, items=["x", "y"])
    mean = compute_moments(survey, items=["x", "y"], by=["brand"]).mean
    one = permutation_p_value(
        moved.mean.sel(brand="ours") - moved.mean.sel(brand="rival"),
        mean.sel(brand="ours") - mean.sel(brand="rival"),
    )
    other = permutation_p_value(
        moved.mean.sel(brand="rival") - moved.mean.sel(brand="ours"),
        mean.sel(brand="rival") - mean.sel(brand="ours"),
    )
    np.testing.assert_array_equal(one, other)


def test_p_values_never_are_zero_and_count_missing_permutations():
    permuted = xr.DataArray([0.1, np.nan, -0.2], dims="permutation")
    assert permutation_p_value(permuted, xr.DataArray(9.0)).item() == pytest.approx(1 / 3)
    assert np.isnan(permutation_p_value(permuted, xr.DataArray(np.nan)))
    assert permutation_p_value(permuted, xr.DataArray(0.1), side="greater").item() == 2 / 3
    assert permutation_p_value(permuted, xr.DataArray(-0.2), side="less").item() == 2 / 3


def test_bad_requests_are_one_sentence(survey):
    with pytest.raises(DataError, match="column 'brand' has 1 group"):
        permute_groups(survey.assign(brand="a"), group="brand", n_permutations=2, seed=1)
    with pytest.raises(DataError, match="no column 'year'"):
        permute_groups(survey, group="year", n_permutations=2, seed=1, items=["x"])
    with pytest.raises(DataError, match="side='up' is no side"):
        permutation_p_value(xr.DataArray([1.0], dims="permutation"), xr.DataArray(1.0), side="up")


@pytest.mark.parametrize("missing", ["pairwise", "em"])
def test_permutations_of_incomplete_answers_equal_a_loop(survey, missing):
    how = {"items": ["x", "y"], "missing": missing}
    groups = survey.assign(brand=["ours"] * 18 + ["rival"] * 22)
    found = permute_groups(groups, group="brand", n_permutations=3, seed=3, **how)
    codes = (groups["brand"] == "rival").to_numpy().astype(np.intp)
    shuffled = permutation_labels(codes, 3, np.random.default_rng(3))
    for number in range(3):
        names = np.array(["ours", "rival"])[shuffled[number]]
        alone = compute_moments(groups.assign(brand=names), by=["brand"], **how)
        # Maximum likelihood stops within 1e-7 deviations a step.
        np.testing.assert_allclose(found.cov.sel(permutation=number), alone.cov, atol=3e-5)
        np.testing.assert_allclose(found.mean.sel(permutation=number), alone.mean, atol=3e-5)


def test_units_of_one_group_move_whole_and_others_within():
    """Villages 0-3 are of one group each, village 4 is of both."""
    villages = np.repeat(np.arange(5), 3)
    labels = np.array([0] * 6 + [1] * 6 + [0, 1, 1])
    shuffled = permutation_labels(labels, 200, np.random.default_rng(1), levels=[villages])
    whole, divided = shuffled[:, :12].reshape(200, 4, 3), shuffled[:, 12:]
    assert (whole == whole[:, :, :1]).all()
    assert (whole[:, :, 0].sum(axis=1) == 2).all() and (divided.sum(axis=1) == 2).all()
    # Six ways to choose two of four villages, three for one of three rows: all are met.
    assert len(np.unique(whole[:, :, 0], axis=0)) == 6 and len(np.unique(divided, axis=0)) == 3


def test_persons_move_within_villages_of_both_groups():
    villages = np.array([0, 0, 0, 0, 0, 1, 1])
    persons = np.array([7, 7, 8, 8, 9, 5, 6])
    labels = np.array([0, 1, 0, 0, 1, 1, 1])
    strata, units = exchangeable_units(labels, np.zeros(7, dtype=np.intp), [villages, persons])
    # Person 7 changes between the own rows; 8, as a whole, with 9; village 1 with no other.
    assert strata[0] == strata[1] != strata[2] == strata[4] and units[2] == units[3] != units[4]
    assert units[0] != units[1] and units[5] == units[6] and strata[5] not in strata[:5]


@pytest.mark.parametrize("levels", [[], [np.arange(9)]])
def test_units_of_one_row_change_nothing(levels):
    labels, strata = np.arange(9) % 3, np.repeat([0, 1], [4, 5])
    one, other = (
        permutation_labels(labels, 20, np.random.default_rng(1), strata, each)
        for each in ([], levels)
    )
    np.testing.assert_array_equal(one, other)


def test_means_of_villages_vary_as_villages_do(survey):
    """Permuted differences are as wide as those of 20 villages, not of 400 rows."""
    generator = np.random.default_rng(5)
    village = np.repeat(np.arange(20), 20)
    x = generator.normal(size=20)[village] + 0.1 * generator.normal(size=400)
    frame = pd.DataFrame({"x": x, "v": village, "group": village % 2})
    how = {"group": "group", "n_permutations": 300, "seed": 1, "items": ["x"]}
    spread = {}
    for name, unit in (("rows", None), ("villages", "v")):
        mean = permute_groups(frame, clusters=unit, **how).mean.sel(item="x")
        spread[name] = float((mean.sel(group=0) - mean.sel(group=1)).std())
    wanted = 2 * pd.Series(x).groupby(village).mean().std() / np.sqrt(20)
    # 300 permutations: relative error of a standard deviation .04.
    assert spread["villages"] == pytest.approx(wanted, rel=0.15)
    assert spread["rows"] < 0.4 * wanted


def test_gaps_in_the_units_are_one_sentence(survey):
    with pytest.raises(DataError, match="names no person or sampling unit"):
        frame = survey.assign(v=[None, *range(39)])
        permute_groups(frame, group="brand", n_permutations=2, seed=1, items=["x"], clusters="v")
