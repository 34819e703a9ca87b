"""What csat_models says of answers that the model has not seen."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd

from benchmarks.parity.case import Case
from benchmarks.parity.cases import ALTERNATIVES
from benchmarks.parity.estimating import fitted
from benchmarks.parity.labels import Values
from benchmarks.parity.samples import folds, numpy_folds, survey
from csat_models import assessment


@cache
def prediction(case: Case, antecedents: str, way: str) -> assessment.Prediction:
    """Predict by given folds, or leave one out after the other.

    The linear model has the items of the antecedents that `way` names in
    ``LINEAR``, by default those of the model.
    """
    frame = survey(case.data)
    return assessment.plspredict(
        fitted(case),
        frame,
        folds=dealt(way, len(frame)),
        antecedents=antecedents,
        linear=LINEAR.get(way),
    )


def dealt(way: str, n: int) -> np.ndarray:
    """Return the fold of each of n rows."""
    if way.startswith("leave-one-out"):
        return np.arange(n)
    return numpy_folds(n) if way == "seed 42" else folds().sort_values("row")["fold"].to_numpy()


def predicted(measure: str, antecedents: str, way: str) -> Callable[[Case], Values]:
    """Return the errors of the model and of the linear model."""

    def values(case: Case) -> Values:
        table = getattr(prediction(case, antecedents, way), measure.lower()).to_pandas()
        return {
            f"{predictor}: {item}": float(table.at[predictor, item])
            for predictor in ("model", "linear_model")
            for item in table.columns
        }

    return values


LINEAR = {"others": "others", "leave-one-out": "earliest", "seed 42": "direct"}
WAYS = {
    "PLSpredict {}, folds of numpy's seed 42": "seed 42",
    "PLSpredict {}": "antecedents",
    "PLSpredict {}, linear model of all other items": "others",
    "leave-one-out {}": "leave-one-out",
}
ERRORS = {
    words.format(f"{measure}, {antecedents} antecedents"): predicted(measure, antecedents, way)
    for words, way in WAYS.items()
    for measure in ("RMSE", "MAE")
    for antecedents in ("direct", "earliest")
}


def q2(antecedents: str) -> Callable[[Case], Values]:
    """Return Q2_predict."""

    def values(case: Case) -> Values:
        table = prediction(case, antecedents, "antecedents").rmse.to_pandas()
        ratio = 1 - (table.loc["model"] / table.loc["mean"]) ** 2
        return {str(item): float(value) for item, value in ratio.items()}

    return values


def losses(benchmark: str, way: str, antecedents: str) -> Callable[[Case], Values]:
    """Return each construct's mean loss by the model and by a benchmark."""

    def values(case: Case) -> Values:
        table = assessment.cvpat(prediction(case, antecedents, way), benchmark)
        return by_construct(table, {"model": "loss", "benchmark": "benchmark_loss"})

    return values


def benchmark_tests(benchmark: str) -> Callable[[Case], Values]:
    """Return difference, standard error and t, with the sum of losses of a construct's items."""

    def values(case: Case) -> Values:
        table = assessment.cvpat(prediction(case, "earliest", "seed 42"), benchmark)
        sizes = {name: len(items) for name, items in case.blocks}
        table["size"] = [sizes.get(name, 0) for name in table["construct"]]
        table["sum"] = -table["difference"] * table["size"]
        table["error"] = table["standard_error"] * table["size"]
        table["turned"] = -table["t"]
        names = {"difference": "sum", "standard error": "error", "t": "turned"}
        return by_construct(table, names)

    return values


def between_models(case: Case) -> Values:
    """Losses of the model and of one without one of its paths, one left out after the other."""
    one, other = (
        prediction(each, "direct", "leave-one-out") for each in (case, ALTERNATIVES[case.name])
    )
    table = assessment.cvpat(one, other)
    return by_construct(table, {"model": "loss", "benchmark": "benchmark_loss"})


def by_construct(table: pd.DataFrame, columns: dict[str, str]) -> Values:
    """Label columns of a table of losses, without its last row, which is of all constructs."""
    return {
        f"{label}: {row['construct']}": float(row[name])
        for row in table.to_dict("records")
        if row["construct"] != "overall"
        for label, name in columns.items()
    }


QUANTITIES: dict[str, Callable[[Case], Values]] = ERRORS | {
    "Q2_predict, direct antecedents": q2("direct"),
    "Q2_predict, earliest antecedents": q2("earliest"),
    "CVPAT against the linear model, one left out": losses(
        "linear_model", "leave-one-out, direct", "direct"
    ),
    "CVPAT against the means, one left out": losses("mean", "leave-one-out, direct", "direct"),
    "CVPAT against the linear model": benchmark_tests("linear_model"),
    "CVPAT against the means": benchmark_tests("mean"),
    "CVPAT between two models, one left out": between_models,
}
