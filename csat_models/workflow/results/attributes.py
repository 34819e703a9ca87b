"""Groups that the params name: may they be compared, do they differ, what is their index."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import cached_property

import pandas as pd
import xarray as xr

from csat_models.analysis import satisfaction_index
from csat_models.assessment.groups import compare_values, distance_table
from csat_models.errors import AbsentError
from csat_models.estimation import Estimates, Moments, fit_moments, interval, tidy
from csat_models.estimation.admissibility import drop_inadmissible
from csat_models.workflow.computing.comparisons import in_model_order, require_plain
from csat_models.workflow.computing.computation import Computation
from csat_models.workflow.computing.dividing import DividedWave, Division, divide
from csat_models.workflow.computing.permuting import (
    Rows,
    invariance_of,
    n_permutations,
    permuted_moments,
)
from csat_models.workflow.digests import digest, library_digest
from csat_models.workflow.results.groups import MARGIN

FEWEST = 2


class AttributeResults:
    """Respondents divided by attributes such as sex and age.

    Parameters
    ----------
    computation : Computation
        Of the study.
    """

    def __init__(self, computation: Computation) -> None:
        self._of = computation

    def sizes(self) -> pd.DataFrame:
        """List the groups of every attribute, also of those that are left out.

        Returns
        -------
        DataFrame
            ``attribute``, ``value``, ``n_obs``, ``status`` (``used``, ``small`` or
            ``constant``) and ``least``, the respondents that a group needs.

        Raises
        ------
        AbsentError
            The params name no groups.
        """
        if not self._of.params.groups:
            raise AbsentError("the params name no groups", reason="no_named_groups")
        tables = [each.sizes.assign(least=each.least) for each in self._divisions]
        return pd.concat(tables, ignore_index=True)

    def invariance(self) -> pd.DataFrame:
        """Invariance of every composite between groups, in three steps.

        Returns
        -------
        DataFrame
            See :func:`~csat_models.assessment.groups.invariance.micom`; ``attribute``
            and ``n_permutations``.

        Raises
        ------
        AbsentError
            The params name no groups, all of an attribute's but one are left out, or
            the model has products or constructs of higher order.
        """
        require_plain(self._of.fitted_model)
        return self._each(lambda groups: groups.invariance())

    def differences(self) -> pd.DataFrame:
        """Differences of path coefficients, tested by permutation.

        Returns
        -------
        DataFrame
            See :func:`~csat_models.assessment.groups.multigroup.compare_groups`;
            ``attribute`` and ``margin``. The p-values of an attribute are adjusted
            together.

        Raises
        ------
        AbsentError
            As :meth:`sizes`.
        """
        return self._each(lambda groups: groups.differences())

    def distance(self) -> pd.DataFrame:
        """One row an attribute: the test of all paths of all groups at once."""
        return self._each(lambda groups: groups.distance())

    def index(self) -> pd.DataFrame:
        """Index of every reported construct, for each group, with the study's weights.

        Returns
        -------
        DataFrame
            ``attribute``, ``label`` (a group), ``construct``, ``estimate``, ``lower``, ``upper``.
        """
        return self._each(lambda groups: groups.index())

    @cached_property
    def _divisions(self) -> list[Division]:
        return [divide(self._of, column) for column in self._of.params.groups]

    @cached_property
    def _groups(self) -> list[_Groups]:
        self.sizes()
        found = [_Groups(self._of, each) for each in self._divisions if len(each.used) >= FEWEST]
        if not found:
            raise AbsentError("no named groups are large enough", reason="no_large_groups")
        return found

    def _each(self, table_of: Callable[[_Groups], pd.DataFrame]) -> pd.DataFrame:
        tables = [table_of(each).assign(attribute=each.column) for each in self._groups]
        return pd.concat(tables, ignore_index=True)


class _Groups:
    """The groups of one attribute."""

    def __init__(self, of: Computation, division: Division) -> None:
        self._of = of
        self._wave = DividedWave(of, division)
        self.column = division.column
        self._order = division.used
        self._n_permutations = n_permutations(of, len(self._order))

    def invariance(self) -> pd.DataFrame:
        """Test the three steps."""
        found = self._wave.store.frame(
            f"invariance-{self._key}", lambda: invariance_of(self._of, self._rows, self._permuted)
        )
        return found.assign(n_permutations=self._n_permutations)

    def differences(self) -> pd.DataFrame:
        """Compare the paths of all pairs."""
        kept = self._arrays
        table = compare_values(
            kept["paths"],
            kept["drawn"],
            kept["permuted"],
            over=self.column,
            method="permutation",
            level=self._of.level,
            margin=MARGIN,
        )
        pairs = table[["group", "group_2"]].drop_duplicates().reset_index(drop=True)
        placed = table.merge(pairs.assign(pair=range(len(pairs))))
        return in_model_order(placed, self._of.model, "pair").assign(margin=MARGIN)

    def distance(self) -> pd.DataFrame:
        """Test all paths at once."""
        return distance_table(self._arrays["paths"], self._arrays["permuted"], over=self.column)

    def index(self) -> pd.DataFrame:
        """Return the levels with their intervals."""
        chosen = {"construct": list(self._of.index_constructs)}
        point, drawn = (self._arrays[name].sel(chosen) for name in ("index", "index_drawn"))
        found = tidy(interval(drawn, point=point, level=self._of.level))
        return found.rename(columns={self.column: "label"})

    @cached_property
    def _rows(self) -> Rows:
        within = tuple(name for name in self._of.by if name != self.column)
        frame = self._wave.responses.frame
        return Rows(frame=frame, column=self.column, order=self._order, within=within)

    @cached_property
    def _permuted(self) -> Moments:
        return permuted_moments(self._of, self._rows, self._n_permutations)

    @cached_property
    def _arrays(self) -> dict[str, xr.DataArray]:
        return self._wave.store.arrays(f"groups-{self._key}", self._compare)

    def _compare(self) -> dict[str, xr.DataArray]:
        moments = self._wave.brands, self._wave.draws.brands
        point, drawn = (self._fit(each) for each in moments)
        if self._of.params.index.weights == "own":
            levels = [satisfaction_index(each) for each in (point, drawn)]
        else:
            pairs = zip(self._of.pooled, moments, strict=True)
            levels = [satisfaction_index(weighing, each) for weighing, each in pairs]
        arrays = {
            "paths": point.paths,
            "drawn": drawn.paths,
            "permuted": self._fit(self._permuted).paths,
            "index": levels[0],
            "index_drawn": levels[1],
        }
        return {name: values.sel({self.column: self._order}) for name, values in arrays.items()}

    def _fit(self, moments: Moments) -> Estimates:
        of = self._of
        return drop_inadmissible(
            fit_moments(moments, of.model, of.settings, orientation=of.estimates)
        )

    @cached_property
    def _key(self) -> str:
        of = self._of
        return digest(
            self._wave.draws_key,
            [[wave.draws_key for wave in of.waves], of.params.index.weights],
            [of.model.to_text(), asdict(of.settings), of.level],
            [list(of.by), of.params.sampling.clusters, self._n_permutations],
            library_digest("assessment", "analysis", "workflow"),
        )
