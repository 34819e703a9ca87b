"""Rows of the chapter: a criterion's value, interval, threshold and verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from csat_models.assessment.chapter.criteria import Criterion
from csat_models.errors import DataError
from csat_models.estimation import Estimates, interval
from csat_models.estimation.admissibility import drop_inadmissible
from csat_models.estimation.consistent import Violation
from csat_models.estimation.intervals.bounds import Kind
from csat_models.estimation.sample import Array

COLUMNS = (
    "chapter",
    "criterion",
    "construct",
    "construct_2",
    "item",
    "value",
    "lower",
    "upper",
    "side",
    "level",
    "p_value",
    "threshold",
    "verdict",
    "reference",
    "status",
)

Statistic = Callable[[Estimates], xr.DataArray]
Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """What the rows are made of.

    Attributes
    ----------
    point : Estimates
        Of one sample.
    draws : Estimates or None
        Its bootstrap; a draw outside the parameter space is missing.
    level : float
    broken : str
        The rule of admissibility that the point breaks; blank if none.
    kind : str
        Of the intervals, as in :func:`~csat_models.estimation.interval`.
    leave_outs : Estimates or None
        Without each part of the sample, for "bca".
    """

    point: Estimates
    draws: Estimates | None
    level: float
    broken: str
    kind: Kind = "percentile"
    leave_outs: Estimates | None = None

    @classmethod
    def of(
        cls,
        point: Estimates,
        draws: Estimates | None,
        level: float,
        *,
        kind: Kind = "percentile",
        leave_outs: Estimates | None = None,
    ) -> Sample:
        """Leave out what is inadmissible among the draws."""
        usable = None if draws is None else drop_inadmissible(draws)
        violation = Violation(int(point.violation))
        broken = violation.name.lower() if violation else ""
        return cls(
            point=point,
            draws=usable,
            level=level,
            broken=broken,
            kind=kind,
            leave_outs=leave_outs,
        )

    def spread(
        self,
        point: xr.DataArray,
        draws: xr.DataArray | None,
        side: str,
        jackknife: xr.DataArray | None = None,
    ) -> tuple[Array, Array]:
        """Lower and upper limits of a statistic, missing without draws.

        Of a statistic without leave-outs a "bca" interval is a percentile interval.
        """
        nothing = np.full(point.shape, np.nan)
        if draws is None or side == "none":
            return nothing, nothing
        how: dict[str, Any] = {
            "level": self.level,
            "side": side,
            "kind": "percentile" if self.kind == "bca" and jackknife is None else self.kind,
            "standard_error": self.point.settings.standard_error,
            "jackknife": jackknife,
        }
        try:
            found = interval(draws, point=point, **how)
        except DataError:  # so few draws that none lies beyond an end
            return nothing, nothing
        dims = point.dims
        return found.lower.transpose(*dims).to_numpy(), found.upper.transpose(*dims).to_numpy()

    def table(
        self,
        criterion: Criterion,
        statistic: Statistic,
        picks: Sequence[tuple[Labels, Labels]],
    ) -> pd.DataFrame:
        """Rows of a statistic.

        Parameters
        ----------
        criterion : Criterion
        statistic : callable
            From estimates to a labelled array.
        picks : sequence of (columns, labels)
            Of each row, the columns that name it, and where it stands in the statistic.

        Returns
        -------
        DataFrame
            Empty without picks.
        """
        if not picks:
            return pd.DataFrame()
        point = pick(statistic(self.point), picks)
        with np.errstate(all="ignore"):
            drawn = (
                None
                if self.draws is None or criterion.side == "none"
                else pick(statistic(self.draws), picks)
            )
        without = None
        if drawn is not None and self.kind == "bca" and self.leave_outs is not None:
            without = pick(statistic(self.leave_outs), picks)
        lower, upper = self.spread(point, drawn, criterion.side, without)
        names = [dict(columns) for columns, _ in picks]
        return self.judged(criterion, names, point.to_numpy(), lower, upper)

    def judged(
        self,
        criterion: Criterion,
        names: Sequence[Labels],
        value: Array,
        lower: Array,
        upper: Array,
    ) -> pd.DataFrame:
        """Rows with the criterion's threshold and verdict."""
        table = pd.DataFrame(names, index=range(len(names)))
        limits = zip(value, lower, upper, strict=True)
        return table.assign(
            chapter=criterion.chapter,
            criterion=criterion.name,
            value=value,
            lower=lower,
            upper=upper,
            side=criterion.side if self.draws is not None else "none",
            level=self.level if self.draws is not None and criterion.side != "none" else np.nan,
            threshold=np.nan if criterion.good is None else criterion.good,
            verdict=[criterion.judge(*each) for each in limits],
            reference=criterion.reference,
            status=[self._status(criterion, v, u) for v, u in zip(value, upper, strict=True)],
        )

    def _status(self, criterion: Criterion, value: float, upper: float) -> str:
        if not np.isfinite(value):
            return "undefined"
        if self.broken:
            return f"inadmissible_{self.broken}"
        if criterion.side != "none" and np.isnan(upper):
            return "no_draws" if self.draws is None else "too_few_draws"
        return ""


def pick(values: xr.DataArray, picks: Sequence[tuple[Labels, Labels]]) -> xr.DataArray:
    """Take the cells named by `picks` out of a statistic, (..., row)."""
    if not picks or not picks[0][1]:
        return values.expand_dims(row=len(picks), axis=-1)
    found = {
        dim: xr.DataArray([labels[dim] for _, labels in picks], dims="row") for dim in picks[0][1]
    }
    taken = values.sel(found)
    return taken.drop_vars([name for name in taken.coords if name != "draw"])


def blank(criterion: Criterion, status: str, **names: str) -> pd.DataFrame:
    """Return a row without a value, and why."""
    row = {
        "chapter": criterion.chapter,
        "criterion": criterion.name,
        "reference": criterion.reference,
        "threshold": np.nan if criterion.good is None else criterion.good,
        "status": status,
        **names,
    }
    return pd.DataFrame([row])


def with_columns(table: pd.DataFrame) -> pd.DataFrame:
    """Put the columns in order; those that are absent are blank."""
    numbers = {"value", "lower", "upper", "level", "p_value", "threshold"}
    absent = {
        name: np.nan if name in numbers else "" for name in COLUMNS if name not in table.columns
    }
    found = table.assign(**absent)[list(COLUMNS)]
    texts = [name for name in COLUMNS if name not in numbers]
    return found.astype({name: "float64" for name in numbers}).fillna(dict.fromkeys(texts, ""))


def at(criterion: Criterion, good: float) -> Criterion:
    """Return the same criterion with another threshold."""
    return replace(criterion, good=good, bad=None)
