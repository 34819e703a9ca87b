"""Intervals of paths, indirect effects and the index cover as often as they say.

The simulation is `benchmarks/path_coverage.py`; its results are in `benchmarks/coverage.md`.
"""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from csat_models import compute_moments, fit
from csat_models.estimation.draws.leave_outs import standard_error_array

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
REPLICATIONS, N_BOOT, SEED = 400, 300, 43


@pytest.fixture(scope="module")
def script():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield importlib.import_module("path_coverage")


def test_sums_of_parts_are_the_moments_of_the_drawn_rows(script):
    answers, picks = script.draw_sample(100, 0, 3, seed=1)
    sums = script.whole_and_without(script.part_sums(answers, picks, 25))
    mean, cov = script.moments_of_sums(sums, answers.mean(axis=0))
    for draw in range(3):
        rows = answers[picks[draw]]
        # Sums of 100 products in two orders.
        np.testing.assert_allclose(mean[0, draw], rows.mean(axis=0), rtol=1e-12)
        np.testing.assert_allclose(cov[0, draw], np.cov(rows.T), rtol=1e-10, atol=1e-12)
        rest = np.delete(rows, slice(8, 12), axis=0)
        np.testing.assert_allclose(cov[3, draw], np.cov(rest.T), rtol=1e-10, atol=1e-12)


def test_the_error_of_a_draw_does_not_count_copies_as_one(script):
    """Of a mean it is the draw's own standard deviation over the root of n."""
    answers, picks = script.draw_sample(500, 1, 40, seed=1)
    sums = script.whole_and_without(script.part_sums(answers, picks, 25))
    mean, _ = script.moments_of_sums(sums, answers.mean(axis=0))
    found = (standard_error_array(mean[1:]) ** 2).mean()
    expected = (answers[picks].var(axis=1, ddof=1) / 500).mean()
    # 40 draws x 11 items of 25 groups: relative error of a variance some 2 % to 5 %.
    assert found == pytest.approx(expected, rel=0.12)


def test_the_truth_is_what_a_large_sample_shows(script):
    truth = script.statistics_of(script.true_estimates()).to_series()
    answers, _ = script.draw_sample(200_000, 0, 1, seed=2)
    frame = pd.DataFrame(answers, columns=list(script.MODEL.items))
    moments = compute_moments(frame)
    found = script.statistics_of(fit(moments, script.MODEL)).to_series()
    kinds = truth.index.str.startswith("index")
    # Standard errors at n = 2,000 are .02 of a path and .35 of an index: a tenth here.
    np.testing.assert_allclose(found[~kinds], truth[~kinds], atol=0.01)
    np.testing.assert_allclose(found[kinds], truth[kinds], atol=0.2)


def test_batches_change_nothing(script):
    how = {"replications": 3, "n_boot": 50, "seed": 5}
    one, three = (script.simulate(100, batch=batch, **how) for batch in (1, 3))
    keys = ["replication", "kind", "statistic"]
    pd.testing.assert_frame_equal(
        one.sort_values(keys).reset_index(drop=True),
        three.sort_values(keys).reset_index(drop=True),
        check_exact=False,
        rtol=1e-9,
    )
    later = script.simulate(100, first=2, **how | {"replications": 1})
    np.testing.assert_array_equal(
        later.sort_values(keys)["lower"], one[one["replication"] == 2].sort_values(keys)["lower"]
    )


def test_a_wrong_truth_is_not_covered(script):
    rows = script.simulate(250, replications=4, n_boot=60, seed=6)
    table = script.coverage_table(rows)
    assert (table["coverage"] > 0.5).all()
    moved = rows.assign(truth=rows["truth"] + 1.0)
    moved["covered"] = moved["truth"].between(moved["lower"], moved["upper"])
    paths = script.coverage_table(moved).query("family != 'index'")
    assert (paths["coverage"] == 0).all()
    assert (paths["below"] == 1).all()


def test_the_section_replaces_itself_and_nothing_else(script, tmp_path, monkeypatch):
    (tmp_path / "benchmarks").mkdir()
    report = tmp_path / "benchmarks" / "coverage.md"
    report.write_text("# Coverage\n\nkept\n", "utf-8")
    monkeypatch.setattr(script, "ROOT", tmp_path)
    rows = script.simulate(100, replications=2, n_boot=40, seed=7)
    script.write_section({"Seed": "7"}, rows)
    report.write_text(report.read_text("utf-8") + "\n## Later\n\nkept too\n", "utf-8")
    script.write_section({"Seed": "8"}, rows)
    text = report.read_text("utf-8")
    assert text.startswith("# Coverage\n\nkept\n\n" + script.HEADING)
    assert text.endswith("## Later\n\nkept too\n")
    assert text.count(script.HEADING) == 1
    assert "Seed: 8" in text
    assert "Seed: 7" not in text


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 500])
def test_intervals_cover(script, n):
    """They cover 95 % of 400 samples, to four Monte-Carlo errors and half a point."""
    rows = script.simulate(n, replications=REPLICATIONS, n_boot=N_BOOT, seed=SEED)
    table = script.coverage_table(rows)
    print(f"{REPLICATIONS} replications, {N_BOOT} draws, seed {SEED}")
    print(table.round(4).to_string())
    # The quantiles of 300 draws cover .5 points too little.
    assert ((table["coverage"] - 0.945).abs() < 4 * table["mc_error"] + 0.005).all()
    assert table["se_ratio"].between(0.9, 1.1).all()
