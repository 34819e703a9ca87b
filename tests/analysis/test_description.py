"""Description: statsmodels, published examples, counting, invariants."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csat_models.analysis.description import (
    answer_shares,
    cell_sizes,
    item_statistics,
    missing_shares,
    sample_profile,
    wilson_interval,
)
from csat_models.survey import Codebook, Responses, parse_survey

# The same formula in double precision, written in another order.
ROUNDING = 1e-12


def text(word: str) -> dict[str, str]:
    return {"zh": word, "en": word}


CODEBOOK = Codebook.model_validate(
    {
        "weight": "w",
        "scale": [1, 10],
        "missing": {98: text("don't know")},
        "items": {
            "S1": {"text": text("one")},
            "S2": {"text": text("two")},
            "C": {"text": text("complained"), "scale": [0, 1]},
            "H": {"text": text("handling"), "filter": "C == 1"},
        },
        "attributes": {
            "city": {
                "kind": "category",
                "label": text("city"),
                "labels": {"b": text("b"), "a": text("a"), "never": text("never")},
            },
            "sex": {
                "kind": "category",
                "label": text("sex"),
                "labels": {"m": text("m"), "f": text("f")},
            },
            "age": {"kind": "number", "label": text("age")},
        },
    }
)


def simulated(n_rows: int = 240, seed: int = 5) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    complained = generator.integers(0, 2, n_rows)
    handling = np.where(generator.random(n_rows) < 0.2, 98, generator.integers(1, 11, n_rows))
    return pd.DataFrame(
        {
            "w": generator.uniform(0.3, 3.0, n_rows).round(6),
            "city": generator.choice(["a", "b"], n_rows, p=[0.3, 0.7]),
            "sex": generator.choice(["m", "f"], n_rows),
            "age": generator.integers(18, 80, n_rows),
            "S1": generator.integers(1, 11, n_rows),
            "S2": np.where(generator.random(n_rows) < 0.1, 98, generator.integers(1, 11, n_rows)),
            "C": complained,
            "H": np.where(complained == 1, handling.astype(float), np.nan),
        }
    )


def read(frame: pd.DataFrame) -> Responses:
    return parse_survey(frame.to_csv(index=False).encode(), CODEBOOK, source="x.csv")


@pytest.fixture(scope="module")
def responses() -> Responses:
    return read(simulated())


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize(("count", "n_obs"), [(0, 10), (1, 30), (7, 11), (250, 250), (812, 2000)])
def test_wilson_interval_equals_statsmodels(count, n_obs, level):
    from statsmodels.stats.proportion import proportion_confint

    expected = proportion_confint(count, n_obs, alpha=1 - level, method="wilson")
    found = wilson_interval(count / n_obs, n_obs, level)
    np.testing.assert_allclose(found, expected, atol=ROUNDING)


def test_wilson_interval_of_a_published_example():
    """Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3: four examples."""
    printed = {
        (81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605),
        (0, 20): (0.0000, 0.1611), (1, 29): (0.0061, 0.1718),
    }  # fmt: skip
    for (count, n_obs), limits in printed.items():
        found = np.array(wilson_interval(count / n_obs, n_obs))
        assert tuple(found.round(4) + 0.0) == pytest.approx(limits, abs=1e-12)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_interval_lies_around_the_share_within_0_and_1(pair):
    count, n_obs = pair
    lower, upper = wilson_interval(count / n_obs, n_obs)
    # 1e-12: rounding where a limit is 0 or 1 itself.
    assert -ROUNDING <= lower <= count / n_obs + ROUNDING
    assert count / n_obs - ROUNDING <= upper <= 1 + ROUNDING
    mirrored = wilson_interval(1 - count / n_obs, n_obs)
    assert (1 - mirrored[1], 1 - mirrored[0]) == pytest.approx((lower, upper), abs=ROUNDING)


def test_wilson_interval_works_on_arrays():
    shares, sizes = np.array([[0.1, 0.5], [0.9, 1.0]]), np.array([50, 80])
    lower, upper = wilson_interval(shares, sizes)
    assert lower.shape == upper.shape == (2, 2)
    assert (lower[1, 0], upper[1, 0]) == tuple(map(float, wilson_interval(0.9, 50)))


@pytest.mark.parametrize("weight", [None, "w"])
def test_means_and_spreads_equal_statsmodels(responses, weight):
    from statsmodels.stats.weightstats import DescrStatsW

    table = item_statistics(responses, ["S1", "S2", "C"], weight=weight).set_index("item")
    for item, row in table.iterrows():
        rows = responses.frame.dropna(subset=[item])
        weights = np.ones(len(rows)) if weight is None else rows["w"].to_numpy()
        # Their divisor is sum(w) - ddof: with weights of mean 1 it is n - 1.
        scaled = weights * len(rows) / weights.sum()
        reference = DescrStatsW(rows[item].to_numpy(), weights=scaled, ddof=1)
        assert row["mean"] == pytest.approx(reference.mean, abs=ROUNDING)
        assert row["standard_deviation"] == pytest.approx(reference.std, abs=ROUNDING)
        assert row["n_obs"] == len(rows)


@pytest.mark.parametrize("weight", [None, "w"])
def test_top_boxes_are_the_two_best_answers_with_wilson_limits(responses, weight):
    from statsmodels.stats.proportion import proportion_confint

    level = 0.9
    table = item_statistics(responses, ["S1", "S2"], weight=weight, level=level)
    for row in table.itertuples():
        rows = responses.frame.dropna(subset=[row.item])
        w = np.ones(len(rows)) if weight is None else rows["w"].to_numpy()
        share = np.average(rows[row.item] >= 9, weights=w)
        effective = w.sum() ** 2 / (w**2).sum()
        limits = proportion_confint(share * effective, effective, alpha=0.1, method="wilson")
        assert row.top_share == pytest.approx(share, abs=ROUNDING)
        assert (row.top_lower, row.top_upper) == pytest.approx(limits, abs=ROUNDING)
        assert effective <= len(rows) + 1e-9


def test_missing_shares_refer_to_those_asked(responses):
    raw = simulated()
    table = missing_shares(responses, ["S1", "S2", "H"]).set_index("item")
    assert table.loc["S1"].to_list() == [240, 0.0]
    assert table.loc["S2", "share"] == (raw["S2"] == 98).mean()
    asked = raw["C"] == 1
    assert table.loc["H", "n_asked"] == asked.sum() < 240
    assert table.loc["H", "share"] == pytest.approx((raw.loc[asked, "H"] == 98).mean())
    statistics = item_statistics(responses, ["H"])
    assert statistics["missing_share"].item() == pytest.approx(table.loc["H", "share"])


def test_a_question_that_nobody_was_asked_has_no_missing_answers():
    raw = simulated(30).assign(C=0, H=np.nan)
    table = missing_shares(read(raw), ["H"])
    assert table[["n_asked", "share"]].to_numpy().tolist() == [[0, 0.0]]


@pytest.mark.parametrize("weight", [None, "w"])
def test_answer_shares_equal_a_weighted_count(responses, weight):
    table = answer_shares(responses, ["S1", "S2", "C"], weight)
    for item, rows in table.groupby("item", sort=False):
        low, high = CODEBOOK.items[item].scale
        assert rows["answer"].to_list() == list(range(int(low), int(high) + 1))
        assert rows["share"].sum() == pytest.approx(1.0, abs=ROUNDING)
        answered = responses.frame.dropna(subset=[item])
        w = np.ones(len(answered)) if weight is None else answered["w"].to_numpy()
        counted = [np.average(answered[item] == answer, weights=w) for answer in rows["answer"]]
        np.testing.assert_allclose(rows["share"], counted, atol=ROUNDING)
        persons = [(answered[item] == answer).sum() for answer in rows["answer"]]
        assert rows["n_obs"].tolist() == persons
        mean = item_statistics(responses, [item], weight=weight)["mean"].item()
        assert rows["answer"] @ rows["share"] == pytest.approx(mean, abs=1e-10)  # ten terms of 10


def test_the_profile_equals_value_counts_in_the_codebooks_order(responses):
    raw, table = simulated(), sample_profile(responses, "w")
    assert table["attribute"].to_list() == ["city"] * 3 + ["sex"] * 2
    assert table["value"].to_list() == ["b", "a", "never", "m", "f"]
    for row in table.itertuples():
        here = raw[row.attribute] == row.value
        assert row.n_obs == here.sum()
        assert row.share == pytest.approx(here.mean(), abs=ROUNDING)
        assert row.weighted_share == pytest.approx(
            raw.loc[here, "w"].sum() / raw["w"].sum(), abs=ROUNDING
        )
    assert "weighted_share" not in sample_profile(responses)


def test_the_profile_of_a_codebook_without_categories_is_empty():
    codebook = Codebook.model_validate({"scale": [1, 10], "items": {"S1": {"text": text("one")}}})
    found = parse_survey(b"S1\n7\n8\n", codebook, source="x")
    assert sample_profile(found).empty


def test_cell_sizes_are_counts_and_kishs_effective_sizes(responses):
    raw = simulated()
    table = cell_sizes(responses, ["city", "sex"], "w")
    assert len(table) == 4 and table["n_obs"].sum() == 240
    for row in table.itertuples():
        w = raw.loc[(raw["city"] == row.city) & (raw["sex"] == row.sex), "w"]
        assert row.n_obs == len(w)
        assert row.n_effective == pytest.approx(w.sum() ** 2 / (w**2).sum(), rel=ROUNDING)
    plain = cell_sizes(responses, ["city"])
    assert plain["n_effective"].to_list() == plain["n_obs"].to_list()
    whole = cell_sizes(responses, [], "w")
    assert whole.columns.to_list() == ["n_obs", "n_effective"]
    assert whole["n_obs"].item() == 240


def test_weights_count_only_in_proportion(responses):
    """Three times the weights change nothing but the weights."""
    thrice = read(simulated().assign(w=lambda frame: frame["w"] * 3))
    for function in (
        lambda r: item_statistics(r, ["S1", "S2"], weight="w").drop(columns="item"),
        lambda r: answer_shares(r, ["S1"], "w")[["share"]],
        lambda r: cell_sizes(r, ["city"], "w")[["n_obs", "n_effective"]],
        lambda r: sample_profile(r, "w")[["weighted_share"]],
    ):
        np.testing.assert_allclose(function(thrice), function(responses), rtol=1e-12)
