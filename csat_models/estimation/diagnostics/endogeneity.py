r"""Two-stage least squares: paths whose source may share causes with their target.

An ordinary path is biased when its source correlates with what else moves the
target (an omitted cause, feedback). With instruments, constructs that move the
source but the target only through it, the path is still found. With C the
correlations of the constructs, P the sources of the target y and Z the
instruments together with those sources that are not suspected,

.. math::

   \hat\beta = (C_{PZ} C_{ZZ}^{-1} C_{ZP})^{-1} C_{PZ} C_{ZZ}^{-1} C_{Zy} .

Correlations are all it needs: no rows, any batch. By ``method="plsc"`` they are
those of the factors. By ``method="pls"`` they are those of composites, and
measurement error in a source makes ordinary and two-stage paths differ as an
omitted cause does: of composites, a difference is no proof of endogeneity.

References
----------
Basmann (1957), A generalized classical method of linear estimation of
coefficients in a structural equation, Econometrica 25, 77-83. Dijkstra and
Henseler (2015), Consistent and asymptotically normal PLS estimators for linear
structural equations, CSDA 81, 10-23, for constructs.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from csat_models.errors import DataError
from csat_models.estimation.diagnostics.instruments import Equation
from csat_models.estimation.estimates import Estimates
from csat_models.estimation.regressions import solve_small
from csat_models.estimation.sample import Array


def two_stage_least_squares(
    estimates: Estimates, *, target: str, instruments: Mapping[str, Sequence[str]]
) -> xr.Dataset:
    r"""Estimate the paths to one construct with instruments for some of its sources.

    Parameters
    ----------
    estimates : Estimates
        Any batch dimensions; with ``draw``, the bootstrap of all results.
    target : str
        The construct whose paths are looked at.
    instruments : mapping of str to sequence of str
        The suspected sources of `target`, and constructs that are instruments
        for each. As always in two-stage least squares, the first stage of
        every suspected source uses all instruments, and all other sources.

    Returns
    -------
    Dataset
        ``paths``, ``ordinary`` (the paths of the model) and ``difference``,
        their first less their second, (..., source); of each suspected
        source, ``partial_r_squared`` and ``first_stage_f`` (..., endogenous):
        what the instruments explain of it beyond the other sources. Below
        about 10 they are weak, and the paths biased and unstable. ``sargan``
        (...), chi-square with ``sargan_df`` degrees of freedom, and
        ``sargan_p_value`` ask whether more instruments than suspects agree
        with each other; missing where there are as many as suspects. F and p
        take the constructs as observed, at the effective sample size.

    Raises
    ------
    ModelError
        A construct that the model has not; a suspected source without a path
        to `target`.
    DataError
        Fewer instruments than suspects; an instrument that is `target`, has a
        path to it, or is moved by it or by a suspected source.

    References
    ----------
    Sargan (1958), The estimation of economic relationships using instrumental
    variables, Econometrica 26, 393-415. Staiger and Stock (1997), Instrumental
    variables regression with weak instruments, Econometrica 65, 557-586, for
    the bound of 10. With several suspects read Shea (1997) before the partial
    shares: each may be large while one instrument serves for all.

    Examples
    --------
    >>> from csat_models import Moments, PathModel, fit
    >>> model = PathModel.parse("Z =~ z\nX =~ x\nY =~ y\nX ~ Z\nY ~ X")
    >>> corr = [[1, 0.5, 0.2], [0.5, 1, 0.6], [0.2, 0.6, 1]]
    >>> estimates = fit(Moments.from_table(items="zxy", mean=[5] * 3, cov=corr, n_obs=99), model)
    >>> found = two_stage_least_squares(estimates, target="Y", instruments={"X": ["Z"]})
    >>> round(found.paths.item(), 6), round(found.ordinary.item(), 6)
    (0.4, 0.6)
    """
    equation = Equation.of(estimates.model, target, instruments)
    corr = estimates.construct_corr.transpose(..., "construct", "construct_2").to_numpy()
    shape, size = corr.shape[:-2], corr.shape[-1]
    found = _estimate(corr.reshape(-1, size, size), equation)
    batch = list(estimates.construct_corr.dims[:-2])
    coords = {d: estimates.construct_corr[d].values for d in batch if d in estimates.paths.coords}

    def label(values: Array, **last: list[str]) -> xr.DataArray:
        dims: list[Hashable] = [*batch, *last]
        data = values.reshape((*shape, *values.shape[1:]))
        return xr.DataArray(data, coords=coords | last, dims=dims)

    sources, suspects = list(equation.sources), list(equation.suspects)
    paths = label(found.paths, source=sources)
    ordinary = estimates.paths.sel(source=sources, target=target, drop=True)
    parts = {
        "paths": paths,
        "ordinary": ordinary,
        "difference": paths - ordinary,
        "partial_r_squared": label(found.partial_r_squared, endogenous=suspects),
    }
    share = label(found.residual_share)
    return xr.Dataset(parts | _tests(parts["partial_r_squared"], share, equation, estimates))


def hausman_test(point: xr.Dataset, draws: xr.Dataset) -> xr.Dataset:
    r"""Test whether two-stage and ordinary paths differ more than by chance.

    :math:`d' V^{-1} d` with d the differences of the suspected sources and V
    their covariance over bootstrap draws: chi-square with as many degrees of
    freedom as suspects, if none is endogenous. The covariance from draws needs
    no ordinary path that is efficient, and knows that weights are estimated.

    Parameters
    ----------
    point, draws : Dataset
        Of :func:`two_stage_least_squares`, for the sample and for its draws,
        with leading dimension ``draw``. Missing draws are left out.

    Returns
    -------
    Dataset
        ``statistic``, ``df``, ``p_value`` and ``n_draws``, each (...).

    Raises
    ------
    DataError
        `draws` without a dimension ``draw``.

    References
    ----------
    Hausman (1978), Specification tests in econometrics, Econometrica 46,
    1251-1271. Cameron and Trivedi (2005), Microeconometrics, chapter 8, for
    the covariance from a bootstrap.

    Examples
    --------
    >>> names = {"source": ["X"], "endogenous": ["X"]}
    >>> point = xr.Dataset({"difference": ("source", [2.0])}, coords=names)
    >>> spread = xr.Dataset({"difference": (("draw", "source"), [[1.0], [2.0], [3.0]])}, names)
    >>> round(hausman_test(point, spread).p_value.item(), 4)
    0.0455
    """
    from scipy.special import chdtrc

    if "draw" not in draws["difference"].dims:
        raise DataError(
            "the Hausman test needs bootstrap draws and these have no dimension 'draw'; give "
            "two_stage_least_squares of what bootstrap(...) returns"
        )
    suspects = point["endogenous"].values
    difference = point["difference"].sel(source=suspects).transpose(..., "source")
    sample = draws["difference"].sel(source=suspects)
    values = sample.transpose("draw", *difference.dims).to_numpy()
    covariance, count = _covariance(values)
    d = difference.to_numpy()
    flat = solve_small(covariance.reshape(-1, *covariance.shape[-2:]), d.reshape(-1, d.shape[-1]))
    statistic = (flat.reshape(d.shape) * d).sum(axis=-1)
    frame = difference.isel(source=0, drop=True)
    return xr.Dataset(
        {
            "statistic": frame.copy(data=statistic),
            "df": len(suspects),
            "p_value": frame.copy(data=chdtrc(len(suspects), statistic)),
            "n_draws": frame.copy(data=count),
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Stages:
    """Results of a batch: paths (B, P), partial_r_squared (B, E), residual_share (B,).

    The residual share is what the first stage's regressors explain of the
    second stage's residuals.
    """

    paths: Array
    partial_r_squared: Array
    residual_share: Array


def _estimate(corr: Array, equation: Equation) -> _Stages:
    places, first, target = equation.places, equation.first, equation.target
    right = corr[:, first, target]
    cross = corr[:, np.array(first)[:, None], places]
    slopes = np.stack([_solve(corr, first, place) for place in places], axis=-1)
    paths = solve_small(np.swapaxes(cross, 1, 2) @ slopes, np.einsum("bzp,bz->bp", slopes, right))
    left = right - np.einsum("bzp,bp->bz", cross, paths)
    inner = corr[:, np.array(places)[:, None], places]
    variance = (
        1.0
        - 2.0 * np.einsum("bp,bp->b", paths, corr[:, places, target])
        + np.einsum("bp,bpq,bq->b", paths, inner, paths)
    )
    solved = solve_small(corr[:, np.array(first)[:, None], first], left)
    return _Stages(
        paths=paths,
        partial_r_squared=_partial_shares(corr, equation),
        residual_share=np.einsum("bz,bz->b", left, solved) / variance,
    )


def _partial_shares(corr: Array, equation: Equation) -> Array:
    """Share of a suspect's rest, after the other sources, that instruments explain, (B, E)."""
    others = equation.first[: len(equation.first) - equation.n_instruments]
    shares = []
    for place, name in zip(equation.places, equation.sources, strict=True):
        if name in equation.suspects:
            whole, before = (
                np.einsum("bz,bz->b", _solve(corr, used, place), corr[:, used, place])
                for used in (equation.first, others)
            )
            shares.append((whole - before) / (1.0 - before))
    return np.stack(shares, axis=-1)


def _solve(corr: Array, regressors: list[int], place: int) -> Array:
    """Regress the construct at `place` on `regressors`: slopes (B, Z)."""
    inner = corr[:, np.array(regressors, dtype=np.intp)[:, None], regressors]
    return solve_small(inner, corr[:, regressors, place])


def _tests(
    partial: xr.DataArray, share: xr.DataArray, equation: Equation, estimates: Estimates
) -> dict[str, Any]:
    from scipy.special import chdtrc

    n = estimates.moments.n_effective
    f = partial / (1.0 - partial) * (n - len(equation.first) - 1) / equation.n_instruments
    df = equation.n_instruments - len(equation.suspects)
    sargan = (n * share).transpose(*share.dims)
    if df == 0:
        sargan = xr.full_like(sargan, np.nan)
    p_value = sargan.copy(data=chdtrc(df, sargan.to_numpy())) if df else sargan
    return {
        "first_stage_f": f.transpose(*partial.dims),
        "sargan": sargan,
        "sargan_df": df,
        "sargan_p_value": p_value,
    }


def _covariance(values: Array) -> tuple[Array, Array]:
    """Covariance of draws (D, ..., E) without the missing ones, and how many count."""
    usable: NDArray[np.bool_] = np.asarray(np.isfinite(values).all(axis=-1))
    count = usable.sum(axis=0)
    filled = np.where(usable[..., None], values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        deviations = np.where(
            usable[..., None], filled - filled.sum(axis=0) / count[..., None], 0.0
        )
        products = np.einsum("d...e,d...f->...ef", deviations, deviations)
        return products / (count - 1.0)[..., None, None], count
