"""The chapter on the structural model."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from csat_models.analysis import index_impact, lead
from csat_models.errors import AbsentError
from csat_models.estimation import indirect_effects, interval, tidy, total_effects
from csat_models.workflow.computation import Computation


class StructureResults:
    """Path coefficients, explained variance and total effects of the wave.

    Parameters
    ----------
    computation : Computation
        Of the study.
    """

    def __init__(self, computation: Computation) -> None:
        self._of = computation

    def paths(self) -> pd.DataFrame:
        """``source``, ``target`` and the path coefficient with its interval."""
        return self._of_model(self._interval(self._of.draws.paths, self._of.estimates.paths))

    def r_squared(self) -> pd.DataFrame:
        """``construct`` and the share of its variance explained, with interval."""
        return self._interval(self._of.draws.r_squared, self._of.estimates.r_squared)

    def total_effects(self, *targets: str) -> pd.DataFrame:
        """Total effects on `targets`, with their direct and indirect parts.

        Parameters
        ----------
        *targets : str
            Constructs; all if none is named.
        """
        point, draws = self._of.estimates, self._of.draws
        table = self._interval(total_effects(draws), total_effects(point))
        direct = point.paths.to_dataframe("direct").reset_index()
        indirect = indirect_effects(point).to_dataframe("indirect").reset_index()
        table = table.merge(direct).merge(indirect)
        wanted = table["target"].isin(targets or self._of.model.construct_names)
        return table[wanted & (table["estimate"] != 0)].reset_index(drop=True)

    def impacts(self, *targets: str, rise: float = 5.0) -> pd.DataFrame:
        """Points that the index of `targets` gains when a source gains `rise` points."""
        point, draws = self._of.estimates, self._of.draws
        table = self._interval(index_impact(draws, rise), index_impact(point, rise))
        wanted = table["target"].isin(targets or self._of.model.construct_names)
        return table[wanted & (table["estimate"] != 0)].reset_index(drop=True)

    def brand_paths(self) -> pd.DataFrame:
        """Path coefficients of each brand's customers.

        Raises
        ------
        AbsentError
            The study names no competitor.
        """
        self._require_competitor()
        point, draws = self._of.brand_estimates, self._of.brand_draws
        return self._of_model(self._interval(draws.paths, point.paths))

    def path_differences(self) -> pd.DataFrame:
        """Our path coefficients less the competitor's."""
        brands = self._require_competitor()
        point, draws = self._of.brand_estimates.paths, self._of.brand_draws.paths
        return self._of_model(self._interval(lead(draws, **brands), lead(point, **brands)))

    def _interval(self, draws: xr.DataArray, point: xr.DataArray) -> pd.DataFrame:
        return tidy(interval(draws, point=point, level=self._of.level))

    def _of_model(self, table: pd.DataFrame) -> pd.DataFrame:
        paths = set(self._of.model.paths)
        pairs = zip(table["source"], table["target"], strict=True)
        return table[[pair in paths for pair in pairs]].reset_index(drop=True)

    def _require_competitor(self) -> dict[str, str]:
        if self._of.brands is None:
            raise AbsentError("the study names no competitor", reason="no_competitor")
        return self._of.brands
