"""Patterns of missing answers, what was not asked, and Little's test."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from csat_models.errors import DataError
from csat_models.survey import Codebook, parse_survey
from csat_models.survey.incomplete import em_moments
from csat_models.survey.missing import (
    little_test,
    missing_by_item,
    missing_by_segment,
    missing_patterns,
    require_asked,
)

ORACLES = Path(__file__).parents[1] / "oracles"
CODEBOOK = Codebook.model_validate(
    {
        "scale": [1, 10],
        "missing": {98: {"zh": "不知道", "en": "don't know"}},
        "items": {
            "S1": {"text": {"zh": "一", "en": "one"}},
            "TROUBLE": {"text": {"zh": "问题", "en": "trouble"}, "scale": [0, 1]},
            "HELP": {"text": {"zh": "帮助", "en": "help"}, "filter": "TROUBLE == 1"},
        },
    }
)
ROWS = ["7,0,", "8,0,", "98,0,", "6,1,5", "5,1,98", "4,98,"]


@pytest.fixture
def responses():
    return parse_survey("\n".join(["S1,TROUBLE,HELP", *ROWS]).encode(), CODEBOOK, source="x.csv")


def test_what_was_not_asked_is_kept_apart(responses):
    table = missing_patterns(responses).set_index("pattern")
    assert table["n_obs"].to_dict() == {"11-": 2, "01-": 1, "111": 1, "110": 1, "10-": 1}
    assert table.index[0] == "11-"
    assert table["share"].sum() == pytest.approx(1.0)
    assert table.loc["01-", ["unanswered", "not_asked"]].tolist() == [("S1",), ("HELP",)]


def test_items_are_counted_among_those_asked(responses):
    table = missing_by_item(responses).set_index("item")
    assert table.loc["HELP", ["answered", "unanswered", "not_asked"]].tolist() == [1, 1, 4]
    assert table["share"].tolist() == pytest.approx([1 / 6, 1 / 6, 1 / 2])


def test_an_item_that_nobody_was_asked_has_no_share():
    nobody = parse_survey(b"S1,TROUBLE,HELP\n7,0,\n6,0,", CODEBOOK, source="x.csv")
    assert np.isnan(missing_by_item(nobody, ["HELP"]).loc[0, "share"])


def test_counts_agree_with_pandas():
    frame = pd.DataFrame(np.random.default_rng(1).normal(size=(200, 4)), columns=list("abcd"))
    frame = frame.mask(np.random.default_rng(2).random(frame.shape) < 0.3)
    table = missing_patterns(frame)
    assert table["n_obs"].tolist() == frame.isna().value_counts().tolist()
    assert table["n_obs"].is_monotonic_decreasing
    np.testing.assert_allclose(missing_by_item(frame)["share"], frame.isna().mean())


def test_items_not_asked_of_everybody_are_refused(responses):
    require_asked(responses, ["S1", "TROUBLE"])
    with pytest.raises(DataError, match=r"x.csv: item 'HELP' .* TROUBLE == 1, not of 4 of 6") as no:
        require_asked(responses, ["S1", "HELP"])
    assert no.value.facts["item"] == "HELP"


def test_an_unknown_item_is_told(responses):
    with pytest.raises(DataError, match="no item 'S9'; they have S1, TROUBLE, HELP"):
        missing_patterns(responses, ["S9"])


def holey(seed: int, depends: bool) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    common = generator.normal(size=(300, 1))
    values = common + generator.normal(size=(300, 4))
    holes = generator.random((300, 4)) < 0.15
    holes[:, 0] = False
    if depends:
        holes[:, 1] = values[:, 0] > 1
    return pd.DataFrame(np.where(holes, np.nan, values), columns=list("abcd"))


def test_little_agrees_with_a_loop_over_patterns():
    stats = pytest.importorskip("scipy.stats")
    frame = holey(1, depends=False)
    moments = em_moments(frame.to_numpy())
    statistic, freedom = 0.0, -4
    for _, rows in frame.groupby([frame[name].isna() for name in frame]):
        seen = rows.notna().iloc[0].to_numpy()
        gap = rows.mean().to_numpy()[seen] - moments.mean[seen]
        statistic += len(rows) * gap @ np.linalg.solve(moments.cov[np.ix_(seen, seen)], gap)
        freedom += int(seen.sum())
    found = little_test(frame)
    assert (found.degrees_of_freedom, found.n_obs) == (freedom, 300)
    assert found.statistic == pytest.approx(statistic, rel=1e-10)
    assert found.p_value == pytest.approx(stats.chi2.sf(statistic, freedom), rel=1e-8)


def test_little_agrees_with_other_programs_on_new_york_air():
    """R's airquality: lavaan's moments (tests/oracles/scripts/41_little.R), and naniar."""
    oracle = json.loads((ORACLES / "little.json").read_text(encoding="utf-8"))
    found = little_test(pd.DataFrame(oracle["airquality"]).astype(float))
    assert found.degrees_of_freedom == oracle["degrees_of_freedom"] == 14
    assert found.n_patterns == oracle["n_patterns"] == 4
    # lavaan's optimiser stops at a relative 1e-8 or so of the likelihood's maximum
    assert found.statistic == pytest.approx(oracle["statistic"], rel=1e-7)
    # naniar (its own tests print these digits) ends EM at changes of 1e-4
    assert found.statistic == pytest.approx(oracle["naniar"]["statistic"], rel=1e-5)
    assert found.p_value == pytest.approx(oracle["naniar"]["p_value"], rel=1e-4)


def test_little_is_the_difference_of_two_means_in_the_simplest_case():
    generator = np.random.default_rng(3)
    frame = pd.DataFrame({"a": generator.normal(size=50), "b": generator.normal(size=50)})
    frame.loc[30:, "b"] = np.nan
    one, two = frame["a"][:30], frame["a"][30:]
    # With b's regression on a the same everywhere, only a's means tell the patterns apart.
    between = 30 * 20 / 50 * (one.mean() - two.mean()) ** 2 / frame["a"].var(ddof=0)
    found = little_test(frame)
    assert found.degrees_of_freedom == 1
    assert found.statistic == pytest.approx(between, rel=1e-6)


def test_little_rejects_what_depends_and_seldom_what_does_not():
    assert little_test(holey(1, depends=True)).p_value < 1e-6
    p_values = [little_test(holey(seed, depends=False)).p_value for seed in range(60)]
    # 3 of 60 expected below .05; more than 9 has probability .002.
    assert sum(p < 0.05 for p in p_values) <= 9
    assert 0.3 < np.mean(p_values) < 0.7


def test_little_has_nothing_to_say_about_complete_data():
    found = little_test(holey(1, depends=False).dropna())
    assert (found.degrees_of_freedom, found.n_patterns) == (0, 1)
    assert np.isnan(found.p_value)


def test_little_refuses_what_was_not_asked(responses):
    with pytest.raises(DataError, match="cannot be filled in"):
        little_test(responses, ["S1", "HELP"])


def test_segments_are_counted_as_their_own_tables(responses):
    frame = responses.frame.assign(city=["a", "a", "a", "b", "b", "b"])
    both = replace(responses, frame=frame)
    table = missing_by_segment(both, ["city"]).set_index(["city", "item"])
    for city in ("a", "b"):
        rows = (frame["city"] == city).to_numpy()
        single = missing_by_item(replace(both, frame=frame[rows])).set_index("item")
        own = table.loc[city]
        assert own["unanswered"].tolist() == single["unanswered"].tolist()
        assert own["not_asked"].tolist() == single["not_asked"].tolist()
        np.testing.assert_allclose(own["share"], single["share"])


@pytest.mark.parametrize(("by", "sentence"), [(["town"], "no column 'town'"), ([], "give 'by'")])
def test_segments_that_are_not_there_are_told(responses, by, sentence):
    with pytest.raises(DataError, match=sentence):
        missing_by_segment(responses, by)
