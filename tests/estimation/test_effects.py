"""Effects along routes: sums, other programs, batches."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from csat_models import (
    Moments,
    PathModel,
    bootstrap,
    catalogue,
    fit,
    indirect_effects,
    specific_indirect_effects,
    total_effects,
    variance_accounted_for,
)
from csat_models.estimation.effects import indirect_routes


def model_of(edges) -> PathModel:
    names = sorted({name for edge in edges for name in edge})
    text = [f"{name} =~ item_{name}" for name in names]
    return PathModel.parse("\n".join([*text, *(f"{t} ~ {s}" for s, t in edges)]))


def estimates_of(model: PathModel, paths: np.ndarray):
    """Estimates with given paths (..., J, J); all else is of no account."""
    size = len(model.items)
    moments = Moments.from_table(
        items=model.items, mean=np.ones(size), cov=np.eye(size) * 0.5 + 0.5, n_obs=99
    )
    names = list(model.construct_names)
    dims = [f"batch_{k}" for k in range(paths.ndim - 2)]
    labelled = xr.DataArray(
        paths, dims=[*dims, "source", "target"], coords={"source": names, "target": names}
    )
    return replace(fit(moments, model), paths=labelled)


@st.composite
def path_diagrams(draw):
    size = draw(st.integers(2, 6))
    pairs = [(i, j) for i in range(size) for j in range(i + 1, size)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, min_size=1))
    model = model_of([("ABCDEF"[i], "ABCDEF"[j]) for i, j in chosen])
    seed = draw(st.integers(0, 1000))
    shape = (2, 3, *model.adjacency.shape)
    return model, model.adjacency * np.random.default_rng(seed).uniform(-1, 1, shape)


@settings(max_examples=60, deadline=None)
@given(path_diagrams())
def test_routes_add_up_to_the_indirect_effect(diagram):
    model, paths = diagram
    estimates = estimates_of(model, paths)
    routes = specific_indirect_effects(estimates)
    assert routes.dims == ("batch_0", "batch_1", "route")
    expected = indirect_effects(estimates)
    summed = np.zeros(paths.shape)
    for k in range(routes.sizes["route"]):
        source = model.construct_names.index(routes["source"].values[k])
        target = model.construct_names.index(routes["target"].values[k])
        summed[..., source, target] += routes.values[..., k]
    # Sums of at most 16 products of numbers below 1, in another order.
    np.testing.assert_allclose(summed, expected, atol=1e-13)
    inverse = np.linalg.inv(np.eye(paths.shape[-1]) - paths) - np.eye(paths.shape[-1])
    np.testing.assert_allclose(total_effects(estimates), inverse, atol=1e-12)


def test_routes_are_labelled_and_ordered(mobi, ecsi):
    routes = specific_indirect_effects(fit(mobi, ecsi))
    labels = routes["route"].values.tolist()
    assert labels[:2] == ["Image -> Expectation -> Quality", "Image -> Expectation -> Value"]
    assert len(set(labels)) == len(labels) == 49
    names = ecsi.construct_names
    ways = [label.split(" -> ") for label in labels]
    order = [(names.index(way[0]), names.index(way[-1]), len(way)) for way in ways]
    assert order == sorted(order)
    for label, source, target in zip(
        labels, routes["source"].values, routes["target"].values, strict=True
    ):
        way = label.split(" -> ")
        assert (way[0], way[-1]) == (source, target)
        assert set(pairwise(way)) <= set(ecsi.paths)


def test_seminr_specific_indirect_effects(mobi, ecsi, oracle):
    routes = specific_indirect_effects(fit(mobi, ecsi))
    for label, value in oracle("seminr_extensions")["specific_indirect_modeA_path"].items():
        found = routes.sel(route=label.replace("->", " -> ")).item()
        # Products of paths that are iterated to 1e-9 in the weights.
        assert found == pytest.approx(value, abs=1e-8)


@pytest.mark.parametrize("case", ["ecsi_modeA_path", "ecsi_plsc_path", "ecsi_plsc_centroid"])
def test_csem_effects_and_shares(mobi, ecsi, oracle, case):
    reference = oracle("csem_ecsi")["cases"][case]
    _, kind, scheme = case.split("_")
    method = "plsc" if kind == "plsc" else "pls"
    estimates = fit(mobi, ecsi, method=method, scheme=scheme, on_inadmissible="keep")
    shares = variance_accounted_for(estimates)
    for table, found in (
        ("total_effects_assess", total_effects(estimates)),
        ("total_indirect", indirect_effects(estimates)),
        ("VAF", shares),
    ):
        for label, value in reference[table].items():
            source, target = label.split("->")
            cell = found.sel(source=source, target=target).item()
            assert cell == pytest.approx(value, abs=1e-8)
    without = set(reference["total_effects"]) - set(reference["VAF"])
    for label in without:
        source, target = label.split("->")
        assert abs(shares.sel(source=source, target=target).item()) < 1e-12, "direct only"
    assert np.isfinite(shares).sum().item() == len(reference["total_effects"])


def test_shares_that_are_none():
    model = model_of([("A", "B"), ("B", "C"), ("A", "C")])
    paths = np.zeros((3, 3, 3))
    paths[:, 0, 1], paths[:, 1, 2] = 0.5, 0.4
    paths[:, 0, 2] = [0.2, -0.1, -0.2]  # same sign; suppression; nothing left over
    shares = variance_accounted_for(estimates_of(model, paths))
    found = shares.sel(source="A", target="C").to_numpy()
    np.testing.assert_allclose(found[:2], [0.5, 2.0], atol=1e-12)
    assert np.isnan(found[2])
    assert shares.sel(source="A", target="B").values.tolist() == [0.0, 0.0, 0.0]
    assert np.isnan(shares.sel(source="C", target="A")).all()


def test_a_model_without_indirect_routes_has_none():
    estimates = estimates_of(model_of([("A", "B")]), np.array([[0, 0.5], [0, 0]]))
    assert specific_indirect_effects(estimates).shape == (0,)


def test_routes_of_the_published_models():
    assert len(indirect_routes(catalogue.ecsi_mobile())) == 49
    for name in catalogue.CATALOGUE:
        model = catalogue.get(name)
        powers, power = 0, model.adjacency
        for _ in model.construct_names:
            power = power @ model.adjacency
            powers += power.sum()
        assert len(indirect_routes(model)) == powers, "as many as walks of length 2 and more"


def test_draws_equal_a_loop(mobi, ecsi):
    draws = bootstrap(mobi, ecsi, n_boot=4, seed=1)
    routes, shares = specific_indirect_effects(draws), variance_accounted_for(draws)
    assert routes.dims == ("draw", "route")
    for draw in range(4):
        alone = replace(draws, paths=draws.paths.sel(draw=draw))
        np.testing.assert_array_equal(routes.sel(draw=draw), specific_indirect_effects(alone))
        np.testing.assert_allclose(shares.sel(draw=draw), variance_accounted_for(alone), atol=1e-13)
