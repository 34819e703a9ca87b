"""Polychoric correlations of draws: one Newton step against estimating every draw anew."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models import (
    bootstrap,
    compute_moments,
    draw_ledger,
    fit,
    jackknife,
    jackknife_moments,
    jackknife_standard_error,
)
from csat_models.estimation.draws import contingency
from csat_models.estimation.draws.contingency import prepare_polychoric_draws
from csat_models.estimation.draws.copies import Copies
from csat_models.estimation.draws.counts import row_counts
from csat_models.estimation.ordinal import bivariate_normal, polychoric
from csat_models.model import PathModel

MODEL = PathModel.parse("Q =~ a + b\nS =~ c + d\nS ~ Q")


def answers(n: int, seed: int = 6) -> np.ndarray:
    """Four items of 2 to 5 categories behind which normal variables correlate."""
    generator = np.random.default_rng(seed)
    common = generator.normal(size=(n, 1))
    latent = 0.8 * common + 0.6 * generator.normal(size=(n, 4))
    cuts = [[-0.3], [-1.0, 0.0, 1.0], [-0.5, 0.5], [-1.2, -0.4, 0.3, 1.1]]
    return np.column_stack([np.digitize(latent[:, k], cuts[k]) + 1.0 for k in range(4)])


def anew(values: np.ndarray, weights: np.ndarray, counts: np.ndarray) -> np.ndarray:
    rows = [np.repeat(np.arange(len(values)), count) for count in counts]
    return np.stack([polychoric(values[one], weights[one]).correlations for one in rows])


@pytest.mark.parametrize(("gaps", "weighted"), [(0.0, False), (0.1, True)])
def test_a_newton_step_is_near_the_estimate_of_the_drawn_rows(gaps, weighted):
    values = answers(400)
    values[np.random.default_rng(1).random(values.shape) < gaps] = np.nan
    weights = np.random.default_rng(2).uniform(0.5, 2.0, 400) if weighted else np.ones(400)
    counts = row_counts(400, 60, np.random.default_rng(3))
    mean, cov = prepare_polychoric_draws(values, weights)(Copies(counts=counts))
    full = anew(values, weights, counts)
    low = np.tril_indices(4, -1)
    step, exact = cov[:, low[0], low[1]], full[:, low[0], low[1]]
    error = exact.std(axis=0)
    # What the step leaves out is of the order of the squared error: a fifth of one at n = 400.
    assert (np.abs(step - exact).max(axis=0) < 0.6 * error).all()
    assert (np.sqrt(((step - exact) ** 2).mean(axis=0)) < 0.2 * error).all()
    # The same 60 draws, so that only the step's own error counts.
    np.testing.assert_allclose(step.std(axis=0), error, rtol=0.08)
    picked = np.repeat(np.arange(400), counts[5])
    known = np.isfinite(values[picked])
    expected = (weights[picked] @ np.nan_to_num(values[picked])) / (weights[picked] @ known)
    np.testing.assert_allclose(mean[5], expected, rtol=1e-12)


def test_the_step_is_exact_to_first_order():
    """Its error falls with the square of the distance from the sample."""
    values, ones = answers(300), np.ones(300)
    away = np.random.default_rng(4).uniform(-1.0, 1.0, 300)
    errors = []
    for size in (0.2, 0.1, 0.05):
        weights = ones + size * away
        _, cov = prepare_polychoric_draws(values, ones)(Copies(counts=weights[None]))
        errors.append(np.abs(cov[0] - polychoric(values, weights).correlations).max())
    # Halving the distance divides the error by four, with a rest of third order.
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.35)
    assert errors[1] / errors[2] == pytest.approx(4.0, rel=0.2)


def test_the_sample_itself_is_a_draw():
    values, ones = answers(200), np.ones(200)
    _, cov = prepare_polychoric_draws(values, ones)(Copies(counts=np.ones((1, 200))))
    # The sample's correlations are found to 1e-11.
    np.testing.assert_allclose(cov[0], polychoric(values).correlations, atol=1e-9)


def test_two_categories_have_a_closed_form():
    """Of a table with margins of a half, the correlation is sin(2 pi (p - 1/4))."""
    share = float(bivariate_normal(np.zeros(1), np.zeros(1), np.array([0.4]))[0])
    values = np.array([[1.0, 1.0], [1.0, 2.0], [2.0, 1.0], [2.0, 2.0]])
    weights = np.array([share, 0.5 - share, 0.5 - share, share])
    moved = np.array([1.0, -1.0, -1.0, 1.0]) * 1e-4
    _, cov = prepare_polychoric_draws(values, weights)(Copies(counts=1.0 + moved[None] / weights))
    # A step of 1e-4 leaves out its square.
    assert cov[0, 0, 1] == pytest.approx(np.sin(2 * np.pi * (share + 1e-4 - 0.25)), abs=1e-6)


def test_blocks_of_rows_change_nothing(monkeypatch):
    values, ones = answers(300), np.ones(300)
    copies = Copies(counts=row_counts(300, 8, np.random.default_rng(5)))
    whole = prepare_polychoric_draws(values, ones)(copies)
    monkeypatch.setattr(contingency, "ROW_BLOCK", 70)
    for one, other in zip(whole, prepare_polychoric_draws(values, ones)(copies), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10)


def test_bootstrap_and_jackknife_of_ordinal_answers():
    frame = pd.DataFrame(answers(250), columns=list("abcd"))
    point = fit(frame, MODEL, ordinal=True)
    draws = bootstrap(frame, MODEL, n_boot=500, seed=1, ordinal=True, point=point)
    left = jackknife(frame, MODEL, ordinal=True, point=point)
    path = {"source": "Q", "target": "S"}
    error = draws.paths.sel(path).std("draw").item()
    # 500 draws: relative error 3.2 %, and two linear approximations.
    assert jackknife_standard_error(left.paths.sel(path)).item() == pytest.approx(error, rel=0.15)
    numbers = bootstrap(frame, MODEL, n_boot=500, seed=1)
    assert draws.paths.sel(path).mean() > numbers.paths.sel(path).mean() + 0.05


def test_leave_outs_are_near_the_correlations_of_what_remains():
    frame = pd.DataFrame(answers(150), columns=list("abcd"))
    left = jackknife_moments(frame, ordinal=True)
    for row in (0, 70, 149):
        alone = compute_moments(frame.drop(index=row), ordinal=True)
        # One of 150 rows moves a correlation by up to .02, and the step leaves out its square.
        np.testing.assert_allclose(left.cov.sel(part=row), alone.cov, atol=1e-3)
        np.testing.assert_allclose(left.mean.sel(part=row), alone.mean, rtol=1e-12)


def test_an_item_of_one_category_is_named_in_the_ledger():
    frame = pd.DataFrame(answers(200), columns=list("abcd"))
    # Two of 200: no table holds a zero that would leave the pair without a maximum.
    frame["a"] = 1.0
    frame.loc[frame.index[[3, 11, 20]], "a"] = 2.0
    frame.loc[[3, 11, 20], "b"] = [2.0, 3.0, 4.0]
    frame.loc[[3, 11, 20], "c"] = [1.0, 2.0, 3.0]
    frame.loc[[3, 11, 20], "d"] = [2.0, 3.0, 4.0]
    draws = bootstrap(frame, MODEL, n_boot=400, seed=2, ordinal=True, max_failed_share=1.0)
    ledger = draw_ledger(draws)
    # All three are left out of a draw with probability (197/200)^200 = .049: 19 +- 4.
    assert 4 < ledger.no_variance.sel(item="a").item() < 40
    flat = np.diagonal(draws.moments.cov, axis1=1, axis2=2) == 0
    assert not draws.converged.to_numpy()[flat.any(axis=1)].any()
