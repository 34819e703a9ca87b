"""Codebooks drafted from a data file and compared with one."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from csat_models.errors import CodebookError, CsatError, DataError
from csat_models.survey.agreement import compare
from csat_models.survey.codebook import Codebook
from csat_models.survey.drafting import Draft, draft_codebook
from csat_models.survey.reading import find_files, read_bytes
from csat_models.workflow.files import write_atomically
from csat_models.workflow.project import Project


def write_draft(
    file: str | Path,
    target: str | Path | None = None,
    *,
    sheet: str | None = None,
    overwrite: bool = False,
) -> tuple[Path, Draft]:
    """Write a first codebook from a data file.

    Parameters
    ----------
    file : str or Path
        A survey file of any format.
    target : str or Path, optional
        Where the codebook shall lie; ``params/codebook_<name of the
        file>.yml`` of the project if absent.
    sheet : str, optional
        Of a workbook with several.
    overwrite : bool
        Whether an existing file may be replaced.

    Returns
    -------
    path : Path
        The codebook.
    draft : Draft
        What stands in it.

    Raises
    ------
    CodebookError
        The target exists, or cannot be written.
    DataError
        The file is no table, or has no column that looks like an answer.
    """
    path = _default_target(Path(file)) if target is None else Path(target)
    if path.exists() and not overwrite:
        raise CodebookError(
            f"{path} exists already; name another file with -o, or add --force to replace it",
            file=str(path),
        )
    draft = draft_codebook(read_bytes(Path(file)), source=str(file), sheet=sheet)
    try:
        write_atomically(path, draft.text.encode())
    except OSError as problem:
        reason = (problem.strerror or "it cannot be written").lower()
        raise CodebookError(f"{path}: {reason}; name another file with -o") from None
    return path, draft


def _default_target(file: Path) -> Path:
    stem = re.sub(r"[^\w.-]+", "_", file.name.split(".")[0]) or "new"
    return Project.find().params / f"codebook_{stem}.yml"


def compare_files(
    codebook: str | Path, files: list[str], *, version: str | None = None
) -> pd.DataFrame:
    """Compare a codebook with survey files, everything at once.

    Parameters
    ----------
    codebook : str or Path
        The codebook.
    files : list of str
        Survey files of any format, or patterns.
    version : str, optional
        The codebook's version that the files were made with.

    Returns
    -------
    DataFrame
        One row a difference, with the columns of
        :func:`~csat_models.survey.agreement.compare` after ``file``. A file
        that is no table is one error.

    Raises
    ------
    CodebookError
        The codebook cannot be read, or has no such version.
    DataError
        A file cannot be opened.
    """
    book = Codebook.load(codebook)
    found = []
    for path in find_files(files):
        raw = read_bytes(path)
        try:
            differences = compare(raw, book, source=str(path), version=version)
        except DataError as error:
            differences = _as_difference(error)
        differences.insert(0, "file", path.name)
        found.append(differences)
    return pd.concat(found, ignore_index=True)


def _as_difference(error: CsatError) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "severity": ["error"],
            "column": [""],
            "difference": ["unreadable"],
            "count": [1],
            "detail": [str(error)],
        }
    )
