"""Groups against their colleagues: calibrated where nothing is wrong, robust elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from csat_models.survey.screening.judgement import (
    FEWEST_GROUPS,
    Comparison,
    judge,
    robust_spread,
    unskew,
)

GROUPS, ROWS = 40, 60
CODE = np.repeat(np.arange(GROUPS), ROWS)
PLACE = CODE // 4


def compare(values: np.ndarray, **options) -> Comparison:
    return Comparison.of(values, PLACE, code=CODE, n_groups=GROUPS, **options)


def test_normal_scores_of_a_gamma_variable_are_those_of_its_distribution():
    from scipy.stats import gamma, norm

    for shape in (4.0, 16.0, 64.0):
        share = np.array([0.01, 0.5, 0.9, 0.999, 0.99999])
        value = (gamma.ppf(share, shape) - shape) / np.sqrt(shape)
        # Wilson & Hilferty's root errs by less than a tenth, most far out at a skewness of 1
        np.testing.assert_allclose(
            unskew(value, np.full(5, 2 / np.sqrt(shape))), norm.ppf(share), atol=0.1
        )
    batch = np.random.default_rng(1).normal(size=(3, 4))
    skewness = np.linspace(-1, 1, 4)
    for k in range(3):
        np.testing.assert_array_equal(unskew(batch, skewness)[k], unskew(batch[k], skewness))


def test_the_robust_spread_is_the_standard_deviation_of_normal_values_and_ignores_a_few():
    z = 2.0 * np.random.default_rng(1).standard_normal(4000)
    # the biweight has 86 % of the standard deviation's efficiency: error 2 / sqrt(2 x 4000 x .86)
    assert robust_spread(z)[1] == pytest.approx(2.0, abs=4 * 0.024)
    spoilt = np.append(z, np.full(400, 60.0))
    assert robust_spread(spoilt)[1] == pytest.approx(2.0, rel=0.15)
    assert np.std(spoilt) > 15


@pytest.mark.parametrize("draw", ["normal", "exponential", "rare"])
def test_p_values_of_honest_groups_are_uniform_whatever_rows_are_like(draw):
    rng = np.random.default_rng(2)
    small = []
    for _ in range(100):
        values = {
            "normal": lambda: rng.standard_normal(len(CODE)),
            "exponential": lambda: rng.exponential(size=len(CODE)),
            "rare": lambda: (rng.random(len(CODE)) < 0.07).astype(float),
        }[draw]()
        found = compare(values)
        small.append(judge(found.z, found.n_rows)[1] < 0.01)
    # 4,000 p-values: nominal .01 has a standard error of .0016; t with a spread of at least 1
    # makes it less
    assert 0.0005 < np.mean(small) < 0.01 + 4 * 0.0016


def test_an_odd_group_is_found_and_does_not_make_its_colleagues_odd():
    values = np.random.default_rng(3).standard_normal(len(CODE))
    values[CODE == 5] += 1.5
    found = compare(values)
    z, p, _ = judge(found.z, found.n_rows)
    assert p[5] < 1e-6 and np.argmax(z) == 5
    # its three colleagues: 1.5 x sqrt(60) / 3 = 3.9 below, if it counted as usual
    assert np.abs(found.z[[4, 6, 7]]).max() < 3
    assert found.mean[5] == pytest.approx(values[CODE == 5].mean())
    assert found.expected[5] == pytest.approx(values[PLACE == 1].mean())


def test_single_odd_rows_say_little_about_a_group():
    values = np.random.default_rng(4).standard_normal(len(CODE))
    values[[300, 301]] = 40.0
    assert compare(values).z[5] > 3
    assert abs(compare(values, reach=3.0).z[5]) < 3


def test_groups_alone_in_their_strata_and_small_ones_are_not_judged():
    found = Comparison.of(
        np.random.default_rng(5).standard_normal(len(CODE)), CODE, code=CODE, n_groups=GROUPS
    )
    assert np.isnan(found.z).all()
    z, p, _ = judge(np.full(9, 2.0), np.array([5.0] * 8 + [20.0]))
    assert np.isnan(z[:8]).all() and np.isnan(p[:8]).all() and np.isfinite(p[8])


def test_few_groups_are_taken_to_differ_as_interviewers_do():
    few = np.full(FEWEST_GROUPS - 1, 3.0)
    z, _, spread = judge(few, np.full(len(few), 61.0))
    # intraclass correlation .05, 61 rows: design effect 4
    np.testing.assert_allclose(spread, 2.0)
    np.testing.assert_allclose(z, 1.5)
