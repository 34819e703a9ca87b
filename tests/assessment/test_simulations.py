"""Size and power of the exact-fit test and of CVPAT.

The simulation is `benchmarks/assessment_simulations.py`; its results are in
`benchmarks/assessment.md`.
"""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
REPLICATIONS, N_BOOT, FIRST_SEED = 300, 199, 810_000
# Three Monte-Carlo errors of a share of .05 in 300 samples.
NEAR = 3 * np.sqrt(0.05 * 0.95 / REPLICATIONS)


@pytest.fixture(scope="module")
def simulations():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield importlib.import_module("assessment_simulations")


@pytest.fixture(scope="module")
def predictions(simulations):
    return importlib.import_module("prediction_simulations")


def test_populations_are_what_their_conditions_say(simulations):
    from csat_models import Moments, PathModel, fit
    from csat_models.assessment import fit_measures

    for condition in simulations.CONDITIONS:
        text = simulations.COMPOSITES if condition.composites else simulations.FACTORS
        model = PathModel.parse(text)
        moments = Moments.from_table(
            items=model.items,
            mean=np.zeros(9),
            cov=simulations.population(condition),
            n_obs=condition.n_obs,
        )
        method = "pls" if condition.composites else "plsc"
        found = fit_measures(fit(moments, model, method=method, tolerance=1e-12)).srmr
        for structure in ("estimated", "saturated"):
            fits = found.sel(structure=structure).item() < 1e-8
            assert fits == (structure in condition.holds)


@pytest.mark.slow
def test_exact_fit_rejects_a_true_model_as_often_as_it_says(simulations):
    for condition in simulations.CONDITIONS[:3]:
        found = simulations.exact_fit_rejections(
            condition, REPLICATIONS, n_boot=N_BOOT, first_seed=FIRST_SEED
        )
        print(simulations.exact_fit_table(found).to_string())
        assert (found["rejected"] < 0.05 + NEAR).all()


@pytest.mark.slow
def test_exact_fit_finds_a_false_model(simulations):
    for condition in (simulations.CONDITIONS[4], simulations.CONDITIONS[6]):
        found = simulations.exact_fit_rejections(
            condition, 100, n_boot=N_BOOT, first_seed=FIRST_SEED
        )
        print(simulations.exact_fit_table(found).to_string())
        assert (found.loc[~found["true"] & (found["measure"] == "srmr"), "rejected"] > 0.8).all()


def contest(simulations, name, n_obs=250):
    return next(each for each in simulations.CONTESTS if (each.name, each.n_obs) == (name, n_obs))


@pytest.mark.parametrize("name", ["mean, equally good", "linear model, equally good"])
def test_the_balance_holds_in_other_training_samples(name, predictions):
    found = contest(predictions, name, 100)
    number = predictions.balance(found)
    gain = predictions.expected_gain(found, number, seed=2)
    # Squared errors of two items, averaged over 4,000 training samples.
    assert abs(gain) < 2e-3
    assert abs(predictions.expected_gain(found, number + 0.1)) > 0.02


@pytest.mark.parametrize("name", ["two models, equally good", "mean, model better"])
def test_simulated_differences_are_those_of_the_predictions(name, predictions):
    import pandas as pd

    from csat_models import PathModel, fit
    from csat_models.assessment import cvpat, plspredict

    found = contest(predictions, name, 100)
    model = PathModel.parse(found.model)
    rows = np.stack([predictions.sample_of(found.root, model, 100, seed) for seed in (1, 2)])
    folds = np.arange(100) % 10
    gains = predictions.differences(found, rows, folds)
    for k in (0, 1):
        frame = pd.DataFrame(rows[k], columns=list(model.items))
        one = plspredict(fit(frame, model), frame, folds=folds)
        against = found.against
        if against == predictions.OTHER:
            other = PathModel.parse(against)
            against = plspredict(fit(frame, other), frame, folds=folds)
        test = cvpat(one, against).set_index("construct").loc["overall"]
        # The same moments by other sums, weights iterated to 1e-9.
        assert gains[:, k].mean() == pytest.approx(test["difference"], abs=1e-7)
        error = gains[:, k].std(ddof=1) / 10
        assert error == pytest.approx(test["standard_error"], abs=1e-7)


@pytest.mark.slow
def test_cvpat_keeps_its_level_and_finds_the_better_model(predictions):
    same, better = (
        predictions.cvpat_rejections(contest(predictions, name), n, first_seed=FIRST_SEED)
        for name, n in (("two models, equally good", 2000), ("two models, the first better", 300))
    )
    # Three Monte-Carlo errors of .05 in 2,000 samples.
    assert (np.abs(same["rejected"] - 0.05) < 0.015).all()
    assert (better["rejected"] > 0.7).all()
    assert (better["preferred"] == 1.0).all()


@pytest.mark.slow
@pytest.mark.parametrize(("benchmark", "power"), [("mean", 0.6), ("linear model", 0.2)])
def test_cvpat_says_no_more_often_than_it_may_that_a_benchmark_is_beaten(
    benchmark, power, predictions
):
    same, better = (
        predictions.cvpat_rejections(
            contest(predictions, f"{benchmark}, {which}"), n, first_seed=FIRST_SEED
        )
        for which, n in (("equally good", 1000), ("model better", 300))
    )
    assert (same["rejected"] * same["preferred"] < 0.1).all()
    assert (better["rejected"] * better["preferred"] > power).all()
