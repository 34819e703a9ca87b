"""Every comparison holds, every blank has a reason, and no number of ours is in a peer's column."""

from __future__ import annotations

import ast
import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.parity import ours, registry
from benchmarks.parity.cases import ECSI_BLOCKS, ECSI_PATHS, MODE_A, REPUTATION
from benchmarks.parity.entries import BLANKS, COMPARISONS, FEATURES
from benchmarks.parity.labels import reachable, without
from benchmarks.parity.peers import CSEM, LIVE, PEERS, PRINTED, SEMINR, SEMINR_R
from benchmarks.parity.registry import Comparison, differ, run
from benchmarks.parity.table import PROGRAMS, page
from csat_models import catalogue

ROOT = Path(__file__).parents[2]
PARITY = ROOT / "benchmarks" / "parity"
STORED = [entry for entry in COMPARISONS if entry.peer not in LIVE]


def called(entry: Comparison) -> str:
    return f"{entry.peer}-{entry.case.name}-{entry.quantity}"


@pytest.mark.parametrize("entry", STORED, ids=called)
def test_stored_numbers_are_ours(entry):
    """Tolerance and reason stand in the entry; live programs have a test file each."""
    outcome = run(entry)
    assert outcome.missing == outcome.surplus == ()
    assert outcome.agrees, f"{outcome.difference:.1e} at {outcome.label}"


@pytest.mark.parametrize("feature", FEATURES)
def test_every_blank_has_a_reason_and_every_number_a_source(feature):
    for peer in PROGRAMS:
        compared = [e for e in COMPARISONS if (e.feature, e.peer) == (feature, peer)]
        blank = [b.reason for b in BLANKS if (b.feature, b.peer) == (feature, peer)]
        assert len(blank) == (not compared), f"{feature}, {peer}"
        assert all(blank)


def test_a_difference_of_definition_has_its_sentence():
    for entry in COMPARISONS:
        assert entry.reason
        if math.isinf(entry.tolerance):
            assert entry.convention.endswith("."), called(entry)
            assert entry.least > 0, called(entry)
        if entry.ours or entry.left_out:
            named = entry.ours == "scores of the first five" or "those stored" in entry.ours
            assert entry.convention or named, called(entry)


WITHOUT_US = """
import json, sys, warnings
sys.modules["csat_models"] = None  # importing it is an error from here on
warnings.simplefilter("ignore")
from benchmarks.parity.cases import FOUR, MODE_A
from benchmarks.parity.peers import PEERS
case = MODE_A["path"]
quantity = {"in print": "R2", "lavaan": "fit measures", "seminrExtras": "performance"}
asked = {peer: rooms[quantity.get(peer, "path coefficients")] for peer, rooms in PEERS.items()}
case_of = {"in print": MODE_A["centroid"], "lavaan": FOUR}
print(json.dumps({peer: ask(case_of.get(peer, case)) for peer, ask in asked.items()}))
"""


def test_peers_numbers_are_made_where_csat_models_cannot_be_imported():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_US], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert found.keys() == PEERS.keys()
    assert found[SEMINR] == PEERS[SEMINR]["path coefficients"](MODE_A["path"])


@pytest.mark.parametrize("path", sorted(PARITY.glob("peers/*.py")), ids=lambda path: path.stem)
def test_no_peers_room_imports_what_is_ours(path):
    allowed = {"case", "cases", "labels", "peers", "samples"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            assert not name.startswith("csat_models")
            assert not name.startswith("benchmarks") or name.split(".")[2] in allowed, name


def test_every_number_of_theirs_comes_from_a_peers_room():
    for rooms in PEERS.values():
        for function in rooms.values():
            assert function.__module__.startswith("benchmarks.parity.peers.")


def test_a_change_of_ours_changes_no_number_of_theirs(monkeypatch):
    entry = next(e for e in STORED if e.quantity == "R2" and e.peer == CSEM)
    before = run(entry)
    right = ours.QUANTITIES["R2"]
    moved = {"R2": lambda case: {k: v + 0.5 for k, v in right(case).items()}}
    monkeypatch.setattr(ours, "QUANTITIES", ours.QUANTITIES | moved)
    after = run(entry)
    assert after.theirs == before.theirs
    assert before.agrees
    assert not after.agrees
    assert after.difference == pytest.approx(0.5)


def test_right_values_under_wrong_labels_are_no_agreement(monkeypatch):
    entry = next(e for e in STORED if e.quantity == "loadings" and e.peer == SEMINR_R)
    right = ours.QUANTITIES["loadings"]

    def turned(case):
        found = right(case)
        first, *others = found.values()
        return dict(zip(found, [*others, first], strict=True))

    monkeypatch.setattr(ours, "QUANTITIES", ours.QUANTITIES | {"loadings": turned})
    assert not run(entry).agrees
    renamed = {"loadings": lambda case: {f"{k}_": v for k, v in right(case).items()}}
    monkeypatch.setattr(ours, "QUANTITIES", ours.QUANTITIES | renamed)
    outcome = run(entry)
    assert not outcome.agrees
    assert len(outcome.missing) == len(outcome.surplus) == 24


def test_a_number_that_is_missing_or_not_a_number_is_no_agreement(monkeypatch):
    entry = next(e for e in STORED if e.quantity == "R2" and e.peer == CSEM)
    right = ours.QUANTITIES["R2"]
    for spoiled in (math.nan, math.inf):
        broken = {"R2": lambda case, to=spoiled: right(case) | {"Value": to}}
        monkeypatch.setattr(ours, "QUANTITIES", ours.QUANTITIES | broken)
        assert not run(entry).agrees
        assert run(entry).label == "Value"


def test_a_peer_that_takes_up_our_convention_is_noticed():
    case = MODE_A["path"]
    same = differ("R2", case, "R2", CSEM, 1e-3, "Said to differ, and does not.")
    assert not run(same).agrees


def test_the_page_shows_blanks_differences_and_failures():
    entry = next(e for e in STORED if e.quantity == "R2" and e.peer == CSEM)
    good = run(entry)
    bad = replace(good, difference=1.0)
    reasons = [
        registry.Blank(feature=entry.feature, peer=peer, reason="told here")
        for peer in PROGRAMS
        if peer != CSEM
    ]
    text = page([bad], reasons, ["Date: now"])
    assert "**not as it should be**" in text
    assert "blank (1)" in text
    assert "1. told here." in text
    assert "**not as it should be**" not in page([good], reasons, ["Date: now"])


def test_the_written_page_has_every_feature():
    text = (ROOT / "docs" / "parity.md").read_text(encoding="utf-8")
    sections = {line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")}
    assert set(FEATURES) <= sections
    assert "not as it should be" not in text


def test_the_plain_model_is_the_catalogues():
    model = catalogue.ecsi_mobile()
    assert tuple((c.name, c.items) for c in model.constructs) == ECSI_BLOCKS
    assert set(model.paths) == set(ECSI_PATHS)


def test_labels():
    assert reachable([("A", "B"), ("B", "C")]) == [("A", "B"), ("B", "C"), ("A", "C")]
    found = {"A -> B": 1.0, "A ~~ C": 2.0, "3: B": 3.0, "AB": 4.0}
    assert without(found, ("B",)) == {"A ~~ C": 2.0, "AB": 4.0}


def test_printed_numbers_name_their_publication():
    file = json.loads((ROOT / "tests" / "oracles" / "published.json").read_text(encoding="utf-8"))
    assert all(len(entry["source"]) > 20 for entry in file.values())
    assert {REPUTATION.name} < set(file)
    assert any(entry.peer == PRINTED for entry in COMPARISONS)
