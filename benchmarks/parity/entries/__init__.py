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
    priorities,
    segments,
)
from benchmarks.parity.peers import EXTRAS, LAVAAN
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
    segments,
    priorities,
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


def absent(peer: str, reason: str) -> list[Blank]:
    """Give one reason for all features that a program is not asked for."""
    told = {entry.feature for entry in (*COMPARISONS, *_GIVEN) if entry.peer == peer}
    return [
        Blank(feature=feature, peer=peer, reason=reason)
        for feature in FEATURES
        if feature not in told
    ]


BLANKS: list[Blank] = [
    *_GIVEN,
    *absent(LAVAAN, "it has covariance-based models only"),
    *absent(EXTRAS, "it adds to seminr, whose numbers are compared, and this is none of its own"),
]
