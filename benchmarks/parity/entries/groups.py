"""Two groups: invariance of composites, and multi-group analysis."""

from __future__ import annotations

from benchmarks.parity.cases import HALVES, SMALL_HALVES
from benchmarks.parity.entries.estimation import ABSENT, NOT_STORED
from benchmarks.parity.peers import CSEM, MATRIXPLS, OPENPLS, SEMINR, SEMINR_R
from benchmarks.parity.registry import Blank, compare, differ

INVARIANCE, MULTIGROUP = "Invariance of composites (MICOM)", "Multi-group analysis"
STOPPED = "openpls-engine's MICOM stops at its default, a sum of squared changes of 1e-6"
ONE_SIDED = (
    "One-sided in seminr: the share of pairs of draws in which the first group is not above the "
    "second, which turns into 1 - p when the groups are swapped; ours is twice the smaller of the "
    "two, and stays."
)

COMPARISONS = [
    *compare(
        INVARIANCE,
        [HALVES],
        ("compositional invariance", "logarithms of variance ratios"),
        (OPENPLS,),
        tolerance=1e-6,
        reason=STOPPED,
    ),
    *compare(
        INVARIANCE,
        [HALVES],
        ("differences of means",),
        (OPENPLS,),
        tolerance=1e-6,
        reason=STOPPED,
        ours="differences of means, composites of variance 1 by the divisor n",
        convention="Its composites have variance 1 by the divisor n, ours by n - 1.",
    ),
    *compare(MULTIGROUP, [HALVES], ("differences of paths between groups",), (SEMINR,)),
    *compare(
        MULTIGROUP,
        [HALVES],
        ("multi-group p-values made two-sided",),
        (SEMINR,),
        reason="shares of the same 60 x 60 pairs of draws",
        ours="multi-group p-values, same rows drawn",
        convention="Twice the smaller of its p-value and of 1 less it.",
    ),
    differ(
        MULTIGROUP,
        HALVES,
        "multi-group p-values, same rows drawn",
        SEMINR,
        0.01,
        ONE_SIDED,
    ),
]
PERMUTATION, EQUIVALENCE = "Permutation multi-group analysis", "Equivalence of groups"
COMPARISONS += [
    *compare(
        PERMUTATION,
        [SMALL_HALVES],
        ("differences of paths between groups",),
        (OPENPLS,),
        tolerance=1e-6,
        reason="openpls-engine's fits of groups stop at its defaults",
    ),
    *compare(
        PERMUTATION,
        [SMALL_HALVES],
        ("permutation p-values, same rows shuffled",),
        (OPENPLS,),
        tolerance=1e-12,
        reason="shares of the same nine shuffles",
    ),
]
LABELS = "its tests shuffle or draw by random numbers of their own, at 0.4 s a draw"
BLANKS = [
    Blank(feature=PERMUTATION, peer=SEMINR, reason="its multi-group analysis is by bootstrap"),
    *(Blank(feature=PERMUTATION, peer=peer, reason=NOT_STORED) for peer in (SEMINR_R, CSEM)),
    Blank(feature=PERMUTATION, peer=MATRIXPLS, reason=ABSENT),
    *(
        Blank(feature=EQUIVALENCE, peer=peer, reason=ABSENT)
        for peer in (SEMINR, OPENPLS, SEMINR_R, CSEM, MATRIXPLS)
    ),
    Blank(feature=INVARIANCE, peer=SEMINR, reason="it does not give it"),
    Blank(feature=MULTIGROUP, peer=OPENPLS, reason=LABELS),
    *(
        Blank(feature=feature, peer=peer, reason=NOT_STORED)
        for feature in (INVARIANCE, MULTIGROUP)
        for peer in (SEMINR_R, CSEM, MATRIXPLS)
    ),
]
