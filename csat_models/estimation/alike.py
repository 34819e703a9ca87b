"""What samples must have in common to be merged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from csat_models.errors import DataError

Labels = Mapping[str, NDArray[Any]]


def require_same_items(items: Sequence[Sequence[str]]) -> None:
    """Refuse samples of different items.

    Parameters
    ----------
    items : sequence of sequence of str
        Items of each sample, in any order.

    Raises
    ------
    DataError
        No sample at all, or an item that not all of them have.
    """
    if not items:
        raise DataError("there are no moments to merge; give a sequence of at least one")
    for names in items:
        apart = set(items[0]).symmetric_difference(names)
        if apart:
            item = sorted(apart)[0]
            raise DataError(
                f"item '{item}' is in some of the moments to merge and not in others; compute all "
                "of them with the same items=, or select() the common ones",
                item=item,
            )


def require_same_labels(labels: Sequence[Labels]) -> None:
    """Refuse samples of which only some have a label of a dimension that they share.

    Parameters
    ----------
    labels : sequence of mapping of str to array
        Labels of each dimension of each sample.

    Raises
    ------
    DataError
        Such a label.
    """
    for other in labels[1:]:
        for dim in set(labels[0]).intersection(other):
            apart = set(labels[0][dim].tolist()).symmetric_difference(other[dim].tolist())
            if apart:
                label = sorted(map(str, apart))[0]
                raise DataError(
                    f"'{label}' of the dimension '{dim}' is in some of the moments to merge and "
                    "not in others; select the common labels first, or merge this dimension in "
                    "each",
                    dimension=dim,
                    label=label,
                )
