"""Do the tests of groups reject as often as they say, and find what differs?

Two groups from populations that are equal, or differ in one thing only; takes about ten minutes
on one core::

    python benchmarks/group_simulations.py
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

from csat_models import PathModel, compute_moments
from csat_models.assessment.groups import adjusted_p_values, distance_table, pair_differences
from csat_models.assessment.groups.invariance import micom_table
from csat_models.estimation import Settings, fit_moments, permutation_p_value, permute_groups

REPLICATIONS, N_PERMUTATIONS, FIRST_SEED, LEVEL = 500, 199, 900_000, 0.05
MODEL = PathModel.parse("X =~ x1 + x2 + x3\nY =~ y1 + y2 + y3\nZ =~ z1 + z2 + z3\nY ~ X\nZ ~ X + Y")
LOADINGS, FIRST_PATH, TO_Z = (0.8, 0.75, 0.7), 0.5, (0.2, 0.4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Two populations, in what the second differs from the first.

    Attributes
    ----------
    name : str
    sizes : (int, int)
        Rows of the groups.
    loading : float
        Of x3 in the second group.
    mean : float
        Of the factor X in the second group; 0 in the first.
    spread : float
        Variance of all that X's items measure in the second group; 1 in the first.
    path : float
        From X to Y in the second group.
    """

    name: str
    sizes: tuple[int, int]
    loading: float = LOADINGS[2]
    mean: float = 0.0
    spread: float = 1.0
    path: float = FIRST_PATH

    @property
    def differs(self) -> tuple[str, ...]:
        """What is tested and not the same in both populations."""
        return tuple(
            test
            for test, changed in (
                ("compositional X", self.loading != LOADINGS[2]),
                ("mean X", self.mean != 0.0),
                ("variance X", self.spread != 1.0),
                ("path X -> Y", self.path != FIRST_PATH),
            )
            if changed
        )


EQUAL = {(100, 100): "equal", (300, 300): "equal", (100, 300): "equal, of unequal size"}
CHANGES: tuple[tuple[str, dict[str, float]], ...] = (
    ("x3 loads .1, not .7", {"loading": 0.1}),
    ("mean of X .4 higher", {"mean": 0.4}),
    ("variance of X 1.6 times", {"spread": 1.6}),
    ("path X to Y .2, not .5", {"path": 0.2}),
)
CONDITIONS = (
    *(Condition(name=name, sizes=sizes) for sizes, name in EQUAL.items()),
    *(
        Condition(name=name, sizes=(size, size), **changed)
        for name, changed in CHANGES
        for size in (100, 300)
    ),
)


def draw_group(
    n_obs: int, condition: Condition | None, generator: np.random.Generator
) -> np.ndarray:
    """Draw answers (n, 9): of the first population, or of the condition's second one."""
    path = FIRST_PATH if condition is None else condition.path
    loadings = np.tile(LOADINGS, (3, 1))
    x, y, z = generator.normal(size=(3, n_obs))
    y = path * x + np.sqrt(1 - path**2) * y
    direct, through = TO_Z
    left = 1 - direct**2 - through**2 - 2 * direct * through * path
    z = direct * x + through * y + np.sqrt(left) * z
    if condition is not None:
        loadings[0, 2] = condition.loading
    factors = np.stack([x, y, z], axis=1)
    noise = generator.normal(size=(n_obs, 3, 3)) * np.sqrt(1 - loadings**2)
    answers = factors[:, :, None] * loadings + noise
    if condition is not None:
        answers[:, 0] = np.sqrt(condition.spread) * answers[:, 0] + condition.mean * loadings[0]
    return answers.reshape(n_obs, 9)


def draw_sample(condition: Condition, seed: int) -> pd.DataFrame:
    """Draw both groups; the column ``group`` holds ``a`` and ``b``."""
    generator = np.random.default_rng(seed)
    parts = [
        draw_group(size, changed, generator)
        for size, changed in zip(condition.sizes, (None, condition), strict=True)
    ]
    frame = pd.DataFrame(np.concatenate(parts), columns=list(MODEL.items))
    return frame.assign(group=np.repeat(["a", "b"], condition.sizes))


def p_values(frame: pd.DataFrame, seed: int, n_permutations: int, **how: str) -> dict[str, float]:
    """Test one sample: every step of MICOM for every construct, every path, all paths at once."""
    settings = Settings()
    moments = {
        "whole": compute_moments(frame, items=MODEL.items),
        "observed": compute_moments(frame, items=MODEL.items, by=["group"]),
        "permuted": permute_groups(
            frame,
            group="group",
            items=MODEL.items,
            n_permutations=n_permutations,
            seed=seed,
            **how,
        ),
    }
    steps = micom_table(moments, MODEL, settings, group="group").set_index(["step", "construct"])
    found = {f"{step} {construct}": p for (step, construct), p in steps["p_value"].items()}
    whole = fit_moments(moments["whole"], MODEL, settings)
    point, permuted = (
        fit_moments(moments[name], MODEL, settings, orientation=whole)
        for name in ("observed", "permuted")
    )
    both = permuted.paths, point.paths
    tested = permutation_p_value(*(pair_differences(each, "group").isel(pair=0) for each in both))
    paths = {f"path {a} -> {b}": tested.sel(source=a, target=b).item() for a, b in MODEL.paths}
    adjusted = dict(zip(paths, adjusted_p_values(list(paths.values())), strict=True))
    found |= paths | {"any path (Holm)": min(adjusted.values())}
    found["all paths at once"] = distance_table(*both[::-1], over="group")["p_value"].item()
    return found


def rejections(
    condition: Condition,
    replications: int,
    *,
    n_permutations: int = N_PERMUTATIONS,
    first_seed: int = FIRST_SEED,
) -> pd.DataFrame:
    """Test many samples of one condition.

    Returns
    -------
    DataFrame
        condition, sizes, test, same (whether what is tested is the same in both populations),
        rejected (share), replications.
    """
    found = pd.DataFrame(
        [
            p_values(draw_sample(condition, seed), seed, n_permutations)
            for seed in range(first_seed, first_seed + replications)
        ]
    )
    table = (found <= LEVEL).mean().rename("rejected").rename_axis("test").reset_index()
    differs = set(condition.differs)
    if "path X -> Y" in differs:
        differs |= {"any path (Holm)", "all paths at once"}
    return table.assign(
        condition=condition.name,
        sizes=" + ".join(map(str, condition.sizes)),
        same=~table["test"].isin(differs),
        replications=replications,
    )


def monte_carlo_error(share: pd.Series[float], replications: pd.Series[int]) -> pd.Series[float]:
    """Return sqrt(p (1 - p) / n)."""
    return (share * (1.0 - share) / replications) ** 0.5


def printed(found: pd.DataFrame) -> pd.DataFrame:
    """Return the shares as they are printed: a row a condition and size, a column a test."""
    error = monte_carlo_error(found["rejected"], found["replications"])
    text = found["rejected"].map("{:.3f}".format) + error.map(" ({:.3f})".format)
    text = text.where(found["same"], "**" + text + "**")
    wide = found.assign(text=text).pivot_table(
        index=["condition", "sizes", "replications"],
        columns="test",
        values="text",
        aggfunc="first",
        sort=False,
    )
    return wide.reset_index()


NOTE = f"""Share of samples in which a test rejects at {LEVEL}; in brackets its Monte-Carlo error,
sqrt(p (1 - p) / replications). What is tested is the same in both populations, and the share
should be {LEVEL}, except in bold: there it is the power. MICOM and the paths are tested one by one,
without adjustment; "any path (Holm)" rejects where the smallest of the three adjusted p-values
does. A changed loading also moves what X has in common with the others, so the paths from X, and
the variance of its composite, are not the same where x3 loads less; and a permutation test of one
thing supposes that the groups are exchangeable in all: where the path X to Y differs, the
compositional test of X rejects in a tenth of the samples. Why it does is told in
[group_dependence.md](group_dependence.md)."""


def simulate(replications: int, *, n_permutations: int, first_seed: int) -> pd.DataFrame:
    """Simulate all conditions, one after another."""
    how = {"n_permutations": n_permutations, "first_seed": first_seed}
    return pd.concat(
        [rejections(each, replications, **how) for each in CONDITIONS], ignore_index=True
    )


def main() -> None:
    """Simulate, print and write ``groups.md``."""
    use_one_thread()
    parser = argparse.ArgumentParser()
    parser.add_argument("--replications", type=int, default=REPLICATIONS)
    parser.add_argument("--n-permutations", type=int, default=N_PERMUTATIONS)
    parser.add_argument("--seed", type=int, default=FIRST_SEED, help="of the first sample")
    asked = parser.parse_args()
    command = (
        f"python benchmarks/group_simulations.py --replications {asked.replications} "
        f"--n-permutations {asked.n_permutations} --seed {asked.seed}"
    )
    conditions = describe_conditions(command, ("csat_models", "numpy", "pandas", "xarray"))
    (seconds,), found = seconds_of(
        lambda: simulate(
            asked.replications, n_permutations=asked.n_permutations, first_seed=asked.seed
        )
    )
    conditions |= {
        "Replications": f"{asked.replications} samples a condition",
        "Permutations": f"{asked.n_permutations} a sample",
        "Seeds": f"{asked.seed} and up",
        "Wall time": f"{seconds / 60:.1f} minutes, one process",
    }
    micom = found["test"].str.split(" ").str[0].isin(["compositional", "mean", "variance"])
    parts = [
        NOTE,
        "## Invariance of composites (MICOM)",
        markdown_table(printed(found[micom])),
        "## Paths",
        markdown_table(printed(found[~micom])),
    ]
    write_report("groups", "Size and power of the tests of groups", conditions, parts)


if __name__ == "__main__":
    main()
