"""The standard error of a statistic in every bootstrap draw.

A draw is a sample of its own, so it has a jackknife of its own. Studentised
intervals divide each draw by its own standard error; where the error moves
with the estimate, as for paths near 1, they cover better than others.

References
----------
Davison and Hinkley (1997), Bootstrap Methods and their Application, section
2.7.2 for empirical influence values and 5.2.1 for studentised intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
import xarray as xr

from csat_models.errors import DataError
from csat_models.estimation.draws.counts import Counts
from csat_models.estimation.draws.drawn import require_additive
from csat_models.estimation.draws.jackknifing import Partition
from csat_models.estimation.draws.leave_outs import standard_error_array
from csat_models.estimation.draws.parts import Codes, Parts
from csat_models.estimation.draws.plan import Resample
from csat_models.estimation.draws.sources import divide
from csat_models.estimation.intervals.part_influence import part_standard_errors
from csat_models.estimation.moments import Moments
from csat_models.estimation.row_moments import group_sizes, label_moments
from csat_models.estimation.sample import Array
from csat_models.estimation.threads import single_threaded
from csat_models.survey import Responses

Statistic = Callable[[Moments], xr.DataArray]


@single_threaded
def draw_standard_errors(
    data: Responses | pd.DataFrame,
    statistic: Statistic,
    *,
    n_boot: int,
    seed: int,
    by: Sequence[str] = (),
    parts: int | None = None,
    **how: Any,
) -> xr.DataArray:
    r"""Jackknife standard error of a statistic in every bootstrap draw.

    With each respondent i drawn :math:`c_i` times, n in all, and
    :math:`t_{(i)}` the statistic of the draw without one copy of i, the error
    is :math:`\sqrt{(n - 1) / n \sum c_i (t_{(i)} - \bar t)^2}`, summed over the
    cells. It costs a fit for each respondent of each draw: about n_boot times n
    fits in all.

    Parameters
    ----------
    data : Responses or DataFrame
    statistic : callable
        From moments with leading dimensions to the statistic with these
        dimensions, such as
        ``lambda moments: fit_moments(moments, model, settings, orientation=point).paths``.
    n_boot, seed, by, **how
        As in :func:`~csat_models.estimation.draws.resampling.bootstrap_moments`: the
        draws are the same.
    parts : int, optional
        For draws of so many parts, ``bootstrap(..., parts=...)``: errors by
        the infinitesimal jackknife over the parts, one fit for each part of
        each draw, see :mod:`~csat_models.estimation.intervals.part_influence`.
        100 parts are usual; a studentised interval allows for their noise.

    Returns
    -------
    DataArray (draw, ...)
        For ``interval(kind="studentised", standard_errors=...)``.

    Raises
    ------
    DataError
        A column that is not there, or a sampling design: rescaled draws have
        no rows to leave out.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": np.random.default_rng(1).normal(size=40)})
    >>> errors = draw_standard_errors(frame, lambda moments: moments.mean, n_boot=9, seed=1)
    >>> errors.dims, bool((errors > 0).all())
    (('draw', 'item'), True)
    """
    if how.get("strata") or how.get("clusters"):
        raise DataError(
            "draws of strata or clusters are rescaled and have no jackknife of their own; "
            "take another kind of interval"
        )
    if parts:
        divided = divide(data, parts=parts, seed=seed, by=by, **how)
        return part_standard_errors(divided, statistic, n_boot=n_boot, seed=seed)
    draws = _Draws.of(data, n_boot=n_boot, seed=seed, by=by, **how)
    errors: list[Array] = []
    for moments, counts, strata in draws.leave_outs():
        found = statistic(moments).transpose("part", ...)
        pattern = found.isel(part=0, drop=True)
        # Every copy counts: a respondent drawn twice is two respondents.
        copies = np.repeat(found.to_numpy(), counts, axis=0)
        errors.append(standard_error_array(copies, np.repeat(strata, counts)))
    labels = xr.DataArray(np.arange(n_boot), dims="draw", name="draw")
    return pattern.expand_dims(draw=labels).copy(data=np.stack(errors))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Draws:
    """Each cell's index, the numbers of its units, their sums and counts (n_boot, units)."""

    plan: Resample
    units: Partition
    cells: tuple[tuple[tuple[int, ...], Codes, Parts, Counts | Array], ...]

    @classmethod
    def of(cls, data: Responses | pd.DataFrame, *, n_boot: int, seed: int, **how: Any) -> Self:
        plan = Resample.of(data, n_boot=n_boot, seed=seed, **how)
        require_additive(plan.sample, "their draws have no jackknife of their own")
        units = Partition.of(data, n_parts=len(plan.sample.rows) + 2, **how)
        cells = []
        for cell, rows, counts in plan.cells:
            present, first, unit = np.unique(
                units.part[rows], return_index=True, return_inverse=True
            )
            values, weights = plan.sample.values[rows], plan.sample.weights[rows]
            parts = Parts.of(values, weights, unit, len(present))
            cells.append((cell, present, parts, counts[:, first]))
        return cls(plan=plan, units=units, cells=tuple(cells))

    def leave_outs(self) -> Iterator[tuple[Moments, Codes, Codes]]:
        """Yield each draw's leave-outs, the copies of each in the draw, and their strata."""
        for draw in range(self.plan.n_boot):
            copies = np.zeros(len(self.units.stratum), dtype=np.intp)
            for _cell, present, _parts, counts in self.cells:
                copies[present] = counts[draw]
            drawn = np.flatnonzero(copies)
            yield self._moments(draw, drawn), copies[drawn], self.units.stratum[drawn]

    def _moments(self, draw: int, drawn: Codes) -> Moments:
        """Moments (part, *by) of a draw without one copy of each unit drawn."""
        n_items = len(self.plan.sample.items)
        shape = (len(drawn), *self.plan.groups.shape)
        mean = np.full((*shape, n_items), np.nan)
        cov = np.full((*shape, n_items, n_items), np.nan)
        sizes = np.zeros((*shape, 3))
        for cell, present, parts, counts in self.cells:
            share = counts[draw].astype(np.float64)
            everywhere: tuple[Any, ...] = (slice(None), *cell)
            mean[everywhere], cov[everywhere] = parts.moments(share)
            here = (np.searchsorted(drawn, present[share > 0]), *cell)
            mean[here], cov[here] = parts.without_each(share)
            sizes[everywhere] = self._sizes(cell)
        coords = {"part": np.arange(len(drawn)), **self.plan.groups.coords}
        return label_moments(self.plan.sample, coords, mean, cov, sizes)

    def _sizes(self, cell: tuple[int, ...]) -> tuple[float, float, float]:
        rows = next(rows for index, rows, _counts in self.plan.cells if index == cell)
        return group_sizes(self.plan.sample.weights[rows])
