"""What csat_models says of a case by maximum likelihood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import pandas as pd

import csat_models as csat
from benchmarks.parity.case import Case
from benchmarks.parity.labels import Values
from benchmarks.parity.samples import survey
from csat_models.estimation.covariance import (
    CovarianceFit,
    covariance_fit_measures,
    difference_test,
    fit_covariance,
    modification_indices,
    parameter_table,
    robust_fit,
)
from csat_models.estimation.covariance.parameters import EQUAL


@lru_cache(maxsize=16)
def fitted(case: Case) -> CovarianceFit:
    """Estimate a case."""
    text = [f"{name} =~ {' + '.join(items)}" for name, items in case.blocks]
    text += [f"{target} ~ {source}" for source, target in case.paths]
    model = csat.PathModel.parse("\n".join(text))
    return fit_covariance(
        survey(case.data),
        model,
        residual_covariances=case.residuals,
        group=case.group or None,
        equal=case.equal,
        missing="fiml" if case.missing == "fiml" else "listwise",
    )


@lru_cache(maxsize=8)
def parameters(case: Case) -> pd.DataFrame:
    """Tabulate the parameters, labelled as lavaan labels them."""
    kind = "huber_white" if case.robust else "standard"
    table = parameter_table(fitted(case), standard_errors=kind)
    return table.set_index(table["lhs"] + " " + table["op"] + " " + table["rhs"])


def column(name: str) -> Callable[[Case], Values]:
    """Return one column, without what is missing, as a fixed parameter's standard error."""

    def values(case: Case) -> Values:
        return {str(k): float(v) for k, v in parameters(case)[name].dropna().items()}

    return values


NAMES = {
    "chi-square": "chi_square",
    "degrees of freedom": "degrees_of_freedom",
    "p": "p_value",
    "CFI": "cfi",
    "TLI": "tli",
    "RMSEA": "rmsea",
    "RMSEA, lower end": "rmsea_low",
    "RMSEA, upper end": "rmsea_high",
    "p of close fit": "rmsea_close_fit_p",
    "SRMR": "srmr",
    "GFI": "gfi",
    "AGFI": "agfi",
    "AIC": "aic",
    "BIC": "bic",
    "log-likelihood": "log_likelihood",
}


def fit_measures(case: Case) -> Values:
    found = covariance_fit_measures(fitted(case))
    return {label: float(getattr(found, name)) for label, name in NAMES.items()}


ROBUST = {
    "scaled chi-square": "chi_square",
    "p": "p_value",
    "scaling factor": "scaling_factor",
    "scaled CFI": "cfi_scaled",
    "scaled TLI": "tli_scaled",
    "scaled RMSEA": "rmsea_scaled",
    "robust CFI": "cfi",
    "robust TLI": "tli",
    "robust RMSEA": "rmsea",
}


ALL_ROBUST = ROBUST | {
    "scaled RMSEA, lower end": "rmsea_scaled_low",
    "scaled RMSEA, upper end": "rmsea_scaled_high",
    "p of close fit, scaled": "rmsea_scaled_close_fit_p",
    "robust RMSEA, lower end": "rmsea_low",
    "robust RMSEA, upper end": "rmsea_high",
    "p of close fit, robust": "rmsea_close_fit_p",
}


def incomplete_fit_measures(case: Case) -> Values:
    """Scaled and robust measures with missing answers, and the GFI."""
    found = robust_fit(fitted(case), correction="yuan_bentler")
    gfi = {"GFI": covariance_fit_measures(fitted(case)).gfi}
    return {label: float(getattr(found, name)) for label, name in ALL_ROBUST.items()} | gfi


def difference_tests(case: Case) -> Values:
    """Each level of invariance against the one before."""
    fits = [fitted(replace(case, equal=EQUAL[:count])) for count in range(4)]
    correction = {"ML": None, "MLM": "satorra_bentler", "MLR": "yuan_bentler"}[
        case.name.rsplit("_", maxsplit=1)[1]
    ]
    found = {}
    for place, level in enumerate(("metric", "scalar", "strict")):
        test = difference_test(fits[place + 1], fits[place], correction=correction)
        found |= {
            f"chi-square: {level}": test.chi_square,
            f"degrees of freedom: {level}": float(test.degrees_of_freedom),
            f"p: {level}": test.p_value,
        }
    return found


def robust_fit_measures(case: Case) -> Values:
    found = robust_fit(fitted(case))
    return {label: float(getattr(found, name)) for label, name in ROBUST.items()}


def invariance_fit(case: Case) -> Values:
    wanted = ("chi-square", "degrees of freedom", "p", "CFI", "TLI", "RMSEA", "SRMR", "AIC", "BIC")
    found = fit_measures(case)
    return {label: found[label] for label in wanted}


def largest_modifications(case: Case) -> Values:
    """Modification indices and expected changes of the ten largest."""
    found = modification_indices(fitted(case)).head(10)
    labels = found["lhs"] + " " + found["op"] + " " + found["rhs"]
    pairs = zip(labels, found["modification_index"], found["expected_change"], strict=True)
    return {
        f"{kind} = {label}": float(value)
        for label, *both in pairs
        for kind, value in zip(("index", "change"), both, strict=True)
    }


QUANTITIES: dict[str, Callable[[Case], Values]] = {
    "maximum-likelihood estimates": column("estimate"),
    "standard errors of maximum likelihood": column("standard_error"),
    "standardised estimates": column("standardised"),
    "fit measures": fit_measures,
    "fit measures of groups": invariance_fit,
    "robust fit measures": robust_fit_measures,
    "fit measures of incomplete rows": incomplete_fit_measures,
    "difference tests": difference_tests,
    "modification indices": largest_modifications,
}
