"""What csat_models says of a case.

``QUANTITIES`` has our numbers under the names that the rooms of ``peers`` use
for theirs. Names with "in the convention of" translate ours into a peer's
convention, which shows that nothing but the convention differs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pandas as pd
import xarray as xr

import csat_models as csat
from benchmarks.parity import (
    covariance,
    criteria,
    groups,
    planning,
    prediction,
    priorities,
    segments,
)
from benchmarks.parity.case import Case
from benchmarks.parity.estimating import (
    MOST,
    TOLERANCE,
    by,
    cells,
    fitted,
    model_of,
    pairs,
    settings_of,
)
from benchmarks.parity.labels import Values, arrow, reachable, row
from benchmarks.parity.samples import survey

Quantity = Callable[[Case], Values]

# As the peer draws: rows of numpy's generator, seed 1.
SAME_DRAWS = 100
OWN_DRAWS = 4000


def weights(case: Case) -> Values:
    return by(fitted(case).weights, "item", answered(case))


def answered(case: Case) -> tuple[str, ...]:
    """Return the items, and the dimensions that are items of the second stage."""
    return (*case.items, *(name for _, inner in case.higher_order for name in inner))


def weights_by_n(case: Case) -> Values:
    """Weights of scores whose variance is 1 by the divisor n."""
    n = float(fitted(case).moments.n_obs)
    return {item: value * (n / (n - 1)) ** 0.5 for item, value in weights(case).items()}


def loadings(case: Case) -> Values:
    return by(fitted(case).loadings, "item", answered(case))


def paths(case: Case) -> Values:
    """Path coefficients; of a product, per unit of the product of two standardised scores."""
    found = cells(fitted(case).paths, list(case.paths))
    if case.products:
        wanted = [(f"{one}:{other}", target) for one, other, target in case.products]
        found |= cells(csat.product_coefficients(fitted(case)), wanted)
    return found


def standardised_paths(case: Case) -> Values:
    """Path coefficients; of a product, of the standardised product."""
    products = [(f"{one}:{other}", target) for one, other, target in case.products]
    return cells(fitted(case).paths, [*case.paths, *products])


def r_squared(case: Case) -> Values:
    return by(fitted(case).r_squared.dropna("construct"), "construct")


def adjusted_r_squared(case: Case) -> Values:
    """R2 less what as many unrelated predecessors would give by chance."""
    n = float(fitted(case).moments.n_obs)
    model = model_of(case)
    return {
        name: 1 - (1 - value) * (n - 1) / (n - 1 - len(model.predecessors(name)))
        for name, value in r_squared(case).items()
    }


def total_effects(case: Case) -> Values:
    return cells(csat.total_effects(fitted(case)), reachable(case.paths))


def indirect_effects(case: Case) -> Values:
    found = cells(csat.indirect_effects(fitted(case)), reachable(case.paths))
    return {label: value for label, value in found.items() if value != 0}


def specific_indirect(case: Case) -> Values:
    return by(csat.specific_indirect_effects(fitted(case)), "route")


def stored_routes(case: Case) -> Values:
    """The specific indirect effects of which R seminr's numbers are stored."""
    from benchmarks.parity.peers.stored import specific_indirect as stored

    return {label: specific_indirect(case)[label] for label in stored(case)}


def accounted_for(case: Case) -> Values:
    indirect = indirect_effects(case)
    found = cells(csat.variance_accounted_for(fitted(case)), reachable(case.paths))
    return {label: found[label] for label in indirect}


def criterion(function: Callable[[csat.Estimates], xr.DataArray]) -> Quantity:
    """Return a quantity that has one number a construct."""
    return lambda case: by(function(fitted(case)), "construct", case.constructs)


def rho_a_of_longer_weights(case: Case) -> Values:
    """rho_A of weights that are sqrt(n / (n - 1)) too long: it grows by their square."""
    n = float(fitted(case).moments.n_obs)
    found = by(csat.rho_a(fitted(case)), "construct", case.constructs)
    return {
        name: value * n / (n - 1) if len(case.items_of(name)) > 1 else value
        for name, value in found.items()
    }


def htmt(case: Case) -> Values:
    return pairs(case, csat.htmt(fitted(case)))


def signed_htmt(case: Case) -> Values:
    """HTMT of correlations with their signs, from the same moments."""
    estimates = fitted(case)
    deviation = np.sqrt(np.diagonal(estimates.moments.cov))
    corr = estimates.moments.cov.to_pandas() / deviation / deviation[:, None]
    blocks = dict(case.blocks)

    def within(name: str) -> float:
        size = len(blocks[name])
        block = corr.loc[list(blocks[name]), list(blocks[name])].to_numpy()
        return 1.0 if size == 1 else float((block.sum() - size) / (size * (size - 1)))

    return {
        label: corr.loc[list(blocks[one]), list(blocks[other])].to_numpy().mean()
        / (within(one) * within(other)) ** 0.5
        for label, (one, other) in ((label, label.split(" ~~ ")) for label in htmt(case))
    }


def construct_corr(case: Case) -> Values:
    return pairs(case, fitted(case).construct_corr)


def composite_corr(case: Case) -> Values:
    """Correlations of the composites, not corrected for measurement error."""
    estimates = fitted(case)
    plain = csat.fit(
        estimates.moments,
        model_of(case),
        scheme=case.scheme,
        tolerance=TOLERANCE,
        max_iterations=MOST,
    )
    return pairs(case, plain.construct_corr)


def fornell_larcker(case: Case) -> Values:
    table = csat.fornell_larcker(fitted(case))
    frame = table.to_pandas()
    return {name: float(frame.at[name, name]) for name in case.constructs} | pairs(case, table)


def scores(case: Case) -> Values:
    table = csat.scores(fitted(case), survey(case.data)).to_pandas()
    return {
        row(number, name): float(value)
        for name in case.constructs
        for number, value in enumerate(table[name], start=1)
    }


def scores_by_n(case: Case) -> Values:
    """Scores whose variance is 1 by the divisor n."""
    n = float(fitted(case).moments.n_obs)
    return {label: value * (n / (n - 1)) ** 0.5 for label, value in scores(case).items()}


def first_five(quantity: Quantity) -> Quantity:
    """Return the scores of the first five rows only."""
    return lambda case: {
        label: value
        for label, value in quantity(case).items()
        if int(label.split(":", maxsplit=1)[0]) <= 5
    }


def principal_rho_c(case: Case) -> Values:
    """rho_C with the loadings of each block's first principal component."""
    found = {}
    for name, items in case.blocks:
        corr = survey(case.data)[list(items)].corr().to_numpy()
        values, vectors = np.linalg.eigh(corr)
        loading = np.abs(vectors[:, -1]) * values[-1] ** 0.5
        common = loading.sum() ** 2
        found[name] = common / (common + (1 - loading**2).sum())
    return found


@lru_cache(maxsize=8)
def drawn_alike(case: Case) -> pd.DataFrame:
    """Paths of draws of given rows: their moments, stacked along ``draw``, in one fit."""
    frame = survey(case.data)[list(case.items)]
    n = len(frame)
    rows = np.random.default_rng(1).integers(0, n, size=(SAME_DRAWS, n))
    drawn = [csat.compute_moments(frame.iloc[picked]) for picked in rows]
    moments = csat.Moments.from_table(
        mean=xr.concat([m.mean for m in drawn], "draw"),
        cov=xr.concat([m.cov for m in drawn], "draw"),
        n_obs=xr.concat([m.n_obs for m in drawn], "draw"),
    )
    found = csat.fit(moments, model_of(case), orientation=fitted(case), **settings_of(case))
    return path_draws(case, found)


def path_draws(case: Case, draws: csat.Estimates) -> pd.DataFrame:
    """Tabulate the paths draw by draw."""
    columns = {arrow(a, b): draws.paths.sel(source=a, target=b).to_numpy() for a, b in case.paths}
    return pd.DataFrame(columns)


def same_standard_errors(case: Case) -> Values:
    return {str(k): float(v) for k, v in drawn_alike(case).std(ddof=1).items()}


def own_standard_errors(case: Case) -> Values:
    draws = csat.bootstrap(
        survey(case.data),
        model_of(case),
        n_boot=OWN_DRAWS,
        seed=2,
        scheme=case.scheme,
    )
    return {str(k): float(v) for k, v in path_draws(case, draws).std(ddof=1).items()}


def same_lower_ends(case: Case) -> Values:
    return {str(k): float(v) for k, v in drawn_alike(case).quantile(0.025).items()}


QUANTITIES: dict[str, Quantity] = (
    criteria.QUANTITIES
    | covariance.QUANTITIES
    | groups.QUANTITIES
    | planning.QUANTITIES
    | prediction.QUANTITIES
    | priorities.QUANTITIES
    | segments.QUANTITIES
    | {
        "weights": weights,
        "weights, scores of variance 1 by the divisor n": weights_by_n,
        "loadings": loadings,
        "path coefficients": paths,
        "path coefficients, products standardised": standardised_paths,
        "R2": r_squared,
        "adjusted R2": adjusted_r_squared,
        "total effects": total_effects,
        "total indirect effects": indirect_effects,
        "specific indirect effects": specific_indirect,
        "specific indirect effects, those stored": stored_routes,
        "variance accounted for": accounted_for,
        "Cronbach's alpha": criterion(csat.cronbach_alpha),
        "rho_A": criterion(csat.rho_a),
        "rho_A, weights sqrt(n / (n - 1)) longer": rho_a_of_longer_weights,
        "rho_C": criterion(csat.composite_reliability),
        "rho_C, loadings of the first principal component": principal_rho_c,
        "AVE": criterion(csat.average_variance_extracted),
        "HTMT": htmt,
        "HTMT of signed correlations": signed_htmt,
        "Fornell-Larcker table": fornell_larcker,
        "construct correlations": construct_corr,
        "construct correlations, not corrected": composite_corr,
        "scores": scores,
        "scores of variance 1 by the divisor n": scores_by_n,
        "scores of the first five": first_five(scores),
        "bootstrap standard errors, same rows drawn": same_standard_errors,
        "bootstrap standard errors, own rows drawn": own_standard_errors,
        "lower ends of 95 % percentile intervals, same rows drawn": same_lower_ends,
    }
)
