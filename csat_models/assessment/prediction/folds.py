"""Folds of a sample: who is left out when, and the moments of those who remain.

A training sample is the whole less one fold, so its moments are differences of
sums: one pass over the data serves all folds of all repetitions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.estimation import Moments
from csat_models.estimation.draws.parts import Parts
from csat_models.estimation.row_moments import label_moments
from csat_models.estimation.sample import Array, Sample
from csat_models.estimation.whole_numbers import require_count, require_seed
from csat_models.survey import Responses

Codes = NDArray[np.intp]


def assign_folds(units: Codes, *, n_folds: int, repetitions: int, seed: int) -> Codes:
    """Deal units into folds of the same size, anew in every repetition.

    Parameters
    ----------
    units : array (n,) of int
        Unit of each row, from 0: rows of one person stay together.
    n_folds : int
    repetitions : int
        Repetition r has a random stream of its own, whatever their number.
    seed : int

    Returns
    -------
    array (repetitions, n) of int
        Fold of each row, from 0.

    Raises
    ------
    DataError
        Fewer than 2 folds, or more than units; no repetition; a seed that is none.

    Examples
    --------
    >>> folds = assign_folds(np.arange(6), n_folds=3, repetitions=2, seed=1)
    >>> np.bincount(folds[0]).tolist(), folds.shape
    ([2, 2, 2], (2, 6))
    """
    require_count("n_folds", n_folds)
    require_count("repetitions", repetitions)
    require_seed(seed)
    n_units = int(units.max(initial=-1)) + 1
    if not 2 <= n_folds <= n_units:  # noqa: PLR2004
        raise DataError(
            f"n_folds={n_folds} does not divide {n_units} respondents; write 2 to {n_units}",
            n_folds=n_folds,
        )
    streams = [np.random.default_rng([seed, r]) for r in range(repetitions)]
    dealt = np.arange(n_units, dtype=np.intp) % n_folds
    return np.stack([stream.permutation(dealt)[units] for stream in streams])


def given_folds(folds: object, n_rows: int) -> Codes:
    """Return given folds as numbers, (n,) or (repetitions, n), from 0.

    Raises
    ------
    DataError
        Another number of rows, rows without a fold, or a single fold.
    """
    values = _fold_table(folds)
    if values.shape[-1] != n_rows:
        raise DataError(
            f"folds name {values.shape[-1]} rows and the data have {n_rows}; give one fold a row",
            rows=n_rows,
        )
    found = np.stack([np.unique(each, return_inverse=True)[1] for each in values])
    if (found.max(axis=1) < 1).any():
        raise DataError("folds are all the same; give at least two")
    return found.astype(np.intp)


def _fold_table(folds: object) -> NDArray[Any]:
    try:
        values = np.atleast_2d(np.asarray(folds))
    except ValueError:
        values = np.zeros((0, 0, 0))
    if values.ndim != 2:  # noqa: PLR2004
        raise DataError(
            "folds are no table; give one fold a row, or for each repetition one fold a row"
        )
    missing = np.asarray(pd.isna(values)).any(axis=0)
    if missing.any():
        raise DataError(
            f"{int(missing.sum())} rows have no fold, first row {int(missing.argmax()) + 1}; give "
            "each a fold",
            row=int(missing.argmax()) + 1,
        )
    return values


def same_folds(one: Codes, other: Codes) -> bool:
    """Tell whether two deals (repetitions, n) hold the same rows out together.

    Examples
    --------
    >>> same_folds(np.array([[0, 0, 1]]), np.array([[1, 1, 0]]))
    True
    """
    if one.shape != other.shape:
        return False
    pairs = zip(one, other, strict=True)
    return all(np.array_equal(pd.factorize(a)[0], pd.factorize(b)[0]) for a, b in pairs)


def person_units(data: Responses | pd.DataFrame, rows: pd.DataFrame) -> Codes:
    """Return numbers of the respondents of rows by the codebook's id; without one, the rows."""
    name = data.codebook.respondent_id if isinstance(data, Responses) else None
    if name is None:
        return np.arange(len(rows), dtype=np.intp)
    return pd.factorize(rows[name])[0].astype(np.intp)


def training_moments(sample: Sample, folds: Codes) -> Moments:
    """Moments of every sample less one fold, (repetition, fold, ...).

    Parameters
    ----------
    sample : Sample
    folds : array (R, n) of int
        A fold that a repetition does not have leaves nobody out.

    Returns
    -------
    Moments
        With the dimensions ``repetition`` and ``fold``.
    """
    n_folds = int(folds.max()) + 1
    parts = [Parts.of(sample.values, sample.weights, each, n_folds) for each in folds]
    left = [part.without_each() for part in parts]
    sizes = np.stack([part.sizes_without_each() for part in parts])
    coords = {"repetition": np.arange(len(folds)), "fold": np.arange(n_folds)}
    mean, cov = np.stack([m for m, _ in left]), np.stack([c for _, c in left])
    return label_moments(sample, coords, mean, cov, sizes)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeldOut:
    """What is known of the respondents of each fold.

    Attributes
    ----------
    rows : array (F,)
        How many there are.
    products : array (F, K, K)
        Sums of products of their deviations from the training means.
    """

    rows: Array
    products: Array

    def squared_errors(self, maps: Array) -> Array:
        """Return sums of squared errors of predictions by maps B (F, K, K), in (F, K).

        With c the unit vector of item y less column y of B, an error is c'(x - m), and the
        sum of their squares c' D c.
        """
        columns = np.eye(maps.shape[-1]) - maps
        return np.asarray(np.einsum("fky,fkl,fly->fy", columns, self.products, columns))


def _require_folds(parts: Moments) -> None:
    if parts.batch_dims != ("fold",) or parts.cov.sizes["fold"] < 2:  # noqa: PLR2004
        raise DataError(
            "predictions from moments need moments of at least two folds, with the single "
            "dimension 'fold'; take them with compute_moments(data, by=['fold'])"
        )
    if not np.allclose(parts.weight_sum.to_numpy(), parts.n_obs.to_numpy().astype(np.float64)):
        raise DataError("predictions from moments take no survey weights; give the rows")


def split_moments(parts: Moments) -> tuple[Moments, HeldOut]:
    """Split moments of folds into those of the training samples and what is held out.

    Parameters
    ----------
    parts : Moments
        With the single leading dimension ``fold``, of complete answers: where a missing
        answer was replaced, its replacement counts as an answer that is predicted.

    Raises
    ------
    DataError
        Other dimensions, a single fold, or survey weights, whose sums the moments lack.
    """
    _require_folds(parts)
    n = parts.n_obs.to_numpy().astype(np.float64)
    mean = parts.mean.transpose("fold", "item").to_numpy()
    scatter = parts.cov.transpose("fold", "item", "item_2").to_numpy() * (n - 1.0)[:, None, None]
    left = n.sum() - n
    centre = (n @ mean - n[:, None] * mean) / left[:, None]
    raw = scatter + n[:, None, None] * mean[:, :, None] * mean[:, None, :]
    training = raw.sum(axis=0) - raw - left[:, None, None] * centre[:, :, None] * centre[:, None, :]
    away = mean - centre
    held = HeldOut(rows=n, products=scatter + n[:, None, None] * away[:, :, None] * away[:, None])
    sizes = xr.DataArray(left, coords=parts.n_obs.coords, dims=parts.n_obs.dims)
    moments = replace(
        parts,
        mean=parts.mean.transpose("fold", "item").copy(data=centre),
        cov=parts.cov.transpose("fold", "item", "item_2").copy(
            data=training / (left - 1.0)[:, None, None]
        ),
        n_obs=sizes.astype(np.int64),
        weight_sum=sizes,
        n_effective=sizes,
    )
    return moments, held
