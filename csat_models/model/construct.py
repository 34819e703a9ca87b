"""A construct and what it is measured by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from csat_models.errors import ModelError

Mode = Literal["A", "B", "unit"]
MODES: tuple[Mode, ...] = ("A", "B", "unit")

# Between two items: their product as a column of the data, and as an indicator of a construct.
PRODUCT, PRODUCT_INDICATOR = ":", "*"
# Between an item and the construct that uses it a second time.
REPEATED = "@"


@dataclass(frozen=True, slots=True, kw_only=True)
class Construct:
    """A latent variable and the items it is measured by.

    Attributes
    ----------
    name : str
        Its name, such as ``"Satisfaction"``.
    items : tuple of str
        Its indicators, in the order of the model text; the names of its
        dimensions, if it is measured by other constructs. An item that
        another construct is measured by already has a second label here,
        ``"SAT1@Satisfaction"``.
    mode : {"A", "B", "unit"}
        Mode A (correlation weights, ``=~``), Mode B (regression weights,
        ``<~``) or unit weights (the sum of the items; ``<~`` with ``1*``
        before each).
    """

    name: str
    items: tuple[str, ...]
    mode: Mode = "A"

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ModelError(
                f"construct '{self.name}' has mode '{self.mode}'; write A or B, or unit",
                construct=self.name,
            )


def column_of(indicator: str) -> str:
    """Return the column of the data that an indicator is, without its second label.

    Examples
    --------
    >>> column_of("SAT1@Offer"), column_of("SAT1")
    ('SAT1', 'SAT1')
    """
    return indicator.split(REPEATED, maxsplit=1)[0]
