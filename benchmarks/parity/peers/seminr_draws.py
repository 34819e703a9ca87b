"""PyPI's seminr where it draws or divides rows: its bootstrap, groups and folds, run live."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.parity.case import Case
from benchmarks.parity.labels import Values, arrow
from benchmarks.parity.peers.seminr_python import fitted, frame_of
from benchmarks.parity.samples import GROUP_DRAWS, folds, group_rows, survey

DRAWS = 100


@cache
def prediction(case: Case, antecedents: str) -> Any:
    """Predict with R's ten folds."""
    import seminr

    technique = {"direct": seminr.predict_DA, "earliest": seminr.predict_EA}[antecedents]
    order = folds().sort_values("fold", kind="stable")["row"].tolist()
    found = seminr.predict_pls(fitted(case), technique=technique, no_folds=10, ordering=order)
    return seminr.summarize(found)


def predicted(measure: str, antecedents: str) -> Any:
    """Return the function that takes one measure of the errors."""

    def values(case: Case) -> Values:
        found = prediction(case, antecedents)
        tables = {"model": found.pls_out_of_sample, "linear_model": found.lm_out_of_sample}
        return {
            f"{predictor}: {item}": float(value)
            for predictor, table in tables.items()
            for item, value in frame_of(table).loc[measure].items()
        }

    return values


@cache
def boot(case: Case) -> Any:
    """Draw rows by numpy's generator, seed 1."""
    import seminr

    n = len(survey(case.data))
    rows: Any = np.random.default_rng(1).integers(0, n, size=(DRAWS, n))
    return seminr.bootstrap_model(fitted(case), nboot=DRAWS, indices=rows)


def draws_of(case: Case) -> pd.DataFrame:
    """Return the paths, draw by draw."""
    return pd.DataFrame(
        [
            [matrix.get(source, target) for source, target in case.paths]
            for matrix in boot(case).boot_paths
        ],
        columns=[arrow(*path) for path in case.paths],
    )


def standard_errors(case: Case) -> Values:
    return {str(label): float(value) for label, value in draws_of(case).std(ddof=1).items()}


def lower_ends(case: Case) -> Values:
    import seminr

    table = frame_of(seminr.summarize(boot(case)).bootstrapped_paths)
    ends = {label.replace("  ->  ", " -> "): value for label, value in table["2.5% CI"].items()}
    return {arrow(*path): float(ends[arrow(*path)]) for path in case.paths}


@lru_cache(maxsize=4)
def compared(case: Case) -> Any:
    """Compare two groups path by path, on the resamples of :func:`group_rows`."""
    import seminr

    (place, first), (_, second) = group_rows(case)
    mask = np.isin(np.arange(len(survey(case.data))), place)
    return seminr.estimate_pls_mga(
        fitted(case), mask, nboot=GROUP_DRAWS, group1_indices=first, group2_indices=second
    )


def group_differences(case: Case) -> Values:
    return {arrow(row.source, row.target): float(row.diff) for row in compared(case)}


def group_p_values(case: Case) -> Values:
    return {arrow(row.source, row.target): float(row.pls_mga_p) for row in compared(case)}


def two_sided(case: Case) -> Values:
    return {label: 2 * min(p, 1 - p) for label, p in group_p_values(case).items()}


QUANTITIES = {
    **{
        f"PLSpredict {measure}, {antecedents} antecedents": predicted(measure, antecedents)
        for measure in ("RMSE", "MAE")
        for antecedents in ("direct", "earliest")
    },
    "differences of paths between groups": group_differences,
    "multi-group p-values, same rows drawn": group_p_values,
    "multi-group p-values made two-sided": two_sided,
    "bootstrap standard errors, same rows drawn": standard_errors,
    "bootstrap standard errors, own rows drawn": standard_errors,
    "lower ends of 95 % percentile intervals, same rows drawn": lower_ends,
}
