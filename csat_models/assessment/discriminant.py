"""Do the items of one construct measure another: discriminant validity.

Every criterion is a function of :class:`~csat_models.estimation.Estimates`
with any batch dimensions, so its bootstrap is the same call on the draws. The
ratios are judged by one-sided intervals: two constructs are distinct when the
upper limit lies below the threshold.

References
----------
Franke and Sarstedt (2019), Heuristics versus statistics in discriminant
validity testing, Internet Research 29, 430-447.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from csat_models.assessment.correlations import (
    indicator_correlations,
    label,
    path_constructs,
)
from csat_models.assessment.measurement import average_variance_extracted
from csat_models.estimation import Estimates
from csat_models.estimation.sample import Array

HTMT_THRESHOLD = 0.85
# Strict, lenient for constructs that are close in meaning, and "not the same at all".
HTMT_THRESHOLDS = (0.85, 0.90, 1.0)


def htmt(estimates: Estimates) -> xr.DataArray:
    r"""Heterotrait-monotrait ratio of correlations, (..., construct, construct_2).

    Mean correlation of the items of two constructs, over the geometric mean
    of the mean correlations within each. Absolute correlations, as in seminr;
    cSEM and matrixpls use signed ones. The mean within a single item is 1.
    The diagonal is 1.

    References
    ----------
    Henseler, Ringle and Sarstedt (2015), A new criterion for assessing
    discriminant validity, Journal of the Academy of Marketing Science 43,
    115-135.
    """
    absolute = np.abs(indicator_correlations(estimates))
    return estimates.construct_corr.copy(data=_ratio(absolute, estimates.model.membership))


def htmt2(estimates: Estimates) -> xr.DataArray:
    r"""HTMT with geometric means, (..., construct, construct_2).

    .. math::

       \frac{(\prod_{k \in i, l \in j} |r_{kl}|)^{1 / (p_i p_j)}}
       {\sqrt{(\prod_{k < l \in i} |r_{kl}|)^{2 / (p_i (p_i - 1))} \,
       (\prod_{k < l \in j} |r_{kl}|)^{2 / (p_j (p_j - 1))}}}

    For items that load unequally it is the consistent one of the two. One
    correlation of 0 makes it 0. Absolute correlations, as in :func:`htmt`;
    cSEM takes signed ones, the same where all are positive. The diagonal is 1.

    References
    ----------
    Roemer, Schuberth and Henseler (2021), HTMT2 - an improved criterion for
    assessing discriminant validity in structural equation modeling, Industrial
    Management & Data Systems 121, 2637-2650.

    Examples
    --------
    >>> from csat_models import Moments, PathModel, fit
    >>> model = PathModel.parse("Q =~ q1 + q2\nS =~ s\nS ~ Q")
    >>> corr = [[1, .64, .2], [.64, 1, .8], [.2, .8, 1]]
    >>> moments = Moments.from_table(items=model.items, mean=[7] * 3, cov=corr, n_obs=99)
    >>> round(htmt2(fit(moments, model)).sel(construct="Q", construct_2="S").item(), 6)
    0.5
    """
    with np.errstate(divide="ignore"):
        logs = np.log(np.abs(indicator_correlations(estimates)))
    return estimates.construct_corr.copy(data=_geometric_ratio(logs, estimates.model.membership))


def fornell_larcker(estimates: Estimates) -> xr.DataArray:
    """Construct correlations with the square root of AVE on the diagonal.

    Returns
    -------
    DataArray (..., construct, construct_2)
        Discriminant validity asks each diagonal to exceed its row and column.

    References
    ----------
    Fornell and Larcker (1981), Journal of Marketing Research 18, 39-50.
    """
    table = estimates.construct_corr.to_numpy().copy()
    extracted = average_variance_extracted(estimates).to_numpy()
    np.einsum("...jj->...j", table)[...] = np.sqrt(extracted)
    return estimates.construct_corr.copy(data=table)


def fornell_larcker_margin(estimates: Estimates) -> xr.DataArray:
    r"""How far the root of AVE exceeds the largest correlation, (..., construct).

    :math:`\sqrt{AVE_j} - \max_i |r_{ij}|` over the constructs that are neither products nor
    dimensions, nor j itself; above 0 the criterion of Fornell and Larcker holds, for one
    construct as a single number.
    """
    names = list(path_constructs(estimates.model))
    picked = estimates.construct_corr.sel(construct=names, construct_2=names)
    corr = np.abs(picked.to_numpy())
    np.einsum("...jj->...j", corr)[...] = 0.0
    root = average_variance_extracted(estimates).sel(construct=names) ** 0.5
    return root.copy(data=root.to_numpy() - corr.max(axis=-1))


def cross_loadings(estimates: Estimates) -> xr.DataArray:
    r"""Correlation of every item with every construct, (..., item, construct).

    An item ought to correlate most with its own construct, with which the correlation is its
    loading. With consistent PLS, whose loadings are on factors, it is the correlation with the
    factor that the model implies from the composite,
    :math:`r(x, \hat\eta_j) / \sqrt{\rho_{A,j}}`, and with its own construct the loading.

    References
    ----------
    Chin (1998), The partial least squares approach to structural equation
    modeling, in Marcoulides, Modern Methods for Business Research, 295-336.
    seminr and cSEM print the same numbers for PLS.

    Examples
    --------
    >>> from csat_models import Moments, PathModel, fit
    >>> model = PathModel.parse("Q =~ q\nS =~ s\nS ~ Q")
    >>> moments = Moments.from_table(items="qs", mean=[7, 7], cov=[[1, .3], [.3, 1]], n_obs=99)
    >>> cross_loadings(fit(moments, model)).round(6).values.tolist()
    [[1.0, 0.3], [0.3, 1.0]]
    """
    model = estimates.model
    spread = estimates.weights.to_numpy()[..., None] * model.membership
    corr = indicator_correlations(estimates)
    found = corr @ spread
    if estimates.settings.method == "plsc":
        found = found / np.sqrt(_reliabilities(estimates, found))[..., None, :]
    own = model.membership > 0
    found = np.where(own, estimates.loadings.to_numpy()[..., None], found)
    return label(estimates, found, item=model.indicators, construct=model.construct_names)


def cross_loading_margin(estimates: Estimates) -> xr.DataArray:
    """How far an item's loading exceeds its largest cross loading, (..., item).

    In absolute values; above 0, the item belongs where it stands. Products and dimensions are
    no other constructs to an item.
    """
    model = estimates.model
    found = np.abs(cross_loadings(estimates).to_numpy())
    own = model.membership > 0
    kept = np.isin(model.construct_names, path_constructs(model))
    others = np.where(own | ~kept, 0.0, found)
    for j, name in enumerate(model.construct_names):
        if name in model.dimensions:  # its construct of higher order is no other construct
            above = [name in model.items_of(other) for other in model.construct_names]
            others[..., own[:, j][:, None] & np.array(above)] = 0.0
    margin = np.where(own, found, 0.0).sum(axis=-1) - others.max(axis=-1)
    return estimates.loadings.copy(data=np.where(np.isfinite(found[..., 0]), margin, np.nan))


def _reliabilities(estimates: Estimates, composite: Array) -> Array:
    """Squared correlation of each factor with its composite: loading over loading, w' lambda."""
    membership = estimates.model.membership
    weights = estimates.weights.to_numpy()
    root = (weights * estimates.loadings.to_numpy()) @ membership
    known: Array = np.where(np.isfinite(composite[..., 0, :]), root**2, np.nan)
    return known


def _ratio(absolute: Array, membership: Array) -> Array:
    sizes = membership.sum(axis=0)
    sums = membership.T @ absolute @ membership
    within = np.einsum("...jj->...j", sums) - sizes
    pairs = sizes * (sizes - 1.0)
    monotrait = np.where(pairs > 0, within / np.where(pairs > 0, pairs, 1.0), 1.0)
    ratio: Array = sums / np.outer(sizes, sizes)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = ratio / np.sqrt(monotrait[..., :, None] * monotrait[..., None, :])
    np.einsum("...jj->...j", ratio)[...] = 1.0
    return ratio


def _geometric_ratio(logs: Array, membership: Array) -> Array:
    """As :func:`_ratio` with means of logarithms; the logarithm of 0 makes a ratio of 0."""
    sizes = membership.sum(axis=0)
    floored = np.where(np.isneginf(logs), -1e6, logs)
    sums = membership.T @ floored @ membership
    pairs = sizes * (sizes - 1.0)
    within = np.einsum("...jj->...j", sums) / np.where(pairs > 0, pairs, 1.0)
    exponent = sums / np.outer(sizes, sizes)
    exponent = exponent - 0.5 * (within[..., :, None] + within[..., None, :])
    with np.errstate(over="ignore", under="ignore"):
        ratio: Array = np.exp(exponent)
    np.einsum("...jj->...j", ratio)[...] = 1.0
    return ratio
