"""What csat_models says of segments nobody named, of necessary conditions, and of endogeneity."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd

import csat_models as csat
from benchmarks.parity.case import Case
from benchmarks.parity.estimating import fitted
from benchmarks.parity.labels import Values, arrow
from benchmarks.parity.samples import survey
from csat_models.assessment.heterogeneity.mixture import Mixture

TARGET = "Satisfaction"
STARTS = 50
SUSPECTS = ("Image", "Value")
# Whose penalty is that of the number of parameters alone.
PENALTIES = {"AIC": "aic", "AIC3": "aic3", "AIC4": "aic4", "BIC": "bic", "CAIC": "caic", "HQ": "hq"}


@cache
def mixture(case: Case) -> Mixture:
    """Find two segments; the best of many starts."""
    scores = csat.scores(fitted(case), survey(case.data))
    return csat.fimix(
        scores, fitted(case).model, n_segments=2, seed=1, n_starts=STARTS, tolerance=1e-13
    )


def likelihood(case: Case) -> Values:
    """Likelihood, entropy and shares, which do not depend on the number of parameters."""
    found = mixture(case)
    shares = {f"share = {k}": float(share) for k, share in enumerate(found.shares, start=1)}
    return {
        "log-likelihood": found.log_likelihood,
        "entropy": float(found.criteria["en"]),
    } | shares


def criteria(case: Case) -> Values:
    return {name: float(mixture(case).criteria[key]) for name, key in PENALTIES.items()}


def criteria_with_intercepts(case: Case) -> Values:
    """The same, counting as many intercepts as there are equations in each segment."""
    found, plain = mixture(case), criteria(case)
    more = 2 * len({target for _, target in case.paths})
    whole = -2.0 * found.log_likelihood
    own = (plain["AIC"] - whole) / 2.0
    return {name: whole + (value - whole) * (own + more) / own for name, value in plain.items()}


def segment_paths(case: Case) -> Values:
    paths = mixture(case).paths
    return {
        f"{k}: {arrow(a, b)}": float(paths.isel(segment=k - 1).sel(source=a, target=b))
        for k in (1, 2)
        for a, b in case.paths
    }


def sources(case: Case) -> list[str]:
    """Return the constructs with a path to the outcome."""
    return [source for source, target in case.paths if target == TARGET]


def effect_sizes(case: Case) -> Values:
    scores = csat.scores(fitted(case), survey(case.data))
    found = {}
    for ceiling in ("ce_fdh", "cr_fdh"):
        table = csat.necessity(
            scores, TARGET, conditions=sources(case), ceiling=ceiling, n_permutations=1
        ).set_index("condition")
        found |= {
            f"{ceiling}: {name}": float(table.at[name, "effect_size"]) for name in table.index
        }
    return found


def bottlenecks(case: Case) -> Values:
    """Levels needed in per cent of the range, to one decimal, where some are."""
    scores = csat.scores(fitted(case), survey(case.data)).to_pandas()
    least, span = scores.min(), scores.max() - scores.min()
    found = {}
    for ceiling in ("ce_fdh", "cr_fdh"):
        levels = np.linspace(least[TARGET], scores[TARGET].max(), 11)
        table = csat.bottleneck_table(
            scores, TARGET, conditions=sources(case), ceiling=ceiling, levels=levels.tolist()
        )
        for name in sources(case):
            needed = ((table[name] - least[name]) / span[name] * 100).round(1)
            found |= _needed(f"{ceiling}: {name}", needed)
    return found


def _needed(label: str, values: pd.Series) -> Values:
    return {
        f"{label} = {10 * place}": float(value)
        for place, value in enumerate(values)
        if 0 < value <= 100
    }


def copula(case: Case) -> Values:
    """Return paths with copula terms, and the terms' coefficients."""
    scores = csat.scores(fitted(case), survey(case.data))
    found = csat.gaussian_copula(scores, fitted(case).model, target=TARGET, suspects=SUSPECTS)
    terms = {f"copula: {name}": found.copula.sel(endogenous=name).item() for name in SUSPECTS}
    return terms | {
        arrow(name, TARGET): found.paths.sel(source=name).item() for name in sources(case)
    }


def copula_by_n(case: Case) -> Values:
    """The same of scores of variance 1 by the divisor n, of which a term is no part."""
    n = float(fitted(case).moments.n_obs)
    factor = (n / (n - 1)) ** 0.5
    return {
        label: value * factor if label.startswith("copula") else value
        for label, value in copula(case).items()
    }


QUANTITIES: dict[str, Callable[[Case], Values]] = {
    "finite mixture: likelihood, entropy, shares": likelihood,
    "finite mixture: criteria": criteria,
    "finite mixture: criteria, intercepts counted": criteria_with_intercepts,
    "finite mixture: paths of segments": segment_paths,
    "necessity: effect sizes": effect_sizes,
    "necessity: bottlenecks": bottlenecks,
    "Gaussian copula": copula,
    "Gaussian copula, scores of variance 1 by the divisor n": copula_by_n,
}
