"""Is the measurement any good: reliability and convergent validity.

Every criterion is a function of :class:`~csat_models.estimation.Estimates`
with any batch dimensions, so its bootstrap is the same call on the draws.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr

from csat_models.assessment.correlations import indicator_correlations
from csat_models.estimation import Estimates
from csat_models.estimation.sample import Array

RELIABILITY_THRESHOLDS = {
    "cronbach_alpha": 0.7,
    "rho_a": 0.7,
    "composite_reliability": 0.7,
    "average_variance_extracted": 0.5,
}


def reliability(estimates: Estimates) -> xr.Dataset:
    r"""Reliability and convergent validity of every construct.

    Parameters
    ----------
    estimates : Estimates

    Returns
    -------
    Dataset
        ``cronbach_alpha``, ``rho_a``, ``composite_reliability`` and
        ``average_variance_extracted``, each (..., construct); 1 for a
        construct of one item.

    Examples
    --------
    >>> from csat_models import Moments, PathModel, fit
    >>> model = PathModel.parse("Q =~ Q1 + Q2\nS =~ S1\nS ~ Q")
    >>> corr = [[1, .5, .4], [.5, 1, .4], [.4, .4, 1]]
    >>> moments = Moments.from_table(items=model.items, mean=[7] * 3, cov=corr, n_obs=99)
    >>> round(reliability(fit(moments, model)).cronbach_alpha.sel(construct="Q").item(), 4)
    0.6667
    """
    criteria = (cronbach_alpha, rho_a, composite_reliability, average_variance_extracted)
    return xr.Dataset({criterion.__name__: criterion(estimates) for criterion in criteria})


def cronbach_alpha(estimates: Estimates) -> xr.DataArray:
    r"""Cronbach's alpha of the standardised items, (..., construct).

    :math:`p \bar r / (1 + (p - 1) \bar r)` with the mean correlation of the
    p items, as seminr and cSEM print it.

    References
    ----------
    Cronbach (1951), Coefficient alpha and the internal structure of tests,
    Psychometrika 16, 297-334.
    """

    def alpha(block: Array, _weights: Array, _loadings: Array) -> Array:
        size = block.shape[-1]
        values: Array = size / (size - 1) * (1.0 - size / block.sum(axis=(-1, -2)))
        return values

    return _by_construct(estimates, alpha)


def rho_a(estimates: Estimates) -> xr.DataArray:
    r"""Dijkstra and Henseler's reliability of the PLS scores, (..., construct).

    :math:`(w'w)^2 \, w'(S - \mathrm{diag} S)w \,/\, w'(ww' - \mathrm{diag}\, ww')w`.

    References
    ----------
    Dijkstra and Henseler (2015), Consistent partial least squares path
    modeling, MIS Quarterly 39, 297-316.
    """

    def consistent(block: Array, weights: Array, _loadings: Array) -> Array:
        squares = (weights**2).sum(axis=-1)
        off = np.einsum("...k,...kl,...l->...", weights, block, weights) - squares
        values: Array = squares**2 * off / (squares**2 - (weights**4).sum(axis=-1))
        return values

    return _by_construct(estimates, consistent)


def composite_reliability(estimates: Estimates) -> xr.DataArray:
    r"""Composite reliability rho_C, (..., construct).

    :math:`(\sum \lambda)^2 / ((\sum \lambda)^2 + \sum (1 - \lambda^2))`.

    References
    ----------
    Joereskog (1971), Psychometrika 36, 109-133; Fornell and Larcker (1981).
    """

    def composite(_block: Array, _weights: Array, loadings: Array) -> Array:
        common = loadings.sum(axis=-1) ** 2
        values: Array = common / (common + (1.0 - loadings**2).sum(axis=-1))
        return values

    return _by_construct(estimates, composite)


def average_variance_extracted(estimates: Estimates) -> xr.DataArray:
    """Average variance extracted: mean squared loading, (..., construct).

    References
    ----------
    Fornell and Larcker (1981), Evaluating structural equation models with
    unobservable variables and measurement error, Journal of Marketing
    Research 18, 39-50.
    """
    return _by_construct(estimates, lambda _s, _w, loadings: (loadings**2).mean(axis=-1))


def indicator_reliability(estimates: Estimates) -> xr.DataArray:
    r"""Share of an item's variance that its construct explains, (..., item).

    The squared loading. From .5 up (a loading from .708), more of an item is
    the construct than anything else; between loadings of .4 and .7 an item
    stays where its removal does not help composite reliability or AVE.

    References
    ----------
    Hair, Risher, Sarstedt and Ringle (2019), When to use and how to report the
    results of PLS-SEM, European Business Review 31, 2-24.

    Examples
    --------
    >>> from csat_models import Moments, PathModel, fit
    >>> model = PathModel.parse("Q =~ q1 + q2\nS =~ s\nS ~ Q")
    >>> corr = [[1, .28, .5], [.28, 1, .5], [.5, .5, 1]]
    >>> moments = Moments.from_table(items=model.items, mean=[7] * 3, cov=corr, n_obs=99)
    >>> indicator_reliability(fit(moments, model)).round(6).values.tolist()
    [0.64, 0.64, 1.0]
    """
    return estimates.loadings**2


def _by_construct(
    estimates: Estimates, criterion: Callable[[Array, Array, Array], Array]
) -> xr.DataArray:
    corr = indicator_correlations(estimates)
    weights = estimates.weights.to_numpy()
    loadings = estimates.loadings.to_numpy()
    values = np.ones(estimates.r_squared.shape)
    start = 0
    for j, construct in enumerate(estimates.model.constructs):
        block = slice(start, start + len(construct.items))
        start = block.stop
        if len(construct.items) > 1:
            part = corr[..., block, block]
            values[..., j] = criterion(part, weights[..., block], loadings[..., block])
    values[~estimates.converged.to_numpy()] = np.nan
    return estimates.r_squared.copy(data=values)
