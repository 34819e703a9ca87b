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
respondents, less often. There the distribution of the distance depends on the
parameters, loadings and reliabilities above all: fitted ones are more unequal than
true ones, so draws from the fitted model lie further away than the sample does,
and furthest where the sample's distance is large. ``second_level`` asks the draws
themselves how often they are wrong. To each draw the test is applied anew, with
:math:`\Sigma_b`, implied by its own fit, and other draws:

.. math::

   \Sigma_b^{1/2} S^{-1/2} \, S_c \, S^{-1/2} \Sigma_b^{1/2}, \quad c \ne b .

The sample's p-value is then held against the p-values of the draws (prepivoting),
which takes away part of what is missing.

References
----------
Bollen and Stine (1992), Bootstrapping goodness-of-fit measures in structural
equation models, Sociological Methods & Research 21, 205-229. Beran and
Srivastava (1985), Annals of Statistics 13, 95-115. Beran (1988), Prepivoting
test statistics: a bootstrap view of asymptotic refinements, Journal of the
American Statistical Association 83, 687-697. Dijkstra and Henseler
(2015), CSDA 81, 10-23, for PLS.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from csat_models.assessment.correlations import (
    batch_coords,
    indicator_correlations,
    positive_definite,
)
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
from csat_models.estimation import Estimates, Moments, fit_moments
from csat_models.estimation.intervals.arguments import require_level
from csat_models.estimation.intervals.quantiles import sorted_quantile
from csat_models.estimation.sample import Array
from csat_models.estimation.threads import single_threaded
from csat_models.estimation.whole_numbers import require_count


def exact_fit_test(
    estimates: Estimates,
    draws: Estimates,
    *,
    blocks: Blocks | None = None,
    level: float = 0.95,
    second_level: int = 0,
) -> xr.Dataset:
    r"""Test whether the model implies the population's correlations exactly.

    Parameters
    ----------
    estimates : Estimates
        Any batch dimensions.
    draws : Estimates
        Their bootstrap: the same dimensions, and ``draw``.
    blocks : {"factor", "composite"}, optional
        See :func:`~csat_models.assessment.fit.implied_correlations`.
    level : float
        Of the critical value.
    second_level : int
        Draws for each draw, fewer than there are draws; 49 do. With 0, none. They take as
        many times as long as the test without them.

    Returns
    -------
    Dataset
        ``value``, ``critical_value`` (quantile of the draws, HI95 in other programs),
        ``p_value`` (share of the draws at least as far away, the sample counted as one of
        them) and ``n_draws`` (draws that converged to an admissible solution), each
        (..., measure, structure); with a second level ``calibrated_p_value``, the share of
        draws whose own p-value is not larger. A structure whose implied correlations are not
        positive definite has ``value`` only.

    Raises
    ------
    DataError
        Draws without ``draw`` or of other dimensions, a level that is none, a second level
        that is no number of draws.
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
    require_level(level)
    require_count("second_level", second_level, least=0)
    _check(estimates, draws, second_level)
    world = _World.of(estimates, draws, blocks)
    point = fit_measures(estimates, blocks=blocks)
    found = [_tested(world, point, structure, level, second_level) for structure in STRUCTURES]
    dims = [*estimates.moments.batch_dims, "measure", "structure"]
    coords = batch_coords(estimates) | {
        "measure": np.array(MEASURES),
        "structure": np.array(STRUCTURES),
    }
    parts = {name: np.stack([each[name] for each in found], axis=-1) for name in found[0]}
    return xr.Dataset({name: (dims, part) for name, part in parts.items()}, coords=coords)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _World:
    """Samples, and their draws as if the items were uncorrelated in the samples.

    Attributes
    ----------
    estimates : Estimates (...)
    moments : Moments (draw, ...)
        Of the draws, for what is no covariance in them.
    white : array (B, ..., K, K)
        S^-1/2 S_b S^-1/2 of standardised items.
    deviation : array (..., K)
        Standard deviations of the items.
    blocks : str or None
    """

    estimates: Estimates
    moments: Moments
    white: Array
    deviation: Array
    blocks: Blocks | None

    @classmethod
    def of(cls, estimates: Estimates, draws: Estimates, blocks: Blocks | None) -> _World:
        order = ("draw", *estimates.moments.batch_dims, "item", "item_2")
        cov = draws.moments.cov.transpose(*order)
        own = estimates.moments.cov.transpose(*order[1:]).to_numpy()
        deviation = np.sqrt(np.einsum("...kk->...k", own))
        turn = _root(indicator_correlations(estimates), -0.5) / deviation[..., None, :]
        white = turn @ cov.to_numpy() @ np.swapaxes(turn, -1, -2)
        moments = replace(draws.moments, cov=cov)
        return cls(
            estimates=estimates, moments=moments, white=white, deviation=deviation, blocks=blocks
        )

    def fitted(self, white: Array, implied: Array) -> Estimates:
        """Fit the model to draws (B, ..., K, K) from populations with implied correlations."""
        root = _root(implied, 0.5)
        cov = root @ white @ np.swapaxes(root, -1, -2)
        # Back on the scale of the items, where weights may be sought on items as they are.
        cov = cov * self.deviation[..., :, None] * self.deviation[..., None, :]
        held = replace(self.moments, cov=self.moments.cov.copy(data=cov))
        settings = replace(self.estimates.settings, on_inadmissible="keep")
        return fit_moments(held, self.estimates.model, settings)

    def distances(self, fitted: Estimates, structure: Structure) -> Array:
        """Distances of fits (B, ..., 3); missing where they are inadmissible."""
        found = np.stack(structure_distances(fitted, structure, self.blocks), axis=-1)
        found[~fitted.admissible.to_numpy()] = np.nan
        return found

    def implied(
        self, estimates: Estimates, structure: Structure
    ) -> tuple[Array, NDArray[np.bool_]]:
        """Implied correlations, and where they can be drawn from; the identity elsewhere."""
        found = implied_correlations(estimates, structure=structure, blocks=self.blocks)
        values: Array = found.to_numpy()
        known = positive_definite(values)
        return np.where(known[..., None, None], values, np.eye(values.shape[-1])), known


def _tested(
    world: _World, point: xr.Dataset, structure: Structure, level: float, second_level: int
) -> dict[str, Array]:
    """Test one structure: each (..., measure)."""
    value = np.stack([point[n].sel(structure=structure).to_numpy() for n in MEASURES], axis=-1)
    implied, known = world.implied(world.estimates, structure)
    again = world.fitted(world.white, implied)
    found = np.where(known[..., None], world.distances(again, structure), np.nan)
    count = np.isfinite(found).sum(axis=0)
    flat = np.sort(found, axis=0).reshape(len(found), -1)
    critical = sorted_quantile(flat, count.ravel(), np.full(count.size, level))
    p = np.where((count > 1) & np.isfinite(value), _share(found >= value, count), np.nan)
    tested = {
        "value": value,
        "critical_value": critical.reshape(count.shape),
        "p_value": p,
        "n_draws": count,
    }
    if second_level:
        own = _own_p_values(world, again, found, structure, second_level)
        # The draws' p-values are multiples of this.
        step = 1.0 / (1.0 + second_level)
        least = np.ceil(p / step - 1e-9) * step + 1e-9
        calibrated = _share(own <= least, np.isfinite(own).sum(axis=0))
        tested["calibrated_p_value"] = np.where(np.isfinite(p), calibrated, np.nan)
    return tested


def _own_p_values(
    world: _World, again: Estimates, found: Array, structure: Structure, second_level: int
) -> Array:
    """P-values of the draws themselves, each by the draws that follow it, (B, ..., 3)."""
    implied, known = world.implied(again, structure)
    beyond, count = np.zeros(found.shape), np.zeros(found.shape)
    for shift in range(1, second_level + 1):
        drawn = world.fitted(np.roll(world.white, shift, axis=0), implied)
        further = world.distances(drawn, structure)
        beyond += further >= found
        count += np.isfinite(further)
    usable = known[..., None] & np.isfinite(found) & (count > 0)
    return np.where(usable, _share_of(beyond, count), np.nan)


def _share(which: NDArray[np.bool_], count: Array) -> Array:
    return _share_of(which.sum(axis=0), count)


def _share_of(number: Array, count: Array) -> Array:
    share: Array = (1.0 + number) / (1.0 + count)
    return share


@single_threaded
def _root(matrices: Array, power: float) -> Array:
    values, vectors = np.linalg.eigh(matrices)
    root: Array = (vectors * values[..., None, :] ** power) @ np.swapaxes(vectors, -1, -2)
    return root


def _check(estimates: Estimates, draws: Estimates, second_level: int) -> None:
    model, lead = estimates.model, estimates.moments.batch_dims
    if set(draws.moments.batch_dims) != {"draw", *lead} or "draw" in lead:
        apart = f" and {', '.join(map(str, lead))}" if lead and "draw" not in lead else " only"
        raise DataError(
            "the exact-fit test takes the estimates of samples, and draws of the same samples with "
            f"the dimensions 'draw'{apart}; give the estimates first and their bootstrap second"
        )
    if second_level >= draws.moments.cov.sizes["draw"]:
        raise DataError(
            f"second_level={second_level} needs more draws than there are; make more draws, or "
            "write a smaller number"
        )
    if model.products or model.higher_order:
        name = (*model.products, *model.higher_order)[0]
        raise ModelError(
            f"the exact-fit test transforms items, and '{name}' is measured by scores; test the "
            "model of the first stage",
            construct=name,
        )
    if not positive_definite(indicator_correlations(estimates)).all():
        raise InadmissibleError(
            "the correlations of the items are not positive definite, so that rows cannot be "
            "transformed; leave out an item that follows from the others"
        )
