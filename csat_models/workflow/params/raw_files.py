"""The raw files of a wave: named one by one, by pattern, or as a folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

from csat_models.errors import DataError, ParamsError
from csat_models.survey.formats.finding import find_files
from csat_models.survey.intake.reading import package_bytes
from csat_models.workflow.files import file_digest
from csat_models.workflow.params.fields import DataSource
from csat_models.workflow.project import Project

INSIDE = "a path inside the project, relative to its root and without '..'"


def raw_files(data: DataSource, project: Project) -> dict[str, Path]:
    """Find the raw files of a study.

    Parameters
    ----------
    data : DataSource
        What the params say; its ``file`` may name several files, patterns
        (``data/raw/2024/*.sav``) and folders of Parquet files.
    project : Project

    Returns
    -------
    dict of str to Path
        The files by their names as seen from the project's root, in order.

    Raises
    ------
    ParamsError
        A path that leads outside the project, or a name that finds no file;
        the fact ``allowed`` says what the key must be.
    """
    found: dict[str, Path] = {}
    for text in data.files:
        path = project.inside(text)
        if path is None:
            raise _refusal(INSIDE)
        try:
            each = find_files(path)
        except DataError:
            each = ()
        if not each or not all(file.is_file() for file in each):
            raise _refusal(f"a file that exists; put it at {text}")
        for file in each:
            name = project.relative(file)
            if project.inside(name) is None:
                raise _refusal(INSIDE)
            found[name] = file
    return found


def raw_digests(data: DataSource, project: Project) -> dict[str, str]:
    """Return the SHA-256 of a study's raw data, by name.

    Parameters
    ----------
    data : DataSource
        Files are named as seen from the project's root, a data set of a
        package as ``package:dataset``.
    project : Project

    Raises
    ------
    ParamsError
        As of :func:`raw_files`.
    DataError
        The package is not installed or has no such data set.
    """
    if not data.files:
        raw = package_bytes(str(data.package), str(data.dataset))
        return {f"{data.package}:{data.dataset}": hashlib.sha256(raw).hexdigest()}
    return {name: file_digest(path) for name, path in raw_files(data, project).items()}


def _refusal(allowed: str) -> ParamsError:
    return ParamsError(f"'data.file' must be {allowed}", key="data.file", allowed=allowed)
