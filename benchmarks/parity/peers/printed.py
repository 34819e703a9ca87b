"""Numbers in print, typed from the publication, and the file that holds them."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.parity.case import Case
from benchmarks.parity.labels import Values
from benchmarks.parity.peers.stored import load, relabelled


def printed(quantity: str) -> Callable[[Case], Values]:
    """Return the function that looks a case up in the file."""

    def values(case: Case) -> Values:
        return relabelled(load("published")[case.name][quantity])

    return values


QUANTITIES = {
    quantity: printed(quantity)
    for quantity in ("path coefficients", "loadings", "R2", "AVE", "index", "sample sizes")
}
