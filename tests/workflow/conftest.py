"""A project small enough to be run in a second."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from csat_models.workflow.project import Project

REPOSITORY = Path(__file__).resolve().parents[2]

PARAMS = """\
# the year's study
title: Tiny study 2024
language: en
wave: 2024
data:
  file: data/raw/2024.csv   # the raw file
  codebook: params/codebook.yml
model: |
  Quality =~ Q1 + Q2
  Satisfaction =~ S1 + S2
  Satisfaction ~ Quality
bootstrap: {n_boot: 50, seed: 1}
comparison:
  unit: city
  competitor: {column: operator, ours: ours, theirs: rival}
report: {build: false}
"""

CODEBOOK = """\
scale: [1, 10]
constructs:
  Quality: {zh: 质量, en: Quality}
  Satisfaction: {zh: 满意度, en: Satisfaction}
items:
  Q1: {construct: Quality, text: {zh: 一, en: one}}
  Q2: {construct: Quality, text: {zh: 二, en: two}}
  S1: {construct: Satisfaction, text: {zh: 三, en: three}}
  S2: {construct: Satisfaction, text: {zh: 四, en: four}}
attributes:
  city: {kind: text, label: {zh: 城市, en: City}}
  operator:
    kind: category
    label: {zh: 运营商, en: Operator}
    labels: {ours: {zh: 本方, en: ours}, rival: {zh: 对手, en: rival}}
"""

WRITE_TABLE = """\
import os, pathlib
target = pathlib.Path(os.environ["CSAT_RESULTS"]) / "tables" / "{name}.csv"
target.parent.mkdir(parents=True, exist_ok=True)
_ = target.write_text("study,n_boot\\n" + f"{{study}},{{n_boot}}\\n")
"""


def notebook(*sources: str, parameters: str = "study = 'none'\nn_boot = None") -> dict[str, Any]:
    cells = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "execution_count": None,
            "metadata": {"tags": ["parameters"] if number == 0 else []},
            "outputs": [],
            "source": source,
        }
        for number, source in enumerate((parameters, *sources))
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _heed_interrupts() -> None:
    """A background job ignores SIGINT, and so would every process that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass(frozen=True)
class TinyProject:
    root: Path

    @property
    def project(self) -> Project:
        return Project.at(self.root)

    def write(self, path: str, text: str) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return target

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text
        self.write(path, text.replace(old, new))

    def add_notebook(self, name: str, *sources: str, **options: str) -> None:
        self.write(f"notebooks/{name}.ipynb", json.dumps(notebook(*sources, **options)))

    def add_table_notebook(self, name: str, *more: str, table: str | None = None) -> None:
        self.add_notebook(name, WRITE_TABLE.format(name=table or name), *more)

    def outputs(self, study: str = "2024") -> Path:
        return self.root / "outputs" / study

    def files(self, study: str = "2024") -> dict[str, bytes]:
        folder = self.outputs(study)
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.relative_to(folder).parts[0].startswith(".")
        }

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "CSAT_PROJECT": os.fspath(self.root),
            "PYTHONPATH": os.fspath(REPOSITORY),
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "csat_models", *arguments],
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_heed_interrupts,  # noqa: PLW1509 (no threads here)
        )

    def csat(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        with self.start(*arguments) as process:
            out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def python(self, script: str) -> str:
        command = [sys.executable, "-c", script]
        done = subprocess.run(
            command, cwd=self.root, env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout


@pytest.fixture
def tiny(tmp_path: Path) -> TinyProject:
    made = TinyProject(tmp_path / "project")
    (made.root / "notebooks").mkdir(parents=True)
    made.write("params/2024.yml", PARAMS)
    made.write("params/codebook.yml", CODEBOOK)
    rows = [
        f"c{k % 2},{('ours', 'rival')[k // 2 % 2]},{k % 9 + 1},{k % 7 + 2},{k % 8 + 1},{k % 5 + 3}"
        for k in range(60)
    ]
    made.write("data/raw/2024.csv", "\n".join(["city,operator,Q1,Q2,S1,S2", *rows]) + "\n")
    return made
