"""Importance and performance, and the size of a sample."""

from __future__ import annotations

from benchmarks.parity.cases import MODE_A, PLANNED
from benchmarks.parity.entries.estimation import ABSENT, NOT_STORED, OPENPLS_TOLERANCE, SQUARED
from benchmarks.parity.peers import CSEM, EXTRAS, MATRIXPLS, OPENPLS, PRINTED, SEMINR, SEMINR_R
from benchmarks.parity.registry import Blank, compare

MAP, PLANNING = "Importance-performance map", "Sample size"
PLAIN = MODE_A["path"]
STANDARDISED = (
    "seminrExtras averages 0-100 items by standardised weights, which are for standardised items; "
    "ours and cSEM's are divided by the items' standard deviations. Compared after ours are not."
)
EFFECTS = (
    "openpls-engine's importance of an item is its weight times the standardised total effect; "
    "ours is in points of the index a point of the item. Compared as it has it."
)

COMPARISONS = [
    *compare(
        MAP,
        [PLAIN],
        ("importance for Loyalty", "importance of items for Loyalty", "performance of items"),
        (CSEM,),
    ),
    *compare(MAP, [PLAIN], ("importance for Loyalty",), (EXTRAS,), convention=STANDARDISED,
             ours="importance for Loyalty by standardised weights"),
    *compare(MAP, [PLAIN], ("performance",), (EXTRAS,), convention=STANDARDISED,
             ours="performance by standardised weights"),
    *compare(MAP, [PLAIN], ("performance of items",), (OPENPLS,)),
    *compare(MAP, [PLAIN], ("standardised importance of items for Loyalty",), (OPENPLS,),
             tolerance=OPENPLS_TOLERANCE, reason=SQUARED, convention=EFFECTS),
    *compare(PLANNING, [PLANNED], ("sample sizes",), (PRINTED,), tolerance=0.0,
             reason="whole numbers"),
]  # fmt: skip
BLANKS = [
    Blank(feature=MAP, peer=SEMINR, reason="its sister seminrExtras gives it"),
    Blank(feature=MAP, peer=SEMINR_R, reason=NOT_STORED),
    Blank(feature=MAP, peer=MATRIXPLS, reason="a covariance table has no means"),
    *(
        Blank(feature=PLANNING, peer=peer, reason=ABSENT)
        for peer in (SEMINR, EXTRAS, OPENPLS, SEMINR_R, CSEM, MATRIXPLS)
    ),
]
