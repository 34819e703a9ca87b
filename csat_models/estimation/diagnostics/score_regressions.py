"""Regressions on scores that ask what correlations cannot: copulas and curvature.

Correlations of the constructs hold nothing but straight lines. Whether a
source shares causes with its target although no instrument is at hand, and
whether a path bends, is in the rows: these functions take
:func:`~csat_models.estimation.scores.scores`, (..., row, construct), any batch
at once. A row that misses a score in an element that has others is left out;
an element without any scores is missing.

For a bootstrap, draw the rows anew, fit and score the drawn rows, and put the
draws together along ``draw``; intervals of the results need nothing else.
Scores of the sample's rows by the weights of draws are no bootstrap of them:
they hold the noise of the weights only.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from csat_models.errors import DataError, ModelError
from csat_models.estimation.consistent import smallest_eigenvalues
from csat_models.estimation.diagnostics.normality import normality
from csat_models.estimation.regressions import solve_small
from csat_models.estimation.sample import Array
from csat_models.model import PathModel

# Regressors whose correlations have a smaller eigenvalue say the same twice.
COLLINEAR = 1e-10


def gaussian_copula(
    scores: xr.DataArray, model: PathModel, *, target: str, suspects: Sequence[str]
) -> xr.Dataset:
    r"""Estimate the paths to one construct with copula terms for suspected sources.

    The regression of the target on its sources and, for every suspected
    source x, on :math:`x^* = \Phi^{-1}(H(x))` with its distribution function
    H. If what else moves the target is normal and hangs together with x by a
    Gaussian copula, the term takes up the shared causes, and the paths are
    those of x alone. H is estimated by mean ranks over n + 1.

    It works only where x is not normal: otherwise :math:`x^*` is x itself.
    Look at the test of normality and at the variance inflation first; of a
    source that may be normal, the result is worth nothing. It needs large
    samples (several hundred rows at the least) and many different values.

    Parameters
    ----------
    scores : DataArray (..., row, construct)
        Of all constructs of the equation; see the module.
    model : PathModel
    target : str
        The construct whose paths are looked at.
    suspects : sequence of str
        Those of its sources that may be endogenous.

    Returns
    -------
    Dataset
        ``paths``, ``ordinary`` (without copula terms) and ``difference``,
        their first less their second, (..., source). Of each suspect,
        (..., endogenous): ``copula``, the coefficient of the term, whose
        distance from 0 in bootstrap standard errors is the test of
        endogeneity; ``variance_inflation`` of the term; and ``skewness``,
        ``excess_kurtosis``, ``anderson_darling`` and ``normality_p_value``,
        see :func:`~csat_models.estimation.diagnostics.normality.normality`. ``n_obs``,
        the rows used. Missing where regressors are collinear.

    Raises
    ------
    ModelError
        An unknown construct; a suspect without a path to `target`.
    DataError
        Scores without rows or constructs; no suspect; too few rows; a
        suspect of one or two different values, whose term is a straight line.

    References
    ----------
    Park and Gupta (2012), Handling endogenous regressors by joint estimation
    using copulas, Marketing Science 31, 567-586. Hult, Hair, Proksch,
    Sarstedt, Pinkwart and Ringle (2018), Addressing endogeneity in
    international marketing applications of PLS-SEM, Journal of International
    Marketing 26(3), 1-21. Becker, Proksch and Ringle (2022), Revisiting
    Gaussian copulas to handle endogenous regressors, Journal of the Academy
    of Marketing Science 50, 46-66, for the intercept and the sample size.

    Examples
    --------
    >>> model = PathModel.parse("X =~ x\nY =~ y\nY ~ X")
    >>> x = np.random.default_rng(1).exponential(size=500)
    >>> table = xr.DataArray(
    ...     np.stack([x, 0.5 * x], axis=1), coords={"construct": ["X", "Y"]},
    ...     dims=["row", "construct"])
    >>> found = gaussian_copula(table, model, target="Y", suspects=["X"])
    >>> round(found.paths.item(), 6), abs(round(found.copula.item(), 6))
    (0.5, 0.0)
    """
    rows = _Rows.of(scores, model, target, spare=len(suspects))
    names = _check_suspects(suspects, rows, target)
    places = [rows.sources.index(name) for name in names]
    suspected = rows.regressors[..., places]
    _check_values(suspected, names)
    plain = _regress(rows.target, rows.regressors)
    terms = _normal_scores(suspected)
    extended = _regress(rows.target, np.concatenate([rows.regressors, terms], axis=-1))
    size = len(rows.sources)
    paths = rows.label(extended.slopes[:, :size], source=list(rows.sources))
    ordinary = rows.label(plain.slopes, source=list(rows.sources))
    values = rows.label(np.swapaxes(suspected, 1, 2), endogenous=names, row=None)
    parts = {
        "paths": paths,
        "ordinary": ordinary,
        "difference": paths - ordinary,
        "copula": rows.label(extended.slopes[:, size:], endogenous=names),
        "variance_inflation": rows.label(extended.inflation[:, size:], endogenous=names),
        "n_obs": rows.target.shape[-1],
    }
    return xr.Dataset({**parts, **normality(values).data_vars})


def reset_test(
    scores: xr.DataArray, model: PathModel, *, powers: Sequence[int] = (2, 3)
) -> xr.Dataset:
    r"""Test whether the paths to each endogenous construct are straight lines.

    Powers of the fitted values are added to the regression of each construct
    on its sources; an F test asks whether they explain anything more. It sees
    curvature and interactions along the fitted values, not which source bends.

    Parameters
    ----------
    scores : DataArray (..., row, construct)
        Of all constructs of the model; see the module.
    model : PathModel
    powers : sequence of int
        Different whole numbers from 2 on.

    Returns
    -------
    Dataset
        ``statistic`` and ``p_value`` (..., construct), ``df`` and
        ``df_residual`` (construct), the degrees of freedom of F. Scores are
        taken as observed variables, every row for itself and all of equal
        weight.

    Raises
    ------
    DataError
        Scores without rows or constructs; too few rows; unusable powers.

    References
    ----------
    Ramsey (1969), Tests for specification errors in classical linear
    least-squares regression analysis, Journal of the Royal Statistical
    Society B 31, 350-371.

    Examples
    --------
    >>> model = PathModel.parse("X =~ x\nY =~ y\nY ~ X")
    >>> x = np.linspace(-2.0, 2.0, 50)
    >>> table = xr.DataArray(
    ...     np.stack([x, x + 0.3 * x**2 + 0.1 * np.cos(9 * x)], axis=1),
    ...     coords={"construct": ["X", "Y"]}, dims=["row", "construct"])
    >>> bool(reset_test(table, model).p_value < 0.001)
    True
    """
    _check_powers(powers)
    found = [
        _reset(_Rows.of(scores, model, name, len(powers)), powers) for name in model.endogenous
    ]
    names = xr.DataArray(list(model.endogenous), dims="construct", name="construct")
    table = xr.concat(found, dim=names)
    return table.transpose(..., "construct")


def _reset(rows: _Rows, powers: Sequence[int]) -> xr.Dataset:
    from scipy.special import fdtrc

    plain = _regress(rows.target, rows.regressors)
    scale = np.abs(plain.fitted).max(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        curves = np.stack([(plain.fitted / scale) ** power for power in powers], axis=-1)
        bent = _regress(rows.target, np.concatenate([rows.regressors, curves], axis=-1))
        df = rows.target.shape[-1] - 1 - len(rows.sources) - len(powers)
        statistic = (plain.unexplained - bent.unexplained) / len(powers) / (bent.unexplained / df)
    return xr.Dataset(
        {
            "statistic": rows.label(statistic),
            "p_value": rows.label(fdtrc(len(powers), df, np.maximum(statistic, 0.0))),
            "df": len(powers),
            "df_residual": df,
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Rows:
    """One equation: target (B, n), regressors (B, n, P), and the labels of the batch."""

    target: Array
    regressors: Array
    sources: tuple[str, ...]
    batch: dict[Hashable, int]
    coords: dict[Hashable, Any]

    @classmethod
    def of(cls, scores: xr.DataArray, model: PathModel, target: str, spare: int) -> Self:
        """Take the scores of one equation; `spare` terms are added to it."""
        model.construct(target)
        sources = model.predecessors(target)
        _check_scores(scores, (target, *sources))
        table = scores.sel(construct=[target, *sources]).transpose(..., "row", "construct")
        batch = {dim: table.sizes[dim] for dim in table.dims[:-2]}
        values = table.to_numpy().reshape(-1, table.sizes["row"], 1 + len(sources))
        values = values[:, _complete(values)]
        if values.shape[1] < len(sources) + spare + 3:
            raise DataError(
                f"{values.shape[1]} rows are too few for the {len(sources) + spare} terms that "
                f"'{target}' is regressed on",
                construct=target,
            )
        return cls(
            target=values[..., 0],
            regressors=values[..., 1:],
            sources=sources,
            batch=batch,
            coords={dim: table[dim].values for dim in batch if dim in table.coords},
        )

    def label(self, values: Array, **last: list[str] | None) -> xr.DataArray:
        """Label (B, ...) with the batch dimensions and those named; None gives no labels."""
        named = {dim: labels for dim, labels in last.items() if labels is not None}
        shape = (*self.batch.values(), *values.shape[1:])
        return xr.DataArray(
            values.reshape(shape), coords=self.coords | named, dims=[*self.batch, *last]
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Regression:
    """Slopes and variance inflation (B, P), fitted (B, n) about 0, unexplained (B,)."""

    slopes: Array
    inflation: Array
    fitted: Array
    unexplained: Array


def _regress(target: Array, regressors: Array) -> _Regression:
    """Regress (B, n) on (B, n, P) and an intercept; missing where regressors are collinear."""
    y = target - target.mean(axis=-1, keepdims=True)
    X = regressors - regressors.mean(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        norm = np.sqrt((X**2).sum(axis=1))
        unit = X / norm[:, None, :]
        corr = np.swapaxes(unit, 1, 2) @ unit
        slopes = solve_small(corr, np.einsum("bnp,bn->bp", unit, y)) / norm
    singular = ~(smallest_eigenvalues(corr) > COLLINEAR)
    slopes[singular] = np.nan
    axes = np.broadcast_to(np.eye(corr.shape[-1]), corr.shape)
    inflation = np.stack(
        [solve_small(corr, axes[:, p])[:, p] for p in range(corr.shape[-1])], axis=-1
    )
    fitted = np.einsum("bnp,bp->bn", X, slopes)
    return _Regression(
        slopes=slopes,
        inflation=np.where(singular[:, None], np.nan, inflation),
        fitted=fitted,
        unexplained=((y - fitted) ** 2).sum(axis=-1),
    )


def _normal_scores(values: Array) -> Array:
    """Return normal quantiles of mean ranks over n + 1, along axis 1 of (B, n, E)."""
    from scipy.special import ndtri
    from scipy.stats import rankdata

    known = np.isfinite(values).all(axis=1, keepdims=True)
    ranks = rankdata(np.where(known, values, 0.0), axis=1) / (values.shape[1] + 1.0)
    return np.where(known, ndtri(ranks), np.nan)


def _complete(values: Array) -> NDArray[np.bool_]:
    """Rows (n,) of (B, n, C) with all values in every element that has any."""
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(values).all(axis=-1))
    dead = ~finite.any(axis=1, keepdims=True)
    return np.asarray((finite | dead).all(axis=0))


def _check_scores(scores: xr.DataArray, names: tuple[str, ...]) -> None:
    if not {"row", "construct"} <= set(scores.dims):
        raise DataError(
            "scores need the dimensions 'row' and 'construct', and these have "
            f"{', '.join(map(str, scores.dims)) or 'none'}; give what scores(estimates, data) "
            "returns"
        )
    known = [str(name) for name in scores["construct"].values]
    absent = [name for name in names if name not in known]
    if absent:
        raise DataError(
            f"the scores have no construct '{absent[0]}'; they have {', '.join(known)}",
            construct=absent[0],
        )


def _check_suspects(suspects: Sequence[str], rows: _Rows, target: str) -> list[str]:
    names = list(dict.fromkeys(suspects))
    if not names:
        raise DataError(f"no source of '{target}' is suspected; name one in suspects=[...]")
    strange = [name for name in names if name not in rows.sources]
    if strange:
        raise ModelError(
            f"the model has no path from '{strange[0]}' to '{target}'; the sources of "
            f"'{target}' are {', '.join(rows.sources) or 'none'}",
            construct=strange[0],
        )
    return names


def _check_values(values: Array, names: list[str]) -> None:
    """Ask for three values: a term of two is a straight line through them."""
    low, high = values.min(axis=1, keepdims=True), values.max(axis=1, keepdims=True)
    between = ((values > low) & (values < high)).any(axis=1) | np.isnan(low[:, 0])
    if not between.all():
        name = names[int(np.argmin(between.all(axis=0)))]
        raise DataError(
            f"the scores of '{name}' take fewer than three values, and a copula term needs many; "
            "do not suspect it, or use instruments",
            construct=name,
        )


def _check_powers(powers: Sequence[int]) -> None:
    if not powers or len(set(powers)) < len(powers) or min(powers) < 2:  # noqa: PLR2004
        raise DataError(
            f"powers={tuple(powers)} are not different whole numbers from 2 on; write (2, 3)"
        )
