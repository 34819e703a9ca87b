"""Does one method of asking bind all answers together: common-method bias.

Two looks at it. Full collinearity needs nothing but the model. A marker is a
construct that has nothing to do with the others but was asked in the same way;
it is measured in the model and has no paths there.

References
----------
Podsakoff, MacKenzie, Lee and Podsakoff (2003), Common method biases in
behavioral research, Journal of Applied Psychology 88, 879-903.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import xarray as xr

from csat_models.assessment.correlations import (
    indicator_correlations,
    path_constructs,
    variance_inflation,
)
from csat_models.errors import ModelError
from csat_models.estimation import Estimates, fit_moments
from csat_models.estimation.sample import Array
from csat_models.model import PathModel

MarkerApproach = Literal["smallest", "partial"]
MARKER_APPROACHES: tuple[MarkerApproach, ...] = ("smallest", "partial")


def full_collinearity_vif(estimates: Estimates) -> xr.DataArray:
    r"""Variance inflation of every construct on all others, (..., construct).

    The diagonal of the inverse of all construct correlations, products and dimensions left
    out (missing). Above 3.3, constructs share more than their paths should give them: by
    a common method, or since they are not distinct.

    References
    ----------
    Kock (2015), Common method bias in PLS-SEM: a full collinearity assessment approach,
    International Journal of e-Collaboration 11(4), 1-10; Kock and Lynn (2012), Journal of the
    Association for Information Systems 13, 546-580.

    Examples
    --------
    >>> from csat_models import Moments, PathModel, fit
    >>> model = PathModel.parse("A =~ a; B =~ b; B ~ A")
    >>> moments = Moments.from_table(items="ab", mean=[7] * 2, cov=[[1, .6], [.6, 1]], n_obs=99)
    >>> full_collinearity_vif(fit(moments, model)).round(6).values.tolist()
    [1.5625, 1.5625]
    """
    names = list(path_constructs(estimates.model))
    corr = estimates.construct_corr.sel(construct=names, construct_2=names)
    found = estimates.r_squared.sel(construct=names).copy(data=variance_inflation(corr.to_numpy()))
    return found.reindex(construct=list(estimates.model.construct_names))


def marker_adjusted(
    estimates: Estimates, *, marker: str, approach: MarkerApproach = "smallest"
) -> xr.DataArray:
    r"""Construct correlations less what a marker says of the method.

    Parameters
    ----------
    estimates : Estimates
        Of a model that measures the marker, as a construct without paths.
    marker : str
    approach : {"smallest", "partial"}
        With m the marker: take the smallest of the correlations with it in absolute value for
        the share of the method, :math:`(r_{ij} - r_M) / (1 - r_M)` with
        :math:`r_M = \min_k |r_{km}|`; or partial out the marker,
        :math:`(r_{ij} - r_{im} r_{jm}) / \sqrt{(1 - r_{im}^2)(1 - r_{jm}^2)}`.

    Returns
    -------
    DataArray (..., construct, construct_2)
        Without the marker, and without products and dimensions.

    Raises
    ------
    ModelError
        The model has no such construct; or it has paths.

    References
    ----------
    Lindell and Whitney (2001), Accounting for common method variance in cross-sectional
    research designs, Journal of Applied Psychology 86, 114-121. With several markers or
    items one would take the second smallest; here there is one marker.

    Examples
    --------
    >>> from csat_models import Moments, PathModel, fit
    >>> model = PathModel.parse("A =~ a; B =~ b; M =~ m; B ~ A")
    >>> corr = [[1, .6, .2], [.6, 1, .3], [.2, .3, 1]]
    >>> moments = Moments.from_table(items="abm", mean=[7] * 3, cov=corr, n_obs=99)
    >>> found = marker_adjusted(fit(moments, model), marker="M")
    >>> round(found.sel(construct="A", construct_2="B").item(), 6)
    0.5
    """
    check_marker(estimates.model, marker)
    if approach not in MARKER_APPROACHES:
        raise ModelError(
            f"approach='{approach}' is unknown; write one of {', '.join(MARKER_APPROACHES)}"
        )
    names = [name for name in path_constructs(estimates.model) if name != marker]
    corr = estimates.construct_corr.sel(construct=names, construct_2=names)
    with_marker = estimates.construct_corr.sel(construct=names, construct_2=marker).to_numpy()
    adjust = _less_smallest if approach == "smallest" else _partial
    values = adjust(corr.to_numpy(), with_marker)
    np.einsum("...jj->...j", values)[...] = 1.0
    return corr.copy(data=values)


def marker_controlled_paths(estimates: Estimates, *, marker: str) -> xr.DataArray:
    r"""Paths when a measured latent marker explains every construct as well.

    The marker becomes a predecessor of every construct that is no product or dimension, and
    the model is estimated anew: construct-level control. Paths that keep their size and
    significance do not owe them to the method.

    Parameters
    ----------
    estimates : Estimates
        As in :func:`marker_adjusted`; the same call on draws gives intervals.
    marker : str

    Returns
    -------
    DataArray (..., source, target)
        Of the new model: the model's paths, and those from the marker.

    Raises
    ------
    ModelError
        As in :func:`marker_adjusted`.

    References
    ----------
    Chin, Thatcher, Wright and Steel (2013), Controlling for common method variance in PLS
    analysis: the measured latent marker variable approach, in Abdi et al., New Perspectives in
    Partial Least Squares and Related Methods, 231-239.
    """
    model = estimates.model
    check_marker(model, marker)
    targets = [name for name in path_constructs(model) if name != marker]
    paths = (*model.paths, *((marker, name) for name in targets))
    wider = PathModel(constructs=model.constructs, paths=paths)
    settings = replace(estimates.settings, on_inadmissible="keep")
    moments = estimates.moments.select(wider.items)
    again = fit_moments(moments, wider, settings)
    signs = _agreement(again, estimates)
    values = again.paths.to_numpy() * signs[..., :, None] * signs[..., None, :]
    return again.paths.copy(data=values)


def check_marker(model: PathModel, marker: str) -> None:
    """Raise unless the marker is a construct of its own, outside all paths.

    Raises
    ------
    ModelError
    """
    model.construct(marker)
    bound = {name for path in model.paths for name in path}
    if marker in bound or marker not in path_constructs(model):
        raise ModelError(
            f"the marker '{marker}' is part of the structural model; a marker is measured "
            f"('{marker} =~ ...') and stands in no path",
            construct=marker,
        )


def _agreement(again: Estimates, first: Estimates) -> Array:
    """Sign of each construct's correlation with itself in another estimate, (..., J)."""
    corr = indicator_correlations(first)
    own = np.einsum("...kl,...l->...k", corr * _blocks(first.model), first.weights.to_numpy())
    agreement = (again.weights.to_numpy() * own) @ first.model.membership
    return np.where(agreement < 0, -1.0, 1.0)


def _blocks(model: PathModel) -> Array:
    return model.membership @ model.membership.T


def _less_smallest(corr: Array, with_marker: Array) -> Array:
    share = np.abs(with_marker).min(axis=-1)[..., None, None]
    adjusted: Array = (corr - share) / (1.0 - share)
    return adjusted


def _partial(corr: Array, with_marker: Array) -> Array:
    left = np.sqrt(1.0 - with_marker**2)
    with np.errstate(invalid="ignore", divide="ignore"):
        adjusted: Array = corr - with_marker[..., :, None] * with_marker[..., None, :]
        adjusted = adjusted / (left[..., :, None] * left[..., None, :])
    return adjusted
