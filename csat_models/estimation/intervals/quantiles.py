"""Quantiles of draws, their inverse, and their Monte-Carlo error.

References
----------
Hyndman and Fan (1996), Sample quantiles in statistical packages, The American
Statistician 50, 361-365, type 7. Maritz and Jarrett (1978), A note on
estimating the variance of the sample median, JASA 73, 194-196.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from csat_models.estimation.sample import Array


def sorted_quantile(ordered: Array, count: Array, share: Array) -> Array:
    """Quantiles of sorted draws, linear between neighbours.

    Parameters
    ----------
    ordered : array (B, ...)
        Sorted along the first axis.
    count : array (...)
        How many are not missing.
    share : array (...)
        Between 0 and 1.

    Returns
    -------
    array (...)
        Missing where `count` is below 2 or `share` is missing.
    """
    place = np.nan_to_num(share) * np.maximum(count - 1, 0)
    below = np.floor(place).astype(np.intp)
    above = np.minimum(below + 1, np.maximum(count - 1, 0)).astype(np.intp)
    low = np.take_along_axis(ordered, below[None], axis=0)[0]
    high = np.take_along_axis(ordered, above[None], axis=0)[0]
    value = low + (place - below) * (high - low)
    return np.where((count > 1) & ~np.isnan(share), value, np.nan)


def sorted_share(
    ordered: Array, count: Array, value: Array, side: Literal["largest", "smallest"]
) -> Array:
    """Invert :func:`sorted_quantile`: the share whose quantile is `value`.

    Parameters
    ----------
    ordered, count
        As in :func:`sorted_quantile`.
    value : array (...)
    side : {"largest", "smallest"}
        The largest share whose quantile is at most `value`, or the smallest
        whose quantile is at least `value`; they differ where draws are tied.

    Returns
    -------
    array (...)
        Minus or plus infinity where no draw is as small or as large.

    Examples
    --------
    >>> draws = np.array([[0.0], [1.0], [1.0], [4.0]])
    >>> sides = ("smallest", "largest")
    >>> [sorted_share(draws, np.array([4]), np.array([1.0]), side).item() * 3 for side in sides]
    [1.0, 2.0]
    """
    inner = (ordered <= value) if side == "largest" else (ordered < value)
    passed = inner.sum(axis=0)
    last = np.maximum(count - 1, 1)
    below = np.clip(passed - 1, 0, last - 1)
    low = np.take_along_axis(ordered, below[None], axis=0)[0]
    high = np.take_along_axis(ordered, np.minimum(below + 1, len(ordered) - 1)[None], axis=0)[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (below + (value - low) / (high - low)) / last
    if side == "largest":
        share = np.where(passed == count, 1.0, share)
        share = np.where(passed == 0, -np.inf, share)
    else:
        share = np.where(passed == 0, 0.0, share)
        share = np.where(passed == count, np.inf, share)
    return np.where((count > 1) & np.isfinite(value), share, np.nan)


def quantile_error(ordered: Array, count: Array, share: Array) -> Array:
    r"""Monte-Carlo standard error of quantiles of draws, after Maritz and Jarrett.

    With :math:`m = \lfloor (B - 1) p + 1.5 \rfloor` the rank next to the
    quantile, the standard deviation of an order statistic of rank m in B
    draws from the draws: :math:`\sum W_i x_i^2 - (\sum W_i x_i)^2` with
    :math:`W_i = I_{i/B}(m, B-m+1) - I_{(i-1)/B}(m, B-m+1)`, I the incomplete
    beta function.

    Parameters
    ----------
    ordered, count, share
        As in :func:`sorted_quantile`.

    Returns
    -------
    array (...)
        What the quantile would vary by, were the draws drawn again.
    """
    usable = np.where(np.isfinite(ordered), ordered, 0.0)
    centre = np.nan_to_num(sorted_quantile(ordered, count, np.clip(share, 0.0, 1.0)))
    deviations = np.where(np.isfinite(ordered), usable - centre, 0.0)
    weights = _rank_weights(len(ordered), count, share)
    first = (weights * deviations).sum(axis=0)
    second = (weights * deviations**2).sum(axis=0)
    error = np.sqrt(np.maximum(second - first**2, 0.0))
    return np.where(count > 1, error, np.nan)


def _rank_weights(n_draws: int, count: Array, share: Array) -> Array:
    """Chance that an order statistic lies in each step of the draws' distribution."""
    from scipy.special import betainc

    pairs, place = np.unique(
        np.stack([np.broadcast_to(count, share.shape).ravel(), share.ravel()]),
        axis=1,
        return_inverse=True,
    )
    size, wanted = np.maximum(pairs[0], 1.0), np.nan_to_num(pairs[1])
    rank = np.clip(np.floor((size - 1.0) * wanted + 1.5), 1.0, size)
    steps = np.minimum(np.arange(n_draws + 1)[:, None] / size, 1.0)
    weights = np.diff(betainc(rank, size - rank + 1.0, steps), axis=0)
    return np.asarray(weights[:, place.ravel()].reshape((n_draws, *share.shape)))
