r"""Is the misfit more than chance: the bootstrap test of exact fit.

The bootstrap of Bollen and Stine draws from a population in which the model
holds: rows are transformed so that their correlations are the implied ones.
On moments, with S the sample's and :math:`\Sigma` the implied correlations,
a draw's covariances of standardised items :math:`S_b` become

.. math::

   \Sigma^{1/2} S^{-1/2} \, S_b \, S^{-1/2} \Sigma^{1/2} ,

the model is fitted to them, and the distance found in the sample is compared
with the distances in the draws. The saturated and the estimated model each have
their own transformation. No rows are needed: the draws of the bootstrap serve.

In simulations (``benchmarks/assessment.md``) the test of composites rejects true
models as often as it says; that of factors by consistent PLS, at a few hundred
respondents, less often.

References
----------
Bollen and Stine (1992), Bootstrapping goodness-of-fit measures in structural
equation models, Sociological Methods & Research 21, 205-229. Beran and
Srivastava (1985), Annals of Statistics 13, 95-115. Dijkstra and Henseler
(2015), CSDA 81, 10-23, for PLS.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr

from csat_models.assessment.correlations import indicator_correlations, positive_definite
from csat_models.assessment.fit import (
    MEASURES,
    STRUCTURES,
    Blocks,
    Structure,
    fit_measures,
    implied_correlations,
    structure_distances,
)
from csat_models.errors import DataError, InadmissibleError, ModelError
from csat_models.estimation import Estimates, fit_moments
from csat_models.estimation.intervals.arguments import require_level
from csat_models.estimation.intervals.quantiles import sorted_quantile
from csat_models.estimation.sample import Array
from csat_models.estimation.threads import single_threaded


def exact_fit_test(
    estimates: Estimates, draws: Estimates, *, blocks: Blocks | None = None, level: float = 0.95
) -> xr.Dataset:
    r"""Test whether the model implies the population's correlations exactly.

    Parameters
    ----------
    estimates : Estimates
        Of one sample.
    draws : Estimates
        Its bootstrap, with dimension ``draw``.
    blocks : {"factor", "composite"}, optional
        See :func:`~csat_models.assessment.fit.implied_correlations`.
    level : float
        Of the critical value.

    Returns
    -------
    Dataset
        ``value``, ``critical_value`` (quantile of the draws, HI95 in other programs),
        ``p_value`` (share of the draws at least as far away, the sample counted as one of
        them) and ``n_draws`` (draws that converged to an admissible solution), each
        (measure, structure). A structure whose implied correlations are not positive
        definite has ``value`` only.

    Raises
    ------
    DataError
        Estimates with leading dimensions, draws without ``draw``, or a level that is none.
    ModelError
        A model with products or constructs of higher order.
    InadmissibleError
        The sample's correlations are not positive definite.

    Examples
    --------
    >>> import pandas as pd
    >>> from csat_models import PathModel, bootstrap, fit
    >>> x = np.random.default_rng(1).normal(size=(200, 4))
    >>> frame = pd.DataFrame(x + x[:, :1], columns=list("abcd"))
    >>> model = PathModel.parse("A =~ a\nB =~ b\nC =~ c + d\nB ~ A\nC ~ B")
    >>> draws = bootstrap(frame, model, n_boot=99, seed=1)
    >>> test = exact_fit_test(fit(frame, model), draws)
    >>> bool(test.p_value.sel(measure="srmr", structure="estimated") < 0.05)
    True
    """
    _check(estimates, draws)
    require_level(level)
    point = fit_measures(estimates, blocks=blocks)
    value = np.stack([point[name].to_numpy() for name in MEASURES])
    reference = [_reference(estimates, draws, structure, blocks) for structure in STRUCTURES]
    found = np.stack(reference, axis=-1)
    count = np.isfinite(found).sum(axis=0)
    beyond = (found >= value).sum(axis=0)
    enough = (count > 1) & np.isfinite(value)
    critical = sorted_quantile(np.sort(found, axis=0), count, np.full(count.shape, level))
    parts = {
        "value": value,
        "critical_value": critical,
        "p_value": np.where(enough, (1.0 + beyond) / (1.0 + count), np.nan),
        "n_draws": count,
    }
    dims = ["measure", "structure"]
    coords = {"measure": list(MEASURES), "structure": list(STRUCTURES)}
    return xr.Dataset({name: (dims, part) for name, part in parts.items()}, coords=coords)


def _reference(
    estimates: Estimates, draws: Estimates, structure: Structure, blocks: Blocks | None
) -> Array:
    """Distances of the draws from a population in which the model holds, (B, 3)."""
    implied = implied_correlations(estimates, structure=structure, blocks=blocks).to_numpy()
    if not positive_definite(implied):
        return np.full((draws.converged.sizes["draw"], len(MEASURES)), np.nan)
    moments = draws.moments
    cov = _transform(moments.cov.transpose("draw", "item", "item_2").to_numpy(), estimates, implied)
    settings = replace(estimates.settings, on_inadmissible="keep")
    held = replace(moments, cov=moments.cov.transpose("draw", "item", "item_2").copy(data=cov))
    again = fit_moments(held, estimates.model, settings, orientation=estimates)
    found = np.stack(structure_distances(again, structure, blocks), axis=-1)
    found[~again.admissible.to_numpy()] = np.nan
    return found


@single_threaded
def _transform(cov: Array, estimates: Estimates, implied: Array) -> Array:
    """Draws' covariances (B, K, K) as if the sample's correlations were the implied ones."""
    deviation = np.sqrt(np.diagonal(estimates.moments.cov.to_numpy()))
    turn = _root(implied, 0.5) @ _root(indicator_correlations(estimates), -0.5)
    turn = turn / deviation
    found: Array = turn @ cov @ turn.T
    # Back on the scale of the items, where weights may be sought on items as they are.
    back: Array = found * deviation[:, None] * deviation
    return back


def _root(matrix: Array, power: float) -> Array:
    values, vectors = np.linalg.eigh(matrix)
    root: Array = (vectors * values**power) @ vectors.T
    return root


def _check(estimates: Estimates, draws: Estimates) -> None:
    model = estimates.model
    if estimates.moments.batch_dims:
        raise DataError(
            "the exact-fit test takes the estimates of one sample; select one element of "
            f"{', '.join(map(str, estimates.moments.batch_dims))}"
        )
    if draws.moments.batch_dims != ("draw",):
        raise DataError("the exact-fit test takes draws with the dimension 'draw' only")
    if model.products or model.higher_order:
        name = (*model.products, *model.higher_order)[0]
        raise ModelError(
            f"the exact-fit test transforms items, and '{name}' is measured by scores; test the "
            "model of the first stage",
            construct=name,
        )
    if not positive_definite(indicator_correlations(estimates)):
        raise InadmissibleError(
            "the correlations of the items are not positive definite, so that rows cannot be "
            "transformed; leave out an item that follows from the others"
        )
