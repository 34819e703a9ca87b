"""What csat_models says of two groups: their invariance, and their paths."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import xarray as xr

from benchmarks.parity.case import Case
from benchmarks.parity.estimating import fitted, model_of, settings_of
from benchmarks.parity.labels import Values, arrow
from benchmarks.parity.samples import group_rows, shuffles, survey
from csat_models import Estimates, Moments, compute_moments, fit, micom, permutation_p_value
from csat_models.assessment.groups import pair_differences
from csat_models.assessment.groups.multigroup import henseler_p_value


@cache
def invariance(case: Case) -> pd.DataFrame:
    """Return the three steps; permutations do not change their statistics."""
    settings = fit(survey(case.data), model_of(case), **settings_of(case)).settings
    table = micom(
        survey(case.data),
        model_of(case),
        group=case.group,
        n_permutations=1,
        seed=1,
        settings=settings,
    )
    return table.set_index(["step", "construct"])


def step(name: str, *, by_n: bool = False) -> Callable[[Case], Values]:
    """Return one step's statistic; means with composites of variance 1 by the divisor n."""

    def values(case: Case) -> Values:
        n = len(survey(case.data))
        factor = np.sqrt(n / (n - 1)) if by_n else 1.0
        found = invariance(case)["value"]
        return {each: float(factor * found[name, each]) for each in case.constructs}

    return values


@cache
def groups(case: Case) -> tuple[Estimates, Estimates]:
    """Fit the groups of the sample, and of given resamples of each: (draw, group)."""
    frame, items = survey(case.data), list(case.items)
    how = {"orientation": fitted(case), **settings_of(case)}
    point = fit(frame, model_of(case), by=[case.group], **how)
    parts = []
    for place, rows in group_rows(case):
        own = frame.iloc[place][items]
        drawn = [compute_moments(own.iloc[picked]) for picked in rows]
        parts.append(
            {
                name: xr.concat([getattr(each, name) for each in drawn], "draw")
                for name in ("mean", "cov", "n_obs")
            }
        )
    together = {name: xr.concat([part[name] for part in parts], case.group) for name in parts[0]}
    moments = {name: array.transpose("draw", ...) for name, array in together.items()}
    return point, fit(Moments.from_table(**moments), model_of(case), **how)


def differences(case: Case) -> Values:
    gaps = pair_differences(groups(case)[0].paths, case.group).isel(pair=0)
    return {arrow(a, b): gaps.sel(source=a, target=b).item() for a, b in case.paths}


def p_values(case: Case) -> Values:
    point, draws = (each.paths.transpose(..., "source", "target") for each in groups(case))
    found = henseler_p_value(point.to_numpy(), draws.to_numpy())
    labelled = point.isel({case.group: 0}, drop=True).copy(data=found)
    return {arrow(a, b): labelled.sel(source=a, target=b).item() for a, b in case.paths}


@cache
def shuffled(case: Case) -> np.ndarray:
    """Differences of paths of shuffled groups, (shuffle, path)."""
    frame, first = survey(case.data), len(group_rows(case)[0][0])
    parts = []
    for half in (slice(None, first), slice(first, None)):
        drawn = [
            compute_moments(frame.iloc[order[half]][list(case.items)]) for order in shuffles(case)
        ]
        moments = {
            name: xr.concat([getattr(each, name) for each in drawn], "draw")
            for name in ("mean", "cov", "n_obs")
        }
        how = {"orientation": fitted(case), **settings_of(case)}
        parts.append(fit(Moments.from_table(**moments), model_of(case), **how).paths)
    gaps = parts[0] - parts[1]
    return np.stack([gaps.sel(source=a, target=b) for a, b in case.paths], axis=-1)


def permutation_p_values(case: Case) -> Values:
    observed = xr.DataArray(list(differences(case).values()), dims="path")
    found = permutation_p_value(
        xr.DataArray(shuffled(case), dims=["permutation", "path"]), observed
    )
    return {arrow(*path): float(p) for path, p in zip(case.paths, found, strict=True)}


QUANTITIES: dict[str, Callable[[Case], Values]] = {
    "compositional invariance": step("compositional"),
    "differences of means, composites of variance 1 by the divisor n": step("mean", by_n=True),
    "logarithms of variance ratios": step("variance"),
    "differences of paths between groups": differences,
    "multi-group p-values, same rows drawn": p_values,
    "permutation p-values, same rows shuffled": permutation_p_values,
}
