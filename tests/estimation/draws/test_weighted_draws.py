"""Draws whose weights differ: each is the moments with its own weights, merged with them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models import compute_moments
from csat_models.estimation.draws.weighted_draws import drawn_units, weighted_draws

ITEMS = ["x", "y"]


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(rng.normal(size=(60, 2)), columns=ITEMS)
    frame["y"] += frame["x"]
    frame.loc[[3, 17], "x"] = np.nan
    return frame.assign(city=rng.choice(list("abc"), 60), brand=rng.choice(["o", "r"], 60))


@pytest.fixture(scope="module")
def weights() -> np.ndarray:
    return np.random.default_rng(3).exponential(size=(70, 60))


@pytest.mark.parametrize("missing", ["mean", "listwise", "em"])
def test_a_draw_is_the_moments_with_its_weights(rows, weights, missing):
    how = {"items": ITEMS, "missing": missing, "by": ["city"]}
    means, draws = weighted_draws(rows, lambda piece: weights[piece], n_boot=70, **how)
    for k in (0, 69):
        alone = compute_moments(rows.assign(w=weights[k]), sampling_weights="w", **how)
        # The likelihood is climbed to 1e-8 from two starting points.
        near = {"rtol": 1e-6 if missing == "em" else 1e-10, "atol": 1e-9}
        np.testing.assert_allclose(draws.mean.sel(draw=k), alone.mean, **near)
        np.testing.assert_allclose(draws.cov.sel(draw=k), alone.cov, **near)
        np.testing.assert_allclose(means.sel(draw=k), alone.mean, **near)
        if missing != "listwise":
            np.testing.assert_allclose(draws.weight_sum.sel(draw=k), alone.weight_sum)


def test_cells_are_merged_with_the_weight_that_they_have_in_the_draw(rows, weights):
    how = {"items": ITEMS, "by": ["city", "brand"]}
    _, draws = weighted_draws(rows, lambda piece: weights[piece], n_boot=70, merge=["city"], **how)
    alone = compute_moments(rows.assign(w=weights[5]), sampling_weights="w", **how).merge("city")
    # The same sums in another order.
    np.testing.assert_allclose(draws.mean.sel(draw=5), alone.mean, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(draws.cov.sel(draw=5), alone.cov, rtol=1e-10, atol=1e-12)
    assert draws.n_obs.to_numpy().tolist() == alone.n_obs.to_numpy().tolist()
    assert draws.mean.dims == ("draw", "brand", "item")


def test_a_draw_without_weight_in_a_cell_is_missing(rows, weights):
    some = weights[:4].copy()
    some[1, (rows["city"] == "a").to_numpy()] = 0.0
    some[2] = np.nan
    how = {"items": ITEMS, "by": ["city"], "merge": ["city"]}
    means, draws = weighted_draws(rows, lambda piece: some[piece], n_boot=4, **how)
    usable = np.isfinite(draws.mean).all("item").to_numpy()
    assert usable.tolist() == [True, False, False, True]
    assert (
        np.isnan(means.sel(draw=1, city="a")).all()
        and np.isfinite(means.sel(draw=1, city="b")).all()
    )


def test_equal_weights_are_none(rows):
    how = {"items": ITEMS, "by": ["city"]}
    means, draws = weighted_draws(rows, lambda piece: np.full((2, 60), 3.0), n_boot=2, **how)
    plain = compute_moments(rows, **how)
    np.testing.assert_allclose(means.sel(draw=1), plain.mean, rtol=1e-12)
    np.testing.assert_allclose(draws.cov.sel(draw=0), plain.cov, rtol=1e-10)


def test_persons_are_drawn_alike_in_two_files(rows):
    one = rows.assign(person=[f"p{k}" for k in range(60)])
    other = one[30:].iloc[::-1]
    counts, unit = drawn_units(one, n_boot=20, seed=4, persons="person")
    later, place = drawn_units(other, n_boot=20, seed=4, persons="person")
    np.testing.assert_array_equal(counts[:, unit][:, 59:29:-1], later[:, place])


def test_rows_are_drawn_within_their_cells(rows):
    counts, unit = drawn_units(rows, n_boot=9, seed=4, by=["city"])
    drawn = counts[:, unit]
    for city, size in rows["city"].value_counts().items():
        assert (drawn[:, (rows["city"] == city).to_numpy()].sum(axis=1) == size).all()


@pytest.mark.parametrize("persons", [None, "person"])
def test_of_many_rows_groups_are_drawn(persons):
    many = pd.DataFrame({"person": np.arange(30_000) // 1})
    counts, unit = drawn_units(many, n_boot=3, seed=4, persons=persons)
    assert counts.shape == (3, 2000) and unit.shape == (30_000,)
    # 15 rows a group
    assert np.bincount(unit, minlength=2000).std() == pytest.approx(np.sqrt(15), rel=0.1)
