"""Stata's missing values .a to .z, as the numbers that Stata itself stores for them."""

from __future__ import annotations

import string

EXTENDED = {
    f".{letter}": float.fromhex(f"0x1.{place:03x}p1023")
    for place, letter in enumerate(string.ascii_lowercase, start=1)
}
"""From ``".a"`` to ``".z"``: larger than any number that Stata takes for an answer."""

RANGE = (EXTENDED[".a"], EXTENDED[".z"])
"""Both ends of them."""

_LETTERS = {number: letter for letter, number in EXTENDED.items()}


def write_code(code: float) -> str:
    """Write a code as a codebook has it.

    Examples
    --------
    >>> write_code(98.0), write_code(EXTENDED[".b"])
    ('98', '.b')
    """
    return _LETTERS.get(code) or f"{code:g}"
