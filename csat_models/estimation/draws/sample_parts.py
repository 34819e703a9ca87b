"""The sums of a sample's parts: all that draws of a large sample need.

A sample is divided into random groups of respondents, its parts
(:mod:`csat_models.estimation.draws.division`). Their sums are small, add up
over files and machines, and give the sample's moments exactly.

References
----------
Chan, Golub and LeVeque (1983), Algorithms for computing the sample variance,
The American Statistician 37, 242-247, for sums about different centres.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.estimation.draws.designs import Design
from csat_models.estimation.draws.division import Codes
from csat_models.estimation.draws.parts import Parts
from csat_models.estimation.moments import Moments
from csat_models.estimation.row_moments import label_moments
from csat_models.estimation.sample import Groups, Sample

OF_ROWS = (
    "by",
    "sampling_weights",
    "ordinal",
    "persons",
    "strata",
    "clusters",
    "parts",
    "n_parts",
)

Cells = dict[tuple[int, ...], tuple[Codes, Parts]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SampleParts:
    """The sums of a sample's parts, in every cell.

    Attributes
    ----------
    header : Sample
        Names and scales of the items; without rows.
    coords : dict of str to array
        Values of each grouping column.
    cells : dict
        By index of a cell: the numbers of the parts that have rows in it, and
        their sums.
    parts : int
        How many there are at most in a cell.
    seed : int
        That assigned them.
    named : bool
        Whether persons were assigned, by their names, and not rows.
    n_rows : int
        Rows read, used or not: the position at which another file goes on.
    design : Design or None
        Strata of the parts.
    """

    header: Sample
    coords: dict[str, NDArray[Any]]
    cells: Cells
    parts: int
    seed: int
    named: bool
    n_rows: int
    design: Design | None = None

    @property
    def items(self) -> tuple[str, ...]:
        """Names of the items."""
        return self.header.items

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each grouping column."""
        return tuple(len(values) for values in self.coords.values())

    def select(self, items: Sequence[str]) -> SampleParts:
        """Return the parts if they are of exactly `items`.

        Raises
        ------
        DataError
            They are of other items.
        """
        if tuple(items) == self.items:
            return self
        absent = [item for item in items if item not in self.items]
        what = f"do not hold '{absent[0]}'" if absent else "hold other items or another order"
        raise DataError(
            f"the parts {what}; take them from compute_parts(data, items=model.items) or "
            "stream_parts(batches, model=model)",
            items=self.items,
        )

    def sizes(self) -> NDArray[np.float64]:
        """Rows, weight and effective size of every cell, (*by, 3); zeros without rows."""
        sizes = np.zeros((*self.shape, 3))
        for cell, (_numbers, parts) in self.cells.items():
            sizes[cell] = parts.sizes()
        return sizes

    def moments(self) -> Moments:
        """Moments of the whole sample, (*by, item), as of its rows."""
        n_items = len(self.items)
        mean = np.full((*self.shape, n_items), np.nan)
        cov = np.full((*self.shape, n_items, n_items), np.nan)
        for cell, (numbers, parts) in self.cells.items():
            mean[cell], cov[cell] = parts.moments(np.ones(len(numbers)))
        return label_moments(self.header, self.coords, mean, cov, self.sizes())

    def leave_outs(self, *, keep_weight: bool) -> tuple[Moments, Codes]:
        """Moments (part, *by, item) without each part, and the parts' strata.

        Where persons were assigned, a part is left out of all cells at once;
        else each cell has parts of its own.
        """
        places, stratum = self._places()
        shape, n_items = (len(stratum), *self.shape), len(self.items)
        mean = np.full((*shape, n_items), np.nan)
        cov = np.full((*shape, n_items, n_items), np.nan)
        sizes = np.zeros((*shape, 3))
        for cell, (numbers, parts) in self.cells.items():
            everywhere: tuple[Any, ...] = (slice(None), *cell)
            here: tuple[Any, ...] = (places[cell], *cell)
            mean[everywhere], cov[everywhere] = parts.moments(np.ones(len(numbers)))
            sizes[everywhere] = parts.sizes()
            mean[here], cov[here] = parts.without_each()
            left = parts.sizes_without_each()
            left[:, 1] = parts.sizes()[1] if keep_weight else left[:, 1]
            sizes[here] = left
        coords = {"part": np.arange(len(stratum)), **self.coords}
        return label_moments(self.header, coords, mean, cov, sizes), stratum

    def _places(self) -> tuple[dict[tuple[int, ...], Codes], Codes]:
        """Where the parts of each cell stand among all, and the strata of all."""
        if self.named or self.design is not None:
            found = [numbers for numbers, _ in self.cells.values()]
            known = np.unique(np.concatenate(found))
            places = {
                cell: np.searchsorted(known, numbers) for cell, (numbers, _) in self.cells.items()
            }
            design = self.design
            strata = np.zeros(len(known), np.intp) if design is None else design.stratum[known]
            return places, strata
        places, strata_of, first = {}, [], 0
        for number, (cell, (numbers, _)) in enumerate(sorted(self.cells.items(), key=_cell_of)):
            places[cell] = np.arange(first, first + len(numbers))
            strata_of.append(np.full(len(numbers), number))
            first += len(numbers)
        return places, np.concatenate(strata_of)

    def merge(self, other: SampleParts) -> SampleParts:
        """Add the parts of another file or batch of the same items.

        Raises
        ------
        DataError
            Other items or grouping columns, or parts assigned otherwise.
        """
        _require_alike(self, other)
        coords = {name: _union(self.coords[name], other.coords[name]) for name in self.coords}
        cells = _move(self, coords)
        for cell, (numbers, parts) in _move(other, coords).items():
            cells[cell] = _add(*cells[cell], numbers, parts) if cell in cells else (numbers, parts)
        low, high = self.header.scale_min, self.header.scale_max
        header = replace(
            self.header,
            scale_min=np.fmin(low, other.header.scale_min),
            scale_max=np.fmax(high, other.header.scale_max),
        )
        n_rows = self.n_rows + other.n_rows
        return replace(self, header=header, coords=coords, cells=cells, n_rows=n_rows)


def _cell_of(pair: tuple[tuple[int, ...], object]) -> tuple[int, ...]:
    return pair[0]


def sum_cells(sample: Sample, groups: Groups, numbers: Codes) -> Cells:
    """Sum the parts of every cell, with each row's number of part (n,)."""
    cells: Cells = {}
    for cell, rows in groups.cells():
        whole = len(rows) == len(numbers)
        values = sample.values if whole else sample.values[rows]
        weights = sample.weights if whole else sample.weights[rows]
        present, part = np.unique(numbers if whole else numbers[rows], return_inverse=True)
        cells[cell] = (present, Parts.of(values, weights, part, len(present)))
    return cells


def refuse_rows_arguments(data: Moments | SampleParts, how: Mapping[str, Any]) -> None:
    """Refuse what had to be said when moments or parts were taken from the rows.

    Raises
    ------
    DataError
        Such an argument.
    """
    kind = "moments" if isinstance(data, Moments) else "parts"
    given = [name for name in OF_ROWS if how.get(name)]
    if how.get("missing", "mean") != "mean":
        given.append("missing")
    if given:
        raise DataError(
            f"{given[0]}={how[given[0]]!r} needs rows, and these are {kind}; say it where they "
            "are computed",
            argument=given[0],
        )


def _require_alike(one: SampleParts, other: SampleParts) -> None:
    facts = {
        "items": (one.items, other.items),
        "grouping columns": (tuple(one.coords), tuple(other.coords)),
        "parts": (one.parts, other.parts),
        "seed": (one.seed, other.seed),
        "unit": tuple("persons" if named else "rows" for named in (one.named, other.named)),
    }
    for what, (mine, theirs) in facts.items():
        if mine != theirs:
            raise DataError(
                f"these parts do not add up: one has {what} {_write(mine)}, the other "
                f"{_write(theirs)}; take both from compute_parts with the same arguments",
                what=what,
            )


def _write(value: object) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value)


def _union(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """Labels of both: in order if both are, else as they appear."""
    if np.array_equal(one, other):
        return one
    joint = list(dict.fromkeys([*one.tolist(), *other.tolist()]))
    in_order = all(list(values) == sorted(values) for values in (one.tolist(), other.tolist()))
    return np.array(sorted(joint) if in_order else joint, dtype=np.result_type(one, other))


def _move(sample: SampleParts, coords: Mapping[str, NDArray[Any]]) -> Cells:
    """Index cells by their labels' places in `coords`."""
    place = [
        [labels.tolist().index(label) for label in sample.coords[name].tolist()]
        for name, labels in coords.items()
    ]
    return {
        tuple(moved[k] for moved, k in zip(place, cell, strict=True)): found
        for cell, found in sample.cells.items()
    }


def _add(numbers: Codes, parts: Parts, more_numbers: Codes, more: Parts) -> tuple[Codes, Parts]:
    joint = np.union1d(numbers, more_numbers)
    places = np.searchsorted(joint, numbers), np.searchsorted(joint, more_numbers)
    return joint, parts.merge(more, places, len(joint))
