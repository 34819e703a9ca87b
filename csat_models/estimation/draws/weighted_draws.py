"""Draws from weights that change from draw to draw, as replicate weights do.

Unlike in the bootstrap of rows, cells do not keep their total weight: that the
margins between cells are known, or not, then counts in the intervals of what is
merged over cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from csat_models.estimation.columns import rows_of
from csat_models.estimation.draws.cells import BLOCK
from csat_models.estimation.draws.copies import Copies
from csat_models.estimation.draws.counts import person_counts, row_counts
from csat_models.estimation.draws.designs import Design
from csat_models.estimation.draws.division import MOST_ROWS, PARTS, divide_names, divide_rows
from csat_models.estimation.draws.drawn import prepare_draws
from csat_models.estimation.moments import Moments
from csat_models.estimation.persons import person_names, persons_column
from csat_models.estimation.row_moments import group_sizes, label_moments
from csat_models.estimation.sample import Array, Groups, Missing, Sample, names_of, read_sample
from csat_models.estimation.threads import single_threaded
from csat_models.survey import Responses

Codes = NDArray[np.intp]
Weigh = Callable[[slice], Array]
"""From a slice of the draws to their weights (b, n)."""


def drawn_units(
    data: Responses | pd.DataFrame,
    *,
    n_boot: int,
    seed: int,
    by: Sequence[str] = (),
    persons: str | None = None,
    strata: str | None = None,
    clusters: str | None = None,
) -> tuple[NDArray[Any], Codes]:
    """Draw how often each sampling unit is in each draw.

    Parameters
    ----------
    data, n_boot, seed, by, persons, strata, clusters
        As in :func:`~csat_models.estimation.draws.resampling.bootstrap_moments`.

    Returns
    -------
    counts : array (n_boot, U)
        Rescaled where the sampling has strata or clusters.
    unit : array (n,)
        Each row's unit: a row, a person, a cluster; or one of 2,000 random
        groups, where there are more than 20,000.

    Examples
    --------
    >>> rows = pd.DataFrame({"street": [1, 1, 2, 3]})
    >>> counts, unit = drawn_units(rows, n_boot=5, seed=1, clusters="street")
    >>> counts.shape, unit.tolist()
    ((5, 3), [0, 0, 1, 2])
    """
    rows = rows_of(data)
    column = persons_column(data, persons)
    names = None if column is None else person_names(rows, column)
    generator = np.random.default_rng(seed)
    if strata is not None or clusters is not None:
        design = Design.of(rows, strata=strata, clusters=clusters, units=names)
        return design.unit_counts(n_boot, generator), design.unit
    if names is not None:
        unit, distinct = pd.factorize(np.array(names, dtype=object))
        if len(distinct) > MOST_ROWS:
            unit, distinct = divide_names(names, parts=PARTS, seed=seed), np.arange(PARTS)
            distinct = np.array([f"part {k}" for k in distinct])
        return person_counts(distinct.tolist(), n_boot, seed), unit.astype(np.intp)
    if len(rows) > MOST_ROWS:
        unit = divide_rows(np.arange(len(rows)), parts=PARTS, seed=seed)
        return row_counts(PARTS, n_boot, generator), unit
    counts = np.zeros((n_boot, len(rows)), dtype=np.uint8)
    for _, places in Groups.of(rows, by).cells():
        counts[:, places] = row_counts(len(places), n_boot, generator)
    return counts, np.arange(len(rows), dtype=np.intp)


@single_threaded
def weighted_draws(
    data: Responses | pd.DataFrame,
    weigh: Weigh,
    *,
    n_boot: int,
    by: Sequence[str] = (),
    merge: Sequence[str] = (),
    items: Sequence[str] | None = None,
    missing: Missing = "mean",
    sampling_weights: str | None = None,
) -> tuple[xr.DataArray, Moments]:
    r"""Moments of every draw, each with weights of its own.

    With draw weights :math:`T_c` of the cells, the merged mean is
    :math:`\sum T_c m_c / \sum T_c`, as of
    :func:`~csat_models.estimation.moments.merge_moments`.

    Parameters
    ----------
    data : Responses or DataFrame
        n rows.
    weigh : callable
        From a slice of the draws to the weights (b, n) of its b draws; NaN
        where there are none.
    n_boot : int
        Draws.
    by, items, missing, sampling_weights
        As in :func:`~csat_models.estimation.row_moments.compute_moments`.
    merge : sequence of str
        Those of `by` that are merged.

    Returns
    -------
    means : DataArray (draw, *by, item)
    merged : Moments
        Without the dimensions `merge`; ``weight_sum`` has draws too. A draw in which
        a cell has no weight left is missing.

    Raises
    ------
    DataError
        As of ``compute_moments``.

    Examples
    --------
    >>> rows = pd.DataFrame({"city": list("aab"), "x": [1.0, 3.0, 5.0], "y": [2.0, 1.0, 4.0]})
    >>> each = np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 2.0]])
    >>> how = {"n_boot": 2, "by": ["city"], "merge": ["city"], "items": ["x", "y"]}
    >>> means, whole = weighted_draws(rows, lambda piece: each[piece], **how)
    >>> whole.mean.sel(item="x").values.tolist(), means.dims
    ([3.0, 3.5], ('draw', 'city', 'item'))
    """
    sample, places = _read(data, items=items, missing=missing, sampling_weights=sampling_weights)
    groups = Groups.of(sample.rows, by)
    cells = [_Cell.of(sample, cell, rows) for cell, rows in groups.cells()]
    kept = [name for name in groups.coords if name not in names_of(merge)]
    sums = _Merged.empty(sample, groups, cells, kept, n_boot)
    means = np.full((n_boot, *groups.shape, len(sample.items)), np.nan)
    for start in range(0, n_boot, BLOCK):
        piece = slice(start, min(start + BLOCK, n_boot))
        weights = weigh(piece)[:, places]
        for cell in cells:
            total, mean, cov = cell.draw(weights)
            here: tuple[Any, ...] = (piece, *cell.place)
            means[here] = mean
            sums.add(piece, groups.number(cell.place), (len(cell.rows), total, mean, cov))
        sums.finish(piece)
    coords = {"draw": np.arange(n_boot), **groups.coords, "item": list(sample.items)}
    labelled = xr.DataArray(means, coords=coords, dims=list(coords))
    return labelled, sums.label(sample, groups, kept)


def _read(data: Responses | pd.DataFrame, **how: Any) -> tuple[Sample, Codes]:
    """Read a sample, and the places among all rows of those that are used."""
    frame = rows_of(data).reset_index(drop=True)
    numbered = replace(data, frame=frame) if isinstance(data, Responses) else frame
    sample = read_sample(numbered, **how)
    return sample, sample.rows.index.to_numpy(dtype=np.intp)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Cell:
    """The rows of one cell, ready to be weighted."""

    place: tuple[int, ...]
    rows: Codes
    make: Callable[[Copies], tuple[Array, Array]]

    @classmethod
    def of(cls, sample: Sample, place: tuple[int, ...], rows: Codes) -> Self:
        unweighted = replace(sample, weights=np.ones(len(sample.weights)))
        return cls(place=place, rows=rows, make=prepare_draws(unweighted, rows))

    def draw(self, weights: Array) -> tuple[Array, Array, Array]:
        """Total weight (b,), means (b, K) and covariances (b, K, K)."""
        own = weights[:, self.rows]
        total = own.sum(axis=1)
        total = np.where(total > 0, total, np.nan)
        # The divisor n - 1 counts rows, not weight.
        mean, cov = self.make(Copies(counts=own * (len(self.rows) / total)[:, None]))
        mean[np.isnan(total)], cov[np.isnan(total)] = np.nan, np.nan
        return total, mean, cov


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Merged:
    """Sums of the cells' moments in the groups that they are merged into.

    Shapes: group (cells,); mean (draw, groups, K); cov (draw, groups, K, K);
    weight (draw, groups); sizes (groups, 3); reference (K,).
    """

    group: Codes
    mean: Array
    cov: Array
    weight: Array
    sizes: Array
    reference: Array

    @classmethod
    def empty(
        cls,
        sample: Sample,
        groups: Groups,
        cells: Sequence[_Cell],
        kept: Sequence[str],
        n_boot: int,
    ) -> Self:
        group, n_groups = groups.regroup(kept)
        sizes = np.zeros((n_groups, 3))
        for number, rows in _joined(groups, cells, group):
            sizes[number] = group_sizes(sample.weights[rows])
        shape = (n_boot, n_groups, len(sample.items))
        return cls(
            group=group,
            mean=np.zeros(shape),
            cov=np.zeros((*shape, shape[-1])),
            weight=np.zeros(shape[:2]),
            sizes=sizes,
            reference=np.nan_to_num(0.5 * (sample.scale_min + sample.scale_max)),
        )

    def add(self, piece: slice, number: int, drawn: tuple[int, Array, Array, Array]) -> None:
        n_rows, total, mean, cov = drawn
        group, offset = self.group[number], mean - self.reference
        # One row has no covariance, and nothing to add but its distance from the mean.
        share = (n_rows - 1.0) / n_rows * total
        within = share[:, None, None] * cov if n_rows > 1 else np.zeros_like(cov)
        scaled = total[:, None] * offset
        self.weight[piece, group] += total
        self.mean[piece, group] += scaled
        self.cov[piece, group] += within + scaled[:, :, None] * offset[:, None, :]

    def finish(self, piece: slice) -> None:
        count = self.sizes[:, 0, None, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            offset = self.mean[piece] / self.weight[piece][..., None]
            cov = self.cov[piece] / self.weight[piece][..., None, None]
            cov -= offset[..., :, None] * offset[..., None, :]
            self.cov[piece] = cov * (count / (count - 1.0))
        self.mean[piece] = self.reference + offset

    def label(self, sample: Sample, groups: Groups, kept: Sequence[str]) -> Moments:
        shape = tuple(len(groups.coords[name]) for name in kept)
        draws, n_items = (len(self.mean), *shape), len(sample.items)
        coords = {"draw": np.arange(len(self.mean))} | {name: groups.coords[name] for name in kept}
        moments = label_moments(
            sample,
            coords,
            self.mean.reshape((*draws, n_items)),
            self.cov.reshape((*draws, n_items, n_items)),
            self.sizes.reshape((*shape, 3)),
        )
        weight_sum = moments.mean.isel(item=0, drop=True).copy(data=self.weight.reshape(draws))
        return replace(moments, weight_sum=weight_sum)


def _joined(groups: Groups, cells: Sequence[_Cell], group: Codes) -> Iterator[tuple[int, Codes]]:
    """Yield each group with the rows of all its cells."""
    for number in range(int(group.max()) + 1):
        rows = [cell.rows for cell in cells if group[groups.number(cell.place)] == number]
        if rows:
            yield number, np.concatenate(rows)
