"""Invariance of measurement: the levels that hold, and those that do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models import PathModel
from csat_models.assessment.measurement_invariance import LEVELS, measurement_invariance
from csat_models.errors import DataError, ModelError

MODEL = PathModel.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nB ~ A")


def draw(loading=0.8, intercept=5.0, noise=0.6, shift=0.0, n_obs=700):
    """Two brands; the second has another second item of B, or other means of constructs."""
    rng = np.random.default_rng(11)
    parts = []
    for number, brand in enumerate(("ours", "theirs")):
        one = shift * number + rng.normal(size=(n_obs, 1))
        other = 0.5 * one + 0.8 * rng.normal(size=(n_obs, 1))
        slopes = np.array([0.8] * 4 + [loading if number else 0.8, 0.8])
        spread = np.array([0.6] * 4 + [noise if number else 0.6, 0.6])
        values = slopes * np.hstack([one.repeat(3, 1), other.repeat(3, 1)])
        values = 5.0 + values + spread * rng.normal(size=values.shape)
        values[:, 4] += (intercept - 5.0) * number
        parts.append(pd.DataFrame(values, columns=list(MODEL.items)).assign(brand=brand))
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize(
    ("truth", "failing"),
    [
        ({}, None),
        ({"shift": 0.7}, None),  # constructs may have other means
        ({"loading": 0.3}, "metric"),
        ({"intercept": 5.8}, "scalar"),
        ({"noise": 1.4}, "strict"),
    ],
)
def test_the_level_that_the_truth_breaks_fails(truth, failing):
    table = measurement_invariance(draw(**truth), MODEL, group="brand").set_index("level")
    for rule in ("verdict_cheung_rensvold", "verdict_chen"):
        fails = table.index[table[rule] == "fails"].tolist()
        assert fails[:1] == ([failing] if failing else [])
    tested = table["difference_p_value"].dropna()
    assert list(tested.index) == list(LEVELS[1:])
    if failing:
        assert tested[failing] < 1e-4
    else:
        assert (tested > 0.001).all()


def test_a_released_parameter_makes_a_level_hold():
    table = measurement_invariance(
        draw(loading=0.3), MODEL, group="brand", released=["B =~ b2", "b2 ~1"], levels=LEVELS[:3]
    )
    assert table["verdict_chen"].tolist() == ["", "holds", "holds"]
    assert table["released"].tolist() == ["", "B =~ b2, b2 ~1", "B =~ b2, b2 ~1"]


def test_scaled_differences_have_the_same_degrees_of_freedom():
    plain, scaled = (
        measurement_invariance(draw(n_obs=200), MODEL, group="brand", correction=kind)
        for kind in (None, "satorra_bentler")
    )
    columns = ["level", "difference_degrees_of_freedom", "chi_square"]
    pd.testing.assert_frame_equal(plain[columns], scaled[columns])
    ratio = (scaled.chi_square_difference / plain.chi_square_difference).dropna()
    assert ratio.between(0.7, 1.4).all()  # answers are normal


def test_names_of_groups_do_not_matter():
    frame = draw(intercept=5.4, n_obs=200)
    swapped = frame.assign(brand=frame["brand"].map({"ours": "z", "theirs": "a"}))
    one, other = (measurement_invariance(f, MODEL, group="brand") for f in (frame, swapped))
    numbers = one.select_dtypes("number").columns
    np.testing.assert_allclose(one[numbers], other[numbers], atol=1e-5)


def test_a_small_group_gives_its_sentence_and_the_table():
    frame = draw(n_obs=100).iloc[:105]
    table = measurement_invariance(frame, MODEL, group="brand")
    assert table["status"].tolist() == ["no_fit"] * 4
    assert table["reason"][0].startswith("group 'theirs' has 5 rows for 6 items")
    assert table["cfi"].isna().all()


@pytest.mark.parametrize("missing", ["listwise", "fiml"])
def test_a_small_group_among_others_is_left_out_and_named(missing):
    """The table is that of the other groups."""
    frame = draw(n_obs=100)
    some = pd.concat([frame, frame.iloc[:6].assign(brand="tiny")], ignore_index=True)
    table = measurement_invariance(some, MODEL, group="brand", missing=missing)
    alone = measurement_invariance(frame, MODEL, group="brand", missing=missing)
    assert table["left_out"].tolist() == ["tiny"] * 4
    assert alone["left_out"].tolist() == [""] * 4
    pd.testing.assert_frame_equal(table.drop(columns="left_out"), alone.drop(columns="left_out"))


def test_a_group_without_complete_rows_is_left_out():
    frame = draw(n_obs=100)
    some = frame.copy()
    some["brand"] = np.where(np.arange(len(frame)) % 3 == 0, "other", frame["brand"])
    some.loc[some["brand"] == "other", "a1"] = np.nan
    table = measurement_invariance(some, MODEL, group="brand")
    assert table["left_out"][0] == "other"
    assert table["cfi"].notna().all()


def test_a_negative_variance_is_named():
    rng = np.random.default_rng(3)
    frame = draw(n_obs=60)
    frame.loc[:59, "a1"] = frame.loc[:59, ["a2", "a3"]].sum(axis=1) + 0.05 * rng.normal(size=60)
    table = measurement_invariance(frame, MODEL, group="brand", levels=LEVELS[:1])
    assert table["status"][0] == "improper"
    assert table["reason"][0].startswith("the variance 'a1 ~~ a1 [ours]' is negative")


def test_single_items_have_nothing_to_be_held_equal():
    single = PathModel.parse("A =~ a1\nB =~ b1\nB ~ A")
    table = measurement_invariance(draw(), single, group="brand", levels=LEVELS[:3])
    assert table["status"].tolist() == ["", "nothing_equal", "nothing_equal"]
    assert table["chi_square"].abs().max() < 1e-8
    assert (table["verdict_chen"] == "").all()


def test_bad_requests():
    with pytest.raises(DataError, match="write the first ones"):
        measurement_invariance(draw(), MODEL, group="brand", levels=["scalar"])
    with pytest.raises(DataError, match="no column 'year'"):
        measurement_invariance(draw(), MODEL, group="year")
    with pytest.raises(ModelError, match="'B =~ z' is no parameter"):
        measurement_invariance(draw(), MODEL, group="brand", released=["B =~ z"])
