"""Reliability and convergent validity: truth, other programs, batch."""

from __future__ import annotations

import numpy as np
import pytest

from csat_models import Moments, PathModel, bootstrap, fit
from csat_models.assessment import indicator_reliability, reliability

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


def test_indicator_reliability_is_the_squared_loading():
    found = indicator_reliability(fit(parallel(0.7, 0.3), MODEL))
    assert found.sel(item="x1").item() == pytest.approx((1 + 2 * 0.7) / 3, abs=1e-8)
    assert found.sel(item="z1").item() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("file", "method"),
    [
        ("seminr_ecsi", "pls"),
        ("csem_ecsi", "pls"),
        ("csem_ecsi", "plsc"),
        ("matrixpls_ecsi", "plsc"),
    ],
)
def test_reliability_equals_other_programs(file, method, mobi, ecsi, oracle):
    case = {"pls": "ecsi_modeA_path", "plsc": "ecsi_plsc_path"}[method]
    reference = oracle(file)["cases"][case]
    found = reliability(fit(mobi, ecsi, method=method, on_inadmissible="keep"))
    names = {"composite_reliability": "rhoC", "average_variance_extracted": "AVE"}
    if file != "matrixpls_ecsi":
        names["cronbach_alpha"] = "alpha"
    if method == "plsc" and file == "csem_ecsi":
        names["rho_a"] = "rhoA"  # cSEM's is 1 without correction
    for ours, theirs in names.items():
        for construct, value in reference[theirs].items():
            if value is not None:
                # Their weights are iterated to 1e-13, ours to 1e-9.
                assert found[ours].sel(construct=construct).item() == pytest.approx(value, abs=1e-7)


def test_draws_equal_a_loop(mobi, ecsi):
    draws = bootstrap(mobi, ecsi, n_boot=6, seed=1)
    batch = reliability(draws)
    for draw in range(6):
        alone = fit(draws.moments.sel(draw=draw), ecsi)
        for name, values in reliability(alone).items():
            np.testing.assert_allclose(batch[name].sel(draw=draw), values, atol=1e-8)
