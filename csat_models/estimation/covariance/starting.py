"""Where the search for the maximum of the likelihood begins."""

from __future__ import annotations

import numpy as np

from csat_models.estimation.covariance.elements import Parameter
from csat_models.estimation.covariance.parameters import ParameterTable
from csat_models.estimation.sample import Array


def start_values(table: ParameterTable, cov: Array, mean: Array) -> Array:
    """Start from each construct's own items.

    A loading begins as the ratio of the item's covariance with the other
    items of its construct to that of the first item; a construct's variance at
    half that of its first item, a residual at half its item's; paths and
    covariances at 0, intercepts at the means.

    Parameters
    ----------
    table : ParameterTable
    cov : array (..., G, K, K)
    mean : array (..., G, K)

    Returns
    -------
    array (..., P)
        Of equal parameters, the mean over the groups.
    """
    anchors = _anchors(table)
    by_row = [_start(p, table, cov, mean, anchors) for p in table.parameters]
    values = np.stack(by_row, axis=-1)
    selection = table.selection
    total = np.einsum("...gr,grp->...p", values, selection)
    shares: Array = total / selection.sum(axis=(0, 1))
    return shares


def _anchors(table: ParameterTable) -> dict[int, list[int]]:
    """Items of each construct; of one of higher order, the first items of its dimensions."""
    own: dict[int, list[int]] = {}
    for p in table.parameters:
        if p.matrix == "loading":
            own.setdefault(p.col, []).append(p.row)
    for p in table.parameters:
        if p.op == "=~" and p.matrix == "path":
            own.setdefault(p.col, []).append(own[p.row][0])
    return own


def _start(
    p: Parameter, table: ParameterTable, cov: Array, mean: Array, anchors: dict[int, list[int]]
) -> Array:
    nothing = np.zeros(cov.shape[:-2])
    if p.fixed is not None:
        return nothing + p.fixed
    if p.op == "=~":
        item = p.row if p.matrix == "loading" else anchors[p.row][0]
        return _ratio(cov, item, anchors[p.col])
    if p.matrix == "intercept":
        return mean[..., p.row]
    if p.matrix.endswith("cov") and p.row == p.col:
        is_item = p.matrix == "residual_cov"
        item = p.row if is_item else anchors[p.row][0]
        whole = 1.0 if not is_item and len(anchors[p.row]) == 1 else 0.5
        return whole * cov[..., item, item]
    return nothing


def _ratio(cov: Array, item: int, block: list[int]) -> Array:
    """Ratio of covariances with the other items, within what scales allow."""
    first, others = block[0], [k for k in block if k not in (block[0], item)]
    scale = np.sqrt(cov[..., item, item] / cov[..., first, first])
    sign = np.where(cov[..., item, first] < 0, -1.0, 1.0)
    if not others:
        return sign * scale
    above = cov[..., item, others].sum(axis=-1)
    below = cov[..., first, others].sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = above / below / scale
    usable = np.isfinite(ratio) & (np.abs(ratio) < 3.0) & (np.abs(ratio) > 0.1)  # noqa: PLR2004
    return np.where(usable, ratio, sign) * scale
