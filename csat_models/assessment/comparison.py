r"""Which of several models: information criteria of each construct's regression.

With :math:`SSE = (n - 1)(1 - R^2)`, n respondents and k coefficients, the
intercept among them (k is the number of predecessors plus 1):

===== ===========================================================
aic   :math:`n \log(SSE / n) + 2 k`
aicu  :math:`n \log(SSE / (n - k)) + 2 k`
aicc  :math:`n \log(SSE / n) + n (n + k) / (n - k - 2)`
bic   :math:`n \log(SSE / n) + k \log n`
hq    :math:`n \log(SSE / n) + 2 k \log \log n`
hqc   :math:`n \log(SSE / n) + 2 n k \log \log n / (n - k - 2)`
fpe   :math:`SSE / (n - k) \cdot (1 + k / n)`
gm    :math:`SSE / M + k \log n`
cp    :math:`SSE / M - (n - 2 k)`
===== ===========================================================

The lowest is the best. A criterion compares models that explain the same
construct by the same items in the same sample; its size by itself says nothing.
M is the error of the saturated model: the construct on all constructs that
stand before it, weights sought anew, :math:`M = 1 - R^2_{\text{saturated}}`.

Conventions. seminr prints the same AIC and BIC; cSEM the same AIC, AICc, BIC, HQ
and Cp. cSEM's M has no divisor for degrees of freedom, and neither has ours.

References
----------
Sharma, Sarstedt, Shmueli, Kim and Thiele (2019), PLS-based model selection: the
role of alternative explanations in information systems research, Journal of the
Association for Information Systems 20, 346-397. Danks, Sharma and Sarstedt
(2020), Model selection uncertainty and multimodel inference in partial least
squares structural equation modeling, Journal of Business Research 113, 13-24.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from graphlib import TopologicalSorter

import numpy as np
import pandas as pd
import xarray as xr

from csat_models.assessment.correlations import path_constructs
from csat_models.assessment.structure import predecessor_counts
from csat_models.errors import CsatError, DataError, ModelError
from csat_models.estimation import Estimates, fit_moments
from csat_models.estimation.sample import Array
from csat_models.model import PathModel

CRITERIA = ("aic", "aicu", "aicc", "bic", "hq", "hqc", "fpe", "gm", "cp")


def information_criteria(estimates: Estimates) -> xr.Dataset:
    r"""Information criteria of every endogenous construct.

    Parameters
    ----------
    estimates : Estimates
        Any batch dimensions.

    Returns
    -------
    Dataset
        ``aic``, ``aicu``, ``aicc``, ``bic``, ``hq``, ``hqc``, ``fpe``, ``gm`` and ``cp``, each
        (..., construct); missing for exogenous constructs. ``gm`` and ``cp`` are missing in a
        model with products, and where the saturated model does not converge.

    Examples
    --------
    >>> from csat_models import Moments, PathModel, fit
    >>> model = PathModel.parse("A =~ a; B =~ b; B ~ A")
    >>> moments = Moments.from_table(items="ab", mean=[7] * 2, cov=[[1, .6], [.6, 1]], n_obs=101)
    >>> round(information_criteria(fit(moments, model)).bic.sel(construct="B").item(), 3)
    -36.85
    """
    model = estimates.model
    n = estimates.moments.n_obs.astype(float)
    left = 1.0 - estimates.r_squared
    counts = predecessor_counts(model).to_numpy() + 1.0
    n_like, _ = xr.broadcast(n, left)
    size = n_like.transpose(*left.dims).to_numpy()
    saturated = _saturated_error(estimates)
    values = criteria_array((size - 1.0) * left.to_numpy(), size, counts, saturated)
    return xr.Dataset({name: left.copy(data=value) for name, value in values.items()})


def criteria_array(sse: Array, n: Array, k: Array, error: Array) -> dict[str, Array]:
    """Array form of :func:`information_criteria`.

    Parameters
    ----------
    sse : array (..., J)
        Sums of squared errors.
    n : array (..., J)
        Respondents.
    k : array (J,)
        Coefficients, the intercept among them.
    error : array (..., J)
        Error of the saturated model.

    Returns
    -------
    dict of str to array (..., J)
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        fit = n * np.log(sse / n)
        twice_loglog = 2.0 * np.log(np.log(n))
        found = {
            "aic": fit + 2.0 * k,
            "aicu": n * np.log(sse / (n - k)) + 2.0 * k,
            "aicc": fit + n * (n + k) / (n - k - 2.0),
            "bic": fit + k * np.log(n),
            "hq": fit + k * twice_loglog,
            "hqc": fit + n * k * twice_loglog / (n - k - 2.0),
            "fpe": sse / (n - k) * (1.0 + k / n),
            "gm": sse / error + k * np.log(n),
            "cp": sse / error - (n - 2.0 * k),
        }
    return {name: np.where(np.isfinite(value), value, np.nan) for name, value in found.items()}


def saturated_model(model: PathModel) -> PathModel:
    r"""Lead a path to every endogenous construct from every construct before it.

    Before it stand the exogenous constructs, and the endogenous ones that come first when
    the paths are followed; not those without any path, such as a marker.

    Examples
    --------
    >>> model = PathModel.parse("A =~ a; B =~ b; C =~ c; B ~ A; C ~ B")
    >>> saturated_model(model).paths
    (('A', 'B'), ('A', 'C'), ('B', 'C'))
    """
    if model.products:
        raise ModelError(
            f"a saturated model would need every product beside '{model.products[0]}'; compare "
            "models without products",
            construct=model.products[0],
        )
    linked = {name for path in model.paths for name in path}
    names = [name for name in path_constructs(model) if name in linked]
    graph = {name: set(model.predecessors(name)) for name in names}
    order = {name: place for place, name in enumerate(TopologicalSorter(graph).static_order())}
    exogenous = [name for name in names if not graph[name]]
    inner = sorted((name for name in names if graph[name]), key=lambda name: order[name])
    ordered = [*exogenous, *inner]
    paths = tuple(
        (source, target) for target in inner for source in ordered[: ordered.index(target)]
    )
    return PathModel(constructs=model.constructs, paths=paths)


def akaike_weights(values: xr.DataArray, *, dim: str = "model") -> xr.DataArray:
    r"""How likely each model is the best of those compared, along `dim`.

    :math:`w_m = e^{-\Delta_m / 2} / \sum e^{-\Delta / 2}` with :math:`\Delta_m` the criterion
    less its minimum. Of AIC or BIC (for which they approximate posterior probabilities).

    References
    ----------
    Burnham and Anderson (2004), Multimodel inference: understanding AIC and BIC in model
    selection, Sociological Methods & Research 33, 261-304. seminr prints the same weights.

    Examples
    --------
    >>> bic = xr.DataArray([-36.0, -40.0], coords={"model": ["small", "large"]}, dims="model")
    >>> akaike_weights(bic).round(4).values.tolist()
    [0.1192, 0.8808]
    """
    distance = values - values.min(dim)
    likelihood = distance.copy(data=np.exp(-0.5 * distance.to_numpy()))
    return likelihood / likelihood.sum(dim)


def compare_models(models: Mapping[str, Estimates], *, construct: str) -> pd.DataFrame:
    """Compare models that explain one construct by information criteria.

    Parameters
    ----------
    models : mapping of str to Estimates
        Of one and the same sample, under the models' names.
    construct : str
        What they explain.

    Returns
    -------
    DataFrame
        One row a model: ``model``, ``predecessors``, ``r_squared``, the criteria, and
        ``bic_weight`` and ``aic_weight``.

    Raises
    ------
    ModelError
        A model that does not explain the construct, or by other items.
    DataError
        No model, estimates of several samples, or of different numbers of respondents.
    """
    _require_one_sample(models)
    items = {name: each.model.items_of(construct) for name, each in models.items()}
    if len(set(items.values())) > 1:
        raise ModelError(
            f"the models measure '{construct}' by different items; criteria compare models of "
            "the same items only",
            construct=construct,
        )
    rows = [_compare_one(name, estimates, construct) for name, estimates in models.items()]
    table = pd.DataFrame(rows)
    for criterion in ("bic", "aic"):
        values = xr.DataArray(table[criterion].to_numpy(), dims="model")
        table[f"{criterion}_weight"] = akaike_weights(values).to_numpy()
    return table


def _require_one_sample(models: Mapping[str, Estimates]) -> None:
    if not isinstance(models, Mapping) or not models:
        raise DataError("there are no models to compare; give estimates under the models' names")
    for name, each in models.items():
        if each.moments.batch_dims:
            raise DataError(
                f"the estimates of model '{name}' are of several samples "
                f"({', '.join(map(str, each.moments.batch_dims))}); select one",
                model=name,
            )
    first, *others = ((name, int(each.moments.n_obs)) for name, each in models.items())
    for name, size in others:
        if size != first[1]:
            raise DataError(
                f"model '{first[0]}' is of {first[1]} respondents and model '{name}' of {size}; "
                "criteria compare models of one sample, so fit both to the same rows",
                model=name,
            )


def _compare_one(name: str, estimates: Estimates, construct: str) -> dict[str, object]:
    if construct not in estimates.model.endogenous:
        raise ModelError(
            f"model '{name}' has no path to '{construct}'; compare models that explain it",
            construct=construct,
        )
    criteria = information_criteria(estimates).sel(construct=construct)
    return {
        "model": name,
        "predecessors": len(estimates.model.predecessors(construct)),
        "r_squared": estimates.r_squared.sel(construct=construct).item(),
        **{criterion: criteria[criterion].item() for criterion in CRITERIA},
    }


def _saturated_error(estimates: Estimates) -> Array:
    """1 - R2 of the saturated model, (..., J); missing where there is none."""
    if estimates.model.products:
        return np.full(estimates.r_squared.shape, np.nan)
    full = saturated_model(estimates.model)
    settings = replace(estimates.settings, on_inadmissible="keep")
    try:
        saturated = fit_moments(estimates.moments.select(full.items), full, settings)
    except CsatError:  # a single sample whose saturated model has no solution
        return np.full(estimates.r_squared.shape, np.nan)
    error: Array = 1.0 - saturated.r_squared.to_numpy()
    return error
