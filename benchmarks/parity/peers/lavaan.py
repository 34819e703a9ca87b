"""lavaan (R), by the numbers that it once printed, stored with its scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.parity.case import Case
from benchmarks.parity.labels import Values
from benchmarks.parity.peers.stored import load

FIT_NAMES = {
    "chi-square": "chisq",
    "degrees of freedom": "df",
    "p": "pvalue",
    "CFI": "cfi",
    "TLI": "tli",
    "RMSEA": "rmsea",
    "RMSEA, lower end": "rmsea.ci.lower",
    "RMSEA, upper end": "rmsea.ci.upper",
    "p of close fit": "rmsea.pvalue",
    "SRMR": "srmr",
    "GFI": "gfi",
    "AGFI": "agfi",
    "AIC": "aic",
    "BIC": "bic",
    "log-likelihood": "logl",
}
ROBUST_NAMES = {
    "scaled chi-square": "chisq.scaled",
    "p": "pvalue.scaled",
    "scaling factor": "chisq.scaling.factor",
    "scaled CFI": "cfi.scaled",
    "scaled TLI": "tli.scaled",
    "scaled RMSEA": "rmsea.scaled",
    "robust CFI": "cfi.robust",
    "robust TLI": "tli.robust",
    "robust RMSEA": "rmsea.robust",
}
ALL_ROBUST_NAMES = ROBUST_NAMES | {
    "scaled RMSEA, lower end": "rmsea.ci.lower.scaled",
    "scaled RMSEA, upper end": "rmsea.ci.upper.scaled",
    "p of close fit, scaled": "rmsea.pvalue.scaled",
    "robust RMSEA, lower end": "rmsea.ci.lower.robust",
    "robust RMSEA, upper end": "rmsea.ci.upper.robust",
    "p of close fit, robust": "rmsea.pvalue.robust",
    "GFI": "gfi",
}
OLDER = "lavaan_covariance"


def file_of(case: Case) -> dict[str, Any]:
    """Return what lavaan 0.6.20 said of a case, or else what 0.6.14 did."""
    newer = load("lavaan")["cases"]
    found: dict[str, Any] = (newer if case.name in newer else load("lavaan_covariance"))[case.name]
    return found


def fit(case: Case) -> Values:
    found = file_of(case)["fit"]
    return {ours: float(found[theirs]) for ours, theirs in FIT_NAMES.items()}


def column(name: str) -> Callable[[Case], Values]:
    """Return the function that reads one column of the parameters, without defined ones."""

    def values(case: Case) -> Values:
        found = load("lavaan")["cases"][case.name][name]
        return {label: x for label, x in found.items() if x is not None and ":=" not in label}

    return values


def errors(case: Case) -> Values:
    """Read standard errors; 0 stands for a fixed parameter's."""
    return {label: value for label, value in column("se")(case).items() if value}


def robust(case: Case) -> Values:
    found = file_of(case)["fit"]
    return {ours: float(found[theirs]) for ours, theirs in ROBUST_NAMES.items()}


def groups(case: Case) -> Values:
    wanted = ("chi-square", "degrees of freedom", "p", "CFI", "TLI", "RMSEA", "SRMR", "AIC", "BIC")
    found = file_of(case)["fit"]
    return {label: float(found[FIT_NAMES[label]]) for label in wanted}


def incomplete(case: Case) -> Values:
    """Read scaled and robust measures of incomplete rows, which 0.6.14 gave."""
    found = load(OLDER)[case.name]["fit"]
    return {ours: float(found[theirs]) for ours, theirs in ALL_ROBUST_NAMES.items()}


def differences(case: Case) -> Values:
    """Read (scaled) tests of each level of invariance against the one before."""
    found = load(OLDER)[case.name]["difference"]
    return {
        f"{name}: {level}": float(found[key][place])
        for place, level in enumerate(("metric", "scalar", "strict"))
        for name, key in (("chi-square", "chisq"), ("degrees of freedom", "df"), ("p", "p"))
    }


def modifications(_case: Case) -> Values:
    rows = load("lavaan")["cases"]["HS_modindices"]
    return {
        f"{kind} = {row['lhs']} {row['op']} {row['rhs']}": float(row[name])
        for row in rows
        for kind, name in (("index", "mi"), ("change", "epc"))
    }


QUANTITIES = {
    "fit measures of incomplete rows": incomplete,
    "difference tests": differences,
    "fit measures of groups": groups,
    "robust fit measures": robust,
    "modification indices": modifications,
    "maximum-likelihood estimates": column("est"),
    "standard errors of maximum likelihood": errors,
    "standardised estimates": column("std_all"),
    "fit measures": fit,
}
