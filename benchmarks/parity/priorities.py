"""What csat_models says of indices, and of importance and performance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import csat_models as csat
from benchmarks.parity.case import Case
from benchmarks.parity.estimating import by, cells, fitted, scaled
from benchmarks.parity.labels import Values, arrow, reachable
from csat_models.analysis.index import index_deviation
from csat_models.analysis.priorities import ancestors, item_performance

TARGET = "Loyalty"


def index(case: Case) -> Values:
    return by(csat.satisfaction_index(scaled(case)), "construct", case.constructs)


def index_by_standardised_weights(case: Case) -> Values:
    """Mean 0-100 item by standardised weight: not the score's index, as items spread unequally."""
    estimates = scaled(case)
    means = 100 * (estimates.moments.mean.to_series() - 1) / 9
    w = estimates.weights.to_series()
    return {
        name: float(w[list(items)] @ means[list(items)] / w[list(items)].sum())
        for name, items in case.blocks
    }


def index_total_effects(case: Case) -> Values:
    """Points by which an index moves when another one rises by a point."""
    deviation = index_deviation(scaled(case)).to_series()
    return {
        arrow(source, target): value * deviation[target] / deviation[source]
        for (source, target), value in zip(
            reachable(case.paths),
            cells(csat.total_effects(fitted(case)), reachable(case.paths)).values(),
            strict=True,
        )
    }


def importance(case: Case) -> Values:
    return by(csat.importance(scaled(case), TARGET), "construct")


def importance_by_standardised_weights(case: Case) -> Values:
    """Total effects between means of 0-100 items that are weighted as standardised ones are."""
    estimates = scaled(case)
    moments, w = estimates.moments, estimates.weights.to_series()
    cov = moments.cov.to_pandas()
    effects = csat.total_effects(estimates).transpose("source", "target").to_pandas()

    def deviation(name: str) -> float:
        own = list(case.items_of(name))
        shares = (w[own] / w[own].sum()).to_numpy()
        return float(np.sqrt(shares @ cov.loc[own, own].to_numpy() @ shares))

    return {
        name: float(effects.at[name, TARGET]) * deviation(TARGET) / deviation(name)
        for name in ancestors(estimates, TARGET)
    }


def performance_by_standardised_weights(case: Case) -> Values:
    found = index_by_standardised_weights(case)
    return {name: found[name] for name in ancestors(scaled(case), TARGET)}


def item_importance(case: Case) -> Values:
    return by(csat.item_importance(scaled(case), TARGET, own_items=False), "item")


def item_importance_standardised(case: Case) -> Values:
    """Standardised total effect times weight of a score of variance 1 by the divisor n."""
    estimates = scaled(case)
    n = float(estimates.moments.n_obs)
    effects = csat.total_effects(estimates).transpose("source", "target").to_pandas()
    w = estimates.weights.to_series()
    return {
        item: float(w[item] * effects.at[name, TARGET]) * (n / (n - 1)) ** 0.5
        for name in ancestors(estimates, TARGET)
        for item in case.items_of(name)
    }


def item_means(case: Case) -> Values:
    found = by(item_performance(scaled(case).moments), "item")
    return {item: found[item] for item in item_importance(case)}


QUANTITIES: dict[str, Callable[[Case], Values]] = {
    "index": index,
    "index by standardised weights": index_by_standardised_weights,
    "total effects on the index scale": index_total_effects,
    "importance for Loyalty": importance,
    "importance for Loyalty by standardised weights": importance_by_standardised_weights,
    "performance by standardised weights": performance_by_standardised_weights,
    "importance of items for Loyalty": item_importance,
    "standardised importance of items for Loyalty": item_importance_standardised,
    "performance of items": item_means,
}
