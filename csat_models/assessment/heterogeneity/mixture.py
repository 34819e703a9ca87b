"""A found mixture of segments: what it says, and how far apart its segments are.

The criteria are by Akaike (AIC), Bozdogan (AIC3, CAIC), Schwarz (BIC), Hannan
and Quinn (HQ), Liang, Jaszczak and Coleman (MDL5), Ramaswamy et al. (EN),
Roubens (NFI), and Celeux and Soromenho (NEC).

References
----------
Sarstedt, Becker, Ringle and Schwaiger (2011), Uncovering and treating
unobserved heterogeneity with FIMIX-PLS: which model selection criterion
provides an appropriate number of segments?, Schmalenbach Business Review 63,
34-62.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from csat_models.assessment.heterogeneity.equations import (
    LEAST_VARIANCE,
    StructuralEquations,
)
from csat_models.model import PathModel

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mixture:
    """A mixture of K segments.

    Attributes
    ----------
    shares : DataArray (segment,)
        Largest first.
    paths : DataArray (segment, source, target)
    error_variance : DataArray (segment, construct)
        Of the endogenous constructs.
    membership : DataArray (row, segment)
        Probability of each segment for each respondent.
    log_likelihood : float
    converged : bool
        Whether the best start converged to a solution without a degenerate
        segment; a mixture that has not is described, not to be used.
    agreement : float
        Share of the random starts that reached the same likelihood: a small
        one says that more starts are needed.
    status : str
        ``ok``, ``not_converged`` or ``degenerate`` (a segment of fewer
        respondents than it has parameters, or without error variance).
    criteria : dict
        ``aic``, ``aic3``, ``aic4``, ``bic``, ``caic``, ``hq``, ``mdl5``, the smaller
        the better; of how far segments are apart, the normed entropy ``en`` and the
        non-fuzzy index ``nfi``, both 1 for segments clearly apart and 0 for none, and
        the normalised entropy criterion ``nec``, 0 for segments clearly apart and 1
        for a single one.
    """

    shares: xr.DataArray
    paths: xr.DataArray
    error_variance: xr.DataArray
    membership: xr.DataArray
    log_likelihood: float
    converged: bool
    agreement: float
    status: str
    criteria: dict[str, float]

    @property
    def segment(self) -> xr.DataArray:
        """The most probable segment of each respondent, (row,)."""
        return self.membership["segment"][self.membership.argmax("segment")].drop_vars("segment")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """The best start of the search for a mixture.

    Attributes
    ----------
    shares : array (K,)
        Largest first.
    coefficients : array (K, ...)
        As :meth:`StructuralEquations.solve` returns them.
    variance : array (K, Q)
        Error variances of the Q endogenous constructs.
    membership : array (K, n)
    log_likelihood : float
    converged : bool
    agreement : float
        Share of the starts that reached it.
    """

    shares: Array
    coefficients: Array
    variance: Array
    membership: Array
    log_likelihood: float
    converged: bool
    agreement: float


def describe(
    fitted: Fitted,
    regressions: StructuralEquations,
    model: PathModel,
    values: xr.DataArray,
    known: NDArray[np.bool_],
) -> Mixture:
    """Label a mixture of the rows that are known.

    Parameters
    ----------
    fitted : Fitted
    regressions : StructuralEquations
        Of the known rows.
    model : PathModel
    values : DataArray (row, construct)
        Scores of all N rows.
    known : array (N,) of bool
        Rows without a missing score; the others belong to no segment.
    """
    names, count = list(model.construct_names), len(fitted.shares)
    segment = {"segment": list(range(1, count + 1))}
    paths = np.zeros((count, len(names), len(names)))
    paths[:, :, regressions.columns] = np.swapaxes(fitted.coefficients, -1, -2)
    membership = np.full((len(known), count), np.nan)
    membership[known] = fitted.membership.T
    endogenous = {"construct": [names[j] for j in regressions.columns]}
    row = {"row": values["row"].values} if "row" in values.coords else {}
    status = _status(fitted, regressions)
    return Mixture(
        shares=xr.DataArray(fitted.shares, segment, ["segment"]),
        paths=xr.DataArray(
            paths, segment | {"source": names, "target": names}, ["segment", "source", "target"]
        ),
        error_variance=xr.DataArray(
            fitted.variance, segment | endogenous, ["segment", "construct"]
        ),
        membership=xr.DataArray(membership, row | segment, ["row", "segment"]),
        log_likelihood=fitted.log_likelihood,
        converged=status == "ok",
        agreement=fitted.agreement,
        status=status,
        criteria=_criteria(fitted, regressions),
    )


def _status(fitted: Fitted, regressions: StructuralEquations) -> str:
    if not fitted.converged:
        return "not_converged"
    sizes = fitted.shares * len(regressions.targets)
    flat = (fitted.variance <= LEAST_VARIANCE).any()
    return "degenerate" if flat or sizes.min() < regressions.n_parameters else "ok"


def _criteria(fitted: Fitted, regressions: StructuralEquations) -> dict[str, float]:
    n, count = len(regressions.targets), len(fitted.shares)
    free = count - 1 + count * regressions.n_parameters
    misfit = -2.0 * fitted.log_likelihood
    entropy = _entropy(fitted.membership)
    return {
        "aic": misfit + 2 * free,
        "aic3": misfit + 3 * free,
        "aic4": misfit + 4 * free,
        "bic": misfit + np.log(n) * free,
        "caic": misfit + (np.log(n) + 1) * free,
        "hq": misfit + 2 * np.log(np.log(n)) * free,
        "mdl5": misfit + 5 * np.log(n) * free,
        "en": 1.0 - entropy / (n * np.log(count)) if count > 1 else 1.0,
        "nfi": _non_fuzzy(fitted.membership),
        "nec": _normalised_entropy(entropy, fitted, regressions),
    }


def _entropy(membership: Array) -> float:
    held = np.where(membership > 0, membership, 1.0)
    return float(-(membership * np.log(held)).sum())


def _non_fuzzy(membership: Array) -> float:
    count, n = membership.shape
    return float((count * (membership**2).sum() / n - 1) / (count - 1)) if count > 1 else 1.0


def _normalised_entropy(entropy: float, fitted: Fitted, regressions: StructuralEquations) -> float:
    """Entropy over what the segments add to the log-likelihood of a single one."""
    if len(fitted.shares) == 1:
        return 1.0
    alone = regressions.log_density(*regressions.solve(np.ones((1, 1, len(regressions.targets)))))
    gain = fitted.log_likelihood - float(alone.sum())
    return entropy / gain if gain > 0 else np.inf


def mixture_criteria(mixtures: Mapping[int, Mixture | None]) -> pd.DataFrame:
    """Return the table of :func:`fimix_criteria` of given mixtures."""
    rows = []
    for count, found in mixtures.items():
        if found is None:
            rows.append({"n_segments": count, "status": "too_many"})
            continue
        rows.append(
            {
                "n_segments": count,
                "log_likelihood": found.log_likelihood,
                **found.criteria,
                "smallest_share": float(found.shares.min()),
                "agreement": found.agreement,
                "status": found.status,
            }
        )
    return pd.DataFrame(rows)
