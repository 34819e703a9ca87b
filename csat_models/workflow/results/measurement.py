"""The chapter on the quality of the measurement."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from csat_models.assessment import fornell_larcker, htmt, reliability
from csat_models.estimation import draw_ledger, interval
from csat_models.workflow.computing.computation import Computation

STATISTICS = {
    "cronbach_alpha": "alpha",
    "rho_a": "rho_a",
    "composite_reliability": "rho_c",
    "average_variance_extracted": "ave",
}


class MeasurementResults:
    """Loadings, reliability and discriminant validity of the wave.

    Parameters
    ----------
    computation : Computation
        Of the study.
    """

    def __init__(self, computation: Computation) -> None:
        self._of = computation

    def draws(self) -> dict[str, float]:
        """How many draws there are and count, and the Monte-Carlo error that this leaves.

        Returns
        -------
        dict
            ``drawn``, ``converged`` (to an admissible solution) and
            ``monte_carlo_error``, the largest of an end of a path's interval.
        """
        usable = self._of.draws.admissible
        point, draws = self._of.estimates.paths, self._of.draws.paths
        found = interval(draws, point=point, level=self._of.level, monte_carlo_error=True)
        errors = xr.concat([found.lower_error, found.upper_error], dim="end")
        return {
            "drawn": usable.sizes["draw"],
            "converged": int(usable.sum()),
            "monte_carlo_error": float(errors.max()),
        }

    def ledger(self) -> pd.DataFrame:
        """Count what became of the draws: ``what``, ``name``, ``count``."""
        return draw_ledger(self._of.draws, self._of.estimates).table()

    def loadings(self) -> pd.DataFrame:
        """Weights and loadings of the constructs of several items.

        Returns
        -------
        DataFrame
            ``construct``, ``item``, ``weight`` and the loading with its
            interval; a single item has loading 1 by definition.
        """
        point = self._of.estimates
        several = [c for c in point.model.constructs if len(c.items) > 1]
        owner = {item: construct.name for construct in several for item in construct.items}
        items = list(owner)
        table = self._of.fitted.table(lambda each: each.loadings.sel(item=items))
        return table.assign(
            construct=[owner[item] for item in table["item"]],
            weight=point.weights.sel(item=table["item"].to_list()).to_numpy(),
        )

    def reliability(self) -> pd.DataFrame:
        """``construct``, ``statistic`` and its interval; constructs of several items."""
        several = [c.name for c in self._of.model.constructs if len(c.items) > 1]

        def table(name: str) -> pd.DataFrame:
            return self._of.fitted.table(
                lambda each: reliability(each)[name].sel(construct=several)
            )

        tables = [table(name).assign(statistic=short) for name, short in STATISTICS.items()]
        return pd.concat(tables, ignore_index=True)

    def htmt(self) -> pd.DataFrame:
        """One row a pair of constructs; ``upper`` is the one-sided limit."""
        level = 2.0 * self._of.level - 1.0
        table = self._of.fitted.table(htmt, level=level)
        return self._pairs(table, diagonal=False).drop(columns="lower")

    def correlations(self) -> pd.DataFrame:
        """Construct correlations with the root of AVE where both are the same."""
        table = fornell_larcker(self._of.estimates).to_dataframe("estimate").reset_index()
        return self._pairs(table, diagonal=True)

    def _pairs(self, table: pd.DataFrame, *, diagonal: bool) -> pd.DataFrame:
        order = {name: k for k, name in enumerate(self._of.model.construct_names)}
        first, second = table["construct"].map(order), table["construct_2"].map(order)
        keep = first >= second if diagonal else first > second
        return table[keep].reset_index(drop=True)
