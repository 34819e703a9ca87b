"""What the README tells a new user to do works as it stands there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from csat_models.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", README, flags=re.S)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    codebook, params = blocks("yaml")
    (tmp_path / "params").mkdir()
    (tmp_path / "data" / "raw").mkdir(parents=True)
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    (tmp_path / "params" / "codebook_shops.yml").write_text(codebook, encoding="utf-8")
    (tmp_path / "params" / "shops_2025.yml").write_text(params, encoding="utf-8")
    monkeypatch.setenv("CSAT_PROJECT", str(tmp_path))
    return tmp_path


def write_answers(path: Path, encoding: str = "utf-8") -> None:
    generator = np.random.default_rng(1)
    common = generator.normal(size=(240, 1))
    answers = np.clip(np.rint(7 + 1.5 * common + generator.normal(size=(240, 8))), 1, 10)
    answers[generator.random(answers.shape) < 0.02] = 99
    frame = pd.DataFrame(answers.astype(int), columns=[f"q{k}" for k in range(1, 9)])
    frame.insert(0, "shop", ["north", "south", "east"] * 80)
    frame.to_csv(path, index=False, encoding=encoding)


def csat(*arguments: str) -> int:
    command = [sys.executable, "-m", "csat_models", *arguments]
    return subprocess.run(command, check=False, timeout=300, capture_output=True).returncode


def test_own_data_from_csv_to_report(project):
    write_answers(project / "data" / "raw" / "shops_2025.csv")
    assert csat("check", "shops_2025") == 0
    assert csat("run", "shops_2025", "--n-boot", "50") == 0
    results = project / "outputs" / "shops_2025"
    assert (results / "report.pdf").read_bytes().startswith(b"%PDF")
    units = pd.read_csv(results / "tables" / "index_by_unit.csv")
    assert set(units["shop"]) == {"north", "south", "east"}
    assert csat("new", "shops_2026", "--from", "shops_2025") == 0
    assert "shops_2025" in (project / "params" / "shops_2026.yml").read_text(encoding="utf-8")


def test_the_library_example_runs(monkeypatch):
    monkeypatch.chdir(ROOT)
    (example,) = blocks("python")
    names: dict[str, object] = {}
    exec(example.replace("n_boot=5000", "n_boot=50"), names)  # noqa: S102 (our own README)
    assert "draws" in names


def test_every_command_named_exists(capsys):
    named = set(re.findall(r"^    csat (\w+)", README, flags=re.M))
    assert named == {"check", "run", "report", "new", "codebook"}
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    assert all(name in shown for name in named)


def test_pictures_exist():
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", README)
    assert pictures
    assert all((ROOT / picture).is_file() for picture in pictures)
