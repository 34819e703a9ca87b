"""Compare everything, and write ``docs/parity.md``: ``python -m benchmarks.parity``."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

from benchmarks.conditions import describe_conditions
from benchmarks.parity.entries import BLANKS, COMPARISONS
from benchmarks.parity.registry import run
from benchmarks.parity.table import page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "parity.md"
TOLD = ("Date", "Commit", "Python", "Packages")
PACKAGES = ("csat_models", "numpy", "scipy", "pandas", "xarray")


def main() -> int:
    """Return 1 if a number is not as close as it should be."""
    warnings.simplefilter("ignore")  # the peers' own
    facts = describe_conditions("make parity", PACKAGES)
    outcomes = [run(comparison) for comparison in COMPARISONS]
    told = [f"{name}: {facts[name]}" for name in TOLD if name in facts]
    write(page(outcomes, BLANKS, told))
    failed = [outcome for outcome in outcomes if not outcome.agrees]
    for outcome in failed:
        entry = outcome.comparison
        print(
            f"{entry.peer}, {entry.case.name}, {entry.quantity}: "
            f"{outcome.difference:.1e} at {outcome.label or 'other labels'}",
            file=sys.stderr,
        )
    print(f"{len(outcomes)} comparisons, {len(failed)} not as they should be: {PAGE}")
    return int(bool(failed))


def write(text: str) -> None:
    """Put the page in place as a whole."""
    new = PAGE.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    os.replace(new, PAGE)


if __name__ == "__main__":
    sys.exit(main())
