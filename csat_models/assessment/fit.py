r"""Does the model reproduce the correlations of its items: SRMR, d_ULS, d_G.

The model implies correlations of the constructs :math:`\Phi`, and through them
of the items :math:`\Sigma = \Lambda \Phi \Lambda' + \Theta`.

* **Constructs.** The *saturated* model takes their correlations as they are: misfit is
  then the measurement's alone. The *estimated* model takes those that follow from its
  paths, :math:`(I - B')^{-1} \Psi (I - B)^{-1}` with the correlations of the exogenous
  constructs and the unexplained variances :math:`1 - R^2` in :math:`\Psi`, and 1 on
  the diagonal.
* **Items of one construct.** A *factor* explains them: what is beyond
  :math:`\lambda_k \lambda_l` is misfit. A *composite* is made of them: they correlate
  as they do. With ``method="plsc"``, constructs in Mode A are factors; with
  ``method="pls"`` all constructs are composites, which is what PLS estimates.

With S the K x K sample correlations,

.. math::

   SRMR = \sqrt{\frac{\sum_{k \ge l} (s_{kl} - \sigma_{kl})^2}{K (K + 1) / 2}}, \quad
   d_{ULS} = \tfrac{1}{2} \sum_{kl} (s_{kl} - \sigma_{kl})^2, \quad
   d_G = \tfrac{1}{2} \sum_k \log^2 \varphi_k

with :math:`\varphi_k` the eigenvalues of :math:`S^{-1} \Sigma`; d_G is missing where
:math:`\Sigma` is not positive definite.

Conventions. cSEM prints the same SRMR and d_ULS, for ``=~`` without disattenuation those
of ``blocks="factor"``, and d_G with logarithms to base 10: ours over
:math:`\log^2 10 = 5.3019`. A construct of higher order stands for its dimensions, whose
scores are the items; the items below them are left out.

References
----------
Dijkstra and Henseler (2015), Consistent and asymptotically normal PLS estimators for
linear structural equations, CSDA 81, 10-23. Henseler, Dijkstra, Sarstedt et al. (2014),
Common beliefs and reality about PLS, Organizational Research Methods 17, 182-209. Hu and
Bentler (1999), Structural Equation Modeling 6, 1-55, for SRMR below .08.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import xarray as xr

from csat_models.assessment.correlations import (
    indicator_correlations,
    label,
    path_constructs,
    positive_definite,
)
from csat_models.errors import ModelError
from csat_models.estimation import Estimates
from csat_models.estimation.sample import Array
from csat_models.estimation.threads import single_threaded
from csat_models.model import PathModel

Structure = Literal["estimated", "saturated"]
STRUCTURES: tuple[Structure, ...] = ("estimated", "saturated")
Blocks = Literal["factor", "composite"]
MEASURES = ("srmr", "d_uls", "d_g")


def implied_correlations(
    estimates: Estimates, *, structure: Structure = "estimated", blocks: Blocks | None = None
) -> xr.DataArray:
    r"""Correlations of the items that the model implies, (..., item, item_2).

    Parameters
    ----------
    estimates : Estimates
        Any batch dimensions.
    structure : {"estimated", "saturated"}
        Correlations of constructs from the paths, or as they are.
    blocks : {"factor", "composite"}, optional
        Whether constructs of several items in Mode A explain their items' correlations or
        are made of them; by default as the method has it.

    Raises
    ------
    ModelError
        The model has products, whose distribution paths do not imply.

    Examples
    --------
    >>> from csat_models import Moments, PathModel, fit
    >>> model = PathModel.parse("A =~ a; B =~ b; C =~ c; B ~ A; C ~ B")
    >>> corr = [[1, .5, .3], [.5, 1, .5], [.3, .5, 1]]
    >>> moments = Moments.from_table(items="abc", mean=[7] * 3, cov=corr, n_obs=99)
    >>> implied_correlations(fit(moments, model)).sel(item="a", item_2="c").item()
    0.25
    """
    _refuse_products(estimates.model)
    _check_choices(structure, blocks)
    items = fitted_items(estimates.model)
    found = _implied(estimates, structure, blocks)
    return label(estimates, found, item=items, item_2=items)


def fit_measures(estimates: Estimates, *, blocks: Blocks | None = None) -> xr.Dataset:
    """SRMR, d_ULS and d_G of the estimated and of the saturated model.

    Parameters
    ----------
    estimates, blocks
        As in :func:`implied_correlations`.

    Returns
    -------
    Dataset
        ``srmr``, ``d_uls`` and ``d_g``, each (..., structure).

    Raises
    ------
    ModelError
        As :func:`implied_correlations`.
    """
    distances = [structure_distances(estimates, structure, blocks) for structure in STRUCTURES]
    return xr.Dataset(
        {
            name: label(
                estimates, np.stack([d[k] for d in distances], axis=-1), structure=STRUCTURES
            )
            for k, name in enumerate(MEASURES)
        }
    )


def srmr(
    estimates: Estimates, *, structure: Structure = "estimated", blocks: Blocks | None = None
) -> xr.DataArray:
    """Standardised root mean square residual of the item correlations, (...).

    Below .08 is taken for a good fit; a test is
    :func:`~csat_models.assessment.exact_fit_test`. See :func:`implied_correlations` for the
    parameters, and the module for formula, conventions and sources.
    """
    return fit_measures(estimates, blocks=blocks)["srmr"].sel(structure=structure, drop=True)


def d_uls(
    estimates: Estimates, *, structure: Structure = "estimated", blocks: Blocks | None = None
) -> xr.DataArray:
    """Squared Euclidean distance of sample and implied correlations, (...).

    See :func:`implied_correlations` for the parameters, and the module for formula,
    conventions and sources. It has no threshold but the exact-fit test.
    """
    return fit_measures(estimates, blocks=blocks)["d_uls"].sel(structure=structure, drop=True)


def d_g(
    estimates: Estimates, *, structure: Structure = "estimated", blocks: Blocks | None = None
) -> xr.DataArray:
    """Geodesic distance of sample and implied correlations, (...).

    Missing where either is not positive definite. See :func:`implied_correlations` for the
    parameters, and the module for formula, conventions and sources. It has no threshold but
    the exact-fit test.
    """
    return fit_measures(estimates, blocks=blocks)["d_g"].sel(structure=structure, drop=True)


def structure_distances(
    estimates: Estimates, structure: Structure, blocks: Blocks | None
) -> tuple[Array, Array, Array]:
    """SRMR, d_ULS and d_G of one structure, each (...); see :func:`implied_correlations`."""
    _refuse_products(estimates.model)
    _check_choices(structure, blocks)
    sample = _sample_correlations(estimates)
    return distances_array(sample, _implied(estimates, structure, blocks))


@single_threaded
def distances_array(sample: Array, implied: Array) -> tuple[Array, Array, Array]:
    """SRMR, d_ULS and d_G of correlations (..., K, K) from implied ones, each (...)."""
    size = sample.shape[-1]
    squared = (sample - implied) ** 2
    both = squared.sum(axis=(-1, -2))
    once = 0.5 * (both + np.einsum("...kk->...", squared))
    return np.sqrt(once / (size * (size + 1) / 2.0)), 0.5 * both, _geodesic(sample, implied)


def fitted_items(model: PathModel) -> tuple[str, ...]:
    """Return the items whose correlations the model is judged by: of all constructs in paths."""
    return tuple(item for name in path_constructs(model) for item in model.items_of(name))


def _geodesic(sample: Array, implied: Array) -> Array:
    size = sample.shape[-1]
    flat, other = sample.reshape(-1, size, size), implied.reshape(-1, size, size)
    usable = np.isfinite(flat).all(axis=(1, 2)) & np.isfinite(other).all(axis=(1, 2))
    try:
        root = np.linalg.cholesky(flat[usable])
    except np.linalg.LinAlgError:  # one element stops the whole batch
        usable &= positive_definite(flat)
        root = np.linalg.cholesky(flat[usable])
    half = np.linalg.inv(root)
    # Symmetric with the eigenvalues of S^-1 Sigma, which are positive if Sigma's are.
    roots = np.linalg.eigvalsh(half @ other[usable] @ half.transpose(0, 2, 1))
    positive = roots[:, :1] > 0.0
    logs = np.log(np.where(positive, roots, np.nan))
    found = np.full(len(flat), np.nan)
    found[usable] = 0.5 * (logs**2).sum(axis=1)
    return found.reshape(sample.shape[:-2])


def _implied(estimates: Estimates, structure: Structure, blocks: Blocks | None) -> Array:
    rows, columns = _places(estimates.model)
    membership = estimates.model.membership[np.ix_(rows, columns)]
    loadings = estimates.loadings.to_numpy()[..., rows, None] * membership
    corr = _construct_correlations(estimates, structure)[..., columns[:, None], columns]
    found: Array = loadings @ corr @ np.swapaxes(loadings, -1, -2)
    together = (membership @ membership.T) > 0
    factors = membership @ _factors(estimates, blocks)[columns] > 0
    as_they_are = together & ~(factors[:, None] & factors[None, :])
    found = np.where(as_they_are, _sample_correlations(estimates), found)
    ones = np.where(np.isfinite(found[..., 0, 0]), 1.0, np.nan)
    np.einsum("...kk->...k", found)[...] = ones[..., None]
    return found


def _construct_correlations(estimates: Estimates, structure: Structure) -> Array:
    corr: Array = estimates.construct_corr.to_numpy()
    if structure == "saturated":
        return corr
    adjacency = estimates.model.adjacency
    exogenous = ~adjacency.any(axis=0)
    unexplained = np.nan_to_num(1.0 - estimates.r_squared.to_numpy(), nan=0.0)
    psi = corr * np.outer(exogenous, exogenous)
    psi = psi + unexplained[..., None] * np.eye(len(adjacency))
    effects = _total(estimates.paths.to_numpy())
    implied: Array = np.swapaxes(effects, -1, -2) @ psi @ effects
    np.einsum("...jj->...j", implied)[...] = 1.0
    return implied


def _total(paths: Array) -> Array:
    """Return (I - B)^-1 of recursive paths: the sum of their powers."""
    total = np.eye(paths.shape[-1]) + paths
    power = paths
    for _ in range(paths.shape[-1] - 2):
        power = power @ paths
        total = total + power
    return total


def _factors(estimates: Estimates, blocks: Blocks | None) -> Array:
    """1 for constructs that explain the correlations of their items, (J,)."""
    chosen = blocks or ("composite" if estimates.settings.method == "pls" else "factor")
    several = [c.mode == "A" and len(c.items) > 1 for c in estimates.model.constructs]
    return np.array(several, dtype=np.float64) * (chosen == "factor")


def _sample_correlations(estimates: Estimates) -> Array:
    rows, _ = _places(estimates.model)
    return indicator_correlations(estimates)[..., rows[:, None], rows]


def _places(model: PathModel) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the judged items, and the constructs in paths."""
    kept = set(path_constructs(model))
    owner = np.array([name in kept for name in model.construct_names])
    return np.flatnonzero(model.membership[:, owner].any(axis=1)), np.flatnonzero(owner)


def _refuse_products(model: PathModel) -> None:
    if model.products:
        raise ModelError(
            f"a model with the product '{model.products[0]}' implies no correlations of items; "
            "judge the fit of the model without products",
            construct=model.products[0],
        )


def _check_choices(structure: str, blocks: str | None) -> None:
    if structure not in STRUCTURES:
        raise ModelError(
            f"structure='{structure}' is unknown; write one of {', '.join(STRUCTURES)}"
        )
    if blocks not in (None, "factor", "composite"):
        raise ModelError(f"blocks='{blocks}' is unknown; write factor or composite")
