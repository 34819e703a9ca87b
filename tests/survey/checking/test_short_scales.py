"""A scale that is longer than the one asked with is asked for, an honest one is not."""

from __future__ import annotations

import numpy as np
import pytest

from csat_models.survey.checking.short_scales import describe_short_scale

FIVE = [1.0, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("answers", "scale", "labelled", "asked"),
    [
        (FIVE, (1, 10), FIVE, "is it 1 to 5?"),
        (FIVE, (1, 10), [1.0, 5], "is it 1 to 5?"),
        ([*FIVE, 6.0], (1, 10), FIVE, None),
        (FIVE, (1, 5), FIVE, None),
        (FIVE * 6, (1, 10), [], "is it 1 to 5?"),
        (FIVE * 5, (1, 10), [], None),
        ([*FIVE * 6, 6.0], (1, 10), [], None),
        (FIVE * 6, (1, 10), [1.0, 10], None),
        ([0.0, 0] * 20, (0, 1), [], None),
        ([], (1, 10), FIVE, None),
    ],
)
def test_labels_and_answers_decide(answers, scale, labelled, asked):
    found = describe_short_scale(np.array(answers), scale, labelled)
    assert found is None if asked is None else found is not None and found.endswith(asked)
