"""How a model is estimated; settings travel inside the estimates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from csat_models.errors import DataError

Method = Literal["pls"]
Scheme = Literal["path", "factorial", "centroid"]
METHODS: tuple[Method, ...] = ("pls",)
SCHEMES: tuple[Scheme, ...] = ("path", "factorial", "centroid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a model is estimated; a refit uses the same.

    Attributes
    ----------
    method : {"pls"}
        Partial least squares path modelling.
    scheme : {"path", "factorial", "centroid"}
        Inner weighting scheme.
    standardised : bool
        Whether weights are sought on standardised items or on items as they
        are, where an item of larger variance counts for more.
    tolerance : float
        A sample stops when no outer weight changes by more.
    max_iterations : int
        A sample still moving then counts as not converged.

    Raises
    ------
    DataError
        An unknown method or scheme.
    """

    method: Method = "pls"
    scheme: Scheme = "path"
    standardised: bool = True
    tolerance: float = 1e-9
    max_iterations: int = 300

    def __post_init__(self) -> None:
        _check_choice("method", self.method, METHODS)
        _check_choice("scheme", self.scheme, SCHEMES)


def _check_choice(name: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise DataError(f"{name}='{value}' is unknown; write one of {', '.join(allowed)}")
