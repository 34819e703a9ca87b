r"""The standard error of every draw by the infinitesimal jackknife over parts.

A draw from the parts of a sample holds part g :math:`c_g` times. With
:math:`D_g = \partial t / \partial c_g`, what the statistic moves by as a part
gains weight, the variance of the draw's statistic is

.. math::
   \frac{N}{N - 1} \Bigl( \sum_g c_g D_g^2 - \frac{(\sum_g c_g D_g)^2}{N}
   \Bigr), \qquad N = \sum_g c_g,

summed over the cells. The derivatives are differences: one fit of all draws
for each part, whatever the number of rows.

References
----------
Jaeckel (1972), The infinitesimal jackknife, Bell Laboratories; Efron (1982),
The Jackknife, the Bootstrap and Other Resampling Plans, chapter 6.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import xarray as xr

from csat_models.estimation.draws.cells import Sums
from csat_models.estimation.draws.counts import Counts
from csat_models.estimation.draws.sample_parts import SampleParts
from csat_models.estimation.draws.sources import DrawPlan, counts_of_parts, plan_draws
from csat_models.estimation.moments import Moments
from csat_models.estimation.sample import Array

# What a part gains: small beside a count, large beside the fits' tolerance.
STEP = 1.0 / 16.0

# Draws worked on at a time.
BLOCK = 512

Statistic = Callable[[Moments], xr.DataArray]
Cell = tuple[int, ...]


def part_standard_errors(
    sample: SampleParts, statistic: Statistic, *, n_boot: int, seed: int
) -> xr.DataArray:
    """Infinitesimal-jackknife standard error of a statistic in every draw of parts.

    Parameters
    ----------
    sample : SampleParts
        Without a sampling design.
    statistic : callable
        From moments with leading dimensions to the statistic with these.
    n_boot, seed : int
        The draws are those of ``bootstrap_moments(sample, ...)``.

    Returns
    -------
    DataArray (draw, ...)
    """
    plan = plan_draws(sample, n_boot=n_boot, seed=seed)
    counts = dict(counts_of_parts(sample, n_boot, seed))
    pieces = [_Block.of(sample, plan, counts, piece) for piece in plan.pieces(BLOCK)]
    return xr.concat([piece.standard_errors(statistic) for piece in pieces], dim="draw")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Block:
    """Some draws: their place, and each cell's counts (B, P) and sums."""

    sample: SampleParts
    plan: DrawPlan
    piece: slice
    counts: dict[Cell, Array]
    sums: dict[Cell, Sums]

    @classmethod
    def of(
        cls, sample: SampleParts, plan: DrawPlan, counts: dict[Cell, Counts | Array], piece: slice
    ) -> Self:
        here = {cell: drawn[piece].astype(np.float64) for cell, drawn in counts.items()}
        sums = {cell: sample.cells[cell][1].sums.drawn(drawn) for cell, drawn in here.items()}
        return cls(sample=sample, plan=plan, piece=piece, counts=here, sums=sums)

    def standard_errors(self, statistic: Statistic) -> xr.DataArray:
        base = statistic(self._moments({})).transpose("draw", ...)
        variance = np.zeros(base.shape)
        for units in self._strata():
            variance += self._variance(statistic, base.to_numpy(), units)
        known = np.isfinite(base.to_numpy())
        return base.copy(data=np.sqrt(np.where(known, variance, np.nan)))

    def _strata(self) -> list[list[dict[Cell, int]]]:
        """Parts of each stratum as their places in the cells; cells that share parts are one."""
        if not self.sample.named:
            sizes = {cell: drawn.shape[1] for cell, drawn in self.counts.items()}
            return [[{cell: k} for k in range(size)] for cell, size in sizes.items()]
        units: dict[int, dict[Cell, int]] = {}
        for cell, (numbers, _parts) in self.sample.cells.items():
            for place, number in enumerate(numbers.tolist()):
                units.setdefault(number, {})[cell] = place
        return [list(units.values())]

    def _variance(self, statistic: Statistic, base: Array, units: list[dict[Cell, int]]) -> Array:
        total, first, second = (np.zeros_like(base) for _ in range(3))
        for unit in units:
            cell, place = next(iter(unit.items()))
            count = self.counts[cell][:, place].reshape(-1, *[1] * (base.ndim - 1))
            moved = statistic(self._moments(unit)).transpose("draw", ...).to_numpy()
            slope = np.where(count > 0, (moved - base) / STEP, 0.0)
            # A fit that fails beside one that does not says nothing of this part.
            slope = np.nan_to_num(slope)
            total += count
            first += count * slope
            second += count * slope**2
        with np.errstate(invalid="ignore", divide="ignore"):
            variance = total / (total - 1.0) * (second - first**2 / total)
        return np.asarray(np.maximum(variance, 0.0))

    def _moments(self, unit: dict[Cell, int]) -> Moments:
        """Moments (draw, *by) of the draws, with more of one unit."""
        n_draws, n_items = self.piece.stop - self.piece.start, len(self.sample.items)
        shape = (n_draws, *self.plan.shape)
        mean = np.full((*shape, n_items), np.nan)
        cov = np.full((*shape, n_items, n_items), np.nan)
        for cell, drawn in self.sums.items():
            parts = self.sample.cells[cell][1]
            here: tuple[Any, ...] = (slice(None), *cell)
            more = parts.sums.take(np.array([unit[cell]])).times(STEP) if cell in unit else None
            sums = drawn if more is None else drawn.plus(more)
            mean[here], cov[here] = sums.moments(parts.centre, parts.variances)
        return self.plan.label(mean, cov, list(self.plan.coords), self.plan.sizes, self.piece)
