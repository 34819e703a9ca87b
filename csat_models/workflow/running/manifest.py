"""What a study's results consist of, and what they were made from.

Each notebook has a record of its files, written when they are in place, from
which an interrupted run is resumed. The manifest gathers the records; it is
removed before anything changes and written when all is done, so that a
manifest means a whole study. The raw data's hashes lie in every folder of
results too, in a file that ``sha256sum --check`` reads.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from csat_models.errors import NotebookError
from csat_models.workflow.files import file_digest, write_atomically

MANIFEST = "manifest.json"
FOLDERS = ("notebooks", "tables", "figures")
REPORT = "report"
RAW_DATA = "raw_data.txt"

_RECORDS = ".records"
_SOURCES = {f"{part}/{RAW_DATA}" for part in FOLDERS}
_FAILED = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The files that a notebook (or the report) put in place.

    Attributes
    ----------
    name : str
        The notebook, or ``"report"``.
    key : str
        Hash of everything it was made from; empty after a failure.
    seconds : float
        How long it took.
    files : dict of str to str
        Path below the study's folder to SHA-256.
    """

    name: str
    key: str
    seconds: float
    files: dict[str, str]

    def holds(self, key: str, folder: Path) -> bool:
        """Whether the files are as they were made, and made under `key`."""
        return self.key == key and all(
            (folder / path).is_file() and file_digest(folder / path) == sha256
            for path, sha256 in self.files.items()
        )


def read_records(folder: Path) -> dict[str, Record]:
    """Return the records in a study's folder, by name; damaged ones are left out."""
    found = {}
    for path in sorted((folder / _RECORDS).glob("*.json")):
        with contextlib.suppress(ValueError, TypeError):
            found[path.stem] = Record(**json.loads(path.read_text(encoding="utf-8")))
    return found


def forget(folder: Path, record: Record) -> None:
    """Delete a record, then its files."""
    _record_file(folder, record.name).unlink(missing_ok=True)
    for path in record.files:
        (folder / path).unlink(missing_ok=True)


def install(staging: Path, folder: Path, *, name: str, key: str | None, seconds: float) -> Record:
    """Move what a notebook made from its staging folder into the study's.

    Parameters
    ----------
    staging : Path
        Where the new files lie, on the same file system.
    folder : Path
        The study's folder.
    name : str
        The notebook; what it had made before is deleted.
    key : str or None
        Hash of what it was made from; None after a failure, of which only
        the executed copy is kept.
    seconds : float
        How long it took.

    Returns
    -------
    Record
        Of the files now in place.

    Raises
    ------
    NotebookError
        Another notebook has made a file of the same name.
    """
    records = read_records(folder)
    previous = records.pop(name, None)
    made = sorted(path for path in staging.rglob("*") if path.is_file())
    relative = [path.relative_to(staging).as_posix() for path in made]
    if key is None:
        relative = [path for path in relative if path.startswith("notebooks/")]
    _check_owners(name, relative, records)
    if previous is not None:
        forget(folder, previous)
    for path in relative:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        os.replace(staging / path, folder / path)
    files = {path: file_digest(folder / path) for path in relative}
    record = Record(name=name, key=key or _FAILED, seconds=round(seconds, 2), files=files)
    write_atomically(_record_file(folder, name), _as_json(asdict(record)))
    return record


def sweep(folder: Path, names: Iterable[str]) -> bool:
    """Delete records of other names, and files that belong to no record.

    Parameters
    ----------
    folder : Path
        The study's folder; only its folders of results are swept.
    names : iterable of str
        The notebooks that there are.

    Returns
    -------
    bool
        Whether anything was deleted.
    """
    keep = {*names, REPORT}
    records = read_records(folder)
    gone = [record for name, record in records.items() if name not in keep]
    for record in gone:
        forget(folder, record)
    owned = {path for name in keep & records.keys() for path in records[name].files}
    strays = [
        path
        for part in FOLDERS
        for path in (folder / part).rglob("*")
        if path.is_file() and path.relative_to(folder).as_posix() not in owned | _SOURCES
    ]
    for path in strays:
        path.unlink()
    return bool(gone or strays)


def withdraw(folder: Path) -> None:
    """Remove what says that the results are whole, before any of them changes."""
    for path in (MANIFEST, *_SOURCES):
        (folder / path).unlink(missing_ok=True)


def write_manifest(folder: Path, content: Mapping[str, Any]) -> bool:
    """Write the manifest, unless it says the same already.

    Parameters
    ----------
    folder : Path
        The study's folder; the files of its records are added.
    content : mapping
        What the study was made from; the hashes under ``raw_data`` are
        written into every folder of results.

    Returns
    -------
    bool
        Whether it was written.
    """
    _write_sources(folder, content.get("raw_data", {}))
    records = read_records(folder)
    whole = {
        **content,
        "results": {
            name: {"key": record.key, "seconds": record.seconds, "files": record.files}
            for name, record in records.items()
        },
    }
    path = folder / MANIFEST
    if _without_commit(read_manifest(folder)) == _without_commit(json.loads(_as_json(whole))):
        return False
    write_atomically(path, _as_json(whole))
    return True


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest in a study's folder, or None if there is no whole one."""
    try:
        return dict(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def git_commit(root: Path) -> str | None:
    """Return the commit of a checkout, with ``-dirty`` if it was changed since."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(
            command, cwd=root, capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def _write_sources(folder: Path, digests: Mapping[str, str]) -> None:
    """Write the hashes of the raw data beside the results that were made of them."""
    lines = "".join(f"{sha256}  {name}\n" for name, sha256 in digests.items())
    for path in (folder / part / RAW_DATA for part in FOLDERS if (folder / part).is_dir()):
        if not path.is_file() or path.read_text(encoding="utf-8") != lines:
            write_atomically(path, lines.encode())


def _check_owners(name: str, paths: Iterable[str], others: Mapping[str, Record]) -> None:
    owner = {path: record.name for record in others.values() for path in record.files}
    for path in paths:
        if path in owner:
            raise NotebookError(
                f"{name} makes {path}, which {owner[path]} makes too; "
                "give one of the elements another name",
                notebook=name,
                path=path,
            )


def _record_file(folder: Path, name: str) -> Path:
    return folder / _RECORDS / f"{name}.json"


def _as_json(content: Mapping[str, Any]) -> bytes:
    text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True)
    return f"{text}\n".encode()


def _without_commit(manifest: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if manifest is None:
        return None
    return {key: value for key, value in manifest.items() if key != "git_commit"}
