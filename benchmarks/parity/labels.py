"""How single numbers are named, the same in every program.

``IMAG1`` for an item, ``Image`` for a construct, ``Image -> Value`` for a path
or an effect, ``Image ~~ Value`` for a pair (in model order), ``3: Image`` for
the score of the third row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

Values = dict[str, float]
PARTS = re.compile(r" -> | ~~ |: | = ")


def arrow(*constructs: str) -> str:
    """Name a path or a route."""
    return " -> ".join(constructs)


def pair(one: str, other: str) -> str:
    """Name an unordered pair."""
    return f"{one} ~~ {other}"


def row(number: int, construct: str) -> str:
    """Name a score; rows count from 1."""
    return f"{number}: {construct}"


def without(values: Mapping[str, float], names: Iterable[str]) -> Values:
    """Leave out every number that one of the names is a part of, or is."""
    left_out = set(names)
    return {
        label: value
        for label, value in values.items()
        if label not in left_out and not left_out.intersection(PARTS.split(label))
    }


def reachable(paths: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the pairs with a directed way from the first to the second."""
    steps = list(paths)
    found = dict.fromkeys(steps)
    grown = True
    while grown:
        new = [(a, d) for a, b in found for c, d in steps if b == c and (a, d) not in found]
        found |= dict.fromkeys(new)
        grown = bool(new)
    return list(found)


def pairs(names: Sequence[str], table: pd.DataFrame) -> Values:
    """Take the upper triangle of a square table, in the order of the names."""
    return {
        pair(one, other): float(table.at[one, other])
        for place, one in enumerate(names)
        for other in names[place + 1 :]
    }
