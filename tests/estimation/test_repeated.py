"""Repeated indicators and the embedded two-stage approach: rows, other programs, batches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from csat_models import (
    PathModel,
    bootstrap,
    bootstrap_moments,
    fit,
    item_weights,
    jackknife,
    reliability,
    satisfaction_index,
    scores,
    total_effects,
)
from csat_models.errors import DataError, ModelError
from csat_models.estimation import fit_moments
from csat_models.estimation.repeated import repeated_indicators_model

TEXT = """
Image        =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5
Expectation  =~ CUEX1 + CUEX2 + CUEX3
Quality      =~ PERQ1 + PERQ2 + PERQ3 + PERQ4 + PERQ5 + PERQ6 + PERQ7
Value        =~ PERV1 + PERV2
Satisfaction =~ Image + Value
Loyalty      =~ CUSL1 + CUSL2 + CUSL3
Satisfaction ~ Expectation + Quality
Loyalty      ~ Satisfaction
"""
WAYS = ("embedded_two_stage", "repeated_indicators")
# The same arithmetic in another order.
ROUNDING = 1e-9


def parse(mode: str = "A") -> PathModel:
    return PathModel.parse(TEXT, modes={"Satisfaction": mode})


def with_copies(frame: pd.DataFrame) -> pd.DataFrame:
    items = [name for name in frame.columns if name.startswith(("IMAG", "PERV"))]
    return frame.assign(**{f"{name}_again": frame[name] for name in items})


def written_out(model: PathModel) -> PathModel:
    """The model of columns that stand twice in the data."""
    return PathModel.parse(
        repeated_indicators_model(model).to_text().replace("@Satisfaction", "_again")
    )


@pytest.mark.parametrize("mode", ["A", "B", "unit"])
@pytest.mark.parametrize("scheme", ["path", "centroid"])
def test_repeated_indicators_are_columns_that_stand_twice(mobi, mode, scheme):
    found = fit(mobi, parse(mode), higher_order="repeated_indicators", scheme=scheme)
    expected = fit(with_copies(mobi), written_out(parse(mode)), scheme=scheme)
    for name in ("weights", "loadings", "paths", "construct_corr", "r_squared"):
        ours, theirs = (getattr(each, name) for each in (found, expected))
        np.testing.assert_allclose(ours, theirs, atol=ROUNDING)


def test_paths_lead_to_dimensions_or_from_them(mobi):
    assert ("Satisfaction", "Image") in repeated_indicators_model(parse("A")).paths
    assert ("Image", "Satisfaction") in repeated_indicators_model(parse("B")).paths


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:.*chained_assignment")
def test_openpls_gives_the_same_numbers_live(mobi):
    from openpls.config import MV, Config, Structure
    from openpls.mode import Mode
    from openpls.plspm import Plspm
    from openpls.scheme import Scheme

    model, frame = written_out(parse("A")), with_copies(mobi)
    structure = Structure()
    for source, target in model.paths:
        structure.add_path([source], [target])
    config = Config(structure.path(), scaled=True)
    for construct in model.constructs:
        config.add_lv(construct.name, Mode.A, *(MV(item) for item in construct.items))
    theirs = Plspm(frame, config, Scheme.PATH, tolerance=1e-12, iterations=1000).path_coefficients()
    ours = fit(mobi, parse("A"), higher_order="repeated_indicators", tolerance=1e-12).paths
    for source, target in model.paths:
        # Its weights stop at a change of 1e-12 in squares.
        assert theirs.at[target, source] == pytest.approx(
            ours.sel(source=source, target=target).item(), abs=1e-5
        )


def test_an_item_used_twice_has_two_labels(mobi):
    found = fit(mobi, parse(), higher_order="repeated_indicators")
    assert found.model.items_of("Satisfaction")[0] == "IMAG1@Satisfaction"
    assert found.weights.sel(item="IMAG1") != found.weights.sel(item="IMAG1@Satisfaction")
    assert found.moments.items == tuple(found.weights["item"].values)
    again = fit(mobi, found.model)
    np.testing.assert_allclose(again.paths, found.paths, atol=ROUNDING)
    assert PathModel.parse(found.model.to_text()).constructs == found.model.constructs
    assert reliability(found).cronbach_alpha.sel(construct="Satisfaction") > 0.7


def test_made_of_its_dimensions_it_is_explained_by_them(mobi):
    """The caveat: the other predecessors have paths near 0."""
    found = fit(mobi, parse("B"), higher_order="repeated_indicators")
    assert found.r_squared.sel(construct="Satisfaction") > 0.97
    assert abs(found.paths.sel(source="Quality", target="Satisfaction")) < 0.1
    apart = fit(mobi, parse("B"))
    assert apart.paths.sel(source="Quality", target="Satisfaction") > 0.6


@pytest.mark.parametrize("mode", ["A", "B", "unit"])
def test_the_embedded_stages_by_rows(mobi, mode):
    """The second stage on columns of the first stage's scores."""
    model = parse(mode)
    found = fit(mobi, model, higher_order="embedded_two_stage")
    first = fit(mobi, model, higher_order="repeated_indicators")
    frame = scores(first, mobi).to_pandas().add_prefix("s_")
    others = ["Expectation", "Quality", "Loyalty"]
    text = "\n".join(f"{name} =~ s_{name}" for name in others)
    text += "\nSatisfaction =~ s_Image + s_Value\nSatisfaction ~ Expectation + Quality\n"
    second = fit(
        frame, PathModel.parse(text + "Loyalty ~ Satisfaction", modes={"Satisfaction": mode})
    )
    names = list(second.model.construct_names)
    np.testing.assert_allclose(
        found.paths.sel(source=names, target=names), second.paths, atol=ROUNDING
    )
    weights = second.weights.sel(item=["s_Image", "s_Value"])
    np.testing.assert_allclose(found.weights.sel(item=["Image", "Value"]), weights, atol=ROUNDING)
    items = list(model.items)
    np.testing.assert_allclose(
        found.weights.sel(item=items), first.weights.sel(item=items), atol=ROUNDING
    )
    corr = second.construct_corr
    np.testing.assert_allclose(
        found.construct_corr.sel(construct=names, construct_2=names), corr, atol=ROUNDING
    )
    disjoint = fit(mobi, model)
    assert abs(found.paths - disjoint.paths).max() > 1e-4


@pytest.mark.parametrize("mode", ["A", "B"])
@pytest.mark.parametrize("how", WAYS)
def test_a_batch_equals_a_loop_and_draws_equal_refits(mobi, how, mode):
    model = parse(mode)
    point = fit(mobi, model, higher_order=how)
    draws = bootstrap(mobi, model, n_boot=6, seed=3, higher_order=how)
    moments = bootstrap_moments(mobi, items=model.items, n_boot=6, seed=3)
    for draw in range(6):
        alone = fit_moments(moments.sel(draw=draw), model, point.settings, orientation=point)
        for name in ("weights", "loadings", "paths", "construct_corr", "r_squared", "flipped"):
            one = getattr(draws, name).sel(draw=draw)
            np.testing.assert_allclose(
                one.astype(float), getattr(alone, name).astype(float), atol=ROUNDING
            )


@pytest.mark.parametrize("how", WAYS)
def test_draws_are_reduced_and_parts_left_out(mobi, how):
    """Statistics chunk by chunk, and the jackknife, know the way too."""
    model = parse()
    kept = bootstrap(mobi, model, n_boot=6, seed=3, higher_order=how, statistics=["paths"])
    draws = bootstrap(mobi, model, n_boot=6, seed=3, higher_order=how)
    np.testing.assert_allclose(kept["paths"], draws.paths, atol=ROUNDING)
    left = jackknife(mobi, model, point=fit(mobi, model, higher_order=how))
    alone = fit(mobi.drop(index=7), model, higher_order=how)
    np.testing.assert_allclose(left.paths.isel(part=7), alone.paths, atol=ROUNDING)


@pytest.mark.parametrize("how", WAYS)
def test_several_groups_at_once(mobi, how):
    frame = mobi.assign(half=np.arange(len(mobi)) % 2)
    model = parse()
    found = fit(frame, model, by=["half"], higher_order=how)
    for half, rows in frame.groupby("half"):
        alone = fit(rows, model, higher_order=how)
        np.testing.assert_allclose(found.paths.sel(half=half), alone.paths, atol=ROUNDING)


@pytest.mark.parametrize("how", [{"standardised": False}, {"scheme": "factorial"}])
@pytest.mark.parametrize("way", WAYS)
def test_scores_have_the_moments_of_the_constructs(mobi, way, how):
    found = fit(mobi, parse(), higher_order=way, **how)
    frame = scores(found, mobi)
    np.testing.assert_allclose(np.cov(frame.values.T), found.construct_corr, atol=ROUNDING)
    made = (mobi[list(found.model.items)] - mobi[list(found.model.items)].mean()) @ item_weights(
        found
    ).to_numpy()
    np.testing.assert_allclose(made, frame, atol=ROUNDING)
    assert satisfaction_index(found).notnull().all()


@pytest.mark.parametrize("how", WAYS)
def test_a_turned_dimension_turns_alone(mobi, how):
    """Orientation by an estimate with Image reversed: Image changes its sign."""
    model = parse()
    point = fit(mobi, model, higher_order=how)
    items = point.weights["item"].values
    sign = np.where(np.isin(items, model.items_of("Image")), -1.0, 1.0)
    turned = fit(
        mobi,
        model,
        higher_order=how,
        orientation=replace(point, weights=point.weights * sign),
    )
    assert turned.flipped.sel(construct="Image")
    one = turned.weights.sel(item="IMAG1").item()
    assert one == pytest.approx(-point.weights.sel(item="IMAG1").item(), abs=ROUNDING)
    between = {"source": "Satisfaction", "target": "Loyalty"}
    assert turned.paths.sel(between).item() == pytest.approx(
        point.paths.sel(between).item(), abs=ROUNDING
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("H =~ a@H + b\nA =~ b2\nA ~ H", "no other construct is measured by 'a'; write 'a'"),
        ("H =~ a@A\nA =~ a\nA ~ H", "ends with its construct, 'a@H'"),
        ("H =~ a + a\nA =~ b\nA ~ H", "construct 'H' names 'a' twice"),
        ("H =~ a@H + a@H\nA =~ a\nA ~ H", "construct 'H' names 'a@H' twice"),
        ("H =~ a@H\nA =~ a\nY =~ y\nY ~ H + A + H:A", "or by items used twice"),
        ("A =~ a\nB =~ a\nB ~ A", "or name it 'a@B' here"),
    ],
)
def test_a_bad_second_label_is_one_sentence(text, sentence):
    with pytest.raises(ModelError, match=sentence) as caught:
        PathModel.parse(text)
    assert "\n" not in str(caught.value)


def test_an_unknown_way_is_one_sentence(mobi):
    with pytest.raises(DataError, match="higher_order='three_stage' is unknown") as caught:
        fit(mobi, parse(), higher_order="three_stage")
    assert caught.value.facts == {"higher_order": "three_stage"}


def test_extended_repeated_indicators_show_in_total_effects(mobi):
    """Paths to the dimensions, written out: the effect that the direct path hides."""
    repeated = repeated_indicators_model(parse("B")).to_text()
    text = repeated.replace(
        "Satisfaction ~ Image + Expectation + Quality + Value",
        "Satisfaction ~ Image + Value\nImage ~ Expectation + Quality\n"
        "Value ~ Expectation + Quality",
    )
    assert text != repeated
    found = fit(mobi, PathModel.parse(text))
    total = total_effects(found).sel(source="Quality", target="Satisfaction").item()
    apart = fit(mobi, parse("B")).paths.sel(source="Quality", target="Satisfaction").item()
    # Two approximations of one effect, by weights of one stage or of two.
    assert total == pytest.approx(apart, abs=0.05)
    plain = fit(mobi, parse("B"), higher_order="repeated_indicators")
    assert abs(plain.paths.sel(source="Quality", target="Satisfaction").item()) < total / 4
