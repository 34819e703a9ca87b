"""What is compared: the models of all cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from benchmarks.parity.case import Blocks, Case, arrows, block_table, modes, numbered

ECSI_BLOCKS: Blocks = (
    *block_table(Image=("IMAG", 5), Expectation=("CUEX", 3), Quality=("PERQ", 7)),
    *block_table(Value=("PERV", 2), Satisfaction=("CUSA", 3)),
    ("Complaints", ("CUSCO",)),
    *block_table(Loyalty=("CUSL", 3)),
)
ECSI_PATHS = arrows(
    "Image -> Expectation, Expectation -> Quality, Expectation -> Value, Quality -> Value, "
    "Image -> Satisfaction, Expectation -> Satisfaction, Quality -> Satisfaction, "
    "Value -> Satisfaction, Satisfaction -> Complaints, Image -> Loyalty, "
    "Satisfaction -> Loyalty, Complaints -> Loyalty"
)
MULTI_ITEM = ("Image", "Expectation", "Quality", "Value", "Satisfaction", "Loyalty")
ALL_SEVEN = tuple(name for name, _ in ECSI_BLOCKS)


def ecsi(name: str, **how: Any) -> Case:
    """Return the ECSI mobile model, estimated somehow."""
    return Case(name=name, blocks=ECSI_BLOCKS, paths=ECSI_PATHS, **how)


MODE_A = {s: ecsi(f"ecsi_modeA_{s}", scheme=s) for s in ("path", "factorial", "centroid")}
HALVES = replace(MODE_A["path"], name="ecsi_halves", data="mobi_halves", group="half")
MODE_B = {
    s: ecsi(f"ecsi_modeB_{s}", scheme=s, modes=modes("B", *MULTI_ITEM))
    for s in ("path", "factorial", "centroid")
}
MIXED = ecsi("ecsi_modeB_image_path", modes=modes("B", "Image"))
UNIT = ecsi("ecsi_unit_path", modes=modes("unit", *ALL_SEVEN))
RAW = ecsi("ecsi_raw_centroid", scheme="centroid", standardised=False)
PLSC = {
    s: ecsi(f"ecsi_plsc_{s}", scheme=s, consistent=ALL_SEVEN)
    for s in ("path", "factorial", "centroid")
}
PLSC_MIXED = ecsi(
    "ecsi_plsc_mixed_modeB_path",
    modes=modes("B", "Image", "Quality"),
    consistent=("Expectation", "Value", "Satisfaction", "Complaints", "Loyalty"),
)
SINGLE_ITEMS = Case(
    name="single_items",
    blocks=(("Image", ("IMAG1",)), ("Quality", ("PERQ1",)), ("Satisfaction", ("CUSA1",))),
    paths=arrows("Image -> Quality, Image -> Satisfaction, Quality -> Satisfaction"),
)

_HIGHER = Case(
    name="hoc_two_stage_modeA",
    blocks=tuple(block for block in ECSI_BLOCKS if block[0] != "Satisfaction"),
    paths=arrows(
        "Expectation -> Satisfaction, Quality -> Satisfaction, Satisfaction -> Complaints, "
        "Satisfaction -> Loyalty"
    ),
    higher_order=(("Satisfaction", ("Image", "Value")),),
)
HIGHER_ORDER: Mapping[str, Case] = {
    "A": _HIGHER,
    "B": replace(_HIGHER, name="hoc_two_stage_modeB", modes=modes("B", "Satisfaction")),
}

MODERATED = Case(
    name="two_stage_A",
    blocks=tuple(
        block
        for block in ECSI_BLOCKS
        if block[0] in {"Image", "Expectation", "Value", "Satisfaction"}
    ),
    paths=arrows("Image -> Satisfaction, Expectation -> Satisfaction, Value -> Satisfaction"),
    products=(("Image", "Expectation", "Satisfaction"),),
)
QUADRATIC = replace(MODERATED, name="quadratic", products=(("Value", "Value", "Satisfaction"),))

INDICATORS = replace(MODERATED, name="product_indicator_A", interactions="product_indicator")
ORTHOGONAL = replace(MODERATED, name="orthogonal_A", interactions="orthogonal")

REPUTATION = Case(
    name="reputation",
    data="corp_rep",
    blocks=(
        *block_table(QUAL=("qual_", 8), PERF=("perf_", 5), CSOR=("csor_", 5), ATTR=("attr_", 3)),
        *block_table(COMP=("comp_", 3), LIKE=("like_", 3)),
        ("CUSA", ("cusa",)),
        *block_table(CUSL=("cusl_", 3)),
    ),
    paths=arrows(
        "QUAL -> COMP, PERF -> COMP, CSOR -> COMP, ATTR -> COMP, QUAL -> LIKE, PERF -> LIKE, "
        "CSOR -> LIKE, ATTR -> LIKE, COMP -> CUSA, LIKE -> CUSA, COMP -> CUSL, LIKE -> CUSL, "
        "CUSA -> CUSL"
    ),
    modes=modes("B", "QUAL", "PERF", "CSOR", "ATTR"),
)
REPUTATION_LISTWISE = replace(REPUTATION, name="reputation_listwise", missing="listwise")

# Four constructs, for programs that take long.
SMALL = Case(
    name="satisfaction_small",
    blocks=tuple(
        block
        for block in ECSI_BLOCKS
        if block[0] in {"Quality", "Value", "Satisfaction", "Loyalty"}
    ),
    paths=arrows(
        "Quality -> Value, Quality -> Satisfaction, Value -> Satisfaction, Satisfaction -> Loyalty"
    ),
    marker="CUEX3",
)
SMALL_HALVES = replace(SMALL, name="satisfaction_halves", data="mobi_halves", group="half")
MIRRORED = replace(MODE_A["path"], name="ecsi_mirrored", data="mobi_mirrored")
GLOBAL = replace(
    REPUTATION,
    name="reputation_global",
    global_items=(("QUAL", "qual_global"), ("PERF", "perf_global"), ("ATTR", "attr_global")),
)
# The same models without one of their paths.
ALTERNATIVES = {
    case.name: replace(
        case,
        name=f"{case.name}_without_quality",
        paths=tuple(path for path in case.paths if path != ("Quality", "Satisfaction")),
    )
    for case in (MODE_A["path"], SMALL)
}
PLANNED = Case(name="planning", blocks=(), paths=())

# Covariance-based models.
FOUR = Case(
    name="EC4_ML",
    blocks=tuple(
        block
        for block in ECSI_BLOCKS
        if block[0] in {"Quality", "Value", "Satisfaction", "Loyalty"}
    ),
    paths=arrows(
        "Quality -> Value, Quality -> Satisfaction, Value -> Satisfaction, Satisfaction -> Loyalty"
    ),
)
DEMOCRACY = Case(
    name="PD_ML",
    data="democracy",
    blocks=(
        ("ind60", numbered("x", 3)),
        ("dem60", numbered("y", 4)),
        ("dem65", ("y5", "y6", "y7", "y8")),
    ),
    paths=arrows("ind60 -> dem60, ind60 -> dem65, dem60 -> dem65"),
    residuals=(
        ("y1", "y5"), ("y2", "y4"), ("y2", "y6"), ("y3", "y7"), ("y4", "y8"), ("y6", "y8"),
    ),
)  # fmt: skip
ABILITIES = Case(
    name="HS_ML",
    data="holzinger",
    blocks=(
        ("visual", ("x1", "x2", "x3")),
        ("textual", ("x4", "x5", "x6")),
        ("speed", ("x7", "x8", "x9")),
    ),
    paths=(),
)
ROBUST = tuple(
    replace(case, name=case.name.replace("ML", "MLR"), robust=True) for case in (FOUR, DEMOCRACY)
)
GAPS = (
    replace(DEMOCRACY, name="PD_FIML", data="democracy_gaps", missing="fiml"),
    replace(ABILITIES, name="HS_FIML", data="holzinger_gaps", missing="fiml"),
)
SCALED = (
    replace(DEMOCRACY, name="PD_MLM"),
    replace(ABILITIES, name="HS_MLM"),
    replace(FOUR, name="EC4_MLM"),
)
INVARIANCE = tuple(
    replace(ABILITIES, name=f"HS_mg_{level}", group="school", equal=equal)
    for level, equal in (
        ("configural", ()),
        ("metric", ("loadings",)),
        ("scalar", ("loadings", "intercepts")),
        ("strict", ("loadings", "intercepts", "residuals")),
    )
)
GAPS_ROBUST = tuple(
    replace(case, name=case.name.replace("FIML", "FIML_MLR"), robust=True) for case in GAPS
)
NESTED = tuple(
    replace(ABILITIES, name=f"HS_groups_{estimator}", group="school")
    for estimator in ("ML", "MLM", "MLR")
)
