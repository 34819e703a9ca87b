"""Random groups of respondents: which part of a sample each of them belongs to.

A part is decided by the position of a row, or by the name of a person, and a
seed; by nothing else. So the order of the answers in a file has no say, a
person with several rows is in one part in every file, cell and year, and a
file read in batches has the parts of the whole file.

References
----------
Steele, Lea and Flood (2014), Fast splittable pseudorandom number generators,
ACM SIGPLAN Notices 49, 453-472, for the scrambling of positions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.estimation.whole_numbers import require_count

Codes = NDArray[np.intp]

# As many as make a bootstrap standard error good to 1.6 %.
PARTS = 2000

# Rows of a cell up to which they are drawn one by one.
MOST_ROWS = 20_000


def divide_rows(positions: Codes, *, parts: int, seed: int) -> Codes:
    """Assign rows to parts by their position in the data.

    Parameters
    ----------
    positions : array (n,)
        Position of each row, over all files or batches together.
    parts : int
    seed : int

    Returns
    -------
    array (n,)
        Numbers from 0 to `parts` - 1.

    Examples
    --------
    >>> sizes = np.bincount(divide_rows(np.arange(10_000), parts=4, seed=1))
    >>> bool((abs(sizes - 2500) < 200).all())
    True
    """
    return (scramble(positions.astype(np.uint64), seed) % np.uint64(parts)).astype(np.intp)


def divide_names(names: Sequence[str], *, parts: int, seed: int) -> Codes:
    """Assign persons, or other units, to parts by their names.

    Parameters
    ----------
    names : sequence of str (n,)
        A repeated name has the same part each time.
    parts : int
    seed : int

    Returns
    -------
    array (n,)

    Examples
    --------
    >>> first = divide_names(["ann", "bob", "ann"], parts=1000, seed=1)
    >>> later = divide_names(["bob"], parts=1000, seed=1)
    >>> bool(first[0] == first[2]), bool(first[1] == later[0])
    (True, True)
    """
    codes, distinct = pd.factorize(np.asarray(names, dtype=object))
    hashed = pd.util.hash_array(np.asarray(distinct, dtype=object), categorize=False)
    numbers = scramble(np.asarray(hashed, dtype=np.uint64), seed) % np.uint64(parts)
    return np.asarray(numbers, dtype=np.intp)[codes]


def scramble(values: NDArray[np.uint64], seed: int) -> NDArray[np.uint64]:
    """Scramble numbers (n,): the splitmix64 generator, keyed by the seed."""
    key = np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]
    state = values * np.uint64(0x9E3779B97F4A7C15) + key
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(state ^ (state >> np.uint64(31)))


def check_parts(parts: int) -> None:
    """Refuse a number of parts from which nothing can be drawn.

    Raises
    ------
    DataError
        Less than two, or no whole number.
    """
    require_count("parts", parts, least=0)
    if parts < 2:  # noqa: PLR2004
        raise DataError(f"parts={parts} are too few to draw from; write about {PARTS}", parts=parts)
