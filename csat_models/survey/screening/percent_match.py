"""The percent match: how many answers two interviews have in common.

References
----------
Kuriakose & Robbins (2016), Don't get duped: fraud through duplication in public
opinion surveys, Statistical J. IAOS 32:283-291.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.survey.responses import Responses
from csat_models.survey.screening.answers import LEAST_ANSWERED, scores_of

Codes = NDArray[np.signedinteger[Any]]

# Scales with more answers than these are compared item by item.
_INDICATORS = 32

_BLANK = -1


def answer_codes(responses: Responses, items: Sequence[str]) -> Codes:
    """Answers as small whole numbers, shape (n, K), -1 where there is none."""
    codes = np.empty((len(responses.frame), len(items)), dtype=np.int16)
    for k, name in enumerate(items):
        scores = scores_of(responses, [name], slice(None))[:, 0]
        steps = scores - responses.codebook.items[name].scale[0]
        steps = np.where(np.isnan(steps), _BLANK, steps)
        if (steps != np.floor(steps)).any() or steps.max(initial=0) > np.iinfo(np.int16).max:
            steps = np.where(np.isnan(scores), _BLANK, pd.factorize(scores, sort=True)[0])
        codes[:, k] = steps
    small = codes.max(initial=0) <= np.iinfo(np.int8).max
    return codes.astype(np.int8) if small else codes


def percent_match(codes: Codes, others: Codes | None = None) -> NDArray[np.float32]:
    """Share of equal answers of every pair of rows of a block, or of two blocks.

    Parameters
    ----------
    codes : ndarray of int, shape (..., b, K)
        -1 where there is no answer.
    others : ndarray of int, shape (..., c, K), optional
        By default the block itself.

    Returns
    -------
    ndarray, shape (..., b, c)
        Among the items that both rows answer; missing where these are fewer
        than half of the items, and on the diagonal of a block with itself.

    Examples
    --------
    >>> percent_match(np.array([[1, 2, 3, 4], [1, 2, 3, 9]], dtype=np.int16))[0].tolist()
    [nan, 0.75]
    """
    levels = max(each.max(initial=0) for each in (codes, others) if each is not None) + 1
    signs = _indicators(codes, levels)
    other_signs = signs if others is None else _indicators(others, levels)
    answered = (codes != _BLANK).astype(np.float32)
    other_answered = answered if others is None else (others != _BLANK).astype(np.float32)
    common = answered @ np.swapaxes(other_answered, -1, -2)
    if levels <= _INDICATORS:
        equal = signs @ np.swapaxes(other_signs, -1, -2)
    else:
        equal = _count_equal(codes, codes if others is None else others)
    with np.errstate(invalid="ignore"):
        match: NDArray[np.float32] = np.asarray(equal / common, dtype=np.float32)
    few = common < max(1.0, LEAST_ANSWERED * codes.shape[-1])
    if few.any():
        match[few] = np.nan
    if others is None:
        diagonal = np.arange(codes.shape[-2])
        match[..., diagonal, diagonal] = np.nan
    return match


def _indicators(codes: Codes, levels: int) -> NDArray[np.float32]:
    """One column an item and answer, so that products of rows count equal answers."""
    if levels > _INDICATORS:
        return np.empty(0, dtype=np.float32)
    signs = codes[..., None, :] == np.arange(levels, dtype=codes.dtype)[:, None]
    return np.asarray(signs.reshape(*codes.shape[:-1], -1), dtype=np.float32)


def _count_equal(codes: Codes, others: Codes) -> NDArray[np.float32]:
    equal = np.zeros((*codes.shape[:-1], others.shape[-2]), dtype=np.float32)
    for k in range(codes.shape[-1]):
        answer = np.where(codes[..., k] == _BLANK, codes.dtype.type(_BLANK - 1), codes[..., k])
        equal += answer[..., :, None] == others[..., None, :, k]
    return equal
