"""Standard errors of draws: each the jackknife of the draw's own rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models import bootstrap, bootstrap_moments, fit, interval
from csat_models.estimation.draws.counts import person_counts, row_counts
from csat_models.estimation.draws.jackknifing import jackknife_moments
from csat_models.estimation.draws.leave_outs import jackknife_standard_error
from csat_models.estimation.draws.sources import counts_of_parts, divide
from csat_models.estimation.estimates import fit_moments
from csat_models.estimation.intervals.studentisation import draw_standard_errors
from csat_models.model import PathModel


@pytest.fixture
def survey() -> pd.DataFrame:
    generator = np.random.default_rng(2)
    frame = pd.DataFrame(generator.normal(5, 2, (30, 3)), columns=["x", "y", "z"])
    frame.loc[generator.random(30) < 0.2, "y"] = np.nan
    frame["w"] = generator.uniform(0.5, 2.0, 30)
    frame["city"] = ["a"] * 14 + ["b"] * 16
    return frame


@pytest.mark.parametrize("by", [[], ["city"]])
def test_errors_equal_the_jackknife_of_the_resampled_rows(survey, by):
    how = {"items": ["x", "y", "z"], "sampling_weights": "w", "by": by}
    found = draw_standard_errors(survey, lambda moments: moments.cov, n_boot=6, seed=4, **how)
    generator = np.random.default_rng(4)
    cells = [survey] if not by else [survey[survey["city"] == city] for city in "ab"]
    counts = [row_counts(len(cell), 6, generator) for cell in cells]
    for draw in range(6):
        rows = pd.concat(
            cell.loc[cell.index.repeat(count[draw])]
            for cell, count in zip(cells, counts, strict=True)
        )
        expected = jackknife_standard_error(jackknife_moments(rows, **how).cov)
        # Differences of sums in two orders.
        np.testing.assert_allclose(found.sel(draw=draw), expected, rtol=1e-7)


def test_persons_are_left_out_whole():
    frame = pd.DataFrame({"x": [1.0, 2.0, 4.0, 8.0, 3.0, 5.0], "who": list("aabbcd")})
    found = draw_standard_errors(
        frame, lambda moments: moments.mean, n_boot=8, seed=3, items=["x"], persons="who"
    )
    counts = person_counts(list("abcd"), 8, seed=3)
    for draw, count in enumerate(counts):
        copies = [f"{who}{k}" for who, c in zip("abcd", count, strict=True) for k in range(c)]
        rows = pd.concat(
            [frame[frame["who"] == copy[0]].assign(who=copy) for copy in copies] or [frame.head(0)]
        )
        if len(copies) < 2:
            continue
        left = jackknife_moments(rows, items=["x"], persons="who").mean
        assert found[draw].item() == pytest.approx(jackknife_standard_error(left).item())


def test_studentised_interval_of_a_path():
    generator = np.random.default_rng(6)
    common = generator.normal(size=(50, 1))
    frame = pd.DataFrame(common + 0.6 * generator.normal(size=(50, 4)), columns=list("abcd"))
    model = PathModel.parse("Q =~ a + b\nS =~ c + d\nS ~ Q")
    point = fit(frame, model)
    draws = bootstrap(frame, model, n_boot=99, seed=5, point=point)
    errors = draw_standard_errors(
        frame,
        lambda moments: fit_moments(moments, model, point.settings, orientation=point).r_squared,
        n_boot=99,
        seed=5,
        items=model.items,
    )
    assert errors.dims == draws.r_squared.dims
    found = interval(
        draws.r_squared, point=point.r_squared, kind="studentised", standard_errors=errors
    ).sel(construct="S")
    plain = interval(draws.r_squared, point=point.r_squared).sel(construct="S")
    # The error falls as R squared nears 1: the interval reaches further down than up.
    assert found.lower < found.estimate < found.upper
    assert found.upper - found.estimate < found.estimate - found.lower
    assert errors.sel(construct="S").mean().item() == pytest.approx(
        plain.standard_error.item(), rel=0.5
    )


@pytest.fixture
def many() -> pd.DataFrame:
    generator = np.random.default_rng(7)
    common = generator.normal(size=(600, 1))
    frame = pd.DataFrame(5 + common + generator.normal(size=(600, 4)), columns=list("abcd"))
    frame["w"] = generator.uniform(0.5, 2.0, 600)
    frame["city"] = ["n"] * 250 + ["s"] * 350
    return frame


@pytest.mark.parametrize("by", [[], ["city"]])
def test_the_infinitesimal_jackknife_of_a_mean_has_a_closed_form(many, by):
    """Of a weighted mean, the derivative in a part's count is its sum of deviations over all."""
    how = {"n_boot": 5, "seed": 3, "items": ["a", "b"], "sampling_weights": "w", "by": by}
    found = draw_standard_errors(many, lambda moments: moments.mean, parts=30, **how)
    sample = divide(many, parts=30, **{k: v for k, v in how.items() if k != "n_boot"})
    means = bootstrap_moments(many, parts=30, **how).mean
    for cell, counts in counts_of_parts(sample, 5, 3):
        parts = sample.cells[cell][1]
        for draw in range(5):
            c = counts[draw].astype(float)
            mean = means[(draw, *cell)].to_numpy()
            sums = parts.sums.deviations + parts.sums.weight[:, None] * (parts.centre - mean)
            slope = sums / (c @ parts.sums.weight)
            n = c.sum()
            variance = n / (n - 1) * (c @ slope**2 - (c @ slope) ** 2 / n)
            # A step of 1/16 of one of 30 parts is not quite a derivative: 1/16 / 30.
            np.testing.assert_allclose(found[(draw, *cell)], np.sqrt(variance), rtol=5e-3)


def test_errors_of_parts_agree_with_those_of_respondents(many):
    """On average over draws, and with the spread of the draws themselves."""
    model = PathModel.parse("Q =~ a + b\nS =~ c + d\nS ~ Q")
    point = fit(many, model)

    def path(moments):
        estimates = fit_moments(moments, model, point.settings, orientation=point)
        return estimates.paths.sel(source="Q", target="S")

    how = {"n_boot": 150, "seed": 5, "items": model.items}
    errors = draw_standard_errors(many, path, parts=60, **how)
    draws = bootstrap(many, model, n_boot=150, seed=5, parts=60, point=point)
    drawn = draws.paths.sel(source="Q", target="S")
    assert errors.dims == drawn.dims
    left = jackknife_moments(many, items=model.items)
    exact = jackknife_standard_error(path(left)).item()
    # 60 parts: each error varies by 1/sqrt(120) = 9 %, their common part with them.
    assert errors.mean().item() == pytest.approx(exact, rel=0.2)
    assert 0.04 < (errors.std() / errors.mean()).item() < 0.25
    found = interval(
        drawn, point=path(point.moments), kind="studentised", standard_errors=errors, level=0.9
    )
    plain = interval(drawn, point=path(point.moments), level=0.9)
    assert (found.upper - found.lower).item() == pytest.approx(
        (plain.upper - plain.lower).item(), rel=0.35
    )


def test_parts_of_persons_are_one_in_all_their_cells(many):
    """A person in two cities: the error of the difference knows of the covariance."""
    pairs = many.assign(who=[f"p{k % 300}" for k in range(600)], city=["n"] * 300 + ["s"] * 300)
    pairs.loc[300:, "a"] = pairs.loc[:299, "a"].to_numpy() + 0.1

    def gap(moments):
        mean = moments.mean.sel(item="a")
        return mean.sel(city="n") - mean.sel(city="s")

    how = {"n_boot": 10, "seed": 2, "items": ["a"], "by": ["city"], "parts": 40}
    linked = draw_standard_errors(pairs, gap, persons="who", **how)
    apart = draw_standard_errors(pairs, gap, **how)
    # The same answers twice: their difference does not vary.
    assert linked.max() < 1e-8
    assert apart.min() > 0.05
