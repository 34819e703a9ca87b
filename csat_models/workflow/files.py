"""Files that appear whole or not at all, and locks that die with their owner."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Put a file in place by a rename within its folder.

    Parameters
    ----------
    path : Path
        Where the file shall lie; its folder is made.
    content : bytes
        The whole content.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "tables" / "index.csv"
    >>> write_atomically(target, b"construct,estimate")
    >>> target.read_bytes()
    b'construct,estimate'
    """
    with writing(path) as temporary:
        temporary.write_bytes(content)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` that replaces it on success.

    Parameters
    ----------
    path : Path
        Where the file shall lie; its folder is made.

    Yields
    ------
    Path
        The temporary file, to be written within the block.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal.

    Parameters
    ----------
    path : Path
        A file that exists.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock, waiting for it if need be.

    The lock belongs to the open file, so the operating system drops it when
    its holder ends in whatever way. The lock file stays: to delete it would
    let two processes lock two files of the same name.

    Parameters
    ----------
    path : Path
        The lock file; it is made if need be.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_locked(path: Path) -> bool:
    """Tell whether a process holds the lock of :func:`locked` just now."""
    if not path.is_file():
        return False
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextlib.contextmanager
def claimed(path: Path, owner: str) -> Iterator[str]:
    """Hold an exclusive lock, or fail at once if another process holds it.

    Parameters
    ----------
    path : Path
        The lock file; the holder writes `owner` into it.
    owner : str
        What others shall read about the holder.

    Yields
    ------
    str
        What the previous holder had written.

    Raises
    ------
    BlockingIOError
        Another process holds the lock; its argument is what that process
        wrote.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        file.seek(0)
        previous = file.read()
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BlockingIOError(previous) from None
        file.truncate(0)
        file.write(owner)
        file.flush()
        yield previous


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
