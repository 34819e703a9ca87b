"""Sampling designs: variances of the textbook, single units merged, replicate weights."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from csat_models import PathModel, bootstrap, bootstrap_moments, compute_moments
from csat_models.errors import DataError
from csat_models.estimation.draws.designs import (
    Design,
    replicate_moments,
    replicate_standard_error,
)
from csat_models.estimation.draws.jackknifing import jackknife_moments
from csat_models.estimation.draws.leave_outs import jackknife_standard_error
from csat_models.estimation.intervals.studentisation import draw_standard_errors


@pytest.fixture
def survey() -> pd.DataFrame:
    """Twelve strata, two villages each, five respondents a village."""
    generator = np.random.default_rng(5)
    village = np.repeat(np.arange(24), 5)
    frame = pd.DataFrame(
        {
            "x": generator.normal(size=120) + generator.normal(size=24)[village],
            "area": [f"s{v // 2:02d}" for v in village],
            "village": [f"v{v}" for v in village],
        }
    )
    frame["x"] += 10.0 * (village // 2)
    return frame


def test_two_units_a_stratum_have_the_textbook_variance(survey):
    """Variance of a stratified mean of clusters: sum of (n_h - 1)/n_h s_h^2 over strata."""
    draws = bootstrap_moments(
        survey, n_boot=4000, seed=1, items=["x"], strata="area", clusters="village"
    ).mean.sel(item="x")
    means = survey.groupby(["area", "village"])["x"].mean()
    within = means.groupby("area").var() / 2
    textbook = np.sqrt(within.sum()) / 12
    # 4,000 draws: relative error 1.1 %. Drawing two of two gives 1/sqrt(2) of it.
    assert draws.std().item() == pytest.approx(textbook, rel=0.045)
    naive = bootstrap_moments(survey, n_boot=1000, seed=1, items=["x"])
    assert naive.mean.std().item() > 4 * textbook


def test_clusters_widen_the_error(survey):
    level = survey.assign(x=survey["x"] - survey.groupby("area")["x"].transform("mean"))
    means = level.groupby("village")["x"].mean()
    draws = bootstrap_moments(level, n_boot=4000, seed=2, items=["x"], clusters="village")
    # 24 clusters of one size: the error of a mean of 24 independent values.
    assert draws.mean.std().item() == pytest.approx(means.std() / np.sqrt(24), rel=0.05)
    left = jackknife_moments(level, items=["x"], persons="village").mean.sel(item="x")
    assert jackknife_standard_error(left).item() == pytest.approx(means.std() / np.sqrt(24))


def test_counts_of_a_design(survey):
    design = Design.of(survey, strata="area", clusters="village")
    counts = design.counts(200, np.random.default_rng(3))
    # One of two villages is drawn and counts twice.
    assert set(np.unique(counts)) == {0.0, 2.0}
    by_stratum = counts.reshape(200, 12, 10)
    assert (by_stratum.sum(axis=2) == 10).all()
    assert (counts.reshape(200, 24, 5).std(axis=2) == 0).all()


def test_a_village_name_in_two_strata_is_two_units():
    rows = pd.DataFrame({"area": list("aabb"), "village": list("1212")})
    assert len(Design.of(rows, strata="area", clusters="village").stratum) == 4


def test_single_units_are_merged_and_reported():
    rows = pd.DataFrame({"area": list("abbcdeef"), "village": list("12345678")})
    design = Design.of(rows, strata="area", clusters="village")
    assert design.table["merged"].tolist() == ["a, b", "a, b", "c, d", "c, d", "e, f", "e, f"]
    assert np.bincount(design.stratum).tolist() == [3, 2, 3]
    assert design.table["n_units"].tolist() == [1, 2, 1, 1, 2, 1]


def test_rows_and_persons_are_units_too():
    frame = pd.DataFrame({"x": np.arange(8.0), "who": list("aabbccdd"), "h": list("sssstttt")})
    draws = bootstrap_moments(frame, n_boot=50, seed=1, items=["x"], strata="h", persons="who")
    # Of persons a, b one is drawn, mean .5 or 2.5; of c, d 4.5 or 6.5.
    assert set(draws.mean.values.ravel().round(9)) <= {2.5, 3.5, 4.5}
    rows = bootstrap_moments(frame, n_boot=50, seed=1, items=["x"], strata="h")
    assert np.unique(rows.mean.values.round(9)).size > 5


def test_cells_inside_a_stratum_share_its_draws(survey):
    """A cell that cuts through strata takes its columns of the same draw."""
    frame = survey.assign(brand=["ours", "rival"] * 60)
    how = {"n_boot": 30, "seed": 4, "items": ["x"], "strata": "area", "clusters": "village"}
    apart = bootstrap_moments(frame, by=["brand"], **how)
    alone = bootstrap_moments(frame, **how)
    counts = Design.of(frame, strata="area", clusters="village").counts(
        30, np.random.default_rng(4)
    )
    ours = (frame["brand"] == "ours").to_numpy()
    expected = counts[:, ours] @ frame["x"][ours] / counts[:, ours].sum(axis=1)
    np.testing.assert_allclose(apart.mean.sel(brand="ours", item="x"), expected, rtol=1e-12)
    np.testing.assert_allclose(
        alone.mean.sel(item="x"), counts @ frame["x"] / counts.sum(axis=1), rtol=1e-12
    )


def test_the_model_takes_a_design(survey):
    generator = np.random.default_rng(1)
    items = pd.DataFrame(
        generator.normal(size=(120, 1)) + generator.normal(size=(120, 4)), columns=list("abcd")
    )
    model = PathModel.parse("Q =~ a + b\nS =~ c + d\nS ~ Q")
    frame = pd.concat([survey, items], axis=1)
    how = {"n_boot": 40, "seed": 1}
    draws = bootstrap(frame, model, strata="area", clusters="village", **how)
    assert draws.converged.all()
    assert (draws.paths != bootstrap(frame, model, **how).paths).any()


@pytest.mark.parametrize("missing", ["mean", "em"])
@pytest.mark.parametrize("by", [[], ["brand"]])
def test_replicates_equal_their_column_as_weights(survey, by, missing):
    generator = np.random.default_rng(7)
    frame = survey.assign(brand=["ours", "rival"] * 60, y=generator.normal(size=120))
    frame.loc[::9, "y"] = np.nan
    names = ["r1", "r2", "r3"]
    for name in names:
        frame[name] = generator.uniform(0.0, 900.0, 120)
    how = {"items": ["x", "y"], "by": by, "missing": missing}
    found = replicate_moments(frame, replicate_weights=names, **how)
    for draw, name in enumerate(names):
        alone = compute_moments(frame, sampling_weights=name, **how)
        for field in ("mean", "cov", "weight_sum"):
            one = getattr(found, field).sel(draw=draw)
            # Sums of 120 products in two orders; maximum likelihood stops at 1e-7 deviations.
            near = 1e-10 if missing == "mean" else 1e-5
            np.testing.assert_allclose(one, getattr(alone, field), rtol=near, atol=near)


def test_balanced_half_samples_give_the_stratified_variance():
    """Four strata of two units, a Hadamard matrix of order four: exact for a mean."""
    x = np.array([1.0, 3.0, 2.0, 7.0, 5.0, 4.0, 9.0, 6.0])
    signs = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]])
    frame = pd.DataFrame({"x": x})
    for number, row in enumerate(signs):
        frame[f"r{number}"] = np.stack([1 + row, 1 - row], axis=1).ravel()
    names = [f"r{k}" for k in range(4)]
    draws = replicate_moments(frame, replicate_weights=names, items=["x"]).mean.sel(item="x")
    point = compute_moments(frame, items=["x"]).mean.sel(item="x")
    gaps = (x[::2] - x[1::2]) / 2
    expected = np.sqrt((gaps**2).sum()) / 4
    assert replicate_standard_error(draws, point=point).item() == pytest.approx(expected)
    fay = replicate_standard_error(draws, point=point, scale=1 / (4 * 0.5**2)).item()
    assert fay == pytest.approx(2 * expected)


def test_jackknife_replicates_give_the_jackknife_error():
    sample = np.random.default_rng(9).normal(size=12)
    frame = pd.DataFrame({"x": sample})
    for k in range(12):
        frame[f"r{k}"] = np.where(np.arange(12) == k, 0.0, 12 / 11)
    names = [f"r{k}" for k in range(12)]
    draws = replicate_moments(frame, replicate_weights=names, items=["x"]).mean.sel(item="x")
    point = compute_moments(frame, items=["x"]).mean.sel(item="x")
    found = replicate_standard_error(draws, point=point, scale=[11 / 12] * 12)
    assert found.item() == pytest.approx(sample.std(ddof=1) / np.sqrt(12))
    holes = draws.where(draws["draw"] > 0)
    assert np.isnan(replicate_standard_error(holes, point=xr.zeros_like(point)))


@pytest.fixture(scope="module")
def villages(oracle) -> tuple[pd.DataFrame, dict]:
    """Eight strata of two villages, with R's numbers."""
    numbers = oracle("survey_design")
    return pd.DataFrame(numbers["data"]), numbers


@pytest.mark.parametrize("kind", ["brr", "fay", "jackknife"])
def test_imported_replicate_weights_give_the_errors_of_rs_survey(villages, kind):
    """R survey 4.1.1: as.svrepdesign(mse=TRUE), withReplicates, of a mean and a correlation."""
    frame, numbers = villages
    weights = np.array(numbers[kind]["weights"])
    names = [f"r{k}" for k in range(weights.shape[1])]
    table = frame.join(pd.DataFrame(weights, columns=names))
    how = {"items": ["x", "y"]}
    point = compute_moments(table, sampling_weights="weight", **how)
    draws = replicate_moments(table, replicate_weights=names, sampling_weights="weight", **how)
    scale = numbers[kind]["scale"]
    error = replicate_standard_error(draws.mean, point=point.mean, scale=scale)
    # The same sums in another order.
    assert point.mean.sel(item="x").item() == pytest.approx(numbers["mean"], rel=1e-12)
    assert error.sel(item="x").item() == pytest.approx(numbers[kind]["mean_se"], rel=1e-10)

    def correlation(moments):
        cov = moments.cov
        variance = cov.sel(item="x", item_2="x") * cov.sel(item="y", item_2="y")
        return cov.sel(item="x", item_2="y") / variance**0.5

    assert correlation(point).item() == pytest.approx(numbers["correlation"], rel=1e-12)
    found = replicate_standard_error(correlation(draws), point=correlation(point), scale=scale)
    assert found.item() == pytest.approx(numbers[kind]["correlation_se"], rel=1e-10)


def test_the_fay_factor_counts(villages):
    """Fay's half samples with the plain scale 1 / R are too near: by the factor 1 - k."""
    frame, numbers = villages
    weights = np.array(numbers["fay"]["weights"])
    names = [f"r{k}" for k in range(weights.shape[1])]
    table = frame.join(pd.DataFrame(weights, columns=names))
    point = compute_moments(table, items=["x"], sampling_weights="weight").mean
    draws = replicate_moments(table, replicate_weights=names, items=["x"]).mean
    plain = replicate_standard_error(draws, point=point).item()
    assert plain == pytest.approx((1 - 0.3) * numbers["fay"]["mean_se"], rel=1e-10)
    np.testing.assert_allclose(numbers["fay"]["scale"], 1 / (len(names) * (1 - 0.3) ** 2))


def test_rescaled_draws_have_the_error_of_rs_survey(villages):
    """R survey 4.1.1, svymean: the linearised error of a weighted mean of villages."""
    frame, numbers = villages
    draws = bootstrap_moments(
        frame,
        n_boot=4000,
        seed=1,
        items=["x"],
        sampling_weights="weight",
        strata="stratum",
        clusters="village",
    )
    error = draws.mean.std("draw").item()
    # 4,000 draws: relative error 1.1 %.
    assert error == pytest.approx(numbers["mean_se"], rel=0.045)
    kish = draws.n_effective.item()
    assert kish == pytest.approx(numbers["effective_sample_size"], rel=1e-12)
    rows = bootstrap_moments(
        frame, n_boot=1000, seed=1, items=["x"], sampling_weights="weight"
    ).mean.std()
    assert rows.item() < 0.75 * error


def test_bad_designs_are_one_sentence(survey):
    how = {"n_boot": 2, "seed": 1, "items": ["x"]}
    with pytest.raises(DataError, match="no column 'psu' of the sampling design"):
        bootstrap_moments(survey, clusters="psu", **how)
    holes = survey.assign(village=survey["village"].where(survey.index != 3))
    with pytest.raises(DataError, match=r"'village' .* no value in row 4 .*1 such rows"):
        bootstrap_moments(holes, clusters="village", **how)
    with pytest.raises(DataError, match="a single sampling unit"):
        bootstrap_moments(survey.assign(all="one"), clusters="all", **how)
    with pytest.raises(DataError, match="no jackknife of their own"):
        draw_standard_errors(survey, lambda moments: moments.mean, strata="area", **how)
