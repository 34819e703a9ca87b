"""The published example as a user runs it: one command, from installed data to report."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[1]
STUDY, N_BOOT = "ecsi_mobile", 50

# Monecke and Leisch (2012), semPLS, J. Stat. Software 48(3), sections 3 and 4: mobi with the
# centroid scheme, as printed.
PATHS = {
    ("Image", "Expectation"): 0.50470564, ("Expectation", "Quality"): 0.55724786,
    ("Expectation", "Value"): 0.05078755, ("Quality", "Value"): 0.55721686,
    ("Image", "Satisfaction"): 0.17883348, ("Expectation", "Satisfaction"): 0.06442534,
    ("Quality", "Satisfaction"): 0.51254524, ("Value", "Satisfaction"): 0.19181566,
    ("Satisfaction", "Complaints"): 0.52609731, ("Image", "Loyalty"): 0.19535970,
    ("Satisfaction", "Loyalty"): 0.48347472, ("Complaints", "Loyalty"): 0.07123241,
}  # fmt: skip
LOADINGS = {
    "IMAG": (0.7434, 0.6007, 0.5776, 0.7684, 0.7445),
    "CUEX": (0.7715, 0.6866, 0.6118),
    "PERQ": (0.8033, 0.6374, 0.7835, 0.7691, 0.7558, 0.7752, 0.7794),
    "PERV": (0.9043, 0.9379),
    "CUSA": (0.7990, 0.8462, 0.8519),
    "CUSL": (0.8138, 0.2191, 0.9168),
}
R_SQUARED = {
    "Expectation": 0.2547, "Quality": 0.3105, "Value": 0.3446,
    "Satisfaction": 0.6803, "Complaints": 0.2768, "Loyalty": 0.4573,
}  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("published")
    (root / "params").mkdir()
    for name in (f"{STUDY}.yml", "codebook_mobi.yml"):
        shutil.copy(ROOT / "params" / name, root / "params" / name)
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    return root


def csat(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "csat_models", *arguments],
        cwd=project,
        env={**os.environ, "CSAT_PROJECT": str(project), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def outputs(project: Path) -> Path:
    done = csat(project, "run", STUDY, "--n-boot", str(N_BOOT))
    assert done.returncode == 0, done.stderr
    assert "FAILED" not in done.stderr and "Traceback" not in done.stderr
    return project / "outputs" / STUDY


def table(outputs: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(outputs / "tables" / f"{name}.csv", encoding="utf-8-sig")


def test_path_coefficients_have_all_printed_digits(outputs):
    paths = table(outputs, "paths").set_index(["source", "target"])["estimate"]
    assert set(paths.index) == set(PATHS)
    for pair, value in PATHS.items():
        # One unit of the last printed digit: their iteration stops at 1e-7.
        assert round(paths[pair], 8) == pytest.approx(value, abs=1.01e-8)


def test_loadings_have_all_printed_digits(outputs):
    loadings = table(outputs, "loadings").set_index("item")["estimate"]
    printed = {f"{k}{n}": v for k, row in LOADINGS.items() for n, v in enumerate(row, start=1)}
    # The single item of the complaints is its construct; its loading is no estimate.
    assert loadings.drop("CUSCO", errors="ignore").round(4).to_dict() == printed


def test_explained_variances_have_all_printed_digits(outputs):
    found = table(outputs, "r_squared").set_index("construct")["estimate"]
    assert found[list(R_SQUARED)].round(4).to_dict() == R_SQUARED


def test_the_index_has_the_level_of_the_centroid_scheme(outputs):
    """72.54 by weights over standard deviations, as in the ECSI mobile literature."""
    levels = table(outputs, "index_levels").set_index("construct")["estimate"]
    assert round(levels["Satisfaction"], 2) == 72.54


def test_intervals_come_from_the_draws_asked_for(outputs):
    for name in ("paths", "loadings", "r_squared", "index_levels"):
        frame = table(outputs, name)
        assert (frame["n_draws"] == N_BOOT).all()
        assert (frame["lower"] <= frame["upper"]).all()
    paths = table(outputs, "paths")
    # Percentiles of 50 draws lie around the estimate but for a bias of a standard error or so.
    assert (paths["estimate"] > paths["lower"] - paths["standard_error"]).all()
    assert (paths["estimate"] < paths["upper"] + paths["standard_error"]).all()
    assert (paths["standard_error"] > 0).all()


def shown(outputs: Path, name: str) -> list[dict]:
    notebook = json.loads((outputs / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
    return [
        output["data"]["application/vnd.csat+json"]
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        if "application/vnd.csat+json" in output.get("data", {})
    ]


ABSENT = {
    "01_prepare": "no attribute",
    "04_structure": "no competitor",
    "05_index": "no column of units",
    "06_trend": "no earlier wave",
    "07_groups": "no competitor",
}


@pytest.mark.parametrize("name", ABSENT)
def test_sections_without_input_say_so(name, outputs):
    reasons = [each["reason"] for each in shown(outputs, name) if each["kind"] == "absent"]
    assert any(ABSENT[name] in reason for reason in reasons), reasons
    assert all(reason.startswith("This section is empty") for reason in reasons)


def test_every_chapter_has_a_heading_and_no_chapter_an_error(outputs):
    names = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
    assert sorted(path.stem for path in (outputs / "notebooks").glob("*.ipynb")) == names
    for name in names:
        first, *_ = shown(outputs, name)
        assert (first["kind"], first["level"]) == ("heading", 1)
        text = (outputs / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")
        assert '"output_type": "error"' not in text
        assert str(outputs) not in text and str(ROOT) not in text


def test_what_a_notebook_shows_lies_in_the_folders(outputs):
    kinds = {"table": set(), "figure": set()}
    for path in (outputs / "notebooks").glob("*.ipynb"):
        for each in shown(outputs, path.stem):
            if each["kind"] in kinds:
                kinds[each["kind"]].add(each["name"])
    assert kinds["table"] == {path.stem for path in (outputs / "tables").glob("*.csv")}
    for suffix in ("svg", "png"):
        drawn = {path.stem for path in (outputs / "figures").glob(f"*.{suffix}")}
        assert drawn == kinds["figure"]


def test_the_report_is_a_pdf(outputs):
    content = (outputs / "report.pdf").read_bytes()
    assert content.startswith(b"%PDF") and content.rstrip().endswith(b"%%EOF")


def entries(value: object) -> dict[str, str]:
    """Everything in the manifest that looks like path to SHA-256."""
    found: dict[str, str] = {}
    for key, inner in value.items() if isinstance(value, dict) else ():
        if isinstance(inner, str) and len(inner) == 64:
            found[key] = inner
        else:
            found |= entries(inner)
    return found


def test_the_manifest_has_the_hash_of_every_output(outputs):
    listed = entries(json.loads((outputs / "manifest.json").read_text(encoding="utf-8")))
    visible = {
        path.relative_to(outputs).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in outputs.rglob("*")
        if path.is_file() and not path.relative_to(outputs).as_posix().startswith(".")
    }
    del visible["manifest.json"]
    for folder in ("notebooks", "tables", "figures"):
        del visible[f"{folder}/raw_data.txt"]
    assert visible.items() <= listed.items()
    assert {"report.pdf", "tables/paths.csv", "notebooks/04_structure.ipynb"} <= visible.keys()


def test_the_data_were_not_copied_and_a_second_run_has_nothing_to_do(outputs, project):
    assert not (project / "data" / "raw").exists()
    before = {path: path.stat().st_mtime_ns for path in outputs.rglob("*") if path.is_file()}
    done = csat(project, "run", STUDY, "--n-boot", str(N_BOOT))
    assert done.returncode == 0 and "nothing to run" in done.stdout
    for path in ("tables/paths.csv", "report.pdf", "notebooks/04_structure.ipynb"):
        assert (outputs / path).stat().st_mtime_ns == before[outputs / path]
