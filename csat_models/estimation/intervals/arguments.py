"""What intervals ask of their arguments: labelled draws that fit the sample's statistic."""

from __future__ import annotations

from numbers import Real

import xarray as xr

from csat_models.errors import DataError


def require_level(level: object) -> None:
    """Refuse a confidence level that is no share.

    Raises
    ------
    DataError
        Such as 95 for 0.95.
    """
    if not isinstance(level, Real) or not 0.0 < float(level) < 1.0:
        raise DataError(
            f"level={level} is no confidence level; write a share such as 0.95", level=level
        )


def require_draws(draws: object) -> None:
    """Refuse draws without labels, or without the dimension ``draw``.

    Raises
    ------
    DataError
        Such draws.
    """
    require_labelled(draws=draws)
    if isinstance(draws, xr.DataArray) and "draw" not in draws.dims:
        raise DataError(
            "the draws have no dimension 'draw'; they have "
            f"{', '.join(map(str, draws.dims)) or 'none'}",
            dims=draws.dims,
        )


def require_labelled(**arrays: object) -> None:
    """Refuse plain arrays and numbers; None is an argument that was not given.

    Raises
    ------
    DataError
        Such an argument.
    """
    for name, array in arrays.items():
        if array is not None and not isinstance(array, xr.DataArray):
            raise DataError(
                f"{name}= is of type '{type(array).__name__}'; give a labelled array "
                "(xarray.DataArray), or call interval_arrays for plain ones",
                argument=name,
            )


def aligned(pattern: xr.DataArray, array: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Return two arrays with the labels of their common dimensions in one order.

    Raises
    ------
    DataError
        A label or a size that only one of them has.
    """
    try:
        return xr.align(pattern, array, join="exact", copy=False)
    except ValueError:
        shared = [dim for dim in pattern.dims if dim in array.dims]
        dim = next((dim for dim in shared if not pattern[dim].equals(array[dim])), shared[0])
        raise DataError(
            f"the arrays have different labels along '{dim}'; take all of them from estimates of "
            "the same model, cells and draws",
            dimension=str(dim),
        ) from None


def require_same_dims(draws: xr.DataArray, point: xr.DataArray) -> None:
    """Refuse draws and a sample's statistic that differ in more than the dimension ``draw``.

    Raises
    ------
    DataError
        A dimension that only one of them has.
    """
    apart = set(draws.dims).symmetric_difference({"draw", *point.dims})
    if apart:
        dim = min(map(str, apart))
        raise DataError(
            f"only one of draws= and point= has the dimension '{dim}'; take both from the same "
            "statistic, of the draws and of the sample",
            dimension=dim,
        )
