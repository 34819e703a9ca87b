"""Importance, performance and necessity in one map.

References
----------
Hauff, Richter, Sarstedt and Ringle (2024), Importance and performance in
PLS-SEM and NCA: Introducing the combined importance-performance map analysis
(cIPMA), Journal of Retailing and Consumer Services 78, 103723.
"""

from __future__ import annotations

from math import isfinite
from numbers import Real

import numpy as np
import pandas as pd
import xarray as xr

from csat_models.analysis.ceilings import Ceiling
from csat_models.analysis.necessity import bottleneck_table, complete_pair
from csat_models.errors import DataError

DESIRED = 80.0
"""The level of the outcome that is asked for, on its scale from 0 to 100."""


def combined_map(
    priorities: pd.DataFrame,
    conditions: pd.DataFrame,
    scores: xr.DataArray | pd.DataFrame,
    outcome: str,
    *,
    desired: float = DESIRED,
    ceiling: Ceiling = "ce_fdh",
) -> pd.DataFrame:
    """Tell of each construct what it is worth, how it does, and whether it is indispensable.

    Parameters
    ----------
    priorities : DataFrame
        Of :func:`~csat_models.analysis.priorities.priority_map`, by construct.
    conditions : DataFrame
        Of :func:`~csat_models.analysis.necessity.necessity`, with the same `ceiling`.
    scores : DataArray (row, construct) or DataFrame
        Those that the conditions were tested with.
    outcome : str
        The construct to improve.
    desired : float
        The level of the outcome that is wanted, on the scores' scale.
    ceiling : {"ce_fdh", "cr_fdh"}
        See :func:`~csat_models.analysis.ceilings.effect_size`.

    Returns
    -------
    DataFrame
        The rows and columns of `priorities`; ``effect_size``, ``p_value`` and
        ``necessary`` of `conditions`; ``required``, the bottleneck: the least level at
        which `desired` occurs (minus infinity where it needs none, missing where no level
        seen allows it); ``n_below`` and ``share_below``: respondents below it, and their
        share of those with both scores (missing where ``required`` is).

    Raises
    ------
    DataError
        A map or conditions of something else, a desired level that is no number, or scores as
        in :func:`~csat_models.analysis.necessity.necessity`.

    Examples
    --------
    >>> scores = pd.DataFrame({"A": [20.0, 60, 80, 90], "S": [50.0, 70, 90, 80]})
    >>> seen = pd.DataFrame({"construct": ["A"], "importance": [0.5], "performance": [62.5]})
    >>> tested = pd.DataFrame(
    ...     {"condition": ["A"], "effect_size": [0.3], "p_value": [0.01], "necessary": [True]})
    >>> found = combined_map(seen, tested, scores, "S", desired=75)
    >>> found[["required", "n_below", "share_below"]].iloc[0].tolist()
    [80.0, 2.0, 0.5]
    """
    _require(priorities, ("construct", "importance", "performance"), "priorities", "priority_map")
    needed = ("condition", "effect_size", "p_value", "necessary")
    _require(conditions, needed, "conditions", "necessity")
    _require_level(desired)
    names = [name for name in priorities["construct"] if name in set(conditions["condition"])]
    if len(names) < len(priorities):
        lacking = next(name for name in priorities["construct"] if name not in names)
        raise DataError(
            f"'{lacking}' was not tested as a condition of '{outcome}'; name it in the conditions "
            "of necessity()",
            construct=lacking,
        )
    levels = bottleneck_table(scores, outcome, conditions=names, ceiling=ceiling, levels=[desired])
    below = [_below(scores, name, outcome, float(levels[name].iloc[0])) for name in names]
    tested = conditions[list(needed)].rename(columns={"condition": "construct"})
    table = priorities.merge(tested, on="construct", how="left", validate="one_to_one")
    counts = {key: [each[k] for each in below] for k, key in enumerate(("n_below", "share_below"))}
    return table.assign(required=levels[names].iloc[0].to_numpy(), **counts)


def _below(
    scores: xr.DataArray | pd.DataFrame, name: str, outcome: str, required: float
) -> tuple[float, float]:
    if np.isnan(required):
        return np.nan, np.nan
    reached, _ = complete_pair(scores, name, outcome)
    lower = reached < required - 1e-9 * np.ptp(reached)  # equal scores are sums in another order
    return float(lower.sum()), float(lower.mean())


def _require(table: pd.DataFrame, columns: tuple[str, ...], name: str, source: str) -> None:
    lacking = [column for column in columns if column not in table]
    if lacking:
        raise DataError(
            f"'{name}' has no column '{lacking[0]}'; give what {source}() returns of constructs",
            column=lacking[0],
        )


def _require_level(desired: object) -> None:
    if isinstance(desired, bool) or not isinstance(desired, Real) or not isfinite(desired):
        raise DataError(
            f"desired={desired!r} is no level; write a number, such as {DESIRED:g}", desired=desired
        )
