"""Scales and codes as YAML gives them, and as a codebook keeps them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from csat_models.survey.formats.extended import EXTENDED

SCALE_WORDS = {"percent": (0.0, 100.0), "yes/no": (0.0, 1.0)}
"""Scales that have a name instead of two ends."""


def two_ends(value: Any) -> Any:
    """Return a scale as its lowest and highest score.

    Parameters
    ----------
    value : object
        Two numbers, ``"percent"`` (0 to 100) or ``"yes/no"`` (0 and 1).

    Raises
    ------
    ValueError
        Anything else.

    Examples
    --------
    >>> two_ends("percent"), two_ends([1, 5])
    ((0.0, 100.0), [1, 5])
    """
    if isinstance(value, str) and value in SCALE_WORDS:
        return SCALE_WORDS[value]
    right = isinstance(value, list | tuple) and len(value) == 2  # noqa: PLR2004
    numbers = right and all(is_number(end) for end in value)
    if not numbers or not value[0] < value[1]:
        words = " or ".join(f"'{word}'" for word in SCALE_WORDS)
        raise ValueError(f"write the lowest and the highest score, as [1, 10], or {words}")
    return value


def is_number(value: object) -> bool:
    """Tell whether YAML gave a finite number."""
    known = isinstance(value, int | float) and not isinstance(value, bool)
    try:
        return known and math.isfinite(value)  # type: ignore[arg-type]
    except OverflowError:
        return False


Scale = Annotated[tuple[float, float], BeforeValidator(two_ends)]


def code_keys(value: Any) -> Any:
    """Return missing codes as numbers; ``.a`` to ``.z`` are those that Stata stores for them.

    Raises
    ------
    ValueError
        A code that is neither.

    Examples
    --------
    >>> code_keys({98: "dont_know"}), len(code_keys({".a": "refused"}))
    ({98: 'dont_know'}, 1)
    """
    if not isinstance(value, Mapping):
        return value
    for key in value:
        if not is_number(key) and key not in EXTENDED:
            raise ValueError(
                f"the code {key!r} is no number; write a number such as 98, or .a to .z of Stata"
            )
    return {EXTENDED.get(key, key): meaning for key, meaning in value.items()}


def text_keys(value: Any) -> Any:
    """Return a mapping with its keys as text, as the values of a category are kept.

    Raises
    ------
    ValueError
        A key that YAML does not read as text or whole number.
    """
    if not isinstance(value, Mapping):
        return value
    for key in value:
        if not isinstance(key, str | int) or isinstance(key, bool):
            raise ValueError(f"YAML reads the value {key!r} as no text; put it in quotes")
    return {str(key): text for key, text in value.items()}


def code_as_text(value: Any) -> Any:
    """Return a whole number as the text that codes of categories are kept as.

    Examples
    --------
    >>> code_as_text(1), code_as_text("A")
    ('1', 'A')
    """
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
