"""Do 95 % intervals of paths, indirect effects and the index cover, from n = 100 to 2,000?

Samples of a small model of satisfaction, each with its bootstrap; the truth is the same estimator
at the population moments of the discretised items. Many samples are worked on as one batch. With
the defaults it takes about an hour on one core::

    python benchmarks/path_coverage.py

The report is a section of ``coverage.md``; the rest of that file stays as it is.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
import xarray as xr
from conditions import (
    ROOT,
    describe_conditions,
    markdown_table,
    seconds_of,
    use_one_thread,
)
from numpy.typing import NDArray
from parts_of_draws import moments_of_sums, part_sums, whole_and_without
from small_model import MODEL, declare_population, statistics_of, true_estimates

from csat_models import (
    Moments,
    interval,
)
from csat_models.estimation import Estimates, fit_moments
from csat_models.estimation.draws.leave_outs import standard_error_array
from csat_models.survey.simulated.discretisation import discretise

Array = NDArray[np.float64]

SIZES, REPLICATIONS, N_BOOT, SEED = (100, 250, 500, 1000, 2000), 1000, 500, 41
LEVEL = 0.95
KINDS = ("percentile", "bca", "studentised", "normal")
FAMILIES = ("path", "indirect effect", "index")

# Groups of rows that are left out for a draw's own standard error, and for the acceleration.
INNER_PARTS, PARTS = 25, 50

# Samples worked on at a time; it changes no result.
BATCH = 4


def draw_sample(
    n: int, replication: int, n_boot: int, seed: int
) -> tuple[Array, NDArray[np.int64]]:
    """Draw answers (n, K), and the respondents of each draw, (n_boot, n).

    Each replication has a random stream of its own, so that batches change nothing.
    """
    population = declare_population()
    generator = np.random.default_rng([seed, n, replication])
    mixing = population.structure.mixing
    normals = generator.standard_normal((n, mixing.shape[0]))
    latent = population.latent_mean.to_numpy().reshape(-1) + population.spread * (normals @ mixing)
    answers = discretise(latent, population.low, population.high)
    return answers, generator.integers(0, n, size=(n_boot, n))


def fit_batch(mean: Array, cov: Array, dims: tuple[str, ...], truth: Estimates) -> xr.DataArray:
    """Fit the model to moments (..., K) and return the statistics, (*dims, statistic)."""
    items = list(MODEL.items)
    moments = Moments.from_table(
        mean=xr.DataArray(mean, dims=[*dims, "item"], coords={"item": items}),
        cov=xr.DataArray(
            cov, dims=[*dims, "item", "item_2"], coords={"item": items, "item_2": items}
        ),
        n_obs=1000,
    )
    return statistics_of(fit_moments(moments, MODEL, truth.settings, orientation=truth))


def replicate(
    n: int, replications: range, n_boot: int, seed: int, truth: Estimates
) -> dict[str, xr.Dataset]:
    """Intervals of every kind for some samples of n, dims (replication, statistic)."""
    moments, inner, outer = [], [], []
    for replication in replications:
        answers, picks = draw_sample(n, replication, n_boot, seed)
        centre, once = answers.mean(axis=0), np.arange(n)[None]
        sums = whole_and_without(part_sums(answers, picks, INNER_PARTS))
        moments.append(moments_of_sums(sums, centre))
        own = whole_and_without(part_sums(answers, once, INNER_PARTS))[:, 0]
        inner.append(moments_of_sums(own, centre))
        left = whole_and_without(part_sums(answers, once, PARTS))[1:, 0]
        outer.append(moments_of_sums(left, centre))
    draws = _fit_all(moments, ("replication", "part", "draw"), truth)
    whole = _fit_all(inner, ("replication", "part"), truth)
    left = _fit_all(outer, ("replication", "part"), truth)
    return intervals_of(draws, whole, left)


def _fit_all(
    moments: list[tuple[Array, Array]], dims: tuple[str, ...], truth: Estimates
) -> xr.DataArray:
    mean, cov = (np.stack(arrays) for arrays in zip(*moments, strict=True))
    return fit_batch(mean, cov, dims, truth)


def intervals_of(
    draws: xr.DataArray, whole: xr.DataArray, left: xr.DataArray
) -> dict[str, xr.Dataset]:
    """Intervals of every kind.

    Parameters
    ----------
    draws, whole : DataArray (replication, part, [draw,] statistic)
        Of the draws and of the samples; part 0 is the whole, the others leave a part out.
    left : DataArray (replication, part, statistic)
        The samples without each part, for the acceleration.
    """
    errors = _standard_error(draws.isel(part=slice(1, None)))
    error = _standard_error(whole.isel(part=slice(1, None)))
    drawn, point = draws.isel(part=0), whole.isel(part=0)
    needs = {
        "bca": {"jackknife": left},
        "studentised": {"standard_errors": errors, "standard_error": error},
    }
    return {
        kind: interval(drawn, point=point, level=LEVEL, kind=kind, **needs.get(kind, {}))
        for kind in KINDS
    }


def _standard_error(left: xr.DataArray) -> xr.DataArray:
    values = left.transpose("part", ...)
    return values.isel(part=0).copy(data=standard_error_array(values.to_numpy()))


def simulate(
    n: int,
    *,
    replications: int = REPLICATIONS,
    n_boot: int = N_BOOT,
    seed: int = SEED,
    first: int = 0,
    batch: int = BATCH,
) -> pd.DataFrame:
    """Take many samples of n, with all their intervals.

    Parameters
    ----------
    n, replications, n_boot, seed : int
    first : int
        Number of the first replication.
    batch : int
        Replications worked on at a time; it changes no result.

    Returns
    -------
    DataFrame
        One row an interval: n, kind, replication, statistic, estimate, lower, upper,
        standard_error, truth, covered.
    """
    estimates = true_estimates()
    truth = statistics_of(estimates).to_series()
    tables = []
    for block in _blocks(n, range(first, first + replications), batch):
        for kind, found in replicate(n, block, n_boot, seed, estimates).items():
            table = found.drop_vars("n_draws").to_dataframe().reset_index()
            table["replication"] += block.start
            tables.append(table.assign(n=n, kind=kind))
    rows = pd.concat(tables, ignore_index=True)
    rows["truth"] = rows["statistic"].map(truth)
    return rows.assign(covered=rows["truth"].between(rows["lower"], rows["upper"]))


def _blocks(n: int, replications: range, batch: int) -> Iterator[range]:
    from tqdm import tqdm  # type: ignore[import-untyped]

    for start in tqdm(replications[::batch], unit="batch", desc=f"n = {n}"):
        yield range(start, min(start + batch, replications.stop))


def coverage_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Coverage by family of statistics, kind of interval and n.

    Returns
    -------
    DataFrame
        family, kind, n, intervals, coverage, mc_error (from the spread of the replications'
        shares, since the statistics of a sample hang together), lowest, highest (of single
        statistics), below and above (shares of intervals that lie below and above the truth),
        width, and se_ratio, the mean bootstrap standard error over the standard deviation of
        the estimates between replications.
    """
    rows = rows.assign(
        family=rows["statistic"].str.partition(":")[0],
        width=rows["upper"] - rows["lower"],
        below=rows["upper"] < rows["truth"],
        above=rows["lower"] > rows["truth"],
    )
    keys = ["family", "kind", "n"]
    groups = rows.groupby(keys, sort=False)
    single = rows.groupby([*keys, "statistic"], sort=False)
    shares = single["covered"].mean().groupby(keys, sort=False)
    ratio = (single["standard_error"].mean() / single["estimate"].std()).groupby(keys, sort=False)
    by_sample = rows.groupby([*keys, "replication"], sort=False)["covered"].mean()
    spread = by_sample.groupby(keys, sort=False)
    table = groups[["covered", "below", "above", "width"]].mean()
    table = table.rename(columns={"covered": "coverage"}).assign(
        intervals=groups.size(),
        mc_error=spread.std() / spread.size() ** 0.5,
        lowest=shares.min(),
        highest=shares.max(),
        se_ratio=ratio.mean(),
    )
    order = pd.MultiIndex.from_product([FAMILIES, KINDS, rows["n"].unique()], names=keys)
    return table.reindex(order).reset_index()


def text_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers of :func:`coverage_table` as they are printed."""

    def share(column: str) -> pd.Series[str]:
        return table[column].map("{:.3f}".format)

    return pd.DataFrame(
        {
            "Statistic": table["family"],
            "Interval": table["kind"],
            "n": table["n"].map("{:,}".format),
            "Intervals": table["intervals"].map("{:,}".format),
            "Coverage": share("coverage"),
            "MC error": table["mc_error"].map("{:.4f}".format),
            "Single statistics": share("lowest") + " - " + share("highest"),
            "Too low": share("below"),
            "Too high": share("above"),
            "Mean width": table["width"].map("{:.4g}".format),
            "SE / SD": share("se_ratio"),
        }
    )


HEADING = "## Paths, indirect effects and the index by sample size"
NOTE = f"""The model: Quality (3 items), Value (2), Satisfaction (3) and Loyalty (3), answers from 1
to 10, five paths, four specific indirect effects, four indices; path scheme, Mode A. Truth: the
same estimator at the population moments of the discretised items. MC error: from the spread of the
samples' shares of covering intervals. Too low, too high: intervals that lie below and above the
truth. SE / SD: mean bootstrap standard error over the standard deviation of the estimates. The
acceleration of BCa intervals is of {PARTS} groups of respondents, the studentised draws' standard
errors are of {INNER_PARTS} groups of each draw's respondents, and so is the sample's."""


def write_section(conditions: Mapping[str, str], rows: pd.DataFrame) -> None:
    """Print the section and put it into ``coverage.md``; all else in there stays."""
    facts = "\n".join(f"- {key}: {value}" for key, value in conditions.items())
    body = "\n\n".join([facts, markdown_table(text_table(coverage_table(rows))), NOTE])
    print(body)
    path = ROOT / "benchmarks" / "coverage.md"
    before, _, after = path.read_text(encoding="utf-8").partition(HEADING)
    following = after.find("\n## ")
    rest = after[following:] if following >= 0 else "\n"
    draft = path.with_suffix(".new")
    draft.write_text(
        f"{before.rstrip()}\n\n{HEADING}\n\n{body}\n{rest.lstrip()}".rstrip() + "\n", "utf-8"
    )
    draft.replace(path)


def main() -> None:
    """Simulate, print, and write the section of ``coverage.md``."""
    use_one_thread()
    parser = argparse.ArgumentParser()
    parser.add_argument("--replications", type=int, default=REPLICATIONS)
    parser.add_argument("--n-boot", type=int, default=N_BOOT)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    asked = parser.parse_args()
    how = {"replications": asked.replications, "n_boot": asked.n_boot, "seed": asked.seed}
    command = (
        f"python benchmarks/path_coverage.py --replications {asked.replications} "
        f"--n-boot {asked.n_boot} --seed {asked.seed} "
        f"--sizes {' '.join(map(str, asked.sizes))}"
    )
    conditions = describe_conditions(command, ("csat_models", "numpy", "xarray"))
    (seconds,), rows = seconds_of(
        lambda: pd.concat([simulate(n, **how) for n in asked.sizes], ignore_index=True)
    )
    conditions |= {
        "Replications": f"{asked.replications:,} samples of each size",
        "Draws": f"{asked.n_boot} a sample",
        "Seed": str(asked.seed),
        "Wall time": f"{seconds / 60:.1f} minutes, one process of one thread",
    }
    write_section(conditions, rows)


if __name__ == "__main__":
    main()
