"""The chapter on the trend: all waves, and the change on last year."""

from __future__ import annotations

import pandas as pd

from csat_models.analysis import change
from csat_models.errors import AbsentError
from csat_models.estimation import interval, tidy
from csat_models.workflow.computing.computation import Computation, IndexDraws
from csat_models.workflow.results.index import with_simultaneous


class TrendResults:
    """Indices of all waves, with common weights unless each unit has its own.

    Parameters
    ----------
    computation : Computation
        Of the study.
    """

    def __init__(self, computation: Computation) -> None:
        self._of = computation

    @property
    def previous(self) -> int:
        """Label of the wave before.

        Raises
        ------
        AbsentError
            The study has no earlier wave.
        """
        self._require_earlier()
        return self._of.waves[-2].label

    def bridges(self) -> pd.DataFrame:
        """List the waves of another questionnaire, and what was done to compare them.

        Returns
        -------
        DataFrame
            ``year``, ``version``, ``renamed`` and ``equated`` (items, as
            lists), ``note_zh`` and ``note_en``; no row where all waves have
            today's questionnaire.
        """
        columns = ["year", "version", "renamed", "equated", "note_zh", "note_en"]
        rows = []
        for wave in self._of.waves:
            name, items = wave.params.data.version, set(wave.codebook.items)
            if name is None:
                continue
            version = wave.codebook.versions[name]
            note = version.note
            rows.append(
                {
                    "year": wave.label,
                    "version": name,
                    "renamed": [item for item in version.columns if item in items],
                    "equated": list(version.scales),
                    "note_zh": note.zh if note else "",
                    "note_en": note.en if note else "",
                }
            )
        return pd.DataFrame(rows, columns=columns)

    def levels(self) -> pd.DataFrame:
        """Index of every year and reported construct, for each brand."""
        self._require_earlier()
        return self._table(self._of.index.brands.sel(construct=list(self._of.index_constructs)))

    def ours(self, construct: str | None = None) -> pd.DataFrame:
        """Our index of every year: of `construct`, or of all reported ones."""
        self._require_earlier()
        chosen = list(self._of.index_constructs) if construct is None else construct
        return self._table(self._ours(self._of.index.brands).sel(construct=chosen))

    def change_of(self, construct: str) -> pd.DataFrame:
        """One row: our change of `construct` on the wave before."""
        return self._table(self._change(self._of.index.brands).sel(construct=construct))

    def changes(self) -> pd.DataFrame:
        """Our change of every reported construct on the wave before."""
        found = self._change(self._of.index.brands)
        return self._table(found.sel(construct=list(self._of.index_constructs)))

    def changes_by_unit(self, construct: str) -> pd.DataFrame:
        """Our change of `construct` in every unit, with both levels.

        Raises
        ------
        AbsentError
            The study has no earlier wave or no units.
        """
        if self._of.unit is None:
            raise AbsentError("the study has no column of units", reason="no_unit")
        cells = self._of.index.cells
        change_of = self._change(cells).sel(construct=construct)
        table = with_simultaneous(
            self._table(change_of), change_of, over=self._of.unit, level=self._of.level
        )
        ours = self._ours(cells).point.sel(construct=construct)
        unit = self._of.unit
        levels = {
            name: table[unit].map(ours.sel(year=year, drop=True).to_series())
            for name, year in (("previous", self.previous), ("current", self._of.wave.label))
        }
        return table.assign(**levels)

    def change_since_first(self, construct: str) -> pd.DataFrame:
        """One row: our change of `construct` since the first wave."""
        self._require_earlier()
        index = self._ours(self._of.index.brands).sel(construct=construct)
        first, last = self._of.waves[0].label, self._of.wave.label
        ends = index.sel(year=last), index.sel(year=first)
        return self._table(
            IndexDraws(point=ends[0].point - ends[1].point, draws=ends[0].draws - ends[1].draws)
        )

    def _change(self, index: IndexDraws) -> IndexDraws:
        self._require_earlier()
        ours = self._ours(index)
        both = IndexDraws(
            point=change(ours.point, over="year"), draws=change(ours.draws, over="year")
        )
        return both.sel(year=self._of.wave.label)

    def _ours(self, index: IndexDraws) -> IndexDraws:
        brands = self._of.brands
        return index if brands is None else index.sel(**{brands["over"]: brands["ours"]})

    def _table(self, index: IndexDraws) -> pd.DataFrame:
        return tidy(interval(index.draws, point=index.point, level=self._of.level))

    def _require_earlier(self) -> None:
        if len(self._of.waves) < 2:  # noqa: PLR2004 (a change needs two waves)
            raise AbsentError("the study has no earlier wave", reason="no_earlier_wave")
