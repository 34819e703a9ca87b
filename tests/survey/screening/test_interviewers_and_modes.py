"""Interviewers and modes: against textbook formulas, loops and declared effects."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from csat_models.survey import Codebook, Responses
from csat_models.survey.screening.interviewer_icc import interviewer_icc
from csat_models.survey.screening.interviewers import interviewer_effects
from csat_models.survey.screening.modes import mode_effects
from csat_models.survey.simulated.population import Population
from csat_models.survey.simulated.simulated_field import Fieldwork
from csat_models.survey.simulated.simulated_survey import simulate_survey


def respond(scores: pd.DataFrame, reversed_items: tuple[str, ...] = ()) -> Responses:
    items = {
        name: {"text": {"zh": name, "en": name}, "reversed": name in reversed_items}
        for name in scores
    }
    return Responses(
        frame=scores.astype("float64"),
        codebook=Codebook.model_validate({"scale": [1, 10], "items": items}),
        log=(),
        sha256="",
        source="x.csv",
        row_numbers=np.arange(2, len(scores) + 2),
    )


def varied(n: int, k: int, seed: int = 1) -> pd.DataFrame:
    scores = np.random.default_rng(seed).integers(1, 11, size=(n, k))
    return pd.DataFrame(scores, columns=[f"S{j:02d}" for j in range(k)])


def fielded(seed: int, n: int = 400, **columns):
    responses = respond(varied(n, 8, seed))
    rng = np.random.default_rng(seed)
    frame = responses.frame.assign(
        who=rng.choice([f"I{k:02d}" for k in range(10)], n),
        seconds=300 * np.exp(0.3 * rng.standard_normal(n)),
        **columns,
    )
    return replace(responses, frame=frame)


def test_the_intraclass_correlation_is_that_of_the_analysis_of_variance():
    from scipy.stats import f_oneway

    responses = fielded(1)
    table = interviewer_icc(responses, "who").set_index("item")
    groups = [own.to_numpy() for _, own in responses.frame.groupby("who")["S03"]]
    expected = f_oneway(*groups)
    assert table.loc["S03", "statistic"] == pytest.approx(expected.statistic, rel=1e-10)
    assert table.loc["S03", "p_value"] == pytest.approx(expected.pvalue, rel=1e-8)
    sizes = np.array([len(own) for own in groups])
    size = (400 - (sizes**2).sum() / 400) / 9
    icc = (expected.statistic - 1) / (expected.statistic - 1 + size)
    assert table.loc["S03", "icc"] == pytest.approx(icc, rel=1e-10)


def test_a_declared_intraclass_correlation_is_found():
    population = Population.declare(
        "A =~ 0.8*A1 + 0.8*A2 + 0.8*A3 + 0.8*A4 + 0.8*A5", mean=6.0, sample_size=20_000
    )
    field = Fieldwork(interviewers=200, interviewer_icc=0.1)
    drawn = simulate_survey(population, 1, fieldwork=field)
    table = interviewer_icc(drawn.responses(), "interviewer")
    # 200 interviewers: standard error .01; scores are coarser than the latent answers
    assert table["icc"].mean() == pytest.approx(0.1, abs=0.02)
    none = simulate_survey(population, 1, fieldwork=replace(field, interviewer_icc=0.0))
    assert abs(interviewer_icc(none.responses(), "interviewer")["icc"]).max() < 0.01


def test_strata_take_their_share_out_of_the_interviewers():
    responses = fielded(2)
    number = responses.frame["who"].str[1:].astype(int)
    city = np.where(number < 5, "a", "b")
    frame = responses.frame.assign(city=city, S00=responses.frame["S00"] + 3 * (city == "a"))
    responses = replace(responses, frame=frame)
    plain = interviewer_icc(responses, "who").set_index("item").loc["S00", "icc"]
    within = interviewer_icc(responses, "who", within=["city"]).set_index("item").loc["S00", "icc"]
    assert plain > 0.1 and abs(within) < 0.05


def test_each_kind_of_oddity_is_named():
    responses = fielded(3)
    frame = responses.frame.copy()
    items = list(responses.codebook.items)
    alike, top, fast = (np.flatnonzero(frame["who"] == name) for name in ("I01", "I02", "I03"))
    rng = np.random.default_rng(1)
    frame.loc[alike, items] = rng.integers(5, 7, size=(len(alike), 8)).astype(float)
    frame.loc[top, items] = frame.loc[top, items].where(rng.random((len(top), 8)) < 0.6, 10.0)
    frame.loc[fast, "seconds"] *= 0.5
    table = interviewer_effects(replace(responses, frame=frame), "who", duration="seconds")
    table = table.set_index("interviewer")
    assert "alike" in table.loc["I01", "reason"]
    assert "top" in table.loc["I02", "reason"]
    assert table.loc["I03", "reason"] == "fast"
    assert table["flagged"].sum() == 3
    assert table.loc["I01", "variance_ratio"] < table.loc["I01", "lower"]
    assert table.loc["I03", "duration_ratio"] == pytest.approx(0.5, abs=0.1)
    assert table.loc["I02", "top_share"] > 2 * table.loc["I02", "top_expected"]


def test_variance_ratios_are_those_of_a_loop():
    responses = fielded(4)
    items = list(responses.codebook.items)
    frame = responses.frame
    variances = frame.groupby("who")[items].var(ddof=1)
    usual = np.average(variances, axis=0, weights=frame["who"].value_counts()[variances.index])
    expected = (variances.loc["I04"] / usual).mean()
    table = interviewer_effects(responses, "who").set_index("interviewer")
    assert table.loc["I04", "variance_ratio"] == pytest.approx(expected, rel=1e-10)
    assert np.isnan(table["z_fast"]).all()


def test_false_alarms_are_as_rare_as_declared():
    alarms = 0
    for seed in range(40):
        alarms += interviewer_effects(fielded(seed, 300), "who", duration="seconds")[
            "flagged"
        ].any()
    # at most the level .01 by Holm; normal approximations make it a little more
    assert alarms <= 4


def test_interviewers_with_few_interviews_are_not_judged():
    responses = fielded(5, 60)
    frame = responses.frame.assign(who=["I01"] * 5 + ["I02"] * 25 + ["I03"] * 25 + [""] * 5)
    table = interviewer_effects(replace(responses, frame=frame), "who").set_index("interviewer")
    assert table.index.tolist() == ["I01", "I02", "I03"]
    assert np.isnan(table.loc["I01", ["z_alike", "p_adjusted"]].astype(float)).all()
    assert not table.loc["I01", "flagged"]


def test_mode_differences_are_those_of_a_regression_with_strata():
    import statsmodels.formula.api as smf

    rng = np.random.default_rng(6)
    group = rng.choice(["x", "y", "z"], 400)
    mode = np.where(rng.random(400) < np.where(group == "x", 0.8, 0.3), "web", "phone")
    responses = fielded(6, group=group, mode=mode)
    frame = responses.frame.assign(S00=responses.frame["S00"] + 2.0 * (group == "x"))
    table = mode_effects(replace(responses, frame=frame), "mode", within=["group"])
    found = table.set_index(["item", "mode"]).loc[("S00", "web")]
    fit = smf.ols("S00 ~ C(group) + I((mode == 'web') * 1.0)", data=frame).fit(cov_type="HC1")
    assert found["difference"] == pytest.approx(fit.params.iloc[-1], rel=1e-9)
    assert found["standard_error"] == pytest.approx(fit.bse.iloc[-1], rel=1e-9)
    assert found["p_value"] == pytest.approx(fit.pvalues.iloc[-1], rel=1e-6)
    crude = mode_effects(replace(responses, frame=frame), "mode").set_index(["item", "mode"])
    assert crude.loc[("S00", "web"), "difference"] > found["difference"] + 0.5


def test_a_declared_mode_effect_is_found_and_none_where_there_is_none():
    population = Population.declare("A =~ " + " + ".join(f"0.8*A{k}" for k in range(6)), mean=6.0,
                                    sample_size=4000)  # fmt: skip
    field = Fieldwork(modes={"phone": 1, "web": 1}, mode_shift={"web": -0.3})
    table = mode_effects(simulate_survey(population, 1, fieldwork=field).responses(), "mode")
    web = table[table["mode"] == "web"]
    assert web["standardised"].mean() == pytest.approx(-0.3, abs=0.05)
    assert (web["p_adjusted"] < 0.001).all()
    same = replace(field, mode_shift={})
    none = mode_effects(simulate_survey(population, 1, fieldwork=same).responses(), "mode")
    assert none["p_adjusted"].min() > 0.01


def test_a_mode_that_is_the_stratum_has_no_difference():
    responses = fielded(7, 40, mode=["web"] * 20 + ["phone"] * 20)
    table = mode_effects(responses, "mode", within=["mode"])
    assert table["difference"].isna().all()
    assert table["n_obs"].eq(20).all()
    assert isinstance(table, pd.DataFrame)
