"""Reliability and discriminant validity: batch, truth, special cases."""

from __future__ import annotations

import numpy as np
import pytest

from csat_models import Moments, PathModel, bootstrap, fit, fornell_larcker, htmt, reliability

MODEL = PathModel.parse("X =~ x1 + x2 + x3\nY =~ y1 + y2\nZ =~ z1\nY ~ X\nZ ~ Y")


def parallel(within: float, between: float) -> Moments:
    """Six items; every pair in a block correlates `within`, across blocks `between`."""
    blocks = np.repeat([0, 1, 2], [3, 2, 1])
    corr = np.where(blocks[:, None] == blocks, within, between)
    np.fill_diagonal(corr, 1.0)
    return Moments.from_table(items=MODEL.items, mean=np.full(6, 7.0), cov=corr, n_obs=200)


@pytest.mark.parametrize("within", [0.5, 0.8])
def test_parallel_items_have_their_textbook_reliability(within):
    found = reliability(fit(parallel(within, 0.3), MODEL))
    expected = 3 * within / (1 + 2 * within)  # Spearman-Brown for three items
    assert found.cronbach_alpha.sel(construct="X").item() == pytest.approx(expected, abs=1e-12)
    assert found.rho_a.sel(construct="X").item() == pytest.approx(expected, abs=1e-8)
    loading_squared = (1 + 2 * within) / 3
    assert found.average_variance_extracted.sel(construct="X").item() == pytest.approx(
        loading_squared, abs=1e-8
    )
    assert (found.sel(construct="Z").to_array() == 1.0).all()


def test_htmt_is_one_when_constructs_are_one():
    same = htmt(fit(parallel(0.6, 0.6), MODEL))
    apart = htmt(fit(parallel(0.6, 0.3), MODEL))
    assert same.sel(construct="X", construct_2="Y").item() == pytest.approx(1.0)
    assert apart.sel(construct="X", construct_2="Y").item() == pytest.approx(0.5)
    assert apart.sel(construct="X", construct_2="Z").item() == pytest.approx(0.3 / np.sqrt(0.6))
    np.testing.assert_array_equal(apart, apart.transpose("construct_2", "construct"))


def test_fornell_larcker_has_root_ave_on_its_diagonal():
    estimates = fit(parallel(0.6, 0.3), MODEL)
    table = fornell_larcker(estimates)
    extracted = reliability(estimates).average_variance_extracted
    for name in MODEL.construct_names:
        assert table.sel(construct=name, construct_2=name).item() == pytest.approx(
            np.sqrt(extracted.sel(construct=name).item())
        )
    assert table.sel(construct="X", construct_2="Y").item() == pytest.approx(
        estimates.construct_corr.sel(construct="X", construct_2="Y").item()
    )


def test_draws_equal_a_loop(mobi, ecsi):
    draws = bootstrap(mobi, ecsi, n_boot=6, seed=1)
    batch, ratios = reliability(draws), htmt(draws)
    for draw in range(6):
        alone = fit(draws.moments.sel(draw=draw), ecsi)
        for name, values in reliability(alone).items():
            np.testing.assert_allclose(batch[name].sel(draw=draw), values, atol=1e-8)
        np.testing.assert_allclose(ratios.sel(draw=draw), htmt(alone), atol=1e-12)
