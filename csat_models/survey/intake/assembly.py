"""The validated table of a file, put together column by column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.survey.codebooks.codebook import Codebook
from csat_models.survey.codebooks.questions import Attribute, Item
from csat_models.survey.codebooks.routing import apply_filter, parse_filter
from csat_models.survey.codebooks.versions import Version, items_at, pick_version
from csat_models.survey.formats.table import as_text
from csat_models.survey.intake.bridging import equate_items
from csat_models.survey.intake.columns import ColumnReader
from csat_models.survey.intake.identities import (
    RUNNING,
    identity_key,
    key_name,
    pseudonymise,
    recognise_content,
    recognise_identifier,
    running_numbers,
)
from csat_models.survey.intake.scoring import read_items, turn_round, user_missing


def assemble(reader: ColumnReader, codebook: Codebook, version: str | None = None) -> pd.DataFrame:
    """Read all declared columns of a table.

    Parameters
    ----------
    reader : ColumnReader
        Of a table with the names of today; its log grows.
    codebook : Codebook
    version : str, optional
        The earlier version that the file was made with.

    Returns
    -------
    DataFrame
        n rows: identifier, attributes, weight, items. Columns that identify
        persons are left out.

    Raises
    ------
    DataError
        Whatever a column must not hold.
    """
    then = Version() if version is None else pick_version(codebook, version)
    items = codebook.items if version is None else items_at(version, then, codebook)
    scores = _read_scores(reader, items, codebook)
    columns: dict[str, Any] = {}
    if codebook.respondent_id is not None:
        columns[codebook.respondent_id] = _read_identifiers(reader, codebook)
    for name, attribute in codebook.attributes.items():
        if not _is_dropped(reader, codebook, name, attribute, then):
            columns[name] = _read_attribute(reader, name, attribute, then)
    if codebook.weight is not None:
        columns[codebook.weight] = reader.weights(codebook.weight)
    frame = pd.concat([pd.DataFrame(columns, index=scores.index), scores], axis=1)
    _check_filters(frame, codebook, reader)
    if version is None:
        _turn_round(frame, codebook.items, reader.log)
    return frame


def _read_scores(
    reader: ColumnReader, items: Mapping[str, Item], codebook: Codebook
) -> pd.DataFrame:
    """Scores of today's items; those of an earlier version are turned round and equated."""
    scores = read_items(reader, items)
    if items is codebook.items:
        return pd.DataFrame(scores, columns=list(items))
    turn_round(scores, items, reader.log)
    equated = equate_items(scores, items, codebook.items)
    return pd.DataFrame(equated, columns=list(items)).reindex(columns=list(codebook.items))


def _turn_round(frame: pd.DataFrame, items: Mapping[str, Item], log: list[str]) -> None:
    turned = {name: item for name, item in items.items() if item.reversed}
    if turned:
        scores = frame[list(turned)].to_numpy(copy=True)
        turn_round(scores, turned, log)
        frame[list(turned)] = scores


def _read_identifiers(reader: ColumnReader, codebook: Codebook) -> pd.Series[Any]:
    name = str(codebook.respondent_id)
    column = as_text(reader.table.frame[name])
    reason = recognise_content(column)
    private = codebook.pseudonymise is not False and (bool(codebook.pseudonymise) or bool(reason))
    known = reader.identifiers(name, codebook.unique_respondents, private)
    span = running_numbers(known)
    if span is not None:
        reader.log.append(f"{name}: {RUNNING} {span[0]} to {span[1]}")
    if not private:
        if reason is not None:
            reader.log.append(f"{name}: {reason} kept, as the codebook says 'pseudonymise: false'")
        return known
    key = identity_key()
    hidden = pseudonymise(known, key)
    why = "" if codebook.pseudonymise else f", since they are {reason}"
    reader.log.append(
        f"{name}: {hidden.nunique()} identifiers pseudonymised (keyed hash, key "
        f"{key_name(key)}){why}"
    )
    return hidden


def _is_dropped(
    reader: ColumnReader, codebook: Codebook, name: str, attribute: Attribute, version: Version
) -> bool:
    """Tell whether a column identifies persons and is not declared to be kept."""
    if name in version.absent and attribute.kind != "identifier":
        return False
    reason = _why_identifying(reader, codebook, name, attribute)
    if reason is None:
        return False
    if attribute.keep:
        reader.log.append(f"{name}: identifies persons ({reason}), kept as declared")
    else:
        reader.log.append(f"{name}: identifies persons ({reason}), dropped")
    return not attribute.keep


def _why_identifying(
    reader: ColumnReader, codebook: Codebook, name: str, attribute: Attribute
) -> str | None:
    if attribute.kind == "identifier":
        return "as declared"
    if attribute.kind == "category":
        return None
    column = as_text(reader.table.frame[name])
    if attribute.kind == "number" or name in (codebook.interviewer, codebook.unit):
        return recognise_content(column)
    return recognise_identifier(name, column, (attribute.label.zh, attribute.label.en))


def _read_attribute(reader: ColumnReader, name: str, attribute: Attribute, version: Version) -> Any:
    n_rows = len(reader.table.frame)
    if name in version.absent:
        return _without_answers(attribute, n_rows)
    if attribute.kind == "number":
        numbers = reader.numbers(name)
        numbers[user_missing(reader, name, numbers)] = np.nan
        return numbers
    if attribute.kind == "category":
        _blank_user_missing(reader, name)
        return reader.categories(name, attribute.labels, version.values.get(name))
    return reader.texts(name)


def _blank_user_missing(reader: ColumnReader, name: str) -> None:
    if name in reader.table.missing and reader.is_numeric(name):
        missing = user_missing(reader, name, reader.raw_numbers(name))
        reader.table.frame[name] = reader.table.frame[name].mask(missing)


def _without_answers(attribute: Attribute, n_rows: int) -> Any:
    if attribute.kind == "number":
        return np.full(n_rows, np.nan)
    if attribute.kind == "category":
        codes = np.full(n_rows, -1)
        categories: pd.Index[str] = pd.Index(list(attribute.labels), dtype="str")
        return pd.Categorical.from_codes(codes, categories=categories, ordered=True)
    return pd.Series(np.nan, index=range(n_rows), dtype="str")


def _check_filters(frame: pd.DataFrame, codebook: Codebook, reader: ColumnReader) -> None:
    for name, item in codebook.items.items():
        if item.filter is None or not _can_be_checked(item.filter, frame, reader, name):
            continue
        asked, excluded = apply_filter(item.filter, frame)
        answered = frame[name].notna().to_numpy()
        wrong: NDArray[np.bool_] = answered & excluded
        if wrong.any():
            fault = f"given although not asked (only where {item.filter})"
            reader.reject(name, wrong, fault, "correct the answer or the filter")
        reader.log.append(
            f"{name}: asked of {asked.sum()} (where {item.filter}), {(asked & ~answered).sum()} "
            f"of them without a score, not asked of {(~asked).sum()}"
        )


def _can_be_checked(text: str, frame: pd.DataFrame, reader: ColumnReader, name: str) -> bool:
    """Tell whether the file has the item, and the frame all columns of its filter."""
    return name in reader.table.frame and all(
        condition.column in frame for condition in parse_filter(text)
    )
