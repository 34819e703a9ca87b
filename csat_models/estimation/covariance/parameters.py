r"""The parameters of a covariance structure: what is free, what is fixed, what is equal.

With items x and constructs :math:`\eta`,

.. math::
    x = \nu + \Lambda \eta + \varepsilon, \quad
    \eta = \alpha + B \eta + \zeta, \quad
    \Theta = \mathrm{cov}\,\varepsilon, \quad \Psi = \mathrm{cov}\,\zeta .

What a path model frees is in :mod:`~csat_models.estimation.covariance.elements`.
Latent means are free from the second group on once intercepts are equal, those
of constructs measured by items.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from csat_models.errors import ModelError
from csat_models.estimation.covariance.elements import (
    Parameter,
    intercepts,
    model_parameters,
)
from csat_models.estimation.sample import Array
from csat_models.model import PathModel

Equal = Literal["loadings", "intercepts", "residuals"]
EQUAL: tuple[Equal, ...] = ("loadings", "intercepts", "residuals")
Table = TypeVar("Table", bound="ParameterTable")


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
        parameters = model_parameters(model, residual_covariances, mean_structure=mean_structure)
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
        parameters = (*covariances, *intercepts(items))
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


def _numbered(parameters: Sequence[Parameter], n_groups: int) -> tuple[NDArray[np.int64], Array]:
    is_free = np.array([p.fixed is None for p in parameters])
    first = np.where(is_free, np.cumsum(is_free) - 1, -1)
    shift = np.arange(n_groups)[:, None] * int(is_free.sum())
    values = np.array([p.fixed or 0.0 for p in parameters])
    free = np.where(is_free, first + shift, -1).astype(np.int64)
    return free, np.tile(values, (n_groups, 1))


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
