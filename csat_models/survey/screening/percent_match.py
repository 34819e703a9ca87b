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

from csat_models.survey.intake.responses import Responses
from csat_models.survey.screening.answers import LEAST_ANSWERED, scores_of

Codes = NDArray[np.signedinteger[Any]]
Words = NDArray[np.uint32]

# Items that a word of the machine holds a bit of.
_WORD = 32

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
    high = max(each.max(initial=0) for each in (codes, others) if each is not None)
    n_bits = int(high).bit_length()
    mine = _bit_planes(codes, n_bits)
    theirs = mine if others is None else _bit_planes(others, n_bits)
    common, equal = _count(mine, theirs)
    few = common < max(1.0, LEAST_ANSWERED * codes.shape[-1])
    with np.errstate(invalid="ignore"):
        match = np.divide(equal, common, out=equal)
    match[few] = np.nan
    if others is None:
        diagonal = np.arange(codes.shape[-2])
        match[..., diagonal, diagonal] = np.nan
    return match


def _bit_planes(codes: Codes, n_bits: int) -> Words:
    """Answers of 32 items to a word, shape (1 + n_bits, words, ..., b).

    The first plane says which items are answered, each other one holds a bit of the answers.
    """
    n_items = codes.shape[-1]
    planes = np.zeros((1 + n_bits, *codes.shape[:-1], n_items + -n_items % _WORD), dtype=np.bool_)
    planes[0, ..., :n_items] = codes != _BLANK
    for bit in range(n_bits):
        planes[1 + bit, ..., :n_items] = codes & codes.dtype.type(1 << bit)
    packed = np.packbits(planes, axis=-1).view(np.uint32)
    return np.ascontiguousarray(np.moveaxis(packed, -1, 1))


def _count(mine: Words, theirs: Words) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Items that both rows of every pair answer, and those of them answered alike."""
    shape = np.broadcast_shapes(mine.shape[2:-1], theirs.shape[2:-1])
    shape = (*shape, mine.shape[-1], theirs.shape[-1])
    common, equal = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)
    unlike, differ = np.empty(shape, dtype=np.uint32), np.empty(shape, dtype=np.uint32)
    for word in range(mine.shape[1]):
        ours, others = mine[:, word, ..., :, None], theirs[:, word, ..., None, :]
        differ[...] = 0
        for plane in range(1, len(mine)):
            differ |= np.bitwise_xor(ours[plane], others[plane], out=unlike)
        both = np.bitwise_and(ours[0], others[0], out=unlike)
        common += np.bitwise_count(both)
        both &= np.invert(differ, out=differ)
        equal += np.bitwise_count(both)
    return common, equal
