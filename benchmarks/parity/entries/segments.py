"""Segments that nobody named, necessary conditions, and endogeneity."""

from __future__ import annotations

from benchmarks.parity.cases import MIRRORED, MODE_A
from benchmarks.parity.entries.estimation import ABSENT, NOT_STORED, SQUARED
from benchmarks.parity.peers import CSEM, EXTRAS, MATRIXPLS, OPENPLS, SEMINR, SEMINR_R
from benchmarks.parity.registry import ROUNDED, Blank, compare, differ

MIXTURE, REBUS = "Finite mixture (FIMIX)", "Response-based segments (REBUS)"
NECESSITY, ENDOGENEITY = "Necessary conditions", "Gaussian copula"
PLAIN = MODE_A["path"]
LIKELIHOOD = "finite mixture: likelihood, entropy, shares"
CRITERIA, PATHS = "finite mixture: criteria", "finite mixture: paths of segments"
MIRRORS = (
    "seminrExtras gives each segment intercepts, and the source and ours have none, as scores have "
    "mean 0. Below the rows stands each with the opposite sign, and its starts treat both alike, "
    "so that its intercepts stay 0."
)
COUNTED = "seminrExtras counts intercepts; compared after ours counts them."
INTERCEPTS = (
    "openpls-engine gives each segment intercepts, which the source does not have, as scores have "
    "mean 0; its mixture is another one."
)
EXPECTED = "maxima that the EM algorithm reaches linearly"

COMPARISONS = [
    *compare(MIXTURE, [MIRRORED], (LIKELIHOOD, PATHS), (EXTRAS,), tolerance=1e-4, reason=EXPECTED,
             convention=MIRRORS),
    *compare(MIXTURE, [MIRRORED], (CRITERIA,), (EXTRAS,), tolerance=1e-4, reason=EXPECTED,
             ours=f"{CRITERIA}, intercepts counted", convention=COUNTED),
    differ(MIXTURE, PLAIN, LIKELIHOOD, OPENPLS, 0.01, INTERCEPTS),
    *compare(NECESSITY, [PLAIN], ("necessity: effect sizes",), (EXTRAS,), tolerance=ROUNDED,
             reason="areas of the same scores"),
    *compare(NECESSITY, [PLAIN], ("necessity: bottlenecks",), (EXTRAS,), tolerance=ROUNDED,
             reason="rounded to one decimal by both",
             convention="It prints per cent of the range, to one decimal; ours are levels, and "
             "compared as per cent, where any are needed."),
    *compare(ENDOGENEITY, [PLAIN], ("Gaussian copula",), (OPENPLS,), tolerance=1e-6, reason=SQUARED,
             ours="Gaussian copula, scores of variance 1 by the divisor n",
             convention="Its scores have variance 1 by the divisor n, ours by n - 1."),
]  # fmt: skip
SISTER = "its sister seminrExtras gives it"
POS = "it gives PLS-POS, another algorithm"
BLANKS = [
    *(Blank(feature=feature, peer=SEMINR, reason=SISTER) for feature in (MIXTURE, NECESSITY)),
    *(Blank(feature=feature, peer=SEMINR, reason=ABSENT) for feature in (REBUS, ENDOGENEITY)),
    Blank(feature=REBUS, peer=EXTRAS, reason=POS),
    *(Blank(feature=feature, peer=OPENPLS, reason=ABSENT) for feature in (REBUS, NECESSITY)),
    *(
        Blank(feature=feature, peer=peer, reason=ABSENT)
        for feature in (MIXTURE, REBUS, NECESSITY, ENDOGENEITY)
        for peer in (CSEM, MATRIXPLS)
    ),
    *(Blank(feature=feature, peer=SEMINR_R, reason=NOT_STORED) for feature in (MIXTURE, NECESSITY)),
    *(Blank(feature=feature, peer=SEMINR_R, reason=ABSENT) for feature in (REBUS, ENDOGENEITY)),
]
