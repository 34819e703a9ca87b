"""Ceilings: what an outcome cannot exceed while a condition is low.

Two lines are drawn over the highest outcomes: the steps of the free disposal
hull (CE-FDH), and the straight line through its corners (CR-FDH). The empty
space above one, as a share of what is possible, is the size of the effect.

References
----------
Dul (2016), Necessary condition analysis (NCA): logic and methodology of
"necessary but not sufficient" causality, Organizational Research Methods 19,
10-52.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from csat_models.errors import DataError

Array = NDArray[np.float64]
Ceiling = Literal["ce_fdh", "cr_fdh"]
CEILINGS: tuple[Ceiling, ...] = ("ce_fdh", "cr_fdh")

_FEWEST_PEERS = 2

# Of the range: a required level this near to the least value is the least value.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CeilingLine:
    """Ceilings of outcomes y over one condition x.

    Attributes
    ----------
    at : array (m,)
        The distinct values of x, ascending.
    steps : array (..., m)
        The largest y up to each of them: the free disposal hull.
    intercept, slope : array (...)
        Of the line through the corners of the hull by least squares; missing
        where there is one corner only, or where it does not rise.
    """

    at: Array
    steps: Array
    intercept: Array
    slope: Array

    @classmethod
    def of(cls, x: Array, y: Array) -> CeilingLine:
        """Draw the ceilings of y (..., n) over x (n,)."""
        order = np.argsort(x, kind="stable")
        at, last = np.unique(x[order][::-1], return_index=True)
        steps = np.maximum.accumulate(y[..., order], axis=-1)[..., len(x) - 1 - last]
        intercept, slope = _line_through_corners(at, steps)
        return cls(at=at, steps=steps, intercept=intercept, slope=slope)

    def zone(self, ceiling: Ceiling, scope: tuple[float, float, Array, Array]) -> Array:
        """Area above the ceiling within the scope (x from, to; y from, to), (...)."""
        left, right, bottom, top = scope
        if ceiling == "ce_fdh":
            edges = np.append(self.at, right)
            inner = ((top[..., None] - self.steps) * np.diff(edges)).sum(axis=-1)
            return np.asarray(inner + (self.at[0] - left) * (top - bottom))
        with np.errstate(invalid="ignore", divide="ignore"):
            start = np.clip((bottom - self.intercept) / self.slope, left, right)
            end = np.clip((top - self.intercept) / self.slope, left, right)
            rising = (top - self.intercept) * (end - start) - self.slope / 2 * (end**2 - start**2)
        zone = (start - left) * (top - bottom) + rising
        return np.where(np.isfinite(self.slope), zone, 0.0)

    def required(self, ceiling: Ceiling, outcome: Array) -> Array:
        """Return the least x at which each level of the outcome (L,) is possible; one sample only.

        Minus infinity where the level needs no x, missing where no x allows it.
        """
        if ceiling == "ce_fdh":
            place = np.searchsorted(self.steps, outcome, side="left")
            reached = np.append(self.at, np.nan)[place]
            return np.where(place == 0, -np.inf, reached)
        if not np.isfinite(self.slope):
            return np.where(outcome <= self.steps[-1], -np.inf, np.nan)
        needed = (outcome - self.intercept) / self.slope
        least = self.at[0] + _ROUNDING * (self.at[-1] - self.at[0])
        return np.where(needed <= least, -np.inf, needed)

    def accuracy(self, ceiling: Ceiling, x: Array, y: Array) -> float:
        """Share of the rows on or below the ceiling; one sample only."""
        if ceiling == "ce_fdh" or not np.isfinite(self.slope):
            return 1.0
        slack = _ROUNDING * float(np.ptp(y))
        return float((y <= self.intercept + self.slope * x + slack).mean())


def _line_through_corners(at: Array, steps: Array) -> tuple[Array, Array]:
    rises = np.diff(steps, axis=-1) > 0
    corner = np.concatenate([np.ones((*rises.shape[:-1], 1), dtype=bool), rises], axis=-1)
    count = corner.sum(axis=-1)
    x_mean, y_mean = (corner @ at) / count, (corner * steps).sum(axis=-1) / count
    x, y = (at - x_mean[..., None]) * corner, (steps - y_mean[..., None]) * corner
    squares = (x * x).sum(axis=-1)
    usable = (count >= _FEWEST_PEERS) & (squares > 0)
    slope = np.where(usable, (x * y).sum(axis=-1) / np.where(usable, squares, 1.0), np.nan)
    return np.asarray(y_mean - slope * x_mean), slope


def effect_size(
    x: Array, y: Array, *, ceiling: Ceiling = "ce_fdh", scope: Sequence[float] | None = None
) -> Array:
    r"""Share of the scope that lies above the ceiling, ``d`` from 0 to 1.

    Parameters
    ----------
    x : array (n,)
        The condition.
    y : array (..., n)
        The outcome, such as its permutations.
    ceiling : {"ce_fdh", "cr_fdh"}
        The steps of the free disposal hull, or the line through its corners.
    scope : (x from, x to, y from, y to), optional
        Where values are possible, such as ``(0, 100, 0, 100)``; by default
        between the least and the largest seen.

    Returns
    -------
    array (...)

    Raises
    ------
    DataError
        Another ceiling, or a scope that is none or does not hold the values.

    Examples
    --------
    >>> x, y = np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 2.0])
    >>> float(effect_size(x, y)), float(effect_size(x, y, ceiling="cr_fdh"))
    (0.75, 0.5)
    """
    require_ceiling(ceiling)
    line = CeilingLine.of(x, y)
    bounds = _scope(x, y, scope)
    area = (bounds[1] - bounds[0]) * (bounds[3] - bounds[2])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(line.zone(ceiling, bounds) / area)


def _scope(x: Array, y: Array, scope: Sequence[float] | None) -> tuple[float, float, Array, Array]:
    if scope is None:
        return float(x.min()), float(x.max()), y.min(axis=-1), y.max(axis=-1)
    _require_scope(scope)
    left, right, bottom, top = map(float, scope)
    if x.min() < left or x.max() > right or y.min() < bottom or y.max() > top:
        raise DataError(
            f"a value lies outside the scope {tuple(scope)}; widen it or mend the values"
        )
    whole = np.zeros(y.shape[:-1])
    return left, right, whole + bottom, whole + top


def _require_scope(scope: object) -> None:
    four = isinstance(scope, Sequence) and len(scope) == 4  # noqa: PLR2004
    if not four or not all(isinstance(each, Real) for each in scope):  # type: ignore[attr-defined]
        raise DataError(
            f"scope={scope!r} is not four numbers; write x from, x to, y from and y to, as "
            "(0, 100, 0, 100)",
            scope=scope,
        )


def require_ceiling(ceiling: str) -> None:
    """Refuse another ceiling.

    Raises
    ------
    DataError
    """
    if ceiling not in CEILINGS:
        raise DataError(
            f"ceiling='{ceiling}' is unknown; write {' or '.join(CEILINGS)}", ceiling=ceiling
        )
