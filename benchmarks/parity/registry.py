"""The demand: which quantity of which case equals whose, how closely, and why."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.parity.case import Case
from benchmarks.parity.labels import Values, without
from benchmarks.parity.peers import PEERS

# Ours and theirs stop when weights move by less than 1e-13; what is left is the rounding of
# sums over some hundred rows, carried through the iterations.
ITERATED = 1e-9
# Nothing is iterated: sums in another order.
ROUNDED = 1e-11


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A quantity of a case, here and there.

    Attributes
    ----------
    feature : str
        The row of the first table that it counts for.
    quantity : str
        Name in the peer's ``QUANTITIES``.
    ours : str
        Name in ours; by default the same.
    case : Case
    peer : str
    tolerance : float
        Largest difference allowed; infinite where the two define the quantity
        differently, and then `least` says what the difference is known to exceed.
    reason : str
        Why this tolerance.
    convention : str
        One sentence on what the two do differently, if they do.
    left_out : tuple of str
        Constructs or items that one of the two gives no number for; the
        convention says why.
    relative : bool
        Differences are ratios less 1.
    least : float
        A difference of convention is at least this large; so a peer's change
        of convention is seen.
    """

    feature: str
    quantity: str
    case: Case
    peer: str
    tolerance: float
    reason: str
    ours: str = ""
    convention: str = ""
    left_out: tuple[str, ...] = ()
    relative: bool = False
    least: float = 0.0

    def theirs(self) -> Values:
        """Ask the peer, or its stored file; nothing else ever fills its column."""
        return without(PEERS[self.peer][self.quantity](self.case), self.left_out)

    def our_values(self) -> Values:
        """Ask csat_models."""
        from benchmarks.parity import ours

        return without(ours.QUANTITIES[self.ours or self.quantity](self.case), self.left_out)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """Why a peer has no number for a feature."""

    feature: str
    peer: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a comparison found.

    Attributes
    ----------
    comparison : Comparison
    ours, theirs : dict of label to float
        With the same labels in the same order.
    missing, surplus : tuple of str
        Labels that only they, or only we, have.
    label : str
        Where the largest difference is.
    difference : float
        The largest, with its sign dropped; NaN if a value is.
    """

    comparison: Comparison
    ours: Values
    theirs: Values
    missing: tuple[str, ...]
    surplus: tuple[str, ...]
    label: str
    difference: float

    @property
    def agrees(self) -> bool:
        """The labels are the same, and the values as close as they should be."""
        wanted = self.comparison
        labelled = bool(self.theirs) and not self.missing and not self.surplus
        return labelled and wanted.least <= self.difference <= wanted.tolerance

    @property
    def by_convention(self) -> bool:
        """Whether the two define the quantity differently."""
        return math.isinf(self.comparison.tolerance)


def run(comparison: Comparison) -> Outcome:
    """Compare label by label."""
    theirs, ours = comparison.theirs(), comparison.our_values()
    common = [label for label in theirs if label in ours]
    gaps = {label: distance(ours[label], theirs[label], comparison.relative) for label in common}
    worst = max(gaps, key=lambda label: (math.isnan(gaps[label]), gaps[label]), default="")
    return Outcome(
        comparison=comparison,
        ours={label: ours[label] for label in common},
        theirs={label: theirs[label] for label in common},
        missing=tuple(label for label in theirs if label not in ours),
        surplus=tuple(label for label in ours if label not in theirs),
        label=worst,
        difference=gaps.get(worst, math.nan),
    )


def distance(ours: float, theirs: float, relative: bool) -> float:
    """Return the difference without sign, or the ratio less 1."""
    return abs(ours / theirs - 1) if relative else abs(ours - theirs)


def compare(
    feature: str,
    cases: Iterable[Case],
    quantities: Sequence[str],
    peers: Sequence[str],
    *,
    tolerance: float = ITERATED,
    reason: str = "both iterate to 1e-13",
    **more: Any,
) -> list[Comparison]:
    """Return the comparisons of all combinations."""
    return [
        Comparison(
            feature=feature,
            quantity=quantity,
            case=case,
            peer=peer,
            tolerance=tolerance,
            reason=reason,
            **more,
        )
        for case in cases
        for quantity in quantities
        for peer in peers
    ]


def differ(  # noqa: PLR0917 (one line an entry)
    feature: str,
    case: Case,
    quantity: str,
    peer: str,
    least: float,
    convention: str,
    **more: Any,
) -> Comparison:
    """Return a comparison of two definitions: shown and explained, not held equal."""
    return Comparison(
        feature=feature,
        quantity=quantity,
        case=case,
        peer=peer,
        tolerance=math.inf,
        reason="another definition",
        convention=convention,
        least=least,
        **more,
    )
