"""Checks of arguments that many functions take: counts and seeds."""

from __future__ import annotations

from numbers import Integral

from csat_models.errors import DataError


def require_count(name: str, value: object, *, least: int = 1) -> None:
    """Refuse what is no whole number, or less than `least`.

    Raises
    ------
    DataError

    Examples
    --------
    >>> require_count("n_boot", 2000)
    """
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not whole or value < least:  # type: ignore[operator]
        raise DataError(
            f"{name}={value!r} cannot be used; write a whole number, {least} or more",
            argument=name,
        )


def require_seed(seed: object) -> None:
    """Refuse what is no seed of a random stream.

    Raises
    ------
    DataError

    Examples
    --------
    >>> require_seed(0)
    """
    require_count("seed", seed, least=0)
