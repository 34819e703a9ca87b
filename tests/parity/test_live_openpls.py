"""PyPI's openpls-engine, run here and now, on both surveys."""

from __future__ import annotations

import pytest

from benchmarks.parity.entries import COMPARISONS
from benchmarks.parity.peers import OPENPLS
from benchmarks.parity.registry import run

ENTRIES = [entry for entry in COMPARISONS if entry.peer == OPENPLS]


@pytest.mark.filterwarnings("ignore")  # its own, of pandas 3
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: f"{e.case.name}-{e.quantity}")
def test_numbers_and_labels(entry):
    """To the entry's tolerance (2e-7 a weight), or apart by definition."""
    outcome = run(entry)
    assert outcome.missing == outcome.surplus == ()
    assert outcome.agrees, f"{outcome.difference:.1e} at {outcome.label}"


def test_both_surveys_are_compared():
    assert {entry.case.data for entry in ENTRIES} >= {"mobi", "corp_rep"}
    # Its fits of folds and groups stop at its own defaults.
    held = [e for e in ENTRIES if not e.case.name.startswith("satisfaction")]
    assert all(entry.tolerance <= 1e-5 or entry.least for entry in held)
