"""Results kept under the hash of what made them.

A store is a folder of files named by keys. Asking for a key either reads its
file or computes it, once, however many processes ask at the same time: each
key has its own lock. A file that cannot be read whole is computed anew.
Nothing is pickled.
"""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from csat_models.workflow.files import is_locked, locked, writing

T = TypeVar("T")
Arrays = Mapping[str, xr.DataArray]

_KEY = re.compile(r"[\w.-]+")
_LAYOUT = "layout"
_DAMAGED = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A folder of results, each under the hash of what made it.

    Attributes
    ----------
    folder : Path
        Where the files lie; it is made when something is kept.

    Examples
    --------
    >>> import tempfile
    >>> store = Store(folder=Path(tempfile.mkdtemp()))
    >>> made = store.arrays("k1", lambda: {"x": xr.DataArray([1.0, 2.0], dims="draw")})
    >>> read = store.arrays("k1", lambda: {})
    >>> bool(read["x"].identical(made["x"]))
    True
    """

    folder: Path

    def arrays(self, key: str, compute: Callable[[], Arrays]) -> dict[str, xr.DataArray]:
        """Return labelled arrays: from their file, or computed and kept.

        Parameters
        ----------
        key : str
            Hash of everything the arrays depend on.
        compute : callable
            Makes the arrays; called only where the file is absent or damaged.
            Dimensions, coordinates, dtypes and names come back as they were;
            attributes are not kept.

        Returns
        -------
        dict of str to DataArray

        Raises
        ------
        TypeError
            An array or a coordinate that is neither of numbers, truth
            values, dates nor of text.
        """
        path = self._path(key, "npz")
        return _get_or_compute(path, _read_arrays, _write_arrays, lambda: dict(compute()))

    def is_busy(self, key: str) -> bool:
        """Tell whether a process is computing the arrays of a key just now."""
        return is_locked(_lock_of(self._path(key, "npz")))

    def frame(self, key: str, compute: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """Return a table: from its file, or computed and kept as Parquet.

        Parameters
        ----------
        key : str
            Hash of everything the table depends on.
        compute : callable
            Makes the table; called only where the file is absent or damaged.

        Returns
        -------
        DataFrame
            With the index and dtypes that `compute` gave.
        """
        return _get_or_compute(self._path(key, "parquet"), _read_frame, _write_frame, compute)

    def _path(self, key: str, suffix: str) -> Path:
        if not _KEY.fullmatch(key) or key.startswith("."):
            raise ValueError(f"'{key}' is no key; use letters, digits, '-', '_' and '.'")
        return self.folder / f"{key}.{suffix}"


def _get_or_compute(
    path: Path,
    read: Callable[[Path], T],
    write: Callable[[Path, T], None],
    compute: Callable[[], T],
) -> T:
    found = _try_to_read(path, read)
    if found is not None:
        return found
    with locked(_lock_of(path)):
        found = _try_to_read(path, read)
        if found is not None:
            return found
        made = compute()
        with writing(path) as temporary:
            write(temporary, made)
    return made


def _lock_of(path: Path) -> Path:
    return path.parent / ".locks" / path.name


def _try_to_read(path: Path, read: Callable[[Path], T]) -> T | None:
    if not path.is_file():
        return None
    try:
        return read(path)
    except _DAMAGED:
        return None


def _write_frame(path: Path, frame: pd.DataFrame) -> None:
    frame.to_parquet(path, engine="pyarrow", write_page_checksum=True)


def _read_frame(path: Path) -> pd.DataFrame:
    return pd.read_parquet(path, engine="pyarrow", page_checksum_verification=True)


def _write_arrays(path: Path, arrays: dict[str, xr.DataArray]) -> None:
    """Write an npz file whose entry ``layout`` says what the others are."""
    entries: dict[str, NDArray[Any]] = {}
    layout = {name: _describe(array, entries) for name, array in arrays.items()}
    text = json.dumps(layout, allow_nan=False).encode("utf-8")
    entries[_LAYOUT] = np.frombuffer(text, dtype=np.uint8)
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **entries)


def _describe(array: xr.DataArray, entries: dict[str, NDArray[Any]]) -> dict[str, Any]:
    coords = {
        str(name): {
            "dims": [str(dim) for dim in coord.dims],
            "values": _keep(coord.to_numpy(), entries, f"coordinate '{name}'"),
        }
        for name, coord in array.coords.items()
        if not _is_multi_index(array, name)
    }
    return {
        "name": array.name,
        "dims": [str(dim) for dim in array.dims],
        "values": _keep(array.to_numpy(), entries, f"array '{array.name}'"),
        "coords": coords,
    }


def _is_multi_index(array: xr.DataArray, name: Hashable) -> bool:
    if isinstance(array.indexes.get(name), pd.MultiIndex):
        raise TypeError(f"coordinate '{name}' is a MultiIndex; call reset_index('{name}') first")
    return False


def _keep(values: NDArray[Any], entries: dict[str, NDArray[Any]], what: str) -> dict[str, Any]:
    if values.dtype.kind in "biufcUSMm":
        entry = f"values_{len(entries)}"
        entries[entry] = values
        return {"entry": entry}
    listed = values.ravel().tolist()
    if values.dtype.kind not in "OT" or not all(_is_plain(value) for value in listed):
        raise TypeError(f"{what} holds neither numbers nor text, so it cannot be kept")
    return {"list": listed, "shape": list(values.shape)}


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | int)


def _read_arrays(path: Path) -> dict[str, xr.DataArray]:
    with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        entries = {name: archive[name] for name in archive.files}
    layout = json.loads(entries[_LAYOUT].tobytes().decode("utf-8"))
    return {name: _restore(described, entries) for name, described in layout.items()}


def _restore(described: dict[str, Any], entries: dict[str, NDArray[Any]]) -> xr.DataArray:
    coords = {
        name: (coord["dims"], _restore_values(coord["values"], entries))
        for name, coord in described["coords"].items()
    }
    values = _restore_values(described["values"], entries)
    return xr.DataArray(values, dims=described["dims"], coords=coords, name=described["name"])


def _restore_values(kept: dict[str, Any], entries: dict[str, NDArray[Any]]) -> NDArray[Any]:
    if "entry" in kept:
        return entries[kept["entry"]]
    values = np.empty(len(kept["list"]), dtype=object)
    values[:] = kept["list"]
    return values.reshape(kept["shape"])
