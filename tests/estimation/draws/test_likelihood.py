"""Draws with missing answers: equal to estimating every resampled set of rows anew."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from csat_models import (
    bootstrap,
    bootstrap_moments,
    compute_moments,
    draw_ledger,
    fit,
    jackknife,
    jackknife_moments,
    jackknife_standard_error,
)
from csat_models.errors import InadmissibleError
from csat_models.estimation.draws import likelihood, patterns
from csat_models.estimation.draws.acceleration import Acceleration
from csat_models.estimation.draws.copies import Copies
from csat_models.estimation.draws.counts import row_counts
from csat_models.estimation.draws.gaps import Gaps
from csat_models.estimation.draws.likelihood import prepare_em_draws
from csat_models.estimation.draws.patterns import pairwise_draws
from csat_models.estimation.incomplete import pairwise_moments
from csat_models.model import PathModel
from csat_models.survey.incomplete import em_moments

ITEMS = list("abcd")
MODEL = PathModel.parse("Q =~ a + b\nS =~ c + d\nS ~ Q")

# A draw stops within 1e-7 standard deviations a step, some 1e-6 from its maximum.
NEAR = 3e-6


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    generator = np.random.default_rng(31)
    values = 6 + generator.normal(size=(150, 1)) + generator.normal(size=(150, 4))
    table = pd.DataFrame(values, columns=ITEMS)
    table = table.mask(generator.random(table.shape) < 0.15).dropna(how="all")
    table["city"] = np.where(np.arange(len(table)) < 70, "north", "south")
    table["weight"] = generator.uniform(0.5, 2.0, size=len(table))
    return table.reset_index(drop=True)


def counts_of(n: int, n_boot: int = 6) -> np.ndarray:
    return row_counts(n, n_boot, np.random.default_rng(3))


@pytest.mark.parametrize("weighted", [False, True])
def test_draws_are_maximum_likelihood_of_the_drawn_rows(frame, weighted):
    values = frame[ITEMS].to_numpy()
    weights = frame["weight"].to_numpy() if weighted else np.ones(len(frame))
    counts = counts_of(len(frame))
    mean, cov = prepare_em_draws(values, weights)(Copies(counts=counts))
    for draw, count in enumerate(counts):
        rows = np.repeat(np.arange(len(values)), count)
        alone = em_moments(values[rows], weights[rows])
        np.testing.assert_allclose(mean[draw], alone.mean, atol=NEAR)
        np.testing.assert_allclose(cov[draw], alone.cov * len(rows) / (len(rows) - 1), atol=NEAR)


def test_pairwise_draws_are_those_of_the_drawn_rows(frame):
    values, weights = frame[ITEMS].to_numpy(), frame["weight"].to_numpy()
    counts = counts_of(len(frame))
    mean, cov = pairwise_draws(values, weights, Copies(counts=counts))
    for draw, count in enumerate(counts):
        rows = np.repeat(np.arange(len(values)), count)
        expected = pairwise_moments(values[rows], weights[rows])
        # Sums of 150 products in two orders.
        np.testing.assert_allclose(mean[draw], expected[0], rtol=1e-12)
        np.testing.assert_allclose(cov[draw], expected[1], rtol=1e-10, atol=1e-12)


def test_blocks_of_draws_change_nothing(frame, monkeypatch):
    values, weights = frame[ITEMS].to_numpy(), np.ones(len(frame))
    copies = Copies(counts=counts_of(len(frame), 9))
    whole = [prepare_em_draws(values, weights)(copies), pairwise_draws(values, weights, copies)]
    monkeypatch.setattr(patterns, "MOST_DRAWS", 2)
    monkeypatch.setattr(likelihood, "MOST_ROWS", 40)
    again = [prepare_em_draws(values, weights)(copies), pairwise_draws(values, weights, copies)]
    for one, other in zip(whole, again, strict=True):
        for here, there in zip(one, other, strict=True):
            np.testing.assert_allclose(here, there, rtol=1e-12)


@pytest.mark.parametrize("missing", ["em", "pairwise"])
def test_without_missing_answers_draws_are_the_usual_ones(frame, missing):
    complete = frame.dropna()
    how = {"n_boot": 20, "seed": 4, "items": ITEMS, "sampling_weights": "weight", "by": ["city"]}
    found = bootstrap_moments(complete, missing=missing, **how)
    usual = bootstrap_moments(complete, **how)
    np.testing.assert_allclose(found.mean, usual.mean, rtol=1e-10)
    np.testing.assert_allclose(found.cov, usual.cov, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("missing", ["em", "pairwise"])
def test_leave_outs_are_the_moments_of_what_remains(frame, missing):
    how = {"items": ITEMS, "missing": missing, "sampling_weights": "weight"}
    left = jackknife_moments(frame, **how)
    assert left.cov.sizes["part"] == len(frame)
    for row in (0, 17, 149):
        if row >= len(frame):
            continue
        alone = compute_moments(frame.drop(index=row), **how)
        np.testing.assert_allclose(left.mean.sel(part=row), alone.mean, atol=NEAR)
        np.testing.assert_allclose(left.cov.sel(part=row), alone.cov, atol=NEAR)
    cells = jackknife_moments(frame, by=["city"], **how)
    north = compute_moments(frame[frame["city"] == "north"], **how)
    np.testing.assert_allclose(cells.cov.sel(part=120, city="north"), north.cov, atol=1e-12)


def test_the_uncertainty_of_the_missing_answers_is_in_the_draws():
    """Half of y is missing where x is large: its mean is as uncertain as theory says."""
    generator = np.random.default_rng(5)
    n = 600
    x = generator.normal(size=n)
    y = 0.6 * x + 0.8 * generator.normal(size=n)
    table = pd.DataFrame({"x": x, "y": np.where(x > 0, np.nan, y)})
    draws = bootstrap_moments(table, n_boot=800, seed=2, missing="em").mean.sel(item="y")
    known = table.dropna()
    slope = np.polyfit(known["x"], known["y"], 1)[0]
    residual = known["y"] - np.polyval(np.polyfit(known["x"], known["y"], 1), known["x"])
    m, shift = len(known), table["x"].mean() - known["x"].mean()
    # Anderson (1957): a regression estimate of the mean, from m of n rows.
    spread = residual.var(ddof=2) * (1 / m + shift**2 / (m * known["x"].var(ddof=0)))
    theory = np.sqrt(spread + slope**2 * table["x"].var() / n)
    # 800 draws: relative error 2.5 %; the formula drops terms of 1 / m.
    assert draws.std().item() == pytest.approx(theory, rel=0.1)
    replaced = bootstrap_moments(table, n_boot=400, seed=2).mean.sel(item="y")
    assert replaced.std() < 0.75 * draws.std()
    assert abs(draws.mean().item()) < 4 * theory
    assert replaced.mean() < -0.3


def test_bootstrap_and_jackknife_agree(frame):
    point = fit(frame, MODEL, missing="em")
    draws = bootstrap(frame, MODEL, n_boot=400, seed=1, missing="em", point=point)
    left = jackknife(frame, MODEL, missing="em", point=point)
    path = {"source": "Q", "target": "S"}
    error = draws.paths.sel(path).std("draw").item()
    # 400 draws: relative error 3.5 %; the jackknife is linear.
    assert jackknife_standard_error(left.paths.sel(path)).item() == pytest.approx(error, rel=0.2)
    assert bool(draws.converged.all())


def test_what_fails_in_a_draw_is_counted_by_name(frame):
    rare = frame.assign(b=np.where(np.arange(len(frame)) == 3, 1.0, 0.0))
    rare.loc[::5, "b"] = np.nan
    rare.loc[3, "b"] = 1.0
    for missing in ("em", "pairwise"):
        draws = bootstrap(rare, MODEL, n_boot=60, seed=1, missing=missing, max_failed_share=1.0)
        ledger = draw_ledger(draws)
        lost = 60 - int((draws.converged).sum())
        # The odd answer is left out of a draw with probability .37.
        assert 8 < ledger.no_variance.sel(item="b").item() <= lost
        assert ledger.no_data.item() == 0
        assert np.isnan(draws.paths.to_numpy()[~draws.converged.to_numpy()]).all()


def test_collinear_draws_are_missing_and_not_an_error():
    table = pd.DataFrame(np.random.default_rng(2).normal(size=(7, 3)), columns=list("abc"))
    table.loc[0, "a"] = np.nan
    counts = np.zeros((3, 7))
    counts[0], counts[1, 1:4], counts[2, 4:6] = 1, 2, 3
    mean, cov = prepare_em_draws(table.to_numpy(), np.ones(7))(Copies(counts=counts))
    assert np.isfinite(mean[0]).all()
    assert np.isfinite(cov[0]).all()
    # Two or three different rows of three items have no normal likelihood.
    assert np.isnan(cov[1:, 0, 1]).all()


def test_a_cell_without_moments_has_none_in_its_draws(frame):
    small = frame.assign(city=["tiny"] * 3 + ["large"] * (len(frame) - 3))
    how = {"by": ["city"], "items": ITEMS, "missing": "em"}
    draws = bootstrap_moments(small, n_boot=4, seed=1, **how)
    assert np.isnan(draws.cov.sel(city="tiny")).all()
    assert np.isfinite(draws.cov.sel(city="large")).all()
    with pytest.raises(InadmissibleError, match="collinear"):
        bootstrap(frame[:3], MODEL, n_boot=4, seed=1, missing="em")


def test_a_draw_that_does_not_converge_is_missing(frame, monkeypatch):
    monkeypatch.setattr(likelihood, "MAX_ITERATIONS", 2)
    values = frame[ITEMS].to_numpy()
    _, cov = prepare_em_draws(values, np.ones(len(values)))(Copies(counts=counts_of(len(values))))
    assert np.isnan(cov[:, 0, 1]).all()


def test_a_filled_in_answer_changes_the_draws(frame):
    """Changing one answer that was given, or losing it, moves every draw that holds its row."""
    values, weights = frame[ITEMS].to_numpy(), np.ones(len(frame))
    copies = Copies(counts=counts_of(len(frame)))
    row = int(np.flatnonzero(np.isfinite(values).all(axis=1))[0])
    lost = values.copy()
    lost[row, 1] = np.nan
    before, after = (
        prepare_em_draws(values, weights)(copies)[0],
        prepare_em_draws(lost, weights)(copies)[0],
    )
    holds = copies.counts[:, row] > 0
    # Two stops of the algorithm differ by less than NEAR.
    assert (np.abs(before - after)[holds, 1] > 1e-4).all()
    assert np.abs(before - after)[~holds].max() < NEAR


def test_draws_of_many_patterns_are_maximum_likelihood(mobi):
    """Rows that lack up to seven of 24 items, of which one weighs much in its regression."""
    generator = np.random.default_rng(8)
    values = mobi.to_numpy()
    values = np.where(generator.random(values.shape) < 0.08, np.nan, values)
    counts = counts_of(len(values), 3)
    mean, cov = prepare_em_draws(values, np.ones(len(values)))(Copies(counts=counts))
    for draw, count in enumerate(counts):
        rows = np.repeat(np.arange(len(values)), count)
        alone = em_moments(values[rows])
        deviation = np.sqrt(np.diagonal(alone.cov))
        factor = len(rows) / (len(rows) - 1)
        far = (cov[draw] - alone.cov * factor) / np.outer(deviation, deviation)
        assert np.abs((mean[draw] - alone.mean) / deviation).max() < NEAR
        assert np.abs(far).max() < NEAR


def test_sparse_counts_and_leave_outs_have_the_same_gaps():
    counts = sparse.csr_array(np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]]))
    rows = np.array([0, 2])
    assert Copies(counts=counts).dense(rows).tolist() == [[1.0, 2.0], [0.0, 0.0]]
    left = Copies.without_parts(np.array([0, 1, 1]), 2)
    assert left.dense(rows).tolist() == [[0.0, 1.0], [1.0, 0.0]]


def test_what_is_expected_of_missing_answers_is_their_regression():
    """Two rows of three items, one of which lacks two, by the formulas of regression."""
    cov = np.array([[1.0, 0.5, 0.2], [0.5, 2.0, 0.3], [0.2, 0.3, 1.5]])
    mean = np.array([0.1, -0.2, 0.3])
    gaps = Gaps.of(np.array([[1.0, np.nan, np.nan], [0.5, 2.0, np.nan]]), np.ones(2))
    weights = np.array([[2.0], [1.0]])
    first, second = gaps.fill_in(mean[:, None], np.linalg.inv(cov)[..., None], weights)
    slope = cov[1:, 0] / cov[0, 0]
    one = mean[1:] + slope * (1.0 - mean[0])
    left = cov[1:, 1:] - np.outer(slope, cov[0, 1:])
    weight = np.linalg.solve(cov[:2, :2], cov[:2, 2])
    other = mean[2] + weight @ (np.array([0.5, 2.0]) - mean[:2])
    spread = cov[2, 2] - weight @ cov[:2, 2]
    np.testing.assert_allclose(first[:, 0], [0.0, 2 * one[0], 2 * one[1] + other], rtol=1e-12)
    expected = np.zeros((3, 3))
    expected[1:, 1:] = 2 * (np.outer(one, one) + left)
    expected[0, 1:] = expected[1:, 0] = 2 * one
    expected[2, 2] += other**2 + spread
    expected[2, :2] += other * np.array([0.5, 2.0])
    expected[:2, 2] += other * np.array([0.5, 2.0])
    np.testing.assert_allclose(second[..., 0], expected, rtol=1e-12)


def accelerated(maps: np.ndarray, target: np.ndarray, n_steps: int) -> np.ndarray:
    """Go n_steps towards the fixed points (D, B) of linear maps (B, D, D)."""
    now = np.zeros_like(target)
    pace = Acceleration.start(now)
    for _ in range(n_steps):
        new = target + np.einsum("bde,eb->db", maps, now - target)
        now, lost = pace.next(now, new)
        assert not lost.any()
    return now


def test_acceleration_solves_a_few_slow_directions():
    """Plain steps leave .99 ** 7 of the way; three directions are solved for in as many steps."""
    maps = np.stack([np.diag([0.99, 0.5, 0.1]), np.diag([0.9, -0.3, 0.2])])
    target = np.array([[1.0, 2.0], [3.0, -1.0], [2.0, 0.5]])
    found = accelerated(maps, target, 7)
    np.testing.assert_allclose(found, target, atol=1e-6)
    for k in range(2):
        alone = accelerated(maps[k : k + 1], target[:, k : k + 1], 7)
        np.testing.assert_allclose(found[:, k], alone[:, 0], atol=1e-12)


def test_a_draw_gone_astray_goes_back_and_one_without_a_way_is_lost():
    pace = Acceleration.start(np.zeros((1, 2)))
    point, _ = pace.next(np.zeros((1, 2)), np.ones((1, 2)))
    point, lost = pace.next(point, np.array([[np.nan, 1.5]]))
    assert not lost.any()
    assert point[0, 0] == 1.0
    _, lost = pace.next(point, np.array([[np.nan, 1.6]]))
    assert lost.tolist() == [True, False]


def test_a_draw_whose_likelihood_has_no_bound_has_no_covariances():
    """Plain EM brings two of these six draws to correlations with an eigenvalue of 0."""
    rng = np.random.default_rng(1)
    values = rng.normal(size=(120, 1)) + rng.normal(size=(120, 6))
    values[rng.random(values.shape) < 0.5] = np.nan
    values = values[np.isfinite(values).any(axis=1)]
    n_rows = len(values)
    weights = rng.uniform(0.5, 2.0, n_rows)
    counts = rng.multinomial(n_rows, np.ones(n_rows) / n_rows, size=6).astype(np.float64)
    _, cov = prepare_em_draws(values, weights)(Copies(counts=counts))
    off = cov[:, 0, 1:]
    assert np.isnan(off).all(axis=1)[[1, 4]].all()
    assert np.isfinite(off).any()
