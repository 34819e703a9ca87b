"""With and without flagged rows side by side: index, leads, path coefficients."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import pandas as pd

from csat_models.errors import AbsentError, DataError
from csat_models.estimation import interval, tidy
from csat_models.survey import flag_rates
from csat_models.workflow.computing.computation import Computation
from csat_models.workflow.results.index import IndexResults
from csat_models.workflow.results.privacy import blank_small, hidden_groups
from csat_models.workflow.results.structure import StructureResults


class FlaggedResults:
    """What flagged rows do to the results, which of the two the params chose.

    Parameters
    ----------
    computation : Computation
        Of the study.
    """

    def __init__(self, computation: Computation) -> None:
        self._of = computation

    def rates(self) -> pd.DataFrame:
        """Share of flagged rows by unit; units with fewer rows than are shown are blank.

        Raises
        ------
        AbsentError
            The study has no units, or no row is flagged.
        """
        if self._of.unit is None:
            raise AbsentError("the study has no column of units", reason="no_unit")
        self._require_flagged()
        table = flag_rates(
            self._of.wave.answers.everyone, self._of.wave.answers.flags, [self._of.unit]
        )
        table = table[table["flag"] == "flagged"].drop(columns="flag").reset_index(drop=True)
        values, least = ["n_flagged", "share"], self._of.params.privacy.min_n
        also = table[self._of.unit].isin(hidden_groups(self._of, self._of.unit))
        return blank_small(table, "n_obs", values, min_n=least, also=also)

    def index(self, construct: str) -> pd.DataFrame:
        """Index of the brands with all rows, and without flagged rows.

        Returns
        -------
        DataFrame
            The column of brands, if any; ``n_all``, ``all``, ``all_lower``,
            ``all_upper``, the same with ``unflagged``, and ``difference``
            (unflagged less all).

        Raises
        ------
        AbsentError
            No row is flagged, or too few rows are without a flag.
        """
        self._require_flagged()
        self._of.model.construct(construct)
        parts = {rows: self._index_of(rows, construct) for rows in ("all", "unflagged")}
        by = [self._of.brands["over"]] if self._of.brands else []
        both = pd.concat([part.set_index(by) if by else part for part in parts.values()], axis=1)
        table = both.assign(difference=both["unflagged"] - both["all"])
        return table.reset_index() if by else table

    def leads(self, construct: str) -> pd.DataFrame:
        """Lead over the competitor with all rows, and without flagged rows.

        Returns
        -------
        DataFrame
            The column of units if any, missing in the first row, of all units;
            ``all``, ``all_lower``, ``all_upper``, the same with
            ``unflagged``, and ``difference``.

        Raises
        ------
        AbsentError
            As of :meth:`index`, or the study names no competitor.
        """

        def both(there: Computation) -> pd.DataFrame:
            results = IndexResults(there)
            whole = results.overall_lead(construct)
            if there.unit is None:
                return whole.assign(place="")
            return pd.concat([whole, results.leads_by_unit(construct)], ignore_index=True)

        self._of.model.construct(construct)
        return self._compared(both, [self._of.unit or "place"])

    def paths(self) -> pd.DataFrame:
        """Path coefficients with all rows, and without flagged rows.

        Returns
        -------
        DataFrame
            ``source``, ``target``, then as :meth:`leads`.

        Raises
        ------
        AbsentError
            As of :meth:`index`.
        """
        return self._compared(lambda there: StructureResults(there).paths(), ["source", "target"])

    def _compared(
        self, ask: Callable[[Computation], pd.DataFrame], keys: list[str]
    ) -> pd.DataFrame:
        """Put estimates with all rows and without flagged ones side by side."""
        self._require_flagged()
        parts = []
        for rows in ("all", "unflagged"):
            try:
                table = ask(self._with_rows(rows))
            except DataError as error:
                raise AbsentError(str(error), reason="too_few_unflagged") from None
            named = {"estimate": rows, "lower": f"{rows}_lower", "upper": f"{rows}_upper"}
            parts.append(table.rename(columns=named)[[*keys, *named.values()]])
        both = parts[0].merge(parts[1], on=keys, how="left")
        return both.assign(difference=both["unflagged"] - both["all"])

    def _with_rows(self, rows: str) -> Computation:
        """Return the study as it would be if `rows` counted."""
        return self._of if self._of.params.screening.rows == rows else self._other

    @cached_property
    def _other(self) -> Computation:
        """The study with the rows that the params did not choose."""
        of, screening = self._of, self._of.params.screening
        rows = "all" if screening.rows == "unflagged" else "unflagged"
        other = screening.model_copy(update={"rows": rows})
        return Computation(of.params.model_copy(update={"screening": other}), of.project, beside=of)

    def _index_of(self, rows: str, construct: str) -> pd.DataFrame:
        """Index of the brands if `rows` counted, with the same weights otherwise."""
        there = self._with_rows(rows)
        try:
            found = there.index.brands.sel(year=there.wave.label, construct=construct)
        except DataError as error:
            raise AbsentError(str(error), reason="too_few_unflagged") from None
        table = tidy(interval(found.draws, point=found.point, level=self._of.level))
        sizes = there.wave.brands.n_obs.to_series() if self._of.brands else None
        by = [self._of.brands["over"]] if self._of.brands else []
        n_obs = len(there.wave.responses.frame) if sizes is None else table[by[0]].map(sizes)
        named = {"estimate": rows, "lower": f"{rows}_lower", "upper": f"{rows}_upper"}
        shown = table.assign(**{f"n_{rows}": n_obs}).rename(columns=named)
        return shown[[*by, f"n_{rows}", *named.values()]]

    def _require_flagged(self) -> None:
        if not self._of.wave.answers.flags.flagged.any():
            raise AbsentError("no row is flagged", reason="no_flag")
