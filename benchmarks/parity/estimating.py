"""A case, estimated by csat_models: what all rooms of our numbers begin with."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import xarray as xr

import csat_models as csat
from benchmarks.parity.case import Case
from benchmarks.parity.labels import Values, arrow, pair
from benchmarks.parity.samples import survey

TOLERANCE = 1e-13
MOST = 1000


def model_of(case: Case) -> csat.PathModel:
    """Write a case in the model language."""
    products = [(f"{one}:{other}", target) for one, other, target in case.products]
    text = [f"{name} =~ {' + '.join(items)}" for name, items in case.blocks]
    text += [f"{name} =~ {' + '.join(inner)}" for name, inner in case.higher_order]
    text += [f"{target} ~ {source}" for source, target in (*case.paths, *products)]
    modes = {name: mode for name, mode in case.modes if len(items_of(case, name)) > 1}
    return csat.PathModel.parse("\n".join(text), modes=modes)


def items_of(case: Case, construct: str) -> tuple[str, ...]:
    """Return items, or the dimensions of a construct of higher order."""
    return dict((*case.blocks, *case.higher_order))[construct]


def settings_of(case: Case) -> dict[str, Any]:
    """Return the keywords of a case's call of fit."""
    return {
        "method": "plsc" if case.consistent else "pls",
        "scheme": case.scheme,
        "standardised": case.standardised,
        "tolerance": TOLERANCE,
        "max_iterations": MOST,
        "on_inadmissible": "keep",
        "interactions": case.interactions,
    }


@lru_cache(maxsize=64)
def fitted(case: Case) -> csat.Estimates:
    """Estimate a case from rows."""
    frame = survey(case.data)
    return csat.fit(frame, model_of(case), missing=case.missing, **settings_of(case))


@lru_cache(maxsize=8)
def scaled(case: Case) -> csat.Estimates:
    """Estimate a case whose answers are known to lie between 1 and 10, chosen or not."""
    found = csat.compute_moments(survey(case.data)[list(case.items)])
    moments = csat.Moments.from_table(
        mean=found.mean, cov=found.cov, n_obs=found.n_obs, scale_min=1.0, scale_max=10.0
    )
    return csat.fit(moments, model_of(case), **settings_of(case))


def by(values: xr.DataArray, dim: str, names: Any = None) -> Values:
    """Label numbers along one dimension."""
    series = values.to_series()
    wanted = list(series.index) if names is None else names
    return {str(name): float(series[name]) for name in wanted}


def cells(table: xr.DataArray, pairs: list[tuple[str, str]]) -> Values:
    """Take cells of a source by target table."""
    frame = table.transpose("source", "target").to_pandas()
    return {arrow(a, b): float(frame.at[a, b]) for a, b in pairs}


def pairs(case: Case, table: xr.DataArray) -> Values:
    """Take the upper triangle, in model order."""
    frame, names = table.to_pandas(), case.constructs
    return {
        pair(one, other): float(frame.at[one, other])
        for j, one in enumerate(names)
        for other in names[j + 1 :]
    }
