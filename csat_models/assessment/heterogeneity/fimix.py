r"""Finite mixture PLS: latent segments that differ in the structural model.

Given the scores of the whole sample, each respondent is taken to belong to one
of K segments, in which every endogenous construct is a regression on its
predecessors with coefficients and an error variance of the segment's own. The
EM algorithm maximises

.. math::

   \ln L = \sum_i \ln \sum_k \rho_k \prod_q \phi(y_{iq} ; x_{iq}' b_{kq}, \sigma^2_{kq}).

References
----------
Hahn, Johnson, Herrmann and Huber (2002), Capturing customer heterogeneity
using a finite mixture PLS approach, Schmalenbach Business Review 54, 243-269.
Sarstedt, Becker, Ringle and Schwaiger (2011), Uncovering and treating
unobserved heterogeneity with FIMIX-PLS: which model selection criterion
provides an appropriate number of segments?, Schmalenbach Business Review 63,
34-62. Its criteria are by Akaike (AIC), Bozdogan (AIC3, CAIC), Schwarz (BIC),
Hannan and Quinn (HQ), Liang, Jaszczak and Coleman (MDL5), Ramaswamy et al. (EN),
Roubens (NFI), and Celeux and Soromenho (NEC).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from csat_models.assessment.heterogeneity.equations import (
    LEAST_VARIANCE,
    SMALLEST_WEIGHT,
    StructuralEquations,
)
from csat_models.errors import DataError
from csat_models.estimation.whole_numbers import require_count, require_seed
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


def fimix(
    scores: xr.DataArray,
    model: PathModel,
    *,
    n_segments: int,
    seed: int,
    n_starts: int = 20,
    tolerance: float = 1e-8,
    max_iterations: int = 2000,
) -> Mixture:
    r"""Find segments that differ in the structural model.

    Parameters
    ----------
    scores : DataArray (row, construct)
        Standardised, of the model fitted to all respondents; see
        :func:`~csat_models.estimation.scores.scores`. Rows with a missing score
        are left out and have no segment.
    model : PathModel
    n_segments : int
        K, from 1.
    seed : int
    n_starts : int
        Random starts, iterated side by side; the best one counts.
    tolerance : float
        A start stops when its mean log-likelihood a respondent moves by less.
    max_iterations : int

    Returns
    -------
    Mixture

    Raises
    ------
    DataError
        A number of segments that the sample cannot carry, scores of other dimensions or
        constructs, or numbers of segments, starts or iterations that are none.

    Examples
    --------
    >>> generator = np.random.default_rng(1)
    >>> x, noise = generator.normal(size=(2, 300))
    >>> y = np.where(np.arange(300) < 150, 0.9, -0.9) * x + 0.3 * noise
    >>> names = {"construct": ["A", "B"]}
    >>> both = xr.DataArray(np.stack([x, y], axis=1), names, ["row", "construct"])
    >>> model = PathModel.parse("A =~ a\nB =~ b\nB ~ A")
    >>> found = fimix(both, model, n_segments=2, seed=1)
    >>> sorted(found.paths.sel(source="A", target="B").round(1).values.tolist())
    [-0.9, 0.9]
    """
    _require_arguments(scores, model, seed, n_starts=n_starts, max_iterations=max_iterations)
    require_count("n_segments", n_segments)
    values = scores.sel(construct=list(model.construct_names)).transpose("row", "construct")
    known = np.isfinite(values.to_numpy()).all(axis=1)
    regressions = StructuralEquations.of(values.to_numpy()[known], model)
    _check(n_segments, regressions)
    starts = _start(len(regressions.targets), n_segments, n_starts, np.random.default_rng(seed))
    fitted = _iterate(regressions, starts, tolerance, max_iterations)
    return _label(fitted, regressions, model, values, known)


def fimix_criteria(
    scores: xr.DataArray,
    model: PathModel,
    *,
    segments: Sequence[int] = (1, 2, 3, 4, 5),
    seed: int,
    n_starts: int = 20,
) -> pd.DataFrame:
    """Compare numbers of segments.

    Parameters
    ----------
    scores, model, seed, n_starts
        See :func:`fimix`.
    segments : sequence of int
        Numbers tried.

    Returns
    -------
    DataFrame
        ``n_segments``, ``log_likelihood``, the criteria, ``smallest_share``,
        ``agreement`` and ``status``; a number that the sample cannot carry has
        ``status`` "too_many" and is blank. AIC3 and CAIC together are the
        usual choice (Sarstedt et al. 2011).
    """
    return mixture_criteria(
        fimix_mixtures(scores, model, segments=segments, seed=seed, n_starts=n_starts)
    )


def fimix_mixtures(
    scores: xr.DataArray,
    model: PathModel,
    *,
    segments: Sequence[int] = (1, 2, 3, 4, 5),
    seed: int,
    n_starts: int = 20,
) -> dict[int, Mixture | None]:
    """Return the mixtures that :func:`fimix_criteria` compares.

    Parameters
    ----------
    scores, model, segments, seed, n_starts
        See :func:`fimix_criteria`.

    Returns
    -------
    dict
        Number of segments to mixture; None where the sample cannot carry it.
    """
    _require_arguments(scores, model, seed, n_starts=n_starts)
    for count in segments:
        require_count("segments", count)
    found: dict[int, Mixture | None] = {}
    for count in segments:
        try:
            found[count] = fimix(scores, model, n_segments=count, seed=seed, n_starts=n_starts)
        except DataError:
            found[count] = None
    return found


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Fitted:
    """The best start, and how many found it."""

    shares: Array
    coefficients: Array
    variance: Array
    membership: Array
    log_likelihood: float
    converged: bool
    agreement: float


def _require_arguments(scores: object, model: PathModel, seed: object, **counts: object) -> None:
    if not isinstance(scores, xr.DataArray) or set(scores.dims) != {"row", "construct"}:
        kind = ", ".join(map(str, getattr(scores, "dims", ()))) or type(scores).__name__
        raise DataError(
            f"the scores need the dimensions row and construct, and have {kind}; give those of "
            "csat_models.scores, of one sample"
        )
    absent = [name for name in model.construct_names if name not in scores["construct"].values]
    if absent:
        raise DataError(
            f"the scores have no construct '{absent[0]}', which the model has; give those of the "
            "same model",
            construct=absent[0],
        )
    require_seed(seed)
    for name, value in counts.items():
        require_count(name, value)


def _check(n_segments: int, regressions: StructuralEquations) -> None:
    needed = n_segments * (regressions.n_parameters + 1)
    if n_segments < 1 or needed > len(regressions.targets):
        raise DataError(
            f"{n_segments} segments need {needed} respondents with scores, but there are "
            f"{len(regressions.targets)}; ask for fewer segments",
            n_segments=n_segments,
        )


def _start(n_rows: int, n_segments: int, n_starts: int, generator: np.random.Generator) -> Array:
    labels = generator.integers(0, n_segments, size=(n_starts, n_rows))
    return np.asarray(labels[:, None, :] == np.arange(n_segments)[:, None], dtype=np.float64)


def _iterate(
    regressions: StructuralEquations, membership: Array, tolerance: float, max_iterations: int
) -> _Fitted:
    before = np.full(len(membership), -np.inf)
    n_rows = membership.shape[-1]
    moving = np.arange(len(membership))
    membership = membership.copy()
    coefficients, variance = regressions.solve(membership)
    for _ in range(max_iterations):
        fitted = regressions.solve(membership[moving])
        coefficients[moving], variance[moving] = fitted
        shares = np.maximum(membership[moving].mean(axis=-1), SMALLEST_WEIGHT)
        joint = regressions.log_density(*fitted) + np.log(shares)[..., None]
        top = joint.max(axis=1, keepdims=True)
        summed = np.log(np.exp(joint - top).sum(axis=1, keepdims=True)) + top
        membership[moving] = np.exp(joint - summed)
        likelihood = summed[:, 0].sum(axis=-1)
        moves = np.abs(likelihood - before[moving]) > tolerance * n_rows
        before[moving] = likelihood
        moving = moving[moves]
        if len(moving) == 0:
            break
    best = int(np.argmax(before))
    order = np.argsort(-membership[best].mean(axis=-1), kind="stable")
    near = np.abs(before - before[best]) < 1e-3 * max(1.0, n_rows * tolerance * 1e3)
    return _Fitted(
        shares=membership[best].mean(axis=-1)[order],
        coefficients=coefficients[best][order],
        variance=variance[best][order],
        membership=membership[best][order],
        log_likelihood=float(before[best]),
        converged=best not in moving,
        agreement=float(near.mean()),
    )


def _label(
    fitted: _Fitted,
    regressions: StructuralEquations,
    model: PathModel,
    values: xr.DataArray,
    known: NDArray[np.bool_],
) -> Mixture:
    names, count = list(model.construct_names), len(fitted.shares)
    segments = list(range(1, count + 1))
    paths = np.zeros((count, len(names), len(names)))
    paths[:, :, regressions.columns] = np.swapaxes(fitted.coefficients, -1, -2)
    membership = np.full((len(known), count), np.nan)
    membership[known] = fitted.membership.T
    endogenous = [names[j] for j in regressions.columns]
    rows = {"row": values["row"].values} if "row" in values.coords else {}
    status = _status(fitted, regressions)
    return Mixture(
        shares=xr.DataArray(fitted.shares, {"segment": segments}, "segment"),
        paths=xr.DataArray(
            paths,
            {"segment": segments, "source": names, "target": names},
            ["segment", "source", "target"],
        ),
        error_variance=xr.DataArray(
            fitted.variance,
            {"segment": segments, "construct": endogenous},
            ["segment", "construct"],
        ),
        membership=xr.DataArray(membership, {**rows, "segment": segments}, ["row", "segment"]),
        log_likelihood=fitted.log_likelihood,
        converged=status == "ok",
        agreement=fitted.agreement,
        status=status,
        criteria=_criteria(fitted, regressions),
    )


def _status(fitted: _Fitted, regressions: StructuralEquations) -> str:
    if not fitted.converged:
        return "not_converged"
    sizes = fitted.shares * len(regressions.targets)
    flat = (fitted.variance <= LEAST_VARIANCE).any()
    return "degenerate" if flat or sizes.min() < regressions.n_parameters else "ok"


def _criteria(fitted: _Fitted, regressions: StructuralEquations) -> dict[str, float]:
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


def _normalised_entropy(entropy: float, fitted: _Fitted, regressions: StructuralEquations) -> float:
    """Entropy over what the segments add to the log-likelihood of a single one."""
    if len(fitted.shares) == 1:
        return 1.0
    alone = regressions.log_density(*regressions.solve(np.ones((1, 1, len(regressions.targets)))))
    gain = fitted.log_likelihood - float(alone.sum())
    return entropy / gain if gain > 0 else np.inf
