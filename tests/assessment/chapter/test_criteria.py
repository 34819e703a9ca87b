"""Verdicts: thresholds, directions, blanks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csat_models.assessment.chapter.criteria import CRITERIA

NAN = float("nan")


@pytest.mark.parametrize(
    ("name", "value", "verdict"),
    [
        ("cronbach_alpha", 0.70, "pass"),
        ("cronbach_alpha", 0.699, "caution"),
        ("cronbach_alpha", 0.599, "fail"),
        ("cronbach_alpha", 0.96, "caution"),
        ("average_variance_extracted", 0.50, "pass"),
        ("average_variance_extracted", 0.49, "fail"),
        ("indicator_reliability", 0.708**2, "pass"),
        ("indicator_reliability", 0.39**2, "fail"),
        ("inner_vif", 2.99, "pass"),
        ("inner_vif", 3.0, "caution"),
        ("inner_vif", 5.0, "fail"),
        ("full_collinearity_vif", 3.31, "caution"),
        ("srmr", 0.079, "pass"),
        ("srmr", 0.11, "fail"),
        ("q2_predict_mean", -0.01, "fail"),
        ("q2_predict_linear_model", -0.01, "caution"),
        ("effect_size", 0.01, "caution"),
        ("effect_size", -0.01, "fail"),
        ("r_squared", 0.4, ""),
        ("rho_a", NAN, ""),
        ("predictive_power", 1.0, "pass"),
        ("predictive_power", 0.2, "caution"),
        ("predictive_power", 0.0, "fail"),
    ],
)
def test_verdicts_change_at_their_thresholds(name, value, verdict):
    assert CRITERIA[name].judge(value, NAN, NAN) == verdict


ORDER = {"fail": 0, "caution": 1, "pass": 2}


@given(st.floats(-2, 12), st.floats(-2, 12), st.sampled_from(sorted(CRITERIA)))
def test_a_better_value_is_never_judged_worse(one, other, name):
    criterion = CRITERIA[name]
    if criterion.direction == "none" or criterion.excessive or criterion.good is None:
        return
    worse, better = sorted((one, other), reverse=criterion.direction == "below")
    judged = [ORDER[criterion.judge(value, value, value)] for value in (worse, better)]
    assert judged[0] <= judged[1]


def test_every_criterion_has_a_source_and_a_chapter():
    chapters = {"measurement", "formative", "common_method", "structure", "fit", "prediction"}
    assert {criterion.chapter for criterion in CRITERIA.values()} == chapters
    assert all(criterion.reference for criterion in CRITERIA.values())
    assert all(np.isfinite(c.good) for c in CRITERIA.values() if c.good is not None)
