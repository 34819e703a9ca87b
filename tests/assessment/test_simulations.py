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


@pytest.mark.slow
def test_cvpat_rejects_equal_models_as_often_as_it_says_and_finds_the_better(simulations):
    same = simulations.cvpat_rejections(0.5, 250, REPLICATIONS, first_seed=FIRST_SEED)
    worse = simulations.cvpat_rejections(0.2, 250, 100, first_seed=FIRST_SEED)
    for found in (same, worse):
        print(simulations.cvpat_table(found).to_string())
    assert (np.abs(same["rejected"] - 0.05) < NEAR).all()
    assert (worse["rejected"] > 0.5).all()
    assert (worse["preferred"] > 0.95).all()
