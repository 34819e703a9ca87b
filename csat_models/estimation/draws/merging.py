"""Draws of all cells, merged while they are drawn.

The cells' own covariances, by far the largest part, are never held all at
once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from csat_models.estimation.draws.cells import BLOCK, Cell
from csat_models.estimation.draws.plan import Resample
from csat_models.estimation.moments import Moments
from csat_models.estimation.sample import Array, Sample
from csat_models.estimation.threads import single_threaded
from csat_models.survey import Responses


@single_threaded
def merged_draws(
    data: Responses | pd.DataFrame, *, merge: Sequence[str], by: Sequence[str] = (), **how: Any
) -> tuple[xr.DataArray, Moments]:
    """Draws of all cells' means, and of the moments with some dimensions merged.

    The cells' own covariances, by far the largest part, are never held all at
    once.

    Parameters
    ----------
    data : Responses or DataFrame
    merge : sequence of str
        Those of `by` that are merged, each cell with its total weight.
    by, **how
        As in :func:`bootstrap_moments`.

    Returns
    -------
    means : DataArray (draw, *by, item)
    merged : Moments
        Without the dimensions `merge`; equal to
        ``bootstrap_moments(...).merge(...)`` to rounding.
    """
    plan = Resample.of(data, by=by, **how)
    kept = [name for name in by if name not in merge]
    sums = _Sums.empty(plan, kept)
    means = np.full((plan.n_boot, plan.groups.size, len(plan.sample.items)), np.nan)
    prepared = [
        (plan.groups.number(cell), sums.prepare(rows), counts) for cell, rows, counts in plan.cells
    ]
    for start in range(0, plan.n_boot, BLOCK):
        block = slice(start, start + BLOCK)
        for place, ready, counts in prepared:
            mean, cov = ready.draw(counts[block])
            means[block, place] = mean
            sums.add(block, place, ready, mean, cov)
        sums.finish(block)
    labels = {"draw": np.arange(plan.n_boot), **plan.groups.coords, "item": list(plan.sample.items)}
    shape = (plan.n_boot, *plan.groups.shape, len(plan.sample.items))
    array = xr.DataArray(means.reshape(shape), coords=labels, dims=["draw", *by, "item"])
    return array, sums.label(plan, kept)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sums:
    """Weighted sums of the cells' moments, group by group, about fixed references.

    Shapes: group (cells,), the group that each cell is merged into; mean
    (draw, groups, K); cov (draw, groups, K, K); sizes (groups, 3); reference
    (K,).
    """

    sample: Sample
    group: NDArray[np.intp]
    mean: Array
    cov: Array
    sizes: Array
    reference: Array

    @classmethod
    def empty(cls, plan: Resample, kept: Sequence[str]) -> Self:
        group, n_groups = plan.groups.regroup(kept)
        sizes, squares = np.zeros((n_groups, 3)), np.zeros(n_groups)
        for cell, rows, _counts in plan.cells:
            place = group[plan.groups.number(cell)]
            weights = plan.sample.weights[rows]
            sizes[place] += (len(rows), weights.sum(), 0.0)
            squares[place] += weights @ weights
        with np.errstate(invalid="ignore", divide="ignore"):
            sizes[:, 2] = sizes[:, 1] ** 2 / squares
        shape = (plan.n_boot, n_groups, len(plan.sample.items))
        return cls(
            sample=plan.sample,
            group=group,
            mean=np.zeros(shape),
            cov=np.zeros((*shape, shape[-1])),
            sizes=sizes,
            reference=np.nan_to_num(np.nanmean(plan.sample.values, axis=0)),
        )

    def prepare(self, rows: NDArray[np.intp]) -> Cell:
        return Cell.of(self.sample.values[rows], self.sample.weights[rows])

    def add(self, block: slice, place: int, cell: Cell, mean: Array, cov: Array) -> None:
        group = self.group[place]
        n_rows, weight = len(cell.weights), cell.weights.sum()
        offset = mean - self.reference
        cov *= (n_rows - 1.0) / n_rows * weight
        cov += (weight * offset)[:, :, None] * offset[:, None, :]
        self.mean[block, group] += weight * offset
        self.cov[block, group] += cov

    def finish(self, block: slice) -> None:
        count, total = self.sizes[:, 0, None], self.sizes[:, 1, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            offset = self.mean[block] / total
            cov = self.cov[block]
            cov /= total[..., None]
            cov -= offset[..., :, None] * offset[..., None, :]
            cov *= (count / (count - 1.0))[..., None]
        self.mean[block] = self.reference + offset

    def label(self, plan: Resample, kept: Sequence[str]) -> Moments:
        shape = tuple(len(plan.groups.coords[name]) for name in kept)
        draws, n_items = (plan.n_boot, *shape), self.reference.size
        return plan.label(
            self.mean.reshape((*draws, n_items)),
            self.cov.reshape((*draws, n_items, n_items)),
            kept,
            self.sizes.reshape((*shape, 3)),
        )
