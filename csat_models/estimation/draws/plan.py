"""A bootstrap before it is carried out: the sample, its cells, and the counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.estimation.draws.counts import Counts, person_counts, row_counts
from csat_models.estimation.draws.designs import Design
from csat_models.estimation.moments import Moments, group_sizes, label_moments
from csat_models.estimation.sample import Array, Groups, Missing, Sample, read_sample
from csat_models.survey import Responses

CellDraw = tuple[tuple[int, ...], NDArray[np.intp], Counts | Array]


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
        strata: str | None = None,
        clusters: str | None = None,
    ) -> Self:
        """Draw the counts; the parameters are those of :func:`bootstrap_moments`."""
        sample = read_sample(data, items=items, missing=missing, sampling_weights=sampling_weights)
        groups = Groups.of(sample.rows, by)
        names = _person_names(data, sample, persons)
        generator = np.random.default_rng(seed)
        whole: Counts | Array | None = None
        if strata is not None or clusters is not None:
            design = Design.of(sample.rows, strata=strata, clusters=clusters, units=names)
            whole = design.counts(n_boot, generator)
        elif names is not None:
            whole = person_counts(names, n_boot, seed)
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
