"""Simulated studies of the demonstration's population, and their truth.

Each is analysed as `csat run` analyses the real one: cells of city by operator,
mean replacement within the cell, survey weights, persons resampled with the
same counts in both waves, and outer weights pooled over waves and operators,
anew in every draw. About 30 % of the later wave's respondents took part in the
earlier one. The truth is the same estimator at the population's exact moments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from csat_models.analysis import change, lead, satisfaction_index
from csat_models.estimation import (
    Estimates,
    Moments,
    Settings,
    compute_moments,
    fit_moments,
    interval,
    merge_moments,
    merged_draws,
    tidy,
)
from csat_models.model import PathModel, catalogue
from csat_models.survey import Codebook, Responses, demonstration
from csat_models.survey.simulated import questionnaire
from csat_models.survey.simulated.simulation import draw_missing, draw_waves, strata_frame

ROOT = Path(__file__).resolve().parents[1]
WAVES = (2023, 2024)
CONSTRUCTS = ("Satisfaction", "Network")
BY = ("city", "operator")
BRANDS = {"over": "operator", "ours": "ours", "theirs": "rival"}
LEVEL = 0.95
PROVINCE = "province"
APART = " (waves drawn apart)"

# So large that n / (n - 1) is 1: the truth's covariances are those of the population.
POPULATION = 10**9
KEYS = ["statistic", "construct", "city"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sampled:
    """What a study holds of one wave, as an estimate or in draws.

    Attributes
    ----------
    cells : Moments (..., city, operator, item)
        Draws have the means of the draws and the covariances of the sample.
    brands : Moments (..., operator, item)
        Cities merged.
    """

    cells: Moments
    brands: Moments

    @property
    def whole(self) -> Moments:
        """Moments of the wave, (..., item)."""
        return self.brands.merge("operator")


def draw_study(seed: int, waves: Sequence[int] = WAVES) -> pd.DataFrame:
    """Draw one study's answers, with the respondents' ids.

    Parameters
    ----------
    seed : int
    waves : sequence of int
        Ascending; the first has no returning respondents.

    Returns
    -------
    DataFrame
        The rows of `demonstration.simulate_scores(waves, seed)` and a column
        ``respondent_id``: a returning respondent keeps the id.
    """
    population, rng = demonstration.population(), np.random.default_rng(seed)
    known, parts = np.array([], dtype=np.str_), []
    for sample in draw_waves(population, waves, rng):
        blank = draw_missing(population, len(sample.scores), rng)
        scores = np.where(blank, np.nan, sample.scores)
        ids = np.array([f"{sample.wave}-{row}" for row in range(len(scores))])
        back = sample.previous >= 0
        ids[back] = known[sample.previous[back]]
        known = ids
        wave = np.full(len(ids), sample.wave)
        frame = strata_frame(population, sample).assign(wave=wave, respondent_id=ids)
        items = pd.DataFrame(scores, columns=list(population.structure.items))
        parts.append(pd.concat([frame, items], axis=1))
    return pd.concat(parts, ignore_index=True)


@cache
def study_model() -> PathModel:
    """Return the demonstration's model."""
    return catalogue.telecom()


@cache
def codebook() -> Codebook:
    """Return the demonstration's codebook, for scales, ids and weights."""
    return Codebook.load(ROOT / "params" / "codebook.yml")


def responses_of(frame: pd.DataFrame, wave: int) -> Responses:
    """Return one wave's rows as responses."""
    rows = frame[frame["wave"] == wave].reset_index(drop=True)
    return Responses(
        frame=rows,
        codebook=codebook(),
        log=(),
        sha256="",
        source=str(wave),
        row_numbers=np.arange(len(rows)),
    )


def sample_wave(responses: Responses, n_boot: int, seed: int) -> tuple[Sampled, Sampled]:
    """Return a wave's moments and their draws."""
    items, weight = study_model().items, codebook().weight
    cells = compute_moments(responses, items=items, by=BY, sampling_weights=weight)
    means, brands = merged_draws(
        responses,
        merge=["city"],
        by=BY,
        items=items,
        sampling_weights=weight,
        n_boot=n_boot,
        seed=seed,
    )
    point = Sampled(cells=cells, brands=cells.merge("city"))
    return point, Sampled(cells=replace(cells, mean=means), brands=brands)


def population_wave(wave: int) -> Sampled:
    """Return a wave's exact moments, weighted as the survey weights weigh it."""
    exact = demonstration.truth(wave, missing="mean").select(study_model().items)
    rows = int(demonstration.population().sample_size.sel(wave=wave).sum())
    scales = {item: questionnaire.SCALES.get(item, (1.0, 10.0)) for item in study_model().items}
    cells = Moments.from_table(
        mean=exact.mean,
        cov=exact.cov,
        n_obs=xr.full_like(exact.weight, POPULATION, dtype=np.int64),
        weight_sum=exact.weight / exact.weight.sum() * rows,
        scale_min={item: low for item, (low, _high) in scales.items()},
        scale_max={item: high for item, (_low, high) in scales.items()},
    )
    return Sampled(cells=cells, brands=cells.merge("city"))


def pooled_fit(waves: Sequence[Sampled], orientation: Estimates | None = None) -> Estimates:
    """Fit the model to all waves and operators together."""
    pooled = merge_moments([wave.whole for wave in waves])
    return fit_moments(pooled, study_model(), Settings(), orientation=orientation)


def statistics_of(estimates: Estimates, waves: Sequence[Sampled]) -> dict[str, xr.DataArray]:
    """Index, lead and change of the last wave, each (..., city, construct).

    Parameters
    ----------
    estimates : Estimates
        Whose weights are used.
    waves : sequence of Sampled

    Returns
    -------
    dict of str to DataArray
        The province is another city.
    """

    def years(parts: Sequence[Moments]) -> xr.DataArray:
        found = [satisfaction_index(estimates, part) for part in parts]
        stacked = xr.concat(found, dim=pd.Index(WAVES, name="year"), join="exact")
        return stacked.sel(construct=list(CONSTRUCTS))

    province = years([wave.brands for wave in waves]).expand_dims(city=[PROVINCE])
    index = xr.concat([years([wave.cells for wave in waves]), province], "city", join="outer")
    ours = index.sel(operator="ours", drop=True)
    found = {
        "index": ours.sel(year=WAVES[-1], drop=True),
        "lead": lead(index, **BRANDS).sel(year=WAVES[-1], drop=True),
        "change": change(ours).sel(year=WAVES[-1], drop=True),
    }
    return {name: values.transpose(..., "city", "construct") for name, values in found.items()}


def drawn_apart(wave: Sampled) -> Sampled:
    """Pair each draw with the next one's persons.

    Draws are independent of one another, so this is what comes of resampling
    the waves each on its own, as if nobody had taken part twice.
    """

    def shift(array: xr.DataArray) -> xr.DataArray:
        return array.roll(draw=1, roll_coords=False)

    cells, brands = wave.cells, wave.brands
    return Sampled(
        cells=replace(cells, mean=shift(cells.mean)),
        brands=replace(brands, mean=shift(brands.mean), cov=shift(brands.cov)),
    )


def analyse_study(seed: int, n_boot: int) -> pd.DataFrame:
    """Simulate and analyse one study.

    Parameters
    ----------
    seed : int
        Of the sample and of the draws.
    n_boot : int

    Returns
    -------
    DataFrame
        One row an interval: `KEYS`, estimate, lower, upper, standard_error.
    """
    frame = draw_study(seed)
    pairs = [sample_wave(responses_of(frame, wave), n_boot, seed) for wave in WAVES]
    points, draws = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    point = pooled_fit(points)
    estimates = statistics_of(point, points)
    found = statistics_of(pooled_fit(draws, point), draws)
    apart = [draws[0], drawn_apart(draws[1])]
    found["change" + APART] = statistics_of(pooled_fit(apart, point), apart)["change"]
    estimates["change" + APART] = estimates["change"]
    tables = [
        tidy(interval(found[name], point=estimates[name], level=LEVEL)).assign(statistic=name)
        for name in found
    ]
    return pd.concat(tables, ignore_index=True).assign(seed=seed)


def truth_table() -> pd.DataFrame:
    """True value of every statistic: `KEYS` and truth."""
    waves = [population_wave(wave) for wave in WAVES]
    found = statistics_of(pooled_fit(waves), waves)
    found["change" + APART] = found["change"]
    tables = [
        values.to_dataframe("truth").reset_index().assign(statistic=name)
        for name, values in found.items()
    ]
    return pd.concat(tables, ignore_index=True)[[*KEYS, "truth"]]
