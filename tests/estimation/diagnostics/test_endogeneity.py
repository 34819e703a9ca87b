"""Two-stage least squares: known truths, other programs, hand computation, draws."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from csat_models import (
    CsatError,
    Moments,
    PathModel,
    bootstrap,
    compute_moments,
    fit,
    hausman_test,
    scores,
    two_stage_least_squares,
)

TRIANGLE = PathModel.parse("Z =~ z\nX =~ x\nY =~ y\nX ~ Z\nY ~ X")


def confounded(effect: float, omitted: float, strength: float = 0.6) -> Moments:
    """x = strength z + u, y = effect x + e, cov(u, e) = omitted; x has variance 1."""
    corr = np.eye(3)
    corr[0, 1] = corr[1, 0] = strength
    corr[1, 2] = corr[2, 1] = effect + omitted
    corr[0, 2] = corr[2, 0] = effect * strength
    return Moments.from_table(items=["z", "x", "y"], mean=[5] * 3, cov=corr, n_obs=250)


@settings(max_examples=30, deadline=None)
@given(effect=st.floats(-0.4, 0.4), omitted=st.floats(-0.3, 0.3))
def test_the_true_path_is_found_whatever_was_omitted(effect, omitted):
    assume(abs(effect + omitted) > 0.01)  # x and y without correlation have no weights
    estimates = fit(confounded(effect, omitted), TRIANGLE)
    found = two_stage_least_squares(estimates, target="Y", instruments={"X": ["Z"]})
    # Exact but for rounding.
    assert found.paths.item() == pytest.approx(effect, abs=1e-12)
    assert found.ordinary.item() == pytest.approx(effect + omitted, abs=1e-12)
    assert found.difference.item() == pytest.approx(-omitted, abs=1e-12)
    assert found.partial_r_squared.item() == pytest.approx(0.36, abs=1e-12)


def ols(y, X):
    slopes, *_ = np.linalg.lstsq(X, y)
    rest = y - X @ slopes
    return slopes, rest @ rest


@pytest.fixture(scope="module")
def example(mobi, ecsi):
    """Satisfaction with two suspects, three instruments in a model of fewer paths."""
    text = ecsi.to_text().replace("Satisfaction ~ Image + Expectation + ", "Satisfaction ~ ")
    model = PathModel.parse(text.replace("Quality ~ Expectation", "Quality ~ Expectation + Image"))
    assert model.predecessors("Satisfaction") == ("Quality", "Value")
    estimates = fit(mobi, model)
    z = scores(estimates, mobi)
    return estimates, {name: z.sel(construct=name).values for name in model.construct_names}


def test_one_suspect_equals_statsmodels(mobi, ecsi):
    """Complaints' effect on Loyalty, Satisfaction taken as it is."""
    from statsmodels.sandbox.regression.gmm import IV2SLS

    text = ecsi.to_text().replace("Loyalty ~ Image + ", "Loyalty ~ ")
    estimates = fit(mobi, PathModel.parse(text))
    z = {n: scores(estimates, mobi).sel(construct=n).values for n in ecsi.construct_names}
    found = two_stage_least_squares(
        estimates, target="Loyalty", instruments={"Satisfaction": ["Quality", "Value"]}
    )
    reference = IV2SLS(
        z["Loyalty"],
        np.column_stack([z["Satisfaction"], z["Complaints"]]),
        np.column_stack([z["Complaints"], z["Quality"], z["Value"]]),
    ).fit()
    # Rounding: scores and their correlations hold the same numbers.
    np.testing.assert_allclose(found.paths, reference.params, atol=1e-11)
    assert list(found.source.values) == ["Satisfaction", "Complaints"]


def test_two_suspects_equal_statsmodels(example):
    from statsmodels.sandbox.regression.gmm import IV2SLS

    estimates, z = example
    found = two_stage_least_squares(
        estimates,
        target="Satisfaction",
        instruments={"Quality": ["Image"], "Value": ["Expectation"]},
    )
    reference = IV2SLS(
        z["Satisfaction"],
        np.column_stack([z["Quality"], z["Value"]]),
        np.column_stack([z["Image"], z["Expectation"]]),
    ).fit()
    np.testing.assert_allclose(found.paths, reference.params, atol=1e-10)
    assert np.isnan(found.sargan.item())
    assert found.sargan_df.item() == 0


def test_first_stage_and_sargan_by_hand(example):
    estimates, z = example
    found = two_stage_least_squares(
        estimates, target="Satisfaction", instruments={"Value": ["Image", "Expectation"]}
    )
    everything = np.column_stack([z["Quality"], z["Image"], z["Expectation"]])
    _, rss = ols(z["Value"], everything)
    _, rss_before = ols(z["Value"], everything[:, :1])
    # The intercept is a regressor, of estimate 0.
    f = (rss_before - rss) / 2 / (rss / (250 - 4))
    assert found.first_stage_f.item() == pytest.approx(f, rel=1e-9)
    assert found.partial_r_squared.item() == pytest.approx(1 - rss / rss_before, rel=1e-9)
    b = found.paths.sel(source=["Quality", "Value"]).values
    rest = z["Satisfaction"] - b[0] * z["Quality"] - b[1] * z["Value"]
    _, unexplained = ols(rest, everything)
    sargan = 250 * (1 - unexplained / (rest @ rest))
    assert found.sargan.item() == pytest.approx(sargan, rel=1e-8)
    assert found.sargan_p_value.item() == pytest.approx(chi2.sf(sargan, 1), rel=1e-8)


def test_an_invalid_instrument_is_seen_by_sargan():
    """A second instrument that moves y directly disagrees with the first."""
    model = PathModel.parse("A =~ a\nB =~ b\nX =~ x\nY =~ y\nX ~ A + B\nY ~ X")
    p_values = []
    for direct in (0.0, 0.3):
        # x = .5 a + .5 b + u, y = .4 x + direct b + e
        cross = np.array([0.5, 0.5])
        corr = np.eye(4)
        corr[:2, 2] = corr[2, :2] = cross
        corr[2, 3] = corr[3, 2] = 0.4 + direct * 0.5
        corr[:2, 3] = corr[3, :2] = 0.4 * cross + np.array([0.0, direct])
        moments = Moments.from_table(items=list("abxy"), mean=[5] * 4, cov=corr, n_obs=200)
        found = two_stage_least_squares(
            fit(moments, model), target="Y", instruments={"X": ["A", "B"]}
        )
        p_values.append(found.sargan_p_value.item())
    assert p_values[0] == pytest.approx(1.0, abs=1e-6)  # the root of a statistic of rounding
    assert p_values[1] < 0.001


@pytest.mark.parametrize("omitted", [0.0, 0.25])
def test_measurement_error_parts_the_paths_of_composites_only(omitted):
    """Loadings of .7: PLSc finds the factors' paths, PLS a difference without endogeneity."""
    text = "Z =~ z1 + z2 + z3\nX =~ x1 + x2 + x3\nY =~ y1 + y2 + y3\nX ~ Z\nY ~ X"
    model = PathModel.parse(text)
    factors = confounded(0.3, omitted).cov.values
    loadings = np.kron(np.eye(3), np.full((3, 1), 0.7))
    cov = loadings @ factors @ loadings.T
    np.fill_diagonal(cov, 1.0)
    moments = Moments.from_table(items=model.items, mean=[5] * 9, cov=cov, n_obs=500)
    found = {
        method: two_stage_least_squares(
            fit(moments, model, method=method), target="Y", instruments={"X": ["Z"]}
        )
        for method in ("pls", "plsc")
    }
    # Weights are iterated to 1e-9.
    assert found["plsc"].paths.item() == pytest.approx(0.3, abs=1e-7)
    assert found["plsc"].ordinary.item() == pytest.approx(0.3 + omitted, abs=1e-7)
    reliability = 3 * 0.49 / (1 + 2 * 0.49)
    attenuated = reliability * (0.3 + omitted)
    assert found["pls"].ordinary.item() == pytest.approx(attenuated, abs=1e-7)
    assert found["pls"].difference.item() == pytest.approx(0.3 - attenuated, abs=1e-7)


def test_a_batch_equals_a_loop(mobi, ecsi):
    model = PathModel.parse(ecsi.to_text().replace("Loyalty ~ Image + ", "Loyalty ~ "))
    frame = mobi.assign(city=["a", "b"] * 125)
    how = {"target": "Loyalty", "instruments": {"Satisfaction": ["Quality", "Value"]}}
    cells = compute_moments(frame, items=model.items, by=["city"])
    found = two_stage_least_squares(fit(cells, model), **how)
    assert found.paths.dims == ("city", "source")
    assert found.first_stage_f.dims == ("city", "endogenous")
    for city, part in frame.groupby("city"):
        alone = two_stage_least_squares(fit(part, model), **how)
        for name in ("paths", "ordinary", "first_stage_f", "sargan", "sargan_p_value"):
            # Two fits, each to 1e-9.
            np.testing.assert_allclose(found[name].sel(city=city), alone[name], rtol=1e-5)


def sample(omitted: float, seed: int, n_rows: int = 300):
    generator = np.random.default_rng(seed)
    corr = confounded(0.3, omitted).cov.values
    values = generator.multivariate_normal(np.full(3, 5.0), corr, size=n_rows)
    return pd.DataFrame(values, columns=["z", "x", "y"])


def hausman(frame, seed: int = 1):
    how = {"target": "Y", "instruments": {"X": ["Z"]}}
    point = two_stage_least_squares(fit(frame, TRIANGLE), **how)
    draws = two_stage_least_squares(bootstrap(frame, TRIANGLE, n_boot=300, seed=seed), **how)
    return point, draws, hausman_test(point, draws)


def test_hausman_knows_whether_something_was_omitted():
    *_, harmless = hausman(sample(0.0, seed=5))
    point, draws, harmful = hausman(sample(0.35, seed=5))
    assert harmless.p_value.item() > 0.05
    assert harmful.p_value.item() < 0.001
    # One suspect: the square of difference over its standard error.
    z = point.difference.item() / draws.difference.std("draw", ddof=1).item()
    assert harmful.statistic.item() == pytest.approx(z**2, rel=1e-9)
    assert harmful.n_draws.item() == 300


def test_hausman_over_cells_and_missing_draws(mobi, ecsi):
    """Two suspects; each cell equals the quadratic form by hand."""
    text = ecsi.to_text().replace("Satisfaction ~ Image + Expectation + ", "Satisfaction ~ ")
    model = PathModel.parse(text)
    frame = mobi.assign(city=["a", "b"] * 125)
    how = {
        "target": "Satisfaction",
        "instruments": {"Value": ["Expectation"], "Quality": ["Image"]},
    }
    point = two_stage_least_squares(
        fit(compute_moments(frame, items=model.items, by=["city"]), model), **how
    )
    draws = two_stage_least_squares(bootstrap(frame, model, n_boot=40, seed=2, by=["city"]), **how)
    draws["difference"][0] = np.nan
    found = hausman_test(point, draws)
    assert found.n_draws.values.tolist() == [39, 39]
    np.testing.assert_allclose(found.p_value, chi2.sf(found.statistic, 2), rtol=1e-9)
    d = point.difference.sel(city="b").values
    v = np.cov(draws.difference.sel(city="b").values[1:].T)
    assert found.statistic.sel(city="b").item() == pytest.approx(d @ np.linalg.inv(v) @ d, rel=1e-8)


@pytest.mark.parametrize(
    ("target", "instruments", "sentence"),
    [
        ("Loyalty", {}, "no source of 'Loyalty' is suspected"),
        ("Loyalty", {"Value": ["Quality"]}, "no path from 'Value' to 'Loyalty'"),
        ("Loyalty", {"Satisfaction": ["Image"]}, "'Image' cannot be an instrument, as it has"),
        ("Satisfaction", {"Value": ["Loyalty"]}, "as it is moved by 'Satisfaction'"),
        ("Loyalty", {"Image": ["Value"], "Satisfaction": ["Quality"]}, "as it is moved by 'Image'"),
        ("Loyalty", {"Satisfaction": ["Loyalty"]}, "as it is the target"),
        ("Loyalty", {"Satisfaction": ["Value"], "Complaints": []}, "2 suspected sources"),
        ("Loyalty", {"Satisfaction": ["Price"]}, "the model has no construct 'Price'"),
    ],
)
def test_bad_equations_are_refused(target, instruments, sentence, mobi_moments, ecsi):
    with pytest.raises(CsatError, match=sentence):
        two_stage_least_squares(fit(mobi_moments, ecsi), target=target, instruments=instruments)


@pytest.mark.parametrize(
    ("text", "instrument", "sentence"),
    [
        ("Z =~ z\nX =~ x\nY =~ y\nX ~ Z + Z:Z\nY ~ X", "Z:Z", None),
        ("Z =~ z\nX =~ x\nY =~ y\nY ~ X\nZ ~ X:X", "X:X", "as it is moved by 'X'"),
        ("Z =~ z\nX =~ x\nY =~ y\nH =~ Z\nX ~ H\nY ~ X", "Z", "as it is a dimension"),
    ],
)
def test_products_and_dimensions_as_instruments(text, instrument, sentence):
    estimates = fit(sample(0.2, seed=3), PathModel.parse(text))
    how = {"target": "Y", "instruments": {"X": [instrument]}}
    if sentence is None:
        assert np.isfinite(two_stage_least_squares(estimates, **how).paths.item())
        return
    with pytest.raises(CsatError, match=sentence):
        two_stage_least_squares(estimates, **how)


def test_hausman_without_draws_is_refused():
    point = two_stage_least_squares(
        fit(confounded(0.3, 0.1), TRIANGLE), target="Y", instruments={"X": ["Z"]}
    )
    with pytest.raises(CsatError, match="needs bootstrap draws"):
        hausman_test(point, point)
