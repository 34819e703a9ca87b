"""Simple slopes and turning points: known curves, algebra, draws."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csat_models import (
    PathModel,
    bootstrap,
    fit,
    indirect_effects,
    interval,
    product_coefficients,
    simple_slopes,
    total_effects,
    turning_point,
)
from csat_models.errors import ModelError

# Sums over 300 rows in two orders.
EXACT = 1e-9
SURFACE = PathModel.parse("A =~ a; B =~ b; Y =~ y; Y ~ A + B + A:B + A:A")


def surface(a1: float, b1: float, ab: float, aa: float, seed: int = 1) -> pd.DataFrame:
    """An exact surface in standardised a and b, correlated by chance."""
    values = np.random.default_rng(seed).normal(size=(2, 300))
    a, b = (values - values.mean(axis=1, keepdims=True)) / values.std(axis=1, ddof=1, keepdims=True)
    y = a1 * a + b1 * b + ab * a * b + aa * a**2
    return pd.DataFrame({"a": 5 + 2 * a, "b": 1 + 3 * b, "y": y})


coefficients = st.floats(-1, 1).map(lambda value: round(value, 3))


@settings(max_examples=20, deadline=None)
@given(st.tuples(coefficients, coefficients, coefficients, coefficients))
def test_slopes_are_the_derivatives_of_the_surface(truth):
    a1, b1, ab, aa = truth
    frame = surface(*truth)
    if frame["y"].std() < 1e-6:
        return
    found = fit(frame, SURFACE)
    scale = frame["y"].std()
    at = (-2.0, 0.0, 0.5)
    slopes = simple_slopes(found, source="A", target="Y", moderator="B", at=at) * scale
    np.testing.assert_allclose(slopes, [a1 + ab * m for m in at], atol=EXACT)
    other = simple_slopes(found, source="B", target="Y", at=at) * scale
    np.testing.assert_allclose(other, [b1 + ab * m for m in at], atol=EXACT)
    own = simple_slopes(found, source="A", target="Y", moderator="A", at=at) * scale
    np.testing.assert_allclose(own, [a1 + 2 * aa * m for m in at], atol=EXACT)
    assert slopes["level"].values.tolist() == list(at)


@pytest.mark.parametrize("turn", [-1.5, 0.5])
def test_the_turning_point_is_where_the_curve_turns(turn):
    frame = surface(-2 * 0.3 * turn, 0.2, 0.1, 0.3)
    point = turning_point(fit(frame, SURFACE), source="A", target="Y").item()
    assert point == pytest.approx(turn, abs=1e-8)


def test_draws_have_intervals(mobi):
    text = """
    Image =~ IMAG1 + IMAG2 + IMAG3
    Value =~ PERV1 + PERV2
    Satisfaction =~ CUSA1 + CUSA2 + CUSA3
    Satisfaction ~ Image + Value + Image:Value + Value:Value
    """
    model = PathModel.parse(text)
    point, draws = fit(mobi, model), bootstrap(mobi, model, n_boot=200, seed=1)
    how = {"source": "Image", "target": "Satisfaction", "moderator": "Value"}
    one, many = simple_slopes(point, **how), simple_slopes(draws, **how)
    assert many.dims == ("draw", "level")
    ends = interval(many, point=one)
    assert (ends.lower < one).all()
    assert (one < ends.upper).all()
    third = simple_slopes(draws, **how).sel(draw=3)
    path = draws.paths.sel(draw=3, source="Image", target="Satisfaction")
    bend = product_coefficients(draws).sel(draw=3, source="Image:Value", target="Satisfaction")
    np.testing.assert_allclose(third, path.item() + bend.item() * np.array([-1, 0, 1]))
    assert turning_point(draws, source="Value", target="Satisfaction").dims == ("draw",)


def test_total_effects_are_slopes_at_the_means():
    """Derivatives, by differences, of a chain through a moderated path."""
    text = "Z =~ z; A =~ a; B =~ b; Y =~ y; A ~ Z; B ~ Z; Y ~ A + B + A:B"
    generator = np.random.default_rng(2)
    z = generator.normal(size=500)
    a = 0.6 * z + generator.normal(size=500)
    b = 0.4 * z + generator.normal(size=500)
    y = 0.5 * a + 0.3 * b + 0.4 * a * b + generator.normal(size=500)
    found = fit(pd.DataFrame({"z": z, "a": a, "b": b, "y": y}), PathModel.parse(text))
    path = {
        (s, t): found.paths.sel(source=s, target=t).item()
        for s, t in (("Z", "A"), ("Z", "B"), ("A", "Y"), ("B", "Y"))
    }
    bend = product_coefficients(found).sel(source="A:B", target="Y").item()
    assert abs(bend) > 0.1

    def outcome(level: float) -> float:
        one, other = path["Z", "A"] * level, path["Z", "B"] * level
        return path["A", "Y"] * one + path["B", "Y"] * other + bend * one * other

    step = 1e-4
    derivative = (outcome(step) - outcome(-step)) / (2 * step)
    total = total_effects(found).sel(source="Z", target="Y").item()
    # A central difference of a quadratic is exact.
    assert total == pytest.approx(derivative, abs=1e-9)
    assert indirect_effects(found).sel(source="Z", target="Y").item() == pytest.approx(total)


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"source": "Y", "target": "A"}, "no product of 'Y' with another construct on 'A'"),
        ({"source": "B", "target": "Y", "moderator": "B"}, "no product of 'B' with 'B' on 'Y'"),
        ({"source": "A", "target": "Y"}, "has the moderators B, A; say which by moderator="),
        ({"source": "X", "target": "Y"}, "has no construct 'X'"),
    ],
)
def test_a_product_that_is_not_there_is_one_sentence(how, sentence):
    with pytest.raises(ModelError, match=sentence) as caught:
        simple_slopes(fit(surface(0.5, 0.2, 0.3, 0.1), SURFACE), **how)
    assert "\n" not in str(caught.value)
    with pytest.raises(ModelError, match="no product of 'B' with 'B'"):
        turning_point(fit(surface(0.5, 0.2, 0.3, 0.1), SURFACE), source="B", target="Y")
