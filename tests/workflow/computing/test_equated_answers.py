"""Scores equated from another scale are no broken steps; those typed between steps are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models.workflow.study import Study


@pytest.fixture
def equated(tiny, monkeypatch):
    monkeypatch.setenv("CSAT_PROJECT", str(tiny.root))
    book = (tiny.root / "params/codebook.yml").read_text(encoding="utf-8")
    tiny.write("params/codebook.yml", f"{book}versions: {{old: {{scales: {{S1: [1, 5]}}}}}}\n")
    tiny.edit("params/2024.yml", "data:\n", "data:\n  version: old\n")
    generator = np.random.default_rng(4)
    scores = generator.integers(1, 6, (80, 4)).astype(float)
    frame = pd.DataFrame(scores, columns=["Q1", "Q2", "S1", "S2"])
    return frame.assign(city=["n", "s"] * 40, operator=["ours"] * 40 + ["rival"] * 40)


def remarks(tiny, frame: pd.DataFrame) -> list[str]:
    tiny.write("data/raw/2024.csv", frame.to_csv(index=False))
    return [remark for remark in Study.open("2024").remarks() if "whole steps" in remark]


def test_equated_scores_are_not_warned_of(tiny, equated):
    assert remarks(tiny, equated) == []
    equated.loc[3, "S2"] = 2.5
    assert remarks(tiny, equated) == ["warning: 1 rows, column 'S2': scores go in whole steps"]
