"""Which comparisons are made, a room per part of the package.

A room has ``COMPARISONS`` and ``BLANKS``. Every feature has, for every peer,
at least one of the two; a test sees to it.
"""

from __future__ import annotations

from benchmarks.parity.entries import (
    assessment,
    covariance,
    effects,
    estimation,
    extensions,
    groups,
    inference,
    measurement,
    prediction,
)
from benchmarks.parity.peers import LAVAAN
from benchmarks.parity.registry import Blank, Comparison

ROOMS = (
    estimation,
    extensions,
    effects,
    measurement,
    assessment,
    prediction,
    inference,
    groups,
    covariance,
)
COMPARISONS: list[Comparison] = [entry for room in ROOMS for entry in room.COMPARISONS]
_GIVEN: list[Blank] = [entry for room in ROOMS for entry in room.BLANKS]
FEATURES: list[str] = list(
    dict.fromkeys(
        [
            entry.feature
            for room in ROOMS
            for entries in (room.COMPARISONS, room.BLANKS)
            for entry in entries
        ]
    )
)

# One reason for all: lavaan has no composites.
BLANKS: list[Blank] = [
    *_GIVEN,
    *(
        Blank(feature=feature, peer=LAVAAN, reason="it has covariance-based models only")
        for feature in FEATURES
        if feature not in {entry.feature for entry in covariance.COMPARISONS}
    ),
]
