"""A first model and comparison for a study, proposed from its codebook and its answers."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from csat_models.model.syntax import is_name
from csat_models.survey import Codebook, Responses
from csat_models.survey.drafts.construct_names import ORDER, suggest_construct
from csat_models.survey.formats.table import name_some

_CAUSES: Mapping[str, Sequence[str]] = {
    "Image": (),
    "Expectation": ("Image",),
    "Quality": ("Expectation",),
    "Value": ("Expectation", "Quality"),
    "Satisfaction": ("Image", "Expectation", "Quality", "Value"),
    "Complaints": ("Satisfaction",),
    "Loyalty": ("Image", "Satisfaction", "Complaints"),
}
_GOAL = ("Satisfaction", "Loyalty")
_MOST_MISSING = 0.5
_FEWEST_CONSTRUCTS = 2
_WIDTH = 96
_TIE = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A first model of a study.

    Attributes
    ----------
    blocks : dict of str to tuple of str
        Constructs, causes before effects, and their items.
    paths : dict of str to tuple of str
        Constructs and what they depend on.
    left_out : dict of str to str
        Items of the codebook outside the model, and why.
    """

    blocks: Mapping[str, Sequence[str]]
    paths: Mapping[str, Sequence[str]]
    left_out: Mapping[str, str]

    @property
    def is_model(self) -> bool:
        """Whether two constructs have items, which a path needs."""
        return len(self.blocks) >= _FEWEST_CONSTRUCTS

    def lines(self) -> Iterator[str]:
        """Yield the lines of the model's text."""
        width = max(map(len, self.blocks), default=0)
        for name, items in self.blocks.items():
            yield from _statement(f"{name:<{width}} =~ ", items)
        yield ""
        for name, causes in self.paths.items():
            yield from _statement(f"{name:<{width}} ~ ", causes)

    def remarks(self) -> Iterator[str]:
        """Yield one sentence for each reason that items are left out for."""
        for reason in dict.fromkeys(self.left_out.values()):
            items = [name for name, why in self.left_out.items() if why == reason]
            yield f"not in the model, {reason}: {name_some(items, len(items))}"


def _statement(begin: str, names: Sequence[str]) -> list[str]:
    """Write a statement of the model language; a line that ends with + goes on in the next."""
    lines = textwrap.wrap(
        f"{_TIE}+ ".join(names),
        width=_WIDTH,
        initial_indent=begin,
        subsequent_indent=" " * len(begin),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_TIE, " ") for line in lines]


def propose_model(responses: Responses) -> Proposal:
    """Propose a model from the constructs that a codebook gives to its items.

    Constructs are recognised by name and label and stand in the order of the
    ECSI (Tenenhaus et al. 2005): image, expectation, quality, value,
    satisfaction, complaints, loyalty. One that is not recognised is taken for
    a part of quality.

    Parameters
    ----------
    responses : Responses
        Read with the codebook.

    Returns
    -------
    Proposal
        Items that fewer than half of the respondents answered, or all alike,
        are left out.
    """
    book = responses.codebook
    left_out = {name: why for name in book.items if (why := _why_not(responses, name))}
    blocks = {
        construct: tuple(name for name in book.items_of(construct) if name not in left_out)
        for construct in book.constructs
    }
    kinds = {name: _kind_of(name, book) for name, items in blocks.items() if items}
    names = sorted(kinds, key=lambda name: ORDER.index(kinds[name]))
    return Proposal(
        blocks={name: blocks[name] for name in names},
        paths=_paths(names, kinds),
        left_out=left_out,
    )


def _why_not(responses: Responses, name: str) -> str | None:
    item, scores = responses.codebook.items[name], responses.frame[name]
    if item.construct is None:
        return "without a construct in the codebook"
    if not (is_name(name) and is_name(item.construct)):
        return "since a model cannot hold such names (letters, digits, _ and .)"
    if item.filter is not None or scores.isna().mean() > _MOST_MISSING:
        return "since most were not asked or did not answer"
    return "since all answers are alike" if scores.max() == scores.min() else None


def _kind_of(construct: str, book: Codebook) -> str:
    text = book.constructs[construct]
    return suggest_construct(construct, f"{construct} {text.zh} {text.en}") or "Quality"


def _paths(names: Sequence[str], kinds: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    paths = {
        name: tuple(cause for cause in names if kinds[cause] in _CAUSES[kinds[name]])
        for name in names
    }
    goals = [name for kind in _GOAL for name in names if kinds[name] == kind]
    goal = next(iter([*goals, *names[-1:]]), None)
    linked = {name for name in names if paths[name]} | {
        c for causes in paths.values() for c in causes
    }
    for name in names:
        if name not in linked and name != goal and goal is not None:
            paths[goal] = (*paths[goal], name)
    return {name: causes for name, causes in paths.items() if causes}


def propose_comparison(responses: Responses, min_cell: int) -> tuple[list[str], str | None]:
    """Propose what a study compares: the units and the competitor that its codebook names.

    Parameters
    ----------
    responses : Responses
        Read with the codebook.
    min_cell : int
        Fewest respondents of a cell.

    Returns
    -------
    lines : list of str
        Of the section ``comparison``; none where the codebook names neither.
    doubt : str or None
        Why they cannot stand as they are.
    """
    book = responses.codebook
    lines, by = [], []
    if book.unit is not None and book.attributes[book.unit].kind == "category":
        lines.append(f"unit: {book.unit}")
        by.append(book.unit)
    if book.competitor is not None:
        sides = f"ours: '{book.competitor.ours}', theirs: '{book.competitor.theirs}'"
        lines.append(f"competitor: {{column: {book.competitor.column}, {sides}}}")
        by.append(book.competitor.column)
    odd = [name for name in by if not is_name(name)]
    if not lines or odd:
        return [], f"'{odd[0]}' is no name that params can hold" if odd else None
    smallest = int(responses.frame.groupby(by, observed=True).size().min())
    doubt = f"the smallest cell has {smallest} respondents, fewer than {min_cell}"
    return lines, doubt if smallest < min_cell else None
