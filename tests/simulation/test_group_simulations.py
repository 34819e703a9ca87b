"""Size and power of the tests of groups.

The simulation is `benchmarks/group_simulations.py`; its results are in `benchmarks/groups.md`.
"""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
REPLICATIONS, PERMUTATIONS, FIRST_SEED = 300, 99, 910_000
# Three and a half Monte-Carlo errors of a share of .05 in 300 samples; 14 tests are looked at.
NEAR = 3.5 * np.sqrt(0.05 * 0.95 / REPLICATIONS)


@pytest.fixture(scope="module")
def script():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield importlib.import_module("group_simulations")


def test_samples_are_of_the_populations_that_their_conditions_say(script):
    for condition in script.CONDITIONS:
        big = script.Condition(
            name=condition.name,
            sizes=(200_000, 200_000),
            loading=condition.loading,
            mean=condition.mean,
            spread=condition.spread,
            path=condition.path,
        )
        frame = script.draw_sample(big, 1)
        one, other = (part.drop(columns="group") for _, part in frame.groupby("group"))
        # Standard errors of a correlation, mean or variance at n = 200,000 are .003 at most.
        near = {"abs": 0.015}
        load = script.LOADINGS[0]
        assert one["x1"].corr(one["x3"]) == pytest.approx(load * script.LOADINGS[2], **near)
        assert other["x1"].corr(other["x3"]) == pytest.approx(load * condition.loading, **near)
        assert other["x1"].mean() - one["x1"].mean() == pytest.approx(condition.mean * load, **near)
        assert other["x1"].var() / one["x1"].var() == pytest.approx(condition.spread, **near)
        assert one["x1"].corr(one["y1"]) == pytest.approx(load**2 * script.FIRST_PATH, **near)
        assert other["x1"].corr(other["y1"]) == pytest.approx(load**2 * condition.path, **near)
        np.testing.assert_allclose(one.var(), 1.0, atol=0.015)


def test_seeds_decide_and_every_test_has_a_share(script):
    condition = script.CONDITIONS[0]
    how = {"n_permutations": 19, "first_seed": 7}
    one, other = (script.rejections(condition, 2, **how) for _ in range(2))
    pd.testing.assert_frame_equal(one, other)
    assert len(one) == 9 + 3 + 2 and one["same"].all()
    table = script.printed(one)
    assert table["sizes"].to_list() == ["100 + 100"]
    changed = script.rejections(script.CONDITIONS[-1], 2, **how)
    assert set(changed.loc[~changed["same"], "test"]) == {
        "path X -> Y",
        "any path (Holm)",
        "all paths at once",
    }


@pytest.mark.slow
def test_equal_groups_are_rejected_as_often_as_the_level_says(script):
    found = script.rejections(
        script.CONDITIONS[1], REPLICATIONS, n_permutations=PERMUTATIONS, first_seed=FIRST_SEED
    )
    print(f"{REPLICATIONS} replications, {PERMUTATIONS} permutations, seeds {FIRST_SEED} and up")
    print(script.printed(found).to_string())
    assert (found["rejected"] < 0.05 + NEAR).all()
    one_by_one = ~found["test"].str.contains("any")
    assert (found.loc[one_by_one, "rejected"] > 0.05 - NEAR).all()


@pytest.mark.slow
@pytest.mark.parametrize("change", range(4))
def test_what_differs_is_found(script, change):
    condition = script.CONDITIONS[4 + 2 * change]
    found = script.rejections(condition, 100, n_permutations=PERMUTATIONS, first_seed=FIRST_SEED)
    print(f"100 replications, {PERMUTATIONS} permutations, seeds {FIRST_SEED} and up")
    print(script.printed(found).to_string())
    # At 300 a group: .96, .99, .99, .89; all paths at once .75 (errors of 100 samples .04).
    assert (found.loc[~found["same"], "rejected"] > 0.6).all()
