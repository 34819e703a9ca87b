"""Draws of all cells, merged while they are drawn.

The cells' own covariances, by far the largest part, are never held all at
once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from csat_models.estimation.draws.cells import BLOCK
from csat_models.estimation.draws.drawn import require_additive
from csat_models.estimation.draws.sources import CellDraws, DrawPlan, Source, plan_draws
from csat_models.estimation.moments import Moments
from csat_models.estimation.sample import Array, Groups
from csat_models.estimation.threads import single_threaded

# Draws of a cell that are merged at a time.
PIECE = 8 * BLOCK


@single_threaded
def merged_draws(
    data: Source, *, merge: Sequence[str], by: Sequence[str] = (), **how: Any
) -> tuple[xr.DataArray, Moments]:
    """Draws of all cells' means, and of the moments with some dimensions merged.

    The cells' own covariances, by far the largest part, are never held all at
    once.

    Parameters
    ----------
    data : Responses, DataFrame, SampleParts or Moments
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

    Raises
    ------
    DataError
        Moments that are no sums over rows, such as with ``missing="em"``.
    """
    plan = plan_draws(data, by=by, **how)
    require_additive(plan.header, "the draws of cells do not merge into those of all rows")
    by = list(plan.coords)
    merge = (merge,) if isinstance(merge, str) else merge
    kept = [name for name in by if name not in merge]
    sums = _Sums.empty(plan, kept)
    means = np.full((plan.n_boot, *plan.shape, len(plan.header.items)), np.nan)
    for cell in plan.each_cell():
        for piece in plan.pieces(PIECE):
            mean, cov = cell.take(piece)
            here: tuple[Any, ...] = (piece, *cell.cell)
            means[here] = mean
            sums.add(piece, cell, mean, cov)
    for piece in plan.pieces(PIECE):
        sums.finish(piece)
    labels = {
        "draw": np.arange(plan.n_boot),
        **plan.coords,
        "item": list(plan.header.items),
    }
    array = xr.DataArray(means, coords=labels, dims=["draw", *by, "item"])
    return array, sums.label(plan, kept)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sums:
    """Weighted sums of the cells' moments, group by group, about fixed references.

    Shapes: group (cells,), the group that each cell is merged into; mean
    (draw, groups, K); cov (draw, groups, K, K); sizes (groups, 3); reference
    (K,).
    """

    shape: tuple[int, ...]
    group: NDArray[np.intp]
    mean: Array
    cov: Array
    sizes: Array
    reference: Array

    @classmethod
    def empty(cls, plan: DrawPlan, kept: Sequence[str]) -> Self:
        groups = Groups(coords=dict(plan.coords), codes=np.empty(0, dtype=np.intp))
        group, n_groups = groups.regroup(kept)
        by_cell = plan.sizes.reshape(-1, 3)
        squares = by_cell[:, 1] ** 2 / np.where(by_cell[:, 2] > 0, by_cell[:, 2], np.inf)
        sizes = np.zeros((n_groups, 3))
        np.add.at(sizes, group, np.column_stack([by_cell[:, :2], squares]))
        with np.errstate(invalid="ignore", divide="ignore"):
            sizes[:, 2] = sizes[:, 1] ** 2 / sizes[:, 2]
        shape = (plan.n_boot, n_groups, len(plan.header.items))
        middle = 0.5 * (plan.header.scale_min + plan.header.scale_max)
        return cls(
            shape=plan.shape,
            group=group,
            mean=np.zeros(shape),
            cov=np.zeros((*shape, shape[-1])),
            sizes=sizes,
            reference=np.nan_to_num(middle),
        )

    def add(self, piece: slice, cell: CellDraws, mean: Array, cov: Array) -> None:
        place = int(np.ravel_multi_index(cell.cell, self.shape)) if cell.cell else 0
        group, (n_rows, weight, _) = self.group[place], cell.sizes
        if weight == 0:
            return
        offset = mean - self.reference
        # One row has no covariance, and nothing to add but its distance from the mean.
        if n_rows > 1:
            cov *= (n_rows - 1.0) / n_rows * weight
        else:
            cov[:] = 0.0
        cov += (weight * offset)[:, :, None] * offset[:, None, :]
        self.mean[piece, group] += weight * offset
        self.cov[piece, group] += cov

    def finish(self, piece: slice) -> None:
        count, total = self.sizes[:, 0, None], self.sizes[:, 1, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            offset = self.mean[piece] / total
            cov = self.cov[piece]
            cov /= total[..., None]
            cov -= offset[..., :, None] * offset[..., None, :]
            cov *= (count / (count - 1.0))[..., None]
        self.mean[piece] = self.reference + offset

    def label(self, plan: DrawPlan, kept: Sequence[str]) -> Moments:
        shape = tuple(len(plan.coords[name]) for name in kept)
        draws, n_items = (plan.n_boot, *shape), self.reference.size
        return plan.label(
            self.mean.reshape((*draws, n_items)),
            self.cov.reshape((*draws, n_items, n_items)),
            kept,
            self.sizes.reshape((*shape, 3)),
        )
