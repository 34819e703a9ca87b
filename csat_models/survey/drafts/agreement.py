"""How a codebook and a file differ, everything at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from csat_models.survey.checking.short_scales import describe_short_scale
from csat_models.survey.codebooks.codebook import Codebook
from csat_models.survey.codebooks.questions import Text, recognise_meaning
from csat_models.survey.codebooks.versions import items_at, pick_version
from csat_models.survey.formats.table import Table, write_cell
from csat_models.survey.intake.assembly import assemble
from csat_models.survey.intake.cells import fold
from csat_models.survey.intake.columns import ColumnReader, Fault
from csat_models.survey.intake.reading import column_names, find_columns, missing_columns
from csat_models.survey.intake.scoring import read_items

COLUMNS = ("severity", "column", "difference", "count", "detail")

_SHOWN = 3


def compare(
    raw: bytes, codebook: Codebook, *, source: str, version: str | None = None
) -> pd.DataFrame:
    r"""Compare a codebook with a survey file.

    Parameters
    ----------
    raw : bytes
        The content of the file.
    codebook : Codebook
    source : str
        What messages call the file.
    version : str, optional
        The codebook's version that the file was made with.

    Returns
    -------
    DataFrame
        One row a difference: ``severity`` (``"error"``: reading refuses the
        file; ``"note"``: it does not), ``column``, ``difference``, ``count``
        of rows or labels, ``detail``.

    Raises
    ------
    DataError
        The file is no table.

    Examples
    --------
    >>> codebook = Codebook.model_validate(
    ...     {"scale": [1, 5], "items": {"S1": {"text": {"zh": "满意", "en": "satisfied"}}}}
    ... )
    >>> compare(b"S1,x\n6,1\n9,1\n", codebook, source="x.csv")["difference"].tolist()
    ['outside the scale 1 to 5 and its missing codes', 'undeclared column']
    """
    table = find_columns(raw, codebook, source=source, version=version)
    found = [
        *_find_missing(table, codebook, version),
        *_find_faults(table, codebook, source, version),
        *_find_surplus(table, codebook),
        *_find_labels(table, codebook),
        *_find_short_scales(table, codebook, source, version),
    ]
    return pd.DataFrame(found, columns=list(COLUMNS))


Difference = tuple[str, str, str, int, str]


def _find_missing(table: Table, codebook: Codebook, version: str | None) -> Iterator[Difference]:
    names = column_names(codebook, version)
    for name in missing_columns(table, codebook, version):
        then = names.get(name, name)
        where = "the file" if version is None else f"version {version}"
        detail = "" if then == name else f"called '{then}' in {where}"
        yield "error", name, "missing column", len(table.frame), detail


def _find_faults(
    table: Table, codebook: Codebook, source: str, version: str | None
) -> Iterator[Difference]:
    faults: list[Fault] = []
    lacking = set(missing_columns(table, codebook, version))
    reader = ColumnReader(
        table=table,
        source=source,
        called=column_names(codebook, version),
        decimal=codebook.decimal,
        on_fault=lambda fault, _source, _place: faults.append(fault),
    )
    assemble(reader, _without(codebook, lacking), version)
    for fault in faults:
        private = fault.column == codebook.respondent_id
        shown = [] if private else [str(value) for value in dict.fromkeys(fault.values)][:_SHOWN]
        rows = ", ".join(str(row) for row in fault.rows[:_SHOWN])
        more = ", ..." if len(fault.rows) > _SHOWN else ""
        values = f"{', '.join(shown)}; " if shown else ""
        detail = f"{values}{table.place} {rows}{more}"
        yield "error", fault.column, fault.fault, len(fault.rows), detail


def _without(codebook: Codebook, lacking: set[str]) -> Codebook:
    """Return the codebook of the columns that are there; nothing is pseudonymised."""
    names = (codebook.respondent_id, codebook.weight)
    respondent_id, weight = (None if name in lacking else name for name in names)
    return codebook.model_copy(
        update={
            "items": {k: item for k, item in codebook.items.items() if k not in lacking},
            "attributes": {k: a for k, a in codebook.attributes.items() if k not in lacking},
            "respondent_id": respondent_id,
            "weight": weight,
            "pseudonymise": False,
        }
    )


def _find_surplus(table: Table, codebook: Codebook) -> Iterator[Difference]:
    for name in table.frame.columns:
        if name not in codebook.columns:
            n_values = int(table.frame[name].notna().sum())
            yield "note", str(name), "undeclared column", n_values, "left out on reading"


def _find_labels(table: Table, codebook: Codebook) -> Iterator[Difference]:
    for name, item in codebook.items.items():
        if name not in table.frame:
            continue
        back = {score: code for code, score in item.recode.items()}
        worded = {back.get(score, score): text for score, text in item.answers.items()}
        declared = {write_cell(code): text for code, text in {**worded, **item.missing}.items()}
        yield from _compare_wording(name, item.text, table.wordings.get(name, ""))
        yield from _compare_labels(name, declared, table)
        for code, label in table.labels.get(name, {}).items():
            inside = isinstance(code, float) and item.scale[0] <= code <= item.scale[1]
            if write_cell(code) not in declared and recognise_meaning(label) and not inside:
                detail = f"{write_cell(code)} is '{label}' in the file; declare it under 'missing'"
                yield "note", name, "undeclared missing code", 1, detail
    for name, attribute in codebook.attributes.items():
        if name in table.frame:
            yield from _compare_wording(name, attribute.label, table.wordings.get(name, ""))
            yield from _compare_labels(name, attribute.labels, table)


def _find_short_scales(
    table: Table, codebook: Codebook, source: str, version: str | None
) -> Iterator[Difference]:
    """Ask for scales that neither the answers nor the labels of the file fill."""
    reader = ColumnReader(
        table=table, source=source, decimal=codebook.decimal, on_fault=lambda _f, _s, _p: None
    )
    items = codebook.items
    if version is not None:
        items = items_at(version, pick_version(codebook, version), codebook)
    for name, item in items.items():
        if name not in table.frame or item.recode or item.percent:
            continue
        answers = read_items(reader, {name: item})[:, 0]
        answers = answers[~np.isnan(answers)]
        scores = [
            code
            for code, label in table.labels.get(name, {}).items()
            if isinstance(code, float) and code not in item.missing and not recognise_meaning(label)
        ]
        doubt = describe_short_scale(answers, item.scale, scores)
        if doubt is not None:
            yield "note", name, "short scale", len(answers), doubt


def _compare_wording(name: str, text: Text, label: str) -> Iterator[Difference]:
    if label and fold(label) not in _words(text):
        detail = f"the file says '{label}', the codebook '{text.zh}' / '{text.en}'"
        yield "note", name, "wording disagreement", 1, detail


def _compare_labels(name: str, declared: Mapping[Any, Text], table: Table) -> Iterator[Difference]:
    differing = [
        f"{write_cell(code)} is '{label}' in the file, '{text.zh}' / '{text.en}' in the codebook"
        for code, label in table.labels.get(name, {}).items()
        if (text := declared.get(write_cell(code))) is not None and fold(label) not in _words(text)
    ]
    if differing:
        more = f" and {len(differing) - _SHOWN} more" if len(differing) > _SHOWN else ""
        detail = f"{'; '.join(differing[:_SHOWN])}{more}"
        yield "note", name, "label disagreement", len(differing), detail


def _words(text: Text) -> set[str]:
    return {fold(text.zh), fold(text.en)}
