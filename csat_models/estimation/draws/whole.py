"""The estimate of all of a sample, whose signs its draws and leave-outs follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from csat_models.estimation.draws.sample_parts import SampleParts
from csat_models.estimation.estimates import fit
from csat_models.estimation.moments import Moments
from csat_models.estimation.result import Estimates
from csat_models.model import PathModel
from csat_models.survey import Responses


def fit_whole(
    data: Moments | SampleParts | Responses | pd.DataFrame,
    model: PathModel,
    rows: Mapping[str, Any],
    settings: Mapping[str, Any] | None = None,
) -> Estimates:
    """Fit all of a sample, its cells together.

    Parameters
    ----------
    data : Moments, SampleParts, Responses or DataFrame
    model : PathModel
    rows : mapping
        How moments are taken from rows, if these are rows.
    settings : mapping, optional
        See :func:`~csat_models.estimation.estimates.fit`.
    """
    how = dict(settings or {})
    if not isinstance(data, Moments | SampleParts):
        return fit(data, model, **rows, **how)
    moments = data.moments() if isinstance(data, SampleParts) else data
    for dim in moments.batch_dims:
        moments = moments.merge(str(dim))
    return fit(moments, model, **how)
