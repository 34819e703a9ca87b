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

from csat_models.survey.screening.flags import Flags
from csat_models.survey.screening.interviewers import KINDS as INTERVIEWER_KINDS
from csat_models.survey.screening.screening import ScreeningRules, screen
from csat_models.survey.simulated.misconduct import Misconduct
from csat_models.survey.simulated.population import Population
from csat_models.survey.simulated.simulated_field import Fieldwork
from csat_models.survey.simulated.simulated_survey import SimulatedSurvey, simulate_survey

STRUCTURE = "\n".join(
    [
        *(f"F{j} =~ " + " + ".join(f"0.8*F{j}_{k}" for k in range(1, 7)) for j in range(1, 5)),
        "F2 ~ 0.6*F1",
        "F3 ~ 0.3*F1 + 0.5*F2",
        "F4 ~ 0.4*F2 + 0.4*F3",
    ]
)
CITIES, SIZE, INTERVIEWERS, ICC = 10, 400, 4, 0.02
BAD, SPEEDERS, STRAIGHT, DELIGHTED = 0.05, 0.03, 0.02, 0.066
HONEST = "honest"


def misconduct(fabrication: str, fabricated: float = 1.0, durations: str = "short") -> Misconduct:
    """Return misconduct of one interviewer in twenty and of some respondents."""
    return Misconduct(
        fraudulent_interviewers=BAD, fabricated=fabricated, fabrication=fabrication,
        durations=durations, speeders=SPEEDERS, straight_liners=STRAIGHT, delighted=DELIGHTED,
    )  # fmt: skip


SCENARIOS = {
    HONEST: Misconduct(delighted=DELIGHTED),
    "one set of answers": misconduct("pattern"),
    "each invented, plausible durations": misconduct("invented", durations="padded"),
    "half of them invented": misconduct("invented", 0.5),
    "copies, a third of the interviews": misconduct("copies", 1 / 3),
    "copies, a tenth of the interviews": misconduct("copies", 0.1),
    "straight lines, a third": misconduct("straight_lines", 1 / 3),
    "all tens, a third": misconduct("top", 1 / 3),
    "genuine answers, speeding": misconduct("genuine"),
    "genuine answers, padded durations": misconduct("genuine", durations="padded"),
}
RULES = ScreeningRules(
    interviewer="interviewer", duration="duration", mode="mode", within=("city",)
)
KINDS = {
    "fraud": "made-up interviews",
    "beside": "honest interviews of the same interviewers",
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


def field(bad: Misconduct) -> Fieldwork:
    """Return the field work with this misconduct."""
    return Fieldwork(
        interviewers=INTERVIEWERS,
        interviewer_icc=ICC,
        modes={"phone": 0.4, "face": 0.25, "web": 0.35},
        misconduct=bad,
    )


def count(survey: SimulatedSurvey, flags: Flags) -> Iterator[dict[str, object]]:
    """Count rows by what they are and what they are flagged for."""
    bad = survey.frame.loc[survey.truth["fraud"], "interviewer"].unique()
    beside = survey.frame["interviewer"].isin(bad) & ~survey.truth.any(axis=1)
    truth = survey.truth.assign(beside=beside)
    truth["honest"] = ~truth.any(axis=1)
    every = flags.frame.assign(excluded=flags.flagged)
    for kind in KINDS:
        rows = truth[kind].to_numpy()
        for flag in every.columns:
            hits = int(every.loc[rows, flag].sum())
            yield {"of": kind, "flag": flag, "n": int(rows.sum()), "hits": hits}


def count_interviewers(survey: SimulatedSurvey, flags: Flags) -> Iterator[dict[str, object]]:
    """Count interviewers by what they are and the kinds that they are flagged for."""
    table = flags.tables["interviewer"].set_index("interviewer")
    bad = table.index.isin(survey.frame.loc[survey.truth["fraud"], "interviewer"])
    reasons = table["reason"].str.split(", ")
    shown = {kind: reasons.map(lambda own, kind=kind: kind in own) for kind in INTERVIEWER_KINDS}
    shown["flagged"] = table["flagged"]
    for kind, hit in shown.items():
        for name, members in (("bad", bad), ("good", ~bad)):
            hits = int(hit[members].sum())
            yield {"of": name, "flag": kind, "n": int(members.sum()), "hits": hits}
    wrong = int(table.loc[~bad, "flagged"].any())
    yield {"of": "good", "flag": "any", "n": 1, "hits": wrong}


def replicate(replications: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Simulate and count, one row a scenario, replication, kind and flag."""
    customers = population()
    rows, interviewers = [], []
    for name, bad in SCENARIOS.items():
        for k in range(replications):
            survey = simulate_survey(customers, seed + k, fieldwork=field(bad))
            flags = screen(survey.responses(), RULES)
            here = {"scenario": name, "replication": k}
            rows += [{**here, **each} for each in count(survey, flags)]
            interviewers += [{**here, **each} for each in count_interviewers(survey, flags)]
    return pd.DataFrame(rows), pd.DataFrame(interviewers)


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
    part = with_text(table[table["scenario"] == scenario])
    wide = part.pivot(index="of", columns="flag", values="text").reindex(columns=list(FLAGS))
    wide = wide.reindex([kind for kind in KINDS if kind in wide.index]).fillna("")
    wide.index = [KINDS[kind] for kind in wide.index]
    return markdown_table(wide.rename_axis("Of").reset_index())


def show_interviewers(table: pd.DataFrame) -> str:
    """Return hits and false alarms of interviewers, one row a scenario."""
    part = with_text(table).set_index(["scenario", "of", "flag"])["text"]
    rows = [
        {
            "Scenario": scenario,
            "hits": part.get((scenario, "bad", "flagged"), ""),
            **{kind: part.get((scenario, "bad", kind), "") for kind in INTERVIEWER_KINDS},
            "false alarms": part[(scenario, "good", "flagged")],
            "surveys with any": part[(scenario, "good", "any")],
        }
        for scenario in SCENARIOS
    ]
    return markdown_table(pd.DataFrame(rows))


def with_text(table: pd.DataFrame) -> pd.DataFrame:
    """Add rate and error as text."""
    pairs = zip(table["rate"], table["error"], strict=True)
    return table.assign(text=[f"{rate:.3f} ± {error:.3f}" for rate, error in pairs])


NOTE = f"""Put in: {BAD:.0%} of interviewers ({round(BAD * CITIES * INTERVIEWERS)} of
{CITIES * INTERVIEWERS}, some {SIZE * 0.65 / INTERVIEWERS:.0f} interviews each) who do not do all of
their interviews, {SPEEDERS:.0%} speeders, {STRAIGHT:.0%} straight-liners, and, in the honest survey
too, {DELIGHTED:.1%} honest respondents who give the highest score throughout. Honest interviewers
have an intraclass correlation of {ICC:g}. A made-up interview takes 60 % of the usual time, or, if
padded, the usual time within a twentieth; a speeder takes 30 %. After ± the Monte-Carlo standard
error between replications; where nothing was flagged in n, the rate is below 3 / n with 95 %
confidence."""

NOTE_INTERVIEWERS = """Hits: shares of the bad interviewers that are flagged, and for what; false
alarms: share of the good ones that are; surveys with any: share of the surveys in which a good
interviewer is (the level that is declared, .01, is that of a whole honest survey)."""

NOTE_ROWS = """Shares of rows that have each flag. `excluded`: at least one flag that leaves rows
out by default. All interviews of a flagged interviewer are flagged, since nobody knows which are
made up: they have to be checked. The honest interview that was copied is a near-duplicate too."""


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
    rows, interviewers = replicate(chosen.replications, chosen.seed)
    parts = [NOTE, "## Interviewers", NOTE_INTERVIEWERS, show_interviewers(rates(interviewers))]
    parts += ["## Interviews", NOTE_ROWS]
    table = rates(rows)
    for scenario in SCENARIOS:
        parts += [f"### {scenario.capitalize()}", show(table, scenario)]
    write_report("screening", "Hits and false alarms of screening", conditions, parts)


if __name__ == "__main__":
    main()
