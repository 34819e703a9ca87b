"""Who is in a found segment: its profile on declared variables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from csat_models.assessment.groups.pairs import Adjustment, adjusted_p_values
from csat_models.errors import DataError
from csat_models.survey import Responses


def segment_profile(
    segment: xr.DataArray,
    data: Responses | pd.DataFrame,
    columns: list[str],
    weight: str | None = None,
    adjust: Adjustment = "holm",
) -> pd.DataFrame:
    """Describe found segments by declared variables.

    Parameters
    ----------
    segment : DataArray (row,)
        Of each row; 0 or missing for none.
    data : Responses or DataFrame
        The same rows, found by the labels of `segment`; in the same order if it has none.
    columns : list of str
        Attributes with categories; who has none of an attribute is left out of it.
    weight : str, optional
        Column of survey weights.
    adjust : str
        See :func:`~csat_models.assessment.groups.pairs.adjusted_p_values`.

    Returns
    -------
    DataFrame
        ``attribute``, ``value``, ``segment``, ``share`` (of the segment), ``n_obs``
        of the segment, ``overall`` (share in all segments together), and
        ``cramers_v`` and ``p_value`` of the attribute's association with the
        segments (chi-squared test, unweighted), and ``p_adjusted`` for the number of
        attributes.

    Raises
    ------
    DataError
        A column that is not there, or other rows.
    """
    frame = data.frame if isinstance(data, Responses) else data
    missing = [name for name in [*columns, *([weight] if weight else [])] if name not in frame]
    if missing:
        raise DataError(f"the data have no column '{missing[0]}'", column=missing[0])
    codes = _codes_of(segment, frame)
    inside = codes.notna() & (codes != 0)
    weights = frame.loc[inside, weight] if weight else pd.Series(1.0, index=frame.index[inside])
    tables = []
    for name in columns:
        told = inside & frame[name].notna()
        values = frame.loc[told, name].astype(str)
        tables.append(_profile_of(name, values, codes[told].astype(int), weights[told[inside]]))
    table = pd.concat(tables, ignore_index=True)
    tested = table.groupby("attribute", sort=False)["p_value"].first()
    adjusted = pd.Series(adjusted_p_values(tested, adjust), tested.index)
    return table.assign(p_adjusted=table["attribute"].map(adjusted))


def _codes_of(segment: xr.DataArray, frame: pd.DataFrame) -> pd.Series[float]:
    """Segments of the rows of a frame, by the rows' labels where there are any."""
    labels = segment.indexes.get("row")
    if labels is None or labels.equals(frame.index):
        if segment.size != len(frame):
            raise DataError(
                f"segments of {segment.size} rows were given with data of {len(frame)} rows; give "
                "the rows that were segmented",
                n_rows=len(frame),
            )
        return pd.Series(segment.to_numpy(), index=frame.index)
    unique = labels.is_unique and frame.index.is_unique
    if not unique or not frame.index.isin(labels).all():
        raise DataError(
            "the rows of the data are labelled otherwise than those of the segments; give the rows "
            "that were segmented, with the index they had"
        )
    return pd.Series(segment.to_numpy(), index=labels).reindex(frame.index)


def _profile_of(
    name: str, values: pd.Series[str], codes: pd.Series[int], weights: pd.Series[float]
) -> pd.DataFrame:
    from scipy.stats import chi2_contingency

    totals = weights.groupby([values, codes]).sum().unstack(fill_value=0)
    counts = pd.crosstab(values, codes)
    shares, overall = totals / totals.sum(), totals.sum(axis=1) / totals.to_numpy().sum()
    p_value, cramers_v = np.nan, np.nan
    if min(counts.shape) > 1:
        test = chi2_contingency(counts.to_numpy(), correction=False)
        p_value = float(test.pvalue)
        cramers_v = float(
            np.sqrt(test.statistic / counts.to_numpy().sum() / (min(counts.shape) - 1))
        )
    rows = [
        {
            "attribute": name,
            "value": value,
            "segment": segment,
            "share": shares.loc[value, segment],
            "n_obs": int((codes == segment).sum()),
            "overall": overall[value],
            "cramers_v": cramers_v,
            "p_value": p_value,
        }
        for value in shares.index
        for segment in shares.columns
    ]
    return pd.DataFrame(rows)
