"""The page: what was compared, how far apart, what is blank and why."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from benchmarks.parity.peers import PEERS, PRINTED, version_of
from benchmarks.parity.registry import Blank, Comparison, Outcome

PROGRAMS = tuple(peer for peer in PEERS if peer != PRINTED)

INTRODUCTION = """\
Written by `make parity`; do not edit. Each row compares all numbers of a quantity, label by
label, with those of another program: three PyPI packages that are run live, and R programs whose
numbers are stored with their scripts in `tests/oracles/`. "Ours" and "theirs" are one of the
numbers, by its label; the largest difference is that of all. Where two programs define a quantity
differently, the row says how; if ours can be put into their convention it is compared there, and
otherwise the difference stands with the sentence that explains it. `tests/parity/` holds every
row to its tolerance, and sees to it that the peers' numbers are made where csat_models cannot be
imported."""


def page(outcomes: Sequence[Outcome], blanks: Sequence[Blank], conditions: Sequence[str]) -> str:
    """Write the whole page in Markdown."""
    features = list(
        dict.fromkeys([*(o.comparison.feature for o in outcomes), *(b.feature for b in blanks)])
    )
    parts = ["# Our numbers beside those of other programs", INTRODUCTION]
    parts += ["\n".join(f"- {fact}" for fact in conditions)]
    parts += ["\n".join(f"- {peer}: {version_of(peer)}" for peer in PEERS)]
    parts += ["## All features", *overview(features, outcomes, blanks)]
    parts += ["## Where programs differ", *differences(outcomes)]
    for feature in features:
        of_feature = [o for o in outcomes if o.comparison.feature == feature]
        parts += [f"## {feature}"]
        parts += [feature_table(of_feature)] if of_feature else ["Compared with no program."]
        parts += [reasons(feature, blanks)] if reasons(feature, blanks) else []
    return "\n\n".join(parts) + "\n"


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(cell, line)) + " |" for line in lines)


def cell(text: str) -> str:
    """Keep a bar from ending a cell."""
    return text.replace("|", "\\|")


def overview(
    features: Sequence[str], outcomes: Sequence[Outcome], blanks: Sequence[Blank]
) -> list[str]:
    """Write one row a feature and one column a program, and the reasons for the blanks."""
    numbered: dict[str, int] = {}
    rows = []
    for feature in features:
        row = [feature]
        for peer in PROGRAMS:
            found = [o for o in outcomes if named(o.comparison) == (feature, peer)]
            why = next((b.reason for b in blanks if (b.feature, b.peer) == (feature, peer)), "")
            row.append(summary(found) if found else blank_cell(why, numbered))
        rows.append(row)
    listed = "\n".join(f"{number}. {reason}." for reason, number in numbered.items())
    explained = (
        "How many numbers are equal, and the largest difference among them; *n differ* counts "
        "those that are defined in another way. Blanks, by number:"
    )
    return [markdown(["Feature", *PROGRAMS], rows), f"{explained}\n\n{listed}"]


def named(comparison: Comparison) -> tuple[str, str]:
    """Return the feature and the peer."""
    return comparison.feature, comparison.peer


def blank_cell(reason: str, numbered: dict[str, int]) -> str:
    """Return a blank with the number of its reason."""
    return f"blank ({numbered.setdefault(reason, len(numbered) + 1)})"


def summary(found: Sequence[Outcome]) -> str:
    """Sum the comparisons of a feature with a program up."""
    equal = [o for o in found if not o.by_convention]
    apart = sum(len(o.theirs) for o in found if o.by_convention)
    words = []
    if any(not o.agrees for o in found):
        words.append("**not as it should be**")
    exact = [o for o in equal if not o.comparison.relative]
    if exact:
        count = sum(len(o.theirs) for o in exact)
        words.append(f"{count} to {power(max(o.difference for o in exact))}")
    if len(exact) < len(equal):
        words.append("others within Monte-Carlo error")
    if apart:
        words.append(f"{apart} differ")
    return "; ".join(words)


def power(difference: float) -> str:
    """Write a difference by its size."""
    return "0" if difference == 0 else f"{difference:.0e}"


def differences(outcomes: Sequence[Outcome]) -> list[str]:
    """List every sentence about a difference once, peer by peer, with the features."""
    told: dict[str, dict[str, dict[str, None]]] = {peer: {} for peer in PROGRAMS}
    for outcome in outcomes:
        entry = outcome.comparison
        if entry.convention and entry.peer != PRINTED:
            told[entry.peer].setdefault(entry.convention, {})[entry.feature] = None
    parts = []
    for peer, sentences in told.items():
        if sentences:
            lines = [f"- *{', '.join(where)}*: {text}" for text, where in sentences.items()]
            parts += [f"### {peer}", "\n".join(lines)]
    return parts


def feature_table(outcomes: Sequence[Outcome]) -> str:
    """Write one row a comparison."""
    header = ["Peer", "Model", "Quantity", "Numbers", "For example", "Ours", "Theirs"]
    header += ["Largest difference", "Held to", "What the two do differently"]
    return markdown(header, [comparison_row(outcome) for outcome in outcomes])


def comparison_row(outcome: Outcome) -> list[str]:
    """Write a comparison."""
    entry = outcome.comparison
    label = outcome.label if outcome.by_convention else next(iter(outcome.theirs), "")
    held = "not held equal" if outcome.by_convention else f"{entry.tolerance:.0e}: {entry.reason}"
    return [
        entry.peer,
        entry.case.name,
        entry.quantity,
        str(len(outcome.theirs)),
        label,
        number(outcome.ours.get(label, math.nan)),
        number(outcome.theirs.get(label, math.nan)),
        power(outcome.difference) + ("" if outcome.agrees else " **not as it should be**"),
        held,
        entry.convention,
    ]


def number(value: float) -> str:
    """Write eight digits."""
    return f"{value:.8g}"


def reasons(feature: str, blanks: Sequence[Blank]) -> str:
    """List who is not in a feature's table, and why."""
    return "\n".join(f"- {b.peer}: blank, {b.reason}." for b in blanks if b.feature == feature)
