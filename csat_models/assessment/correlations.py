"""Correlation matrices of a batch: of indicators, and what their inverses say."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from csat_models.estimation import Estimates
from csat_models.estimation.estimates import to_correlations
from csat_models.estimation.regressions import solve_small
from csat_models.estimation.sample import Array
from csat_models.estimation.threads import single_threaded
from csat_models.model import PathModel

# An eigenvalue of a correlation matrix below this is 0.
ROUNDING = 1e-12


def indicator_correlations(estimates: Estimates) -> Array:
    r"""Correlations of a model's indicators, (..., L, L).

    Parameters
    ----------
    estimates : Estimates
        Any batch dimensions.

    Returns
    -------
    array (..., L, L)
        In the order of ``model.indicators``; missing for an indicator without
        variance.

    Examples
    --------
    >>> from csat_models import Moments, PathModel, fit
    >>> model = PathModel.parse("Q =~ q\nS =~ s\nS ~ Q")
    >>> moments = Moments.from_table(items="qs", mean=[7, 7], cov=[[4, 1], [1, 1]], n_obs=99)
    >>> indicator_correlations(fit(moments, model)).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    cov = estimates.moments.cov.transpose(*estimates.moments.batch_dims, "item", "item_2")
    return to_correlations(cov.to_numpy())


def path_constructs(model: PathModel) -> tuple[str, ...]:
    r"""Return the constructs that stand in the paths by themselves.

    All but products, and dimensions, which stand behind a construct of higher order.

    Examples
    --------
    >>> model = PathModel.parse("H =~ A + B\nA =~ a1 + a2\nB =~ b1\nC =~ c1\nC ~ H")
    >>> path_constructs(model)
    ('H', 'C')
    """
    left_out = {*model.products, *model.dimensions}
    return tuple(name for name in model.construct_names if name not in left_out)


@single_threaded
def inverse(matrices: Array) -> Array:
    """Invert small matrices of a batch, (..., P, P); one that has no inverse is not finite.

    Parameters
    ----------
    matrices : array (..., P, P)
        Symmetric.

    Returns
    -------
    array (..., P, P)
    """
    try:
        return np.asarray(np.linalg.inv(matrices), dtype=np.float64)
    except np.linalg.LinAlgError:  # one singular element stops the whole batch
        size = matrices.shape[-1]
        flat = matrices.reshape(-1, size, size)
        columns = [
            solve_small(flat, np.broadcast_to(unit, flat.shape[:2])) for unit in np.eye(size)
        ]
        return np.stack(columns, axis=-1).reshape(matrices.shape)


def variance_inflation(correlations: Array) -> Array:
    r"""Variance inflation factor of each variable on all others, (..., P, P) to (..., P).

    The diagonal of the inverse correlation matrix, :math:`1 / (1 - R_k^2)`; missing where
    the others explain a variable wholly. A correlation matrix that is not positive definite,
    as consistent PLS may give, has factors below 1 among its values.

    Examples
    --------
    >>> variance_inflation(np.array([[1.0, 0.6], [0.6, 1.0]])).round(6).tolist()
    [1.5625, 1.5625]
    """
    values: Array = np.einsum("...kk->...k", inverse(correlations)).copy()
    values[~np.isfinite(values)] = np.nan
    return values


def positive_definite(matrices: Array) -> NDArray[np.bool_]:
    """Whether correlation matrices (..., P, P) have only positive eigenvalues, (...) of bool.

    One with missing values has none.
    """
    size = matrices.shape[-1]
    flat = matrices.reshape(-1, size, size)
    known = np.isfinite(flat).all(axis=(1, 2))
    found = np.zeros(len(flat), dtype=np.bool_)
    if known.any():
        found[known] = np.linalg.eigvalsh(flat[known])[:, 0] > ROUNDING
    return np.asarray(found.reshape(matrices.shape[:-2]))


def batch_coords(estimates: Estimates) -> dict[Hashable, Array]:
    """Labels of the leading dimensions that have some."""
    of = estimates.construct_corr
    dims = estimates.moments.batch_dims
    return {dim: of[dim].to_numpy() for dim in dims if dim in of.coords}


def label(estimates: Estimates, values: Array, **last: tuple[str, ...]) -> xr.DataArray:
    """Label an array (..., *last) by the batch of `estimates` and the names of `last`."""
    dims: list[Hashable] = [*estimates.moments.batch_dims, *last]
    coords = batch_coords(estimates) | {dim: list(names) for dim, names in last.items()}
    return xr.DataArray(values, coords=coords, dims=dims)
