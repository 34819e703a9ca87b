"""PyPI's seminr on covariance-based models, run live."""

from __future__ import annotations

from functools import cache
from typing import Any

from benchmarks.parity.case import Case
from benchmarks.parity.labels import Values
from benchmarks.parity.samples import survey

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


QUANTITIES = {
    "standardised estimates": standardised,
    "fit measures": likelihood_fit,
}
