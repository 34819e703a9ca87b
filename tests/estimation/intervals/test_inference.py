"""Intervals: kinds, missing draws, agreement with numpy and theory."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import example, given, settings
from hypothesis import strategies as st

from csat_models import (
    PathModel,
    bootstrap,
    bootstrap_moments,
    fit,
    interval,
    lead,
    satisfaction_index,
)
from csat_models.errors import DataError
from csat_models.estimation import Settings, fit_moments
from csat_models.estimation.admissibility import drop_inadmissible
from csat_models.estimation.draws.jackknifing import jackknife
from csat_models.estimation.draws.leave_outs import acceleration_array, jackknife_standard_error
from csat_models.estimation.intervals.bounds import ALL_KINDS, Bounds
from csat_models.estimation.intervals.inference import KINDS, interval_arrays, p_value, tidy
from csat_models.estimation.sides import SIDES


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
        np.random.default_rng(4).normal(size=(2, 40, 3)),
        dims=["operator", "draw", "city"],
        coords={"operator": ["ours", "rival"], "city": list("abc")},
    )
    point = draws.mean("draw").transpose("city", "operator")
    found = interval(draws, point=point)
    for city in "abc":
        one = interval(draws.sel(city=city), point=point.sel(city=city))
        np.testing.assert_allclose(found.lower.sel(city=city), one.lower)
        np.testing.assert_allclose(found.estimate.sel(city=city), point.sel(city=city))


def test_tidy_rows_follow_the_dimensions_whatever_the_order_of_coordinates():
    values = xr.DataArray(
        np.arange(4.0).reshape(2, 2),
        coords={"construct": ["Q", "S"], "operator": ["ours", "rival"]},
        dims=["operator", "construct"],
    )
    table = tidy(xr.Dataset({"estimate": values}))
    assert table["operator"].tolist() == ["ours", "ours", "rival", "rival"]
    assert table["estimate"].tolist() == [0.0, 1.0, 2.0, 3.0]


def test_a_missing_city_is_an_error_not_a_silence():
    draws = xr.DataArray(np.zeros((40, 2)), dims=["draw", "city"], coords={"city": ["a", "b"]})
    point = xr.DataArray(np.zeros(1), dims=["city"], coords={"city": ["a"]})
    with pytest.raises(DataError, match="different labels along 'city'"):
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


NUMBERS = st.floats(-2, 2).map(lambda value: round(value, 1))


@st.composite
def drawn(draw):
    """Few draws, with ties and holes, a point, and an acceleration of either sign."""
    values = draw(st.lists(NUMBERS, min_size=4, max_size=30))
    numbers = np.array([*values, *[np.nan] * draw(st.integers(0, 2))])
    errors = draw(st.lists(st.sampled_from([0.5, 1.0, 2.0]), min_size=32, max_size=32))
    return numbers, draw(NUMBERS), draw(st.floats(-0.9, 0.9)), np.array(errors)[: len(numbers)]


@pytest.mark.parametrize("kind", ALL_KINDS)
@pytest.mark.parametrize("side", SIDES)
@settings(max_examples=50, deadline=None)
@given(case=drawn(), alphas=st.lists(st.floats(0.005, 0.995), min_size=5, max_size=5))
@example((np.array([0.0, 1.0, 2.0, 2.0]), 0.0, 2.3e-309, np.ones(4)), [0.5])
@example((np.array([0.0, 1.0, 2.0, 2.0]), 9.0, -0.9, np.ones(4)), [0.05, 0.5, 0.99])
def test_p_values_agree_with_their_intervals(kind, side, case, alphas):
    """The p-value is below alpha if and only if the 1 - alpha interval leaves the null out."""
    draws, point, speed, errors = case
    nulls = np.concatenate([np.linspace(-2.5, 2.5, 51), np.linspace(-2.33, 2.33, 21)])
    bounds = Bounds.of(
        np.tile(draws[:, None], len(nulls)),
        np.full(len(nulls), point),
        kind=kind,
        acceleration=np.full(len(nulls), speed),
        standard_errors=errors[:, None],
    )
    p = bounds.p_value(nulls, side)
    for alpha in alphas:
        low, high = bounds.ends(1 - alpha, side)
        gap = np.maximum(low - nulls, nulls - high)
        # At the very edge, rounding decides: of p, and of quantiles next to a draw.
        sure = (np.abs(p - alpha) > 1e-9) & ((np.abs(gap) > 1e-12) | (p >= alpha))
        sure &= np.isfinite(p)
        np.testing.assert_array_equal((p < alpha)[sure], (gap > 1e-12)[sure])


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_the_p_value_of_an_estimate_decides_as_its_interval(kind, mobi, ecsi):
    """Of every path of a model and every kind: p below .05 where the 95 % interval leaves 0 out."""
    items = ["IMAG1", "IMAG2", "CUSA1", "CUSA2", "CUSCO", "CUSL1", "CUSL2"]
    text = "I =~ IMAG1 + IMAG2\nS =~ CUSA1 + CUSA2\nC =~ CUSCO\nL =~ CUSL1 + CUSL2\n"
    model = PathModel.parse(text + "S ~ I\nC ~ I + S\nL ~ I + S + C")
    frame = mobi[items][:60]
    point = fit(frame, model)
    draws = bootstrap(frame, model, n_boot=199, seed=3, point=point).paths
    needs: dict[str, object] = {}
    if kind == "bca":
        needs["jackknife"] = jackknife(frame, model, point=point).paths
    if kind == "studentised":
        noise = np.random.default_rng(1).uniform(0.8, 1.25, size=draws.shape)
        needs["standard_errors"] = xr.zeros_like(draws) + draws.std("draw").to_numpy() * noise
    found = interval(draws, point=point.paths, kind=kind, **needs)
    drawn = (found.standard_error > 0).to_numpy()
    decisions = []
    for null in (0.0, 0.15, 0.3):
        p = p_value(draws, point=point.paths, kind=kind, null=null, **needs).to_numpy()[drawn]
        outside = ((found.lower > null) | (found.upper < null)).to_numpy()[drawn]
        np.testing.assert_array_equal(p < 0.05, outside)
        decisions += outside.tolist()
    assert set(decisions) == {True, False}


@pytest.mark.parametrize("spread", ["deviation", "percentile"])
def test_normal_p_values_use_the_standard_error_of_their_interval(spread, draws):
    array = xr.DataArray(draws, dims=["draw", "k"])
    how = {"point": array.mean("draw"), "kind": "normal", "standard_error": spread}
    for level in (0.9, 0.95):
        end = interval(array, level=level, **how).lower
        p = p_value(array, null=end, **how)
        np.testing.assert_allclose(p, 1 - level, rtol=1e-9)


def test_standard_errors_of_consistent_pls_outlive_a_nearly_singular_draw():
    """One draw of 2,000 with a reliability near zero: its path is thousands."""
    numbers = np.random.default_rng(6).normal(0.4, 0.1, size=(2000, 1))
    good = xr.DataArray(numbers, dims=["draw", "path"])
    bad = good.copy()
    bad[7] = 5000.0
    point = good.mean("draw")
    usual = interval(bad, point=point)
    assert usual.standard_error.item() > 100
    robust = interval(bad, point=point, standard_error="percentile")
    # 2,000 draws: the error of half the distance of two percentiles is 2.0 % of it.
    assert robust.standard_error.item() == pytest.approx(0.1, rel=0.06)
    low, high = np.quantile(bad, [0.158655253931457, 0.841344746068543], axis=0)
    np.testing.assert_allclose(robust.standard_error, (high - low) / 2, rtol=1e-12)
    normal = interval(bad, point=point, kind="normal", standard_error="percentile")
    clean = interval(good, point=point, kind="normal")
    np.testing.assert_allclose([normal.lower, normal.upper], [clean.lower, clean.upper], atol=0.02)
    assert interval(bad, point=point, kind="normal").upper.item() > 100
    np.testing.assert_array_equal(robust.lower, usual.lower)


def test_settings_say_which_standard_error():
    assert Settings(method="plsc").standard_error == "percentile"
    assert Settings(method="pls").standard_error == "deviation"


def test_consistent_pls_of_a_weak_construct_has_a_usable_standard_error(mobi):
    """Two items that hardly correlate: the draws' standard deviation has no meaning."""
    text = "L =~ CUSL1 + CUSL2\nV =~ PERV1 + PERV2\nS =~ CUSA1 + CUSA2 + CUSA3\nS ~ L + V"
    model = PathModel.parse(text)
    point = fit(mobi, model, method="plsc", on_inadmissible="keep")
    draws = fit_moments(
        bootstrap_moments(mobi, n_boot=2000, seed=1, items=model.items),
        model,
        point.settings,
        orientation=point,
    )
    path = {"source": "V", "target": "S"}
    how = {"point": point.paths.sel(path), "standard_error": point.settings.standard_error}
    found = interval(draws.paths.sel(path), **how)
    admissible = interval(drop_inadmissible(draws).paths.sel(path), **how)
    deviation = draws.paths.sel(path).std("draw").item()
    # CUSL1 and CUSL2 correlate weakly, so that L's reliability comes near 0 in some draws.
    assert deviation > 20 * found.standard_error.item()
    assert admissible.n_draws < found.n_draws
    # Where only admissible draws count, both ways are of the same size.
    plain = interval(drop_inadmissible(draws).paths.sel(path), point=point.paths.sel(path))
    assert admissible.standard_error.item() == pytest.approx(plain.standard_error.item(), rel=0.3)


@pytest.mark.parametrize(("level", "needed"), [(0.95, 39), (0.9, 19), (0.99, 199)])
def test_too_few_draws_are_told_with_the_number_that_is_needed(level, needed):
    draws = xr.DataArray(np.random.default_rng(2).normal(size=needed), dims="draw")
    assert np.isfinite(interval(draws, point=xr.DataArray(0.0), level=level).lower)
    told = rf"{needed - 1} draws do not reach out to the ends of a .* which needs {needed} at"
    with pytest.raises(DataError, match=told):
        interval(draws[1:], point=xr.DataArray(0.0), level=level)
    assert np.isfinite(
        interval(draws[1:], point=xr.DataArray(0.0), level=level, kind="normal").lower
    )
    # One-sided, all of 1 - level lies beyond the one end.
    half = draws[: needed // 2]
    assert np.isfinite(interval(half, point=xr.DataArray(0.0), level=level, side="greater").lower)


def test_an_unknown_standard_error_is_told(draws):
    array = xr.DataArray(draws, dims=["draw", "k"])
    with pytest.raises(DataError, match="standard_error='mad' is unknown; write one of deviation"):
        interval(array, point=array.mean("draw"), standard_error="mad")


def test_p_value_is_twice_the_smaller_share():
    draws = xr.DataArray(np.arange(-9.0, 92.0), dims="draw")
    assert p_value(draws, point=xr.DataArray(41.0)).item() == pytest.approx(2 * 9 / 100)
    greater = p_value(draws, point=xr.DataArray(41.0), side="greater")
    less = p_value(draws, point=xr.DataArray(41.0), side="less")
    assert greater.item() == pytest.approx(0.09)
    assert greater.item() + less.item() == pytest.approx(1.0)


def test_p_values_are_uniform_under_the_null(draws):
    """Of 3 x 999 draws, each as the null of the others: shares as they should be."""
    array = xr.DataArray(draws[:, 0], dims="draw")
    nulls = xr.DataArray(draws[:, 0], dims="k")
    wide = array.expand_dims(k=999)
    found = p_value(wide, point=xr.full_like(nulls, 10.0), null=nulls).to_numpy()
    for alpha in (0.05, 0.2, 0.5):
        assert (found < alpha).mean() == pytest.approx(alpha, abs=2 / 999)


def test_missing_statistics_have_no_p_value(draws):
    holes = draws.copy()
    holes[:, 1] = np.nan
    array = xr.DataArray(holes, dims=["draw", "k"])
    for kind in KINDS:
        found = p_value(array, point=array.mean("draw"), kind=kind)
        assert np.isnan(found).values.tolist() == [False, True, False]
        ends = interval(array, point=array.mean("draw"), kind=kind)
        assert np.isnan(ends.lower).values.tolist() == [False, True, False]


def test_bca_without_its_acceleration_is_refused(draws):
    """Mistake 4: "BCa" without the acceleration."""
    array = xr.DataArray(draws, dims=["draw", "k"])
    with pytest.raises(DataError, match="kind='bca' needs the acceleration"):
        interval(array, point=array.mean("draw"), kind="bca")
    with pytest.raises(DataError, match="needs standard_errors="):
        interval(array, point=array.mean("draw"), kind="studentised")
    with pytest.raises(DataError, match="side='up' is no side"):
        p_value(array, point=array.mean("draw"), side="up")


def test_bca_equals_scipy():
    """Agreement with scipy.stats.bootstrap(method="BCa"), from the same draws."""
    from scipy import stats

    sample = np.random.default_rng(3).gamma(1.0, size=30)
    other = stats.bootstrap((sample,), np.var, n_resamples=999, method="BCa", rng=5)
    left = np.array([np.var(np.delete(sample, k)) for k in range(30)])
    found = interval(
        xr.DataArray(other.bootstrap_distribution, dims="draw"),
        point=xr.DataArray(np.var(sample)),
        kind="bca",
        jackknife=xr.DataArray(left, dims="part"),
    )
    plain = interval(
        xr.DataArray(other.bootstrap_distribution, dims="draw"),
        point=xr.DataArray(np.var(sample)),
        kind="bias-corrected",
    )
    # scipy's quantiles take neighbours in the same way.
    assert found.lower.item() == pytest.approx(other.confidence_interval.low, rel=1e-9)
    assert found.upper.item() == pytest.approx(other.confidence_interval.high, rel=1e-9)
    assert found.upper.item() > plain.upper.item() * 1.02


def test_bca_without_acceleration_is_bias_corrected(draws):
    array = xr.DataArray(draws, dims=["draw", "k"])
    point = array.mean("draw") + 0.3
    even = xr.DataArray(np.tile([[-1.0], [0.0], [1.0]], 3), dims=["part", "k"])
    bca = interval(array, point=point, kind="bca", jackknife=even)
    plain = interval(array, point=point, kind="bias-corrected")
    np.testing.assert_allclose(bca.lower, plain.lower, rtol=1e-12)
    np.testing.assert_allclose(bca.upper, plain.upper, rtol=1e-12)


def test_studentised_interval_of_a_mean_is_students():
    """With normal data the studentised draws have Student's t distribution, to 1/n."""
    generator = np.random.default_rng(8)
    sample = generator.normal(3.0, 2.0, size=40)
    rows = sample[generator.integers(0, 40, size=(20_000, 40))]
    found = interval(
        xr.DataArray(rows.mean(axis=1), dims="draw"),
        point=xr.DataArray(sample.mean()),
        kind="studentised",
        standard_errors=xr.DataArray(rows.std(axis=1, ddof=1) / 40**0.5, dims="draw"),
        standard_error=xr.DataArray(sample.std(ddof=1) / 40**0.5),
    )
    reach = 2.0227 * sample.std(ddof=1) / 40**0.5  # t quantile at 39 degrees of freedom
    width = found.upper.item() - found.lower.item()
    # The sample's own skewness and kurtosis move the ends by a few per cent.
    assert width == pytest.approx(2 * reach, rel=0.08)


def test_a_draw_without_standard_error_is_left_out_and_counted():
    draws = xr.DataArray(np.arange(40.0), dims="draw")
    errors = xr.DataArray([1.0, 0.0, np.nan, 1.0] * 10, dims="draw")
    how = {"kind": "studentised", "standard_errors": errors}
    assert interval(draws, point=draws.mean("draw"), **how).n_draws.item() == 20


def test_one_sided_intervals_have_one_end(draws):
    array = xr.DataArray(draws, dims=["draw", "k"])
    both = interval(array, point=array.mean("draw"), level=0.9)
    one = interval(array, point=array.mean("draw"), level=0.95, side="greater")
    np.testing.assert_allclose(one.lower, both.lower, rtol=1e-12)
    assert np.isposinf(one.upper).all()


@pytest.mark.parametrize("spread", ["deviation", "percentile"])
@pytest.mark.parametrize("kind", ["percentile", "basic", "normal", "bias-corrected", "bca"])
def test_monte_carlo_errors_of_the_ends(kind, spread):
    """As large as the ends vary over 400 sets of 1,000 draws from one distribution."""
    generator = np.random.default_rng(12)
    sets = xr.DataArray(generator.gumbel(size=(1000, 400)), dims=["draw", "set"])
    point = xr.full_like(sets.isel(draw=0), 0.4)
    left = xr.DataArray([0.0, 0.0, 0.0, -1.0] * 3, dims="part").expand_dims(set=400)
    how = {"jackknife": left, "standard_error": spread, "monte_carlo_error": True}
    found = interval(sets, point=point, kind=kind, **how)
    for end in ("lower", "upper"):
        stated = float(np.sqrt((found[f"{end}_error"] ** 2).mean()))
        # 400 sets: relative error of a standard deviation 1/sqrt(800) = 3.5 %.
        assert stated == pytest.approx(float(found[end].std()), rel=0.15)


def test_default_variables_are_as_before(draws):
    array = xr.DataArray(draws, dims=["draw", "k"])
    names = ["estimate", "lower", "upper", "standard_error", "n_draws"]
    assert list(interval(array, point=array.mean("draw")).data_vars) == names


def test_coverage_of_a_skewed_mean():
    """Exponential data, n = 20: the kinds that know of skewness cover better."""
    generator = np.random.default_rng(21)
    studies, n = 1500, 20
    samples = generator.exponential(size=(n, studies))
    counts = generator.multinomial(n, np.full(n, 1 / n), size=599)
    means = counts @ samples / n
    spread = counts @ samples**2 / n - means**2
    point, ones = samples.mean(axis=0), np.ones(studies)
    needs = {
        "acceleration": acceleration_array((samples.sum(axis=0) - samples) / (n - 1)),
        "standard_errors": np.sqrt(spread / (n - 1)),
        "standard_error": samples.std(axis=0, ddof=1) / np.sqrt(n),
    }
    cover = {}
    for kind in ("percentile", "bca", "studentised"):
        low, high = Bounds.of(means, point, kind=kind, **needs).ends(0.95)
        cover[kind] = ((low <= ones) & (ones <= high)).mean()
    # 1,500 studies: standard error of a share of 92 % is .7 points, and less of differences
    # within the same studies.
    assert 0.86 < cover["percentile"] < 0.92
    assert cover["bca"] > cover["percentile"] + 0.003
    assert 0.925 < cover["studentised"] < 0.97


def test_bca_of_a_lead_from_its_leave_outs(mobi, ecsi):
    """Any statistic of estimates has leave-outs: here the lead of one cell over another."""
    frame = mobi.assign(operator=["ours"] * 140 + ["rival"] * 110)
    point = fit(frame, ecsi)

    def index(estimates):
        both = satisfaction_index(estimates).sel(construct="Satisfaction")
        return lead(both, over="operator", ours="ours", theirs="rival")

    draws = index(bootstrap(frame, ecsi, n_boot=200, seed=1, by=["operator"], point=point))
    left = index(jackknife(frame, ecsi, by=["operator"], point=point))
    own = index(fit(frame, ecsi, by=["operator"]))
    found = interval(draws, point=own, kind="bca", jackknife=left)
    assert found.lower < found.estimate < found.upper
    # 200 draws: relative error of a standard deviation 5 %.
    assert jackknife_standard_error(left).item() == pytest.approx(
        found.standard_error.item(), rel=0.2
    )
