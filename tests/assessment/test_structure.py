"""The structural model's criteria: truth, other programs, batch."""

from __future__ import annotations

import numpy as np
import pytest

from csat_models import Moments, PathModel, bootstrap, fit
from csat_models.assessment import adjusted_r_squared, effect_size, goodness_of_fit, inner_vif

CASES = [("ecsi_modeA_path", "pls"), ("ecsi_plsc_path", "plsc")]
# Their weights are iterated to 1e-13, ours to 1e-9; effects of inadmissible PLSc are near 100.
PARITY = 1e-6


@pytest.mark.parametrize(("case", "method"), CASES)
def test_equal_to_csem(case, method, mobi, ecsi, oracle):
    reference = oracle("csem_ecsi")["cases"][case]
    estimates = fit(mobi, ecsi, method=method, on_inadmissible="keep", tolerance=1e-12)
    for name, value in reference["R2adj"].items():
        found = adjusted_r_squared(estimates).sel(construct=name).item()
        assert found == pytest.approx(value, abs=PARITY)
    sizes, inflation = effect_size(estimates), inner_vif(estimates)
    for pair, value in reference["f2"].items():
        source, target = pair.split("->")
        found = sizes.sel(source=source, target=target).item()
        assert found == pytest.approx(value, rel=PARITY)
    for pair, value in reference["VIF_antecedents"].items():
        target, source = pair.split("->")  # the rows of cSEM's table explain
        found = inflation.sel(source=source, target=target).item()
        assert found == pytest.approx(value, rel=PARITY)
    assert goodness_of_fit(estimates).item() == pytest.approx(reference["GoF"], abs=PARITY)


def test_variance_inflation_equals_seminr(mobi, ecsi, oracle):
    reference = oracle("seminr_ecsi")["cases"]["ecsi_modeA_path"]["VIF_antecedents"]
    found = inner_vif(fit(mobi, ecsi))
    for pair, value in reference.items():
        source, target = pair.split("->")
        cell = found.sel(source=source, target=target).item()
        assert cell == pytest.approx(1.0 if value is None else value, abs=PARITY)


def test_effect_size_is_what_is_lost_without_the_path(mobi, ecsi):
    """With the scores as they are: drop a predecessor from the regression."""
    estimates = fit(mobi, ecsi)
    corr = estimates.construct_corr
    sources = ecsi.predecessors("Satisfaction")
    full = estimates.r_squared.sel(construct="Satisfaction").item()
    for left_out in sources:
        kept = [name for name in sources if name != left_out]
        inner = corr.sel(construct=kept, construct_2=kept).to_numpy()
        right = corr.sel(construct=kept, construct_2="Satisfaction").to_numpy()
        without = right @ np.linalg.solve(inner, right)
        found = effect_size(estimates).sel(source=left_out, target="Satisfaction").item()
        assert found == pytest.approx((full - without) / (1 - full), abs=1e-10)  # rounding


def triangle(overlap: float) -> Moments:
    corr = [[1, overlap, 0.5], [overlap, 1, 0.5], [0.5, 0.5, 1]]
    return Moments.from_table(items="abc", mean=[7] * 3, cov=corr, n_obs=100)


@pytest.mark.parametrize("overlap", [0.0, 0.5, 0.9])
def test_overlap_of_predecessors_inflates_and_takes_effect(overlap):
    model = PathModel.parse("A =~ a; B =~ b; C =~ c; C ~ A + B")
    estimates = fit(triangle(overlap), model)
    vif = inner_vif(estimates).sel(source="A", target="C").item()
    assert vif == pytest.approx(1 / (1 - overlap**2))
    explained = 2 * 0.25 / (1 + overlap)
    size = (explained - 0.25) / (1 - explained)
    assert effect_size(estimates).sel(source="A", target="C").item() == pytest.approx(size)
    adjusted = adjusted_r_squared(estimates).sel(construct="C").item()
    assert adjusted == pytest.approx(1 - (1 - explained) * 99 / 97)


def test_what_has_no_value_is_missing():
    model = PathModel.parse("A =~ a; B =~ b; C =~ c; C ~ A + B")
    estimates = fit(triangle(0.5), model)
    assert np.isnan(goodness_of_fit(estimates))  # single items only
    assert np.isnan(inner_vif(estimates).sel(source="C", target="A"))
    assert np.isnan(adjusted_r_squared(estimates).sel(construct="A"))


def test_one_singular_draw_leaves_the_others(mobi, ecsi):
    draws = bootstrap(mobi, ecsi, n_boot=3, seed=2)
    corr = draws.construct_corr.copy()
    corr[1] = 1.0
    from dataclasses import replace

    found = inner_vif(replace(draws, construct_corr=corr))
    plain = inner_vif(draws)
    np.testing.assert_allclose(found.sel(draw=[0, 2]), plain.sel(draw=[0, 2]), rtol=1e-9)
    assert np.isnan(found.sel(draw=1, source="Image", target="Satisfaction"))


def test_draws_equal_a_loop(mobi, ecsi):
    draws = bootstrap(mobi, ecsi, n_boot=4, seed=1)
    for statistic in (inner_vif, effect_size, adjusted_r_squared, goodness_of_fit):
        batch = statistic(draws)
        for draw in range(4):
            alone = statistic(fit(draws.moments.sel(draw=draw), ecsi))
            np.testing.assert_allclose(batch.sel(draw=draw), alone, atol=1e-7)
