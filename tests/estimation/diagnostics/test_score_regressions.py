"""Copula terms and RESET: other programs, known truths, batches, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from csat_models import CsatError, PathModel, fit, gaussian_copula, interval, reset_test, scores
from csat_models.estimation.diagnostics.normality import normality

MODEL = PathModel.parse("W =~ w\nX =~ x\nY =~ y\nY ~ W + X")


def table(w, x, y) -> xr.DataArray:
    values = np.stack([w, x, y], axis=-1)
    dims = ["sample", "row", "construct"][-values.ndim :]
    return xr.DataArray(values, coords={"construct": ["W", "X", "Y"]}, dims=dims)


def confounded(shape, omitted: float, seed: int, *, skewed: bool = True) -> xr.DataArray:
    """Build y = .3 w + .5 x + e with a normal e that hangs together with x by a Gaussian copula."""
    generator = np.random.default_rng(seed)
    u, e, w = generator.normal(size=(3, *shape))
    e = omitted * u + np.sqrt(1 - omitted**2) * e
    x = stats.expon.ppf(stats.norm.cdf(u)) if skewed else u
    return table(w, x, 0.3 * w + 0.5 * x + e)


@pytest.fixture(scope="module")
def mobi_scores(mobi, ecsi):
    return scores(fit(mobi, ecsi), mobi)


def columns(found: xr.DataArray, names) -> np.ndarray:
    return found.sel(construct=list(names)).transpose("row", "construct").values


@pytest.mark.parametrize("suspects", [["Image"], ["Value", "Image"]])
def test_copula_regression_equals_least_squares_by_hand(suspects, mobi_scores, ecsi):
    import statsmodels.api as sm
    from statsmodels.stats.outliers_influence import variance_inflation_factor

    found = gaussian_copula(mobi_scores, ecsi, target="Satisfaction", suspects=suspects)
    sources = ecsi.predecessors("Satisfaction")
    x = columns(mobi_scores, sources)
    terms = stats.norm.ppf(stats.rankdata(columns(mobi_scores, suspects), axis=0) / 251)
    y = mobi_scores.sel(construct="Satisfaction").values
    design = sm.add_constant(np.column_stack([x, terms]))
    reference = sm.OLS(y, design).fit()
    # Normal equations of columns of unit length against a QR: condition below 1e3.
    np.testing.assert_allclose(found.paths, reference.params[1:5], atol=1e-10)
    np.testing.assert_allclose(found.copula, reference.params[5:], atol=1e-10)
    assert list(found.endogenous.values) == suspects
    ordinary = sm.OLS(y, sm.add_constant(x)).fit().params[1:]
    np.testing.assert_allclose(found.ordinary, ordinary, atol=1e-12)
    inflation = [variance_inflation_factor(design, 5 + k) for k in range(len(suspects))]
    np.testing.assert_allclose(found.variance_inflation, inflation, rtol=1e-8)
    assert found.n_obs.item() == 250


def test_copula_without_suspicion_is_the_model(mobi, ecsi, mobi_scores):
    found = gaussian_copula(mobi_scores, ecsi, target="Loyalty", suspects=["Image"])
    paths = fit(mobi, ecsi).paths.sel(source=found.source, target="Loyalty")
    np.testing.assert_allclose(found.ordinary, paths, atol=1e-12)


@pytest.mark.parametrize("omitted", [-0.5, 0.0, 0.5])
def test_copula_finds_the_path_whatever_was_omitted(omitted):
    """200 samples of 400: the mean estimate is the truth up to 4 standard errors and a small bias.

    Park and Gupta's estimator is consistent; at n = 400 its bias with an
    estimated distribution function is below .03 here.
    """
    found = gaussian_copula(
        confounded((200, 400), omitted, seed=3), MODEL, target="Y", suspects="X"
    )
    corrected, plain = found.paths.sel(source="X"), found.ordinary.sel(source="X")
    room = 4 * corrected.std().item() / np.sqrt(200) + 0.03
    assert abs(corrected.mean().item() - 0.5) < room
    # Least squares errs by cov(x, e): omitted E[x u] / var x, .903 omitted for an exponential x.
    assert plain.mean().item() - 0.5 == pytest.approx(0.903 * omitted, abs=0.03)
    assert found.copula.mean().item() == pytest.approx(omitted, abs=0.1)


def test_a_normal_suspect_is_seen_and_useless():
    skewed = gaussian_copula(confounded((50, 300), 0.4, seed=1), MODEL, target="Y", suspects=["X"])
    normal = gaussian_copula(
        confounded((50, 300), 0.4, seed=1, skewed=False), MODEL, target="Y", suspects=["X"]
    )
    assert (skewed.normality_p_value < 0.001).all()
    # 5 of 100 by chance; binomial(50, .05) exceeds 9 once in a thousand.
    assert (normal.normality_p_value < 0.05).sum() <= 9
    assert (skewed.variance_inflation < 20).all()
    assert (normal.variance_inflation > 50).all()
    assert normal.paths.sel(source="X").std() > 5 * skewed.paths.sel(source="X").std()


def drawn_scores(frame: pd.DataFrame, n_boot: int) -> xr.DataArray:
    generator = np.random.default_rng(1)
    draws = []
    for _ in range(n_boot):
        rows = frame.iloc[generator.integers(len(frame), size=len(frame))]
        draws.append(scores(fit(rows, MODEL), rows.reset_index(drop=True)))
    return xr.concat(draws, dim="draw")


@pytest.mark.parametrize("omitted", [0.0, 0.5])
def test_a_bootstrap_of_rows_tells_whether_a_source_is_endogenous(omitted):
    """Draws scored on their own rows, as the module says; intervals as of everything."""
    truth = confounded((400,), omitted, seed=8)
    frame = pd.DataFrame(truth.values, columns=["w", "x", "y"])
    how = {"target": "Y", "suspects": ["X"]}
    point = gaussian_copula(scores(fit(frame, MODEL), frame), MODEL, **how)
    draws = gaussian_copula(drawn_scores(frame, 200), MODEL, **how)
    found = interval(draws.copula, point=point.copula, level=0.99)
    assert (found.lower.item() > 0) == bool(omitted)
    # Its standard error is that over samples, on the scale of y of unit variance:
    # 199 draws and 200 samples know a standard deviation to 5 %, this sample's own is another's.
    others = confounded((200, 400), omitted, seed=9)
    spread = gaussian_copula(others / others.std("row"), MODEL, **how).copula.std().item()
    assert found.standard_error.item() == pytest.approx(spread, rel=0.3)


def test_turning_a_suspect_turns_its_path_and_its_term():
    """Mean ranks: nothing depends on which end of a scale is up, ties included."""
    data = confounded((300,), 0.4, seed=2).round(1)
    turned = data.where(data.construct != "X", -data)
    one, other = (
        gaussian_copula(each, MODEL, target="Y", suspects=["X"]) for each in (data, turned)
    )
    np.testing.assert_allclose(one.copula, -other.copula, atol=1e-11)
    np.testing.assert_allclose(one.paths, other.paths * [1, -1], atol=1e-11)


def test_normality_equals_statsmodels_and_scipy():
    from statsmodels.stats.diagnostic import normal_ad

    generator = np.random.default_rng(4)
    # From all but normal to far from it: every piece of the p-value.
    values = np.concatenate(
        [
            stats.norm.ppf((np.arange(80) + 0.5) / 80)[None],
            generator.normal(size=(60, 80)),
            generator.gamma(3.0, size=(10, 80)),
            generator.exponential(size=(5, 80)) ** 2,
        ]
    )
    found = normality(xr.DataArray(values, dims=["sample", "row"]))
    reference = np.array([normal_ad(row) for row in values])
    assert (
        np.diff([0, *np.searchsorted(np.sort(reference[:, 0]), [0.2, 0.34, 0.6, 13])]) > 0
    ).all()
    # The same formula; statsmodels loses digits of the upper tail as 1 - Phi(z).
    np.testing.assert_allclose(found.anderson_darling, reference[:, 0], rtol=1e-4)
    near = reference[:, 0] < 2
    np.testing.assert_allclose(found.anderson_darling[near], reference[near, 0], rtol=1e-9)
    np.testing.assert_allclose(found.normality_p_value, reference[:, 1], rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(found.skewness, stats.skew(values, axis=1), atol=1e-12)
    np.testing.assert_allclose(found.excess_kurtosis, stats.kurtosis(values, axis=1), rtol=1e-11)


@pytest.mark.parametrize("powers", [(2, 3), (2,), (3, 4)])
def test_reset_equals_statsmodels(powers, mobi_scores, ecsi):
    import statsmodels.api as sm
    from statsmodels.stats.diagnostic import linear_reset

    found = reset_test(mobi_scores, ecsi, powers=powers)
    assert tuple(found.construct.values) == ecsi.endogenous
    for name in ecsi.endogenous:
        x = sm.add_constant(columns(mobi_scores, ecsi.predecessors(name)))
        result = sm.OLS(mobi_scores.sel(construct=name).values, x).fit()
        reference = linear_reset(result, power=list(powers), use_f=True)
        ours = found.sel(construct=name)
        # Differences of sums of squares, twice; statsmodels inverts a covariance instead.
        assert ours.statistic.item() == pytest.approx(reference.fvalue, rel=1e-7, abs=1e-9)
        assert ours.p_value.item() == pytest.approx(reference.pvalue, rel=1e-7)
        assert ours.df_residual.item() == reference.df_denom
        assert ours.df.item() == len(powers)


def test_reset_knows_whether_a_path_bends():
    generator = np.random.default_rng(7)
    w, x, e = generator.normal(size=(3, 400, 200))
    straight = reset_test(table(w, x, 0.4 * w + 0.5 * x + e), MODEL).p_value
    bent = reset_test(table(w, x, 0.4 * w + 0.5 * x + 0.3 * x**2 + e), MODEL).p_value
    # Exact F under the null: binomial(400, .05) lies within 4 standard deviations, 17.4, of 20.
    assert 2 < (straight < 0.05).sum() < 38
    assert (bent < 0.05).mean() > 0.5


def batch_and_holes() -> tuple[xr.DataArray, xr.DataArray]:
    whole = confounded((4, 120), 0.3, seed=5)
    holes = whole.copy(deep=True)
    holes[1, 7, 1] = holes[2, 30, 2] = np.nan
    holes[3] = np.nan
    return whole, holes


def test_a_batch_equals_a_loop():
    whole, _ = batch_and_holes()
    how = {"target": "Y", "suspects": ["X"]}
    together, tested = gaussian_copula(whole, MODEL, **how), reset_test(whole, MODEL)
    for sample in range(4):
        alone = gaussian_copula(whole[sample], MODEL, **how)
        for name in ("paths", "copula", "normality_p_value", "variance_inflation"):
            np.testing.assert_allclose(together[name][sample], alone[name], rtol=1e-9)
        curved = reset_test(whole[sample], MODEL)
        np.testing.assert_allclose(tested.statistic[sample], curved.statistic, rtol=1e-8)


def test_missing_rows_are_left_out_and_missing_samples_are_missing():
    whole, holes = batch_and_holes()
    kept = [row for row in range(120) if row not in {7, 30}]
    found = gaussian_copula(holes, MODEL, target="Y", suspects=["X"])
    expected = gaussian_copula(whole[:3, kept], MODEL, target="Y", suspects=["X"])
    assert found.n_obs.item() == 118
    np.testing.assert_allclose(found.paths[:3], expected.paths, rtol=1e-10)
    assert found.paths[3].isnull().all()
    assert found.normality_p_value[3].isnull().all()
    p = reset_test(holes, MODEL).p_value
    np.testing.assert_array_equal(p.isnull().values[:, 0], [False, False, False, True])


def test_collinear_regressors_are_missing():
    w, x, y = (confounded((100,), 0.0, seed=6).sel(construct=name).values for name in "WXY")
    found = gaussian_copula(table(x, x, y), MODEL, target="Y", suspects=["X"])
    assert found.paths.isnull().all()
    assert reset_test(table(x, x, y), MODEL).statistic.isnull().all()
    assert reset_test(table(w, 0 * x, y), MODEL).statistic.isnull().all()


@pytest.mark.parametrize(
    ("change", "how", "sentence"),
    [
        (lambda t: t, {"suspects": []}, "no source of 'Y' is suspected"),
        (lambda t: t, {"suspects": ["Y"]}, "no path from 'Y' to 'Y'; the sources of 'Y' are W, X"),
        (lambda t: t[:5], {}, "5 rows are too few"),
        (lambda t: t.sel(construct=["W", "Y"]), {}, "the scores have no construct 'X'"),
        (lambda t: t.rename(row="person"), {}, "these have person, construct"),
        (lambda t: xr.where(t > 1, 1.0, 0.0), {}, "the scores of 'X' take fewer than three"),
    ],
)
def test_bad_input_of_copulas(change, how, sentence):
    data = change(confounded((50,), 0.3, seed=1))
    with pytest.raises(CsatError, match=sentence):
        gaussian_copula(data, MODEL, **{"target": "Y", "suspects": ["X"], **how})


@pytest.mark.parametrize("powers", [(), (1, 2), (2, 2)])
def test_bad_powers(powers):
    with pytest.raises(CsatError, match="not different whole numbers from 2 on"):
        reset_test(confounded((50,), 0.3, seed=1), MODEL, powers=powers)
