"""Reliability and validity of the measurement."""

from __future__ import annotations

from typing import Any

from benchmarks.parity.cases import MIXED, MODE_A, MODE_B, PLSC, REPUTATION, UNIT
from benchmarks.parity.entries.estimation import OPENPLS_TOLERANCE, RHO_A_TOO_LONG, SQUARED
from benchmarks.parity.peers import CSEM, MATRIXPLS, OPENPLS, SEMINR, SEMINR_R
from benchmarks.parity.registry import ROUNDED, Blank, compare, differ

ALPHA, RHO_A, RHO_C = "Cronbach's alpha", "rho_A", "rho_C"
AVE, HTMT, FORNELL = "AVE", "HTMT", "Fornell-Larcker table"
ADJUSTED = "Adjusted R2"
PLAIN = MODE_A["path"]
OPENPLS_HOW: dict[str, Any] = {"tolerance": OPENPLS_TOLERANCE, "reason": SQUARED}
SUMS: dict[str, Any] = {"tolerance": ROUNDED, "reason": "nothing is iterated"}
SINGLE = ("Complaints",)
ONE_OR_NONE = "Of a single item ours is 1, and the other program prints none."
FORMATIVE = ("QUAL", "PERF", "CSOR", "ATTR")

RELIABILITY = [
    *compare(ALPHA, [PLAIN, UNIT, REPUTATION], ("Cronbach's alpha",), (SEMINR,), **SUMS),
    *compare(ALPHA, [PLAIN, UNIT], ("Cronbach's alpha",), (SEMINR_R,), **SUMS),
    *compare(
        ALPHA,
        [PLAIN, UNIT],
        ("Cronbach's alpha",),
        (CSEM,),
        left_out=SINGLE,
        convention=ONE_OR_NONE,
        **SUMS,
    ),
    *compare(
        ALPHA,
        [PLAIN],
        ("Cronbach's alpha",),
        (OPENPLS,),
        left_out=SINGLE,
        convention=ONE_OR_NONE,
        **SUMS,
    ),
    *compare(RHO_A, [PLAIN, UNIT], ("rho_A",), (SEMINR, SEMINR_R)),
    *compare(RHO_A, [PLSC["path"]], ("rho_A",), (SEMINR, SEMINR_R, CSEM)),
    *compare(
        RHO_A,
        [PLAIN],
        ("rho_A",),
        (OPENPLS,),
        ours="rho_A, weights sqrt(n / (n - 1)) longer",
        convention=RHO_A_TOO_LONG,
        **OPENPLS_HOW,
    ),
    differ(
        RHO_A,
        MODE_B["path"],
        "rho_A",
        SEMINR,
        0.1,
        "seminr writes 1 for a Mode B composite, which has no measurement error to correct; ours "
        "is the formula's value, whatever the mode.",
    ),
    differ(
        RHO_A,
        PLAIN,
        "rho_A",
        CSEM,
        0.1,
        "cSEM writes 1 where it does not correct for measurement error; ours is the formula's "
        "value.",
    ),
    *compare(RHO_C, [PLAIN, MODE_B["path"]], ("rho_C",), (SEMINR, SEMINR_R)),
    *compare(RHO_C, [PLAIN], ("rho_C",), (CSEM,)),
    *compare(RHO_C, [PLSC["path"]], ("rho_C",), (SEMINR, SEMINR_R, CSEM)),
    *compare(RHO_C, [PLAIN], ("rho_C",), (MATRIXPLS,), left_out=SINGLE, convention=ONE_OR_NONE),
    *compare(
        RHO_C,
        [PLAIN],
        ("rho_C",),
        (OPENPLS,),
        ours="rho_C, loadings of the first principal component",
        convention="openpls-engine, like plspm, takes the loadings of each block's first principal "
        "component, not those of the model; compared after ours takes them too.",
        **SUMS,
    ),
    *compare(AVE, [PLAIN, MODE_B["path"], PLSC["path"]], ("AVE",), (SEMINR, SEMINR_R)),
    *compare(AVE, [PLAIN, PLSC["path"]], ("AVE",), (CSEM,)),
    *compare(AVE, [PLAIN], ("AVE",), (MATRIXPLS,), left_out=SINGLE, convention=ONE_OR_NONE),
    *compare(AVE, [PLAIN], ("AVE",), (OPENPLS,), **OPENPLS_HOW),
    *compare(
        AVE,
        [REPUTATION],
        ("AVE",),
        (OPENPLS,),
        left_out=FORMATIVE,
        convention="It prints none of Mode B blocks.",
        **OPENPLS_HOW,
    ),
]

SIGNS = (
    "ours and seminr's HTMT is of absolute correlations, cSEM's and matrixpls' of signed ones "
    "(CUSL2 correlates negatively with some items); compared after ours takes signed ones."
)
VALIDITY = [
    *compare(HTMT, [PLAIN, REPUTATION], ("HTMT",), (SEMINR,), **SUMS),
    *compare(HTMT, [PLAIN], ("HTMT",), (SEMINR_R,), **SUMS),
    *compare(
        HTMT,
        [PLAIN],
        ("HTMT",),
        (CSEM,),
        ours="HTMT of signed correlations",
        left_out=SINGLE,
        convention=SIGNS,
        **SUMS,
    ),
    *compare(
        HTMT,
        [PLAIN],
        ("HTMT",),
        (MATRIXPLS,),
        ours="HTMT of signed correlations",
        left_out=SINGLE,
        convention=SIGNS,
        **SUMS,
    ),
    *compare(
        HTMT,
        [PLAIN],
        ("HTMT",),
        (OPENPLS,),
        left_out=SINGLE,
        convention="It prints none with a single item, whose mean correlation within is 1 here.",
        **SUMS,
    ),
    *compare(FORNELL, [PLAIN, MODE_B["path"], REPUTATION], ("Fornell-Larcker table",), (SEMINR,)),
    *compare(FORNELL, [PLAIN], ("Fornell-Larcker table",), (OPENPLS,), **OPENPLS_HOW),
    *compare(FORNELL, [PLAIN, MIXED], ("construct correlations",), (SEMINR_R, CSEM)),
    *compare(FORNELL, [PLAIN, MODE_B["path"]], ("construct correlations",), (MATRIXPLS,)),
]

STRUCTURE = [
    *compare(ADJUSTED, [PLAIN, MODE_B["path"]], ("adjusted R2",), (SEMINR, SEMINR_R, CSEM)),
    *compare(ADJUSTED, [PLAIN, REPUTATION], ("adjusted R2",), (OPENPLS,), **OPENPLS_HOW),
]

COMPARISONS = [*RELIABILITY, *VALIDITY, *STRUCTURE]
BLANKS = [
    Blank(feature=ALPHA, peer=MATRIXPLS, reason="it does not give it"),
    Blank(feature=RHO_A, peer=MATRIXPLS, reason="its Q is stored for no case"),
    Blank(feature=ADJUSTED, peer=MATRIXPLS, reason="it does not give it"),
]
