"""Samples as counts of rows: sums equal to a loop, counted or left out."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from csat_models.estimation.draws.copies import Copies
from csat_models.estimation.draws.counts import row_counts

FEATURES = np.random.default_rng(1).normal(size=(12, 3))


def test_sums_are_of_the_drawn_rows():
    counts = row_counts(12, 5, np.random.default_rng(2))
    sums = Copies(counts=counts).sums(FEATURES)
    for draw, count in enumerate(counts):
        np.testing.assert_allclose(sums[draw], np.repeat(FEATURES, count, axis=0).sum(axis=0))


@settings(max_examples=25, deadline=None)
@given(part=st.lists(st.integers(0, 4), min_size=12, max_size=12), cut=st.integers(1, 11))
def test_sums_without_a_part_are_of_what_remains(part, cut):
    codes = np.array(part)
    left = Copies.without_parts(codes, 5)
    assert len(left) == 5
    whole = left.sums(FEATURES)
    for number in range(5):
        expected = FEATURES[codes != number].sum(axis=0)
        np.testing.assert_allclose(whole[number], expected, atol=1e-12)
    # Blocks of rows add up, and some of the samples are those of all.
    blocks = [slice(0, cut), slice(cut, 12)]
    added = sum(left.sums(FEATURES[block], block) for block in blocks)
    np.testing.assert_allclose(added, whole, atol=1e-12)
    np.testing.assert_allclose(left.take(slice(1, 3)).sums(FEATURES), whole[1:3], atol=1e-12)
