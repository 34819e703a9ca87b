r"""Response-based units: segments that differ in measurement and in structure.

Each respondent goes to the segment whose own model leaves the smallest
residuals, of answers and of endogenous constructs alike; the segments' models
are fitted again, until hardly anybody moves.

References
----------
Esposito Vinzi, Trinchera, Squillacciotti and Tenenhaus (2008), REBUS-PLS: a
response-based procedure for detecting unit segments in PLS path modelling,
Applied Stochastic Models in Business and Industry 24, 439-458. The group
quality index: Trinchera (2007), Unobserved heterogeneity in structural
equation models, thesis, University of Naples Federico II.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from csat_models.errors import DataError, ModelError
from csat_models.estimation import Estimates, compute_moments, fit_moments
from csat_models.estimation.columns import read_numbers, require_columns, rows_of
from csat_models.estimation.refusals import require_estimates
from csat_models.estimation.whole_numbers import require_count, require_seed
from csat_models.survey import Responses

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

_ROUNDING = 1e-8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segmentation:
    """Segments of a sample, and the model of each.

    Attributes
    ----------
    segment : DataArray (row,)
        From 1, the largest first; 0 for a row with a missing answer.
    estimates : Estimates (segment, ...)
    quality : float
        Group quality index; that of the whole sample's model is smaller where
        segments help.
    moved : float
        Share of respondents that changed in the last round.
    rounds : int
    status : str
        ``ok``, or ``not_converged`` where respondents still move.
    """

    segment: xr.DataArray
    estimates: Estimates
    quality: float
    moved: float
    rounds: int
    status: str


def rebus(
    data: Responses | pd.DataFrame,
    estimates: Estimates,
    *,
    n_segments: int,
    seed: int,
    n_starts: int = 10,
    max_rounds: int = 100,
    threshold: float = 0.005,
) -> Segmentation:
    r"""Segment respondents by how well each segment's model fits them.

    The closeness of respondent i to segment g is

    .. math::

       \sqrt{\frac{E_{ig}}{\sum_i E_{ig} / (n - 2)} \cdot \frac{F_{ig}}{\sum_i F_{ig} / (n - 2)}},
       \quad E_{ig} = \sum_p e^2_{ipg} / \lambda^2_{pg}, \; F_{ig} = \sum_j f^2_{ijg} / R^2_{jg},

    with the residuals e of the answers on the scores, with communalities
    :math:`\lambda^2`, and f of the structural equations. The first segments
    come from k-means of the residuals of the whole sample's model, in turn of
    the structural ones and of all. Of the solutions found, the one with the
    largest group quality counts: the root of the mean communality times the
    mean R2 of the segments, weighted by their sizes.

    Parameters
    ----------
    data : Responses or DataFrame
        Rows with a missing answer to an item of the model are left out.
    estimates : Estimates
        The whole sample's; its model has reflective items, no product and no
        construct of higher order.
    n_segments : int
        From 2.
    seed : int
    n_starts : int
        First partitions tried.
    max_rounds : int
    threshold : float
        Rounds end when a smaller share of respondents moves.

    Returns
    -------
    Segmentation

    Raises
    ------
    DataError
        A number of segments that the sample cannot carry; numbers of segments, starts or
        rounds that are none; a column that is not there or holds no numbers; estimates of
        several samples.
    ModelError
        A model with composites (Mode B), products or higher order.
    """
    require_estimates(estimates, "rebus(data, estimates, n_segments=3, seed=1)")
    _require_reflective(estimates)
    for name, count in (("n_segments", n_segments), ("n_starts", n_starts)):
        require_count(name, count)
    require_count("max_rounds", max_rounds)
    require_seed(seed)
    frame = rows_of(data)
    require_columns(frame, estimates.model.items)
    values = read_numbers(frame, estimates.model.items)
    known = np.asarray(np.isfinite(values).all(axis=1))
    answers = _Answers(values=values[known], whole=estimates)
    _check(n_segments, answers)
    generator = np.random.default_rng(seed)
    measured, structural = answers.residuals(estimates)
    kinds = (structural, np.concatenate([measured, structural], axis=1))
    firsts = [_first_segments(kinds[k % 2], n_segments, generator) for k in range(n_starts)]
    tries = [_settle(answers, first, max_rounds, threshold) for first in firsts]
    best = max(tries, key=lambda each: each[1])
    return _label(best, answers, frame, known, threshold)


def group_quality(estimates: Estimates) -> float:
    r"""Group quality index: root of mean communality times mean R2, segments by size.

    Parameters
    ----------
    estimates : Estimates (segment, ...) or (...)
        Of the segments, or of a single model for all.

    References
    ----------
    Trinchera (2007), Unobserved heterogeneity in structural equation models, thesis,
    University of Naples Federico II.
    """
    size = estimates.moments.n_obs
    share = size / size.sum()
    communality = (share * (estimates.loadings**2).mean("item")).sum()
    explained = (share * estimates.r_squared.mean("construct")).sum()
    return float(np.sqrt(communality * explained))


_Settled = tuple[Codes, float, float, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Answers:
    """Complete answers (n, K) and the whole sample's estimates."""

    values: Array
    whole: Estimates

    def fitted(self, segment: Codes) -> Estimates:
        """Fit the model to every segment, (segment, ...)."""
        model = self.whole.model
        table = pd.DataFrame(self.values, columns=list(model.items)).assign(segment=segment + 1)
        moments = compute_moments(table, items=model.items, by=["segment"])
        return fit_moments(moments, model, self.whole.settings, orientation=self.whole)

    def residuals(self, estimates: Estimates) -> tuple[Array, Array]:
        """Residuals of answers (n, K) and constructs (n, Q), over the root of their shares."""
        model = estimates.model
        mean = estimates.moments.mean.to_numpy()
        deviation = np.sqrt(np.diagonal(estimates.moments.cov.to_numpy()))
        standard = (self.values - mean) / deviation
        owner = model.membership.argmax(axis=1)
        score = standard @ (estimates.weights.to_numpy()[:, None] * model.membership)
        loading = estimates.loadings.to_numpy()
        measured = (standard - score[:, owner] * loading) / np.abs(loading)
        paths, share = estimates.paths.to_numpy(), estimates.r_squared.to_numpy()
        endogenous = np.flatnonzero(np.isfinite(share))
        structural = (score - score @ paths)[:, endogenous] / np.sqrt(share[endogenous])
        return measured, structural

    def quality(self, segment: Codes) -> float:
        """Root of mean communality times mean R2 of the segments, by size."""
        return group_quality(self.fitted(segment))

    def closeness(self, fitted: Estimates) -> Array:
        """Distance of every respondent to every segment's model, (n, G)."""
        columns = []
        for g in fitted.weights["segment"].values:
            alone = _only(fitted, g)
            if not bool(alone.converged):
                columns.append(np.full(len(self.values), np.inf))
                continue
            parts = [(part**2).sum(axis=1) for part in self.residuals(alone)]
            scaled = [part / (part.sum() / (len(self.values) - 2)) for part in parts]
            columns.append(np.sqrt(scaled[0] * scaled[1]))
        return np.stack(columns, axis=1)


def _only(fitted: Estimates, segment: int) -> Estimates:
    names = (
        "weights", "loadings", "paths", "construct_corr", "r_squared", "converged",
        "iterations", "flipped", "violation",
    )  # fmt: skip
    parts = {name: getattr(fitted, name).sel(segment=segment, drop=True) for name in names}
    return replace(fitted, moments=fitted.moments.sel(segment=segment), **parts)


def _first_segments(residuals: Array, count: int, generator: np.random.Generator) -> Codes:
    from scipy.cluster.vq import kmeans2

    spread = residuals.std(axis=0)
    # A single item is its construct: it has no residual.
    varies = spread > _ROUNDING
    scaled = residuals[:, varies] / spread[varies]
    _centres, codes = kmeans2(scaled, count, minit="++", seed=generator, missing="warn")
    return np.asarray(codes, dtype=np.intp)


def _settle(answers: _Answers, segment: Codes, max_rounds: int, threshold: float) -> _Settled:
    count = int(segment.max()) + 1
    moved, rounds = 1.0, 0
    while rounds < max_rounds and moved >= threshold:
        distance = answers.closeness(answers.fitted(segment))
        nearest = distance.argmin(axis=1)
        if np.bincount(nearest, minlength=count).min() <= len(answers.whole.model.items):
            break
        moved = float((nearest != segment).mean())
        segment, rounds = nearest, rounds + 1
    return segment, answers.quality(segment), moved, rounds


def _label(
    settled: _Settled,
    answers: _Answers,
    frame: pd.DataFrame,
    known: NDArray[np.bool_],
    threshold: float,
) -> Segmentation:
    codes, quality, moved, rounds = settled
    sizes = np.bincount(codes)
    rank = np.argsort(np.argsort(-sizes, kind="stable"), kind="stable")
    ordered = rank[codes]
    segment = np.zeros(len(known), dtype=np.int64)
    segment[known] = ordered + 1
    return Segmentation(
        segment=xr.DataArray(segment, {"row": frame.index.to_numpy()}, "row"),
        estimates=answers.fitted(ordered.astype(np.intp)),
        quality=quality,
        moved=moved,
        rounds=rounds,
        status="ok" if moved < threshold else "not_converged",
    )


def _check(n_segments: int, answers: _Answers) -> None:
    needed = n_segments * (len(answers.whole.model.items) + 1)
    if n_segments < 2 or needed > len(answers.values):  # noqa: PLR2004
        raise DataError(
            f"{n_segments} segments need at least two segments and {needed} complete "
            f"respondents, but there are {len(answers.values)}; ask for fewer segments",
            n_segments=n_segments,
        )


def _require_reflective(estimates: Estimates) -> None:
    model = estimates.model
    if estimates.moments.batch_dims:
        raise DataError(
            "REBUS takes the estimates of one sample; select one element of "
            f"{', '.join(map(str, estimates.moments.batch_dims))}"
        )
    if model.higher_order or model.products:
        raise ModelError("REBUS takes models without constructs of higher order and products")
    formative = [c.name for c in model.constructs if c.mode == "B" and len(c.items) > 1]
    if formative:
        raise ModelError(
            f"REBUS measures the residuals of reflective items, but '{formative[0]}' is a "
            "composite (Mode B); use fimix, or Mode A",
            construct=formative[0],
        )
