"""The chapter on the index: level, lead, rank."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from csat_models.analysis import lead, probability_positive, rank_interval, rank_probability
from csat_models.analysis import rank as rank_of
from csat_models.errors import AbsentError
from csat_models.estimation import interval, simultaneous_interval, tidy
from csat_models.workflow.computing.computation import AllIndices, Computation, IndexDraws


class IndexResults:
    """Indices of the wave, for brands and units.

    Parameters
    ----------
    computation : Computation
        Of the study.
    """

    def __init__(self, computation: Computation) -> None:
        self._of = computation

    def levels(self) -> pd.DataFrame:
        """Index of every reported construct, for each brand."""
        return self._table(self._now().brands)

    def ours_by_construct(self) -> pd.DataFrame:
        """Our index of every reported construct."""
        return self._table(self._ours(self._now().brands))

    def overall(self, construct: str) -> pd.DataFrame:
        """One row: our index of `construct`."""
        return self._table(self._ours(self._now().brands), construct)

    def undivided(self, construct: str) -> pd.DataFrame:
        """Return :meth:`overall` of a study without units; no row where there are units."""
        overall = self.overall(construct)
        return overall if self._of.unit is None else overall.iloc[:0]

    def by_unit(self, construct: str) -> pd.DataFrame:
        """Index of `construct` in every unit, for each brand."""
        self._require_unit()
        return self._table(self._now().cells, construct)

    def ours_by_unit(self, construct: str) -> pd.DataFrame:
        """Our index of `construct` in every unit."""
        self._require_unit()
        return self._table(self._ours(self._now().cells), construct)

    def leads(self) -> pd.DataFrame:
        """Lead over the competitor in every construct, with P(lead > 0)."""
        return self._leads(self._now().brands)

    def overall_lead(self, construct: str) -> pd.DataFrame:
        """One row: the lead in `construct`."""
        return self._leads(self._now().brands, construct)

    def leads_by_unit(self, construct: str) -> pd.DataFrame:
        """Lead in `construct` in every unit, with P(lead > 0) and simultaneous intervals."""
        unit = self._require_unit()
        found = self._lead(self._chosen(self._now().cells, construct))
        table = self._leads(self._now().cells, construct)
        return with_simultaneous(table, found, over=unit, level=self._of.level)

    def standing(self, construct: str) -> pd.DataFrame:
        """Level, rank, lead and rank of the lead of every unit.

        Returns
        -------
        DataFrame
            The unit's column; ``level``, ``rank`` and, with a competitor,
            ``rival``, ``lead``, ``lead_rank``, ``lead_probability``; each
            with ``_lower`` and ``_upper`` where it has an interval. Ranks
            have intervals by Mogstad et al. (2024).
        """
        unit = self._require_unit()
        cells = self._now().cells.sel(construct=construct)
        ours = self._ours(cells)
        parts = [self._named(ours, "level"), self._ranks(ours, "rank")]
        if self._of.brands is not None:
            leads = self._lead(cells)
            rival = cells.sel(**{self._of.brands["over"]: self._of.brands["theirs"]}).point
            share = probability_positive(leads.draws).to_dataframe("lead_probability")
            parts += [rival.to_dataframe("rival")[["rival"]], self._named(leads, "lead")]
            parts += [self._ranks(leads, "lead_rank"), share[["lead_probability"]]]
        table = pd.concat(parts, axis=1).rename_axis(unit).reset_index()
        return table.dropna(subset=["level"]).reset_index(drop=True)

    def standings(self, *constructs: str) -> dict[str, pd.DataFrame]:
        """Return :meth:`standing` of several constructs."""
        return {construct: self.standing(construct) for construct in constructs}

    def rank_probability(self, construct: str) -> pd.DataFrame:
        """Share of draws in which each unit has each rank."""
        unit = self._require_unit()
        ours = self._ours(self._now().cells.sel(construct=construct))
        shares = rank_probability(rank_of(ours.draws, over=unit), over=unit)
        table = shares.to_dataframe("probability").reset_index()
        return table[[unit, "rank", "probability"]].dropna().reset_index(drop=True)

    def _now(self) -> AllIndices:
        return self._of.index.sel(year=self._of.wave.label)

    def _ours(self, index: IndexDraws) -> IndexDraws:
        brands = self._of.brands
        return index if brands is None else index.sel(**{brands["over"]: brands["ours"]})

    def _lead(self, index: IndexDraws) -> IndexDraws:
        if self._of.brands is None:
            raise AbsentError("the study names no competitor", reason="no_competitor")
        return IndexDraws(
            point=lead(index.point, **self._of.brands), draws=lead(index.draws, **self._of.brands)
        )

    def _leads(self, index: IndexDraws, construct: str | None = None) -> pd.DataFrame:
        leads = self._lead(self._chosen(index, construct))
        found = interval(leads.draws, point=leads.point, level=self._of.level)
        return tidy(found.assign(probability=probability_positive(leads.draws)))

    def _table(self, index: IndexDraws, construct: str | None = None) -> pd.DataFrame:
        chosen = self._chosen(index, construct)
        return tidy(interval(chosen.draws, point=chosen.point, level=self._of.level))

    def _chosen(self, index: IndexDraws, construct: str | None) -> IndexDraws:
        if construct is None:
            return index.sel(construct=list(self._of.index_constructs))
        self._of.model.construct(construct)
        return index.sel(construct=construct)

    def _named(self, index: IndexDraws, name: str) -> pd.DataFrame:
        found = interval(index.draws, point=index.point, level=self._of.level)
        return _columns(
            found, {"estimate": name, "lower": f"{name}_lower", "upper": f"{name}_upper"}
        )

    def _ranks(self, index: IndexDraws, name: str) -> pd.DataFrame:
        found = rank_interval(
            index.draws, point=index.point, over=self._require_unit(), level=self._of.level
        )
        return _columns(
            found, {"estimate": name, "lower": f"{name}_lower", "upper": f"{name}_upper"}
        )

    def _require_unit(self) -> str:
        if self._of.unit is None:
            raise AbsentError("the study has no column of units", reason="no_unit")
        return self._of.unit


def with_simultaneous(
    table: pd.DataFrame, index: IndexDraws, *, over: str, level: float
) -> pd.DataFrame:
    """Add ends that hold for all of `over` at once: ``simultaneous_lower``, ``_upper``."""
    found = simultaneous_interval(index.draws, point=index.point, over=over, level=level)
    ends = found[["lower", "upper"]].to_dataframe()[["lower", "upper"]]
    return table.join(ends.add_prefix("simultaneous_"), on=over)


def _columns(found: xr.Dataset, names: dict[str, str]) -> pd.DataFrame:
    return found[list(names)].to_dataframe()[list(names)].rename(columns=names)
