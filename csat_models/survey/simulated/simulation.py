"""Samples from a population, wave by wave, with returning respondents."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csat_models.survey.simulated.discretisation import discretise
from csat_models.survey.simulated.population import Population

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WaveSample:
    """The n respondents of one wave, stratum by stratum.

    Attributes
    ----------
    wave : label
        The wave.
    stratum : ndarray of int, shape (n,)
        Position among all combinations of units and group, in the order of
        the population's ``customers``.
    previous : ndarray of int, shape (n,)
        Row of the same person in the sample of the wave before; -1 for new
        respondents.
    normals : ndarray, shape (n, J + K)
        The standard normals that everything is made of.
    scores : ndarray, shape (n, K)
        Complete answers, before any of them goes missing.
    """

    wave: Hashable
    stratum: Index
    previous: Index
    normals: Array
    scores: Array


def draw_waves(
    population: Population, waves: Iterable[Hashable], rng: np.random.Generator
) -> Iterator[WaveSample]:
    """Draw the waves one after the other.

    Parameters
    ----------
    population : Population
        To draw from.
    waves : iterable of labels
        In their order in time; the first has no returning respondents.
    rng : Generator
        The source of randomness.

    Yields
    ------
    WaveSample
        A returning respondent keeps the stratum; the normals are
        z = c z_before + sqrt(1 - c^2) u, so that each wave on its own is
        distributed as without them.

    Examples
    --------
    >>> population = Population.declare("Quality =~ 0.8*Q1 + 0.7*Q2", mean=7.5, sample_size=4)
    >>> sample, = draw_waves(population, [0], np.random.default_rng(1))
    >>> sample.scores.shape
    (4, 2)
    """
    before: WaveSample | None = None
    for wave in waves:
        before = _draw_wave(population, wave, before, rng)
        yield before


def _draw_wave(
    population: Population, wave: Hashable, before: WaveSample | None, rng: np.random.Generator
) -> WaveSample:
    sizes = population.sample_size.sel(wave=wave).values.ravel()
    stratum = np.repeat(np.arange(sizes.size), sizes)
    mixing = population.structure.mixing
    normals = rng.standard_normal((stratum.size, mixing.shape[0]))
    previous = np.full(stratum.size, -1, dtype=np.int64)
    if before is not None:
        previous = _choose_returning(stratum, sizes, before, population.returning, rng)
        back = previous >= 0
        carry = population.carry_over
        kept = carry * before.normals[previous[back]]
        normals[back] = kept + np.sqrt(1.0 - carry**2) * normals[back]
    means = population.latent_mean.sel(wave=wave).values.reshape(sizes.size, -1)
    latent = means[stratum] + population.spread * (normals @ mixing)
    scores = discretise(latent, population.low, population.high, population.cuts)
    return WaveSample(wave=wave, stratum=stratum, previous=previous, normals=normals, scores=scores)


def _choose_returning(
    stratum: Index, sizes: Index, before: WaveSample, share: float, rng: np.random.Generator
) -> Index:
    earlier = np.bincount(before.stratum, minlength=sizes.size)
    wanted = np.minimum(np.rint(share * sizes).astype(np.int64), earlier)
    order = np.lexsort((rng.random(before.stratum.size), before.stratum))
    place_before = np.arange(order.size) - np.repeat(np.cumsum(earlier) - earlier, earlier)
    chosen = order[place_before < np.repeat(wanted, earlier)]
    place = np.arange(stratum.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    previous = np.full(stratum.size, -1, dtype=np.int64)
    previous[place < wanted[stratum]] = chosen
    return previous


def strata_frame(population: Population, sample: WaveSample) -> pd.DataFrame:
    """Tell units, group and survey weight of every respondent.

    Parameters
    ----------
    population : Population
        That the sample was drawn from.
    sample : WaveSample
        n respondents.

    Returns
    -------
    DataFrame
        n rows: the unit columns, ``group`` and ``weight``, the stratum's
        share in the population over its share in the sample (mean 1).
    """
    customers = population.customers
    dims = [str(dim) for dim in customers.dims]
    labels = pd.MultiIndex.from_product([customers[dim].values for dim in dims], names=dims)
    frame = labels.to_frame(index=False).iloc[sample.stratum].reset_index(drop=True)
    totals = customers.values.ravel()
    sizes = np.bincount(sample.stratum, minlength=totals.size)
    present = sizes > 0
    weight = np.zeros(totals.size)
    weight[present] = totals[present] / totals[present].sum() * sizes.sum() / sizes[present]
    return frame.assign(weight=weight[sample.stratum])


def draw_missing(
    population: Population, n_rows: int, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Draw which answers are missing completely at random, shape (n_rows, K)."""
    rates = population.missing_rate.values
    return np.asarray(rng.random((n_rows, rates.size)) < rates)


def simulate_scores(
    population: Population, seed: int, waves: Sequence[Hashable] | None = None
) -> pd.DataFrame:
    """Draw one table of scores, missing answers as NaN.

    Parameters
    ----------
    population : Population
        To draw from.
    seed : int
        The same seed gives the same table.
    waves : sequence of labels, optional
        All by default.

    Returns
    -------
    DataFrame
        One row a respondent and wave: ``wave``, the unit columns, ``group``,
        ``weight`` and the items.

    Examples
    --------
    >>> population = Population.declare("Quality =~ 0.8*Q1 + 0.7*Q2", mean=7.5, sample_size=4)
    >>> simulate_scores(population, seed=1).columns.tolist()
    ['wave', 'group', 'weight', 'Q1', 'Q2']
    """
    rng = np.random.default_rng(seed)
    parts = []
    for sample in draw_waves(population, population.find_waves(waves), rng):
        blank = draw_missing(population, sample.stratum.size, rng)
        scores = np.where(blank, np.nan, sample.scores)
        frame = strata_frame(population, sample)
        wave = pd.DataFrame({"wave": [sample.wave] * len(frame)})
        items = pd.DataFrame(scores, columns=list(population.structure.items))
        parts.append(pd.concat([wave, frame, items], axis=1))
    return pd.concat(parts, ignore_index=True)
