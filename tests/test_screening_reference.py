"""docs/screening.md names every flag, with the thresholds and the exclusions that hold."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import pytest

from csat_models import ScreeningRules
from csat_models.report.language import catalogue

PAGE = (Path(__file__).parents[1] / "docs" / "screening.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.splitlines()
    if line.startswith("| `")
]
NAMES = [row[0].strip("` ") for row in ROWS]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_flag_is_documented_and_no_other(language):
    shown = {key[5:] for key in catalogue(language) if key.startswith("flag.")} - {"flagged"}
    assert set(NAMES) == shown and len(NAMES) == len(shown)


def test_flags_that_exclude_are_the_declared_ones():
    excluding = {name for name, row in zip(NAMES, ROWS, strict=True) if row[3] == "yes"}
    assert excluding == set(ScreeningRules().excludes)


def test_thresholds_are_the_defaults():
    declared = asdict(ScreeningRules())
    written = dict(re.findall(r"`(\w+): ([0-9.]+)`", PAGE))
    assert {key: declared[key] for key in written} == {k: float(v) for k, v in written.items()}
    numbers = {key for key, value in declared.items() if isinstance(value, float)}
    assert numbers <= set(written)
