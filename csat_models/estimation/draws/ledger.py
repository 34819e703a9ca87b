"""What became of every draw: none is dropped in silence."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from csat_models.errors import DataError
from csat_models.estimation.consistent import Violation
from csat_models.estimation.estimates import Estimates, to_correlations
from csat_models.estimation.sample import Array

# A construct that agrees less than this with the sample's is another construct.
STABLE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawLedger:
    """Counts of draws, for every cell (...).

    Attributes
    ----------
    drawn : DataArray (...)
        Draws that were asked for.
    no_data : DataArray (...)
        Those without rows, or with an item that nobody answered.
    no_variance : DataArray (..., item)
        Those in which the item has no variance.
    converged : DataArray (...)
        Those that converged; ``drawn`` less these are missing.
    inadmissible : DataArray (..., rule)
        Converged draws outside their parameter space, by the first rule that
        they break.
    flipped : DataArray (..., construct)
        Draws in which the construct was turned to the sign of the sample's.
    unstable : DataArray (..., construct) or None
        Converged draws in which the construct, in the sample's sign,
        correlates under .5 with the one that has the sample's weights; None
        without the sample's estimate.
    merged_strata : tuple of str
        Strata of the sampling design that were drawn together since one of
        them has a single unit, such as ``"north, south"``.
    """

    drawn: xr.DataArray
    no_data: xr.DataArray
    no_variance: xr.DataArray
    converged: xr.DataArray
    inadmissible: xr.DataArray
    flipped: xr.DataArray
    unstable: xr.DataArray | None
    merged_strata: tuple[str, ...] = ()

    @property
    def usable(self) -> xr.DataArray:
        """Converged and admissible draws, (...)."""
        return self.converged - self.inadmissible.sum("rule")

    def table(self) -> pd.DataFrame:
        """Return one row a count.

        Returns
        -------
        DataFrame
            A column for each dimension of the cells, then ``what`` (a field's
            name), ``name`` (of the item, rule or construct; empty else) and
            ``count``. Counts by name are left out where they are 0.
        """
        rows = [row for what in _FIELDS for row in self._rows(what)]
        columns = [*map(str, self.drawn.dims), "what", "name", "count"]
        return pd.DataFrame(rows, columns=columns)

    def _rows(self, what: str) -> Iterator[tuple[object, ...]]:
        counts: xr.DataArray | None = getattr(self, what)
        if counts is None:
            return
        named = [dim for dim in counts.dims if dim not in self.drawn.dims]
        for place in np.ndindex(counts.shape):
            one = counts[place]
            labels = [_label(one, dim) for dim in self.drawn.dims]
            name = str(one[named[0]].item()) if named else ""
            if one.item() or not named:
                yield (*labels, what, name, int(one.item()))


_FIELDS = (
    "drawn",
    "no_data",
    "no_variance",
    "converged",
    "inadmissible",
    "usable",
    "flipped",
    "unstable",
)


def draw_ledger(draws: Estimates, point: Estimates | None = None) -> DrawLedger:
    r"""Count what became of the draws.

    Parameters
    ----------
    draws : Estimates
        With dimension ``draw``.
    point : Estimates, optional
        The sample's estimate, to count unstable constructs; with the
        dimensions of `draws` but ``draw``, or with none.

    Returns
    -------
    DrawLedger

    Raises
    ------
    DataError
        Estimates without draws.

    Examples
    --------
    >>> from csat_models import PathModel, bootstrap
    >>> answers = np.random.default_rng(1).normal(size=(40, 1)) + np.eye(40)[:, :4]
    >>> frame = pd.DataFrame(answers, columns=list("abcd"))
    >>> model = PathModel.parse("Q =~ a + b\nS =~ c + d\nS ~ Q")
    >>> ledger = draw_ledger(bootstrap(frame, model, n_boot=50, seed=1))
    >>> ledger.drawn.item(), ledger.usable.item()
    (50, 50)
    """
    if "draw" not in draws.converged.dims:
        raise DataError("these estimates have no dimension 'draw'; take them from bootstrap(...)")
    converged = draws.converged
    variance = _variances(draws)
    empty = variance.isnull().any("item")
    return DrawLedger(
        drawn=xr.ones_like(converged, dtype=np.int64).sum("draw"),
        no_data=empty.sum("draw"),
        no_variance=(variance <= 0).sum("draw").transpose(..., "item"),
        converged=converged.sum("draw"),
        inadmissible=_by_rule(draws),
        flipped=draws.flipped.sum("draw").transpose(..., "construct"),
        unstable=None if point is None else _count_unstable(draws, point),
        merged_strata=tuple(draws.moments.cov.attrs.get("merged_strata", ())),
    )


def _variances(draws: Estimates) -> xr.DataArray:
    cov = draws.moments.cov.transpose(..., "item", "item_2")
    mean = draws.moments.mean.transpose(*cov.dims[:-1])
    return mean.copy(data=np.einsum("...kk->...k", cov.to_numpy()))


def _by_rule(draws: Estimates) -> xr.DataArray:
    rules = [rule for rule in Violation if rule != Violation.NONE]
    broken = [((draws.violation == rule) & draws.converged).sum("draw") for rule in rules]
    names = xr.DataArray([rule.name.lower() for rule in rules], dims="rule", name="rule")
    return xr.concat(broken, dim=names).transpose(..., "rule").rename(None)


def _count_unstable(draws: Estimates, point: Estimates) -> xr.DataArray:
    """Count draws whose constructs are not the sample's, construct by construct."""
    cov = draws.moments.cov.transpose(..., "item", "item_2")
    own = draws.weights.transpose(*cov.dims[:-1])
    sample = point.weights.broadcast_like(own.isel(draw=0, drop=True))
    sample = sample.expand_dims(draw=own.sizes["draw"]).transpose(*own.dims)
    agreement = construct_agreement(
        to_correlations(cov.to_numpy()), own.to_numpy(), sample.to_numpy(), draws.model.membership
    )
    low = draws.flipped.transpose(*cov.dims[:-2], "construct").copy(data=agreement < STABLE)
    return (low & draws.converged).sum("draw").transpose(..., "construct")


def construct_agreement(corr: Array, weights: Array, others: Array, membership: Array) -> Array:
    r"""Correlate constructs of two sets of weights in the same sample.

    :math:`w' S v / \sqrt{w' S w \; v' S v}` with the weights of each construct.

    Parameters
    ----------
    corr : array (..., K, K)
        Item correlations.
    weights, others : array (..., K)
    membership : array (K, J)
        1 where an item belongs to a construct.

    Returns
    -------
    array (..., J)
    """
    columns = []
    for block in membership.T.astype(bool):
        inner = corr[..., block, :][..., block]
        w, v = weights[..., block], others[..., block]
        cross = np.einsum("...k,...kl,...l->...", w, inner, v)
        own = np.einsum("...k,...kl,...l->...", w, inner, w)
        other = np.einsum("...k,...kl,...l->...", v, inner, v)
        with np.errstate(invalid="ignore", divide="ignore"):
            columns.append(cross / np.sqrt(own * other))
    return np.stack(columns, axis=-1)


def _label(one: xr.DataArray, dim: Hashable) -> object:
    return one[dim].item() if dim in one.coords else None
