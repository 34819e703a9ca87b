"""The demonstration study against the truth that its data were simulated from."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from csat_models import (
    Estimates,
    Moments,
    Study,
    catalogue,
    fit,
    lead,
    merge_moments,
    rank,
    satisfaction_index,
)
from csat_models.estimation import interval
from csat_models.survey import demonstration
from csat_models.survey.simulated.questionnaire import SCALES

ROOT = Path(__file__).parents[1]
WAVES, N_BOOT = (2022, 2023, 2024), 200
MODEL = catalogue.telecom()
BRANDS = {"over": "operator", "ours": "ours", "theirs": "rival"}


def population(wave: int) -> Moments:
    """Exact moments of every cell of a wave, weighted as the survey weights do."""
    found = demonstration.truth(wave).select(MODEL.items)
    rows = demonstration.population().sample_size.sel(wave=wave, drop=True).sum("group")
    low, high = ({item: SCALES.get(item, (1, 10))[end] for item in MODEL.items} for end in (0, 1))
    return Moments.from_table(
        mean=found.mean,
        cov=found.cov,
        # The population has no divisor n - 1: so many rows make it 1.
        n_obs=xr.full_like(rows, 10**12),
        weight_sum=found.weight / found.weight.sum() * rows.sum(),
        scale_min=low,
        scale_max=high,
    )


@pytest.fixture(scope="module")
def truth() -> xr.DataArray:
    """True index (year, city, operator, construct), weights pooled over waves."""
    cells = {wave: population(wave) for wave in WAVES}
    whole = merge_moments([each.merge("city").merge("operator") for each in cells.values()])
    estimates = fit(whole, MODEL)
    parts = [satisfaction_index(estimates, each) for each in cells.values()]
    return xr.concat(parts, dim="year").assign_coords(year=list(WAVES))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    root = tmp_path_factory.mktemp("truth")
    (root / "data" / "raw").mkdir(parents=True)
    (root / "notebooks").mkdir()
    shutil.copytree(ROOT / "params", root / "params")
    for wave in WAVES:
        shutil.copy(ROOT / "data" / "raw" / f"{wave}.csv.gz", root / "data" / "raw")
        params = root / "params" / f"{wave}.yml"
        lines = params.read_text(encoding="utf-8").splitlines(keepends=True)
        earlier = f"earlier: {[year for year in WAVES if year < wave]}\n"
        kept = [earlier if line.startswith("earlier:") else line for line in lines]
        params.write_text("".join(kept), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSAT_PROJECT", str(root))
        yield Study.open(str(WAVES[-1]), n_boot=N_BOOT)


def whole(wave: int) -> Estimates:
    return fit(population(wave).merge("city").merge("operator"), MODEL)


EXAMPLE = [("Network", 83.68, 9, 7.74, 1), ("Business", 78.10, 11, -2.65, 11)]


@pytest.mark.parametrize(("construct", "level", "place", "gap", "place_of_gap"), EXAMPLE)
def test_the_example_city_in_the_population(construct, level, place, gap, place_of_gap):
    """Network 83.68, 9th of 11, lead 7.74, 1st; business 78.10, 11th, lead -2.65, 11th."""
    index = satisfaction_index(whole(2024), population(2024)).sel(construct=construct)
    ours, leads = index.sel(operator="ours"), lead(index, **BRANDS)
    city = {"city": demonstration.province.EXAMPLE_CITY}
    # The means are solved to 1e-12 score points; 100 / 9 index points each.
    assert ours.sel(city).item() == pytest.approx(level, abs=1e-9)
    assert leads.sel(city).item() == pytest.approx(gap, abs=1e-9)
    assert rank(ours, over="city").sel(city).item() == place
    assert rank(leads, over="city").sel(city).item() == place_of_gap
    assert ours.sizes["city"] == 11


def test_merged_cells_are_the_pooled_population():
    """Two ways to mix the cells of a wave: our additive moments, the simulator's mixture."""
    merged = population(2024).merge("city").merge("operator")
    pooled = demonstration.truth(2024).select(MODEL.items).pool()
    # n_obs is 1e12 a cell, so divisors differ by 1e-12 of variances of about 3.
    np.testing.assert_allclose(merged.mean, pooled.mean, atol=1e-11)
    np.testing.assert_allclose(merged.cov, pooled.cov, atol=1e-10)


def deviations(estimate: xr.DataArray, draws: xr.DataArray, true: xr.DataArray) -> xr.DataArray:
    error = interval(draws, point=estimate).standard_error
    scores = (estimate - true.sel(city=estimate["city"].values)) / error
    assert scores.sizes == estimate.sizes and bool(np.isfinite(scores).all())
    return scores


# A standard error from 200 draws is off by 1 / sqrt(400) = 5 %. Of some 600 normal scores one
# is beyond 4.5 with a chance below .005.
FARTHEST = 4.5
# Nine correlated constructs in 66 cells are worth 200 independent scores or more: the mean
# square has a standard deviation of sqrt(2 / 200) = .1 about 1, or a little less than 1, since
# the customer groups have fixed sizes but are resampled with their cell.
MEAN_SQUARE = (0.65, 1.35)


def assert_standard(scores: xr.DataArray) -> None:
    assert abs(scores).max().item() < FARTHEST
    low, high = MEAN_SQUARE
    assert low < (scores**2).mean().item() < high
    # The constructs of one cell move together, so cells count: 66 of them.
    assert abs(scores.mean().item()) < 4 / np.sqrt(66)


def test_every_index_is_as_near_to_the_truth_as_its_standard_error_says(study, truth):
    cells = study.computation.index.cells
    assert_standard(deviations(cells.point, cells.draws, truth))


def test_every_lead_is(study, truth):
    cells = study.computation.index.cells
    leads = lead(cells.point, **BRANDS), lead(cells.draws, **BRANDS)
    assert_standard(deviations(*leads, lead(truth, **BRANDS)))


def test_every_change_is_though_persons_return(study, truth):
    """Waves share 30 % of their persons; as if independent, changes would look too sure."""
    cells = study.computation.index.cells
    point, draws, true = (x.diff("year") for x in (cells.point, cells.draws, truth))
    assert_standard(deviations(point, draws, true))


def test_intervals_hold_the_truth(study, truth):
    cells = study.computation.index.cells
    found = interval(cells.draws, point=cells.point, level=0.95)
    true = truth.sel(city=found["city"].values)
    held = ((found.lower <= true) & (true <= found.upper)).mean().item()
    # 594 intervals worth 200: four standard errors of a share of .95 are .06.
    assert held > 0.89


@pytest.mark.parametrize("construct", ["Satisfaction", "Network", "Business"])
def test_rank_intervals_hold_the_true_ranks(study, truth, construct):
    standing = study.index.standing(construct).set_index("city")
    ours = truth.sel(year=2024, construct=construct, operator="ours")
    true = rank(ours, over="city").to_series()[standing.index]
    held = (standing["rank_lower"] <= true) & (true <= standing["rank_upper"])
    # 95 % each: two of eleven outside has a chance of .1, three of .015.
    assert held.sum() >= 9
    assert (standing["rank_upper"] - standing["rank_lower"]).max() > 0


def test_path_coefficients_are_near_those_of_the_population(study):
    true = whole(2024)
    found = interval(study.computation.draws.paths, point=study.computation.estimates.paths)
    scores = [
        ((found.estimate - true.paths) / found.standard_error).sel(source=a, target=b).item()
        for a, b in MODEL.paths
    ]
    # About 20 scores: one beyond 4 has a chance of .001.
    assert np.abs(scores).max() < 4
    assert np.mean(np.square(scores)) < 2.2  # 20 scores: 1 + 4 sqrt(2 / 20)
