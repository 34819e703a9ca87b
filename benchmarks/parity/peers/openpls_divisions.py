"""PyPI's openpls-engine where it divides the sample: folds, groups and segments, run live."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import pandas as pd

from benchmarks.parity.case import Case
from benchmarks.parity.labels import Values, arrow
from benchmarks.parity.peers.openpls import configuration, fitted
from benchmarks.parity.samples import NUMPY_FOLDS, SHUFFLES, survey


@cache
def left_out(case: Case, benchmark: str) -> Any:
    """Predict folds of numpy's seed 42."""
    return fitted(case).cvpat(benchmark=benchmark, k=NUMPY_FOLDS, seed=42)


def predictive_ability(benchmark: str) -> Callable[[Case], Values]:
    """Return the function that takes difference, standard error and t of each construct."""
    columns = {"difference": "mean_difference", "standard error": "std_error", "t": "t_statistic"}

    def values(case: Case) -> Values:
        table = left_out(case, benchmark).per_construct()
        endogenous_ones = [name for name in case.constructs if name in table.index]
        return {
            f"{label}: {name}": float(table.at[name, column])
            for name in endogenous_ones
            for label, column in columns.items()
        }

    return values


@cache
def predictions(case: Case) -> Any:
    """Predict folds of numpy's seed 42."""
    return fitted(case).predict(k=NUMPY_FOLDS, seed=42)


def predicted(measure: str) -> Callable[[Case], Values]:
    """Return the function that takes errors of the model and of the linear model."""

    def values(case: Case) -> Values:
        table = predictions(case).metrics().reset_index("lv", drop=True)
        return {
            f"{predictor}: {item}": float(table.at[item, f"{measure.lower()}_{short}"])
            for predictor, short in (("model", "pls"), ("linear_model", "lm"))
            for item in table.index
        }

    return values


@cache
def compared(case: Case) -> Any:
    """Compare two groups, and as many shuffled ones as :func:`shuffles` has."""
    from openpls.mga import MGA, GroupSpec
    from openpls.scheme import Scheme

    frame = survey(case.data)
    groups = [GroupSpec(name=str(v), values=[v]) for v in sorted(frame[case.group].unique())]
    return MGA(
        frame,
        configuration(case, case.paths, case.blocks),
        case.group,
        groups,
        scheme=Scheme[case.scheme.upper()],
        iterations=SHUFFLES,
        seed=42,
    ).comparisons()


def comparison(column: str) -> Callable[[Case], Values]:
    """Return the function that takes a column of the comparison of two groups."""

    def values(case: Case) -> Values:
        rows = compared(case).to_dict("records")
        found = {arrow(row["source"], row["target"]): float(row[column]) for row in rows}
        return {arrow(a, b): found[arrow(a, b)] for a, b in case.paths}

    return values


@lru_cache(maxsize=4)
def invariance(case: Case) -> Any:
    """Return its steps 2 and 3 of the first and the second group."""
    from openpls.mga import GroupSpec
    from openpls.micom import MICOM
    from openpls.scheme import Scheme

    frame = survey(case.data)
    first, second = (
        GroupSpec(name=str(value), values=[value]) for value in sorted(frame[case.group].unique())
    )
    found = MICOM(
        frame,
        configuration(case, case.paths, case.blocks),
        case.group,
        first,
        second,
        scheme=Scheme[case.scheme.upper()],
        iterations=1,
    )
    steps = (found.step2(), found.step3())
    return pd.concat([step.set_index("construct") for step in steps], axis=1)


def step(column: str) -> Callable[[Case], Values]:
    """Return the function that takes one column of the steps."""

    def values(case: Case) -> Values:
        table = invariance(case)
        return {name: float(table.at[name, column]) for name in case.constructs}

    return values


def likelihood(case: Case) -> Values:
    """Find two segments, by the best of ten starts."""
    found = fitted(case).fimix(2, n_restarts=10, tolerance=1e-9, max_iter=5000)
    shares = sorted(map(float, found.class_sizes()), reverse=True)
    criteria = found.fit_criteria()
    return {
        "log-likelihood": float(criteria["log_lik"]),
        "entropy": float(criteria["en"]),
    } | {f"share = {k}": share for k, share in enumerate(shares, start=1)}


QUANTITIES = {
    "CVPAT against the linear model": predictive_ability("LM"),
    "CVPAT against the means": predictive_ability("IA"),
    "PLSpredict RMSE, earliest antecedents": predicted("RMSE"),
    "PLSpredict MAE, earliest antecedents": predicted("MAE"),
    "finite mixture: likelihood, entropy, shares": likelihood,
    "differences of paths between groups": comparison("difference"),
    "permutation p-values, same rows shuffled": comparison("p_value"),
    "compositional invariance": step("c"),
    "differences of means": step("mean_diff"),
    "logarithms of variance ratios": step("log_var_ratio"),
}
