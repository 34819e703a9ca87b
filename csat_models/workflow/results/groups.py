"""The chapter on groups and time: may brands and years be compared, and do they differ."""

from __future__ import annotations

import pandas as pd

from csat_models.assessment.groups import compare_values, distance_table
from csat_models.workflow.computing import permuting
from csat_models.workflow.computing.comparisons import YEAR, Comparisons, in_model_order
from csat_models.workflow.computing.computation import Computation

MARGIN = 0.1


class GroupResults:
    """Invariance and differences of brands and of years.

    Differences of path coefficients, loadings and weights below `MARGIN` (0.1)
    are too small to matter: groups are called equivalent where the interval of
    the difference lies within it.

    Parameters
    ----------
    computation : Computation
        Of the study.
    """

    def __init__(self, computation: Computation) -> None:
        self._of = computation
        self._comparisons = Comparisons(computation)

    def brand_invariance(self) -> pd.DataFrame:
        """Invariance of every composite between brands, in three steps.

        Returns
        -------
        DataFrame
            See :func:`~csat_models.assessment.groups.invariance.micom`, and
            ``n_permutations``.

        Raises
        ------
        AbsentError
            The study names no competitor, or the model has products or
            constructs of higher order.
        """
        count = self._comparisons.n_brand_permutations
        return self._comparisons.brand_invariance().assign(n_permutations=count)

    def year_invariance(self) -> pd.DataFrame:
        """Invariance of every composite between this wave and the wave before.

        Raises
        ------
        AbsentError
            The study has no earlier wave, or the model has products or
            constructs of higher order.
        """
        return self._comparisons.year_invariance().assign(n_permutations=permuting.N_PERMUTATIONS)

    def brand_differences(self) -> pd.DataFrame:
        """Differences of path coefficients between brands, tested by permutation.

        Returns
        -------
        DataFrame
            See :func:`~csat_models.assessment.groups.multigroup.compare_groups`,
            and ``margin``.

        Raises
        ------
        AbsentError
            The study names no competitor.
        """
        paths = self._comparisons.brand_paths()
        table = compare_values(
            paths["point"],
            paths["draws"],
            paths["permuted"],
            over=self._comparisons.brands["over"],
            method="permutation",
            level=self._of.level,
            margin=MARGIN,
        )
        return self._of_model(table)

    def brand_distance(self) -> pd.DataFrame:
        """One row: the test of all paths of all brands at once.

        Returns
        -------
        DataFrame
            See :func:`~csat_models.assessment.groups.distance.distance_test`.
        """
        paths = self._comparisons.brand_paths()
        over = self._comparisons.brands["over"]
        return distance_table(paths["point"], paths["permuted"], over=over)

    def year_differences(self) -> pd.DataFrame:
        """Path coefficients of this wave less those of the wave before.

        The draws are tied by persons, so that the differences carry the
        covariance of who answered in both.

        Raises
        ------
        AbsentError
            The study has no earlier wave.
        """
        return self._of_model(self._compare_years("paths", list(self._comparisons.years[:2])))

    def drift(self, statistic: str) -> pd.DataFrame:
        """Compare loadings or weights with those of the wave before and of the first wave.

        Parameters
        ----------
        statistic : {"loadings", "weights"}
            Of constructs with several items.

        Returns
        -------
        DataFrame
            ``construct``, ``item``, ``group`` (this wave), ``group_2`` (the
            other), ``value`` and ``value_2`` of these, and the columns of
            :meth:`year_differences`.
        """
        now, *others = self._comparisons.years
        tables = [self._compare_years(statistic, [now, other]) for other in others]
        table = pd.concat(tables, ignore_index=True)
        levels = self._comparisons.year_values(statistic)[0].to_series()
        for column, of in (("value", "group"), ("value_2", "group_2")):
            table[column] = [levels[key] for key in zip(table[of], table["item"], strict=True)]
        return self._of_constructs(table)

    def levels(self, statistic: str) -> pd.DataFrame:
        """Show loadings or weights of every wave.

        Parameters
        ----------
        statistic : {"loadings", "weights"}
            Of constructs with several items.

        Returns
        -------
        DataFrame
            ``construct``, ``item``, ``year`` and ``estimate``.
        """
        self._comparisons.years  # noqa: B018 (raises where there is one only)
        values = self._comparisons.year_levels(statistic)
        return self._of_constructs(values.to_dataframe("estimate").reset_index())

    def _compare_years(self, statistic: str, years: list[int]) -> pd.DataFrame:
        point, draws = self._comparisons.year_values(statistic)
        return compare_values(
            point.sel({YEAR: years}),
            draws.sel({YEAR: years}),
            over=YEAR,
            level=self._of.level,
            margin=MARGIN,
        ).assign(margin=MARGIN)

    def _of_model(self, table: pd.DataFrame) -> pd.DataFrame:
        pairs = table[["group", "group_2"]].drop_duplicates().reset_index(drop=True)
        placed = table.merge(pairs.assign(pair=range(len(pairs))))
        ordered = in_model_order(placed, self._of.model, "pair")
        return ordered.drop(columns="pair").assign(margin=MARGIN)

    def _of_constructs(self, table: pd.DataFrame) -> pd.DataFrame:
        several = [c for c in self._of.model.constructs if len(c.items) > 1]
        items = [(c.name, item) for c in several for item in c.items]
        order = pd.DataFrame(items, columns=["construct", "item"]).assign(place=range(len(items)))
        found = table.merge(order, on="item").sort_values("place", kind="stable")
        return found.drop(columns="place").reset_index(drop=True)
