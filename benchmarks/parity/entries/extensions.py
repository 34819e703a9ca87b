"""Higher-order constructs, interactions and squares."""

from __future__ import annotations

from benchmarks.parity.cases import HIGHER_ORDER, INDICATORS, MODERATED, ORTHOGONAL, QUADRATIC
from benchmarks.parity.entries.estimation import (
    BY_N,
    CORE,
    LESS_WEIGHTS,
    NOT_STORED,
    OPENPLS_TOLERANCE,
    SCORES_BY_N,
    SQUARED,
)
from benchmarks.parity.peers import CSEM, MATRIXPLS, OPENPLS, SEMINR, SEMINR_R
from benchmarks.parity.registry import Blank, compare, differ

HIGHER = "Higher order, two stages"
PRODUCT, SQUARE = "Interaction, two stages", "Square, two stages"
INDICATED, FREED = "Interaction, product indicators", "Interaction, orthogonal indicators"
NO_PRODUCTS = "a covariance table of the items has no products"
FIRST_STAGE = (
    "seminr stops the first stage of an interaction at 1e-7 whatever it is told, and ours at 1e-13"
)
# Its first stage runs with its defaults, so its product is as exact as they are.
LOOSE = 2e-6
PER_UNIT = (
    "seminr's coefficient of a product is per unit of the product of two standardised scores; ours "
    "is compared in the same unit, product_coefficients(estimates)."
)
STANDARDISED = (
    "openpls-engine standardises the product, as our paths do; product_coefficients(estimates) has "
    "the coefficient per unit. Its stage-one scores have variance 1 by the divisor n, which "
    "standardising takes out."
)

COMPARISONS = [
    *compare(HIGHER, [HIGHER_ORDER["A"], HIGHER_ORDER["B"]], CORE, (SEMINR, SEMINR_R)),
    *compare(
        HIGHER,
        [HIGHER_ORDER["A"], HIGHER_ORDER["B"]],
        ("weights",),
        (OPENPLS,),
        ours=BY_N,
        convention=SCORES_BY_N,
        tolerance=OPENPLS_TOLERANCE,
        reason=SQUARED,
    ),
    *compare(
        HIGHER,
        [HIGHER_ORDER["A"], HIGHER_ORDER["B"]],
        LESS_WEIGHTS,
        (OPENPLS,),
        tolerance=OPENPLS_TOLERANCE,
        reason=SQUARED,
    ),
    differ(
        HIGHER,
        HIGHER_ORDER["B"],
        "path coefficients",
        CSEM,
        1e-3,
        "cSEM lets all first-stage constructs be each other's neighbours and keeps their scores in "
        "the second stage; we and seminr put the dimensions in the place of their construct and "
        "weight all items anew (disjoint two-stage).",
    ),
    differ(
        HIGHER,
        HIGHER_ORDER["A"],
        "path coefficients",
        CSEM,
        0.1,
        "cSEM corrects a second-order construct with =~ for measurement error (its loadings fall, "
        "its paths rise) besides the other stage design; ours is a Mode A composite of dimensions.",
    ),
    *compare(
        PRODUCT,
        [MODERATED],
        ("path coefficients", "R2"),
        (SEMINR,),
        tolerance=LOOSE,
        reason=FIRST_STAGE,
        convention=PER_UNIT,
    ),
    *compare(PRODUCT, [MODERATED], ("path coefficients", "R2"), (SEMINR_R,), convention=PER_UNIT),
    *compare(
        PRODUCT,
        [MODERATED],
        ("path coefficients",),
        (OPENPLS,),
        ours="path coefficients, products standardised",
        tolerance=OPENPLS_TOLERANCE,
        reason=SQUARED,
        convention=STANDARDISED,
    ),
    *compare(
        PRODUCT, [MODERATED], ("R2",), (OPENPLS,), tolerance=OPENPLS_TOLERANCE, reason=SQUARED
    ),
    differ(
        PRODUCT,
        MODERATED,
        "path coefficients",
        CSEM,
        1e-5,
        "cSEM keeps the weights of the first stage and solves equations in the moments of the "
        "scores; we and seminr weight all items anew and regress on the product.",
    ),
    *compare(
        SQUARE,
        [QUADRATIC],
        ("path coefficients", "R2"),
        (SEMINR,),
        tolerance=LOOSE,
        reason=FIRST_STAGE,
        convention=PER_UNIT,
    ),
]

for how, case in ((INDICATED, INDICATORS), (FREED, ORTHOGONAL)):
    COMPARISONS += compare(
        how, [case], ("path coefficients", "R2"), (SEMINR, SEMINR_R), convention=PER_UNIT
    )
BLANKS = [
    *(
        Blank(feature=feature, peer=peer, reason=reason)
        for feature in (INDICATED, FREED)
        for peer, reason in (
            (OPENPLS, "it has the two-stage way only"),
            (CSEM, "it has the two-stage and the moment-based way only"),
            (MATRIXPLS, NO_PRODUCTS),
        )
    ),
    Blank(feature=HIGHER, peer=MATRIXPLS, reason="it has no constructs of constructs"),
    Blank(feature=PRODUCT, peer=MATRIXPLS, reason=NO_PRODUCTS),
    Blank(feature=SQUARE, peer=OPENPLS, reason="it refuses a predictor as its own moderator"),
    *(Blank(feature=SQUARE, peer=peer, reason=NOT_STORED) for peer in (SEMINR_R, CSEM)),
    Blank(feature=SQUARE, peer=MATRIXPLS, reason=NO_PRODUCTS),
]
