"""What draws are made from: rows, parts, or moments alone.

Whichever it is, a plan gives the moments of every draw of one cell after the
other, in pieces if need be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.estimation.columns import rows_of
from csat_models.estimation.draws.copies import Copies
from csat_models.estimation.draws.counts import Counts, person_counts, row_counts
from csat_models.estimation.draws.designs import Design
from csat_models.estimation.draws.division import MOST_ROWS, PARTS, check_parts
from csat_models.estimation.draws.drawn import Draw
from csat_models.estimation.draws.normal_theory import normal_theory_draws, require_normal_theory
from csat_models.estimation.draws.plan import Resample
from csat_models.estimation.draws.sample_parts import (
    SampleParts,
    refuse_rows_arguments,
    sum_cells,
)
from csat_models.estimation.draws.streaming import compute_parts, header_of, number_rows
from csat_models.estimation.moments import Moments
from csat_models.estimation.persons import person_names, persons_column
from csat_models.estimation.row_moments import label_moments
from csat_models.estimation.sample import ADDITIVE, Array, Groups, Sample, read_sample
from csat_models.estimation.settings import Draws
from csat_models.estimation.whole_numbers import require_count, require_seed
from csat_models.survey import Responses

Source = Moments | SampleParts | Responses | pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CellDraws:
    """The draws of one cell.

    Attributes
    ----------
    cell : tuple of int
        Index of the cell.
    sizes : array (3,)
        Its rows, weight and effective size, which it keeps in every draw.
    take : callable
        From a slice of the draws, beginning at a multiple of
        :data:`~csat_models.estimation.draws.cells.BLOCK`, to their means
        (B, K) and covariances (B, K, K).
    """

    cell: tuple[int, ...]
    sizes: Array
    take: Callable[[slice], tuple[Array, Array]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawPlan:
    """All draws of a sample, before they are made.

    Attributes
    ----------
    draws : {"rows", "parts", "normal theory"}
        What is drawn.
    header : Sample
        Names and scales of the items.
    coords : dict of str to array
        Values of each grouping column.
    n_boot : int
    sizes : array (*by, 3)
        Rows, weight and effective size of every cell.
    each_cell : callable
        Yields the cells that have rows, the same draws every time.
    merged_strata : tuple of str
        Strata of a sampling design that are drawn together.
    """

    draws: Draws
    header: Sample
    coords: Mapping[str, NDArray[Any]]
    n_boot: int
    sizes: Array
    each_cell: Callable[[], Iterator[CellDraws]]
    merged_strata: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each grouping column."""
        return tuple(len(values) for values in self.coords.values())

    def pieces(self, length: int) -> Iterator[slice]:
        """Yield slices of the draws, `length` at a time."""
        for start in range(0, self.n_boot, length):
            yield slice(start, min(start + length, self.n_boot))

    def label(
        self,
        mean: Array,
        cov: Array,
        by: Sequence[str],
        sizes: Array,
        piece: slice = slice(None),
    ) -> Moments:
        """Label draws (draw, *by, K) as moments."""
        coords: dict[str, NDArray[Any]] = {"draw": np.arange(self.n_boot)[piece]}
        coords |= {name: self.coords[name] for name in by}
        moments: Moments = label_moments(self.header, coords, mean, cov, sizes)
        for array in (moments.mean, moments.cov):
            array.attrs["draws"] = self.draws
            array.attrs["merged_strata"] = self.merged_strata
        return moments


def plan_draws(
    data: Source,
    *,
    n_boot: int,
    seed: int,
    parts: int | None = None,
    products: Sequence[str] = (),
    **how: Any,
) -> DrawPlan:
    """Plan the draws of a sample.

    Parameters
    ----------
    data : Moments, SampleParts, Responses or DataFrame
        Moments are drawn from by normal theory, see
        :mod:`~csat_models.estimation.draws.normal_theory`.
    n_boot, seed : int
    parts : int, optional
        Draw so many random groups of rows in every cell; 0 draws rows
        whatever their number. By default rows, up to 20,000 in a cell, and
        2,000 parts beyond.
    products : sequence of str
        Products of constructs, which moments cannot give.
    **how
        As in :func:`~csat_models.estimation.draws.resampling.bootstrap_moments`.

    Raises
    ------
    DataError
        No draws, no seed, or arguments that moments or parts cannot follow.
    """
    require_count("n_boot", n_boot)
    require_seed(seed)
    if isinstance(data, Moments | SampleParts):
        refuse_rows_arguments(data, {**how, "parts": parts})
        items = how.get("items")
        if isinstance(data, SampleParts):
            return _plan_parts(data if items is None else data.select(items), n_boot, seed)
        known = data if items is None else data.select(items)
        require_normal_theory(known, products)
        return _plan_from_moments(known, n_boot, seed)
    if parts:
        check_parts(parts)
        _require_sums(how)
    if parts == 0 or (parts is None and not _is_long(data, **how)):
        return _plan_rows(Resample.of(data, n_boot=n_boot, seed=seed, hold=False, **how))
    how.pop("ordinal", None)
    return _plan_parts(divide(data, parts=parts or PARTS, seed=seed, **how), n_boot, seed)


def divide(
    data: Responses | pd.DataFrame,
    *,
    parts: int,
    seed: int,
    strata: str | None = None,
    clusters: str | None = None,
    **how: Any,
) -> SampleParts:
    """Divide a sample as :func:`compute_parts`, within the strata of a design.

    Sampling units stay whole; up to :data:`MOST_ROWS` of them, each is a part
    of its own.
    """
    if strata is None and clusters is None:
        return compute_parts(data, parts=parts, seed=seed, **how)
    asked = ("items", "missing", "sampling_weights")
    sample = read_sample(data, **{name: how[name] for name in asked if name in how})
    unit = persons_column(data, clusters if clusters is not None else how.get("persons"))
    numbers = None
    if unit is not None and parts == PARTS:
        names = np.array(person_names(sample.rows, unit), dtype=object)
        codes, distinct = pd.factorize(names)
        numbers = codes.astype(np.intp) if len(distinct) <= MOST_ROWS else None
    if numbers is None:
        numbers = number_rows(sample, np.arange(len(sample.rows)), unit, parts, seed)
    design = Design.of(sample.rows, strata=strata, units=numbers.astype(str).tolist())
    groups = Groups.of(sample.rows, how.get("by", ()))
    return SampleParts(
        header=header_of(sample),
        coords=groups.coords,
        cells=sum_cells(sample, groups, design.unit),
        parts=parts,
        seed=seed,
        named=unit is not None,
        n_rows=len(sample.rows),
        design=replace(design, unit=np.empty(0, dtype=np.intp)),
    )


def _is_long(data: Responses | pd.DataFrame, **how: Any) -> bool:
    """Whether a cell has too many rows to draw them one by one."""
    frame = rows_of(data)
    if len(frame) <= MOST_ROWS or not _has_sums(how):
        return False
    codes = Groups.of(frame, how.get("by", ())).codes
    return bool((np.bincount(codes[codes >= 0], minlength=1) > MOST_ROWS).any())


def _has_sums(how: Mapping[str, Any]) -> bool:
    """Whether moments are sums over rows."""
    return how.get("missing", "mean") in ADDITIVE and not how.get("ordinal")


def _require_sums(how: Mapping[str, Any]) -> None:
    if not _has_sums(how):
        way = "ordinal=True" if how.get("ordinal") else f"missing='{how['missing']}'"
        raise DataError(
            f"{way} needs all rows of a draw, not sums of parts; write parts=0 to draw rows",
            argument=way,
        )


def _plan_rows(plan: Resample) -> DrawPlan:
    sizes = plan.sizes()

    def each_cell() -> Iterator[CellDraws]:
        for cell, rows, counts in plan.cells:
            take = partial(_take_rows, plan.prepare(rows), counts)
            yield CellDraws(cell=cell, sizes=sizes[cell], take=take)

    return DrawPlan(
        draws="rows",
        header=plan.sample,
        coords=plan.groups.coords,
        n_boot=plan.n_boot,
        sizes=sizes,
        each_cell=each_cell,
        merged_strata=plan.merged_strata,
    )


def _take_rows(draw: Draw, counts: Counts | Array, piece: slice) -> tuple[Array, Array]:
    return draw(Copies(counts=counts[piece]))


def _plan_parts(sample: SampleParts, n_boot: int, seed: int) -> DrawPlan:
    sizes = sample.sizes()

    def each_cell() -> Iterator[CellDraws]:
        for cell, counts in counts_of_parts(sample, n_boot, seed):
            take = partial(_take_parts, sample.cells[cell][1], counts)
            yield CellDraws(cell=cell, sizes=sizes[cell], take=take)

    return DrawPlan(
        draws="parts",
        header=sample.header,
        coords=sample.coords,
        n_boot=n_boot,
        sizes=sizes,
        each_cell=each_cell,
        merged_strata=() if sample.design is None else sample.design.merged,
    )


def counts_of_parts(
    sample: SampleParts, n_boot: int, seed: int
) -> Iterator[tuple[tuple[int, ...], Counts | Array]]:
    """Yield each cell with the counts (n_boot, P) of its parts."""
    generator = np.random.default_rng(seed)
    shared = _shared_counts(sample, n_boot, seed, generator)
    for cell in sorted(sample.cells):
        numbers, _parts = sample.cells[cell]
        if shared is None:
            yield cell, row_counts(len(numbers), n_boot, generator)
        else:
            yield cell, shared[:, numbers]


def _take_parts(parts: Any, counts: Counts | Array, piece: slice) -> tuple[Array, Array]:
    drawn: tuple[Array, Array] = parts.draw(counts[piece])
    return drawn


def _shared_counts(
    sample: SampleParts, n_boot: int, seed: int, generator: np.random.Generator
) -> Counts | Array | None:
    """Draw counts of all parts (n_boot, P), where cells share them."""
    if sample.design is not None:
        return sample.design.unit_counts(n_boot, generator)
    if sample.named:
        return person_counts([f"part {k}" for k in range(sample.parts)], n_boot, seed)
    return None


def _header_of(moments: Moments) -> Sample:
    """Return a sample without rows: the items and their scales."""
    return Sample(
        rows=pd.DataFrame(),
        items=moments.items,
        values=np.empty((0, len(moments.items))),
        weights=np.empty(0),
        scale_min=moments.scale_min.to_numpy(),
        scale_max=moments.scale_max.to_numpy(),
    )


def _plan_from_moments(moments: Moments, n_boot: int, seed: int) -> DrawPlan:
    coords = {str(dim): moments.cov[dim].to_numpy() for dim in moments.batch_dims}
    names = list(coords)
    mean = moments.mean.transpose(*names, "item").to_numpy()
    cov = moments.cov.transpose(*names, "item", "item_2").to_numpy()
    counted = (moments.n_obs, moments.weight_sum, moments.n_effective)
    sizes = np.stack([array.transpose(*names).to_numpy() for array in counted], axis=-1)
    sizes = sizes.astype(np.float64)

    def each_cell() -> Iterator[CellDraws]:
        generator = np.random.default_rng(seed)
        for cell in np.ndindex(sizes.shape[:-1]):
            if sizes[cell][0] > 0:
                n = float(sizes[cell][2])
                means, covs = normal_theory_draws(mean[cell], cov[cell], n, n_boot, generator)
                take = partial(_take_drawn, means, covs)
                yield CellDraws(cell=cell, sizes=sizes[cell], take=take)

    return DrawPlan(
        draws="normal theory",
        header=_header_of(moments),
        coords=coords,
        n_boot=n_boot,
        sizes=sizes,
        each_cell=each_cell,
    )


def _take_drawn(means: Array, covs: Array, piece: slice) -> tuple[Array, Array]:
    return means[piece], covs[piece]
