"""Importance, performance and necessity in one table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models import combined_map, necessity
from csat_models.errors import DataError


def sample(n: int = 400, seed: int = 4) -> pd.DataFrame:
    """A is necessary for S; B raises it without being so."""
    generator = np.random.default_rng(seed)
    a, b = generator.uniform(0, 100, (2, n))
    s = np.minimum(a, 0.3 * b + generator.uniform(0, 100, n))
    return pd.DataFrame({"A": a, "B": b, "S": s})


def mapped(*names: str) -> pd.DataFrame:
    return pd.DataFrame({"construct": names, "importance": 0.4, "performance": 50.0})


def both(scores: pd.DataFrame, **how) -> pd.DataFrame:
    tested = necessity(scores, "S", n_permutations=99)
    return combined_map(mapped("B", "A"), tested, scores, "S", **how)


def test_the_bottleneck_is_counted_in_the_rows():
    scores = sample()
    table = both(scores, desired=60).set_index("construct")
    least = scores["A"][scores["S"] >= 60].min()
    assert table.at["A", "required"] == pytest.approx(least)
    assert table.at["A", "n_below"] == (scores["A"] < least).sum()
    assert table.at["A", "share_below"] == pytest.approx((scores["A"] < least).mean())
    assert table["necessary"].tolist() == [False, True]
    assert list(table.index) == ["B", "A"]  # as in the map


def test_a_higher_wish_is_missed_by_more_and_an_easier_world_by_fewer():
    shares = [both(sample(), desired=level)["share_below"].iloc[1] for level in (30, 60, 90)]
    assert shares[0] < shares[1] < shares[2]
    easier = sample().assign(S=lambda rows: np.minimum(rows["S"] + 30, 100))
    assert both(easier, desired=60)["share_below"].iloc[1] < shares[1]


def test_levels_that_need_nothing_or_do_not_occur():
    scores = sample()
    free = both(scores, desired=-5).set_index("construct").loc["A"]
    assert (free["required"], free["n_below"], free["share_below"]) == (-np.inf, 0.0, 0.0)
    never = both(scores, desired=101).set_index("construct").loc["A"]
    assert never[["required", "n_below", "share_below"]].isna().all()


def test_rows_with_a_gap_are_counted_nowhere():
    scores = sample()
    lacking = pd.DataFrame({"A": [1.0, np.nan], "B": np.nan, "S": [np.nan, 1.0]})
    pd.testing.assert_frame_equal(
        both(scores, desired=60), both(pd.concat([scores, lacking]), desired=60)
    )


@pytest.mark.parametrize(
    ("map_of", "desired", "sentence"),
    [
        (("A", "C"), 60, "'C' was not tested as a condition of 'S'; name it in the conditions"),
        (("A",), "much", "desired='much' is no level; write a number, such as 80"),
        (("A",), float("nan"), "desired=nan is no level; write a number"),
    ],
)
def test_what_does_not_fit_together_is_told(map_of, desired, sentence):
    scores = sample()
    tested = necessity(scores, "S", n_permutations=9)
    with pytest.raises(DataError) as refused:
        combined_map(mapped(*map_of), tested, scores, "S", desired=desired)
    assert str(refused.value).startswith(sentence)


def test_maps_of_items_are_refused():
    scores = sample()
    items = mapped("A").rename(columns={"construct": "item"})
    with pytest.raises(DataError, match="'priorities' has no column 'construct'; give what"):
        combined_map(items, necessity(scores, "S", n_permutations=9), scores, "S")
