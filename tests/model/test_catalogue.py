"""The published models: each parses, is what its docstring says, and recovers a population."""

from __future__ import annotations

import re

import numpy as np
import pytest

from csat_models import Moments, PathModel, catalogue, fit
from csat_models.errors import ModelError

NAMES = sorted(catalogue.CATALOGUE)
# Weights are iterated to 1e-13; paths are ratios of a few of them.
EXACT = 1e-10


def population(model: PathModel) -> tuple[Moments, np.ndarray, np.ndarray]:
    """Moments of factors with given paths, and these paths and loadings.

    Single items have loading 1, all others .6 to .9; paths are .5 over the
    number of predecessors, so that every share explained is below 1.
    """
    names = list(model.construct_names)
    paths = np.zeros((len(names), len(names)))
    for target in names:
        sources = [names.index(source) for source in model.predecessors(target)]
        paths[sources, names.index(target)] = 0.5 / max(1, len(sources))
    corr = np.eye(len(names))
    done: list[int] = []
    while len(done) < len(names):
        j = next(
            k for k in range(len(names))
            if k not in done and set(np.flatnonzero(paths[:, k])) <= set(done)
        )  # fmt: skip
        corr[j, done] = corr[done, j] = corr[np.ix_(done, range(len(names)))] @ paths[:, j]
        done.append(j)
    sizes = model.membership.sum(axis=0)
    loadings = np.linspace(0.6, 0.9, len(model.items))
    loadings[(model.membership @ sizes) == 1] = 1.0
    spread = loadings[:, None] * model.membership
    cov = spread @ corr @ spread.T
    np.fill_diagonal(cov, 1.0)
    moments = Moments.from_table(
        items=model.items, mean=np.full(len(cov), 7.0), cov=cov, n_obs=1000
    )
    return moments, paths, loadings


@pytest.mark.parametrize("name", NAMES)
def test_a_population_of_factors_is_recovered(name):
    model = catalogue.get(name)
    moments, paths, loadings = population(model)
    found = fit(moments, model, method="plsc", tolerance=1e-13)
    np.testing.assert_allclose(found.paths, paths, atol=EXACT)
    np.testing.assert_allclose(found.loadings, loadings, atol=EXACT)


@pytest.mark.parametrize("name", NAMES)
def test_another_path_is_found(name):
    """The population's answer changes with its truth, there and nowhere else."""
    model = catalogue.get(name)
    moments, paths, _ = population(model)
    source, target = model.paths[0]
    fewer = PathModel(constructs=model.constructs, paths=model.paths[1:])
    j = model.construct_names.index(target)
    i = model.construct_names.index(source)
    assert paths[i, j] > 0
    found = fit(moments, fewer, method="plsc", tolerance=1e-13, on_inadmissible="keep")
    assert found.paths.sel(source=source, target=target) == 0


@pytest.mark.parametrize("name", NAMES)
def test_the_docstring_counts_what_the_model_has(name):
    model = catalogue.get(name)
    text = catalogue.CATALOGUE[name].__doc__ or ""
    found = {unit: int(number) for number, unit in re.findall(r"(\d+) (\w+)", text.split("\n")[0])}
    counts = {
        "constructs": len(model.construct_names),
        "items": len(model.items),
        "paths": len(model.paths),
    }
    assert found["constructs"] == counts["constructs"]
    assert all(counts[unit] == number for unit, number in found.items() if unit in counts)
    assert "References\n" in text


def test_relations_that_the_sources_name():
    assert catalogue.scsb().predecessors("Loyalty") == ("Satisfaction", "Complaints")
    assert "Expectation" not in catalogue.epsi().predecessors("Satisfaction")
    assert "Value" not in catalogue.ncsb().construct_names
    image = [target for source, target in catalogue.ccsi().paths if source == "Image"]
    assert image == ["Expectation", "Quality", "Satisfaction", "Loyalty"]
    assert catalogue.ecsi().predecessors("Loyalty") == ("Image", "Satisfaction")
    assert [t for s, t in catalogue.jcsi().paths if s == "Satisfaction"] == [
        "Recommendation",
        "Loyalty",
    ]


def test_an_unknown_model_is_one_sentence():
    with pytest.raises(ModelError, match="no model 'icsi'; it has acsi, ccsi, ecsi") as caught:
        catalogue.get("icsi")
    assert "\n" not in str(caught.value)


def test_the_module_lists_every_model():
    listed = {name for name in catalogue.__all__ if name not in {"CATALOGUE", "get"}}
    assert listed == set(NAMES)
