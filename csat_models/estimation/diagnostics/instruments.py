"""Which constructs may be instruments for which paths of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from csat_models.errors import DataError, ModelError
from csat_models.estimation.effects import total_effects_array
from csat_models.model import PathModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """The paths to one construct and their instruments, as names and as positions.

    Attributes
    ----------
    target : int
        Position of the construct among those of the model.
    sources, suspects : tuple of str
        The constructs with a path to it, and those of them that are suspected.
    places : list of int
        Positions of `sources`.
    first : list of int
        Positions of all that the first stage regresses on: the sources that
        are not suspected, then the instruments.
    n_instruments : int
        How many of these, the last ones, are instruments.
    """

    target: int
    sources: tuple[str, ...]
    suspects: tuple[str, ...]
    places: list[int]
    first: list[int]
    n_instruments: int

    @classmethod
    def of(cls, model: PathModel, target: str, instruments: Mapping[str, Sequence[str]]) -> Self:
        r"""Read and check what was asked for.

        Parameters
        ----------
        model : PathModel
        target : str
        instruments : mapping of str to sequence of str
            The instruments of each suspected source of `target`.

        Raises
        ------
        ModelError
            An unknown construct, or a suspect without a path to `target`.
        DataError
            Too few instruments, or one that cannot be one.

        Examples
        --------
        >>> model = PathModel.parse("Z =~ z\nX =~ x\nY =~ y\nX ~ Z\nY ~ X")
        >>> Equation.of(model, "Y", {"X": ["Z"]}).first
        [0]
        """
        given = tuple(dict.fromkeys(name for names in instruments.values() for name in names))
        for name in (target, *instruments, *given):
            model.construct(name)
        sources = model.predecessors(target)
        _check_suspects(tuple(instruments), sources, target)
        _check_instruments(given, model, target, tuple(instruments))
        position = {name: j for j, name in enumerate(model.construct_names)}
        plain = [name for name in sources if name not in instruments]
        return cls(
            target=position[target],
            sources=sources,
            suspects=tuple(name for name in sources if name in instruments),
            places=[position[name] for name in sources],
            first=[position[name] for name in (*plain, *given)],
            n_instruments=len(given),
        )


def _check_suspects(suspects: tuple[str, ...], sources: tuple[str, ...], target: str) -> None:
    if not suspects:
        raise DataError(
            f"no source of '{target}' is suspected; write instruments={{source: [instrument]}}"
        )
    strange = [name for name in suspects if name not in sources]
    if strange:
        raise ModelError(
            f"the model has no path from '{strange[0]}' to '{target}' to instrument; the sources "
            f"of '{target}' are {', '.join(sources) or 'none'}",
            construct=strange[0],
        )


def _check_instruments(
    given: tuple[str, ...], model: PathModel, target: str, suspects: tuple[str, ...]
) -> None:
    for name in given:
        reason = _why_not(name, model, target, suspects)
        if reason:
            raise DataError(
                f"'{name}' cannot be an instrument, as it {reason}; name constructs that move a "
                f"source of '{target}', and '{target}' only through it",
                construct=name,
            )
    if len(given) < len(suspects):
        raise DataError(
            f"{len(suspects)} suspected sources of '{target}' need as many instruments, and there "
            f"are {len(given)}; name more instruments or suspect fewer sources",
            target=target,
        )


def _why_not(name: str, model: PathModel, target: str, suspects: tuple[str, ...]) -> str:
    """Say why a construct cannot be an instrument; empty if it can.

    What a suspect moves shares the causes that the suspect is suspected of,
    and so does a product that it is a factor of.
    """
    if name == target:
        return "is the target"
    if name in model.predecessors(target):
        return f"has a path to '{target}' itself"
    if name in model.dimensions:
        return "is a dimension of another construct"
    names = model.construct_names
    reached = total_effects_array(model.adjacency) + np.eye(len(names))
    for cause in (target, *suspects):
        if any(reached[names.index(cause), names.index(part)] for part in name.split(":")):
            return f"is moved by '{cause}'"
    return ""
