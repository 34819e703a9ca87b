"""The chapter on the field: what came in, what was done to it, what it is worth."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from csat_models.errors import AbsentError
from csat_models.survey import (
    Responses,
    effective_size,
    summarise_violations,
)
from csat_models.survey.weighting.margins import CROSS, Margin, parse_margins
from csat_models.workflow.computing.answers import Answers
from csat_models.workflow.computing.checking import handling_of_waves
from csat_models.workflow.computing.computation import Computation
from csat_models.workflow.results.privacy import blank_small

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

    def sources(self) -> tuple[str, ...]:
        """Return the raw files with their whole hashes, one a line."""
        files = self.files()
        return tuple(
            f"{file}  SHA-256 {sha256}"
            for file, sha256 in zip(files["file"], files["sha256"], strict=True)
        )

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

    def waves(self) -> pd.DataFrame:
        """Return what was made of each wave; see `handling_of_waves`.

        Raises
        ------
        AbsentError
            The study has no earlier wave.
        """
        if len(self._of.waves) < 2:  # noqa: PLR2004 (the last one has sections of its own)
            raise AbsentError("the study has no earlier wave", reason="no_earlier_wave")
        return handling_of_waves(self._of.waves)

    def interviewers(self) -> pd.DataFrame:
        """Interviewers by likeness, top scores and duration, with the funnel's limits.

        Those of too few interviews are blank.

        Raises
        ------
        AbsentError
            No column names the interviewer.
        """
        table = self._table("interviewer", "no_interviewer")
        told = ["interviewer", "n_obs", "reason", "flagged"]
        return self._blank(table, [name for name in table.columns if name not in told])

    def interviewer_variance(self) -> pd.DataFrame:
        """Share of the model's items' variance between interviewers of the same place.

        Raises
        ------
        AbsentError
            No column names the interviewer, or each has a single interview.
        """
        table = self._table("interviewer_icc", "no_interviewer").dropna(subset=["icc"])
        table = table[table["item"].isin(self._of.model.items)]
        if table.empty:
            raise AbsentError("interviewers cannot be told from places", reason="no_interviewer")
        return table.reset_index(drop=True)

    def mode_effects(self) -> pd.DataFrame:
        """Differences of each mode from the others in the model's items, with intervals.

        Those of modes with too few respondents are blank, and so is what would give them away.

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
        shown = shown.assign(lower=shown["estimate"] - half, upper=shown["estimate"] + half)
        values = [name for name in shown.columns if name not in ("item", "mode", "n_obs")]
        return self._blank(shown, values, within=["item"])

    @property
    def mode(self) -> str:
        """Column of the modes."""
        screening = self._of.params.screening
        return screening.mode or self._answers.everyone.codebook.mode or "mode"

    def margins(self) -> pd.DataFrame:
        """Shares of the population and of the respondents, before and after; small ones blank.

        Raises
        ------
        AbsentError
            The params declare no margins.
        """
        declared, weights = self._of.params.weighting, self._answers.weights
        if declared is None or declared.margins is None:
            raise AbsentError("the params declare no margins", reason="no_margins")
        if weights is not None:
            return self._without_small(weights.margins)
        frame, weight = self._of.wave.responses.frame, self._of.weight
        parts = [_compare(frame, margin, weight) for margin in parse_margins(declared.margins)]
        return self._without_small(pd.concat(parts, ignore_index=True))

    def raking(self) -> pd.DataFrame:
        """Return how the weights were found, one row a cell; no row where they were given.

        Returns
        -------
        DataFrame
            ``iterations``, ``largest_gap``, ``n_trimmed``, ``n_beyond``; see
            :class:`~csat_models.survey.weighting.weights.Weights`.
        """
        weights = self._answers.weights
        names = ["iterations", "largest_gap", "n_trimmed", "n_beyond"]
        return pd.DataFrame(columns=names) if weights is None else weights.summary[names]

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
        values = [name for name in whole.columns if name != "n_obs"]
        least = self._of.params.privacy.min_n
        cells = blank_small(cells, "n_obs", values, min_n=least, by=self._of.by)
        return pd.concat([whole, cells], ignore_index=True)[[*self._of.by, *whole.columns]]

    @cached_property
    def _answers(self) -> Answers:
        return self._of.wave.answers

    def _blank(self, table: pd.DataFrame, values: Sequence[str], **how: Any) -> pd.DataFrame:
        return blank_small(table, "n_obs", values, min_n=self._of.params.privacy.min_n, **how)

    def _without_small(self, margins: pd.DataFrame) -> pd.DataFrame:
        """Blank small levels of margins; those of a crossing are a crossed table."""
        cells = list(margins.columns[: list(margins.columns).index("margin")])
        parts = []
        for name, part in margins.groupby("margin", sort=False):
            columns = str(name).split(CROSS)
            levels = part["level"].str.split(CROSS, expand=True, regex=False)
            keys = levels.set_axis([f"{column} level" for column in columns], axis=1)
            blank = blank_small(
                part.join(keys),
                "n_obs",
                ["before", "after"],
                min_n=self._of.params.privacy.min_n,
                by=[*cells, *keys.columns],
            )
            parts.append(blank[part.columns])
        return pd.concat(parts).sort_index()

    def _complete(self, responses: Responses) -> pd.Series[bool]:
        return responses.frame[list(self._of.model.items)].notna().all(axis=1)

    def _table(self, name: str, reason: str) -> pd.DataFrame:
        table = self._answers.flags.tables.get(name)
        if table is None or table.empty:
            raise AbsentError(f"screening has no table '{name}'", reason=reason)
        return table


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
