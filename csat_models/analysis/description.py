"""Who answered, and what: sizes, shares and means as tidy tables.

All functions take responses and return one row a cell, item or answer.
Columns are identifiers; shares lie between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from csat_models.estimation.sample import Array
from csat_models.survey import Responses
from csat_models.survey.missing import missing_by_item

TOP_BOXES = 2


def cell_sizes(responses: Responses, by: Sequence[str], weight: str | None = None) -> pd.DataFrame:
    """Count the respondents of every cell.

    Parameters
    ----------
    responses : Responses
    by : sequence of str
        Grouping columns; none gives one row.
    weight : str, optional
        Column of survey weights.

    Returns
    -------
    DataFrame
        The columns `by`, ``n_obs`` and ``n_effective`` (Kish 1965).
    """
    weights = _weights(responses, weight)
    frame = responses.frame[list(by)].assign(w=weights, ww=weights**2)
    sums = (
        frame.groupby(list(by), observed=True)
        if by
        else frame.assign(all=0).groupby("all", observed=True)
    )[["w", "ww"]]
    table = sums.sum().assign(n_obs=sums.size())
    table["n_effective"] = table["w"] ** 2 / table["ww"]
    return table.reset_index()[[*by, "n_obs", "n_effective"]]


def sample_profile(responses: Responses, weight: str | None = None) -> pd.DataFrame:
    """Shares of every category of the respondents' attributes.

    Parameters
    ----------
    responses : Responses
    weight : str, optional
        Column of survey weights.

    Returns
    -------
    DataFrame
        ``attribute``, ``value``, ``n_obs``, ``share`` and, with weights,
        ``weighted_share``; values in the codebook's order.
    """
    attributes = responses.codebook.attributes
    labelled = [
        name for name, each in attributes.items() if each.kind == "category" and each.labels
    ]
    tables = [_shares(responses, name, _weights(responses, weight)) for name in labelled]
    empty = pd.DataFrame(columns=["attribute", "value", "n_obs", "share", "weighted_share"])
    table = pd.concat(tables, ignore_index=True) if tables else empty
    return table if weight else table.drop(columns="weighted_share")


def item_statistics(
    responses: Responses,
    items: Sequence[str],
    *,
    weight: str | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Mean, spread, top-box share and missing share of items.

    Parameters
    ----------
    responses : Responses
    items : sequence of str
    weight : str, optional
        Column of survey weights.
    level : float
        Confidence level of the top-box share.

    Returns
    -------
    DataFrame
        ``item``, ``n_obs`` (answers), ``mean``, ``standard_deviation``,
        ``top_share`` (the two best answers) with its Wilson interval
        ``top_lower`` and ``top_upper`` at the effective sample size, and
        ``missing_share`` of those asked.
    """
    weights = _weights(responses, weight)
    return pd.DataFrame([_describe(responses, item, weights, level) for item in items])


def answer_shares(
    responses: Responses, items: Sequence[str], weight: str | None = None
) -> pd.DataFrame:
    """Share of every answer of items.

    Returns
    -------
    DataFrame
        ``item``, ``answer`` (every whole number of the scale), ``n_obs``
        (respondents, unweighted) and ``share`` of the answers given.
    """
    weights = _weights(responses, weight)
    rows = []
    for item in items:
        low, high = responses.codebook.items[item].scale
        answers = responses.frame[item].to_numpy(dtype=np.float64)
        given = ~np.isnan(answers)
        for answer in np.arange(low, high + 1):
            these = answers == answer
            share = weights[these].sum() / weights[given].sum()
            rows.append({"item": item, "answer": answer, "n_obs": these.sum(), "share": share})
    return pd.DataFrame(rows)


def missing_shares(responses: Responses, items: Sequence[str]) -> pd.DataFrame:
    """Share without an answer among those who were asked.

    Returns
    -------
    DataFrame
        ``item``, ``n_asked`` and ``share``.
    """
    table = missing_by_item(responses, items)
    asked = table["answered"] + table["unanswered"]
    return pd.DataFrame(
        {"item": table["item"], "n_asked": asked, "share": table["share"].fillna(0.0)}
    )


def wilson_interval(
    share: ArrayLike, n_obs: ArrayLike, level: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Wilson's score interval of a share.

    Parameters
    ----------
    share : array (...)
        Between 0 and 1.
    n_obs : array (...)
        Sample size; the effective one of a weighted sample.
    level : float
        Confidence level.

    Returns
    -------
    lower, upper : array (...)

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical
    inference, JASA 22, 209-212.

    Examples
    --------
    >>> lower, upper = wilson_interval(0.5, 100)
    >>> round(float(lower), 4), round(float(upper), 4)
    (0.4038, 0.5962)
    """
    p, n = np.asarray(share, dtype=np.float64), np.asarray(n_obs, dtype=np.float64)
    z = NormalDist().inv_cdf(0.5 + level / 2.0)
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return centre - half, centre + half


def _weights(responses: Responses, weight: str | None) -> Array:
    if weight is None:
        return np.ones(len(responses.frame))
    return responses.frame[weight].to_numpy(dtype=np.float64)


def _shares(responses: Responses, name: str, weights: Array) -> pd.DataFrame:
    values = responses.frame[name].astype(str).to_numpy()
    known = list(responses.codebook.attributes[name].labels)
    counts = np.array([np.sum(values == value) for value in known])
    sums = np.array([weights[values == value].sum() for value in known])
    return pd.DataFrame(
        {
            "attribute": name,
            "value": known,
            "n_obs": counts,
            "share": counts / max(counts.sum(), 1),
            "weighted_share": sums / max(sums.sum(), 1e-300),
        }
    )


def _describe(
    responses: Responses, item: str, weights: Array, level: float
) -> dict[str, float | str]:
    answers = responses.frame[item].to_numpy(dtype=np.float64)
    given = ~np.isnan(answers)
    x, w = answers[given], weights[given]
    mean = float(w @ x / w.sum())
    spread = float(np.sqrt(w @ (x - mean) ** 2 / w.sum() * len(x) / max(len(x) - 1, 1)))
    top = float(w[x > responses.codebook.items[item].scale[1] - TOP_BOXES].sum() / w.sum())
    lower, upper = wilson_interval(top, w.sum() ** 2 / (w @ w), level)
    asked = max(int(responses.asked(item).sum()), 1)
    return {
        "item": item,
        "n_obs": len(x),
        "mean": mean,
        "standard_deviation": spread,
        "top_share": top,
        "top_lower": float(lower),
        "top_upper": float(upper),
        "missing_share": 1.0 - len(x) / asked,
    }
