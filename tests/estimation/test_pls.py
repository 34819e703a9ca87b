"""The batch kernel: batch equals loop, recovery, invariants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from csat_models import Moments, PathModel, fit
from csat_models.errors import ConvergenceError, DataError, InadmissibleError
from csat_models.estimation import pls
from csat_models.estimation.estimates import to_correlations
from csat_models.estimation.regressions import solve_small
from csat_models.estimation.settings import SCHEMES, Settings

MODEL = PathModel.parse(
    "A =~ a1 + a2 + a3\nB <~ b1 + b2\nC =~ c1 + c2\nD =~ d1\nB ~ A\nC ~ A + B\nD ~ B + C"
)


def random_correlations(n_samples: int, n_items: int, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    common = generator.normal(size=(n_samples, 80, 1))
    rows = common + generator.normal(size=(n_samples, 80, n_items))
    return to_correlations(np.stack([np.cov(sample.T) for sample in rows]))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_batch_equals_loop(scheme):
    corr = random_correlations(12, 8, seed=3)
    design = pls.Design.of(MODEL)
    batch = pls.outer_weights(corr, design, Settings(scheme=scheme))
    assert len(set(batch.iterations.tolist())) > 1, "samples stop at their own iteration"
    for k, sample in enumerate(corr):
        alone = pls.outer_weights(sample[None], design, Settings(scheme=scheme))
        # The same operations in the same order; BLAS may block a batch differently.
        np.testing.assert_allclose(batch.weights[k], alone.weights[0], atol=1e-13)
        np.testing.assert_allclose(batch.loadings[k], alone.loadings[0], atol=1e-13)
        assert batch.iterations[k] == alone.iterations[0]


def test_chunks_change_nothing(monkeypatch):
    corr = random_correlations(25, 8, seed=4)
    whole = pls.outer_weights(corr, pls.Design.of(MODEL), Settings())
    monkeypatch.setattr(pls, "CHUNK_BYTES", 8 * 64 * 3)
    pieces = pls.outer_weights(corr, pls.Design.of(MODEL), Settings())
    np.testing.assert_allclose(whole.weights, pieces.weights, atol=1e-13)
    np.testing.assert_array_equal(whole.iterations, pieces.iterations)


def test_a_hopeless_sample_does_not_touch_the_others():
    corr = random_correlations(5, 8, seed=5)
    broken = corr.copy()
    broken[2, 0, :] = np.nan
    found = pls.outer_weights(broken, pls.Design.of(MODEL), Settings())
    expected = pls.outer_weights(corr, pls.Design.of(MODEL), Settings())
    assert found.converged.tolist() == [True, True, False, True, True]
    assert np.isnan(found.weights[2]).all()
    np.testing.assert_allclose(found.weights[[0, 1, 3, 4]], expected.weights[[0, 1, 3, 4]])


def test_too_few_iterations_are_reported():
    corr = random_correlations(4, 8, seed=6)
    found = pls.outer_weights(corr, pls.Design.of(MODEL), Settings(max_iterations=2))
    assert not found.converged.any()
    assert np.isnan(found.weights).all()
    moments = Moments.from_table(items=MODEL.items, mean=np.ones(8), cov=corr[0], n_obs=80)
    with pytest.raises(ConvergenceError, match="did not converge in 2 iterations"):
        fit(moments, MODEL, max_iterations=2)


def test_mode_b_recovers_a_composite_population():
    """Composites with known weights and correlation: exact at the population."""
    weights = np.array([0.6, 0.5])
    block = np.array([[1.0, 0.4], [0.4, 1.0]])
    weights /= np.sqrt(weights @ block @ weights)
    loading = block @ weights
    rho = 0.55
    corr = np.block(
        [[block, rho * np.outer(loading, loading)], [rho * np.outer(loading, loading), block]]
    )
    model = PathModel.parse("X <~ x1 + x2\nY <~ y1 + y2\nY ~ X")
    moments = Moments.from_table(items=model.items, mean=np.zeros(4), cov=corr, n_obs=100)
    estimates = fit(moments, model)
    # Exact in theory; what is left is the stopping rule of 1e-9.
    assert estimates.paths.sel(source="X", target="Y").item() == pytest.approx(rho, abs=1e-8)
    np.testing.assert_allclose(estimates.weights.values, np.tile(weights, 2), atol=1e-8)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), scales=st.lists(st.floats(0.1, 50), min_size=8, max_size=8))
def test_rescaling_items_changes_no_standardised_estimate(seed, scales):
    corr = random_correlations(1, 8, seed)[0]
    factor = np.diag(scales)
    one = Moments.from_table(items=MODEL.items, mean=np.zeros(8), cov=corr, n_obs=80)
    two = replace(one, cov=one.cov.copy(data=factor @ corr @ factor))
    # Correlations are recomputed from rescaled covariances: rounding times the condition.
    np.testing.assert_allclose(fit(one, MODEL).paths, fit(two, MODEL).paths, atol=1e-7)


def test_order_of_items_does_not_matter(mobi_moments, ecsi):
    turned = [*reversed(mobi_moments.items)]
    one = fit(mobi_moments, ecsi)
    two = fit(mobi_moments.select(turned), ecsi)
    assert two.weights["item"].values.tolist() == list(ecsi.items)
    np.testing.assert_allclose(one.weights, two.weights, atol=1e-12)


def test_a_mirrored_item_flips_signs_only(mobi, ecsi):
    mirrored = mobi.assign(CUSCO=-mobi["CUSCO"])
    one, two = fit(mobi, ecsi), fit(mirrored, ecsi)
    np.testing.assert_allclose(
        two.paths.sel(source="Satisfaction", target="Complaints"),
        -one.paths.sel(source="Satisfaction", target="Complaints"),
        atol=1e-9,
    )
    np.testing.assert_allclose(two.r_squared, one.r_squared, atol=1e-9)


def test_orientation_follows_the_point_estimate(mobi_moments, ecsi):
    point = fit(mobi_moments, ecsi)
    turned = replace(point, weights=-point.weights)
    again = fit(mobi_moments, ecsi, orientation=turned)
    np.testing.assert_allclose(again.weights, -point.weights)
    assert again.flipped.all()
    np.testing.assert_allclose(again.paths, point.paths, atol=1e-12)


def test_any_batch_shape(mobi_moments, ecsi):
    grid = xr.DataArray(np.ones((2, 3)), dims=["wave", "city"], coords={"city": list("xyz")})
    moments = replace(mobi_moments, mean=mobi_moments.mean * grid, cov=mobi_moments.cov * grid)
    estimates = fit(moments, ecsi)
    assert set(estimates.paths.dims) == {"wave", "city", "source", "target"}
    alone = fit(mobi_moments, ecsi)
    np.testing.assert_allclose(estimates.paths.isel(wave=1).sel(city="y"), alone.paths, atol=1e-13)


def test_the_sentences_of_a_single_fit(mobi, ecsi):
    with pytest.raises(InadmissibleError, match="item 'CUSA2' has no variance"):
        fit(mobi.assign(CUSA2=5.0), ecsi)
    with pytest.raises(DataError, match="no column 'CUSA2'"):
        fit(mobi.drop(columns="CUSA2"), ecsi)
    with pytest.raises(DataError, match="scheme='star' is unknown; write one of path"):
        fit(mobi, ecsi, scheme="star")


def test_a_real_path_is_seen_and_an_absent_one_is_not():
    """Change the truth and see the answer change."""
    generator = np.random.default_rng(8)
    model = PathModel.parse("X =~ x1 + x2\nY =~ y1 + y2\nY ~ X")
    for truth in (0.0, 0.7):
        x = generator.normal(size=20_000)
        y = truth * x + np.sqrt(1 - truth**2) * generator.normal(size=20_000)
        noise = 0.01 * generator.normal(size=(20_000, 4))
        rows = np.column_stack([x, x, y, y]) + noise
        moments = Moments.from_table(
            items=model.items, mean=rows.mean(axis=0), cov=np.cov(rows.T), n_obs=20_000
        )
        found = fit(moments, model).paths.sel(source="X", target="Y").item()
        assert abs(found) == pytest.approx(truth, abs=0.02)  # 3 standard errors at n = 20,000


def test_solve_small_equals_lapack():
    corr = random_correlations(6, 5, seed=9)
    right = np.random.default_rng(1).normal(size=(6, 5))
    expected = np.linalg.solve(corr, right[..., None])[..., 0]
    np.testing.assert_allclose(solve_small(corr, right), expected, atol=1e-11)
