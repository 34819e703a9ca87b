"""Structural equations among scores, regressed with any weights at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csat_models.estimation.draws.cells import triangle
from csat_models.model import PathModel

Array = NDArray[np.float64]

# Less than this share of a standardised construct's variance is no error variance.
LEAST_VARIANCE = 1e-4

SMALLEST_WEIGHT = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StructuralEquations:
    """Scores and which of them explain which.

    Attributes
    ----------
    targets : array (n, Q)
        Scores of the endogenous constructs.
    sources : array (n, J)
        Scores of all constructs.
    products : array (n, J (J + 1) / 2)
        Of every two of these.
    mask : array (Q, J)
        True where a construct explains a target.
    columns : list of int
        Positions of the targets among the constructs.
    """

    targets: Array
    sources: Array
    products: Array
    mask: NDArray[np.bool_]
    columns: list[int]

    @classmethod
    def of(cls, values: Array, model: PathModel) -> StructuralEquations:
        """Take the equations of `model`, scores (n, J) in its order."""
        names = model.construct_names
        endogenous = [j for j, name in enumerate(names) if model.predecessors(name)]
        mask = np.array([[s in model.predecessors(names[j]) for s in names] for j in endogenous])
        rows, columns, _ = triangle(len(names))
        return cls(
            targets=values[:, endogenous],
            sources=values,
            products=values[:, rows] * values[:, columns],
            mask=mask,
            columns=endogenous,
        )

    @property
    def n_parameters(self) -> int:
        """Coefficients and error variances of one segment."""
        return int(self.mask.sum()) + len(self.mask)

    def solve(self, weights: Array) -> tuple[Array, Array]:
        """Regress with weights (S, K, n): coefficients (S, K, Q, J), variances (S, K, Q)."""
        shape, n_sources = weights.shape[:-1], self.sources.shape[1]
        flat = weights.reshape(-1, weights.shape[-1])
        gram = (flat @ self.products)[:, triangle(n_sources)[2]]
        coefficients = np.zeros((len(flat), len(self.mask), n_sources))
        for q, used in enumerate(self.mask):
            inner = gram[:, used][:, :, used]
            # A segment of too few respondents has a singular matrix; the ridge keeps it finite.
            ridge = 1e-10 * np.trace(inner, axis1=1, axis2=2)[:, None, None] + 1e-300
            cross = gram[:, used, self.columns[q], None]
            solved = np.linalg.solve(inner + ridge * np.eye(int(used.sum())), cross)
            coefficients[:, q, used] = solved[..., 0]
        totals = np.maximum(flat.sum(axis=1), SMALLEST_WEIGHT)[:, None]
        squares = self._error_squares(gram, coefficients)
        variance = np.maximum(squares / totals, LEAST_VARIANCE)
        return coefficients.reshape((*shape, *coefficients.shape[1:])), variance.reshape(
            (*shape, len(self.mask))
        )

    def _error_squares(self, gram: Array, coefficients: Array) -> Array:
        own = np.stack([gram[:, j, j] for j in self.columns], axis=1)
        cross = np.einsum("bqj,bjq->bq", coefficients, gram[:, :, self.columns])
        explained = np.einsum("bqj,bjl,bql->bq", coefficients, gram, coefficients)
        return np.asarray(np.maximum(own - 2 * cross + explained, 0.0))

    def log_density(self, coefficients: Array, variance: Array) -> Array:
        """Sum over the equations of the log density of each row, (S, K, n)."""
        total = np.zeros((*variance.shape[:-1], len(self.targets)))
        for q in range(len(self.mask)):
            fitted = coefficients[..., q, :] @ self.sources.T
            spread = variance[..., q, None]
            total -= 0.5 * (
                np.log(2 * np.pi * spread) + (self.targets[:, q] - fitted) ** 2 / spread
            )
        return total
