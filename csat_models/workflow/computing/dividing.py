"""Respondents divided by an attribute: who is in which group, and which groups are too small."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from csat_models.survey import Responses
from csat_models.workflow.computing.answers import Answers
from csat_models.workflow.computing.computation import Computation
from csat_models.workflow.computing.waves import Wave
from csat_models.workflow.digests import digest, library_digest

THIRDS = 3
FEWEST = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Division:
    """Respondents in groups.

    Attributes
    ----------
    column : str
        The attribute.
    groups : Series of str
        Label of each row's group; missing where it has none, or one left out.
    sizes : DataFrame
        ``attribute``, ``value`` in order, ``n_obs`` and ``status``: ``used``,
        ``small`` (fewer than `least`) or ``constant`` (all answers to an item alike).
    least : int
        Respondents that a group needs.
    """

    column: str
    groups: pd.Series[str]
    sizes: pd.DataFrame
    least: int

    @property
    def used(self) -> list[str]:
        """Labels of the groups that are compared."""
        return self.sizes.loc[self.sizes["status"] == "used", "value"].to_list()


def divide(of: Computation, column: str) -> Division:
    """Divide a wave's respondents by an attribute of the codebook.

    A category has its values as groups, a number thirds of the respondents (fewer where
    many share a value). A group needs the smallest number of respondents that a cell of
    the study may have, and more of them than the model has items.

    Parameters
    ----------
    of : Computation
    column : str
        A key of the params' ``groups``.
    """
    responses = of.wave.responses
    attribute = responses.codebook.attributes[column]
    values = responses.frame[column]
    groups = _thirds(values) if attribute.kind == "number" else values.astype(object)
    listed = list(attribute.labels) or sorted(groups.dropna().unique())
    if attribute.kind == "number":
        listed = _in_order(values, groups)
    least = max(of.params.data.min_cell, of.params.privacy.min_n, len(of.model.items) + 1)
    items = responses.frame[list(of.model.items)]
    rows = [
        {"attribute": column, "value": value, "n_obs": int((groups == value).sum())}
        | {"status": _status(items[groups == value], least)}
        for value in listed
        if (groups == value).any()
    ]
    sizes = pd.DataFrame(rows, columns=["attribute", "value", "n_obs", "status"])
    used = sizes.loc[sizes["status"] == "used", "value"]
    return Division(column=column, groups=groups.where(groups.isin(used)), sizes=sizes, least=least)


def _status(items: pd.DataFrame, least: int) -> str:
    if len(items) < least:
        return "small"
    return "constant" if (items.nunique() < FEWEST).any() else "used"


def _thirds(values: pd.Series[float]) -> pd.Series[str]:
    """Name the third of each number by its ends, such as ``"18-34"``."""
    parts = pd.qcut(values, THIRDS, labels=False, duplicates="drop")
    ends = values.groupby(parts).agg(["min", "max"])
    names = {
        part: f"{low:g}" if low == high else f"{low:g}–{high:g}"
        for part, low, high in ends.itertuples()
    }
    return parts.map(names).astype(object)


def _in_order(values: pd.Series[float], groups: pd.Series[str]) -> list[str]:
    return [str(name) for name in values.groupby(groups).min().sort_values().index]


class DividedWave(Wave):
    """A wave whose cells are the groups of a division.

    Its draws are those of the wave: the same persons have the same counts.

    Parameters
    ----------
    of : Computation
    division : Division
    """

    def __init__(self, of: Computation, division: Division) -> None:
        column = division.column
        how = replace(of.wave.resampling, by=(column,), brands=(column, "", ""), model=of.model)
        super().__init__(of.params, of.project, how)
        self._whole = of.wave
        self._division = division

    @cached_property
    def answers(self) -> Answers:
        """The wave's answers."""
        return self._whole.answers

    @cached_property
    def responses(self) -> Responses:
        """The wave's responses, with the groups in the attribute's column."""
        whole = self._whole.responses
        groups = pd.Categorical(self._division.groups, self._division.used)
        return replace(whole, frame=whole.frame.assign(**{self._division.column: groups}))

    @cached_property
    def draws_key(self) -> str:
        """Hash of everything that a draw depends on."""
        parts = [self._whole.draws_key, self._division.column, self._division.used]
        return digest(parts, library_digest("workflow"))

    def check(self) -> None:
        """Refuse what cannot be analysed: as the whole wave."""
        self._whole.check()
