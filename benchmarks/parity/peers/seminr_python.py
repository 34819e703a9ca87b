"""PyPI's seminr, run live."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.parity.case import Case, with_global_items
from benchmarks.parity.cases import ALTERNATIVES
from benchmarks.parity.labels import Values, arrow, pair, pairs, reachable, row
from benchmarks.parity.samples import survey

STOP = 13  # the sum of changes in the weights is below 1e-13
MOST = 1000


def frame_of(matrix: Any) -> pd.DataFrame:
    """Return one of its named matrices as a data frame."""
    return pd.DataFrame(matrix.values, index=list(matrix.rows), columns=list(matrix.cols))


def signs(*how: Any) -> Any:
    """Weigh neighbours by the signs of its factorial weights: it ships no centroid scheme."""
    import seminr

    found = seminr.path_factorial(*how)
    return replace(found, values=np.sign(found.values))


def measurement(case: Case) -> Any:
    """Write the case's measurement model in its language."""
    import seminr

    weights = {"A": seminr.mode_A, "B": seminr.mode_B, "unit": seminr.unit_weights}
    parts: list[Any] = [
        seminr.reflective(name, list(items))
        if name in case.consistent
        else seminr.composite(name, list(items), weights[case.mode(name)])
        for name, items in case.blocks
    ]
    parts += [
        seminr.higher_composite(name, list(inner), weights=weights[case.mode(name)])
        for name, inner in case.higher_order
    ]
    way = {
        "two_stage": seminr.two_stage,
        "product_indicator": seminr.product_indicator,
        "orthogonal": seminr.orthogonal,
    }[case.interactions]
    parts += [seminr.interaction_term(one, other, way) for one, other, _ in case.products]
    return seminr.constructs(*parts)


@lru_cache(maxsize=64)
def fitted(case: Case) -> Any:
    """Estimate a case."""
    import seminr

    products = [seminr.paths(f"{a}*{b}", target) for a, b, target in case.products]
    structure = seminr.relationships(*(seminr.paths(*path) for path in case.paths), *products)
    scheme = {
        "path": seminr.path_weighting,
        "factorial": seminr.path_factorial,
        "centroid": signs,
    }[case.scheme]
    missing = {"mean": seminr.mean_replacement, "listwise": seminr.na_omit}[case.missing]
    data: Any = survey(case.data)
    return seminr.estimate_pls(
        data,
        measurement(case),
        structure,
        inner_weights=scheme,
        missing=missing,
        max_it=MOST,
        stop_criterion=STOP,
    )


@lru_cache(maxsize=64)
def summary(case: Case) -> Any:
    """Summarise a case."""
    import seminr

    return seminr.summarize(fitted(case))


def by_item(case: Case, table: pd.DataFrame) -> Values:
    """Take each item's cell of an item by construct table; a dimension's likewise."""
    blocks = (*case.blocks, *case.higher_order)
    return {item: float(table.at[item, name]) for name, items in blocks for item in items}


def weights(case: Case) -> Values:
    return by_item(case, frame_of(fitted(case).outer_weights))


def loadings(case: Case) -> Values:
    return by_item(case, frame_of(fitted(case).outer_loadings))


def paths(case: Case) -> Values:
    table = frame_of(fitted(case).path_coef)
    plain = {arrow(a, b): float(table.at[a, b]) for a, b in case.paths}
    products = {arrow(f"{a}:{b}", t): float(table.at[f"{a}*{b}", t]) for a, b, t in case.products}
    return plain | products


def r_squared(case: Case) -> Values:
    table = frame_of(fitted(case).r_squared)
    return {name: float(table.at["Rsq", name]) for name in table.columns}


def adjusted_r_squared(case: Case) -> Values:
    table = frame_of(fitted(case).r_squared)
    return {name: float(table.at["AdjRsq", name]) for name in table.columns}


def total_effects(case: Case) -> Values:
    table = frame_of(summary(case).total_effects)
    return {arrow(a, b): float(table.at[a, b]) for a, b in reachable(case.paths)}


def indirect_effects(case: Case) -> Values:
    table = frame_of(summary(case).total_indirect_effects)
    found = {arrow(a, b): float(table.at[a, b]) for a, b in reachable(case.paths)}
    return {label: value for label, value in found.items() if value != 0}


def criterion(name: str) -> Any:
    """Return the function that takes one column of the reliability table."""

    def values(case: Case) -> Values:
        table = frame_of(summary(case).reliability)
        return {construct: float(table.at[construct, name]) for construct in case.constructs}

    return values


def htmt(case: Case) -> Values:
    return pairs(case.constructs, frame_of(summary(case).validity.htmt).T)


def fornell_larcker(case: Case) -> Values:
    table = frame_of(summary(case).validity.fl_criteria)
    return {name: float(table.at[name, name]) for name in case.constructs} | pairs(
        case.constructs, table.T
    )


def scores(case: Case) -> Values:
    found = fitted(case).construct_scores
    return {
        row(number, name): float(value)
        for name in case.constructs
        for number, value in enumerate(found.column(name), start=1)
    }


def cross_loadings(case: Case) -> Values:
    table = frame_of(summary(case).validity.cross_loadings)
    return {
        pair(item, name): float(table.at[item, name])
        for item in case.items
        for name in case.constructs
    }


def item_vif(case: Case) -> Values:
    found = summary(case).validity.vif_items
    return {item: float(found[name][item]) for name, items in case.blocks for item in items}


def inner_vif(case: Case) -> Values:
    found = summary(case).vif_antecedents
    values = {arrow(a, b): found[b].get(a, np.nan) for a, b in case.paths}
    return {label: float(value) for label, value in values.items() if np.isfinite(value)}


def f2(case: Case) -> Values:
    table = frame_of(summary(case).f_square)
    return {arrow(a, b): float(table.at[a, b]) for a, b in case.paths}


def information(name: str) -> Any:
    """Return the function that takes one row of the information criteria."""

    def values(case: Case) -> Values:
        table = frame_of(summary(case).it_criteria)
        return {construct: float(table.at[name, construct]) for construct in table.columns}

    return values


def full_collinearity(case: Case) -> Values:
    """Regress its scores on each other by statsmodels."""
    from statsmodels.stats.outliers_influence import variance_inflation_factor

    found = fitted(case).construct_scores
    table = np.column_stack([found.column(name) for name in case.constructs])
    return {
        name: float(variance_inflation_factor(table, place))
        for place, name in enumerate(case.constructs)
    }


def global_paths(case: Case) -> Values:
    """Estimate each formative construct alone, with its global item."""
    return {
        label: value for label, alone in with_global_items(case) for value in paths(alone).values()
    }


def akaike_weights(case: Case) -> Values:
    """Weigh the model and the one without one of its paths by their BIC of Satisfaction."""
    import seminr

    models = [case, ALTERNATIVES[case.name]]
    found = seminr.compute_itcriteria_weights(
        [information("BIC")(each)["Satisfaction"] for each in models]
    )
    return {each.name: float(value) for each, value in zip(models, found, strict=True)}


QUANTITIES = {
    "full collinearity VIF": full_collinearity,
    "paths to global items": global_paths,
    "Akaike weights": akaike_weights,
    "weights": weights,
    "loadings": loadings,
    "path coefficients": paths,
    "R2": r_squared,
    "adjusted R2": adjusted_r_squared,
    "total effects": total_effects,
    "total indirect effects": indirect_effects,
    "Cronbach's alpha": criterion("alpha"),
    "rho_A": criterion("rhoA"),
    "rho_C": criterion("rhoC"),
    "AVE": criterion("AVE"),
    "HTMT": htmt,
    "Fornell-Larcker table": fornell_larcker,
    "cross loadings": cross_loadings,
    "VIF of items": item_vif,
    "VIF of predecessors": inner_vif,
    "f2": f2,
    "AIC": information("AIC"),
    "BIC": information("BIC"),
    "scores": scores,
}
