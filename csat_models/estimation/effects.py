"""Effects of one construct on another along all paths of the model."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import pairwise

import numpy as np
import xarray as xr

from csat_models.estimation.estimates import Estimates
from csat_models.estimation.sample import Array
from csat_models.model import PathModel

Route = tuple[str, ...]


def total_effects(estimates: Estimates) -> xr.DataArray:
    r"""Direct and indirect effects together.

    :math:`(I - B)^{-1} - I` with B the paths, source by target.

    In a model with products of constructs, the effects of constructs are those
    where all constructs are at their means, the slopes of the surface there:
    scores have mean 0, so that a product changes with one of its factors only
    as far as the other is away from its mean. Elsewhere see
    :func:`~csat_models.estimation.slopes.simple_slopes`. The row of a product is
    what one standard deviation of it does, and what follows from that.

    Parameters
    ----------
    estimates : Estimates
        Any batch dimensions.

    Returns
    -------
    DataArray (..., source, target)

    Examples
    --------
    >>> from csat_models import Moments, PathModel, fit
    >>> model = PathModel.parse("A =~ a\nB =~ b\nC =~ c\nB ~ A\nC ~ B")
    >>> corr = [[1, 0.5, 0.25], [0.5, 1, 0.5], [0.25, 0.5, 1]]
    >>> estimates = fit(Moments.from_table(items="abc", mean=[5] * 3, cov=corr, n_obs=99), model)
    >>> total_effects(estimates).sel(source="A", target="C").item()
    0.25
    """
    paths = estimates.paths.transpose(..., "source", "target")
    return paths.copy(data=total_effects_array(paths.to_numpy()))


def indirect_effects(estimates: Estimates) -> xr.DataArray:
    """Total effects less direct paths, (..., source, target).

    Of a model with products, at the means of all constructs, as in
    :func:`total_effects`.
    """
    return total_effects(estimates) - estimates.paths


def specific_indirect_effects(estimates: Estimates) -> xr.DataArray:
    r"""Indirect effect along every single route through other constructs.

    The product of the paths on the way. All routes between two constructs
    together make :func:`indirect_effects`.

    Parameters
    ----------
    estimates : Estimates
        Any batch dimensions.

    Returns
    -------
    DataArray (..., route)
        Routes are labelled ``"Image -> Expectation -> Satisfaction"`` and
        carry coordinates ``source`` and ``target``; they stand by source,
        then target, shorter ones first. A model without any has none.

    References
    ----------
    Bollen (1987), Total, direct, and indirect effects in structural equation
    models, Sociological Methodology 17, 37-69.

    Examples
    --------
    >>> from csat_models import Moments, PathModel, fit
    >>> model = PathModel.parse("A =~ a\nB =~ b\nC =~ c\nB ~ A\nC ~ B")
    >>> corr = [[1, 0.5, 0.25], [0.5, 1, 0.5], [0.25, 0.5, 1]]
    >>> estimates = fit(Moments.from_table(items="abc", mean=[5] * 3, cov=corr, n_obs=99), model)
    >>> specific_indirect_effects(estimates).to_series().round(6).to_dict()
    {'A -> B -> C': 0.25}
    """
    found = indirect_routes(estimates.model)
    paths = estimates.paths.transpose(..., "source", "target")
    batch: list[Hashable] = list(paths.dims[:-2])
    coords = {dim: paths[dim].values for dim in batch if dim in paths.coords}
    return xr.DataArray(
        route_effects_array(paths.to_numpy(), estimates.model, found),
        dims=[*batch, "route"],
        coords={
            **coords,
            "route": np.array([" -> ".join(route) for route in found], dtype=np.str_),
            "source": ("route", np.array([route[0] for route in found], dtype=np.str_)),
            "target": ("route", np.array([route[-1] for route in found], dtype=np.str_)),
        },
    )


def indirect_routes(model: PathModel) -> tuple[Route, ...]:
    r"""Return all ways along two or more paths of a model, construct by construct.

    Examples
    --------
    >>> from csat_models import PathModel
    >>> indirect_routes(PathModel.parse("A =~ a\nB =~ b\nC =~ c\nB ~ A\nC ~ A + B"))
    (('A', 'B', 'C'),)
    """
    position = {name: j for j, name in enumerate(model.construct_names)}
    routes: list[Route] = list(model.paths)
    found: list[Route] = []
    while routes:
        routes = [
            (*route, target)
            for route in routes
            for source, target in model.paths
            if source == route[-1]
        ]
        found += routes
    return tuple(sorted(found, key=lambda way: (position[way[0]], position[way[-1]], len(way))))


def route_effects_array(paths: Array, model: PathModel, routes: tuple[Route, ...]) -> Array:
    """Products of the paths along routes, (..., J, J) to (..., R)."""
    position = {name: j for j, name in enumerate(model.construct_names)}
    effects = np.ones((*paths.shape[:-2], len(routes)))
    for number, route in enumerate(routes):
        steps = [position[name] for name in route]
        for source, target in pairwise(steps):
            effects[..., number] *= paths[..., source, target]
    return effects


def variance_accounted_for(estimates: Estimates) -> xr.DataArray:
    r"""Share of a total effect that is indirect, (..., source, target).

    VAF = indirect effect / total effect: 1 where the model has no direct
    path, 0 where it has no indirect route, missing where the total effect is 0.

    It is a share only when direct and indirect effects have the same sign.
    With opposite signs (a suppressor) it is negative or above 1, and with a
    total effect near 0 it is anything: read it beside the effects and their
    intervals, not instead of them. Common thresholds (below 20 % no, above
    80 % full mediation) are a convention without a test behind it.

    References
    ----------
    Hair, Hult, Ringle and Sarstedt (2014), A Primer on PLS-SEM, chapter 7;
    against its use, Nitzl, Roldan and Cepeda (2016), Mediation analysis in
    PLS path modeling, Industrial Management & Data Systems 116, 1849-1864.
    cSEM prints the same numbers.

    Examples
    --------
    >>> from csat_models import Moments, PathModel, fit
    >>> model = PathModel.parse("A =~ a\nB =~ b\nC =~ c\nB ~ A\nC ~ A + B")
    >>> corr = [[1, 0.5, 0.4], [0.5, 1, 0.4], [0.4, 0.4, 1]]
    >>> estimates = fit(Moments.from_table(items="abc", mean=[5] * 3, cov=corr, n_obs=99), model)
    >>> round(variance_accounted_for(estimates).sel(source="A", target="C").item(), 4)
    0.3333
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share = indirect_effects(estimates) / total_effects(estimates)
    return share.where(np.isfinite(share))


def total_effects_array(paths: Array) -> Array:
    """Array form of :func:`total_effects`, (..., J, J) to (..., J, J).

    The sum of the powers of a recursive model's paths ends after J - 1 terms.
    """
    total = paths.copy()
    power = paths
    for _ in range(paths.shape[-1] - 2):
        power = power @ paths
        if not np.any(power):
            break
        total += power
    return total
