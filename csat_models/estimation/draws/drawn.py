"""Moments of draws, whichever way the sample's moments are taken."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from csat_models.errors import ConvergenceError, DataError, InadmissibleError
from csat_models.estimation.draws.cells import resampled_moments
from csat_models.estimation.draws.contingency import prepare_polychoric_draws
from csat_models.estimation.draws.copies import Copies
from csat_models.estimation.draws.likelihood import prepare_em_draws
from csat_models.estimation.draws.patterns import pairwise_draws
from csat_models.estimation.sample import Array, Sample

Draw = Callable[[Copies], tuple[Array, Array]]


def drawn_moments(sample: Sample, rows: NDArray[np.intp], copies: Copies) -> tuple[Array, Array]:
    """Moments of every draw of one cell, as the sample's own are taken.

    Parameters
    ----------
    sample : Sample
        Its ``missing`` and ``ordinal`` say how.
    rows : array (n,)
        Rows of the cell.
    copies : Copies
        B draws of them.

    Returns
    -------
    mean : array (B, K)
    cov : array (B, K, K)
        Missing where the cell itself has no such moments.
    """
    return prepare_draws(sample, rows)(copies)


def prepare_draws(sample: Sample, rows: NDArray[np.intp]) -> Draw:
    """Do once what all draws of a cell share.

    Parameters
    ----------
    sample, rows
        As in :func:`drawn_moments`.

    Returns
    -------
    callable
        From :class:`~csat_models.estimation.draws.copies.Copies` to the
        draws' moments; may be called block by block.
    """
    values, weights = sample.values[rows], sample.weights[rows]
    if sample.additive:
        return partial(_draw_sums, values, weights)
    try:
        if sample.ordinal:
            return prepare_polychoric_draws(values, weights, items=sample.items)
        if sample.missing == "em":
            return prepare_em_draws(values, weights, items=sample.items)
    except (InadmissibleError, ConvergenceError):
        return partial(_draw_nothing, len(sample.items))
    return partial(pairwise_draws, values, weights)


def _draw_sums(values: Array, weights: Array, copies: Copies) -> tuple[Array, Array]:
    return resampled_moments(values, weights, copies.counts)


def _draw_nothing(n_items: int, copies: Copies) -> tuple[Array, Array]:
    n_draws = len(copies)
    return np.full((n_draws, n_items), np.nan), np.full((n_draws, n_items, n_items), np.nan)


def require_additive(sample: Sample, task: str) -> None:
    """Refuse moments that are no sums over rows.

    Raises
    ------
    DataError
        ``missing="pairwise"`` or ``"em"``, or ``ordinal=True``.
    """
    if not sample.additive:
        way = "ordinal=True" if sample.ordinal else f"missing='{sample.missing}'"
        raise DataError(
            f"moments with {way} are no sums over rows, so {task}; write missing='mean' or "
            "'listwise'",
            missing=sample.missing,
        )
