"""The path model: constructs, their items, and the paths between them.

A model is written once, in the lavaan-style language, and estimated by any
method::

    Quality      =~ PERQ1 + PERQ2 + PERQ3      # Mode A (reflective)
    Image        <~ IMAG1 + IMAG2              # composite, Mode B
    Loyalty      <~ 1*CUSL1 + 1*CUSL2          # composite, all items count the same
    Offer        =~ Quality + Image            # of constructs: higher order
    Satisfaction =~ CUSA1 + CUSA2 + CUSA3
    Satisfaction ~  Offer                      # structural paths

An interaction is a product on the right of ``~``, a curve a square::

    Loyalty      ~  Satisfaction + Price + Satisfaction:Price + Price:Price

An item that two constructs are measured by has two labels, the second with the
construct's name::

    Offer        =~ PERQ1@Offer + PERQ2@Offer + IMAG1@Offer
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement, product
from typing import Self

import numpy as np
from numpy.typing import NDArray

from csat_models.errors import ModelError
from csat_models.model.construct import (
    MODES,
    PRODUCT,
    PRODUCT_INDICATOR,
    REPEATED,
    Construct,
    Mode,
)
from csat_models.model.reading import read_constructs, read_paths
from csat_models.model.rules import check_constructs, check_dimensions, check_paths
from csat_models.model.syntax import parse_statements

__all__ = ["MODES", "Construct", "Mode", "PathModel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PathModel:
    """A recursive structural equation model of constructs and items.

    Attributes
    ----------
    constructs : tuple of Construct
        In the order of their first appearance as a measured construct;
        then products such as ``Image:Value``, each measured by itself.
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
        check_constructs(self.constructs)
        check_paths(self.construct_names, self.paths)
        check_dimensions(self.constructs, self.paths)

    @classmethod
    def parse(cls, text: str, *, modes: Mapping[str, Mode] | None = None) -> Self:
        r"""Read a model from its text.

        Parameters
        ----------
        text : str
            Statements in the model language.
        modes : mapping of str to {"A", "B", "unit"}, optional
            Overrides the mode of the constructs named.

        Raises
        ------
        ModelError
            A construct without items, an item in two constructs, a construct
            measured by items and constructs, or by one that is itself
            measured by constructs, a path to an unknown construct or to a
            dimension, a cycle, an unknown mode, a number before a name other
            than the 1 of a composite, or an operator that a path model does
            not have.

        Examples
        --------
        >>> text = "Image =~ I1 + I2"
        >>> PathModel.parse(text, modes={"Image": "unit"}).to_text()
        'Image <~ 1*I1 + 1*I2\n'
        """
        if not isinstance(text, str):
            raise ModelError(
                f"the model is of type '{type(text).__name__}'; write it as a text such as "
                "'Satisfaction =~ SAT1 + SAT2'"
            )
        statements = parse_statements(text)
        measured, paths = read_constructs(statements, modes or {}), read_paths(statements)
        products = dict.fromkeys(source for source, _ in paths if ":" in source)
        return cls(
            constructs=(*measured, *(Construct(name=name, items=(name,)) for name in products)),
            paths=paths,
        )

    @property
    def construct_names(self) -> tuple[str, ...]:
        """Names of the constructs (J of them)."""
        return tuple(construct.name for construct in self.constructs)

    @property
    def items(self) -> tuple[str, ...]:
        """Names of all items (K of them), construct by construct; then products of items.

        These are the columns of the data: an item used twice is named once.
        """
        names, made = set(self.construct_names), (PRODUCT_INDICATOR, REPEATED)
        own = tuple(
            item
            for item in self.indicators
            if item not in names and not any(sign in item for sign in made)
        )
        return (*own, *self.product_items) if self.products else own

    @property
    def indicators(self) -> tuple[str, ...]:
        r"""What the constructs are measured by, construct by construct (L of them).

        The items; in a model with higher-order constructs also their
        dimensions, each under its construct's name, in one with products
        these instead of the products of items, and of an item used twice both
        labels.

        Examples
        --------
        >>> model = PathModel.parse("H =~ A + B\nA =~ a1 + a2\nB =~ b1\nC =~ c1\nC ~ H")
        >>> model.indicators, model.items
        (('A', 'B', 'a1', 'a2', 'b1', 'c1'), ('a1', 'a2', 'b1', 'c1'))
        """
        return tuple(item for construct in self.constructs for item in construct.items)

    @property
    def higher_order(self) -> tuple[str, ...]:
        """Constructs that are measured by constructs, in model order."""
        names = set(self.construct_names)
        return tuple(c.name for c in self.constructs if names.intersection(c.items) - {c.name})

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Constructs that measure a construct of higher order, in model order."""
        inner = {item for name in self.higher_order for item in self.items_of(name)}
        return tuple(name for name in self.construct_names if name in inner)

    @property
    def repeated(self) -> tuple[str, ...]:
        r"""Second labels of items that two constructs are measured by.

        Examples
        --------
        >>> PathModel.parse("H =~ a@H + b@H\nA =~ a\nB =~ b\nY =~ y\nY ~ H").repeated
        ('a@H', 'b@H')
        """
        return tuple(item for item in self.indicators if REPEATED in item)

    @property
    def products(self) -> tuple[str, ...]:
        """Products of two constructs, such as ``Image:Value``, in model order."""
        return tuple(name for name in self.construct_names if PRODUCT in name)

    @property
    def product_items(self) -> tuple[str, ...]:
        """Products of two items that products of constructs are made of.

        Examples
        --------
        >>> PathModel.parse("A =~ a1 + a2; Y =~ y; Y ~ A + A:A").product_items
        ('a1:a1', 'a1:a2', 'a2:a2')
        """
        found: list[str] = []
        for name in self.products:
            one, other = (self.items_of(factor) for factor in name.split(":"))
            pairs = combinations_with_replacement(one, 2) if one == other else product(one, other)
            found += [":".join(pair) for pair in pairs]
        return tuple(found)

    @property
    def endogenous(self) -> tuple[str, ...]:
        """Constructs that at least one path leads to, in model order."""
        targets = {target for _, target in self.paths}
        return tuple(name for name in self.construct_names if name in targets)

    @property
    def membership(self) -> NDArray[np.float64]:
        """Indicator by construct 0/1 matrix, shape (L, J); L is K in a model of items alone."""
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
        """Return the items of the construct called `name`, or its dimensions."""
        return self.construct(name).items

    def predecessors(self, name: str) -> tuple[str, ...]:
        """Return the constructs with a path to `name`, in model order."""
        sources = {source for source, target in self.paths if target == name}
        return tuple(other for other in self.construct_names if other in sources)

    def to_text(self) -> str:
        """Write the model in its language; :meth:`parse` reads it back."""
        opening = {"A": "=~ ", "B": "<~ ", "unit": "<~ 1*"}
        between = {"A": " + ", "B": " + ", "unit": " + 1*"}
        measured = [
            f"{c.name} {opening[c.mode]}{between[c.mode].join(c.items)}"
            for c in self.constructs
            if ":" not in c.name
        ]
        regressed = [
            f"{name} ~ {' + '.join(self.predecessors(name))}"
            for name in self.construct_names
            if self.predecessors(name)
        ]
        return "\n".join([*measured, *regressed]) + "\n"


def require_model(model: object) -> None:
    """Refuse what is no :class:`PathModel`.

    Raises
    ------
    ModelError
        Such as the text of a model.
    """
    if not isinstance(model, PathModel):
        raise ModelError(
            f"the model is of type '{type(model).__name__}'; give a PathModel, as of "
            "PathModel.parse(text)"
        )
