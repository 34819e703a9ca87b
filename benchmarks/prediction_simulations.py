"""Is CVPAT right as often as it says: a model against another, the mean and the linear model.

Part of ``assessment_simulations.py``, which runs it and writes down what it finds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import pandas as pd
import xarray as xr

from csat_models import Moments, PathModel, fit
from csat_models.assessment.prediction.cvpat import loss_test
from csat_models.assessment.prediction.folds import assign_folds
from csat_models.assessment.prediction.predictors import linear_map, model_map, predicted_items

N_BOOT, FIRST_SEED, LEVEL = 199, 800_000, 0.05
# Samples tested in one call.
TOGETHER = 500


def sample_of(root: np.ndarray, model: PathModel, n_obs: int, seed: int) -> pd.DataFrame:
    """Draw normal answers with correlations root root'."""
    noise = np.random.default_rng(seed).normal(size=(n_obs, len(model.items)))
    return pd.DataFrame(noise @ root.T, columns=list(model.items))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """A model, what it is compared with, and a population that one number makes.

    Attributes
    ----------
    name : str
    model : str
    against : str
        "mean", "linear_model", or the text of another model.
    population : callable
        From the number to the correlations of the items.
    number : float or None
        None for that at which both predict equally well from nine tenths of the sample.
    n_obs : int
    """

    name: str
    model: str
    against: str
    population: Callable[[float], np.ndarray]
    number: float | None
    n_obs: int

    @property
    def equal(self) -> bool:
        """Whether the two predict equally well."""
        return self.number is None or (self.against == OTHER and self.number == 0.5)

    @property
    def root(self) -> np.ndarray:
        """Root of the correlations of the items."""
        number = balance(self) if self.number is None else self.number
        return np.linalg.cholesky(self.population(number))


def twin_population(second: float) -> np.ndarray:
    """Return correlations where Y correlates .5 with A and `second` with B, (7, 7)."""
    phi = np.array([[1, 0.3, 0.5], [0.3, 1, second], [0.5, second, 1]])
    owner = np.array([0, 0, 1, 1, 2, 2, 2])
    corr = phi[np.ix_(owner, owner)] * 0.8**2
    np.fill_diagonal(corr, 1.0)
    return corr


def chain_population(path: float) -> np.ndarray:
    """Return correlations where the factor of three items leads to that of two, (5, 5)."""
    return direct_population(0.0, path)


def direct_population(direct: float, path: float = 0.5) -> np.ndarray:
    """Return the same where the items of Y share `direct` with a1 alone, beyond the path."""
    owner = np.array([0, 0, 0, 1, 1])
    corr = np.array([[1.0, path], [path, 1.0]])[np.ix_(owner, owner)] * 0.8**2
    corr[0, 3:] += direct
    corr[3:, 0] += direct
    np.fill_diagonal(corr, 1.0)
    return corr


TWINS = "A =~ a1 + a2\nB =~ b1 + b2\nY =~ y1 + y2 + y3\n"
ONE = "A =~ a1 + a2 + a3\nY =~ y1 + y2\nY ~ A"
OURS, OTHER = TWINS + "Y ~ A", TWINS + "Y ~ B"
SIZES = (100, 250)
CONTESTS = tuple(
    Contest(name=name, model=model, against=against, population=made, number=number, n_obs=n)
    for name, model, against, made, number in (
        ("two models, equally good", OURS, OTHER, twin_population, 0.5),
        ("two models, the first better", OURS, OTHER, twin_population, 0.2),
        ("mean, equally good", ONE, "mean", chain_population, None),
        ("mean, model better", ONE, "mean", chain_population, 0.4),
        ("linear model, equally good", ONE, "linear_model", direct_population, None),
        ("linear model, model better", ONE, "linear_model", direct_population, 0.0),
    )
    for n in SIZES
)
TRAININGS = 4000


@cache
def balance(contest: Contest) -> float:
    """Find the number at which model and benchmark predict equally well, by bisection.

    Their squared errors follow without error from the population and what is fitted to a
    sample; they are averaged over the same 4,000 training samples for every number.
    """
    low, high = 0.0, 0.5
    gain = partial(expected_gain, contest)
    rising = gain(high) > gain(low)
    for _ in range(18):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if (gain(middle) > 0) == rising else (middle, high)
    return 0.5 * (low + high)


def expected_gain(contest: Contest, number: float, seed: int = 1) -> float:
    """Return the benchmark's expected squared error of the items of Y less the model's."""
    model, corr = PathModel.parse(contest.model), contest.population(number)
    n = round(0.9 * contest.n_obs)
    noise = np.random.default_rng(seed).normal(size=(TRAININGS, n, len(corr)))
    white = np.einsum("tnk,tnl->tkl", noise, noise) / n
    root = np.linalg.cholesky(corr)
    cov = root @ white @ root.T
    moments = _moments(model, np.zeros((TRAININGS, len(corr))), cov, n)
    found = fit(moments, model, max_iterations=3000)
    maps = model_map(found, "direct"), linear_map(cov, model, "direct")
    ours, linear = (_squared_error(each, corr) for each in maps)
    theirs = linear if contest.against == "linear_model" else np.full_like(ours, len(ITEMS_OF_Y))
    return float(np.nanmean(theirs - ours))


ITEMS_OF_Y = (3, 4)


def _squared_error(maps: np.ndarray, corr: np.ndarray) -> np.ndarray:
    left = (np.eye(len(corr)) - maps)[..., ITEMS_OF_Y]
    return np.einsum("tky,kl,tly->t", left, corr, left)


def cvpat_rejections(
    contest: Contest, replications: int, *, n_boot: int = N_BOOT, first_seed: int = FIRST_SEED
) -> pd.DataFrame:
    """Compare a model with another or a benchmark in many samples, some at a time.

    Returns
    -------
    DataFrame
        models, n_obs, equal, by ("t" or "bootstrap"), rejected, preferred (share of rejections
        in which the model is the better one), replications.
    """
    model, root = PathModel.parse(contest.model), contest.root
    folds = assign_folds(np.arange(contest.n_obs), n_folds=10, repetitions=1, seed=first_seed)[0]
    last, found = first_seed + replications, []
    for start in range(first_seed, last, TOGETHER):
        seeds = range(start, min(start + TOGETHER, last))
        rows = np.stack([sample_of(root, model, contest.n_obs, seed) for seed in seeds])
        gains, ones = differences(contest, rows, folds), np.ones(contest.n_obs)
        for by, draws in (("t", 0), ("bootstrap", n_boot)):
            test = loss_test(gains, ones, n_boot=draws, seed=start, level=0.95,
                             alternative="two-sided")  # fmt: skip
            found.append(test[["p_value", "difference"]].assign(by=by))
    table = pd.concat(found, ignore_index=True)
    rejected = table["p_value"] <= LEVEL
    preferred = (table["difference"] > 0)[rejected].groupby(table["by"]).mean()
    share = rejected.groupby(table["by"], sort=False).mean()
    return (
        pd.DataFrame({"rejected": share, "preferred": preferred})
        .rename_axis("by")
        .reset_index()
        .assign(
            models=contest.name,
            n_obs=contest.n_obs,
            equal=contest.equal,
            replications=replications,
        )
    )


def differences(contest: Contest, rows: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Return the benchmark's loss less the model's of the rows (R, n, K) of R samples, (n, R).

    The same as `plspredict` with these folds gives, sample by sample.
    """
    names = [contest.model] + ([OTHER] if contest.against == OTHER else [])
    models = [PathModel.parse(name) for name in names]
    parts = [rows[:, folds != fold] for fold in range(folds.max() + 1)]
    mean = np.stack([part.mean(axis=1) for part in parts], axis=1)
    cov = np.stack([_covariances(part) for part in parts], axis=1)
    moments = _moments(models[0], mean, cov, parts[0].shape[1])
    fitted = [fit(moments, model, max_iterations=3000) for model in models]
    maps = [model_map(each, "direct") for each in fitted]
    if contest.against != OTHER:
        plain = linear_map(cov, models[0], "direct")
        maps.append(plain if contest.against == "linear_model" else np.zeros_like(plain))
    columns = [models[0].items.index(item) for item in predicted_items(models[0])]
    losses = [np.empty(rows.shape[:2]) for _ in maps]
    for fold in range(folds.max() + 1):
        out = folds == fold
        away = rows[:, out] - mean[:, fold, None]
        for loss, each in zip(losses, maps, strict=True):
            error = away[..., columns] - away @ each[:, fold][..., columns]
            loss[:, out] = (error**2).mean(axis=-1)
    return (losses[1] - losses[0]).T


def _covariances(rows: np.ndarray) -> np.ndarray:
    away = rows - rows.mean(axis=1, keepdims=True)
    return np.swapaxes(away, 1, 2) @ away / (rows.shape[1] - 1)


def _moments(model: PathModel, mean: np.ndarray, cov: np.ndarray, n_obs: int) -> Moments:
    dims = ["sample", "fold"][: mean.ndim - 1]
    labels = {"item": list(model.items), "item_2": list(model.items)}
    return Moments.from_table(
        mean=xr.DataArray(mean, {"item": labels["item"]}, (*dims, "item")),
        cov=xr.DataArray(cov, labels, (*dims, "item", "item_2")),
        n_obs=xr.DataArray(np.full(mean.shape[:-1], n_obs), dims=dims),
    )


def monte_carlo_error(share: pd.Series[float], replications: pd.Series[int]) -> pd.Series[float]:
    """Return sqrt(p (1 - p) / n)."""
    return (share * (1.0 - share) / replications) ** 0.5


def cvpat_table(found: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers of :func:`cvpat_rejections` as they are printed."""
    error = monte_carlo_error(found["rejected"], found["replications"])
    return pd.DataFrame(
        {
            "compared with": found["models"],
            "n_obs": found["n_obs"],
            "by": found["by"],
            "rejected": found["rejected"].map("{:.3f}".format) + error.map(" ({:.3f})".format),
            "of these for the model": found["preferred"].map("{:.2f}".format),
            "replications": found["replications"],
        }
    )


ABOUT_CVPAT = """Two-sided tests. "Equally good" is exact between the two models, which explain the
same construct by one of two constructs that correlate with it equally. Against a benchmark, model
and benchmark have the same expected squared error when fitted to nine tenths of the sample: the
path, or what the explained items share with one item alone, is sought where they have.

Between two models the test is slightly conservative: differences of squared errors have heavy
tails, which make t smaller. Against a benchmark the losses are not independent, since all rows of
a fold are predicted by one fit and folds share most of their rows. The many coefficients of the
linear model err for all rows together, and nearly all rejections are for the model. Where a model
is as good as the mean it hardly predicts, and nearly all rejections are for the mean. Resampling
the losses (bootstrap) keeps the fits and changes neither."""
