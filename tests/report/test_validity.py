"""The validity chapter in words: every criterion, verdict and reason, failing ones told as such."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from csat_models import PathModel, bootstrap, fit
from csat_models.assessment import assessment_table
from csat_models.assessment.chapter.criteria import CRITERIA
from csat_models.report import figures, narrative, tables
from csat_models.report.composition import bibliography_keys
from csat_models.report.elements import Figure, Paragraph, Table
from csat_models.report.language import catalogue
from csat_models.report.verdicts import (
    asked_words,
    criterion_words,
    grade_of,
    overview,
    ratio_limits,
    verdict_words,
)

MODEL = """
    A =~ a1 + a2 + a3
    B =~ b1 + b2 + b3
    C =~ c1 + c2
    D =~ d
    C ~ A + B
    D ~ C
"""
STATUSES = [
    "single_item",
    "formative",
    "no_formative_construct",
    "no_global_item",
    "no_marker",
    "no_paths",
    "no_draws",
    "too_few_draws",
    "needs_rows",
    "product",
    "higher_order",
    "not_positive_definite",
    "undefined",
    "not_converged",
    "item_not_in_data",
    "too_few_rows",
    "not_predictable",
    "not_applicable",
    "inadmissible_reliability",
    "inadmissible_loading",
    "inadmissible_r_squared",
    "inadmissible_construct_corr",
]
LABELS = {
    "zh": {"A": "甲", "B": "乙", "C": "丙", "D": "丁"},
    "en": {"A": "Alpha", "B": "Beta", "C": "Gamma", "D": "Delta"},
}


def simulate(close: float = 0.3, noise: float = 0.6, n: int = 200) -> pd.DataFrame:
    """Factors A and B correlate by `close`; items have error `noise`."""
    rng = np.random.default_rng(7)
    a = rng.normal(size=n)
    b = close * a + np.sqrt(1 - close**2) * rng.normal(size=n)
    c = 0.5 * a + 0.4 * b + 0.6 * rng.normal(size=n)
    d = 0.6 * c + 0.7 * rng.normal(size=n)
    blocks = (("a", a, 3), ("b", b, 3), ("c", c, 2))
    items = {
        f"{name}{k}": factor + noise * rng.normal(size=n)
        for name, factor, size in blocks
        for k in range(1, size + 1)
    }
    return pd.DataFrame(items | {"d": d})


def assess(frame: pd.DataFrame, text: str = MODEL, **how: object) -> pd.DataFrame:
    model = PathModel.parse(text)
    point = fit(frame, model)
    draws = bootstrap(frame, model, n_boot=99, seed=1)
    return assessment_table(point, draws, data=frame, **how)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def whole() -> pd.DataFrame:
    return assess(simulate())


def of(frame: pd.DataFrame, *names: str) -> pd.DataFrame:
    return frame[frame["criterion"].isin(names)].reset_index(drop=True)


def predicted(frame: pd.DataFrame) -> pd.DataFrame:
    rows = frame[(frame["chapter"] == "prediction") & (frame["item"] != "")]
    wide = rows.pivot(index=["construct", "item"], columns="criterion", values="value")
    return wide.reset_index().assign(q2_earliest=0.1, verdict="caution")


def losses(frame: pd.DataFrame) -> pd.DataFrame:
    return of(frame, "cvpat_mean", "cvpat_linear_model").rename(columns={"value": "estimate"})


def english(paragraph: Paragraph) -> str:
    return paragraph.texts["en"]


@dataclass(frozen=True)
class Chapter:
    """All of the chapter's elements in one language."""

    tables: list[Table]
    figures: list[Figure]
    paragraphs: list[Paragraph]


def chapter(frame: pd.DataFrame, language: str) -> Chapter:
    how = {"labels": LABELS[language], "language": language}
    told = {"labels": LABELS, "language": language}
    fitted = of(frame, "admissibility", "srmr", "d_uls", "d_g", "exact_fit")
    quality = of(frame, "inner_vif", "effect_size", "goodness_of_fit")
    items, ratios = (
        of(frame, "indicator_reliability", "cross_loading_margin"),
        of(frame, "htmt", "htmt2"),
    )
    method = frame[frame["chapter"] == "common_method"]
    return Chapter(
        tables=[
            tables.assessment_overview_table(frame, **how),
            tables.indicators_table(items, **how),
            tables.ratio_limits_table(ratios, **how),
            tables.criteria_table(method, caption="common_method", **how),
            tables.structure_quality_table(quality, **how),
            tables.fit_table(fitted, **how),
            tables.prediction_table(predicted(frame), **how),
            tables.cvpat_table(losses(frame), **how),
        ],
        figures=[
            figures.plot_ratio_limits(ratios, **how),
            figures.plot_effect_sizes(quality, **how),
            figures.plot_prediction(predicted(frame), **how),
            figures.plot_cvpat(losses(frame), **how),
        ],
        paragraphs=[
            narrative.assessment(frame, **told),
            narrative.indicators(items, **told),
            narrative.ratios(ratios, **told),
            narrative.common_method(method, **told),
            narrative.structure_quality(quality, **told),
            narrative.fit(fitted, **told),
            narrative.prediction(predicted(frame), losses(frame), **told),
        ],
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_criterion_verdict_and_status_has_words(language: str) -> None:
    words = catalogue(language)
    for name in CRITERIA:
        assert words[f"criterion.{name}"]
    for status in STATUSES:
        assert words[f"status.{status}"]
    for grade in ("pass", "caution", "fail"):
        assert words[f"grade.{grade}"]
        assert words[f"better.{grade}"]
        assert words[f"beats.{grade}"]


def test_the_statuses_are_those_of_the_assessment(whole: pd.DataFrame) -> None:
    without = assessment_table(fit(simulate(), PathModel.parse(MODEL)))
    found = {*whole["status"], *without["status"]} - {""}
    assert found <= set(STATUSES)
    assert {"single_item", "no_draws", "needs_rows", "no_marker"} <= found


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_chapter_is_whole_in_both_languages(whole: pd.DataFrame, language: str) -> None:
    made = chapter(whole, language)
    for table in made.tables:
        cells = "".join("".join(row) for row in table.rows)
        assert table.rows
        assert "nan" not in cells
        assert "{" not in cells
        assert bool(re.search(r"[\u4e00-\u9fff]", table.caption)) == (language == "zh")
    for figure in made.figures:
        assert figure.svg().startswith(b"<?xml")
        assert figure.svg() == figure.svg()
    for paragraph in made.paragraphs:
        chinese, plain = paragraph.texts["zh"], english(paragraph)
        assert not re.search(r"[\u4e00-\u9fff]", plain)
        references = [sorted(re.findall(r"\[@([\w:]+)\]", text)) for text in (chinese, plain)]
        assert references[0] == references[1]
        for text in (chinese, plain):
            assert not re.search(r"[{}]|\bnan\b|None|  |\.\.|,,|。。|，，", text)


def test_every_source_of_a_threshold_is_in_the_bibliography() -> None:
    assert {criterion.reference for criterion in CRITERIA.values()} <= bibliography_keys()


def test_the_overview_counts_every_judged_row_once(whole: pd.DataFrame) -> None:
    lines = overview(whole)
    ratio = {"htmt", "htmt2"}
    counted = sum(
        (rows["verdict"] != "").sum() for rows in lines if rows["criterion"].iloc[0] not in ratio
    )
    judged = whole[~whole["criterion"].isin(ratio) & (whole["verdict"] != "")]
    assert counted == len(judged)
    pairs = [rows for rows in lines if rows["criterion"].iloc[0] in ratio]
    assert [len(rows) for rows in pairs] == [6, 6]
    table = tables.assessment_overview_table(whole, labels=LABELS["en"], language="en")
    assert len(table.frame) == len(whole)


def test_a_single_item_is_told_and_the_rest_is_complete(whole: pd.DataFrame) -> None:
    table = tables.assessment_overview_table(whole, labels=LABELS["en"], language="en")
    line = {row[0].strip(): row for row in table.rows}["Cronbach's α"]
    assert line[2:] == ("3 / 0 / 0", "single item: Delta")


def test_a_part_that_the_model_has_not_is_one_line_with_its_reason(whole: pd.DataFrame) -> None:
    table = tables.assessment_overview_table(whole, labels=LABELS["en"], language="en")
    line = next(row for row in table.rows if row[0] == "Formative constructs")
    assert line == ("Formative constructs", "", "", "no formative construct in the model")
    marked = {row[0].strip(): row for row in table.rows}["Paths with the marker"]
    assert marked[2:] == ("–", "no marker declared")


def test_worse_items_fail_and_are_told_as_failing(whole: pd.DataFrame) -> None:
    noisy = assess(simulate(noise=2.0))
    good, bad = (
        english(narrative.assessment(each, labels=LABELS, language="en")) for each in (whole, noisy)
    )
    assert "AVE" not in good
    assert re.search(r"Not met: .*AVE", bad)
    how = {"labels": LABELS["en"], "language": "en"}
    lines = {row[0].strip(): row for row in tables.assessment_overview_table(noisy, **how).rows}
    assert not lines["AVE"][2].endswith(" 0")
    assert "not met: " in lines["AVE"][3]


def test_constructs_that_are_one_are_told_as_one(whole: pd.DataFrame) -> None:
    same = of(assess(simulate(close=0.99)), "htmt", "htmt2")
    told = english(narrative.ratios(same, labels=LABELS, language="en"))
    assert "Not shown to be two constructs even by the limit 1: Alpha – Beta" in told
    apart = english(narrative.ratios(of(whole, "htmt", "htmt2"), labels=LABELS, language="en"))
    assert "Not even" not in apart
    first = tables.ratio_limits_table(same, labels=LABELS["en"], language="en").rows[0]
    assert first[0] == "Alpha – Beta"
    assert first[3] == first[6] == "not below 1"


def test_a_ratio_is_graded_by_the_strictest_threshold_it_stays_below(whole: pd.DataFrame) -> None:
    rows = of(whole, "htmt", "htmt2").assign(upper=0.88)
    rows["verdict"] = np.where(rows["threshold"] > 0.88, "pass", "fail")
    assert set(ratio_limits(rows)["below_htmt2"]) == {0.90}
    assert [grade_of(each) for each in overview(rows)] == ["caution", "caution"]
    rows["verdict"] = np.where(rows["threshold"] == 1.0, "pass", "fail")
    assert [grade_of(each) for each in overview(rows)] == ["fail", "fail"]


def test_an_undefined_htmt2_is_told_as_undefined(whole: pd.DataFrame) -> None:
    rows = of(whole, "htmt", "htmt2")
    lost = (rows["criterion"] == "htmt2") & (rows["construct"] == "A")
    rows.loc[lost, ["value", "upper"]] = np.nan
    table = tables.ratio_limits_table(rows, labels=LABELS["en"], language="en")
    cells = {row[0]: row for row in table.rows}
    assert cells["Alpha – Beta"][4:] == ("–", "–", "not defined for these numbers")


@pytest.mark.parametrize(
    ("value", "p", "words"),
    [
        (0.05, 0.4, ("below the guideline", "does not reject")),
        (0.09, 0.01, ("the fit is doubtful", "rejects the estimated model by SRMR, d_ULS and d_G")),
        (0.20, 0.01, ("above 0.10", "rejects")),
    ],
)
def test_fit_is_told_by_its_numbers(
    whole: pd.DataFrame, value: float, p: float, words: tuple[str, ...]
) -> None:
    rows = of(whole, "admissibility", "srmr", "d_uls", "d_g", "exact_fit")
    is_srmr, is_test = rows["criterion"] == "srmr", rows["criterion"] == "exact_fit"
    rows.loc[is_srmr, "value"] = value
    rows.loc[is_srmr, "verdict"] = CRITERIA["srmr"].judge(value, np.nan, np.nan)
    rows.loc[is_test, "p_value"] = p
    told = english(narrative.fit(rows, labels=LABELS, language="en"))
    for each in words:
        assert each in told


def test_without_draws_the_exact_fit_test_gives_its_reason() -> None:
    table = assessment_table(fit(simulate(), PathModel.parse(MODEL)))
    told = english(
        narrative.fit(of(table, "srmr", "exact_fit", "admissibility"), labels=LABELS, language="en")
    )
    assert "The test of exact fit is not made: without draws." in told
    rows = tables.fit_table(of(table, "srmr", "exact_fit"), labels=LABELS["en"], language="en").rows
    assert {row[-1] for row in rows} == {"without draws"}


def test_an_inadmissible_solution_is_told_and_the_chapter_is_complete() -> None:
    rng = np.random.default_rng(2)
    frame = simulate(n=60)
    frame["c2"] = -0.2 * frame["c1"] + rng.normal(size=60)  # reliability outside 0 to 1
    model = PathModel.parse(MODEL)
    point = fit(frame, model, method="plsc", on_inadmissible="keep")
    draws = bootstrap(frame, model, n_boot=60, seed=1, method="plsc", on_inadmissible="keep")
    table = assessment_table(point, draws, data=frame)
    row = of(table, "admissibility").iloc[0]
    assert row["verdict"] == "fail"
    told = english(
        narrative.fit(of(table, "srmr", "exact_fit", "admissibility"), labels=LABELS, language="en")
    )
    assert "The solution is not admissible (inadmissible: " in told
    overall = english(narrative.assessment(table, labels=LABELS, language="en"))
    assert "admissible solution" in overall
    assert set(CRITERIA) == set(table["criterion"])
    for language in ("zh", "en"):
        shown = tables.assessment_overview_table(table, labels=LABELS[language], language=language)
        assert "nan" not in "".join("".join(each) for each in shown.rows)


def test_two_item_constructs_are_judged_like_others() -> None:
    small = assess(
        simulate()[["a1", "a2", "b1", "b2", "d"]],
        "A =~ a1 + a2\nB =~ b1 + b2\nD =~ d\nB ~ A\nD ~ B",
    )
    line = next(r for r in overview(small) if r["criterion"].iloc[0] == "rho_a")
    assert (line["verdict"] != "").sum() == 2
    made = chapter(small, "en")
    assert all(table.rows for table in made.tables)


def test_formative_items_without_weight_are_told_as_such() -> None:
    frame = simulate()
    frame["a3"] = np.random.default_rng(5).normal(size=len(frame))
    text = MODEL.replace("A =~ a1 + a2 + a3", "A <~ a1 + a3")
    rows = assess(frame, text)
    rows = rows[rows["chapter"] == "formative"]
    table = tables.formative_table(rows, labels=LABELS["en"], language="en")
    verdicts = {row[1]: row[5] for row in table.rows}
    assert verdicts == {"a1": "met", "a3": "not met"}
    blank = tables.criteria_table(of(rows, "redundancy"), labels=LABELS["en"], language="en")
    assert blank.rows[0][1] == "Alpha"
    assert blank.rows[0][-1] == "no global item asked"


def test_collinear_predecessors_are_told(whole: pd.DataFrame) -> None:
    close = assess(simulate(close=0.97, noise=0.1))
    names = ("inner_vif", "effect_size", "goodness_of_fit")
    told = [
        english(narrative.structure_quality(of(each, *names), labels=LABELS, language="en"))
        for each in (whole, close)
    ]
    assert told[0].startswith("Collinearity does not disturb the paths")
    assert "above 5: its coefficient is hardly told from those of its neighbours" in told[1]
    assert "does not tell valid models from invalid ones [@henseler2013]" in told[0]


def test_a_common_method_is_suspected_where_constructs_collapse(whole: pd.DataFrame) -> None:
    close = assess(simulate(close=0.97, noise=0.1))
    told = [
        english(
            narrative.common_method(
                each[each["chapter"] == "common_method"], labels=LABELS, language="en"
            )
        )
        for each in (whole, close)
    ]
    assert "gives no sign of a common method" in told[0]
    assert "cannot be ruled out" in told[1]
    assert all("no marker construct" in text for text in told)


def test_a_marker_is_told(whole: pd.DataFrame) -> None:
    frame = simulate()
    frame[["m1", "m2"]] = np.random.default_rng(9).normal(size=(len(frame), 2))
    frame["m2"] += frame["m1"]
    rows = assess(frame, MODEL + "    M =~ m1 + m2\n", marker="M")
    rows = rows[rows["chapter"] == "common_method"]
    told = english(narrative.common_method(rows, labels=LABELS, language="en"))
    assert "6 of 6 correlations and paths keep" in told
    assert "no marker construct" not in told


def test_prediction_is_told_by_what_it_beats() -> None:
    items = pd.DataFrame({"q2_predict_mean": [0.2, 0.1], "rmse_model": [1.0, 1.0]})
    row = {"criterion": "cvpat_linear_model", "construct": "overall", "estimate": -0.2}
    test = pd.DataFrame([row | {"lower": -0.3, "upper": -0.1, "verdict": "fail"}])
    told = {}
    for name, linear in (("high", [1.1, 1.1]), ("medium", [1.1, 0.9]), ("no", [0.9, 0.9])):
        frame = items.assign(rmse_linear_model=linear)
        told[name] = english(narrative.prediction(frame, test, labels=LABELS, language="en"))
        assert f"{name} predictive power" in told[name]
    assert (
        "The linear model predicts better (linear model less model: −0.2000 [−0.3000, −0.1000])"
        in told["no"]
    )


def alternatives(bic: float, upper: float) -> pd.DataFrame:
    common = {
        "construct": "C",
        "predecessors": 2,
        "r_squared": 0.4,
        "aic": 1.0,
        "hq": 1.0,
        "bic_weight": 0.5,
    }
    ours = common | {
        "model": "model",
        "bic": 0.0,
        "difference": 0.0,
        "lower": -1.0,
        "upper": upper,
        "p_value": 0.5,
    }
    return pd.DataFrame([ours, common | {"model": "saturated", "bic": bic, "predecessors": 3}])


def test_the_wider_model_is_preferred_only_where_it_is_better() -> None:
    kept = english(narrative.alternatives(alternatives(5.0, 1.0), labels=LABELS, language="en"))
    assert "BIC prefers the model as it is" in kept
    assert "none of them clearly better" in kept
    wider = english(narrative.alternatives(alternatives(-5.0, -0.5), labels=LABELS, language="en"))
    assert "BIC asks for more paths for Gamma" in wider
    assert "predicts Gamma better" in wider
    row = tables.alternatives_table(
        alternatives(5.0, 1.0), labels=LABELS["en"], language="en"
    ).rows[0]
    assert row[:4] == ("Gamma", "2 / 3", "0.0", "−5.0")


def test_own_loadings_are_marked() -> None:
    frame = pd.DataFrame(
        {"item": ["a1", "a1"], "construct": ["A", "B"], "own": ["A", "A"], "estimate": [0.8, 0.3]}
    )
    table = tables.cross_loadings_table(frame, labels=LABELS["en"], language="en")
    assert table.header == ("Item", "Alpha", "Beta")
    assert table.rows == (("a1", "0.80*", "0.30"),)


def test_an_item_that_belongs_elsewhere_is_shown_and_told(whole: pd.DataFrame) -> None:
    rows = of(whole, "indicator_reliability", "cross_loading_margin")
    stray = (rows["criterion"] == "cross_loading_margin") & (rows["item"] == "b2")
    rows.loc[stray, ["value", "verdict"]] = [-0.1, "fail"]
    told = english(narrative.indicators(rows, labels=LABELS, language="en"))
    assert "A larger loading on another construct than on its own has b2" in told
    shown = [
        row[1] for row in tables.indicators_table(rows, labels=LABELS["en"], language="en").rows
    ]
    assert "b2" in shown


def test_words_of_a_row() -> None:
    from csat_models.report.language import Wording

    words = Wording(language="en")
    row = {"criterion": "cronbach_alpha", "threshold": 0.7, "verdict": "caution", "status": ""}
    assert asked_words(words, row) == "≥ 0.70 (≥ 0.60)"
    assert criterion_words(words, row) == "Cronbach's α"
    assert verdict_words(words, row) == "with caution"
    assert verdict_words(words, row | {"verdict": "", "status": "single_item"}) == "single item"
    assert verdict_words(words, row | {"verdict": "", "status": ""}) == "–"
