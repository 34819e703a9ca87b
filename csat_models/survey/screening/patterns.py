"""Rows answered without looking: the same answer throughout, long runs, no variation.

Whoever is delighted also gives the highest score throughout: in the ACSI's
microdata 6.6 % of all respondents do. A straight line at the top is
therefore a flag of its own that excludes nobody by default, and neither runs
nor low variability count at the top. Where the questionnaire has reversed
items, a straight line of ticks contradicts itself and is never taken for
delight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csat_models.survey.intake.responses import Responses
from csat_models.survey.screening.answers import (
    LEAST_ANSWERED,
    as_ticked,
    positions,
    row_blocks,
    scores_of,
    screened_items,
)
from csat_models.survey.screening.flags import Flag

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

_FEWEST_ITEMS = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AnswerPatterns:
    """How each of n rows answers a set of K items.

    Attributes
    ----------
    run : ndarray, shape (n,)
        The longest run of equal ticks below the top, as a share of K; unanswered
        items neither end a run nor lengthen it. Missing below half of the answers.
    flat : ndarray of bool, shape (n,)
        All ticks are the same.
    variability : ndarray, shape (n,)
        Standard deviation of the ticks within the row, in lengths of the scale.
    level : ndarray, shape (n,)
        Mean position on the scales, 0 to 1, reversed items turned round.
    delight : float
        Position from which rows are at the top.
    """

    run: Array
    flat: Bools
    variability: Array
    level: Array
    delight: float

    @property
    def top(self) -> Bools:
        """Rows at the top of the scales, on the whole, shape (n,)."""
        return np.asarray(self.level >= self.delight)


def answer_patterns(
    responses: Responses, items: Sequence[str] | None = None, *, delight: float = 0.9
) -> AnswerPatterns:
    """Describe how each row answers.

    Parameters
    ----------
    responses : Responses
        n rows.
    items : sequence of str, optional
        In the order of the questionnaire; by default those on the most
        frequent scale that everybody is asked.
    delight : float
        Answers from this position of the scale upwards (0 to 1) are at the top.
    """
    names = screened_items(responses, items)
    parts = [
        _patterns(responses, names, rows, delight) for rows in row_blocks(len(responses.frame))
    ]
    if not parts or len(names) < _FEWEST_ITEMS:
        nothing = np.full(len(responses.frame), np.nan)
        return AnswerPatterns(
            run=nothing,
            flat=np.zeros(len(nothing), bool),
            variability=nothing,
            level=nothing,
            delight=delight,
        )
    run, flat, variability, level = (np.concatenate(each) for each in zip(*parts, strict=True))
    return AnswerPatterns(run=run, flat=flat, variability=variability, level=level, delight=delight)


def _patterns(
    responses: Responses, names: Sequence[str], rows: slice, delight: float
) -> tuple[Array, Bools, Array, Array]:
    scores = scores_of(responses, names, rows)
    place = positions(responses, names, scores)
    turned = any(responses.codebook.items[name].reversed for name in names)
    ticks = positions(responses, names, as_ticked(responses, names, scores)) if turned else place
    known = ~np.isnan(ticks)
    answered = known.sum(axis=1)
    few = answered < max(1.0, LEAST_ANSWERED * len(names))
    divisor = np.maximum(answered, 1)
    mean = np.where(known, ticks, 0.0).sum(axis=1) / divisor
    deviations = np.where(known, ticks - mean[:, None], 0.0)
    square = np.einsum("nk,nk->n", deviations, deviations)
    level = np.where(known, place, 0.0).sum(axis=1) / divisor if turned else mean
    flat = np.fmax.reduce(ticks, axis=1) == np.fmin.reduce(ticks, axis=1)
    run = longest_run(np.where(place >= delight, np.inf, ticks)) / max(1, len(names))
    blank = np.where(few, np.nan, 0.0)
    spread = np.sqrt(square / np.maximum(answered - 1, 1))
    return run + blank, flat & ~few, spread + blank, level + blank


def longest_run(ticks: Array) -> Array:
    """Length of the longest run of equal finite values in each row.

    Parameters
    ----------
    ticks : ndarray, shape (..., K)
        NaN is passed over; infinity ends a run and is none itself.

    Returns
    -------
    ndarray, shape (...)

    Examples
    --------
    >>> longest_run(np.array([[1, 1, np.nan, 1, 2], [3, 4, 4, np.inf, np.inf]])).tolist()
    [3.0, 2.0]
    """
    last = np.full(ticks.shape[:-1], np.inf)
    run, longest = np.zeros(last.shape), np.zeros(last.shape)
    for tick in np.ascontiguousarray(np.moveaxis(ticks, -1, 0)):
        known = ~np.isnan(tick)
        length = np.where(np.isinf(tick), 0.0, np.where(tick == last, run + 1.0, 1.0))
        run, last = np.where(known, length, run), np.where(known, tick, last)
        np.maximum(longest, run, out=longest)
    return longest


def flag_straight_lines(patterns: AnswerPatterns) -> tuple[Flag, Flag]:
    """Rows with the same tick throughout, apart from delight and at the top.

    Parameters
    ----------
    patterns : AnswerPatterns

    Returns
    -------
    straight_line, straight_line_top : Flag
    """
    top, delight = patterns.flat & patterns.top, patterns.delight
    rule = "the same answer to all items of a scale"
    source = "Herzog & Bachman 1981; Zhang & Conrad 2014"
    return (
        Flag(
            name="straight_line",
            rows=patterns.flat & ~top,
            value=patterns.run,
            rule=f"{rule}, below {delight:g} of its length",
            source=source,
        ),
        Flag(
            name="straight_line_top",
            rows=top,
            value=patterns.level,
            rule=f"{rule}, from {delight:g} of its length upwards; may be delight",
            source=source,
        ),
    )


def flag_longest_run(patterns: AnswerPatterns, *, share: float = 0.4) -> Flag:
    """Rows with a long run of the same tick, below the top of the scale.

    Parameters
    ----------
    patterns : AnswerPatterns
    share : float
        Of the items, from which a run is long.
    """
    return Flag(
        name="longest_run",
        rows=np.nan_to_num(patterns.run) >= share,
        value=patterns.run,
        rule=f"the same answer to {share:.0%} of the items in a row, below the top",
        source="Johnson 2005; Meade & Craig 2012",
    )


def flag_low_variability(patterns: AnswerPatterns, *, cut: float = 0.03) -> Flag:
    """Rows whose answers hardly vary, apart from those near the top.

    Parameters
    ----------
    patterns : AnswerPatterns
    cut : float
        Standard deviation within the row, in lengths of the scale, below
        which answers hardly vary.
    """
    low = np.nan_to_num(patterns.variability, nan=np.inf) < cut
    return Flag(
        name="low_variability",
        rows=low & ~patterns.top,
        value=patterns.variability,
        rule=f"standard deviation within the row below {cut:g} of the scale, below the top",
        source="Dunn, Heggestad, Shanock & Theilgard 2018",
    )
