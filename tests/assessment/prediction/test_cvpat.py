"""CVPAT: other programs, truth, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models import PathModel, compute_moments, fit
from csat_models.assessment import cvpat, plspredict
from csat_models.errors import DataError

SMALL = (
    "Image =~ IMAG1 + IMAG2 + IMAG3\nValue =~ PERV1 + PERV2\n"
    "Sat =~ CUSA1 + CUSA2 + CUSA3\nLoy =~ CUSL1 + CUSL3\nSat ~ Image + Value\nLoy ~ Sat + Image"
)


@pytest.fixture(scope="module")
def prediction(mobi):
    return plspredict(fit(mobi, PathModel.parse(SMALL)), mobi, repetitions=2, seed=3)


@pytest.mark.parametrize("benchmark", ["mean", "linear_model"])
@pytest.mark.parametrize("alternative", ["two-sided", "greater"])
def test_it_is_a_paired_t_test(prediction, benchmark, alternative):
    from scipy.stats import ttest_rel

    table = cvpat(prediction, benchmark, alternative=alternative).set_index("construct")
    losses = prediction.losses
    blocks = {"Sat": ["CUSA1", "CUSA2", "CUSA3"], "Loy": ["CUSL1", "CUSL3"]}
    blocks["overall"] = blocks["Sat"] + blocks["Loy"]
    assert list(table.index) == list(blocks)
    for name, items in blocks.items():
        ours, theirs = (
            losses.sel(predictor=p, item=items).mean("item") for p in ("model", benchmark)
        )
        expected = ttest_rel(theirs, ours, alternative=alternative)
        assert table.loc[name, "t"] == pytest.approx(expected.statistic)
        assert table.loc[name, "p_value"] == pytest.approx(expected.pvalue, rel=1e-6)
        if alternative == "two-sided":
            low, high = expected.confidence_interval(0.95)
            assert table.loc[name, "lower"] == pytest.approx(low)
            assert table.loc[name, "upper"] == pytest.approx(high)


# The peer sets an option that pandas 3 no longer has.
@pytest.mark.filterwarnings("ignore")
def test_benchmark_losses_equal_openpls_leaving_out_one(mobi):
    import openpls.config as c
    from openpls import Plspm
    from openpls.mode import Mode
    from openpls.scheme import Scheme

    # Leaving out one needs no random folds; few rows, since the peer refits each in Python.
    model, few = PathModel.parse(SMALL), mobi[:16].reset_index(drop=True)
    structure = c.Structure()
    for source, target in model.paths:
        structure.add_path([source], [target])
    config = c.Config(structure.path())
    for construct in model.constructs:
        config.add_lv(construct.name, Mode.A, *[c.MV(item) for item in construct.items])
    theirs = Plspm(few, config, Scheme.PATH, 1000, 1e-12).cvpat(benchmark="LM", k=16)
    ours = cvpat(
        plspredict(fit(few, model), few, n_folds=16, repetitions=1), "linear_model"
    ).set_index("construct")
    for name, size in (("Sat", 3), ("Loy", 2)):
        # The peer adds up the errors of the items.
        expected = theirs.per_construct().loc[name, "mean_loss_benchmark"] / size
        assert ours.loc[name, "benchmark_loss"] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("benchmark", ["mean", "linear_model"])
def test_the_bootstrap_agrees_with_the_t_distribution_in_a_large_sample(prediction, benchmark):
    plain, drawn = (cvpat(prediction, benchmark, n_boot=n, seed=1) for n in (0, 4000))
    np.testing.assert_allclose(drawn["t"], plain["t"])
    # Monte-Carlo error of 4,000 draws, and the skewness of losses.
    np.testing.assert_allclose(drawn["p_value"], plain["p_value"], atol=0.06)
    width = (plain["upper"] - plain["lower"]).to_numpy()
    assert (np.abs(drawn["lower"] - plain["lower"]) < 0.25 * width).all()
    assert (drawn["n_boot"] == 4000).all()


def test_the_better_of_two_models_is_found(factor_population, chain, draw_rows):
    """X leads to Z by itself too; the model with this path predicts Z better."""
    wide = PathModel.parse(chain.to_text().replace("Z ~ Y", "Z ~ X + Y"))
    for extra, better in ((0.45, True), (0.0, False)):
        rows = draw_rows(factor_population(0.3, extra), 500, seed=4)
        small, large = (plspredict(fit(rows, m), rows, seed=1) for m in (chain, wide))
        test = cvpat(large, small).set_index("construct").loc["Z"]
        assert ((test["p_value"] < 0.05) & (test["difference"] > 0)) == better
        turned = cvpat(small, large).set_index("construct").loc["Z"]
        assert turned["difference"] == pytest.approx(-test["difference"])
        assert turned["p_value"] == pytest.approx(test["p_value"])


def test_respondents_without_an_answer_do_not_count(mobi):
    gaps = mobi.copy()
    gaps.loc[:9, ["CUSA1", "CUSA2", "CUSA3"]] = np.nan
    model = PathModel.parse(SMALL)
    table = cvpat(plspredict(fit(gaps, model), gaps, repetitions=1)).set_index("construct")
    assert table["n"].to_dict() == {"Sat": 240, "Loy": 250, "overall": 250}


def test_equal_weights_change_nothing(mobi):
    model = PathModel.parse(SMALL)
    folds = np.arange(250) % 10
    weighted = mobi.assign(w=2.5)
    one = cvpat(plspredict(fit(mobi, model), mobi, folds=folds))
    two = cvpat(plspredict(fit(mobi, model), weighted, folds=folds, sampling_weights="w"))
    pd.testing.assert_frame_equal(one, two, rtol=1e-9)


def test_bad_input_is_refused(prediction, mobi):
    model = PathModel.parse(SMALL)
    parts = compute_moments(mobi.assign(fold=np.arange(250) % 5), items=model.items, by=["fold"])
    with pytest.raises(DataError, match="moments hold none"):
        cvpat(plspredict(fit(mobi, model), parts))
    with pytest.raises(DataError, match="benchmark='median'"):
        cvpat(prediction, "median")
    with pytest.raises(DataError, match="level=95"):
        cvpat(prediction, level=95)
    with pytest.raises(DataError, match="alternative='less'"):
        cvpat(prediction, alternative="less")
    with pytest.raises(DataError, match="n_boot=-1"):
        cvpat(prediction, n_boot=-1)
    with pytest.raises(DataError, match="different rows"):
        cvpat(prediction, plspredict(fit(mobi, model), mobi[:100]))
    other = PathModel.parse("A =~ IMAG1\nB =~ PERQ1\nB ~ A")
    with pytest.raises(DataError, match="no construct in common"):
        cvpat(prediction, plspredict(fit(mobi, other), mobi, repetitions=1))


def test_predictions_by_other_folds_are_not_compared(prediction, mobi):
    model = PathModel.parse(SMALL)
    again = plspredict(fit(mobi, model), mobi, folds=1 - prediction.folds)
    assert (cvpat(prediction, again)["difference"].abs() < 1e-12).all()  # the same folds, renamed
    for other in ({"seed": 4, "repetitions": 2}, {"seed": 3, "repetitions": 3}):
        with pytest.raises(DataError, match="by different folds"):
            cvpat(prediction, plspredict(fit(mobi, model), mobi, **other))


def test_estimates_are_no_prediction(mobi):
    with pytest.raises(
        DataError, match="CVPAT takes predictions, not an object of type 'Estimates'"
    ):
        cvpat(fit(mobi, PathModel.parse(SMALL)))


@pytest.mark.parametrize("choice", [{"n_boot": 1.5}, {"seed": -1}, {"level": "a"}])
def test_choices_that_are_none_are_told(prediction, choice):
    with pytest.raises(DataError, match=f"{next(iter(choice))}="):
        cvpat(prediction, **choice)
