"""Rows of the structural model and of the fit of the whole."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import xarray as xr

from csat_models.assessment.chapter.criteria import CRITERIA
from csat_models.assessment.chapter.rows import Labels, Sample, blank
from csat_models.assessment.comparison import CRITERIA as INFORMATION
from csat_models.assessment.comparison import information_criteria
from csat_models.assessment.exact_fit import exact_fit_test
from csat_models.assessment.fit import MEASURES, STRUCTURES, fit_measures
from csat_models.assessment.structure import (
    adjusted_r_squared,
    effect_size,
    goodness_of_fit,
    inner_vif,
)
from csat_models.errors import CsatError
from csat_models.estimation import Estimates

SIGNIFICANCE = 0.05


def structure_rows(sample: Sample) -> list[pd.DataFrame]:
    """Collinearity, explained variance, effect sizes, information criteria."""
    model = sample.point.model
    if not model.paths:
        wanted = [name for name, each in CRITERIA.items() if each.chapter == "structure"]
        return [blank(CRITERIA[name], "no_paths") for name in wanted]
    paths: list[tuple[Labels, Labels]] = [
        ({"construct": a, "construct_2": b}, {"source": a, "target": b}) for a, b in model.paths
    ]
    ends: list[tuple[Labels, Labels]] = [
        ({"construct": name}, {"construct": name}) for name in model.endogenous
    ]
    return [
        sample.table(CRITERIA["inner_vif"], inner_vif, paths),
        sample.table(CRITERIA["r_squared"], lambda each: each.r_squared, ends),
        sample.table(CRITERIA["adjusted_r_squared"], adjusted_r_squared, ends),
        sample.table(CRITERIA["effect_size"], effect_size, paths),
        sample.table(CRITERIA["goodness_of_fit"], goodness_of_fit, [({}, {})]),
        *_information_rows(sample, ends),
    ]


def _information_rows(sample: Sample, ends: list[tuple[Labels, Labels]]) -> list[pd.DataFrame]:
    found = information_criteria(sample.point)

    def taken(name: str) -> Callable[[Estimates], xr.DataArray]:
        return lambda _estimates: found[name]

    return [sample.table(CRITERIA[name], taken(name), ends) for name in INFORMATION]


def fit_rows(sample: Sample, draws: Estimates | None) -> list[pd.DataFrame]:
    """Admissibility, distances of both structures, and the exact-fit test."""
    tables = [_admissibility(sample)]
    try:
        found = fit_measures(sample.point)
    except CsatError:
        return tables + [blank(CRITERIA[name], "product") for name in (*MEASURES, "exact_fit")]
    picks: list[tuple[Labels, Labels]] = [
        ({"item": structure}, {"structure": structure}) for structure in STRUCTURES
    ]
    for name in MEASURES:
        table = sample.table(CRITERIA[name], lambda _each, name=name: found[name], picks)  # type: ignore[misc]
        tables.append(table.assign(status=table["status"].replace("undefined", UNDEFINED)))
    return tables + _exact_rows(sample, draws)


UNDEFINED = "not_positive_definite"


def _admissibility(sample: Sample) -> pd.DataFrame:
    """1 for estimates inside their parameter space, 0 for others, with the rule they break."""
    good = not sample.broken
    row = blank(CRITERIA["admissibility"], "" if good else f"inadmissible_{sample.broken}")
    return row.assign(value=float(good), threshold=1.0, verdict="pass" if good else "fail")


def _exact_rows(sample: Sample, draws: Estimates | None) -> list[pd.DataFrame]:
    criterion = CRITERIA["exact_fit"]
    model = sample.point.model
    if draws is None:
        return [blank(criterion, "no_draws")]
    if model.higher_order:
        return [blank(criterion, "higher_order")]
    try:
        test = exact_fit_test(sample.point, draws, level=1.0 - SIGNIFICANCE)
    except CsatError:
        return [blank(criterion, UNDEFINED)]
    names = [(m, s) for s in STRUCTURES for m in MEASURES]
    rows = []
    for measure, structure in names:
        cell = test.sel(measure=measure, structure=structure)
        p = cell.p_value.item()
        known = np.isfinite(p)
        row = blank(criterion, "" if known else UNDEFINED, construct=measure, item=structure)
        rows.append(
            row.assign(
                value=cell.value.item(),
                threshold=cell.critical_value.item(),
                p_value=p,
                verdict=("pass" if p >= SIGNIFICANCE else "fail") if known else "",
            )
        )
    return rows
