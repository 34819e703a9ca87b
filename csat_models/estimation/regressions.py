"""Regressions of constructs on each other, for many samples at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from csat_models.estimation.sample import Array

# Of a variance, the share left after regression on others: less is none, but for rounding.
SINGULAR = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Regressions:
    """Constructs that are regressed on their predecessors in one go.

    Attributes
    ----------
    targets : array (T,)
    sources : array (T, P)
        Predecessors; a construct of fewer has its first one again.
    present : array (T, P) of bool
        False where one stands again.
    """

    targets: NDArray[np.intp]
    sources: NDArray[np.intp]
    present: NDArray[np.bool_]

    @classmethod
    def of(cls, sources: Sequence[NDArray[np.intp]], targets: Sequence[int]) -> Self:
        """Put some constructs together."""
        size = max((len(sources[target]) for target in targets), default=0)
        rows = [np.resize(sources[target], size) for target in targets]
        return cls(
            targets=np.array(targets, dtype=np.intp),
            sources=np.array(rows, dtype=np.intp).reshape(len(targets), size),
            present=np.array([np.arange(size) < len(sources[target]) for target in targets]),
        )

    @property
    def pairs(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Source and target of each path."""
        number, _ = np.nonzero(self.present)
        return self.sources[self.present], self.targets[number]

    def solve(self, construct_corr: Array) -> tuple[Array, Array]:
        """Coefficients (B, T, P) and shares of variance explained (B, T)."""
        right = construct_corr[:, self.sources, self.targets[:, None]]
        matrices = construct_corr[:, self.sources[:, :, None], self.sources[:, None, :]]
        if not self.present.all():
            both = self.present[:, :, None] & self.present[:, None, :]
            matrices = np.where(both, matrices, np.eye(both.shape[-1]))
            right = np.where(self.present, right, 0.0)
        size = right.shape[-1]
        slopes = solve_small(matrices.reshape(-1, size, size), right.reshape(-1, size))
        slopes = slopes.reshape(right.shape)
        return slopes, np.einsum("btp,btp->bt", slopes, right)


def solve_small(matrices: Array, right: Array) -> Array:
    """Solve many small positive definite systems at once.

    Gaussian elimination runs over the few unknowns in Python and over the
    batch in numpy; a singular system gives NaN, not an error.

    Parameters
    ----------
    matrices : array (B, P, P)
        Symmetric, positive definite.
    right : array (B, P)

    Returns
    -------
    array (B, P)

    Examples
    --------
    >>> solve_small(np.array([[[2.0, 1.0], [1.0, 2.0]]]), np.array([[3.0, 3.0]])).tolist()
    [[1.0, 1.0]]
    """
    size = matrices.shape[-1]
    table = np.concatenate([matrices, right[..., None]], axis=-1).transpose(1, 2, 0).copy()
    floor = SINGULAR * np.abs(np.einsum("bpp->pb", matrices))
    singular: NDArray[np.bool_] = np.zeros(len(matrices), dtype=np.bool_)
    with np.errstate(divide="ignore", invalid="ignore"):
        for pivot in range(size):
            left = table[pivot, pivot].copy()
            if pivot:
                singular |= np.abs(left) <= floor[pivot]
            table[pivot, pivot:] /= left
            factor = table[:, pivot].copy()
            factor[pivot] = 0.0
            table[:, pivot:] -= factor[:, None] * table[pivot, pivot:]
    solution = np.ascontiguousarray(table[:, size].T)
    if singular.any():
        solution[singular] = np.nan
    return solution
