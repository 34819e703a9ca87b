"""Maximum likelihood from incomplete rows: lavaan's likelihood, brute force, special cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csat_models.errors import ConvergenceError, InadmissibleError
from csat_models.survey import incomplete
from csat_models.survey.incomplete import (
    PatternSums,
    em_moments,
    log_likelihood,
    require_converged,
)

# Rows set missing, and the saturated log-likelihood ("unrestricted.logl") that R lavaan 0.6.20
# reports for these data with missing="fiml".
PUBLISHED = {
    "political_democracy": (
        {
            "y7": [0, 14, 21, 32, 42, 48, 60, 62],
            "y1": [4, 12, 14, 24, 31, 56, 62, 63],
            "y3": [4, 5, 22, 26, 30, 31, 50, 58],
            "x2": [6, 15, 22, 34, 44, 47, 62, 64],
        },
        [f"x{k}" for k in range(1, 4)] + [f"y{k}" for k in range(1, 9)],
        -1475.58604699732,
    ),
    "holzinger39": (
        {
            "x1": "0 35 43 51 75 82 98 111 113 114 120 121 125 129 167 188 195 203 210 214 236 247 "
            "248 272 276 277 278 287 298 300",
            "x5": "2 5 13 21 46 47 48 49 59 63 73 80 82 109 112 113 117 161 166 177 182 196 210 "
            "220 252 254 273 286 288 293",
            "x9": "5 10 12 14 18 32 52 56 71 77 100 102 107 122 127 134 149 159 178 183 203 216 "
            "218 220 226 241 245 279 287 288",
        },
        [f"x{k}" for k in range(1, 10)],
        -3580.97113959282,
    ),
}


def example(name: str) -> np.ndarray:
    examples = pytest.importorskip("semopy.examples")
    holes, items, _ = PUBLISHED[name]
    frame = getattr(examples, name).get_data()[items].astype(float).reset_index(drop=True)
    for item, rows in holes.items():
        numbers = [int(row) for row in rows.split()] if isinstance(rows, str) else rows
        frame.loc[numbers, item] = np.nan
    return frame.to_numpy()


def holey(n: int = 60, n_items: int = 3, seed: int = 3) -> np.ndarray:
    generator = np.random.default_rng(seed)
    mixing = generator.normal(size=(n_items, n_items)) + 2 * np.eye(n_items)
    values = 5 + generator.normal(size=(n, n_items)) @ mixing
    values[generator.random(values.shape) < 0.2] = np.nan
    values[0] = np.nan
    return values


def likelihood_by_rows(values: np.ndarray, weights: np.ndarray, mean, cov) -> float:
    total = 0.0
    for row, weight in zip(values, weights, strict=True):
        seen = ~np.isnan(row)
        if seen.any():
            part, gap = cov[np.ix_(seen, seen)], row[seen] - mean[seen]
            distance = gap @ np.linalg.solve(part, gap)
            size = seen.sum() * np.log(2 * np.pi) + np.log(np.linalg.det(part))
            total -= weight * (size + distance) / 2
    return total


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_maximum_is_lavaans(name):
    found = em_moments(example(name))
    assert found.converged
    # lavaan's own iterations stop about 2e-9 below the maximum.
    assert found.log_likelihood == pytest.approx(PUBLISHED[name][2], abs=1e-8)


def test_the_maximum_is_that_of_a_direct_search():
    optimize = pytest.importorskip("scipy.optimize")
    values = holey()
    weights = np.random.default_rng(4).uniform(0.5, 2.0, len(values))
    found = em_moments(values, weights)
    lower = np.tril_indices(3)

    def unpack(free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        root = np.zeros((3, 3))
        root[lower] = free[3:]
        return free[:3], root @ root.T

    def loss(free: np.ndarray) -> float:
        return -likelihood_by_rows(values, weights, *unpack(free))

    start = np.concatenate([np.nanmean(values, axis=0), np.diag(np.nanstd(values, axis=0))[lower]])
    direct = optimize.minimize(loss, start, method="BFGS", options={"gtol": 1e-4})
    mean, cov = unpack(direct.x)
    # Numerical gradients leave the search about 1e-6 from its maximum.
    np.testing.assert_allclose(found.mean, mean, atol=1e-5)
    np.testing.assert_allclose(found.cov, cov, atol=1e-4)
    assert found.log_likelihood >= -direct.fun - 1e-9
    assert found.log_likelihood == pytest.approx(-direct.fun, abs=1e-7)


def test_the_likelihood_by_patterns_is_that_by_rows():
    values = holey(n_items=4)
    weights = np.random.default_rng(5).uniform(0.5, 2.0, len(values))
    mean, cov = np.full(4, 5.0), np.eye(4) * 3 + 0.5
    sums = PatternSums.of(values, weights)
    expected = likelihood_by_rows(values, weights, mean, cov)
    assert log_likelihood(sums, mean, cov) == pytest.approx(expected, rel=1e-12)


def test_without_missing_answers_it_is_the_sample():
    values = np.random.default_rng(6).normal(size=(40, 3))
    found = em_moments(values)
    np.testing.assert_allclose(found.mean, values.mean(axis=0), atol=1e-14)
    np.testing.assert_allclose(found.cov, np.cov(values.T, ddof=0), rtol=1e-12)


def test_monotone_missingness_has_the_regression_estimate():
    generator = np.random.default_rng(7)
    x = generator.normal(size=80)
    y = 2 + 0.7 * x + generator.normal(size=80)
    y[x > 0.5] = np.nan
    found = em_moments(np.column_stack([x, y]))
    seen = ~np.isnan(y)
    slope, start = np.polyfit(x[seen], y[seen], 1)
    # Anderson's (1957) closed form; EM stops within some 1e-8 of it.
    assert found.mean[1] == pytest.approx(start + slope * x.mean(), abs=1e-7)
    assert found.cov[0, 1] == pytest.approx(slope * x.var(), abs=1e-7)


def test_whole_weights_are_repeated_rows():
    values, counts = holey(), np.random.default_rng(8).integers(1, 4, 60)
    weighted = em_moments(values, counts.astype(float))
    repeated = em_moments(np.repeat(values, counts, axis=0))
    np.testing.assert_allclose(weighted.mean, repeated.mean, rtol=1e-10)
    np.testing.assert_allclose(weighted.cov, repeated.cov, rtol=1e-10)
    assert weighted.log_likelihood == pytest.approx(repeated.log_likelihood, rel=1e-12)


def test_blocks_of_patterns_change_nothing(monkeypatch):
    values = holey(n=200, n_items=5)
    whole = em_moments(values)
    monkeypatch.setattr(incomplete, "BLOCK_SIZE", 60)
    assert len(PatternSums.of(values).blocks()) > 3
    parts = em_moments(values)
    np.testing.assert_allclose(parts.cov, whole.cov, rtol=1e-12)


@settings(max_examples=25, deadline=None)
@given(
    order=st.permutations(range(3)),
    factors=st.lists(st.floats(0.1, 10), min_size=3, max_size=3),
    shift=st.floats(-50, 50),
)
def test_items_reordered_and_rescaled_give_the_same_estimate(order, factors, shift):
    values, scale = holey(), np.array(factors)
    plain, moved = em_moments(values), em_moments((values * scale + shift)[:, order])
    # Both stop within some 1e-8 standard deviations of the maximum.
    np.testing.assert_allclose(moved.mean, (plain.mean * scale + shift)[order], atol=1e-6)
    expected = (plain.cov * np.outer(scale, scale))[np.ix_(order, order)]
    np.testing.assert_allclose(moved.cov, expected, atol=1e-6 * np.abs(expected).max())


def test_too_few_iterations_are_reported():
    found = em_moments(holey(), max_iterations=2)
    assert (found.converged, found.iterations) == (False, 2)
    with pytest.raises(ConvergenceError, match="did not converge in 2 iterations"):
        require_converged(found)


@pytest.mark.parametrize(
    ("column", "told"),
    [
        (np.full(60, np.nan), "item 'c' has no answers"),
        (np.full(60, 7.1), "item 'c' has the same answer everywhere"),
        (None, "the items are collinear"),
    ],
)
def test_what_cannot_be_estimated_is_told(column, told):
    values = holey()
    values[:, 2] = values[:, 0] * 2 + 1 if column is None else column
    with pytest.raises(InadmissibleError, match=told):
        em_moments(values, items=["a", "b", "c"])
