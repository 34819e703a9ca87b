r"""The elements of a covariance structure, and which of them a path model frees.

Conventions, those of lavaan's ``sem``: the first loading of a construct is 1;
a construct of one item is that item, without error; exogenous constructs
covary, and so do the residuals of constructs that explain no other; latent
means are 0. A construct of higher order loads on its dimensions, which is a
path between constructs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from csat_models.errors import ModelError
from csat_models.model import PathModel

Matrix = Literal["loading", "path", "construct_cov", "residual_cov", "intercept", "mean"]
MATRICES: tuple[Matrix, ...] = (
    "loading",
    "path",
    "construct_cov",
    "residual_cov",
    "intercept",
    "mean",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One element of one matrix.

    Attributes
    ----------
    lhs, op, rhs : str
        As it is written, such as ``Quality =~ PERQ1``; the operators are
        ``=~``, ``~``, ``~~`` and, for a mean or intercept, ``~1``.
    matrix : str
        One of :data:`MATRICES`.
    row, col : int
        Its place; for an intercept or mean the column is 0.
    fixed : float or None
        Its value, where it is not estimated.
    """

    lhs: str
    op: str
    rhs: str
    matrix: Matrix
    row: int
    col: int
    fixed: float | None = None

    @property
    def name(self) -> str:
        """As it is written, ``"Quality =~ PERQ1"`` or ``"PERQ1 ~1"``."""
        return f"{self.lhs} {self.op} {self.rhs}".strip()


def model_parameters(
    model: PathModel,
    residual_covariances: Sequence[tuple[str, str]] = (),
    *,
    mean_structure: bool = False,
) -> tuple[Parameter, ...]:
    r"""Write down what a path model frees and fixes, as the same in every group.

    Parameters
    ----------
    model : PathModel
    residual_covariances : sequence of (str, str)
        Pairs of items whose residuals covary.
    mean_structure : bool
        Whether intercepts and latent means are among the parameters.

    Raises
    ------
    ModelError
        Composites, products or an unknown item.

    Examples
    --------
    >>> model = PathModel.parse("Q =~ Q1 + Q2\nS =~ S1 + S2\nS ~ Q")
    >>> [parameter.name for parameter in model_parameters(model)][:5]
    ['Q =~ Q1', 'Q =~ Q2', 'S =~ S1', 'S =~ S2', 'S ~ Q']
    """
    require_factors(model)
    pairs = _residual_pairs(model, residual_covariances)
    written = (*_measurement(model), *_structure(model), *_covariances(model, pairs))
    return (*written, *_means(model)) if mean_structure else written


def require_factors(model: PathModel) -> None:
    """Raise unless every construct is a factor.

    Raises
    ------
    ModelError
        A composite of several items, an item used twice, or a product of
        constructs.
    """
    composites = [c.name for c in model.constructs if c.mode != "A" and len(c.items) > 1]
    if composites:
        raise ModelError(
            f"construct '{composites[0]}' is a composite, which has no covariance structure of "
            f"factors; write '{composites[0]} =~ ...', or use method='pls'",
            construct=composites[0],
        )
    if model.repeated:
        raise ModelError(
            f"'{model.repeated[0]}' names an item a second time, and a factor model counts each "
            "item once; measure the construct by its dimensions, or use method='pls'",
            item=model.repeated[0],
        )
    if model.products:
        raise ModelError(
            f"the product '{model.products[0]}' is not normal, so its covariances do not "
            "identify it by maximum likelihood; leave it out, or use method='pls'",
            construct=model.products[0],
        )


def _measurement(model: PathModel) -> Iterator[Parameter]:
    items, names = model.items, model.construct_names
    for construct in model.constructs:
        j = names.index(construct.name)
        for place, item in enumerate(construct.items):
            fixed = 1.0 if place == 0 else None
            written = {"lhs": construct.name, "op": "=~", "rhs": item}
            if construct.name in model.higher_order:
                row, matrix = names.index(item), MATRICES[1]
            else:
                row, matrix = items.index(item), MATRICES[0]
            yield Parameter(**written, matrix=matrix, row=row, col=j, fixed=fixed)


def _structure(model: PathModel) -> Iterator[Parameter]:
    names = model.construct_names
    for target in names:
        for source in model.predecessors(target):
            place = {"row": names.index(target), "col": names.index(source)}
            yield Parameter(lhs=target, op="~", rhs=source, matrix="path", **place)


def _covariances(model: PathModel, pairs: Sequence[tuple[str, str]]) -> Iterator[Parameter]:
    items, names = model.items, model.construct_names
    single = {c.items[0] for c in model.constructs if len(c.items) == 1}
    for one, other in pairs:
        place = {"row": items.index(one), "col": items.index(other)}
        yield Parameter(lhs=one, op="~~", rhs=other, matrix="residual_cov", **place)
    for k, item in enumerate(items):
        fixed = 0.0 if item in single else None
        written = {"lhs": item, "op": "~~", "rhs": item}
        yield Parameter(**written, matrix="residual_cov", row=k, col=k, fixed=fixed)
    related = [(name, name) for name in names] + list(related_constructs(model))
    for one, other in related:
        place = {"row": names.index(one), "col": names.index(other)}
        yield Parameter(lhs=one, op="~~", rhs=other, matrix="construct_cov", **place)


def related_constructs(model: PathModel) -> Iterator[tuple[str, str]]:
    r"""Yield pairs that covary by default: exogenous ones; explained ones that explain none.

    Examples
    --------
    >>> model = PathModel.parse("A =~ a\nB =~ b\nC =~ c\nD =~ d\nC ~ A + B\nD ~ A")
    >>> list(related_constructs(model))
    [('A', 'B'), ('C', 'D')]
    """
    sources = {source for source, _ in model.paths}
    whole = [name for name in model.construct_names if name not in model.dimensions]
    yield from combinations([name for name in whole if name not in model.endogenous], 2)
    yield from combinations(
        [name for name in whole if name in model.endogenous and name not in sources], 2
    )


def intercepts(items: Sequence[str]) -> list[Parameter]:
    """Return the intercepts of items, all free."""
    return [
        Parameter(lhs=item, op="~1", rhs="", matrix="intercept", row=k, col=0)
        for k, item in enumerate(items)
    ]


def _means(model: PathModel) -> list[Parameter]:
    means = [
        Parameter(lhs=name, op="~1", rhs="", matrix="mean", row=j, col=0, fixed=0.0)
        for j, name in enumerate(model.construct_names)
    ]
    return [*intercepts(model.items), *means]


def _residual_pairs(
    model: PathModel, pairs: Sequence[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    for pair in pairs:
        unknown = [item for item in pair if item not in model.items]
        if unknown or pair[0] == pair[1]:
            raise ModelError(
                f"the residual covariance of {pair[0]} and {pair[1]} needs two different items of "
                f"the model; it has {', '.join(model.items)}",
                items=pair,
            )
    return tuple(pairs)
