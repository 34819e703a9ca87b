"""Replicate weights, each raked anew, from which the engine makes intervals.

References
----------
Rao, Wu & Yue (1992), Some recent work on resampling methods for complex
surveys, Survey Methodology 18:209-217. Wolter (2007), Introduction to Variance
Estimation, chapters 4 and 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.survey.intake.responses import Responses
from csat_models.survey.weighting.margins import parse_margins
from csat_models.survey.weighting.numbers import rows_to_weight
from csat_models.survey.weighting.raking import MarginCells, rake_rows
from csat_models.survey.weighting.weights import Margins, base_weights, cells_within

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
Kind = Literal["bootstrap", "jackknife"]
Method = Literal["JK1", "JKn", "BRR", "Fay", "bootstrap"]

FEWEST = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """Margins that any number of weights of the same n rows are raked to.

    Attributes
    ----------
    parts : tuple of (ndarray of int, MarginCells)
        Rows within which the margins are met, and their combinations of levels.
    """

    parts: tuple[tuple[Codes, MarginCells], ...]

    @classmethod
    def of(cls, data: Responses | pd.DataFrame, margins: Margins, by: Sequence[str] = ()) -> Self:
        """Find the combinations of levels that n rows have.

        Parameters
        ----------
        data, margins, by
            As in :func:`~csat_models.survey.weighting.weights.compute_weights`.

        Raises
        ------
        DataError
            As there.
        """
        frame, source = rows_to_weight(data)
        parsed = parse_margins(margins)
        cells = cells_within(frame, by, source)
        return cls(
            parts=tuple(
                (rows, MarginCells.of(frame.iloc[rows], parsed, where)) for where, rows in cells
            )
        )

    def rake(self, weights: Array) -> Array:
        """Rake weights (..., n): mean 1 in every part, NaN where a level has no weight left.

        Examples
        --------
        >>> rows = pd.DataFrame({"sex": ["m", "f", "f", "m"]})
        >>> calibration = Calibration.of(rows, {"sex": {"m": 1, "f": 1}})
        >>> calibration.rake(np.array([[1.0, 1, 1, 0], [0, 1, 2, 0]])).round(2).tolist()
        [[2.0, 1.0, 1.0, 0.0], [nan, nan, nan, nan]]
        """
        raked = np.empty(weights.shape)
        for rows, cells in self.parts:
            values, found = rake_rows(weights[..., rows], cells)
            values[~found.converged] = np.nan
            raked[..., rows] = values * len(rows)
        raked[np.isnan(raked).any(axis=-1)] = np.nan
        return raked


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Replicates:
    """R replicate weights of n respondents.

    Attributes
    ----------
    values : ndarray, shape (R, n)
        Each replicate has mean 1 and meets the margins.
    scale : ndarray, shape (R,)
        What each squared difference counts in a variance.
    kind : {"bootstrap", "jackknife", "JK1", "JKn", "BRR", "Fay"}
    n_failed : int
        Replicates left out since a level of a margin was empty in them.
    index : Index, length n
        Labels of the rows.
    """

    values: Array
    scale: Array
    kind: Kind | Method
    n_failed: int
    index: pd.Index

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the replicates, ``replicate_1`` and so on."""
        return tuple(f"replicate_{k + 1}" for k in range(len(self.values)))

    def frame(self) -> pd.DataFrame:
        """Return the weights as columns, with the labels of the rows they were drawn for."""
        return pd.DataFrame(self.values.T, index=self.index, columns=list(self.columns))


def replicate_weights(
    data: Responses | pd.DataFrame,
    margins: Margins,
    *,
    kind: Kind = "bootstrap",
    n_replicates: int = 200,
    seed: int = 0,
    strata: str | None = None,
    clusters: str | None = None,
    base: str | None = None,
    by: Sequence[str] = (),
) -> Replicates:
    r"""Draw replicate weights and rake each of them to the margins.

    Bootstrap: in every stratum :math:`n_h - 1` of the :math:`n_h` sampling
    units are drawn with replacement and each counts :math:`n_h / (n_h - 1)`
    times. Jackknife: every unit is left out in turn, the others of its
    stratum count :math:`n_h / (n_h - 1)` times; where there are more units
    than `n_replicates`, units are first joined at random to about
    `n_replicates` groups, at least two in each stratum. Raking each replicate
    is what carries the gain in precision from known margins into the intervals.

    Parameters
    ----------
    data : Responses or DataFrame
        n rows; memory grows as n times the number of replicates.
    margins : mapping
        As in :func:`~csat_models.survey.weighting.weights.compute_weights`.
    kind : {"bootstrap", "jackknife"}
    n_replicates : int
        Of the bootstrap; the largest number of groups of the jackknife.
    seed : int
        The same seed gives the same replicates.
    strata, clusters : str, optional
        Columns of the sampling design; by default one stratum, and each row
        is a unit.
    base : str, optional
        Column of design weights.
    by : sequence of str
        Columns within whose combinations the margins are met.

    Returns
    -------
    Replicates
        Join ``frame()`` to the answers and hand ``columns`` to
        ``csat.replicate_moments``, ``scale`` to
        ``csat.replicate_standard_error``. The squared differences of the
        replicates left out are taken to be the mean of the others' (of a
        jackknife, of those of the same stratum).

    Raises
    ------
    DataError
        As in ``compute_weights``; another kind; fewer than two replicates; a
        stratum with a single unit; or no replicate (of a stratum) that has
        all levels.

    Examples
    --------
    >>> rows = pd.DataFrame({"sex": ["m", "f", "f", "m"]})
    >>> drawn = replicate_weights(rows, {"sex": {"m": 1, "f": 1}}, kind="jackknife")
    >>> drawn.values.round(2).tolist()[0], drawn.scale.tolist()
    ([0.0, 1.0, 1.0, 2.0], [0.75, 0.75, 0.75, 0.75])
    """
    _require_choices(kind, n_replicates, seed)
    frame, source = rows_to_weight(data)
    calibration = Calibration.of(data, margins, (by,) if isinstance(by, str) else by)
    start = base_weights(frame, base, source)
    rng = np.random.default_rng(seed)
    unit, stratum = _units(frame, strata, clusters)
    if kind == "bootstrap":
        counts = _bootstrap_counts(stratum, n_replicates, rng)
        scale, group = np.full(n_replicates, 1.0 / n_replicates), np.zeros(n_replicates, np.intp)
    else:
        unit, stratum = _grouped(unit, stratum, n_replicates, rng)
        (counts, scale), group = _jackknife_counts(stratum), stratum
    values = calibration.rake(counts[:, unit] * start)
    good = np.isfinite(values).all(axis=1)
    kept = np.bincount(group, good)[group]
    if not kept.all():
        raise DataError(
            f"{source}: in no replicate{'' if strata is None else ' of a stratum'} every level of "
            "the margins has respondents; merge rare levels",
            source=source,
        )
    return Replicates(
        values=values[good],
        scale=(scale * np.bincount(group)[group] / kept)[good],
        kind=kind,
        n_failed=int((~good).sum()),
        index=frame.index,
    )


def _require_choices(kind: str, n_replicates: object, seed: object) -> None:
    if kind not in get_args(Kind):
        raise DataError(f"kind='{kind}' is unknown; write {' or '.join(get_args(Kind))}", kind=kind)
    for name, value, least in (("n_replicates", n_replicates, FEWEST), ("seed", seed, 0)):
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
            raise DataError(
                f"{name}={value!r} cannot be used; write a whole number from {least} upwards",
                argument=name,
            )


def _units(frame: pd.DataFrame, strata: str | None, clusters: str | None) -> tuple[Codes, Codes]:
    """Each row's unit, and each unit's stratum."""
    for name in (strata, clusters):
        if name is not None and (name not in frame.columns or frame[name].isna().any()):
            raise DataError(
                f"the data have no column '{name}' of the sampling design, or rows without it; "
                "correct its name or fill it in",
                column=name,
            )
    one = np.zeros(len(frame), dtype=np.intp)
    stratum = one if strata is None else pd.factorize(frame[strata], sort=True)[0]
    if clusters is None:
        unit = np.arange(len(frame), dtype=np.intp)
    else:
        own = pd.factorize(frame[clusters], sort=True)[0]
        unit = np.unique(stratum * (own.max() + 1) + own, return_inverse=True)[1]
    of_unit = np.asarray(stratum)[np.unique(unit, return_index=True)[1]]
    sizes = np.bincount(of_unit)
    if (sizes[sizes > 0] < FEWEST).any():
        raise DataError(
            "a stratum of the sampling design has a single unit, so its draws would not vary; "
            "merge it with another stratum",
            strata=strata,
        )
    return unit, of_unit


def _bootstrap_counts(stratum: Codes, n_replicates: int, rng: np.random.Generator) -> Array:
    counts = np.empty((n_replicates, len(stratum)))
    for label in np.unique(stratum):
        members = np.flatnonzero(stratum == label)
        size = len(members)
        drawn = rng.multinomial(size - 1, np.full(size, 1.0 / size), size=n_replicates)
        counts[:, members] = drawn * (size / (size - 1.0))
    return counts


def _grouped(
    unit: Codes, stratum: Codes, n_groups: int, rng: np.random.Generator
) -> tuple[Codes, Codes]:
    """Join units at random to groups within their strata, each at least two."""
    if len(stratum) <= n_groups:
        return unit, stratum
    sizes = np.bincount(stratum)
    wanted = np.round(n_groups * sizes / len(stratum)).astype(np.intp)
    groups = np.minimum(sizes, np.maximum(wanted, FEWEST))
    first = np.cumsum(groups) - groups
    group = np.empty(len(stratum), dtype=np.intp)
    for label in np.flatnonzero(sizes):
        members = np.flatnonzero(stratum == label)
        group[members] = first[label] + rng.permutation(len(members)) % groups[label]
    return group[unit], np.repeat(np.arange(len(sizes)), groups)


def _jackknife_counts(stratum: Codes) -> tuple[Array, Array]:
    sizes = np.bincount(stratum)[stratum].astype(np.float64)
    same = stratum[:, None] == stratum
    counts = np.where(same, sizes / (sizes - 1.0), 1.0)
    np.fill_diagonal(counts, 0.0)
    return counts, (sizes - 1.0) / sizes
