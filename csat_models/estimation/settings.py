"""How a model is estimated; settings travel inside the estimates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from csat_models.errors import DataError

Method = Literal["pls", "plsc"]
Scheme = Literal["path", "factorial", "centroid"]
OnInadmissible = Literal["raise", "keep"]
METHODS: tuple[Method, ...] = ("pls", "plsc")
SCHEMES: tuple[Scheme, ...] = ("path", "factorial", "centroid")
ON_INADMISSIBLE: tuple[OnInadmissible, ...] = ("raise", "keep")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a model is estimated; a refit uses the same.

    Attributes
    ----------
    method : {"pls", "plsc"}
        Partial least squares path modelling, or its consistent form, see
        :mod:`~csat_models.estimation.consistent`.
    scheme : {"path", "factorial", "centroid"}
        Inner weighting scheme.
    standardised : bool
        Whether weights are sought on standardised items or on items as they
        are, where an item of larger variance counts for more.
    tolerance : float
        A sample stops when no outer weight changes by more.
    max_iterations : int
        A sample still moving then counts as not converged.
    on_inadmissible : {"raise", "keep"}
        What a fit to a single sample does with estimates outside their
        parameter space: an error, or the numbers, marked as in a batch.

    Raises
    ------
    DataError
        An unknown method, scheme or `on_inadmissible`.
    """

    method: Method = "pls"
    scheme: Scheme = "path"
    standardised: bool = True
    tolerance: float = 1e-9
    max_iterations: int = 300
    on_inadmissible: OnInadmissible = "raise"

    def __post_init__(self) -> None:
        _check_choice("method", self.method, METHODS)
        _check_choice("scheme", self.scheme, SCHEMES)
        _check_choice("on_inadmissible", self.on_inadmissible, ON_INADMISSIBLE)


def _check_choice(name: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise DataError(f"{name}='{value}' is unknown; write one of {', '.join(allowed)}")
