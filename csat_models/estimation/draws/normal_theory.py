r"""Draws from moments alone, where no rows are at hand.

For normal items a sample covariance matrix varies as a Wishart matrix does,
with :math:`\mathrm{cov}(S_{ij}, S_{kl}) = (S_{ik} S_{jl} + S_{il} S_{jk}) / (n - 1)`.
A draw is

.. math::

   S^* = L \exp(Z) L', \qquad S = L L',

with Z symmetric, its entries independent with variance :math:`2 / (n - 1)` on the
diagonal and :math:`1 / (n - 1)` off it; :math:`L Z L'` has the covariances above,
and the matrix exponential keeps every draw positive definite. Means are drawn
by themselves, :math:`m^* = m + L z / \sqrt n`.

Answers on a rating scale are not normal, and of their kurtosis moments know
nothing: where rows are to be had, they are resampled.

References
----------
Anderson (2003), An Introduction to Multivariate Statistical Analysis, chapter
3; Arsigny, Fillard, Pennec and Ayache (2007), Geometric means in a novel
vector space structure on symmetric positive-definite matrices, SIAM Journal on
Matrix Analysis and Applications 29, 328-347, for the exponential.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from csat_models.errors import DataError, InadmissibleError
from csat_models.estimation.draws.cells import BLOCK
from csat_models.estimation.moments import Moments
from csat_models.estimation.sample import Array
from csat_models.estimation.threads import single_threaded

# The exponential shifts scales by (K + 1) / 2n: below these sizes it shows.
FEWEST = 1000
FEWEST_BY_ITEM = 40


@single_threaded
def normal_theory_draws(
    mean: Array, cov: Array, n: float, n_boot: int, generator: np.random.Generator
) -> tuple[Array, Array]:
    """Draw means (B, K) and covariances (B, K, K) around those of a sample of n.

    Parameters
    ----------
    mean : array (K,)
    cov : array (K, K)
        Positive definite.
    n : float
        Effective sample size.
    n_boot : int
    generator : numpy.random.Generator

    Examples
    --------
    >>> generator = np.random.default_rng(1)
    >>> _, cov = normal_theory_draws(np.zeros(1), np.eye(1), 2001, 4000, generator)
    >>> bool(abs(cov.std() - (2 / 2000) ** 0.5) < 0.002)
    True
    """
    factor, n_items = np.linalg.cholesky(cov), len(mean)
    means, covs = np.empty((n_boot, n_items)), np.empty((n_boot, n_items, n_items))
    for start in range(0, n_boot, BLOCK):
        size = min(BLOCK, n_boot - start)
        block = slice(start, start + size)
        normal = generator.standard_normal((size, n_items + 1, n_items))
        means[block] = mean + normal[:, n_items] @ factor.T / np.sqrt(n)
        square = normal[:, :n_items]
        noise = (square + square.transpose(0, 2, 1)) / np.sqrt(2.0 * (n - 1.0))
        values, vectors = np.linalg.eigh(noise)
        half = (factor @ vectors) * np.exp(0.5 * values)[:, None, :]
        covs[block] = half @ half.transpose(0, 2, 1)
    return means, covs


def require_normal_theory(moments: Moments, products: Sequence[str]) -> None:
    """Refuse moments from which nothing should be drawn.

    Raises
    ------
    DataError
        Moments that are draws already, of too small a sample, or with
        products of items, which are not normal even where the items are.
    InadmissibleError
        Covariances that are not positive definite.
    """
    batch = [dim for dim in moments.batch_dims if dim in ("draw", "part")]
    if batch:
        raise DataError(
            f"these moments have a dimension '{batch[0]}' already; fit them, or draw from the "
            "moments of the sample",
            dim=str(batch[0]),
        )
    if products:
        raise DataError(
            f"the product '{products[0]}' cannot be drawn from moments, since products of items "
            "are not normal; give bootstrap the rows, or their parts from compute_parts",
            construct=products[0],
        )
    _require_size(moments)
    _require_definite(moments)


def _require_size(moments: Moments) -> None:
    needed = max(FEWEST, FEWEST_BY_ITEM * len(moments.items))
    sizes = moments.n_effective.where(moments.n_obs > 0)
    smallest = float(sizes.min())
    if not smallest >= needed:
        raise DataError(
            f"draws from moments without rows need a sample of {needed} (of {len(moments.items)} "
            f"items), and this one is of {smallest:.0f}; give bootstrap the rows",
            n=smallest,
            needed=needed,
        )


def _require_definite(moments: Moments) -> None:
    cov = moments.cov.transpose(..., "item", "item_2").to_numpy()
    usable = cov[np.isfinite(cov).all(axis=(-1, -2))]
    least = np.linalg.eigvalsh(usable).min(axis=-1) if usable.size else np.ones(1)
    if not (least > 0).all():
        raise InadmissibleError(
            f"the covariances are not positive definite (smallest eigenvalue {least.min():.3g}), "
            "so no sample has them and none can be drawn; check the table",
            eigenvalue=float(least.min()),
        )
