"""The chapter on the field: what came in, what was done to it, what it is worth."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd

from csat_models.errors import AbsentError, DataError
from csat_models.estimation import interval, tidy
from csat_models.survey import (
    Responses,
    compare_flagged,
    effective_size,
    flag_rates,
    summarise_violations,
)
from csat_models.survey.weighting.margins import CROSS, Margin, parse_margins
from csat_models.workflow.answers import Answers
from csat_models.workflow.computation import Computation

_COLUMNS = ["file", "sha256", "n_obs"]


class FieldResults:
    """What the field delivered, and what checks, screening and weights make of it.

    Parameters
    ----------
    computation : Computation
        Of the study.
    """

    def __init__(self, computation: Computation) -> None:
        self._of = computation

    def files(self) -> pd.DataFrame:
        """Raw files of the wave: ``file``, ``sha256``, ``n_obs`` (rows read)."""
        return _files(self._answers.everyone)

    def flow(self) -> pd.DataFrame:
        """Rows from the raw file to those used: ``step``, ``removed``, ``n_obs``."""
        n_read = int(self.files()["n_obs"].sum())
        n_known, n_used = len(self._answers.everyone.frame), len(self._answers.used.frame)
        steps = [("read", 0, n_read), ("known_cells", n_read - n_known, n_known)]
        if self._of.params.screening.rows == "unflagged":
            steps.append(("unflagged", n_known - n_used, n_used))
        complete = int(self._complete(self._answers.used).sum())
        steps += [("used", 0, n_used), ("complete", n_used - complete, complete)]
        return pd.DataFrame(steps, columns=["step", "removed", "n_obs"])

    def violations(self) -> pd.DataFrame:
        """Violations by rule and column; no row where there are none."""
        return summarise_violations(self._answers.violations)

    def n_violations(self) -> int:
        """Return the number of violations."""
        return len(self._answers.violations)

    def flags(self) -> pd.DataFrame:
        """Return flags with the number of rows that each concerns, and all that exclude."""
        counts, flagged = self._answers.flags.counts, self._answers.flags.flagged
        total = {
            "flag": "flagged",
            "n_flagged": int(flagged.sum()),
            "share": flagged.mean(),
            "n_defined": len(flagged),
            "excludes": True,
            "rule": "",
            "source": "",
            "note": "",
        }
        return pd.concat([counts, pd.DataFrame([total])], ignore_index=True)

    def flag_rates(self) -> pd.DataFrame:
        """Share of flagged rows by unit.

        Raises
        ------
        AbsentError
            The study has no units, or no row is flagged.
        """
        if self._of.unit is None:
            raise AbsentError("the study has no column of units", reason="no_unit")
        self._require_flagged()
        table = flag_rates(self._answers.everyone, self._answers.flags, [self._of.unit])
        return table[table["flag"] == "flagged"].reset_index(drop=True)

    def interviewers(self) -> pd.DataFrame:
        """Interviewers by likeness, top scores and duration, with the funnel's limits.

        Raises
        ------
        AbsentError
            No column names the interviewer.
        """
        return self._table("interviewer", "no_interviewer")

    def mode_effects(self) -> pd.DataFrame:
        """Differences of each mode from the others in the model's items, with intervals.

        Raises
        ------
        AbsentError
            No column names the mode, or there is only one.
        """
        from scipy.special import ndtri

        table = self._table("mode_effects", "no_mode").dropna(subset=["difference"])
        table = table[table["item"].isin(self._of.model.items)]
        if table["mode"].nunique() < 2:  # noqa: PLR2004
            raise AbsentError("there is only one mode", reason="no_mode")
        half = table["standard_error"] * float(ndtri(0.5 + self._of.level / 2.0))
        shown = table.rename(columns={"difference": "estimate"}).reset_index(drop=True)
        half = half.reset_index(drop=True)
        return shown.assign(lower=shown["estimate"] - half, upper=shown["estimate"] + half)

    @property
    def mode(self) -> str:
        """Column of the modes."""
        screening = self._of.params.screening
        return screening.mode or self._answers.everyone.codebook.mode or "mode"

    def answers_compared(self) -> pd.DataFrame:
        """Means of the model's items with and without flagged rows.

        Raises
        ------
        AbsentError
            No row is flagged.
        """
        self._require_flagged()
        items = list(self._of.model.items)
        return compare_flagged(self._answers.everyone, self._answers.flags, items)

    def index_compared(self, construct: str) -> pd.DataFrame:
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

    def margins(self) -> pd.DataFrame:
        """Shares of the population and of the respondents, before and after weighting.

        Raises
        ------
        AbsentError
            The params declare no margins.
        """
        declared, weights = self._of.params.weighting, self._answers.weights
        if declared is None:
            raise AbsentError("the params declare no margins", reason="no_margins")
        if weights is not None:
            return weights.margins
        frame, weight = self._of.wave.responses.frame, self._of.weight
        parts = [_compare(frame, margin, weight) for margin in parse_margins(declared.margins)]
        return pd.concat(parts, ignore_index=True)

    def weights(self) -> pd.DataFrame:
        """Effective numbers of respondents: of each cell, and in the first row of all.

        Raises
        ------
        AbsentError
            The study uses no weights.
        """
        weight = self._of.weight
        if weight is None:
            raise AbsentError("the study uses no weights", reason="no_weight")
        whole = effective_size(self._of.wave.responses, weight=weight)
        if not self._of.by:
            return whole
        cells = effective_size(self._of.wave.responses, self._of.by, weight=weight)
        return pd.concat([whole, cells], ignore_index=True)[[*self._of.by, *whole.columns]]

    @cached_property
    def _answers(self) -> Answers:
        return self._of.wave.answers

    def _complete(self, responses: Responses) -> pd.Series[bool]:
        return responses.frame[list(self._of.model.items)].notna().all(axis=1)

    def _table(self, name: str, reason: str) -> pd.DataFrame:
        table = self._answers.flags.tables.get(name)
        if table is None or table.empty:
            raise AbsentError(f"screening has no table '{name}'", reason=reason)
        return table

    def _require_flagged(self) -> None:
        if not self._answers.flags.flagged.any():
            raise AbsentError("no row is flagged", reason="no_flag")

    def _index_of(self, rows: str, construct: str) -> pd.DataFrame:
        """Index of the brands if `rows` counted, with the same weights otherwise."""
        screening = self._of.params.screening
        there = self._of
        if screening.rows != rows:
            other = screening.model_copy(update={"rows": rows})
            params = self._of.params.model_copy(update={"screening": other})
            there = Computation(params, self._of.project)
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


def _compare(frame: pd.DataFrame, margin: Margin, weight: str | None) -> pd.DataFrame:
    """Shares of a margin's levels, without and with weights, beside the population's."""
    code = margin.codes(frame)
    weights = np.ones(len(frame)) if weight is None else frame[weight].to_numpy(np.float64)
    counts = np.bincount(code, minlength=len(margin.levels))
    sums = np.bincount(code, weights, minlength=len(margin.levels))
    return pd.DataFrame(
        {
            "margin": margin.name,
            "level": [CROSS.join(level) for level in margin.levels],
            "n_obs": counts,
            "before": counts / counts.sum(),
            "target": margin.shares,
            "after": sums / sums.sum(),
        }
    )


def _files(responses: Responses) -> pd.DataFrame:
    rows = [(file.source, file.sha256, file.n_rows) for file in responses.files]
    whole = [(responses.source, responses.sha256, len(responses.frame))]
    return pd.DataFrame(rows or whole, columns=_COLUMNS)
