"""The 0-100 index of every respondent."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from csat_models.analysis.index import index_deviation, satisfaction_index
from csat_models.estimation import Estimates
from csat_models.estimation.sample import Missing
from csat_models.estimation.scores import scores
from csat_models.survey import Responses


def index_scores(
    estimates: Estimates, data: Responses | pd.DataFrame, *, missing: Missing = "mean"
) -> xr.DataArray:
    r"""Index of every respondent, from 0 (worst answers) to 100 (best answers).

    .. math::

       100 \, \frac{\sum_i v_i x_i - \sum_i v_i \min_i}
                   {\sum_i v_i (\max_i - \min_i)}
       = \text{index} + \text{deviation} \cdot \hat\eta,

    with the weights v of :func:`~csat_models.analysis.index.satisfaction_index`,
    which is the (weighted) mean of these scores over the sample that was fitted,
    and :math:`\hat\eta` the standardised scores.

    Parameters
    ----------
    estimates : Estimates
        Whose weights, means and answer scales are used.
    data, missing
        As in :func:`~csat_models.estimation.scores.scores`.

    Returns
    -------
    DataArray (..., row, construct)

    Examples
    --------
    >>> from csat_models import Moments, PathModel, fit
    >>> model = PathModel.parse("S =~ s\nL =~ l\nL ~ S")
    >>> corr = [[1.0, 0.5], [0.5, 1.0]]
    >>> estimates = fit(
    ...     Moments.from_table(items=model.items, mean=[5.0, 5.0], cov=corr, n_obs=99), model)
    >>> frame = pd.DataFrame({"s": [1.0, 5.5, 10.0], "l": [10.0, 5.5, 1.0]})
    >>> index_scores(estimates, frame).sel(construct="S").values.round(6).tolist()
    [0.0, 50.0, 100.0]
    """
    standardised = scores(estimates, data, missing=missing)
    level, deviation = satisfaction_index(estimates), index_deviation(estimates)
    frame = data.frame if isinstance(data, Responses) else data
    own = [dim for dim in level.dims if dim not in standardised.dims]
    # A row of a cell without estimates gets those of the last cell, and has no score.
    place = {
        dim: xr.DataArray(
            pd.Index(level[dim].values).get_indexer(frame[dim].to_numpy()), dims="row"
        )
        for dim in own
    }
    level, deviation = (part.isel(place).drop_vars(own) for part in (level, deviation))
    index: xr.DataArray = level + deviation * standardised
    return index.transpose(..., "row", "construct").rename("index")
