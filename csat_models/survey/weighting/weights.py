"""Survey weights that make a sample stand for its population."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import ConvergenceError, DataError
from csat_models.survey.intake.responses import Responses
from csat_models.survey.weighting.effective_size import design_effect, effective_n
from csat_models.survey.weighting.margins import Margin, parse_margins
from csat_models.survey.weighting.numbers import rows_to_weight, weight_numbers
from csat_models.survey.weighting.raking import MarginCells, Raked, rake_rows
from csat_models.survey.weighting.trimming import require_bounds, trim_weights

Array = NDArray[np.float64]
Margins = Mapping[str, Mapping[Any, float]]

# Cycles of trimming and raking; weights still out of bounds after them are reported.
_MAX_CYCLES = 200

# A weight this share of the mean beyond its bound is within it.
_BOUND_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """Weights of n respondents and how they came about.

    Attributes
    ----------
    values : ndarray, shape (n,)
        With mean 1 in every cell of ``by``.
    margins : DataFrame
        One row a cell, margin and level: the columns of ``by``, ``margin``,
        ``level``, ``n_obs``, ``before`` (share with base weights),
        ``target`` and ``after``.
    summary : DataFrame
        One row a cell: the columns of ``by``, ``n_obs``, ``iterations``,
        ``cycles`` of trimming, ``largest_gap`` (relative distance from a
        target), ``design_effect``, ``n_effective``, ``smallest``,
        ``largest``, ``n_trimmed`` and ``n_beyond`` (still out of bounds).
    log : tuple of str
        What was done, as sentences.
    """

    values: Array
    margins: pd.DataFrame
    summary: pd.DataFrame
    log: tuple[str, ...]


def compute_weights(
    data: Responses | pd.DataFrame,
    margins: Margins,
    *,
    by: Sequence[str] = (),
    base: str | None = None,
    trim: tuple[float, float] | None = None,
) -> Weights:
    """Weight respondents to known margins: post-stratification and raking.

    One margin is post-stratification (in one step); several are raked.

    Parameters
    ----------
    data : Responses or DataFrame
        n rows.
    margins : mapping of str to mapping of value to number
        As :func:`~csat_models.survey.weighting.margins.parse_margins`.
    by : sequence of str
        Columns such as the wave or the city: the margins are met within each
        of their combinations. (Margins that differ between cells are one
        margin ``city x sex``.)
    base : str, optional
        Column of positive design weights to start from; by default all are 1.
    trim : (float, float), optional
        Least and largest weight, in multiples of the mean of the cell.
        Trimmed weights are raked again, in turns, until both hold.

    Returns
    -------
    Weights

    Raises
    ------
    DataError
        Margins that cannot be read, a level without respondents, a
        respondent without a level, or base weights that are not positive.
    ConvergenceError
        Margins that contradict the empty combinations of the sample.
    InadmissibleError
        Bounds that do not lie around 1.

    References
    ----------
    Deming & Stephan (1940); Deville, Sarndal & Sautory (1993).

    Examples
    --------
    >>> rows = pd.DataFrame({"sex": ["m", "f", "f", "f"]})
    >>> compute_weights(rows, {"sex": {"m": 50, "f": 50}}).values.round(3).tolist()
    [2.0, 0.667, 0.667, 0.667]
    """
    frame, source = rows_to_weight(data)
    by = (by,) if isinstance(by, str) else by
    parsed = parse_margins(margins)
    if trim is not None:
        _require_trim(trim)
    start = base_weights(frame, base, source)
    cells = list(cells_within(frame, by, source))
    parts = [
        _weight_cell(frame.iloc[rows], start[rows], parsed, trim, where) for where, rows in cells
    ]
    values = np.empty(len(frame))
    for (_, rows), part in zip(cells, parts, strict=True):
        values[rows] = part.values
    keys = [dict(zip(by, key, strict=True)) for key in _keys(frame, by)]
    return Weights(
        values=values,
        margins=_stack([part.margins for part in parts], keys),
        summary=_stack([part.summary for part in parts], keys),
        log=tuple(sentence for part in parts for sentence in part.log),
    )


def with_weights(responses: Responses, weights: Weights, column: str | None = None) -> Responses:
    """Put weights into responses, and say so in the log.

    Parameters
    ----------
    responses : Responses
        n rows.
    weights : Weights
        Of the same rows.
    column : str, optional
        Where they go and what the codebook calls its weight afterwards: by
        default the codebook's own column, else ``weight``.
    """
    name = column or responses.codebook.weight or "weight"
    return replace(
        responses,
        frame=responses.frame.assign(**{name: weights.values}),
        codebook=responses.codebook.model_copy(update={"weight": name}),
        log=(*responses.log, *weights.log),
    )


def base_weights(frame: pd.DataFrame, column: str | None, source: str) -> Array:
    """Weights to start from, shape (n,): a column, or all 1.

    Raises
    ------
    DataError
        No rows, no such column, or a weight that is not positive.
    """
    if not len(frame):
        raise DataError(f"{source} has no rows to weight", source=source)
    if column is None:
        return np.ones(len(frame))
    if column not in frame.columns:
        raise DataError(
            f"{source}: there is no column '{column}' of base weights; correct its name",
            column=column,
        )
    values = weight_numbers(frame, column, source)
    bad = ~(np.isfinite(values) & (values > 0))
    if bad.any():
        raise DataError(
            f"{source}: the base weight '{column}' is not positive in {bad.sum()} rows, first "
            f"in row {np.flatnonzero(bad)[0] + 1}; correct it or leave these rows out",
            column=column,
            n_rows=int(bad.sum()),
        )
    return values


def _require_trim(trim: object) -> None:
    if isinstance(trim, str) or not isinstance(trim, Sequence) or len(trim) != 2:  # noqa: PLR2004
        raise DataError(
            f"trim={trim!r} is no pair of bounds; write the least and the largest weight in "
            "multiples of the mean, as (0.2, 5)",
            trim=trim,
        )
    require_bounds(*trim)


def _keys(frame: pd.DataFrame, by: Sequence[str]) -> list[tuple[Any, ...]]:
    if not by:
        return [()]
    groups = frame.groupby(list(by), observed=True, sort=True).size().index
    return [key if isinstance(key, tuple) else (key,) for key in groups]


def cells_within(
    frame: pd.DataFrame, by: Sequence[str], source: str
) -> Iterator[tuple[str, NDArray[np.intp]]]:
    """Yield what each combination of `by` is called, and the places of its rows.

    Raises
    ------
    DataError
        A column that is not there, or rows without it.
    """
    if not by:
        yield source, np.arange(len(frame))
        return
    absent = [name for name in by if name not in frame.columns]
    blank = [name for name in by if name in frame.columns and frame[name].isna().any()]
    if absent or blank:
        fault = f"no column '{absent[0]}'" if absent else f"rows without '{blank[0]}'"
        raise DataError(
            f"{source} has {fault}, within which weights are asked for; correct 'by' or the data",
            columns=(*absent, *blank),
        )
    indices = frame.groupby(list(by), observed=True, sort=True).indices
    for key in _keys(frame, by):
        place = key if len(key) > 1 else key[0]
        name = ", ".join(f"{column} {value}" for column, value in zip(by, key, strict=True))
        yield f"{source}, {name}", np.asarray(indices[place], dtype=np.intp)


def _weight_cell(
    frame: pd.DataFrame,
    base: Array,
    margins: Sequence[Margin],
    trim: tuple[float, float] | None,
    where: str,
) -> Weights:
    cells = MarginCells.of(frame, margins, where)
    weights, raked = rake_rows(base, cells)
    _require_converged(raked, weights, cells, margins, where)
    weights, iterations = weights * len(base), int(raked.iterations)
    cycles, trimmed = 0, np.zeros(len(base), dtype=np.bool_)
    while trim is not None and cycles < _MAX_CYCLES and _beyond(weights, trim).any():
        trimmed |= _beyond(weights, trim)
        weights, raked = rake_rows(trim_weights(weights, *trim), cells)
        weights, cycles = weights * len(base), cycles + 1
        iterations += int(raked.iterations)
    beyond = 0 if trim is None else int(_beyond(weights, trim).sum())
    summary = {
        "n_obs": len(base),
        "iterations": iterations,
        "cycles": cycles,
        "largest_gap": float(raked.gap),
        "design_effect": float(design_effect(weights)),
        "n_effective": float(effective_n(weights)),
        "smallest": weights.min(),
        "largest": weights.max(),
        "n_trimmed": int(trimmed.sum()),
        "n_beyond": beyond,
    }
    return Weights(
        values=weights,
        margins=_margin_table(cells, margins, base, weights),
        summary=pd.DataFrame([summary]),
        log=tuple(_tell(where, margins, summary, trim)),
    )


def _beyond(weights: Array, trim: tuple[float, float]) -> NDArray[np.bool_]:
    low, high = trim[0] - _BOUND_TOLERANCE, trim[1] + _BOUND_TOLERANCE
    return np.asarray((weights < low) | (weights > high))


def _require_converged(
    raked: Raked, weights: Array, cells: MarginCells, margins: Sequence[Margin], where: str
) -> None:
    if raked.converged:
        return
    sums = cells.totals(weights)
    gaps = [
        np.abs(sums @ levels / share - 1.0)
        for levels, share in zip(cells.member, cells.shares, strict=True)
    ]
    worst = int(np.argmax([gap.max() for gap in gaps]))
    level = margins[worst].levels[int(gaps[worst].argmax())]
    raise ConvergenceError(
        f"{where}: raking does not meet the margins in {int(raked.iterations)} iterations; "
        f"{margins[worst].name} {' x '.join(level)} stays {gaps[worst].max():.2%} away, since "
        "combinations of levels that nobody has contradict the margins; merge rare levels",
        margin=margins[worst].name,
        level=level,
        gap=float(gaps[worst].max()),
    )


def _margin_table(
    cells: MarginCells, margins: Sequence[Margin], base: Array, weights: Array
) -> pd.DataFrame:
    parts = []
    for margin, levels in zip(margins, cells.member, strict=True):
        counts, before, after = (
            cells.totals(each) @ levels for each in (np.ones(len(base)), base, weights)
        )
        parts.append(
            pd.DataFrame(
                {
                    "margin": margin.name,
                    "level": [" x ".join(level) for level in margin.levels],
                    "n_obs": counts.round().astype(np.int64),
                    "before": before / before.sum(),
                    "target": margin.shares,
                    "after": after / after.sum(),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _tell(
    where: str,
    margins: Sequence[Margin],
    summary: Mapping[str, Any],
    trim: tuple[float, float] | None,
) -> Iterator[str]:
    names = " and ".join(margin.name for margin in margins)
    yield (
        f"{where}: weighted to {names} in {summary['iterations']} iterations; design effect "
        f"{summary['design_effect']:.3f}, {summary['n_obs']} respondents count as "
        f"{summary['n_effective']:.0f}"
    )
    if summary["n_trimmed"] and trim is not None:
        yield (
            f"{where}: {summary['n_trimmed']} weights trimmed to {trim[0]:g} to {trim[1]:g} times "
            f"the mean and raked again, {summary['cycles']} times"
        )
    if summary["n_beyond"]:
        yield (
            f"{where}: {summary['n_beyond']} weights stay out of these bounds, since the margins "
            "cannot be met within them; widen the bounds or merge rare levels"
        )


def _stack(parts: Sequence[pd.DataFrame], keys: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    labelled = []
    for part, key in zip(parts, keys, strict=True):
        labels = pd.DataFrame({name: [value] * len(part) for name, value in key.items()})
        labelled.append(pd.concat([labels, part], axis=1))
    return pd.concat(labelled, ignore_index=True)
