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
34-62; the criteria are in :mod:`~csat_models.assessment.heterogeneity.mixture`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from csat_models.assessment.heterogeneity.equations import (
    SMALLEST_WEIGHT,
    StructuralEquations,
)
from csat_models.assessment.heterogeneity.mixture import (
    Fitted,
    Mixture,
    describe,
    mixture_criteria,
)
from csat_models.errors import DataError
from csat_models.estimation.whole_numbers import require_count, require_seed
from csat_models.model import PathModel

Array = NDArray[np.float64]


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
    return describe(fitted, regressions, model, values, known)


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
) -> Fitted:
    """Iterate all starts (S, K, n) side by side, each until it stops; return the best."""
    before = np.full(len(membership), -np.inf)
    n_rows = membership.shape[-1]
    moving = np.arange(len(membership))
    membership = membership.copy()
    coefficients, variance = regressions.solve(membership)
    for _ in range(max_iterations):
        solved = regressions.solve(membership[moving])
        coefficients[moving], variance[moving] = solved
        membership[moving], likelihood = _expect(regressions, *solved, membership[moving])
        moves = np.abs(likelihood - before[moving]) > tolerance * n_rows
        before[moving] = likelihood
        moving = moving[moves]
        if len(moving) == 0:
            break
    best = int(np.argmax(before))
    order = np.argsort(-membership[best].mean(axis=-1), kind="stable")
    near = np.abs(before - before[best]) < 1e-3 * max(1.0, n_rows * tolerance * 1e3)
    return Fitted(
        shares=membership[best].mean(axis=-1)[order],
        coefficients=coefficients[best][order],
        variance=variance[best][order],
        membership=membership[best][order],
        log_likelihood=float(before[best]),
        converged=best not in moving,
        agreement=float(near.mean()),
    )


def _expect(
    regressions: StructuralEquations, coefficients: Array, variance: Array, membership: Array
) -> tuple[Array, Array]:
    """Memberships (S, K, n) and log-likelihoods (S,) by the shares of the memberships before."""
    shares = np.maximum(membership.mean(axis=-1), SMALLEST_WEIGHT)
    joint = regressions.log_density(coefficients, variance) + np.log(shares)[..., None]
    top = joint.max(axis=1, keepdims=True)
    summed = np.log(np.exp(joint - top).sum(axis=1, keepdims=True)) + top
    return np.exp(joint - summed), summed[:, 0].sum(axis=-1)
