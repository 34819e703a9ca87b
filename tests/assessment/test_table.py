"""The chapter's table: complete, judged, and with a reason for every blank."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from csat_models import PathModel, bootstrap, fit
from csat_models.assessment import (
    assessment_table,
    cronbach_alpha,
    cvpat,
    exact_fit_test,
    htmt,
    plspredict,
)
from csat_models.assessment.chapter.criteria import CRITERIA
from csat_models.assessment.chapter.rows import COLUMNS
from csat_models.errors import DataError, ModelError
from csat_models.estimation import interval

VERDICTS = {"", "pass", "caution", "fail"}


@pytest.fixture(scope="module")
def chapter(mobi, ecsi):
    point = fit(mobi, ecsi)
    draws = bootstrap(mobi, ecsi, n_boot=200, seed=1, point=point)
    prediction = plspredict(point, mobi, repetitions=2, seed=1)
    return point, draws, prediction, assessment_table(point, draws, prediction=prediction)


def rows(table, criterion, **labels):
    found = table[table["criterion"] == criterion]
    for column, label in labels.items():
        found = found[found[column] == label]
    return found


def test_every_criterion_is_there_and_every_blank_has_a_reason(chapter):
    *_, table = chapter
    assert tuple(table.columns) == COLUMNS
    assert set(table["criterion"]) == set(CRITERIA)
    assert set(table["verdict"]) <= VERDICTS
    assert (table["reference"] != "").all()
    blank = table["value"].isna()
    assert (table.loc[blank, "status"] != "").all()
    assert (table.loc[blank, "verdict"] == "").all()
    assert not table.duplicated(
        ["criterion", "construct", "construct_2", "item", "threshold"]
    ).any()


def test_values_and_limits_are_those_of_the_functions(chapter):
    point, draws, prediction, table = chapter
    found = rows(table, "cronbach_alpha", construct="Image").iloc[0]
    expected = interval(cronbach_alpha(draws), point=cronbach_alpha(point))
    assert found["value"] == pytest.approx(cronbach_alpha(point).sel(construct="Image").item())
    assert found["lower"] == pytest.approx(expected.lower.sel(construct="Image").item())
    assert found["upper"] == pytest.approx(expected.upper.sel(construct="Image").item())
    pair = {"construct": "Image", "construct_2": "Quality"}
    upper = interval(htmt(draws), point=htmt(point), side="less").upper.sel(pair).item()
    for threshold in (0.85, 0.90, 1.0):
        found = rows(table, "htmt", threshold=threshold, **pair).iloc[0]
        assert found["upper"] == pytest.approx(upper)
        assert found["side"] == "less"
        assert found["verdict"] == ("pass" if upper < threshold else "fail")
    test = exact_fit_test(point, draws).sel(measure="d_g", structure="saturated")
    found = rows(table, "exact_fit", construct="d_g", item="saturated").iloc[0]
    assert found["p_value"] == pytest.approx(test.p_value.item())
    assert found["threshold"] == pytest.approx(test.critical_value.item())
    losses = cvpat(prediction, "mean").set_index("construct").loc["overall"]
    found = rows(table, "cvpat_mean", construct="overall").iloc[0]
    assert found["value"] == pytest.approx(losses["difference"])
    assert found["verdict"] == "pass"
    found = rows(table, "q2_predict_mean", item="CUSA1").iloc[0]
    assert found["value"] == pytest.approx(prediction.q2_predict().sel(item="CUSA1").item())


def test_a_better_measurement_is_judged_better(factor_population, chain, draw_rows):
    """The same three factors, one of them asked twice as clearly."""
    from csat_models import Moments

    weak = factor_population(0.4)
    corr = weak.cov.to_numpy().copy()
    scale = np.array([0.5 / 0.8, 0.5 / 0.7, 0.5 / 0.6, 1, 1, 1, 1, 1])
    corr = corr * np.outer(scale, scale)
    np.fill_diagonal(corr, 1.0)
    noisy = Moments.from_table(items=chain.items, mean=np.full(8, 7.0), cov=corr, n_obs=300)
    verdicts = {}
    for name, moments in (("clear", weak), ("noisy", noisy)):
        table = assessment_table(fit(moments, chain))
        verdicts[name] = rows(table, "cronbach_alpha", construct="X")["verdict"].item()
    assert verdicts == {"clear": "pass", "noisy": "fail"}


def test_single_items_and_two_items(mobi):
    model = PathModel.parse("A =~ IMAG1\nB =~ PERV1 + PERV2\nC =~ CUSA1\nB ~ A\nC ~ B")
    point = fit(mobi, model)
    draws = bootstrap(mobi, model, n_boot=40, seed=1, point=point)
    table = assessment_table(point, draws, data=mobi)
    assert set(rows(table, "cronbach_alpha", construct="A")["status"]) == {"single_item"}
    assert rows(table, "cronbach_alpha", construct="B")["value"].notna().all()
    assert rows(table, "htmt2", construct="A", construct_2="C")["value"].notna().all()
    assert rows(table, "exact_fit")["p_value"].notna().all()
    assert rows(table, "cvpat_mean")["value"].notna().all()


def test_a_model_of_one_construct(mobi):
    table = assessment_table(fit(mobi, PathModel.parse("A =~ IMAG1 + IMAG2 + IMAG3")), data=mobi)
    assert set(table["criterion"]) == set(CRITERIA)
    assert rows(table, "cronbach_alpha")["value"].notna().all()
    assert set(rows(table, "r_squared")["status"]) == {"no_paths"}
    assert set(rows(table, "htmt")["status"]) == {"not_applicable"}
    assert set(rows(table, "cvpat_mean")["status"]) == {"no_paths"}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda rows: rows.drop(columns="CUSA1"), "item_not_in_data"),
        (lambda rows: rows.head(9), "too_few_rows"),
    ],
)
def test_what_keeps_a_model_from_predicting_is_named(change, status, mobi, ecsi):
    table = assessment_table(fit(mobi, ecsi), data=change(mobi))
    assert set(table.loc[table["chapter"] == "prediction", "status"]) == {status}
    assert rows(table, "r_squared")["value"].notna().all()


def test_predictions_that_do_not_converge_or_are_no_maps_say_so(mobi, ecsi):
    short = fit(mobi, ecsi, max_iterations=300)
    never = replace(short, settings=replace(short.settings, max_iterations=1))
    found = assessment_table(never, data=mobi)
    assert set(rows(found, "q2_predict_mean")["status"]) == {"not_converged"}
    twice = "A =~ IMAG1 + IMAG2; B =~ PERV1 + PERV2; H =~ A + B; Y =~ CUSA1 + CUSA2; Y ~ H"
    point = fit(mobi, PathModel.parse(twice), higher_order="repeated_indicators")
    found = assessment_table(point, data=mobi)
    assert set(rows(found, "q2_predict_mean")["status"]) == {"not_predictable"}


def test_answers_that_are_no_numbers_are_told(mobi, ecsi):
    words = mobi.astype({"CUSA1": object}).assign(CUSA1="good")
    with pytest.raises(DataError, match="CUSA1"):
        assessment_table(fit(mobi, ecsi), data=words)


def test_single_items_only(mobi):
    table = assessment_table(fit(mobi, PathModel.parse("A =~ IMAG1\nC =~ CUSA1\nC ~ A")))
    assert rows(table, "goodness_of_fit")["status"].item() == "undefined"
    assert (rows(table, "r_squared")["value"] > 0).all()


def test_formative_blocks_have_their_own_criteria(mobi):
    model = PathModel.parse("Q <~ PERQ2 + PERQ3 + PERQ4\nS =~ CUSA1 + CUSA2 + CUSA3\nS ~ Q")
    point = fit(mobi, model)
    draws = bootstrap(mobi, model, n_boot=100, seed=1, point=point)
    table = assessment_table(point, draws, data=mobi, global_items={"Q": "PERQ1"})
    assert set(rows(table, "rho_a", construct="Q")["status"]) == {"formative"}
    assert set(rows(table, "htmt", construct="Q")["status"]) == {"formative"}
    assert (rows(table, "indicator_vif")["verdict"] == "pass").all()
    weights = rows(table, "outer_weight")
    assert list(weights["item"]) == ["PERQ2", "PERQ3", "PERQ4"]
    assert weights["p_value"].between(0, 1).all()
    redundancy = rows(table, "redundancy").iloc[0]
    assert 0.5 < redundancy["lower"] < redundancy["value"] < redundancy["upper"] < 0.9
    without = assessment_table(point, draws)
    assert rows(without, "redundancy")["status"].item() == "no_global_item"


def test_a_marker_is_judged_by_what_it_leaves(mobi, ecsi):
    model = PathModel.parse(ecsi.to_text().replace(" + CUSL2", "") + "M =~ CUSL2\n")
    point = fit(mobi, model)
    table = assessment_table(
        point, bootstrap(mobi, model, n_boot=100, seed=1, point=point), marker="M"
    )
    for criterion in ("marker_adjusted_correlation", "marker_controlled_path"):
        found = rows(table, criterion)
        assert len(found) == len(model.paths)
        assert set(found["verdict"]) <= {"pass", "caution"}
        assert found["lower"].notna().all()
    assert "M" not in set(rows(table, "full_collinearity_vif")["construct"])


def test_a_heywood_case_is_named_and_the_rest_is_complete(heywood, draw_rows):
    model, moments = heywood
    point = fit(moments, model, method="plsc", on_inadmissible="keep")
    table = assessment_table(point)
    assert rows(table, "admissibility")["verdict"].item() == "fail"
    status = rows(table, "admissibility")["status"].item()
    assert status.startswith("inadmissible_")
    assert (rows(table, "cronbach_alpha")["status"] == status).all()
    assert rows(table, "cronbach_alpha")["value"].notna().all()
    assert set(rows(table, "d_g", item="estimated")["status"]) == {"not_positive_definite"}
    assert rows(table, "srmr")["value"].notna().all()
    assert set(table["criterion"]) == set(CRITERIA)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("A =~ IMAG1; B =~ PERQ1; Y =~ CUSA1; Y ~ A + B + A:B", "product"),
        (
            "H =~ A + B; A =~ IMAG1 + IMAG2; B =~ PERV1 + PERV2; Y =~ CUSA1 + CUSA2; Y ~ H",
            "higher_order",
        ),
    ],
)
def test_extensions_leave_out_what_they_do_not_have(text, status, mobi):
    model = PathModel.parse(text)
    point = fit(mobi, model)
    draws = bootstrap(mobi, model, n_boot=40, seed=1, point=point) if ":" not in text else None
    table = assessment_table(point, draws, data=mobi)
    assert set(table["criterion"]) == set(CRITERIA)
    if status == "product":
        assert set(rows(table, "srmr")["status"]) == {"product"}
        assert set(rows(table, "cvpat_mean")["status"]) == {"product"}
    else:
        assert set(rows(table, "exact_fit")["status"]) == {"higher_order"}
        assert rows(table, "srmr")["value"].notna().all()
        assert rows(table, "cvpat_mean")["value"].notna().all()


def test_without_draws_and_rows_the_reasons_say_so(mobi, ecsi):
    table = assessment_table(fit(mobi, ecsi))
    assert set(rows(table, "rho_a", construct="Image")["status"]) == {"no_draws"}
    assert rows(table, "exact_fit")["status"].item() == "no_draws"
    assert set(table.loc[table["chapter"] == "prediction", "status"]) == {"needs_rows"}
    assert table[["lower", "upper"]].isna().all(axis=None)


def test_an_item_that_is_constant_in_a_draw_leaves_the_others(mobi):
    model = PathModel.parse("A =~ IMAG1 + X\nB =~ PERV1 + PERV2\nB ~ A")
    rare = mobi.assign(X=np.r_[np.ones(3), np.zeros(247)])
    point = fit(rare, model)
    draws = bootstrap(rare, model, n_boot=100, seed=1, point=point)
    assert not draws.converged.all()
    table = assessment_table(point, draws)
    assert rows(table, "htmt", construct="A")["upper"].notna().all()
    assert rows(table, "exact_fit")["p_value"].notna().all()


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ({"higher_order": "repeated_indicators"}, "Y ~ H; H =~ A + B"),
        ({"higher_order": "embedded_two_stage"}, "Y ~ H; H =~ A + B"),
        ({"method": "plsc", "on_inadmissible": "keep"}, "Y ~ H; H =~ A + B"),
        ({"interactions": "product_indicator"}, "Y ~ A + B + A:B"),
    ],
)
def test_other_ways_with_extensions_are_assessed_too(how, text, mobi):
    blocks = "A =~ IMAG1 + IMAG2 + IMAG3; B =~ PERV1 + PERV2; Y =~ CUSA1 + CUSA2 + CUSA3"
    table = assessment_table(fit(mobi, PathModel.parse(f"{blocks}; {text}"), **how), data=mobi)
    assert set(table["criterion"]) == set(CRITERIA)
    assert (table.loc[table["value"].isna(), "status"] != "").all()
    assert rows(table, "cronbach_alpha", construct="A")["value"].notna().all()


def test_too_few_draws_leave_limits_blank(mobi, ecsi):
    point = fit(mobi, ecsi)
    draws = bootstrap(mobi, ecsi, n_boot=10, seed=1, point=point)
    table = assessment_table(point, draws)
    found = rows(table, "r_squared")
    assert set(found["status"]) == {"too_few_draws"}
    assert found["lower"].isna().all() and found["value"].notna().all()


def test_bad_input_is_refused(mobi, ecsi):
    point = fit(mobi, ecsi)
    with pytest.raises(DataError, match="of one sample"):
        assessment_table(bootstrap(mobi, ecsi, n_boot=2, seed=1))
    with pytest.raises(ModelError, match="part of the structural model"):
        assessment_table(point, marker="Image")
    with pytest.raises(DataError, match="give data="):
        assessment_table(point, global_items={"Image": "x"})


def test_numbers_are_numbers_and_texts_texts(chapter):
    *_, table = chapter
    numbers = ["value", "lower", "upper", "level", "p_value", "threshold"]
    assert all(table[name].dtype == np.float64 for name in numbers)
    texts = table.drop(columns=numbers)
    assert texts.map(lambda cell: isinstance(cell, str)).all(axis=None)
    assert isinstance(table.index, pd.RangeIndex)


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"level": 95}, "level=95 is no confidence level"),
        ({"seed": "a"}, "seed='a' is no seed"),
        ({"data": np.ones((2, 2))}, "the data are of type 'ndarray'"),
        ({"foo": 1}, "has no argument 'foo'; of the moments it takes missing and"),
    ],
)
def test_choices_that_are_none_are_told_without_rows_too(choice, sentence, chapter):
    with pytest.raises(DataError, match=sentence):
        assessment_table(chapter[0], **choice)
