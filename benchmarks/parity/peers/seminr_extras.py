"""PyPI's seminrExtras, run live on models of its sister seminr."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from benchmarks.parity.case import Case
from benchmarks.parity.cases import ALTERNATIVES
from benchmarks.parity.labels import Values, arrow
from benchmarks.parity.peers.seminr_python import fitted, frame_of
from benchmarks.parity.samples import survey

# Its bootstrap is no part of what is compared, and cannot be left out.
FEWEST_DRAWS = 2
TARGETS = {"necessity": "Satisfaction", "importance": "Loyalty"}


@cache
def predictive_ability(case: Case) -> Any:
    """Test a model against both benchmarks, one left out after the other."""
    import seminrExtras

    return seminrExtras.assess_cvpat(fitted(case), nboot=FEWEST_DRAWS, seed=1)


def by_construct(table: Any, columns: tuple[str, str]) -> Values:
    """Take the losses, without the last row, which is of all constructs."""
    frame = frame_of(table).drop(index="Overall")
    return {
        f"{label}: {name}": float(frame.at[name, column])
        for name in frame.index
        for label, column in zip(("model", "benchmark"), columns, strict=True)
    }


def against_linear_model(case: Case) -> Values:
    return by_construct(predictive_ability(case).cvpat_compare_lm, ("PLS Loss", "LM Loss"))


def against_means(case: Case) -> Values:
    return by_construct(predictive_ability(case).cvpat_compare_ia, ("PLS Loss", "IA Loss"))


def between_models(case: Case) -> Values:
    import seminrExtras

    found = seminrExtras.assess_cvpat_compare(
        fitted(case), fitted(ALTERNATIVES[case.name]), nboot=FEWEST_DRAWS, seed=1
    )
    return by_construct(found.table, ("Base Model Loss", "Alt Model Loss"))


@cache
def necessary(case: Case) -> Any:
    import seminrExtras

    return seminrExtras.assess_nca(fitted(case), TARGETS["necessity"], test_rep=0)


def effect_sizes(case: Case) -> Values:
    table = frame_of(necessary(case).effect_sizes)
    return {
        f"{ceiling}: {name}": float(table.at[name, ceiling])
        for ceiling in table.columns
        for name in table.index
    }


def bottlenecks(case: Case) -> Values:
    """Take the levels in per cent of the range, where some are needed."""
    return {
        f"{ceiling}: {name} = {level}": float(value)
        for ceiling, table in necessary(case).bottleneck.items()
        for name, column in frame_of(table).drop(columns=TARGETS["necessity"]).items()
        for level, value in column.items()
        if value > 0
    }


@cache
def importance_map(case: Case) -> Any:
    import seminrExtras

    return seminrExtras.assess_ipma(fitted(case), TARGETS["importance"], 1, 10)


def importance(case: Case) -> Values:
    return dict(importance_map(case).importance_unstd)


def performance(case: Case) -> Values:
    return dict(importance_map(case).performance)


STARTS = 10


@cache
def mixture(case: Case) -> Any:
    """Find two segments, from starts that treat a row and its mirror image alike."""
    import seminrExtras

    n = len(survey(case.data)) // 2
    starts = [np.random.default_rng(seed).dirichlet(np.ones(2), n) for seed in range(STARTS)]
    return seminrExtras.assess_fimix(
        fitted(case),
        K=2,
        nstart=STARTS,
        stop_criterion=1e-11,
        inits=[np.concatenate([start, start]) for start in starts],
    )


def places(case: Case) -> list[str]:
    """Return the segments, the largest first."""
    shares = mixture(case).segment_proportions
    return sorted(shares, key=lambda name: -shares[name])


def likelihood(case: Case) -> Values:
    found = mixture(case)
    shares = [float(found.segment_proportions[name]) for name in places(case)]
    return {
        "log-likelihood": float(found.log_likelihood),
        "entropy": float(found.info_criteria["EN"]),
    } | {f"share = {k}": share for k, share in enumerate(shares, start=1)}


def criteria(case: Case) -> Values:
    wanted = ("AIC", "AIC3", "AIC4", "BIC", "CAIC", "HQ")
    return {name: float(mixture(case).info_criteria[name]) for name in wanted}


def segment_paths(case: Case) -> Values:
    tables = mixture(case).segment_paths
    return {
        f"{k}: {arrow(a, b)}": float(frame_of(tables[int(name.split("_")[1]) - 1]).at[a, b])
        for k, name in enumerate(places(case), start=1)
        for a, b in case.paths
    }


QUANTITIES: dict[str, Callable[[Case], Values]] = {
    "CVPAT against the linear model, one left out": against_linear_model,
    "CVPAT against the means, one left out": against_means,
    "CVPAT between two models, one left out": between_models,
    "necessity: effect sizes": effect_sizes,
    "necessity: bottlenecks": bottlenecks,
    "importance for Loyalty": importance,
    "performance": performance,
    "finite mixture: likelihood, entropy, shares": likelihood,
    "finite mixture: criteria": criteria,
    "finite mixture: paths of segments": segment_paths,
}
