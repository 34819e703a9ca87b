"""The structure of a simulated population: standardised constructs and items.

A population is declared in the model language with every coefficient given::

    Quality      =~ 0.8*Q1 + 0.7*Q2
    Satisfaction =~ 0.9*S1 + 0.8*S2
    Satisfaction ~  0.6*Quality

All constructs and latent answers have variance 1; what the paths and loadings
leave unexplained is independent normal noise. ``A ~~ 0.3*B`` correlates two
constructs that no path leads to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Self

import numpy as np
from numpy.typing import NDArray

from csat_models.errors import ModelError
from csat_models.model.syntax import Statement, parse_statements

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Structure:
    """J standardised constructs and the K items that measure them.

    Attributes
    ----------
    constructs, items : tuple of str
        In the order of the text.
    loadings : ndarray, shape (K, J)
        Zero but for each item's own construct.
    factor : ndarray, shape (J, J)
        Constructs = factor @ independent standard normals.

    Examples
    --------
    >>> structure = Structure.parse('''
    ...     A =~ 0.8*A1 + 0.6*A2
    ...     B =~ 1*B1
    ...     B ~ 0.5*A
    ... ''')
    >>> structure.construct_corr.round(3).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    >>> structure.item_corr.round(3).tolist()
    [[1.0, 0.48, 0.4], [0.48, 1.0, 0.3], [0.4, 0.3, 1.0]]
    """

    constructs: tuple[str, ...]
    items: tuple[str, ...]
    loadings: Array
    factor: Array

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a structure from its text.

        Raises
        ------
        ModelError
            A coefficient left out, a loading beyond 1, paths that explain
            more than all variance, an unknown construct or a cycle.
        """
        statements = parse_statements(text)
        measured = _read_measured(statements)
        names = tuple(measured)
        items = tuple(item for loadings in measured.values() for item in loadings)
        if len(set(items)) < len(items):
            raise ModelError("an item of the population measures two constructs; give it one")
        loadings = np.zeros((len(items), len(names)))
        for j, name in enumerate(names):
            for item, loading in measured[name].items():
                loadings[items.index(item), j] = loading
        factor = _factor(names, _read_paths(statements, names), _read_corr(statements, names))
        return cls(constructs=names, items=items, loadings=loadings, factor=factor)

    @property
    def construct_corr(self) -> Array:
        """Correlations of the constructs, shape (J, J)."""
        return self.factor @ self.factor.T

    @property
    def mixing(self) -> Array:
        """Latent answers = normals @ mixing, shape (J + K, K).

        The first J normals drive the constructs, the others are the items'
        own noise.
        """
        noise = np.sqrt(np.clip(1.0 - (self.loadings**2).sum(axis=1), 0.0, 1.0))
        return np.vstack([self.factor.T @ self.loadings.T, np.diag(noise)])

    @property
    def item_corr(self) -> Array:
        """Correlations of the latent answers, shape (K, K)."""
        return self.mixing.T @ self.mixing

    def construct_of(self, item: str) -> str:
        """Name of the construct that an item measures."""
        row = self.loadings[self.items.index(item)]
        return self.constructs[int(np.flatnonzero(row)[0])]


def _read_measured(statements: Iterable[Statement]) -> dict[str, dict[str, float]]:
    measured: dict[str, dict[str, float]] = {}
    for statement in statements:
        if statement.operator == "<~":
            raise ModelError(
                f"population line {statement.line}: '<~' declares no distribution; write '=~'",
                line=statement.line,
            )
        if statement.operator == "=~":
            loadings = _coefficients(statement)
            wrong = [item for item, value in loadings.items() if not 0 < abs(value) <= 1]
            if wrong:
                raise ModelError(
                    f"population line {statement.line}: the loading of '{wrong[0]}' is not "
                    "between 0 and 1; correct it",
                    line=statement.line,
                )
            measured.setdefault(statement.left, {}).update(loadings)
    return measured


def _coefficients(statement: Statement) -> dict[str, float]:
    result = {}
    for term in statement.terms:
        if term.coefficient is None:
            raise ModelError(
                f"population line {statement.line}: '{term.name}' has no coefficient; "
                f"write for example '0.5*{term.name}'",
                line=statement.line,
            )
        result[term.name] = term.coefficient
    return result


def _read_paths(
    statements: Iterable[Statement], names: tuple[str, ...]
) -> dict[str, dict[str, float]]:
    paths: dict[str, dict[str, float]] = {name: {} for name in names}
    for statement in statements:
        if statement.operator == "~":
            _check_known(statement, names)
            paths[statement.left].update(_coefficients(statement))
    return paths


def _read_corr(
    statements: Iterable[Statement], names: tuple[str, ...]
) -> dict[frozenset[str], float]:
    corr: dict[frozenset[str], float] = {}
    for statement in statements:
        if statement.operator == "~~":
            _check_known(statement, names)
            for other, value in _coefficients(statement).items():
                corr[frozenset((statement.left, other))] = value
    return corr


def _check_known(statement: Statement, names: tuple[str, ...]) -> None:
    for name in (statement.left, *(term.name for term in statement.terms)):
        if name not in names:
            raise ModelError(
                f"population line {statement.line}: '{name}' has no items; "
                f"write '{name} =~ 0.8*...'",
                construct=name,
            )


def _factor(
    names: tuple[str, ...],
    paths: Mapping[str, Mapping[str, float]],
    corr: Mapping[frozenset[str], float],
) -> Array:
    position = {name: j for j, name in enumerate(names)}
    factor = np.zeros((len(names), len(names)))
    exogenous = [name for name in names if not paths[name]]
    start = np.eye(len(exogenous))
    for a, first in enumerate(exogenous):
        for b in range(a):
            start[a, b] = start[b, a] = corr.get(frozenset((first, exogenous[b])), 0.0)
    rows = [position[name] for name in exogenous]
    factor[np.ix_(rows, rows)] = np.linalg.cholesky(start)
    for name in _in_order(paths):
        if paths[name]:
            factor[position[name]] = _endogenous_row(name, paths[name], factor, position)
    return factor


def _in_order(paths: Mapping[str, Mapping[str, float]]) -> tuple[str, ...]:
    try:
        return tuple(TopologicalSorter({name: list(paths[name]) for name in paths}).static_order())
    except CycleError:
        raise ModelError("the population's paths run in a circle; remove one of them") from None


def _endogenous_row(
    name: str, sources: Mapping[str, float], factor: Array, position: Mapping[str, int]
) -> Array:
    row = np.zeros(len(position))
    for source, value in sources.items():
        row += value * factor[position[source]]
    rest = 1.0 - row @ row
    if rest < 0:
        raise ModelError(
            f"the paths into '{name}' explain {row @ row:.3f} of its variance of 1; "
            "make them smaller",
            construct=name,
        )
    row[position[name]] = np.sqrt(rest)
    return row
