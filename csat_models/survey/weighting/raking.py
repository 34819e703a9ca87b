"""Raking: weights that reproduce several margins, by iterative proportional fitting.

Rows with the same level of every margin form a cell and are weighted by the
same factor, so the iterations work on cells and their cost does not grow with
the number of rows.

References
----------
Deming & Stephan (1940), Annals of Mathematical Statistics 11:427-444.
Deville, Sarndal & Sautory (1993), J. American Statistical Association
88:1013-1020.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.survey.weighting.margins import Margin

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

# Largest relative distance of a weighted share from its target that ends the iterations.
TOLERANCE = 1e-10

MAX_ITERATIONS = 2000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MarginCells:
    """The C combinations of margin levels that occur among n rows.

    Attributes
    ----------
    cell : ndarray of int, shape (n,)
        Each row's combination.
    member : tuple of ndarray, shape (C, L)
        For each margin, 1 where a combination has the level, else 0.
    shares : tuple of ndarray, shape (L,)
        For each margin, the target shares.
    """

    cell: Codes
    member: tuple[Array, ...]
    shares: tuple[Array, ...]

    @classmethod
    def of(cls, frame: pd.DataFrame, margins: Sequence[Margin], source: str = "the data") -> Self:
        """Find the combinations that n rows have.

        Raises
        ------
        DataError
            As :meth:`~csat_models.survey.weighting.margins.Margin.codes`.
        """
        codes = [margin.codes(frame, source) for margin in margins]
        joint = np.zeros(len(frame), dtype=np.intp)
        for margin, code in zip(margins, codes, strict=True):
            joint = np.unique(joint * len(margin.levels) + code, return_inverse=True)[1]
        first = np.unique(joint, return_index=True)[1]
        eyes = [np.eye(len(margin.levels)) for margin in margins]
        return cls(
            cell=joint,
            member=tuple(eye[code[first]] for eye, code in zip(eyes, codes, strict=True)),
            shares=tuple(np.array(margin.shares) for margin in margins),
        )

    def totals(self, weights: Array) -> Array:
        """Sum weights (..., n) in the combinations, shape (..., C)."""
        n_cells = len(self.member[0])
        rows = weights.reshape(-1, weights.shape[-1])
        sums = np.empty((len(rows), n_cells))
        for place, row in enumerate(rows):
            sums[place] = np.bincount(self.cell, row, minlength=n_cells)
        return sums.reshape(*weights.shape[:-1], n_cells)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Raked:
    """Factors that make the sums of combinations reproduce the margins.

    Attributes
    ----------
    factor : ndarray, shape (..., C)
    iterations : ndarray of int, shape (...)
    gap : ndarray, shape (...)
        The largest relative distance of a share from its target.
    converged : ndarray of bool, shape (...)
    """

    factor: Array
    iterations: NDArray[np.int64]
    gap: Array
    converged: NDArray[np.bool_]


def rake_cells(
    totals: Array,
    member: Sequence[Array],
    shares: Sequence[Array],
    *,
    tolerance: float = TOLERANCE,
    max_iterations: int = MAX_ITERATIONS,
) -> Raked:
    r"""Rake sums of base weights in cells to margins.

    In turn for each margin, every cell is multiplied by
    :math:`t_l / \sum_{c \in l} w_c`, l its level.

    Parameters
    ----------
    totals : ndarray, shape (..., C)
        Base weights summed in the cells.
    member : sequence of ndarray, shape (C, L)
        For each margin, 1 where a cell has the level, else 0.
    shares : sequence of ndarray, shape (L,)
        For each margin, the targets; they add up to 1.
    tolerance : float
        The largest relative distance from a target that ends the iterations
        of a batch element.
    max_iterations : int

    Returns
    -------
    Raked
        The weighted shares add up to 1. An element with a level of which no
        weight is left has not converged; its gap is infinite.

    Examples
    --------
    >>> rows, columns = np.eye(2)[[0, 0, 1, 1]], np.eye(2)[[0, 1, 0, 1]]
    >>> targets = [np.array([0.5, 0.5]), np.array([0.4, 0.6])]
    >>> raked = rake_cells(np.array([40.0, 10.0, 20.0, 30.0]), [rows, columns], targets)
    >>> (raked.factor * [40, 10, 20, 30]).round(4).tolist(), raked.converged.item()
    ([0.3, 0.2, 0.1, 0.4], True)
    """
    batch = totals.shape[:-1]
    flat = totals.reshape(-1, totals.shape[-1])
    sums = flat.sum(axis=1, keepdims=True)
    whole = np.where(sums > 0, sums, 1.0)
    weights, factor = flat / whole, np.ones_like(flat) / whole
    gap = _largest_gap(weights, member, shares)
    iterations = np.zeros(len(weights), dtype=np.int64)
    moving = np.flatnonzero((gap > tolerance) & np.isfinite(gap))
    for _ in range(max_iterations):
        if not len(moving):
            break
        step = _cycle(weights[moving], member, shares)
        weights[moving] *= step
        factor[moving] *= step
        iterations[moving] += 1
        gap[moving] = _largest_gap(weights[moving], member, shares)
        moving = moving[gap[moving] > tolerance]
    return Raked(
        factor=factor.reshape(*batch, -1),
        iterations=iterations.reshape(batch),
        gap=gap.reshape(batch),
        converged=(gap <= tolerance).reshape(batch),
    )


def rake_rows(
    base: Array, cells: MarginCells, *, tolerance: float = TOLERANCE
) -> tuple[Array, Raked]:
    """Rake base weights (..., n) of rows; their sum is 1 afterwards.

    Parameters
    ----------
    base : ndarray, shape (..., n)
    cells : MarginCells
        Of the n rows.
    tolerance : float
        As in :func:`rake_cells`.

    Returns
    -------
    weights : ndarray, shape (..., n)
    raked : Raked
    """
    raked = rake_cells(cells.totals(base), cells.member, cells.shares, tolerance=tolerance)
    return base * raked.factor[..., cells.cell], raked


def _cycle(weights: Array, member: Sequence[Array], shares: Sequence[Array]) -> Array:
    step = np.ones_like(weights)
    for levels, share in zip(member, shares, strict=True):
        sums = (weights * step) @ levels
        step *= (share / sums) @ levels.T
    return step


def _largest_gap(weights: Array, member: Sequence[Array], shares: Sequence[Array]) -> Array:
    gap = np.zeros(len(weights))
    for levels, share in zip(member, shares, strict=True):
        sums = weights @ levels
        distance = np.abs(sums / share - 1.0).max(axis=1)
        gap = np.maximum(gap, np.where((sums > 0).all(axis=1), distance, np.inf))
    return gap
