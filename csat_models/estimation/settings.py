"""How a model is estimated; settings travel inside the estimates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from csat_models.errors import DataError

Method = Literal["pls", "plsc", "cbsem"]
Scheme = Literal["path", "factorial", "centroid"]
OnInadmissible = Literal["raise", "keep"]
HigherOrder = Literal["two_stage", "embedded_two_stage", "repeated_indicators"]
Interactions = Literal["two_stage", "product_indicator", "orthogonal"]
Draws = Literal["rows", "parts", "normal theory"]
METHODS: tuple[Method, ...] = ("pls", "plsc", "cbsem")
SCHEMES: tuple[Scheme, ...] = ("path", "factorial", "centroid")
ON_INADMISSIBLE: tuple[OnInadmissible, ...] = ("raise", "keep")
HIGHER_ORDER: tuple[HigherOrder, ...] = ("two_stage", "embedded_two_stage", "repeated_indicators")
INTERACTIONS: tuple[Interactions, ...] = ("two_stage", "product_indicator", "orthogonal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a model is estimated; a refit uses the same.

    Attributes
    ----------
    method : {"pls", "plsc", "cbsem"}
        Partial least squares path modelling, its consistent form, see
        :mod:`~csat_models.estimation.consistent`, or maximum likelihood of a
        covariance structure, see :mod:`~csat_models.estimation.covariance.labelled`.
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
    higher_order : {"two_stage", "embedded_two_stage", "repeated_indicators"}
        How constructs measured by constructs are estimated, see
        :mod:`~csat_models.estimation.higher_order`.
    interactions : {"two_stage", "product_indicator", "orthogonal"}
        How products of constructs are measured, see
        :mod:`~csat_models.estimation.products`.
    draws : {"rows", "parts", "normal theory"}
        What the draws of a batch were made of: rows (or sampling units),
        random groups of them, or the sample's moments; see
        :func:`~csat_models.estimation.draws.resampling.bootstrap`.

    Raises
    ------
    DataError
        An unknown value, a tolerance that is not positive, or no iteration.
    """

    method: Method = "pls"
    scheme: Scheme = "path"
    standardised: bool = True
    tolerance: float = 1e-9
    max_iterations: int = 300
    on_inadmissible: OnInadmissible = "raise"
    higher_order: HigherOrder = "two_stage"
    interactions: Interactions = "two_stage"
    draws: Draws = "rows"

    @property
    def standard_error(self) -> Literal["deviation", "percentile"]:
        """How draws give a standard error, see :func:`~csat_models.estimation.interval`.

        Consistent PLS divides by reliabilities: the standard deviation of its
        draws is unusable where one of them is nearly singular.
        """
        return "percentile" if self.method == "plsc" else "deviation"

    def __post_init__(self) -> None:
        _check_choice("method", self.method, METHODS)
        _check_choice("scheme", self.scheme, SCHEMES)
        _check_choice("on_inadmissible", self.on_inadmissible, ON_INADMISSIBLE)
        _check_choice("higher_order", self.higher_order, HIGHER_ORDER)
        _check_choice("interactions", self.interactions, INTERACTIONS)
        _check_positive("tolerance", self.tolerance)
        _check_positive("max_iterations", self.max_iterations)


def _check_choice(name: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise DataError(
            f"{name}='{value}' is unknown; write one of {', '.join(allowed)}", **{name: value}
        )


def _check_positive(name: str, value: float) -> None:
    if not value > 0:
        raise DataError(f"{name} is {value:g}; write a number above 0", **{name: value})
