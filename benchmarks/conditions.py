"""Under what conditions something was measured, and how it is written down."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
THREADS = "OMP_NUM_THREADS"

Result = TypeVar("Result")


def use_one_thread() -> None:
    """Start the script anew with one thread for matrix algebra, unless it has been."""
    if os.environ.get(THREADS) != "1":
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], os.environ | {THREADS: "1"})


def processor_seconds() -> float:
    """Return the processor time of this process and of those it has started and seen end."""
    uses = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(use.ru_utime + use.ru_stime for use in uses)


def seconds_of(
    action: Callable[[], Result],
    repeats: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[list[float], Result]:
    """Return the sorted times of `action`, by default on the wall, and its last result."""
    times = []
    for _ in range(repeats):
        start = clock()
        result = action()
        times.append(clock() - start)
    return sorted(times), result


def describe_conditions(command: str, packages: Sequence[str]) -> dict[str, str]:
    """Return the facts that a measurement depends on.

    Parameters
    ----------
    command : str
        How it is repeated.
    packages : sequence of str
        Whose versions are told.
    """
    return {
        "Command": f"`{command}`",
        "Date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "Commit": _commit(),
        "CPU": f"{_cpu()}, {os.cpu_count()} cores",
        "Load before the measurement": f"{LOAD_AT_START:.2f} (mean of a minute)",
        "Python": platform.python_version(),
        "Packages": ", ".join(f"{name} {version(name)}" for name in packages),
    }


def markdown_table(table: pd.DataFrame) -> str:
    """Return a frame of texts as a Markdown table."""
    rows = [[str(name) for name in table.columns], ["---"] * table.shape[1]]
    rows += [[str(value) for value in row] for row in table.itertuples(index=False)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def write_report(
    name: str, title: str, conditions: Mapping[str, str], parts: Sequence[str]
) -> None:
    """Print a report and write it to ``benchmarks/<name>.md``."""
    load = f"{os.getloadavg()[0]:.2f}, with its own"
    measured = {**conditions, "Load after the measurement": load}
    facts = "\n".join(f"- {key}: {value}" for key, value in measured.items())
    text = "\n\n".join([f"# {title}", facts, *parts]) + "\n"
    path = ROOT / "benchmarks" / f"{name}.md"
    draft = path.with_suffix(".new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
    print(text)


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _commit() -> str:
    def git(*arguments: str) -> str:
        found = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
        return found.stdout.strip()

    changed = git("status", "--porcelain", "--", "csat_models", "notebooks", "params")
    return git("rev-parse", "--short", "HEAD") + (" with later changes" if changed else "")


LOAD_AT_START = os.getloadavg()[0]
