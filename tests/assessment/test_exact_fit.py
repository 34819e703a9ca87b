"""The exact-fit test: truth, brute force on rows, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models import Moments, PathModel, bootstrap, fit
from csat_models.assessment import exact_fit_test, fit_measures, implied_correlations
from csat_models.errors import DataError, InadmissibleError, ModelError
from csat_models.estimation.draws.counts import row_counts


def run(rows, model, n_boot=199, **how):
    point = fit(rows, model, on_inadmissible="keep", **how)
    return exact_fit_test(point, bootstrap(rows, model, n_boot=n_boot, seed=5, point=point))


@pytest.mark.parametrize(("extra", "rejected"), [(0.0, False), (0.45, True)])
def test_a_missing_path_is_found(extra, rejected, factor_population, chain, draw_rows):
    test = run(draw_rows(factor_population(0.3, extra), 500, seed=8), chain, method="plsc")
    assert ((test.p_value.sel(structure="estimated") < 0.05) == rejected).all()
    assert (test.p_value.sel(structure="saturated") > 0.05).all()
    assert (test.n_draws > 150).all()


@pytest.mark.parametrize(("residual", "rejected"), [(0.0, False), (0.3, True)])
def test_items_that_share_more_than_their_factor_are_found(
    residual, rejected, factor_population, chain, draw_rows
):
    population = factor_population(0.5, residual=residual)
    test = run(draw_rows(population, 500, seed=8), chain, method="plsc")
    assert ((test.p_value < 0.05) == rejected).all()


def test_moments_equal_transformed_rows(mobi, ecsi):
    """Bollen and Stine's rows, resampled and fitted one after the other."""
    items = list(ecsi.items)
    point = fit(mobi, ecsi)
    draws = bootstrap(mobi, ecsi, n_boot=5, seed=3, point=point)
    test = exact_fit_test(point, draws)
    standardised = (mobi[items] - mobi[items].mean()) / mobi[items].std()
    implied = implied_correlations(point).to_numpy()
    turn = root(np.corrcoef(mobi[items].T), -0.5) @ root(implied, 0.5)
    rows = standardised.to_numpy() @ turn
    counts = row_counts(250, 5, np.random.default_rng(3))
    far = 0
    for each in counts:
        again = fit(pd.DataFrame(np.repeat(rows, each, axis=0), columns=items), ecsi)
        far += fit_measures(again).srmr.sel(structure="estimated") >= point_srmr(point)
    expected = (1 + int(far)) / 6
    assert test.p_value.sel(measure="srmr", structure="estimated").item() == pytest.approx(expected)
    distances = [
        fit_measures(fit(pd.DataFrame(np.repeat(rows, each, axis=0), columns=items), ecsi))
        .srmr.sel(structure="estimated")
        .item()
        for each in counts
    ]
    found = test.critical_value.sel(measure="srmr", structure="estimated").item()
    # Rows and moments: the same sums in another order, weights iterated to 1e-9.
    assert found == pytest.approx(np.quantile(distances, 0.95), abs=1e-7)


def root(matrix, power):
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * values**power) @ vectors.T


def point_srmr(point):
    return fit_measures(point).srmr.sel(structure="estimated")


def halves(mobi):
    return mobi.assign(half=np.where(np.arange(len(mobi)) % 2, "odd", "even"))


@pytest.mark.parametrize("second_level", [0, 2])
def test_samples_at_once_equal_a_loop(second_level, mobi):
    model = PathModel.parse("A =~ IMAG1 + IMAG2\nB =~ PERV1 + PERV2\nC =~ CUSA1\nB ~ A\nC ~ B")
    rows = halves(mobi)
    both = fit(rows, model, by=["half"])
    draws = bootstrap(rows, model, n_boot=8, seed=3, by=["half"], point=fit(mobi, model))
    whole = exact_fit_test(both, draws, second_level=second_level)
    for half in ("even", "odd"):
        alone = exact_fit_test(
            fit(both.moments.sel(half=half), model),
            fit(draws.moments.sel(half=half), model),
            second_level=second_level,
        )
        for name, found in alone.items():
            # The same fits, iterated to 1e-9 in another company.
            np.testing.assert_allclose(whole[name].sel(half=half), found, atol=1e-7)


def test_the_second_level_is_the_test_of_every_draw(mobi):
    """Brute force: a test for each draw, of its own fit, by the draws that follow it."""
    model = PathModel.parse("A =~ IMAG1 + IMAG2\nB =~ PERV1 + PERV2\nC =~ CUSA1\nB ~ A\nC ~ B")
    n_boot, second = 12, 3
    point = fit(mobi, model)
    draws = bootstrap(mobi, model, n_boot=n_boot, seed=3, point=point)
    test = exact_fit_test(point, draws, second_level=second)
    deviation = np.sqrt(np.diag(point.moments.cov))
    corr = point.moments.cov.to_numpy() / np.outer(deviation, deviation)
    covs = draws.moments.cov.transpose("draw", "item", "item_2").to_numpy()
    white = [
        root(corr, -0.5) @ (c / np.outer(deviation, deviation)) @ root(corr, -0.5) for c in covs
    ]

    def drawn(implied, k):
        turn = root(implied, 0.5)
        table = Moments.from_table(
            items=model.items, mean=np.zeros(5), cov=turn @ white[k % n_boot] @ turn, n_obs=250
        )
        found = fit(table, model)
        return found, fit_measures(found).srmr.sel(structure="estimated").item()

    first = [drawn(implied_correlations(point).to_numpy(), k) for k in range(n_boot)]
    own = []
    for k, (found, distance) in enumerate(first):
        implied = implied_correlations(found).to_numpy()
        own.append(
            (1 + sum(drawn(implied, k - m)[1] >= distance for m in range(1, second + 1)))
            / (1 + second)
        )
    p = (1 + sum(d >= point_srmr(point) for _, d in first)) / (1 + n_boot)
    grid = np.ceil(p * (1 + second)) / (1 + second)
    at = {"measure": "srmr", "structure": "estimated"}
    assert test.p_value.sel(at).item() == pytest.approx(p.item())
    expected = (1 + sum(each <= grid.item() + 1e-9 for each in own)) / (1 + n_boot)
    assert test.calibrated_p_value.sel(at).item() == pytest.approx(expected)


def test_items_as_they_are_are_transformed_too(mobi, ecsi):
    test = run(mobi, ecsi, n_boot=49, standardised=False)
    assert test.n_draws.min() == 49
    assert (test.critical_value < 0.08).sel(measure="srmr").all()


def test_implied_correlations_that_nobody_has_leave_the_value_only(heywood):
    model, moments = heywood
    noise = np.random.default_rng(1).normal(size=(200, 6))
    noise = (noise - noise.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(noise.T))).T
    rows = pd.DataFrame(
        noise @ np.linalg.cholesky(moments.cov.to_numpy()).T, columns=list(model.items)
    )
    test = run(rows, model, n_boot=20, method="plsc")
    assert np.isnan(test.p_value.sel(structure="estimated")).all()
    assert np.isfinite(test.value.sel(measure="srmr")).all()


def test_what_cannot_be_tested_is_refused(mobi, ecsi):
    point, draws = fit(mobi, ecsi), bootstrap(mobi, ecsi, n_boot=3, seed=1)
    with pytest.raises(DataError, match="the estimates of samples"):
        exact_fit_test(draws, draws)
    with pytest.raises(DataError, match="'draw' only"):
        exact_fit_test(point, point)
    with pytest.raises(DataError, match="second_level=3 needs more draws"):
        exact_fit_test(point, draws, second_level=3)
    with pytest.raises(DataError, match="second_level=-1 is too small"):
        exact_fit_test(point, draws, second_level=-1)
    model = PathModel.parse("H =~ A + B\nA =~ IMAG1 + IMAG2\nB =~ PERV1 + PERV2\nS =~ CUSA1\nS ~ H")
    with pytest.raises(ModelError, match="'H' is measured by scores"):
        exact_fit_test(fit(mobi, model), bootstrap(mobi, model, n_boot=3, seed=1))
    twice = mobi.assign(CUSA3=mobi["CUSA1"] + mobi["CUSA2"])
    with pytest.raises(InadmissibleError, match="follows from the others"):
        exact_fit_test(fit(twice, ecsi), bootstrap(twice, ecsi, n_boot=3, seed=1))


def test_a_level_that_is_none_is_told(mobi):
    model = PathModel.parse("A =~ IMAG1\nB =~ PERQ1\nB ~ A")
    with pytest.raises(DataError, match="level=95 is no confidence level"):
        exact_fit_test(fit(mobi, model), bootstrap(mobi, model, n_boot=9, seed=1), level=95)
