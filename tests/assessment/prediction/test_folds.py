"""Folds: shares, persons, moments of what remains."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from csat_models.assessment.prediction.folds import assign_folds, training_moments
from csat_models.estimation import compute_moments
from csat_models.estimation.sample import read_sample


@given(
    n=st.integers(4, 60),
    n_folds=st.integers(2, 4),
    repetitions=st.integers(1, 3),
    seed=st.integers(0, 99),
)
def test_folds_are_of_the_same_size_and_do_not_hang_on_their_number(n, n_folds, repetitions, seed):
    units = np.arange(n)
    found = assign_folds(units, n_folds=n_folds, repetitions=repetitions, seed=seed)
    sizes = np.stack([np.bincount(each, minlength=n_folds) for each in found])
    assert sizes.max() - sizes.min() <= 1
    more = assign_folds(units, n_folds=n_folds, repetitions=repetitions + 1, seed=seed)
    np.testing.assert_array_equal(more[:repetitions], found)


def test_the_rows_of_a_person_stay_together():
    units = np.repeat(np.arange(20), 3)
    found = assign_folds(units, n_folds=4, repetitions=2, seed=1).reshape(2, 20, 3)
    assert (found == found[..., :1]).all()


def test_training_moments_are_those_of_the_rows_that_remain(mobi):
    gaps = mobi.iloc[:, :4].copy()
    gaps.loc[:5, "CUEX1"] = np.nan
    folds = np.stack([np.arange(250) % 5, np.arange(250) // 50])
    found = training_moments(read_sample(gaps), folds)
    for r in range(2):
        for fold in range(5):
            alone = compute_moments(gaps[folds[r] != fold])
            each = found.sel(repetition=r, fold=fold)
            # Sums less sums: the same numbers to rounding.
            np.testing.assert_allclose(each.mean, alone.mean, atol=1e-10)
            np.testing.assert_allclose(each.cov, alone.cov, atol=1e-10)
            assert each.n_obs == alone.n_obs
