"""The notebooks as they are committed: thin, whole, and without traces of a machine."""

from __future__ import annotations

import ast
import getpass
import json
import re
from pathlib import Path

import pytest

from csat_models.report.elements import MIME

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
EXPECTED = [
    "01_prepare",
    "02_describe",
    "03_measurement",
    "04_structure",
    "05_index",
    "06_trend",
    "07_groups",
]
FORBIDDEN = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.For,
    ast.While,
    ast.comprehension,
    ast.BinOp,
    ast.If,
    ast.Try,
)
MACHINE = re.compile(r"(?<![\w.])/(?:home|root|work|tmp|usr|opt|var|Users|private)/|[A-Z]:\\\\")


def cells(path: Path, kind: str) -> list[dict]:
    content = json.loads(path.read_text(encoding="utf-8"))
    return [cell for cell in content["cells"] if cell["cell_type"] == kind]


def outputs(path: Path) -> list[dict]:
    return [output for cell in cells(path, "code") for output in cell["outputs"]]


def test_every_chapter_has_its_notebook():
    assert [path.stem for path in NOTEBOOKS] == EXPECTED


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_outputs_are_whole_and_clean(path):
    assert all(cell["execution_count"] for cell in cells(path, "code"))
    kinds = {output["output_type"] for output in outputs(path)}
    assert kinds <= {"display_data", "execute_result", "stream"}
    assert not [each for each in outputs(path) if each.get("name") == "stderr"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_nothing_names_the_machine_that_made_it(path):
    shown = [
        json.dumps(
            {kind: data for kind, data in each.get("data", each).items() if "image" not in kind}
        )
        for each in outputs(path)
    ]
    assert not [text for text in shown if MACHINE.search(text)]
    assert not [text for text in shown if f"/{getpass.getuser()}/" in text]


def test_the_pattern_of_machine_paths_finds_one():
    assert MACHINE.search("see /home/ann/study/report.pdf")
    assert MACHINE.search('"C:\\\\\\\\Users\\\\\\\\ann"')
    assert not MACHINE.search("read data/raw/2024.csv.gz, 3.1/10")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_thin(path):
    """No functions, loops, branches or formulas: those belong to the library."""
    for cell in cells(path, "code"):
        tree = ast.parse("".join(cell["source"]))
        found = [type(node).__name__ for node in ast.walk(tree) if isinstance(node, FORBIDDEN)]
        assert not found, "".join(cell["source"])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_parameters_are_the_study_and_two_overrides(path):
    (tagged,) = [
        cell for cell in cells(path, "code") if "parameters" in cell["metadata"].get("tags", [])
    ]
    names: dict[str, object] = {}
    exec("".join(tagged["source"]), names)  # noqa: S102 (our own notebook)
    del names["__builtins__"]
    assert names == {"study": "params/2024.yml", "n_boot": None, "language": None}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_chapter_states_findings_and_shows_figures(path):
    shown = [each["data"][MIME] for each in outputs(path) if MIME in each.get("data", {})]
    kinds = {each["kind"] for each in shown}
    assert {"heading", "paragraph", "table", "figure"} <= kinds
    absent = [each["reason"] for each in shown if each["kind"] == "absent"]
    # The demonstration's model has neither formative blocks nor products.
    assert len(absent) <= 1 and all("模型中没有" in reason for reason in absent)
    sections = [each for each in shown if each["kind"] == "heading"]
    assert sections[0]["level"] == 1
