"""Simulated surveys: the declared population, field work and misconduct come true."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from csat_models.errors import DataError
from csat_models.survey.missing import little_test
from csat_models.survey.simulated.discretisation import declared_cuts, discretise
from csat_models.survey.simulated.exact_sample import exact_rows, exact_sample
from csat_models.survey.simulated.misconduct import Misconduct
from csat_models.survey.simulated.population import Population
from csat_models.survey.simulated.simulated_field import Fieldwork, MissingAtRandom, shared_normals
from csat_models.survey.simulated.simulated_survey import simulate_survey

TEXT = "A =~ 0.8*A1 + 0.7*A2 + 0.8*A3\nB =~ 0.9*B1 + 0.8*B2\nB ~ 0.6*A"
ITEMS = ["A1", "A2", "A3", "B1", "B2"]
CUTS = {"A1": [3.0, 5.0, 6.0, 6.5]}


def population(**options) -> Population:
    return Population.declare(TEXT, **{"mean": 7.0, "sample_size": 20_000, **options})


def test_moments_are_the_populations_whatever_interviewers_and_clusters_share():
    field = Fieldwork(interviewers=400, interviewer_icc=0.05, cluster_size=20, cluster_icc=0.1)
    people = population()
    rows = simulate_survey(people, 1, fieldwork=field).frame
    exact = people.item_moments()
    # clusters of 20 and interviewers of 50: design effect 1 + 19 x .1 + 49 x .05
    error = np.sqrt(np.diag(exact.cov.values) * 5.4 / 20_000)
    assert (abs(rows[ITEMS].mean() - exact.mean.values) < 4 * error).all()
    np.testing.assert_allclose(rows[ITEMS].cov(), exact.cov.values, atol=0.15)


def test_thresholds_are_kept_and_have_the_declared_mean():
    people = population(scales={"A1": (1.0, 5.0)}, thresholds_of=CUTS, mean=3.5)
    exact = people.item_moments()
    assert exact.mean.sel(item="A1").item() == pytest.approx(3.5, abs=1e-9)
    rows = simulate_survey(people, 2).frame
    # five standard errors
    assert abs(rows["A1"].mean() - 3.5) < 5 * rows["A1"].std() / np.sqrt(20_000)
    halves = population(scales={"A1": (1.0, 5.0)}, mean=3.5)
    assert exact.cov.sel(item="A1", item_2="A1") > 1.3 * halves.item_moments().cov.sel(
        item="A1", item_2="A1"
    )
    counts = rows["A1"].value_counts(normalize=True).sort_index()
    latent = people.latent_mean.sel(item="A1").item()
    sd = people.spread[ITEMS.index("A1")]
    from scipy.special import ndtr

    shares = np.diff(ndtr((np.array([-np.inf, *CUTS["A1"], np.inf]) - latent) / sd))
    np.testing.assert_allclose(counts, shares, atol=5 * np.sqrt(0.25 / 20_000))


def test_default_cuts_are_rounding():
    latent = np.random.default_rng(1).normal(5, 4, size=(100, 2))
    low, high = np.array([1.0, 0.0]), np.array([10.0, 5.0])
    cuts = declared_cuts({}, ["a", "b"], low, high)
    np.testing.assert_array_equal(
        discretise(latent, low, high, cuts), discretise(latent, low, high)
    )


@pytest.mark.parametrize(
    ("cuts", "sentence"),
    [
        ({"Z": [1.0]}, "thresholds are declared for 'Z', which is no item"),
        ({"A1": [1.0, 2.0]}, "item 'A1' has 2 thresholds; give 9 increasing ones"),
        ({"A1": [2.0, 1.0, 3, 4, 5, 6, 7, 8, 9]}, "give 9 increasing ones"),
    ],
)
def test_thresholds_that_do_not_fit_are_told(cuts, sentence):
    with pytest.raises(DataError, match=sentence):
        population(thresholds_of=cuts)


def test_shared_innovations_have_the_declared_correlation_and_variance():
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(20_000).astype(str), 2)
    labels[-2000:] = ""
    z = shared_normals(rng.standard_normal((40_000, 3)), [(labels, 0.3)], rng)
    pairs = z[:-2000].reshape(-1, 2, 3)
    for k in range(3):
        # five standard errors
        assert abs(np.corrcoef(pairs[:, 0, k], pairs[:, 1, k])[0, 1] - 0.3) < 5 / np.sqrt(19_000)
    assert abs(z.var() - 1) < 5 * np.sqrt(2 / 120_000) * 1.2
    alone = z[-2000:].reshape(-1, 2, 3)
    assert abs(np.corrcoef(alone[:, 0, 0], alone[:, 1, 0])[0, 1]) < 5 / np.sqrt(1000)


def test_gaps_completely_at_random_pass_littles_test_and_gaps_at_random_do_not():
    complete = simulate_survey(population(sample_size=3000, missing_rate={"B2": 0.2}), 3).frame
    assert complete["B2"].isna().mean() == pytest.approx(0.2, abs=5 * np.sqrt(0.16 / 3000))
    assert little_test(complete[ITEMS]).p_value > 0.001
    rule = {"B2": MissingAtRandom(rate=0.2, on="A1", slope=-1.0)}
    drawn = simulate_survey(
        population(sample_size=3000), 3, fieldwork=Fieldwork(missing_at_random=rule)
    )
    assert drawn.frame["B2"].isna().mean() == pytest.approx(0.2, abs=5 * np.sqrt(0.16 / 3000))
    assert little_test(drawn.frame[ITEMS]).p_value < 1e-6
    blank = drawn.frame["B2"].isna()
    assert drawn.frame.loc[blank, "A1"].mean() < drawn.frame.loc[~blank, "A1"].mean() - 0.5


def test_modes_interviewers_clusters_and_durations():
    mean = xr.DataArray(np.full((2, 5), 7.0), [("city", ["x", "y"]), ("item", ITEMS)])
    field = Fieldwork(
        interviewers=3, cluster_size=25, modes={"phone": 3, "web": 1}, seconds_an_item=10.0
    )
    rows = simulate_survey(population(mean=mean, sample_size=2000), 4, fieldwork=field).frame
    assert rows["mode"].value_counts(normalize=True)["web"] == pytest.approx(0.25, abs=0.03)
    assert (rows.loc[rows["mode"] == "web", "interviewer"] == "").all()
    asked = rows[rows["mode"] == "phone"]
    assert asked.groupby("interviewer")["city"].nunique().eq(1).all()
    assert asked["interviewer"].nunique() == 6
    assert rows.groupby("cluster").size().eq(25).all()
    assert rows["duration"].median() == pytest.approx(50, rel=0.03)


def test_who_returns_keeps_name_and_correlation():
    mean = xr.DataArray(np.full((2, 5), 7.0), [("wave", [1, 2]), ("item", ITEMS)])
    people = population(mean=mean, sample_size=4000, returning=0.3, carry_over=0.8)
    drawn = simulate_survey(people, 5)
    first, second = (drawn.frame[drawn.frame["wave"] == wave] for wave in (1, 2))
    both = first.merge(second, on="respondent_id")
    assert len(both) == 1200
    assert first["respondent_id"].is_unique and second["respondent_id"].is_unique
    # scores are coarser than the latent answers
    assert both["B1_x"].corr(both["B1_y"]) == pytest.approx(0.77, abs=0.05)
    assert len(drawn.responses(2).frame) == 4000


def test_misconduct_has_the_declared_shares_and_faces():
    bad = Misconduct(
        fraudulent_interviewers=0.25, speeders=0.1, straight_liners=0.05, delighted=0.066
    )
    field = Fieldwork(interviewers=8, misconduct=bad)
    drawn = simulate_survey(population(sample_size=8000), 6, fieldwork=field)
    truth, rows = drawn.truth, drawn.frame
    assert truth.sum(axis=1).max() == 1
    assert rows.loc[truth["fraud"], "interviewer"].nunique() == 2
    honest = 1 - truth["fraud"].mean()
    # five binomial standard errors
    assert truth["delighted"].mean() == pytest.approx(0.066 * honest, abs=5 * 0.0028)
    assert truth["speeder"].mean() == pytest.approx(0.1 * honest, abs=5 * 0.0034)
    assert (rows.loc[truth["delighted"], ITEMS] == 10).all(axis=None)
    flat = rows.loc[truth["straight_line"], ITEMS]
    assert (flat.nunique(axis=1) == 1).all() and flat.max(axis=None) < 10
    median = rows.groupby(truth["speeder"])["duration"].median()
    assert median[True] / median[False] == pytest.approx(0.3, abs=0.05)
    fraud = rows[truth["fraud"]].groupby("interviewer")[ITEMS].var().mean(axis=None)
    assert fraud < 0.5 * rows.loc[~truth.any(axis=1), ITEMS].var().mean()


@pytest.mark.parametrize(
    ("fabrication", "durations"),
    [
        ("invented", "padded"),
        ("copies", "short"),
        ("straight_lines", "short"),
        ("top", "short"),
        ("genuine", "padded"),
    ],
)
def test_made_up_interviews_are_what_is_declared(fabrication, durations):
    bad = Misconduct(
        fraudulent_interviewers=0.5, fabricated=0.5, fabrication=fabrication, durations=durations
    )
    field = Fieldwork(interviewers=4, misconduct=bad)
    drawn = simulate_survey(population(sample_size=4000), 8, fieldwork=field)
    made, honest = (drawn.frame[drawn.truth["fraud"] == kind] for kind in (True, False))
    sd = made[ITEMS].std().mean() / honest[ITEMS].std().mean()
    equal = made[ITEMS].nunique(axis=1).eq(1).mean()
    log_sd = np.log(made["duration"]).std()
    assert made["interviewer"].nunique() == 2
    # durations are rounded to seconds, of some 40
    assert log_sd == pytest.approx(0.05 if durations == "padded" else 0.3, abs=0.02)
    pace = made["duration"].median() / honest["duration"].median()
    assert pace == pytest.approx(1.0 if durations == "padded" else 0.6, abs=0.05)
    if fabrication == "invented":
        # root of .3^2 + .4^2, and rounding
        assert sd == pytest.approx(0.5, abs=0.05)
    elif fabrication in ("straight_lines", "top"):
        assert equal == 1
        assert (made[ITEMS].max(axis=None) == 10) == (fabrication == "top")
    else:
        # 1,000 made-up interviews: four standard errors
        assert sd == pytest.approx(1.0, abs=4 / np.sqrt(2 * len(made)))
    if fabrication == "copies":
        known = set(map(tuple, honest[ITEMS].to_numpy()))
        copied = np.mean([tuple(row) in known for row in made[ITEMS].to_numpy()])
        # all five answers kept: .9^5 = .59; others agree with somebody by chance
        assert copied > 0.55


def test_the_same_seed_gives_the_same_survey_and_another_one_another():
    field = Fieldwork(interviewers=3, misconduct=Misconduct(speeders=0.1))
    people = population(sample_size=200)
    first, again, other = (
        simulate_survey(people, seed, fieldwork=field).frame for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(first, again)
    assert not first[ITEMS].equals(other[ITEMS])


def test_the_survey_has_a_codebook_that_its_responses_fit():
    from csat_models.survey.checking.checks import CheckRules, check_table

    mean = xr.DataArray(np.full((2, 5), 7.0), [("city", ["x", "y"]), ("item", ITEMS)])
    drawn = simulate_survey(
        population(mean=mean, sample_size=50), 7, fieldwork=Fieldwork(interviewers=2)
    )
    responses = drawn.responses()
    assert responses.frame.columns.tolist() == list(responses.codebook.columns)
    assert responses.codebook.items_of("B") == ("B1", "B2")
    assert check_table(responses, CheckRules(codebook=drawn.codebook())).empty


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: Misconduct(speeders=1.2), "the share 'speeders' is 1.2"),
        (lambda: Misconduct(fabrication="lies"), "fabrication='lies' is no kind of misconduct"),
        (lambda: Misconduct(durations="long"), "durations='long' is no kind .* short, padded"),
        (lambda: Fieldwork(interviewer_icc=0.6, cluster_icc=0.5), "must add up to less than 1"),
        (lambda: Fieldwork(mode_shift={"web": 1.0}), "names the mode 'web'"),
        (lambda: Fieldwork(interviewers=-1), "interviewers=-1 cannot be; write a whole number"),
        (lambda: Fieldwork(duration_sd=-0.1), "duration_sd=-0.1 cannot be; write a number"),
        (lambda: Fieldwork(modes={"web": -1, "phone": 2}), "shares of the modes are -1, 2"),
        (lambda: MissingAtRandom(rate=2, on="A1"), "share of missing answers is 2"),
        (lambda: population(carry_over=1.5), "the share 'carry_over' is 1.5"),
        (lambda: population(missing_rate={"Z": 0.1}), "declared for 'Z', which is no item"),
        (lambda: population(missing_rate={"A1": -0.1}), "'missing_rate of A1' is -0.1"),
        (lambda: population(sample_size=-5), "a sample size is no whole number"),
    ],
)
def test_declarations_that_cannot_be_are_told(wrong, sentence):
    with pytest.raises(DataError, match=sentence):
        wrong()


def test_gaps_that_depend_on_what_is_not_there_are_told():
    rule = {"B2": MissingAtRandom(rate=0.2, on="Z9")}
    with pytest.raises(DataError, match="the gaps of 'B2' depend on 'Z9'"):
        simulate_survey(population(sample_size=20), 1, fieldwork=Fieldwork(missing_at_random=rule))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), n_rows=st.integers(8, 40))
def test_exact_rows_have_exactly_the_moments_asked_for(seed, n_rows):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(2, 6, 6))
    cov, mean = root @ root.transpose(0, 2, 1), rng.normal(size=(2, 6))
    rows = exact_rows(mean, cov, n_rows, rng)
    for k in range(2):
        # rounding, relative to variances of about 6
        np.testing.assert_allclose(rows[k].mean(axis=0), mean[k], atol=1e-12)
        np.testing.assert_allclose(np.cov(rows[k], rowvar=False), cov[k], atol=1e-10)


def test_an_estimator_recovers_its_population_value_from_an_exact_sample():
    from csat_models import PathModel, fit
    from csat_models.estimation import Moments

    exact = population().item_moments()
    rows = exact_sample(exact, 60, seed=1)
    model = PathModel.parse("A =~ A1 + A2 + A3\nB =~ B1 + B2\nB ~ A")
    truth = Moments.from_table(items=ITEMS, mean=exact.mean.values, cov=exact.cov.values, n_obs=60)
    found, expected = fit(rows, model).paths, fit(truth, model).paths
    # iterated to 1e-9
    np.testing.assert_allclose(found, expected, atol=1e-8)


def test_exact_samples_of_several_units_or_too_few_rows_are_refused():
    mean = xr.DataArray(np.full((2, 5), 7.0), [("city", ["x", "y"]), ("item", ITEMS)])
    units = population(mean=mean).item_moments()
    with pytest.raises(DataError, match=r"several units \(city\)"):
        exact_sample(units, 50, seed=1)
    assert exact_sample(units.pool(), 50, seed=1, items=["B1"]).columns.tolist() == ["B1"]
    with pytest.raises(DataError, match="draw at least 6"):
        exact_sample(units.pool(), 5, seed=1)
    with pytest.raises(DataError, match="negative eigenvalue"):
        exact_rows(np.zeros(2), np.array([[1.0, 2.0], [2.0, 1.0]]), 9, np.random.default_rng(1))


@pytest.mark.parametrize("seed", [-1, 1.5, "a"])
def test_a_seed_that_is_none_is_told(seed):
    with pytest.raises(DataError, match="is no seed; write a whole number, 0 or more"):
        simulate_survey(population(), seed)
