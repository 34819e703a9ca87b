"""Large batches fitted piece by piece, in memory that does not grow with them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np
import xarray as xr

from csat_models.estimation.moments import Moments
from csat_models.estimation.result import Estimates

# Covariances fitted at a time; what a fit needs is a few times as much.
CHUNK_BYTES = 1 << 26

Labelled = TypeVar("Labelled", Moments, Estimates)


def chunk_length(n_items: int, others: int = 1) -> int:
    """Elements of a batch whose covariances, `others` of each, make a chunk.

    A multiple of 64, in which draws are made.
    """
    each = 8 * n_items * n_items * max(1, others)
    return max(64, CHUNK_BYTES // each // 64 * 64)


def in_chunks(moments: Moments, fit: Callable[[Moments], Estimates]) -> Estimates:
    """Fit a batch piece by piece along its longest dimension.

    Every element of a batch is fitted by itself, so the result is the same,
    bit by bit, whatever the length of the pieces.

    Parameters
    ----------
    moments : Moments
        With any leading dimensions.
    fit : callable
        What fits a piece.

    Returns
    -------
    Estimates
    """
    sizes = {dim: moments.cov.sizes[dim] for dim in moments.batch_dims}
    if not sizes:
        return fit(moments)
    dim = max(sizes, key=lambda name: sizes[name])
    others = int(np.prod([size for name, size in sizes.items() if name != dim]))
    length = chunk_length(len(moments.items), others)
    if sizes[dim] <= length:
        return fit(moments)
    pieces = [
        fit(cut(moments, dim, slice(start, start + length)))
        for start in range(0, sizes[dim], length)
    ]
    same = pieces[0].moments.items == moments.items
    whole = moments if same else _join([piece.moments for piece in pieces], dim)
    bare = [replace(piece, moments=whole) for piece in pieces]
    return _join(bare, dim)


def cut(of: Labelled, dim: Hashable, piece: slice) -> Labelled:
    """Take a piece along one dimension of every array that has it."""
    cuts: dict[str, Any] = {
        name: array.isel({dim: piece}) for name, array in _arrays(of).items() if dim in array.dims
    }
    return replace(of, **cuts)


def _arrays(of: Moments | Estimates) -> dict[str, xr.DataArray]:
    found = {field.name: getattr(of, field.name) for field in fields(of)}
    return {name: array for name, array in found.items() if isinstance(array, xr.DataArray)}


def _join(pieces: Sequence[Labelled], dim: Hashable) -> Labelled:
    first, *_ = pieces
    joined: dict[str, Any] = {
        name: join_arrays([getattr(piece, name) for piece in pieces], dim)
        for name, array in _arrays(first).items()
        if dim in array.dims
    }
    return replace(first, **joined)


def join_arrays(arrays: Sequence[xr.DataArray], dim: Hashable) -> xr.DataArray:
    """Put pieces one after the other along a dimension that all have."""
    first, *_ = arrays
    axis = first.dims.index(dim)
    values = np.concatenate([array.transpose(*first.dims).to_numpy() for array in arrays], axis)
    coords = {name: coord for name, coord in first.coords.items() if dim not in coord.dims}
    for name, coord in first.coords.items():
        if dim in coord.dims:
            along = np.concatenate([array.coords[name].to_numpy() for array in arrays])
            coords[name] = xr.DataArray(along, dims=coord.dims)
    return xr.DataArray(values, coords=coords, dims=first.dims, attrs=first.attrs)
