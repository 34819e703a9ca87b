"""The validity chapter of a study: the engine's numbers, the study's intervals, kept once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from csat_models import Study
from csat_models.assessment import cvpat, htmt2, information_criteria, plspredict
from csat_models.assessment.chapter.criteria import CRITERIA
from csat_models.errors import AbsentError, ParamsError
from csat_models.estimation import interval
from csat_models.report import narrative
from csat_models.report.elements import Absent, Element, Figure, Table
from csat_models.workflow.results import validity

# The same arithmetic on the same numbers.
EXACT = 1e-10
N = 160
NOTEBOOKS = Path(__file__).parents[3] / "notebooks"
STEM = {"I": 3, "Q": 3, "V": 2, "S": 3, "L": 1, "M": 2}

PARAMS = """\
title: Validity
language: en
wave: 2024
data: {file: data/raw/2024.csv, codebook: params/codebook.yml}
model: |
  Image <~ I1 + I2
  Quality =~ Q1 + Q2 + Q3
  Value =~ V1 + V2
  Satisfaction =~ S1 + S2 + S3
  Loyalty =~ L1
  Marker =~ M1 + M2
  Quality ~ Image
  Value ~ Quality
  Satisfaction ~ Quality + Value
  Loyalty ~ Satisfaction
bootstrap: {n_boot: 99, seed: 1}
assessment:
  marker: Marker
  global_items: {Image: I3}
report: {build: false}
"""
PLAIN = [
    ("Image <~ I1 + I2", "Image =~ I1 + I2 + I3"),
    ("  Marker =~ M1 + M2\n", ""),
    ("assessment:\n  marker: Marker\n  global_items: {Image: I3}\n", ""),
]
SATURATED = (
    "  Value ~ Quality\n  Satisfaction ~ Quality + Value\n  Loyalty ~ Satisfaction\n",
    "  Value ~ Image + Quality\n  Satisfaction ~ Image + Quality + Value\n"
    "  Loyalty ~ Image + Quality + Value + Satisfaction\n",
)


def answers(strength: float = 0.8) -> pd.DataFrame:
    """Answers from 1 to 10 of a chain of factors with paths of `strength`."""
    rng = np.random.default_rng(11)
    factors, before = {}, np.zeros(N)
    for name in "IQVSL":
        before = strength * before + np.sqrt(1 - strength**2) * rng.normal(size=N)
        factors[name] = before
    factors["M"] = rng.normal(size=N)
    return pd.DataFrame(
        {
            f"{name}{k}": np.clip(
                np.round(5.5 + 1.6 * (factors[name] + 0.6 * rng.normal(size=N))), 1, 10
            ).astype(int)
            for name, size in STEM.items()
            for k in range(1, size + 1)
        }
    )


def lay_out(root: Path, frame: pd.DataFrame) -> Path:
    for folder in ("notebooks", "params", "data/raw"):
        (root / folder).mkdir(parents=True)
    lines = ["scale: [1, 10]", "items:"]
    lines += [f"  {item}: {{text: {{zh: 题, en: question}}}}" for item in frame]
    (root / "params/codebook.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    frame.to_csv(root / "data/raw/2024.csv", index=False)
    return root


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out(tmp_path_factory.mktemp("validity") / "project", answers())


def open_study(root: Path, name: str, *pairs: tuple[str, str], **how: Any) -> Study:
    text = PARAMS
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    (root / f"params/{name}.yml").write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSAT_PROJECT", str(root))
        return Study.open(name, **how)


@pytest.fixture(scope="module")
def book(root: Path) -> Study:
    return open_study(root, "whole")


@pytest.fixture(scope="module")
def plain(root: Path) -> Study:
    return open_study(root, "plain", *PLAIN)


def with_kind(kind: str) -> tuple[str, str]:
    return "seed: 1}", f"seed: 1, interval: {kind}}}"


def test_every_criterion_has_a_row_and_every_blank_a_reason(book: Study, plain: Study) -> None:
    for study in (book, plain):
        table = study.validity.criteria()
        assert set(table["criterion"]) == set(CRITERIA)
        assert (table.loc[table["value"].isna(), "status"] != "").all()


@pytest.mark.parametrize("kind", ["percentile", "basic", "normal", "bias-corrected", "bca"])
def test_intervals_are_of_the_study_s_kind(root: Path, kind: str) -> None:
    study = open_study(root, f"kind-{kind}", with_kind(kind))
    found = study.validity.criteria("average_variance_extracted").set_index("construct")
    wanted = study.measurement.reliability().query("statistic == 'ave'").set_index("construct")
    for name in ("Quality", "Value", "Satisfaction"):
        for end in ("lower", "upper"):
            assert found.at[name, end] == pytest.approx(wanted.at[name, end], abs=EXACT)


def test_kinds_differ(root: Path) -> None:
    studies = [open_study(root, f"kind-{kind}", with_kind(kind)) for kind in ("percentile", "bca")]
    uppers = [study.validity.criteria("htmt2")["upper"].dropna() for study in studies]
    assert (uppers[0] - uppers[1]).abs().max() > 1e-4  # percentiles at other places


def test_limits_of_ratios_are_one_sided(book: Study) -> None:
    of = book.computation
    wanted = interval(htmt2(of.draws), point=htmt2(of.estimates), level=0.95, side="less").upper
    rows = book.validity.criteria("htmt2")
    for row in rows[rows["value"].notna()].to_dict("records"):
        here = wanted.sel(construct=row["construct"], construct_2=row["construct_2"])
        assert row["upper"] == pytest.approx(here.item(), abs=EXACT)
        assert np.isneginf(row["lower"])


def test_predictions_are_the_engine_s(book: Study) -> None:
    of = book.computation
    how = {"n_folds": 10, "repetitions": 10, "seed": of.wave.seed}
    direct = plspredict(of.estimates, of.wave.responses, **how)
    earliest = plspredict(of.estimates, of.wave.responses, antecedents="earliest", **how)
    found = book.validity.prediction().set_index("item")
    assert list(found.index) == list(direct.rmse["item"].to_numpy())
    for item in found.index:
        assert found.at[item, "q2_predict_mean"] == pytest.approx(
            direct.q2_predict().sel(item=item).item(), abs=EXACT
        )
        assert found.at[item, "q2_earliest"] == pytest.approx(
            earliest.q2_predict().sel(item=item).item(), abs=EXACT
        )
        assert found.at[item, "rmse_linear_model"] == pytest.approx(
            direct.rmse.sel(item=item, predictor="linear_model").item(), abs=EXACT
        )
    test = cvpat(direct, "mean", level=0.95).set_index("construct")
    losses = book.validity.cvpat().query("criterion == 'cvpat_mean'").set_index("construct")
    assert losses["estimate"].to_dict() == pytest.approx(test["difference"].to_dict(), abs=EXACT)


def test_verdicts_follow_the_truth(book: Study, tmp_path: Path) -> None:
    assert set(book.validity.prediction()["verdict"]) <= {"pass", "caution"}
    shuffled = answers()
    rng = np.random.default_rng(5)
    for item in ("L1", "S1", "S2", "S3"):
        shuffled[item] = rng.permutation(shuffled[item].to_numpy())
    study = open_study(lay_out(tmp_path / "noise", shuffled), "noise")
    verdicts = study.validity.prediction().set_index("item")["verdict"]
    assert verdicts["L1"] == "fail"
    overall = study.validity.criteria("indicator_reliability").set_index("item")["verdict"]
    assert "fail" in set(overall[["S1", "S2", "S3"]])
    assert (
        study.validity.criteria("average_variance_extracted")
        .set_index("construct")
        .at["Satisfaction", "verdict"]
        == "fail"
    )


def test_results_are_computed_once_and_kept(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("computed again")

    study = open_study(root, "kept")
    first = [study.validity.criteria(), study.validity.prediction(), study.validity.alternatives()]
    for name in ("assessment_table", "plspredict", "compare_models"):
        monkeypatch.setattr(validity, name, refuse)
    again = open_study(root, "kept")
    second = [again.validity.criteria(), again.validity.prediction(), again.validity.alternatives()]
    for one, other in zip(first, second, strict=True):
        pd.testing.assert_frame_equal(one, other)
    other_seed = open_study(root, "kept", ("seed: 1", "seed: 2"))
    with pytest.raises(AssertionError, match="computed again"):
        other_seed.validity.criteria()


def test_the_marker_and_the_global_item_are_those_of_the_params(book: Study, plain: Study) -> None:
    names = ("marker_adjusted_correlation", "marker_controlled_path", "redundancy")
    table = book.validity.criteria(*names)
    assert table["value"].notna().all()
    assert table.query("criterion == 'redundancy'")["construct"].tolist() == ["Image"]
    blank = plain.validity.criteria(*names)
    assert blank["status"].tolist() == ["no_formative_construct", "no_marker", "no_marker"]


def test_formative_blocks_are_told_or_their_absence(book: Study, plain: Study) -> None:
    assert set(book.validity.formative()["item"]) == {"I1", "I2", ""}
    with pytest.raises(AbsentError) as caught:
        plain.validity.formative()
    shown = narrative.absent(str(caught.value.facts["reason"]), language="en").reason
    assert shown == "This section is empty: the model has no formative construct."


@pytest.mark.parametrize(
    ("pair", "sentence"),
    [
        (("marker: Marker", "marker: Quality"), "stands in no path: Marker"),
        (("{Image: I3}", "{Quality: I3}"), r"formative constructs \(Image\) to items"),
        (("{Image: I3}", "{Image: I9}"), "'Image', an item of the codebook"),
        (("{Image: I3}", "{Image: I1}"), "outside its own block"),
        (("marker: Marker", "marker: 3"), "assessment.marker"),
    ],
)
def test_settings_that_do_not_fit_the_model_are_refused(
    root: Path, pair: tuple[str, str], sentence: str
) -> None:
    with pytest.raises(ParamsError, match=sentence) as caught:
        open_study(root, "wrong", pair)
    assert str(caught.value).count("\n") == 0


def test_alternatives_are_those_of_the_saturated_model(book: Study) -> None:
    table = book.validity.alternatives()
    ours = table.query("model == 'model'").set_index("construct")
    assert list(ours.index) == ["Value", "Satisfaction", "Loyalty"]
    wider = table.query("model == 'saturated'").set_index("construct")
    assert ours["predecessors"].tolist() == [1, 2, 1]
    assert wider["predecessors"].tolist() == [2, 3, 4]
    assert (wider["r_squared"] >= ours["r_squared"] - 0.02).all()  # weights are sought anew
    bic = information_criteria(book.computation.estimates).bic
    for name in ours.index:
        assert ours.at[name, "bic"] == pytest.approx(bic.sel(construct=name).item(), abs=EXACT)
        assert ours.at[name, "lower"] <= ours.at[name, "difference"] <= ours.at[name, "upper"]


def test_a_saturated_model_has_no_wider_one(root: Path) -> None:
    with pytest.raises(AbsentError) as caught:
        open_study(root, "saturated", SATURATED).validity.alternatives()
    assert narrative.absent(str(caught.value.facts["reason"]), language="zh").reason


def test_too_few_draws_are_told_and_the_rest_is_complete(root: Path) -> None:
    study = open_study(root, "few", n_boot=10)
    table = study.validity.criteria()
    alpha = table.query("criterion == 'cronbach_alpha' and construct == 'Quality'").iloc[0]
    assert alpha["status"] == "too_few_draws"
    assert alpha["verdict"] == "pass"
    assert study.tables.assessment_overview_table(table).rows
    assert study.narrative.assessment(table).texts["zh"]
    assert study.validity.prediction()["q2_predict_mean"].notna().all()


def test_consistent_pls_keeps_to_its_own_standard_error(root: Path) -> None:
    study = open_study(
        root,
        "plsc",
        ("bootstrap:", "estimation: {method: plsc}\nbootstrap:"),
        with_kind("normal"),
    )
    found = study.validity.criteria("r_squared").set_index("construct")
    wanted = study.structure.r_squared().set_index("construct")
    for name in found.index:
        assert found.at[name, "upper"] == pytest.approx(wanted.at[name, "upper"], abs=EXACT)


def test_adjusted_r_squared_stands_beside_r_squared(book: Study) -> None:
    table = book.structure.r_squared()
    assert (table["adjusted"] < table["estimate"]).all()
    rows = book.validity.criteria("adjusted_r_squared").set_index("construct")["value"]
    assert table.set_index("construct")["adjusted"].to_dict() == pytest.approx(rows.to_dict())


def test_cross_loadings_name_the_own_construct(book: Study) -> None:
    table = book.validity.cross_loadings()
    own = table[table["construct"] == table["own"]].set_index("item")["estimate"]
    loadings = book.computation.estimates.loadings.to_series()
    for item, value in own.items():
        assert value == pytest.approx(loadings[item], abs=EXACT)
    assert len(table) == len(own) * len(book.model.construct_names)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", ["whole", "plain"])
def test_the_notebooks_cells_show_the_whole_chapter(root: Path, name: str, language: str) -> None:
    study = open_study(root, name, *(PLAIN if name == "plain" else []), language=language)
    shown: list[Element] = []
    study.show = lambda *elements: shown.extend(elements)  # type: ignore[method-assign]
    for notebook in ("03_measurement", "04_structure"):
        cells = json.loads((NOTEBOOKS / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
        for cell in cells:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code" and "book.validity" in source:
                exec(source, {"book": study})  # noqa: S102 (the repository's own cells)
    tables = {each.name for each in shown if isinstance(each, Table)}
    wanted = {"assessment", "indicators", "cross_loadings", "ratio_limits", "common_method"}
    wanted |= {"structure_quality", "fit", "prediction", "cvpat", "alternatives"}
    wanted |= {"structural_model", "paths", "r_squared"}
    assert tables == (wanted | {"formative", "redundancy"} if name == "whole" else wanted)
    drawn = {each.name for each in shown if isinstance(each, Figure)}
    wanted = {"ratio_limits", "effect_sizes", "prediction", "cvpat", "path_diagram", "paths"}
    assert drawn == wanted
    empty = [each.reason for each in shown if isinstance(each, Absent)]
    assert len(empty) == (name == "plain")


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A study by consistent PLS whose Value has a reliability outside 0 to 1."""
    frame = answers()
    noise = np.random.default_rng(2).normal(size=N)
    away = 5.5 - 0.4 * (frame["V1"] - 5.5) + 2 * noise
    frame["V2"] = np.clip(np.round(away), 1, 10).astype(int)
    root = lay_out(tmp_path_factory.mktemp("broken") / "project", frame)
    method = ("bootstrap:", "estimation: {method: plsc}\nbootstrap:")
    return open_study(root, "broken", *PLAIN, method)


def test_an_inadmissible_study_has_its_whole_chapter_with_the_status(broken: Study) -> None:
    table = broken.validity.criteria()
    assert set(table["criterion"]) == set(CRITERIA)
    row = table.query("criterion == 'admissibility'").iloc[0]
    assert row["status"].startswith("inadmissible_") and row["verdict"] == "fail"
    known = table[table["chapter"].eq("measurement") & table["value"].notna()]
    assert set(known["status"]) == {row["status"]}
    told = broken.narrative.fit(broken.validity.fit())
    assert "The solution is not admissible" in told.texts["en"]


@pytest.mark.parametrize(
    "notebook", ["02_describe", "03_measurement", "04_structure", "05_index", "06_trend"]
)
def test_every_notebook_of_an_inadmissible_study_goes_through(
    broken: Study, notebook: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Element] = []
    monkeypatch.setattr(broken, "show", lambda *elements: shown.extend(elements))
    cells = json.loads((NOTEBOOKS / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    space: dict[str, Any] = {"book": broken}
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and "Study.open" not in source:
            exec(source, space)  # noqa: S102 (the repository's own cells)
    assert shown
