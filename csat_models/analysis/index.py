"""The 0-100 satisfaction index.

References
----------
Fornell, Johnson, Anderson, Cha and Bryant (1996), The American Customer
Satisfaction Index, Journal of Marketing 60, 7-18.
"""

from __future__ import annotations

import xarray as xr

from csat_models.estimation import Estimates, Moments, total_effects
from csat_models.estimation.composites import item_weights
from csat_models.estimation.refusals import require_estimates


def satisfaction_index(estimates: Estimates, moments: Moments | None = None) -> xr.DataArray:
    r"""Index of every construct, from 0 (worst answers) to 100 (best answers).

    .. math::

       100 \, \frac{\sum_i v_i \bar x_i - \sum_i v_i \min_i}
                   {\sum_i v_i (\max_i - \min_i)}, \qquad v_i = w_i / s_i,

    with the standardised outer weights w over the items' standard deviations
    s: the unstandardised weights. The level depends on the weights used, so
    they are named with every index.

    Parameters
    ----------
    estimates : Estimates
        Whose weights are used.
    moments : Moments, optional
        Whose item means are used, such as those of every city and brand; by
        default those that were fitted. Dimensions shared with `estimates`
        (such as ``draw``) go together.

    Returns
    -------
    DataArray (..., construct)
        With the dimensions of both.

    Examples
    --------
    >>> from csat_models import PathModel, fit
    >>> model = PathModel.parse("S =~ S1 + S2\nL =~ L1\nL ~ S")
    >>> corr = [[1, .5, .4], [.5, 1, .4], [.4, .4, 1]]
    >>> estimates = fit(
    ...     Moments.from_table(items=model.items, mean=[5.5, 5.5, 10], cov=corr, n_obs=99), model)
    >>> satisfaction_index(estimates).values.round(6).tolist()
    [50.0, 100.0]
    """
    require_estimates(estimates, "satisfaction_index(estimates)")
    means = estimates.moments if moments is None else moments.select(estimates.model.items)
    if moments is not None and (estimates.model.higher_order or estimates.model.repeated):
        weights = item_weights(estimates)
    else:
        weights = unstandardised_weights(estimates).where(_membership(estimates) != 0, 0.0)
    above = _sum_of(weights, means.mean - means.scale_min)
    span = _sum_of(weights, means.scale_max - means.scale_min)
    index: xr.DataArray = 100.0 * above / span
    return index.transpose(..., "construct").rename("index")


def unstandardised_weights(estimates: Estimates) -> xr.DataArray:
    """Outer weights for items on their own scale: weight over standard deviation.

    Returns
    -------
    DataArray (..., item)
    """
    weights: xr.DataArray = estimates.weights / _diagonal(estimates.moments.cov) ** 0.5
    return weights


def weight_shares(estimates: Estimates) -> xr.DataArray:
    """Share of each item in its construct's index, summing to 1 a construct.

    Returns
    -------
    DataArray (..., item)
        A negative share deserves a look: a better answer lowers the index.
    """
    weights = unstandardised_weights(estimates)
    span = estimates.moments.scale_max - estimates.moments.scale_min
    membership = _membership(estimates)
    contribution = weights * span
    total = _sum_of(membership, _sum_of(membership, contribution), dim="construct")
    shares: xr.DataArray = contribution / total
    return shares.transpose(..., "item")


def index_deviation(estimates: Estimates, moments: Moments | None = None) -> xr.DataArray:
    r"""Return the standard deviation of a person's index, (..., construct).

    :math:`100 \sqrt{v' S v} / \sum_i v_i (\max_i - \min_i)` with the items' covariances S;
    of the sample that was fitted the root is 1.

    Parameters
    ----------
    estimates : Estimates
        Whose weights are used.
    moments : Moments, optional
        Whose covariances are used, such as those of every city; by default those that
        were fitted.
    """
    span = estimates.moments.scale_max - estimates.moments.scale_min
    weights = unstandardised_weights(estimates)
    total = _sum_of(_membership(estimates), weights * span)
    deviation: xr.DataArray = 100.0 / total
    if moments is not None:
        of_construct = weights * _membership(estimates)
        cov = moments.select(estimates.model.items).cov
        other = of_construct.rename(item="item_2")
        deviation = deviation * xr.dot(of_construct, cov, other, dim=["item", "item_2"]) ** 0.5
    return deviation.transpose(..., "construct")


def index_impact(estimates: Estimates, rise: float = 5.0) -> xr.DataArray:
    """Points by which an index moves when another one rises, along all paths.

    The total effect in standard deviations, put on the scale of the two
    indices and multiplied by `rise`.

    Parameters
    ----------
    estimates : Estimates
    rise : float
        Points by which the source's index rises.

    Returns
    -------
    DataArray (..., source, target)
    """
    deviation = index_deviation(estimates)
    scale = deviation.rename(construct="target") / deviation.rename(construct="source")
    impact: xr.DataArray = rise * total_effects(estimates) * scale
    return impact.transpose(..., "source", "target")


def _sum_of(weights: xr.DataArray, values: xr.DataArray, dim: str = "item") -> xr.DataArray:
    """Weighted sum in which a missing value with weight 0 plays no part."""
    known = values.notnull()
    total: xr.DataArray = xr.dot(weights, values.fillna(0.0), dim=dim)
    if known.all():
        return total
    unknown = xr.dot((weights != 0).astype(float), (~known).astype(float), dim=dim)
    return total.where(unknown == 0)


def _diagonal(cov: xr.DataArray) -> xr.DataArray:
    items = cov["item"]
    picked = cov.isel(
        item=xr.DataArray(range(items.size), dims="item"),
        item_2=xr.DataArray(range(items.size), dims="item"),
    )
    return picked.drop_vars("item_2")


def _membership(estimates: Estimates) -> xr.DataArray:
    model = estimates.model
    return xr.DataArray(
        model.membership,
        coords={"item": list(model.indicators), "construct": list(model.construct_names)},
        dims=["item", "construct"],
    )
