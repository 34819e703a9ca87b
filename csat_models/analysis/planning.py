"""How many respondents a study needs, before the field work.

References
----------
Kock and Hadaya (2018), Minimum sample size estimation in PLS-SEM: the inverse
square root and gamma-exponential methods, Information Systems Journal 28,
227-261. Kish (1965), Survey Sampling, chapter 8. Fornell, Johnson, Anderson,
Cha and Bryant (1996), The American Customer Satisfaction Index, Journal of
Marketing 60, 7-18, on precision by company.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, e, exp, isfinite, sqrt
from numbers import Real
from statistics import NormalDist

import numpy as np
import xarray as xr

from csat_models.errors import DataError

_LARGEST = 10_000_000


def sample_size_inverse_square_root(
    path: float, *, power: float = 0.8, alpha: float = 0.05, tails: int = 1
) -> int:
    r"""Least sample in which a path of this size is found, conservatively.

    :math:`n > ((z_{1-\alpha/t} + z_{power}) / |\beta|)^2`: the standard error of
    a path is taken as :math:`1 / \sqrt n`.

    Parameters
    ----------
    path : float
        The smallest standardised path that matters, such as .15.
    power, alpha : float
        Probability of finding it; level of the test.
    tails : {1, 2}
        The source takes one; a two-sided interval has two.

    Raises
    ------
    DataError
        A path, power or level that is none.

    Examples
    --------
    >>> sample_size_inverse_square_root(0.197), sample_size_inverse_square_root(0.1)
    (160, 619)
    """
    wanted = _wanted(path, power, alpha, tails)
    return ceil((wanted / abs(path)) ** 2)


def sample_size_gamma_exponential(
    path: float, *, power: float = 0.8, alpha: float = 0.05, tails: int = 1
) -> int:
    r"""Least sample in which a path of this size is found, by a smaller standard error.

    As :func:`sample_size_inverse_square_root` with the standard error
    :math:`\exp(-e |\beta| / \sqrt n) / \sqrt n`, which the source fits to
    simulations: larger paths have smaller errors.

    Examples
    --------
    >>> sample_size_gamma_exponential(0.197)
    146
    """
    wanted = _wanted(path, power, alpha, tails)

    def reached(n: int) -> bool:
        return abs(path) * sqrt(n) * exp(e * abs(path) / sqrt(n)) >= wanted

    return _first(reached, start=2)


def _require_numbers(**given: object) -> None:
    for name, value in given.items():
        if not isinstance(value, Real) or not isfinite(value):
            raise DataError(
                f"{name} is of type '{type(value).__name__}' or not finite; write a number",
                argument=name,
            )


def _wanted(path: float, power: float, alpha: float, tails: int) -> float:
    _require_numbers(path=path)
    if not 0 < abs(path) < 1:
        raise DataError(f"path={path} is no standardised path; write one such as 0.2", path=path)
    return _quantiles(power, alpha, tails)


def _quantiles(power: float, alpha: float, tails: int) -> float:
    _require_numbers(power=power, alpha=alpha, tails=tails)
    for name, value in (("power", power), ("alpha", alpha)):
        if not 0 < value < 1:
            raise DataError(f"{name}={value} is no probability; write one such as 0.8 or 0.05")
    if tails not in (1, 2):
        raise DataError(f"tails={tails} is neither 1 nor 2")
    normal = NormalDist()
    return normal.inv_cdf(1 - alpha / tails) + normal.inv_cdf(power)


def _first(reached: Callable[[int], bool], start: int) -> int:
    """Return the least n from `start` that is reached; reaching is monotone."""
    high = start
    while not reached(high):
        high *= 2
        if high > _LARGEST:
            raise DataError(f"even {_LARGEST:,} respondents are too few; plan a larger effect")
    low = max(start, high // 2)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle + 1, high)
    return high


def half_width(
    deviation: float, n_obs: float, *, level: float = 0.95, design_effect: float = 1.0
) -> float:
    r"""Half the width of the interval of an index, in points.

    :math:`z \, s \sqrt{d / n}`.

    Parameters
    ----------
    deviation : float
        Standard deviation s of a person's index, see
        :func:`~csat_models.analysis.index.index_deviation`; from 17 to 27 points in
        print.
    n_obs : float
        Respondents.
    level : float
    design_effect : float
        Variance in the survey's design over that of a simple random sample,
        such as Kish's :math:`n \sum w^2 / (\sum w)^2` for weights.

    Examples
    --------
    >>> [round(half_width(s, 250, level=0.9), 1) for s in (17, 21, 27)]
    [1.8, 2.2, 2.8]
    """
    _check_size(deviation, n_obs, design_effect)
    _require_numbers(level=level)
    if not 0 < level < 1:
        raise DataError(f"level={level} is no confidence level; write a share such as 0.95")
    return NormalDist().inv_cdf((1 + level) / 2) * deviation * sqrt(design_effect / n_obs)


def detectable_difference(
    deviation: float,
    n_obs: float,
    n_other: float | None = None,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    design_effect: float = 1.0,
    correlation: float = 0.0,
    overlap: float = 0.0,
) -> float:
    r"""Smallest yearly change, or lead, that a study is likely to establish.

    :math:`(z_{1-\alpha/2} + z_{power}) \, s \sqrt{d \, (1/n_1 + 1/n_2 - 2 r m / (n_1 n_2))}`
    with m respondents common to both.

    Parameters
    ----------
    deviation : float
        Standard deviation s of a person's index, in points.
    n_obs, n_other : float
        Respondents of both years, or both brands; the same number by default.
    power, alpha : float
        Probability of establishing it; level of the two-sided test.
    design_effect : float
        See :func:`half_width`.
    correlation : float
        Of the two answers of a person who is in both samples.
    overlap : float
        Share of the smaller sample that is in both.

    Returns
    -------
    float
        In index points.

    Raises
    ------
    DataError
        A number that cannot be.

    Examples
    --------
    >>> [round(detectable_difference(s, 250), 1) for s in (17, 21, 27)]
    [4.3, 5.3, 6.8]
    """
    other = n_obs if n_other is None else n_other
    _require_numbers(n_other=other, n_obs=n_obs)
    _check_size(deviation, min(n_obs, other), design_effect)
    _require_numbers(correlation=correlation, overlap=overlap)
    if not (-1 <= correlation <= 1 and 0 <= overlap <= 1):
        raise DataError("correlation must lie from -1 to 1 and overlap from 0 to 1")
    common = overlap * min(n_obs, other)
    variance = 1 / n_obs + 1 / other - 2 * correlation * common / (n_obs * other)
    return _quantiles(power, alpha, 2) * deviation * sqrt(design_effect * variance)


def power_for_difference(
    difference: float,
    deviation: float,
    n_obs: float,
    n_other: float | None = None,
    *,
    alpha: float = 0.05,
    design_effect: float = 1.0,
) -> float:
    r"""Return the probability that two samples establish a difference of their indices.

    :math:`\Phi(|\delta| / (s \sqrt{d (1/n_1 + 1/n_2)}) - z_{1-\alpha/2})`, the inverse of
    :func:`detectable_difference`.

    Parameters
    ----------
    difference, deviation : float
        In index points.
    n_obs, n_other, alpha, design_effect
        See :func:`detectable_difference`.

    Examples
    --------
    >>> round(power_for_difference(5.3, 21, 247), 2)
    0.8
    """
    other = n_obs if n_other is None else n_other
    _require_numbers(n_other=other, n_obs=n_obs)
    _check_size(deviation, min(n_obs, other), design_effect)
    _require_numbers(difference=difference)
    error = deviation * sqrt(design_effect * (1 / n_obs + 1 / other))
    # The quantile of a power of one half is 0.
    return NormalDist().cdf(abs(difference) / error - _quantiles(0.5, alpha, 2))


def sample_size_for_difference(
    difference: float,
    deviation: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    design_effect: float = 1.0,
) -> int:
    """Return the respondents needed in each of two samples to establish a difference.

    Parameters
    ----------
    difference, deviation : float
        In index points.
    power, alpha, design_effect
        See :func:`detectable_difference`.

    Examples
    --------
    >>> sample_size_for_difference(5.3, 21)
    247
    """
    _require_numbers(difference=difference)
    if not difference > 0:
        raise DataError(f"difference={difference} must be above 0 points", difference=difference)
    _check_size(deviation, 1.0, design_effect)
    factor = _quantiles(power, alpha, 2) * deviation / difference
    return ceil(2 * design_effect * factor**2)


def _check_size(deviation: float, n_obs: float, design_effect: float) -> None:
    _require_numbers(deviation=deviation, n_obs=n_obs, design_effect=design_effect)
    if not (deviation > 0 and n_obs > 0 and design_effect > 0):
        raise DataError(
            "deviation, number of respondents and design effect must be above 0 "
            f"(they are {deviation}, {n_obs} and {design_effect})"
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Power:
    """How often simulated studies establish each effect.

    Attributes
    ----------
    rate : DataArray (...)
        Share of the replications whose interval leaves zero out.
    error : DataArray (...)
        Its Monte-Carlo standard error.
    replications : int
    """

    rate: xr.DataArray
    error: xr.DataArray
    replications: int


def power_from_intervals(lower: xr.DataArray, upper: xr.DataArray) -> Power:
    """Count how often intervals of simulated studies leave zero out.

    Parameters
    ----------
    lower, upper : DataArray (replication, ...)
        Ends of the intervals; a replication without an interval establishes
        nothing.

    Examples
    --------
    >>> ends = xr.DataArray([-0.1, 0.1, 0.2, 0.1], dims="replication")
    >>> power_from_intervals(ends, ends + 1).rate.item()
    0.75
    """
    clear = ((lower > 0) | (upper < 0)).astype(np.float64)
    rate = clear.mean("replication")
    count = int(lower.sizes["replication"])
    return Power(rate=rate, error=(rate * (1 - rate) / count) ** 0.5, replications=count)
