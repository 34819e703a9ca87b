"""Indexes of results by item and construct, made once for all results of a model.

Making the indexes of one fit takes longer than the fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import xarray as xr

# Sets of names whose indexes are kept.
KEPT = 64


@lru_cache(maxsize=KEPT)
def item_coordinates(items: tuple[str, ...]) -> xr.Coordinates:
    """Label ``item`` and ``item_2``."""
    return xr.Coordinates({dim: list(items) for dim in ("item", "item_2")})


@lru_cache(maxsize=KEPT)
def model_coordinates(constructs: tuple[str, ...], items: tuple[str, ...]) -> xr.Coordinates:
    """Label ``item``, and constructs under the four names of their dimensions."""
    dims = ("source", "target", "construct", "construct_2")
    return xr.Coordinates({"item": list(items)} | {dim: list(constructs) for dim in dims})


def label(
    arrays: Mapping[str, tuple[list[Any], Any]], shared: xr.Coordinates, batch: Mapping[Any, Any]
) -> dict[str, xr.DataArray]:
    """Label arrays that share their coordinates.

    Parameters
    ----------
    arrays : mapping of name to (dimensions, array)
    shared : Coordinates
        As the functions above return them.
    batch : mapping of dimension to labels
        Of leading dimensions.

    Returns
    -------
    dict of name to DataArray
        Each with the coordinates of its own dimensions.

    Examples
    --------
    >>> made = label({"n": (["city"], np.array([3]))}, item_coordinates(("a",)), {"city": ["x"]})
    >>> made["n"].sel(city="x").item()
    3
    """
    whole = xr.Dataset(dict(arrays), coords=shared)
    if batch:
        whole = whole.assign_coords({dim: np.asarray(labels) for dim, labels in batch.items()})
    return {str(name): array.rename(None) for name, array in whole.items()}
