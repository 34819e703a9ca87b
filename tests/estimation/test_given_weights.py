"""Scores by pooled and by given weights."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models import PathModel, bootstrap, fit, scores
from csat_models.errors import DataError, ModelError

MODEL = PathModel.parse("Q =~ q1 + q2; S =~ s1 + s2 + s3; S ~ Q")
# One sum of products in two orders.
EXACT = 1e-12


def answers(seed: int = 1, n_rows: int = 120) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    common = generator.normal(size=(n_rows, 1))
    values = 6 + 2 * (common + generator.normal(size=(n_rows, 5)))
    return pd.DataFrame(values, columns=list(MODEL.items)).assign(city=["a", "b", "c"] * 40)


def test_given_weights_make_standardised_sums():
    frame = answers()
    given = {"q1": 1, "q2": 3, "s1": 1, "s2": 1, "s3": 0}
    found = scores(fit(frame, MODEL), frame, weights=given)
    for construct, items in (("Q", ["q1", "q2"]), ("S", ["s1", "s2", "s3"])):
        total = frame[items] @ [given[item] for item in items]
        expected = (total - total.mean()) / total.std()
        np.testing.assert_allclose(found.sel(construct=construct), expected, atol=EXACT)
    level = scores(fit(frame, MODEL), frame, weights=given, scale="items").sel(construct="Q")
    np.testing.assert_allclose(level, (frame["q1"] + 3 * frame["q2"]) / 4, atol=EXACT)


def test_own_weights_given_are_own_weights():
    frame = answers()
    own = fit(frame, MODEL)
    np.testing.assert_allclose(scores(own, frame, weights=own), scores(own, frame), atol=EXACT)


def test_pooled_weights_in_every_cell():
    """Weights of all cells together, means and variance of the own one."""
    frame = answers()
    pooled, cells = fit(frame, MODEL), fit(frame, MODEL, by=["city"])
    found = scores(cells, frame, weights=pooled)
    v = pooled.weights.to_numpy() / frame[list(MODEL.items)].std().to_numpy()
    for _city, part in frame.groupby("city"):
        total = part[["s1", "s2", "s3"]] @ v[2:]
        expected = (total - total.mean()) / total.std()
        ours = found.sel(row=part.index, construct="S")
        np.testing.assert_allclose(ours, expected, atol=1e-11)
    assert abs(found - scores(cells, frame)).max() > 1e-3


def test_draws_take_the_weights_of_the_point():
    frame = answers()
    point, draws = fit(frame, MODEL), bootstrap(frame, MODEL, n_boot=3, seed=1)
    found = scores(draws, frame, weights=point)
    assert found.dims == ("draw", "row", "construct")
    per_unit = point.weights.to_numpy() / frame[list(MODEL.items)].std().to_numpy()
    for draw in range(3):
        one = found.sel(draw=draw, construct="Q").to_numpy()
        mean = draws.moments.mean.sel(draw=draw, item=["q1", "q2"]).to_numpy()
        total = (frame[["q1", "q2"]].to_numpy() - mean) @ per_unit[:2]
        cov = draws.moments.cov.sel(draw=draw).to_numpy()[:2, :2]
        scale = np.sqrt(per_unit[:2] @ cov @ per_unit[:2])
        np.testing.assert_allclose(one, total / scale, atol=1e-11)


def test_what_has_no_given_weights_is_one_sentence():
    frame = answers()
    with pytest.raises(DataError, match="the weights have none for item 's3'") as caught:
        scores(fit(frame, MODEL), frame, weights=dict.fromkeys(["q1", "q2", "s1", "s2"], 1))
    assert caught.value.facts == {"item": "s3"}
    curved = PathModel.parse("Q =~ q1; S =~ s1; S ~ Q + Q:Q")
    with pytest.raises(ModelError, match="'Q:Q' is made of scores"):
        scores(fit(frame, curved), frame, weights={"q1": 1, "s1": 1})
    higher = PathModel.parse("H =~ Q + S; Q =~ q1 + q2; S =~ s1 + s2; L =~ s3; L ~ H")
    with pytest.raises(ModelError, match="'H' is made of scores"):
        scores(fit(frame, higher), frame, weights=dict.fromkeys(MODEL.items, 1))
