"""What other programs say of a case.

A room per kind of source. Each has ``QUANTITIES``, by name a function of a
case that returns labelled numbers. No room here can import csat_models: a test
runs them all in a process where it cannot be imported, so that nothing of ours
can stand in a peer's column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks.parity.case import Case
from benchmarks.parity.labels import Values
from benchmarks.parity.peers import (
    lavaan,
    openpls,
    openpls_divisions,
    printed,
    seminr_draws,
    seminr_extras,
    seminr_factors,
    seminr_python,
    stored,
)

Quantity = Callable[[Case], Values]

SEMINR = "seminr (Python)"
EXTRAS = "seminrExtras"
OPENPLS = "openpls-engine"
SEMINR_R = "seminr (R)"
CSEM = "cSEM"
MATRIXPLS = "matrixpls"
LAVAAN = "lavaan"
PRINTED = "in print"

PEERS: Mapping[str, Mapping[str, Quantity]] = {
    SEMINR: {
        **seminr_python.QUANTITIES,
        **seminr_draws.QUANTITIES,
        **seminr_factors.QUANTITIES,
    },
    EXTRAS: seminr_extras.QUANTITIES,
    OPENPLS: {**openpls.QUANTITIES, **openpls_divisions.QUANTITIES},
    SEMINR_R: stored.SEMINR_R,
    CSEM: stored.CSEM,
    MATRIXPLS: stored.MATRIXPLS,
    LAVAAN: lavaan.QUANTITIES,
    PRINTED: printed.QUANTITIES,
}
LIVE = {SEMINR: "seminr", EXTRAS: "seminrExtras", OPENPLS: "openpls-engine"}


def version_of(peer: str) -> str:
    """Return the version that is run, or that made the stored numbers."""
    from importlib.metadata import version

    if peer in LIVE:
        return f"{version(LIVE[peer])}, run live"
    if peer == PRINTED:
        return "numbers typed from the publication named in the row's note"
    return stored.version_of(peer)
