"""What csat_models says of a case's measurement, structure and fit."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from benchmarks.parity.cases import Case, folds, survey
from benchmarks.parity.labels import Values, arrow, pair
from csat_models import assessment

if TYPE_CHECKING:
    from csat_models import Estimates


def estimates_of(case: Case) -> Estimates:
    """Estimate a case, as the other room does."""
    from benchmarks.parity.ours import fitted

    return fitted(case)


def by_item(criterion: Callable[[Estimates], xr.DataArray]) -> Callable[[Case], Values]:
    """Return a quantity that has one number an item."""

    def values(case: Case) -> Values:
        series = criterion(estimates_of(case)).to_series()
        return {item: float(series[item]) for item in case.items}

    return values


def by_path(criterion: Callable[[Estimates], xr.DataArray]) -> Callable[[Case], Values]:
    """Return a quantity that has one number a path."""

    def values(case: Case) -> Values:
        found = criterion(estimates_of(case))
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
        series = assessment.information_criteria(estimates_of(case))[name].to_series().dropna()
        return {str(construct): float(value) for construct, value in series.items()}

    return values


def cross_loadings(case: Case) -> Values:
    table = assessment.cross_loadings(estimates_of(case)).transpose("item", "construct").to_pandas()
    return {
        pair(item, name): float(table.at[item, name])
        for item in case.items
        for name in case.constructs
    }


def htmt2(case: Case) -> Values:
    table = assessment.htmt2(estimates_of(case)).to_pandas()
    names = case.constructs
    return {
        pair(one, other): float(table.at[one, other])
        for j, one in enumerate(names)
        for other in names[j + 1 :]
    }


def fit_of(structure: str, d_g_divisor: float = 1.0) -> Callable[[Case], Values]:
    """Return SRMR, d_ULS and d_G, the items of a Mode A construct explained by a factor."""
    how = {"structure": structure, "blocks": "factor"}

    def values(case: Case) -> Values:
        found = estimates_of(case)
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
    return {"GoF": assessment.goodness_of_fit(estimates_of(case)).item()}


@cache
def prediction(case: Case, antecedents: str, way: str) -> assessment.Prediction:
    """Predict with R's ten folds, or leave one out after the other.

    Unless `way` is "others", the linear model has the items of the model's
    antecedents; of exogenous constructs where one is left out, as in cSEM.
    """
    frame = survey(case.data)
    each = way == "leave-one-out"
    dealt = np.arange(len(frame)) if each else folds().sort_values("row")["fold"].to_numpy()
    linear = {"others": "others", "leave-one-out": "earliest"}.get(way)
    return assessment.plspredict(
        estimates_of(case),
        frame,
        folds=dealt,
        antecedents=antecedents,
        linear=linear,
    )


def predicted(measure: str, antecedents: str, way: str) -> Callable[[Case], Values]:
    """Return the errors of the model and of the linear model."""

    def values(case: Case) -> Values:
        table = getattr(prediction(case, antecedents, way), measure.lower()).to_pandas()
        return {
            f"{predictor}: {item}": float(table.at[predictor, item])
            for predictor in ("model", "linear_model")
            for item in table.columns
        }

    return values


WAYS = {
    "PLSpredict {}": "antecedents",
    "PLSpredict {}, linear model of all other items": "others",
    "leave-one-out {}": "leave-one-out",
}
ERRORS = {
    words.format(f"{measure}, {antecedents} antecedents"): predicted(measure, antecedents, way)
    for words, way in WAYS.items()
    for measure in ("RMSE", "MAE")
    for antecedents in ("direct", "earliest")
}


def q2(antecedents: str) -> Callable[[Case], Values]:
    """Return Q2_predict."""

    def values(case: Case) -> Values:
        table = prediction(case, antecedents, "antecedents").rmse.to_pandas()
        ratio = 1 - (table.loc["model"] / table.loc["mean"]) ** 2
        return {str(item): float(value) for item, value in ratio.items()}

    return values


LOG_10_SQUARED = 5.301898110478399  # natural logarithm of 10, squared

QUANTITIES: dict[str, Callable[[Case], Values]] = ERRORS | {
    "Q2_predict, direct antecedents": q2("direct"),
    "Q2_predict, earliest antecedents": q2("earliest"),
    "HTMT2": htmt2,
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
