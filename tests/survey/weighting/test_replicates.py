"""Replicate weights: each meets the margins, and their spread is the estimator's error."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models import replicate_moments, replicate_standard_error
from csat_models.errors import DataError
from csat_models.estimation import compute_moments
from csat_models.survey.weighting.replicates import replicate_weights
from csat_models.survey.weighting.weights import compute_weights

MARGINS = {"sex": {"m": 0.5, "f": 0.5}, "area": {"urban": 0.6, "rural": 0.4}}


def draw(seed: int, n: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame({"sex": rng.choice(["m", "f"], n, p=[0.7, 0.3])})
    rows["area"] = rng.choice(["urban", "rural"], n)
    rows["score"] = 5 + 3 * (rows["sex"] == "m") + (rows["area"] == "urban") + rng.normal(size=n)
    return rows


@pytest.mark.parametrize("kind", ["bootstrap", "jackknife"])
def test_every_replicate_meets_the_margins(kind):
    rows = draw(1)
    drawn = replicate_weights(rows, MARGINS, kind=kind, n_replicates=30, seed=1)
    assert drawn.values.shape == (30, 300)
    for name, targets in MARGINS.items():
        for level, share in targets.items():
            found = drawn.values[:, rows[name] == level].sum(axis=1) / 300
            np.testing.assert_allclose(found, share, rtol=1e-9)
    assert drawn.n_failed == 0
    again = replicate_weights(rows, MARGINS, kind=kind, n_replicates=30, seed=1)
    np.testing.assert_array_equal(drawn.values, again.values)


@pytest.mark.parametrize("kind", ["bootstrap", "jackknife"])
def test_their_spread_is_the_error_of_the_raked_mean(kind):
    means, errors = [], []
    for seed in range(40):
        rows = draw(seed)
        weight = compute_weights(rows, MARGINS).values
        point = compute_moments(rows.assign(w=weight), items=["score"], sampling_weights="w").mean
        drawn = replicate_weights(rows, MARGINS, kind=kind, n_replicates=40, seed=seed)
        draws = replicate_moments(
            rows.join(drawn.frame()), replicate_weights=drawn.columns, items=["score"]
        )
        error = replicate_standard_error(draws.mean, point=point, scale=drawn.scale)
        means.append(point.item())
        errors.append(error.item())
    # the spread of 40 means is known to 11 %: three such errors
    assert np.mean(errors) == pytest.approx(np.std(means, ddof=1), rel=0.34)
    # without raking the spread of scores between the sexes would be in the error
    assert np.mean(errors) < 0.6 * draw(1)["score"].std() / np.sqrt(300)


def test_replicates_without_a_level_are_counted_and_left_out():
    rows = draw(1, 60)
    rows.loc[1:, "area"] = "urban"
    rows.loc[0, "area"] = "rural"
    drawn = replicate_weights(rows, MARGINS, n_replicates=50, seed=2)
    assert drawn.n_failed > 0
    assert len(drawn.values) == 50 - drawn.n_failed
    assert drawn.scale.sum() == pytest.approx(1.0)


def test_clusters_stay_together():
    rows = draw(1, 40).assign(street=[f"s{k // 4}" for k in range(40)], town=["a", "b"] * 20)
    drawn = replicate_weights(rows, {"sex": {"m": 1, "f": 1}}, kind="jackknife", clusters="street")
    out = drawn.values == 0
    assert drawn.values.shape == (10, 40)
    assert (out.reshape(10, 10, 4).all(axis=2).sum(axis=1) == 1).all()
    assert drawn.scale.tolist() == [0.9] * 10


@pytest.mark.parametrize(
    ("design", "sentence"),
    [
        ({"clusters": "village"}, "no column 'village'"),
        ({"strata": "alone"}, "a stratum of the sampling design has a single unit"),
    ],
)
def test_designs_that_cannot_be_drawn_from_are_told(design, sentence):
    rows = draw(1, 20).assign(alone=["x"] + ["y"] * 19)
    with pytest.raises(DataError, match=sentence):
        replicate_weights(rows, MARGINS, **design)


def test_weights_have_the_labels_of_their_rows():
    rows = draw(1, 40)[5:35]
    drawn = replicate_weights(rows, MARGINS, n_replicates=3)
    joined = rows.join(drawn.frame())
    np.testing.assert_array_equal(joined[list(drawn.columns)].to_numpy(), drawn.values.T)


def test_a_jackknife_counts_what_is_left_out_as_the_mean_of_its_stratum():
    rows = draw(1, 40).assign(town=["a", "b"] * 20)
    rows["area"] = ["rural", *["urban"] * 39]
    whole = replicate_weights(rows, {"sex": {"m": 1, "f": 1}}, kind="jackknife", strata="town")
    drawn = replicate_weights(rows, MARGINS, kind="jackknife", strata="town")
    assert (whole.n_failed, drawn.n_failed) == (0, 1)
    assert whole.scale.tolist() == pytest.approx([0.95] * 40)
    # 19 of the 20 units of town a stand for all of it
    in_a = rows["town"].to_numpy()[1:] == "a"
    assert drawn.scale[in_a].tolist() == pytest.approx([1.0] * 19)
    assert drawn.scale[~in_a].tolist() == pytest.approx([0.95] * 20)


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"kind": "boostrap"}, "kind='boostrap' is unknown; write bootstrap or jackknife"),
        ({"n_replicates": 0}, "n_replicates=0 cannot be used; write a whole number from 2"),
        ({"n_replicates": 2.5}, "n_replicates=2.5 cannot be used"),
        ({"n_replicates": 1, "kind": "jackknife"}, "n_replicates=1 cannot be used"),
        ({"seed": -1}, "seed=-1 cannot be used; write a whole number from 0"),
        ({"seed": "a"}, "seed='a' cannot be used"),
    ],
)
def test_choices_that_are_none_are_told(choice, sentence):
    with pytest.raises(DataError, match=sentence):
        replicate_weights(draw(1, 20), MARGINS, **choice)
