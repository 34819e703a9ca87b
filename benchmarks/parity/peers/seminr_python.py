"""PyPI's seminr, run live."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.parity.cases import ALTERNATIVES, GROUP_DRAWS, Case, folds, group_rows, survey
from benchmarks.parity.labels import Values, arrow, pair, reachable, row

STOP = 13  # the sum of changes in the weights is below 1e-13
MOST = 1000
DRAWS = 100


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
    return pairs(case, frame_of(summary(case).validity.htmt).T)


def pairs(case: Case, table: pd.DataFrame) -> Values:
    """Take the upper triangle, in model order."""
    names = case.constructs
    return {
        pair(one, other): float(table.at[one, other])
        for j, one in enumerate(names)
        for other in names[j + 1 :]
    }


def fornell_larcker(case: Case) -> Values:
    table = frame_of(summary(case).validity.fl_criteria)
    return {name: float(table.at[name, name]) for name in case.constructs} | pairs(case, table.T)


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


@cache
def prediction(case: Case, antecedents: str) -> Any:
    """Predict with R's ten folds."""
    import seminr

    technique = {"direct": seminr.predict_DA, "earliest": seminr.predict_EA}[antecedents]
    order = folds().sort_values("fold", kind="stable")["row"].tolist()
    found = seminr.predict_pls(fitted(case), technique=technique, no_folds=10, ordering=order)
    return seminr.summarize(found)


def predicted(measure: str, antecedents: str) -> Any:
    """Return the function that takes one measure of the errors."""

    def values(case: Case) -> Values:
        found = prediction(case, antecedents)
        tables = {"model": found.pls_out_of_sample, "linear_model": found.lm_out_of_sample}
        return {
            f"{predictor}: {item}": float(value)
            for predictor, table in tables.items()
            for item, value in frame_of(table).loc[measure].items()
        }

    return values


@cache
def likelihood(case: Case) -> Any:
    """Estimate a case by maximum likelihood, and summarise it."""
    import seminr

    parts = [seminr.reflective(name, list(items)) for name, items in case.blocks]
    pairs_of = [seminr.item_errors(*pair_of) for pair_of in case.residuals]
    extra = {"associations": seminr.associations(*pairs_of)} if pairs_of else {}
    measured = seminr.constructs(*parts)
    data: Any = survey(case.data)[list(case.items)]
    if not case.paths:
        return seminr.summarize(seminr.estimate_cfa(data, measured, **extra))
    structure = seminr.relationships(*(seminr.paths(*path) for path in case.paths))
    return seminr.summarize(seminr.estimate_cbsem(data, measured, structure, **extra))


def standardised(case: Case) -> Values:
    return {f"{r.lhs} {r.op} {r.rhs}": float(r.est_std) for r in likelihood(case).solution}


def likelihood_fit(case: Case) -> Values:
    found = likelihood(case).fit
    return {ours: float(found[theirs]) for ours, theirs in FIT_NAMES.items()}


@cache
def boot(case: Case) -> Any:
    """Draw rows by numpy's generator, seed 1, as :data:`ROWS` tells."""
    import seminr

    n = len(survey(case.data))
    rows: Any = np.random.default_rng(1).integers(0, n, size=(DRAWS, n))
    return seminr.bootstrap_model(fitted(case), nboot=DRAWS, indices=rows)


def draws_of(case: Case) -> pd.DataFrame:
    """Return the paths, draw by draw."""
    return pd.DataFrame(
        [
            [matrix.get(source, target) for source, target in case.paths]
            for matrix in boot(case).boot_paths
        ],
        columns=[arrow(*path) for path in case.paths],
    )


def standard_errors(case: Case) -> Values:
    return {str(label): float(value) for label, value in draws_of(case).std(ddof=1).items()}


def lower_ends(case: Case) -> Values:
    import seminr

    table = frame_of(seminr.summarize(boot(case)).bootstrapped_paths)
    ends = {label.replace("  ->  ", " -> "): value for label, value in table["2.5% CI"].items()}
    return {arrow(*path): float(ends[arrow(*path)]) for path in case.paths}


@lru_cache(maxsize=4)
def compared(case: Case) -> Any:
    """Compare two groups path by path, on the resamples of :func:`group_rows`."""
    import seminr

    (place, first), (_, second) = group_rows(case)
    mask = np.isin(np.arange(len(survey(case.data))), place)
    return seminr.estimate_pls_mga(
        fitted(case), mask, nboot=GROUP_DRAWS, group1_indices=first, group2_indices=second
    )


def group_differences(case: Case) -> Values:
    return {arrow(row.source, row.target): float(row.diff) for row in compared(case)}


def group_p_values(case: Case) -> Values:
    return {arrow(row.source, row.target): float(row.pls_mga_p) for row in compared(case)}


def two_sided(case: Case) -> Values:
    return {label: 2 * min(p, 1 - p) for label, p in group_p_values(case).items()}


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
    found = {}
    for name, item in case.global_items:
        blocks = ((name, case.items_of(name)), ("Whole", (item,)))
        alone = replace(case, blocks=blocks, paths=((name, "Whole"),), global_items=())
        found[arrow(name, item)] = paths(alone)[arrow(name, "Whole")]
    return found


def akaike_weights(case: Case) -> Values:
    """Weigh the model and the one without one of its paths by their BIC of Satisfaction."""
    import seminr

    models = [case, ALTERNATIVES[case.name]]
    found = seminr.compute_itcriteria_weights(
        [information("BIC")(each)["Satisfaction"] for each in models]
    )
    return {each.name: float(value) for each, value in zip(models, found, strict=True)}


FIT_NAMES = {
    "chi-square": "chisq",
    "degrees of freedom": "df",
    "p": "pvalue",
    "CFI": "cfi",
    "TLI": "tli",
    "RMSEA": "rmsea",
    "SRMR": "srmr",
    "AIC": "aic",
    "BIC": "bic",
    "log-likelihood": "logl",
}
QUANTITIES = {
    "full collinearity VIF": full_collinearity,
    "paths to global items": global_paths,
    "Akaike weights": akaike_weights,
    "standardised estimates": standardised,
    "fit measures": likelihood_fit,
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
    **{
        f"PLSpredict {measure}, {antecedents} antecedents": predicted(measure, antecedents)
        for measure in ("RMSE", "MAE")
        for antecedents in ("direct", "earliest")
    },
    "AIC": information("AIC"),
    "BIC": information("BIC"),
    "scores": scores,
    "differences of paths between groups": group_differences,
    "multi-group p-values, same rows drawn": group_p_values,
    "multi-group p-values made two-sided": two_sided,
    "bootstrap standard errors, same rows drawn": standard_errors,
    "bootstrap standard errors, own rows drawn": standard_errors,
    "lower ends of 95 % percentile intervals, same rows drawn": lower_ends,
}
