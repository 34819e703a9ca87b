"""Screening finds what was put in, spares the honest, and deletes nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from csat_models.errors import CodebookError, DataError
from csat_models.survey import Codebook, Responses
from csat_models.survey.screening.flags import compare_flagged, flag_rates, without_flagged
from csat_models.survey.screening.screening import ScreeningRules, screen
from csat_models.survey.simulated.misconduct import Misconduct
from csat_models.survey.simulated.population import Population
from csat_models.survey.simulated.simulated_field import Fieldwork
from csat_models.survey.simulated.simulated_survey import simulate_survey

ITEMS = [f"F{j}_{k}" for j in range(1, 5) for k in range(1, 7)]
STRUCTURE = "\n".join(
    f"F{j} =~ " + " + ".join(f"0.8*F{j}_{k}" for k in range(1, 7)) for j in range(1, 5)
) + "\nF2 ~ 0.6*F1\nF3 ~ 0.3*F1 + 0.5*F2\nF4 ~ 0.4*F2 + 0.4*F3"  # fmt: skip
RULES = ScreeningRules(
    interviewer="interviewer", duration="duration", mode="mode", within=("city",)
)


def survey(misconduct: Misconduct, seed: int, cities: int = 6, size: int = 300):
    mean = xr.DataArray(
        np.full((cities, 24), 7.5), [("city", [f"c{k}" for k in range(cities)]), ("item", ITEMS)]
    )
    population = Population.declare(
        STRUCTURE, mean=mean, sample_size=size, missing_rate=dict.fromkeys(ITEMS, 0.02)
    )
    field = Fieldwork(
        interviewers=4,
        interviewer_icc=0.02,
        modes={"phone": 0.7, "web": 0.3},
        misconduct=misconduct,
    )
    return simulate_survey(population, seed, fieldwork=field)


def respond(scores: pd.DataFrame) -> Responses:
    items = {name: {"text": {"zh": name, "en": name}} for name in scores}
    codebook = Codebook.model_validate({"scale": [1, 10], "items": items})
    return Responses(
        frame=scores.astype("float64"),
        codebook=codebook,
        log=(),
        sha256="",
        source="x.csv",
        row_numbers=np.arange(2, len(scores) + 2),
    )


def varied(n: int, k: int, seed: int = 1) -> pd.DataFrame:
    scores = np.random.default_rng(seed).integers(1, 11, size=(n, k))
    return pd.DataFrame(scores, columns=[f"S{j:02d}" for j in range(k)])


@pytest.mark.parametrize(
    ("bad", "reason", "least"),
    [
        ({"fabrication": "pattern"}, "alike", 1.0),
        ({"fabrication": "copies", "fabricated": 1 / 3}, "copied", 1.0),
        ({"fabrication": "invented", "durations": "padded"}, "alike", 0.8),
        ({"fabrication": "top", "fabricated": 2 / 3}, "delight", 0.8),
        ({"fabrication": "straight_lines", "fabricated": 2 / 3}, "flat", 0.8),
        ({"fabrication": "genuine"}, "fast", 0.6),
        ({"fabrication": "genuine", "durations": "padded"}, "even", 0.6),
    ],
)
def test_hits_and_false_alarms_on_simulated_fraud(bad, reason, least):
    """Shares as in benchmarks/screening.md, with room for three surveys' Monte-Carlo error."""
    hits, good, delighted = [], [], []
    for seed in range(3):
        misconduct = Misconduct(
            fraudulent_interviewers=0.08,
            speeders=0.03,
            straight_liners=0.02,
            delighted=0.066,
            **bad,
        )
        drawn = survey(misconduct, seed, cities=10, size=400)
        flags = screen(drawn.responses(), RULES)
        truth = drawn.truth
        table = flags.tables["interviewer"].set_index("interviewer")
        names = drawn.frame.loc[truth["fraud"], "interviewer"].unique()
        hits.append(table.loc[names, "reason"].str.contains(reason).mean())
        good.append(table["flagged"].drop(names).mean())
        beside = ~drawn.frame["interviewer"].isin(names)
        honest = beside & ~truth.any(axis=1)
        # honest rows of honest interviewers: .001 to .005
        assert flags.flagged[honest].mean() < 0.02
        assert flags.flagged[truth["straight_line"]].all()
        assert flags.flagged[truth["speeder"]].mean() > 0.5
        delighted.append(flags.flagged[truth["delighted"] & beside].mean())
    assert np.mean(hits) >= least
    assert np.mean(good) <= 0.02
    assert np.mean(delighted) < 0.02


def test_without_misconduct_hardly_anybody_is_flagged():
    drawn = survey(Misconduct(delighted=0.066), seed=11)
    flags = screen(drawn.responses(), RULES)
    assert flags.flagged.mean() < 0.015
    assert flags.frame["straight_line_top"].mean() == pytest.approx(0.066, abs=0.02)
    assert not flags.tables["interviewer"]["flagged"].any()


def test_delight_is_flagged_apart_and_excluded_only_if_declared():
    drawn = survey(Misconduct(delighted=0.1), seed=3)
    responses = drawn.responses()
    happy = drawn.truth["delighted"].to_numpy()
    kept = screen(responses, RULES)
    assert not kept.frame.loc[happy, ["straight_line", "duplicate", "near_duplicate"]].any(
        axis=None
    )
    strict = screen(responses, replace(RULES, excludes=(*RULES.excludes, "straight_line_top")))
    answered = kept.values["straight_line_top"].notna().to_numpy()
    assert strict.flagged[happy & answered].all()


def test_flags_do_not_depend_on_the_order_of_rows():
    drawn = survey(
        Misconduct(fraudulent_interviewers=0.1, speeders=0.05, straight_liners=0.05),
        seed=5,
        cities=3,
    )
    responses = drawn.responses()
    order = np.random.default_rng(1).permutation(len(responses.frame))
    turned = replace(
        responses,
        frame=responses.frame.iloc[order].reset_index(drop=True),
        row_numbers=responses.row_numbers[order],
    )
    first, second = screen(responses, RULES), screen(turned, RULES)
    pd.testing.assert_frame_equal(first.frame.iloc[order].reset_index(drop=True), second.frame)
    np.testing.assert_array_equal(first.flagged[order], second.flagged)
    pd.testing.assert_frame_equal(first.tables["near_duplicate"], second.tables["near_duplicate"])


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), data=st.data())
def test_flags_of_single_rows_do_not_depend_on_the_order_of_rows(seed, data):
    scores = varied(30, 12, seed)
    scores.iloc[3] = 4
    scores.iloc[5] = scores.iloc[4]
    order = data.draw(st.permutations(range(30)))
    first = screen(respond(scores))
    second = screen(respond(scores.iloc[order].reset_index(drop=True)))
    assert first.frame["straight_line"].sum() == 1
    assert first.frame["duplicate"].sum() == 2
    pd.testing.assert_frame_equal(first.frame.iloc[order].reset_index(drop=True), second.frame)


def test_nothing_is_deleted_and_leaving_out_is_logged():
    scores = varied(40, 12)
    scores.iloc[7] = 3
    responses = respond(scores)
    flags = screen(responses)
    assert len(flags.frame) == len(responses.frame) == 40
    left = without_flagged(responses, flags)
    assert len(left.frame) == 39 and len(left.row_numbers) == 39
    assert 9 not in left.row_numbers
    assert left.log[-1] == "1 of 40 rows left out, flagged: straight_line 1"
    assert without_flagged(left, screen(left)) is left
    named = without_flagged(responses, flags, ["longest_run"])
    assert len(named.frame) == 39
    with pytest.raises(DataError, match="no flag 'speed'"):
        without_flagged(responses, flags, ["speed"])
    with pytest.raises(DataError, match="the flags are of 40 rows"):
        without_flagged(left, flags)


def test_counts_overlaps_and_rates_by_segment():
    scores = varied(60, 12)
    scores.iloc[:6] = 3
    responses = respond(scores)
    responses = replace(responses, frame=responses.frame.assign(city=["a"] * 20 + ["b"] * 40))
    flags = screen(responses)
    counts = flags.counts.set_index("flag")
    assert counts.loc["straight_line", ["n_flagged", "n_defined", "excludes"]].tolist() == [
        6,
        60,
        True,
    ]
    assert counts.loc["straight_line", "share"] == pytest.approx(0.1)
    assert counts["source"].str.len().min() > 5
    both = flags.overlaps().set_index(["flag", "other"])
    assert both.loc[("straight_line", "longest_run"), ["n_both", "share"]].tolist() == [6, 1.0]
    rates = flag_rates(responses, flags, ["city"]).set_index(["city", "flag"])
    assert rates.loc[("a", "flagged"), "share"] == pytest.approx(0.3)
    assert rates.loc[("b", "flagged"), "n_flagged"] == 0


def test_the_codebook_names_the_columns_of_the_field_work():
    drawn = survey(Misconduct(), seed=1, cities=2, size=80)
    responses = drawn.responses()
    assert "speeder" not in screen(responses).frame
    codebook = responses.codebook.model_copy(
        update={
            "interviewer": "interviewer",
            "duration": "duration",
            "mode": "mode",
            "unit": "city",
        }
    )
    flags = screen(replace(responses, codebook=codebook))
    assert {"speeder", "interviewer", "near_duplicate"} <= set(flags.frame)
    assert {"mode_effects", "interviewer_icc"} <= set(flags.tables)


@pytest.mark.parametrize(
    ("rules", "error", "sentence"),
    [
        ({"interviewer": "who"}, DataError, "no column 'who' of the block"),
        ({"duration": "time"}, DataError, "no column 'time' of the duration"),
        ({"mode": "how"}, DataError, "no column 'how' of the mode"),
        ({"items": ("S99",)}, DataError, "no item 'S99' to be screened"),
        ({"attention": {"check": 3}}, DataError, "no column 'check' of the attention item"),
        ({"impossible": {"x": "S01 +"}}, CodebookError, "is no condition"),
        ({"excludes": ("speeding",)}, DataError, "no flag 'speeding' to exclude rows by"),
    ],
)
def test_rules_that_lead_nowhere_are_told(rules, error, sentence):
    with pytest.raises(error, match=sentence):
        screen(respond(varied(20, 12)), ScreeningRules(**rules))


def test_few_items_and_few_rows_are_told_in_notes():
    flags = screen(respond(varied(8, 4)))
    notes = flags.counts.set_index("flag")["note"]
    assert "fewer than 10 items" in notes["duplicate"]
    assert "not looked for" in notes["outlier"]
    assert not flags.flagged.any()


ODD = {
    "no rows": (varied(30, 12).iloc[:0], {}),
    "one row": (varied(1, 12), {}),
    "two rows": (varied(2, 12), {}),
    "no interviewers": (varied(50, 12), {"who": ""}),
    "nothing of the field work": (varied(50, 12), {"who": None, "s": np.nan, "mode": None}),
    "no answers": (varied(50, 12) * np.nan, {}),
    "one answer everywhere": (varied(50, 12) * 0 + 5, {}),
}


@pytest.mark.parametrize("case", ODD)
def test_surveys_with_nothing_to_compare_are_screened_all_the_same(case):
    scores, columns = ODD[case]
    field = {"who": "a", "s": 100.0, "mode": "m", "c": "x"}
    responses = respond(scores)
    responses = replace(responses, frame=responses.frame.assign(**{**field, **columns}))
    rules = ScreeningRules(
        interviewer="who",
        duration="s",
        mode="mode",
        within=("c",),
        impossible={"x": "S00 > 20"},
        attention={"S00": list(range(1, 11))},
    )
    flags = screen(responses, rules)
    expected = len(scores) if case == "one answer everywhere" else 0
    assert flags.frame["straight_line"].sum() == expected
    assert not flags.frame["interviewer"].any()
    assert len(flags.flagged) == len(scores)


def test_answers_are_shown_with_and_without_flagged_rows():
    scores = varied(40, 12)
    scores.iloc[:4] = 2
    responses = respond(scores)
    flags = screen(responses)
    table = compare_flagged(responses, flags).set_index("item")
    kept = without_flagged(responses, flags).frame
    np.testing.assert_allclose(table["mean_kept"], kept.mean())
    np.testing.assert_allclose(table["mean_all"], scores.mean())
    assert table["mean_flagged"].eq(2).all() and table["n_kept"].eq(36).all()
    spread = scores["S03"].std()
    expected = (kept["S03"].mean() - scores["S03"].mean()) / spread
    assert table.loc["S03", "standardised"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({"percent_match": "a"}, "percent_match='a' cannot be used .* a number above 0 to 1"),
        ({"percent_match": 2}, "percent_match=2 cannot"),
        ({"outlier_level": 0}, "outlier_level=0 cannot"),
        ({"delight": -1}, "delight=-1 cannot .* a number from 0 to 1"),
        ({"nonresponse": np.nan}, "nonresponse=nan cannot"),
        ({"largest_block": 0}, "largest_block=0 cannot .* a number from 2 upwards"),
        ({"least_seconds": -5}, "least_seconds=-5 cannot"),
    ],
)
def test_rules_out_of_their_range_are_told(rule, sentence):
    with pytest.raises(DataError, match=sentence):
        ScreeningRules(**rule)


def test_what_is_no_responses_is_told():
    with pytest.raises(
        DataError, match="screening takes responses, not an object of type 'DataFrame'"
    ):
        screen(varied(5, 3))
