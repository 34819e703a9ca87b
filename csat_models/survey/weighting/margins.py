"""What is known of the population: margins that weights are to reproduce.

A margin is written under the name of its column, a crossing of columns with
`` x `` between them, with one share or total a level::

    city: {linjiang: 0.2, anlan: 0.8}
    sex x area: {m x urban: 30, m x rural: 20, f x urban: 30, f x rural: 20}
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.survey.formats.table import as_text

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

CROSS = " x "

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """Shares of the levels of a column, or of a crossing of columns.

    Attributes
    ----------
    columns : tuple of str
    levels : tuple of tuple of str
        One value a column.
    shares : tuple of float
        Of the population; positive, they add up to 1.
    """

    columns: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    shares: tuple[float, ...]

    @property
    def name(self) -> str:
        """The columns, joined by `` x ``."""
        return CROSS.join(self.columns)

    def codes(self, frame: pd.DataFrame, source: str = "the data") -> Codes:
        """Return the number of each row's level, shape (n,).

        Parameters
        ----------
        frame : DataFrame
            n rows.
        source : str
            What messages call it.

        Raises
        ------
        DataError
            A column that is not there, rows without a value, a value that the
            margin does not have, or a level that nobody has.
        """
        keys = [level_texts(frame, column, self.name, source) for column in self.columns]
        known = pd.MultiIndex.from_tuples(self.levels)
        codes = np.asarray(known.get_indexer(pd.MultiIndex.from_arrays(keys)), dtype=np.intp)
        self._require_levels(codes, keys, source)
        return codes

    def _require_levels(self, codes: Codes, keys: Sequence[pd.Series[str]], source: str) -> None:
        strange = codes < 0
        if strange.any():
            place = int(np.flatnonzero(strange)[0])
            value = CROSS.join(str(key.iloc[place]) for key in keys)
            raise DataError(
                f"{source}: {strange.sum()} rows have a '{self.name}' that the margin does not "
                f"have, such as '{value}'; it has {_show(self.levels)}; add the level to the "
                "margin or leave these rows out",
                margin=self.name,
                value=value,
            )
        counts = np.bincount(codes, minlength=len(self.levels))
        empty = [level for level, n in zip(self.levels, counts, strict=True) if n == 0]
        if empty:
            raise DataError(
                f"{source}: nobody stands for {self.name} {_show(empty)}, so no weight can give "
                "these levels their share; merge them with others in the margin and in the data",
                margin=self.name,
                levels=tuple(empty),
            )


def parse_margins(text: Mapping[str, Mapping[Any, float]]) -> tuple[Margin, ...]:
    """Read margins.

    Parameters
    ----------
    text : mapping of str to mapping of value to number
        Column, or columns joined by `` x ``, to the share or the total of
        each level. Only shares within a margin count: each is scaled to 1.

    Raises
    ------
    DataError
        No margin, a margin without levels, a level with another number of
        values than there are columns, or a share that is not positive.

    Examples
    --------
    >>> margin, = parse_margins({"sex x area": {"m x urban": 3, "f x urban": 1}})
    >>> margin.columns, margin.levels, margin.shares
    (('sex', 'area'), (('m', 'urban'), ('f', 'urban')), (0.75, 0.25))
    """
    if not isinstance(text, Mapping) or not text:
        raise DataError("there is no margin to weight to; write 'margins: {sex: {m: 49, f: 51}}'")
    return tuple(_parse_margin(str(name), levels) for name, levels in text.items())


def _parse_margin(name: str, targets: Mapping[Any, float]) -> Margin:
    columns = tuple(part.strip() for part in name.split(CROSS))
    if not isinstance(targets, Mapping) or not targets:
        raise DataError(f"the margin '{name}' has no levels; give each its share", margin=name)
    levels = [tuple(part.strip() for part in str(key).split(CROSS)) for key in targets]
    for level in levels:
        if len(level) != len(columns):
            raise DataError(
                f"the level '{CROSS.join(level)}' of the margin '{name}' has {len(level)} values "
                f"for {len(columns)} columns; write '{CROSS.join(columns)}' values so",
                margin=name,
            )
    wrong = [key for key, share in targets.items() if not _is_positive(share)]
    if wrong:
        raise DataError(
            f"the share of '{wrong[0]}' in the margin '{name}' is {targets[wrong[0]]!r}; "
            "give a positive number, and leave out what the population does not have",
            margin=name,
            level=str(wrong[0]),
        )
    total = math.fsum(targets.values())
    shares = tuple(float(share) / total for share in targets.values())
    return Margin(columns=columns, levels=tuple(levels), shares=shares)


def _is_positive(share: object) -> bool:
    number = isinstance(share, int | float) and not isinstance(share, bool)
    return number and math.isfinite(share) and share > 0  # type: ignore[arg-type,operator]


def level_texts(frame: pd.DataFrame, column: str, margin: str, source: str) -> pd.Series[str]:
    """Values of a column as text, none missing (whole numbers without decimals).

    Raises
    ------
    DataError
        A column that is not there, or rows without a value.
    """
    if column not in frame.columns:
        raise DataError(
            f"{source}: there is no column '{column}', which the margin '{margin}' names; "
            "correct the margin or the codebook",
            column=column,
        )
    values = frame[column]
    blank = values.isna().to_numpy()
    if blank.any():
        raise DataError(
            f"{source}: {blank.sum()} rows have no '{column}', which the margin '{margin}' needs; "
            "fill it in or leave these rows out",
            column=column,
            n_rows=int(blank.sum()),
        )
    if pd.api.types.is_numeric_dtype(values):
        return as_text(values)
    return values.astype("str")


def _show(levels: Sequence[tuple[str, ...]]) -> str:
    names = [CROSS.join(level) for level in levels[:_SHOWN]]
    more = f" and {len(levels) - _SHOWN} more" if len(levels) > _SHOWN else ""
    return f"{', '.join(names)}{more}"
