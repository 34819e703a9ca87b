"""Do the tests of groups keep their level where rows belong to villages or to persons?

Equal groups, and two that differ in a path only; takes about ten minutes on one core::

    python benchmarks/group_dependence.py
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
import pandas as pd
from conditions import (
    describe_conditions,
    markdown_table,
    seconds_of,
    use_one_thread,
    write_report,
)
from group_simulations import LEVEL, MODEL, Condition, draw_group, p_values, printed, rejections

REPLICATIONS, N_PERMUTATIONS, FIRST_SEED = 300, 99, 920_000
PATHS = tuple(
    Condition(name="path X to Y .2, not .5", sizes=(size, size), path=0.2) for size in (300, 1000)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependence:
    """Equal groups whose rows are not independent.

    Attributes
    ----------
    name : str
    units : int
        Sampling units, or persons.
    rows : int
        Rows of each.
    share : float
        Of the variance of every factor and error that the rows of a unit have in common.
    divided : float
        Share of the units that have rows in both groups, half of them in each.
    """

    name: str
    units: int
    rows: int
    share: float
    divided: float


DEPENDENCES = (
    Dependence(name="villages of one group", units=30, rows=20, share=0.1, divided=0.0),
    Dependence(name="villages of both groups", units=30, rows=20, share=0.1, divided=1.0),
    Dependence(name="waves, all persons in both", units=300, rows=2, share=0.6, divided=1.0),
    Dependence(name="waves, half the persons in both", units=400, rows=2, share=0.6, divided=0.5),
)


def draw_dependent(condition: Dependence, seed: int) -> pd.DataFrame:
    """Draw equal groups whose rows belong to units; the column ``unit`` names them.

    Of a person asked once only the first row is kept.
    """
    generator = np.random.default_rng(seed)
    size = condition.units * condition.rows
    common = draw_group(condition.units, None, generator).repeat(condition.rows, axis=0)
    own = draw_group(size, None, generator)
    answers = np.sqrt(condition.share) * common + np.sqrt(1 - condition.share) * own
    unit = np.arange(condition.units).repeat(condition.rows)
    divided = unit < condition.divided * condition.units
    group = np.where(divided, np.arange(size) % 2, unit % 2)
    frame = pd.DataFrame(answers, columns=list(MODEL.items))
    frame = frame.assign(group=np.array(["a", "b"])[group], unit=unit)
    once = frame.duplicated("unit") & ~divided & (condition.rows == 2)
    return frame[~once].reset_index(drop=True)


def dependent_rejections(
    condition: Dependence,
    replications: int,
    *,
    n_permutations: int = N_PERMUTATIONS,
    first_seed: int = FIRST_SEED,
) -> pd.DataFrame:
    """Test many samples, with rows permuted one by one and with their units.

    Returns
    -------
    DataFrame
        As of :func:`rejections`; ``sizes`` says what is permuted.
    """
    tables = []
    for permuted, how in (("rows", {}), ("units", {"clusters": "unit"})):
        found = pd.DataFrame(
            [
                p_values(draw_dependent(condition, seed), seed, n_permutations, **how)
                for seed in range(first_seed, first_seed + replications)
            ]
        )
        table = (found <= LEVEL).mean().rename("rejected").rename_axis("test").reset_index()
        tables.append(table.assign(sizes=permuted))
    joined = pd.concat(tables, ignore_index=True)
    return joined.assign(condition=condition.name, same=True, replications=replications)


NOTE = f"""Equal groups, so that every share should be {LEVEL}; in brackets its Monte-Carlo error.
"rows": labels move among all rows, as if these were independent; "units": whole villages or persons
change groups, and labels move inside those that have rows in both (`clusters=` and `persons=` of
`csat.micom` and `csat.compare_groups`). Villages: 30 of 20 rows, a tenth of all variance between
them. Persons: asked in one wave or in both, six tenths of all variance between them."""

STEP_TWO = """Where only the path X to Y differs, the compositional test of X rejects too often, in
large samples as in small ones. It is no bias: in both populations the weights are in the ratio of
the loadings, and c tends to 1. A permutation test of one thing supposes that the groups are
exchangeable in all. Weights of Mode A are covariances with the neighbouring composites, so their
variance is about inverse to the squared correlations with these; X has none but Y and Z, and the
mean of the variances of two unlike groups is larger than the variance in their mixture, from which
permuted groups come. It is in the procedure itself (Henseler, Ringle and Sarstedt 2016), and so in
every program that follows it; openpls-engine has the same c (`docs/parity.md`). The tests of means,
of variances and of the other paths keep their level. A rejection as weak as that, beside a clear
difference of paths, is not yet evidence of other composites: see how far c is below 1."""


def main() -> None:
    """Simulate, print and write ``group_dependence.md``."""
    use_one_thread()
    parser = argparse.ArgumentParser()
    parser.add_argument("--replications", type=int, default=REPLICATIONS)
    parser.add_argument("--n-permutations", type=int, default=N_PERMUTATIONS)
    asked = parser.parse_args()
    command = (
        f"python benchmarks/group_dependence.py --replications {asked.replications} "
        f"--n-permutations {asked.n_permutations}"
    )
    conditions = describe_conditions(command, ("csat_models", "numpy", "pandas", "xarray"))
    how = {"n_permutations": asked.n_permutations, "first_seed": FIRST_SEED}

    def simulate() -> tuple[pd.DataFrame, pd.DataFrame]:
        units = [dependent_rejections(each, asked.replications, **how) for each in DEPENDENCES]
        paths = [rejections(each, asked.replications, **how) for each in PATHS]
        return pd.concat(units), pd.concat(paths)

    (seconds,), (units, paths) = seconds_of(simulate)
    conditions |= {
        "Replications": f"{asked.replications} samples a condition",
        "Permutations": f"{asked.n_permutations} a sample",
        "Seeds": f"{FIRST_SEED} and up",
        "Wall time": f"{seconds / 60:.1f} minutes, one process",
    }
    steps = ["compositional", "mean", "variance"]
    tables = []
    for each in (units, paths):
        found = each[each["test"] != "any path (Holm)"]
        micom = found["test"].str.split(" ").str[0].isin(steps)
        tables += [printed(found[micom]), printed(found[~micom])]
    permuted = {"sizes": "permuted"}
    parts = [
        "## Villages, and persons asked twice",
        NOTE,
        *(markdown_table(table.rename(columns=permuted)) for table in tables[:2]),
        "## Groups that differ in a path",
        STEP_TWO,
        *(markdown_table(table) for table in tables[2:]),
    ]
    title = "Size of the tests of groups where rows, or groups, are not exchangeable"
    write_report("group_dependence", title, conditions, parts)


if __name__ == "__main__":
    main()
