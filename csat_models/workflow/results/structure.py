"""The chapter on the structural model."""

from __future__ import annotations

import pandas as pd

from csat_models.analysis import index_impact, lead
from csat_models.assessment import adjusted_r_squared
from csat_models.errors import AbsentError
from csat_models.estimation import (
    indirect_effects,
    specific_indirect_effects,
    total_effects,
    variance_accounted_for,
)
from csat_models.workflow.computing.computation import Computation


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
        return self._of_model(self._of.interacting.table(lambda each: each.paths, test=True))

    def r_squared(self) -> pd.DataFrame:
        """``construct``, the share of its variance explained, with interval, and ``adjusted``."""
        table = self._of.fitted.table(lambda each: each.r_squared)
        adjusted = adjusted_r_squared(self._of.estimates).sel(
            construct=table["construct"].to_list()
        )
        return table.assign(adjusted=adjusted.to_numpy())

    def total_effects(self, *targets: str) -> pd.DataFrame:
        """Total effects on `targets`, with their direct and indirect parts.

        Parameters
        ----------
        *targets : str
            Constructs; all if none is named.
        """
        point = self._of.estimates
        table = self._of.fitted.table(total_effects, test=True)
        direct = point.paths.to_dataframe("direct").reset_index()
        indirect = indirect_effects(point).to_dataframe("indirect").reset_index()
        table = table.merge(direct).merge(indirect)
        wanted = table["target"].isin(targets or self._of.model.construct_names)
        return table[wanted & (table["estimate"] != 0)].reset_index(drop=True)

    def indirect_effects(self, *targets: str) -> pd.DataFrame:
        """``route``, ``source``, ``target`` and the effect along it, with its interval.

        Raises
        ------
        AbsentError
            The model has no indirect route to `targets`.
        """
        table = self._of.fitted.table(specific_indirect_effects, test=True)
        steps = table["route"].str.split(" -> ")
        table = table.assign(source=steps.str[0], target=steps.str[-1])
        wanted = table["target"].isin(targets or self._of.model.construct_names)
        if not wanted.any():
            raise AbsentError("the model has no indirect route", reason="no_route")
        return table[wanted].reset_index(drop=True)

    def mediation(self, *targets: str) -> pd.DataFrame:
        """Indirect effects with their intervals, direct effects and the share indirect."""
        routes = self.indirect_effects(*targets)[["source", "target"]].drop_duplicates()
        indirect = self._of.fitted.table(indirect_effects)
        point = self._of.estimates
        direct = point.paths.to_dataframe("direct").reset_index()
        share = variance_accounted_for(point).to_dataframe("share").reset_index()
        return routes.merge(indirect).merge(direct).merge(share)

    def impacts(self, *targets: str, rise: float = 5.0) -> pd.DataFrame:
        """Points that the index of `targets` gains when a source gains `rise` points."""
        table = self._of.fitted.table(lambda each: index_impact(each, rise))
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
        return self._of_model(self._of.interacting_brands.table(lambda each: each.paths))

    def path_differences(self) -> pd.DataFrame:
        """Our path coefficients less the competitor's."""
        brands = self._require_competitor()
        found = self._of.interacting_brands
        return self._of_model(found.table(lambda each: lead(each.paths, **brands), test=True))

    def _of_model(self, table: pd.DataFrame) -> pd.DataFrame:
        paths = set(self._of.fitted_model.paths)
        pairs = zip(table["source"], table["target"], strict=True)
        return table[[pair in paths for pair in pairs]].reset_index(drop=True)

    def _require_competitor(self) -> dict[str, str]:
        if self._of.brands is None:
            raise AbsentError("the study names no competitor", reason="no_competitor")
        return self._of.brands
