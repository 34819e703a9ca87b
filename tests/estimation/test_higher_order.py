"""Constructs measured by constructs: another program's numbers, rows, batches and draws."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from csat_models import (
    PathModel,
    bootstrap,
    bootstrap_moments,
    compute_moments,
    fit,
    reliability,
    total_effects,
)
from csat_models.errors import InadmissibleError, ModelError
from csat_models.estimation import fit_moments
from csat_models.estimation.composites import item_weights
from csat_models.estimation.dimensions import first_stage_model

TEXT = """
Image        =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5
Expectation  =~ CUEX1 + CUEX2 + CUEX3
Quality      =~ PERQ1 + PERQ2 + PERQ3 + PERQ4 + PERQ5 + PERQ6 + PERQ7
Value        =~ PERV1 + PERV2
Satisfaction =~ Image + Value
Complaints   =~ CUSCO
Loyalty      =~ CUSL1 + CUSL2 + CUSL3
Satisfaction ~ Expectation + Quality
Complaints   ~ Satisfaction
Loyalty      ~ Satisfaction
"""
# Both programs iterate until weights move by less than 1e-12 and 1e-13.
PARITY = 1e-10
# The same arithmetic in another order: rounding of sums over 24 items.
ROUNDING = 1e-10


@pytest.fixture(scope="module")
def model() -> PathModel:
    return PathModel.parse(TEXT)


def split(arrow: str) -> dict[str, str]:
    source, target = arrow.split("->")
    return {"source": source, "target": target}


@pytest.mark.parametrize("mode", ["A", "B"])
def test_two_stages_equal_seminr(mobi, oracle, mode):
    """Paths, R2, weights and loadings of both stages."""
    expected = oracle("seminr_extensions")[f"hoc_two_stage_mode{mode}"]
    found = fit(mobi, PathModel.parse(TEXT, modes={"Satisfaction": mode}), tolerance=1e-12)
    for arrow, value in expected["paths"].items():
        assert found.paths.sel(split(arrow)).item() == pytest.approx(value, abs=PARITY)
    for construct, value in expected["R2"].items():
        assert found.r_squared.sel(construct=construct).item() == pytest.approx(value, abs=PARITY)
    for name in ("weights", "loadings"):
        labelled = getattr(found, name)
        assert len(expected[name]) == labelled.sizes["item"]  # 21 items and 2 dimensions
        for arrow, value in expected[name].items():
            item = arrow.split("->")[0]
            assert labelled.sel(item=item).item() == pytest.approx(value, abs=PARITY)


def test_the_first_stage_equals_seminr(mobi, oracle, model):
    expected = oracle("seminr_extensions")["hoc_two_stage_modeA"]
    found = fit(mobi, first_stage_model(model), tolerance=1e-12)
    for arrow, value in expected["first_stage_paths"].items():
        assert found.paths.sel(split(arrow)).item() == pytest.approx(value, abs=PARITY)
    for arrow, value in expected["first_stage_weights"].items():
        item = arrow.split("->")[0]
        assert found.weights.sel(item=item).item() == pytest.approx(value, abs=PARITY)


def test_moments_give_what_rows_give(mobi, model):
    """The second stage on columns of scores, computed row by row."""
    found = fit(mobi, model)
    first = fit(mobi, first_stage_model(model))
    rows = mobi.copy()
    for name in model.dimensions:
        items = list(model.items_of(name))
        standardised = (rows[items] - rows[items].mean()) / rows[items].std()
        rows[f"{name}_score"] = standardised @ first.weights.sel(item=items).to_numpy()
    scores = "Satisfaction =~ Image_score + Value_score"
    kept = [line for line in TEXT.splitlines() if not line.startswith(("Image", "Value"))]
    text = "\n".join(kept).replace("Satisfaction =~ Image + Value", scores)
    by_rows = fit(rows, PathModel.parse(text))
    names = list(by_rows.model.construct_names)
    paths = found.paths.sel(source=names, target=names)
    np.testing.assert_allclose(paths, by_rows.paths, atol=ROUNDING)
    np.testing.assert_allclose(
        found.weights.sel(item=["Image", "Value"]),
        by_rows.weights.sel(item=["Image_score", "Value_score"]),
        atol=ROUNDING,
    )


def test_labels_say_what_stands_where(mobi, model):
    found = fit(mobi, model)
    assert tuple(found.weights["item"].values) == model.indicators
    assert found.moments.items == model.indicators
    assert tuple(found.paths["source"].values) == model.construct_names
    between = found.construct_corr.sel(construct="Satisfaction")
    for name in model.dimensions:
        assert (found.paths.sel(source=name) == 0).all()
        assert (found.paths.sel(target=name) == 0).all()
        assert np.isnan(found.r_squared.sel(construct=name))
        loading = found.loadings.sel(item=name).item()
        assert between.sel(construct_2=name).item() == pytest.approx(loading, abs=ROUNDING)
    np.testing.assert_allclose(np.diagonal(found.construct_corr), 1.0, atol=ROUNDING)


def test_a_dimension_as_an_item_is_its_index(mobi, model):
    """Mean of the 0-100 index, person by person; its scale is 0 to 100."""
    found = fit(mobi, model)
    low, high = (end.sel(item="PERV1").item() for end in (scale_min(found), scale_max(found)))
    assert (low, high) == (mobi["PERV1"].min(), mobi["PERV1"].max())
    items = list(model.items_of("Value"))
    v = found.weights.sel(item=items).to_numpy() / mobi[items].std().to_numpy()
    ends = mobi[items].min().to_numpy(), mobi[items].max().to_numpy()
    index = 100 * ((mobi[items].to_numpy() - ends[0]) @ v) / ((ends[1] - ends[0]) @ v)
    assert found.moments.mean.sel(item="Value").item() == pytest.approx(index.mean(), abs=1e-9)
    cov = found.moments.cov.sel(item="Value", item_2="Value").item()
    assert cov == pytest.approx(index.var(ddof=1), rel=1e-10)
    assert scale_min(found).sel(item="Value") == 0
    assert scale_max(found).sel(item="Value") == 100


def scale_min(estimates) -> xr.DataArray:
    return estimates.moments.scale_min


def scale_max(estimates) -> xr.DataArray:
    return estimates.moments.scale_max


@pytest.mark.parametrize("mode", ["A", "B", "unit"])
def test_a_batch_equals_a_loop_and_draws_equal_refits(mobi, mode):
    model = PathModel.parse(TEXT, modes={"Satisfaction": mode})
    point = fit(mobi, model)
    draws = bootstrap(mobi, model, n_boot=12, seed=3, point=point)
    moments = bootstrap_moments(mobi, items=model.items, n_boot=12, seed=3)
    for draw in range(12):
        alone = fit_moments(moments.sel(draw=draw), model, point.settings, orientation=point)
        for name in ("weights", "loadings", "paths", "construct_corr", "r_squared", "flipped"):
            one = getattr(draws, name).sel(draw=draw)
            np.testing.assert_allclose(
                one.astype(float), getattr(alone, name).astype(float), atol=ROUNDING
            )
        assert draws.iterations.sel(draw=draw) == alone.iterations


def test_two_leading_dimensions(mobi, model):
    frame = mobi.assign(half=np.arange(len(mobi)) % 2)
    draws = bootstrap(frame, model, n_boot=4, seed=1, by=["half"])
    assert draws.paths.dims == ("draw", "half", "source", "target")
    assert draws.weights.dims == ("draw", "half", "item")
    by_half = fit(frame, model, by=["half"])
    alone = fit(frame[frame["half"] == 1], model, orientation=fit(frame, model))
    np.testing.assert_allclose(by_half.paths.sel(half=1), alone.paths, atol=ROUNDING)


def test_a_failed_draw_is_missing_everywhere(mobi, model):
    moments = compute_moments(mobi.assign(half=np.arange(len(mobi)) % 2), by=["half"])
    cov = moments.cov.copy()
    cov.loc[{"half": 0, "item": "IMAG1"}] = 0.0
    cov.loc[{"half": 0, "item_2": "IMAG1"}] = 0.0
    broken = type(moments).from_table(mean=moments.mean, cov=cov, n_obs=moments.n_obs)
    found = fit(broken, model)
    assert found.converged.values.tolist() == [False, True]
    for name in ("weights", "loadings", "paths", "construct_corr", "r_squared"):
        assert getattr(found, name).sel(half=0).isnull().all()
    with pytest.raises(InadmissibleError, match="item 'IMAG1' has no variance"):
        fit(broken.sel(half=0), model)


def test_moments_of_estimates_can_be_fitted_again(mobi, model):
    found = fit(mobi, model)
    again = fit(found.moments, model)
    np.testing.assert_array_equal(again.paths, found.paths)


def test_what_stands_above_takes_it(mobi, model):
    found = fit(mobi, model)
    effects = total_effects(found)
    product = (
        found.paths.sel(source="Quality", target="Satisfaction")
        * found.paths.sel(source="Satisfaction", target="Loyalty")
    ).item()
    assert effects.sel(source="Quality", target="Loyalty").item() == pytest.approx(product)
    criteria = reliability(found)
    corr = found.construct_corr.sel(construct="Image", construct_2="Value").item()
    alpha = criteria.cronbach_alpha.sel(construct="Satisfaction").item()
    assert alpha == pytest.approx(2 * corr / (1 + corr), abs=ROUNDING)


def test_items_on_their_own_scale_and_other_schemes(mobi, model):
    for how in ({"standardised": False}, {"scheme": "centroid"}, {"scheme": "factorial"}):
        found = fit(mobi, model, **how)
        assert found.converged
        np.testing.assert_allclose(np.diagonal(found.construct_corr), 1.0, atol=ROUNDING)


@pytest.mark.parametrize("mode", ["A", "B"])
def test_item_weights_make_the_scores_of_all_constructs(mobi, mode):
    """Of every row, with variance 1, the construct correlations and, as loadings, the items'."""
    model = PathModel.parse(TEXT, modes={"Satisfaction": mode})
    found = fit(mobi, model)
    weights = item_weights(found)
    assert weights.dims == ("item", "construct")
    assert tuple(weights["item"].values) == model.items
    scores = (mobi[list(model.items)] - mobi[list(model.items)].mean()) @ weights.to_numpy()
    corr = np.cov(scores.to_numpy().T)
    np.testing.assert_allclose(corr, found.construct_corr, atol=ROUNDING)


def test_item_weights_make_the_index_of_the_dimensions_indices(mobi, model):
    found = fit(mobi, model)
    items, moments = list(model.items), found.moments
    weights = item_weights(found).sel(construct="Satisfaction")
    low, high = (end.sel(item=items) for end in (moments.scale_min, moments.scale_max))
    index = 100 * (weights @ (moments.mean.sel(item=items) - low)) / (weights @ (high - low))
    names = ["Image", "Value"]
    cov = moments.cov.sel(item=names, item_2=names)
    above = found.weights.sel(item=names).to_numpy() / np.sqrt(np.diagonal(cov))
    mean = moments.mean.sel(item=names).to_numpy()
    assert index.item() == pytest.approx(above @ mean / above.sum(), abs=ROUNDING)


def test_item_weights_have_draws_and_no_products(mobi, model, ecsi):
    draws = bootstrap(mobi, model, n_boot=3, seed=1)
    assert item_weights(draws).dims == ("draw", "item", "construct")
    plain = fit(mobi, ecsi)
    flat = item_weights(plain).sum("construct")
    deviation = np.sqrt(np.diagonal(plain.moments.cov))
    np.testing.assert_allclose(flat, plain.weights / deviation, atol=ROUNDING)
    text = "A =~ IMAG1; Y =~ CUSA1; Y ~ A + A:A"
    with pytest.raises(ModelError, match="the product 'A:A' is no weighted sum of items"):
        item_weights(fit(mobi, PathModel.parse(text)))
