r"""Weights of every draw, so that intervals of any kind come from replicate weights.

Bootstrap replicates are draws themselves: rows are drawn, and each draw's
weights are raked to the margins. Of other replicates :math:`w_r` with scales
:math:`s_r` draws are made by the generalised bootstrap,

.. math:: w^*_b = w + \sum_r z_{br} \sqrt{s_r} (w_r - w),

with standard normal :math:`z` that are made exactly uncorrelated where there
are more draws than replicates. The draws of a statistic that is linear in
the weights then have exactly the variance :math:`\sum_r s_r (t_r - t)^2` of the
replicates, and every interval, rank and probability can be read off them.

References
----------
Beaumont & Patak (2012), On the generalized bootstrap for sample surveys with
special attention to Poisson sampling, International Statistical Review
80:127-148. Rao, Wu & Yue (1992), Survey Methodology 18:209-217, for raking each
replicate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.survey.simulated.exact_sample import exact_rows
from csat_models.survey.weighting.replicates import Calibration, Replicates

Array = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MixedWeights:
    r"""Draws by the generalised bootstrap from R replicates of n rows.

    Attributes
    ----------
    weights : ndarray, shape (n,)
        The survey's own, whose sum each draw keeps: waves are merged by it.
    deviations : ndarray, shape (R, n)
        :math:`\sqrt{s_r} (w_r - w)`, replicates with the sum of the survey's own.
    mix : ndarray, shape (B, R)
    """

    weights: Array
    deviations: Array
    mix: Array

    @classmethod
    def of(cls, replicates: Replicates, weights: Array, *, n_draws: int, seed: int) -> Self:
        """Mix replicates.

        Parameters
        ----------
        replicates : Replicates
        weights : ndarray, shape (n,)
            The survey's own.
        n_draws, seed : int

        Raises
        ------
        DataError
            Another number of weights than the replicates have rows.

        Examples
        --------
        >>> half = Replicates(values=np.array([[2.0, 0.0], [0.0, 2.0]]), scale=np.full(2, 0.5),
        ...                   kind="BRR", n_failed=0, index=range(2))
        >>> draws = MixedWeights.of(half, np.ones(2), n_draws=50, seed=1).take(slice(0, 50))
        >>> draws.std(axis=0, ddof=1).round(9).tolist(), draws.sum(axis=1).round(9).max().item()
        ([1.0, 1.0], 2.0)
        """
        n_replicates, n_rows = replicates.values.shape
        if weights.shape != (n_rows,):
            raise DataError(
                f"there are {weights.size} weights for replicates of {n_rows} rows; give those of "
                "the same rows"
            )
        rng = np.random.default_rng(seed)
        if n_draws > n_replicates:
            mix = exact_rows(np.zeros(n_replicates), np.eye(n_replicates), n_draws, rng)
        else:
            mix = rng.standard_normal((n_draws, n_replicates))
        replicated = replicates.values * weights.mean()
        deviations = np.sqrt(replicates.scale)[:, None] * (replicated - weights)
        return cls(weights=weights, deviations=deviations, mix=mix)

    def take(self, piece: slice) -> Array:
        """Return the weights of some draws, shape (b, n)."""
        return self.weights + self.mix[piece] @ self.deviations


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RakedWeights:
    """Draws of sampling units, each raked anew to the margins.

    Attributes
    ----------
    weights : ndarray, shape (n,)
        The survey's own; where they were trimmed, each draw starts from the
        trimmed ones.
    counts : ndarray, shape (B, U)
        How often each unit is drawn.
    unit : ndarray of int, shape (n,)
        Each row's unit.
    calibration : Calibration
    """

    weights: Array
    counts: NDArray[Any]
    unit: Codes
    calibration: Calibration

    def take(self, piece: slice) -> Array:
        """Return the weights of some draws, shape (b, n); NaN where raking fails."""
        return self.calibration.rake(self.counts[piece][:, self.unit] * self.weights)
