"""Distances of implied from sample correlations: truth, other programs, batch."""

from __future__ import annotations

import numpy as np
import pytest

from csat_models import Moments, PathModel, bootstrap, fit
from csat_models.assessment import d_g, d_uls, fit_measures, implied_correlations, srmr
from csat_models.errors import ModelError

MODE_B = ("Image", "Expectation", "Quality", "Value", "Satisfaction", "Loyalty")
CASES = [
    ("ecsi_modeA_path", "pls", (), "factor"),
    ("ecsi_modeA_centroid", "pls", (), "factor"),
    ("ecsi_modeA_composite_path", "pls", (), None),
    ("ecsi_modeB_path", "pls", MODE_B, None),
    ("ecsi_modeB_image_path", "pls", ("Image",), None),
    ("ecsi_plsc_path", "plsc", (), None),
    ("ecsi_plsc_factorial", "plsc", (), None),
    ("ecsi_plsc_mixed_modeB_path", "plsc", ("Image", "Quality"), None),
]


@pytest.mark.parametrize("chosen", CASES, ids=[case for case, *_ in CASES])
def test_equal_to_csem(chosen, mobi, ecsi, oracle):
    case, method, mode_b, blocks = chosen
    reference = oracle("csem_ecsi")["cases"][case]
    model = PathModel.parse(ecsi.to_text(), modes=dict.fromkeys(mode_b, "B"))
    scheme = case.rsplit("_", 1)[1]
    estimates = fit(
        mobi, model, method=method, scheme=scheme, on_inadmissible="keep", tolerance=1e-12
    )
    found = fit_measures(estimates, blocks=blocks)
    for structure in ("estimated", "saturated"):
        theirs = reference[f"fit_{structure}"]
        ours = found.sel(structure=structure)
        # Their weights are iterated to 1e-13, ours here to 1e-12.
        assert ours.srmr.item() == pytest.approx(theirs["SRMR"], abs=1e-9)
        assert ours.d_uls.item() == pytest.approx(theirs["dL"], abs=1e-8)
        # cSEM takes logarithms to base 10.
        decimal = ours.d_g.item() / np.log(10) ** 2
        assert decimal == pytest.approx(theirs["dG"], abs=1e-8)


def test_the_saturated_distance_equals_openpls(mobi, ecsi):
    """Saturated factors: only the residuals off the diagonal count there."""
    estimates = fit(mobi, ecsi)
    sample = np.corrcoef(mobi[list(ecsi.items)].T)
    implied = implied_correlations(estimates, structure="saturated", blocks="factor").to_numpy()
    lower = np.tril_indices(24, k=-1)
    assert d_uls(estimates, structure="saturated", blocks="factor").item() == pytest.approx(
        ((sample - implied)[lower] ** 2).sum()
    )


@pytest.mark.parametrize("path", [0.3, 0.7])
def test_a_population_of_factors_is_implied_exactly(path, factor_population, chain):
    estimates = fit(factor_population(path), chain, method="plsc", tolerance=1e-13)
    implied = implied_correlations(estimates)
    np.testing.assert_allclose(implied, estimates.moments.cov, atol=1e-10)  # iterated
    assert srmr(estimates).item() < 1e-10
    assert d_g(estimates).item() < 1e-18


def test_a_path_that_is_left_out_is_misfit_of_the_estimated_model(factor_population, chain):
    found = [
        fit_measures(fit(factor_population(0.3, extra), chain, method="plsc"))
        for extra in (0.0, 0.2, 0.4)
    ]
    for measure in ("srmr", "d_uls", "d_g"):
        estimated = [each[measure].sel(structure="estimated").item() for each in found]
        assert estimated[0] < estimated[1] < estimated[2]
        saturated = [each[measure].sel(structure="saturated").item() for each in found]
        np.testing.assert_allclose(saturated, 0.0, atol=1e-7)


def test_items_that_share_more_than_their_factor_are_misfit_of_both(factor_population, chain):
    found = fit_measures(fit(factor_population(0.5, residual=0.2), chain, method="plsc"))
    assert (found.srmr > 0.01).all()


def test_composites_in_mode_b_imply_their_items():
    """Three composites in a row with free correlations inside: exact."""
    model = PathModel.parse("X <~ x1 + x2\nY <~ y1 + y2\nZ <~ z1 + z2\nY ~ X\nZ ~ Y")
    within, phi = 0.3, np.array([[1, 0.5, 0.2], [0.5, 1, 0.4], [0.2, 0.4, 1]])
    weights = np.array([0.8, 0.4])
    inside = np.array([[1, within], [within, 1]])
    lam = inside @ (weights / np.sqrt(weights @ inside @ weights))
    corr = np.kron(phi, np.outer(lam, lam))
    for j in range(3):
        corr[2 * j : 2 * j + 2, 2 * j : 2 * j + 2] = inside
    moments = Moments.from_table(items=model.items, mean=np.full(6, 5.0), cov=corr, n_obs=200)
    assert srmr(fit(moments, model, tolerance=1e-13)).item() < 1e-8
    as_factors = PathModel.parse(model.to_text().replace("<~", "=~"))
    assert srmr(fit(moments, as_factors, method="plsc", on_inadmissible="keep")).item() > 0.01


def test_a_heywood_case_has_a_distance_but_no_geodesic_one(heywood):
    model, moments = heywood
    estimates = fit(moments, model, method="plsc", on_inadmissible="keep")
    found = fit_measures(estimates).sel(structure="estimated")
    assert np.linalg.eigvalsh(implied_correlations(estimates)).min() < 0
    assert np.isfinite(found.srmr) and np.isnan(found.d_g)


def test_a_construct_of_higher_order_is_judged_by_its_dimensions(mobi):
    model = PathModel.parse(
        "H =~ Image + Value\nImage =~ IMAG1 + IMAG2 + IMAG3\nValue =~ PERV1 + PERV2\n"
        "S =~ CUSA1 + CUSA2 + CUSA3\nS ~ H"
    )
    implied = implied_correlations(fit(mobi, model))
    assert set(implied["item"].values) == {"Image", "Value", "CUSA1", "CUSA2", "CUSA3"}
    assert 0 < srmr(fit(mobi, model)).item() < 0.1


def test_what_cannot_be_judged_is_refused(mobi, ecsi):
    product = PathModel.parse("A =~ IMAG1; B =~ PERQ1; Y =~ CUSA1; Y ~ A + B + A:B")
    with pytest.raises(ModelError, match="product"):
        srmr(fit(mobi, product))
    with pytest.raises(ModelError, match="structure='other'"):
        implied_correlations(fit(mobi, ecsi), structure="other")
    with pytest.raises(ModelError, match="blocks='other'"):
        fit_measures(fit(mobi, ecsi), blocks="other")


@pytest.mark.parametrize("method", ["pls", "plsc"])
def test_draws_equal_a_loop(method, mobi, ecsi):
    draws = bootstrap(
        mobi,
        ecsi,
        n_boot=4,
        seed=1,
        point=None if method == "pls" else fit(mobi, ecsi, method="plsc", on_inadmissible="keep"),
    )
    batch = fit_measures(draws)
    for draw in range(4):
        alone = fit(draws.moments.sel(draw=draw), ecsi, method=method, on_inadmissible="keep")
        for name, values in fit_measures(alone).items():
            np.testing.assert_allclose(batch[name].sel(draw=draw), values, atol=1e-6)
