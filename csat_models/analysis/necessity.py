"""Necessary conditions: levels without which an outcome does not occur.

A regression tells what raises the outcome on average; a ceiling tells what the
outcome cannot exceed while a condition is low. Ceilings rest on extreme
answers: they have permutation tests, but no bootstrap intervals, which fail
for extremes.

References
----------
Dul (2016), Necessary condition analysis (NCA): logic and methodology of
"necessary but not sufficient" causality, Organizational Research Methods 19,
10-52. Dul, van der Laan and Kuik (2020), A statistical significance test for
necessary condition analysis, Organizational Research Methods 23, 385-395.
Richter, Schubring, Hauff, Ringle and Sarstedt (2020), When predictors of
outcomes are necessary, Industrial Management & Data Systems 120, 2243-2267.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from csat_models.analysis.ceilings import (
    Array,
    Ceiling,
    CeilingLine,
    effect_size,
    require_ceiling,
)
from csat_models.errors import DataError
from csat_models.estimation.whole_numbers import require_count, require_seed

# Dul (2016): an effect from .1 upwards is of medium size.
MEDIUM = 0.1

_PERMUTED_VALUES = 4_000_000


def necessity(
    scores: xr.DataArray | pd.DataFrame,
    outcome: str,
    *,
    conditions: Sequence[str] | None = None,
    ceiling: Ceiling = "ce_fdh",
    scope: Sequence[float] | None = None,
    n_permutations: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Test whether conditions are necessary for an outcome.

    Parameters
    ----------
    scores : DataArray (row, construct) or DataFrame
        Such as :func:`~csat_models.analysis.scores.index_scores` gives; rows with
        a missing value are left out, condition by condition.
    outcome : str
    conditions : sequence of str, optional
        By default all other columns.
    ceiling, scope
        See :func:`~csat_models.analysis.ceilings.effect_size`.
    n_permutations : int
        Random pairings of condition and outcome.
    seed : int

    Returns
    -------
    DataFrame
        ``condition``, ``effect_size``, ``p_value`` (share of permutations with
        an effect at least as large), ``p_error`` (its Monte-Carlo error),
        ``accuracy`` (share of rows on or below the ceiling), ``n_obs`` and
        ``necessary``: an effect of at least .1 with p under .05.

    Raises
    ------
    DataError
        No such column, or two of one name; text or infinite values; a condition with fewer
        than two values; another ceiling, scope, number of permutations or seed that is none.

    Examples
    --------
    >>> generator = np.random.default_rng(1)
    >>> x = generator.uniform(size=200)
    >>> frame = pd.DataFrame({"x": x, "y": x * generator.uniform(size=200)})
    >>> necessity(frame, "y", n_permutations=99)["necessary"].tolist()
    [True]
    """
    frame = _frame(scores, outcome)
    require_ceiling(ceiling)
    require_count("n_permutations", n_permutations)
    require_seed(seed)
    generator = np.random.default_rng(seed)
    rows = []
    for name in _conditions(frame, outcome, conditions):
        x, y = _pair(frame, name, outcome)
        observed = float(effect_size(x, y, ceiling=ceiling, scope=scope))
        permuted = _permuted_effects(x, y, n_permutations, generator, ceiling=ceiling, scope=scope)
        # Equal areas are summed in another order.
        larger = int((permuted >= observed - 1e-12).sum())
        p = (1 + larger) / (1 + n_permutations)
        rows.append(
            {
                "condition": name,
                "effect_size": observed,
                "p_value": p,
                "p_error": float(np.sqrt(p * (1 - p) / n_permutations)),
                "accuracy": CeilingLine.of(x, y).accuracy(ceiling, x, y),
                "n_obs": len(x),
                "necessary": observed >= MEDIUM and p < 0.05,  # noqa: PLR2004
            }
        )
    return pd.DataFrame(rows)


def _permuted_effects(
    x: Array, y: Array, n_permutations: int, generator: np.random.Generator, **how: Any
) -> Array:
    chunk = max(1, _PERMUTED_VALUES // len(y))
    found = np.empty(n_permutations)
    for start in range(0, n_permutations, chunk):
        block = found[start : start + chunk]
        permuted = generator.permuted(np.broadcast_to(y, (len(block), len(y))), axis=-1)
        block[:] = effect_size(x, permuted, **how)
    return found


def bottleneck_table(
    scores: xr.DataArray | pd.DataFrame,
    outcome: str,
    *,
    conditions: Sequence[str] | None = None,
    ceiling: Ceiling = "ce_fdh",
    levels: Sequence[float] = tuple(range(0, 101, 10)),
) -> pd.DataFrame:
    """Return the level of each condition that a level of the outcome needs.

    Parameters
    ----------
    scores, outcome, conditions, ceiling
        See :func:`necessity`.
    levels : sequence of float
        Levels of the outcome, on its own scale.

    Returns
    -------
    DataFrame
        ``outcome`` and a column for each condition, on its own scale: minus
        infinity where the level needs none of it, missing where no level of
        the condition seen allows it.

    Raises
    ------
    DataError
        As :func:`necessity`, or levels that are no numbers.
    """
    frame = _frame(scores, outcome)
    require_ceiling(ceiling)
    wanted = _numbers(levels, "levels")
    columns = {}
    for name in _conditions(frame, outcome, conditions):
        x, y = _pair(frame, name, outcome)
        needed = CeilingLine.of(x, y).required(ceiling, wanted)
        columns[name] = np.where(needed > x.max(), np.nan, needed)
    return pd.DataFrame({"outcome": wanted, **columns})


def complete_pair(
    scores: xr.DataArray | pd.DataFrame, condition: str, outcome: str
) -> tuple[Array, Array]:
    """Return condition and outcome of the rows that have both, two arrays (rows,)."""
    return _pair(_frame(scores, outcome), condition, outcome)


def _frame(scores: xr.DataArray | pd.DataFrame, outcome: str) -> pd.DataFrame:
    if isinstance(scores, xr.DataArray):
        if set(scores.dims) != {"row", "construct"}:
            raise DataError(
                "scores have the dimensions row and construct here, and these have "
                f"{', '.join(map(str, scores.dims))}; select one element of the others",
                dims=scores.dims,
            )
        values = scores.transpose("row", "construct")
        scores = pd.DataFrame(values.to_numpy(), columns=values["construct"].values)
    if not isinstance(scores, pd.DataFrame):
        raise DataError(
            f"scores are a {type(scores).__name__}, and a DataFrame or DataArray is needed; give "
            "those of index_scores"
        )
    if outcome not in scores.columns:
        raise DataError(f"there is no column '{outcome}' among the scores", column=outcome)
    twice = scores.columns[scores.columns.duplicated()]
    if len(twice):
        raise DataError(
            f"several columns of the scores are called '{twice[0]}'; name them apart",
            column=twice[0],
        )
    return scores


def _conditions(
    frame: pd.DataFrame, outcome: str, conditions: Sequence[str] | None
) -> Sequence[str]:
    if isinstance(conditions, str):
        raise DataError(
            f"conditions='{conditions}' is one name; write a list, as ['{conditions}']",
            conditions=conditions,
        )
    if conditions is None:
        return [name for name in frame.columns if name != outcome]
    return conditions


def _numbers(values: Any, name: str) -> Array:
    try:
        return np.atleast_1d(np.asarray(pd.Series(values), dtype=np.float64))
    except (TypeError, ValueError):
        raise DataError(
            f"{name} must be numbers, and something else is among them; correct it or leave it out",
            name=name,
        ) from None


def _pair(frame: pd.DataFrame, condition: str, outcome: str) -> tuple[Array, Array]:
    if condition not in frame.columns:
        raise DataError(f"there is no column '{condition}' among the scores", column=condition)
    pair = [_numbers(frame[name], f"the column '{name}'") for name in (condition, outcome)]
    both = np.stack(pair, axis=1)
    both = both[~np.isnan(both).any(axis=1)]
    for name, values in zip((condition, outcome), both.T, strict=True):
        if np.isinf(values).any():
            raise DataError(
                f"'{name}' has {int(np.isinf(values).sum())} infinite values; leave these rows out",
                column=name,
            )
        if len(values) == 0 or np.ptp(values) == 0:
            raise DataError(
                f"'{name}' has fewer than two values, so that it has no ceiling; leave it out",
                column=name,
            )
    return both[:, 0], both[:, 1]
