"""A batch of samples as how often each holds every row of one sample.

What is a sum over rows in one sample is one matrix product for all of them:
bootstrap draws have the counts, and a sample without a part the counts of all
rows less those of the part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from csat_models.estimation.sample import Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Copies:
    """How often each of B samples holds each of n rows.

    Attributes
    ----------
    counts : array or sparse array (B, n)
        May be rescaled, as in draws from a sampling design.
    left_out : bool
        Whether these are the rows that a sample lacks, and it holds every
        other row once.
    """

    counts: Any
    left_out: bool = False

    @classmethod
    def without_parts(cls, part: NDArray[np.intp], n_parts: int) -> Self:
        """Leave out each of the parts 0 ... P - 1 of rows (n,).

        Examples
        --------
        >>> left = Copies.without_parts(np.array([0, 1, 1]), 2)
        >>> left.sums(np.array([[1.0], [2.0], [4.0]])).tolist()
        [[6.0], [1.0]]
        """
        from scipy.sparse import csr_array

        place = (part, np.arange(len(part)))
        member = csr_array((np.ones(len(part)), place), shape=(n_parts, len(part)))
        return cls(counts=member, left_out=True)

    def __len__(self) -> int:
        """Return the number of samples."""
        return int(self.counts.shape[0])

    def take(self, samples: slice) -> Copies:
        """Pick some of the samples."""
        return Copies(counts=self.counts[samples], left_out=self.left_out)

    def dense(self, rows: NDArray[np.intp]) -> Array:
        """Return how often each sample holds some of the rows, (B, m).

        Examples
        --------
        >>> Copies(counts=np.array([[2.0, 0.0, 1.0]])).dense(np.array([0, 2])).tolist()
        [[2.0, 1.0]]
        """
        counts = self.counts[:, rows]
        if not isinstance(counts, np.ndarray):
            counts = counts.toarray()
        held: Array = counts.astype(np.float64)
        return 1.0 - held if self.left_out else held

    def sums(self, features: Array, rows: slice | NDArray[np.intp] | None = None) -> Array:
        """Sum what each row has over the rows of every sample.

        Parameters
        ----------
        features : array (m, F)
        rows : slice or array (m,), optional
            Whose features these are; by default all n rows.

        Returns
        -------
        array (B, F)
        """
        counts = self.counts if rows is None else self.counts[:, rows]
        drawn = np.asarray(counts.astype(np.float64) @ features)
        return features.sum(axis=0) - drawn if self.left_out else drawn
