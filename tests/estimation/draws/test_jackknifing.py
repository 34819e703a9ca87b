"""Leave-outs: equal to refitting what remains, and what they say of a statistic."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from csat_models import bootstrap_moments, compute_moments, fit
from csat_models.errors import DataError
from csat_models.estimation.draws.jackknifing import (
    Partition,
    assign_parts,
    jackknife,
    jackknife_moments,
)
from csat_models.estimation.draws.leave_outs import (
    acceleration,
    acceleration_array,
    jackknife_standard_error,
)

ITEMS = ["x", "y", "z"]


@pytest.fixture
def survey() -> pd.DataFrame:
    """Three cities and two brands, weights, gaps, persons who answer several times."""
    generator = np.random.default_rng(11)
    n = 90
    frame = pd.DataFrame(generator.normal(5.0, 2.0, (n, 3)), columns=ITEMS)
    frame = frame.mask(generator.random(frame.shape) < 0.15)
    frame["city"] = generator.choice(["a", "b", "c"], n)
    frame["brand"] = generator.choice(["ours", "rival"], n)
    frame["w"] = generator.uniform(0.3, 3.0, n)
    frame["who"] = [f"p{k}" for k in generator.integers(0, 60, n)]
    return frame


def assert_leaves_out(found, frame: pd.DataFrame, part: np.ndarray, how: dict) -> None:
    """Compare every element with the moments of the rows that remain."""
    for number in range(part.max() + 1):
        left = compute_moments(frame[part != number], **how)
        one = found.sel(part=number)
        for name in ("mean", "cov", "n_obs", "weight_sum", "n_effective"):
            # Differences of sums of 90 products.
            np.testing.assert_allclose(
                getattr(one, name), getattr(left, name), rtol=1e-9, atol=1e-11, err_msg=name
            )


@pytest.mark.parametrize("by", [[], ["city"], ["city", "brand"]])
@pytest.mark.parametrize("persons", [None, "who"])
@pytest.mark.parametrize("n_parts", [2000, 17])
def test_leave_outs_equal_the_moments_of_the_remaining_rows(survey, by, persons, n_parts):
    how = {"items": ITEMS, "by": by, "sampling_weights": "w"}
    found = jackknife_moments(survey, persons=persons, n_parts=n_parts, keep_weight=False, **how)
    plan = Partition.of(survey, persons=persons, n_parts=n_parts, **how)
    assert found.cov.sizes["part"] == plan.part.max() + 1
    assert_leaves_out(found, survey, plan.part, how)


def test_mean_replacement_is_done_again_without_the_part():
    """A missing answer counts as the mean of those who remain, not of all."""
    frame = pd.DataFrame({"x": [1.0, 2.0, np.nan, 9.0], "y": [1.0, 3.0, 2.0, 4.0]})
    without_last = jackknife_moments(frame).sel(part=3)
    assert without_last.mean.sel(item="x").item() == pytest.approx(1.5)
    # x is 1, 2 and twice replaced by 1.5: deviations -.5, .5, 0 with divisor 2.
    assert without_last.cov.sel(item="x", item_2="x").item() == pytest.approx(0.25)


def test_listwise_leaves_out_complete_rows(survey):
    complete = survey.dropna().reset_index(drop=True)
    found = jackknife_moments(survey, items=ITEMS, missing="listwise")
    expected = jackknife_moments(complete, items=ITEMS)
    np.testing.assert_array_equal(found.cov, expected.cov)


def test_an_item_that_only_the_part_answers_is_missing_without_it():
    frame = pd.DataFrame({"x": [1.0, np.nan, np.nan], "y": [1.0, 3.0, 2.0], "w": [0.3, 0.7, 1.1]})
    found = jackknife_moments(frame, items=["x", "y"], sampling_weights="w")
    assert np.isnan(found.mean.sel(part=0, item="x"))
    assert np.isfinite(found.mean.sel(item="y")).all()


def test_a_flat_remainder_has_exactly_no_variance():
    frame = pd.DataFrame({"x": [0.1] * 30 + [7.3], "w": np.linspace(0.1, 3.0, 31)})
    found = jackknife_moments(frame, items=["x"], sampling_weights="w")
    assert found.cov.sel(part=30).item() == 0.0


def test_refitting_equals_fitting_what_remains(mobi, ecsi):
    some = mobi.head(60)
    point = fit(some, ecsi, scheme="centroid", tolerance=1e-10)
    found = jackknife(some, ecsi, point=point)
    assert found.settings == point.settings  # mistake 5: settings lost between fit and refit
    for part in (0, 31, 59):
        alone = fit(some.drop(index=part), ecsi, scheme="centroid", orientation=point)
        # Two tolerances of the iteration, 1e-9 and 1e-10.
        np.testing.assert_allclose(found.paths.sel(part=part), alone.paths, atol=2e-8)


def test_cells_keep_their_weight_as_in_draws(survey):
    how = {"items": ITEMS, "by": ["city"], "sampling_weights": "w"}
    kept = jackknife_moments(survey, **how)
    draws = bootstrap_moments(survey, n_boot=2, seed=1, **how)
    np.testing.assert_allclose(kept.weight_sum - draws.weight_sum, 0.0, atol=1e-12)
    merged = kept.merge("city").mean
    shares = draws.weight_sum / draws.weight_sum.sum()
    np.testing.assert_allclose(merged, (kept.mean * shares).sum("city"), rtol=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=200),
    st.integers(2, 60),
    st.integers(0, 5),
)
def test_groups_lie_within_strata_and_differ_by_one(strata, n_parts, seed):
    codes = np.array(strata)
    parts = assign_parts(codes, np.arange(len(codes)), n_parts=n_parts, seed=seed)
    assert set(parts) == set(range(parts.max() + 1))
    for stratum in np.unique(codes):
        sizes = np.unique(parts[codes == stratum], return_counts=True)[1]
        assert sizes.max() - sizes.min() <= 1
    assert all(len(np.unique(codes[parts == part])) == 1 for part in np.unique(parts))


def test_groups_do_not_follow_the_file():
    """A file sorted by the answer gives groups of all answers."""
    parts = assign_parts(np.zeros(10_000, int), np.arange(10_000), n_parts=50, seed=3)
    means = np.bincount(parts, np.arange(10_000.0)) / np.bincount(parts)
    # Mean of 200 uniform positions: standard error 10,000 / sqrt(12 * 200) = 204.
    assert np.abs(means - 5000).max() < 5 * 204
    other = assign_parts(np.zeros(10_000, int), np.arange(10_000), n_parts=50, seed=4)
    assert (parts != other).mean() > 0.9


def test_groups_give_the_same_error_as_respondents():
    frame = pd.DataFrame({"x": np.random.default_rng(2).gamma(1.0, size=6000)})
    groups = jackknife_moments(frame, n_parts=1000).mean.sel(item="x")
    assert groups.sizes["part"] == 1000
    theory = frame["x"].std() / np.sqrt(len(frame))
    # Relative error of a standard error from G groups: 1 / sqrt(2 G) = 2.2 %.
    assert jackknife_standard_error(groups).item() == pytest.approx(theory, rel=0.08)


def test_long_data_go_in_blocks_of_rows(monkeypatch, survey):
    how = {"items": ITEMS, "by": ["city"], "sampling_weights": "w"}
    whole = jackknife_moments(survey, **how)
    monkeypatch.setattr("csat_models.estimation.draws.parts.ROW_BLOCK", 7)
    blocks = jackknife_moments(survey, **how)
    np.testing.assert_allclose(blocks.cov, whole.cov, rtol=1e-10, atol=1e-12)


def test_acceleration_is_efrons_formula():
    """Mistake 4: BCa without the acceleration."""
    sample = np.random.default_rng(4).gamma(1.0, size=40)
    means = (sample.sum() - sample) / 39
    centred = means.mean() - means
    expected = (centred**3).sum() / 6 / (centred**2).sum() ** 1.5
    assert acceleration_array(means) == pytest.approx(expected, rel=1e-10)
    # Of a mean, a is the skewness of the sample over 6 sqrt(n).
    skew = ((sample - sample.mean()) ** 3).mean() / sample.std() ** 3
    assert acceleration_array(means) == pytest.approx(skew / 6 / np.sqrt(40), rel=1e-10)


def test_a_cell_has_the_acceleration_of_its_own_rows(survey):
    together = jackknife_moments(survey, items=ITEMS, by=["city"]).cov
    for city in "abc":
        alone = jackknife_moments(survey[survey["city"] == city], items=ITEMS).cov
        # Leave-outs from sums of other order.
        np.testing.assert_allclose(
            acceleration(together.sel(city=city)), acceleration(alone), atol=1e-8
        )
        np.testing.assert_allclose(
            jackknife_standard_error(together.sel(city=city)),
            jackknife_standard_error(alone),
            rtol=1e-8,
        )


def test_errors_of_a_difference_add_up(survey):
    left = jackknife_moments(survey, items=["z"], by=["brand"]).mean.sel(item="z")
    error = {brand: jackknife_standard_error(left.sel(brand=brand)) for brand in left.brand.values}
    difference = left.sel(brand="ours") - left.sel(brand="rival")
    assert jackknife_standard_error(difference).item() == pytest.approx(
        np.hypot(error["ours"], error["rival"]).item()
    )


def test_returning_persons_link_their_cells():
    """The error of a change carries the covariance of those who answer twice."""
    generator = np.random.default_rng(6)
    person = generator.normal(size=150)
    waves = {2023: range(100), 2024: range(50, 150)}
    frame = pd.concat(
        pd.DataFrame(
            {"who": [f"p{k}" for k in who], "x": person[list(who)], "year": year},
        )
        for year, who in waves.items()
    )
    left = jackknife_moments(frame, items=["x"], by=["year"], persons="who").mean.sel(item="x")
    assert left.sizes["part"] == 150
    assert np.unique(left["stratum"]).size == 1
    draws = bootstrap_moments(
        frame, n_boot=4000, seed=3, items=["x"], by=["year"], persons="who"
    ).mean.sel(item="x")
    change = jackknife_standard_error(left.sel(year=2024) - left.sel(year=2023)).item()
    # 4,000 draws: 1.1 %; the jackknife of 150 persons is .5 % larger.
    assert change == pytest.approx((draws[:, 1] - draws[:, 0]).std().item(), rel=0.06)
    apart = np.hypot(*(jackknife_standard_error(left.sel(year=year)) for year in waves))
    assert change < 0.85 * apart


def test_what_does_not_vary_has_no_acceleration():
    values = np.stack([np.full(9, 0.1), np.full(9, np.nan)], axis=1)
    assert acceleration_array(values)[0] == 0.0
    assert np.isnan(acceleration_array(values)[1])


def test_bad_requests_are_one_sentence(survey):
    with pytest.raises(DataError, match="no column 'id' of respondent ids"):
        jackknife_moments(survey, persons="id")
    with pytest.raises(DataError, match="n_parts=1 are too few parts"):
        jackknife_moments(survey, items=ITEMS, n_parts=1)
    with pytest.raises(DataError, match="no dimension 'part'"):
        acceleration(xr.DataArray(np.zeros(3), dims="draw"))
