"""R programs, by the numbers that they once printed, stored with their scripts.

The files lie in ``tests/oracles/``; its README says which script made which.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from benchmarks.parity.cases import ORACLES, Case
from benchmarks.parity.labels import Values, row

# The file of a program's models, and the one of its interactions and higher-order constructs.
FILES = {
    "seminr (R)": ("seminr_ecsi", "seminr_extensions"),
    "cSEM": ("csem_ecsi", "csem_extensions"),
    "matrixpls": ("matrixpls_ecsi", "matrixpls_ecsi"),
}


@cache
def load(name: str) -> dict[str, Any]:
    """Read one of the files."""
    found: dict[str, Any] = json.loads((ORACLES / f"{name}.json").read_text(encoding="utf-8"))
    return found


def version_of(peer: str) -> str:
    """Return program and R version, as the file tells."""
    if peer == "lavaan":
        return f"{load('lavaan')['version']}, and 0.6.14 where a row's model says so, stored"
    file = load(FILES[peer][0])
    return f"{file['version']} ({file['R'].split(' (')[0]}), stored"


def relabelled(values: Mapping[str, Any]) -> Values:
    """Write ``A->B`` as ``A -> B``, ``A~~B`` as ``A ~~ B``; leave out what was not printed."""
    return {
        label.replace("->", " -> ").replace("~~", " ~~ "): float(value)
        for label, value in values.items()
        if isinstance(value, int | float)
    }


def case_of(peer: str, case: Case) -> dict[str, Any]:
    """Return all that a program said of a case."""
    main, extensions = (load(name) for name in FILES[peer])
    if case.name in main["cases"]:
        found: dict[str, Any] = main["cases"][case.name]
        return found
    if case.products:
        return dict(extensions["interactions"][case.name])
    return dict(extensions[case.name])


def key(peer: str, name: str) -> Callable[[Case], Values]:
    """Return the function that reads one quantity of a case."""

    def values(case: Case) -> Values:
        return relabelled(case_of(peer, case)[name])

    return values


def nonzero(peer: str, name: str) -> Callable[[Case], Values]:
    """Return the same without constructs of which the program writes 0 for none."""

    def values(case: Case) -> Values:
        return {label: value for label, value in key(peer, name)(case).items() if value != 0}

    return values


def first_scores(peer: str) -> Callable[[Case], Values]:
    """Return the function that reads the scores of the first five rows."""

    def values(case: Case) -> Values:
        found = case_of(peer, case)["scores_first5"]
        return {
            row(number, name): float(value)
            for name, column in found.items()
            for number, value in enumerate(column, start=1)
        }

    return values


def by_item(peer: str, name: str) -> Callable[[Case], Values]:
    """Read weights or loadings; an extension's labels also name the construct."""

    def values(case: Case) -> Values:
        found = key(peer, name)(case)
        return {label.split(" -> ")[0]: value for label, value in found.items()}

    return values


def paths(peer: str) -> Callable[[Case], Values]:
    """Read paths; an interaction's file names the sources only."""

    def values(case: Case) -> Values:
        found = key(peer, "paths")(case)
        if not case.products:
            return found
        target = case.products[0][2]
        return {f"{name.replace('*', ':')} -> {target}": value for name, value in found.items()}

    return values


def r_squared(peer: str) -> Callable[[Case], Values]:
    """Read R2; an interaction's file holds the one of its target."""

    def values(case: Case) -> Values:
        found = case_of(peer, case)["R2"]
        if isinstance(found, float):
            return {case.products[0][2]: found}
        return {name: value for name, value in relabelled(found).items() if value != 0}

    return values


def common(peer: str) -> dict[str, Callable[[Case], Values]]:
    """Return what all three programs print under the same names."""
    plain = {
        "total effects": "total_effects",
        "total indirect effects": "total_indirect",
        "rho_C": "rhoC",
        "AVE": "AVE",
        "HTMT": "HTMT",
        "construct correlations": "construct_cor",
    }
    return {
        "weights": by_item(peer, "weights"),
        "loadings": by_item(peer, "loadings"),
        "path coefficients": paths(peer),
        "R2": r_squared(peer),
    } | {quantity: key(peer, name) for quantity, name in plain.items()}


def specific_indirect(_case: Case) -> Values:
    return relabelled(load("seminr_extensions")["specific_indirect_modeA_path"])


def index(_case: Case) -> Values:
    """Read the index of seminr's unstandardised weights."""
    found = load("ecsi_index")["ACSI_index"]
    return {name: float(values["index_mean"]) for name, values in found.items()}


def index_total_effects(_case: Case) -> Values:
    return relabelled(load("ecsi_index")["unstandardised_total_effects_index_scale"])


def csem_vif(case: Case) -> Values:
    """Read VIFs; the file names the target first, and writes 0 where there is none."""
    found = key("cSEM", "VIF_antecedents")(case)
    turned = {" -> ".join(reversed(label.split(" -> "))): x for label, x in found.items()}
    return {label: value for label, value in turned.items() if value}


def scalar(name: str) -> Callable[[Case], Values]:
    """Return the function that reads one of cSEM's single numbers."""
    return lambda case: {name: float(case_of("cSEM", case)[name])}


def csem_fit(structure: str) -> Callable[[Case], Values]:
    """Return the function that reads cSEM's distances of one of the two models."""

    def values(case: Case) -> Values:
        found = case_of("cSEM", case)[f"fit_{structure}"]
        return {"SRMR": found["SRMR"], "d_ULS": found["dL"], "d_G": found["dG"]}

    return values


def predicted(measure: str, technique: str) -> Callable[[Case], Values]:
    """Return the function that reads errors of PLSpredict and of the linear model."""

    def values(_case: Case) -> Values:
        found = load("seminr_predict")["predict"][f"predict_{technique}_A"]
        return {
            f"{predictor}: {item}": float(value)
            for predictor, place in (("model", "PLS_out"), ("linear_model", "LM_out"))
            for item, value in found[place][measure].items()
        }

    return values


def predicted_q2(technique: str) -> Callable[[Case], Values]:
    """Return the function that reads Q2_predict."""
    name = "Q2predict_training_mean_benchmark"
    return lambda _case: relabelled(
        load("seminr_predict")["predict"][f"predict_{technique}_A"][name]
    )


def left_out_one(measure: str, antecedents: str) -> Callable[[Case], Values]:
    """Return the function that reads cSEM's errors of predictions of one left out."""

    def values(_case: Case) -> Values:
        found = load("predict_loo")["loo"][f"cSEM_{antecedents}_composite"]
        return {
            f"{predictor}: {item}": float(value)
            for predictor, place in (("model", "PLS"), ("linear_model", "LM"))
            for item, value in found[f"{place}_{measure}"].items()
        }

    return values


def csem_performance(_case: Case) -> Values:
    found = load("csem_ipma")["ipma"]["Construct_Performance"]
    return {name: float(value) for name, value in found.items()}


def csem_importance(_case: Case) -> Values:
    table = load("csem_ipma")["ipma"]["Construct_Importance"]
    return {
        f"{source} -> {target}": float(value)
        for target, sources in table.items()
        for source, value in sources.items()
        if value
    }


def csem_importance_for(_case: Case) -> Values:
    found = load("csem_ipma")["ipma"]["Construct_Importance"]["Loyalty"]
    return {name: float(value) for name, value in found.items() if value}


def csem_items(name: str) -> Callable[[Case], Values]:
    """Return the function that reads importance or performance of the items that act on Loyalty."""

    def values(case: Case) -> Values:
        found = load("csem_ipma")["ipma"][f"Indicator_{name}"]
        rows = found.get("Loyalty", found)
        acting = [item for item in case.items if item not in case.items_of("Loyalty")]
        return {item: float(rows[item]) for item in acting}

    return values


def csem_two_stage(name: str, plain: Callable[[Case], Values]) -> Callable[[Case], Values]:
    """Read cSEM's two-stage models, which its file names in another way."""

    def values(case: Case) -> Values:
        extensions = load("csem_extensions")["extensions"]
        if case.higher_order:
            found = relabelled(extensions[f"hoc_2stage_mode{case.name[-1]}"][name])
            return {label.replace("_temp", ""): value for label, value in found.items() if value}
        if case.products:
            return csem_product(extensions["interaction_sequential_A"][name], case, name)
        return plain(case)

    return values


def csem_product(found: Mapping[str, Any], case: Case, name: str) -> Values:
    """Label an interaction's paths, of which the file names the sources only."""
    target = case.products[0][2]
    values = {label: value for label, value in relabelled(found).items() if value}
    if name != "paths":
        return values
    return {f"{label.replace('.', ':')} -> {target}": value for label, value in values.items()}


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


def lavaan_case(case: Case) -> dict[str, Any]:
    """Return what lavaan 0.6.20 said of a case, or else what 0.6.14 did."""
    newer = load("lavaan")["cases"]
    found: dict[str, Any] = (newer if case.name in newer else load("lavaan_covariance"))[case.name]
    return found


def lavaan_fit(case: Case) -> Values:
    found = lavaan_case(case)["fit"]
    return {ours: float(found[theirs]) for ours, theirs in FIT_NAMES.items()}


def lavaan(name: str) -> Callable[[Case], Values]:
    """Return the function that reads one column of the parameters, without defined ones."""

    def values(case: Case) -> Values:
        found = load("lavaan")["cases"][case.name][name]
        return {label: x for label, x in found.items() if x is not None and ":=" not in label}

    return values


def lavaan_errors(case: Case) -> Values:
    """Read standard errors; 0 stands for a fixed parameter's."""
    return {label: value for label, value in lavaan("se")(case).items() if value}


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


def lavaan_robust(case: Case) -> Values:
    found = lavaan_case(case)["fit"]
    return {ours: float(found[theirs]) for ours, theirs in ROBUST_NAMES.items()}


def lavaan_groups(case: Case) -> Values:
    wanted = ("chi-square", "degrees of freedom", "p", "CFI", "TLI", "RMSEA", "SRMR", "AIC", "BIC")
    found = lavaan_case(case)["fit"]
    return {label: float(found[FIT_NAMES[label]]) for label in wanted}


OLDER = "lavaan_covariance"


def lavaan_incomplete(case: Case) -> Values:
    """Read scaled and robust measures of incomplete rows, which 0.6.14 gave."""
    found = load(OLDER)[case.name]["fit"]
    return {ours: float(found[theirs]) for ours, theirs in ALL_ROBUST_NAMES.items()}


def lavaan_differences(case: Case) -> Values:
    """Read (scaled) tests of each level of invariance against the one before."""
    found = load(OLDER)[case.name]["difference"]
    return {
        f"{name}: {level}": float(found[key][place])
        for place, level in enumerate(("metric", "scalar", "strict"))
        for name, key in (("chi-square", "chisq"), ("degrees of freedom", "df"), ("p", "p"))
    }


def lavaan_modifications(_case: Case) -> Values:
    rows = load("lavaan")["cases"]["HS_modindices"]
    return {
        f"{kind} = {row['lhs']} {row['op']} {row['rhs']}": float(row[name])
        for row in rows
        for kind, name in (("index", "mi"), ("change", "epc"))
    }


LAVAAN = {
    "fit measures of incomplete rows": lavaan_incomplete,
    "difference tests": lavaan_differences,
    "fit measures of groups": lavaan_groups,
    "robust fit measures": lavaan_robust,
    "modification indices": lavaan_modifications,
    "maximum-likelihood estimates": lavaan("est"),
    "standard errors of maximum likelihood": lavaan_errors,
    "standardised estimates": lavaan("std_all"),
    "fit measures": lavaan_fit,
}
SEMINR_R = common("seminr (R)") | {
    "VIF of items": key("seminr (R)", "VIF_items"),
    "VIF of predecessors": key("seminr (R)", "VIF_antecedents"),
    "f2": key("seminr (R)", "f2_seminr_reestimated"),
    **{
        f"PLSpredict {measure}, {antecedents} antecedents": predicted(measure, technique)
        for measure in ("RMSE", "MAE")
        for antecedents, technique in (("direct", "DA"), ("earliest", "EA"))
    },
    "Q2_predict, direct antecedents": predicted_q2("DA"),
    "Q2_predict, earliest antecedents": predicted_q2("EA"),
    "AIC": key("seminr (R)", "AIC"),
    "BIC": key("seminr (R)", "BIC"),
    "adjusted R2": key("seminr (R)", "R2adj"),
    "Cronbach's alpha": key("seminr (R)", "alpha"),
    "rho_A": key("seminr (R)", "rhoA"),
    "specific indirect effects": specific_indirect,
    "scores": first_scores("seminr (R)"),
    "index": index,
    "total effects on the index scale": index_total_effects,
}
INFORMATION = {"AIC": "AIC", "AICc": "AICc", "BIC": "BIC", "HQ": "HQ", "Cp": "Mallows_Cp"}
CSEM = common("cSEM") | {
    "HTMT2": key("cSEM", "HTMT2"),
    "VIF of predecessors": csem_vif,
    "f2": nonzero("cSEM", "f2"),
    "GoF": scalar("GoF"),
    "fit, estimated model": csem_fit("estimated"),
    "fit, saturated model": csem_fit("saturated"),
    **{
        f"leave-one-out {measure}, {antecedents} antecedents": left_out_one(measure, antecedents)
        for measure in ("RMSE", "MAE")
        for antecedents in ("direct", "earliest")
    },
    **{quantity: nonzero("cSEM", name) for quantity, name in INFORMATION.items()},
    "path coefficients": csem_two_stage("paths", paths("cSEM")),
    "R2": csem_two_stage("R2", r_squared("cSEM")),
    "adjusted R2": nonzero("cSEM", "R2adj"),
    "Cronbach's alpha": key("cSEM", "alpha"),
    "rho_A": key("cSEM", "rhoA"),
    "variance accounted for": key("cSEM", "VAF"),
    "scores": first_scores("cSEM"),
    "index": csem_performance,
    "importance for Loyalty": csem_importance_for,
    "importance of items for Loyalty": csem_items("Importance"),
    "performance of items": csem_items("Performance"),
    "total effects on the index scale": csem_importance,
}
MATRIXPLS = common("matrixpls")
