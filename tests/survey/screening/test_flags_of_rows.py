"""Each flag of a row, against answers worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from csat_models.survey import Codebook, Responses
from csat_models.survey.screening.answers import holm
from csat_models.survey.screening.duplicates import (
    flag_duplicates,
    flag_near_duplicates,
)
from csat_models.survey.screening.matches import find_matches
from csat_models.survey.screening.outliers import flag_outliers, mahalanobis
from csat_models.survey.screening.patterns import answer_patterns, flag_straight_lines, longest_run
from csat_models.survey.screening.percent_match import answer_codes, percent_match
from csat_models.survey.screening.single_rows import (
    flag_attention,
    flag_impossible,
    flag_nonresponse,
    flag_speeders,
)


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


def near(responses: Responses, share: float = 0.85, largest_block: int = 2000, **columns):
    nobody = np.zeros(len(responses.frame), dtype=bool)
    matches = find_matches(
        responses, nobody, blocks=["who"], share=share, largest_block=largest_block, **columns
    )
    return flag_near_duplicates(responses, matches, blocks=["who"], share=share)


def run_by_loop(row: np.ndarray) -> int:
    longest = run = 0
    last = None
    for tick in row:
        if np.isnan(tick):
            continue
        run = 0 if np.isinf(tick) else run + 1 if tick == last else 1
        last, longest = tick, max(longest, run)
    return longest


def test_longest_runs_are_those_of_a_loop_and_batches_those_of_rows():
    rng = np.random.default_rng(1)
    ticks = rng.choice([1.0, 2.0, np.nan, np.inf], size=(4, 50, 12), p=[0.4, 0.3, 0.15, 0.15])
    batch = longest_run(ticks)
    for place in np.ndindex(4, 50):
        assert batch[place] == run_by_loop(ticks[place])


def test_a_straight_line_of_ticks_on_reversed_items_is_never_delight():
    scores = varied(30, 12)
    scores.iloc[0] = 10
    scores.iloc[1] = 10
    scores.loc[1, "S03"] = 1
    plain = flag_straight_lines(answer_patterns(respond(scores)))
    assert [flag.rows[:2].tolist() for flag in plain] == [[False, False], [True, False]]
    turned = flag_straight_lines(answer_patterns(respond(scores, ("S03", "S05", "S07"))))
    # a reversed item's score of 1 was ticked 10; with three such items 10s are no straight line
    assert [flag.rows[:2].tolist() for flag in turned] == [[False, False], [False, False]]
    scores.loc[2] = 10
    scores.loc[2, ["S03", "S05", "S07"]] = 1
    turned = flag_straight_lines(answer_patterns(respond(scores, ("S03", "S05", "S07"))))
    assert turned[0].rows[2] and not turned[1].rows[2]


def test_rows_with_few_answers_have_no_pattern():
    scores = varied(30, 12).astype(float)
    scores.iloc[0, :8] = np.nan
    scores.iloc[0, 8:] = 4
    patterns = answer_patterns(respond(scores))
    assert np.isnan(patterns.run[0]) and not patterns.flat[0]
    assert np.isfinite(patterns.run[1:]).all()


def test_exact_copies_are_found_with_their_lines_and_flat_rows_left_alone():
    scores = varied(30, 12).astype(float)
    scores.iloc[4, 2] = np.nan
    scores.iloc[9] = scores.iloc[4]
    scores.iloc[20] = scores.iloc[4]
    scores.iloc[[1, 2]] = 10.0
    responses = respond(scores)
    patterns = answer_patterns(responses)
    flag = flag_duplicates(responses, patterns)
    assert np.flatnonzero(flag.rows).tolist() == [4, 9, 20]
    assert flag.table["rows"].tolist() == [(6, 11, 22)]
    assert flag.value[4] == 3 and np.isnan(flag.value[1])
    other = scores.copy()
    other.iloc[9, 0] = other.iloc[9, 0] % 10 + 1
    assert np.flatnonzero(flag_duplicates(respond(other), patterns).rows).tolist() == [4, 20]


# Fewer items than a word of bits has, and more; answers of two bits, of seven and of eleven.
@pytest.mark.parametrize(("n_items", "high"), [(11, 3), (33, 101), (70, 2000)])
def test_percent_match_is_that_of_a_loop(n_items, high):
    rng = np.random.default_rng(2)
    codes = rng.integers(-1, high, size=(2, 25, n_items)).astype(np.int16)
    codes[:, ::4, ::2] = -1
    codes[:, 1::2, 3:] = codes[:, :1, 3:]
    batch = percent_match(codes)
    np.testing.assert_array_equal(batch[0], percent_match(codes[0]))
    for which, a, b in np.ndindex(2, 25, 25):
        both = (codes[which, a] >= 0) & (codes[which, b] >= 0)
        if a == b or both.sum() < n_items / 2:
            assert np.isnan(batch[which, a, b])
        else:
            equal = (codes[which, a] == codes[which, b])[both].mean()
            assert batch[which, a, b] == pytest.approx(equal, rel=1e-6)  # single precision


def test_near_copies_are_looked_for_within_blocks_only():
    scores = varied(30, 20)
    scores.iloc[3] = scores.iloc[2]
    scores.iloc[3, :2] = scores.iloc[3, :2] % 10 + 1
    responses = respond(scores)
    frame = responses.frame.assign(who=["a"] * 15 + ["b"] * 15)
    flag = near(replace(responses, frame=frame))
    assert np.flatnonzero(flag.rows).tolist() == [2, 3]
    assert flag.table[["row", "other", "share", "who"]].values.tolist() == [
        [4, 5, pytest.approx(0.9), "a"]
    ]
    assert flag.note == "0.0% of the rows reach that by chance"
    frame.iloc[17, :20] = frame.iloc[2, :20]
    one = replace(responses, frame=frame.assign(who="a"))
    assert np.flatnonzero(near(one).rows).tolist() == [2, 3, 17]
    strict = near(one, share=0.95)
    assert np.flatnonzero(strict.rows).tolist() == [2, 17]


def test_the_cut_rises_until_chance_seldom_reaches_it():
    """12 yes-or-no questions: one in sixteen agrees on 11 or 12 with one of 19 others by chance."""
    rng = np.random.default_rng(3)
    scores = pd.DataFrame(rng.integers(1, 3, size=(600, 12)), columns=[f"S{k}" for k in range(12)])
    scores.iloc[100] = scores.iloc[101]
    responses = respond(scores)
    frame = responses.frame.assign(who=[f"I{k // 20:02d}" for k in range(600)])
    flag = near(replace(responses, frame=frame))
    # 19 x 13 / 4096 = .06 reach 85 %, and 19 / 4096 = .005 have an equal
    assert (flag.value >= 0.85).mean() > 0.04
    assert flag.rows.mean() <= 0.02
    assert "raised from 85%" in flag.note
    long = respond(varied(600, 24))
    long = replace(long, frame=long.frame.assign(who=frame["who"]))
    assert near(long).note == "0.0% of the rows reach that by chance"


def test_highest_matches_are_those_of_a_loop():
    rng = np.random.default_rng(4)
    scores = pd.DataFrame(
        rng.integers(1, 4, size=(60, 12)), columns=[f"S{k:02d}" for k in range(12)]
    )
    responses = respond(scores)
    frame = responses.frame.assign(
        who=np.repeat(["a", "b", "c", "d"], 15), city=np.repeat(["x", "y"], 30)
    )
    found = find_matches(
        replace(responses, frame=frame), np.zeros(60, bool), blocks=["who"], within=["city"]
    )
    same = (scores.to_numpy()[:, None] == scores.to_numpy()).mean(axis=2)
    who, city = frame["who"].to_numpy(), frame["city"].to_numpy()
    for row in range(60):
        block = (who == who[row]) & (np.arange(60) != row)
        colleagues = (city == city[row]) & (who != who[row])
        assert found.own[row] == pytest.approx(same[row, block].max(), rel=1e-6)  # single precision
        assert found.elsewhere[row] <= same[row, colleagues].max() + 1e-6
        # the best of 14 out of 15 colleagues' interviews: hardly ever below the third best
        assert found.elsewhere[row] >= np.sort(same[row, colleagues])[-3] - 1e-6
        assert found.excess[row] == pytest.approx(found.own[row] - found.elsewhere[row], abs=1e-6)


def test_equal_rows_are_no_copies_where_chance_makes_them_equal():
    """Nearly all customers delighted: one 9 among tens is what many have."""
    rng = np.random.default_rng(5)
    scores = pd.DataFrame(10 - (rng.random((2000, 12)) < 0.08), columns=list("abcdefghijkl"))
    scores.iloc[0] = scores.iloc[1] = [3, 9, 2, 8, 4, 7, 5, 6, 1, 9, 3, 2]
    responses = respond(scores)
    flag = flag_duplicates(responses, answer_patterns(responses))
    assert np.flatnonzero(flag.rows).tolist() == [0, 1]
    assert (flag.value > 1).sum() > 500
    assert "rows equal others as chance would have it" in flag.note


def test_blocks_that_are_too_large_are_told_and_rows_without_block_left_out():
    responses = respond(varied(30, 12))
    frame = responses.frame.assign(who=["a"] * 20 + [None] * 10)
    flag = near(replace(responses, frame=frame), largest_block=10)
    assert "1 blocks have too many rows" in flag.note
    assert np.isnan(flag.value).all()


def test_answers_that_are_no_whole_steps_are_compared_all_the_same():
    scores = varied(30, 12).astype(float) * 0.3 + 1
    codes = answer_codes(respond(scores), list(scores.columns))
    same = scores["S00"].to_numpy()[:, None] == scores["S00"].to_numpy()
    np.testing.assert_array_equal(codes[:, 0][:, None] == codes[:, 0], same)


def timed(n: int = 200):
    responses = respond(varied(n, 10))
    rng = np.random.default_rng(3)
    mode = np.where(np.arange(n) % 2, "web", "phone")
    seconds = np.where(mode == "web", 200, 400) * np.exp(0.2 * rng.standard_normal(n))
    seconds[:2] = [90, 60]
    return replace(responses, frame=responses.frame.assign(seconds=seconds, mode=mode))


def test_speeders_are_compared_with_interviews_of_their_kind():
    robust = flag_speeders(timed(), "seconds", within=["mode"])
    assert np.flatnonzero(robust.rows).tolist() == [0, 1]
    assert robust.value[0] == 9.0
    mixed = flag_speeders(timed(), "seconds")
    assert not mixed.rows[0]
    declared = flag_speeders(timed(), "seconds", least_seconds=70)
    assert np.flatnonzero(declared.rows).tolist() == [1]


def test_durations_that_are_missing_or_all_alike_flag_nobody():
    responses = timed(20)
    frame = responses.frame.assign(seconds=[np.nan, 0.0, *[100.0] * 18])
    flag = flag_speeders(replace(responses, frame=frame), "seconds")
    assert not flag.rows.any()
    assert np.isnan(flag.value[:2]).all()


def test_attention_items_and_combinations():
    responses = respond(varied(4, 5))
    frame = responses.frame.assign(check=[3.0, 4.0, np.nan, 3.0], word=["yes", "yes", "no", None])
    responses = replace(responses, frame=frame)
    flag = flag_attention(responses, {"check": 3, "word": ["yes"]})
    assert flag.rows.tolist() == [False, True, True, False]
    assert flag.value.tolist() == [0, 1, 1, 0]
    never = flag_impossible(responses, {"a": "check > 3", "b": "word == no or check == 4"})
    assert never.value.tolist() == [0, 2, 1, 0]
    assert never.table["n_rows"].tolist() == [1, 2]


def test_questions_that_were_not_asked_are_not_unanswered():
    scores = varied(3, 6).astype(float)
    scores["S00"] = [1.0, 2.0, 2.0]
    scores.iloc[1:, 4:] = np.nan
    responses = respond(scores)
    items = dict(responses.codebook.items)
    for name in ("S04", "S05"):
        items[name] = replace(items[name], filter="S00 == 1")
    filtered = replace(responses, codebook=responses.codebook.model_copy(update={"items": items}))
    assert flag_nonresponse(responses).rows.tolist() == [False, True, True]
    assert flag_nonresponse(filtered).value.tolist() == [0, 0, 0]


def test_distances_are_those_of_a_loop():
    rng = np.random.default_rng(4)
    root = rng.normal(size=(6, 6))
    cov, mean = root @ root.T + np.eye(6), rng.normal(size=6)
    values = rng.normal(size=(80, 6))
    values[rng.random(values.shape) < 0.3] = np.nan
    squared, freedom = mahalanobis(values, mean, cov)
    for row, found, k in zip(values, squared, freedom, strict=True):
        known = ~np.isnan(row)
        gap = (row - mean)[known]
        expected = gap @ np.linalg.solve(cov[np.ix_(known, known)], gap) if known.any() else 0.0
        assert found == pytest.approx(expected, rel=1e-9)
        assert k == known.sum()


def test_the_share_of_outliers_among_normal_rows_is_the_level():
    rows = np.random.default_rng(5).normal(size=(20_000, 8))
    scores = pd.DataFrame(rows, columns=[f"S{k}" for k in range(8)])
    flag = flag_outliers(respond(scores), level=0.01)
    # four binomial standard errors
    assert abs(flag.rows.mean() - 0.01) < 4 * np.sqrt(0.01 * 0.99 / 20_000)
    scores.iloc[0] = [4, -4, 4, -4, 4, -4, 4, -4]
    assert flag_outliers(respond(scores)).rows[0]


def test_moments_come_from_em_where_rows_are_few():
    scores = varied(200, 6).astype(float)
    scores = scores.mask(np.random.default_rng(1).random(scores.shape) < 0.1)
    assert flag_outliers(respond(scores)).note == "moments by the EM algorithm"
    same = scores.assign(S05=scores["S04"])
    assert "not looked for" in flag_outliers(respond(same)).note


def test_adjusted_p_values_are_holms():
    p = np.array([0.01, 0.02, 0.03, 0.5])
    assert holm(p).tolist() == pytest.approx([0.04, 0.06, 0.06, 0.5])
    assert holm(p[::-1]).tolist() == pytest.approx([0.5, 0.06, 0.06, 0.04])
