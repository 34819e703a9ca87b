"""Do the tests of the assessment reject as often as they say, and find what is wrong?

Samples from populations in which the null hypothesis holds, and in which it does not; takes
about three minutes on two cores::

    python benchmarks/assessment_simulations.py
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from multiprocessing import get_context

import numpy as np
import pandas as pd
from conditions import (
    describe_conditions,
    markdown_table,
    seconds_of,
    use_one_thread,
    write_report,
)

from csat_models import PathModel, bootstrap, fit
from csat_models.assessment import cvpat, exact_fit_test, plspredict
from csat_models.errors import CsatError

REPLICATIONS, N_BOOT, FIRST_SEED, LEVEL, PROCESSES = 500, 199, 800_000, 0.05, 2
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
    condition: Condition, replications: int, *, n_boot: int = N_BOOT, first_seed: int = FIRST_SEED
) -> pd.DataFrame:
    """Test many samples of one condition.

    Returns
    -------
    DataFrame
        condition, n_obs, structure, measure, true, rejected (share), replications, failed
        (samples without an admissible solution, drawn again).
    """
    model = PathModel.parse(COMPOSITES if condition.composites else FACTORS)
    method = "pls" if condition.composites else "plsc"
    root = np.linalg.cholesky(population(condition))
    rejected, used = [], 0
    for seed, rows in _samples(root, model, condition.n_obs, first_seed):
        used += 1
        try:
            point = fit(rows, model, method=method)
        except CsatError:
            continue
        # Draws outside the parameter space are the test's to leave out.
        point = replace(point, settings=replace(point.settings, on_inadmissible="keep"))
        draws = bootstrap(rows, model, n_boot=n_boot, seed=seed, point=point)
        rejected.append(exact_fit_test(point, draws).p_value.to_series() <= LEVEL)
        if len(rejected) == replications:
            break
    share = pd.concat(rejected, axis=1).mean(axis=1).rename("rejected").reset_index()
    return share.assign(
        condition=condition.name,
        n_obs=condition.n_obs,
        true=share["structure"].isin(condition.holds),
        replications=replications,
        failed=used - replications,
    )


def _samples(
    root: np.ndarray, model: PathModel, n_obs: int, first_seed: int
) -> Iterator[tuple[int, pd.DataFrame]]:
    seed = first_seed
    while True:
        noise = np.random.default_rng(seed).normal(size=(n_obs, len(model.items)))
        yield seed, pd.DataFrame(noise @ root.T, columns=list(model.items))
        seed += 1


TWINS = "A =~ a1 + a2\nB =~ b1 + b2\nY =~ y1 + y2 + y3\n"


def cvpat_rejections(
    second: float,
    n_obs: int,
    replications: int,
    *,
    n_boot: int = N_BOOT,
    first_seed: int = FIRST_SEED,
) -> pd.DataFrame:
    """Compare two models that explain Y by A, with which it correlates .5, or by B, `second`.

    With `second` = .5 the models predict equally well, whatever the folds.

    Returns
    -------
    DataFrame
        second, n_obs, by ("t" or "bootstrap"), rejected, preferred (share of rejections in
        which the model with A is the better one), replications.
    """
    ours, theirs = (PathModel.parse(TWINS + f"Y ~ {name}") for name in "AB")
    root = np.linalg.cholesky(_twin_population(second))
    samples = islice(_samples(root, ours, n_obs, first_seed), replications)
    found = []
    for seed, rows in samples:
        one, other = (
            plspredict(_fit(rows, model), rows, repetitions=1, seed=seed)
            for model in (ours, theirs)
        )
        for by, draws in (("t", 0), ("bootstrap", n_boot)):
            test = cvpat(one, other, n_boot=draws, seed=seed).set_index("construct").loc["overall"]
            found.append((by, test["p_value"] <= LEVEL, test["difference"] > 0))
    table = pd.DataFrame(found, columns=["by", "rejected", "preferred"])
    groups = table.groupby("by", sort=False)
    preferred = table[table["rejected"]].groupby("by")["preferred"].mean()
    return (
        pd.DataFrame({"rejected": groups["rejected"].mean(), "preferred": preferred})
        .reset_index()
        .assign(second=second, n_obs=n_obs, replications=replications)
    )


def _fit(rows: pd.DataFrame, model: PathModel) -> object:
    return fit(rows, model, max_iterations=3000)


def _twin_population(second: float) -> np.ndarray:
    phi = np.array([[1, 0.3, 0.5], [0.3, 1, second], [0.5, second, 1]])
    owner = np.array([0, 0, 1, 1, 2, 2, 2])
    corr = phi[np.ix_(owner, owner)] * 0.8**2
    np.fill_diagonal(corr, 1.0)
    return corr


def monte_carlo_error(share: pd.Series[float], replications: pd.Series[int]) -> pd.Series[float]:
    """Return sqrt(p (1 - p) / n)."""
    return (share * (1.0 - share) / replications) ** 0.5


def exact_fit_table(found: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers of :func:`exact_fit_rejections` as they are printed."""
    error = monte_carlo_error(found["rejected"], found["replications"])
    text = found["rejected"].map("{:.3f}".format) + error.map(" ({:.3f})".format)
    table = found.assign(text=text, model=np.where(found["true"], "true", "false"))
    wide = table.pivot_table(
        index=["condition", "n_obs", "structure", "model", "replications", "failed"],
        columns="measure",
        values="text",
        aggfunc="first",
        sort=False,
    ).reset_index()
    return wide[
        [
            "condition",
            "n_obs",
            "structure",
            "model",
            "srmr",
            "d_uls",
            "d_g",
            "replications",
            "failed",
        ]
    ]


def cvpat_table(found: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers of :func:`cvpat_rejections` as they are printed."""
    error = monte_carlo_error(found["rejected"], found["replications"])
    return pd.DataFrame(
        {
            "models": np.where(found["second"] == 0.5, "equally good", "A better"),
            "correlation with B": found["second"],
            "n_obs": found["n_obs"],
            "by": found["by"],
            "rejected": found["rejected"].map("{:.3f}".format) + error.map(" ({:.3f})".format),
            "of these for A": found["preferred"].map("{:.2f}".format),
            "replications": found["replications"],
        }
    )


NOTE = f"""Share of samples in which a test rejects at {LEVEL}; in brackets its Monte-Carlo error,
sqrt(p (1 - p) / replications). Where the model is true (or the models are equally good) it
should be {LEVEL}; elsewhere it is the power. Failed: samples without an admissible solution, in
whose place another was drawn.

With consistent PLS the exact-fit test is conservative at these sample sizes: it rejects true
models less often than it may."""


def simulate(
    replications: int, *, n_boot: int, first_seed: int, processes: int = PROCESSES
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Simulate all conditions, each by the same seeds whatever the number of processes."""
    how = {"n_boot": n_boot, "first_seed": first_seed}
    exact = [partial(exact_fit_rejections, each, replications, **how) for each in CONDITIONS]
    pairs = [(second, n) for second in (0.5, 0.2) for n in (100, 250)]
    compared = [partial(cvpat_rejections, *pair, replications, **how) for pair in pairs]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(job) for job in (*exact, *compared)]
        found = [job.result() for job in jobs]
    tables = found[: len(exact)], found[len(exact) :]
    return pd.concat(tables[0], ignore_index=True), pd.concat(tables[1], ignore_index=True)


def main() -> None:
    """Simulate, print and write ``assessment.md``."""
    use_one_thread()
    parser = argparse.ArgumentParser()
    parser.add_argument("--replications", type=int, default=REPLICATIONS)
    parser.add_argument("--n-boot", type=int, default=N_BOOT)
    parser.add_argument("--seed", type=int, default=FIRST_SEED, help="of the first sample")
    parser.add_argument("--processes", type=int, default=PROCESSES)
    asked = parser.parse_args()
    command = (
        f"python benchmarks/assessment_simulations.py --replications {asked.replications} "
        f"--n-boot {asked.n_boot} --seed {asked.seed} --processes {asked.processes}"
    )
    conditions = describe_conditions(command, ("csat_models", "numpy", "pandas", "xarray"))
    (seconds,), (exact, compared) = seconds_of(
        lambda: simulate(
            asked.replications,
            n_boot=asked.n_boot,
            first_seed=asked.seed,
            processes=asked.processes,
        )
    )
    conditions |= {
        "Replications": f"{asked.replications} samples a condition",
        "Draws": f"{asked.n_boot} a sample",
        "Seeds": f"{asked.seed} and up",
        "Wall time": f"{seconds / 60:.1f} minutes, {asked.processes} processes",
    }
    parts = [
        NOTE,
        "## Exact fit",
        markdown_table(exact_fit_table(exact)),
        "## CVPAT between two models",
        markdown_table(cvpat_table(compared)),
    ]
    write_report("assessment", "Size and power of the assessment's tests", conditions, parts)


if __name__ == "__main__":
    main()
