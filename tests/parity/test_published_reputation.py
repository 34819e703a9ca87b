"""Corporate reputation: the known numbers of a survey with Mode B blocks and four providers.

Hair, Hult, Ringle and Sarstedt, A Primer on Partial Least Squares Structural
Equation Modeling, print the paths and R2 of the 344 customers; -99 is a missing
answer. The means of the four providers were found by another program.
"""

from __future__ import annotations

import pytest

import csat_models as csat
from benchmarks.parity.cases import REPUTATION
from benchmarks.parity.ours import model_of
from benchmarks.parity.samples import survey

MODEL = model_of(REPUTATION)
PATHS = {
    ("COMP", "CUSA"): 0.146, ("LIKE", "CUSA"): 0.436, ("COMP", "CUSL"): 0.006,
    ("LIKE", "CUSL"): 0.344, ("CUSA", "CUSL"): 0.505,
}  # fmt: skip
R_SQUARED = {"COMP": 0.631, "LIKE": 0.558, "CUSA": 0.292, "CUSL": 0.562}
SIZES = {1: 130, 2: 127, 3: 44, 4: 43}
SATISFACTION = {1: 71.54, 2: 76.90, 3: 77.52, 4: 69.38}
# Satisfaction is one item on 1-7.
SCALE = {"scale_min": 1.0, "scale_max": 7.0}


def test_mode_b_blocks_and_means_for_missing_answers():
    """To all printed digits; the signs of the path labels are those of the book."""
    estimates = csat.fit(survey("corp_rep"), MODEL)
    for (source, target), value in PATHS.items():
        assert round(estimates.paths.sel(source=source, target=target).item(), 3) == value
    for construct, value in R_SQUARED.items():
        assert round(estimates.r_squared.sel(construct=construct).item(), 3) == value


def test_listwise_leaves_336_customers():
    estimates = csat.fit(survey("corp_rep"), MODEL, missing="listwise")
    assert estimates.moments.n_obs == 336
    for source, value in (("COMP", 0.135), ("LIKE", 0.445)):
        assert round(estimates.paths.sel(source=source, target="CUSA").item(), 3) == value


def by_provider(moments: csat.Moments) -> csat.Moments:
    return csat.Moments.from_table(
        mean=moments.mean, cov=moments.cov, n_obs=moments.n_obs, **SCALE
    )  # fmt: skip


@pytest.fixture(scope="module")
def pooled() -> csat.Estimates:
    return csat.fit(by_provider(csat.compute_moments(survey("corp_rep"), items=MODEL.items)), MODEL)


def satisfaction(pooled: csat.Estimates, moments: csat.Moments):
    return csat.satisfaction_index(pooled, by_provider(moments)).sel(construct="CUSA")


def test_satisfaction_of_four_providers(pooled):
    moments = csat.compute_moments(
        survey("corp_rep"), items=MODEL.items, by=["serviceprovider"], missing="mean"
    )
    assert moments.n_obs.to_series().to_dict() == SIZES
    index = satisfaction(pooled, moments).to_series()
    assert {provider: round(value, 2) for provider, value in index.items()} == SATISFACTION


def test_lead_of_the_first_over_the_second(pooled):
    """-5.36 with a half-width of 4.74 at 95 %."""
    drawn = csat.bootstrap_moments(
        survey("corp_rep"), items=MODEL.items, by=["serviceprovider"], n_boot=4000, seed=1
    )
    moments = csat.compute_moments(survey("corp_rep"), items=MODEL.items, by=["serviceprovider"])
    draws, point = (
        csat.lead(satisfaction(pooled, each), over="serviceprovider", ours=1, theirs=2)
        for each in (drawn, moments)
    )
    found = csat.interval(draws, point=point)
    assert round(found.estimate.item(), 2) == -5.36
    # A standard error of 4,000 draws is within 1.1 % of itself, an end within .09; two of them.
    assert found.upper.item() - found.estimate.item() == pytest.approx(4.74, abs=0.25)
    assert found.estimate.item() - found.lower.item() == pytest.approx(4.74, abs=0.25)
    assert found.upper < 0
