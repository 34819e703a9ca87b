"""What docs/coming_from.md says of our calls works as it stands there."""

from __future__ import annotations

import re
import textwrap
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

import csat_models as csat
from csat_models import assessment, estimation
from csat_models.estimation import covariance
from csat_models.estimation.covariance import FitMeasures, RobustFit
from csat_models.estimation.covariance.modification import COLUMNS as MODIFICATION_COLUMNS

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs" / "coming_from.md").read_text(encoding="utf-8")
CBSEM = "lavaan and semopy"
PLS = ("AMOS", "seminr", "cSEM", "plspm", "matrixpls", "SmartPLS", "openpls-engine")


def blocks(text: str) -> list[str]:
    """Return the blocks of Python, those in lists too."""
    found = re.findall(r"^( *)```python\n(.*?)^\1```", text, flags=re.S | re.M)
    return [textwrap.dedent(code) for _, code in found]


def fewer_draws(code: str) -> str:
    """Draw 40 times at most: the code is what is tested, not its numbers."""
    return re.sub(r"n_boot=\d+", "n_boot=40", code)


def sections() -> dict[str, str]:
    parts = re.split(r"^## (.+)$", GUIDE, flags=re.M)
    return {"": parts[0]} | dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.filterwarnings("ignore::UserWarning")  # seminr's own, of missing answers
def test_every_block_of_code_runs():
    """From top to bottom, as a reader would."""
    names: dict[str, object] = {}
    found = blocks(GUIDE)
    assert len(found) > 8
    for code in found:
        exec(fewer_draws(code), names)  # noqa: S102 (our own guide)
    assert names["largest"] < 1e-6
    assert np.isfinite(names["draws"].paths).all()


def test_every_program_has_its_section():
    assert {*PLS, CBSEM} <= set(sections())


@pytest.mark.parametrize("program", PLS)
def test_every_program_has_calls_and_differences(program):
    text = sections()[program]
    assert f"| {program} | csat_models |" in text
    assert "What differs" in text


OURS = {*csat.__all__, *assessment.__all__, *estimation.__all__, *covariance.__all__}
PARAMETER_COLUMNS = ("estimate", "standard_error", "z", "p_value", "standardised")
MEASURES = {field.name for of in (FitMeasures, RobustFit) for field in fields(of)}
COLUMNS = {*PARAMETER_COLUMNS, *MODIFICATION_COLUMNS}


def test_functions_named_beside_theirs_exist():
    """Every name in the right-hand column that is written like a function, measure or column."""
    rows = [line.split("|") for line in GUIDE.splitlines() if line.strip().startswith("|")]
    right = " ".join(row[2] for row in rows if len(row) > 3)
    called = set(re.findall(r"`([a-z][a-z0-9_]+)\(", right))
    alone = set(re.findall(r"`([a-z][a-z0-9_]+_[a-z0-9_]+)`", right))
    named = called | alone
    assert len(named) > 20
    assert named <= OURS | MEASURES | COLUMNS, named - OURS - MEASURES - COLUMNS
