"""Whether a declared answer scale is longer than the one that was asked with."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

# Fewer answers may leave the upper half of a scale unused by chance.
_LEAST = 30


def describe_short_scale(
    answers: NDArray[np.float64], scale: tuple[float, float], labelled: Collection[float] = ()
) -> str | None:
    """Ask whether a scale is shorter than declared.

    Parameters
    ----------
    answers : ndarray, shape (n,)
        As they were given, without missing ones.
    scale : (float, float)
        As declared.
    labelled : collection of float
        Scores that have a label in the file, without missing codes.

    Returns
    -------
    str or None
        A question. Without labels, 30 answers or more must all lie in the
        lower half of the scale; with labels, these must end below the scale,
        and the answers with them.

    Examples
    --------
    >>> describe_short_scale(np.array([1.0, 5.0]), (1, 10), labelled=[1, 2, 3, 4, 5])
    'answers only up to 5, labels end at 5, but the scale is 1 to 10: is it 1 to 5?'
    >>> describe_short_scale(np.array([1.0, 5.0]), (1, 10)) is None
    True
    """
    low, high = scale
    if not len(answers):
        return None
    top, last = float(np.max(answers)), max(labelled, default=high)
    ends = len(labelled) > 1 and low < last < high and top <= last
    if ends:
        told = f"answers only up to {top:g}, labels end at {last:g}"
        return f"{told}, but the scale is {low:g} to {high:g}: is it {low:g} to {last:g}?"
    lower_half = len(answers) >= _LEAST and low < top <= (low + high) / 2
    if not lower_half or high - low <= 1 or len(labelled) > 1:
        return None
    return (
        f"answers only up to {top:g}, but the scale is {low:g} to {high:g}: "
        f"is it {low:g} to {top:g}?"
    )
