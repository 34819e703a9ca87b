"""Codebooks drafted from a data file and compared with one."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from csat_models.errors import CodebookError, CsatError, DataError
from csat_models.survey.checking.remarks import codebook_remarks
from csat_models.survey.codebooks.codebook import Codebook
from csat_models.survey.drafts.agreement import compare
from csat_models.survey.drafts.drafting import Draft, draft_codebook
from csat_models.survey.formats.finding import find_files, read_bytes
from csat_models.survey.formats.table import quote
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
    path = default_codebook(Path(file)) if target is None else Path(target)
    if path.exists() and not overwrite:
        raise CodebookError(
            f"{path} exists already; name another file with -o, or add --force to replace it",
            file=str(path),
        )
    draft = _draft(Path(file), sheet)
    try:
        write_atomically(path, draft.text.encode())
    except OSError as problem:
        reason = (problem.strerror or "it cannot be written").lower()
        raise CodebookError(f"{path}: {reason}; name another file with -o") from None
    return path, draft


def _draft(file: Path, sheet: str | None) -> Draft:
    try:
        return draft_codebook(read_bytes(file), source=str(file), sheet=sheet)
    except DataError as error:
        sheets = error.facts.get("sheets")
        if not isinstance(sheets, tuple):
            raise
        longest = shlex.quote(str(error.facts["longest"]))
        raise DataError(
            f"{file} has {len(sheets)} sheets; name the one with the answers, such as "
            f"--sheet {longest} (it has {quote(sheets)})",
            source=str(file),
            sheets=sheets,
        ) from None


def default_codebook(file: Path, project: Project | None = None) -> Path:
    """Return where the codebook of a survey file lies unless another is named.

    Parameters
    ----------
    file : Path
        The survey file.
    project : Project, optional
        Found from the working directory if absent.
    """
    stem = re.sub(r"[^\w.-]+", "_", file.name.split(".")[0]) or "new"
    return (project or Project.find()).params / f"codebook_{stem}.yml"


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
        :func:`~csat_models.survey.drafts.agreement.compare` after ``file``. A file
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


def describe_differences(found: pd.DataFrame, codebook: str | Path) -> list[str]:
    """Tell the differences of a codebook and files for the terminal.

    Parameters
    ----------
    found : DataFrame
        Of :func:`compare_files`.
    codebook : str or Path
        The codebook.

    Returns
    -------
    list of str
        Where most columns are missing, first a line that says so; the table
        of all differences and their number; then what the codebook itself
        leaves open.

    Raises
    ------
    CodebookError
        The codebook cannot be read.
    """
    book = Codebook.load(codebook)
    open_ends = [f"note: {remark}" for remark in codebook_remarks(book)]
    if found.empty:
        return ["codebook and file agree", *open_ends]
    shown = found if found["file"].nunique() > 1 else found.drop(columns="file")
    n_errors = int((found["severity"] == "error").sum())
    table = shown.to_string(index=False, justify="left", max_colwidth=100)
    counts = f"{_count(n_errors, 'error')}, {_count(len(found) - n_errors, 'note')}"
    total = f"{_count(len(found), 'difference')}: {counts}"
    return [*_mistaken(found, book), table, total, *open_ends]


def _mistaken(found: pd.DataFrame, book: Codebook) -> Iterator[str]:
    missing = found[found["difference"] == "missing column"]
    for file, lacking in missing.groupby("file", sort=False):
        if 2 * len(lacking) > len(book.columns):
            yield (
                f"{file}: {len(lacking)} of {len(book.columns)} columns are missing: "
                "is this the codebook of another file?"
            )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


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
