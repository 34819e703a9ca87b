"""Rows of the predictions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from csat_models.assessment.chapter.criteria import CRITERIA
from csat_models.assessment.chapter.rows import Labels, Sample, blank
from csat_models.assessment.prediction.cvpat import cvpat
from csat_models.assessment.prediction.plspredict import PREDICTORS, Prediction

BENCHMARKS = ("mean", "linear_model")


def prediction_rows(
    sample: Sample, prediction: Prediction | None, status: str
) -> list[pd.DataFrame]:
    """Errors, Q2_predict, predictive power and CVPAT; without a prediction, why."""
    if prediction is None:
        wanted = [name for name, each in CRITERIA.items() if each.chapter == "prediction"]
        return [blank(CRITERIA[name], status) for name in wanted]
    return [
        *(
            _item_rows(sample, f"q2_predict_{name}", prediction.q2_predict(name))
            for name in BENCHMARKS
        ),
        *_error_rows(sample, prediction),
        _power_row(prediction),
        *(_cvpat_rows(sample, prediction, name) for name in BENCHMARKS),
    ]


def _error_rows(sample: Sample, prediction: Prediction) -> list[pd.DataFrame]:
    tables = []
    for loss, values in (("rmse", prediction.rmse), ("mae", prediction.mae)):
        for predictor in PREDICTORS:
            name = f"{loss}_{predictor}"
            if values is None:
                tables.append(blank(CRITERIA[name], "needs_rows"))
            else:
                tables.append(_item_rows(sample, name, values.sel(predictor=predictor)))
    return tables


def _item_rows(sample: Sample, name: str, values: xr.DataArray) -> pd.DataFrame:
    model = sample.point.model
    owner = {item: c.name for c in model.constructs for item in c.items}
    items = [str(item) for item in values["item"].values]
    names: list[Labels] = [{"construct": owner[item], "item": item} for item in items]
    nothing = np.full(len(items), np.nan)
    return sample.judged(CRITERIA[name], names, values.to_numpy(), nothing, nothing)


def _power_row(prediction: Prediction) -> pd.DataFrame:
    """Share of items whose RMSE is below the linear model's; all, most, some or none."""
    criterion = CRITERIA["predictive_power"]
    ours, theirs = (prediction.rmse.sel(predictor=p).to_numpy() for p in PREDICTORS[:2])
    share = float((ours < theirs).mean())
    return blank(criterion, "").assign(value=share, verdict=criterion.judge(share, share, share))


def _cvpat_rows(sample: Sample, prediction: Prediction, benchmark: str) -> pd.DataFrame:
    criterion = CRITERIA[f"cvpat_{benchmark}"]
    if prediction.losses is None:
        return blank(criterion, "needs_rows")
    test = cvpat(prediction, benchmark, level=sample.level)  # type: ignore[arg-type]
    rows: list[Labels] = [{"construct": name} for name in test["construct"]]
    lower, upper = test["lower"].to_numpy(), test["upper"].to_numpy()
    table = sample.judged(criterion, rows, test["difference"].to_numpy(), lower, upper)
    verdict = np.where(lower > 0, "pass", np.where(upper < 0, "fail", "caution"))
    return table.assign(
        threshold=0.0, p_value=test["p_value"].to_numpy(), verdict=verdict, side="two-sided"
    )
