"""The maximum of the likelihood, of one sample or of many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csat_models.errors import ConvergenceError, InadmissibleError, ModelError
from csat_models.estimation.covariance.likelihood import Sums
from csat_models.estimation.covariance.parameters import ParameterTable
from csat_models.estimation.covariance.scoring import (
    SINGULAR,
    Maximum,
    maximise,
    weakest_direction,
)
from csat_models.estimation.covariance.semopy_adapter import semopy_parameters
from csat_models.estimation.covariance.starting import start_values
from csat_models.estimation.sample import Array
from csat_models.estimation.threads import single_threaded

# Below this smallest eigenvalue of its correlations a covariance matrix is singular.
DEFINITE = 1e-10

# A draw stops when its estimates move by less than a millionth of a standard deviation.
DRAWS_TOLERANCE = 1e-13


def fit_one(table: ParameterTable, cov: Array, n_obs: int, *, max_iterations: int) -> Maximum:
    """Estimate one sample of one group from its covariances (K, K).

    semopy searches; its estimates, and start values of our own in case it
    finds none, are then iterated to machine precision, and the better of the
    two maxima is taken. So no digit depends on the order in which semopy
    happens to hold its parameters.

    Raises
    ------
    ModelError
        More parameters than moments, or a model that is not identified.
    InadmissibleError
        An item without variance, or a covariance matrix that is singular.
    ConvergenceError
        No maximum was found.
    """
    require_moments(table)
    require_definite(cov, table.items, n_obs)
    scaled = cov * ((n_obs - 1) / n_obs)
    return fit_sums(
        table,
        Sums.of_moments(scaled[None], np.array([n_obs])),
        scaled,
        max_iterations=max_iterations,
    )


@single_threaded
def fit_sums(
    table: ParameterTable, sums: Sums, cov: Array, *, max_iterations: int, mean: Array | None = None
) -> Maximum:
    """Estimate one sample, of any number of groups, complete or not.

    Parameters
    ----------
    table : ParameterTable
    sums : Sums
        Without batch dimensions.
    cov : array (K, K) or (G, K, K)
        With divisor n; of incomplete samples an approximation, to start from.
    max_iterations : int
    mean : array (G, K), optional

    Returns
    -------
    Maximum
        With one batch element.

    Raises
    ------
    ConvergenceError, ModelError
        As in :func:`fit_one`.
    """
    by_group = cov.reshape(-1, *cov.shape[-2:])
    centre = np.zeros(by_group.shape[:-1]) if mean is None else mean
    starts = [start_values(table, by_group, centre)]
    if len(table.groups) == 1:
        starts += _semopy_start(table, by_group[0], sums, starts[0])
    both = np.stack(starts)
    found = maximise(table, both, repeat(sums, len(both)), max_iterations=max_iterations)
    best = int(np.argmax(np.where(found.converged, found.likelihood.value, -np.inf)))
    chosen = found.take(np.array([best]))
    _require_maximum(chosen, table, max_iterations)
    return chosen


@single_threaded
def fit_batch(table: ParameterTable, cov: Array, *, max_iterations: int) -> Maximum:
    """Estimate B samples from their covariances (B, K, K), which may have any divisor.

    All start from the estimates of their mean, as draws of one sample are
    close to each other.

    Returns
    -------
    Maximum
        ``converged`` is False, and the estimates are missing, where a sample
        has no maximum, is not positive definite, or does not identify the
        model.
    """
    require_moments(table)
    usable = _definite(cov)
    starts = np.zeros((len(cov), table.n_free))
    if usable.any():
        middle = cov[usable].mean(axis=0)
        centre = np.zeros(middle.shape[:-1])
        own = start_values(table, middle[None], centre[None])[None]
        one = Sums.of_moments(middle[None, None], np.ones((1, 1)))
        found = maximise(table, own, one, max_iterations=max_iterations)
        starts += np.where(found.converged[:, None], found.theta, own)
    kept = np.where(usable[:, None, None], cov, np.nan)
    sums = Sums.of_moments(kept[:, None], np.ones((len(cov), 1)))
    found = maximise(table, starts, sums, max_iterations=max_iterations, tolerance=DRAWS_TOLERANCE)
    return found.only(_identified(found))


def require_moments(table: ParameterTable) -> None:
    """Raise if there are more parameters than moments.

    Raises
    ------
    ModelError
        Always then.
    """
    if table.degrees_of_freedom < 0:
        raise ModelError(
            f"the model has {table.n_free} free parameters for {table.n_moments} moments, so it is "
            "not identified; take out paths or residual covariances, or add items",
            parameters=table.n_free,
            moments=table.n_moments,
        )


def require_definite(cov: Array, items: tuple[str, ...], n_obs: int, group: str = "") -> None:
    """Raise unless the covariances (K, K) of a sample are positive definite.

    Raises
    ------
    InadmissibleError
        An item without variance, fewer rows than items, or collinear items.
    """
    where = f" in group '{group}'" if group else ""
    flat = [item for item, v in zip(items, np.diagonal(cov), strict=True) if not v > 0]
    if flat:
        raise InadmissibleError(
            f"item '{flat[0]}' has no variance{where}; leave it out of the model",
            item=flat[0],
            group=group,
        )
    if not _definite(cov[None])[0]:
        raise InadmissibleError(
            f"the covariances of the {len(items)} items are not positive definite{where} "
            f"({n_obs} rows), so there is no likelihood to maximise; use more rows than items, "
            "leave out items that repeat others, or use method='pls'",
            rows=n_obs,
            items=len(items),
            group=group,
        )


def repeat(sums: Sums, times: int) -> Sums:
    """Give a sample without batch dimensions one of length `times`."""
    return Sums(
        group=sums.group,
        answered=sums.answered,
        weight=np.broadcast_to(sums.weight, (times, *sums.weight.shape)),
        mean=np.broadcast_to(sums.mean, (times, *sums.mean.shape)),
        scatter=np.broadcast_to(sums.scatter, (times, *sums.scatter.shape)),
    )


def _semopy_start(table: ParameterTable, cov: Array, sums: Sums, own: Array) -> list[Array]:
    try:
        found = semopy_parameters(table, cov, int(sums.weight.sum()))
    except ConvergenceError:
        return []
    is_mean = np.array([name.endswith("~1") for name in table.names])
    return [np.where(is_mean, own, found)]


def _require_maximum(found: Maximum, table: ParameterTable, max_iterations: int) -> None:
    least, place = weakest_direction(found.likelihood.information[0])
    if least < SINGULAR:
        raise ModelError(
            f"the model is not identified: the likelihood is flat along '{table.names[place]}'; "
            "a construct needs three items, or two and a path or covariance with another "
            "construct that is not 0",
            parameter=table.names[place],
        )
    if not found.converged[0]:
        raise ConvergenceError(
            f"the likelihood has no maximum that {max_iterations} iterations of Fisher scoring "
            "find; the model does not fit these data, or a construct has items that do not "
            "correlate; take such items out, or use method='pls'",
            iterations=max_iterations,
        )


def _definite(cov: Array) -> NDArray[np.bool_]:
    usable: NDArray[np.bool_] = np.asarray(np.isfinite(cov).all(axis=(1, 2)))
    variance = np.where(usable[:, None], np.diagonal(cov, axis1=-2, axis2=-1), 0.0)
    usable &= (variance > 0).all(axis=1)
    found = np.zeros(len(cov), dtype=bool)
    scale = np.sqrt(variance[usable])
    corr = cov[usable] / scale[:, :, None] / scale[:, None, :]
    found[usable] = np.linalg.eigvalsh(corr).min(axis=-1) > DEFINITE
    return found


def _identified(found: Maximum) -> NDArray[np.bool_]:
    information = found.likelihood.information
    scale = np.sqrt(np.maximum(np.einsum("bpp->bp", information), np.finfo(np.float64).tiny))
    least = np.linalg.eigvalsh(information / scale[:, :, None] / scale[:, None, :])[:, 0]
    identified: NDArray[np.bool_] = least > SINGULAR
    return identified
