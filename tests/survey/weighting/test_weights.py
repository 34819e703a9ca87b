"""Weights that bring a sample to its population: truth, invariants, sentences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csat_models.errors import ConvergenceError, DataError, InadmissibleError
from csat_models.survey.simulated.population import Population
from csat_models.survey.simulated.simulated_survey import simulate_survey
from csat_models.survey.weighting.calibration import calibrate_weights
from csat_models.survey.weighting.effective_size import design_effect, effective_n, effective_size
from csat_models.survey.weighting.margins import parse_margins
from csat_models.survey.weighting.raking import MarginCells, rake_cells, rake_rows
from csat_models.survey.weighting.trimming import trim_weights
from csat_models.survey.weighting.weights import compute_weights, with_weights

SEXES, AREAS = ("m", "f"), ("urban", "rural")


def draw(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame({"sex": rng.choice(SEXES, n), "area": rng.choice(AREAS, n)})
    # every combination occurs
    rows.loc[:3, "sex"], rows.loc[:3, "area"] = ["m", "m", "f", "f"], ["urban", "rural"] * 2
    return rows.assign(base=rng.uniform(0.5, 2.0, n))


def biased_sample(seed: int) -> tuple[pd.DataFrame, float]:
    """Answers depend on sex and area; urban men are four times as likely to be reached."""
    rng = np.random.default_rng(seed)
    people = pd.DataFrame({"sex": rng.choice(SEXES, 40_000), "area": rng.choice(AREAS, 40_000)})
    urban_men = (people["sex"] == "m") & (people["area"] == "urban")
    effect = 1.5 * (people["sex"] == "m") - 1.0 * (people["area"] == "rural")
    people["score"] = 6 + effect + rng.normal(size=40_000)
    reached = rng.random(40_000) < np.where(urban_men, 0.4, 0.1)
    truth = 6 + 1.5 * (people["sex"] == "m").mean() - (people["area"] == "rural").mean()
    return people[reached].reset_index(drop=True).assign(people=len(people)), truth


def test_weighted_estimates_recover_the_population_from_a_biased_sample():
    weighted, plain = [], []
    for seed in range(10):
        rows, truth = biased_sample(seed)
        weights = compute_weights(rows, {"sex": {"m": 1, "f": 1}, "area": {"urban": 1, "rural": 1}})
        weighted.append(np.average(rows["score"], weights=weights.values) - truth)
        plain.append(rows["score"].mean() - truth)
    # the sampling error of a mean of 10 x 7,000 answers is .004; shares vary by .0025
    assert abs(np.mean(weighted)) < 0.02
    assert np.mean(plain) > 0.3


def test_weights_recover_a_simulated_population_whose_groups_are_sampled_unequally():
    population = Population.declare("A =~ 0.8*A1 + 0.7*A2", mean=7.5, sample_size=8000)
    rows = simulate_survey(population, seed=1).frame[["A1", "A2"]]
    rng = np.random.default_rng(2)
    happy = rows["A1"] >= 8
    rows = rows.assign(group=np.where(happy, "happy", "other"))
    share = {"happy": float(happy.mean()), "other": float(1 - happy.mean())}
    kept = rows[rng.random(len(rows)) < np.where(happy, 0.6, 0.2)].reset_index(drop=True)
    weights = compute_weights(kept, {"group": share}).values
    truth = population.item_moments().mean.sel(item="A2").item()
    # sd 1.7, some 2,600 effective answers: four standard errors
    assert abs(np.average(kept["A2"], weights=weights) - truth) < 4 * 1.7 / np.sqrt(2600)
    assert abs(kept["A2"].mean() - truth) > 0.2


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    male=st.floats(0.05, 0.95),
    urban=st.floats(0.05, 0.95),
)
def test_weights_sum_to_the_margins_whatever_they_are(seed, male, urban):
    rows = draw(60, seed)
    margins = {"sex": {"m": male, "f": 1 - male}, "area": {"urban": urban, "rural": 1 - urban}}
    weights = compute_weights(rows, margins, base="base")
    for name, targets in margins.items():
        for level, share in targets.items():
            got = weights.values[rows[name] == level].sum() / weights.values.sum()
            # iterated to a relative 1e-10
            assert got == pytest.approx(share, rel=1e-9)
    assert (weights.values > 0).all()
    assert weights.values.mean() == pytest.approx(1.0, rel=1e-12)
    np.testing.assert_allclose(weights.margins["after"], weights.margins["target"], rtol=1e-9)


def test_weights_do_not_depend_on_the_order_of_rows_or_the_unit_of_shares():
    rows = draw(200, 1)
    margins = {"sex": {"m": 49, "f": 51}, "area": {"urban": 0.64, "rural": 0.36}}
    weights = compute_weights(rows, margins, base="base").values
    order = np.random.default_rng(2).permutation(200)
    turned = compute_weights(rows.iloc[order].reset_index(drop=True), margins, base="base").values
    np.testing.assert_allclose(turned, weights[order], rtol=1e-12)
    doubled = {
        name: {key: 2 * value for key, value in own.items()} for name, own in margins.items()
    }
    scaled = rows.assign(base=7 * rows["base"])
    again = compute_weights(scaled, doubled, base="base").values
    np.testing.assert_allclose(again, weights, rtol=1e-12)


def test_a_crossing_with_the_products_of_the_margins_is_met_cell_by_cell():
    rows = draw(300, 3)
    shares = {"m x urban": 0.1, "m x rural": 0.4, "f x urban": 0.3, "f x rural": 0.2}
    weights = compute_weights(rows, {"sex x area": shares}).values
    cell = rows["sex"] + " x " + rows["area"]
    found = pd.Series(weights).groupby(cell).sum() / 300
    assert found.to_dict() == pytest.approx(shares, rel=1e-12)


def test_margins_are_met_within_each_wave():
    rows = pd.concat([draw(100, 1).assign(wave=1), draw(150, 2).assign(wave=2)], ignore_index=True)
    weights = compute_weights(rows, {"sex": {"m": 0.3, "f": 0.7}}, by=["wave"])
    share = pd.Series(weights.values).groupby([rows["wave"], rows["sex"]]).sum()
    assert share[1, "m"] == pytest.approx(30, rel=1e-9)
    assert share[2, "m"] == pytest.approx(45, rel=1e-9)
    assert weights.summary["n_obs"].tolist() == [100, 150]
    assert "wave 2" in weights.log[1]


@pytest.mark.parametrize("strict", [True, False])
def test_a_batch_of_weights_is_trimmed_as_each_alone(strict):
    weights = np.random.default_rng(4).lognormal(0.0, 0.8, size=(3, 2, 40))
    whole = trim_weights(weights, 0.3, 2.0, strict=strict)
    assert whole.shape == (3, 2, 40)
    for place in np.ndindex(3, 2):
        # The same operations, so to the last digit.
        alone = trim_weights(weights[place], 0.3, 2.0, strict=strict)
        np.testing.assert_array_equal(whole[place], alone)
    np.testing.assert_allclose(whole.sum(axis=-1), weights.sum(axis=-1), rtol=1e-12)


def test_trimmed_weights_keep_to_margins_and_bounds():
    rows = draw(400, 5)
    margins = {"sex": {"m": 0.8, "f": 0.2}, "area": {"urban": 0.7, "rural": 0.3}}
    free = compute_weights(rows, margins, base="base")
    assert free.summary.loc[0, "largest"] > 2.6
    trimmed = compute_weights(rows, margins, base="base", trim=(0.2, 2.2))
    assert trimmed.summary.loc[0, "n_trimmed"] > 0
    # a millionth beyond the bound counts as within
    assert trimmed.values.max() <= 2.2 + 2e-6 and trimmed.values.min() >= 0.2 - 2e-6
    np.testing.assert_allclose(trimmed.margins["after"], trimmed.margins["target"], rtol=1e-9)
    assert design_effect(trimmed.values) < design_effect(free.values)
    assert any("trimmed" in sentence for sentence in trimmed.log)


def test_bounds_that_the_margins_break_are_reported():
    rows = draw(100, 6)
    weights = compute_weights(rows, {"sex": {"m": 0.95, "f": 0.05}}, trim=(0.5, 1.2))
    assert weights.summary.loc[0, "n_beyond"] > 0
    assert any("stay out of these bounds" in sentence for sentence in weights.log)


def test_batches_are_raked_as_their_elements():
    rows = draw(50, 7)
    cells = MarginCells.of(
        rows, parse_margins({"sex": {"m": 0.3, "f": 0.7}, "area": {"urban": 0.6, "rural": 0.4}})
    )
    base = np.random.default_rng(1).uniform(0.2, 3.0, size=(3, 2, 50))
    batch, raked = rake_rows(base, cells)
    for place in np.ndindex(3, 2):
        single, own = rake_rows(base[place], cells)
        np.testing.assert_allclose(batch[place], single, rtol=1e-13)
        assert raked.iterations[place] == own.iterations
    assert raked.converged.all()


def test_an_element_with_an_empty_level_fails_alone():
    levels = [np.eye(2)[[0, 0, 1]], np.eye(2)[[0, 1, 1]]]
    totals = np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 0.0]])
    raked = rake_cells(totals, levels, [np.array([0.5, 0.5]), np.array([0.2, 0.8])])
    assert raked.converged.tolist() == [True, False]
    assert np.isinf(raked.gap[1])


@pytest.mark.parametrize(
    ("margins", "sentence"),
    [
        ({}, "there is no margin to weight to"),
        ({"sex": {}}, "the margin 'sex' has no levels"),
        ({"sex": {"m": 1, "f": -1}}, "the share of 'f' in the margin 'sex' is -1"),
        ({"sex x area": {"m": 1}}, "has 1 values for 2 columns"),
        ({"income": {"low": 1}}, "no column 'income', which the margin 'income' names"),
        ({"sex": {"m": 1}}, "have a 'sex' that the margin does not have, such as 'f'"),
        ({"sex": {"m": 1, "f": 1, "x": 1}}, "nobody stands for sex x, so no weight"),
    ],
)
def test_margins_that_cannot_be_met_are_told_in_a_sentence(margins, sentence):
    with pytest.raises(DataError, match=sentence):
        compute_weights(draw(30, 1), margins)


def test_rows_without_a_level_and_bad_base_weights_are_told():
    rows = draw(30, 1)
    with pytest.raises(DataError, match="1 rows have no 'sex'"):
        compute_weights(
            rows.assign(sex=rows["sex"].mask(rows.index == 4)), {"sex": {"m": 1, "f": 1}}
        )
    with pytest.raises(DataError, match="'base' is not positive in 1 rows, first in row 3"):
        bad = rows.assign(base=rows["base"].mask(rows.index == 2, 0.0))
        compute_weights(bad, {"sex": {"m": 1, "f": 1}}, base="base")
    with pytest.raises(DataError, match="no column 'w' of base weights"):
        compute_weights(rows, {"sex": {"m": 1, "f": 1}}, base="w")
    with pytest.raises(DataError, match="no rows to weight"):
        compute_weights(rows.iloc[:0], {"sex": {"m": 1, "f": 1}})
    with pytest.raises(DataError, match="no column 'wave', within which"):
        compute_weights(rows, {"sex": {"m": 1, "f": 1}}, by=["wave"])


def test_margins_that_contradict_empty_combinations_are_told():
    rows = pd.DataFrame({"a": list("xxyy"), "b": list("ppqq")})
    with pytest.raises(ConvergenceError, match="raking does not meet the margins") as problem:
        compute_weights(rows, {"a": {"x": 0.5, "y": 0.5}, "b": {"p": 0.9, "q": 0.1}})
    assert problem.value.facts["gap"] > 0.1


@pytest.mark.parametrize("bounds", [(1.2, 2.0), (-0.1, 2.0), (0.5, 0.9)])
def test_bounds_that_do_not_lie_around_1_are_refused(bounds):
    with pytest.raises(InadmissibleError, match="give bounds"):
        trim_weights(np.ones(3), *bounds)
    with pytest.raises(InadmissibleError, match="give bounds"):
        calibrate_weights(np.ones(3), np.ones((3, 1)), np.ones(1), distance="logit", bounds=bounds)


def test_calibration_that_bounds_make_impossible_is_counted_as_such():
    design = np.stack([np.ones(4), [1.0, 0, 0, 0]], axis=1)
    found = calibrate_weights(
        np.ones(4), design, np.array([4.0, 3.0]), distance="logit", bounds=(0.5, 1.5)
    )
    assert not found.converged
    assert found.gap > 0.1
    with pytest.raises(InadmissibleError, match="write both or neither"):
        calibrate_weights(np.ones(4), design, np.ones(2), bounds=(0.5, 2.0))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_trimming_keeps_the_sum_and_the_bounds(seed):
    weights = np.random.default_rng(seed).lognormal(sigma=1.0, size=50)
    trimmed = trim_weights(weights, 0.3, 2.5)
    assert trimmed.sum() == pytest.approx(weights.sum(), rel=1e-9)
    assert trimmed.max() <= 2.5 * weights.mean() * (1 + 1e-9)
    assert trimmed.min() >= 0.3 * weights.mean() * (1 - 1e-9)


def test_effective_sizes_by_cell():
    rows = pd.DataFrame({"city": list("aaab"), "w": [1.0, 1.0, 4.0, 2.0]})
    table = effective_size(rows, ["city"], weight="w").set_index("city")
    assert table.loc["a", "n_effective"] == pytest.approx(36 / 18)
    assert table.loc["a", "design_effect"] == pytest.approx(1.5)
    assert table.loc["b", "n_effective"] == 1.0
    whole = effective_size(rows, weight="w")
    assert whole.loc[0, "n_effective"] == pytest.approx(effective_n(rows["w"].to_numpy()).item())
    with pytest.raises(DataError, match="no column 'v'"):
        effective_size(rows, weight="v")


def test_effective_n_of_a_batch_is_that_of_its_elements():
    weights = np.random.default_rng(1).uniform(0.5, 2, size=(4, 3, 20))
    for place in np.ndindex(4, 3):
        assert effective_n(weights)[place] == effective_n(weights[place])


def test_weights_go_into_responses_with_a_sentence():
    population = Population.declare("A =~ 0.8*A1 + 0.7*A2", mean=7.5, sample_size=40)
    responses = simulate_survey(population, seed=1).responses()
    rows = responses.frame.assign(sex=["m", "f"] * 20)
    weights = compute_weights(replace(responses, frame=rows), {"sex": {"m": 1, "f": 3}})
    weighted = with_weights(responses, weights)
    assert weighted.codebook.weight == "weight"
    assert weighted.frame["weight"].tolist() == pytest.approx([0.5, 1.5] * 20, rel=1e-12)
    assert "design effect 1.250, 40 respondents count as 32" in weighted.log[-1]
    other = with_weights(responses, weights, "raked")
    assert other.codebook.weight == "raked"


@pytest.mark.parametrize("bad", [np.nan, -1.0, np.inf])
def test_effective_sizes_of_weights_that_are_none_are_refused(bad):
    rows = pd.DataFrame({"city": list("aab"), "w": [1.0, bad, 2.0]})
    with pytest.raises(DataError, match="weight 'w' is missing, infinite or negative in 1 rows"):
        effective_size(rows, ["city"], weight="w")


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"margins": None}, "there is no margin to weight to"),
        ({"margins": pd.DataFrame({"sex": [1]})}, "there is no margin to weight to"),
        ({"margins": {"sex": [0.5, 0.5]}}, "the margin 'sex' has no levels"),
        ({"trim": 3}, "trim=3 is no pair of bounds"),
        ({"trim": "ab"}, "trim='ab' is no pair of bounds"),
        ({"base": "sex"}, "the weight 'sex' holds something other than numbers"),
    ],
)
def test_arguments_that_are_none_are_told(choice, sentence):
    with pytest.raises(DataError, match=sentence):
        compute_weights(draw(30, 1), **{"margins": {"sex": {"m": 1, "f": 1}}} | choice)
    with pytest.raises(InadmissibleError, match="give bounds"):
        trim_weights(np.ones(3), "a", "b")


def test_one_column_may_be_named_alone_and_data_are_rows():
    rows = draw(40, 1)
    margins = {"sex": {"m": 1, "f": 1}}
    alone, listed = (compute_weights(rows, margins, by=by) for by in ("area", ["area"]))
    np.testing.assert_array_equal(alone.values, listed.values)
    assert len(effective_size(rows, "area", weight="base")) == 2
    for weigh in (lambda data: compute_weights(data, margins), effective_size):
        with pytest.raises(DataError, match="the data are of type 'ndarray'; give responses"):
            weigh(rows.to_numpy())


def test_levels_of_a_numeric_margin_are_told_apart_by_all_their_digits():
    rows = pd.DataFrame({"town": [110101001, 110101002, 110101002]})
    made = compute_weights(rows, {"town": {110101001: 1, 110101002: 1}})
    np.testing.assert_allclose(made.values, [1.5, 0.75, 0.75])
