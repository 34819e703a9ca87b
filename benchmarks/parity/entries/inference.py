"""Standard errors and intervals of the bootstrap."""

from __future__ import annotations

from benchmarks.parity.cases import MODE_A
from benchmarks.parity.peers import CSEM, MATRIXPLS, OPENPLS, SEMINR, SEMINR_R
from benchmarks.parity.registry import Blank, Comparison, compare

ERRORS, ENDS = "Bootstrap standard errors", "Percentile intervals"
DRAWN = MODE_A["path"]
SAME = "bootstrap standard errors, same rows drawn"
OWN = "bootstrap standard errors, own rows drawn"
LOWER = "lower ends of 95 % percentile intervals, same rows drawn"
SAME_ROWS = (
    "Both fit the same 100 resamples; ours also turns a construct whose sign differs from the "
    "sample's, which none does here."
)
# A standard error of B draws has a standard error of 1 / sqrt(2 B) of itself (normal draws):
# .071 of seminr's 100 draws, .011 of our 4,000; .072 together, and twelve paths are compared.
MONTE_CARLO = 4 * 0.072

COMPARISONS = [
    *compare(ERRORS, [DRAWN], (SAME,), (SEMINR,), convention=SAME_ROWS),
    Comparison(
        feature=ERRORS,
        quantity=OWN,
        case=DRAWN,
        peer=SEMINR,
        tolerance=MONTE_CARLO,
        relative=True,
        reason="four Monte-Carlo standard errors (.072) of the ratio of 4,000 draws of ours to 100 "
        "of theirs; the difference is the ratio less 1",
    ),
    *compare(ENDS, [DRAWN], (LOWER,), (SEMINR,), convention=SAME_ROWS),
]
SLOW = "run live it takes 0.4 s a draw, so standard errors worth comparing take minutes"
RANDOM = "the stored numbers hold no draws: R's random numbers are not numpy's"
BLANKS = [
    Blank(feature=feature, peer=peer, reason=reason)
    for feature in (ERRORS, ENDS)
    for peer, reason in (
        (OPENPLS, SLOW), (SEMINR_R, RANDOM), (CSEM, RANDOM), (MATRIXPLS, RANDOM)
    )
]  # fmt: skip
