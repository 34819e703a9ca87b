r"""Maximum likelihood by damped Fisher scoring, a batch of samples at once.

The step is :math:`(I + \lambda \, \mathrm{diag}\,I)^{-1} g` with the expected
information I and the gradient g; :math:`\lambda` grows where a step lowers the
likelihood or leaves the covariance matrices that exist, and shrinks after a
good one. A sample stops when :math:`g' I^{-1} g`, twice the gain still expected,
is below a bound that does not depend on any unit of measurement.

References
----------
Marquardt (1963), An algorithm for least-squares estimation of nonlinear
parameters, J. SIAM 11, 431-441; Lee and Jennrich (1979), A study of algorithms
for covariance structure analysis, Psychometrika 44, 99-113.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from csat_models.estimation.covariance.likelihood import Likelihood, Sums, evaluate
from csat_models.estimation.covariance.parameters import ParameterTable
from csat_models.estimation.sample import Array

# The gain still expected, per row of the sample, below which a sample stops.
TOLERANCE = 1e-17

# Gains below this share of the log-likelihood are rounding.
ROUNDING = 1e-13

# Below this smallest eigenvalue of the information, as correlations, it is singular.
SINGULAR = 1e-9

LARGEST_DAMPING = 1e8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Maximum:
    """Maximum-likelihood estimates of B samples.

    Attributes
    ----------
    theta : array (B, P)
        NaN where not converged.
    likelihood : Likelihood
        There.
    converged : array (B,) of bool
    iterations : array (B,) of int
    """

    theta: Array
    likelihood: Likelihood
    converged: NDArray[np.bool_]
    iterations: NDArray[np.int64]

    def take(self, places: NDArray[np.int64]) -> Maximum:
        """Return these samples."""
        return Maximum(
            theta=self.theta[places],
            likelihood=_pick(self.likelihood, places),
            converged=self.converged[places],
            iterations=self.iterations[places],
        )

    def only(self, kept: NDArray[np.bool_]) -> Maximum:
        """Mark all but the samples `kept` as not converged."""
        return replace(
            self,
            theta=np.where(kept[:, None], self.theta, np.nan),
            converged=self.converged & kept,
        )


def maximise(
    table: ParameterTable,
    start: Array,
    sums: Sums,
    *,
    max_iterations: int = 500,
    tolerance: float = TOLERANCE,
) -> Maximum:
    """Maximise the likelihood from `start`.

    Parameters
    ----------
    table : ParameterTable
    start : array (B, P)
        With implied covariance matrices that are positive definite.
    sums : Sums
        With one leading dimension (B,).
    max_iterations : int
    tolerance : float

    Returns
    -------
    Maximum
        Each sample by itself: the batch equals a loop.
    """
    theta, n_batch = start.copy(), len(start)
    damping = np.zeros(n_batch)
    converged, iterations = np.zeros(n_batch, dtype=bool), np.zeros(n_batch, dtype=np.int64)
    finite = np.isfinite(sums.scatter).all(axis=(1, 2, 3))
    now = evaluate(table, theta, sums.take(np.arange(n_batch)))
    active = np.flatnonzero(finite & np.isfinite(now.value))
    state = _pick(now, active)
    while len(active) and iterations.max() < max_iterations:
        size = sums.weight[active].sum(axis=-1)
        step, gain = _step(state, damping[active])
        done = gain < tolerance * size
        stuck = damping[active] > LARGEST_DAMPING
        converged[active[done]] = True
        keep = ~(done | stuck)
        active, step, state = active[keep], step[keep], _pick(state, keep)
        if not len(active):
            break
        iterations[active] += 1
        trial = evaluate(table, theta[active] + step, sums.take(active))
        better = trial.value >= state.value - ROUNDING * np.abs(state.value)
        theta[active[better]] += step[better]
        damping[active] = np.where(
            better, damping[active] / 10.0, np.maximum(10.0 * damping[active], 1e-3)
        )
        state = _choose(better, trial, state)
    theta[~converged] = np.nan
    at_end = evaluate(table, np.where(converged[:, None], theta, start), sums)
    return Maximum(theta=theta, likelihood=at_end, converged=converged, iterations=iterations)


def weakest_direction(information: Array) -> tuple[float, int]:
    """Smallest eigenvalue of the information (P, P) as correlations, and its main parameter.

    Examples
    --------
    >>> weakest_direction(np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0], [0.0, 1.0, 1.0]]))[1] > 0
    True
    """
    scale = np.sqrt(np.maximum(np.diagonal(information), np.finfo(np.float64).tiny))
    values, vectors = np.linalg.eigh(information / scale / scale[:, None])
    return float(values[0]), int(np.argmax(np.abs(vectors[:, 0])))


def _step(state: Likelihood, damping: Array) -> tuple[Array, Array]:
    """Return steps (A, P), and what an undamped one is expected to gain, (A,)."""
    diagonal = np.einsum("app->ap", state.information)
    scale = np.sqrt(np.maximum(diagonal, np.finfo(np.float64).tiny))
    unit = state.information / scale[:, :, None] / scale[:, None, :]
    rhs = state.gradient / scale
    index = np.arange(unit.shape[-1])
    unit[:, index, index] += np.maximum(damping, 1e-13)[:, None]
    step = np.linalg.solve(unit, rhs[:, :, None])[:, :, 0]
    return step / scale, np.einsum("ap,ap->a", step, rhs) * (1.0 + damping)


def _pick(state: Likelihood, places: NDArray[np.generic]) -> Likelihood:
    return Likelihood(
        value=state.value[places],
        gradient=state.gradient[places],
        information=state.information[places],
    )


def _choose(better: NDArray[np.bool_], new: Likelihood, old: Likelihood) -> Likelihood:
    return Likelihood(
        value=np.where(better, new.value, old.value),
        gradient=np.where(better[:, None], new.gradient, old.gradient),
        information=np.where(better[:, None, None], new.information, old.information),
    )
