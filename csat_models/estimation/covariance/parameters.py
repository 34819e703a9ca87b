r"""The parameters of a covariance structure: what is free, what is fixed, what is equal.

With items x and constructs :math:`\eta`,

.. math::
    x = \nu + \Lambda \eta + \varepsilon, \quad
    \eta = \alpha + B \eta + \zeta, \quad
    \Theta = \mathrm{cov}\,\varepsilon, \quad \Psi = \mathrm{cov}\,\zeta .

Conventions, those of lavaan's ``sem``: the first loading of a construct is 1;
a construct of one item is that item, without error; exogenous constructs
covary, and so do the residuals of constructs that explain no other; latent
means are 0, and free from the second group on once intercepts are equal, those
of constructs measured by items. A
construct of higher order loads on its dimensions, which is a path in B.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from csat_models.errors import ModelError
from csat_models.estimation.sample import Array
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
Equal = Literal["loadings", "intercepts", "residuals"]
EQUAL: tuple[Equal, ...] = ("loadings", "intercepts", "residuals")
Table = TypeVar("Table", bound="ParameterTable")


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParameterTable:
    """R parameters in each of G groups, P of them free and different.

    Attributes
    ----------
    items, constructs : tuple of str
    groups : tuple of str
        One name, ``""``, for one group.
    parameters : tuple of Parameter
        The same in every group.
    free : array (G, R) of int
        Number of the free parameter, -1 where it is fixed; equal numbers are
        equal parameters.
    values : array (G, R)
        Values of the fixed parameters, 0 elsewhere.
    mean_structure : bool
        Whether means are modelled; else they are left as observed.
    """

    items: tuple[str, ...]
    constructs: tuple[str, ...]
    groups: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    free: NDArray[np.int64]
    values: Array
    mean_structure: bool

    @classmethod
    def of(
        cls,
        model: PathModel,
        *,
        residual_covariances: Sequence[tuple[str, str]] = (),
        mean_structure: bool = False,
        groups: Sequence[str] = ("",),
        equal: Collection[Equal] = (),
        released: Collection[str] = (),
    ) -> Self:
        r"""Write a path model as a covariance structure.

        Parameters
        ----------
        model : PathModel
        residual_covariances : sequence of (str, str)
            Pairs of items whose residuals covary.
        mean_structure : bool
        groups : sequence of str
        equal : collection of {"loadings", "intercepts", "residuals"}
            What is equal in all groups.
        released : collection of str
            Names of parameters that are not, such as ``"Quality =~ PERQ2"``.

        Raises
        ------
        ModelError
            Composites, products, an unknown item or parameter.

        Examples
        --------
        >>> model = PathModel.parse("Q =~ Q1 + Q2\nS =~ S1 + S2\nS ~ Q")
        >>> table = ParameterTable.of(model)
        >>> table.n_free, table.names[:2], table.degrees_of_freedom
        (9, ('Q =~ Q2', 'S =~ S2'), 1)
        """
        require_factors(model)
        pairs = _residual_pairs(model, residual_covariances)
        parameters = (*_measurement(model), *_structure(model), *_covariances(model, pairs))
        if mean_structure:
            parameters = (*parameters, *_means(model))
        free, values = _numbered(parameters, len(groups))
        table = cls(
            items=model.items,
            constructs=model.construct_names,
            groups=tuple(groups),
            parameters=parameters,
            free=free,
            values=values,
            mean_structure=mean_structure,
        )
        return _constrained(table, equal, released) if equal else table

    @classmethod
    def unrestricted(
        cls, items: Sequence[str], groups: Sequence[str], *, independent: bool = False
    ) -> Self:
        """Every mean and covariance by itself; of `independent` items, variances only.

        Examples
        --------
        >>> ParameterTable.unrestricted(["a", "b"], [""]).names
        ('a ~~ a', 'a ~~ b', 'b ~~ b', 'a ~1', 'b ~1')
        """
        pairs = [
            (k, other)
            for k in range(len(items))
            for other in range(k, k + 1 if independent else len(items))
        ]
        covariances = [
            Parameter(lhs=items[k], op="~~", rhs=items[m], matrix="residual_cov", row=k, col=m)
            for k, m in pairs
        ]
        parameters = (*covariances, *_intercepts(items))
        free, values = _numbered(parameters, len(groups))
        return cls(
            items=tuple(items),
            constructs=(),
            groups=tuple(groups),
            parameters=parameters,
            free=free,
            values=values,
            mean_structure=True,
        )

    @property
    def n_free(self) -> int:
        """Number P of free parameters."""
        return int(self.free.max()) + 1

    @property
    def n_moments(self) -> int:
        """Number of means and covariances that are modelled, in all groups."""
        size = len(self.items)
        each = size * (size + 1) // 2 + size * self.mean_structure
        return each * len(self.groups)

    @property
    def degrees_of_freedom(self) -> int:
        """Moments less free parameters."""
        return self.n_moments - self.n_free

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the P free parameters; of equal ones that of the first group."""
        found = dict.fromkeys(range(self.n_free), "")
        for g, group in enumerate(self.groups):
            for number, parameter in zip(self.free[g], self.parameters, strict=True):
                if number >= 0 and not found[int(number)]:
                    found[int(number)] = parameter.name + (f" [{group}]" if group else "")
        return tuple(found.values())

    @property
    def selection(self) -> Array:
        """Share of each free parameter in each element: 0/1, (G, R, P)."""
        taken: Array = (self.free[:, :, None] == np.arange(self.n_free)).astype(np.float64)
        return taken

    def expand(self, theta: Array) -> Array:
        """All parameters of all groups from the free ones, (..., P) to (..., G, R)."""
        padded = np.concatenate([theta, np.zeros((*theta.shape[:-1], 1))], axis=-1)
        expanded: Array = padded[..., self.free] + self.values
        return expanded

    def extended(self, more: Sequence[Parameter]) -> ParameterTable:
        """Add parameters, each free in each group."""
        extra = len(self.groups) * len(more)
        numbers = self.n_free + np.arange(extra).reshape(len(self.groups), len(more))
        zeros = np.zeros((len(self.groups), len(more)))
        return replace(
            self,
            parameters=(*self.parameters, *more),
            free=np.hstack([self.free, numbers]),
            values=np.hstack([self.values, zeros]),
        )


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


def _numbered(parameters: Sequence[Parameter], n_groups: int) -> tuple[NDArray[np.int64], Array]:
    is_free = np.array([p.fixed is None for p in parameters])
    first = np.where(is_free, np.cumsum(is_free) - 1, -1)
    shift = np.arange(n_groups)[:, None] * int(is_free.sum())
    values = np.array([p.fixed or 0.0 for p in parameters])
    free = np.where(is_free, first + shift, -1).astype(np.int64)
    return free, np.tile(values, (n_groups, 1))


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


def _intercepts(items: Sequence[str]) -> list[Parameter]:
    return [
        Parameter(lhs=item, op="~1", rhs="", matrix="intercept", row=k, col=0)
        for k, item in enumerate(items)
    ]


def _means(model: PathModel) -> list[Parameter]:
    means = [
        Parameter(lhs=name, op="~1", rhs="", matrix="mean", row=j, col=0, fixed=0.0)
        for j, name in enumerate(model.construct_names)
    ]
    return [*_intercepts(model.items), *means]


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


def _constrained(table: Table, equal: Collection[Equal], released: Collection[str]) -> Table:
    """Give equal parameters the number of the first group; free the latent means."""
    names = {parameter.name for parameter in table.parameters}
    unknown = [name for name in released if name not in names]
    if unknown:
        raise ModelError(
            f"'{unknown[0]}' is no parameter of the model; write it as the parameter table does, "
            f"such as '{table.parameters[1].name}'",
            parameter=unknown[0],
        )
    free, values = table.free.copy(), table.values.copy()
    # Of a construct of higher order the mean is not known beside those of its dimensions.
    higher = {p.lhs for p in table.parameters if p.op == "=~" and p.matrix == "path"}
    for r, parameter in enumerate(table.parameters):
        if _kind(parameter) in equal and parameter.name not in released and free[0, r] >= 0:
            free[:, r] = free[0, r]
        if parameter.matrix == "mean" and "intercepts" in equal and parameter.lhs not in higher:
            free[1:, r] = table.free.max() + 1 + r + np.arange(1, len(free)) * len(names)
    used = np.unique(free[free >= 0])
    compact = np.where(free >= 0, np.searchsorted(used, free), -1)
    return replace(table, free=compact, values=values)


def _kind(parameter: Parameter) -> str:
    if parameter.op == "=~":
        return "loadings"
    if parameter.matrix == "intercept":
        return "intercepts"
    own = parameter.matrix == "residual_cov" and parameter.row == parameter.col
    return "residuals" if own else ""
