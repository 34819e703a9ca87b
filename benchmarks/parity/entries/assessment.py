"""Criteria of the structure and of the whole model, and the other ones of the measurement."""

from __future__ import annotations

from typing import Any

from benchmarks.parity.cases import GLOBAL, MIXED, MODE_A, MODE_B, PLSC, REPUTATION, SMALL
from benchmarks.parity.entries.estimation import (
    ABSENT,
    NOT_STORED,
    OPENPLS_TOLERANCE,
    SQUARED,
)
from benchmarks.parity.peers import CSEM, MATRIXPLS, OPENPLS, SEMINR, SEMINR_R
from benchmarks.parity.registry import ROUNDED, Blank, compare, differ

CROSS, ITEM_VIF, HTMT2 = "Cross loadings", "VIF of items", "HTMT2"
INNER_VIF, F2, FIT = "VIF of predecessors", "f2", "SRMR, d_ULS, d_G"
GOF, INFORMATION = "GoF", "Information criteria"
PLAIN = MODE_A["path"]
ALL_THREE = [PLAIN, MODE_B["path"], PLSC["path"]]
SINGLE = ("Complaints",)
OPENPLS_HOW: dict[str, Any] = {"tolerance": OPENPLS_TOLERANCE, "reason": SQUARED}
SUMS: dict[str, Any] = {"tolerance": ROUNDED, "reason": "nothing is iterated"}
ONE = "Of a construct's only predecessor ours is 1, and the other program prints none."
SHARED: dict[str, Any] = {"ours": "VIF of predecessors that share a target", "convention": ONE}
SINGLE_VIF: dict[str, Any] = SUMS | {
    "left_out": ("CUSCO", "cusa"),
    "convention": "A single item has no others to depend on: ours is missing, seminr's is 1.",
}

MEASUREMENT = [
    *compare(CROSS, [PLAIN, REPUTATION], ("cross loadings",), (SEMINR,)),
    *compare(CROSS, [PLAIN, MIXED], ("cross loadings",), (OPENPLS,), **OPENPLS_HOW),
    *compare(ITEM_VIF, [PLAIN, REPUTATION], ("VIF of items",), (SEMINR,), **SINGLE_VIF),
    *compare(ITEM_VIF, [PLAIN], ("VIF of items",), (SEMINR_R, OPENPLS), **SINGLE_VIF),
    *compare(HTMT2, [PLAIN], ("HTMT2",), (OPENPLS,), left_out=SINGLE,
             convention="openpls-engine gives none with a single item.", **SUMS),
    *compare(
        HTMT2,
        [PLAIN],
        ("HTMT2",),
        (CSEM,),
        left_out=(*SINGLE, "Loyalty"),
        convention="cSEM gives none with a single item, nor where signed correlations have no "
        "geometric mean (Loyalty has negative ones); ours is of absolute correlations.",
        **SUMS,
    ),
]  # fmt: skip

DELETED = (
    "seminr leaves the path out of the model and seeks all weights anew; ours, cSEM's and "
    "openpls-engine's f2 keeps the scores and leaves the predecessor out of the regression."
)
STRUCTURE = [
    *compare(INNER_VIF, [PLAIN], ("VIF of predecessors",), (SEMINR, SEMINR_R), **SHARED),
    *compare(INNER_VIF, [REPUTATION], ("VIF of predecessors",), (SEMINR,), **SHARED),
    *compare(INNER_VIF, ALL_THREE, ("VIF of predecessors",), (CSEM,), **SHARED),
    *compare(INNER_VIF, [PLAIN], ("VIF of predecessors",), (OPENPLS,), tolerance=1e-6,
             reason=SQUARED, **SHARED),
    *compare(F2, ALL_THREE, ("f2",), (CSEM,)),
    *compare(F2, [PLAIN], ("f2",), (OPENPLS,), tolerance=1e-6, reason=SQUARED),
    *(differ(F2, PLAIN, "f2", peer, 1e-3, DELETED) for peer in (SEMINR, SEMINR_R)),
    *compare(INFORMATION, [PLAIN, REPUTATION], ("AIC", "BIC"), (SEMINR,), tolerance=1e-7,
             reason="250 and more times a logarithm of what both iterate to 1e-13"),
    *compare(INFORMATION, [PLAIN], ("AIC", "BIC"), (SEMINR_R,), tolerance=1e-7,
             reason="250 times a logarithm of what both iterate to 1e-13"),
    *compare(INFORMATION, [PLAIN, MODE_B["path"]], ("AIC", "AICc", "BIC", "HQ"), (CSEM,),
             tolerance=1e-7, reason="250 times a logarithm of what both iterate to 1e-13"),
    *compare(INFORMATION, [PLAIN], ("BIC",), (OPENPLS,), tolerance=1e-5,
             reason=f"250 times a logarithm; {SQUARED}"),
]  # fmt: skip

BASE_10 = (
    "cSEM takes the logarithms of d_G to base 10, and Dijkstra and Henseler (2015) natural ones, "
    "as we do; compared after ours is divided by the square of log 10."
)
FITS = [
    compare(
        FIT,
        [PLAIN, PLSC["path"]],
        (f"fit, {structure} model",),
        (CSEM,),
        ours=f"fit, {structure} model, logarithms to base 10",
        convention=BASE_10,
    )
    for structure in ("estimated", "saturated")
]
WHOLE = [
    *(entry for entries in FITS for entry in entries),
    *compare(
        FIT,
        [PLAIN],
        ("fit, saturated model",),
        (OPENPLS,),
        ours="fit, saturated model, without the diagonal",
        convention="openpls-engine's SRMR is over the pairs of items without the diagonal; "
        "compared after ours leaves it out. It gives no d_G and no estimated model.",
        **OPENPLS_HOW,
    ),
    *compare(GOF, [PLAIN], ("GoF",), (CSEM,)),
    *compare(GOF, [PLAIN], ("GoF",), (OPENPLS,), **OPENPLS_HOW),
]

COMMUNALITY, REDUNDANCY = "Communalities of items", "Redundancy analysis"
COLLINEARITY, MARKER = "Full collinearity VIF", "Marker variable"
AKAIKE, EXACT = "Akaike weights of models", "Exact-fit test"
BY_STATSMODELS = "seminr's scores, regressed on each other by statsmodels; ours is of the moments."
FORMATIVE = [
    *compare(COMMUNALITY, [PLAIN], ("communalities of items",), (OPENPLS,), **OPENPLS_HOW),
    *compare(REDUNDANCY, [GLOBAL], ("paths to global items",), (SEMINR, OPENPLS), **SUMS),
    *compare(COLLINEARITY, [PLAIN], ("full collinearity VIF",), (SEMINR,),
             convention=BY_STATSMODELS),
    *compare(MARKER, [SMALL], ("correlations less the marker's",), (OPENPLS,), **OPENPLS_HOW),
    *compare(AKAIKE, [PLAIN], ("Akaike weights",), (SEMINR,)),
]  # fmt: skip
COMPARISONS = [*MEASUREMENT, *STRUCTURE, *WHOLE, *FORMATIVE]
NO_FIT = "it prints residual indices of another kind"
OWN_DRAWS = "it gives none; its distances are compared above"
BLANKS = [
    *(
        Blank(feature=feature, peer=peer, reason=NOT_STORED)
        for feature in (COMMUNALITY, REDUNDANCY, AKAIKE)
        for peer in (SEMINR_R, CSEM)
    ),
    *(
        Blank(feature=feature, peer=peer, reason=ABSENT)
        for feature in (COLLINEARITY, MARKER)
        for peer in (SEMINR_R, CSEM)
    ),
    *(
        Blank(feature=feature, peer=MATRIXPLS, reason=ABSENT)
        for feature in (COMMUNALITY, REDUNDANCY, COLLINEARITY, MARKER, AKAIKE, EXACT)
    ),
    *(Blank(feature=feature, peer=OPENPLS, reason=ABSENT) for feature in (COLLINEARITY, AKAIKE)),
    *(Blank(feature=feature, peer=SEMINR, reason=ABSENT) for feature in (COMMUNALITY, MARKER)),
    *(Blank(feature=EXACT, peer=peer, reason=ABSENT) for peer in (SEMINR, SEMINR_R)),
    Blank(feature=EXACT, peer=OPENPLS, reason=OWN_DRAWS),
    Blank(
        feature=EXACT,
        peer=CSEM,
        reason="its p-values are of draws by R's random numbers; its distances are compared above",
    ),
    *(Blank(feature=CROSS, peer=peer, reason=NOT_STORED) for peer in (SEMINR_R, CSEM, MATRIXPLS)),
    Blank(
        feature=ITEM_VIF, peer=CSEM, reason="it gives them of Mode B blocks, stored without names"
    ),
    *(Blank(feature=HTMT2, peer=peer, reason=ABSENT) for peer in (SEMINR, SEMINR_R)),
    *(
        Blank(feature=feature, peer=MATRIXPLS, reason=ABSENT)
        for feature in (ITEM_VIF, HTMT2, INNER_VIF, F2, INFORMATION)
    ),
    *(Blank(feature=FIT, peer=peer, reason=ABSENT) for peer in (SEMINR, SEMINR_R)),
    Blank(feature=FIT, peer=MATRIXPLS, reason=NO_FIT),
    *(Blank(feature=GOF, peer=peer, reason=ABSENT) for peer in (SEMINR, SEMINR_R)),
    Blank(feature=GOF, peer=MATRIXPLS, reason=NOT_STORED),
]
