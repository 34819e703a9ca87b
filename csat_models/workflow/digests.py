"""Hashes that say what a result was made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]

RUNTIME_PACKAGES = (
    "numpy",
    "scipy",
    "pandas",
    "xarray",
    "statsmodels",
    "semopy",
    "matplotlib",
    "seaborn",
    "pyarrow",
    "pydantic",
    "papermill",
    "nbclient",
    "ipykernel",
    "typst",
)


def digest(*parts: object) -> str:
    """Hash parts that JSON can hold, independently of the order of keys.

    Parameters
    ----------
    *parts : object
        Numbers, strings, None, and lists, tuples and mappings of them.

    Returns
    -------
    str
        40 hexadecimal digits.

    Raises
    ------
    TypeError
        A part that JSON cannot hold.
    ValueError
        A number that is not finite.

    Examples
    --------
    >>> digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1})
    True
    >>> digest("a", "b") == digest("ab")
    False
    """
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:40]


@cache
def library_digest(*rooms: str) -> str:
    """Hash the source of csat_models, or of some of its folders.

    Parameters
    ----------
    *rooms : str
        Folders and modules of the package, such as ``"estimation"`` and
        ``"errors"``; none means the whole package with its data files.

    Returns
    -------
    str
        40 hexadecimal digits.

    Raises
    ------
    ValueError
        The package has no such folder or module.

    Examples
    --------
    >>> library_digest("errors") == library_digest("errors", "model")
    False
    """
    found = sorted({path for room in rooms for path in _files_of(room)} or set(_all_files()))
    contents = [
        [path.relative_to(_PACKAGE).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()]
        for path in found
    ]
    return digest(contents)


def package_versions(names: Iterable[str] = RUNTIME_PACKAGES) -> dict[str, str]:
    """Return the installed versions of packages; absent ones are left out.

    Parameters
    ----------
    names : iterable of str
        Names of distributions.

    Examples
    --------
    >>> package_versions(["no-such-distribution"])
    {}
    """
    return {name: found for name in names if (found := _version(name)) is not None}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _files_of(room: str) -> list[Path]:
    module = _PACKAGE / f"{room}.py"
    found = [module] if module.is_file() else _all_files(_PACKAGE / room)
    if not found:
        raise ValueError(f"csat_models has neither a folder nor a module '{room}'")
    return found


def _all_files(folder: Path = _PACKAGE) -> list[Path]:
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    ]
