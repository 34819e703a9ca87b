r"""CVPAT: is a model's out-of-sample loss below a benchmark's or another model's.

The loss of a respondent is the mean squared error over the items of one or all
endogenous constructs. With :math:`d_i` the benchmark's loss less the model's,
:math:`t = \bar d / (s_d / \sqrt n)` has about a t distribution with n - 1 degrees
of freedom if both predict equally well.

The bootstrap draws respondents and takes the distribution of t around the
sample's mean instead, for losses that are far from normal in small samples.

Losses of one sample are not independent: all rows of a fold are predicted by one
fit, and folds share most of their rows. In simulations (``benchmarks/assessment.md``;
two-sided tests at .05, model and benchmark equally good) the test of two models is
slightly conservative (.035 to .042). That against the linear model rejects in .06 of
the samples, nearly always for the model: the linear model's many coefficients err
for all rows together. Against the mean it rejects in .11, nearly always for the mean:
there a model hardly predicts, and its small error is of one sign for all rows. So
"better than the mean" can be relied on, "worse than the mean" says no more than that
there is little to predict, and a narrow "better than the linear model" is to be taken
with care. Resampling the losses does not change this, since it keeps the fits.

References
----------
Liengaard, Sharma, Hult, Jensen, Sarstedt, Hair and Ringle (2021), Prediction:
coveted, yet forsaken? Introducing a cross-validated predictive ability test in
partial least squares path modeling, Decision Sciences 52, 362-392. Sharma,
Liengaard, Hair, Sarstedt and Ringle (2023), Predictive model assessment and
selection in composite-based modeling using PLS-SEM, European Journal of
Marketing 57, 1662-1677, for the benchmarks.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from csat_models.assessment.prediction.folds import same_folds
from csat_models.assessment.prediction.plspredict import Prediction
from csat_models.assessment.prediction.predictors import items_below
from csat_models.errors import DataError
from csat_models.estimation.draws.counts import row_counts
from csat_models.estimation.intervals.arguments import require_level
from csat_models.estimation.sample import Array
from csat_models.estimation.whole_numbers import require_count, require_seed

Alternative = Literal["two-sided", "greater"]
OVERALL = "overall"
# Draws worked on at a time.
BLOCK = 64


def cvpat(
    prediction: Prediction,
    benchmark: Literal["mean", "linear_model"] | Prediction = "mean",
    *,
    n_boot: int = 0,
    seed: int = 0,
    level: float = 0.95,
    alternative: Alternative = "two-sided",
) -> pd.DataFrame:
    r"""Test whether a model predicts better than a benchmark, or than another model.

    Parameters
    ----------
    prediction : Prediction
        From rows.
    benchmark : {"mean", "linear_model"} or Prediction
        The items' means (indicator average), the linear model, or another model of the same
        rows and folds.
    n_boot : int
        Draws of the studentised bootstrap; with 0, the t distribution.
    seed : int
    level : float
        Of the interval of the difference.
    alternative : {"two-sided", "greater"}
        Whether the losses differ, or the benchmark's is greater.

    Returns
    -------
    DataFrame
        One row for each endogenous construct that both predict, and one called "overall":
        ``construct``, ``loss``, ``benchmark_loss``, ``difference`` (benchmark less model:
        positive where the model is better), ``standard_error``, ``t``, ``p_value``, ``lower``,
        ``upper``, ``n`` and ``n_boot``.

    Raises
    ------
    DataError
        Predictions from moments, of other rows, or by other folds; a level, a number of
        draws or a seed that is none.

    Examples
    --------
    >>> from csat_models import PathModel, fit
    >>> from csat_models.assessment import plspredict
    >>> x = np.random.default_rng(1).normal(size=(100, 4))
    >>> frame = pd.DataFrame(x + x[:, :1], columns=list("abcd"))
    >>> model = PathModel.parse("A =~ a + b\nC =~ c + d\nC ~ A")
    >>> test = cvpat(plspredict(fit(frame, model), frame, seed=1))
    >>> test["construct"].tolist(), bool((test["p_value"] < 0.05).all())
    (['C', 'overall'], True)
    """
    _check(level, alternative)
    require_count("n_boot", n_boot, least=0)
    require_seed(seed)
    ours = _losses(prediction, "model")
    other = benchmark if isinstance(benchmark, Prediction) else prediction
    theirs = _losses(other, "model" if isinstance(benchmark, Prediction) else benchmark)
    if not np.array_equal(ours["row"].to_numpy(), theirs["row"].to_numpy()):
        raise DataError("the two predictions are of different rows; predict the same respondents")
    blocks = _shared_blocks(prediction, other)
    if not _folds_agree(prediction, other):
        raise DataError(
            "the two predictions are by different folds, so their losses cannot be compared row by "
            "row; predict with the same n_folds, repetitions and seed, or the same folds"
        )
    left = np.stack([_mean_loss(ours, items) for items in blocks.values()], axis=1)
    right = np.stack([_mean_loss(theirs, items) for items in blocks.values()], axis=1)
    weights = np.ones(len(left)) if prediction.weights is None else prediction.weights
    table = loss_test(
        right - left, weights, n_boot=n_boot, seed=seed, level=level, alternative=alternative
    )
    table.insert(0, "construct", list(blocks))
    table.insert(1, "loss", _weighted_mean(left, weights))
    table.insert(2, "benchmark_loss", _weighted_mean(right, weights))
    return table


def loss_test(
    differences: Array,
    weights: Array,
    *,
    n_boot: int,
    seed: int,
    level: float,
    alternative: Alternative,
) -> pd.DataFrame:
    """Test whether mean differences of losses are 0.

    Parameters
    ----------
    differences : array (n, C)
        Missing where a respondent has no loss.
    weights : array (n,)
        Survey weights.
    n_boot, seed, level, alternative
        As in :func:`cvpat`.

    Returns
    -------
    DataFrame
        One row for each of the C columns.
    """
    ones = np.ones((1, len(differences)))
    mean, error, count = (values[0] for values in _studentise(differences, ones * weights, ones))
    with np.errstate(invalid="ignore", divide="ignore"):
        t = mean / error
    if n_boot:
        counts = row_counts(len(differences), n_boot, np.random.default_rng(seed))
        reference = _studentised_draws(differences, weights, counts, mean)
        p, low, high = _by_draws(t, reference, level, alternative)
    else:
        p, low, high = _by_t(t, count - 1.0, level, alternative)
    return pd.DataFrame(
        {
            "difference": mean,
            "standard_error": error,
            "t": t,
            "p_value": p,
            "lower": mean - high * error,
            "upper": mean - low * error,
            "n": count.astype(np.int64),
            "n_boot": n_boot,
        }
    )


def _studentise(values: Array, weights: Array, counts: Array) -> tuple[Array, Array, Array]:
    """Means, standard errors and numbers of rows of draws (B, n): each (B, C).

    The error of a weighted mean is that of its linear form, with equal weights s / sqrt(n).
    """
    known = np.isfinite(values).astype(np.float64)
    filled = np.where(known > 0, values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        total = weights @ known
        mean = weights @ filled / total
        rows = counts @ known
        # counts x weight squared: a row drawn twice is two rows
        squares = weights**2 / np.where(counts > 0, counts, 1.0)
        spread = squares @ filled**2 - 2 * mean * (squares @ filled) + mean**2 * (squares @ known)
        error = np.sqrt(np.maximum(spread, 0.0) * rows / (rows - 1.0)) / total
    return mean, error, rows


def _studentised_draws(
    differences: Array, weights: Array, counts: NDArray[Any], mean: Array
) -> Array:
    """Distances of the draws' means from `mean` in their own standard errors, (B, C)."""
    blocks = [counts[k : k + BLOCK].astype(np.float64) for k in range(0, len(counts), BLOCK)]
    found = [_studentise(differences, block * weights, block)[:2] for block in blocks]
    drawn, spread = (np.concatenate(parts) for parts in zip(*found, strict=True))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((drawn - mean) / spread)


def _by_t(
    t: Array, freedom: Array, level: float, alternative: Alternative
) -> tuple[Array, Array, Array]:
    from scipy.special import stdtr, stdtrit

    tail = (1.0 - level) / 2.0
    p = 2.0 * stdtr(freedom, -np.abs(t)) if alternative == "two-sided" else stdtr(freedom, -t)
    return p, stdtrit(freedom, tail), stdtrit(freedom, 1.0 - tail)


def _by_draws(
    t: Array, reference: Array, level: float, alternative: Alternative
) -> tuple[Array, Array, Array]:
    tail = (1.0 - level) / 2.0
    known = np.isfinite(reference)
    reference = np.where(known, reference, np.nan)
    if alternative == "two-sided":
        beyond = (np.abs(reference) >= np.abs(t)).sum(axis=0)
    else:
        beyond = (reference >= t).sum(axis=0)
    p = np.where(np.isfinite(t), (1.0 + beyond) / (1.0 + known.sum(axis=0)), np.nan)
    if not known.any(axis=0).all():
        nothing = np.full(len(t), np.nan)
        return p, nothing, nothing
    low, high = np.nanquantile(reference, [tail, 1.0 - tail], axis=0)
    return p, low, high


def _losses(prediction: Prediction, predictor: str) -> xr.DataArray:
    if not isinstance(prediction, Prediction):
        raise DataError(
            f"CVPAT takes predictions, not an object of type '{type(prediction).__name__}'; give "
            "what plspredict(estimates, data) returns"
        )
    if prediction.losses is None:
        raise DataError(
            "CVPAT needs the loss of every respondent, and moments hold none; predict from rows"
        )
    if predictor not in prediction.losses["predictor"].to_numpy():
        raise DataError(
            f"benchmark='{predictor}' is unknown; write mean or linear_model, or give a prediction"
        )
    return prediction.losses.sel(predictor=predictor)


def _shared_blocks(one: Prediction, other: Prediction) -> dict[str, list[str]]:
    """Items of the constructs that both predict, and of all of them together."""
    found = {}
    for name in one.model.endogenous:
        items = list(items_below(one.model, name))
        if name in other.model.endogenous and items == list(items_below(other.model, name)):
            found[name] = items
    if not found:
        raise DataError("the two models predict no construct in common by the same items")
    return found | {OVERALL: [item for items in found.values() for item in items]}


def _mean_loss(losses: xr.DataArray, items: list[str]) -> Array:
    values: Array = losses.sel(item=items).transpose("row", "item").to_numpy()
    known = np.isfinite(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _weighted_mean(values: Array, weights: Array) -> Array:
    known = np.isfinite(values)
    weight = np.where(known, weights[:, None], 0.0)
    mean: Array = (weight * np.where(known, values, 0.0)).sum(axis=0) / weight.sum(axis=0)
    return mean


def _folds_agree(one: Prediction, other: Prediction) -> bool:
    return one.folds is None or other.folds is None or same_folds(one.folds, other.folds)


def _check(level: float, alternative: str) -> None:
    require_level(level)
    if alternative not in ("two-sided", "greater"):
        raise DataError(f"alternative='{alternative}' is unknown; write two-sided or greater")
