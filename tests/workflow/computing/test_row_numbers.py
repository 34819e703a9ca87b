"""Identifiers that merely count the rows are asked about before they tie two waves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from csat_models.workflow.study import Study

YEARS = (2023, 2024)


@pytest.fixture
def two_waves(tiny, monkeypatch):
    """Writes two waves with given identifiers; the codebook hashes them on reading."""
    monkeypatch.setenv("CSAT_PROJECT", str(tiny.root))
    monkeypatch.setenv("CSAT_ID_KEY", "a key of more than sixteen characters")
    book = (tiny.root / "params/codebook.yml").read_text(encoding="utf-8")
    tiny.write("params/codebook.yml", f"respondent_id: id\npseudonymise: true\n{book}")
    text = (tiny.root / "params/2024.yml").read_text(encoding="utf-8")
    tiny.write("params/2023.yml", text.replace("2024", "2023"))
    tiny.write("params/2024.yml", f"{text}earlier: [2023]\n")

    def write(*identifiers: list[int]) -> Study:
        for year, ids in zip(YEARS, identifiers, strict=True):
            answers(ids).to_csv(Path(tiny.root) / f"data/raw/{year}.csv", index=False)
        return Study.open("2024")

    return write


def answers(identifiers: list[int]) -> pd.DataFrame:
    generator = np.random.default_rng(len(identifiers))
    names = ["Q1", "Q2", "S1", "S2"]
    frame = pd.DataFrame(generator.integers(1, 11, (len(identifiers), 4)), columns=names)
    frame["city"] = generator.choice(["north", "south"], len(frame))
    frame["operator"] = generator.choice(["ours", "rival"], len(frame))
    return frame.assign(id=identifiers)


def asked(study: Study) -> list[str]:
    return [remark for remark in study.remarks() if "taken for the same person" in remark]


def test_row_numbers_in_two_waves_are_asked_about(two_waves):
    (question,) = asked(two_waves(list(range(1, 201)), list(range(1, 221))))
    assert "count the rows (1 to 200 in 2023, 1 to 220 in 2024)" in question
    assert "take 'respondent_id' out of the codebook" in question


@pytest.mark.parametrize(
    "second",
    [
        [int(k) for k in np.random.default_rng(1).permutation(1000)[:200]],
        list(range(5001, 5201)),
    ],
    ids=["drawn from a register", "counted from another number"],
)
def test_other_identifiers_are_not(two_waves, second):
    assert asked(two_waves(list(range(1, 201)), second)) == []
