"""Interactions and squares: another program's numbers, rows, batches and draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from csat_models import Moments, PathModel, bootstrap, bootstrap_moments, compute_moments, fit
from csat_models.errors import DataError
from csat_models.estimation import fit_moments
from csat_models.estimation.products import (
    add_product_items,
    first_stage_model,
)
from csat_models.estimation.slopes import product_coefficients
from csat_models.survey import Codebook, Responses
from csat_models.survey.codebooks.codebook import Item, Text

MEASURED = """
Image        =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5
Expectation  =~ CUEX1 + CUEX2 + CUEX3
Value        =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
"""
INTERACTION = f"{MEASURED}Satisfaction ~ Image + Expectation + Value + Image:Expectation"
BOTH = f"{INTERACTION} + Value:Value"
# Weights are iterated to 1e-12 here and to 1e-13 there; moments of products of two items lose
# three digits to cancellation, as their means are about 50 and their deviations about 15.
PARITY = 1e-9
# The same arithmetic in another order, with the same loss.
ROUNDING = 1e-9


@pytest.fixture(scope="module")
def model() -> PathModel:
    return PathModel.parse(INTERACTION)


def first_scores(frame: pd.DataFrame, first) -> pd.DataFrame:
    deviation = np.sqrt(np.diagonal(first.moments.cov))
    values = (frame[list(first.model.items)] - first.moments.mean.to_numpy()) / deviation
    spread = first.weights.to_numpy()[:, None] * first.model.membership
    return pd.DataFrame(values.to_numpy() @ spread, columns=list(first.model.construct_names))


def by_rows(frame: pd.DataFrame, model: PathModel, **how):
    """Both stages on columns of scores, computed row by row."""
    scores = first_scores(frame, fit(frame, first_stage_model(model), **how))
    columns = {}
    for name in model.products:
        one, other = name.split(":")
        columns[name.replace(":", "_")] = scores[one] * scores[other]
    text = model.to_text().replace(":", "_")
    measured = "".join(f"P_{name} =~ {name}\n" for name in columns)
    for name in columns:
        text = text.replace(name, f"P_{name}")
    return fit(frame.assign(**columns), PathModel.parse(measured + text), **how)


def test_an_interaction_equals_seminr(mobi, oracle, model):
    expected = oracle("seminr_extensions")["interactions"]["two_stage_A"]
    found = fit(mobi, model, tolerance=1e-12)
    paths = found.paths.sel(target="Satisfaction")
    for name in ("Image", "Expectation", "Value"):
        assert paths.sel(source=name).item() == pytest.approx(expected["paths"][name], abs=PARITY)
    coefficient = product_coefficients(found).sel(target="Satisfaction").item()
    assert coefficient == pytest.approx(expected["paths"]["Image*Expectation"], abs=PARITY)
    r_squared = found.r_squared.sel(construct="Satisfaction").item()
    assert r_squared == pytest.approx(expected["R2"], abs=PARITY)
    product = {"item": "Image:Expectation", "item_2": "Image:Expectation"}
    deviation = found.moments.cov.sel(product).item() ** 0.5
    assert deviation == pytest.approx(expected["sd_interaction_score"], abs=PARITY)
    for name, value in expected["rho"].items():
        label = name.replace("*", ":")
        corr = found.construct_corr.sel(construct="Image:Expectation", construct_2=label)
        assert corr.item() == pytest.approx(value, abs=PARITY)


def test_the_first_stage_equals_csem(mobi, oracle, model):
    """cSEM keeps the weights of the first stage, and solves other equations for the paths."""
    expected = oracle("csem_extensions")["extensions"]["interaction_sequential_A"]
    first = fit(mobi, first_stage_model(model), scheme="path", tolerance=1e-12)
    for item, value in expected["weights"].items():
        assert first.weights.sel(item=item).item() == pytest.approx(value, abs=PARITY)


@pytest.mark.parametrize("how", [{}, {"scheme": "centroid"}, {"sampling_weights": "weight"}])
def test_moments_give_what_rows_give(mobi, how):
    frame = mobi.assign(weight=np.linspace(0.5, 1.5, len(mobi)))
    model = PathModel.parse(BOTH)
    found, expected = fit(frame, model, **how), by_rows(frame, model, **how)
    products = ["Image:Expectation", "Value:Value"]
    names = ["Image", "Expectation", "Value"]
    ours = found.paths.sel(source=[*names, *products], target="Satisfaction")
    theirs = [*names, *("P_" + name.replace(":", "_") for name in products)]
    np.testing.assert_allclose(
        ours, expected.paths.sel(source=theirs, target="Satisfaction"), atol=ROUNDING
    )
    items = list(first_stage_model(model).items)
    np.testing.assert_allclose(
        found.weights.sel(item=items), expected.weights.sel(item=items), atol=ROUNDING
    )


def test_missing_answers_count_as_the_mean(mobi, model):
    holes = mobi.mask(np.random.default_rng(1).random(mobi.shape) < 0.05)
    found, filled = fit(holes, model), fit(holes.fillna(holes.mean()), model)
    np.testing.assert_allclose(found.paths, filled.paths, atol=ROUNDING)


def test_a_group_is_centred_on_its_own_means(mobi, model):
    """Products are of the group's scores, though columns were added to all rows at once."""
    frame = mobi.assign(half=np.where(np.arange(len(mobi)) % 2, "odd", "even"))
    found = fit(frame, model, by=["half"])
    assert found.paths.dims == ("half", "source", "target")
    for half, rows in frame.groupby("half"):
        alone = fit(rows, model)
        np.testing.assert_allclose(found.paths.sel(half=half), alone.paths, atol=ROUNDING)


def test_draws_equal_refits(mobi, model):
    wide = add_product_items(mobi, model)
    point = fit(mobi, model)
    draws = bootstrap(wide, model, n_boot=8, seed=5, point=point)
    moments = bootstrap_moments(wide, items=model.items, n_boot=8, seed=5)
    for draw in range(8):
        alone = fit_moments(moments.sel(draw=draw), model, point.settings, orientation=point)
        for name in ("weights", "paths", "construct_corr", "r_squared", "iterations"):
            one = getattr(draws, name).sel(draw=draw)
            np.testing.assert_allclose(one, getattr(alone, name), atol=ROUNDING)
    assert product_coefficients(draws).dims == ("draw", "source", "target")


def test_a_turned_construct_turns_its_product(mobi, model):
    """Orientation by a point estimate with Image reversed: its paths and product change sign."""
    found = fit(mobi, model)
    sign = np.where([item.startswith("IMAG") for item in found.weights["item"].values], -1.0, 1.0)
    turned = fit(mobi, model, orientation=replace(found, weights=found.weights * sign))
    for name in ("Image", "Image:Expectation"):
        one, other = (each.paths.sel(source=name) for each in (found, turned))
        np.testing.assert_allclose(one, -other, atol=ROUNDING)


def test_labels_say_what_stands_where(mobi, model):
    found = fit(mobi, model)
    assert tuple(found.weights["item"].values) == found.moments.items == model.indicators
    assert tuple(found.paths["source"].values) == model.construct_names
    assert found.weights.sel(item="Image:Expectation") == pytest.approx(1.0, abs=ROUNDING)
    assert np.isnan(found.r_squared.sel(construct="Image:Expectation"))
    assert np.isnan(found.moments.scale_max.sel(item="Image:Expectation"))


def test_bare_moments_and_data_without_products_are_one_sentence(mobi, model):
    bare = compute_moments(mobi)
    for call in (lambda: fit(bare, model), lambda: fit_moments(bare, model, fit_settings(mobi))):
        with pytest.raises(DataError, match="do not hold 'IMAG1:CUEX1'") as caught:
            call()
        assert "\n" not in str(caught.value)
    with pytest.raises(DataError, match="no column 'CUEX1', which the model's products need"):
        fit(mobi.drop(columns="CUEX1"), model)


def fit_settings(mobi):
    return fit(mobi, first_stage_model(PathModel.parse(INTERACTION))).settings


def test_moments_with_products_give_what_data_give(mobi, model):
    moments = compute_moments(add_product_items(mobi, model), items=model.items)
    kept = Moments.from_table(mean=moments.mean, cov=moments.cov, n_obs=moments.n_obs)
    np.testing.assert_array_equal(fit(kept, model).paths, fit(mobi, model).paths)


def test_columns_are_added_once_and_only_where_needed(mobi, model):
    wide = add_product_items(mobi, model)
    assert list(wide.columns) == [*mobi.columns, *model.product_items]
    assert add_product_items(wide, model) is wide
    assert add_product_items(mobi, first_stage_model(model)) is mobi


def test_responses_keep_a_codebook_of_the_products(mobi, model):
    text = Text(zh="题", en="item")
    items = {name: Item(text=text, scale=(1, 10)) for name in mobi.columns}
    responses = Responses(
        frame=mobi,
        codebook=Codebook(items=items),
        log=(),
        sha256="",
        source="mobi",
        row_numbers=np.arange(len(mobi)),
    )
    wide = add_product_items(responses, model)
    assert wide.codebook.items["IMAG1:CUEX1"].scale == (1, 100)
    assert wide.codebook.items["IMAG1:CUEX1"].text.en == "item × item"
    assert set(responses.codebook.items) == set(mobi.columns)
    np.testing.assert_array_equal(fit(responses, model).paths, fit(mobi, model).paths)
