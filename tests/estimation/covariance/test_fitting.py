"""What is asked of a covariance-based fit, and what cannot be fitted: one sentence each."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from csat_models import Moments, PathModel, bootstrap, compute_moments, fit, satisfaction_index
from csat_models.errors import ConvergenceError, CsatError, DataError, InadmissibleError, ModelError
from csat_models.estimation.covariance import (
    covariance_estimates,
    covariance_fit_measures,
    fit_covariance,
    modification_indices,
    parameter_table,
    release_indices,
    robust_fit,
)
from csat_models.estimation.covariance.parameters import ParameterTable
from csat_models.estimation.covariance.semopy_adapter import semopy_incomplete, semopy_parameters

TWO = PathModel.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nB ~ A")


def draw(n_obs=400, *, seed=1, path=0.5, cross=0.0, shared=0.0, tail=None):
    rng = np.random.default_rng(seed)
    normal = rng.normal if tail is None else lambda size: rng.standard_t(tail, size)
    one = normal(size=(n_obs, 1))
    other = path * one + np.sqrt(max(1 - path**2, 0.0)) * normal(size=(n_obs, 1))
    values = np.hstack([0.8 * one.repeat(3, 1), 0.8 * other.repeat(3, 1)])
    values = values + 0.6 * normal(size=values.shape)
    values[:, 5] += cross * one[:, 0]
    values[:, [1, 2]] += shared * normal(size=(n_obs, 1))
    return pd.DataFrame(5 + values, columns=list(TWO.items))


def test_rows_equal_moments(mobi):
    model = PathModel.parse("Quality =~ PERQ1 + PERQ2 + PERQ3\nSat =~ CUSA1 + CUSA2\nSat ~ Quality")
    of_rows = fit_covariance(mobi, model)
    of_moments = fit_covariance(compute_moments(mobi), model)
    np.testing.assert_allclose(of_rows.theta, of_moments.theta, atol=1e-8)
    assert covariance_fit_measures(of_rows).srmr == pytest.approx(
        covariance_fit_measures(of_moments).srmr, abs=1e-9
    )
    estimates = fit(mobi, model, method="cbsem")
    same = covariance_estimates(of_rows)
    np.testing.assert_allclose(estimates.loadings, same.loadings, atol=1e-8)
    np.testing.assert_allclose(estimates.weights, same.weights, atol=1e-8)


def test_semopy_agrees_on_complete_answers(cases):
    for name in ("PD", "HS", "EC4"):
        case = cases[name]
        table = ParameterTable.of(case.model, residual_covariances=case.pairs)
        cov = case.complete[list(case.model.items)].cov(ddof=0).to_numpy()
        theirs = semopy_parameters(table, cov, len(case.complete))
        found = fit_covariance(case.complete, case.model, residual_covariances=case.pairs)
        # semopy ends where its discrepancy changes by less than 1e-12.
        np.testing.assert_allclose(theirs, found.theta, rtol=2e-3, atol=2e-3)


def test_semopy_agrees_on_missing_answers(cases):
    case = cases["HS"]
    found = fit_covariance(case.missing, case.model, missing="fiml")
    theirs = semopy_incomplete(found.table, found.rows[0])
    np.testing.assert_allclose(theirs, found.theta, rtol=2e-3, atol=2e-3)


def test_nothing_of_semopy_leaks(capfd, caplog, mobi):
    fit(mobi, PathModel.parse("Sat =~ CUSA1 + CUSA2 + CUSA3"), method="cbsem")
    out, err = capfd.readouterr()
    assert (out, err, caplog.records) == ("", "", [])


def test_digits_do_not_depend_on_the_hash_seed():
    corr = np.full((5, 5), 0.3) + 0.7 * np.eye(5)
    corr[:3, :3] += 0.2 - 0.2 * np.eye(3)
    corr[3, 4] = corr[4, 3] = 0.6
    model = PathModel.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2\nB ~ A")
    moments = Moments.from_table(items=model.items, mean=[7] * 5, cov=corr, n_obs=99)
    here = fit(moments, model, method="cbsem").loadings.to_numpy().round(9).tolist()
    script = (
        "import numpy as np\n"
        "from csat_models import Moments, PathModel, fit\n"
        f"model = PathModel.parse({model.to_text()!r})\n"
        f"corr = np.array({corr.tolist()})\n"
        "moments = Moments.from_table(items=model.items, mean=[7] * 5, cov=corr, n_obs=99)\n"
        "print(fit(moments, model, method='cbsem').loadings.to_numpy().round(9).tolist())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONHASHSEED": "2", "OMP_NUM_THREADS": "2"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(here)


def test_a_population_is_recovered():
    loadings = np.array([0.9, 0.8, 0.7, 0.6, 0.75, 0.85])
    factors = np.array([[1.0, 0.5], [0.5, 1.0]])
    whole = loadings[:, None] * np.kron(factors, np.ones((3, 3))) * loadings
    corr = whole + np.diag(1 - loadings**2)
    moments = Moments.from_table(items=TWO.items, mean=[5] * 6, cov=corr, n_obs=100)
    found = fit(moments, TWO, method="cbsem")
    np.testing.assert_allclose(found.loadings, loadings, atol=1e-7)
    assert found.paths.sel(source="A", target="B").item() == pytest.approx(0.5, abs=1e-7)
    assert found.r_squared.sel(construct="B").item() == pytest.approx(0.25, abs=1e-7)
    own = loadings[:3] / (1 - loadings[:3] ** 2)
    own = own / np.sqrt(own @ corr[:3, :3] @ own)
    np.testing.assert_allclose(found.weights[:3], own, atol=1e-7)


def test_weights_make_scores_of_variance_one_and_an_index(cases, higher, mobi):
    case = cases["EC4"]
    estimates = fit(case.complete, case.model, method="cbsem")
    corr = case.complete[list(case.model.items)].corr().to_numpy()
    for name in case.model.construct_names:
        rows = [case.model.items.index(item) for item in case.model.items_of(name)]
        own = estimates.weights.to_numpy()[rows]
        assert own @ corr[np.ix_(rows, rows)] @ own == pytest.approx(1.0, abs=1e-9)
    above = fit(mobi, higher, method="cbsem", on_inadmissible="keep")
    for found in (estimates, above):
        index = satisfaction_index(found)
        assert ((index > 0) & (index < 100)).all()


def test_a_single_item_is_its_construct(mobi):
    model = PathModel.parse("A =~ CUSCO\nB =~ PERV1\nC =~ CUSL3\nB ~ A\nC ~ A + B")
    found = fit(mobi, model, method="cbsem")
    composites = fit(mobi, model, method="pls")
    np.testing.assert_allclose(found.paths, composites.paths, atol=1e-7)
    np.testing.assert_allclose(found.loadings, 1.0, atol=1e-9)
    saturated = covariance_fit_measures(fit_covariance(mobi, model))
    assert saturated.degrees_of_freedom == 0
    assert saturated.chi_square == pytest.approx(0.0, abs=1e-9)


def test_signs_follow_the_items(mobi):
    turned = mobi.assign(**{name: 11 - mobi[name] for name in ("CUSA1", "PERQ1", "PERQ2", "PERQ3")})
    model = PathModel.parse("Q =~ PERQ1 + PERQ2 + PERQ3\nS =~ CUSA1 + CUSA2 + CUSA3\nS ~ Q")
    plain, found = (
        fit(data, model, method="cbsem", on_inadmissible="keep") for data in (mobi, turned)
    )
    assert found.paths.sel(source="Q", target="S") == pytest.approx(
        -plain.paths.sel(source="Q", target="S").item(), abs=1e-7
    )
    assert found.loadings.sel(item="CUSA1").item() == pytest.approx(
        -plain.loadings.sel(item="CUSA1").item(), abs=1e-7
    )
    assert found.flipped.values.tolist() == [False, True]


def test_draws_are_close_to_the_standard_errors(cases):
    case = cases["HS"]
    draws = bootstrap(case.complete, case.model, n_boot=200, seed=1, method="cbsem")
    assert draws.converged.mean() == 1
    found = fit_covariance(case.complete, case.model)
    corr = draws.construct_corr.sel(construct="visual", construct_2="textual")
    point = covariance_estimates(found).construct_corr.sel(
        construct="visual", construct_2="textual"
    )
    assert corr.mean().item() == pytest.approx(point.item(), abs=0.02)
    assert corr.std().item() == pytest.approx(0.072, abs=0.02)  # 200 draws: 5 %; lavaan .064-.075


def test_truth_changes_and_the_answers_change():
    weak, strong = (
        fit(draw(path=path), TWO, method="cbsem").paths.sel(source="A", target="B").item()
        for path in (0.2, 0.7)
    )
    assert weak == pytest.approx(0.2, abs=0.12)
    assert strong == pytest.approx(0.7, abs=0.1)


def test_chi_square_sees_a_wrong_model():
    right, wrong = (covariance_fit_measures(fit_covariance(draw(cross=c), TWO)) for c in (0.0, 0.5))
    assert right.p_value > 0.01
    assert wrong.p_value < 1e-4
    assert wrong.rmsea > right.rmsea
    assert wrong.cfi < right.cfi
    assert wrong.srmr > right.srmr


def test_modification_indices_name_what_was_left_out():
    crossed = modification_indices(fit_covariance(draw(cross=0.5), TWO)).iloc[0]
    assert (crossed.lhs, crossed.op, crossed.rhs) == ("A", "=~", "b3")
    nothing, shared = (
        modification_indices(fit_covariance(draw(shared=s), TWO)).set_index(["lhs", "op", "rhs"])
        for s in (0.0, 0.5)
    )
    pair = ("a2", "~~", "a3")
    assert nothing.loc[pair, "modification_index"] < 10 < shared.loc[pair, "modification_index"]
    assert shared.loc[pair, "expected_change"] > 0.1
    freed = fit_covariance(draw(shared=0.5), TWO, residual_covariances=[("a2", "a3")])
    before = fit_covariance(draw(shared=0.5), TWO)
    table = parameter_table(freed).set_index(["lhs", "op", "rhs"])
    assert table.loc[pair, "estimate"] == pytest.approx(0.25, abs=0.1)  # .5 squared
    gain = 2 * (freed.log_likelihood - before.log_likelihood)
    # The index is a second-order approximation of the fall of chi-square.
    assert shared.loc[pair, "modification_index"] == pytest.approx(gain, rel=0.35)


def test_heavy_tails_raise_the_scaling_factor():
    factors = [robust_fit(fit_covariance(draw(2000, tail=tail), TWO)) for tail in (None, 5)]
    assert factors[0].scaling_factor == pytest.approx(1.0, abs=0.1)
    assert factors[1].baseline_scaling_factor > 1.3
    errors = [
        parameter_table(fit_covariance(draw(2000, tail=5), TWO), standard_errors=kind)[
            "standard_error"
        ].sum()
        for kind in ("standard", "satorra_bentler", "huber_white")
    ]
    assert errors[1] > 1.1 * errors[0]
    assert errors[2] == pytest.approx(errors[1], rel=0.15)


def test_release_indices_name_the_parameter_that_differs():
    one, two = draw(600, seed=1), draw(600, seed=2)
    two["b2"] += 0.8
    both = pd.concat([one.assign(year=2023), two.assign(year=2024)], ignore_index=True)
    found = fit_covariance(both, TWO, group="year", equal=("loadings", "intercepts"))
    first = release_indices(found).iloc[0]
    assert (first.group, first.lhs, first.op) == ("2024", "b2", "~1")
    assert first.expected_change == pytest.approx(0.8, abs=0.2)
    freed = fit_covariance(
        both, TWO, group="year", equal=("loadings", "intercepts"), released=["b2 ~1"]
    )
    assert covariance_fit_measures(freed).p_value > 0.001 > covariance_fit_measures(found).p_value


def test_answers_missing_at_random_do_not_bias():
    whole = draw(3000, path=0.6)
    lacking = whole.copy()
    lacking.loc[whole["a1"] > 5.5, ["b1", "b2"]] = np.nan
    by_full_information = fit_covariance(lacking, TWO, missing="fiml")
    table = parameter_table(by_full_information).set_index(["lhs", "op", "rhs"])
    assert table.loc[("b1", "~1", ""), "estimate"] == pytest.approx(5.0, abs=0.1)
    complete_only = parameter_table(fit_covariance(lacking, TWO, mean_structure=True))
    biased = complete_only.set_index(["lhs", "op", "rhs"]).loc[("b1", "~1", ""), "estimate"]
    assert biased < 4.85


@pytest.mark.parametrize(
    ("text", "error", "sentence"),
    [
        ("A <~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nB ~ A", ModelError, "construct 'A' is a composite"),
        (
            "A =~ a1 + a2 + a3\nB =~ b1 + b2\nC =~ b3\nC ~ A + B + A:B",
            ModelError,
            "the product 'A:B'",
        ),
        ("A =~ a1 + a2", ModelError, "4 free parameters for 3 moments"),
        ("A =~ a1 + a2\nB =~ b1 + b2 + b3", None, ""),
    ],
)
def test_models_of_factors_only(text, error, sentence):
    model = PathModel.parse(text)
    if error is None:
        assert fit(draw(), model, method="cbsem").converged
        return
    with pytest.raises(error, match=sentence):
        fit_covariance(draw(), model)


def test_a_construct_of_two_items_without_neighbours_is_not_identified():
    frame = draw(path=0.0)
    corr = np.eye(5)
    corr[0, 1] = corr[1, 0] = 0.5
    corr[2:, 2:] = 0.5 + 0.5 * np.eye(3)
    model = PathModel.parse("A =~ a1 + a2\nB =~ b1 + b2 + b3")
    moments = Moments.from_table(items=model.items, mean=[5] * 5, cov=corr, n_obs=len(frame))
    with pytest.raises(CsatError) as caught:
        fit(moments, model, method="cbsem")
    assert isinstance(caught.value, ModelError | ConvergenceError)
    assert "\n" not in str(caught.value)


def test_a_heywood_case_is_named():
    corr = np.array([[1, 0.9, 0.8], [0.9, 1, 0.5], [0.8, 0.5, 1]])
    model = PathModel.parse("A =~ a1 + a2 + a3")
    moments = Moments.from_table(items=model.items, mean=[5] * 3, cov=corr, n_obs=100)
    with pytest.raises(
        InadmissibleError, match=r"'a1' has a standardised loading of 1\.2"
    ) as caught:
        fit(moments, model, method="cbsem")
    assert caught.value.facts == {"rule": "loading", "item": "a1"}
    kept = fit(moments, model, method="cbsem", on_inadmissible="keep")
    assert kept.converged and not kept.admissible


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        (lambda f: f.assign(a2=3.0), InadmissibleError, "item 'a2' has no variance"),
        (lambda f: f.head(6), InadmissibleError, "the sample has 6 rows for 6 items"),
        (lambda f: f.assign(a2=f["a1"]), InadmissibleError, "not positive definite"),
        (lambda f: f.drop(columns="b3"), DataError, "no column 'b3'"),
    ],
)
def test_data_that_have_no_likelihood(change, error, sentence):
    with pytest.raises(error, match=sentence):
        fit_covariance(change(draw()), TWO)


@pytest.mark.parametrize(
    ("how", "error", "sentence"),
    [
        ({"missing": "mean"}, DataError, "missing='mean' is no way"),
        ({"equal": ["loadings"]}, DataError, "name their column in group="),
        ({"equal": ["means"]}, DataError, "equal names 'means'"),
        ({"group": "brand"}, DataError, "'brand' has 1 value"),
        ({"group": "city"}, DataError, "no column 'city'"),
        ({"residual_covariances": [("a1", "z")]}, ModelError, "two different items"),
        ({"max_iterations": 1}, ConvergenceError, "1 iterations of Fisher scoring"),
    ],
)
def test_requests_that_cannot_be_met(how, error, sentence):
    with pytest.raises(error, match=sentence):
        fit_covariance(draw().assign(brand="ours"), TWO, **how)


def test_an_unknown_released_parameter_is_named():
    frame = draw().assign(brand=np.arange(400) % 2)
    with pytest.raises(ModelError, match="'A =~ a9' is no parameter"):
        fit_covariance(frame, TWO, group="brand", equal=["loadings"], released=["A =~ a9"])


def test_moments_give_no_robust_statistics():
    found = fit_covariance(compute_moments(draw()), TWO)
    for ask in (robust_fit, lambda f: parameter_table(f, standard_errors="huber_white")):
        with pytest.raises(DataError, match="robust statistics need the rows"):
            ask(found)
    with pytest.raises(DataError, match="groups and means are fitted to rows"):
        fit_covariance(compute_moments(draw()), TWO, mean_structure=True)
    batch = compute_moments(draw().assign(brand=np.arange(400) % 2), items=TWO.items, by=["brand"])
    with pytest.raises(DataError, match="dimension 'brand'"):
        fit_covariance(batch, TWO)
    assert fit(batch, TWO, method="cbsem").converged.all()
