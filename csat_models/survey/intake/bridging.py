"""Files of earlier questionnaires, bridged to the present one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from csat_models.survey.codebooks.codebook import Codebook
from csat_models.survey.codebooks.questions import Item
from csat_models.survey.codebooks.versions import Version
from csat_models.survey.formats.table import Table

Scale = tuple[float, float]


def equate(scores: NDArray[np.float64], then: Scale, now: Scale) -> NDArray[np.float64]:
    """Equate scores of one scale linearly with another.

    Lowest goes to lowest and highest to highest::

        now_min + (score - then_min) (now_max - now_min) / (then_max - then_min)

    A 0-100 index, which is the position between both ends, stays what it was.

    Parameters
    ----------
    scores : ndarray, shape (...)
        On the scale `then`; NaN stays NaN.
    then, now : (float, float)
        Lowest and highest score.

    References
    ----------
    Kolen and Brennan 2014, Test Equating, Scaling, and Linking.

    Examples
    --------
    >>> equate(np.array([1.0, 3.0, 5.0]), (1, 5), (1, 10)).tolist()
    [1.0, 5.5, 10.0]
    """
    slope = (now[1] - now[0]) / (then[1] - then[0])
    equated = np.asarray(now[0] + (scores - then[0]) * slope, dtype=np.float64)
    return np.clip(equated, *now)


def equate_items(
    scores: NDArray[np.float64], then: Mapping[str, Item], now: Mapping[str, Item]
) -> NDArray[np.float64]:
    """Equate all items whose scale has changed.

    Parameters
    ----------
    scores : ndarray, shape (..., K)
        Of the K items of `then`.
    then, now : dict of str to Item
        Items of the earlier version, and of today under the same names.
    """
    equated = scores.copy()
    for k, (name, item) in enumerate(then.items()):
        if item.scale != now[name].scale:
            equated[..., k] = equate(scores[..., k], item.scale, now[name].scale)
    return equated


def rename_columns(table: Table, names: Mapping[str, str], absent: Iterable[str] = ()) -> Table:
    """Give the columns of a file the names of the codebook.

    Parameters
    ----------
    table : Table
    names : dict of str to str
        Names of the codebook, and what the file calls them. Columns of the
        file that have a name of the codebook but mean something else are left
        out.
    absent : iterable of str
        Names of the codebook that the file does not have.
    """
    back = {then: now for now, then in names.items()}
    gone = {*names, *absent} - back.keys()
    frame = table.frame.drop(columns=[name for name in table.frame.columns if name in gone])
    return replace(
        table,
        frame=frame.rename(columns=back),
        wordings={back.get(name, name): each for name, each in table.wordings.items()},
        labels={back.get(name, name): each for name, each in table.labels.items()},
        missing={back.get(name, name): each for name, each in table.missing.items()},
    )


def describe_bridge(name: str, version: Version, codebook: Codebook) -> str:
    """Say in one line how a file of an earlier version was read.

    Parameters
    ----------
    name : str
        Of the version.
    version : Version
    codebook : Codebook
        Of today.

    Examples
    --------
    >>> book = Codebook.model_validate(
    ...     {"scale": [1, 10], "items": {"S1": {"text": {"zh": "满意", "en": "satisfied"}}}}
    ... )
    >>> describe_bridge("2019", Version(columns={"S1": "Q7"}, scales={"S1": (1, 5)}), book)
    'bridged from version 2019; renamed: Q7 to S1; equated linearly: S1 from 1-5 to 1-10'
    """
    items = codebook.items
    renamed = [f"{then} to {now}" for now, then in version.columns.items() if then != now]
    equated = [
        f"{key} from {then[0]:g}-{then[1]:g} to {items[key].scale[0]:g}-{items[key].scale[1]:g}"
        for key, then in version.scales.items()
        if then != items[key].scale
    ]
    parts = {
        "renamed": renamed,
        "equated linearly": equated,
        "values renamed": list(version.values),
        "not in that file": list(version.absent),
    }
    told = [f"{what}: {', '.join(which)}" for what, which in parts.items() if which]
    return "; ".join([f"bridged from version {name}", *told])
