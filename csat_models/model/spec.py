"""The path model: constructs, their items, and the paths between them.

A model is written once, in the lavaan-style language, and estimated by any
method::

    Quality      =~ PERQ1 + PERQ2 + PERQ3      # Mode A (reflective)
    Image        <~ IMAG1 + IMAG2              # composite, Mode B
    Satisfaction ~  Quality + Image            # structural paths
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from csat_models.errors import ModelError
from csat_models.model.syntax import Statement, parse_statements

Mode = Literal["A", "B"]
MODES: tuple[Mode, ...] = ("A", "B")


@dataclass(frozen=True, slots=True, kw_only=True)
class Construct:
    """A latent variable and the items it is measured by.

    Attributes
    ----------
    name : str
        Its name, such as ``"Satisfaction"``.
    items : tuple of str
        Its indicators, in the order of the model text.
    mode : {"A", "B"}
        Mode A (correlation weights, ``=~``) or Mode B (regression weights,
        ``<~``).
    """

    name: str
    items: tuple[str, ...]
    mode: Mode = "A"


@dataclass(frozen=True, slots=True, kw_only=True)
class PathModel:
    """A recursive structural equation model of constructs and items.

    Attributes
    ----------
    constructs : tuple of Construct
        In the order of their first appearance as a measured construct.
    paths : tuple of (str, str)
        ``(source, target)`` pairs, in the order of the text.

    Examples
    --------
    >>> model = PathModel.parse('''
    ...     Quality =~ Q1 + Q2
    ...     Satisfaction =~ S1 + S2 + S3
    ...     Satisfaction ~ Quality
    ... ''')
    >>> model.construct_names, model.items, model.paths
    (('Quality', 'Satisfaction'), ('Q1', 'Q2', 'S1', 'S2', 'S3'), (('Quality', 'Satisfaction'),))
    """

    constructs: tuple[Construct, ...]
    paths: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        _check_constructs(self.constructs)
        _check_paths(self.construct_names, self.paths)

    @classmethod
    def parse(cls, text: str, *, modes: Mapping[str, Mode] | None = None) -> Self:
        """Read a model from its text.

        Parameters
        ----------
        text : str
            Statements in the model language.
        modes : mapping of str to {"A", "B"}, optional
            Overrides the mode of the constructs named.

        Raises
        ------
        ModelError
            A construct without items, an item in two constructs, a path to
            an unknown construct, a cycle, an unknown mode, or an operator
            that a path model does not have.
        """
        statements = parse_statements(text)
        return cls(
            constructs=_read_constructs(statements, modes or {}),
            paths=_read_paths(statements),
        )

    @property
    def construct_names(self) -> tuple[str, ...]:
        """Names of the constructs (J of them)."""
        return tuple(construct.name for construct in self.constructs)

    @property
    def items(self) -> tuple[str, ...]:
        """Names of all items (K of them), construct by construct."""
        return tuple(item for construct in self.constructs for item in construct.items)

    @property
    def endogenous(self) -> tuple[str, ...]:
        """Constructs that at least one path leads to, in model order."""
        targets = {target for _, target in self.paths}
        return tuple(name for name in self.construct_names if name in targets)

    @property
    def membership(self) -> NDArray[np.float64]:
        """Item by construct 0/1 matrix, shape (K, J)."""
        sizes = [len(construct.items) for construct in self.constructs]
        return np.repeat(np.eye(len(sizes)), sizes, axis=0)

    @property
    def adjacency(self) -> NDArray[np.float64]:
        """Source by target 0/1 matrix of the paths, shape (J, J)."""
        position = {name: j for j, name in enumerate(self.construct_names)}
        matrix = np.zeros((len(position), len(position)))
        for source, target in self.paths:
            matrix[position[source], position[target]] = 1.0
        return matrix

    @property
    def mode_b(self) -> tuple[str, ...]:
        """Names of the constructs estimated in Mode B, single items left out."""
        return tuple(c.name for c in self.constructs if c.mode == "B" and len(c.items) > 1)

    def construct(self, name: str) -> Construct:
        """Return the construct called `name`.

        Raises
        ------
        ModelError
            No construct has this name.
        """
        for construct in self.constructs:
            if construct.name == name:
                return construct
        raise ModelError(
            f"the model has no construct '{name}'; it has {', '.join(self.construct_names)}",
            construct=name,
        )

    def items_of(self, name: str) -> tuple[str, ...]:
        """Return the items of the construct called `name`."""
        return self.construct(name).items

    def predecessors(self, name: str) -> tuple[str, ...]:
        """Return the constructs with a path to `name`, in model order."""
        sources = {source for source, target in self.paths if target == name}
        return tuple(other for other in self.construct_names if other in sources)

    def to_text(self) -> str:
        """Write the model in its language; :meth:`parse` reads it back."""
        operator = {"A": "=~", "B": "<~"}
        measured = [f"{c.name} {operator[c.mode]} {' + '.join(c.items)}" for c in self.constructs]
        regressed = [
            f"{name} ~ {' + '.join(self.predecessors(name))}"
            for name in self.construct_names
            if self.predecessors(name)
        ]
        return "\n".join([*measured, *regressed]) + "\n"


def _read_constructs(
    statements: Iterable[Statement], modes: Mapping[str, Mode]
) -> tuple[Construct, ...]:
    constructs: dict[str, Construct] = {}
    for statement in statements:
        if statement.operator not in ("=~", "<~"):
            continue
        name = statement.left
        if name in constructs:
            raise ModelError(
                f"model line {statement.line}: construct '{name}' is measured twice; "
                "put all its items in one statement",
                construct=name,
            )
        default: Mode = "A" if statement.operator == "=~" else "B"
        items = tuple(term.name for term in statement.terms)
        constructs[name] = Construct(name=name, items=items, mode=modes.get(name, default))
    unknown = [name for name in modes if name not in constructs]
    if unknown:
        raise ModelError(
            f"modes names '{unknown[0]}', which is not a construct of the model; "
            f"it has {', '.join(constructs)}",
            construct=unknown[0],
        )
    return tuple(constructs.values())


def _read_paths(statements: Iterable[Statement]) -> tuple[tuple[str, str], ...]:
    paths: dict[tuple[str, str], None] = {}
    for statement in statements:
        if statement.operator == "~~":
            raise ModelError(
                f"model line {statement.line}: '~~' sets a covariance, which a path model "
                "does not have; remove the line",
                line=statement.line,
            )
        if statement.operator == "~":
            paths |= {(term.name, statement.left): None for term in statement.terms}
    return tuple(paths)


def _check_constructs(constructs: tuple[Construct, ...]) -> None:
    if not constructs:
        raise ModelError("the model measures no construct; write one as 'Satisfaction =~ SAT1'")
    owner: dict[str, str] = {}
    names = {construct.name for construct in constructs}
    for construct in constructs:
        if not construct.items:
            raise ModelError(
                f"construct '{construct.name}' has no items; write '{construct.name} =~ ...'",
                construct=construct.name,
            )
        if construct.mode not in MODES:
            raise ModelError(
                f"construct '{construct.name}' has mode '{construct.mode}'; write A or B",
                construct=construct.name,
            )
        for item in construct.items:
            _check_item(item, construct.name, names, owner)


def _check_item(item: str, construct: str, names: set[str], owner: dict[str, str]) -> None:
    if ":" in item:
        raise ModelError(
            f"construct '{construct}' is measured by the product '{item}'; only items can be",
            item=item,
        )
    if item in names:
        raise ModelError(
            f"construct '{construct}' is measured by the construct '{item}'; "
            "higher-order constructs are not part of the model language yet: list its items",
            item=item,
        )
    if item in owner:
        raise ModelError(
            f"item '{item}' measures both '{owner[item]}' and '{construct}'; "
            "give each item to one construct",
            item=item,
        )
    owner[item] = construct


def _check_paths(names: tuple[str, ...], paths: tuple[tuple[str, str], ...]) -> None:
    graph: dict[str, set[str]] = {name: set() for name in names}
    for source, target in paths:
        for name in (source, target):
            if name not in graph:
                hint = (
                    "interactions are not part of the model language yet"
                    if ":" in name
                    else f"write '{name} =~ ...' with its items"
                )
                raise ModelError(
                    f"the path {source} -> {target} names '{name}', which is no measured "
                    f"construct; {hint}",
                    construct=name,
                )
        graph[target].add(source)
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        cycle = " -> ".join(error.args[1])
        raise ModelError(
            f"the paths run in a circle: {cycle}; remove one of them", cycle=cycle
        ) from None
