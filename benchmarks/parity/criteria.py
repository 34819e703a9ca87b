"""What csat_models says of a case's measurement, structure and fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import xarray as xr

from benchmarks.parity.case import Case
from benchmarks.parity.cases import ALTERNATIVES
from benchmarks.parity.estimating import fitted, model_of, pairs, settings_of
from benchmarks.parity.labels import Values, arrow, pair
from benchmarks.parity.samples import survey
from csat_models import Estimates, assessment, compute_moments, fit


def by_item(criterion: Callable[[Estimates], xr.DataArray]) -> Callable[[Case], Values]:
    """Return a quantity that has one number an item."""

    def values(case: Case) -> Values:
        series = criterion(fitted(case)).to_series()
        return {item: float(series[item]) for item in case.items}

    return values


def by_path(criterion: Callable[[Estimates], xr.DataArray]) -> Callable[[Case], Values]:
    """Return a quantity that has one number a path."""

    def values(case: Case) -> Values:
        found = criterion(fitted(case))
        return {arrow(a, b): found.sel(source=a, target=b).item() for a, b in case.paths}

    return values


def shared(criterion: Callable[[Estimates], xr.DataArray]) -> Callable[[Case], Values]:
    """Return the same for the paths to constructs that have another predecessor."""

    def values(case: Case) -> Values:
        targets = [target for _, target in case.paths]
        alone = {arrow(a, b) for a, b in case.paths if targets.count(b) == 1}
        found = by_path(criterion)(case)
        return {label: value for label, value in found.items() if label not in alone}

    return values


def by_target(name: str) -> Callable[[Case], Values]:
    """Return one of the information criteria."""

    def values(case: Case) -> Values:
        series = assessment.information_criteria(fitted(case))[name].to_series().dropna()
        return {str(construct): float(value) for construct, value in series.items()}

    return values


def cross_loadings(case: Case) -> Values:
    table = assessment.cross_loadings(fitted(case)).transpose("item", "construct").to_pandas()
    return {
        pair(item, name): float(table.at[item, name])
        for item in case.items
        for name in case.constructs
    }


def htmt2(case: Case) -> Values:
    return pairs(case, assessment.htmt2(fitted(case)))


def item_communalities(case: Case) -> Values:
    series = assessment.indicator_reliability(fitted(case)).to_series()
    return {item: float(series[item]) for item in case.items}


def full_collinearity(case: Case) -> Values:
    series = assessment.full_collinearity_vif(fitted(case)).to_series()
    return {name: float(series[name]) for name in case.constructs}


def redundancy(case: Case) -> Values:
    """Paths from formative constructs to global items of the same survey."""
    globals_of = dict(case.global_items)
    wanted = [*case.items, *globals_of.values()]
    moments = compute_moments(survey(case.data)[wanted], missing=case.missing)
    found = assessment.redundancy_analysis(moments, fitted(case), global_items=globals_of)
    return {arrow(a, b): float(found.sel(construct=a)) for a, b in case.global_items}


def marker_adjusted(case: Case) -> Values:
    """Construct correlations less the smallest one with the marker."""
    wider = replace(case, blocks=(*case.blocks, ("Marker", (case.marker,))))
    found = fit(survey(case.data), model_of(wider), missing=case.missing, **settings_of(wider))
    return pairs(case, assessment.marker_adjusted(found, marker="Marker"))


def akaike_weights(case: Case) -> Values:
    """Weights of the model and of one without one of its paths, by their BIC of Satisfaction."""
    models = [case, ALTERNATIVES[case.name]]
    bic = [
        assessment.information_criteria(fitted(each))["bic"].sel(construct="Satisfaction").item()
        for each in models
    ]
    names = [each.name for each in models]
    weights = assessment.akaike_weights(xr.DataArray(bic, {"model": names}, "model"))
    return {str(name): float(value) for name, value in weights.to_series().items()}


def fit_of(structure: str, d_g_divisor: float = 1.0) -> Callable[[Case], Values]:
    """Return SRMR, d_ULS and d_G, the items of a Mode A construct explained by a factor."""
    how = {"structure": structure, "blocks": "factor"}

    def values(case: Case) -> Values:
        found = fitted(case)
        return {
            "SRMR": assessment.srmr(found, **how).item(),
            "d_ULS": assessment.d_uls(found, **how).item(),
            "d_G": assessment.d_g(found, **how).item() / d_g_divisor,
        }

    return values


def fit_without_diagonal(case: Case) -> Values:
    """SRMR over the pairs of items only, without the diagonal, whose residuals are 0."""
    size = len(case.items)
    ratio = (size * (size + 1) / (size * (size - 1))) ** 0.5
    found = fit_of("saturated")(case)
    return {"SRMR": found["SRMR"] * ratio, "d_ULS": found["d_ULS"]}


def gof(case: Case) -> Values:
    return {"GoF": assessment.goodness_of_fit(fitted(case)).item()}


LOG_10_SQUARED = 5.301898110478399  # natural logarithm of 10, squared

QUANTITIES: dict[str, Callable[[Case], Values]] = {
    "HTMT2": htmt2,
    "communalities of items": item_communalities,
    "full collinearity VIF": full_collinearity,
    "paths to global items": redundancy,
    "correlations less the marker's": marker_adjusted,
    "Akaike weights": akaike_weights,
    "cross loadings": cross_loadings,
    "VIF of items": by_item(assessment.indicator_vif),
    "VIF of predecessors": by_path(assessment.inner_vif),
    "VIF of predecessors that share a target": shared(assessment.inner_vif),
    "f2": by_path(assessment.effect_size),
    "GoF": gof,
    "AIC": by_target("aic"),
    "AICc": by_target("aicc"),
    "BIC": by_target("bic"),
    "HQ": by_target("hq"),
    "Cp": by_target("cp"),
    "fit, estimated model": fit_of("estimated"),
    "fit, saturated model": fit_of("saturated"),
    "fit, estimated model, logarithms to base 10": fit_of("estimated", LOG_10_SQUARED),
    "fit, saturated model, logarithms to base 10": fit_of("saturated", LOG_10_SQUARED),
    "fit, saturated model, without the diagonal": fit_without_diagonal,
}
