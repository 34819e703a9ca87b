"""The 0-100 index: other programs, bounds, weights, batches."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csat_models import (
    Moments,
    PathModel,
    bootstrap,
    compute_moments,
    fit,
    satisfaction_index,
    weight_shares,
)

MODEL = PathModel.parse("Q =~ q1 + q2\nS =~ s1 + s2 + s3\nS ~ Q")


def test_index_equals_seminr_weights_with_the_formula(mobi_moments, ecsi, oracle):
    estimates = fit(mobi_moments, ecsi)
    index, shares = satisfaction_index(estimates), weight_shares(estimates)
    for construct, reference in oracle("ecsi_index")["ACSI_index"].items():
        # Levels near 75 from weights equal to about 1e-10.
        assert index.sel(construct=construct).item() == pytest.approx(
            reference["index_mean"], abs=1e-6
        )
        for item, value in reference["weights_normalised"].items():
            assert shares.sel(item=item).item() == pytest.approx(value, abs=1e-8)


@pytest.mark.parametrize(("scheme", "level"), [("path", 72.4541), ("centroid", 72.54)])
def test_published_levels_of_satisfaction(scheme, level, mobi_moments, ecsi):
    """Level by scheme; digits as printed in the sources of the ECSI mobile data."""
    found = satisfaction_index(fit(mobi_moments, ecsi, scheme=scheme)).sel(construct="Satisfaction")
    digits = len(str(level).split(".")[1])
    assert round(found.item(), digits) == level


@pytest.mark.parametrize(("scheme", "level"), [("path", 71.1692), ("centroid", 71.25)])
def test_published_levels_on_the_raw_metric(scheme, level, mobi_moments, ecsi):
    estimates = fit(mobi_moments, ecsi, scheme=scheme, standardised=False)
    found = satisfaction_index(estimates).sel(construct="Satisfaction").item()
    assert round(found, len(str(level).split(".")[1])) == level


@settings(max_examples=30, deadline=None)
@given(
    means=st.lists(st.floats(1, 10), min_size=5, max_size=5),
    within=st.floats(0.2, 0.9),
)
def test_index_lies_within_0_and_100(means, within):
    corr = np.full((5, 5), within * 0.8)
    corr[:2, :2] = corr[2:, 2:] = within
    np.fill_diagonal(corr, 1.0)
    moments = Moments.from_table(items=MODEL.items, mean=means, cov=corr, n_obs=100)
    index = satisfaction_index(fit(moments, MODEL))
    assert ((index > -1e-9) & (index < 100 + 1e-9)).all()


def test_scales_of_different_length_share_one_index():
    corr = np.full((5, 5), 0.5)
    np.fill_diagonal(corr, 1.0)
    ten = Moments.from_table(items=MODEL.items, mean=[5.5] * 5, cov=corr, n_obs=100)
    mixed = Moments.from_table(
        items=MODEL.items,
        mean=[5.5, 5.5, 5.5, 5.5, 5.0],
        cov=corr,
        n_obs=100,
        scale_min={"q1": 1, "q2": 1, "s1": 1, "s2": 1, "s3": 0},
        scale_max=10,
    )
    assert satisfaction_index(fit(ten, MODEL)).values == pytest.approx([50, 50])
    assert satisfaction_index(fit(mixed, MODEL)).values == pytest.approx([50, 50])


def test_pooled_weights_with_the_means_of_cells(mobi, ecsi):
    frame = mobi.assign(city=["a"] * 100 + ["b"] * 150)
    pooled = fit(compute_moments(mobi), ecsi)
    cells = compute_moments(frame, items=ecsi.items, by=["city"])
    index = satisfaction_index(pooled, cells)
    assert index.dims == ("city", "construct")
    whole = satisfaction_index(pooled).sel(construct="Loyalty").item()
    by_city = index.sel(construct="Loyalty")
    # The index is linear in the means, so cities average to the whole.
    assert 0.4 * by_city[0].item() + 0.6 * by_city[1].item() == pytest.approx(whole)


def test_draws_equal_a_loop(mobi, ecsi):
    draws = bootstrap(mobi, ecsi, n_boot=4, seed=1)
    index = satisfaction_index(draws)
    for draw in range(4):
        alone = satisfaction_index(fit(draws.moments.sel(draw=draw), ecsi))
        np.testing.assert_allclose(index.sel(draw=draw), alone, atol=1e-6)


def test_better_answers_raise_the_index():
    corr = np.full((5, 5), 0.5)
    np.fill_diagonal(corr, 1.0)
    low = Moments.from_table(items=MODEL.items, mean=[6.0] * 5, cov=corr, n_obs=100)
    high = Moments.from_table(items=MODEL.items, mean=[6, 6, 6, 6, 7.0], cov=corr, n_obs=100)
    gain = satisfaction_index(fit(high, MODEL)) - satisfaction_index(fit(low, MODEL))
    assert gain.sel(construct="Q").item() == pytest.approx(0.0, abs=1e-9)
    assert gain.sel(construct="S").item() == pytest.approx(100 / 9 / 3, abs=1e-6)


def test_a_construct_of_higher_order_has_an_index_for_other_cells(mobi):
    model = PathModel.parse(
        "Image =~ IMAG1 + IMAG2 + IMAG3\nValue =~ PERV1 + PERV2\nLoyalty =~ CUSL1 + CUSL3\n"
        "Appeal =~ Image + Value\nLoyalty ~ Appeal"
    )
    whole = compute_moments(mobi, items=model.items)
    estimates = fit(whole, model)
    index = satisfaction_index(estimates)
    # The weights of both stages multiplied: the same number by two ways.
    np.testing.assert_allclose(satisfaction_index(estimates, whole), index, rtol=1e-10)
    cells = compute_moments(
        mobi.assign(city=["a"] * 100 + ["b"] * 150), items=model.items, by=["city"]
    )
    by_city = satisfaction_index(estimates, cells).sel(construct="Appeal")
    expected = 0.4 * by_city[0].item() + 0.6 * by_city[1].item()
    assert expected == pytest.approx(index.sel(construct="Appeal").item())
