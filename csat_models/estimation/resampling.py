"""The bootstrap as moments with a ``draw`` dimension.

Whatever is computed from moments then has draws as well. Cells are strata: a
cell keeps its number of rows and its total weight in every draw, so that
merged cells keep their shares.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.estimation.cells import BLOCK, Cell, resampled_moments
from csat_models.estimation.counts import Counts, person_counts, row_counts
from csat_models.estimation.estimates import Estimates, fit, fit_moments
from csat_models.estimation.moments import Moments, group_sizes, label_moments
from csat_models.estimation.sample import Array, Groups, Missing, Sample, read_sample
from csat_models.estimation.settings import Method, Scheme
from csat_models.estimation.threads import single_threaded
from csat_models.model import PathModel
from csat_models.survey import Responses

CellDraw = tuple[tuple[int, ...], NDArray[np.intp], Counts]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resample:
    """A sample, its cells, and how often each row of a cell is drawn.

    Attributes
    ----------
    sample : Sample
    groups : Groups
    cells : tuple
        Index of each cell that has rows, its rows, and their counts
        (n_boot, n).
    n_boot : int
    """

    sample: Sample
    groups: Groups
    cells: tuple[CellDraw, ...]
    n_boot: int

    @classmethod
    def of(
        cls,
        data: Responses | pd.DataFrame,
        *,
        n_boot: int,
        seed: int,
        by: Sequence[str] = (),
        items: Sequence[str] | None = None,
        missing: Missing = "mean",
        sampling_weights: str | None = None,
        persons: str | None = None,
    ) -> Self:
        """Draw the counts; the parameters are those of :func:`bootstrap_moments`."""
        sample = read_sample(data, items=items, missing=missing, sampling_weights=sampling_weights)
        groups = Groups.of(sample.rows, by)
        names = _person_names(data, sample, persons)
        generator = np.random.default_rng(seed)
        whole = None if names is None else person_counts(names, n_boot, seed)
        cells = tuple(
            (
                cell,
                rows,
                row_counts(len(rows), n_boot, generator) if whole is None else whole[:, rows],
            )
            for cell, rows in groups.cells()
        )
        return cls(sample=sample, groups=groups, cells=cells, n_boot=n_boot)

    def sizes(self) -> Array:
        """Rows, weight and effective size of every cell, (*by, 3); zeros without rows."""
        sizes = np.zeros((*self.groups.shape, 3))
        for cell, rows, _counts in self.cells:
            sizes[cell] = group_sizes(self.sample.weights[rows])
        return sizes

    def label(self, mean: Array, cov: Array, by: Sequence[str], sizes: Array) -> Moments:
        """Label draws (draw, *by, K) as moments."""
        coords: dict[str, NDArray[Any]] = {"draw": np.arange(self.n_boot)}
        coords |= {name: self.groups.coords[name] for name in by}
        return label_moments(self.sample, coords, mean, cov, sizes)


def resample_cells(
    data: Responses | pd.DataFrame, **how: Any
) -> Iterator[tuple[dict[str, Any], Moments]]:
    """Resample one cell after the other, for what does not fit into memory at once.

    Parameters
    ----------
    data : Responses or DataFrame
    **how
        As in :func:`bootstrap_moments`.

    Yields
    ------
    labels : dict
        Value of each grouping column.
    moments : Moments
        With dimensions ``(draw, item)`` and ``(draw, item, item_2)``.
    """
    plan = Resample.of(data, **how)
    sizes = plan.sizes()
    for cell, rows, counts in plan.cells:
        mean, cov = resampled_moments(plan.sample.values[rows], plan.sample.weights[rows], counts)
        pairs = zip(plan.groups.coords.items(), cell, strict=True)
        labels = {name: values[k] for (name, values), k in pairs}
        yield labels, plan.label(mean, cov, (), sizes[cell])


@single_threaded
def bootstrap_moments(
    data: Responses | pd.DataFrame,
    *,
    n_boot: int,
    seed: int,
    by: Sequence[str] = (),
    items: Sequence[str] | None = None,
    missing: Missing = "mean",
    sampling_weights: str | None = None,
    persons: str | None = None,
) -> Moments:
    """Moments of every draw of every cell.

    Parameters
    ----------
    data : Responses or DataFrame
    n_boot : int
        Draws.
    seed : int
    by, items, missing, sampling_weights
        As in :func:`~csat_models.estimation.moments.compute_moments`.
    persons : str, optional
        Column of respondent ids, to resample persons instead of rows; by
        default the codebook's, where it declares one.

    Returns
    -------
    Moments
        With dimensions ``(draw, *by, item)``. A combination of `by` without
        rows is missing.

    Raises
    ------
    DataError
        A column that is not there.
    """
    plan = Resample.of(
        data,
        n_boot=n_boot,
        seed=seed,
        by=by,
        items=items,
        missing=missing,
        sampling_weights=sampling_weights,
        persons=persons,
    )
    shape, n_items = (n_boot, *plan.groups.shape), len(plan.sample.items)
    mean = np.full((n_boot, plan.groups.size, n_items), np.nan)
    cov = np.full((n_boot, plan.groups.size, n_items, n_items), np.nan)
    for cell, rows, counts in plan.cells:
        place = plan.groups.number(cell)
        values, weights = plan.sample.values[rows], plan.sample.weights[rows]
        mean[:, place], cov[:, place] = resampled_moments(values, weights, counts)
    mean, cov = mean.reshape((*shape, n_items)), cov.reshape((*shape, n_items, n_items))
    return plan.label(mean, cov, by, plan.sizes())


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


def _person_names(
    data: Responses | pd.DataFrame, sample: Sample, persons: str | None
) -> list[str] | None:
    if persons is None and isinstance(data, Responses):
        persons = data.codebook.respondent_id
    if persons is None:
        return None
    if persons not in sample.rows.columns:
        raise DataError(f"the data have no column '{persons}' of respondent ids", column=persons)
    return [str(name) for name in sample.rows[persons]]


def bootstrap(
    data: Responses | pd.DataFrame,
    model: PathModel,
    *,
    n_boot: int = 2000,
    seed: int,
    method: Method = "pls",
    scheme: Scheme = "path",
    standardised: bool = True,
    by: Sequence[str] = (),
    missing: Missing = "mean",
    sampling_weights: str | None = None,
    persons: str | None = None,
    point: Estimates | None = None,
) -> Estimates:
    r"""Fit `model` to every bootstrap draw.

    Parameters
    ----------
    data : Responses or DataFrame
    model : PathModel
    n_boot : int
        Draws.
    seed : int
        The same seed gives the same draws, on any number of cores.
    method, scheme, standardised
        See :func:`~csat_models.estimation.estimates.fit`.
    by, missing, sampling_weights, persons
        See :func:`bootstrap_moments`.
    point : Estimates, optional
        The estimate whose signs and settings the draws follow; by default
        the fit to all of `data`.

    Returns
    -------
    Estimates
        With leading dimension ``draw``. A draw that failed is missing and
        has ``converged`` False.

    Examples
    --------
    >>> generator = np.random.default_rng(1)
    >>> common = generator.normal(size=(200, 1))
    >>> frame = pd.DataFrame(common + generator.normal(size=(200, 4)), columns=list("abcd"))
    >>> model = PathModel.parse("Q =~ a + b\nS =~ c + d\nS ~ Q")
    >>> draws = bootstrap(frame, model, n_boot=100, seed=1)
    >>> draws.paths.sizes["draw"], bool(draws.converged.all())
    (100, True)
    """
    if point is None:
        point = fit(
            data,
            model,
            method=method,
            scheme=scheme,
            standardised=standardised,
            missing=missing,
            sampling_weights=sampling_weights,
        )
    moments = bootstrap_moments(
        data,
        n_boot=n_boot,
        seed=seed,
        by=by,
        items=model.items,
        missing=missing,
        sampling_weights=sampling_weights,
        persons=persons,
    )
    return fit_moments(moments, model, point.settings, orientation=point)
