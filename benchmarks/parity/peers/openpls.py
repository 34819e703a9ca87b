"""PyPI's openpls-engine, run live."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pandas as pd

from benchmarks.parity.case import Blocks, Case, Paths, with_global_items
from benchmarks.parity.labels import Values, arrow, pair, pairs, row
from benchmarks.parity.samples import survey

TOLERANCE = 1e-13
MOST = 1000


def structure_of(paths: Paths) -> Any:
    """Write paths as its structure."""
    from openpls.config import Structure

    structure = Structure()
    for source, target in paths:
        structure.add_path([source], [target])
    return structure


def configuration(case: Case, paths: Paths, blocks: Blocks) -> Any:
    """Write a model in its language."""
    from openpls.config import MV, Config
    from openpls.mode import Mode

    config = Config(structure_of(paths).path(), scaled=case.standardised)
    for name, items in blocks:
        config.add_lv(name, Mode[case.mode(name)], *(MV(item) for item in items))
    return config


def options(case: Case) -> dict[str, Any]:
    """Return what every call is told."""
    from openpls.scheme import Scheme

    return {
        "scheme": Scheme[case.scheme.upper()],
        "iterations": MOST,
        "tolerance": TOLERANCE,
        "missing_strategy": {"mean": "mean", "listwise": "casewise"}[case.missing],
    }


def dimensions_in_place(case: Case) -> Paths:
    """Put the dimensions in the place of their higher-order constructs."""
    inner = dict(case.higher_order)
    return tuple(
        (before, after)
        for source, target in case.paths
        for before in inner.get(source, (source,))
        for after in inner.get(target, (target,))
    )


@lru_cache(maxsize=64)
def first_stage(case: Case) -> Any:
    """Estimate the model without products and higher-order constructs."""
    from openpls.plspm import Plspm

    config = configuration(case, dimensions_in_place(case), case.blocks)
    return Plspm(survey(case.data), config, **options(case))


@lru_cache(maxsize=64)
def fitted(case: Case) -> Any:
    """Estimate a case."""
    if case.products:
        ((one, other, target),) = case.products
        config = configuration(case, case.paths, case.blocks)
        from openpls.moderation import Moderation

        return Moderation(
            survey(case.data), config, one, other, target, f"{one}:{other}", **options(case)
        ).refit()
    if case.higher_order:
        return second_stage(case).refit()
    return first_stage(case)


@lru_cache(maxsize=64)
def second_stage(case: Case) -> Any:
    """Estimate a model with one construct of higher order."""
    from openpls.higher_order import HigherOrder
    from openpls.mode import Mode

    ((name, inner),) = case.higher_order
    return HigherOrder(
        first_stage(case),
        name,
        list(inner),
        Mode[case.mode(name)],
        structure_of(case.paths),
        **options(case),
    )


def outer(case: Case, column: str) -> Values:
    """Take a column of the outer model, the dimensions under their own names."""
    found = {str(item): float(value) for item, value in fitted(case).outer_model()[column].items()}
    if not case.higher_order:
        return {item: found[item] for item in case.items}
    ((name, inner),) = case.higher_order
    first = first_stage(case).outer_model()[column]
    of_first = {item: float(first[item]) for d in inner for item in case.items_of(d)}
    of_second = {item: found[item] for item in case.items if item in found}
    return of_first | of_second | {d: found[f"{name}__{d}"] for d in inner}


def weights(case: Case) -> Values:
    return outer(case, "weight")


def loadings(case: Case) -> Values:
    if case.consistent:
        found = fitted(case).plsc().loadings()
        return {item: float(found[item]) for item in case.items}
    return outer(case, "loading")


def coefficients(case: Case) -> pd.DataFrame:
    """Return the paths, target by source."""
    model = fitted(case).plsc() if case.consistent else fitted(case)
    found: pd.DataFrame = model.path_coefficients()
    return found


def paths(case: Case) -> Values:
    table = coefficients(case)
    all_paths = (*case.paths, *((f"{a}:{b}", target) for a, b, target in case.products))
    return {arrow(a, b): float(table.at[b, a]) for a, b in all_paths}


def endogenous(case: Case) -> tuple[str, ...]:
    """Return the constructs that a path leads to."""
    return tuple(dict.fromkeys(target for _, target in case.paths))


def r_squared(case: Case) -> Values:
    if case.consistent:
        found = fitted(case).plsc().r_squared()
    else:
        found = fitted(case).inner_summary()["r_squared"]
    return {name: float(found[name]) for name in endogenous(case)}


def adjusted_r_squared(case: Case) -> Values:
    found = fitted(case).inner_summary()["r_squared_adj"]
    return {name: float(found[name]) for name in endogenous(case)}


def effects(case: Case, column: str) -> Values:
    """Take a column of the table of effects."""
    model = fitted(case).plsc() if case.consistent else fitted(case)
    table = model.effects()
    found = {arrow(a, b): float(x) for a, b, x in table[["from", "to", column]].to_numpy()}
    return {label: value for label, value in found.items() if value != 0}


def specific_indirect(case: Case) -> Values:
    found: Values = {}
    for name in case.constructs:
        for other in case.constructs:
            try:
                table = fitted(case).specific_indirect_effects(name, other)
            except ValueError:  # none between the two
                continue
            found |= {str(route): float(x) for route, x in table["estimate"].items()}
    return found


def alpha(case: Case) -> Values:
    found = fitted(case).reliability()["cronbach_alpha"]
    return {name: float(found[name]) for name in case.constructs}


def rho_a(case: Case) -> Values:
    found = fitted(case).plsc().rho_a()
    return {name: float(found[name]) for name in case.constructs}


def principal_rho_c(case: Case) -> Values:
    found = fitted(case).reliability()["dillon_goldstein_rho"]
    return {name: float(found[name]) for name in case.constructs}


def extracted(case: Case) -> Values:
    found = fitted(case).inner_summary()["ave"]
    return {name: float(found[name]) for name in case.constructs}


def htmt(case: Case) -> Values:
    return pairs(case.constructs, fitted(case).htmt().matrix())


def fornell_larcker(case: Case) -> Values:
    table = fitted(case).fornell_larcker().matrix()
    return {name: float(table.at[name, name]) for name in case.constructs} | pairs(
        case.constructs, table
    )


def construct_corr(case: Case) -> Values:
    return pairs(case.constructs, fitted(case).plsc().adjusted_correlations())


def htmt2(case: Case) -> Values:
    return pairs(case.constructs, fitted(case).htmt2().matrix())


def cross_loadings(case: Case) -> Values:
    table = fitted(case).crossloadings()
    return {
        pair(item, name): float(table.at[item, name])
        for item in case.items
        for name in case.constructs
    }


def item_vif(case: Case) -> Values:
    table = fitted(case).vif().items().set_index("indicator")["vif"]
    return {str(item): float(value) for item, value in table.items()}


def f2(case: Case) -> Values:
    table = fitted(case).f_squared().matrix()
    return {arrow(a, b): float(table.at[b, a]) for a, b in case.paths}


def inner_vif(case: Case) -> Values:
    found = fitted(case).vif().inner()
    values = {
        arrow(str(line["predictor"]), target): float(line["vif"])
        for target, table in found.items()
        for line in table.to_dict("records")
    }
    return {arrow(a, b): values[arrow(a, b)] for a, b in case.paths if arrow(a, b) in values}


def information(case: Case) -> Values:
    found = fitted(case).inner_summary()["bic"]
    return {name: float(found[name]) for name in endogenous(case)}


def gof(case: Case) -> Values:
    return {"GoF": float(fitted(case).goodness_of_fit())}


def saturated_fit(case: Case) -> Values:
    found = fitted(case).model_fit()
    return {"SRMR": float(found.srmr()), "d_ULS": float(found.d_uls())}


def scores(case: Case) -> Values:
    table = fitted(case).scores()
    return {
        row(number, name): float(value)
        for name in case.constructs
        for number, value in enumerate(table[name], start=1)
    }


def performance(case: Case) -> Values:
    """Its importance-performance map prints no performance of the target."""
    found = fitted(case).ipma("Loyalty", scale_min=1, scale_max=10).latent_variables()
    return {str(name): float(value) for name, value in found["performance"].items()}


def item_map(column: str) -> Callable[[Case], Values]:
    """Return the function that takes a column of the map of items."""

    def values(case: Case) -> Values:
        found = fitted(case).ipma("Loyalty", scale_min=1, scale_max=10).indicators()
        table = found.reset_index("lv").query("lv != 'Loyalty'")
        return {str(item): float(table.at[item, column]) for item in table.index}

    return values


def copula(case: Case) -> Values:
    """Its fewest draws are 50; no draw is compared."""
    suspects = ["Image", "Value"]
    found = fitted(case).copula("Satisfaction", suspected=suspects, n_boot=50)
    terms = found.coefficients().set_index("predictor")["gamma"]
    plain = {arrow(str(a), "Satisfaction"): float(x) for a, x in found.augmented_paths().items()}
    return {f"copula: {name}": float(terms[name]) for name in suspects} | plain


def marker_adjusted(case: Case) -> Values:
    found = fitted(case).cmb_lindell_whitney(survey(case.data)[case.marker])
    return pairs(case.constructs, found.adjusted())


def communalities(case: Case) -> Values:
    return outer(case, "communality")


def global_paths(case: Case) -> Values:
    """Estimate each formative construct alone, with its global item."""
    return {
        label: value for label, alone in with_global_items(case) for value in paths(alone).values()
    }


QUANTITIES = {
    "standardised importance of items for Loyalty": item_map("indicator_importance"),
    "performance of items": item_map("performance"),
    "Gaussian copula": copula,
    "correlations less the marker's": marker_adjusted,
    "communalities of items": communalities,
    "paths to global items": global_paths,
    "weights": weights,
    "loadings": loadings,
    "path coefficients": paths,
    "R2": r_squared,
    "adjusted R2": adjusted_r_squared,
    "total effects": lambda case: effects(case, "total"),
    "total indirect effects": lambda case: effects(case, "indirect"),
    "specific indirect effects": specific_indirect,
    "Cronbach's alpha": alpha,
    "rho_A": rho_a,
    "rho_C": principal_rho_c,
    "AVE": extracted,
    "HTMT": htmt,
    "Fornell-Larcker table": fornell_larcker,
    "construct correlations": construct_corr,
    "HTMT2": htmt2,
    "cross loadings": cross_loadings,
    "VIF of items": item_vif,
    "VIF of predecessors": inner_vif,
    "f2": f2,
    "BIC": information,
    "GoF": gof,
    "fit, saturated model": saturated_fit,
    "scores": scores,
    "index": performance,
}
