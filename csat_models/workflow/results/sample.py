"""The chapters on the data and on the answers."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from csat_models.analysis.description import (
    answer_shares,
    cell_sizes,
    item_statistics,
    missing_shares,
    sample_profile,
)
from csat_models.errors import AbsentError
from csat_models.estimation import interval, tidy
from csat_models.workflow.computing.computation import Computation
from csat_models.workflow.results.privacy import blank_small, hidden_groups


class SampleResults:
    """Who answered, and what.

    Parameters
    ----------
    computation : Computation
        Of the study.
    """

    def __init__(self, computation: Computation) -> None:
        self._of = computation

    def cells(self) -> pd.DataFrame:
        """Respondents of every cell: units, brands, ``n_obs``, ``n_effective``."""
        return cell_sizes(self._of.wave.responses, self._of.by, self._of.weight)

    def unit_cells(self) -> pd.DataFrame:
        """Return :meth:`cells` of a study with units, small cells blank.

        Raises
        ------
        AbsentError
            The study has no column of units.
        """
        if self._of.unit is None:
            raise AbsentError("the study has no column of units", reason="no_unit")
        least = self._of.params.privacy.min_n
        return blank_small(self.cells(), "n_obs", ["n_effective"], min_n=least, by=self._of.by)

    def profile(self) -> pd.DataFrame:
        """Shares of the respondents' attributes, weighted and unweighted; small groups are blank.

        Raises
        ------
        AbsentError
            The codebook declares no attribute with categories.
        """
        table = sample_profile(self._of.wave.responses, self._of.weight)
        if table.empty:
            raise AbsentError(
                "the codebook declares no attribute with categories", reason="no_attribute"
            )
        values = [name for name in table.columns if name not in ("attribute", "value", "n_obs")]
        least = self._of.params.privacy.min_n
        crossed = [
            value in hidden_groups(self._of, attribute)
            for attribute, value in zip(table["attribute"], table["value"], strict=True)
        ]
        also = pd.Series(crossed, index=table.index)
        return blank_small(table, "n_obs", values, min_n=least, within=["attribute"], also=also)

    def missing(self) -> pd.DataFrame:
        """Share of missing answers of every item of the codebook."""
        responses = self._of.wave.responses
        return missing_shares(responses, list(responses.codebook.items))

    def gaps(self) -> pd.DataFrame:
        """Return :meth:`missing` where there is something to draw.

        Raises
        ------
        AbsentError
            No answer is missing.
        """
        table = self.missing()
        if not table["share"].any():
            raise AbsentError("no answer is missing", reason="no_missing")
        return table

    def items(self) -> pd.DataFrame:
        """Statistics of the model's items on the commonest scale, means with intervals."""
        names = self.common_items()
        table = item_statistics(
            self._of.wave.responses, names, weight=self._of.weight, level=self._of.level
        )
        draws = self._of.wave.whole_draws.mean.sel(item=names)
        point = self._of.wave.whole.mean.sel(item=names)
        means = tidy(interval(draws, point=point, level=self._of.level)).set_index("item")
        # The draws' means are of cells; the table's are of all answers: a hair apart.
        shift = table["mean"].to_numpy() - means.loc[names, "estimate"].to_numpy()
        return table.assign(
            lower=means.loc[names, "lower"].to_numpy() + shift,
            upper=means.loc[names, "upper"].to_numpy() + shift,
        )

    def other_items(self) -> pd.DataFrame:
        """Means of the model's items on other scales: with ``low`` and ``high``, its ends."""
        common, declared = self.common_items(), self._of.wave.codebook.items
        names = [item for item in self._of.model.items if item not in common]
        draws = self._of.wave.whole_draws.mean.sel(item=names)
        point = self._of.wave.whole.mean.sel(item=names)
        table = tidy(interval(draws, point=point, level=self._of.level))
        scales = [declared[item].scale for item in names]
        return table.assign(low=[low for low, _ in scales], high=[high for _, high in scales])

    def item_means(self) -> pd.DataFrame:
        """Means of the model's items by brand, with intervals."""
        names = self.common_items()
        draws = self._of.wave.draws.brands.mean.sel(item=names)
        point = self._of.wave.brands.mean.sel(item=names)
        return tidy(interval(draws, point=point, level=self._of.level))

    def answers(self) -> pd.DataFrame:
        """Share of every answer of the model's items on the commonest scale; small ones blank."""
        table = answer_shares(self._of.wave.responses, self.common_items(), self._of.weight)
        least = self._of.params.privacy.min_n
        return blank_small(table, "n_obs", ["share"], min_n=least, within=["item"])

    def common_items(self) -> list[str]:
        """Model's items on the answer scale that most of them have."""
        declared = self._of.wave.codebook.items
        scales = {item: declared[item].scale for item in self._of.model.items}
        (commonest, _count), *_ = Counter(scales.values()).most_common(1)
        return [item for item, scale in scales.items() if scale == commonest]
