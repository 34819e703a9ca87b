"""A bootstrap before it is carried out: the sample, its cells, and the counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.estimation.draws.counts import Counts, person_counts, row_counts
from csat_models.estimation.draws.designs import Design
from csat_models.estimation.draws.drawn import Draw, prepare_draws
from csat_models.estimation.moments import Moments
from csat_models.estimation.persons import person_names, persons_column
from csat_models.estimation.row_moments import group_sizes, label_moments
from csat_models.estimation.sample import Array, Groups, Missing, Sample, read_sample
from csat_models.estimation.whole_numbers import require_count, require_seed
from csat_models.survey import Responses

CellDraw = tuple[tuple[int, ...], NDArray[np.intp], Counts | Array]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resample:
    """A sample, its cells, and how often each row of a cell is drawn.

    Attributes
    ----------
    sample : Sample
    groups : Groups
    cells : iterable
        Index of each cell that has rows, its rows, and their counts
        (n_boot, n).
    n_boot : int
    merged_strata : tuple of str
        Strata of a single sampling unit with those that they are drawn
        together with.
    """

    sample: Sample
    groups: Groups
    cells: Iterable[CellDraw]
    n_boot: int
    merged_strata: tuple[str, ...] = ()

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
        ordinal: bool = False,
        persons: str | None = None,
        strata: str | None = None,
        clusters: str | None = None,
        hold: bool = True,
    ) -> Self:
        """Draw the counts; the parameters are those of :func:`bootstrap_moments`.

        Without `hold`, the counts of a cell are drawn when `cells` comes to
        it, the same every time, and those of all cells are never held at once.
        """
        require_count("n_boot", n_boot)
        require_seed(seed)
        sample = read_sample(
            data, items=items, missing=missing, sampling_weights=sampling_weights, ordinal=ordinal
        )
        groups = Groups.of(sample.rows, by)
        column = persons_column(data, persons)
        names = None if column is None else person_names(sample.rows, column)
        design = None
        if strata is not None or clusters is not None:
            design = Design.of(sample.rows, strata=strata, clusters=clusters, units=names)
        cells = _Cells(groups=groups, names=names, design=design, n_boot=n_boot, seed=seed)
        return cls(
            sample=sample,
            groups=groups,
            cells=tuple(cells) if hold else cells,
            n_boot=n_boot,
            merged_strata=() if design is None else design.merged,
        )

    def prepare(self, rows: NDArray[np.intp]) -> Draw:
        """Return what makes moments (B, K) and (B, K, K) of copies of some rows."""
        return prepare_draws(self.sample, rows)

    def sizes(self) -> Array:
        """Rows, weight and effective size of every cell, (*by, 3); zeros without rows."""
        sizes = np.zeros((*self.groups.shape, 3))
        for cell, rows in self.groups.cells():
            sizes[cell] = group_sizes(self.sample.weights[rows])
        return sizes

    def label(self, mean: Array, cov: Array, by: Sequence[str], sizes: Array) -> Moments:
        """Label draws (draw, *by, K) as moments."""
        coords: dict[str, NDArray[Any]] = {"draw": np.arange(self.n_boot)}
        coords |= {name: self.groups.coords[name] for name in by}
        return label_moments(self.sample, coords, mean, cov, sizes)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Cells:
    """Cells and their counts, drawn anew and alike in every pass over them."""

    groups: Groups
    names: list[str] | None
    design: Design | None
    n_boot: int
    seed: int

    def __iter__(self) -> Iterator[CellDraw]:
        generator = np.random.default_rng(self.seed)
        design, names = self.design, self.names
        units = None if design is None else design.unit_counts(self.n_boot, generator)
        for cell, rows in self.groups.cells():
            if design is not None and units is not None:
                yield cell, rows, units[:, design.unit[rows]]
            elif names is not None:
                some = [names[row] for row in rows.tolist()]
                yield cell, rows, person_counts(some, self.n_boot, self.seed)
            else:
                yield cell, rows, row_counts(len(rows), self.n_boot, generator)
