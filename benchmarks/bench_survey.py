"""How long a large survey takes from the file to its weights.

A million respondents, 40 columns, in one Parquet file: read against the
codebook, checked, screened, weighted; and 100,000 of them read from CSV. One core::

    python benchmarks/bench_survey.py
"""

from __future__ import annotations

import io
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from conditions import (
    describe_conditions,
    markdown_table,
    processor_seconds,
    use_one_thread,
    write_report,
)

from csat_models.survey import Codebook, Responses, read_survey
from csat_models.survey.checking.checks import CheckRules, check_table
from csat_models.survey.screening.screening import ScreeningRules, screen
from csat_models.survey.weighting.weights import compute_weights, with_weights

N_ROWS, SEED, ITEMS = 1_000_000, 1, 32
CITIES, INTERVIEWS = 20, 200
WALL, MEMORY, CSV_WALL = 30.0, 2.0, 4.0
BLOCK = 100_000
COLUMNS = ["Step", "Wall (s)", "Processor (s)", "Peak so far (GB)"]
AGES = ["18-29", "30-44", "45-59", "60+"]


def codebook() -> Codebook:
    """Return the codebook: 32 items, 7 attributes, an identifier."""

    def text(name: str) -> dict[str, str]:
        return {"zh": name, "en": name}

    def category(values: list[str]) -> dict[str, object]:
        return {"kind": "category", "label": text("a"), "labels": {v: text(v) for v in values}}

    attributes = {
        "city": category([f"city{c:02d}" for c in range(CITIES)]),
        "sex": category(["m", "f"]),
        "age_group": category(AGES),
        "mode": category(["phone", "web"]),
        "interviewer": {"kind": "text", "label": text("interviewer")},
        "duration": {"kind": "number", "label": text("duration")},
        "tenure": {"kind": "number", "label": text("tenure")},
    }
    items = {f"Q{k + 1:02d}": {"text": text(f"Q{k + 1}")} for k in range(ITEMS)}
    return Codebook.model_validate(
        {
            "respondent_id": "id",
            "scale": [1, 10],
            "missing": {98: text("don't know"), 99: text("refused")},
            "items": items,
            "attributes": attributes,
        }
    )


def write_file(path: Path) -> None:
    """Write the survey, block by block: answers with a common factor, 1 % of them missing.

    The first block is written as CSV too, beside it.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng, writer = np.random.default_rng(SEED), None
    book = codebook()
    for start in range(0, N_ROWS, BLOCK):
        n = min(BLOCK, N_ROWS - start)
        factor = rng.standard_normal((n, 1))
        latent = 7.6 + 1.7 * (
            0.75 * factor + np.sqrt(1 - 0.75**2) * rng.standard_normal((n, ITEMS))
        )
        scores = np.clip(np.rint(latent), 1, 10).astype(np.int16)
        scores[rng.random((n, ITEMS)) < 0.01] = 98
        row = np.arange(start, start + n)
        columns: dict[str, object] = {"id": [f"R{k:07d}" for k in row]}
        columns["city"] = np.array(list(book.attributes["city"].labels))[row * CITIES // N_ROWS]
        columns["sex"] = rng.choice(["m", "f"], n, p=[0.6, 0.4])
        columns["age_group"] = rng.choice(
            ["18-29", "30-44", "45-59", "60+"], n, p=[0.4, 0.3, 0.2, 0.1]
        )
        columns["mode"] = rng.choice(["phone", "web"], n)
        columns["interviewer"] = [f"I{k // INTERVIEWS:05d}" for k in row]
        columns["duration"] = np.rint(400 * np.exp(0.3 * rng.standard_normal(n)))
        columns["tenure"] = rng.integers(0, 20, n)
        columns |= {name: scores[:, k] for k, name in enumerate(book.items)}
        if start == 0:
            pd.DataFrame(columns).to_csv(path.with_suffix(".csv"), index=False)
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()


def weigh(responses: Responses) -> Responses:
    """Rake to city, sex and age."""
    cities = {name: 1 + k % 3 for k, name in enumerate(codebook().attributes["city"].labels)}
    margins = {
        "city": cities,
        "sex": {"m": 49, "f": 51},
        "age_group": {"18-29": 21, "30-44": 30, "45-59": 28, "60+": 21},
    }
    return with_weights(responses, compute_weights(responses, margins, trim=(0.2, 5)))


def measure(path: Path) -> pd.DataFrame:
    """Time each step in this process; a step's memory is the peak so far."""
    rules = ScreeningRules(
        interviewer="interviewer",
        duration="duration",
        mode="mode",
        within=("city",),
        impossible={"new but long": "tenure < 0"},
    )
    checks = CheckRules(codebook=codebook(), impossible={"too long": "tenure > 80"})
    steps = []

    def step(name, action):
        wall, processor = time.perf_counter(), processor_seconds()
        result = action()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        spent = time.perf_counter() - wall, processor_seconds() - processor
        steps.append((name, *spent, peak))
        return result

    responses = step("read", lambda: read_survey(path, codebook()))
    if path.suffix == ".csv":
        return pd.DataFrame(steps, columns=COLUMNS)
    violations = step("checked", lambda: check_table(responses, checks))
    flags = step("screened", lambda: screen(responses, rules))
    weighted = step("weighted", lambda: weigh(responses))
    if len(violations) or len(flags.flagged) != N_ROWS or len(weighted.frame) != N_ROWS:
        raise SystemExit("the survey was not read, checked, screened and weighted as expected")
    return pd.DataFrame(steps, columns=COLUMNS)


def measured(path: Path) -> pd.DataFrame:
    """Time the steps in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, str(path)], check=True, capture_output=True, text=True
    )
    return pd.read_json(io.StringIO(done.stdout))


NOTE = f"""{N_ROWS:,} rows x {ITEMS + 8} columns ({ITEMS} items on 1 to 10, 1 % don't know) in a
Parquet file, {N_ROWS // INTERVIEWS:,} interviewers, {CITIES} cities. Read: against the codebook.
Checked: every rule of the codebook and a combination. Screened: all flags, near-duplicates within
interviewers. Weighted: raked to city, sex and age, trimmed to 0.2 to 5. Memory is the largest
resident set of a process of its own. Processor time is what an idle core would take on the wall.
To reach: {WALL:.0f} s and {MEMORY:.0f} GB, and {CSV_WALL:.0f} s for {BLOCK:,} rows from CSV."""


def main() -> None:
    """Measure in a process of its own and write ``survey.md``."""
    if len(sys.argv) > 1:
        print(measure(Path(sys.argv[1])).to_json())
        return
    use_one_thread()
    packages = ("csat_models", "numpy", "pandas", "pandera", "pyarrow")
    conditions = describe_conditions("python benchmarks/bench_survey.py", packages)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "survey.parquet"
        subprocess.run(
            [sys.executable, "-c", f"import bench_survey, pathlib; "
             f"bench_survey.write_file(pathlib.Path({str(path)!r}))"],
            check=True, cwd=Path(__file__).parent,
        )  # fmt: skip
        table, text = measured(path), measured(path.with_suffix(".csv"))
    total = ["all", table["Wall (s)"].sum(), table["Processor (s)"].sum(), table.iloc[-1, 3]]
    text["Step"] = f"{BLOCK:,} rows read from CSV, by itself"
    table = pd.concat([table, pd.DataFrame([total], columns=table.columns), text])
    shown = table.assign(**{name: table[name].map("{:.2f}".format) for name in table.columns[1:]})
    write_report("survey", "A million respondents", conditions, [NOTE, markdown_table(shown)])


if __name__ == "__main__":
    main()
