"""Moments of rows, in the way that their sample asks for: in every group, and as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from csat_models.estimation.incomplete import incomplete_moments
from csat_models.estimation.labels import item_coordinates, label
from csat_models.estimation.moments import Moments
from csat_models.estimation.ordinal import ordinal_moments, require_categories
from csat_models.estimation.sample import Array, Groups, Missing, Sample, read_sample
from csat_models.estimation.weighted import weighted_moments
from csat_models.survey import Responses


def compute_moments(
    data: Responses | pd.DataFrame,
    *,
    items: Sequence[str] | None = None,
    by: Sequence[str] = (),
    missing: Missing = "mean",
    sampling_weights: str | None = None,
    ordinal: bool = False,
) -> Moments:
    """Compute the moments of the items, in every group of `by`.

    Parameters
    ----------
    data : Responses or DataFrame
        One row a respondent. A data frame's answer scales are taken from its
        observed minimum and maximum.
    items : sequence of str, optional
        Columns to use; by default all items of the codebook that everybody
        is asked, or all numeric columns of a data frame.
    by : sequence of str
        Grouping columns; each becomes a leading dimension. A combination
        that has no rows has ``n_obs`` 0 and missing moments.
    missing : {"mean", "listwise", "pairwise", "em"}
        Replace a missing answer by the item's mean in its group; leave out
        every row that misses an answer; or take means and covariances from
        all answers there are, each pair by itself or by maximum likelihood,
        see :mod:`~csat_models.estimation.incomplete`. The last two leave out
        rows without any answer, and do not merge into the moments of all rows.
    sampling_weights : str, optional
        Column of survey weights.
    ordinal : bool
        Take answers as ordered categories: polychoric correlations in place
        of covariances, see :mod:`~csat_models.estimation.ordinal`. Means stay
        those of the answers, so that an index weights answers by the
        standardised weights, undivided by standard deviations. Categories
        cannot be replaced by a mean: a missing answer leaves a row out of the
        pairs concerned, or with "listwise" out of all.

    Returns
    -------
    Moments
        With dimensions ``(*by, item)`` and ``(*by, item, item_2)``.

    Raises
    ------
    DataError
        A column that is not there, an item that some respondents were not
        asked because of a filter, unless ``missing="listwise"``, or an ordinal
        one with more than 20 different answers.
    InadmissibleError, ConvergenceError
        No "pairwise", "em" or ordinal moments of the one sample; a group of
        `by` without them has missing moments.

    Examples
    --------
    >>> frame = pd.DataFrame({"S1": [1.0, 2.0, 4.0], "S2": [2.0, 2.0, 5.0]})
    >>> compute_moments(frame).mean.values.round(2).tolist()
    [2.33, 3.0]
    """
    sample = read_sample(
        data, items=items, missing=missing, sampling_weights=sampling_weights, ordinal=ordinal
    )
    if ordinal:
        require_categories(sample.values, sample.items)
    groups = Groups.of(sample.rows, by)
    shape, n_items = groups.shape, len(sample.items)
    mean = np.full((*shape, n_items), np.nan)
    cov = np.full((*shape, n_items, n_items), np.nan)
    sizes = np.zeros((*shape, 3))
    for cell, rows in groups.cells():
        mean[cell], cov[cell] = cell_moments(sample, rows, required=not by)
        sizes[cell] = group_sizes(sample.weights[rows])
    return label_moments(sample, groups.coords, mean, cov, sizes)


def label_moments(
    sample: Sample,
    coords: Mapping[str, ArrayLike],
    mean: Array,
    cov: Array,
    sizes: Array,
) -> Moments:
    """Label plain arrays as :class:`Moments`.

    Parameters
    ----------
    sample : Sample
        For the names and scales of the items.
    coords : mapping of str to array
        Leading dimensions, in order, and their labels.
    mean : array (..., K)
    cov : array (..., K, K)
    sizes : array (..., 3)
        Rows, sums of weights and effective sizes; a leading ``draw``
        dimension of the others is absent here.
    """
    fixed = [name for name in coords if name != "draw"]
    arrays = {
        "mean": ([*coords, "item"], mean),
        "cov": ([*coords, "item", "item_2"], cov),
        "n_obs": (fixed, sizes[..., 0].astype(np.int64)),
        "weight_sum": (fixed, sizes[..., 1]),
        "n_effective": (fixed, sizes[..., 2]),
        "scale_min": (["item"], sample.scale_min),
        "scale_max": (["item"], sample.scale_max),
    }
    return Moments(**label(arrays, item_coordinates(tuple(sample.items)), coords))


def cell_moments(
    sample: Sample, rows: NDArray[np.intp], *, required: bool = True
) -> tuple[Array, Array]:
    """Mean (K,) and covariance (K, K) of some rows, as ``missing`` and ``ordinal`` say."""
    whole = len(rows) == len(sample.weights)
    values = sample.values if whole else sample.values[rows]
    weights = sample.weights if whole else sample.weights[rows]
    if not weights.any():
        n_items = values.shape[1]
        return np.full(n_items, np.nan), np.full((n_items, n_items), np.nan)
    if sample.ordinal:
        return ordinal_moments(values, weights, items=sample.items, required=required)
    if sample.additive:
        return weighted_moments(values, weights)
    return incomplete_moments(
        values, weights, sample.missing, items=sample.items, required=required
    )


def group_sizes(weights: Array) -> tuple[float, float, float]:
    """Rows, sum of weights, and Kish's effective sample size."""
    total = float(weights.sum())
    return float(len(weights)), total, kish_size(total, float(weights @ weights))


def kish_size(total: float, squares: float) -> float:
    """Kish's effective sample size of a sum of weights and of their squares; 0 without weight."""
    return total**2 / squares if squares > 0 else 0.0
