"""R programs, by the numbers that they once printed, stored with their scripts.

The files lie in ``tests/oracles/``; its README says which script made which.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from benchmarks.parity.case import Case
from benchmarks.parity.labels import Values, row
from benchmarks.parity.samples import ORACLES

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
