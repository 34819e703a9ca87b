"""Answers in detail: missing together, by segment, distributed, open."""

from __future__ import annotations

import numpy as np
import pandas as pd

from csat_models.analysis.description import answer_shares, wilson_interval
from csat_models.errors import AbsentError, ConvergenceError, InadmissibleError
from csat_models.survey import (
    Responses,
    little_test,
    missing_by_item,
    missing_by_segment,
    missing_patterns,
    strip_identifiers,
)
from csat_models.survey.missing import LittleTest
from csat_models.workflow.computing.computation import Computation
from csat_models.workflow.results.privacy import blank_small

_EXAMPLES = 8
_LONGEST = 80


class AnswerResults:
    """Patterns of missing answers, distributions, profiles and open answers.

    Parameters
    ----------
    computation : Computation
        Of the study.
    """

    def __init__(self, computation: Computation) -> None:
        self._of = computation

    def gaps_by_unit(self) -> pd.DataFrame:
        """Share of missing answers of the items by unit; small cells are blank.

        Raises
        ------
        AbsentError
            The study has no units, or no answer is missing.
        """
        unit, items = self._require_unit(), self._asked_items()
        table = missing_by_segment(self._responses, [unit], items)
        lacking = table.groupby("item", sort=False)["unanswered"].transform("sum") > 0
        if not lacking.any():
            raise AbsentError("no answer is missing", reason="no_missing")
        table = table[lacking].reset_index(drop=True)
        return self._without_small(table, "asked", ["share", "unanswered"])

    def patterns(self) -> pd.DataFrame:
        """Answers missing together: ``unanswered``, ``n_obs``, ``share``; of rare patterns blank.

        Raises
        ------
        AbsentError
            No answer is missing.
        """
        table = missing_patterns(self._responses, self._asked_items())
        if len(table) == 1 and not table["unanswered"].iloc[0]:
            raise AbsentError("no answer is missing", reason="no_missing")
        unanswered = [", ".join(names) for names in table["unanswered"]]
        shown = table.assign(unanswered=unanswered)[["unanswered", "n_obs", "share"]]
        return blank_small(shown, "n_obs", ["share"], min_n=self._of.params.privacy.min_n)

    def little(self) -> LittleTest:
        """Little's test of the model's items that everybody is asked.

        Raises
        ------
        AbsentError
            No answer is missing, or the items are collinear.
        """
        try:
            found = little_test(self._responses, self._asked_items())
        except (InadmissibleError, ConvergenceError) as error:
            raise AbsentError(str(error), reason="no_little") from None
        if np.isnan(found.p_value):
            raise AbsentError("no answer is missing", reason="no_missing")
        return found

    def filtered(self) -> pd.DataFrame:
        """Questions that not everybody was asked.

        Raises
        ------
        AbsentError
            There are none.
        """
        items = self._responses.codebook.items
        names = [name for name, item in items.items() if item.filter is not None]
        if not names:
            raise AbsentError("everybody was asked everything", reason="no_filter")
        table = missing_by_item(self._responses, names)
        asked = table["answered"] + table["unanswered"]
        filters = [str(items[name].filter) for name in table["item"]]
        return table.assign(asked=asked, filter=filters)

    def distribution(self, items: list[str]) -> pd.DataFrame:
        """Share of every answer with its Wilson interval at the effective sample size.

        Answers of too few respondents are blank, and so is what would give them away.
        """
        table = answer_shares(self._responses, items, self._of.weight)
        size = table["item"].map({item: self._effective(item) for item in items})
        lower, upper = wilson_interval(table["share"], size, self._of.level)
        table = table.assign(lower=lower, upper=upper)
        return self._without_small(table, "n_obs", ["share", "lower", "upper"])

    def item_profile(self, items: list[str]) -> pd.DataFrame:
        """Mean of each item in each unit, of our customers; small cells are blank.

        Returns
        -------
        DataFrame
            The unit's column, ``item``, ``n_obs``, ``mean``, ``difference``
            (from the mean of all units together).

        Raises
        ------
        AbsentError
            The study has no units.
        """
        unit = self._require_unit()
        frame, weights = self._ours()
        rows = []
        for item in items:
            answers = pd.DataFrame({unit: frame[unit], "x": frame[item], "w": weights}).dropna()
            groups = answers.assign(wx=answers["w"] * answers["x"]).groupby(unit, observed=True)
            sums = groups[["w", "wx"]].sum()
            overall = sums["wx"].sum() / sums["w"].sum()
            part = pd.DataFrame({"n_obs": groups.size(), "mean": sums["wx"] / sums["w"]})
            part = part.assign(difference=part["mean"] - overall, item=item)
            rows.append(part.reset_index())
        table = pd.concat(rows, ignore_index=True)[[unit, "item", "n_obs", "mean", "difference"]]
        return self._without_small(table, "n_obs", ["mean", "difference"])

    def open_answers(self) -> pd.DataFrame:
        """Open questions with the number of answers, and of those with personal data.

        Raises
        ------
        AbsentError
            The codebook declares no open question.
        """
        rows = []
        for name in self._open_questions():
            answers, counts = self._stripped(name)
            changed = (answers != self._responses.frame[name].dropna()).sum()
            n_obs, total = len(answers), len(self._responses.frame)
            rows.append(
                {"question": name, "n_obs": n_obs, "share": n_obs / total, "stripped": int(changed)}
                | dict(zip(counts["kind"], counts["n_answers"], strict=True))
            )
        return pd.DataFrame(rows)

    def examples(self) -> pd.DataFrame:
        """Return some open answers without personal data, the most frequent first.

        There is no row where the params do not ask for them.

        Raises
        ------
        AbsentError
            The codebook declares no open question.
        """
        rows: list[dict[str, str]] = []
        if self._of.params.privacy.open_answers != "examples":
            return pd.DataFrame(rows, columns=["question", "text"])
        for name in self._open_questions():
            texts = self._stripped(name)[0].str.slice(0, _LONGEST)
            common = texts.value_counts(sort=True).head(_EXAMPLES)
            rows += [{"question": name, "text": str(text)} for text in common.index]
        return pd.DataFrame(rows, columns=["question", "text"])

    @property
    def _responses(self) -> Responses:
        return self._of.wave.responses

    def _asked_items(self) -> list[str]:
        declared = self._responses.codebook.items
        return [name for name in self._of.model.items if declared[name].filter is None]

    def _require_unit(self) -> str:
        if self._of.unit is None:
            raise AbsentError("the study has no column of units", reason="no_unit")
        return self._of.unit

    def _effective(self, item: str) -> float:
        weights = self._weights()[self._responses.frame[item].notna().to_numpy()]
        return float(weights.sum() ** 2 / (weights**2).sum())

    def _weights(self) -> np.ndarray:
        frame, weight = self._responses.frame, self._of.weight
        return np.ones(len(frame)) if weight is None else frame[weight].to_numpy(np.float64)

    def _ours(self) -> tuple[pd.DataFrame, np.ndarray]:
        frame, brands = self._responses.frame, self._of.brands
        if brands is None:
            return frame, self._weights()
        ours = (frame[brands["over"]].astype(str) == brands["ours"]).to_numpy()
        return frame[ours], self._weights()[ours]

    def _without_small(self, table: pd.DataFrame, size: str, values: list[str]) -> pd.DataFrame:
        """Blank values of small cells, item by item."""
        least = self._of.params.privacy.min_n
        return blank_small(table, size, values, min_n=least, within=["item"])

    def _open_questions(self) -> list[str]:
        params, codebook = self._of.params, self._responses.codebook
        roles = {codebook.unit, codebook.interviewer, codebook.mode, codebook.respondent_id}
        roles |= {params.screening.interviewer, params.screening.mode, *self._of.by}
        roles |= {params.sampling.strata, params.sampling.clusters}
        found = [
            name
            for name, attribute in codebook.attributes.items()
            if attribute.kind == "text" and name not in roles
        ]
        if not found:
            raise AbsentError("the codebook declares no open question", reason="no_open_question")
        return found

    def _stripped(self, name: str) -> tuple[pd.Series[str], pd.DataFrame]:
        return strip_identifiers(self._responses.frame[name].dropna())
