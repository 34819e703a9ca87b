"""Statistics of fitted models with intervals of the kind that the study asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import xarray as xr

from csat_models.estimation import Estimates, interval, p_value, tidy
from csat_models.estimation.intervals.bounds import Kind

Statistic = Callable[[Estimates], xr.DataArray]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Uncertain:
    """A fitted model with its draws and, for BCa intervals, its leave-outs.

    Attributes
    ----------
    point : Estimates (...)
    draws : Estimates (draw, ...)
    kind : str
        As in :func:`~csat_models.estimation.interval`.
    level : float
    leave_outs : callable
        Gives the estimates without each part of the sample, (part, ...);
        called only where `kind` needs them.
    """

    point: Estimates
    draws: Estimates
    kind: Kind
    level: float
    leave_outs: Callable[[], Estimates]

    def of(self, part: Callable[[Estimates], Estimates]) -> Uncertain:
        """Return the same with a part of each estimate, as without its products."""
        return replace(
            self,
            point=part(self.point),
            draws=part(self.draws),
            leave_outs=lambda: part(self.leave_outs()),
        )

    def interval(
        self, statistic: Statistic, *, level: float | None = None, test: bool = False
    ) -> xr.Dataset:
        """Apply `statistic` to sample and draws, and give its interval.

        Parameters
        ----------
        statistic : callable
            From estimates with any leading dimensions to an array with these.
        level : float, optional
            Instead of the study's.
        test : bool
            Whether ``p_value`` is wanted, of the hypothesis that it is zero.
        """
        point, draws = statistic(self.point), statistic(self.draws)
        how: dict[str, Any] = {
            "point": point,
            "kind": self.kind,
            "standard_error": self.point.settings.standard_error,
        }
        if self.kind == "bca":
            how["jackknife"] = statistic(self.leave_outs())
        found = interval(draws, level=level or self.level, **how)
        return found.assign(p_value=p_value(draws, **how)) if test else found

    def table(
        self, statistic: Statistic, *, level: float | None = None, test: bool = False
    ) -> pd.DataFrame:
        """Return :meth:`interval` as a tidy table."""
        return tidy(self.interval(statistic, level=level, test=test))
