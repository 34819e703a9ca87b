"""Rows of the measurement model: reflective and formative blocks, common method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from csat_models.assessment.chapter.criteria import CRITERIA
from csat_models.assessment.chapter.rows import Labels, Sample, at, blank
from csat_models.assessment.common_method import (
    full_collinearity_vif,
    marker_adjusted,
    marker_controlled_paths,
)
from csat_models.assessment.correlations import path_constructs
from csat_models.assessment.discriminant import (
    HTMT_THRESHOLDS,
    cross_loading_margin,
    fornell_larcker_margin,
    htmt,
    htmt2,
)
from csat_models.assessment.formative import indicator_vif
from csat_models.assessment.measurement import (
    average_variance_extracted,
    composite_reliability,
    cronbach_alpha,
    indicator_reliability,
    rho_a,
)
from csat_models.errors import ConvergenceError
from csat_models.estimation import Estimates, p_value
from csat_models.model import Construct, PathModel

RELIABILITIES = (cronbach_alpha, rho_a, composite_reliability, average_variance_extracted)
# A formative item without a weight of its own stays when it matters by itself.
LOADING_ALONE = 0.5


def measurement_rows(sample: Sample) -> list[pd.DataFrame]:
    """Reliability, convergent and discriminant validity of the constructs."""
    model = sample.point.model
    tables = []
    for statistic in RELIABILITIES:
        criterion = CRITERIA[statistic.__name__]
        tables.append(sample.table(criterion, statistic, _constructs(model)))
        tables += _absent_blocks(model, criterion.name)
    reflective = [_item(c.name, item) for c in _reflective(model) for item in c.items]
    tables.append(
        sample.table(CRITERIA["indicator_reliability"], indicator_reliability, reflective)
    )
    tables.append(sample.table(CRITERIA["cross_loading_margin"], cross_loading_margin, reflective))
    tables.append(
        sample.table(CRITERIA["fornell_larcker_margin"], fornell_larcker_margin, _outer(model))
    )
    tables += _absent_blocks(model, "fornell_larcker_margin")
    return [table for table in tables if len(table)] + _ratio_rows(sample)


def _ratio_rows(sample: Sample) -> list[pd.DataFrame]:
    """HTMT and HTMT2 of every pair against each threshold; none of formative blocks."""
    model = sample.point.model
    formative = {c.name for c in model.constructs if c.mode != "A" and len(c.items) > 1}
    names = [name for name in path_constructs(model) if name not in formative]
    pairs: list[tuple[Labels, Labels]] = [
        ({"construct": a, "construct_2": b}, {"construct": a, "construct_2": b})
        for a, b in combinations(names, 2)
    ]
    tables = []
    for statistic in (htmt, htmt2):
        criterion = CRITERIA[statistic.__name__]
        if pairs:
            table = sample.table(criterion, statistic, pairs)
            tables += [_against(sample, table, threshold) for threshold in HTMT_THRESHOLDS]
        tables += [blank(criterion, "formative", construct=name) for name in sorted(formative)]
    return tables


def _against(sample: Sample, table: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Judge the upper limits by one threshold; without draws, the ratio itself."""
    criterion = at(CRITERIA[str(table["criterion"].iloc[0])], threshold)
    if sample.draws is None:
        criterion = replace(criterion, judged="value")
    limits = zip(table["value"], table["lower"], table["upper"], strict=True)
    return table.assign(threshold=threshold, verdict=[criterion.judge(*each) for each in limits])


def formative_rows(
    sample: Sample, redundancy: tuple[xr.DataArray, xr.DataArray | None] | None
) -> list[pd.DataFrame]:
    """Collinearity, weights and convergent validity of formative blocks (Mode B)."""
    model = sample.point.model
    blocks = [model.construct(name) for name in model.mode_b]
    if not blocks:
        names = ("indicator_vif", "outer_weight", "redundancy")
        return [blank(CRITERIA[name], "no_formative_construct") for name in names]
    picks = [_item(c.name, item) for c in blocks for item in c.items]
    tables = [
        sample.table(CRITERIA["indicator_vif"], indicator_vif, picks),
        _weight_rows(sample, picks),
    ]
    return tables + _redundancy_rows(sample, [c.name for c in blocks], redundancy)


def _weight_rows(sample: Sample, picks: list[tuple[Labels, Labels]]) -> pd.DataFrame:
    table = sample.table(CRITERIA["outer_weight"], lambda each: each.weights, picks)
    if sample.draws is None:
        return table
    items = [labels["item"] for _, labels in picks]
    without = None if sample.leave_outs is None else sample.leave_outs.weights
    how: dict[str, Any] = {
        "kind": "percentile" if sample.kind == "bca" and without is None else sample.kind,
        "standard_error": sample.point.settings.standard_error,
        "jackknife": without,
    }
    values = p_value(sample.draws.weights, point=sample.point.weights, **how).sel(item=items)
    loadings = np.abs(sample.point.loadings.sel(item=items).to_numpy())
    clear = table["lower"] * table["upper"] > 0
    verdict = np.where(clear, "pass", np.where(loadings >= LOADING_ALONE, "caution", "fail"))
    return table.assign(threshold=0.0, p_value=values.to_numpy(), verdict=verdict)


def _redundancy_rows(
    sample: Sample,
    names: list[str],
    redundancy: tuple[xr.DataArray, xr.DataArray | None] | None,
) -> list[pd.DataFrame]:
    criterion = CRITERIA["redundancy"]
    known = [] if redundancy is None else [str(n) for n in redundancy[0]["construct"].values]
    tables = [blank(criterion, "no_global_item", construct=n) for n in names if n not in known]
    if redundancy is not None and known:
        point, draws = redundancy
        lower, upper = sample.spread(point, draws, criterion.side)
        named = [{"construct": name} for name in known]
        tables.append(sample.judged(criterion, named, point.to_numpy(), lower, upper))
    return tables


def common_method_rows(sample: Sample, marker: str | None) -> list[pd.DataFrame]:
    """Full collinearity, and what a marker leaves of correlations and paths."""
    model = sample.point.model
    names = [name for name in path_constructs(model) if name != marker]
    picks: list[tuple[Labels, Labels]] = [({"construct": n}, {"construct": n}) for n in names]
    tables = [sample.table(CRITERIA["full_collinearity_vif"], full_collinearity_vif, picks)]
    asked = ("marker_adjusted_correlation", "marker_controlled_path")
    if marker is None:
        return tables + [blank(CRITERIA[name], "no_marker") for name in asked]
    if model.products:
        return tables + [blank(CRITERIA[name], "product") for name in asked]
    linked: list[tuple[Labels, Labels]] = [
        ({"construct": a, "construct_2": b}, {"construct": a, "construct_2": b})
        for a, b in model.paths
    ]
    corr = sample.table(
        CRITERIA[asked[0]], lambda each: marker_adjusted(each, marker=marker), linked
    )
    return [*tables, _keeps(sample, corr, _plain_correlations, linked), _paths(sample, marker)]


def _paths(sample: Sample, marker: str) -> pd.DataFrame:
    try:
        return _path_rows(sample, marker)
    except ConvergenceError:
        return blank(CRITERIA["marker_controlled_path"], "not_converged")


def _path_rows(sample: Sample, marker: str) -> pd.DataFrame:
    picks: list[tuple[Labels, Labels]] = [
        ({"construct": a, "construct_2": b}, {"source": a, "target": b})
        for a, b in sample.point.model.paths
    ]
    table = sample.table(
        CRITERIA["marker_controlled_path"],
        lambda each: marker_controlled_paths(each, marker=marker),
        picks,
    )
    return _keeps(sample, table, lambda each: each.paths, picks)


def _keeps(
    sample: Sample, table: pd.DataFrame, before: object, picks: list[tuple[Labels, Labels]]
) -> pd.DataFrame:
    """Judge whether a marker leaves significance as it was; without draws nothing is said."""
    if sample.draws is None:
        return table
    plain = sample.table(CRITERIA["marker_controlled_path"], before, picks)  # type: ignore[arg-type]
    was, is_now = (each["lower"] * each["upper"] > 0 for each in (plain, table))
    return table.assign(verdict=np.where(was == is_now, "pass", "caution"))


def _plain_correlations(estimates: Estimates) -> xr.DataArray:
    return estimates.construct_corr


def _absent_blocks(model: PathModel, name: str) -> list[pd.DataFrame]:
    """Say why a criterion of reflective blocks has no value."""
    return [
        blank(CRITERIA[name], "single_item" if len(c.items) == 1 else "formative", construct=c.name)
        for c in model.constructs
        if c.name not in {r.name for r in _reflective(model)} and c.name not in model.products
    ]


def _reflective(model: PathModel) -> list[Construct]:
    return [c for c in model.constructs if c.mode == "A" and len(c.items) > 1]


def _constructs(model: PathModel) -> list[tuple[Labels, Labels]]:
    return [({"construct": c.name}, {"construct": c.name}) for c in _reflective(model)]


def _outer(model: PathModel) -> list[tuple[Labels, Labels]]:
    kept = path_constructs(model)
    return [each for each in _constructs(model) if each[0]["construct"] in kept]


def _item(construct: str, item: str) -> tuple[Labels, Labels]:
    names: Mapping[str, str] = {"construct": construct, "item": item}
    return names, {"item": item}
