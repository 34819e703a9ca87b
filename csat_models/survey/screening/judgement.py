r"""How far groups, such as interviewers, lie from their colleagues.

The mean of a group is compared with the mean of all rows in the same strata,
over its standard error; groups that are odd at first sight are then left out of
what is usual, so that they do not make their colleagues look odd. Rows are
seldom normal (most give few top scores, some nothing else), so the z-value is
freed of the skewness that a mean of so few rows keeps. Honest groups differ
too, in whom they reach and how they ask: the z-values are divided by their own
robust spread wherever it exceeds 1, and referred to Student's t, since a spread
estimated from few groups is itself uncertain.

References
----------
Spiegelhalter (2005), Funnel plots for comparing institutional performance,
Statistics in Medicine 24:1185-1202, and Handling over-dispersion of performance
indicators, Quality and Safety in Health Care 14:347-351. Wilson & Hilferty
(1931), Proceedings of the National Academy of Sciences 17:684-688, for the
cube root of a gamma variable. Lax (1985), J. American Statistical Association
80:736-741, for the biweight spread, and Kafadar (1982), J. American Statistical
Association 77:416-424, for its degrees of freedom. West & Blom (2017), J. Survey
Statistics and Methodology 5:175-211, for interviewers' intraclass correlations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from csat_models.survey.screening.single_rows import MAD

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

# Groups with fewer rows are not judged.
FEWEST_ROWS = 10

# Fewer z-values than these tell too little of their own spread.
FEWEST_GROUPS = 20

# Then honest groups are taken to differ as those of ordinary surveys do at most.
USUAL_ICC = 0.05

# Groups so many spreads off do not count for what is usual in their strata.
_ODD = 2.5

_TUNING = 9.0
_FREEDOM = 0.7
_SMOOTH = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """The G groups of n rows against the rows of the same strata.

    Attributes
    ----------
    mean, expected : ndarray, shape (G,)
        Mean of the group, and of the strata that its rows lie in.
    z : ndarray, shape (G,)
        Their difference over its standard error, freed of skewness; missing
        where the group is alone in its strata. What is usual is here that
        without groups that are odd at first sight.
    n_rows : ndarray, shape (G,)
        Rows with a value.
    """

    mean: Array
    expected: Array
    z: Array
    n_rows: Array

    @classmethod
    def of(
        cls, values: Array, stratum: Codes, *, code: Codes, n_groups: int, reach: float = np.inf
    ) -> Self:
        """Compare values (n,), missing ones left out, of groups and strata numbered (n,).

        Parameters
        ----------
        values : ndarray, shape (n,)
        stratum, code : ndarray of int, shape (n,)
            Numbers of the strata and of the groups.
        n_groups : int
        reach : float
            For the z-values, distances from the strata's means count up to so many
            robust standard deviations: single odd rows say little about a group.

        Examples
        --------
        >>> code = np.array([0, 0, 1, 1])
        >>> values = np.array([1.0, 2.0, 3.0, 4.0])
        >>> found = Comparison.of(values, 0 * code, code=code, n_groups=2)
        >>> found.mean.tolist(), found.expected.tolist(), found.z.round(2).tolist()
        ([1.5, 3.5], [2.5, 2.5], [-1.79, 1.79])
        """
        known = ~np.isnan(values)
        values, code, stratum = values[known], code[known], stratum[known]
        usual = _means(stratum, values, int(stratum.max(initial=0)) + 1)[stratum]
        gap = _clip(values - usual, reach)
        cells = _Cells.of(gap, stratum, code, n_groups)
        z = cells.standardise(np.zeros(n_groups, dtype=np.bool_))
        odd = judge(z, cells.count)[0] > _ODD
        return cls(
            mean=_means(code, values, n_groups),
            expected=_means(code, usual, n_groups),
            z=cells.standardise(odd) if odd.any() else z,
            n_rows=cells.count,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Cells:
    """Distances from the strata's means, summed within groups of strata.

    Attributes
    ----------
    stratum, group : ndarray of int, shape (C,)
    n_rows, total : ndarray, shape (C,)
        Rows, and the sum of their distances.
    count : ndarray, shape (G,)
        Rows of each group.
    spread, skewness : float
        Of single rows' distances.
    """

    stratum: Codes
    group: Codes
    n_rows: Array
    total: Array
    count: Array
    spread: float
    skewness: float

    @classmethod
    def of(cls, gap: Array, stratum: Codes, code: Codes, n_groups: int) -> Self:
        both = stratum * n_groups + code
        n_rows = np.bincount(both, minlength=1)
        present = np.flatnonzero(n_rows)
        gap = gap - _means(stratum, gap, int(stratum.max(initial=0)) + 1)[stratum]
        spread = float(gap.std()) if len(gap) else 0.0
        return cls(
            stratum=present // n_groups,
            group=present % n_groups,
            n_rows=n_rows[present].astype(np.float64),
            total=np.bincount(both, gap, minlength=1)[present].astype(np.float64),
            count=np.bincount(code, minlength=n_groups).astype(np.float64),
            spread=spread,
            skewness=float((gap * gap * gap).mean()) / spread**3 if spread > 0 else 0.0,
        )

    def standardise(self, odd: NDArray[np.bool_]) -> Array:
        """Distances from the strata's means without odd groups, over their standard errors."""
        kept = ~odd[self.group]
        kept |= (np.bincount(self.stratum, kept) == 0)[self.stratum]
        size = np.bincount(self.stratum, self.n_rows * kept)[self.stratum]
        base = np.bincount(self.stratum, self.total * kept)[self.stratum] / size
        n_groups, count = len(self.count), np.where(self.count > 0, self.count, np.nan)
        own = self.n_rows * np.where(kept, 1.0, -1.0) / size
        share = np.bincount(self.group, self.n_rows * own, minlength=n_groups) / count
        apart = np.bincount(self.group, self.total - self.n_rows * base, minlength=n_groups) / count
        if not self.spread > 0:
            return np.full(n_groups, np.nan)
        error = np.sqrt(np.where(share < 1.0, 1.0 - share, np.nan) / count)
        return unskew(apart / error / self.spread, self.skewness / np.sqrt(count))


def _clip(gap: Array, reach: float) -> Array:
    if not np.isfinite(reach) or not len(gap):
        return gap
    centre = np.median(gap)
    spread = MAD * np.median(np.abs(gap - centre))
    return np.clip(gap, centre - reach * spread, centre + reach * spread) if spread > 0 else gap


def _means(code: Codes, values: Array, n_groups: int) -> Array:
    count = np.bincount(code, minlength=n_groups)
    sums = np.bincount(code, values, minlength=n_groups)
    return np.asarray(sums / np.where(count > 0, count, np.nan))


def unskew(z: Array, skewness: Array) -> Array:
    r"""Return the normal scores of standardised values of a gamma distribution.

    .. math:: u = \frac6\gamma\left[\left(1 + \gamma z/2\right)^{1/3} - 1\right] + \gamma/6

    Parameters
    ----------
    z, skewness : ndarray, shape (...)

    Returns
    -------
    ndarray, shape (...)
        `z` itself where there is no skewness.

    Examples
    --------
    The value that 99.9 % of an exponential distribution (skewness 2) lie below.

    >>> unskew(np.array([6.9078 - 1.0, 3.0]), np.array([2.0, 0.0])).round(2).tolist()
    [3.05, 3.0]
    """
    skewed = np.abs(skewness) > _SMOOTH
    own = np.where(skewed, skewness, 1.0)
    u = 6.0 / own * (np.cbrt(1.0 + own * z / 2.0) - 1.0) + own / 6.0
    return np.where(skewed, u, z)


def robust_spread(z: Array) -> tuple[float, float]:
    r"""Median and biweight spread of values, missing ones left out.

    .. math:: s^2 = n \frac{\sum (z - m)^2 (1 - u^2)^4}{[\sum (1 - u^2)(1 - 5 u^2)]^2}

    over :math:`|u| < 1`, u the distance from the median m over 9 median
    absolute deviations.

    Examples
    --------
    >>> centre, spread = robust_spread(np.append(np.arange(-10.0, 11.0), 1e6))
    >>> centre, round(spread, 1)
    (0.5, 6.5)
    """
    known = z[~np.isnan(z)]
    centre = float(np.median(known))
    gap = known - centre
    scale = float(np.median(np.abs(gap)))
    u = (gap / (_TUNING * scale)) ** 2 if scale > 0 else np.full(len(gap), np.inf)
    near = u < 1
    if not near.any():
        return centre, MAD * scale
    numerator = (gap[near] ** 2 * (1 - u[near]) ** 4).sum()
    denominator = ((1 - u[near]) * (1 - 5 * u[near])).sum()
    return centre, float(np.sqrt(len(known) * numerator) / abs(denominator))


def judge(z: Array, n_rows: Array) -> tuple[Array, Array, Array]:
    """Rescale z-values of groups by their own spread.

    Parameters
    ----------
    z, n_rows : ndarray, shape (G,)
        With fewer than 10 rows a group is not judged.

    Returns
    -------
    z, p_value, spread : ndarray, shape (G,)
        Distances from the median in units of the spread, one-sided p-values,
        and the spread, at least 1. Fewer than 20 groups hardly show their own
        spread: it is then that of an intraclass correlation of .05.
    """
    from scipy.special import ndtr, stdtr

    judged = np.where(n_rows >= FEWEST_ROWS, z, np.nan)
    n_groups = int((~np.isnan(judged)).sum())
    if n_groups < FEWEST_GROUPS:
        spread = np.sqrt(1.0 + np.maximum(n_rows - 1.0, 0.0) * USUAL_ICC)
        return judged / spread, ndtr(-judged / spread), spread
    centre, own = robust_spread(judged)
    spread = np.full(len(z), max(1.0, own))
    judged = (judged - centre) / spread
    return judged, stdtr(_FREEDOM * (n_groups - 1), -judged), spread
