"""Statistics chunk by chunk, large batches in pieces, and too many failures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from csat_models import (
    PathModel,
    bootstrap,
    bootstrap_moments,
    draw_ledger,
    fit,
    htmt,
    jackknife,
    permute_groups,
    reliability,
    total_effects,
)
from csat_models.errors import ConvergenceError, DataError, InadmissibleError
from csat_models.estimation import fit_moments
from csat_models.estimation.chunks import chunk_length, in_chunks

CHUNK = "csat_models.estimation.chunks.CHUNK_BYTES"
STATISTICS = ("paths", "converged", htmt, reliability)


@pytest.fixture(scope="module")
def cities(mobi) -> pd.DataFrame:
    return mobi.assign(city=["a"] * 90 + ["b"] * 160)


def test_a_chunk_is_a_multiple_of_a_block_of_draws(monkeypatch):
    assert chunk_length(24) % 64 == 0
    monkeypatch.setattr(CHUNK, 1)
    assert chunk_length(24) == 64


@pytest.mark.parametrize("how", [{}, {"by": ["city"]}, {"parts": 60, "by": ["city"]}])
def test_chunks_change_no_digit(how, cities, ecsi, monkeypatch):
    point = fit(cities, ecsi)
    settings = {"n_boot": 150, "seed": 3, "point": point, **how}
    whole = bootstrap(cities, ecsi, **settings)
    kept = bootstrap(cities, ecsi, statistics=STATISTICS, **settings)
    monkeypatch.setattr(CHUNK, 1)
    pieces = bootstrap(cities, ecsi, statistics=STATISTICS, **settings)
    joined = bootstrap(cities, ecsi, **settings)
    for found in (kept, pieces):
        assert list(found) == ["paths", "converged", "htmt", "reliability"]
        xr.testing.assert_identical(found["converged"], whole.converged)
        np.testing.assert_array_equal(found["paths"].transpose(*whole.paths.dims), whole.paths)
        expected = htmt(whole)
        np.testing.assert_array_equal(found["htmt"].transpose(*expected.dims), expected)
        for name, array in reliability(whole).items():
            one = found["reliability"][name]
            np.testing.assert_array_equal(one.transpose(*array.dims), array)
        assert found["paths"].sizes == whole.paths.sizes
    for name in ("weights", "paths", "iterations", "violation"):
        xr.testing.assert_identical(getattr(joined, name), getattr(whole, name))


def test_the_ledger_counts_all_chunks(cities, ecsi, monkeypatch):
    rare = cities.copy()
    rare["CUSCO"] = [1.0] + [2.0] * 249
    rare.loc[200, "CUSCO"] = 3.0
    point = fit(rare, ecsi)
    settings = {"n_boot": 130, "seed": 1, "by": ["city"], "point": point}
    expected = draw_ledger(bootstrap(rare, ecsi, **settings), point)
    monkeypatch.setattr(CHUNK, 1)
    found = bootstrap(rare, ecsi, statistics=["paths"], **settings).ledger
    for name in ("drawn", "no_data", "no_variance", "converged", "flipped", "unstable"):
        one, other = getattr(found, name), getattr(expected, name)
        np.testing.assert_array_equal(one.transpose(*other.dims), other)
    assert (found.no_variance.sel(item="CUSCO") > 0).all()


def test_a_batch_is_cut_along_its_longest_dimension(cities, ecsi, monkeypatch):
    moments = bootstrap_moments(cities, n_boot=140, seed=1, by=["city"], items=ecsi.items)
    point = fit(cities, ecsi)
    whole = fit_moments(moments, ecsi, point.settings, orientation=point)
    monkeypatch.setattr(CHUNK, 1)
    lengths = []

    def fit_piece(some):
        lengths.append(dict(some.cov.sizes)["draw"])
        return fit_moments(some, ecsi, point.settings, orientation=point)

    pieces = in_chunks(moments, fit_piece)
    assert lengths == [64, 64, 12]
    assert pieces.moments is moments
    for name in ("weights", "paths", "r_squared", "flipped"):
        xr.testing.assert_identical(getattr(pieces, name), getattr(whole, name))


def test_a_statistic_must_keep_its_draws(mobi, ecsi):
    def forgetful(estimates):
        return estimates.paths.mean("draw")

    how = {"n_boot": 5, "seed": 1}
    with pytest.raises(DataError, match="'forgetful' has no dimension 'draw'"):
        bootstrap(mobi, ecsi, statistics=[forgetful], **how)
    with pytest.raises(DataError, match="two statistics are called 'htmt'"):
        bootstrap(mobi, ecsi, statistics=[htmt, htmt], **how)
    with pytest.raises(DataError, match="estimates have no array 'slopes'"):
        bootstrap(mobi, ecsi, statistics=["slopes"], **how)
    with pytest.raises(KeyError, match="there are paths"):
        bootstrap(mobi, ecsi, statistics=["paths"], **how)["weights"]


@pytest.mark.parametrize("statistics", [None, ["paths"]])
def test_too_many_failed_draws_are_one_sentence(statistics, mobi, ecsi):
    rare = mobi.copy()
    rare["CUSCO"] = [1.0] + [2.0] * 249
    how = {"n_boot": 200, "seed": 1, "statistics": statistics}
    # The odd respondent is left out of a draw with probability .367.
    bootstrap(rare, ecsi, **how)
    with pytest.raises(InadmissibleError, match="because item 'CUSCO' had the same answer") as one:
        bootstrap(rare, ecsi, max_failed_share=0.2, **how)
    assert 50 < one.value.facts["failed"] < 100
    with pytest.raises(DataError, match="max_failed_share=2 is no share"):
        bootstrap(rare, ecsi, max_failed_share=2, **how)


def test_draws_that_do_not_converge_are_told(mobi, ecsi):
    how = {"n_boot": 100, "seed": 1, "scheme": "centroid", "tolerance": 1e-9}
    needed = int(fit(mobi, ecsi, scheme="centroid").iterations)
    with pytest.raises(ConvergenceError, match=f"did not converge in {needed} iterations"):
        bootstrap(mobi, ecsi, max_iterations=needed, max_failed_share=0.1, **how)


def test_inadmissible_draws_count_unless_they_are_kept(mobi, ecsi):
    how = {"n_boot": 100, "seed": 1, "method": "plsc", "on_inadmissible": "keep"}
    kept = bootstrap(mobi, ecsi, max_failed_share=0.0, **how)
    share = 1.0 - kept.admissible.mean().item()
    assert 0.02 < share < 0.98
    point = fit(mobi, ecsi, method="plsc", on_inadmissible="keep")
    strict = fit_moments(point.moments, ecsi, point.settings)
    assert strict.settings.on_inadmissible == "keep"
    raising = replace(point, settings=replace(point.settings, on_inadmissible="raise"))
    with pytest.raises(InadmissibleError, match="because the estimates are inadmissible"):
        bootstrap(mobi, ecsi, n_boot=100, seed=1, point=raising, max_failed_share=share / 2)


def test_products_are_added_for_the_caller():
    """A model with an interaction needs no preparation of the data."""
    a, b, noise = np.random.default_rng(1).normal(size=(3, 80))
    frame = pd.DataFrame({"a": a, "b": b, "y": a + b + 0.5 * a * b + 0.3 * noise})
    frame["group"] = ["one", "two"] * 40
    model = PathModel.parse("A =~ a; B =~ b; Y =~ y; Y ~ A + B + A:B")
    draws = bootstrap(frame, model, n_boot=20, seed=1)
    assert (draws.paths.sel(source="A:B", target="Y") > 0).all()
    kept = bootstrap(frame, model, n_boot=20, seed=1, statistics=[total_effects])
    np.testing.assert_array_equal(kept["total_effects"], total_effects(draws))
    assert jackknife(frame, model).paths.sizes["part"] == 80
    shuffled = permute_groups(frame, group="group", n_permutations=3, seed=1, model=model)
    assert "a:b" in shuffled.items
