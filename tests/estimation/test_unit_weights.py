"""Unit weights: sums of items, in the language and in the kernel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csat_models import PathModel, bootstrap, fit
from csat_models.errors import ModelError
from csat_models.model.spec import MODES

TEXT = (
    "Image =~ I1 + I2 + I3\nQuality <~ Q1 + Q2\nLoyalty =~ L1\nQuality ~ Image\nLoyalty ~ Quality"
)


def unit(model: PathModel) -> PathModel:
    return PathModel.parse(model.to_text(), modes=dict.fromkeys(model.construct_names, "unit"))


@given(st.lists(st.sampled_from(MODES), min_size=3, max_size=3))
def test_every_mode_is_in_the_text(modes):
    names = ("Image", "Quality", "Loyalty")
    model = PathModel.parse(TEXT, modes=dict(zip(names, modes, strict=True)))
    assert tuple(construct.mode for construct in model.constructs) == tuple(modes)
    assert PathModel.parse(model.to_text()) == model


@pytest.mark.parametrize("right", ["1*Q1 + Q2", "2*Q1 + 2*Q2", "1*Q1 + 0.5*Q2"])
def test_other_fixed_weights_are_a_sentence(right):
    with pytest.raises(ModelError, match="line 1: the weights of composite 'Q' are partly fixed"):
        PathModel.parse(f"Q <~ {right}")


@pytest.mark.parametrize("standardised", [True, False])
def test_constructs_are_the_sums_of_their_items(mobi, ecsi, standardised):
    found = fit(mobi, unit(ecsi), standardised=standardised)
    rows = (mobi - mobi.mean()) / mobi.std() if standardised else mobi
    sums = np.column_stack([rows[list(c.items)].sum(axis=1) for c in ecsi.constructs])
    # The same correlation from rows and from moments: rounding.
    np.testing.assert_allclose(found.construct_corr, np.corrcoef(sums.T), atol=1e-12)
    slopes, *_ = np.linalg.lstsq(sums[:, :1] - sums[:, :1].mean(), sums[:, 1] - sums[:, 1].mean())
    slope = slopes[0] * sums[:, 0].std() / sums[:, 1].std()
    path = found.paths.sel(source="Image", target="Expectation").item()
    assert path == pytest.approx(slope, abs=1e-12)


def test_unit_weights_beside_iterated_ones(mobi, ecsi):
    model = PathModel.parse(ecsi.to_text(), modes={"Quality": "unit"})
    found, plain = fit(mobi, model), fit(mobi, ecsi)
    quality = found.weights.sel(item=list(ecsi.items_of("Quality")))
    np.testing.assert_allclose(quality, quality[0], atol=1e-14)
    others = list(ecsi.items_of("Image"))
    shift = abs(found.weights.sel(item=others) - plain.weights.sel(item=others)).max().item()
    assert 0 < shift < 0.01, "the neighbours' weights follow, a little"


def test_draws_equal_a_loop(mobi, ecsi):
    model = PathModel.parse(ecsi.to_text(), modes={"Quality": "unit", "Image": "B"})
    draws = bootstrap(mobi, model, n_boot=5, seed=2)
    for draw in range(5):
        alone = fit(draws.moments.sel(draw=draw), model)
        # Signs of the sample and of the draw agree here; BLAS may block a batch differently.
        np.testing.assert_allclose(draws.paths.sel(draw=draw), alone.paths, atol=1e-10)
