r"""PLSpredict: out-of-sample errors of the model beside those of two benchmarks.

In each fold the model is fitted to the others and predicts the items of the
endogenous constructs of those left out. A model predicts when its errors are
below those of the item's mean (:math:`Q^2_{predict} > 0`), and well when they
are below those of the linear model for all, most or some items: high, medium or
low predictive power.

Conventions. Items are standardised by the training sample's means and standard
deviations, as in seminr and cSEM, and so are consistent PLS's predictions: its
corrected paths and loadings with scores that are not corrected. seminr's linear
model is ``linear="others"``, which regresses an item on those of all other
constructs, later ones too; the default gives it the same antecedents as the
model. Errors of several repetitions are put together. cSEM's Q2_predict is of the
variances of the errors, not of their mean squares: on 250 respondents less than
1e-5 apart.

A missing answer counts as the training mean among the antecedents and is not
predicted. That takes the rows: moments do not tell which answers were missing,
so those that were replaced by their mean count as answers that all predictors,
the mean foremost, predict with little error. Give moments of folds only where
every row has every answer (``missing="complete"``), and rows otherwise.

References
----------
Shmueli, Sarstedt, Hair, Cheah, Ting, Vaithilingam and Ringle (2019), Predictive
model assessment in PLS-SEM: guidelines for using PLSpredict, European Journal of
Marketing 53, 2322-2347.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike

from csat_models.assessment.prediction.folds import (
    Codes,
    assign_folds,
    given_folds,
    person_units,
    split_moments,
    training_moments,
)
from csat_models.assessment.prediction.predictors import (
    ANTECEDENTS,
    BENCHMARKS,
    Antecedents,
    Benchmark,
    linear_map,
    model_map,
    predicted_items,
    require_predictable,
)
from csat_models.errors import ConvergenceError, DataError
from csat_models.estimation import Estimates, Moments, fit_moments
from csat_models.estimation.refusals import require_estimates
from csat_models.estimation.sample import Array, Missing, read_sample
from csat_models.model import PathModel
from csat_models.survey import Responses

PREDICTORS = ("model", "linear_model", "mean")
N_FOLDS, REPETITIONS = 10, 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prediction:
    """Out-of-sample errors of a model and its benchmarks.

    Attributes
    ----------
    model : PathModel
    antecedents, linear : str
        As they were asked for.
    rmse : DataArray (predictor, item)
        Root mean squared error; predictors are "model", "linear_model" and "mean".
    mae : DataArray (predictor, item) or None
        Mean absolute error; None from moments.
    losses : DataArray (predictor, row, item) or None
        Squared error of each respondent, mean of the repetitions; missing where the answer
        is. None from moments.
    weights : array (n,) or None
        Survey weights of the rows.
    folds : array (repetitions, n) of int or None
        Fold of each row; None from moments.
    q2_spread : DataArray (item)
        Standard deviation of Q2_predict between repetitions; missing with one.
    n_failed : int
        Training samples that did not converge, whose folds are left out.
    """

    model: PathModel
    antecedents: Antecedents
    linear: Benchmark
    rmse: xr.DataArray
    mae: xr.DataArray | None
    losses: xr.DataArray | None
    weights: Array | None
    folds: Codes | None
    q2_spread: xr.DataArray
    n_failed: int

    def q2_predict(self, benchmark: str = "mean") -> xr.DataArray:
        """Share of a benchmark's squared error that the model does away with, (item).

        Against the mean, the usual Q2_predict; against "linear_model", positive where the
        model is better than regression without constructs.
        """
        ratio = self.rmse.sel(predictor="model") / self.rmse.sel(predictor=benchmark)
        found: xr.DataArray = 1.0 - ratio**2
        return found.drop_vars("predictor", errors="ignore")


def plspredict(
    estimates: Estimates,
    data: Responses | pd.DataFrame | Moments,
    *,
    n_folds: int = N_FOLDS,
    repetitions: int = REPETITIONS,
    seed: int = 0,
    antecedents: Antecedents = "direct",
    linear: Benchmark | None = None,
    folds: ArrayLike | Sequence[Sequence[int]] | None = None,
    missing: Missing = "mean",
    sampling_weights: str | None = None,
) -> Prediction:
    r"""Predict every respondent by a model that has not seen them.

    Parameters
    ----------
    estimates : Estimates
        For the model and its settings.
    data : Responses, DataFrame or Moments
        Rows; or moments with the single dimension ``fold``, which give squared errors only
        and are right only for complete answers: errors come out too small where missing
        answers were replaced by means, and moments do not tell whether they were.
    n_folds, repetitions, seed
        Folds are dealt anew in each repetition; the rows of one respondent stay together.
        As many folds as respondents leave out one at a time.
    antecedents : {"direct", "earliest"}
        Predict by the construct's predecessors, or by the exogenous constructs through all
        paths.
    linear : {"direct", "earliest", "others"}, optional
        Items of the linear model; by default those of the antecedents.
    folds : array (n,) or (repetitions, n), optional
        Fold of each row, instead of dealing them.
    missing, sampling_weights
        As in :func:`~csat_models.estimation.compute_moments`.

    Returns
    -------
    Prediction

    Raises
    ------
    DataError
        No such number of folds; moments without folds.
    ConvergenceError
        No training sample converged.
    ModelError
        A model with products, or without paths; covariance-based estimates.

    Examples
    --------
    >>> from csat_models import fit
    >>> x = np.random.default_rng(1).normal(size=(100, 4))
    >>> frame = pd.DataFrame(x + x[:, :1], columns=list("abcd"))
    >>> model = PathModel.parse("A =~ a + b\nC =~ c + d\nC ~ A")
    >>> found = plspredict(fit(frame, model), frame, n_folds=5, repetitions=2, seed=1)
    >>> bool((found.q2_predict() > 0).all())
    True
    """
    require_estimates(estimates, "plspredict(estimates, data)")
    require_predictable(estimates)
    asked = linear or antecedents
    _check_choices(antecedents, asked)
    if isinstance(data, Moments):
        return _from_moments(estimates, data, antecedents, asked)
    sample = read_sample(
        data, items=estimates.model.items, missing=missing, sampling_weights=sampling_weights
    )
    if folds is None:
        units = person_units(data, sample.rows)
        dealt = assign_folds(units, n_folds=n_folds, repetitions=repetitions, seed=seed)
    else:
        dealt = given_folds(folds, len(sample.values))
    maps, mean, failed = _maps(estimates, training_moments(sample, dealt), antecedents, asked)
    columns = [estimates.model.items.index(item) for item in predicted_items(estimates.model)]
    errors = _errors(sample.values, dealt, mean, maps, columns)
    return _summarise(
        errors,
        sample.weights,
        estimates.model,
        folds=dealt,
        asked=(antecedents, asked),
        failed=failed,
        rows=sample.rows.index,
    )


def _maps(
    estimates: Estimates, training: Moments, antecedents: Antecedents, linear: Benchmark
) -> tuple[Array, Array, int]:
    """Return maps of all predictors (3, ..., K, K), training means (..., K), and failures."""
    model = estimates.model
    settings = replace(estimates.settings, on_inadmissible="keep")
    fitted = fit_moments(training, model, settings)
    failed = int((~fitted.converged).sum())
    if failed == fitted.converged.size:
        raise ConvergenceError(
            "no training sample converged, so nothing is predicted; use fewer folds"
        )
    own = model_map(fitted, antecedents)
    cov = training.cov.transpose(*training.batch_dims, "item", "item_2").to_numpy()
    plain = linear_map(cov, model, linear)
    mean = training.mean.transpose(*training.batch_dims, "item").to_numpy()
    return np.stack([own, plain, np.zeros_like(plain)]), mean, failed


def _errors(values: Array, folds: Codes, mean: Array, maps: Array, columns: list[int]) -> Array:
    """Errors of all predictors, (3, R, n, Y); of an answer that is missing, missing."""
    found = np.full((len(maps), *folds.shape, len(columns)), np.nan)
    for r, of_row in enumerate(folds):
        for fold in range(mean.shape[1]):
            rows = np.flatnonzero(of_row == fold)
            deviations = values[rows] - mean[r, fold]
            known = np.where(np.isnan(deviations), 0.0, deviations)
            predicted = known @ maps[:, r, fold][..., columns]
            found[:, r, rows] = deviations[:, columns] - predicted
    return found


def _summarise(
    errors: Array,
    weights: Array,
    model: PathModel,
    *,
    folds: Codes,
    asked: tuple[Antecedents, Benchmark],
    failed: int,
    rows: pd.Index,
) -> Prediction:
    weight = np.where(np.isfinite(errors), weights[:, None], 0.0)
    known = np.where(np.isfinite(errors), errors, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        per_repetition = (weight * known**2).sum(axis=2) / weight.sum(axis=2)
        squares = (weight * known**2).sum(axis=(1, 2)) / weight.sum(axis=(1, 2))
        absolute = (weight * np.abs(known)).sum(axis=(1, 2)) / weight.sum(axis=(1, 2))
        counted = np.isfinite(errors).sum(axis=1)
        losses = (known**2).sum(axis=1) / np.where(counted > 0, counted, np.nan)
    coords = {"predictor": list(PREDICTORS), "item": list(predicted_items(model))}
    dims = ["predictor", "item"]
    return Prediction(
        model=model,
        antecedents=asked[0],
        linear=asked[1],
        rmse=xr.DataArray(np.sqrt(squares), coords=coords, dims=dims),
        mae=xr.DataArray(absolute, coords=coords, dims=dims),
        losses=xr.DataArray(
            losses, coords=coords | {"row": rows.to_numpy()}, dims=["predictor", "row", "item"]
        ),
        weights=weights,
        folds=folds,
        q2_spread=_spread(per_repetition, coords["item"]),
        n_failed=failed,
    )


def _spread(per_repetition: Array, items: list[str]) -> xr.DataArray:
    """Return the standard deviation of Q2_predict between repetitions: (3, R, Y) to (item)."""
    values = 1.0 - per_repetition[0] / per_repetition[2]
    several = len(values) > 1
    spread = values.std(axis=0, ddof=1) if several else np.full(len(items), np.nan)
    return xr.DataArray(spread, coords={"item": items}, dims="item")


def _from_moments(
    estimates: Estimates, parts: Moments, antecedents: Antecedents, linear: Benchmark
) -> Prediction:
    model = estimates.model
    training, held = split_moments(parts.select(model.items))
    maps, _, failed = _maps(estimates, training, antecedents, linear)
    columns = [model.items.index(item) for item in predicted_items(model)]
    sums = np.stack([held.squared_errors(each)[:, columns] for each in maps])
    known = np.isfinite(sums)
    rows = np.where(known, held.rows[:, None], 0.0).sum(axis=1)
    squares = np.where(known, sums, 0.0).sum(axis=1) / np.where(rows > 0, rows, np.nan)
    items = list(predicted_items(model))
    coords = {"predictor": list(PREDICTORS), "item": items}
    return Prediction(
        model=model,
        antecedents=antecedents,
        linear=linear,
        rmse=xr.DataArray(np.sqrt(squares), coords=coords, dims=["predictor", "item"]),
        mae=None,
        losses=None,
        weights=None,
        folds=None,
        q2_spread=xr.DataArray(np.full(len(items), np.nan), coords={"item": items}, dims="item"),
        n_failed=failed,
    )


def _check_choices(antecedents: str, linear: str) -> None:
    if antecedents not in ANTECEDENTS:
        raise DataError(
            f"antecedents='{antecedents}' is unknown; write one of {', '.join(ANTECEDENTS)}"
        )
    if linear not in BENCHMARKS:
        raise DataError(f"linear='{linear}' is unknown; write one of {', '.join(BENCHMARKS)}")
