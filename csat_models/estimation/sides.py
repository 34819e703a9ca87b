"""Which side of a distribution counts: both, or one."""

from __future__ import annotations

from typing import Literal

from csat_models.errors import DataError

Side = Literal["two-sided", "greater", "less"]
SIDES: tuple[Side, ...] = ("two-sided", "greater", "less")


def require_side(side: object) -> None:
    """Refuse what is no side.

    Raises
    ------
    DataError
        Such as "both".

    Examples
    --------
    >>> require_side("greater")
    """
    if side not in SIDES:
        raise DataError(f"side='{side}' is no side; write one of {', '.join(SIDES)}")
