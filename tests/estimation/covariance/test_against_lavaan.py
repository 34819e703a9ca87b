"""Every number against lavaan's, on three data sets, complete and with 5 % missing."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

from csat_models import PathModel, measurement_invariance
from csat_models.estimation.covariance import (
    covariance_estimates,
    covariance_fit_measures,
    difference_test,
    fit_covariance,
    modification_indices,
    parameter_table,
    robust_fit,
)
from csat_models.estimation.covariance.parameters import EQUAL

NAMES = ("PD", "HS", "EC4")
LEVELS = ("configural", "metric", "scalar", "strict")

# Where lavaan has no Gauss-Newton steps (missing answers, equal parameters) its optimiser stops at
# gradients of 1e-6; ours are at machine precision.
CLOSE = {"rel": 5e-5, "abs": 1e-4}

# Of lavaan's numbers that were iterated to gradients of 1e-14.
TIGHT = {"rel": 1e-6, "abs": 1e-6}

PLAIN = {
    "chi_square": "chisq",
    "degrees_of_freedom": "df",
    "p_value": "pvalue",
    "baseline_chi_square": "baseline.chisq",
    "baseline_degrees_of_freedom": "baseline.df",
    "cfi": "cfi",
    "tli": "tli",
    "rmsea": "rmsea",
    "rmsea_low": "rmsea.ci.lower",
    "rmsea_high": "rmsea.ci.upper",
    "rmsea_close_fit_p": "rmsea.pvalue",
    "srmr": "srmr",
    "srmr_correlation": "srmr_mplus",
    "gfi": "gfi",
    "agfi": "agfi",
    "log_likelihood": "logl",
    "saturated_log_likelihood": "unrestricted.logl",
    "aic": "aic",
    "bic": "bic",
    "bic_adjusted": "bic2",
    "n_obs": "ntotal",
    "n_parameters": "npar",
}
ROBUST = {
    "scaling_factor": "chisq.scaling.factor",
    "baseline_scaling_factor": "baseline.chisq.scaling.factor",
    "chi_square": "chisq.scaled",
    "p_value": "pvalue.scaled",
    "cfi_scaled": "cfi.scaled",
    "tli_scaled": "tli.scaled",
    "rmsea_scaled": "rmsea.scaled",
    "rmsea_scaled_low": "rmsea.ci.lower.scaled",
    "rmsea_scaled_high": "rmsea.ci.upper.scaled",
    "rmsea_scaled_close_fit_p": "rmsea.pvalue.scaled",
    "cfi": "cfi.robust",
    "tli": "tli.robust",
    "rmsea": "rmsea.robust",
    "rmsea_low": "rmsea.ci.lower.robust",
    "rmsea_high": "rmsea.ci.upper.robust",
    "rmsea_close_fit_p": "rmsea.pvalue.robust",
}
# Of normal answers lavaan prints the robust ones only, corrected for missing answers alone.
UNBIASED = {name: peer for name, peer in ROBUST.items() if peer.endswith(".robust")}


def fitted(case, missing=False, **how):
    data = case.missing if missing else case.complete
    way = "fiml" if missing else "listwise"
    return fit_covariance(data, case.model, residual_covariances=case.pairs, missing=way, **how)


def assert_equal(ours, theirs, names):
    for name, peer in names.items():
        assert getattr(ours, name) == pytest.approx(theirs[peer], **CLOSE), name


def assert_parameters(table: pd.DataFrame, theirs: dict):
    groups = list(dict.fromkeys(table["group"]))
    compared = 0
    for row in table.itertuples():
        at = f"@g{groups.index(row.group) + 1}" if len(groups) > 1 else ""
        names = [f"{row.lhs} {row.op} {row.rhs}{at}", f"{row.rhs} {row.op} {row.lhs}{at}"]
        name = next((name for name in names if name in theirs["est"]), None)
        if name is None:
            assert row.op == "~1"  # where lavaan leaves means as observed
            continue
        compared += 1
        assert row.estimate == pytest.approx(theirs["est"][name], **CLOSE), name
        assert row.standardised == pytest.approx(theirs["std"][name], **CLOSE), name
        if not np.isnan(row.standard_error):
            assert row.standard_error == pytest.approx(theirs["se"][name], **CLOSE), name
    assert compared == len(theirs["est"])


@pytest.mark.parametrize("name", NAMES)
def test_parameters_and_fit(cases, lavaan, name):
    found = fitted(cases[name])
    assert_parameters(parameter_table(found), lavaan[f"{name}_ML"])
    assert_equal(covariance_fit_measures(found), lavaan[f"{name}_ML"]["fit"], PLAIN)


@pytest.mark.parametrize("name", NAMES)
def test_a_mean_structure_is_counted(cases, lavaan, name):
    found = fitted(cases[name], mean_structure=True)
    assert_parameters(parameter_table(found), lavaan[f"{name}_means"])
    assert_equal(covariance_fit_measures(found), lavaan[f"{name}_means"]["fit"], PLAIN)


@pytest.mark.parametrize("name", NAMES)
def test_missing_answers(cases, lavaan, name):
    found = fitted(cases[name], missing=True)
    assert_parameters(parameter_table(found), lavaan[f"{name}_FIML"])
    theirs = lavaan[f"{name}_FIML"]["fit"]
    assert_equal(covariance_fit_measures(found), theirs, PLAIN)
    assert_equal(robust_fit(found, correction="normal"), theirs, UNBIASED)


@pytest.mark.parametrize("with_means", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_robust_statistics(cases, lavaan, name, with_means):
    found = fitted(cases[name], mean_structure=with_means)
    for peer, correction, errors in (
        ("MLM", "satorra_bentler", "satorra_bentler"),
        ("MLR", "yuan_bentler", "huber_white"),
    ):
        theirs = lavaan[f"{name}_{peer}"]
        assert_equal(robust_fit(found, correction=correction), theirs["fit"], ROBUST)
        table = parameter_table(found, standard_errors=errors)
        assert_parameters(table[table["op"] != "~1"], _without_means(theirs))


@pytest.mark.parametrize("name", NAMES)
def test_robust_statistics_with_missing_answers(cases, lavaan, name):
    found = fitted(cases[name], missing=True)
    theirs = lavaan[f"{name}_FIML_MLR"]
    assert_equal(robust_fit(found, correction="yuan_bentler"), theirs["fit"], ROBUST)
    assert_parameters(parameter_table(found, standard_errors="huber_white"), theirs)


@pytest.mark.parametrize("kind", ["", "FIML_"])
@pytest.mark.parametrize("name", NAMES)
def test_modification_indices(cases, lavaan, name, kind):
    table = modification_indices(fitted(cases[name], missing=bool(kind)))
    theirs = lavaan[f"{name}_{kind}modification"]
    for row in table.itertuples():
        names = [f"{row.lhs} {row.op} {row.rhs}", f"{row.rhs} {row.op} {row.lhs}"]
        label = names[0] if names[0] in theirs["mi"] else names[1]
        assert label == names[0] or row.op == "~~"
        index, change = theirs["mi"][label], theirs["epc"][label]
        assert row.modification_index == pytest.approx(index, **TIGHT), label
        assert row.expected_change == pytest.approx(change, **TIGHT), label
    assert len(table) == sum(value is not None for value in theirs["mi"].values())


@pytest.mark.parametrize(
    ("peer", "correction", "errors"),
    [
        ("ML", None, "standard"),
        ("MLM", "satorra_bentler", "satorra_bentler"),
        ("MLR", "yuan_bentler", "huber_white"),
    ],
)
def test_groups(cases, lavaan, schools, *, peer, correction, errors):
    theirs = lavaan[f"HS_groups_{peer}"]
    model = cases["HS"].model
    fits = [fit_covariance(schools, model, group="place", equal=EQUAL[:k]) for k in range(4)]
    for level, found in zip(LEVELS, fits, strict=True):
        assert_parameters(parameter_table(found, standard_errors=errors), theirs[level])
        assert_equal(covariance_fit_measures(found), theirs[level]["fit"], PLAIN)
        if correction:
            assert_equal(robust_fit(found, correction=correction), theirs[level]["fit"], ROBUST)
    for k in range(3):
        test = difference_test(fits[k + 1], fits[k], correction=correction)
        assert test.chi_square == pytest.approx(theirs["difference"]["chisq"][k], rel=1e-4)
        assert test.degrees_of_freedom == theirs["difference"]["df"][k]
        assert test.p_value == pytest.approx(theirs["difference"]["p"][k], rel=1e-3, abs=1e-5)


def test_partial_invariance(cases, lavaan, schools):
    found = fit_covariance(
        schools,
        cases["HS"].model,
        group="place",
        equal=EQUAL[:2],
        released=("visual =~ x2", "x2 ~1", "x7 ~1"),
    )
    theirs = lavaan["HS_groups_ML"]["partial"]
    assert_parameters(parameter_table(found), theirs)
    assert_equal(covariance_fit_measures(found), theirs["fit"], PLAIN)


@pytest.mark.parametrize("number", range(3))
def test_groups_with_missing_answers(cases, lavaan, number):
    frame = cases["HS"].missing
    frame = frame.assign(place=frame["school"].map({"Pasteur": "1", "Grant-White": "2"}))
    found = fit_covariance(
        frame, cases["HS"].model, group="place", equal=EQUAL[:number], missing="fiml"
    )
    theirs = lavaan[f"HS_groups_FIML_{number}"]
    assert_parameters(parameter_table(found), theirs)
    assert_equal(covariance_fit_measures(found), theirs["fit"], PLAIN)
    assert_equal(robust_fit(found, correction="normal"), theirs["fit"], UNBIASED)


def test_the_table_of_levels_with_missing_answers(cases, lavaan):
    frame = cases["HS"].missing
    frame = frame.assign(year=frame["school"].map({"Pasteur": 2023, "Grant-White": 2024}))
    table = measurement_invariance(
        frame,
        cases["HS"].model,
        group="year",
        levels=LEVELS[:3],
        missing="fiml",
        correction="yuan_bentler",
    )
    theirs = [lavaan[f"HS_groups_FIML_{number}"]["fit"] for number in range(3)]
    for name, peer in (("chi_square", "chisq"), ("cfi", "cfi"), ("rmsea", "rmsea"), ("bic", "bic")):
        assert table[name].tolist() == pytest.approx([fit[peer] for fit in theirs], **CLOSE)
    assert (table["status"] == "").all()


@pytest.mark.parametrize("number", range(3))
def test_groups_with_paths(cases, lavaan, number):
    frame = cases["EC4"].complete
    halves = frame.assign(half=np.where(np.arange(len(frame)) % 2, "2 even", "1 odd"))
    found = fit_covariance(halves, cases["EC4"].model, group="half", equal=EQUAL[:number])
    theirs = lavaan[f"EC4_groups_{number}"]
    assert_equal(covariance_fit_measures(found), theirs["fit"], PLAIN)
    assert_parameters(parameter_table(found), theirs)


def test_higher_order_constructs(mobi, higher, lavaan):
    found = fit_covariance(mobi, higher)
    assert_parameters(parameter_table(found), lavaan["HO_ML"])
    assert_equal(covariance_fit_measures(found), lavaan["HO_ML"]["fit"], PLAIN)
    estimates = covariance_estimates(found)
    standard = lavaan["HO_ML"]["std"]
    assert estimates.loadings.sel(item="Image").item() == pytest.approx(
        standard["Offer =~ Image"], **CLOSE
    )
    assert estimates.paths.sel(source="Offer", target="Satisfaction").item() == pytest.approx(
        standard["Satisfaction ~ Offer"], **CLOSE
    )


@pytest.mark.parametrize("name", ["CFA", "EC"])
def test_the_whole_mobile_survey(mobi, oracle, name):
    text = oracle("lavaan")["models"][name].replace("1*CUSCO", "CUSCO")
    model = PathModel.parse("\n".join(line for line in text.split("\n") if "~~" not in line))
    theirs = oracle("lavaan")["cases"][f"{name}_ML"]
    found = fit_covariance(mobi, model)
    names = {key: peer for key, peer in PLAIN.items() if peer in theirs["fit"]}
    assert_equal(covariance_fit_measures(found), theirs["fit"], names)
    if name == "CFA":  # the other one is nearly unidentified: only its fit is
        table = {f"{r.lhs} {r.op} {r.rhs}": r.estimate for r in parameter_table(found).itertuples()}
        for label, value in theirs["est"].items():
            assert table[label] == pytest.approx(value, **CLOSE)


@pytest.mark.parametrize("name", NAMES)
def test_to_six_digits_where_lavaan_was_iterated_to_machine_precision(cases, oracle, name):
    theirs = oracle("lavaan")["cases"][f"{name}_ML"]
    found = fitted(cases[name])
    measures = covariance_fit_measures(found)
    for key, peer in PLAIN.items():
        if peer in theirs["fit"]:
            assert getattr(measures, key) == pytest.approx(theirs["fit"][peer], **TIGHT), key
    for row in parameter_table(found).itertuples():
        labels = [f"{row.lhs} {row.op} {row.rhs}", f"{row.rhs} {row.op} {row.lhs}"]
        label = next(label for label in labels if label in theirs["est"])
        assert row.estimate == pytest.approx(theirs["est"][label], **TIGHT), label
        assert row.standardised == pytest.approx(theirs["std_all"][label], **TIGHT), label
        if not np.isnan(row.standard_error):
            assert row.standard_error == pytest.approx(theirs["se"][label], **TIGHT), label


def test_largest_modification_indices_of_a_newer_lavaan(cases, oracle):
    table = modification_indices(fitted(cases["HS"]))
    for row, theirs in zip(
        table.itertuples(), oracle("lavaan")["cases"]["HS_modindices"], strict=False
    ):
        assert (row.lhs, row.op, row.rhs) == (theirs["lhs"], theirs["op"], theirs["rhs"])
        assert row.modification_index == pytest.approx(theirs["mi"], rel=1e-5)
        assert row.expected_change == pytest.approx(theirs["epc"], rel=1e-5)


def test_standardised_estimates_are_those_of_the_table(cases, lavaan):
    estimates = covariance_estimates(fitted(cases["PD"]))
    standard = lavaan["PD_ML"]["std"]
    assert estimates.loadings.sel(item="y3").item() == pytest.approx(
        standard["dem60 =~ y3"], abs=1e-4
    )
    path = estimates.paths.sel(source="dem60", target="dem65").item()
    assert path == pytest.approx(standard["dem65 ~ dem60"], abs=1e-4)
    explained = 1.0 - standard["dem65 ~~ dem65"]
    assert estimates.r_squared.sel(construct="dem65").item() == pytest.approx(explained, abs=1e-4)


def test_measures_have_no_field_that_is_not_compared():
    found = set(asdict(covariance_fit_measures_of_nothing()))
    assert found == set(PLAIN)


def covariance_fit_measures_of_nothing():
    from csat_models import Moments

    model = PathModel.parse("Q =~ a + b + c")
    moments = Moments.from_table(
        items=model.items, mean=[0] * 3, cov=np.eye(3) * 0.5 + 0.5, n_obs=50
    )
    return covariance_fit_measures(fit_covariance(moments, model))


def _without_means(theirs: dict) -> dict:
    return {
        key: {name: value for name, value in theirs[key].items() if "~1" not in name}
        for key in ("est", "std", "se")
    }
