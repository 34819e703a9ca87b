"""The floor plan: imports lead downwards, and rooms stay small."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "csat_models"
FLOORS = {
    "errors": 0,
    "model": 1,
    "survey": 2,
    "estimation": 3,
    "assessment": 4,
    "analysis": 5,
    "report": 6,
    "workflow": 7,
    "cli": 8,
    "__main__": 9,
    "__init__": 9,
}
ONE_FILE_EACH = ("papermill", "semopy", "statsmodels", "typst", "ipykernel", "jupyter_client")
HEAVY = ("scipy.stats", "statsmodels", "semopy", "matplotlib.pyplot", "seaborn", "papermill")
LONGEST = 400
MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    parts = ("csat_models", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 2 else parts)


NAMES = {name_of(path): path for path in MODULES}


def floor_of(module: str) -> int:
    return FLOORS[module.split(".")[1]]


def only_for_types(tree: ast.Module) -> set[ast.AST]:
    guarded = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    ]
    return {inner for node in guarded for part in node.body for inner in ast.walk(part)}


def imports_of(path: Path) -> set[str]:
    """Return the full names of modules that a file imports when it runs."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = only_for_types(tree)
    found: set[str] = set()
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} line {node.lineno}: write the import in full"
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            modules = {name for name in inner if name in NAMES}
            found |= modules or {str(node.module)}
    return found


def own_imports(path: Path) -> set[str]:
    return {name for name in imports_of(path) if name.split(".")[0] == "csat_models"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_lead_downwards(path):
    here = name_of(path)
    for name in own_imports(path):
        if name == "csat_models":
            assert floor_of(here) >= FLOORS["cli"], f"{here}: import from the room"
            continue
        same_room = name.split(".")[1] == here.split(".")[1]
        assert same_room or floor_of(name) < floor_of(here), f"{here} imports {name}"


def test_there_are_no_cycles():
    graph = {name: own_imports(path) & NAMES.keys() - {name} for name, path in NAMES.items()}
    order = list(TopologicalSorter(graph).static_order())
    assert set(order) == NAMES.keys()


@pytest.mark.parametrize("library", ONE_FILE_EACH)
def test_a_library_is_imported_in_one_file(library):
    users = [
        name
        for name, path in NAMES.items()
        if not path.stem.startswith("make_")  # scripts that made the package's data files
        and any(found.split(".")[0] == library for found in imports_of(path))
    ]
    assert len(users) <= 1, f"{library} is imported in {users}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_rooms_are_small_and_have_names(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST
    assert path.stem not in {"utils", "helpers", "common", "misc"}


def test_every_folder_is_on_the_floor_plan():
    found = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in MODULES}
    assert found == FLOORS.keys()


def loaded_after(statement: str) -> set[str]:
    script = f"{statement}\nimport sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import csat_models",
        "import csat_models as csat; csat.fit, csat.satisfaction_index, csat.htmt",
        "import csat_models.cli",
        "import csat_models.workflow.running.runs",
        "import csat_models.workflow.study",
    ],
)
def test_heavy_libraries_are_imported_where_they_are_used(statement):
    loaded = loaded_after(statement)
    assert not loaded & set(HEAVY)


def test_the_package_itself_is_light():
    assert not loaded_after("import csat_models") & {"numpy", "pandas", "xarray"}


def test_the_ground_floor_stands_alone():
    assert own_imports(PACKAGE / "errors.py") == set()
