"""What the sections on the covariance-based model cost in a study, from an empty store.

In a temporary copy of the project, each section in the order of the report::

    python benchmarks/bench_covariance.py
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import chdir
from functools import partial
from pathlib import Path

import pandas as pd
from conditions import (
    ROOT,
    describe_conditions,
    markdown_table,
    processor_seconds,
    seconds_of,
    use_one_thread,
    write_report,
)

from csat_models import Study

STUDY = "params/2024.yml"
COPIED = ("params", "data/raw")
# Processor seconds at commit 84ec0e3, by the same sections on the same machine: the test's mean was
# then a product of matrices of moments by moments, and every likelihood came with its information.
BEFORE = {
    "fit": 1.87,
    "parameters": 0.14,
    "modification indices": 0.13,
    "invariance between brands": 2.73,
    "invariance between waves": 2.99,
    "by method": 0.55,
}


def copy_project(target: Path) -> None:
    """Copy what a study is made of, without what it has kept."""
    for name in COPIED:
        shutil.copytree(ROOT / name, target / name)
    shutil.copy(ROOT / "pyproject.toml", target)


def sections(study: Study) -> Mapping[str, Callable[[], object]]:
    """Return what the report asks, in its order."""
    covariance = study.covariance

    def both(groups: str) -> None:
        covariance.invariance(groups)
        covariance.releases(groups)

    return {
        "fit": covariance.fit,
        "parameters": covariance.parameters,
        "modification indices": covariance.modifications,
        "invariance between brands": partial(both, "brands"),
        "invariance between waves": partial(both, "waves"),
        "by method": covariance.by_method,
    }


def measure() -> dict[str, float]:
    """Time each section once, as nothing is kept beforehand."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        copy_project(Path(folder))
        study = Study.open(STUDY)
        study.sample.cells()  # reads and checks the answers, which is no part of this
        return {
            name: seconds_of(action, clock=processor_seconds)[0][0]
            for name, action in sections(study).items()
        }


def main() -> None:
    """Measure and write ``covariance.md``."""
    use_one_thread()
    conditions = describe_conditions(
        "python benchmarks/bench_covariance.py",
        ("csat_models", "semopy", "numpy", "scipy", "pandas"),
    )
    found = measure()
    table = pd.DataFrame(
        {
            "Section": [*found, "all"],
            "Processor seconds": [f"{x:.2f}" for x in (*found.values(), sum(found.values()))],
            "At 84ec0e3": [f"{x:.2f}" for x in (*BEFORE.values(), sum(BEFORE.values()))],
        }
    )
    note = "The first section imports semopy, which is most of its time; the groups are two each."
    title = "The covariance-based sections of the demonstration study"
    write_report("covariance", title, conditions, [markdown_table(table), note])


if __name__ == "__main__":
    main()
