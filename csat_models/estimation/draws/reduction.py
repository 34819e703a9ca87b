"""Statistics of draws, of which nothing else is kept.

The moments of 1,000 draws of 400 cells fill gigabytes. Here a chunk of draws
is made, fitted and evaluated before the next, so that memory holds one chunk
and the results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import xarray as xr

from csat_models.errors import DataError
from csat_models.estimation.chunks import chunk_length
from csat_models.estimation.draws.failures import require_usable
from csat_models.estimation.draws.ledger import DrawLedger, draw_ledger
from csat_models.estimation.draws.sources import DrawPlan
from csat_models.estimation.estimates import fit_moments
from csat_models.estimation.result import ARRAYS, Estimates
from csat_models.estimation.settings import Settings
from csat_models.model import PathModel

Statistic = str | Callable[[Estimates], xr.DataArray | xr.Dataset]
Labels = dict[tuple[str, str], xr.DataArray]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawStatistics(Mapping[str, xr.DataArray | xr.Dataset]):
    """Statistics of draws by the names of the functions that gave them.

    ``draws["htmt"]`` is what :func:`~csat_models.assessment.htmt` gives of all
    draws: with dimensions ``(draw, *by, ...)``.

    Attributes
    ----------
    results : dict of str to DataArray or Dataset
    ledger : DrawLedger
        What became of the draws.
    point : Estimates
        Whose signs and settings the draws follow.
    settings : Settings
        Of the draws.
    """

    results: Mapping[str, xr.DataArray | xr.Dataset]
    ledger: DrawLedger
    point: Estimates
    settings: Settings

    def __getitem__(self, name: str) -> xr.DataArray | xr.Dataset:
        """Return one statistic."""
        if name not in self.results:
            raise KeyError(f"no statistic '{name}'; there are {', '.join(self.results)}")
        return self.results[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self.results)

    def __len__(self) -> int:
        """Count the statistics."""
        return len(self.results)


def draw_statistics(
    plan: DrawPlan,
    model: PathModel,
    point: Estimates,
    settings: Settings,
    *,
    statistics: Sequence[Statistic],
    max_failed_share: float,
) -> DrawStatistics:
    """Make, fit and evaluate draws chunk by chunk.

    Parameters
    ----------
    plan : DrawPlan
    model : PathModel
    point : Estimates
        Whose signs the draws follow.
    settings : Settings
    statistics : sequence of callable or str
        Functions of estimates, or names of their arrays, such as
        ``"paths"``.
    max_failed_share : float
        See :func:`~csat_models.estimation.draws.failures.require_usable`.

    Raises
    ------
    DataError
        Two statistics of one name, or one that has no draws.
    InadmissibleError, ConvergenceError
        Too many draws failed.
    """
    named = _name_statistics(statistics)
    results, ledger = _Store(plan=plan, arrays={}), _Store(plan=plan, arrays={})
    length = chunk_length(len(plan.header.items))
    for cell in plan.each_cell():
        for piece in plan.pieces(length):
            moments = plan.label(*cell.take(piece), (), np.asarray(cell.sizes), piece)
            draws = fit_moments(moments, model, settings, orientation=point)
            for name, statistic in named.items():
                results.put(name, statistic(draws), cell.cell, piece)
            ledger.count(draw_ledger(draws, point), cell.cell)
    counted = _whole_ledger(ledger)
    present = counted.drawn.copy(data=plan.sizes[..., 0] > 0)
    require_usable(counted, present, settings, max_failed_share)
    return DrawStatistics(
        results={name: results.labelled(name) for name in named},
        ledger=counted,
        point=point,
        settings=settings,
    )


def _name_statistics(
    statistics: Sequence[Statistic],
) -> dict[str, Callable[[Estimates], xr.DataArray | xr.Dataset]]:
    named: dict[str, Callable[[Estimates], xr.DataArray | xr.Dataset]] = {}
    for statistic in statistics:
        name = statistic if isinstance(statistic, str) else getattr(statistic, "__name__", "")
        if not name or name in named:
            fault = f"two statistics are called '{name}'" if name else "a statistic has no name"
            raise DataError(f"{fault}; give functions with a name each", name=name)
        if isinstance(statistic, str) and statistic not in ARRAYS:
            raise DataError(
                f"estimates have no array '{statistic}'; they have {', '.join(ARRAYS)}",
                name=statistic,
            )
        named[name] = _taking(statistic) if isinstance(statistic, str) else statistic
    return named


def _taking(name: str) -> Callable[[Estimates], xr.DataArray]:
    def take(estimates: Estimates) -> xr.DataArray:
        array: xr.DataArray = getattr(estimates, name)
        return array

    return take


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Store:
    """Arrays that are filled cell by cell and piece by piece.

    Keys are the name of a statistic and of a variable of it, empty where it
    is a single array.
    """

    plan: DrawPlan
    arrays: Labels

    def put(
        self,
        name: str,
        found: xr.DataArray | xr.Dataset,
        cell: tuple[int, ...],
        piece: slice,
    ) -> None:
        """Keep what a statistic gives of a piece of one cell's draws."""
        if not isinstance(found, xr.DataArray | xr.Dataset):
            raise DataError(
                f"the statistic '{name}' gives no labelled array but a value of type "
                f"'{type(found).__name__}'; write one that returns an array "
                "(xarray.DataArray) with the dimensions of the estimates",
                name=name,
            )
        parts = dict(found.data_vars) if isinstance(found, xr.Dataset) else {"": found}
        for variable, array in parts.items():
            if "draw" not in array.dims:
                raise DataError(
                    f"the statistic '{name}' has no dimension 'draw'; write one that keeps the "
                    "dimensions of the estimates",
                    name=name,
                )
            ready = array.transpose("draw", ...)
            key = name, str(variable)
            if key not in self.arrays:
                self.arrays[key] = self._empty(ready, ("draw",), ready.isel(draw=0, drop=True))
            here: tuple[Any, ...] = (piece, *cell)
            self.arrays[key].values[here] = ready.to_numpy()

    def count(self, ledger: DrawLedger, cell: tuple[int, ...]) -> None:
        """Add the counts of a piece of one cell's draws."""
        for field in fields(ledger):
            array = getattr(ledger, field.name)
            if isinstance(array, xr.DataArray):
                key = field.name, ""
                if key not in self.arrays:
                    self.arrays[key] = self._empty(array, (), array)
                self.arrays[key].values[cell] += array.to_numpy()

    def _empty(
        self, like: xr.DataArray, first: tuple[str, ...], rest: xr.DataArray
    ) -> xr.DataArray:
        plan = self.plan
        sizes = (plan.n_boot,) if first else ()
        shape = (*sizes, *plan.shape, *rest.shape)
        whole = np.issubdtype(like.dtype, np.integer) or like.dtype == np.bool_
        values = np.zeros(shape, like.dtype) if whole else np.full(shape, np.nan)
        coords: dict[Any, Any] = dict(rest.coords)
        coords |= {"draw": np.arange(plan.n_boot)} if first else {}
        coords |= plan.coords
        return xr.DataArray(values, coords=coords, dims=[*first, *plan.coords, *rest.dims])

    def labelled(self, name: str) -> xr.DataArray | xr.Dataset:
        """Return a statistic as its function gives it."""
        found = {variable: array for (one, variable), array in self.arrays.items() if one == name}
        return found[""] if "" in found else xr.Dataset(found)


def _whole_ledger(store: _Store) -> DrawLedger:
    """Count the draws of all cells; those of a cell without rows have no data."""
    counts: dict[str, Any] = {name: array for (name, _), array in store.arrays.items()}
    if not counts:
        raise DataError("there are no rows to draw from; check the grouping columns")
    absent = store.plan.sizes[..., 0] == 0
    for name in ("drawn", "no_data"):
        counts[name].values[absent] = store.plan.n_boot
    absences: dict[str, Any] = {
        field.name: None for field in fields(DrawLedger) if field.name not in counts
    }
    absences["merged_strata"] = store.plan.merged_strata
    return DrawLedger(**counts, **absences)
