r"""How much interviews agree with others, and how much they would by chance.

The percent match is the share of equal answers of two interviews. Honest
interviews match often where items are few, scales short or respondents alike,
so no fixed cut tells copies from chance in every survey. Each interview is
therefore compared twice: with the others of its block (such as those of the
same interviewer), and with as many interviews of other blocks in the same
stratum, which nobody can have copied from it. The second gives the
distribution of the highest match by chance.

References
----------
Kuriakose & Robbins (2016), Don't get duped: fraud through duplication in public
opinion surveys, Statistical J. IAOS 32:283-291. Simmons, Mercer, Schwarzer &
Kennedy (2016), Evaluating a new proposal for detecting data falsification in
surveys, Statistical J. IAOS 32:327-338, for what honest rows have in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.survey.intake.responses import Responses
from csat_models.survey.screening.answers import column_of, label_codes, screened_items
from csat_models.survey.screening.percent_match import Codes, answer_codes, percent_match
from csat_models.survey.screening.single_rows import group_codes

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Index = NDArray[np.intp]

# With fewer items honest respondents agree by chance.
FEWEST_ITEMS = 10

# Pairs told, the most alike first.
PAIRS_SHOWN = 1000

# With fewer interviews of others to compare with, chance is not known.
_FEWEST_OTHERS = 10

# More of them make chance no better known.
_MOST_OTHERS = 100

# So many interviews with a match elsewhere are no sign of chance: one may be copied there.
_TOLERATED = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matches:
    """How much each of n interviews agrees with others at most.

    Attributes
    ----------
    own : ndarray, shape (n,)
        The highest percent match with another interview of the same block;
        missing where there is none to compare with.
    excess : ndarray, shape (n,)
        That, less `elsewhere`, both among equally many interviews: around 0
        by chance.
    elsewhere : ndarray, shape (n,)
        The highest percent match with as many interviews of other blocks of
        the stratum, up to 100.
    pairs : DataFrame
        Up to 1,000 pairs of a block from the least share told on, the most alike
        first: ``first``, ``second`` (places among the n rows), ``share``.
    too_large : int
        Blocks that were not compared.
    """

    own: Array
    excess: Array
    elsewhere: Array
    pairs: pd.DataFrame
    too_large: int

    def cut(self, share: float, chance: float) -> float:
        """Raise a least share until at most `chance` of the interviews reach it by chance.

        Parameters
        ----------
        share, chance : float
            The least share, and the share of interviews (but at least two)
            that may match some of other blocks so much.

        Returns
        -------
        float
            Above 1 where no match is improbable; `share` itself where there
            are no other blocks.
        """
        known = np.sort(self.elsewhere[~np.isnan(self.elsewhere)])
        allowed = max(_TOLERATED, int(chance * len(known)))
        if len(known) <= allowed or known[len(known) - allowed - 1] < share:
            return share
        return float(np.nextafter(known[len(known) - allowed - 1], np.inf))


def find_matches(
    responses: Responses,
    flat: Bools,
    *,
    blocks: Sequence[str],
    within: Sequence[str] = (),
    items: Sequence[str] | None = None,
    share: float = 0.85,
    largest_block: int = 2000,
) -> Matches:
    """Compare interviews within blocks and with as many of other blocks.

    Parameters
    ----------
    responses : Responses
        n rows.
    flat : ndarray of bool, shape (n,)
        Rows with the same answer throughout are not looked at: they equal
        each other without being copies.
    blocks : sequence of str
        Columns whose combinations are compared within themselves; never all
        pairs of rows are formed.
    within : sequence of str
        Columns whose combinations are the strata, such as the city; a block
        lies in that of most of its rows.
    items : sequence of str, optional
        By default all items of the codebook.
    share : float
        Pairs are told from this percent match on.
    largest_block : int
        Blocks with more rows are not compared.

    Returns
    -------
    Matches
        All missing with fewer than 10 items. The same whatever the order of the rows.
    """
    names = tuple(responses.codebook.items) if items is None else screened_items(responses, items)
    n_rows = len(responses.frame)
    own, excess, elsewhere = (np.full(n_rows, np.nan) for _ in range(3))
    lines = responses.row_numbers
    if len(names) < FEWEST_ITEMS:
        return Matches(
            own=own, excess=excess, elsewhere=elsewhere, pairs=_pair_table([], lines), too_large=0
        )
    codes = answer_codes(responses, names)
    label = _block_labels(responses, blocks, flat)
    layout = _Layout.of(codes, label, group_codes(responses, within))
    codes, found, too_large = codes[layout.order], [], 0
    for block, span in zip(layout.blocks, layout.spans, strict=True):
        size = block[1] - block[0]
        too_large += size > largest_block
        if not 1 < size <= largest_block:
            continue
        rows, here = layout.order[slice(*block)], codes[slice(*block)]
        match = percent_match(here)
        own[rows] = np.fmax.reduce(match, axis=1)
        others = layout.others(block, span)
        if len(others) >= min(_FEWEST_OTHERS, size - 1):
            elsewhere[rows] = np.fmax.reduce(percent_match(here, codes[others]), axis=1)
            excess[rows] = np.fmax.reduce(match[:, : len(others) + 1], axis=1) - elsewhere[rows]
        if np.fmax.reduce(own[rows]) >= share:
            found.append(_best_pairs(match, rows, lines, share))
    pairs = _pair_table(found, lines)
    return Matches(own=own, excess=excess, elsewhere=elsewhere, pairs=pairs, too_large=too_large)


def _block_labels(responses: Responses, blocks: Sequence[str], flat: Bools) -> Index:
    """Return the number of each row's block, -1 where it has none or is not looked at."""
    keys = [label_codes(column_of(responses, name, "block"))[0] for name in blocks]
    known = np.all([key >= 0 for key in keys], axis=0) & ~flat
    label = np.zeros(len(flat), dtype=np.intp)
    for key in keys:
        label = np.unique(label * (key.max(initial=0) + 2) + key + 1, return_inverse=True)[1]
    return np.where(known, label, -1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Layout:
    """Rows that are looked at, by stratum, block and content, whatever order they came in.

    Attributes
    ----------
    order : ndarray of int, shape (m,)
        Places among the n rows.
    mixed : ndarray of int, shape (m,)
        Places among the m rows, those of a stratum shuffled by content.
    blocks, spans : list of (int, int)
        Where blocks begin and end among the m rows, and the strata they lie in.
    """

    order: Index
    mixed: Index
    blocks: list[tuple[int, int]]
    spans: list[tuple[int, int]]

    @classmethod
    def of(cls, codes: Codes, label: Index, stratum: Index) -> Self:
        kept = np.flatnonzero(label >= 0)
        if not len(kept):
            return cls(order=kept, mixed=kept, blocks=[], spans=[])
        home = _homes(label[kept], stratum[kept])
        place = np.lexsort((np.arange(len(home)), home)).argsort()
        digest = _digest(codes[kept])
        sequence = np.lexsort((digest, place[label[kept]]))
        order = kept[sequence]
        starts = np.concatenate([[0], np.flatnonzero(np.diff(label[order])) + 1, [len(order)]])
        homes = home[label[order[starts[:-1]]]]
        first, last = (np.searchsorted(homes, homes, side) for side in ("left", "right"))
        return cls(
            order=order,
            mixed=np.lexsort((digest[sequence], home[label[order]])),
            blocks=list(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)),
            spans=list(zip(starts[first].tolist(), starts[last].tolist(), strict=True)),
        )

    def others(self, block: tuple[int, int], span: tuple[int, int]) -> Index:
        """Return as many rows of other blocks of the stratum as each has in its own, up to 100."""
        size, whole = block[1] - block[0], span[1] - span[0]
        window = block[0] - span[0] + np.arange(min(2 * size, whole))
        places = self.mixed[span[0] + window % whole]
        outside = (places < block[0]) | (places >= block[1])
        return places[outside][: min(size - 1, _MOST_OTHERS)]


def _homes(label: Index, stratum: Index) -> Index:
    """Return the stratum that most of each block's rows lie in."""
    table = pd.DataFrame({"block": label, "stratum": stratum})
    sizes = table.value_counts(sort=False).rename("n_rows").reset_index()
    sizes = sizes.sort_values(["block", "n_rows", "stratum"]).drop_duplicates("block", keep="last")
    home = np.zeros(int(label.max()) + 1, dtype=np.intp)
    home[sizes["block"]] = sizes["stratum"]
    return home


def _digest(codes: Codes) -> NDArray[np.uint64]:
    digest = np.zeros(len(codes), dtype=np.uint64)
    for k in range(codes.shape[1]):
        digest = digest * np.uint64(1099511628211) + codes[:, k].astype(np.uint64)
    return digest * np.uint64(0x9E3779B97F4A7C15)


def _best_pairs(
    match: NDArray[np.float32], rows: Index, lines: NDArray[np.int64], share: float
) -> tuple[Index, Index, Array]:
    """First and second rows of the most alike pairs of a block, and their shares."""
    high = np.flatnonzero(np.fmax.reduce(match, axis=1) >= share)
    first, second = np.nonzero(match[high] >= share)
    first = high[first]
    first, second = first[first < second], second[first < second]
    found = rows[first], rows[second], match[first, second].astype(np.float64)
    return found if len(first) <= PAIRS_SHOWN else _most_alike(found, lines)


def _most_alike(
    pairs: tuple[Index, Index, Array], lines: NDArray[np.int64]
) -> tuple[Index, Index, Array]:
    both = np.sort(lines[np.stack(pairs[:2])], axis=0)
    order = np.lexsort((both[1], both[0], -pairs[2]))[:PAIRS_SHOWN]
    return pairs[0][order], pairs[1][order], pairs[2][order]


def _pair_table(
    found: Sequence[tuple[Index, Index, Array]], lines: NDArray[np.int64]
) -> pd.DataFrame:
    if not found:
        return pd.DataFrame({"first": [], "second": [], "share": []})
    first, second, share = (np.concatenate(each) for each in zip(*found, strict=True))
    pairs = _most_alike((first, second, share), lines)
    return pd.DataFrame(dict(zip(("first", "second", "share"), pairs, strict=True)))


def tell_pairs(responses: Responses, pairs: pd.DataFrame, blocks: Sequence[str]) -> pd.DataFrame:
    """Return pairs with line numbers (``row``, ``other``), ``share`` and the block's columns."""
    if not len(pairs):
        return pd.DataFrame()
    first, second = pairs["first"].to_numpy(), pairs["second"].to_numpy()
    lines = np.sort(responses.row_numbers[np.stack([first, second])], axis=0)
    block = responses.frame[list(blocks)].iloc[first].reset_index(drop=True)
    told = {"row": lines[0], "other": lines[1], "share": pairs["share"].to_numpy()}
    return pd.concat([pd.DataFrame(told), block], axis=1)
