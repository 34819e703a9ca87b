"""The bootstrap as moments with a ``draw`` dimension.

A bootstrap draw is a row of counts, how often each respondent was drawn; the
draws' moments are one matrix product of the counts with the respondents'
products. Whatever is computed from moments then has draws as well.

Respondents are resampled in one of two ways:

rows
    Multinomial counts from one random stream; a cell of *n* rows is resampled
    to *n* rows. For data without respondent ids.
persons
    Poisson(1) counts, each person with a random stream of their own, made
    from the seed and the respondent's id. A person who answers in several
    years (or about several brands) has the same counts everywhere, although
    each year is computed and kept by itself: differences between years carry
    the covariance of the returning respondents.

References
----------
Efron (1979), Annals of Statistics 7, 1-26. Hanley and MacGibbon (2006),
Creating non-parametric bootstrap samples using Poisson frequencies, Computer
Methods and Programs in Biomedicine 83, 57-62.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.estimation.estimates import Estimates, fit, fit_moments
from csat_models.estimation.moments import Moments, group_sizes, label_moments
from csat_models.estimation.sample import Array, Groups, Missing, Sample, read_sample
from csat_models.estimation.settings import Method, Scheme
from csat_models.model import PathModel
from csat_models.survey import Responses

Counts = NDArray[np.uint8]

# A resampled variance below this share of the sample's is a constant item's rounding.
ROUNDING = 1e-12


def row_counts(n_rows: int, n_boot: int, generator: np.random.Generator) -> Counts:
    """Draw how often each row is resampled: multinomial, `n_rows` a draw.

    Parameters
    ----------
    n_rows, n_boot : int
    generator : numpy.random.Generator

    Returns
    -------
    array (n_boot, n_rows)

    Examples
    --------
    >>> row_counts(4, 2, np.random.default_rng(1)).sum(axis=1).tolist()
    [4, 4]
    """
    counts = np.zeros((n_boot, n_rows), dtype=np.uint8)
    for draw in range(0, n_boot, 256):
        block = counts[draw : draw + 256]
        picks = generator.integers(0, n_rows, size=block.shape)
        picks += np.arange(len(block))[:, None] * n_rows
        block[:] = np.bincount(picks.ravel(), minlength=block.size).reshape(block.shape)
    return counts


def person_counts(persons: Sequence[str], n_boot: int, seed: int) -> Counts:
    """Draw how often each person is resampled: Poisson(1), keyed by the person.

    Parameters
    ----------
    persons : sequence of str
        Respondent ids; a repeated id has the same counts each time.
    n_boot : int
        Draws; the first draws do not depend on how many there are.
    seed : int

    Returns
    -------
    array (n_boot, n)

    Examples
    --------
    >>> first = person_counts(["ann", "bob"], 50, seed=1)
    >>> later = person_counts(["bob", "eve"], 50, seed=1)
    >>> bool((first[:, 1] == later[:, 0]).all())
    True
    """
    counts = np.empty((len(persons), n_boot), dtype=np.uint8)
    for row, person in enumerate(persons):
        name = hashlib.blake2b(f"{seed}:{person}".encode(), digest_size=16).digest()
        stream = np.random.Generator(np.random.Philox(key=int.from_bytes(name, "big")))
        counts[row] = stream.poisson(1.0, n_boot)
    return counts.T


def resampled_moments(values: Array, weights: Array, counts: Counts) -> tuple[Array, Array]:
    """Moments of every draw of one cell; missing answers count as the draw's mean.

    Parameters
    ----------
    values : array (n, K)
        Answers; NaN where missing.
    weights : array (n,)
        Survey weights.
    counts : array (B, n)
        How often each row is drawn.

    Returns
    -------
    mean : array (B, K)
    cov : array (B, K, K)
        As :func:`~csat_models.estimation.moments.weighted_moments` of the
        drawn rows; NaN for a draw without rows.
    """
    answered = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        centre = np.nan_to_num(
            weights @ np.where(answered, values, 0.0) / (weights @ answered), nan=0.0
        )
    deviations = np.where(answered, values - centre, 0.0)
    drawn = counts * weights
    total = drawn.sum(axis=1)
    n_items = values.shape[1]
    products = (deviations[:, :, None] * deviations[:, None, :]).reshape(len(values), -1)
    scatter = (drawn @ products).reshape(-1, n_items, n_items)
    sums = drawn @ deviations
    with np.errstate(invalid="ignore", divide="ignore"):
        if answered.all():
            shift = sums / total[:, None]
            scatter -= sums[:, :, None] * shift[:, None, :]
        else:
            shift = _subtract_means(scatter, sums, drawn, deviations, ~answered)
        rows = counts.sum(axis=1, dtype=np.float64)
        scatter *= (rows / (rows - 1.0) / total)[:, None, None]
    variance = np.einsum("bkk->bk", scatter)
    variance[variance < ROUNDING * (weights @ deviations**2) / weights.sum()] = 0.0
    return centre + shift, scatter


def _subtract_means(
    scatter: Array,
    sums: Array,
    drawn: Array,
    deviations: Array,
    absent: NDArray[np.bool_],
) -> Array:
    r"""Centre each draw's scatter at the means of the answers given; return those.

    With r = 1 - q the answer indicators and d the shift of the mean, the
    scatter of answers given is
    ``sum c x_i x_j - d_i sum c r_i x_j - d_j sum c x_i r_j + d_i d_j sum c r_i r_j``,
    where the sums over r come from those over the few missing answers q.
    """
    from scipy.sparse import csr_array

    n_rows, n_items = deviations.shape
    gaps = absent.astype(np.float64)
    total = drawn.sum(axis=1)
    answered = total[:, None] - drawn @ gaps
    shift: Array = sums / answered

    def sparse_sums(left: Array, right: Array) -> Array:
        table = (left[:, :, None] * right[:, None, :]).reshape(n_rows, -1)
        summed = (csr_array(table).T @ drawn.T).T
        return np.ascontiguousarray(summed).reshape(-1, n_items, n_items)

    gap_values = sparse_sums(gaps, deviations)
    gap_pairs = sparse_sums(gaps, gaps)
    given_values = sums[:, None, :] - gap_values
    given_pairs = answered[:, :, None] + answered[:, None, :] - total[:, None, None] + gap_pairs
    cross = shift[:, :, None] * given_values
    scatter -= cross
    scatter -= cross.transpose(0, 2, 1)
    scatter += shift[:, :, None] * shift[:, None, :] * given_pairs
    return shift


def resample_cells(
    data: Responses | pd.DataFrame,
    *,
    n_boot: int,
    seed: int,
    by: Sequence[str] = (),
    items: Sequence[str] | None = None,
    missing: Missing = "mean",
    sampling_weights: str | None = None,
    persons: str | None = None,
) -> Iterator[tuple[dict[str, object], Moments]]:
    """Resample every cell of `by`, one after the other.

    Cells are strata: a cell keeps its number of rows and its total weight in
    every draw, so that merged cells keep their shares.

    Parameters
    ----------
    data : Responses or DataFrame
    n_boot : int
        Draws.
    seed : int
    by, items, missing, sampling_weights
        As in :func:`~csat_models.estimation.moments.compute_moments`.
    persons : str, optional
        Column of respondent ids, to resample persons instead of rows; by
        default the codebook's, where it declares one.

    Yields
    ------
    labels : dict
        Value of each grouping column.
    moments : Moments
        With dimensions ``(draw, item)`` and ``(draw, item, item_2)``.
    """
    sample = read_sample(data, items=items, missing=missing, sampling_weights=sampling_weights)
    groups = Groups.of(sample.rows, by)
    counts = _sample_counts(data, sample, persons, n_boot, seed)
    generator = np.random.default_rng(seed)
    draws = {"draw": np.arange(n_boot)}
    for cell, rows in groups.cells():
        drawn = row_counts(len(rows), n_boot, generator) if counts is None else counts[:, rows]
        mean, cov = resampled_moments(sample.values[rows], sample.weights[rows], drawn)
        labels = {
            name: values[k] for (name, values), k in zip(groups.coords.items(), cell, strict=True)
        }
        sizes = np.array(group_sizes(sample.weights[rows]))
        yield labels, label_moments(sample, draws, mean, cov, sizes)


def _sample_counts(
    data: Responses | pd.DataFrame, sample: Sample, persons: str | None, n_boot: int, seed: int
) -> Counts | None:
    if persons is None and isinstance(data, Responses):
        persons = data.codebook.respondent_id
    if persons is None:
        return None
    if persons not in sample.rows.columns:
        raise DataError(f"the data have no column '{persons}' of respondent ids", column=persons)
    return person_counts([str(name) for name in sample.rows[persons]], n_boot, seed)


def bootstrap_moments(
    data: Responses | pd.DataFrame,
    *,
    n_boot: int,
    seed: int,
    by: Sequence[str] = (),
    items: Sequence[str] | None = None,
    missing: Missing = "mean",
    sampling_weights: str | None = None,
    persons: str | None = None,
) -> Moments:
    """Moments of every draw of every cell, as one :class:`Moments`.

    Takes the parameters of :func:`resample_cells`. A combination of `by`
    without rows is missing.

    Returns
    -------
    Moments
        With dimensions ``(draw, *by, item)``.
    """
    cells = list(
        resample_cells(
            data, n_boot=n_boot, seed=seed, by=by, items=items, missing=missing,
            sampling_weights=sampling_weights, persons=persons,
        )
    )  # fmt: skip
    if not by:
        return cells[0][1]
    return stack_cells(cells, by)


def stack_cells(cells: Sequence[tuple[dict[str, object], Moments]], by: Sequence[str]) -> Moments:
    """Put the moments of cells side by side along their grouping columns."""
    _, first = cells[0]

    def stack(name: str) -> xr.DataArray:
        parts = [
            getattr(moments, name).expand_dims({key: [labels[key]] for key in by})
            for labels, moments in cells
        ]
        combined = xr.combine_by_coords(parts, join="outer", combine_attrs="drop")
        assert isinstance(combined, xr.DataArray)
        return combined.transpose("draw", *by, ..., missing_dims="ignore")

    return replace(
        first,
        mean=stack("mean"),
        cov=stack("cov"),
        n_obs=stack("n_obs"),
        weight_sum=stack("weight_sum"),
        n_effective=stack("n_effective"),
    )


def bootstrap(
    data: Responses | pd.DataFrame,
    model: PathModel,
    *,
    n_boot: int = 2000,
    seed: int,
    method: Method = "pls",
    scheme: Scheme = "path",
    by: Sequence[str] = (),
    missing: Missing = "mean",
    sampling_weights: str | None = None,
    persons: str | None = None,
    point: Estimates | None = None,
) -> Estimates:
    r"""Fit `model` to every bootstrap draw.

    Parameters
    ----------
    data : Responses or DataFrame
    model : PathModel
    n_boot : int
        Draws.
    seed : int
        The same seed gives the same draws, on any number of cores.
    method, scheme
        See :func:`~csat_models.estimation.estimates.fit`.
    by, missing, sampling_weights, persons
        See :func:`resample_cells`.
    point : Estimates, optional
        The estimate whose signs and settings the draws follow; by default
        the fit to all of `data`.

    Returns
    -------
    Estimates
        With leading dimension ``draw``. A draw that failed is missing and
        has ``converged`` False.

    Examples
    --------
    >>> generator = np.random.default_rng(1)
    >>> common = generator.normal(size=(200, 1))
    >>> frame = pd.DataFrame(common + generator.normal(size=(200, 4)), columns=list("abcd"))
    >>> model = PathModel.parse("Q =~ a + b\nS =~ c + d\nS ~ Q")
    >>> draws = bootstrap(frame, model, n_boot=100, seed=1)
    >>> draws.paths.sizes["draw"], bool(draws.converged.all())
    (100, True)
    """
    if point is None:
        point = fit(
            data, model, method=method, scheme=scheme, missing=missing,
            sampling_weights=sampling_weights,
        )  # fmt: skip
    moments = bootstrap_moments(
        data, n_boot=n_boot, seed=seed, by=by, items=model.items, missing=missing,
        sampling_weights=sampling_weights, persons=persons,
    )  # fmt: skip
    return fit_moments(moments, model, point.settings, orientation=point)
