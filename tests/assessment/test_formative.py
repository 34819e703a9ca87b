"""Formative blocks: truth, other programs, batch, bad input."""

from __future__ import annotations

import numpy as np
import pytest

from csat_models import Moments, PathModel, bootstrap, bootstrap_moments, fit
from csat_models.assessment import indicator_vif, redundancy_analysis, weight_p_values
from csat_models.errors import DataError, ModelError

BLOCK = PathModel.parse("Q <~ q1 + q2\nS =~ s\nS ~ Q")


def block(within: float, told: tuple[float, float] = (0.5, 0.5)) -> Moments:
    """Two items correlated `within`, a target, and a global item correlated `told`."""
    a, b = told
    corr = [[1, within, 0.5, a], [within, 1, 0.2, b], [0.5, 0.2, 1, 0.3], [a, b, 0.3, 1]]
    return Moments.from_table(items=["q1", "q2", "s", "G"], mean=[7] * 4, cov=corr, n_obs=200)


def test_item_inflation_equals_seminr_and_csem(mobi, ecsi, oracle):
    found = indicator_vif(fit(mobi, ecsi))
    reference = oracle("seminr_ecsi")["cases"]["ecsi_modeA_path"]["VIF_items"]
    for item, value in reference.items():
        if ecsi.items_of("Complaints") != (item,):
            # No iteration: equal to rounding.
            assert found.sel(item=item).item() == pytest.approx(value, abs=1e-10)
    theirs = oracle("csem_ecsi")["cases"]["ecsi_modeB_image_path"]["VIF_modeB"]
    image = found.sel(item=list(ecsi.items_of("Image")))
    np.testing.assert_allclose(image, np.ravel(theirs), atol=1e-10)


@pytest.mark.parametrize("within", [0.0, 0.6])
def test_two_items_inflate_each_other(within):
    found = indicator_vif(fit(block(within).select(BLOCK.items), BLOCK))
    assert found.sel(item="q1").item() == pytest.approx(1 / (1 - within**2))
    assert np.isnan(found.sel(item="s"))


@pytest.mark.parametrize("told", [(0.5, 0.5), (0.2, 0.1)])
def test_redundancy_is_the_multiple_correlation(told):
    moments = block(0.3, told)
    estimates = fit(moments.select(BLOCK.items), BLOCK)
    found = redundancy_analysis(moments, estimates, global_items={"Q": "G"})
    right = np.array(told)
    squared = right @ np.linalg.solve([[1, 0.3], [0.3, 1]], right)
    # One regression, iterated in two blocks to 1e-9.
    assert found.sel(construct="Q").item() == pytest.approx(np.sqrt(squared), abs=1e-8)


def test_redundancy_has_draws(mobi):
    model = PathModel.parse("Q <~ PERQ2 + PERQ3 + PERQ4\nS =~ CUSA1 + CUSA2\nS ~ Q")
    estimates = fit(mobi, model)
    moments = bootstrap_moments(mobi, n_boot=5, seed=1)
    found = redundancy_analysis(moments, estimates, global_items={"Q": "PERQ1"})
    assert found.dims == ("draw", "construct")
    for draw in range(5):
        alone = redundancy_analysis(moments.sel(draw=draw), estimates, global_items={"Q": "PERQ1"})
        np.testing.assert_allclose(found.sel(draw=draw), alone, atol=1e-8)


def test_only_a_weight_that_matters_is_significant(draw_rows):
    rows = draw_rows(block(0.0), 400, seed=3).assign(G=0.0)
    rows["q2"] = np.random.default_rng(4).normal(size=400)
    point = fit(rows, BLOCK)
    draws = bootstrap(rows, BLOCK, n_boot=400, seed=1, point=point)
    found = weight_p_values(draws, point=point)
    assert found.sel(item="q1") < 0.01
    assert found.sel(item="q2") > 0.05


@pytest.mark.parametrize(
    ("names", "error", "word"),
    [
        ({"Q": "s"}, ModelError, "measures a construct"),
        ({"Q": "absent"}, DataError, "no global item"),
        ({"R": "G"}, ModelError, "no construct"),
        ({}, DataError, "needs a global item"),
    ],
)
def test_bad_global_items_are_refused(names, error, word):
    moments = block(0.3)
    estimates = fit(moments.select(BLOCK.items), BLOCK)
    with pytest.raises(error, match=word):
        redundancy_analysis(moments, estimates, global_items=names)


def test_a_dimension_has_no_global_item():
    model = PathModel.parse("H =~ A + B\nA =~ a1 + a2\nB =~ b1\nC =~ c1\nC ~ H")
    corr = np.full((5, 5), 0.4) + 0.6 * np.eye(5)
    names = [*model.items, "G"]
    moments = Moments.from_table(items=names, mean=np.full(5, 5.0), cov=corr, n_obs=90)
    with pytest.raises(ModelError, match="not measured by items"):
        redundancy_analysis(moments, fit(moments, model), global_items={"H": "G"})
