"""Items of a table read as scores: missing codes, recoding, scale, direction."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from csat_models.survey.codebooks.questions import Item
from csat_models.survey.formats.extended import EXTENDED, write_code
from csat_models.survey.intake.cells import fold
from csat_models.survey.intake.columns import ColumnReader

Scores = NDArray[np.float64]


def read_items(reader: ColumnReader, items: Mapping[str, Item]) -> Scores:
    """Read the items of a table.

    Parameters
    ----------
    reader : ColumnReader
        Its log grows by what was found in each item.
    items : dict of str to Item
        K columns.

    Returns
    -------
    ndarray, shape (n, K)
        Scores within their scales, in the direction of the file; NaN for
        blanks and missing codes.

    Raises
    ------
    DataError
        Text, or a score outside the scale.
    """
    scores = np.empty((len(reader.table.frame), len(items)))
    for k, (name, item) in enumerate(items.items()):
        scores[:, k] = _read_item(reader, name, item)
    return scores


def _read_item(reader: ColumnReader, name: str, item: Item) -> Scores:
    raw = reader.raw_numbers(name, _words(item), percent=item.percent)
    blank = np.isnan(raw)
    coded = np.zeros(len(raw), dtype=np.bool_)
    found = []
    for code, meaning in item.missing.items():
        hit = raw == code
        coded |= hit
        found += [f"{hit.sum()} {meaning.en} ({write_code(code)})"] if hit.any() else []
    if item.filter is None and blank.any():
        found.append(f"{blank.sum()} blank")
    if found:
        reader.log.append(f"{name}: {', '.join(found)}")
    coded |= _read_user_missing(reader, name, item, raw, coded)
    scores = _recode(reader, name, item, raw)
    scores[coded] = np.nan
    _check_scale(reader, name, item, scores)
    return scores


def _words(item: Item) -> dict[str, float]:
    """Folded wordings and the codes of the file that they stand for."""
    back = {score: code for code, score in item.recode.items()}
    words: dict[str, float] = {}
    for code, text in (*item.missing.items(), *item.answers.items()):
        raw = code if code in item.missing else back.get(code, code)
        words |= {fold(text.zh): raw, fold(text.en): raw}
    return words | {write_code(code): code for code in item.missing if code in EXTENDED.values()}


def _read_user_missing(
    reader: ColumnReader, name: str, item: Item, raw: Scores, coded: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Rows that the file itself declares missing, by codes the codebook does not have."""
    hit = user_missing(reader, name, np.where(coded, np.nan, raw))
    low, high = item.scale
    within = hit & (raw >= low) & (raw <= high)
    if within.any():
        reader.reject(
            name,
            within,
            f"within the scale {low:g} to {high:g} that the file declares missing",
            "correct the scale in the codebook or the missing values in the file",
        )
    return hit


def user_missing(reader: ColumnReader, name: str, raw: Scores) -> NDArray[np.bool_]:
    """Rows of a column whose value the file itself declares missing, shape (n,).

    Parameters
    ----------
    reader : ColumnReader
        Its log grows by the codes, with the labels of the file.
    name : str
        The column.
    raw : ndarray, shape (n,)
        Its codes.
    """
    hit = reader.declared_missing(name, raw)
    if hit.any():
        labels = reader.table.labels.get(name, {})
        codes, counts = np.unique(raw[hit], return_counts=True)
        told = [
            f"{count} {labels.get(code, 'missing')} ({write_code(code)})"
            for code, count in zip(codes.tolist(), counts.tolist(), strict=True)
        ]
        reader.log.append(f"{name}: declared missing by the file, {', '.join(told)}")
    return hit


def _recode(reader: ColumnReader, name: str, item: Item, raw: Scores) -> Scores:
    scores = raw.copy()
    told = []
    for code, score in item.recode.items():
        hit = raw == code
        scores[hit] = score
        told += [f"{hit.sum()} of {code:g} as {score:g}"] if hit.any() and code != score else []
    if told:
        reader.log.append(f"{name}: read {', '.join(told)}")
    return scores


def _check_scale(reader: ColumnReader, name: str, item: Item, scores: Scores) -> None:
    low, high = item.scale
    with np.errstate(invalid="ignore"):
        outside = (scores < low) | (scores > high)
    if outside.any():
        fault = f"outside the scale {low:g} to {high:g} and its missing codes"
        remedy = "correct them or declare such codes under 'missing'"
        reader.reject(name, outside, fault, remedy)
        scores[outside] = np.nan
    if not item.percent:
        return
    shares = (scores > 0) & (scores <= 1)
    if shares.any() and not (scores > 1).any():
        remedy = (
            "write the scale as [0, 1] in the codebook (a spreadsheet keeps 85 % as 0.85), or as "
            "[0, 100] if so few percent are meant"
        )
        reader.reject(name, shares, "that look like shares of 1 on a percent scale", remedy)


def turn_round(scores: Scores, items: Mapping[str, Item], log: list[str]) -> None:
    """Turn the scores of reversed items round, in place.

    Parameters
    ----------
    scores : ndarray, shape (n, K)
    items : dict of str to Item
        K items; lowest + highest - score is the new score of reversed ones.
    log : list of str
        Grows by a sentence an item.
    """
    for k, (name, item) in enumerate(items.items()):
        if item.reversed:
            scores[:, k] = sum(item.scale) - scores[:, k]
            log.append(f"{name}: turned round, {sum(item.scale):g} minus the score")
