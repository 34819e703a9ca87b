"""Power of every path, by simulation from a declared population.

References
----------
Aguirre-Urreta and Ronkko (2015), Sample size determination and statistical
power analysis in PLS using R, Communications of the Association for
Information Systems 36, 33-51. Bartlett (1933), On the theory of statistical
regression, Proceedings of the Royal Society of Edinburgh 53, 260-283 (sampling
covariances without rows).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf
from numbers import Real
from statistics import NormalDist

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from csat_models.errors import DataError, ModelError
from csat_models.estimation import Estimates, Moments, Settings, fit_moments
from csat_models.estimation.whole_numbers import require_count, require_seed
from csat_models.model import PathModel
from csat_models.model.spec import require_model

Array = NDArray[np.float64]

# An eigenvalue this share of the largest is 0 but for rounding.
_SINGULAR = 1e-12


def sample_covariances(
    cov: Array, n_obs: int, replications: int, generator: np.random.Generator
) -> Array:
    """Draw covariances of normal samples, without their rows.

    A generator of the same seed gives samples of different sizes in pairs: their
    differences are those of the sizes, hardly those of chance.

    Parameters
    ----------
    cov : array (K, K)
        Of the population.
    n_obs : int
        Respondents of a sample, more than K.
    replications : int
    generator : numpy.random.Generator

    Returns
    -------
    array (replications, K, K)
        With divisor ``n_obs - 1``.

    Examples
    --------
    >>> drawn = sample_covariances(np.eye(2), 100, 500, np.random.default_rng(1))
    >>> bool(np.abs(drawn.mean(axis=0) - np.eye(2)).max() < 0.03)
    True
    """
    from scipy.special import gammaincinv

    size, free = len(cov), n_obs - 1
    triangle = np.tril(generator.normal(size=(replications, size, size)), -1)
    chance = generator.uniform(size=(replications, size))
    squares = 2.0 * gammaincinv((free - np.arange(size)) / 2.0, chance)
    triangle[:, np.arange(size), np.arange(size)] = np.sqrt(squares)
    root = np.linalg.cholesky(cov) @ triangle
    return np.asarray(root @ np.swapaxes(root, -1, -2) / free)


def simulated_power(
    population: Moments,
    model: PathModel,
    *,
    n_obs: Sequence[int],
    replications: int = 2000,
    seed: int,
    alpha: float = 0.05,
    design_effect: float = 1.0,
    settings: Settings | None = None,
) -> pd.DataFrame:
    r"""Simulate how often each path is found in samples of each size.

    A path counts as found where :math:`|\hat\beta| > z_{1-\alpha/2} \, s` with s
    the standard deviation of the replications.

    Parameters
    ----------
    population : Moments
        Of the items, such as those of last year's wave or of a declared
        population; answers are drawn as normal with these covariances.
    model : PathModel
    n_obs : sequence of int
        Sizes tried, each more than the number of items.
    replications : int
    seed : int
    alpha : float
        Level of the two-sided test.
    design_effect : float
        A sample of n tells as much as a simple one of n over it.
    settings : Settings, optional
        How the model is estimated.

    Returns
    -------
    DataFrame
        ``n_obs``, ``source``, ``target``, ``path`` (in the population),
        ``standard_error``, ``power``, ``power_error`` (Monte-Carlo) and
        ``converged`` (share of replications).

    Raises
    ------
    DataError
        A size that is too small for the items; sizes, replications, a level, a seed or a
        design effect that are none; moments of several samples, or whose covariances are
        singular.
    ModelError
        A model with products, whose items are not normal when their factors are.

    Examples
    --------
    >>> model = PathModel.parse("Q =~ Q1 + Q2\nS =~ S1 + S2\nS ~ Q")
    >>> corr = [[1, .6, .4, .4], [.6, 1, .4, .4], [.4, .4, 1, .6], [.4, .4, .6, 1]]
    >>> moments = Moments.from_table(items=model.items, mean=[7] * 4, cov=corr, n_obs=100)
    >>> simulated_power(moments, model, n_obs=[50], seed=1)["power"].round(2).tolist()
    [1.0]
    """
    _require_planned(model, n_obs)
    require_count("replications", replications, least=2)
    require_seed(seed)
    _require_numbers(alpha, design_effect)
    settings = settings or Settings()
    population = population.select(model.items)
    _require_population(population)
    whole = fit_moments(population, model, settings)
    tables = []
    for size in n_obs:
        effective = round(size / design_effect)
        if effective <= len(model.items) + 1:
            raise DataError(
                f"{size} respondents with a design effect of {design_effect:g} are too few for "
                f"{len(model.items)} items; plan more",
                n_obs=size,
            )
        # The same chance at every size, so that a curve rises as power does.
        generator = np.random.default_rng(seed)
        drawn = sample_covariances(population.cov.to_numpy(), effective, replications, generator)
        batch = fit_moments(
            _batch(population, drawn, effective), model, settings, orientation=whole
        )
        tables.append(_power(whole, batch, NormalDist().inv_cdf(1 - alpha / 2)).assign(n_obs=size))
    columns = [
        "n_obs", "source", "target", "path", "standard_error", "power", "power_error", "converged",
    ]  # fmt: skip
    return pd.concat(tables, ignore_index=True)[columns]


def _require_planned(model: PathModel, n_obs: object) -> None:
    require_model(model)
    if model.products:
        raise ModelError(
            f"a product such as '{model.products[0]}' is not normal, so that its samples cannot be "
            "drawn from covariances; plan with the model without products",
            construct=model.products[0],
        )
    if isinstance(n_obs, str) or not isinstance(n_obs, Iterable) or not list(n_obs):
        raise DataError(
            f"n_obs={n_obs!r} is no list of sample sizes; write one as [500]", n_obs=n_obs
        )
    for size in n_obs:
        require_count("n_obs", size)


def _require_numbers(alpha: object, design_effect: object) -> None:
    if not isinstance(alpha, Real) or not 0 < float(alpha) < 1:
        raise DataError(f"alpha={alpha!r} is no level of a test; write a share such as 0.05")
    if not isinstance(design_effect, Real) or not 0 < float(design_effect) < inf:
        raise DataError(
            f"design_effect={design_effect!r} is no design effect; write a number above 0 such "
            "as 1.5"
        )


def _require_population(population: Moments) -> None:
    if population.batch_dims:
        dims = ", ".join(map(str, population.batch_dims))
        raise DataError(
            f"power is simulated from the moments of one population, and these have the "
            f"dimensions {dims}; select one element"
        )
    cov = population.cov.to_numpy()
    spread = np.linalg.eigvalsh(np.where(np.isfinite(cov).all(), cov, 0.0))
    if spread[0] <= _SINGULAR * spread[-1]:
        raise DataError(
            "the covariances of the population are missing or not positive definite, so that no "
            "samples can be drawn; leave out items that follow from others"
        )


def _batch(population: Moments, cov: Array, n_obs: int) -> Moments:
    items, draws = list(population.items), np.arange(len(cov))
    mean = population.mean.expand_dims(draw=draws).transpose("draw", "item")
    return Moments.from_table(
        mean=mean,
        cov=xr.DataArray(
            cov, {"draw": draws, "item": items, "item_2": items}, ["draw", "item", "item_2"]
        ),
        n_obs=xr.DataArray(np.full(len(draws), float(n_obs)), {"draw": draws}, "draw"),
    )


def _power(whole: Estimates, batch: Estimates, critical: float) -> pd.DataFrame:
    converged = float(batch.converged.mean())
    rows = []
    for source, target in whole.model.paths:
        values = batch.paths.sel(source=source, target=target).dropna("draw")
        error = float(values.std("draw", ddof=1))
        rate = float((abs(values) > critical * error).mean())
        rows.append(
            {
                "source": source,
                "target": target,
                "path": whole.paths.sel(source=source, target=target).item(),
                "standard_error": error,
                "power": rate,
                "power_error": float(np.sqrt(rate * (1 - rate) / values.sizes["draw"])),
                "converged": converged,
            }
        )
    return pd.DataFrame(rows)
