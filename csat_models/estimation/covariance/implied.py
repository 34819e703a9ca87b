r"""Moments that a covariance structure implies, and their derivatives.

With :math:`A = (I - B)^{-1}`, :math:`G = \Lambda A` and :math:`\Phi = A \Psi A'`

.. math::
    \Sigma = \Lambda \Phi \Lambda' + \Theta, \qquad \mu = \nu + G \alpha .

The derivative by any parameter is of rank two, :math:`s (u v' + v u')`, with u
and v columns of :math:`I`, :math:`G` and :math:`\Lambda\Phi`; that of the means
is :math:`m u`. So information matrices are products of K x R matrices, and no
array of derivatives K x K x R is ever made.

References
----------
Bollen (1989), Structural Equations with Latent Variables, ch. 8; Joereskog
(1970), A general method for analysis of covariance structures, Biometrika 57,
239-251.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csat_models.estimation.covariance.elements import MATRICES
from csat_models.estimation.covariance.parameters import ParameterTable
from csat_models.estimation.sample import Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Implied:
    """Implied moments, with what their derivatives are made of.

    Attributes
    ----------
    mean : array (..., K)
    cov : array (..., K, K)
    construct_cov : array (..., J, J)
        Covariances of the constructs.
    u, v : array (..., K, R)
        The derivative of `cov` by parameter r is ``u v' + v u'``.
    m : array (..., R)
        That of `mean` is ``m u``.
    """

    mean: Array
    cov: Array
    construct_cov: Array
    u: Array
    v: Array
    m: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matrices:
    """The matrices of the model: loadings (..., K, J) and so on, means (..., J, 1)."""

    loading: Array
    path: Array
    construct_cov: Array
    residual_cov: Array
    intercept: Array
    mean: Array

    @property
    def total(self) -> Array:
        """Total effects of the constructs with themselves, ``(I - B)^-1``."""
        return np.asarray(np.linalg.inv(np.eye(self.path.shape[-1]) - self.path), dtype=np.float64)


def fill_matrices(table: ParameterTable, values: Array) -> Matrices:
    """Put parameters (..., G, R) into their matrices, (..., G, rows, columns)."""
    n_items, n_constructs = len(table.items), len(table.constructs)
    shapes = {
        "loading": (n_items, n_constructs),
        "path": (n_constructs, n_constructs),
        "construct_cov": (n_constructs, n_constructs),
        "residual_cov": (n_items, n_items),
        "intercept": (n_items, 1),
        "mean": (n_constructs, 1),
    }
    filled = {}
    for name in MATRICES:
        places = [r for r, p in enumerate(table.parameters) if p.matrix == name]
        rows = [table.parameters[r].row for r in places]
        columns = [table.parameters[r].col for r in places]
        matrix = np.zeros((*values.shape[:-1], *shapes[name]))
        matrix[..., rows, columns] = values[..., places]
        if name in ("construct_cov", "residual_cov"):
            matrix[..., columns, rows] = values[..., places]
        filled[name] = matrix
    return Matrices(**filled)


def implied_moments(table: ParameterTable, values: Array) -> Implied:
    """Return what parameters (..., G, R) imply; all fields have the dimensions (..., G).

    Parameters
    ----------
    table : ParameterTable
    values : array (..., G, R)
        From :meth:`~csat_models.estimation.covariance.parameters.ParameterTable.expand`.
    """
    matrices = fill_matrices(table, values)
    total = matrices.total
    gain = matrices.loading @ total
    construct_cov = total @ matrices.construct_cov @ np.swapaxes(total, -1, -2)
    shared = matrices.loading @ construct_cov
    construct_mean = total @ matrices.mean
    u, v, m = _derivatives(table, gain, shared, construct_mean[..., 0])
    return Implied(
        mean=(matrices.intercept + matrices.loading @ construct_mean)[..., 0],
        cov=shared @ np.swapaxes(matrices.loading, -1, -2) + matrices.residual_cov,
        construct_cov=construct_cov,
        u=u,
        v=v,
        m=m,
    )


def _derivatives(
    table: ParameterTable, gain: Array, shared: Array, construct_mean: Array
) -> tuple[Array, Array, Array]:
    """Gather the factors u (..., K, R), v (..., K, R) and m (..., R)."""
    n_items, n_constructs = len(table.items), len(table.constructs)
    unit = np.broadcast_to(np.eye(n_items), (*gain.shape[:-2], n_items, n_items))
    nothing = np.zeros((*gain.shape[:-1], 1))
    columns = np.concatenate([unit, gain, shared, nothing], axis=-1)
    ends = np.zeros((*construct_mean.shape[:-1], 1))
    factors = np.concatenate([construct_mean, ends, ends + 1.0], axis=-1)
    of_gain, of_shared, none = n_items, n_items + n_constructs, n_items + 2 * n_constructs
    first, second, mean, half = [], [], [], []
    for p in table.parameters:
        from_item = p.matrix in ("loading", "residual_cov", "intercept")
        first.append(p.row if from_item else of_gain + p.row)
        is_slope = p.matrix in ("loading", "path")
        is_mean = p.matrix in ("intercept", "mean")
        side = p.col if p.matrix == "residual_cov" else of_gain + p.col
        second.append(none if is_mean else of_shared + p.col if is_slope else side)
        mean.append(p.col if is_slope else n_constructs + is_mean)
        half.append(0.5 if p.matrix.endswith("cov") and p.row == p.col else 1.0)
    return columns[..., first], columns[..., second] * np.array(half), factors[..., mean]
