"""Interviews that are copies of others.

References
----------
Kuriakose & Robbins (2016), Don't get duped: fraud through duplication in public
opinion surveys, Statistical J. IAOS 32:283-291. Simmons, Mercer, Schwarzer &
Kennedy (2016), Evaluating a new proposal for detecting data falsification in
surveys, Statistical J. IAOS 32:327-338, show that honest rows match often where
items are few, scales short or respondents alike: read the match with that in
mind, and compare blocks with each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.survey.responses import Responses
from csat_models.survey.screening.answers import (
    LEAST_ANSWERED,
    column_of,
    scores_of,
    screened_items,
)
from csat_models.survey.screening.flags import Flag

Bools = NDArray[np.bool_]
Index = NDArray[np.intp]

# With fewer items honest respondents agree by chance.
FEWEST_ITEMS = 10

_BLANK = -1
_PAIRS_SHOWN = 1000


def flag_duplicates(responses: Responses, flat: Bools, items: Sequence[str] | None = None) -> Flag:
    """Rows whose answers all equal those of another row, missing ones included.

    Parameters
    ----------
    responses : Responses
        n rows.
    flat : ndarray of bool, shape (n,)
        Rows with the same answer throughout: they equal each other without
        being copies and are not looked at.
    items : sequence of str, optional
        By default all items of the codebook.

    Returns
    -------
    Flag
        Its value is the number of rows with these answers; its table has one
        row a set of copies: ``rows`` (line numbers) and ``n_rows``.
    """
    names = tuple(responses.codebook.items) if items is None else screened_items(responses, items)
    n_rows = len(responses.frame)
    value = np.where(flat, np.nan, 1.0)
    rule = f"all answers to {len(names)} items equal those of another row"
    if len(names) < FEWEST_ITEMS:
        return _not_looked_for("duplicate", n_rows, rule)
    answers = responses.frame[list(names)]
    answered = np.zeros(n_rows)
    for name in names:
        answered += answers[name].notna().to_numpy()
    value[answered < LEAST_ANSWERED * len(names)] = np.nan
    looked = np.flatnonzero(~np.isnan(value))
    candidates = looked[_repeated_hashes(answers, looked)]
    sets = answers.iloc[candidates].groupby(list(names), dropna=False, sort=False)
    sizes = np.zeros(len(candidates), dtype=np.intp)
    number = np.zeros(len(candidates), dtype=np.intp)
    if len(candidates):
        number = np.asarray(sets.ngroup(), dtype=np.intp)
        sizes = np.asarray(np.bincount(number)[number], dtype=np.intp)
    value[candidates] = sizes
    rows = np.zeros(n_rows, dtype=np.bool_)
    rows[candidates[sizes > 1]] = True
    return Flag(
        name="duplicate",
        rows=rows,
        value=value,
        rule=rule,
        source="Kuriakose & Robbins 2016",
        table=_sets(responses.row_numbers[candidates], number, sizes),
    )


def _repeated_hashes(answers: pd.DataFrame, rows: Index) -> Index:
    """Places among `rows` whose hash occurs more than once."""
    digest = np.zeros(len(rows), dtype=np.uint64)
    for name in answers.columns:
        values = answers[name].to_numpy(dtype=np.float64)[rows]
        digest = digest * np.uint64(1099511628211) + pd.util.hash_array(values)
    return np.flatnonzero(pd.Series(digest).duplicated(keep=False))


def _sets(lines: NDArray[np.int64], number: Index, sizes: Index) -> pd.DataFrame:
    repeated = sizes > 1
    table = pd.DataFrame({"set": number[repeated], "line": lines[repeated]})
    found = [tuple(sorted(group["line"].tolist())) for _, group in table.groupby("set")]
    found.sort()
    return pd.DataFrame({"rows": found, "n_rows": [len(each) for each in found]})


def flag_near_duplicates(
    responses: Responses,
    flat: Bools,
    *,
    blocks: Sequence[str],
    items: Sequence[str] | None = None,
    share: float = 0.85,
    largest_block: int = 2000,
) -> Flag:
    """Rows that agree with another row of their block on nearly all items.

    Parameters
    ----------
    responses : Responses
        n rows.
    flat : ndarray of bool, shape (n,)
        Rows with the same answer throughout are not looked at.
    blocks : sequence of str
        Columns whose combinations are compared within themselves, such as
        the interviewer; never all pairs of rows are formed.
    items : sequence of str, optional
        By default all items of the codebook.
    share : float
        Of the items that both rows answer, from which they are near copies.
    largest_block : int
        Blocks with more rows are left out and told in the note.

    Returns
    -------
    Flag
        Its value is the greatest share of equal answers with another row of
        the block; its table has up to 1,000 pairs, the most alike first:
        ``row``, ``other`` (line numbers), ``share`` and the block's columns.
    """
    names = tuple(responses.codebook.items) if items is None else screened_items(responses, items)
    rule = f"{share:.0%} of the answers equal those of another row of the same {' x '.join(blocks)}"
    if len(names) < FEWEST_ITEMS:
        return _not_looked_for("near_duplicate", len(responses.frame), rule)
    codes = answer_codes(responses, names)
    value = np.full(len(responses.frame), np.nan)
    pairs: list[tuple[Index, Index, NDArray[np.float64]]] = []
    too_large = 0
    for rows in _blocks(responses, blocks, flat):
        if len(rows) > largest_block:
            too_large += 1
            continue
        match = percent_match(codes[rows])
        highest = np.where(np.isnan(match), -np.inf, match).max(axis=1)
        value[rows] = np.where(np.isinf(highest), np.nan, highest)
        if not (highest >= share).any():
            continue
        first, second = np.nonzero(np.triu(np.nan_to_num(match) >= share, 1))
        pairs.append((rows[first], rows[second], match[first, second].astype(np.float64)))
    note = (
        f"{too_large} blocks have more than {largest_block} rows and were not compared; declare "
        "finer blocks"
        if too_large
        else ""
    )
    return Flag(
        name="near_duplicate",
        rows=np.nan_to_num(value) >= share,
        value=value,
        rule=rule,
        source="Kuriakose & Robbins 2016; Simmons et al. 2016",
        table=_pair_table(responses, pairs, blocks),
        note=note,
    )


def answer_codes(responses: Responses, items: Sequence[str]) -> NDArray[np.signedinteger[Any]]:
    """Answers as small whole numbers, shape (n, K), -1 where there is none."""
    codes = np.empty((len(responses.frame), len(items)), dtype=np.int16)
    for k, name in enumerate(items):
        scores = scores_of(responses, [name], slice(None))[:, 0]
        steps = scores - responses.codebook.items[name].scale[0]
        steps = np.where(np.isnan(steps), _BLANK, steps)
        if (steps != np.floor(steps)).any() or steps.max(initial=0) > np.iinfo(np.int16).max:
            steps = np.where(np.isnan(scores), _BLANK, pd.factorize(scores, sort=True)[0])
        codes[:, k] = steps
    small = codes.max(initial=0) <= np.iinfo(np.int8).max
    return codes.astype(np.int8) if small else codes


def percent_match(codes: NDArray[np.signedinteger[Any]]) -> NDArray[np.float32]:
    """Share of equal answers of every pair of rows of a block.

    Parameters
    ----------
    codes : ndarray of int, shape (..., b, K)
        -1 where there is no answer.

    Returns
    -------
    ndarray, shape (..., b, b)
        Among the items that both rows answer; missing on the diagonal and
        where these are fewer than half of the items.

    Examples
    --------
    >>> percent_match(np.array([[1, 2, 3, 4], [1, 2, 3, 9]], dtype=np.int16))[0].tolist()
    [nan, 0.75]
    """
    n_rows, n_items = codes.shape[-2:]
    counter = np.uint8 if n_items <= np.iinfo(np.uint8).max else np.int16
    equal = np.zeros((*codes.shape[:-1], n_rows), dtype=counter)
    for k in range(n_items):
        answer = codes[..., k].copy()
        other = np.where(answer == _BLANK, codes.dtype.type(_BLANK - 1), answer)
        equal += answer[..., :, None] == other[..., None, :]
    answered = (codes != _BLANK).astype(np.float32)
    common = answered @ np.swapaxes(answered, -1, -2)
    few = common < max(1.0, LEAST_ANSWERED * n_items)
    few |= np.eye(n_rows, dtype=np.bool_)
    return np.where(few, np.float32(np.nan), equal / np.maximum(common, 1)).astype(np.float32)


def _blocks(responses: Responses, blocks: Sequence[str], flat: Bools) -> Iterator[Index]:
    keys = [pd.factorize(column_of(responses, name, "block"), sort=False)[0] for name in blocks]
    known = np.all([key >= 0 for key in keys], axis=0) & ~flat
    label = np.zeros(len(flat), dtype=np.int64)
    for key in keys:
        label = np.unique(label * (key.max(initial=0) + 1) + key, return_inverse=True)[1]
    kept = np.flatnonzero(known)
    order = kept[np.argsort(label[kept], kind="stable")]
    edges = np.flatnonzero(np.diff(label[order])) + 1
    for rows in np.split(order, edges):
        if len(rows) > 1:
            yield rows


def _pair_table(
    responses: Responses,
    pairs: Sequence[tuple[Index, Index, NDArray[np.float64]]],
    blocks: Sequence[str],
) -> pd.DataFrame:
    if not pairs:
        return pd.DataFrame()
    first, second, share = (np.concatenate(each) for each in zip(*pairs, strict=True))
    lines = np.sort(responses.row_numbers[np.stack([first, second])], axis=0)
    order = np.lexsort((lines[1], lines[0], -share))[:_PAIRS_SHOWN]
    table = pd.DataFrame({"row": lines[0], "other": lines[1], "share": share}).iloc[order]
    block = responses.frame[list(blocks)].iloc[first[order]].reset_index(drop=True)
    return pd.concat([table.reset_index(drop=True), block], axis=1)


def _not_looked_for(name: str, n_rows: int, rule: str) -> Flag:
    return Flag(
        name=name,
        rows=np.zeros(n_rows, dtype=np.bool_),
        value=np.full(n_rows, np.nan),
        rule=rule,
        source="Kuriakose & Robbins 2016",
        note=f"not looked for: with fewer than {FEWEST_ITEMS} items honest answers agree by chance",
    )
