"""The data and models of the reference numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from csat_models import PathModel

DEMOCRACY = """
ind60 =~ x1 + x2 + x3
dem60 =~ y1 + y2 + y3 + y4
dem65 =~ y5 + y6 + y7 + y8
dem60 ~ ind60
dem65 ~ ind60 + dem60
"""
SCHOOLS = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
SATISFACTION = """
Quality =~ PERQ1 + PERQ2 + PERQ3 + PERQ4 + PERQ5 + PERQ6 + PERQ7
Value =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Loyalty =~ CUSL1 + CUSL2 + CUSL3
Value ~ Quality
Satisfaction ~ Quality + Value
Loyalty ~ Satisfaction
"""
HIGHER = """
Offer =~ Quality + Value + Image
Quality =~ PERQ1 + PERQ2 + PERQ3 + PERQ4
Value =~ PERV1 + PERV2
Image =~ IMAG1 + IMAG2 + IMAG3
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Satisfaction ~ Offer
"""
PAIRS = (("y1", "y5"), ("y2", "y4"), ("y2", "y6"), ("y3", "y7"), ("y4", "y8"), ("y6", "y8"))
LACKING = ("PERQ1", "PERQ4", "PERV2", "CUSA1", "CUSA3", "CUSL3")


@dataclass(frozen=True)
class Case:
    """A model with its data, complete and with missing answers."""

    model: PathModel
    complete: pd.DataFrame
    missing: pd.DataFrame
    pairs: tuple[tuple[str, str], ...] = ()


@pytest.fixture(scope="session")
def cases(mobi, oracle) -> dict[str, Case]:
    from semopy.examples import holzinger39, political_democracy

    cells = oracle("fiml_missing") | {
        "EC4": {item: list(range(3 * k, len(mobi), 20)) for k, item in enumerate(LACKING)}
    }
    data = {
        "PD": political_democracy.get_data().reset_index(drop=True).astype(float),
        "HS": holzinger39.get_data().reset_index(drop=True),
        "EC4": mobi,
    }
    texts = {"PD": DEMOCRACY, "HS": SCHOOLS, "EC4": SATISFACTION}
    return {
        name: Case(
            model=PathModel.parse(texts[name]),
            complete=frame,
            missing=_without(frame, cells[name]),
            pairs=PAIRS if name == "PD" else (),
        )
        for name, frame in data.items()
    }


@pytest.fixture(scope="session")
def schools(cases) -> pd.DataFrame:
    """Children of two schools; in lavaan's order, Pasteur first."""
    frame = cases["HS"].complete
    return frame.assign(place=frame["school"].map({"Pasteur": "1", "Grant-White": "2"}))


@pytest.fixture(scope="session")
def higher() -> PathModel:
    """Quality, value and image as dimensions of an offer."""
    return PathModel.parse(HIGHER)


@pytest.fixture(scope="session")
def lavaan(oracle) -> dict:
    return oracle("lavaan_covariance")


def _without(frame: pd.DataFrame, cells: dict[str, list[int]]) -> pd.DataFrame:
    lacking = frame.copy()
    for item, rows in cells.items():
        lacking.loc[lacking.index[rows], item] = np.nan
    return lacking
