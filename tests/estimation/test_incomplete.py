"""Moments from all answers there are: pandas, recovery, refusals."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest

from csat_models import bootstrap, compute_moments, draw_standard_errors, fit, jackknife
from csat_models.errors import DataError, InadmissibleError
from csat_models.estimation.draws.resampling import merged_draws
from csat_models.model import PathModel
from csat_models.survey import Codebook, parse_survey
from csat_models.survey.incomplete import em_moments

MODEL = PathModel.parse("Q =~ a + b\nS =~ c + d\nS ~ Q")
ITEMS = list("abcd")


@pytest.fixture
def frame() -> pd.DataFrame:
    generator = np.random.default_rng(21)
    values = 6 + generator.normal(size=(120, 1)) + generator.normal(size=(120, 4))
    table = pd.DataFrame(values, columns=ITEMS)
    table = table.mask(generator.random(table.shape) < 0.15)
    table.loc[3] = np.nan
    table["city"] = ["north"] * 50 + ["south"] * 70
    table["weight"] = generator.uniform(0.5, 2.0, size=120)
    return table


def test_pairwise_moments_are_those_of_pandas(frame):
    found = compute_moments(frame, items=ITEMS, missing="pairwise")
    np.testing.assert_allclose(found.mean, frame[ITEMS].mean(), rtol=1e-12)
    np.testing.assert_allclose(found.cov, frame[ITEMS].cov(), rtol=1e-10)
    assert found.n_obs.item() == 119


def test_whole_weights_are_repeated_rows(frame):
    counts = np.random.default_rng(1).integers(1, 4, size=120)
    weighted = compute_moments(
        frame.assign(times=counts), items=ITEMS, missing="pairwise", sampling_weights="times"
    )
    repeated = frame.loc[frame.index.repeat(counts), ITEMS]
    known, rows = frame[ITEMS].notna().astype(float), repeated.notna().astype(float)
    one, many = known.T @ known, rows.T @ rows
    np.testing.assert_allclose(weighted.mean, repeated.mean(), rtol=1e-12)
    np.testing.assert_allclose(
        weighted.cov * (one - 1) / one, repeated.cov() * (many - 1) / many, rtol=1e-10
    )


@pytest.mark.parametrize("weights", [None, "weight"])
def test_em_moments_of_groups_are_those_of_each(frame, weights):
    how = {"items": ITEMS, "missing": "em", "sampling_weights": weights}
    cells = compute_moments(frame, by=["city"], **how)
    for city, rows in frame.dropna(subset=ITEMS, how="all").groupby("city"):
        alone = em_moments(rows[ITEMS].to_numpy(), rows[weights].to_numpy() if weights else None)
        np.testing.assert_allclose(cells.mean.sel(city=city), alone.mean, rtol=1e-12)
        factor = len(rows) / (len(rows) - 1)
        np.testing.assert_allclose(cells.cov.sel(city=city), alone.cov * factor, rtol=1e-12)


@pytest.mark.parametrize("missing", ["pairwise", "em"])
def test_without_missing_answers_all_ways_agree(frame, missing):
    complete = frame.dropna()
    how = {"items": ITEMS, "sampling_weights": "weight"}
    found, usual = (
        compute_moments(complete, missing=missing, **how),
        compute_moments(complete, **how),
    )
    np.testing.assert_allclose(found.mean, usual.mean, rtol=1e-12)
    np.testing.assert_allclose(found.cov, usual.cov, rtol=1e-12)


def test_maximum_likelihood_recovers_what_mean_replacement_shrinks():
    generator = np.random.default_rng(22)
    values = generator.multivariate_normal([5.0, 5.0], [[1.0, 0.6], [0.6, 1.0]], size=20_000)
    values[values[:, 0] > 5, 1] = np.nan
    table = pd.DataFrame(values, columns=["x", "y"])
    found = compute_moments(table, missing="em")
    # Four standard errors of a correlation and a mean from half of 20,000 answers.
    assert found.cov[0, 1].item() == pytest.approx(0.6, abs=0.06)
    assert found.mean[1].item() == pytest.approx(5.0, abs=0.06)
    assert compute_moments(table).mean[1].item() < 4.7


@pytest.mark.parametrize("missing", ["pairwise", "em"])
def test_a_model_is_fitted_to_them(frame, missing):
    moments = compute_moments(frame, items=ITEMS, missing=missing)
    direct, stepwise = fit(frame, MODEL, missing=missing), fit(moments, MODEL)
    np.testing.assert_array_equal(direct.paths, stepwise.paths)
    assert direct.paths.sel(source="Q", target="S").item() > 0.3


@pytest.mark.parametrize("way", [{"missing": "em"}, {"missing": "pairwise"}, {"ordinal": True}])
def test_what_does_not_add_up_over_rows_is_not_merged(frame, way):
    told = "are no sums over rows, so the draws of cells do not merge"
    with pytest.raises(DataError, match=told):
        merged_draws(
            frame[:80].round(), merge=["city"], by=["city"], items=ITEMS, n_boot=3, seed=1, **way
        )
    with pytest.raises(DataError, match="so their draws have no jackknife of their own"):
        draw_standard_errors(
            frame[:80].round(), lambda moments: moments.mean, items=ITEMS, n_boot=3, seed=1, **way
        )


def test_an_unknown_way_is_told(frame):
    with pytest.raises(DataError, match="write one of mean, listwise, pairwise, em"):
        compute_moments(frame, items=ITEMS, missing="guess")


def contradictory() -> pd.DataFrame:
    x = np.tile([1.0, 2.0, 3.0], 4)
    gap = np.full(12, np.nan)
    return pd.DataFrame(
        {
            "a": np.concatenate([x, x, gap]),
            "b": np.concatenate([x, gap, x]),
            "c": np.concatenate([gap, x, 4 - x]),
        }
    )


def test_contradictory_pairs_are_refused_in_one_sample_and_missing_in_groups():
    table = contradictory()
    with pytest.raises(InadmissibleError, match=r"contradict .* eigenvalue .* -1.09\)"):
        compute_moments(table, missing="pairwise")
    good = pd.DataFrame(np.random.default_rng(2).normal(size=(20, 3)), columns=list("abc"))
    both = pd.concat([table.assign(city="bad"), good.assign(city="good")])
    moments = compute_moments(both, by=["city"], items=list("abc"), missing="pairwise")
    assert np.isnan(moments.cov.sel(city="bad")).all()
    assert np.isfinite(moments.cov.sel(city="good")).all()
    fitted = fit(moments, PathModel.parse("Q =~ a + b\nS =~ c\nS ~ Q"))
    assert fitted.converged.to_series().to_dict() == {"bad": False, "good": True}


def test_a_pair_that_nobody_answered_is_told():
    table = pd.DataFrame({"a": [1.0, 2, np.nan, np.nan], "b": [np.nan, np.nan, 1.0, 2]})
    with pytest.raises(InadmissibleError, match="fewer than two respondents answered both 'a'"):
        compute_moments(table, missing="pairwise")
    with pytest.raises(InadmissibleError, match="same answer everywhere"):
        compute_moments(pd.DataFrame({"a": [1.0, 1, 1], "b": [1.0, 2, 3]}), missing="pairwise")


CODEBOOK = Codebook.model_validate(
    {
        "scale": [0, 10],
        "items": {
            name: {"text": {"zh": name, "en": name}} | extra
            for name, extra in {"a": {}, "b": {}, "T": {}, "H": {"filter": "T == 1"}}.items()
        },
    }
)
ROWS = ["1,2,0,", "3,5,1,4", "4,4,1,6", "2,3,0,", "5,4,1,5"]


@pytest.mark.parametrize("missing", ["mean", "pairwise", "em"])
def test_what_was_not_asked_is_never_filled_in(missing):
    responses = parse_survey("\n".join(["a,b,T,H", *ROWS]).encode(), CODEBOOK, source="x.csv")
    with pytest.raises(DataError, match=r"item 'H' was asked only where T == 1, not of 2 of 5"):
        compute_moments(responses, items=["a", "H"], missing=missing)
    assert compute_moments(responses).items == ("a", "b", "T")
    asked = compute_moments(responses, items=["a", "H"], missing="listwise")
    assert (asked.n_obs.item(), asked.mean.sel(item="H").item()) == (3, 5.0)


@pytest.mark.parametrize(
    "way",
    [{"missing": "mean"}, {"missing": "pairwise"}, {"missing": "em"}, {"ordinal": True}],
    ids=str,
)
def test_a_model_that_needs_what_was_not_asked_is_refused_everywhere(way):
    """Of a filtered question there is nothing to fill in: fit, bootstrap and jackknife say so."""
    responses = parse_survey("\n".join(["a,b,T,H", *ROWS]).encode(), CODEBOOK, source="x.csv")
    model = PathModel.parse("Q =~ a + b\nN =~ H\nN ~ Q")
    for run in (fit, partial(bootstrap, n_boot=5, seed=1), jackknife):
        with pytest.raises(DataError, match=r"'H' was asked only where T == 1, not of 2 of 5"):
            run(responses, model, **way)


def test_a_filtered_item_is_fitted_where_everybody_was_asked():
    rows = [row for row in ROWS if row.split(",")[2] == "1"]
    responses = parse_survey("\n".join(["a,b,T,H", *rows]).encode(), CODEBOOK, source="x.csv")
    assert compute_moments(responses, items=["a", "H"]).n_obs.item() == 3


def test_a_group_too_small_for_maximum_likelihood_is_missing(frame):
    small = frame.assign(city=["tiny"] * 3 + ["large"] * 117)
    moments = compute_moments(small, by=["city"], items=ITEMS, missing="em")
    assert np.isnan(moments.cov.sel(city="tiny")).all()
    assert np.isfinite(moments.cov.sel(city="large")).all()
    with pytest.raises(InadmissibleError, match="collinear"):
        compute_moments(frame[:3], items=ITEMS, missing="em")
