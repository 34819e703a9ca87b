"""Rows far from all others in the space of the answers.

References
----------
Mahalanobis (1936), Proceedings of the National Institute of Sciences of India
2:49-55; Meade & Craig (2012), Psychological Methods 17:437-455.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from csat_models.errors import InadmissibleError
from csat_models.survey.incomplete import em_moments
from csat_models.survey.intake.responses import Responses
from csat_models.survey.screening.answers import row_blocks, scores_of, screened_items
from csat_models.survey.screening.flags import Flag

Array = NDArray[np.float64]

# Rows up to which moments come from the EM algorithm; with more, the complete rows will do.
EM_ROWS = 5000

# Numbers in the matrices (patterns, K, K) worked on at a time.
_BLOCK_SIZE = 2_000_000

_SINGULAR = 1e-10
_FEWEST_ROWS_AN_ITEM = 5


def flag_outliers(
    responses: Responses, items: Sequence[str] | None = None, *, level: float = 0.001
) -> Flag:
    r"""Rows with a large Mahalanobis distance, on the items that they answer.

    .. math:: D^2 = (x - \mu)_o' \Sigma_{oo}^{-1} (x - \mu)_o

    is compared with the upper quantile of the chi-squared distribution with
    as many degrees of freedom as there are answers. Scores on a bounded
    scale are not normal: more than `level` of honest rows lie beyond it, so
    the flag excludes nobody by default.

    Parameters
    ----------
    responses : Responses
        n rows.
    items : sequence of str, optional
        By default those on the most frequent scale that everybody is asked.
    level : float
        Share of normal rows beyond the cut.

    Returns
    -------
    Flag
        Its value is the distance squared over its degrees of freedom.
    """
    from scipy.special import chdtrc

    names = screened_items(responses, items)
    n_rows = len(responses.frame)
    rule = f"Mahalanobis distance beyond the {level:g} quantile of the chi-squared distribution"
    try:
        mean, cov, note = _moments(responses, names)
    except InadmissibleError as problem:
        nothing = np.full(n_rows, np.nan)
        note = f"not looked for: {problem}"
        return _flag(np.zeros(n_rows, dtype=np.bool_), nothing, rule, note)
    parts = [
        mahalanobis(scores_of(responses, names, rows), mean, cov) for rows in row_blocks(n_rows)
    ]
    squared, freedom = (np.concatenate(each) for each in zip(*parts, strict=True))
    known = freedom > 0
    tail = chdtrc(np.where(known, freedom, 1.0), np.where(known, squared, 0.0))
    value = squared / np.where(known, freedom, np.nan)
    return _flag(known & (tail < level), value, rule, note)


def _flag(rows: NDArray[np.bool_], value: Array, rule: str, note: str) -> Flag:
    return Flag(
        name="outlier",
        rows=rows,
        value=value,
        rule=rule,
        source="Mahalanobis 1936; Meade & Craig 2012",
        note=note,
    )


def _moments(responses: Responses, names: Sequence[str]) -> tuple[Array, Array, str]:
    whole = len(responses.frame)
    if not names or whole < _FEWEST_ROWS_AN_ITEM * len(names):
        raise InadmissibleError(f"{whole} rows for {len(names)} items are too few")
    rows, mean, cov = _complete_moments(responses, names)
    if rows == whole or (whole > EM_ROWS and rows >= _FEWEST_ROWS_AN_ITEM * len(names)):
        note = "" if rows == whole else "moments of the rows that answer everything"
    else:
        found = em_moments(scores_of(responses, names, slice(None)), items=names)
        mean, cov, note = found.mean, found.cov, "moments by the EM algorithm"
    _require_definite(cov)
    return mean, cov, note


def _complete_moments(responses: Responses, names: Sequence[str]) -> tuple[int, Array, Array]:
    """Return number, means and covariances (divisor n) of rows that answer everything."""
    count, total, products = 0, np.zeros(len(names)), np.zeros((len(names), len(names)))
    centre = np.array([np.mean(responses.codebook.items[name].scale) for name in names])
    for rows in row_blocks(len(responses.frame)):
        gap = scores_of(responses, names, rows) - centre
        gap = gap[~np.isnan(gap).any(axis=1)]
        count, total, products = count + len(gap), total + gap.sum(axis=0), products + gap.T @ gap
    mean = total / max(1, count)
    return count, centre + mean, products / max(1, count) - np.outer(mean, mean)


def _require_definite(cov: Array) -> None:
    scale = np.sqrt(np.diagonal(cov))
    if not (scale > 0).all() or np.linalg.eigvalsh(cov / scale / scale[:, None])[0] < _SINGULAR:
        raise InadmissibleError("items without variance or collinear items")


def mahalanobis(values: Array, mean: Array, cov: Array) -> tuple[Array, Array]:
    """Squared distances from a mean, on the answers that there are.

    Parameters
    ----------
    values : ndarray, shape (n, K)
        NaN where there is no answer.
    mean : ndarray, shape (K,)
    cov : ndarray, shape (K, K)
        Positive definite.

    Returns
    -------
    squared, freedom : ndarray, shape (n,)
        The distance, and the number of answers.

    Examples
    --------
    >>> mahalanobis(np.array([[2.0, 0.0], [2.0, np.nan]]), np.zeros(2), np.diag([4.0, 1.0]))
    (array([1., 1.]), array([2., 1.]))
    """
    known = ~np.isnan(values)
    gap = np.where(known, values - mean, 0.0)
    order, edges = _pattern_order(known)
    squared = np.empty(len(values))
    starts = np.concatenate([[0], edges, [len(values)]]) if len(values) else np.zeros(1, int)
    step = max(1, _BLOCK_SIZE // cov.size)
    for first in range(0, len(starts) - 1, step):
        bounds = starts[first : first + step + 1]
        inverse = _inverses(cov, known[order[bounds[:-1]]].astype(np.float64))
        for k, rows in enumerate(np.split(order[bounds[0] : bounds[-1]], bounds[1:-1] - bounds[0])):
            here = gap[rows]
            squared[rows] = np.einsum("ni,ni->n", here @ inverse[k], here)
    return squared, known.sum(axis=1).astype(np.float64)


def _pattern_order(known: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows sorted by what they answer, and where a new pattern begins."""
    packed = np.ascontiguousarray(np.packbits(known, axis=1))
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    order = np.argsort(keys, kind="stable")
    return order, np.flatnonzero(keys[order][1:] != keys[order][:-1]) + 1


def _inverses(cov: Array, answered: Array) -> Array:
    """Inverses (P, K, K) of the answered parts, zero elsewhere."""
    both = answered[:, :, None] * answered[:, None, :]
    padded = cov * both
    index = np.arange(len(cov))
    padded[:, index, index] += 1.0 - answered
    return np.asarray(np.linalg.inv(padded) * both)
