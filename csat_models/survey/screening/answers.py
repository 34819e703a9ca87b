"""The answers that screening looks at: ticks on one scale, and where they lie on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.survey.codebooks.codebook import Codebook
from csat_models.survey.intake.responses import Responses

Array = NDArray[np.float64]

# Rows worked on at a time.
ROW_BLOCK = 65_536

# Answers below this share of the items do not describe how somebody answers.
LEAST_ANSWERED = 0.5


def grid_items(codebook: Codebook) -> tuple[str, ...]:
    """Items that are ticked on the same scale and asked of everybody.

    Parameters
    ----------
    codebook : Codebook

    Returns
    -------
    tuple of str
        Those with the most frequent scale, in the codebook's order, which is
        taken for the questionnaire's.
    """
    asked = {name: item.scale for name, item in codebook.items.items() if item.filter is None}
    if not asked:
        return ()
    scale = Counter(asked.values()).most_common(1)[0][0]
    return tuple(name for name, own in asked.items() if own == scale)


def screened_items(responses: Responses, items: Sequence[str] | None) -> tuple[str, ...]:
    """Items to be screened: those given, else :func:`grid_items`.

    Raises
    ------
    DataError
        An item that the codebook does not have.
    """
    known = responses.codebook.items
    unknown = [name for name in items or () if name not in known]
    if unknown:
        raise DataError(
            f"{responses.source}: the codebook has no item '{unknown[0]}' to be screened; it has "
            f"{', '.join(known)}",
            item=unknown[0],
        )
    return grid_items(responses.codebook) if items is None else tuple(items)


def row_blocks(n_rows: int) -> Iterator[slice]:
    """Slices of rows whose answers are worked on together."""
    for start in range(0, n_rows, ROW_BLOCK):
        yield slice(start, start + ROW_BLOCK)


def scores_of(responses: Responses, items: Sequence[str], rows: slice) -> Array:
    """Scores of some rows, shape (rows, K), NaN where there is no answer."""
    return responses.frame[list(items)].iloc[rows].to_numpy(dtype=np.float64)


def as_ticked(responses: Responses, items: Sequence[str], scores: Array) -> Array:
    """Turn the scores of reversed items back to what was ticked."""
    ticked = scores.copy()
    for k, name in enumerate(items):
        item = responses.codebook.items[name]
        if item.reversed:
            ticked[:, k] = sum(item.scale) - ticked[:, k]
    return ticked


def positions(responses: Responses, items: Sequence[str], scores: Array) -> Array:
    """Where scores lie between the lowest (0) and the highest (1) of their scale."""
    low, high = np.array([responses.codebook.items[name].scale for name in items]).T
    return np.asarray((scores - low) / (high - low))


def column_of(responses: Responses, name: str, role: str) -> pd.Series[str]:
    """Return a column that a flag needs.

    Raises
    ------
    DataError
        It is not there.
    """
    if name not in responses.frame.columns:
        raise DataError(
            f"{responses.source}: there is no column '{name}' of the {role}, which screening "
            "needs; correct its name or leave it out",
            column=name,
            role=role,
        )
    return responses.frame[name]


def label_codes(column: pd.Series[str]) -> tuple[NDArray[np.intp], pd.Index[str]]:
    """Numbers (n,) of a column's labels in their order, -1 where there is none, and the labels.

    Examples
    --------
    >>> label_codes(pd.Series(["b", "", "a", None]))[0].tolist()
    [1, -1, 0, -1]
    """
    code, labels = pd.factorize(column.mask(column.astype("str") == ""), sort=True)
    return np.asarray(code, dtype=np.intp), pd.Index(labels)


def holm(p_values: Array) -> Array:
    """Adjust p-values for their number; missing ones do not count.

    References
    ----------
    Holm (1979), Scandinavian J. Statistics 6:65-70.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, np.nan, 0.03])).round(4).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    flat = p_values.ravel()
    known = np.flatnonzero(~np.isnan(flat))
    order = known[np.argsort(flat[known], kind="stable")]
    factor = len(order) - np.arange(len(order))
    adjusted = np.full(flat.shape, np.nan)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(flat[order] * factor))
    return adjusted.reshape(p_values.shape)
