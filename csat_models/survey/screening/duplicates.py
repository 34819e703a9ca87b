"""Interviews that are copies of others.

References
----------
Kuriakose & Robbins (2016), Don't get duped: fraud through duplication in public
opinion surveys, Statistical J. IAOS 32:283-291. Simmons, Mercer, Schwarzer &
Kennedy (2016), Evaluating a new proposal for detecting data falsification in
surveys, Statistical J. IAOS 32:327-338, show that honest rows match often where
items are few, scales short or respondents alike: the cut is therefore held
against the matches of interviews that nobody can have copied from each other
(:mod:`~csat_models.survey.screening.matches`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.survey.intake.responses import Responses
from csat_models.survey.screening.answers import LEAST_ANSWERED, screened_items
from csat_models.survey.screening.flags import Flag
from csat_models.survey.screening.matches import FEWEST_ITEMS, Matches, tell_pairs
from csat_models.survey.screening.patterns import AnswerPatterns

Array = NDArray[np.float64]
Index = NDArray[np.intp]

# Levels are no finer than so many rows each allow.
_ROWS_A_LEVEL = 50


def flag_duplicates(
    responses: Responses,
    patterns: AnswerPatterns,
    items: Sequence[str] | None = None,
    *,
    chance: float = 0.005,
) -> Flag:
    r"""Rows whose answers all equal those of another row, missing ones included.

    Where items are few, scales short or customers nearly all delighted, honest
    rows are equal too. Among the :math:`n_l` other rows at the same level l (mean
    position on the scales, in up to 2 K steps), answers taken as independent,

    .. math:: n_l \prod_k f_{kl}(x_k)

    rows are expected to have the answers x, f their shares at that level; a
    row is flagged only if this is at most `chance`.

    Parameters
    ----------
    responses : Responses
        n rows.
    patterns : AnswerPatterns
        Of these rows. Those with the same answer throughout equal each other
        without being copies and are not looked at.
    items : sequence of str, optional
        By default all items of the codebook.
    chance : float
        Equal rows expected by chance, up to which equal rows are flagged.

    Returns
    -------
    Flag
        Its value is the number of rows with these answers; its table has one
        row a set of copies: ``rows`` (line numbers) and ``n_rows``.
    """
    names = tuple(responses.codebook.items) if items is None else screened_items(responses, items)
    n_rows = len(responses.frame)
    value = np.where(patterns.flat, np.nan, 1.0)
    rule = f"all answers to {len(names)} items equal those of another row, and not by chance"
    if len(names) < FEWEST_ITEMS:
        return _not_looked_for("duplicate", n_rows, rule)
    answers = responses.frame[list(names)]
    value[_count_known(answers) < LEAST_ANSWERED * len(names)] = np.nan
    looked = np.flatnonzero(~np.isnan(value))
    candidates = looked[_repeated_hashes(answers, looked)]
    number, sizes = _sets_of_equals(answers, candidates)
    value[candidates] = sizes
    improbable = expected_equals(answers, patterns.level, candidates, sizes) <= chance
    found = (sizes > 1) & improbable
    rows = np.zeros(n_rows, dtype=np.bool_)
    rows[candidates[found]] = True
    rest = int(((sizes > 1) & ~improbable).sum())
    return Flag(
        name="duplicate",
        rows=rows,
        value=value,
        rule=rule,
        source="Kuriakose & Robbins 2016; Simmons et al. 2016",
        table=_sets(responses.row_numbers[candidates[found]], number[found]),
        note=f"{rest} rows equal others as chance would have it" if rest else "",
    )


def expected_equals(answers: pd.DataFrame, level: Array, candidates: Index, sizes: Index) -> Array:
    """Count the other rows that would have a candidate's answers by chance, shape (c,).

    Parameters
    ----------
    answers : DataFrame
        n rows, K columns.
    level : ndarray, shape (n,)
        Mean position of each row, 0 to 1.
    candidates, sizes : ndarray of int, shape (c,)
        Rows to count equals for, and how many there are: those are not
        counted among their level's rows.

    Examples
    --------
    >>> answers = pd.DataFrame({"a": [1.0, 1, 1, 2], "b": [1.0, 1, 2, 1]})
    >>> level = np.array([0.0, 0.0, 0.1, 0.1])
    >>> expected_equals(answers, level, np.array([0, 1]), np.array([2, 2])).tolist()
    [0.5, 0.5]
    """
    steps = np.clip(len(level) // _ROWS_A_LEVEL, 1, 2 * answers.shape[1])
    step = np.rint(np.nan_to_num(level, nan=-1.0) * steps)
    near = np.flatnonzero(np.isin(step, step[candidates]))
    group = np.unique(step[near], return_inverse=True)[1]
    place = np.searchsorted(near, candidates)
    size = np.bincount(group, minlength=1)
    others = size[group[place]] - sizes
    expected = others.astype(np.float64)
    for name in answers.columns:
        code = pd.factorize(answers[name].to_numpy(dtype=np.float64)[near])[0] + 1
        cell = code * len(size) + group
        expected *= (np.bincount(cell)[cell[place]] - sizes) / np.maximum(others, 1)
    return expected


def _count_known(answers: pd.DataFrame) -> Array:
    known = np.zeros(len(answers))
    for name in answers.columns:
        known += answers[name].notna().to_numpy()
    return known


def _sets_of_equals(answers: pd.DataFrame, rows: Index) -> tuple[Index, Index]:
    """Numbers of the sets of equal rows that `rows` belong to, and their sizes."""
    if not len(rows):
        return rows, rows
    sets = answers.iloc[rows].groupby(list(answers.columns), dropna=False, sort=False)
    number = np.asarray(sets.ngroup(), dtype=np.intp)
    return number, np.asarray(np.bincount(number)[number], dtype=np.intp)


def _repeated_hashes(answers: pd.DataFrame, rows: Index) -> Index:
    """Places among `rows` whose hash occurs more than once."""
    digest = np.zeros(len(rows), dtype=np.uint64)
    for name in answers.columns:
        values = answers[name].to_numpy(dtype=np.float64)[rows]
        digest = digest * np.uint64(1099511628211) + pd.util.hash_array(values)
    return np.flatnonzero(pd.Series(digest).duplicated(keep=False))


def _sets(lines: NDArray[np.int64], number: Index) -> pd.DataFrame:
    table = pd.DataFrame({"set": number, "line": lines})
    found = [tuple(sorted(group["line"].tolist())) for _, group in table.groupby("set")]
    found.sort()
    return pd.DataFrame({"rows": found, "n_rows": [len(each) for each in found]})


def flag_near_duplicates(
    responses: Responses,
    matches: Matches,
    *,
    blocks: Sequence[str],
    share: float = 0.85,
    chance: float = 0.005,
) -> Flag:
    """Rows that agree with another row of their block on nearly all items.

    The share of equal answers from which that is so is raised until at most
    `chance` of the rows agree so much with as many rows of other blocks.

    Parameters
    ----------
    responses : Responses
        n rows.
    matches : Matches
        Of these rows within these blocks.
    blocks : sequence of str
        Columns of the blocks, such as the interviewer.
    share : float
        Of the items that both rows answer, from which they may be copies.
    chance : float

    Returns
    -------
    Flag
        Its value is the greatest share of equal answers with another row of
        the block; its table has up to 1,000 pairs, the most alike first:
        ``row``, ``other`` (line numbers), ``share`` and the block's columns.
    """
    cut = matches.cut(share, chance)
    rule = (
        f"{min(cut, 1.0):.0%} of the answers equal those of another row of the same "
        f"{' x '.join(blocks)}"
    )
    if len(responses.codebook.items) < FEWEST_ITEMS:
        return _not_looked_for("near_duplicate", len(responses.frame), rule)
    pairs = matches.pairs
    return Flag(
        name="near_duplicate",
        rows=np.nan_to_num(matches.own) >= cut,
        value=matches.own,
        rule=rule,
        source="Kuriakose & Robbins 2016; Simmons et al. 2016",
        table=tell_pairs(responses, pairs[pairs["share"] >= cut], blocks),
        note=_match_note(matches, share, cut, chance),
    )


def _match_note(matches: Matches, share: float, cut: float, chance: float) -> str:
    known = matches.elsewhere[~np.isnan(matches.elsewhere)]
    notes = []
    if matches.too_large:
        notes.append(
            f"{matches.too_large} blocks have too many rows and were not compared; declare finer "
            "blocks"
        )
    if cut > 1:
        notes.append(f"not looked for: more than {chance:.1%} of the rows have an equal by chance")
    elif len(known):
        reached = (known >= cut).mean()
        raised = f", raised from {share:.0%}" if cut > share else ""
        notes.append(f"{reached:.1%} of the rows reach that by chance{raised}")
    return "; ".join(notes)


def _not_looked_for(name: str, n_rows: int, rule: str) -> Flag:
    return Flag(
        name=name,
        rows=np.zeros(n_rows, dtype=np.bool_),
        value=np.full(n_rows, np.nan),
        rule=rule,
        source="Kuriakose & Robbins 2016",
        note=f"not looked for: with fewer than {FEWEST_ITEMS} items honest answers agree by chance",
    )
