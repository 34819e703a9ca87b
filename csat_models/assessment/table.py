"""The validity chapter's numbers: every criterion in one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import xarray as xr

from csat_models.assessment.chapter.criteria import CRITERIA
from csat_models.assessment.chapter.measurement import (
    common_method_rows,
    formative_rows,
    measurement_rows,
)
from csat_models.assessment.chapter.prediction import prediction_rows
from csat_models.assessment.chapter.rows import Sample, blank, with_columns
from csat_models.assessment.chapter.structure import fit_rows, structure_rows
from csat_models.assessment.common_method import check_marker
from csat_models.assessment.formative import redundancy_analysis
from csat_models.assessment.prediction.folds import person_units
from csat_models.assessment.prediction.plspredict import N_FOLDS, Prediction, plspredict
from csat_models.errors import ConvergenceError, DataError, ModelError
from csat_models.estimation import Estimates, bootstrap_moments, compute_moments
from csat_models.estimation.columns import rows_of
from csat_models.estimation.intervals.arguments import require_level
from csat_models.estimation.intervals.bounds import Kind
from csat_models.estimation.refusals import require_estimates
from csat_models.estimation.whole_numbers import require_seed
from csat_models.survey import Responses


def assessment_table(
    estimates: Estimates,
    draws: Estimates | None = None,
    *,
    data: Responses | pd.DataFrame | None = None,
    prediction: Prediction | None = None,
    marker: str | None = None,
    global_items: Mapping[str, str] | None = None,
    level: float = 0.95,
    seed: int = 0,
    kind: Kind = "percentile",
    leave_outs: Estimates | None = None,
    **how: Any,
) -> pd.DataFrame:
    r"""Assess a model by every criterion there is an input for.

    Parameters
    ----------
    estimates : Estimates
        Of one sample.
    draws : Estimates, optional
        Its bootstrap, for intervals and the exact-fit test.
    data : Responses or DataFrame, optional
        Rows, for predictions and global items.
    prediction : Prediction, optional
        Made already, with settings of one's own; by default ten folds ten times.
    marker : str, optional
        Construct without paths that stands for the method.
    global_items : mapping of str to str, optional
        From formative construct to the single item that asks for the whole of it.
    level : float
        Of intervals; one-sided ones have all of ``1 - level`` beyond them.
    seed : int
        Of folds, and of draws of global items.
    kind : str
        Of the intervals, as in :func:`~csat_models.estimation.interval`; those of global
        items and of CVPAT have their own.
    leave_outs : Estimates, optional
        Without each part of the sample, for ``kind="bca"``.
    **how
        ``missing`` and ``sampling_weights``, as the moments were taken.

    Returns
    -------
    DataFrame
        One row a criterion of a construct, pair, item or whole, with the columns

        chapter, criterion
            Identifiers, see :data:`~csat_models.assessment.chapter.criteria.CRITERIA`.
        construct, construct_2, item
            What it is of; of a path, source and target; of the fit, the measure and the
            structure ("estimated" or "saturated"); blank where it is of the whole.
        value, lower, upper, side, level
            With its interval; ``side`` is "two-sided", "less" (upper limit only) or "none".
        p_value
            Where it is a test.
        threshold, verdict
            "pass", "caution" or "fail"; blank where nothing is asked.
        reference
            Key of the source.
        status
            Blank, or why something is: "single_item", "formative", "no_formative_construct",
            "no_global_item", "no_marker", "no_paths", "no_draws", "too_few_draws",
            "needs_rows", "product", "higher_order", "not_positive_definite", "undefined",
            "not_converged", "item_not_in_data" and "too_few_rows" (fewer respondents than
            folds) of predictions, "not_predictable" (no linear map of answers),
            "not_applicable" (nothing in the model has it), or "inadmissible_" and the rule
            that the estimates break.

    Raises
    ------
    DataError
        Estimates of several samples, global items without rows, a level or seed that is
        none, or an argument that is not known.
    ModelError
        A marker that is part of the structural model.

    Examples
    --------
    >>> from csat_models import Moments, PathModel, fit
    >>> model = PathModel.parse("Q =~ q1 + q2\nS =~ s\nS ~ Q")
    >>> corr = [[1, .28, .5], [.28, 1, .5], [.5, .5, 1]]
    >>> moments = Moments.from_table(items=model.items, mean=[7] * 3, cov=corr, n_obs=99)
    >>> table = assessment_table(fit(moments, model))
    >>> row = table[(table.criterion == "average_variance_extracted") & (table.construct == "Q")]
    >>> round(row.value.item(), 2), row.verdict.item(), row.status.item()
    (0.64, 'pass', 'no_draws')
    """
    require_estimates(estimates, "assessment_table(estimates, draws, data=responses)")
    _check(estimates, data, global_items)
    require_level(level)
    require_seed(seed)
    _require_known(how)
    if marker is not None:
        check_marker(estimates.model, marker)
    sample = Sample.of(estimates, draws, level, kind=kind, leave_outs=leave_outs)
    redundancy = _redundancy(estimates, draws, data, global_items=global_items, seed=seed, how=how)
    prediction, why = _predict(estimates, data, prediction, seed, how)
    tables = [
        *measurement_rows(sample),
        *formative_rows(sample, redundancy),
        *common_method_rows(sample, marker),
        *structure_rows(sample),
        *fit_rows(sample, draws),
        *prediction_rows(sample, prediction, why),
    ]
    found = pd.concat([table for table in tables if len(table)], ignore_index=True)
    return with_columns(_complete(found))


def _complete(table: pd.DataFrame) -> pd.DataFrame:
    """Add a blank row for each criterion that nothing in the model can have."""
    absent = [name for name in CRITERIA if name not in set(table["criterion"])]
    rows = [blank(CRITERIA[name], "not_applicable") for name in absent]
    return pd.concat([table, *rows], ignore_index=True)


def _predict(
    estimates: Estimates,
    data: Responses | pd.DataFrame | None,
    prediction: Prediction | None,
    seed: int,
    how: dict[str, Any],
) -> tuple[Prediction | None, str]:
    """Predict, or say why not; what cannot be read as answers raises."""
    if prediction is not None:
        return prediction, ""
    why = _obstacle(estimates, data)
    if why or data is None:
        return None, why
    try:
        return plspredict(estimates, data, seed=seed, **how), ""
    except ConvergenceError:
        return None, "not_converged"
    except ModelError:
        return None, "not_predictable"


def _obstacle(estimates: Estimates, data: Responses | pd.DataFrame | None) -> str:
    """Name what keeps a model from predicting rows; blank if nothing does."""
    model = estimates.model
    if data is None:
        return "needs_rows"
    if model.products:
        return "product"
    if not model.paths:
        return "no_paths"
    rows = rows_of(data)
    if not set(model.items) <= set(rows.columns):
        return "item_not_in_data"
    return "too_few_rows" if person_units(data, rows).max(initial=-1) + 1 < N_FOLDS else ""


def _redundancy(
    estimates: Estimates,
    draws: Estimates | None,
    data: Responses | pd.DataFrame | None,
    *,
    global_items: Mapping[str, str] | None,
    seed: int,
    how: dict[str, Any],
) -> tuple[xr.DataArray, xr.DataArray | None] | None:
    if not global_items or data is None:
        return None
    inner = [item for name in global_items for item in estimates.model.items_of(name)]
    items = list(dict.fromkeys([*inner, *global_items.values()]))
    point = redundancy_analysis(
        compute_moments(data, items=items, **how), estimates, global_items=global_items
    )
    if draws is None:
        return point, None
    n_boot = draws.converged.sizes["draw"]
    moments = bootstrap_moments(data, n_boot=n_boot, seed=seed, items=items, **how)
    return point, redundancy_analysis(moments, estimates, global_items=global_items)


def _require_known(how: Mapping[str, Any]) -> None:
    known = ("missing", "sampling_weights")
    strange = next((name for name in how if name not in known), None)
    if strange is not None:
        raise DataError(
            f"assessment_table has no argument '{strange}'; of the moments it takes "
            f"{' and '.join(known)}",
            argument=strange,
        )


def _check(
    estimates: Estimates,
    data: Responses | pd.DataFrame | None,
    global_items: Mapping[str, str] | None,
) -> None:
    if estimates.moments.batch_dims:
        dims = ", ".join(map(str, estimates.moments.batch_dims))
        raise DataError(
            f"the assessment is of one sample, and the estimates have the dimensions {dims}; "
            "select one element"
        )
    if data is not None:
        rows_of(data)
    if global_items and data is None:
        raise DataError("redundancy analysis needs the global items' answers; give data=...")
