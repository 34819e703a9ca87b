"""How long a whole study takes: a first run, an unchanged one, memory, imports.

In a temporary copy of the project; the checkout's outputs and stores are not
touched::

    python benchmarks/bench_study.py
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import psutil  # type: ignore[import-untyped]
from conditions import ROOT, describe_conditions, markdown_table, use_one_thread, write_report

from csat_models.workflow.running.manifest import read_records

STUDY = "params/2024.yml"
COPIED = ("params", "notebooks", "data/raw")
PACKAGES = ("csat_models", "numpy", "pandas", "xarray", "matplotlib", "papermill", "typst")
COLD_RUNS, WARM_RUNS, IMPORTS = 2, 3, 7
POLL_SECONDS = 0.1
MEBI = 2**20

XARRAY = "import xarray"
IMPORT_CASES = {
    "xarray alone": ("", XARRAY),
    "csat_models after it": (XARRAY, "import csat_models"),
    "csat_models and all its names after it": (
        XARRAY,
        "import csat_models; [getattr(csat_models, name) for name in csat_models.__all__]",
    ),
}
_TIMED = """
{before}
import time
start = time.perf_counter()
{what}
print(time.perf_counter() - start)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """What a process took, as last seen.

    Attributes
    ----------
    part : str
        "csat run", "kernel server" or "kernel".
    peak : int
        Most memory it held, bytes.
    cpu : float
        Processor time, seconds.
    """

    part: str
    peak: int
    cpu: float


@dataclass(slots=True, kw_only=True)
class Watched:
    """What a command took.

    Attributes
    ----------
    seconds : float
        Wall time.
    processes : dict of int to Process
        By process id.
    together : int
        The most all processes held at one time, bytes; memory that several
        share counts once.
    """

    seconds: float = 0.0
    processes: dict[int, Process] = field(default_factory=dict)
    together: int = 0

    def look(self, root: psutil.Process) -> None:
        """Look at all processes that `root` has started, and at itself."""
        together = 0
        for process in [root, *root.children(recursive=True)]:
            # It may end while it is looked at.
            with suppress(psutil.Error, OSError, ValueError):
                peak, share = _memory_of(process.pid)
                times = process.cpu_times()
                self.processes[process.pid] = Process(
                    part=_part_of(process, root), peak=peak, cpu=times.user + times.system
                )
                together += share
        self.together = max(self.together, together)


def copy_project(target: Path) -> None:
    """Copy what a run needs, without outputs and stores."""
    for name in COPIED:
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns(".ipynb_*"))
    shutil.copy(ROOT / "pyproject.toml", target)


def run_study(project: Path, *, watch: bool = False) -> Watched:
    """Run the study as a user would.

    Parameters
    ----------
    project : Path
        The copy.
    watch : bool
        Whether to look at the memory, which takes a little time itself.
    """
    found = Watched()
    start = time.perf_counter()
    command = [sys.executable, "-m", "csat_models", "run", STUDY]
    environment = os.environ | {"CSAT_PROJECT": str(project)}
    with (project / "run.log").open("wb") as log:
        process = psutil.Popen(command, cwd=project, env=environment, stdout=log, stderr=log)
        while watch and process.poll() is None:
            with suppress(psutil.NoSuchProcess):
                found.look(process)
            time.sleep(POLL_SECONDS)
        if process.wait() != 0:
            raise SystemExit((project / "run.log").read_text(encoding="utf-8"))
    found.seconds = time.perf_counter() - start
    return found


def delete_results(project: Path) -> None:
    """Delete outputs and stores of the copy."""
    for name in ("outputs", "data/processed"):
        shutil.rmtree(project / name, ignore_errors=True)


def _memory_of(pid: int) -> tuple[int, int]:
    """Most memory a process has held, and its present share of what it holds."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    share = re.search(r"Pss:\s+(\d+) kB", rollup)
    if peak is None or share is None:
        raise ValueError(pid)
    return int(peak[1]) * 1024, int(share[1]) * 1024


def _part_of(process: psutil.Process, root: psutil.Process) -> str:
    if process.pid == root.pid:
        return "csat run"
    return "kernel server" if process.ppid() == root.pid else "kernel"


def seconds_to_import(before: str, what: str) -> float:
    """Best time of some imports in a fresh interpreter."""
    code = _TIMED.format(before=before, what=what)
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(IMPORTS)
    ]
    return min(float(run.stdout) for run in runs)


def run_table(runs: dict[str, list[Watched]]) -> pd.DataFrame:
    """Wall time of each kind of run."""
    times = [sorted(run.seconds for run in found) for found in runs.values()]
    return pd.DataFrame(
        {
            "Run": list(runs),
            "Times": [len(found) for found in times],
            "Best (s)": [f"{found[0]:.2f}" for found in times],
            "Worst (s)": [f"{found[-1]:.2f}" for found in times],
        }
    )


def memory_table(watched: Watched) -> pd.DataFrame:
    """Peak memory and processor time by process."""
    found = sorted(watched.processes.values(), key=lambda row: (row.part, -row.peak))
    rows = [(row.part, row.peak, row.cpu) for row in found]
    processor = sum(row.cpu for row in found)
    rows.append(("all at one time, shared memory once", watched.together, processor))
    return pd.DataFrame(
        {
            "Process": [part for part, _, _ in rows],
            "Peak (MiB)": [f"{size / MEBI:.0f}" for _, size, _ in rows],
            "CPU (s)": [f"{cpu:.1f}" for _, _, cpu in rows],
        }
    )


def notebook_table(project: Path) -> pd.DataFrame:
    """Seconds of each notebook of the last run, and of the report."""
    records = read_records(project / "outputs" / Path(STUDY).stem)
    return pd.DataFrame(
        {
            "Notebook": list(records),
            "Seconds": [f"{record.seconds:.1f}" for record in records.values()],
        }
    )


def import_table() -> pd.DataFrame:
    """Milliseconds of imports."""
    times = {name: seconds_to_import(*case) for name, case in IMPORT_CASES.items()}
    return pd.DataFrame(
        {"Import": list(times), "Best (ms)": [f"{1000 * value:.0f}" for value in times.values()]}
    )


def main() -> None:
    """Measure and write ``study.md``."""
    use_one_thread()
    conditions = describe_conditions("python benchmarks/bench_study.py", PACKAGES)
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        copy_project(project)
        runs: dict[str, list[Watched]] = {"cold: no outputs, no stores": []}
        for _ in range(COLD_RUNS):
            delete_results(project)
            runs["cold: no outputs, no stores"].append(run_study(project))
        runs["unchanged"] = [run_study(project) for _ in range(WARM_RUNS)]
        shutil.rmtree(project / "outputs")
        runs["outputs deleted, stores kept"] = [run_study(project)]
        delete_results(project)
        watched = run_study(project, watch=True)
        notebooks = notebook_table(project)
    parts = [f"`csat run {STUDY}`, two notebooks at a time, in a temporary copy of the project."]
    parts += ["## Time", markdown_table(run_table(runs))]
    parts += ["## Memory and processor, in another cold run"]
    parts += [markdown_table(memory_table(watched)), MEMORY_NOTE]
    parts += ["## Notebooks of that run, two at a time", markdown_table(notebooks)]
    parts += [f"## Imports, best of {IMPORTS}", markdown_table(import_table())]
    write_report("study", "A whole study", conditions, parts)


MEMORY_NOTE = """Peaks are what the kernel counts for each process; notebook kernels are forked
from the kernel server, so that each one's peak includes the libraries which all share. The last
tenth of a second of a process is not seen."""


if __name__ == "__main__":
    main()
