"""How often screening finds what was put into simulated surveys, and how often it is wrong.

Ten cities of 400 respondents, 24 items, 4 interviewers a city with an
intraclass correlation of their own, a third of the interviews on the web::

    python benchmarks/screening_rates.py
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
import pandas as pd
import xarray as xr
from conditions import describe_conditions, markdown_table, use_one_thread, write_report

from csat_models.survey.misconduct import Misconduct
from csat_models.survey.population import Population
from csat_models.survey.screening.screening import ScreeningRules, screen
from csat_models.survey.simulated_field import Fieldwork
from csat_models.survey.simulated_survey import SimulatedSurvey, simulate_survey

STRUCTURE = "\n".join(
    [
        *(f"F{j} =~ " + " + ".join(f"0.8*F{j}_{k}" for k in range(1, 7)) for j in range(1, 5)),
        "F2 ~ 0.6*F1",
        "F3 ~ 0.3*F1 + 0.5*F2",
        "F4 ~ 0.4*F2 + 0.4*F3",
    ]
)
CITIES, SIZE, INTERVIEWERS, ICC = 10, 400, 4, 0.02
SPEEDERS, STRAIGHT, DELIGHTED = 0.03, 0.02, 0.066
SCENARIOS = {
    "honest": Misconduct(delighted=DELIGHTED),
    "one set of answers": Misconduct(
        fraudulent_interviewers=0.05, speeders=SPEEDERS, straight_liners=STRAIGHT,
        delighted=DELIGHTED,
    ),
    "copies, a third of the interviews": Misconduct(
        fraudulent_interviewers=0.05, fabricated=1 / 3, fabrication="copies",
        speeders=SPEEDERS, straight_liners=STRAIGHT, delighted=DELIGHTED,
    ),
}  # fmt: skip
RULES = ScreeningRules(
    interviewer="interviewer", duration="duration", mode="mode", within=("city",)
)
KINDS = {
    "fraud": "made-up interviews",
    "speeder": "speeders",
    "straight_line": "straight-liners",
    "delighted": "delighted (honest)",
    "honest": "honest, others",
}


FLAGS = (
    *("interviewer", "near_duplicate", "duplicate", "speeder", "straight_line"),
    *("straight_line_top", "longest_run", "low_variability", "outlier", "excluded"),
)


def population() -> Population:
    """Return ten cities whose means differ by up to a point of ten."""
    items = [f"F{j}_{k}" for j in range(1, 5) for k in range(1, 7)]
    cities = [f"city{c:02d}" for c in range(CITIES)]
    mean = xr.DataArray(
        np.linspace(7.0, 8.0, CITIES)[:, None] + np.linspace(-0.4, 0.4, len(items)),
        [("city", cities), ("item", items)],
    )
    return Population.declare(
        STRUCTURE, mean=mean, sample_size=SIZE, missing_rate=dict.fromkeys(items, 0.02)
    )


def field(misconduct: Misconduct) -> Fieldwork:
    """Return the field work with this misconduct."""
    return Fieldwork(
        interviewers=INTERVIEWERS,
        interviewer_icc=ICC,
        modes={"phone": 0.4, "face": 0.25, "web": 0.35},
        misconduct=misconduct,
    )


def count(survey: SimulatedSurvey) -> Iterator[dict[str, object]]:
    """Count rows and interviewers by what they are and what they are flagged for."""
    responses = survey.responses()
    flags = screen(responses, RULES)
    truth = survey.truth.assign(honest=~survey.truth.any(axis=1))
    every = flags.frame.assign(excluded=flags.flagged)
    for kind in KINDS:
        rows = truth[kind].to_numpy()
        for flag in every.columns:
            hits = int(every.loc[rows, flag].sum())
            yield {"of": kind, "flag": flag, "n": int(rows.sum()), "hits": hits}
    table = flags.tables["interviewer"].set_index("interviewer")["flagged"]
    names = survey.frame["interviewer"]
    bad = set(names[truth["fraud"]].unique())
    for kind, members in (("bad interviewers", bad), ("good interviewers", set(table.index) - bad)):
        hits = int(table.loc[sorted(members)].sum())
        yield {"of": kind, "flag": "interviewer", "n": len(members), "hits": hits}


def replicate(replications: int, seed: int) -> pd.DataFrame:
    """Simulate and count, one row a scenario, replication, kind and flag."""
    customers = population()
    rows = []
    for name, misconduct in SCENARIOS.items():
        for k in range(replications):
            survey = simulate_survey(customers, seed + k, fieldwork=field(misconduct))
            rows += [{"scenario": name, "replication": k, **each} for each in count(survey)]
    return pd.DataFrame(rows)


def rates(counts: pd.DataFrame) -> pd.DataFrame:
    """Pool the replications; the error is that between replications."""
    keys = ["scenario", "of", "flag"]
    counts = counts[counts["n"] > 0]
    single = counts.assign(rate=counts["hits"] / counts["n"]).groupby(keys, sort=False)["rate"]
    table = counts.groupby(keys, sort=False)[["n", "hits"]].sum()
    table["rate"] = table["hits"] / table["n"]
    table["error"] = single.std(ddof=1) / np.sqrt(single.size())
    return table.reset_index()


def show(table: pd.DataFrame, scenario: str) -> str:
    """Return one scenario as a Markdown table, flags as columns."""
    part = table[table["scenario"] == scenario]
    pairs = zip(part["rate"], part["error"], strict=True)
    part = part.assign(text=[f"{rate:.3f} ± {error:.3f}" for rate, error in pairs])
    wide = part.pivot(index="of", columns="flag", values="text").reindex(columns=list(FLAGS))
    order = [
        kind for kind in (*KINDS, "bad interviewers", "good interviewers") if kind in wide.index
    ]
    wide = wide.reindex(order).fillna("")
    wide.index = [KINDS.get(kind, kind) for kind in wide.index]
    return markdown_table(wide.rename_axis("Of").reset_index())


NOTE = f"""Shares of rows (last rows: of interviewers) that have each flag; after ± the Monte-Carlo
standard error between replications. `excluded`: at least one flag that leaves rows out by default.
Put in: 5 % of interviewers who make answers up, {SPEEDERS:.0%} speeders, {STRAIGHT:.0%}
straight-liners, {DELIGHTED:.1%} honest respondents who give the highest score throughout.
Interviewers have an intraclass correlation of {ICC:g}; a fraudulent interviewer needs 60 % of the
usual time, a speeder 30 %. The honest interview that was copied is a near-duplicate too: with
copies these are among the false alarms of the honest."""


def main() -> None:
    """Simulate and write ``screening.md``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--replications", type=int, default=50)
    parser.add_argument("--seed", type=int, default=410_000)
    chosen = parser.parse_args()
    use_one_thread()
    command = (
        f"python benchmarks/screening_rates.py --replications {chosen.replications} "
        f"--seed {chosen.seed}"
    )
    conditions = describe_conditions(command, ("csat_models", "numpy", "pandas"))
    conditions["Replications"] = (
        f"{chosen.replications} surveys of {CITIES * SIZE:,} respondents each"
    )
    conditions["Seeds"] = f"{chosen.seed} to {chosen.seed + chosen.replications - 1}"
    table = rates(replicate(chosen.replications, chosen.seed))
    parts = [NOTE]
    for scenario in SCENARIOS:
        parts += [f"## {scenario.capitalize()}", show(table, scenario)]
    write_report("screening", "Hits and false alarms of screening", conditions, parts)


if __name__ == "__main__":
    main()
