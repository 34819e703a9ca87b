"""How often each respondent is drawn: the random part of a bootstrap.

Respondents are resampled in one of two ways:

rows
    Multinomial counts from one random stream; a cell of *n* rows is resampled
    to *n* rows. For data without respondent ids.
persons
    Poisson(1) counts, each person with a random stream of their own, made
    from the seed and the respondent's id. A person who answers in several
    years (or about several brands) has the same counts everywhere, although
    each year is computed and kept by itself: differences between years carry
    the covariance of the returning respondents.

References
----------
Efron (1979), Annals of Statistics 7, 1-26. Hanley and MacGibbon (2006),
Creating non-parametric bootstrap samples using Poisson frequencies, Computer
Methods and Programs in Biomedicine 83, 57-62.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from math import exp, factorial

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.uint8]

# Persons whose random numbers are held at a time.
PERSONS = 1024

# Beyond 11 the distribution function is 1 in single precision.
_POISSON_CDF = np.cumsum([exp(-1.0) / factorial(k) for k in range(11)]).astype(np.float32)


def row_counts(n_rows: int, n_boot: int, generator: np.random.Generator) -> Counts:
    """Draw how often each row is resampled: multinomial, `n_rows` a draw.

    Parameters
    ----------
    n_rows, n_boot : int
    generator : numpy.random.Generator

    Returns
    -------
    array (n_boot, n_rows)

    Examples
    --------
    >>> row_counts(4, 2, np.random.default_rng(1)).sum(axis=1).tolist()
    [4, 4]
    """
    counts = np.zeros((n_boot, n_rows), dtype=np.uint8)
    for draw in range(0, n_boot, 256):
        block = counts[draw : draw + 256]
        picks = generator.integers(0, n_rows, size=block.shape)
        picks += np.arange(len(block))[:, None] * n_rows
        block[:] = np.bincount(picks.ravel(), minlength=block.size).reshape(block.shape)
    return counts


def person_counts(persons: Sequence[str], n_boot: int, seed: int) -> Counts:
    """Draw how often each person is resampled: Poisson(1), keyed by the person.

    Parameters
    ----------
    persons : sequence of str
        Respondent ids; a repeated id has the same counts each time.
    n_boot : int
        Draws; the first draws do not depend on how many there are.
    seed : int

    Returns
    -------
    array (n_boot, n)

    Examples
    --------
    >>> first = person_counts(["ann", "bob"], 50, seed=1)
    >>> later = person_counts(["bob", "eve"], 50, seed=1)
    >>> bool((first[:, 1] == later[:, 0]).all())
    True
    """
    counts = np.empty((len(persons), n_boot), dtype=np.uint8)
    uniform = np.empty((min(PERSONS, len(persons)), n_boot), dtype=np.float32)
    for start in range(0, len(persons), PERSONS):
        block = persons[start : start + PERSONS]
        for row, person in enumerate(block):
            name = hashlib.blake2b(f"{seed}:{person}".encode(), digest_size=16).digest()
            stream = np.random.Generator(np.random.Philox(key=int.from_bytes(name, "big")))
            stream.random(dtype=np.float32, out=uniform[row])
        counts[start : start + len(block)] = _poisson_quantile(uniform[: len(block)])
    return counts.T


def _poisson_quantile(uniform: NDArray[np.float32]) -> Counts:
    counts = np.zeros(uniform.shape, dtype=np.uint8)
    for threshold in _POISSON_CDF:
        counts += uniform > threshold
    return counts
