"""Consistent PLS: exact recovery, batch equals loop, rules of admissibility."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from csat_models import (
    Moments,
    PathModel,
    bootstrap,
    fit,
    fornell_larcker,
    reliability,
    total_effects,
)
from csat_models.errors import DataError, InadmissibleError
from csat_models.estimation import Violation, consistent
from csat_models.estimation.settings import SCHEMES
from csat_models.workflow.keeping.packing import pack_estimates, unpack_estimates
from csat_models.workflow.keeping.store import Store

FACTORS = PathModel.parse(
    "A =~ a1 + a2 + a3\nB =~ b1 + b2\nC =~ c1 + c2 + c3 + c4\nD =~ d1\nB ~ A\nC ~ A + B\nD ~ B + C"
)
LOADINGS = np.array([0.9, 0.6, 0.7, 0.8, 0.5, 0.4, 0.75, 0.85, 0.65, 1.0])
PATHS = {("A", "B"): 0.5, ("A", "C"): 0.3, ("B", "C"): -0.4, ("B", "D"): 0.2, ("C", "D"): 0.45}
# Weights are iterated to 1e-9, and on a factor population reached in two steps.
EXACT = 1e-8


def path_matrix(model: PathModel, values) -> np.ndarray:
    names = model.construct_names
    paths = np.zeros((len(names), len(names)))
    for (source, target), value in values.items():
        paths[names.index(source), names.index(target)] = value
    return paths


def factor_corr(paths: np.ndarray) -> np.ndarray:
    """Correlations of factors of variance 1 that stand in causal order."""
    corr = np.eye(len(paths))
    for j in range(1, len(paths)):
        corr[:j, j] = corr[j, :j] = corr[:j, :j] @ paths[:j, j]
    return corr


def factor_population(model, loadings, paths, spread=None) -> Moments:
    """Return the implied moments of a factor model; `spread`: standard deviations."""
    common = loadings[:, None] * model.membership
    cov = common @ factor_corr(paths) @ common.T
    np.fill_diagonal(cov, 1.0)
    if spread is not None:
        cov = cov * np.outer(spread, spread)
    return Moments.from_table(items=model.items, mean=np.full(len(cov), 6.0), cov=cov, n_obs=500)


def check_recovery(estimates, loadings, paths, tolerance=EXACT):
    np.testing.assert_allclose(estimates.loadings, loadings, atol=tolerance)
    np.testing.assert_allclose(estimates.paths, paths, atol=tolerance)
    np.testing.assert_allclose(estimates.construct_corr, factor_corr(paths), atol=tolerance)
    assert estimates.admissible.all()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_factor_population_is_recovered_exactly(scheme):
    paths = path_matrix(FACTORS, PATHS)
    moments = factor_population(FACTORS, LOADINGS, paths)
    found = fit(moments, FACTORS, method="plsc", scheme=scheme)
    check_recovery(found, LOADINGS, paths)
    explained = np.diag(paths.T @ factor_corr(paths) @ paths)
    np.testing.assert_allclose(found.r_squared[1:], explained[1:], atol=EXACT)
    effects = np.linalg.inv(np.eye(4) - paths) - np.eye(4)
    np.testing.assert_allclose(total_effects(found), effects, atol=EXACT)
    plain = fit(moments, FACTORS, scheme=scheme)
    assert abs(plain.paths.to_numpy() - paths).max() > 0.05, "PLS itself is attenuated"


def test_recovery_where_weights_are_sought_on_raw_items():
    paths = path_matrix(FACTORS, PATHS)
    moments = factor_population(FACTORS, LOADINGS, paths, spread=np.linspace(0.5, 3.0, 10))
    check_recovery(fit(moments, FACTORS, method="plsc", standardised=False), LOADINGS, paths)


@settings(max_examples=30, deadline=None)
@given(
    loadings=st.lists(st.floats(0.4, 0.95), min_size=9, max_size=9),
    slopes=st.lists(st.sampled_from([-0.35, -0.2, 0.2, 0.3, 0.45]), min_size=5, max_size=5),
)
def test_recovery_of_any_factor_population(loadings, slopes):
    paths = path_matrix(FACTORS, dict(zip(PATHS, slopes, strict=True)))
    # A path may be cancelled by an indirect one; then a factor's weights are not determined.
    neighbours = (FACTORS.adjacency + FACTORS.adjacency.T) * factor_corr(paths)
    if np.abs(neighbours).max(axis=0).min() < 0.15:
        return
    loadings = np.array([*loadings, 1.0])
    found = fit(factor_population(FACTORS, loadings, paths), FACTORS, method="plsc")
    # Weak neighbours multiply the iteration's 1e-9.
    check_recovery(found, loadings, paths, tolerance=1e-6)


@pytest.mark.parametrize("within", [0.4, 0.7])
def test_parallel_items_are_corrected_for_alpha(within):
    model = PathModel.parse("X =~ x1 + x2 + x3\nY =~ y1 + y2 + y3\nY ~ X")
    blocks = np.repeat([0, 1], 3)
    corr = np.where(blocks[:, None] == blocks, within, 0.3)
    np.fill_diagonal(corr, 1.0)
    found = fit(
        Moments.from_table(items=model.items, mean=np.ones(6), cov=corr, n_obs=99),
        model,
        method="plsc",
    )
    np.testing.assert_allclose(found.loadings, np.sqrt(within), atol=1e-8)
    assert found.paths.sel(source="X", target="Y").item() == pytest.approx(0.3 / within, abs=1e-8)
    checked = reliability(found)
    alpha = 3 * within / (1 + 2 * within)  # Spearman-Brown for three items
    for name in ("cronbach_alpha", "rho_a", "composite_reliability"):
        assert checked[name].sel(construct="X").item() == pytest.approx(alpha, abs=1e-8)
    assert checked.average_variance_extracted.sel(construct="X").item() == pytest.approx(within)
    root = fornell_larcker(found).sel(construct="X", construct_2="X").item()
    assert root == pytest.approx(np.sqrt(within))


@pytest.mark.parametrize("mode", ["B", "unit"])
def test_composites_and_single_items_are_not_corrected(mobi, ecsi, mode):
    model = PathModel.parse(ecsi.to_text(), modes=dict.fromkeys(ecsi.construct_names, mode))
    plain, corrected = fit(mobi, model), fit(mobi, model, method="plsc")
    for name in ("weights", "loadings", "paths", "construct_corr", "r_squared"):
        # The diagonal of the correlations is 1 to the last digit after the correction.
        found, expected = getattr(corrected, name), getattr(plain, name)
        np.testing.assert_allclose(found, expected, atol=1e-13)


def test_scores_do_not_change(mobi, ecsi):
    corrected = fit(mobi, ecsi, method="plsc", on_inadmissible="keep")
    np.testing.assert_array_equal(corrected.weights, fit(mobi, ecsi).weights)


@pytest.mark.parametrize("standardised", [True, False])
def test_draws_equal_a_loop(mobi, ecsi, standardised):
    how = {"method": "plsc", "standardised": standardised, "on_inadmissible": "keep"}
    point = fit(mobi, ecsi, **how)
    draws = bootstrap(mobi, ecsi, n_boot=25, seed=3, point=point)
    assert draws.settings == point.settings
    assert draws.violation.dims == ("draw",)
    assert len(set(draws.violation.values.tolist())) > 1, "draws break different rules"
    for draw in range(25):
        alone = fit(draws.moments.sel(draw=draw), ecsi, orientation=point, **how)
        for name in ("loadings", "paths", "construct_corr", "r_squared"):
            # BLAS may block a batch differently, and 1 / rho_A multiplies the last digits.
            np.testing.assert_allclose(
                getattr(draws, name).sel(draw=draw), getattr(alone, name), atol=1e-9
            )
        assert draws.violation.sel(draw=draw).item() == alone.violation.item()
    assert draws.admissible.sum().item() == 25 - np.count_nonzero(draws.violation)


def test_bootstrap_knows_the_method(mobi, ecsi):
    model = PathModel.parse(ecsi.to_text(), modes={"Image": "B", "Quality": "B"})
    draws = bootstrap(mobi, model, n_boot=4, seed=1, method="plsc", on_inadmissible="keep")
    assert draws.settings.method == "plsc"
    plain = bootstrap(mobi, model, n_boot=4, seed=1)
    assert (draws.r_squared > plain.r_squared).sel(construct="Satisfaction").all()
    with pytest.raises(InadmissibleError):
        bootstrap(mobi, ecsi, n_boot=4, seed=1, method="plsc")


def test_any_batch_shape(mobi_moments, ecsi):
    grid = xr.DataArray(np.ones((2, 3)), dims=["wave", "city"], coords={"city": list("xyz")})
    moments = replace(mobi_moments, mean=mobi_moments.mean * grid, cov=mobi_moments.cov * grid)
    found = fit(moments, ecsi, method="plsc")
    assert set(found.admissible.dims) == {"wave", "city"}
    assert (found.violation == Violation.CONSTRUCT_CORR).all(), "a batch counts, it does not raise"
    assert not found.admissible.any()


TWO = PathModel.parse("X =~ x1 + x2\nY =~ y1 + y2\nY ~ X")


def two_blocks(x: float, y: float, between) -> Moments:
    """Correlations within X and Y, and of (x1, x2) with each item of Y."""
    corr = np.eye(4)
    corr[0, 1] = corr[1, 0] = x
    corr[2, 3] = corr[3, 2] = y
    corr[:2, 2:] = np.array(between)[:, None]
    corr[2:, :2] = corr[:2, 2:].T
    assert np.linalg.eigvalsh(corr)[0] > 0
    return Moments.from_table(items=TWO.items, mean=np.ones(4), cov=corr, n_obs=99)


BROKEN = {
    # With weights 4 to 1: rho_A = 0.4 * 17**2 / (4 * (17 + 8 * 0.4)).
    Violation.RELIABILITY: (
        two_blocks(0.4, 0.6, (0.6, 0.15)),
        r"rho_A of construct 'X' is 1\.431 and must lie between 0 and 1",
    ),
    # With weights 2 to 1: loading squared 2 * 0.55, rho_A 0.955.
    Violation.LOADING: (two_blocks(0.55, 0.6, (0.6, 0.3)), r"item 'x1' has a loading of 1\.049"),
    # R2 = (0.4 / 0.3) ** 2
    Violation.R_SQUARED: (two_blocks(0.3, 0.3, (0.4, 0.4)), "construct 'Y' has R2 = 1.778"),
}


@pytest.mark.parametrize("violation", BROKEN, ids=lambda rule: rule.name)
def test_each_rule_has_its_sentence(violation):
    moments, sentence = BROKEN[violation]
    with pytest.raises(InadmissibleError, match=sentence) as caught:
        fit(moments, TWO, method="plsc")
    assert caught.value.facts["rule"] == violation.name.lower()
    assert "on_inadmissible='keep'" in str(caught.value)
    kept = fit(moments, TWO, method="plsc", on_inadmissible="keep")
    assert kept.violation.item() == violation
    assert not kept.admissible.item()
    assert kept.converged.item()
    assert np.isfinite(kept.paths).all()
    assert fit(moments, TWO).admissible.item(), "composites break no rule"


def test_a_loading_beyond_minus_one_is_no_better():
    moments, _ = BROKEN[Violation.LOADING]
    point = fit(moments, TWO)
    turned = replace(point, weights=-point.weights)
    with pytest.raises(InadmissibleError, match=r"item 'x1' has a loading of -1\.049"):
        fit(moments, TWO, method="plsc", orientation=turned)


def test_the_full_mobi_model_is_not_admissible(mobi, ecsi):
    with pytest.raises(InadmissibleError, match=r"smallest eigenvalue -0\.003.*'Satisfaction'"):
        fit(mobi, ecsi, method="plsc")
    kept = fit(mobi, ecsi, method="plsc", on_inadmissible="keep")
    smallest = consistent.smallest_eigenvalues(kept.construct_corr.to_numpy()[None])[0]
    assert round(smallest, 3) == -0.003  # cSEM
    assert kept.violation.item() == Violation.CONSTRUCT_CORR


def test_a_reliability_without_a_root_leaves_nothing_but_weights():
    moments = two_blocks(-0.2, 0.6, (0.4, 0.4))
    with pytest.raises(InadmissibleError, match="rho_A of construct 'X' is -"):
        fit(moments, TWO, method="plsc")
    kept = fit(moments, TWO, method="plsc", on_inadmissible="keep")
    assert kept.violation.item() == Violation.RELIABILITY
    assert np.isfinite(kept.weights).all()
    for name in ("loadings", "paths", "construct_corr", "r_squared"):
        assert np.isnan(getattr(kept, name)).all()


def test_a_hopeless_draw_does_not_touch_the_others(mobi_moments, ecsi):
    grid = xr.DataArray([1.0, np.nan, 1.0], dims="draw")
    found = fit(replace(mobi_moments, cov=mobi_moments.cov * grid), ecsi, method="plsc")
    alone = fit(mobi_moments, ecsi, method="plsc", on_inadmissible="keep")
    assert found.converged.values.tolist() == [True, False, True]
    assert found.violation.values.tolist() == [Violation.CONSTRUCT_CORR, Violation.NONE, 4]
    assert np.isnan(found.paths.sel(draw=1)).all()
    np.testing.assert_allclose(found.paths.isel(draw=2), alone.paths, atol=1e-12)
    assert not found.admissible.any()


def test_unknown_choice_is_a_sentence(mobi, ecsi):
    with pytest.raises(DataError, match="on_inadmissible='drop' is unknown; write one of raise"):
        fit(mobi, ecsi, on_inadmissible="drop")
    with pytest.raises(DataError, match="method='plsd' is unknown; write one of pls, plsc"):
        fit(mobi, ecsi, method="plsd")


def test_estimates_come_back_from_the_store(mobi, ecsi, tmp_path):
    point = fit(mobi, ecsi, method="plsc", on_inadmissible="keep")
    draws = bootstrap(mobi, ecsi, n_boot=8, seed=1, point=point)
    store = Store(folder=tmp_path)
    store.arrays("draws", lambda: pack_estimates(draws))
    kept = store.arrays("draws", dict)
    back = unpack_estimates(kept, model=ecsi, settings=draws.settings, moments=draws.moments)
    xr.testing.assert_identical(back.admissible, draws.admissible)
    xr.testing.assert_identical(back.paths, draws.paths)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_rho_a_is_the_squared_correlation_with_the_factor(seed):
    """In both metrics: weights proportional to loadings of items as they are, or standardised."""
    generator = np.random.default_rng(seed)
    loadings, scale = generator.uniform(0.3, 0.9, 4), generator.uniform(0.5, 3.0, 4)
    corr = np.outer(loadings, loadings) + np.diag(1 - loadings**2)
    membership = np.ones((4, 1))
    for deviations in (None, scale):
        raw = loadings if deviations is None else loadings * scale**2
        weights = raw / np.sqrt(raw @ corr @ raw)
        found = consistent.rho_a(weights, membership, deviations)
        # Sums of four products.
        assert found.item() == pytest.approx((weights @ loadings) ** 2, abs=1e-10)
    # In the wrong metric it is another number.
    assert abs(consistent.rho_a(weights, membership).item() - (weights @ loadings) ** 2) > 1e-8


def test_rho_a_of_a_batch_equals_a_loop():
    generator = np.random.default_rng(1)
    weights = generator.uniform(0.1, 0.5, size=(3, 2, 5))
    membership = np.repeat(np.eye(2), [3, 2], axis=0)
    found = consistent.rho_a(weights, membership)
    assert found.shape == (3, 2, 2)
    alone = [[consistent.rho_a(one, membership) for one in some] for some in weights]
    np.testing.assert_allclose(found, alone, rtol=1e-13)
