"""A small model of satisfaction, its population, and its statistics there and anywhere."""

from __future__ import annotations

import xarray as xr

from csat_models import (
    Moments,
    PathModel,
    fit,
    satisfaction_index,
    specific_indirect_effects,
)
from csat_models.estimation import Estimates
from csat_models.survey.simulated.population import Population

STRUCTURE = """
Quality =~ 0.85*Q1 + 0.8*Q2 + 0.75*Q3
Value =~ 0.85*V1 + 0.8*V2
Satisfaction =~ 0.9*S1 + 0.85*S2 + 0.8*S3
Loyalty =~ 0.9*L1 + 0.8*L2 + 0.6*L3
Value ~ 0.6*Quality
Satisfaction ~ 0.5*Quality + 0.35*Value
Loyalty ~ 0.1*Quality + 0.6*Satisfaction
"""
MODEL = PathModel.parse(
    """
    Quality =~ Q1 + Q2 + Q3
    Value =~ V1 + V2
    Satisfaction =~ S1 + S2 + S3
    Loyalty =~ L1 + L2 + L3
    Value ~ Quality
    Satisfaction ~ Quality + Value
    Loyalty ~ Quality + Satisfaction
    """
)


def declare_population() -> Population:
    """Return the population: answers from 1 to 10 with means of 7.5."""
    return Population.declare(STRUCTURE, mean=7.5)


def true_estimates() -> Estimates:
    """Fit the model to the population moments of the discretised items."""
    moments = declare_population().item_moments().select(MODEL.items)
    table = Moments.from_table(mean=moments.mean, cov=moments.cov, n_obs=10**9)
    return fit(table, MODEL)


def statistics_of(estimates: Estimates) -> xr.DataArray:
    """Return paths, specific indirect effects and indices, (..., statistic)."""
    paths = [
        estimates.paths.sel(source=source, target=target, drop=True)
        for source, target in MODEL.paths
    ]
    routes = specific_indirect_effects(estimates)
    index = satisfaction_index(estimates)
    parts = [*paths, *(routes.isel(route=k, drop=True) for k in range(routes.sizes["route"]))]
    parts += [index.sel(construct=name, drop=True) for name in MODEL.construct_names]
    stacked = xr.concat(
        [part.reset_coords(drop=True).rename(None) for part in parts], dim="statistic"
    )
    return stacked.assign_coords(statistic=statistic_names()).transpose(..., "statistic")


def statistic_names() -> list[str]:
    """Name the statistics: their family, a colon, and what of it."""
    routes = specific_indirect_effects(true_estimates())["route"].values
    return [
        *(f"path: {source} -> {target}" for source, target in MODEL.paths),
        *(f"indirect effect: {route}" for route in routes),
        *(f"index: {name}" for name in MODEL.construct_names),
    ]
