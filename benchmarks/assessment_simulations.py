"""Do the tests of the assessment reject as often as they say, and find what is wrong?

Samples from populations in which the null hypothesis holds, and in which it does not; takes
about half an hour on two cores::

    python benchmarks/assessment_simulations.py
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import count, islice
from multiprocessing import get_context

import numpy as np
import pandas as pd
import xarray as xr
from conditions import (
    describe_conditions,
    markdown_table,
    seconds_of,
    use_one_thread,
    write_report,
)
from prediction_simulations import (
    ABOUT_CVPAT,
    CONTESTS,
    FIRST_SEED,
    LEVEL,
    N_BOOT,
    cvpat_rejections,
    cvpat_table,
    monte_carlo_error,
    sample_of,
)

from csat_models import PathModel, bootstrap, fit
from csat_models.assessment import exact_fit_test
from csat_models.assessment.fit import MEASURES

REPLICATIONS, PROCESSES = 2000, 2
# Replications where the model is false, and with a second level of draws; how many those are.
FEWER, FEWEST, SECOND_LEVEL = 400, 100, 49
# Samples tested in one call.
TOGETHER = 25
TESTED_BY = {"p_value": "draws", "calibrated_p_value": "second level"}
FACTORS = "X =~ x1 + x2 + x3\nY =~ y1 + y2 + y3\nZ =~ z1 + z2 + z3\nY ~ X\nZ ~ Y"
COMPOSITES = FACTORS.replace("=~", "<~")
LOADINGS = np.array([0.8, 0.75, 0.7])
# Correlations of the items of a composite beyond what one factor would give.
INSIDE = np.array([[1.0, 0.2, 0.5], [0.2, 1.0, 0.3], [0.5, 0.3, 1.0]])
WEIGHTS = np.array([0.6, 0.4, 0.3])


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A population and what is asked of its samples.

    Attributes
    ----------
    name : str
    holds : tuple of str
        Structures of the model ("estimated", "saturated") that are true in it.
    n_obs : int
    composites : bool
        Composites by PLS, Mode B, or factors by consistent PLS.
    extra : float
        Path from X to Z, which the model does not have.
    residual : float
        Correlation of x1 and x2 beyond their factor.
    """

    name: str
    holds: tuple[str, ...]
    n_obs: int
    composites: bool = False
    extra: float = 0.0
    residual: float = 0.0


BOTH = ("estimated", "saturated")
CONDITIONS = (
    Condition(name="factors, model true", holds=BOTH, n_obs=250),
    Condition(name="factors, model true", holds=BOTH, n_obs=500),
    Condition(name="composites, model true", holds=BOTH, n_obs=250, composites=True),
    Condition(name="factors, path of .3 left out", holds=("saturated",), n_obs=250, extra=0.3),
    Condition(name="factors, path of .3 left out", holds=("saturated",), n_obs=500, extra=0.3),
    Condition(name="factors, items share .2 more", holds=(), n_obs=250, residual=0.2),
    Condition(
        name="composites, path of .3 left out",
        holds=("saturated",),
        n_obs=250,
        composites=True,
        extra=0.3,
    ),
)


def population(condition: Condition) -> np.ndarray:
    """Correlations of the nine items, (9, 9)."""
    b1, b2, c = 0.5, 0.4, condition.extra
    phi = np.array([[1, b1, b1 * b2 + c], [b1, 1, b2 + c * b1], [b1 * b2 + c, b2 + c * b1, 1]])
    if condition.composites:
        weights = WEIGHTS / np.sqrt(WEIGHTS @ INSIDE @ WEIGHTS)
        corr = np.kron(phi, np.outer(INSIDE @ weights, INSIDE @ weights))
        for j in range(3):
            corr[3 * j : 3 * j + 3, 3 * j : 3 * j + 3] = INSIDE
        return corr
    corr = np.kron(phi, np.outer(LOADINGS, LOADINGS))
    corr[[0, 1], [1, 0]] += condition.residual
    np.fill_diagonal(corr, 1.0)
    return corr


def exact_fit_rejections(
    condition: Condition,
    replications: int,
    *,
    n_boot: int = N_BOOT,
    first_seed: int = FIRST_SEED,
    second_level: int = 0,
) -> pd.DataFrame:
    """Test many samples of one condition, some at a time.

    Returns
    -------
    DataFrame
        condition, n_obs, structure, measure, true, by ("draws" or "second level"), rejected
        (share), replications, failed (samples without an admissible solution, drawn again).
    """
    rejected, used, n = [], 0, 0
    seeds = count(first_seed)
    while n < replications:
        some = list(islice(seeds, TOGETHER))
        test, good = _exact_fit(condition, some, n_boot, second_level)
        kept = np.flatnonzero(good)[: replications - n]
        n, used = (
            n + len(kept),
            used + (int(kept[-1]) + 1 if n + len(kept) == replications else len(some)),
        )
        rejected.append(test.isel(sample=kept) <= LEVEL)
    share = xr.concat(rejected, dim="sample").mean("sample")
    table = share.to_dataframe().stack().rename("rejected").rename_axis([*share.dims, "by"])
    found = table.reset_index().replace({"by": TESTED_BY})
    return found.assign(
        condition=condition.name,
        n_obs=condition.n_obs,
        true=found["structure"].isin(condition.holds),
        replications=replications,
        failed=used - replications,
    )


def _exact_fit(
    condition: Condition, seeds: list[int], n_boot: int, second_level: int
) -> tuple[xr.Dataset, np.ndarray]:
    """Return p-values (sample, measure, structure), and which samples are admissible."""
    model = PathModel.parse(COMPOSITES if condition.composites else FACTORS)
    method = "pls" if condition.composites else "plsc"
    root = np.linalg.cholesky(population(condition))
    samples = (sample_of(root, model, condition.n_obs, seed).assign(sample=seed) for seed in seeds)
    rows = pd.concat(samples, ignore_index=True)
    # Draws outside the parameter space are the test's to leave out.
    how = {"method": method, "on_inadmissible": "keep"}
    point = fit(rows, model, by=["sample"], **how)
    draws = bootstrap(
        rows,
        model,
        n_boot=n_boot,
        seed=seeds[0],
        by=["sample"],
        point=fit(rows, model, **how),
        max_failed_share=1.0,
    )
    test = exact_fit_test(point, draws, second_level=second_level)
    return test[[name for name in TESTED_BY if name in test]], point.admissible.to_numpy()


def exact_fit_table(found: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers of :func:`exact_fit_rejections` as they are printed."""
    error = monte_carlo_error(found["rejected"], found["replications"])
    text = found["rejected"].map("{:.3f}".format) + error.map(" ({:.3f})".format)
    table = found.assign(text=text, model=np.where(found["true"], "true", "false"))
    left = ["condition", "n_obs", "structure", "model", "by"]
    right = ["replications", "failed"]
    wide = table.pivot_table(
        index=[*left, *right], columns="measure", values="text", aggfunc="first", sort=False
    ).reset_index()
    return wide[[*left, *MEASURES, *right]]


NOTE = f"""Share of samples in which a test rejects at {LEVEL}; in brackets its Monte-Carlo error,
sqrt(p (1 - p) / replications). Where the model is true (or both predict equally well) it
should be {LEVEL}; elsewhere it is the power. Failed: samples without an admissible solution, in
whose place another was drawn."""

ABOUT_FIT = f"""By "draws", the p-value of the test; by "second level", its calibrated p-value with
{SECOND_LEVEL} draws for each draw.

Why the test is conservative with consistent PLS: the distance of a true model has a distribution
that depends on the loadings and reliabilities, and fitted ones are more unequal than true ones. A
draw from the fitted model is inadmissible more often than a sample is, and its distances have the
longer tail. Where the distance of a sample is large, so are those of its draws. PLS of composites
has no correction for reliability, and keeps its level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is simulated.

    Attributes
    ----------
    replications : int
        Where the model is true; of CVPAT everywhere.
    of_false_models, with_a_second_level : int
        Replications of the exact-fit test there.
    n_boot, first_seed : int
    """

    replications: int
    of_false_models: int
    with_a_second_level: int
    n_boot: int
    first_seed: int

    def jobs(self) -> tuple[list[Job], list[Job]]:
        """Return what is to be done of the exact-fit test and of CVPAT."""
        how = {"n_boot": self.n_boot, "first_seed": self.first_seed}
        numbers = [
            self.replications if c.holds == BOTH else self.of_false_models for c in CONDITIONS
        ]
        pairs = zip(CONDITIONS, numbers, strict=True)
        exact = [partial(exact_fit_rejections, each, n, **how) for each, n in pairs]
        twice = how | {"second_level": SECOND_LEVEL}
        exact.append(
            partial(exact_fit_rejections, CONDITIONS[0], self.with_a_second_level, **twice)
        )
        return exact, [partial(cvpat_rejections, c, self.replications, **how) for c in CONTESTS]


Job = Callable[[], pd.DataFrame]


def simulate(effort: Effort, processes: int = PROCESSES) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Simulate all conditions, each by the same seeds whatever the number of processes."""
    exact, compared = effort.jobs()
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(job) for job in (*compared, *exact)]
        found = [job.result() for job in jobs]
    parts = found[len(compared) :], found[: len(compared)]
    return pd.concat(parts[0], ignore_index=True), pd.concat(parts[1], ignore_index=True)


def report(
    exact: pd.DataFrame, compared: pd.DataFrame, conditions: dict[str, str], effort: Effort
) -> None:
    """Print what was found and write ``assessment.md``."""
    conditions = conditions | {
        "Replications": f"{effort.replications} samples a condition, {effort.of_false_models} of "
        f"exact fit where the model is false, {effort.with_a_second_level} with a second level",
        "Draws": f"{effort.n_boot} a sample",
        "Seeds": f"{effort.first_seed} and up",
    }
    parts = [
        NOTE,
        "## Exact fit",
        ABOUT_FIT,
        markdown_table(exact_fit_table(exact)),
        "## CVPAT",
        ABOUT_CVPAT,
        markdown_table(cvpat_table(compared)),
    ]
    write_report("assessment", "Size and power of the assessment's tests", conditions, parts)


def main() -> None:
    """Simulate, print and write ``assessment.md``."""
    use_one_thread()
    parser = argparse.ArgumentParser()
    parser.add_argument("--replications", type=int, default=REPLICATIONS)
    parser.add_argument("--of-false-models", type=int, default=FEWER)
    parser.add_argument("--with-a-second-level", type=int, default=FEWEST)
    parser.add_argument("--n-boot", type=int, default=N_BOOT)
    parser.add_argument("--seed", type=int, default=FIRST_SEED, help="of the first sample")
    parser.add_argument("--processes", type=int, default=PROCESSES)
    asked = parser.parse_args()
    effort = Effort(
        replications=asked.replications,
        of_false_models=asked.of_false_models,
        with_a_second_level=asked.with_a_second_level,
        n_boot=asked.n_boot,
        first_seed=asked.seed,
    )
    command = (
        f"python benchmarks/assessment_simulations.py --replications {asked.replications} "
        f"--of-false-models {asked.of_false_models} "
        f"--with-a-second-level {asked.with_a_second_level} "
        f"--n-boot {asked.n_boot} --seed {asked.seed} --processes {asked.processes}"
    )
    conditions = describe_conditions(command, ("csat_models", "numpy", "pandas", "xarray"))
    (seconds,), found = seconds_of(lambda: simulate(effort, asked.processes))
    time = f"{seconds / 60:.1f} minutes, {asked.processes} processes"
    report(*found, conditions | {"Wall time": time}, effort)


if __name__ == "__main__":
    main()
