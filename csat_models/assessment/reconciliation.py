r"""The same specification by several methods, side by side.

Composites (PLS) and factors (consistent PLS, covariance-based SEM) are not the
same quantities: PLS loadings are larger and its paths, as a rule, smaller than
those of factors, by measurement error. Where consistent PLS and maximum
likelihood disagree, the model does not fit; where PLS alone differs, it is
measurement error.

References
----------
Dijkstra and Henseler (2015), MIS Quarterly 39, 297-316; Sarstedt, Hair, Ringle,
Thiele and Gudergan (2016), Estimation issues with PLS and CBSEM: where the bias
lies!, Journal of Business Research 69, 3998-4010.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from csat_models.errors import ConvergenceError, DataError, InadmissibleError, ModelError
from csat_models.estimation import Estimates, Moments, fit
from csat_models.estimation.consistent import Violation
from csat_models.estimation.sample import Missing
from csat_models.estimation.settings import METHODS, Method, Scheme
from csat_models.estimation.stages import per_item_unit
from csat_models.model import PathModel
from csat_models.model.spec import require_model
from csat_models.survey import Responses

QUANTITIES = ("loading", "path", "r_squared", "index")


def reconcile(
    data: Moments | Responses | pd.DataFrame,
    model: PathModel,
    *,
    methods: Sequence[Method] = METHODS,
    scheme: Scheme = "path",
    missing: Missing = "mean",
    sampling_weights: str | None = None,
) -> pd.DataFrame:
    r"""Estimate `model` by every method, from the same moments.

    Parameters
    ----------
    data : Moments, Responses or DataFrame
        Of one sample.
    model : PathModel
    methods : sequence of {"pls", "plsc", "cbsem"}
        Differences are from the first.
    scheme : {"path", "factorial", "centroid"}
        Inner weighting scheme of both PLS methods.
    missing, sampling_weights
        How moments are taken from rows; ``missing="em"`` gives all methods
        the same maximum-likelihood moments.

    Returns
    -------
    DataFrame
        One row a number: ``quantity`` ("loading", "path", "r_squared",
        "index"), ``construct`` (of a path the target), ``term`` (the item, or
        the source; blank for the others), ``method``, ``value``,
        ``difference`` (from the first method) and ``status`` (blank;
        "inadmissible_" and the rule that is broken; "not_converged" or
        "not_estimable" where there is no value, with its ``reason``).

    Raises
    ------
    DataError
        No method, or one that there is not.

    Examples
    --------
    >>> model = PathModel.parse("Q =~ Q1 + Q2\nS =~ S1 + S2\nS ~ Q")
    >>> corr = [[1, .6, .4, .4], [.6, 1, .4, .4], [.4, .4, 1, .6], [.4, .4, .6, 1]]
    >>> moments = Moments.from_table(items=model.items, mean=[7] * 4, cov=corr, n_obs=100)
    >>> table = reconcile(moments, model)
    >>> table[table.quantity == "path"].value.round(3).tolist()
    [0.5, 0.667, 0.667]
    """
    require_model(model)
    _require_methods(methods)
    parts = []
    for method in methods:
        estimates, status, reason = _try_fit(
            data, model, method, scheme=scheme, missing=missing, sampling_weights=sampling_weights
        )
        part = _numbers(estimates) if estimates is not None else _blank(model)
        parts.append(part.assign(method=method, status=status, reason=reason))
    table = pd.concat(parts, ignore_index=True)
    keys = ["quantity", "construct", "term"]
    first = table.loc[table["method"] == methods[0], [*keys, "value"]]
    table = table.merge(first.rename(columns={"value": "first"}), on=keys, how="left")
    table["difference"] = table["value"] - table["first"]
    order = {name: k for k, name in enumerate(QUANTITIES)}
    place = table.groupby(keys, sort=False).ngroup()
    table = table.assign(_quantity=table["quantity"].map(order), _place=place)
    table = table.sort_values(["_quantity", "_place"], kind="stable", ignore_index=True)
    return table[[*keys, "method", "value", "difference", "status", "reason"]]


def _require_methods(methods: object) -> None:
    known = isinstance(methods, Sequence) and all(method in METHODS for method in methods)
    if isinstance(methods, str) or not known or not methods:
        raise DataError(
            f"methods={methods!r} is no list of methods; write some of {', '.join(METHODS)}, as "
            "['pls', 'cbsem']",
            methods=methods,
        )


def _try_fit(
    data: Moments | Responses | pd.DataFrame,
    model: PathModel,
    method: Method,
    *,
    scheme: Scheme,
    missing: Missing,
    sampling_weights: str | None,
) -> tuple[Estimates | None, str, str]:
    """Estimate, or say why not."""
    try:
        estimates = fit(
            data,
            model,
            method=method,
            scheme=scheme,
            on_inadmissible="keep",
            missing=missing,
            sampling_weights=sampling_weights,
        )
    except (ConvergenceError, InadmissibleError) as error:
        return None, "not_converged", str(error)
    except ModelError as error:
        return None, "not_estimable", str(error)
    violation = Violation(int(estimates.violation))
    broken = violation is not Violation.NONE
    return estimates, f"inadmissible_{violation.name.lower()}" if broken else "", ""


def _numbers(estimates: Estimates) -> pd.DataFrame:
    model = estimates.model
    rows: list[tuple[str, str, str, float]] = [
        ("loading", construct.name, item, float(estimates.loadings.sel(item=item)))
        for construct in model.constructs
        for item in construct.items
    ]
    rows += [
        ("path", target, source, float(estimates.paths.sel(source=source, target=target)))
        for source, target in model.paths
    ]
    rows += [
        ("r_squared", name, "", float(estimates.r_squared.sel(construct=name)))
        for name in model.endogenous
    ]
    rows += [("index", name, "", value) for name, value in _indices(estimates).items()]
    return pd.DataFrame(rows, columns=["quantity", "construct", "term", "value"])


def _indices(estimates: Estimates) -> dict[str, float]:
    r"""Index of each construct, :math:`100 \, v'(\bar x - \min) / v'(\max - \min)`."""
    model, moments = estimates.model, estimates.moments
    spread = per_item_unit(moments, estimates.weights)[:, None] * model.membership
    above = (moments.mean - moments.scale_min).to_numpy() @ spread
    span = (moments.scale_max - moments.scale_min).to_numpy() @ spread
    values = (100.0 * above / span).tolist()
    return dict(zip(model.construct_names, values, strict=True))


def _blank(model: PathModel) -> pd.DataFrame:
    rows = [("loading", c.name, item, float("nan")) for c in model.constructs for item in c.items]
    rows += [("path", target, source, float("nan")) for source, target in model.paths]
    rows += [("r_squared", name, "", float("nan")) for name in model.endogenous]
    rows += [("index", name, "", float("nan")) for name in model.construct_names]
    return pd.DataFrame(rows, columns=["quantity", "construct", "term", "value"])
