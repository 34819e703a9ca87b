"""Weights within bounds: trimming with redistribution.

References
----------
Potter (1990), A study of procedures to identify and trim extreme sampling
weights, Proceedings of the Survey Research Methods Section, ASA, 225-230.
Lumley (2010), Complex Surveys, chapter 7, for the redistribution
(``trimWeights`` of R's survey).
"""

from __future__ import annotations

from numbers import Real

import numpy as np
from numpy.typing import NDArray

from csat_models.errors import InadmissibleError

Array = NDArray[np.float64]

# What is out of bounds by less than this share of the mean weight is rounding.
ROUNDING = 1e-12

_MAX_PASSES = 1000


def trim_weights(weights: Array, lower: float, upper: float, *, strict: bool = True) -> Array:
    """Cut weights off at bounds and share what is cut off among the others.

    Parameters
    ----------
    weights : ndarray, shape (..., n)
        Each batch element is trimmed for itself.
    lower, upper : float
        In multiples of the mean weight; ``lower <= 1 <= upper``.
    strict : bool
        Repeat until no weight is out of bounds; otherwise the shares may
        carry some across a bound again, as with R's ``strict = FALSE``.

    Returns
    -------
    ndarray, shape (..., n)
        With the same sum; what was cut off is shared equally among the
        others.

    Raises
    ------
    InadmissibleError
        Bounds that do not hold the mean.

    Examples
    --------
    >>> trim_weights(np.array([1.0, 1.0, 1.0, 5.0]), 0.2, 1.5).round(6).tolist()
    [1.666667, 1.666667, 1.666667, 3.0]
    """
    require_bounds(lower, upper)
    trimmed = weights.reshape(-1, weights.shape[-1]).astype(np.float64)
    mean = trimmed.mean(axis=1, keepdims=True)
    low, high, rounding = lower * mean, upper * mean, ROUNDING * mean
    for _ in range(_MAX_PASSES if strict else 1):
        out = (trimmed < low - rounding) | (trimmed > high + rounding)
        moving = out.any(axis=1)
        if not moving.any():
            break
        clipped = np.clip(trimmed, low, high)
        excess = (trimmed - clipped).sum(axis=1, keepdims=True)
        share = excess / np.maximum(1, (~out).sum(axis=1, keepdims=True))
        trimmed[moving] = (clipped + np.where(out, 0.0, share))[moving]
    return trimmed.reshape(weights.shape)


def require_bounds(lower: float, upper: float) -> None:
    """Refuse bounds that do not lie around 1.

    Raises
    ------
    InadmissibleError
    """
    if not all(map(_is_number, (lower, upper))) or not 0 <= lower < 1 < upper:
        raise InadmissibleError(
            f"weights cannot be kept between {lower} and {upper} times their mean; give "
            "bounds with 0 <= lower < 1 < upper, as [0.2, 5]",
            lower=lower,
            upper=upper,
        )


def _is_number(bound: object) -> bool:
    return isinstance(bound, Real)
