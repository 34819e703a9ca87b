"""Ends of intervals and p-values from draws: the arrays under the labels.

Every kind of interval is one function of the tail beyond an end, increasing
or decreasing without break, so a p-value is that function's inverse: it agrees
with its interval exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal, Self

import numpy as np

from csat_models.errors import DataError
from csat_models.estimation.intervals.quantiles import quantile_error, sorted_quantile, sorted_share
from csat_models.estimation.sample import Array
from csat_models.estimation.sides import Side

Kind = Literal["percentile", "basic", "normal", "bias-corrected", "bca", "studentised"]
Spread = Literal["deviation", "percentile"]
# The kinds that need nothing but draws and the sample's statistic.
KINDS: tuple[Kind, ...] = ("percentile", "basic", "normal", "bias-corrected")
ALL_KINDS: tuple[Kind, ...] = (*KINDS, "bca", "studentised")
SPREADS: tuple[Spread, ...] = ("deviation", "percentile")
MIRRORED = ("basic", "studentised")
CORRECTED = ("bias-corrected", "bca")
# Shares of a normal distribution below one standard deviation under its mean, and over it.
BELOW, ABOVE = NormalDist().cdf(-1.0), NormalDist().cdf(1.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bounds:
    """Draws of a statistic, ready for the ends of one kind of interval.

    Attributes
    ----------
    kind : str
    ordered : array (B, ...)
        Sorted draws; of the studentised statistic where that is asked for.
    count : array (...)
        How many are not missing.
    point, mean, error : array (...)
        The sample's statistic; mean and standard error of the draws.
    spread : {"deviation", "percentile"}
        Whether these are mean and standard deviation, or the median and half
        the distance of the 16th and 84th percentile.
    scale : array (...)
        Standard error of the sample's statistic; 1 unless studentised.
    bias, acceleration : array (...)
        The constants z0 and a; 0 where the kind has none.
    """

    kind: Kind
    ordered: Array
    count: Array
    point: Array
    mean: Array
    error: Array
    spread: Spread
    scale: Array
    bias: Array
    acceleration: Array

    @classmethod
    def of(
        cls,
        draws: Array,
        point: Array,
        *,
        kind: Kind,
        acceleration: Array | None = None,
        standard_errors: Array | None = None,
        standard_error: Array | None = None,
        spread: Spread = "deviation",
    ) -> Self:
        """Prepare draws (B, ...); see :mod:`~csat_models.estimation.intervals.inference`."""
        _check_needs(kind, acceleration, standard_errors)
        mean, error = mean_and_error(draws, spread)
        scale = np.ones_like(error)
        used = draws
        if kind == "studentised" and standard_errors is not None:
            scale = error if standard_error is None else standard_error
            with np.errstate(invalid="ignore", divide="ignore"):
                ratio = (draws - point) / standard_errors
            used = np.where(standard_errors > 0, ratio, np.nan)
        # A draw without a finite value is missing: infinities would be sorted among the others.
        ordered = np.sort(np.where(np.isfinite(used), used, np.nan), axis=0)
        count = np.isfinite(ordered).sum(axis=0)
        zero = np.zeros_like(error)
        return cls(
            kind=kind,
            ordered=ordered,
            count=count,
            point=point,
            mean=mean,
            error=error,
            spread=spread,
            scale=scale,
            bias=_bias(draws, point, count) if kind in CORRECTED else zero,
            acceleration=acceleration if kind == "bca" and acceleration is not None else zero,
        )

    def ends(self, level: float, side: Side = "two-sided") -> tuple[Array, Array]:
        """Lower and upper ends (...); infinite on the side that is left open."""
        tail = _tail(level, side)
        if self.kind == "normal":
            middle, reach = 2.0 * self.point - self.mean, _z(tail) * self.error
            low, high = middle - reach, middle + reach
        else:
            low, high = (
                sorted_quantile(self.ordered, self.count, share) for share in self._shares(tail)
            )
        if self.kind == "basic":
            low, high = 2.0 * self.point - high, 2.0 * self.point - low
        elif self.kind == "studentised":
            low, high = self.point - self.scale * high, self.point - self.scale * low
        return (
            np.where(np.isnan(low), low, -np.inf) if side == "less" else low,
            np.where(np.isnan(high), high, np.inf) if side == "greater" else high,
        )

    def monte_carlo_errors(self, level: float, side: Side = "two-sided") -> tuple[Array, Array]:
        """Monte-Carlo standard errors of the two ends (...); 0 of an open end."""
        tail = _tail(level, side)
        if self.kind == "normal":
            noise = self._normal_noise if self.spread == "deviation" else self._median_noise
            low, high = noise(_z(tail)), noise(-_z(tail))
        else:
            low_share, high_share = self._shares(tail)
            low = quantile_error(self.ordered, self.count, low_share) * self.scale
            high = quantile_error(self.ordered, self.count, high_share) * self.scale
            if self.kind in CORRECTED:
                low = low * self._bias_noise(low_share, -_z(tail))
                high = high * self._bias_noise(high_share, _z(tail))
        if self.kind in MIRRORED:
            low, high = high, low
        return (
            np.zeros_like(low) if side == "less" else low,
            np.zeros_like(high) if side == "greater" else high,
        )

    def p_value(self, null: Array, side: Side = "two-sided") -> Array:
        """Smallest 1 - level at which the interval leaves `null` out, (...)."""
        if self.kind == "normal":
            above, below = self._normal_tails(null)
        elif self.kind in MIRRORED:
            with np.errstate(invalid="ignore", divide="ignore"):
                basic, studentised = 2.0 * self.point - null, (self.point - null) / self.scale
            below, above = self._tails(basic if self.kind == "basic" else studentised)
        else:
            above, below = self._tails(null)
        both = np.minimum(2.0 * np.minimum(above, below), 1.0)
        value = {"two-sided": both, "greater": above, "less": below}[side]
        return np.where(self.count > 1, value, np.nan)

    def _shares(self, tail: float) -> tuple[Array, Array]:
        """Shares of the draws below the two ends."""
        if self.kind not in CORRECTED:
            return np.full(self.count.shape, tail), np.full(self.count.shape, 1.0 - tail)
        z = _z(tail)
        if self.kind == "bias-corrected":
            from scipy.special import ndtr

            shift = 2.0 * self.bias
            return ndtr(shift - z), ndtr(shift + z)
        return self._bent(self.bias - z), self._bent(self.bias + z)

    def _bent(self, w: Array) -> Array:
        r"""Return :math:`\Phi(z_0 + w / (1 - a w))`; beyond its pole, its limit."""
        from scipy.special import ndtr

        room = 1.0 - self.acceleration * w
        with np.errstate(invalid="ignore", divide="ignore"):
            share = ndtr(self.bias + w / room)
        return np.where(room > 0, share, np.where(w > 0, 1.0, 0.0))

    def _tails(self, value: Array) -> tuple[Array, Array]:
        """Tails beyond which the lower end passes `value`, and the upper end does."""
        low = sorted_share(self.ordered, self.count, value, "largest")
        high = sorted_share(self.ordered, self.count, value, "smallest")
        if self.kind not in CORRECTED:
            return np.clip(low, 0.0, 1.0), np.clip(1.0 - high, 0.0, 1.0)
        below, above = self._straightened(low), 1.0 - self._straightened(high)
        below = np.where(low < 0, 0.0, np.where(low >= 1, 1.0, below))
        above = np.where(high > 1, 0.0, np.where(high <= 0, 1.0, above))
        return below, above

    def _straightened(self, share: Array) -> Array:
        """Invert :meth:`_bent`; the share's tail without bias and acceleration."""
        from scipy.special import ndtr, ndtri

        y = ndtri(np.clip(share, 0.0, 1.0)) - self.bias
        a = self.acceleration
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            w = np.where(a == 0, y, 1.0 / (1.0 / y + a))
            w = np.where((a != 0) & (1.0 + a * y <= 0), np.copysign(np.inf, y), w)
        return np.asarray(ndtr(w - self.bias))

    def _normal_tails(self, null: Array) -> tuple[Array, Array]:
        from scipy.special import ndtr

        distance = null - (2.0 * self.point - self.mean)
        with np.errstate(invalid="ignore", divide="ignore"):
            z = distance / self.error
        above, below = ndtr(z), ndtr(-z)
        same = (distance == 0) & (self.error == 0)
        return np.where(same, 1.0, above), np.where(same, 1.0, below)

    def _normal_noise(self, z: float) -> Array:
        """Monte-Carlo error of mean + z standard deviations, by their moments."""
        deviations = np.where(np.isfinite(self.ordered), self.ordered - self.mean, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            third = (deviations**3).sum(axis=0) / self.count / self.error
            fourth = (deviations**4).sum(axis=0) / self.count / self.error**2
            variance = self.error**2 * (1.0 - z**2 / 4.0) + z * third + z**2 * fourth / 4.0
            return np.asarray(np.sqrt(np.maximum(variance, 0.0) / self.count))

    def _median_noise(self, z: float) -> Array:
        """Monte-Carlo error of median + z (Q84 - Q16) / 2, three quantiles of the same draws.

        Quantiles at shares p < q have the correlation sqrt(p (1 - q) / (q (1 - p))).
        """
        shares, factors = np.array([BELOW, 0.5, ABOVE]), np.array([-z / 2.0, 1.0, z / 2.0])
        noise = np.stack(
            [
                factor * quantile_error(self.ordered, self.count, np.full(self.count.shape, share))
                for share, factor in zip(shares, factors, strict=True)
            ]
        )
        low, high = np.minimum.outer(shares, shares), np.maximum.outer(shares, shares)
        correlation = np.sqrt(low * (1.0 - high) / (high * (1.0 - low)))
        variance = np.einsum("i...,ij,j...->...", noise, correlation, noise)
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)))

    def _bias_noise(self, share: Array, z: float) -> Array:
        """Factor on a quantile's Monte-Carlo error for the noise of z0.

        An end moves with its quantile and with z0, the share G of draws below
        the point; both are averages over the same draws. With p the share of
        the end and k = (dp / dz0) / (dG / dz0), the variance is
        ``p (1 - p) + k^2 G (1 - G) - 2 k (min(p, G) - p G)``, up to the same
        factor as without.
        """
        from scipy.special import ndtr, ndtri

        g = ndtr(self.bias)
        slope = 1.0 + 1.0 / (1.0 - self.acceleration * (self.bias + z)) ** 2
        place = ndtri(np.clip(share, 1e-12, 1.0 - 1e-12))
        k = slope * np.exp((self.bias**2 - place**2) / 2.0)
        own = share * (1.0 - share)
        with np.errstate(invalid="ignore", divide="ignore"):
            joint = (np.minimum(share, g) - share * g) / own
            factor = 1.0 + k**2 * g * (1.0 - g) / own - 2.0 * k * joint
        return np.asarray(np.sqrt(np.maximum(factor, 0.0)))


def mean_and_error(draws: Array, spread: Spread = "deviation") -> tuple[Array, Array]:
    """Centre and standard error of draws (B, ...), without the missing ones.

    Mean and standard deviation, or median and half the distance of the 16th
    and 84th percentile: equal for normal draws, and finite in effect where
    the draws' distribution has no moments.
    """
    if spread == "percentile":
        return _median_and_error(draws)
    usable = np.isfinite(draws)
    count = usable.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(usable, draws, 0.0).sum(axis=0) / count
        squares = np.where(usable, draws - mean, 0.0) ** 2
        error = np.sqrt(squares.sum(axis=0) / np.maximum(count - 1, 0))
    return mean, error


def _median_and_error(draws: Array) -> tuple[Array, Array]:
    ordered = np.sort(np.where(np.isfinite(draws), draws, np.nan), axis=0)
    count = np.isfinite(ordered).sum(axis=0)
    low, middle, high = (
        sorted_quantile(ordered, count, np.full(count.shape, share))
        for share in (BELOW, 0.5, ABOVE)
    )
    return middle, (high - low) / 2.0


def _bias(draws: Array, point: Array, count: Array) -> Array:
    from scipy.special import ndtri

    with np.errstate(invalid="ignore", divide="ignore"):
        below = ((draws < point) & np.isfinite(draws)).sum(axis=0)
        below = (below + 0.5 * (draws == point).sum(axis=0)) / count
    return np.asarray(ndtri(np.clip(below, 1e-12, 1.0 - 1e-12)))


def _z(tail: float) -> float:
    return NormalDist().inv_cdf(1.0 - tail)


def _tail(level: float, side: Side) -> float:
    return (1.0 - level) / 2.0 if side == "two-sided" else 1.0 - level


def _check_needs(kind: Kind, acceleration: Array | None, errors: Array | None) -> None:
    if kind == "bca" and acceleration is None:
        raise DataError(
            "kind='bca' needs the acceleration; give jackknife=, the statistic of jackknife(...)",
            kind=kind,
        )
    if kind == "studentised" and errors is None:
        raise DataError(
            "kind='studentised' needs standard_errors=, the standard error of every draw",
            kind=kind,
        )
