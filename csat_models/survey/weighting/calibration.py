"""Calibration: weights nearest to base weights that reproduce totals.

Raking is calibration to indicators with the multiplicative distance; here the
distance can be chosen, numeric totals can be met, and factors can be bounded.
One sample at a time: how often Newton's steps are halved differs from sample to
sample, and replicates, of which there are many, are raked
(:func:`~csat_models.survey.weighting.raking.rake_cells` takes a batch).

References
----------
Deville & Sarndal (1992), Calibration estimators in survey sampling, J. American
Statistical Association 87:376-382.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from csat_models.errors import InadmissibleError

Array = NDArray[np.float64]
Distance = Literal["linear", "raking", "logit"]

TOLERANCE = 1e-10
MAX_ITERATIONS = 100

_HALVINGS = 40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibrated:
    """Calibrated weights.

    Attributes
    ----------
    weights : ndarray, shape (n,)
    factor : ndarray, shape (n,)
        Calibrated over base weights.
    iterations : int
    gap : float
        The largest distance from a total, relative to it (to 1 if smaller).
    converged : bool
    """

    weights: Array
    factor: Array
    iterations: int
    gap: float
    converged: bool


def calibrate_weights(
    base: Array,
    design: Array,
    totals: Array,
    *,
    distance: Distance = "raking",
    bounds: tuple[float, float] | None = None,
) -> Calibrated:
    r"""Find weights :math:`w_i = d_i F(x_i'\lambda)` with :math:`\sum_i w_i x_i = t`.

    F is :math:`1 + u` (linear), :math:`e^u` (raking) or, within bounds L and U,
    :math:`\frac{L(U-1) + U(1-L)e^{Au}}{U - 1 + (1-L)e^{Au}}` with :math:`A =
    \frac{U-L}{(1-L)(U-1)}` (logit). Newton's method with halved steps.

    Parameters
    ----------
    base : ndarray, shape (n,)
        Positive.
    design : ndarray, shape (n, P)
        Indicators or numbers; collinear columns are allowed.
    totals : ndarray, shape (P,)
        Of the population.
    distance : {"linear", "raking", "logit"}
    bounds : (float, float), optional
        Least and largest factor, around 1; only with ``"logit"``.

    Returns
    -------
    Calibrated
        Where no weights within the bounds meet the totals, ``converged`` is
        False and ``gap`` tells how near they come.

    Raises
    ------
    InadmissibleError
        Bounds with another distance than logit, or that do not lie around 1.

    Examples
    --------
    >>> design = np.array([[1.0, 0], [1, 0], [1, 1], [1, 1]])
    >>> calibrate_weights(np.ones(4), design, np.array([4.0, 3.0])).weights.round(6).tolist()
    [0.5, 0.5, 1.5, 1.5]
    """
    shape = _bounded(distance, bounds)
    scale = np.maximum(1.0, np.abs(totals))
    multipliers = np.zeros(design.shape[1])
    factor, slope = _factors(design @ multipliers, distance, shape)
    gap, iterations = _gap(base * factor, design, totals, scale), 0
    while gap > TOLERANCE and iterations < MAX_ITERATIONS:
        information = design.T @ (design * (base * slope)[:, None])
        short = totals - design.T @ (base * factor)
        step = np.linalg.lstsq(information, short, rcond=None)[0]
        for _ in range(_HALVINGS):
            trial = _factors(design @ (multipliers + step), distance, shape)
            nearer = _gap(base * trial[0], design, totals, scale)
            if nearer < gap:
                break
            step = step / 2
        else:
            break
        multipliers, (factor, slope), gap = multipliers + step, trial, nearer
        iterations += 1
    return Calibrated(
        weights=base * factor,
        factor=factor,
        iterations=iterations,
        gap=gap,
        converged=gap <= TOLERANCE,
    )


def _bounded(distance: Distance, bounds: tuple[float, float] | None) -> tuple[float, float]:
    if (distance == "logit") != (bounds is not None):
        raise InadmissibleError(
            "bounds of calibration factors go with distance='logit', and only with it; "
            "write both or neither"
        )
    lower, upper = bounds or (0.0, 2.0)
    if not 0 <= lower < 1 < upper:
        raise InadmissibleError(
            f"calibration factors cannot be kept between {lower:g} and {upper:g}; give bounds "
            "with 0 <= lower < 1 < upper, as [0.3, 3]",
            lower=lower,
            upper=upper,
        )
    return lower, upper


def _factors(score: Array, distance: Distance, bounds: tuple[float, float]) -> tuple[Array, Array]:
    """Factors and their derivatives, shape (n,) each."""
    if distance == "linear":
        return 1.0 + score, np.ones_like(score)
    if distance == "raking":
        with np.errstate(over="ignore"):
            factor = np.exp(score)
        return factor, factor
    from scipy.special import expit

    lower, upper = bounds
    pace = (upper - lower) / ((1.0 - lower) * (upper - 1.0))
    # The logit factor is a logistic curve from lower to upper that is 1 at 0.
    share = expit(pace * score + np.log((1.0 - lower) / (upper - 1.0)))
    return lower + (upper - lower) * share, (upper - lower) * pace * share * (1.0 - share)


def _gap(weights: Array, design: Array, totals: Array, scale: Array) -> float:
    with np.errstate(over="ignore", invalid="ignore"):
        distance = np.abs(design.T @ weights - totals) / scale
    return float(np.where(np.isfinite(distance), distance, np.inf).max())
