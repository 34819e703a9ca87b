"""Samples whose means and covariances are exactly those of the population.

A statistic that is computed from moments then has exactly its true value, so
that estimators can be tested without sampling error.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.survey.simulated.population import ItemMoments

Array = NDArray[np.float64]


def exact_rows(mean: Array, cov: Array, n_rows: int, rng: np.random.Generator) -> Array:
    r"""Draw rows with exactly the mean and the covariance (divisor n - 1) given.

    Normal rows are centred, made uncorrelated, and multiplied by
    :math:`\Lambda^{1/2} Q'`, where :math:`\Sigma = Q \Lambda Q'`.

    Parameters
    ----------
    mean : ndarray, shape (..., K)
    cov : ndarray, shape (..., K, K)
        Positive semi-definite.
    n_rows : int
        More than K.
    rng : Generator

    Returns
    -------
    ndarray, shape (..., n_rows, K)
        Numbers, not scores: they are neither whole nor kept within a scale.

    Raises
    ------
    DataError
        Too few rows, or a matrix that is no covariance matrix.

    Examples
    --------
    >>> rows = exact_rows(np.array([7.0, 6.0]), np.array([[4.0, 1.0], [1.0, 2.0]]), 10,
    ...                   np.random.default_rng(1))
    >>> np.cov(rows, rowvar=False).round(9).tolist()
    [[4.0, 1.0], [1.0, 2.0]]
    """
    n_items = mean.shape[-1]
    if n_rows <= n_items:
        raise DataError(
            f"{n_rows} rows cannot have {n_items} uncorrelated items; draw at least {n_items + 1}",
            n_rows=n_rows,
        )
    values, vectors = np.linalg.eigh(cov)
    if (values[..., 0] < -1e-9 * values[..., -1]).any():
        raise DataError("a matrix with a negative eigenvalue is no covariance matrix; correct it")
    normals = rng.standard_normal((*mean.shape[:-1], n_rows, n_items))
    normals -= normals.mean(axis=-2, keepdims=True)
    basis = np.linalg.qr(normals)[0] * np.sqrt(n_rows - 1.0)
    root = vectors * np.sqrt(np.clip(values, 0.0, None))[..., None, :]
    return np.asarray(mean[..., None, :] + basis @ np.swapaxes(root, -1, -2))


def exact_sample(
    moments: ItemMoments, n_rows: int, *, seed: int, items: Sequence[str] | None = None
) -> pd.DataFrame:
    """Draw a table whose moments are exactly those of a population.

    Parameters
    ----------
    moments : ItemMoments
        Of one unit, such as ``population.item_moments()`` of a population
        without units, or pooled ones.
    n_rows : int
    seed : int
        The same seed gives the same table.
    items : sequence of str, optional
        All by default.

    Returns
    -------
    DataFrame
        ``n_rows`` rows, one column an item.

    Raises
    ------
    DataError
        Moments of several units, or too few rows.

    Examples
    --------
    >>> from csat_models.survey.simulated.population import Population
    >>> population = Population.declare("Quality =~ 0.8*Q1 + 0.7*Q2", mean=7.5)
    >>> exact_sample(population.item_moments(), 50, seed=1).mean().round(9).tolist()
    [7.5, 7.5]
    """
    if moments.mean.dims != ("item",):
        units = ", ".join(str(dim) for dim in moments.mean.dims if dim != "item")
        raise DataError(
            f"the moments are of several units ({units}); select one or write moments.pool()",
            units=units,
        )
    chosen = moments if items is None else moments.select(items)
    rng = np.random.default_rng(seed)
    rows = exact_rows(chosen.mean.values, chosen.cov.values, n_rows, rng)
    return pd.DataFrame(rows, columns=chosen.mean["item"].values.tolist())
