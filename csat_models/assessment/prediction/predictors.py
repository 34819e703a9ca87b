r"""What predicts the items of endogenous constructs, as linear maps of answers.

Every predictor here says of item y, for a respondent with answers x,

.. math:: \hat y = m_y + (x - m)' B_y

with the item means m of the training sample and one column of B (K, K) an item.
A map needs moments only, so it exists for every training sample of a batch.

Model
    Answers make scores of the antecedents, :math:`(x - m)' D^{-1} W`; paths make
    scores of the construct of them; its loadings and the items' standard
    deviations make the item.
Linear model
    Least squares of the item on answers, without any construct.
Mean
    B = 0.

References
----------
Shmueli, Ray, Velasquez Estrada and Chatla (2016), The elephant in the room:
predictive performance of PLS models, Journal of Business Research 69, 4552-4564.
Danks (2021), The piggy in the middle: the role of mediators in PLS-SEM-based
prediction, The DATA BASE for Advances in Information Systems 52, 24-42, for
direct and earliest antecedents.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from csat_models.errors import ModelError
from csat_models.estimation import Estimates, item_weights
from csat_models.estimation.effects import total_effects_array
from csat_models.estimation.sample import Array
from csat_models.estimation.threads import single_threaded
from csat_models.model import PathModel

Antecedents = Literal["direct", "earliest"]
ANTECEDENTS: tuple[Antecedents, ...] = ("direct", "earliest")
Benchmark = Literal["direct", "earliest", "others"]
BENCHMARKS: tuple[Benchmark, ...] = ("direct", "earliest", "others")


def require_predictable(estimates: Estimates) -> None:
    """Raise if the model predicts nothing, or by anything but composites.

    Raises
    ------
    ModelError
        Covariance-based estimates, which have no scores; a model with products, whose scores
        are no linear maps of answers; or without paths.
    """
    model = estimates.model
    if estimates.settings.method not in ("pls", "plsc"):
        raise ModelError(
            "covariance-based estimates have no scores to predict by; predict with method='pls' "
            "or method='plsc'",
            method=estimates.settings.method,
        )
    if model.products:
        raise ModelError(
            f"predictions by the product '{model.products[0]}' are no weighted sums of answers; "
            "predict with the model without products",
            construct=model.products[0],
        )
    if estimates.settings.higher_order == "repeated_indicators" and _uses_items_twice(model):
        raise ModelError(
            "an item that measures a dimension and its construct of higher order is predicted "
            "twice; predict with higher_order='two_stage'",
            higher_order=estimates.settings.higher_order,
        )
    if not model.paths:
        raise ModelError("the model has no path, so it predicts nothing; write one as 'B ~ A'")


def _uses_items_twice(model: PathModel) -> bool:
    return any(item not in model.items for item in model.indicators)


def predicted_items(model: PathModel) -> tuple[str, ...]:
    r"""Return the items of endogenous constructs, in model order; through dimensions too.

    Examples
    --------
    >>> predicted_items(PathModel.parse("A =~ a; B =~ b1 + b2; B ~ A"))
    ('b1', 'b2')
    """
    kept = {item for name in model.endogenous for item in items_below(model, name)}
    return tuple(item for item in model.items if item in kept)


def items_below(model: PathModel, name: str) -> tuple[str, ...]:
    """Return the items of a construct; of one of higher order, those of its dimensions."""
    own = model.items_of(name)
    if name not in model.higher_order:
        return own
    return tuple(item for dimension in own for item in model.items_of(dimension))


def model_map(estimates: Estimates, antecedents: Antecedents) -> Array:
    """Return the map B of the path model, (..., K, K), columns of unpredicted items 0.

    Parameters
    ----------
    estimates : Estimates
        Of the training samples.
    antecedents : {"direct", "earliest"}
        Scores of a construct's predecessors are made of their own answers, or follow
        themselves from the exogenous constructs.
    """
    model = estimates.model
    spread = item_weights(estimates).to_numpy()
    effects: Array = estimates.paths.to_numpy()
    if antecedents == "earliest":
        exogenous = model.adjacency.sum(axis=0) == 0
        effects = total_effects_array(effects) * np.asarray(exogenous)[:, None]
    found: Array = spread @ effects @ _outer_map(estimates)
    return found


def _outer_map(estimates: Estimates) -> Array:
    """Item units of one standard deviation of each construct's score, (..., J, K)."""
    model, moments = estimates.model, estimates.moments
    variance = np.einsum("...kk->...k", moments.cov.transpose(..., "item", "item_2").to_numpy())
    loadings = estimates.loadings.to_numpy()
    position = {name: k for k, name in enumerate(model.indicators)}
    found = np.zeros((*loadings.shape[:-1], len(model.constructs), len(model.items)))
    for j, name in enumerate(model.construct_names):
        for item in items_below(model, name):
            k = position[item]
            size = loadings[..., k] * np.sqrt(variance[..., k])
            if name in model.higher_order:
                owner = next(d for d in model.items_of(name) if item in model.items_of(d))
                size = size * loadings[..., position[owner]]
            found[..., j, model.items.index(item)] = size
    return found


@single_threaded
def linear_map(cov: Array, model: PathModel, benchmark: Benchmark) -> Array:
    """Return the map B of least squares on answers, (..., K, K) to (..., K, K).

    Parameters
    ----------
    cov : array (..., K, K)
        Of ``model.items`` in the training samples.
    model : PathModel
    benchmark : {"direct", "earliest", "others"}
        Regress on the items of a construct's predecessors, of all exogenous constructs, or
        of all other constructs (as seminr).
    """
    found = np.zeros_like(cov)
    for name in model.endogenous:
        targets = [model.items.index(item) for item in items_below(model, name)]
        sources = benchmark_items(model, name, benchmark)
        inner = cov[..., sources[:, None], sources]
        right = cov[..., sources[:, None], np.array(targets)]
        found[..., sources[:, None], np.array(targets)] = _least_squares(inner, right)
    return found


def benchmark_items(model: PathModel, name: str, benchmark: Benchmark) -> NDArray[np.intp]:
    """Positions of the items that the linear model predicts a construct by."""
    if benchmark == "others":
        sources = [other for other in model.construct_names if other not in {name}]
        sources = [other for other in sources if other not in model.dimensions]
    elif benchmark == "earliest":
        sources = [source for source in _exogenous(model) if _reaches(model, source, name)]
    else:
        sources = list(model.predecessors(name))
    items = {item for source in sources for item in items_below(model, source)}
    return np.array([k for k, item in enumerate(model.items) if item in items], dtype=np.intp)


def _exogenous(model: PathModel) -> list[str]:
    sources = {source for source, _ in model.paths}
    return [
        name for name in model.construct_names if name in sources and not model.predecessors(name)
    ]


def _reaches(model: PathModel, source: str, target: str) -> bool:
    reached = {target}
    for _ in model.constructs:
        reached |= {before for name in reached for before in model.predecessors(name)}
    return source in reached


def _least_squares(inner: Array, right: Array) -> Array:
    try:
        return np.asarray(np.linalg.solve(inner, right), dtype=np.float64)
    except np.linalg.LinAlgError:  # more items than training rows, or one twice
        known = np.asarray(np.isfinite(inner).all(axis=(-1, -2)))[..., None, None]
        turned = np.linalg.pinv(np.where(known, inner, 0.0), hermitian=True) @ right
        return np.asarray(np.where(known, turned, np.nan), dtype=np.float64)
