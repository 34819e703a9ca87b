"""Necessary conditions: areas by hand and by integration, permutation, bottlenecks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csat_models.analysis.ceilings import CEILINGS, CeilingLine, effect_size
from csat_models.analysis.necessity import bottleneck_table, necessity
from csat_models.errors import DataError

# Areas are sums of a few hundred products of doubles.
ROUNDING = 1e-10


def integrated(x: np.ndarray, y: np.ndarray, ceiling: str, scope: tuple) -> float:
    """Area above the ceiling by 200,001 slices; the error is under 1e-4 of the scope."""
    left, right, bottom, top = scope
    at = np.linspace(left, right, 200_001)
    if ceiling == "ce_fdh":
        seen = x[None, :] <= at[::100, None]
        height = np.where(seen, y[None, :], bottom).max(axis=1)
        return float(np.trapezoid(top - height, at[::100]))
    line = CeilingLine.of(x, y)
    return float(np.trapezoid(top - np.clip(line.intercept + line.slope * at, bottom, top), at))


def sample(seed: int, n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    x = np.round(generator.uniform(size=n), 2)
    return x, x**0.7 * generator.uniform(size=n) + 0.1


@pytest.mark.parametrize("ceiling", CEILINGS)
@pytest.mark.parametrize("scope", [None, (-0.2, 1.3, 0.0, 1.5)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_effect_is_the_area_above_the_ceiling(ceiling, scope, seed):
    x, y = sample(seed)
    whole = scope or (x.min(), x.max(), y.min(), y.max())
    area = (whole[1] - whole[0]) * (whole[3] - whole[2])
    wanted = integrated(x, y, ceiling, whole) / area
    # Slices of the steps are a 2,000th of the scope wide.
    assert effect_size(x, y, ceiling=ceiling, scope=scope) == pytest.approx(wanted, abs=2e-3)


def test_a_small_case_by_hand():
    """Corners (0, 1), (2, 3), (3, 4): zone 2 * 3 + 1 * 1 of 12; the line is y = 1 + x."""
    x, y = np.array([0.0, 1.0, 2.0, 3.0, 3.0]), np.array([1.0, 0.0, 3.0, 4.0, 2.0])
    assert effect_size(x, y) == pytest.approx(7 / 12)
    line = CeilingLine.of(x, y)
    assert (line.intercept, line.slope) == (pytest.approx(1.0), pytest.approx(1.0))
    assert effect_size(x, y, ceiling="cr_fdh") == pytest.approx(4.5 / 12)


@pytest.mark.parametrize("ceiling", CEILINGS)
@pytest.mark.parametrize("condition", ["Individualism", "Risk taking"])
def test_the_example_of_dul_is_that_of_nca(condition, ceiling, oracle):
    """28 countries of Dul (2016), who prints effects of .42 and .31 for individualism."""
    nca = oracle("nca")
    frame, theirs = pd.DataFrame(nca["data"]), nca["conditions"][condition][ceiling]
    outcome = "Innovation performance"
    x, y = (frame[name].to_numpy(dtype=float) for name in (condition, outcome))
    line = CeilingLine.of(x, y)
    # Sums of 28 products of doubles; NCA's are stored with all digits.
    assert effect_size(x, y, ceiling=ceiling) == pytest.approx(theirs["effect_size"], abs=1e-12)
    found = necessity(frame, outcome, conditions=[condition], ceiling=ceiling, n_permutations=99)
    assert 100 * found["accuracy"].item() == pytest.approx(theirs["accuracy"], abs=1e-9)
    if ceiling == "cr_fdh":
        assert line.slope == pytest.approx(theirs["slope"], abs=1e-12)
        assert line.intercept == pytest.approx(theirs["intercept"], abs=1e-10)
    needed = bottleneck_table(
        frame, outcome, conditions=[condition], ceiling=ceiling, levels=nca["levels"]
    )[condition]
    printed = [
        -np.inf if each == "NN" else float(each) for each in nca["bottlenecks"][ceiling][condition]
    ]
    # NCA prints three decimals, and says "not necessary" of the least value seen.
    np.testing.assert_allclose(needed.clip(upper=1e9), printed, atol=5.1e-4)


def test_the_printed_effects_of_individualism(oracle):
    found = oracle("nca")["conditions"]["Individualism"]
    effects = [round(found[ceiling]["effect_size"], 2) for ceiling in CEILINGS]
    assert effects == [0.42, 0.31]


@pytest.mark.parametrize("ceiling", CEILINGS)
def test_batch_equals_loop(ceiling):
    x, y = sample(4)
    many = np.random.default_rng(1).permuted(np.tile(y, (7, 1)), axis=1)
    found = effect_size(x, many, ceiling=ceiling)
    loop = [float(effect_size(x, each, ceiling=ceiling)) for each in many]
    np.testing.assert_allclose(found, loop, rtol=0, atol=ROUNDING)


@given(st.integers(0, 10_000))
def test_order_of_rows_and_scale_do_not_matter(seed):
    x, y = sample(seed, n=15)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return
    shuffled = np.random.default_rng(seed).permutation(len(x))
    for ceiling in CEILINGS:
        effect = effect_size(x, y, ceiling=ceiling)
        assert 0 <= effect <= 1
        moved = effect_size(3 * x[shuffled] - 2, 10 * y[shuffled] + 1, ceiling=ceiling)
        assert moved == pytest.approx(effect, abs=1e-9)


def test_a_necessary_condition_is_found_and_a_mere_cause_is_not():
    generator = np.random.default_rng(2)
    x, other = generator.uniform(0, 100, size=(2, 300))
    frame = pd.DataFrame({"x": x, "other": other, "y": x * generator.uniform(size=300)})
    found = necessity(frame, "y", n_permutations=199, seed=1).set_index("condition")
    assert found["necessary"].to_dict() == {"x": True, "other": False}
    assert found["p_value"]["x"] == pytest.approx(1 / 200)
    weaker = frame.assign(y=0.5 * frame["y"] + 25 * generator.uniform(size=300))
    less = necessity(weaker, "y", n_permutations=9).set_index("condition")
    assert less["effect_size"]["x"] < found["effect_size"]["x"]


def test_the_test_keeps_its_level():
    """200 unrelated pairs, seed 3: p under .05 in 5 %, Monte-Carlo error 1.5 %."""
    generator = np.random.default_rng(3)
    rejected = 0
    for _ in range(200):
        frame = pd.DataFrame(generator.normal(size=(40, 2)), columns=["x", "y"])
        rejected += necessity(frame, "y", n_permutations=99)["p_value"][0] <= 0.05
    assert rejected / 200 < 0.05 + 3 * 0.0155


def test_bottlenecks_are_read_off_the_ceiling():
    frame = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0], "y": [1.0, 0.0, 3.0, 4.0]})
    steps = bottleneck_table(frame, "y", levels=[0.5, 1.0, 2.0, 3.5, 5.0])
    assert steps["x"].tolist()[:4] == [-np.inf, -np.inf, 2.0, 3.0]
    assert np.isnan(steps["x"].iloc[4])
    line = bottleneck_table(frame, "y", ceiling="cr_fdh", levels=[1.0, 2.0, 3.5, 4.5])
    assert line["x"].tolist()[:3] == [-np.inf, pytest.approx(1.0), pytest.approx(2.5)]
    assert np.isnan(line["x"].iloc[3])


def test_rows_with_gaps_are_left_out_and_what_cannot_be_is_refused():
    frame = pd.DataFrame({"x": [0.0, 1.0, np.nan, 2.0], "y": [0.0, 1.0, 2.0, np.nan], "c": 1.0})
    assert necessity(frame, "y", conditions=["x"], n_permutations=9)["n_obs"].item() == 2
    with pytest.raises(DataError, match="'c' has fewer than two values"):
        necessity(frame, "y")
    with pytest.raises(DataError, match="no column 'z'"):
        necessity(frame, "z")
    with pytest.raises(DataError, match="no column 'z'"):
        necessity(frame, "y", conditions=["z"])
    with pytest.raises(DataError, match="outside the scope"):
        effect_size(np.array([0.0, 2.0]), np.array([0.0, 1.0]), scope=(0, 1, 0, 1))


def test_a_ceiling_that_does_not_rise_needs_nothing_up_to_its_height():
    frame = pd.DataFrame({"x": [0.0, 1.0, 2.0], "y": [3.0, 2.0, 1.0]})
    for ceiling in CEILINGS:
        found = bottleneck_table(frame, "y", ceiling=ceiling, levels=[0, 3, 4])["x"]
        assert found.tolist()[:2] == [-np.inf, -np.inf]
        assert np.isnan(found[2])


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"ceiling": "CE-FDH"}, "ceiling='CE-FDH' is unknown; write ce_fdh or cr_fdh"),
        ({"n_permutations": 0}, "n_permutations=0 is too small or no whole"),
        ({"seed": "a"}, "seed='a' is no seed"),
        ({"scope": (0, 1)}, "is not four numbers"),
        ({"scope": "abcd"}, "is not four numbers"),
        ({"conditions": "Quality"}, r"is one name; write a list, as \['Quality'\]"),
        ({"conditions": ["text"]}, "the column 'text' must be numbers"),
        ({"conditions": ["far"]}, "'far' has 1 infinite values"),
    ],
)
def test_choices_and_columns_that_have_no_ceiling_are_told(choice, sentence):
    frame = pd.DataFrame({"y": [0.0, 2.0, 1.0], "x": [0.0, 1.0, 2.0]})
    frame = frame.assign(text=list("abc"), far=[0.0, 1.0, np.inf])
    with pytest.raises(DataError, match=sentence):
        necessity(frame, "y", **{"conditions": ["x"], "n_permutations": 9} | choice)


def test_scores_that_are_no_table_are_told():
    frame = pd.DataFrame({"y": [0.0, 2.0, 1.0], "x": [0.0, 1.0, 2.0]})
    with pytest.raises(DataError, match="several columns of the scores are called 'x'"):
        necessity(pd.concat([frame, frame[["x"]]], axis=1), "y")
    with pytest.raises(DataError, match="scores are a ndarray"):
        necessity(frame.to_numpy(), "y")
    with pytest.raises(DataError, match="these have wave, row, construct"):
        batch = frame.rename_axis(index="row", columns="construct").stack().to_xarray()
        necessity(batch.expand_dims(wave=[1, 2]), "y")
    with pytest.raises(DataError, match="ceiling='q' is unknown"):
        bottleneck_table(frame, "y", ceiling="q")
    with pytest.raises(DataError, match="levels must be numbers"):
        bottleneck_table(frame, "y", levels=["low"])
