"""Each way in which a sample can fail has a sentence of its own; in a batch it is missing."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import csat_models as csat
from csat_models import CsatError, Moments, PathModel, fit
from csat_models.errors import ConvergenceError, DataError, InadmissibleError

MODEL = PathModel.parse("X =~ x1 + x2; Z =~ z1 + z2; Y =~ y1 + y2; Y ~ X + Z")
MODE_B = PathModel.parse(MODEL.to_text(), modes={"X": "B"})
ITEMS = list(MODEL.items)


def answers(n_rows: int = 80, seed: int = 1) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    common = generator.normal(size=(n_rows, 1))
    return pd.DataFrame(common + generator.normal(size=(n_rows, 6)), columns=ITEMS)


def uncorrelated() -> Moments:
    """Items of Z that correlate with each other and with nothing else."""
    cov = np.full((6, 6), 0.4)
    cov[2:4, :] = cov[:, 2:4] = 0.0
    cov[2, 3] = cov[3, 2] = 0.5
    np.fill_diagonal(cov, 1.0)
    return Moments.from_table(items=ITEMS, mean=np.full(6, 5.0), cov=cov, n_obs=99)


def with_cov(change) -> Moments:
    cov = answers().cov().to_numpy().copy()
    change(cov)
    return Moments.from_table(items=ITEMS, mean=np.zeros(6), cov=cov, n_obs=80)


def no_pair(cov: np.ndarray) -> None:
    cov[0, 4] = cov[4, 0] = np.nan


def beyond(cov: np.ndarray) -> None:
    cov[0, 1] = cov[1, 0] = 5.0


CASES = {
    "constant item": (
        lambda: (answers().assign(z2=3.0), MODEL, {}),
        InadmissibleError,
        "item 'z2' has no variance",
        {"item": "z2"},
    ),
    "nobody answered": (
        lambda: (with_cov(lambda cov: cov.__setitem__((2, slice(None)), np.nan)), MODEL, {}),
        DataError,
        "item 'z1' was answered by nobody",
        {"item": "z1"},
    ),
    "no pair": (
        lambda: (with_cov(no_pair), MODEL, {}),
        DataError,
        "nobody answered both 'x1' and 'y1'",
        {"item": "x1"},
    ),
    "one respondent": (
        lambda: (
            Moments.from_table(items=ITEMS, mean=np.zeros(6), cov=np.full((6, 6), np.nan), n_obs=1),
            MODEL,
            {},
        ),
        DataError,
        "the sample has 1 respondents with usable answers",
        {"n_obs": 1},
    ),
    "no sample's correlations": (
        lambda: (with_cov(beyond), MODE_B, {}),
        InadmissibleError,
        "are those of no sample (smallest eigenvalue -",
        {},
    ),
    "collinear Mode B": (
        lambda: (answers().assign(x2=lambda frame: 3 - 2 * frame["x1"]), MODE_B, {}),
        InadmissibleError,
        "construct 'X' is in Mode B and its items 'x1' and 'x2' are perfectly collinear",
        {"construct": "X", "item": "x1"},
    ),
    "fewer respondents than items": (
        lambda: (answers(2), MODE_B, {}),
        InadmissibleError,
        "construct 'X' is in Mode B and has 2 items, but the sample has 2 respondents",
        {"construct": "X"},
    ),
    "uncorrelated construct": (
        lambda: (uncorrelated(), MODEL, {}),
        InadmissibleError,
        "the items of construct 'Z' are uncorrelated with those of 'Y', its only neighbours",
        {"construct": "Z"},
    ),
    "collinear constructs": (
        lambda: (
            answers().assign(z1=lambda frame: 2 * frame["x1"], z2=lambda frame: 2 * frame["x2"]),
            MODEL,
            {},
        ),
        InadmissibleError,
        "the constructs 'X' and 'Z' are perfectly collinear, so that their paths to 'Y'",
        {"construct": "X"},
    ),
    "collinear constructs, centroid": (
        lambda: (
            answers().assign(z1=lambda frame: 2 * frame["x1"], z2=lambda frame: 2 * frame["x2"]),
            MODEL,
            {"scheme": "centroid"},
        ),
        InadmissibleError,
        "the constructs 'X' and 'Z' are perfectly collinear",
        {"construct": "X"},
    ),
    "still moving": (
        lambda: (answers(), MODEL, {"max_iterations": 1}),
        ConvergenceError,
        "PLS did not converge in 1 iterations to 1e-09; raise max_iterations",
        {"iterations": 1},
    ),
    "no iteration": (
        lambda: (answers(), MODEL, {"max_iterations": 0}),
        DataError,
        "max_iterations is 0; write a number above 0",
        {"max_iterations": 0},
    ),
    "no tolerance": (
        lambda: (answers(), MODEL, {"tolerance": -1.0}),
        DataError,
        "tolerance is -1; write a number above 0",
        {"tolerance": -1.0},
    ),
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_a_single_sample_says_why(case):
    make, error, sentence, facts = CASES[case]
    data, model, how = make()
    with pytest.raises(error, match=re.escape(sentence)) as caught:
        fit(data, model, **how)
    assert "\n" not in str(caught.value)
    assert facts.items() <= caught.value.facts.items()


@pytest.mark.parametrize(
    "case",
    [
        "constant item",
        "no pair",
        "collinear Mode B",
        "uncorrelated construct",
        "collinear constructs",
        "collinear constructs, centroid",
    ],
)
def test_in_a_batch_it_is_missing_and_its_neighbour_is_not(case):
    make, *_ = CASES[case]
    data, model, how = make()
    if isinstance(data, pd.DataFrame):
        data = Moments.from_table(items=ITEMS, mean=data.mean(), cov=data.cov(), n_obs=80)
    good = answers()
    cov = xr.DataArray(
        np.stack([data.cov.to_numpy(), good.cov().to_numpy()]),
        dims=["cell", "item", "item_2"],
        coords={"item": ITEMS, "item_2": ITEMS},
    )
    mean = xr.DataArray(np.zeros((2, 6)), dims=["cell", "item"], coords={"item": ITEMS})
    found = fit(Moments.from_table(mean=mean, cov=cov, n_obs=80), model, **how)
    assert found.converged.values.tolist() == [False, True]
    for name in ("weights", "loadings", "paths", "construct_corr", "r_squared"):
        assert getattr(found, name).isel(cell=0).isnull().all()
    alone = fit(good, model, **how)
    np.testing.assert_allclose(found.paths.isel(cell=1), alone.paths, atol=1e-12)


def test_an_uncorrelated_single_item_has_a_path_of_zero():
    """Its weight is 1 whatever it correlates with; there is nothing to fail."""
    model = PathModel.parse("X =~ x1 + x2; Z =~ z1; Y =~ y1 + y2; Y ~ X; Z ~ Y")
    cov = np.full((5, 5), 0.4)
    cov[2, :] = cov[:, 2] = 0.0
    np.fill_diagonal(cov, 1.0)
    moments = Moments.from_table(items=model.items, mean=np.full(5, 5.0), cov=cov, n_obs=99)
    for scheme in ("path", "factorial", "centroid"):
        found = fit(moments, model, scheme=scheme)
        assert found.paths.sel(source="Y", target="Z") == 0
        assert found.weights.sel(item="z1") == 1
        assert found.paths.sel(source="X", target="Y") > 0.3


def test_an_isolated_construct_is_a_principal_component():
    """A construct without paths has no neighbours; it fails nothing."""
    model = PathModel.parse("X =~ x1 + x2; Z =~ z1 + z2; Y =~ y1 + y2; Y ~ X")
    frame = answers()
    found = fit(frame, model)
    corr = frame[["z1", "z2"]].corr().to_numpy()
    vector = np.linalg.eigh(corr)[1][:, -1]
    weights = vector / np.sqrt(vector @ corr @ vector) * np.sign(vector.sum())
    np.testing.assert_allclose(found.weights.sel(item=["z1", "z2"]), weights, atol=1e-8)


def test_all_errors_have_one_root():
    assert all(issubclass(error, CsatError) for _, error, _, _ in CASES.values())


@pytest.mark.parametrize(
    "call",
    [
        lambda rows, model: csat.scores(model, rows),
        csat.plspredict,
        lambda rows, model: csat.rebus(rows, model, n_segments=2, seed=1),
        lambda rows, model: csat.assessment_table(rows),
        lambda rows, model: csat.satisfaction_index(model),
    ],
)
def test_data_in_the_place_of_estimates_are_told(call):
    model = csat.PathModel.parse("A =~ a + b\nC =~ c + d\nC ~ A")
    rows = pd.DataFrame(np.random.default_rng(1).normal(size=(40, 4)), columns=list("abcd"))
    with pytest.raises(csat.CsatError, match="where estimates belong; write"):
        call(rows, model)
