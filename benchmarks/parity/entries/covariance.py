"""The same models by maximum likelihood."""

from __future__ import annotations

from typing import Any

from benchmarks.parity.cases import (
    ABILITIES,
    DEMOCRACY,
    FOUR,
    GAPS,
    GAPS_ROBUST,
    INVARIANCE,
    NESTED,
    ROBUST,
    SCALED,
)
from benchmarks.parity.peers import CSEM, LAVAAN, MATRIXPLS, OPENPLS, SEMINR, SEMINR_R
from benchmarks.parity.registry import Blank, compare

COVARIANCE = "Maximum likelihood"
CASES = [FOUR, DEMOCRACY, ABILITIES]
# Two optimisers that stop where the gradient is small, on log-likelihoods of some thousands.
OPTIMISED = "two optimisers, each to its own small gradient"

NOT_GIVEN = ("GFI", "AGFI", "RMSEA, lower end", "RMSEA, upper end", "p of close fit")
COMPARISONS = [
    *compare(
        COVARIANCE,
        CASES,
        (
            "maximum-likelihood estimates",
            "standard errors of maximum likelihood",
            "standardised estimates",
            "fit measures",
        ),
        (LAVAAN,),
        tolerance=1e-6,
        reason=OPTIMISED,
    ),
    *compare(
        COVARIANCE,
        ROBUST,
        ("standard errors of maximum likelihood",),
        (LAVAAN,),
        tolerance=1e-6,
        reason=OPTIMISED,
    ),
]
GAPS_ANSWERED, SCALING = "Full-information maximum likelihood", "Satorra-Bentler correction"
GROUPS, MODIFICATION = "Invariance across groups", "Modification indices"
LIKE_LAVAAN: dict[str, Any] = {"tolerance": 1e-5, "reason": OPTIMISED}
COMPARISONS += [
    *compare(
        GAPS_ANSWERED,
        GAPS,
        ("maximum-likelihood estimates", "standard errors of maximum likelihood"),
        (LAVAAN,),
        tolerance=1e-4,
        reason="lavaan stopped at a gradient of 2e-6, as its file tells",
    ),
    *compare(SCALING, SCALED, ("robust fit measures",), (LAVAAN,), **LIKE_LAVAAN),
    *compare(GROUPS, INVARIANCE, ("fit measures of groups",), (LAVAAN,), **LIKE_LAVAAN),
    *compare(
        MODIFICATION,
        [ABILITIES],
        ("modification indices",),
        (LAVAAN,),
        tolerance=1e-4,
        reason="lavaan's fit for them stopped at its default, and an index is up to 36",
    ),
]
COMPARISONS += [
    *compare(
        GAPS_ANSWERED,
        GAPS_ROBUST,
        ("fit measures of incomplete rows",),
        (LAVAAN,),
        tolerance=1e-4,
        reason="lavaan stopped at gradients of 1e-6, and scaled statistics are up to 80",
        convention="lavaan 0.6.14.",
    ),
    *compare(
        GROUPS,
        NESTED,
        ("difference tests",),
        (LAVAAN,),
        tolerance=1e-3,
        reason="lavaan stopped at gradients of 1e-6, and statistics are up to 40",
        convention="lavaan 0.6.14.",
    ),
]
COMPARISONS += compare(
    COVARIANCE,
    [FOUR, ABILITIES],
    ("standardised estimates", "fit measures"),
    (SEMINR,),
    tolerance=1e-6,
    reason=OPTIMISED,
    left_out=NOT_GIVEN,
    convention="It gives no GFI; of RMSEA it gives the interval beside the robust one.",
)
PORT = "it calls lavaan, with whose numbers we compare directly"
VARIANCE = "it is a program for composites"
BLANKS = [
    Blank(feature=COVARIANCE, peer=SEMINR_R, reason=PORT),
    *(
        Blank(feature=feature, peer=peer, reason=VARIANCE)
        for feature in (COVARIANCE, GAPS_ANSWERED, SCALING, GROUPS, MODIFICATION)
        for peer in (OPENPLS, CSEM, MATRIXPLS)
    ),
    *(
        Blank(feature=feature, peer=SEMINR_R, reason=PORT)
        for feature in (GAPS_ANSWERED, SCALING, GROUPS, MODIFICATION)
    ),
    *(
        Blank(feature=feature, peer=SEMINR, reason="it does not give it")
        for feature in (GAPS_ANSWERED, GROUPS, MODIFICATION)
    ),
    Blank(feature=SCALING, peer=SEMINR, reason="its scaled fit is Yuan and Bentler's"),
]
