"""The section on what to improve first."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from csat_models.analysis import (
    bottleneck_table,
    combined_map,
    index_scores,
    necessity,
    priority_map,
)
from csat_models.analysis.combined_map import DESIRED
from csat_models.analysis.priorities import Level, ancestors
from csat_models.workflow.computing.computation import Computation
from csat_models.workflow.results.privacy import blank_small

PERMUTATIONS = 1000


class PriorityResults:
    """Importance, performance and necessary conditions in the wave.

    Parameters
    ----------
    computation : Computation
        Of the study.
    """

    def __init__(self, computation: Computation) -> None:
        self._of = computation

    def constructs(self, target: str) -> pd.DataFrame:
        """Map importance for `target` and performance of the constructs that act on it.

        Returns
        -------
        DataFrame
            See :func:`~csat_models.analysis.priority_map`; constructs without a
            reported index are left out.
        """
        return self._map(target, "construct")

    def items(self, target: str) -> pd.DataFrame:
        """Map importance for `target` and performance of the items of what acts on it."""
        return self._map(target, "item")

    def necessity(self, target: str) -> pd.DataFrame:
        """Test the constructs that act on `target` as its necessary conditions.

        Returns
        -------
        DataFrame
            See :func:`~csat_models.analysis.necessity`.
        """
        return necessity(
            self._scores(),
            target,
            conditions=self._acting(target),
            n_permutations=PERMUTATIONS,
            seed=self._of.params.bootstrap.seed,
        )

    def bottlenecks(self, target: str) -> pd.DataFrame:
        """Levels of the conditions that each level of `target` needs."""
        return bottleneck_table(self._scores(), target, conditions=self._acting(target))

    def combined(
        self,
        constructs: pd.DataFrame,
        conditions: pd.DataFrame,
        target: str,
        *,
        desired: float = DESIRED,
    ) -> pd.DataFrame:
        """Put importance, performance and necessity of the constructs together.

        Parameters
        ----------
        constructs, conditions : DataFrame
            Of :meth:`constructs` and of :meth:`necessity`, for `target`.
        target : str
        desired : float
            The index of `target` that is wanted.

        Returns
        -------
        DataFrame
            See :func:`~csat_models.analysis.combined_map`; fewer respondents than the params
            allow are blank.
        """
        table = combined_map(constructs, conditions, self._scores(), target, desired=desired)
        least = self._of.params.privacy.min_n
        shown = blank_small(table, "n_below", ["share_below"], min_n=least, within=["construct"])
        return shown.assign(desired=desired)

    def _map(self, target: str, members: Level) -> pd.DataFrame:
        point, reported = self._of.estimates, self._of.index_constructs
        skipped = [c for c in point.model.constructs if c.name not in reported]
        names = (
            [c.name for c in skipped]
            if members == "construct"
            else [item for c in skipped for item in c.items]
        )
        table = priority_map(
            point, self._of.draws, target, members=members, level=self._of.level, leave_out=names
        )
        return table[table["quadrant"] != ""].reset_index(drop=True)

    def _acting(self, target: str) -> list[str]:
        reported = self._of.index_constructs
        return [name for name in ancestors(self._of.estimates, target) if name in reported]

    def _scores(self) -> xr.DataArray:
        return index_scores(
            self._of.estimates, self._of.wave.responses, missing=self._of.params.estimation.missing
        )
