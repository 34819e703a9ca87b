"""Scores: other programs, moments, cells, draws, missing answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csat_models import CsatError, PathModel, bootstrap, compute_moments, fit, scores
from csat_models.estimation.products import add_product_items

MODEL = PathModel.parse("Q =~ q1 + q2\nS =~ s1 + s2 + s3\nS ~ Q")
MODE_B = ("Image", "Expectation", "Quality", "Value", "Satisfaction", "Loyalty")
CASES = [
    (file, f"ecsi_{kind}_{scheme}", "pls", scheme, mode_b)
    for file in ("seminr_ecsi", "csem_ecsi")
    for kind, mode_b in (("modeA", ()), ("modeB", MODE_B))
    for scheme in ("path", "factorial", "centroid")
    if (file, kind, scheme) != ("seminr_ecsi", "modeB", "centroid")
]
CASES += [("seminr_ecsi", "ecsi_plsc_path", "plsc", "path", ())]
CASES += [("csem_ecsi", "ecsi_plsc_centroid", "plsc", "centroid", ())]


def answers(seed: int, n_rows: int = 60, share_missing: float = 0.0) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    common = generator.normal(size=(n_rows, 1))
    values = np.round(np.clip(6 + 2 * (common + generator.normal(size=(n_rows, 5))), 1, 10))
    values[generator.uniform(size=values.shape) < share_missing] = np.nan
    return pd.DataFrame(values, columns=list(MODEL.items))


@pytest.mark.parametrize(("file", "case", "method", "scheme", "mode_b"), CASES)
def test_scores_equal_other_programs(  # noqa: PLR0917 (parameters and fixtures)
    file, case, method, scheme, mode_b, mobi, ecsi, oracle
):
    reference = oracle(file)["cases"][case]["scores_first5"]
    model = PathModel.parse(ecsi.to_text(), modes=dict.fromkeys(mode_b, "B"))
    estimates = fit(mobi, model, method=method, scheme=scheme, on_inadmissible="keep")
    found = scores(estimates, mobi)
    assert set(reference) == set(model.construct_names)
    for construct, values in reference.items():
        # Weights are iterated to 1e-9; a score sums up to seven of them times answers within 4 sd.
        np.testing.assert_allclose(found.sel(construct=construct)[:5], values, atol=1e-7)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), share=st.sampled_from([0.0, 0.15]))
def test_moments_of_scores_are_those_of_the_constructs(seed, share):
    """Mean replacement included: what PLS on moments says, the rows say."""
    frame = answers(seed, share_missing=share)
    estimates = fit(frame, MODEL)
    found = scores(estimates, frame)
    # One sum of products in two orders.
    np.testing.assert_allclose(found.mean("row"), 0.0, atol=1e-12)
    np.testing.assert_allclose(np.cov(found.values.T), estimates.construct_corr, atol=1e-12)


def test_weighted_moments_of_scores():
    frame = answers(3).assign(weight=np.linspace(0.2, 1.8, 60))
    estimates = fit(frame, MODEL, sampling_weights="weight")
    values, weight = scores(estimates, frame).values, frame["weight"].to_numpy()
    np.testing.assert_allclose(weight @ values, 0.0, atol=1e-11)
    cov = (values.T * weight) @ values / weight.sum() * 60 / 59
    np.testing.assert_allclose(cov, estimates.construct_corr, atol=1e-12)


def test_listwise_leaves_out_whom_the_moments_left_out():
    frame = answers(4, share_missing=0.1)
    estimates = fit(frame, MODEL, missing="listwise")
    found = scores(estimates, frame, missing="listwise")
    complete = frame.notna().all(axis=1).to_numpy()
    assert 0 < complete.sum() < len(frame)
    np.testing.assert_array_equal(np.isfinite(found).all("construct"), complete)
    np.testing.assert_allclose(
        np.cov(found.values[complete].T), estimates.construct_corr, atol=1e-12
    )


def test_items_scale_is_the_weighted_mean_of_answers():
    frame = answers(5)
    estimates = fit(frame, MODEL)
    found = scores(estimates, frame, scale="items").sel(construct="S")
    own = estimates.weights.sel(item=["s1", "s2", "s3"]).values / frame[["s1", "s2", "s3"]].std()
    np.testing.assert_allclose(found, frame[["s1", "s2", "s3"]] @ own / own.sum(), atol=1e-12)


def test_rows_are_labelled_and_independent_of_each_other():
    frame = answers(6)
    frame.index = pd.Index([f"r{k}" for k in range(60)])
    estimates = fit(frame, MODEL)
    one = scores(estimates, frame.loc[["r7"]])
    np.testing.assert_allclose(one, scores(estimates, frame).sel(row=["r7"]), atol=1e-13)
    nobody = frame.loc[["r7"]] * np.nan
    np.testing.assert_array_equal(scores(estimates, nobody), 0.0)
    assert scores(estimates, frame.iloc[:0]).shape == (0, 2)


def test_each_row_is_scored_with_its_cell():
    frame = answers(7).assign(city=["b", "a", "c"] * 20)
    estimates = fit(compute_moments(frame, items=MODEL.items, by=["city"]), MODEL)
    found = scores(estimates, frame)
    assert found.dims == ("row", "construct")
    for _city, part in frame.groupby("city"):
        alone = scores(fit(part, MODEL), part)
        # Two fits, each to 1e-9.
        np.testing.assert_allclose(found.sel(row=part.index), alone, atol=1e-6)
    elsewhere = frame.assign(city=["d", None, "a"] * 20)
    known = np.isfinite(scores(estimates, elsewhere)).all("construct")
    np.testing.assert_array_equal(known, elsewhere["city"] == "a")


def test_draws_equal_a_loop():
    frame = answers(8, share_missing=0.1).assign(city=["a", "b"] * 30)
    draws = bootstrap(frame, MODEL, n_boot=3, seed=1, by=["city"])
    found = scores(draws, frame)
    assert found.dims == ("draw", "row", "construct")
    for city, part in frame.groupby("city"):
        for draw in range(3):
            alone = fit(draws.moments.sel(draw=draw, city=city), MODEL)
            np.testing.assert_allclose(
                found.sel(draw=draw, row=part.index), scores(alone, part), atol=1e-6
            )


def test_a_failed_draw_has_no_scores():
    frame = answers(9)
    constant = frame.assign(q1=5.0)
    moments = compute_moments(
        pd.concat([frame.assign(cell=0), constant.assign(cell=1)]), items=MODEL.items, by=["cell"]
    )
    found = scores(fit(moments, MODEL), frame)
    assert found.sel(cell=0).notnull().all()
    assert found.sel(cell=1).isnull().all()


def test_bare_moments_are_refused_in_one_sentence(mobi_moments, ecsi):
    with pytest.raises(CsatError, match="scores need the answers of respondents"):
        scores(fit(mobi_moments, ecsi), mobi_moments)


@pytest.mark.parametrize(
    ("change", "how", "sentence"),
    [
        ({}, {"scale": "index"}, "or call index_scores for 0 to 100"),
        ({}, {"missing": "zero"}, "missing='zero' is not a way"),
        ({"s2": "renamed"}, {}, "no column 's2', an item of the model"),
    ],
)
def test_bad_input(change, how, sentence):
    frame = answers(1)
    with pytest.raises(CsatError, match=sentence):
        scores(fit(frame, MODEL), frame.rename(columns=change), **how)


HIGHER = PathModel.parse("H =~ Q + S\nQ =~ q1 + q2\nS =~ s1 + s2\nL =~ s3\nL ~ H")
CURVED = PathModel.parse("Q =~ q1 + q2\nS =~ s1 + s2\nL =~ s3\nL ~ Q + S + Q:S + S:S")


@pytest.mark.parametrize("model", [HIGHER, CURVED], ids=["higher order", "products"])
@pytest.mark.parametrize("share", [0.0, 0.1])
def test_two_stages_have_the_moments_of_their_constructs(model, share):
    frame = answers(11, 200, share)
    estimates = fit(frame, model)
    found = scores(estimates, frame)
    assert found.construct.values.tolist() == list(model.construct_names)
    # Weights of the first stage found twice, each to 1e-9.
    np.testing.assert_allclose(found.mean("row"), 0.0, atol=1e-6)
    np.testing.assert_allclose(np.cov(found.values.T), estimates.construct_corr, atol=1e-6)


def test_a_higher_order_score_is_made_of_its_dimensions_scores():
    frame = answers(12, 200)
    estimates = fit(frame, HIGHER)
    found = scores(estimates, frame)
    weights = estimates.weights.sel(item=["Q", "S"]).values
    made = found.sel(construct=["Q", "S"]).values @ weights
    np.testing.assert_allclose(found.sel(construct="H"), made, atol=1e-12)
    # On the scale of items that share one, within their answers.
    level = scores(estimates, frame, scale="items").sel(construct="H")
    four = frame[["q1", "q2", "s1", "s2"]]
    assert ((level >= four.min(axis=1) - 1e-9) & (level <= four.max(axis=1) + 1e-9)).all()


def test_a_product_has_no_score_on_the_scale_of_items():
    frame = answers(13, 200)
    found = scores(fit(frame, CURVED), frame, scale="items")
    absent = found.isnull().all("row").values.tolist()
    assert absent == [":" in name for name in CURVED.construct_names]


def test_products_in_cells_and_turned_draws():
    frame = answers(14, 200).assign(city=["a", "b"] * 100)
    wide = add_product_items(frame, CURVED)
    cells = fit(compute_moments(wide, items=CURVED.items, by=["city"]), CURVED)
    together = scores(cells, frame)
    for _city, part in frame.groupby("city"):
        alone = scores(fit(part, CURVED), part)
        np.testing.assert_allclose(together.sel(row=part.index), alone, atol=1e-6)
    # The product turns with its factor.
    point = fit(frame, CURVED)
    weights = point.weights.where(~point.weights["item"].isin(["q1", "q2"]), -point.weights)
    turned = fit(wide, CURVED, orientation=replace(point, weights=weights))
    signs = np.where(np.isin(CURVED.construct_names, ["Q", "Q:S"]), -1.0, 1.0)
    np.testing.assert_allclose(turned.construct_corr[2], (point.construct_corr * signs)[2])
    np.testing.assert_allclose(scores(turned, frame), scores(point, frame) * signs, atol=1e-6)
