"""Rows with a column of groups, whose labels are permuted as the study's design allows.

Labels move among respondents of the same cells, with whole sampling units and persons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from csat_models.assessment.groups import micom_table
from csat_models.estimation import Moments, compute_moments, permute_groups
from csat_models.workflow.computing.computation import Computation

N_PERMUTATIONS = 1000
TIMES = 30


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """Rows with a column of groups, in the order in which they are compared.

    Attributes
    ----------
    frame : DataFrame
        A row whose group is missing is left out.
    column : str
    order : sequence
        Labels of the groups.
    within : sequence of str
        Columns within whose cells labels move; one that decides the group is left out.
    """

    frame: pd.DataFrame
    column: str
    order: Sequence[Any]
    within: Sequence[str]

    def free(self) -> tuple[str, ...]:
        """Return the columns of `within` in at least one of whose cells groups differ."""
        told = self.frame.dropna(subset=[self.column])
        groups = (told.groupby(name, observed=True)[self.column].nunique() for name in self.within)
        pairs = zip(self.within, groups, strict=True)
        return tuple(name for name, count in pairs if (count > 1).any())


def n_permutations(of: Computation, n_groups: int) -> int:
    """Return so many that one path of all pairs of groups can stand out after adjustment."""
    n_tests = len(of.model.paths) * n_groups * (n_groups - 1) // 2
    return max(N_PERMUTATIONS, TIMES * n_tests)


def permuted_moments(of: Computation, rows: Rows, count: int) -> Moments:
    """Shuffle the labels of the groups: moments (permutation, column, item)."""
    moments = permute_groups(
        rows.frame,
        group=rows.column,
        n_permutations=count,
        seed=of.params.bootstrap.seed,
        within=rows.free(),
        persons=of.wave.codebook.respondent_id,
        clusters=of.params.sampling.clusters,
        **_taking(of),
    )
    return _in_order(moments, rows)


def invariance_of(of: Computation, rows: Rows, permuted: Moments) -> pd.DataFrame:
    """Test the invariance of composites between the groups, in three steps."""
    how = _taking(of)
    told = rows.frame.dropna(subset=[rows.column])
    moments = {
        "whole": compute_moments(told, **how),
        "observed": _in_order(compute_moments(told, by=[rows.column], **how), rows),
        "permuted": permuted,
    }
    return micom_table(moments, of.model, of.settings, group=rows.column, level=of.level)


def _taking(of: Computation) -> dict[str, Any]:
    return {
        "items": of.model.items,
        "missing": of.params.estimation.missing,
        "sampling_weights": of.weight,
    }


def _in_order(moments: Moments, rows: Rows) -> Moments:
    names = ("mean", "cov", "n_obs", "weight_sum", "n_effective")
    order = {rows.column: list(rows.order)}
    return replace(moments, **{name: getattr(moments, name).sel(order) for name in names})
