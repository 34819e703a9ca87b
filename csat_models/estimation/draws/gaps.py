"""Rows with missing answers, laid out so that all draws complete them at once.

Draws are the last dimension. A gap is a missing answer of a row; gaps are sorted
by item, so that the rows which lack an item are a matrix that every draw
multiplies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from csat_models.estimation.sample import Array

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Together:
    """Rows that lack equally many items, m.

    Attributes
    ----------
    items : array (m, P)
        Items that each of P patterns lacks.
    pattern : array (R,)
        Pattern of each row.
    rows : array (R,)
        Places among the rows that lack an answer.
    gaps : array (m, R)
        Places of their gaps.
    cells : sparse array (K * K, m * m * R)
        1 where two gaps of a row belong to a pair of items.
    """

    items: Places
    pattern: Places
    rows: Places
    gaps: Places
    cells: Any


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gaps:
    """The rows of a sample, and where answers are missing.

    Attributes
    ----------
    values : array (n, K)
        Answers; 0 where missing.
    answered : array (n, K)
        1 where there is an answer.
    weights : array (n,)
    rows : array (N,)
        Rows that lack an answer.
    lacking : tuple of K arrays
        Places, among these, of the rows that lack each item.
    tables : tuple of K arrays (n_k, K)
        Answers of the rows that lack each item.
    together : tuple of Together
    """

    values: Array
    answered: Array
    weights: Array
    rows: Places
    lacking: tuple[Places, ...]
    tables: tuple[Array, ...]
    together: tuple[Together, ...]

    @classmethod
    def of(cls, values: Array, weights: Array) -> Self:
        """Lay out answers (n, K), NaN where missing.

        Examples
        --------
        >>> gaps = Gaps.of(np.array([[1.0, np.nan], [2.0, 3.0]]), np.ones(2))
        >>> gaps.rows.tolist(), [rows.tolist() for rows in gaps.lacking]
        ([0], [[], [0]])
        """
        known = ~np.isnan(values)
        rows = np.flatnonzero(~known.all(axis=1))
        absent = ~known[rows]
        number = np.cumsum(absent.T).reshape(absent.T.shape).T - 1
        sizes = absent.sum(axis=1)
        filled = np.where(known, values, 0.0)
        lacking = tuple(np.flatnonzero(column) for column in absent.T)
        return cls(
            values=filled,
            answered=known.astype(np.float64),
            weights=weights,
            rows=rows,
            lacking=lacking,
            tables=tuple(filled[rows[places]] for places in lacking),
            together=tuple(
                _together(absent, number, np.flatnonzero(sizes == size))
                for size in np.unique(sizes)
            ),
        )

    @property
    def numbers(self) -> int:
        """Numbers that a draw takes while it is worked on."""
        n_items = self.values.shape[1]
        own = sum(group.gaps.size * len(group.gaps) for group in self.together)
        return int(own + len(self.rows) + 4 * n_items**2)

    def fill_in(self, mean: Array, precision: Array, weights: Array) -> tuple[Array, Array]:
        """Sum what is expected of the missing answers.

        Parameters
        ----------
        mean : array (K, B)
        precision : array (K, K, B)
            Inverse of the covariances.
        weights : array (N, B)
            Of the rows that lack an answer.

        Returns
        -------
        first : array (K, B)
            Sums of the missing answers.
        second : array (K, K, B)
            Sums of products of which at least one answer is missing.
        """
        n_items, n_draws = mean.shape
        pull = np.einsum("klb,lb->kb", precision, mean)
        gap = np.empty((sum(map(len, self.lacking)), n_draws))
        for k, places in self._places():
            np.matmul(self.tables[k], precision[k], out=gap[places])
            gap[places] -= pull[k]
        second = np.zeros((n_items * n_items, n_draws))
        for group in self.together:
            residual = invert(precision[group.items[:, None], group.items])[:, :, group.pattern]
            filled = -np.einsum("acrb,crb->arb", residual, gap[group.gaps])
            gap[group.gaps] = filled
            residual += filled[:, None] * filled
            residual *= weights[group.rows]
            second += group.cells @ residual.reshape(-1, n_draws)
        first, second = np.empty_like(mean), second.reshape(n_items, n_items, n_draws)
        for k, places in self._places():
            weighted = gap[places] * weights[self.lacking[k]]
            first[k] = weighted.sum(axis=0)
            across = self.tables[k].T @ weighted
            second[k] += across
            second[:, k] += across
        return first, second

    def _places(self) -> Iterator[tuple[int, slice]]:
        end = 0
        for k, rows in enumerate(self.lacking):
            begin, end = end, end + len(rows)
            yield k, slice(begin, end)


def _together(absent: NDArray[np.bool_], number: Places, rows: Places) -> Together:
    from scipy.sparse import csr_array

    n_items = absent.shape[1]
    found, pattern = np.unique(absent[rows], axis=0, return_inverse=True)
    pattern = pattern.reshape(-1)
    items = np.nonzero(found)[1].reshape(len(found), -1).T
    of_row = items[:, pattern]
    pairs = (of_row[:, None] * n_items + of_row).reshape(-1)
    place = (pairs, np.arange(len(pairs)))
    return Together(
        items=items,
        pattern=pattern,
        rows=rows,
        gaps=number[rows, of_row],
        cells=csr_array((np.ones(len(pairs)), place), shape=(n_items**2, len(pairs))),
    )


def invert(matrices: Array) -> Array:
    """Inverses of positive definite matrices (m, m, ...), by Gauss-Jordan steps.

    Examples
    --------
    >>> invert(np.array([[[2.0], [1.0]], [[1.0], [1.0]]]))[..., 0].tolist()
    [[1.0, -1.0], [-1.0, 2.0]]
    """
    found = matrices.copy()
    for k in range(len(found)):
        pivot = 1.0 / found[k, k]
        column, row = found[:, k].copy(), found[k] * pivot
        column[k] = 0.0
        found[k] = row
        found[:, k] = 0.0
        found[k, k] = pivot
        found -= column[:, None] * found[k]
    return found
