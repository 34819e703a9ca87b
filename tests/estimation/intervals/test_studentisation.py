"""Standard errors of draws: each the jackknife of the draw's own rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models import bootstrap, fit, interval
from csat_models.estimation.draws.counts import person_counts, row_counts
from csat_models.estimation.draws.jackknifing import jackknife_moments
from csat_models.estimation.draws.leave_outs import jackknife_standard_error
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
