"""The index of every respondent: other programs, its mean, its cells."""

from __future__ import annotations

import numpy as np
import pytest

from csat_models import PathModel, compute_moments, fit, index_scores, satisfaction_index

MODEL = PathModel.parse("Q =~ PERQ1 + PERQ2\nS =~ CUSA1 + CUSA2 + CUSA3\nS ~ Q")


def test_index_scores_equal_seminr_weights_with_the_formula(mobi, mobi_moments, ecsi, oracle):
    found = index_scores(fit(mobi_moments, ecsi), mobi)
    for construct, reference in oracle("ecsi_index")["ACSI_index"].items():
        ours = found.sel(construct=construct)
        # Points of an index from weights equal to about 1e-10.
        np.testing.assert_allclose(ours[:10], reference["first10"], atol=1e-6)
        assert ours.std(ddof=1).item() == pytest.approx(reference["index_sd"], abs=1e-6)


def test_their_weighted_mean_is_the_index(mobi, ecsi):
    frame = mobi.assign(weight=np.linspace(0.1, 1.9, 250))
    estimates = fit(frame, ecsi, sampling_weights="weight")
    mean = frame["weight"].to_numpy() @ index_scores(estimates, frame).values / 250
    # One sum in two orders, near 75.
    np.testing.assert_allclose(mean, satisfaction_index(estimates), atol=1e-11)


def test_worst_and_best_answers_are_0_and_100(mobi, mobi_moments, ecsi):
    extremes = mobi.iloc[:2].copy()
    extremes.iloc[0], extremes.iloc[1] = 1.0, 10.0
    found = index_scores(fit(mobi_moments, ecsi), extremes)
    np.testing.assert_allclose(found[0], 0.0, atol=1e-11)
    np.testing.assert_allclose(found[1], 100.0, atol=1e-11)


def test_each_row_has_the_index_of_its_cell(mobi):
    frame = mobi.assign(city=["b", "a"] * 125)
    estimates = fit(compute_moments(frame, items=MODEL.items, by=["city"]), MODEL)
    found = index_scores(estimates, frame)
    assert found.dims == ("row", "construct")
    by_city = found.groupby(frame["city"].to_xarray().rename(index="row")).mean()
    np.testing.assert_allclose(by_city, satisfaction_index(estimates), atol=1e-11)
    elsewhere = index_scores(estimates, frame.assign(city=["c", "a"] * 125))
    np.testing.assert_array_equal(elsewhere.isnull().any("construct"), [True, False] * 125)
