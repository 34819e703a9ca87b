"""The files of a wave: by name, by pattern, in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from csat_models.errors import DataError


def find_files(path: str | Path | Sequence[str | Path]) -> tuple[Path, ...]:
    """Find the files of a wave.

    Parameters
    ----------
    path : str, Path or sequence of them
        Files, patterns (``*``, ``?``) and folders of Parquet files.

    Returns
    -------
    tuple of Path
        Each once; those of a pattern or folder by name.

    Raises
    ------
    DataError
        A pattern or folder without files, or something that is no path.
    """
    several = path if isinstance(path, list | tuple | set) else (path,)
    odd = [each for each in several if not isinstance(each, str | Path)]
    if odd:
        raise DataError(f"{odd[0]!r} is no path; name a file or several")
    found = dict.fromkeys(each for one in several for each in _expand(Path(one)))
    if not found:
        raise DataError("no file is named; name at least one")
    return tuple(found)


def _expand(path: Path) -> list[Path]:
    if path.is_dir():
        found, what = sorted(path.glob("*.parquet")), "Parquet files"
    elif not path.exists() and any(mark in str(path) for mark in "*?["):
        anchor = Path(path.anchor)
        found = sorted(
            each for each in anchor.glob(str(path.relative_to(anchor))) if each.is_file()
        )
        what = "such files"
    else:
        return [path]
    if not found:
        raise DataError(f"{path}: there are no {what}; check the path", source=str(path))
    return found


def read_bytes(path: Path) -> bytes:
    """Return the content of a file.

    Raises
    ------
    DataError
        It cannot be opened.
    """
    try:
        return path.read_bytes()
    except (OSError, ValueError) as problem:
        reason = (getattr(problem, "strerror", None) or "it cannot be opened").lower()
        raise DataError(f"{path}: {reason}; {ask_for_nearest(path)}", source=str(path)) from None


def ask_for_nearest(path: Path) -> str:
    """Return what to do about a path that leads to no file.

    Parameters
    ----------
    path : Path
        As it was given.

    Returns
    -------
    str
        A question after a file of a like name in the same folder, else
        "check the path".

    Examples
    --------
    >>> ask_for_nearest(Path("no/such/folder/x.csv"))
    'check the path'
    """
    try:
        names = [each.name for each in path.parent.iterdir() if each.is_file()]
    except (OSError, ValueError):
        names = []
    close = get_close_matches(path.name, names, n=1)
    return f"did you mean '{path.parent / close[0]}'?" if close else "check the path"
