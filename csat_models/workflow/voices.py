"""Tables, figures and sentences that already know the study's language and terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from inspect import signature
from types import ModuleType
from typing import Any


class Voice:
    """A room of the report floor, spoken to in the study's terms.

    Its functions are called with fewer arguments: language, labels, level,
    the columns of units and brands are given wherever a function takes them.
    What the call says itself comes first.

    Parameters
    ----------
    room : module
        Such as :mod:`csat_models.report.tables`.
    terms : mapping
        Name of a parameter to what the study says.
    asked : mapping, optional
        The same, of what takes time: called where a function has the parameter.

    Examples
    --------
    >>> from csat_models.report import narrative
    >>> voice = Voice(narrative, {"language": "en", "unit": "city"})
    >>> voice.absent("no_unit").reason
    'This section is empty: the study has no column of units.'
    """

    def __init__(
        self,
        room: ModuleType,
        terms: Mapping[str, Any],
        asked: Mapping[str, Callable[[], Any]] | None = None,
    ) -> None:
        self._room = room
        self._terms = dict(terms)
        self._asked = dict(asked or {})

    def __getattr__(self, name: str) -> Any:
        function = getattr(self._room, name)
        if not callable(function):
            return function
        known = signature(function).parameters
        terms = {k: v for k, v in self._terms.items() if k in known}
        return partial(function, **terms, **{k: v() for k, v in self._asked.items() if k in known})

    def __dir__(self) -> list[str]:
        return list(self._room.__all__)
