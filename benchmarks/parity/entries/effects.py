"""What follows from the paths: total and indirect effects, scores, the index."""

from __future__ import annotations

from typing import Any

from benchmarks.parity.cases import MODE_A, MODE_B, PLSC, REPUTATION
from benchmarks.parity.entries.estimation import (
    NOT_STORED,
    OPENPLS_TOLERANCE,
    RHO_A_TOO_LONG,
    SQUARED,
)
from benchmarks.parity.peers import CSEM, MATRIXPLS, OPENPLS, SEMINR, SEMINR_R
from benchmarks.parity.registry import Blank, compare, differ

TOTAL, INDIRECT = "Total effects", "Total indirect effects"
SPECIFIC, SHARE = "Specific indirect effects", "Variance accounted for"
PLAIN, BOTH = MODE_A["path"], [MODE_A["path"], MODE_B["path"]]
ALL_FOUR = (SEMINR, SEMINR_R, CSEM, MATRIXPLS)
OPENPLS_HOW: dict[str, Any] = {"tolerance": OPENPLS_TOLERANCE, "reason": SQUARED}

EFFECTS = [
    *compare(TOTAL, BOTH, ("total effects",), ALL_FOUR),
    *compare(TOTAL, [PLSC["path"]], ("total effects",), (SEMINR, SEMINR_R, CSEM)),
    *compare(TOTAL, [REPUTATION], ("total effects",), (SEMINR,)),
    *compare(TOTAL, [PLAIN], ("total effects",), (OPENPLS,), **OPENPLS_HOW),
    differ(TOTAL, PLSC["path"], "total effects", OPENPLS, 1e-2, RHO_A_TOO_LONG),
    *compare(INDIRECT, BOTH, ("total indirect effects",), ALL_FOUR),
    *compare(INDIRECT, [REPUTATION], ("total indirect effects",), (SEMINR,)),
    *compare(INDIRECT, [PLAIN], ("total indirect effects",), (OPENPLS,), **OPENPLS_HOW),
    *compare(SPECIFIC, [PLAIN], ("specific indirect effects",), (OPENPLS,), **OPENPLS_HOW),
    *compare(
        SPECIFIC,
        [PLAIN],
        ("specific indirect effects",),
        (SEMINR_R,),
        ours="specific indirect effects, those stored",
    ),
    *compare(SHARE, [PLAIN, MODE_B["path"]], ("variance accounted for",), (CSEM,)),
]

DIVISOR = (
    "openpls-engine's scores have variance 1 by the divisor n, ours by n - 1; compared after ours "
    "are multiplied by sqrt(n / (n - 1))."
)
SCORES = [
    *compare("Scores", [PLAIN, MODE_B["path"], REPUTATION], ("scores",), (SEMINR,)),
    *compare(
        "Scores",
        [PLAIN],
        ("scores",),
        (OPENPLS,),
        ours="scores of variance 1 by the divisor n",
        convention=DIVISOR,
        tolerance=1e-6,
        reason=f"{SQUARED}, and a score is the sum of up to seven items",
    ),
    *compare(
        "Scores", BOTH, ("scores",), (SEMINR_R, CSEM), ours="scores of the first five"
    ),
]  # fmt: skip

ON_100 = "an index of 100 points is as exact as its weights, of which it is a ratio"
MAP_WEIGHTS = (
    "openpls-engine's importance-performance map averages 0-100 items by standardised weights, "
    "which are for standardised items; ours, seminr's and cSEM's are divided by the items' "
    "standard deviations (the map's target has no performance there)."
)
INDEX = [
    differ("0-100 index", PLAIN, "index", OPENPLS, 0.5, MAP_WEIGHTS, left_out=("Loyalty",)),
    *compare(
        "0-100 index",
        [PLAIN],
        ("index",),
        (OPENPLS,),
        ours="index by standardised weights",
        left_out=("Loyalty",),
        convention=MAP_WEIGHTS,
        tolerance=1e-5,
        reason=f"a hundred points by weights: {SQUARED}",
    ),
    *compare(
        "0-100 index",
        [PLAIN],
        ("index", "total effects on the index scale"),
        (SEMINR_R, CSEM),
        tolerance=1e-7,
        reason=ON_100,
    ),
]

COMPARISONS = [*EFFECTS, *SCORES, *INDEX]
NO_INDEX = "it gives scores on the scale of the items at most"
BLANKS = [
    Blank(feature=SPECIFIC, peer=SEMINR, reason="it gives them of a bootstrap only, one by one"),
    Blank(feature=SPECIFIC, peer=CSEM, reason=NOT_STORED),
    Blank(feature=SPECIFIC, peer=MATRIXPLS, reason="it gives total indirect effects only"),
    *(
        Blank(feature=SHARE, peer=peer, reason="it does not give it")
        for peer in (SEMINR, SEMINR_R, MATRIXPLS, OPENPLS)
    ),
    Blank(feature="Scores", peer=MATRIXPLS, reason="it is given a covariance table"),
    Blank(feature="0-100 index", peer=SEMINR, reason=NO_INDEX),
    Blank(feature="0-100 index", peer=MATRIXPLS, reason="a covariance table has no means"),
]
