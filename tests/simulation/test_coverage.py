"""The intervals of a study cover the truth as often as they say.

The simulation is `benchmarks/interval_coverage.py`; its results are in
`benchmarks/coverage.md`.
"""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from csat_models.survey import demonstration

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
REPLICATIONS, N_BOOT, FIRST_SEED = 500, 400, 700_000


@pytest.fixture(scope="module", autouse=True)
def _benchmarks():
    """Make the scripts of `benchmarks/` importable, here and in processes started here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield


@pytest.fixture(scope="module")
def studies():
    return importlib.import_module("simulated_studies")


@pytest.fixture(scope="module")
def tables(studies) -> tuple[pd.DataFrame, pd.DataFrame]:
    simulation = importlib.import_module("interval_coverage")
    found = simulation.simulate_studies(REPLICATIONS, n_boot=N_BOOT, first_seed=FIRST_SEED)
    by_statistic = simulation.coverage_table(found)
    print(by_statistic.round(4).to_string())
    return by_statistic, simulation.coverage_by_city(found)


def test_a_simulated_study_is_the_demonstration_with_ids(studies):
    frame = studies.draw_study(3)
    plain = demonstration.simulate_scores(list(studies.WAVES), seed=3)
    columns = [name for name in plain.columns if name not in demonstration.questionnaire.FILTERED]
    pd.testing.assert_frame_equal(frame[columns], plain[columns])
    before, after = (frame[frame["wave"] == wave] for wave in studies.WAVES)
    assert not before["respondent_id"].duplicated().any()
    both = before.merge(after, on="respondent_id", validate="one_to_one")
    # Rounded to whole respondents in each of 66 strata.
    assert len(both) / len(after) == pytest.approx(demonstration.RETURNING, abs=0.01)
    assert (both["city_x"] == both["city_y"]).all()


def test_the_truth_of_the_worked_example_is_the_declared_one(studies):
    truth = studies.truth_table().set_index(studies.KEYS)["truth"]
    city = demonstration.province.EXAMPLE_CITY
    # All of its network items have one level, so that it does not depend on weights.
    assert truth["index", "Network", city] == pytest.approx(83.68, abs=1e-9)
    assert truth["lead", "Network", city] == pytest.approx(7.74, abs=1e-9)


def test_waves_drawn_apart_share_no_draw(studies):
    point, draws = studies.sample_wave(
        studies.responses_of(studies.draw_study(1), studies.WAVES[1]), 20, seed=1
    )
    apart = studies.drawn_apart(draws)
    means, shifted = draws.cells.mean.to_numpy(), apart.cells.mean.to_numpy()
    assert (np.roll(means, 1, axis=0) == shifted).all()
    assert not (means == shifted).all(axis=(1, 2, 3)).any()
    np.testing.assert_array_equal(point.cells.cov, apart.cells.cov)


@pytest.mark.slow
@pytest.mark.parametrize("place", ["cities", "province"])
@pytest.mark.parametrize("construct", ["Satisfaction", "Network"])
@pytest.mark.parametrize("statistic", ["index", "lead", "change"])
def test_intervals_cover_the_truth(statistic, construct, place, tables):
    table = tables[0].set_index(["statistic", "construct", "place"])
    row = table.loc[(statistic, construct, place)]
    assert row["intervals"] == REPLICATIONS * (11 if place == "cities" else 1)
    # Monte-Carlo error .003 for the mean of the cities, .010 for the province.
    assert 0.93 <= row["coverage"] <= 0.97


@pytest.mark.slow
def test_every_single_interval_covers_the_truth(tables):
    single = tables[1]
    named = single[single["statistic"].isin(["index", "lead", "change"])]
    # Four Monte-Carlo errors of 500 studies, .0102 each, about the .945 that quantiles of 400
    # draws cover; one of 200 such tables of 72 has a value outside.
    assert named["coverage"].between(0.904, 0.986).all()


@pytest.mark.slow
def test_estimates_lie_around_the_truth(tables):
    single = tables[1]
    # In standard deviations of one study; four Monte-Carlo errors of 500 studies, .045 each.
    assert single["bias"].abs().max() < 0.18


@pytest.mark.slow
def test_a_change_needs_draws_by_person(tables):
    table = tables[0].set_index(["statistic", "construct", "place"])
    for construct in ("Satisfaction", "Network"):
        keyed = table.loc[("change", construct, "cities")]
        apart = table.loc[("change (waves drawn apart)", construct, "cities")]
        # The same estimates, so the comparison is nearly free of Monte-Carlo error.
        assert apart["width"] > 1.05 * keyed["width"]
        assert apart["coverage"] > keyed["coverage"] + 0.01
        assert apart["se_ratio"] > 1.05 > keyed["se_ratio"]
