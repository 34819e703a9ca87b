"""Discriminant validity: truth, other programs, batch."""

from __future__ import annotations

import numpy as np
import pytest

from csat_models import Moments, PathModel, bootstrap, fit, reliability
from csat_models.assessment import (
    cross_loading_margin,
    cross_loadings,
    fornell_larcker,
    fornell_larcker_margin,
    htmt,
    htmt2,
)

MODEL = PathModel.parse("X =~ x1 + x2 + x3\nY =~ y1 + y2\nZ =~ z1\nY ~ X\nZ ~ Y")


def parallel(within: float, between: float) -> Moments:
    """Six items; every pair in a block correlates `within`, across blocks `between`."""
    blocks = np.repeat([0, 1, 2], [3, 2, 1])
    corr = np.where(blocks[:, None] == blocks, within, between)
    np.fill_diagonal(corr, 1.0)
    return Moments.from_table(items=MODEL.items, mean=np.full(6, 7.0), cov=corr, n_obs=200)


@pytest.mark.parametrize("ratio", [htmt, htmt2])
def test_ratios_are_one_when_constructs_are_one(ratio):
    same = ratio(fit(parallel(0.6, 0.6), MODEL))
    apart = ratio(fit(parallel(0.6, 0.3), MODEL))
    assert same.sel(construct="X", construct_2="Y").item() == pytest.approx(1.0)
    assert apart.sel(construct="X", construct_2="Y").item() == pytest.approx(0.5)
    assert apart.sel(construct="X", construct_2="Z").item() == pytest.approx(0.3 / np.sqrt(0.6))
    np.testing.assert_array_equal(apart, apart.transpose("construct_2", "construct"))


@pytest.mark.parametrize("path", [0.4, 0.8])
def test_htmt2_finds_the_correlation_of_unequally_loading_factors(path, factor_population, chain):
    """Roemer et al. (2021): consistent for congeneric items, as HTMT is not."""
    estimates = fit(factor_population(path), chain)
    geometric, arithmetic = (
        ratio(estimates).sel(construct="X", construct_2="Y").item() for ratio in (htmt2, htmt)
    )
    assert geometric == pytest.approx(path, abs=1e-12)
    assert abs(arithmetic - path) > 0.001


def test_a_correlation_of_zero_makes_htmt2_zero():
    corr = parallel(0.6, 0.3).cov.to_numpy().copy()
    corr[0, 3] = corr[3, 0] = 0.0
    moments = Moments.from_table(items=MODEL.items, mean=np.full(6, 7.0), cov=corr, n_obs=200)
    found = htmt2(fit(moments, MODEL))
    assert found.sel(construct="X", construct_2="Y").item() == 0.0
    assert found.sel(construct="X", construct_2="Z").item() == pytest.approx(0.3 / np.sqrt(0.6))


def test_htmt2_equals_csem(mobi, ecsi, oracle):
    found = htmt2(fit(mobi, ecsi))
    reference = oracle("csem_ecsi")["cases"]["ecsi_modeA_path"]["HTMT2"]
    assert len(reference) == 21
    known = {pair: value for pair, value in reference.items() if value is not None}
    assert len(known) > 15  # cSEM has none where an item correlates negatively
    for pair, value in known.items():
        one, two = pair.split("~~")
        # No iteration: equal to rounding.
        assert found.sel(construct=one, construct_2=two).item() == pytest.approx(value, abs=1e-12)


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


def test_the_margin_is_that_of_the_table():
    far, near = (fit(parallel(0.4, between), MODEL) for between in (0.1, 0.4))
    for estimates in (far, near):
        table = np.abs(fornell_larcker(estimates).to_numpy())
        roots = np.diag(table).copy()
        np.fill_diagonal(table, 0.0)
        np.testing.assert_allclose(
            fornell_larcker_margin(estimates), roots - table.max(axis=0), atol=1e-12
        )
    assert fornell_larcker_margin(far).sel(construct="X") > 0
    assert fornell_larcker_margin(near).sel(construct="X") < fornell_larcker_margin(far).sel(
        construct="X"
    )


def test_cross_loadings_are_correlations_of_items_with_scores(mobi, ecsi):
    from csat_models import scores

    estimates = fit(mobi, ecsi)
    both = np.corrcoef(mobi[list(ecsi.items)].T, scores(estimates, mobi).T)
    # Scores from rows and correlations from moments: the same sums in another order.
    np.testing.assert_allclose(cross_loadings(estimates), both[:24, 24:], atol=1e-10)


def test_cross_loadings_with_consistent_pls_are_those_of_the_factors(factor_population, chain):
    """In the population, an item's correlation with any factor is loading times correlation."""
    found = cross_loadings(fit(factor_population(0.6), chain, method="plsc"))
    assert found.sel(item="x1", construct="X").item() == pytest.approx(0.8, abs=1e-7)
    assert found.sel(item="x1", construct="Y").item() == pytest.approx(0.8 * 0.6, abs=1e-7)
    assert found.sel(item="z2", construct="X").item() == pytest.approx(0.7 * 0.3, abs=1e-7)


def test_an_item_of_another_construct_has_no_margin(factor_population, chain):
    clean = cross_loading_margin(fit(factor_population(0.3), chain))
    crossed = cross_loading_margin(fit(factor_population(0.3, cross=0.6), chain))
    assert (clean > 0.2).all()
    assert crossed.sel(item="x3") < clean.sel(item="x3") - 0.1
    assert crossed["item"].values[crossed.to_numpy().argmin()] == "x3"


def test_dimensions_are_no_rivals_of_their_construct():
    text = "H =~ A + B\nA =~ a1 + a2\nB =~ b1 + b2\nC =~ c1 + c2\nC ~ H"
    model = PathModel.parse(text)
    corr = np.full((6, 6), 0.5) + 0.5 * np.eye(6)
    moments = Moments.from_table(items=model.items, mean=np.full(6, 5.0), cov=corr, n_obs=90)
    estimates = fit(moments, model)
    margin = cross_loading_margin(estimates)
    own = estimates.loadings.sel(item="a1").item()
    against = cross_loadings(estimates).sel(item="a1", construct="C").item()
    assert margin.sel(item="a1").item() == pytest.approx(own - against)
    assert set(fornell_larcker_margin(estimates)["construct"].values) == {"H", "C"}


def test_draws_equal_a_loop(mobi, ecsi):
    draws = bootstrap(mobi, ecsi, n_boot=4, seed=1)
    for statistic in (htmt, htmt2, cross_loadings, cross_loading_margin, fornell_larcker_margin):
        batch = statistic(draws)
        for draw in range(4):
            alone = statistic(fit(draws.moments.sel(draw=draw), ecsi))
            np.testing.assert_allclose(batch.sel(draw=draw), alone, atol=1e-8)
