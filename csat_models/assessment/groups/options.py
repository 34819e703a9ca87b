"""What comparisons of groups take besides their own arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import pandas as pd

from csat_models.errors import DataError
from csat_models.survey import Responses

Data = TypeVar("Data", bound=Responses | pd.DataFrame)

READING = ("missing", "sampling_weights", "ordinal")
DRAWING = ("persons", "strata", "clusters")
PERMUTING = ("within", "persons", "clusters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Arguments sorted by who takes them.

    Attributes
    ----------
    reading : dict
        How moments are taken from rows.
    drawing : dict
        How rows are drawn.
    permuting : dict
        Within which cells groups are permuted, and which rows move together.
    """

    reading: dict[str, Any]
    drawing: dict[str, Any]
    permuting: dict[str, Any]

    @classmethod
    def of(cls, how: Mapping[str, Any], *, drawing: bool = False) -> Options:
        """Sort given arguments; strata only where rows are drawn.

        Raises
        ------
        DataError
            An argument that nobody takes.

        Examples
        --------
        >>> Options.of({"missing": "mean", "within": ["city"]}).reading
        {'missing': 'mean'}
        """
        known = tuple(dict.fromkeys([*READING, *(DRAWING if drawing else ()), *PERMUTING]))
        strange = next((name for name in how if name not in known), None)
        if strange is not None:
            raise DataError(
                f"there is no argument '{strange}' of a comparison of groups; besides those of the "
                f"function itself there are {', '.join(known)}",
                argument=strange,
            )
        given = {name: value for name, value in how.items() if value is not None}
        return cls(
            reading={name: given[name] for name in READING if name in given},
            drawing={name: given[name] for name in DRAWING if name in given},
            permuting={name: given[name] for name in PERMUTING if name in given},
        )


def without_empty_groups(data: Data, group: str) -> Data:
    """Take categories that no row has out of the column of the groups.

    Examples
    --------
    >>> frame = pd.DataFrame({"g": pd.Categorical(["a", "b"], ["a", "b", "c"])})
    >>> without_empty_groups(frame, "g")["g"].cat.categories.tolist()
    ['a', 'b']
    """
    frame = data.frame if isinstance(data, Responses) else data
    if not isinstance(frame, pd.DataFrame) or group not in frame.columns:
        return data
    if not isinstance(frame.dtypes[group], pd.CategoricalDtype):
        return data
    kept = frame.assign(**{group: frame[group].cat.remove_unused_categories()})
    return replace(data, frame=kept) if isinstance(data, Responses) else kept  # type: ignore[return-value]
