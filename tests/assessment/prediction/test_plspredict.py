"""PLSpredict: other programs, brute force, truth, bad input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from csat_models import PathModel, compute_moments, fit
from csat_models.assessment import cross_loadings, plspredict
from csat_models.assessment.prediction import predicted_items
from csat_models.assessment.prediction.folds import training_moments
from csat_models.assessment.prediction.predictors import model_map
from csat_models.errors import ConvergenceError, DataError, ModelError
from csat_models.estimation import fit_moments
from csat_models.estimation.sample import read_sample

FOLDS = Path(__file__).parents[2] / "oracles" / "plspredict_folds_seed123_k10.csv"


@pytest.fixture(scope="module")
def folds():
    """The folds that seminr dealt, one a row."""
    table = pd.read_csv(FOLDS)
    found = np.zeros(250, dtype=int)
    found[table["row_1based"] - 1] = table["fold"]
    return found


def check(found, reference, tolerance):
    assert set(found["item"].values) == set(reference)
    for item, value in reference.items():
        assert found.sel(item=item).item() == pytest.approx(value, abs=tolerance)


@pytest.mark.parametrize("method", ["pls", "plsc"])
@pytest.mark.parametrize("antecedents", ["direct", "earliest"])
def test_equal_to_seminr_in_its_folds(method, antecedents, folds, request):
    mobi, ecsi, oracle = (request.getfixturevalue(name) for name in ("mobi", "ecsi", "oracle"))
    letters = {"direct": "DA", "earliest": "EA", "pls": "A", "plsc": "C"}
    name = f"predict_{letters[antecedents]}_{letters[method]}"
    reference = oracle("seminr_predict")["predict"][name]
    estimates = fit(mobi, ecsi, method=method, on_inadmissible="keep", tolerance=1e-12)
    found = plspredict(estimates, mobi, folds=folds, antecedents=antecedents, linear="others")
    # Weights are iterated to 1e-12 here and 1e-13 there.
    check(found.rmse.sel(predictor="model"), reference["PLS_out"]["RMSE"], 1e-8)
    check(found.mae.sel(predictor="model"), reference["PLS_out"]["MAE"], 1e-8)
    check(found.rmse.sel(predictor="linear_model"), reference["LM_out"]["RMSE"], 1e-8)
    check(found.mae.sel(predictor="linear_model"), reference["LM_out"]["MAE"], 1e-8)
    check(found.q2_predict(), reference["Q2predict_training_mean_benchmark"], 1e-8)


@pytest.mark.parametrize("antecedents", ["direct", "earliest"])
def test_leaving_out_one_equals_seminr_and_csem(antecedents, mobi, ecsi, oracle):
    reference = oracle("predict_loo")["loo"]
    estimates = fit(mobi, ecsi, tolerance=1e-12)
    found = plspredict(
        estimates, mobi, n_folds=250, repetitions=1, antecedents=antecedents, linear="others"
    )
    theirs = reference[f"seminr_predict_{'DA' if antecedents == 'direct' else 'EA'}"]
    check(found.rmse.sel(predictor="model"), theirs["PLS_out"]["RMSE"], 1e-8)
    check(found.rmse.sel(predictor="linear_model"), theirs["LM_out"]["RMSE"], 1e-8)
    theirs = reference[f"cSEM_{antecedents}_composite"]
    check(found.rmse.sel(predictor="model"), theirs["PLS_RMSE"], 1e-8)
    check(found.mae.sel(predictor="model"), theirs["PLS_MAE"], 1e-8)
    # cSEM takes the variances of the errors for their mean squares, which differ by 7e-6 here.
    check(found.q2_predict(), theirs["Q2"], 1e-5)
    sample = read_sample(mobi, items=ecsi.items)
    moments = training_moments(sample, found.folds)
    maps = model_map(fit_moments(moments, ecsi, estimates.settings), antecedents)
    away = sample.values - moments.mean.sel(repetition=0).to_numpy()[found.folds[0]]
    errors = away - np.einsum("nk,nky->ny", away, maps[0, found.folds[0]])
    spread = pd.Series(1 - errors.var(axis=0) / away.var(axis=0), index=ecsi.items)
    assert spread[list(theirs["Q2"])].to_dict() == pytest.approx(theirs["Q2"], abs=1e-8)


@pytest.mark.parametrize("antecedents", ["direct", "earliest"])
def test_moments_of_folds_give_the_same_errors_as_rows(antecedents, folds, mobi, ecsi):
    estimates = fit(mobi, ecsi)
    rows = plspredict(estimates, mobi, folds=folds, antecedents=antecedents)
    parts = compute_moments(mobi.assign(fold=folds), items=ecsi.items, by=["fold"])
    bare = plspredict(estimates, parts, antecedents=antecedents)
    # The same sums in another order.
    np.testing.assert_allclose(bare.rmse, rows.rmse, rtol=1e-9)
    assert bare.mae is None and bare.losses is None


def test_equal_to_a_loop_over_folds_and_repetitions(mobi):
    model = PathModel.parse("A =~ IMAG1 + IMAG2\nB =~ PERV1 + PERV2\nB ~ A")
    dealt = np.random.default_rng(3).integers(0, 4, size=(2, 250))
    errors = np.full((2, 250, 2), np.nan)
    plain = errors.copy()
    for r in range(2):
        for fold in range(4):
            train, test = mobi[dealt[r] != fold], mobi[dealt[r] == fold]
            each = fit(train, model, tolerance=1e-12)
            z = (test - train.mean()) / train.std()
            score = z[["IMAG1", "IMAG2"]] @ each.weights.sel(item=["IMAG1", "IMAG2"]).to_numpy()
            score = score * each.paths.sel(source="A", target="B").item()
            x = np.column_stack([np.ones(len(train)), train[["IMAG1", "IMAG2"]]])
            new = np.column_stack([np.ones(len(test)), test[["IMAG1", "IMAG2"]]])
            for k, item in enumerate(["PERV1", "PERV2"]):
                size = each.loadings.sel(item=item).item() * train[item].std()
                errors[r, dealt[r] == fold, k] = test[item] - train[item].mean() - score * size
                slopes, *_ = np.linalg.lstsq(x, train[item].to_numpy())
                plain[r, dealt[r] == fold, k] = test[item] - new @ slopes
    found = plspredict(fit(mobi, model, tolerance=1e-12), mobi, folds=dealt)
    np.testing.assert_allclose(
        found.rmse.sel(predictor="model"), np.sqrt((errors**2).mean(axis=(0, 1))), rtol=1e-8
    )
    np.testing.assert_allclose(
        found.mae.sel(predictor="linear_model"), np.abs(plain).mean(axis=(0, 1)), rtol=1e-8
    )
    np.testing.assert_allclose(
        found.losses.sel(predictor="model"), (errors**2).mean(axis=0), atol=1e-8
    )
    assert (found.q2_spread > 0).all()


@pytest.mark.parametrize("path", [0.2, 0.7])
def test_q2_predict_finds_the_share_that_can_be_known(path, factor_population, chain, draw_rows):
    """Expected from the population: a large sample predicts nearly as well as its moments."""
    moments = factor_population(path)
    population = fit(moments, chain)
    rows = draw_rows(moments, 4000, seed=1)
    found = plspredict(fit(rows, chain), rows, n_folds=5, repetitions=1)
    slope = population.paths.sel(source="X", target="Y").item()
    slope = slope * population.loadings.sel(item="y1").item()
    known = cross_loadings(population).sel(item="y1", construct="X").item()
    share = 2 * slope * known - slope**2
    # Monte-Carlo error of a squared correlation in 4,000 rows, below .015.
    assert found.q2_predict().sel(item="y1").item() == pytest.approx(share, abs=0.035)


def test_nothing_is_predicted_where_nothing_is_to_know(chain, draw_rows, factor_population):
    rows = draw_rows(factor_population(0.5), 300, seed=2)
    generator = np.random.default_rng(5)
    alone = rows.assign(**{item: generator.permutation(rows[item]) for item in rows})
    found = plspredict(fit(alone, chain, max_iterations=5000), alone)
    assert (found.q2_predict() < 0.01).all()
    assert (plspredict(fit(rows, chain), rows).q2_predict().sel(item=["y1", "y2"]) > 0.05).all()


def test_earliest_antecedents_know_less_than_direct_ones(mobi, ecsi):
    estimates = fit(mobi, ecsi)
    direct, earliest = (
        plspredict(estimates, mobi, repetitions=2, seed=1, antecedents=which)
        for which in ("direct", "earliest")
    )
    satisfaction = ["CUSA1", "CUSA2", "CUSA3"]
    gain = direct.q2_predict() - earliest.q2_predict()
    assert (gain.sel(item=satisfaction) > 0.05).all()
    np.testing.assert_allclose(gain.sel(item=["CUEX1", "CUEX2"]), 0.0, atol=1e-12)


def test_a_construct_of_higher_order_predicts_and_is_predicted(mobi):
    text = (
        "H =~ Image + Value\nImage =~ IMAG1 + IMAG2 + IMAG3\nValue =~ PERV1 + PERV2\n"
        "Q =~ PERQ1 + PERQ2 + PERQ3\nS =~ CUSA1 + CUSA2 + CUSA3\n"
    )
    cause = PathModel.parse(text + "S ~ H + Q")
    effect = PathModel.parse(text + "H ~ Q\nS ~ H")
    assert predicted_items(cause) == ("CUSA1", "CUSA2", "CUSA3")
    assert set(predicted_items(effect)) >= {"IMAG1", "PERV2", "CUSA1"}
    for model in (cause, effect):
        found = plspredict(fit(mobi, model), mobi, repetitions=2)
        assert (found.q2_predict() > 0.05).all()
        assert (found.q2_predict() < 0.6).all()


def test_a_missing_answer_counts_as_the_training_mean_and_is_not_predicted(mobi):
    model = PathModel.parse("A =~ IMAG1 + IMAG2\nB =~ PERV1 + PERV2\nB ~ A")
    gaps = mobi.copy()
    gaps.loc[3, "PERV1"] = np.nan
    gaps.loc[7, "IMAG1"] = np.nan
    found = plspredict(fit(gaps, model), gaps, repetitions=2)
    assert np.isnan(found.losses.sel(row=3, item="PERV1")).all()
    assert np.isfinite(found.losses.sel(row=7)).all()
    assert np.isfinite(found.rmse).all()


def test_survey_weights_weigh_errors(mobi):
    model = PathModel.parse("A =~ IMAG1 + IMAG2\nB =~ PERV1 + PERV2\nB ~ A")
    weighted = mobi.assign(w=np.where(np.arange(250) < 200, 1.0, 1e-9))
    folds = np.arange(250) % 5
    found = plspredict(fit(mobi, model), weighted, folds=folds, sampling_weights="w")
    few = plspredict(fit(mobi, model), mobi[:200], folds=folds[:200])
    # What weighs 1e-9 of a row counts for nothing.
    np.testing.assert_allclose(found.rmse, few.rmse, rtol=1e-6)


def test_the_seed_deals_the_folds(mobi):
    model = PathModel.parse("A =~ IMAG1 + IMAG2\nB =~ PERV1 + PERV2\nB ~ A")
    estimates = fit(mobi, model)
    one, again, other = (plspredict(estimates, mobi, seed=s).rmse for s in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.allclose(one.sel(predictor="model"), other.sel(predictor="model"), rtol=1e-9)


def test_folds_of_which_none_converges_are_told(mobi, ecsi):
    point = fit(mobi, ecsi)
    never = replace(point, settings=replace(point.settings, max_iterations=1))
    with pytest.raises(ConvergenceError, match="no training sample converged"):
        plspredict(never, mobi)


def test_more_items_than_training_rows_still_predict(mobi, ecsi):
    few = mobi[:22]
    found = plspredict(
        fit(few, ecsi, max_iterations=2000), few, n_folds=3, repetitions=1, linear="others"
    )
    assert np.isfinite(found.rmse.sel(predictor="linear_model")).all()


def test_what_cannot_predict_is_refused(mobi, ecsi):
    product = PathModel.parse("A =~ IMAG1; B =~ PERQ1; Y =~ CUSA1; Y ~ A + B + A:B")
    with pytest.raises(ModelError, match="product 'A:B'"):
        plspredict(fit(mobi, product), mobi)
    with pytest.raises(ModelError, match="no path"):
        plspredict(fit(mobi, PathModel.parse("A =~ IMAG1 + IMAG2")), mobi)
    text = "H =~ A + B; A =~ IMAG1 + IMAG2; B =~ PERV1 + PERV2; Y =~ CUSA1 + CUSA2; Y ~ H"
    twice = fit(mobi, PathModel.parse(text), higher_order="repeated_indicators")
    with pytest.raises(ModelError, match="higher_order='two_stage'"):
        plspredict(twice, mobi)
    estimates = fit(mobi, ecsi)
    with pytest.raises(DataError, match="n_folds=1 does not divide"):
        plspredict(estimates, mobi, n_folds=1)
    with pytest.raises(DataError, match="repetitions=0"):
        plspredict(estimates, mobi, repetitions=0)
    with pytest.raises(DataError, match="moments of at least two folds"):
        plspredict(estimates, compute_moments(mobi))
    with pytest.raises(DataError, match="folds name 3 rows"):
        plspredict(estimates, mobi, folds=[0, 1, 2])
    with pytest.raises(DataError, match="all the same"):
        plspredict(estimates, mobi, folds=np.zeros(250))
    with pytest.raises(DataError, match="antecedents='all'"):
        plspredict(estimates, mobi, antecedents="all")
    with pytest.raises(DataError, match="linear='all'"):
        plspredict(estimates, mobi, linear="all")


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"folds": [np.nan, 1, 2, *[0] * 247]}, "1 rows have no fold, first row 1"),
        ({"folds": [[0, 1], [1]]}, "folds are no table"),
        ({"folds": np.zeros((1, 1, 250))}, "folds are no table"),
        ({"n_folds": 2.5}, "n_folds=2.5 is too small or no whole"),
        ({"repetitions": "5"}, "repetitions='5' is too small or no whole"),
        ({"seed": "a"}, "seed='a' is no seed"),
    ],
)
def test_folds_that_are_none_are_told(choice, sentence, mobi):
    model = PathModel.parse("A =~ IMAG1\nB =~ PERQ1\nB ~ A")
    with pytest.raises(DataError, match=sentence):
        plspredict(fit(mobi, model), mobi, **choice)
