"""Whole numbers that are asked for: how many draws, and the seed of a random stream."""

from __future__ import annotations

from numbers import Integral

from csat_models.errors import DataError


def require_count(name: str, value: object, *, least: int = 1) -> None:
    """Refuse a number of things that is not whole, or too small.

    Parameters
    ----------
    name : str
        Of the argument.
    value : object
    least : int

    Raises
    ------
    DataError
        Such a value.
    """
    if not _is_whole(value) or int(value) < least:  # type: ignore[call-overload]
        raise DataError(
            f"{name}={value!r} is too small or no whole number; write a whole number of at "
            f"least {least}",
            argument=name,
            value=value,
        )


def require_seed(seed: object) -> None:
    """Refuse a seed that random streams cannot be made from.

    Raises
    ------
    DataError
        Anything but a whole number from 0 on.
    """
    if not _is_whole(seed) or int(seed) < 0:  # type: ignore[call-overload]
        raise DataError(
            f"seed={seed!r} is no seed; write a whole number from 0 on, such as seed=1",
            seed=seed,
        )


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)
