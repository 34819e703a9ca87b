"""Is the structural model any good: collinearity, explained variance, effect sizes.

Every criterion is a function of :class:`~csat_models.estimation.Estimates`
with any batch dimensions. With consistent PLS the correlations of constructs
are the corrected ones, as in cSEM; where they are not positive definite, a
factor below 1 or a negative effect size says so.

References
----------
Hair, Risher, Sarstedt and Ringle (2019), When to use and how to report the
results of PLS-SEM, European Business Review 31, 2-24, for all of them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr

from csat_models.assessment.correlations import variance_inflation
from csat_models.estimation import Estimates
from csat_models.estimation.sample import Array
from csat_models.model import PathModel


def inner_vif(estimates: Estimates) -> xr.DataArray:
    r"""Variance inflation of each predecessor of a construct, (..., source, target).

    :math:`1 / (1 - R^2)` of a predecessor on the other predecessors: the diagonal of the
    inverse of their correlations. 1 where it is the only one, missing where there is no path.

    References
    ----------
    Hair, Risher, Sarstedt and Ringle (2019), European Business Review 31, 2-24: below 3 is
    good, from 5 the paths are hardly to be told apart. seminr and cSEM print the same numbers.

    Examples
    --------
    >>> from csat_models import Moments, PathModel, fit
    >>> model = PathModel.parse("A =~ a; B =~ b; C =~ c; C ~ A + B")
    >>> corr = [[1, .6, .4], [.6, 1, .4], [.4, .4, 1]]
    >>> moments = Moments.from_table(items="abc", mean=[7] * 3, cov=corr, n_obs=99)
    >>> round(inner_vif(fit(moments, model)).sel(source="A", target="C").item(), 6)
    1.5625
    """
    return _by_target(estimates, lambda inflation, _paths, _left: inflation)


def effect_size(estimates: Estimates) -> xr.DataArray:
    r"""Effect size f2 of every path, (..., source, target).

    .. math::

       f^2 = \frac{R^2 - R^2_{\text{without}}}{1 - R^2}
           = \frac{\beta^2 / \mathrm{VIF}}{1 - R^2}

    with the scores as they are: what the construct's other predecessors explain without this
    one. .02, .15 and .35 count as small, medium and large.

    References
    ----------
    Cohen (1988), Statistical Power Analysis for the Behavioral Sciences, section 9.2. cSEM
    prints the same numbers; seminr leaves the path out of the model and seeks all weights
    anew, which differs in the third digit.

    Examples
    --------
    >>> from csat_models import Moments, PathModel, fit
    >>> model = PathModel.parse("A =~ a; B =~ b; B ~ A")
    >>> moments = Moments.from_table(items="ab", mean=[7] * 2, cov=[[1, .6], [.6, 1]], n_obs=99)
    >>> round(effect_size(fit(moments, model)).sel(source="A", target="B").item(), 6)
    0.5625
    """

    def size(inflation: Array, paths: Array, left: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            values: Array = paths**2 / inflation / left[..., None]
        return values

    return _by_target(estimates, size)


def adjusted_r_squared(estimates: Estimates) -> xr.DataArray:
    r"""Explained variance less what so many predecessors explain by chance, (..., construct).

    :math:`1 - (1 - R^2)(n - 1) / (n - p - 1)`; missing for exogenous constructs.

    References
    ----------
    Wherry (1931), A new formula for predicting the shrinkage of the coefficient of multiple
    correlation, Annals of Mathematical Statistics 2, 440-457. seminr and cSEM print the same.
    """
    left = 1.0 - estimates.r_squared
    n = estimates.moments.n_obs
    freedom = n - predecessor_counts(estimates.model) - 1
    found = 1.0 - left * (n - 1) / freedom.where(freedom > 0)
    return found.transpose(*estimates.r_squared.dims)


def goodness_of_fit(estimates: Estimates) -> xr.DataArray:
    r"""GoF: root of mean communality times mean R2, (...).

    Communalities are the squared loadings of all items of constructs with several items, R2
    those of all endogenous constructs. Reported because readers ask for it; it is no test of
    a model: it cannot tell a wrong model from a right one, grows with every path, and makes
    no sense for formative constructs. Judge fit by :func:`~csat_models.assessment.srmr` and
    the exact-fit test.

    References
    ----------
    Tenenhaus, Esposito Vinzi, Chatelin and Lauro (2005), CSDA 48, 159-205; against it,
    Henseler and Sarstedt (2013), Goodness-of-fit indices for partial least squares path
    modeling, Computational Statistics 28, 565-580. cSEM prints the same number.

    Examples
    --------
    >>> from csat_models import Moments, PathModel, fit
    >>> model = PathModel.parse("A =~ a1 + a2; B =~ b; B ~ A")
    >>> corr = [[1, .28, .48], [.28, 1, .48], [.48, .48, 1]]
    >>> moments = Moments.from_table(items=model.items, mean=[7] * 3, cov=corr, n_obs=99)
    >>> round(goodness_of_fit(fit(moments, model)).item(), 6)
    0.48
    """
    model = estimates.model
    several = np.array([len(c.items) > 1 for c in model.constructs for _ in c.items])
    explained = estimates.r_squared.mean("construct", skipna=True)
    if not several.any():
        return xr.full_like(explained, np.nan)
    communality = (estimates.loadings.isel(item=np.flatnonzero(several)) ** 2).mean("item")
    found: xr.DataArray = (communality * explained) ** 0.5
    return found


def predecessor_counts(model: PathModel) -> xr.DataArray:
    """Count the predecessors of every construct, (construct)."""
    names = list(model.construct_names)
    counts = [len(model.predecessors(name)) for name in names]
    return xr.DataArray(
        np.array(counts, dtype=float), coords={"construct": names}, dims="construct"
    )


def _by_target(
    estimates: Estimates, criterion: Callable[[Array, Array, Array], Array]
) -> xr.DataArray:
    """Fill (..., source, target) from each target's VIFs, paths (..., P) and 1 - R2 (...)."""
    corr, paths = estimates.construct_corr.to_numpy(), estimates.paths.to_numpy()
    left = 1.0 - estimates.r_squared.to_numpy()
    adjacency = estimates.model.adjacency
    values = np.full(paths.shape, np.nan)
    for target in np.flatnonzero(adjacency.any(axis=0)):
        sources = np.flatnonzero(adjacency[:, target])
        inflation = variance_inflation(corr[..., sources[:, None], sources])
        values[..., sources, target] = criterion(
            inflation, paths[..., sources, target], left[..., target]
        )
    return estimates.paths.copy(data=values)
