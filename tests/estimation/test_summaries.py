"""What a prompt or a notebook shows of responses, moments and estimates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from csat_models import Codebook, PathModel, bootstrap, compute_moments, fit
from csat_models.survey import Responses

MODEL = PathModel.parse("A =~ a1 + a2\nB =~ b1 + b2\nB ~ A")


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    generator = np.random.default_rng(4)
    common = generator.normal(size=(120, 1))
    table = pd.DataFrame(common + generator.normal(size=(120, 4)), columns=["a1", "a2", "b1", "b2"])
    table["city"] = np.where(np.arange(120) < 50, "x", "y")
    table["weight"] = generator.uniform(0.5, 2.0, size=120)
    return table


def test_moments_say_what_they_hold(frame):
    how = {"items": MODEL.items}
    assert (
        repr(compute_moments(frame, **how)) == "Moments(4 items; 120 respondents who count alike)"
    )
    cells = compute_moments(frame, by=["city"], sampling_weights="weight", **how)
    effective = float(cells.n_effective.sum())
    assert repr(cells) == (
        "Moments(4 items; city 2; 120 respondents with survey weights "
        f"(effective {effective:,.1f}))"
    )
    assert effective < 118
    assert cells._repr_html_() == f"<p>{cells!r}</p>"


def test_estimates_say_how_they_were_made(frame):
    found = fit(frame, MODEL)
    assert repr(found) == (
        "Estimates(pls, path: 2 constructs, 4 items, 1 path; 120 respondents who count alike)"
    )
    shown = found._repr_html_()
    assert f"{found.paths.sel(source='A', target='B').item():.3f}" in shown
    assert f"{found.r_squared.sel(construct='B').item():.3f}" in shown
    weighted = repr(fit(frame, MODEL, sampling_weights="weight", method="plsc"))
    assert weighted.startswith("Estimates(plsc, path: ")
    assert "120 respondents with survey weights (effective 1" in weighted


def test_draws_say_how_many_and_what_failed(frame):
    draws = bootstrap(frame, MODEL, n_boot=30, seed=1)
    assert "; draw 30; 120 respondents" in repr(draws)
    assert draws._repr_html_() == f"<p>{draws!r}</p>"
    flat = frame.assign(a1=np.where(np.arange(120) == 3, 1.0, 0.0))
    lost = bootstrap(flat, MODEL, n_boot=30, seed=1, max_failed_share=1.0)
    number = int((~lost.converged).sum())
    assert 0 < number < 30
    assert f"; {number} not converged; " in repr(lost)


def test_responses_say_which_weights_there_are():
    book = Codebook.load(Path(__file__).parents[2] / "params" / "codebook.yml")
    made = Responses(
        frame=pd.DataFrame({"weight": [1.0, 2.0]}),
        codebook=book,
        log=(),
        sha256="",
        source="<b>.csv",
        row_numbers=np.arange(2),
    )
    line = f"2 rows of <b>.csv; {len(book.items)} items; survey weights in 'weight', "
    assert repr(made) == f"Responses({line}for sampling_weights=)"
    assert "&lt;b&gt;.csv" in made._repr_html_()
    bare = replace(made, codebook=book.model_copy(update={"weight": None}))
    assert "weights" not in repr(bare)
