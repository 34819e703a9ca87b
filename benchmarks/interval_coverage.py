"""Do the intervals of an annual study cover the truth as often as they say?

Many simulated studies, each with its intervals, beside the truth; takes about
ten minutes on two cores::

    python benchmarks/interval_coverage.py
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np
import pandas as pd
from conditions import THREADS, describe_conditions, markdown_table, seconds_of, write_report
from simulated_studies import KEYS, LEVEL, PROVINCE, analyse_study, truth_table

REPLICATIONS, N_BOOT, FIRST_SEED, PROCESSES = 500, 400, 700_000, 2
STUDY_DRAWS = 2000
GROUP = ["statistic", "construct", "place"]


def simulate_studies(
    replications: int = REPLICATIONS,
    *,
    n_boot: int = N_BOOT,
    first_seed: int = FIRST_SEED,
    processes: int = PROCESSES,
) -> pd.DataFrame:
    """Analyse many simulated studies.

    Parameters
    ----------
    replications, n_boot : int
    first_seed : int
        Study k has seed `first_seed` + k, whatever the number of processes.
    processes : int

    Returns
    -------
    DataFrame
        One row an interval, as from :func:`analyse_study`, with its truth and
        whether it is covered.
    """
    seeds = range(first_seed, first_seed + replications)
    found = pd.concat(_in_processes(seeds, n_boot, processes), ignore_index=True)
    found = found.merge(truth_table(), on=KEYS, how="left", validate="many_to_one")
    return found.assign(covered=found["truth"].between(found["lower"], found["upper"]))


def _in_processes(seeds: range, n_boot: int, processes: int) -> Iterator[pd.DataFrame]:
    from tqdm import tqdm  # type: ignore[import-untyped]

    # The number of threads is read by a fresh interpreter only, hence spawn.
    before = os.environ.get(THREADS)
    os.environ[THREADS] = "1"
    try:
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            results = pool.map(partial(analyse_study, n_boot=n_boot), seeds)
            yield from tqdm(results, total=len(seeds), unit="study")
    finally:
        os.environ.pop(THREADS)
        if before is not None:
            os.environ[THREADS] = before


def coverage_by_city(found: pd.DataFrame) -> pd.DataFrame:
    """Coverage of every single interval over the replications.

    Returns
    -------
    DataFrame
        `KEYS`; coverage; width; sd, of the estimates; se_ratio, the mean
        standard error over it; bias, the mean error over it.
    """
    errors = found.assign(
        error=found["estimate"] - found["truth"], width=found["upper"] - found["lower"]
    )
    groups = errors.groupby(KEYS, sort=False)
    table = groups.agg(
        replications=("covered", "size"),
        coverage=("covered", "mean"),
        width=("width", "mean"),
        sd=("estimate", "std"),
    )
    return table.assign(
        se_ratio=groups["standard_error"].mean() / table["sd"],
        bias=groups["error"].mean() / table["sd"],
    ).reset_index()


def coverage_table(found: pd.DataFrame) -> pd.DataFrame:
    """Coverage of each statistic, averaged over the cities, and of the province.

    Returns
    -------
    DataFrame
        statistic, construct, place ("cities" or the province), intervals,
        coverage, mc_error (sqrt(c (1 - c) / n), as if all intervals were
        independent), mc_error_studies (from the spread between studies, whose
        cities share their weights), lowest, highest (single cities), width,
        se_ratio, bias, largest_bias.
    """
    cities = coverage_by_city(found)
    table = (
        _with_place(cities)
        .assign(size=cities["bias"].abs())
        .groupby(GROUP, sort=False)
        .agg(
            intervals=("replications", "sum"),
            coverage=("coverage", "mean"),
            lowest=("coverage", "min"),
            highest=("coverage", "max"),
            width=("width", "mean"),
            se_ratio=("se_ratio", "mean"),
            bias=("bias", "mean"),
            largest_bias=("size", "max"),
        )
    )
    share = table["coverage"] * (1.0 - table["coverage"])
    table = table.assign(mc_error=(share / table["intervals"]) ** 0.5)
    return table.assign(mc_error_studies=_error_between_studies(found)).reset_index()


def _with_place(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(place=np.where(table["city"] == PROVINCE, PROVINCE, "cities"))


def _error_between_studies(found: pd.DataFrame) -> pd.Series[float]:
    means = _with_place(found).groupby([*GROUP, "seed"], sort=False)["covered"].mean()
    groups = means.groupby(GROUP, sort=False)
    return groups.std() / groups.size() ** 0.5


def text_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers of :func:`coverage_table` as they are printed."""

    def share(column: str) -> pd.Series[str]:
        return table[column].map("{:.3f}".format)

    cities = table["place"] == "cities"
    single = (share("lowest") + " - " + share("highest")).where(cities, "")
    return pd.DataFrame(
        {
            "Statistic": table["statistic"],
            "Construct": table["construct"],
            "Of": table["place"].where(~cities, "11 cities"),
            "Target": f"{LEVEL:.2f}",
            "Intervals": table["intervals"].map("{:,}".format),
            "Coverage": share("coverage"),
            "MC error": table["mc_error"].map("{:.4f}".format),
            "MC error between studies": table["mc_error_studies"].map("{:.4f}".format),
            "Single cities": single,
            "Mean width": table["width"].map("{:.2f}".format),
            "SE / SD": table["se_ratio"].map("{:.3f}".format),
            "Bias / SD": table["bias"].map("{:+.3f}".format),
            "Largest": table["largest_bias"].map("{:.3f}".format),
        }
    )


NOTE = """Coverage: share of intervals that hold the truth, over all studies and cities. MC error:
sqrt(c (1 - c) / n) with n intervals, as if they were independent; between studies: from the spread
of the studies' shares, since cities share their weights. Single cities: lowest and highest
coverage of one city. SE / SD: mean bootstrap standard error over the standard deviation of the
estimates between studies. Bias / SD: mean error of the estimates over that standard deviation,
mean of the cities, and the largest of one city (whose Monte-Carlo error is 1 / sqrt(studies)).

Change (waves drawn apart): the same intervals if the two waves were resampled each on its own, as
if no respondent had taken part in both."""


def describe_quantiles(n_boot: int) -> str:
    """Tell what the number of draws alone does to the coverage.

    The quantile of B draws at share a is number 1 + a (B - 1) of them in
    order, and one further draw lies below it with that number over B + 1.
    """
    tail = (1.0 - LEVEL) / 2.0
    expected = {b: 1.0 - 2.0 * (1.0 + tail * (b - 1)) / (b + 1) for b in (n_boot, STUDY_DRAWS)}
    return (
        f"Even if the draws were spread exactly as the estimates, the quantiles of {n_boot:,} "
        f"draws would cover {expected[n_boot]:.4f}, and those of the {STUDY_DRAWS:,} draws of a "
        f"real study {expected[STUDY_DRAWS]:.4f}."
    )


def main() -> None:
    """Simulate, print and write ``coverage.md``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--replications", type=int, default=REPLICATIONS)
    parser.add_argument("--n-boot", type=int, default=N_BOOT)
    parser.add_argument("--seed", type=int, default=FIRST_SEED, help="of the first study")
    parser.add_argument("--processes", type=int, default=PROCESSES)
    asked = parser.parse_args()
    command = (
        f"python benchmarks/interval_coverage.py --replications {asked.replications} "
        f"--n-boot {asked.n_boot} --seed {asked.seed} --processes {asked.processes}"
    )
    conditions = describe_conditions(command, ("csat_models", "numpy", "pandas", "xarray"))
    (seconds,), found = seconds_of(
        lambda: simulate_studies(
            asked.replications,
            n_boot=asked.n_boot,
            first_seed=asked.seed,
            processes=asked.processes,
        )
    )
    conditions |= {
        "Replications": f"{asked.replications} studies of the waves 2023 and 2024",
        "Draws": f"{asked.n_boot} a study; percentile intervals",
        "Seeds": f"{asked.seed} to {asked.seed + asked.replications - 1}",
        "Wall time": f"{seconds / 60:.1f} minutes, {asked.processes} processes",
    }
    parts = [markdown_table(text_table(coverage_table(found))), NOTE]
    parts += [describe_quantiles(asked.n_boot)]
    write_report("coverage", "Coverage of the intervals", conditions, parts)


if __name__ == "__main__":
    main()
