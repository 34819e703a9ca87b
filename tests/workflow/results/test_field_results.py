"""From the field's file to the answers used: what is planted appears, what is declared acts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from csat_models import Study, compute_weights
from csat_models.errors import AbsentError, DataError, ParamsError
from csat_models.report.elements import Paragraph
from csat_models.workflow.computing import answers as answers_room

NOTEBOOKS = Path(__file__).resolve().parents[3] / "notebooks"
N_ROWS, FRAUD, N_BOOT = 600, "I03", 40
# The same sums in another order, of numbers near 10.
ROUNDING = 1e-9

PARAMS = """\
title: Field study 2024
language: en
wave: 2024
data: {file: data/raw/2024.csv, codebook: params/codebook.yml}
model: |
  Quality =~ Q1 + Q2 + Q3 + Q4
  Satisfaction =~ S1 + S2 + S3 + S4
  Satisfaction ~ Quality
bootstrap: {n_boot: 40, seed: 1}
comparison:
  unit: city
  competitor: {column: operator, ours: ours, theirs: rival}
report: {build: false}
"""

ITEMS = ("Q1", "Q2", "Q3", "Q4", "S1", "S2", "S3", "S4")

CODEBOOK = (
    """\
respondent_id: id
scale: [1, 10]
missing: {98: dont_know}
interviewer: interviewer
duration: duration
mode: mode
constructs:
  Quality: {zh: 质量, en: Quality}
  Satisfaction: {zh: 满意度, en: Satisfaction}
items:
"""
    + "".join(
        f"  {item}: {{construct: {'Quality' if item[0] == 'Q' else 'Satisfaction'}, "
        f"text: {{zh: 题{item}, en: question {item}}}}}\n"
        for item in ITEMS
    )
    + """\
  C1: {filter: sex == f, text: {zh: 条件题, en: filtered}}
attributes:
  city: {kind: category, label: {zh: 城市, en: City},
         labels: {a: {zh: 甲, en: A}, b: {zh: 乙, en: B}}}
  operator: {kind: category, label: {zh: 运营商, en: Operator},
             labels: {ours: {zh: 本方, en: us}, rival: {zh: 对手, en: them}}}
  sex: {kind: category, label: {zh: 性别, en: Sex},
        labels: {m: {zh: 男, en: male}, f: {zh: 女, en: female}}}
  mode: {kind: category, label: {zh: 方式, en: Mode},
         labels: {phone: {zh: 电话, en: phone}, web: {zh: 网络, en: web}}}
  age: {kind: number, label: {zh: 年龄, en: Age}}
  tenure: {kind: number, label: {zh: 年限, en: Tenure}}
  interviewer: {kind: text, label: {zh: 访员, en: Interviewer}}
  duration: {kind: number, label: {zh: 时长, en: Duration}}
  comment: {kind: text, label: {zh: 意见, en: Comment}}
  design: {kind: number, label: {zh: 设计权重, en: Design weight}}
"""
)


def survey(*, fraud: bool = True) -> pd.DataFrame:
    """Answers of 12 interviewers; with `fraud` one of them made all answers up."""
    rng = np.random.default_rng(11)
    row = np.arange(N_ROWS)
    sex = np.where(rng.random(N_ROWS) < 0.7, "m", "f")
    latent = rng.normal(size=N_ROWS) + 0.9 * (sex == "f")
    noise = rng.normal(size=(N_ROWS, len(ITEMS)))
    scores = np.clip(np.round(6.0 + 1.3 * latent[:, None] + noise), 1, 10)
    interviewer = np.array([f"I{k:02d}" for k in row % 12])
    seconds = rng.lognormal(6.0, 0.25, N_ROWS)
    if fraud:
        made_up = interviewer == FRAUD
        scores[made_up] = 8 + rng.integers(0, 2, (int(made_up.sum()), len(ITEMS)))
        seconds[made_up] *= 0.4
    frame = pd.DataFrame(scores.astype(int), columns=ITEMS)
    frame = frame.mask(rng.random(frame.shape) < 0.03, 98)
    return frame.assign(
        id=[f"r{k}" for k in row],
        C1=np.where(sex == "f", rng.integers(1, 11, N_ROWS).astype(str), ""),
        city=np.where(row % 5 < 3, "a", "b"),
        operator=np.where(row % 7 < 4, "ours", "rival"),
        sex=sex,
        mode=np.where(row % 4 == 0, "web", "phone"),
        age=rng.integers(18, 80, N_ROWS),
        tenure=2,
        interviewer=interviewer,
        duration=seconds.round(),
        comment=np.where(row == 5, "请回电 13800000000", np.where(row % 6 == 0, "很好", "")),
        design=np.where(row % 3 == 0, 2.0, 1.0),
    )


class Field:
    """A project whose data and params a test may change."""

    def __init__(self, tiny, monkeypatch) -> None:
        self.tiny = tiny
        self.tiny.write("params/codebook.yml", CODEBOOK)
        self.declare()
        self.deliver(survey())
        monkeypatch.setenv("CSAT_PROJECT", str(tiny.root))

    def declare(self, more: str = "") -> None:
        self.tiny.write("params/2024.yml", PARAMS + more)

    def deliver(self, table: pd.DataFrame) -> None:
        self.tiny.write("data/raw/2024.csv", table.to_csv(index=False, lineterminator="\n"))

    def open(self, more: str | None = None, language: str = "en") -> Study:
        if more is not None:
            self.declare(more)
        return Study.open("2024", n_boot=N_BOOT, language=language)

    @property
    def checks(self) -> Path:
        return self.tiny.outputs() / "checks.csv"


@pytest.fixture
def field(tiny, monkeypatch) -> Field:
    return Field(tiny, monkeypatch)


def test_a_planted_interviewer_stands_out_and_an_honest_one_does_not(field):
    study = field.open()
    table = study.field.interviewers()
    assert table.loc[table["flagged"], "interviewer"].tolist() == [FRAUD]
    sentence = study.narrative.interviewers(table)
    assert FRAUD in sentence.texts["en"] and "过于相似" in sentence.texts["zh"]
    field.deliver(survey(fraud=False))
    honest = field.open()
    assert not honest.field.interviewers()["flagged"].any()
    assert (
        "None of 12 interviewers"
        in honest.narrative.interviewers(honest.field.interviewers()).texts["en"]
    )


def test_flagged_rows_count_unless_the_params_say_otherwise(field):
    everyone, unflagged = field.open(), field.open("screening: {rows: unflagged}\n")
    n_flagged = int(everyone.computation.wave.answers.flags.flagged.sum())
    assert n_flagged >= N_ROWS // 12
    assert len(everyone.responses.frame) == N_ROWS
    assert len(unflagged.responses.frame) == N_ROWS - n_flagged
    assert FRAUD not in set(unflagged.responses.frame["interviewer"])
    assert any("left out, flagged" in line for line in unflagged.responses.log)
    removed = unflagged.field.flow().set_index("step")["removed"]
    assert removed["unflagged"] == n_flagged


@pytest.mark.parametrize("rows", ["all", "unflagged"])
def test_the_index_with_and_without_flagged_rows_stands_side_by_side(field, rows):
    study = field.open(f"screening: {{rows: {rows}}}\n")
    table = study.flagged.index("Satisfaction").set_index("operator")
    main = study.index.levels().query("construct == 'Satisfaction'").set_index("operator")
    for brand in ("ours", "rival"):
        # What stands beside the main result is the main result of the other declaration.
        assert table.loc[brand, rows] == pytest.approx(main.loc[brand, "estimate"], abs=ROUNDING)
        assert table.loc[brand, f"{rows}_lower"] == pytest.approx(main.loc[brand, "lower"])
    other = "unflagged" if rows == "all" else "all"
    there = field.open(f"screening: {{rows: {other}}}\n").index.levels()
    there = there.query("construct == 'Satisfaction'").set_index("operator")["estimate"]
    np.testing.assert_allclose(table[other], there.reindex(table.index), atol=ROUNDING)
    # The invented answers are 8 and 9 on a scale whose mean is 6.
    assert (table["difference"] < -0.5).all()
    shown = study.tables.index_comparison_table(table.reset_index(), construct="Satisfaction")
    assert len(shown.rows) == 2 and shown.rows[0][0] == "us"


def test_without_flags_there_is_nothing_to_compare(field):
    study = field.open("screening: {excludes: [duplicate]}\n")
    with pytest.raises(AbsentError) as caught:
        study.flagged.index("Satisfaction")
    assert caught.value.facts["reason"] == "no_flag"


def test_flags_are_kept_and_made_anew_for_other_rules(field, monkeypatch):
    made = field.open().computation.wave.answers.flags

    def no_longer(*_: object) -> None:
        raise AssertionError("screened again")

    monkeypatch.setattr(answers_room, "screen", no_longer)
    kept = field.open().computation.wave.answers.flags
    pd.testing.assert_frame_equal(kept.frame, made.frame)
    pd.testing.assert_frame_equal(kept.values, made.values)
    pd.testing.assert_frame_equal(kept.tables["interviewer"], made.tables["interviewer"])
    np.testing.assert_array_equal(kept.flagged, made.flagged)
    with pytest.raises(AssertionError, match="screened again"):
        _ = field.open("screening: {nonresponse: 0.5}\n").computation.wave.answers.flags


def test_only_what_moves_numbers_makes_draws_anew(field):
    key = field.open().computation.wave.draws_key
    assert field.open("screening: {nonresponse: 0.5}\n").computation.wave.draws_key == key
    assert field.open("privacy: {min_n: 9}\n").computation.wave.draws_key == key
    for more in ("screening: {rows: unflagged}\n", "weighting: {margins: {sex: {m: 1, f: 1}}}\n"):
        assert field.open(more).computation.wave.draws_key != key


def test_margins_move_means_and_indices_to_the_population(field):
    plain, weighted = field.open(), field.open("weighting: {margins: {sex: {m: 49, f: 51}}}\n")
    frame = plain.responses.frame
    means = frame.groupby("sex", observed=True)["Q1"].mean()
    counts = frame.groupby("sex", observed=True)["Q1"].count()
    sizes = frame["sex"].value_counts()
    # Post-stratified by hand; some did not answer, so the answers' weights are what counts.
    share = {s: counts[s] / sizes[s] * t for s, t in (("m", 0.49), ("f", 0.51))}
    wanted = sum(share[s] * means[s] for s in share) / sum(share.values())
    found = weighted.sample.items().set_index("item").loc["Q1"]
    assert found["mean"] == pytest.approx(wanted, abs=ROUNDING)
    assert found["lower"] < wanted < found["upper"]
    unweighted = plain.sample.items().set_index("item").loc["Q1", "mean"]
    # Women are 0.9 standard deviations of the trait higher and were too few.
    assert wanted - unweighted > 0.1
    higher = weighted.index.levels()["estimate"] - plain.index.levels()["estimate"]
    assert (higher > 0.5).all()
    assert "weight" in weighted.responses.frame and weighted.computation.weight == "weight"
    assert plain.computation.weight is None


def test_the_profile_against_margins_and_the_price_of_weights(field):
    study = field.open("weighting: {margins: {sex: {m: 49, f: 51}}, by: [city]}\n")
    table = study.field.margins()
    np.testing.assert_allclose(table["after"], table["target"], atol=1e-6)
    assert table["before"].sub(table["target"]).abs().max() > 0.1
    assert set(table["city"].astype(str)) == {"a", "b"}
    cost = study.field.weights()
    w = study.responses.frame["weight"]
    assert cost.loc[0, "n_effective"] == pytest.approx(w.sum() ** 2 / (w**2).sum())
    assert len(cost) == 1 + 4
    with pytest.raises(AbsentError):
        field.open("").field.margins()


def test_margins_can_be_compared_with_the_weights_that_came_with_the_data(field):
    text = CODEBOOK.replace("respondent_id: id\n", "respondent_id: id\nweight: given\n")
    field.tiny.write("params/codebook.yml", text)
    table = survey().assign(given=lambda rows: np.where(rows["sex"] == "f", 2.0, 1.0))
    field.deliver(table)
    more = "weighting: {margins: {sex: {m: 49, f: 51}}, use: codebook}\n"
    compared, plain = field.open(more), field.open("")
    assert compared.computation.wave.draws_key == plain.computation.wave.draws_key
    found = field.open(more).field.margins().set_index("level")
    women = (table["sex"] == "f").mean()
    assert found.loc["f", "before"] == pytest.approx(women)
    assert found.loc["f", "after"] == pytest.approx(2 * women / (1 + women))
    assert found.loc["f", "target"] == pytest.approx(0.51)


def test_design_weights_are_multiplied_and_not_replaced(field):
    study = field.open("weighting: {margins: {sex: {m: 1, f: 1}}, base: design}\n")
    frame = study.responses.frame
    wanted = compute_weights(frame, {"sex": {"m": 1, "f": 1}}, base="design").values
    np.testing.assert_allclose(frame["weight"], wanted, atol=ROUNDING)
    assert frame.loc[frame["sex"] == "m"].groupby("design")["weight"].mean().diff().iloc[1] > 0.1


IMPOSSIBLE = (
    "checks: {impossible: {young customer: tenure > age - 12}, severity: {impossible: %s}}\n"
)


@pytest.mark.parametrize("severity", ["error", "warning"])
def test_declared_errors_stop_a_study_and_warnings_are_shown(field, severity):
    table = survey()
    table.loc[[3, 40], "tenure"] = 90
    field.deliver(table)
    study = field.open(IMPOSSIBLE % severity)
    if severity == "error":
        with pytest.raises(DataError) as caught:
            study.check()
        message = str(caught.value)
        assert "2 errors" in message and "row 5" in message and "\n" not in message
        assert "outputs/2024/checks.csv" in message
        with pytest.raises(DataError, match="csat check 2024"):
            study.computation.wave.check()
    else:
        study.check()
        assert any(line.startswith("warning: 2 rows, column 'tenure'") for line in study.remarks())
        assert study.field.violations()["n_rows"].tolist() == [2]
    written = pd.read_csv(field.checks)
    assert written["row"].tolist() == [5, 42] and set(written["severity"]) == {severity}


def test_a_file_that_cannot_be_read_has_all_its_faults_listed(field):
    table = survey().astype({"Q1": object})
    table.loc[2, "Q1"], table.loc[9, "S2"], table.loc[11, "sex"] = "seven", 55, "x"
    field.deliver(table)
    study = field.open("")
    with pytest.raises(DataError) as caught:
        study.check()
    assert "checks.csv" in str(caught.value) and "\n" not in str(caught.value)
    written = pd.read_csv(field.checks)
    found = written[["row", "column", "rule"]].values.tolist()
    assert found[:3] == [[4, "Q1", "number"], [11, "S2", "scale"], [13, "sex", "label"]]
    field.deliver(survey())
    field.open("").check()
    assert not field.checks.exists()


def test_small_cells_are_blank_with_one_more_that_would_give_them_away(field):
    study = field.open()
    shown = study.answers.item_profile(["Q1"])
    assert shown["mean"].notna().all()
    few = int(shown["n_obs"].min()) + 1
    hidden = field.open(f"privacy: {{min_n: {few}}}\n").answers.item_profile(["Q1"])
    # Of two units one is too small; the other would give it away.
    assert hidden[["mean", "n_obs", "difference"]].isna().all(axis=None)


def test_the_leads_and_paths_stand_side_by_side_too(field):
    study = field.open()
    leads = study.flagged.leads("Satisfaction")
    assert pd.isna(leads.loc[0, "city"]) and leads["city"].astype(str).tolist()[1:] == ["a", "b"]
    paths = study.flagged.paths()
    there = field.open("screening: {rows: unflagged}\n")
    wanted = there.index.leads_by_unit("Satisfaction")["estimate"]
    np.testing.assert_allclose(leads["unflagged"][1:], wanted, atol=ROUNDING)
    np.testing.assert_allclose(paths["unflagged"], there.structure.paths()["estimate"])
    np.testing.assert_allclose(paths["all"], study.structure.paths()["estimate"])
    # Invented answers are alike: without them the path is another one.
    assert paths["difference"].abs().max() > 0.01
    assert study.narrative.flagged_paths(paths).texts["zh"]
    shown = study.tables.lead_comparison_table(leads, construct="Satisfaction")
    assert shown.rows[0][0] == "All" and len(shown.rows) == 3


def test_likeness_within_interviewers_and_flags_by_unit_are_shown(field):
    study = field.open()
    alike, rates = study.field.interviewer_variance(), study.flagged.rates()
    assert set(alike["item"]) == set(ITEMS)
    table = study.tables.interviewer_variance_table(alike)
    assert len(table.rows) == 5 and len(table.frame) == len(ITEMS)
    assert rates["n_obs"].sum() == N_ROWS
    flagged = study.computation.wave.answers.flags.flagged
    assert rates["n_flagged"].sum() == flagged.sum()


def test_of_many_interviewers_the_flagged_and_a_few_more_are_shown(field):
    study = field.open()
    frame = study.field.interviewers()
    table = study.tables.interviewer_table(frame)
    assert table.rows[0][0] == FRAUD
    assert len(table.rows) == 1 + 3 and len(table.frame) == 12


TINY = "privacy: {min_n: %d}\n"


def test_interviewers_modes_and_answers_of_too_few_are_blank(field):
    table = survey()
    few = table.index[table["interviewer"] != FRAUD][:4]
    table.loc[few, "interviewer"] = "rare"
    field.deliver(table)
    study = field.open()
    frame = study.field.interviewers().set_index("interviewer")
    assert frame.loc["rare", ["n_obs", "top_share", "p_adjusted"]].isna().all()
    assert not frame.loc["rare", "flagged"] and frame.loc[FRAUD, "flagged"]
    assert frame["n_obs"].isna().sum() == 2  # one more, which would give its number away
    assert study.figures.plot_interviewers(frame.reset_index()).drawing.axes
    drawn = study.answers.distribution(["Q1"])
    counted = survey()["Q1"].value_counts().reindex(drawn["answer"], fill_value=0).to_numpy()
    rare = (counted > 0) & (counted < study.params.privacy.min_n)
    assert drawn.loc[rare, ["n_obs", "share", "lower", "upper"]].isna().all(axis=None)
    least = int(counted[counted > 0].min()) + 1
    hidden = field.open(TINY % least).answers.distribution(["Q1"])
    blank = hidden["share"].isna().to_numpy()
    assert blank[(counted > 0) & (counted < least)].all() and 2 <= blank.sum() < len(blank)
    assert "too few" in study.figures.plot_distributions(hidden).note
    assert field.open(TINY % 10**6).field.mode_effects()["estimate"].isna().all()


@pytest.mark.parametrize("weights", ["pooled", "own"])
def test_a_tiny_cell_is_blank_in_every_table_of_a_study(field, monkeypatch, weights):
    table = survey()
    city = np.array(["a", "b", "c", "d"])[np.arange(N_ROWS) % 4]
    rival = np.where((city == "c") & (table["operator"] == "rival"), "ours", table["operator"])
    first = np.flatnonzero(city == "c")[:12]
    rival[first] = "rival"
    field.deliver(table.assign(city=city, operator=rival))
    text = CODEBOOK.replace(
        "b: {zh: 乙, en: B}}}", "b: {zh: 乙, en: B}, c: {zh: 丙, en: C}, d: {zh: 丁, en: D}}}"
    )
    field.tiny.write("params/codebook.yml", text)
    more = f"weighting: {{margins: {{sex: {{m: 49, f: 51}}}}}}\nindex: {{weights: {weights}}}\n"
    study = field.open(more + TINY % 20)
    shown: list[object] = []
    monkeypatch.setattr(Study, "show", lambda _, *elements: shown.extend(elements))
    for name in ("01_prepare", "02_describe", "05_index"):
        run_cells(study, name)
    frames = {each.name: each.frame for each in shown if type(each).__name__ == "Table"}
    assert len(frames) > 12
    looked = 0
    for name, frame in frames.items():
        if "city" not in frame or name == "flag_rates":
            continue
        here = frame["city"].astype(str) == "c"
        if "operator" in frame:
            here &= frame["operator"].astype(str) == "rival"
        # The lead, the rank of it and the rival's level are made of the tiny cell.
        of_cell = {"n_obs", "n_effective", "weight_sum", "estimate", "lower", "upper", "rival"}
        of_cell |= {"all", "unflagged", "lead", "probability", "design_effect"}
        columns = [column for column in frame if column in of_cell]
        if name.startswith(("standing", "rank")):
            columns = [column for column in columns if column in ("rival", "lead")]
        looked += bool(columns)
        assert frame.loc[here, columns].isna().all(axis=None), name
        # What is not near the tiny cell stays.
        others = frame.loc[frame["city"].astype(str) != "c", columns]
        assert others.notna().any(axis=None) or not columns, name
    assert looked >= 4
    cells = frames["cell_sizes"]
    assert cells["n_obs"].isna().sum() >= 4
    plain = field.open(more).sample.cells()
    assert plain["n_obs"].notna().all()


def run_cells(study: Study, name: str) -> None:
    cells = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    names: dict[str, object] = {"book": study}
    for source in sources[2:]:
        exec(source, names)  # noqa: S102 (the repository's own notebooks)


def test_open_answers_are_counted_without_personal_data(field):
    table = field.open().answers.open_answers()
    assert table["question"].tolist() == ["comment"]
    assert table[["n_obs", "stripped", "mobile"]].iloc[0].tolist() == [101, 1, 1]
    assert field.open().answers.examples().empty
    texts = field.open("privacy: {open_answers: examples}\n").answers.examples()["text"]
    assert set(texts) == {"很好", "请回电 [mobile]"}


def test_filtered_questions_are_no_missing_answers(field):
    study = field.open()
    table = study.answers.filtered()
    women = int((survey()["sex"] == "f").sum())
    assert table[["item", "asked", "unanswered"]].values.tolist() == [["C1", women, 0]]
    assert "C1" not in " ".join(study.answers.patterns()["unanswered"])
    assert study.answers.little().p_value > 0.001
    table = survey()
    # Answers to S1 are missing where Q1 is high: not completely at random.
    table.loc[table["Q1"].between(8, 10), "S1"] = 98
    field.deliver(table)
    test = field.open().answers.little()
    assert test.p_value < 0.001
    sentence = study.narrative.little(test.statistic, test.degrees_of_freedom, test.p_value)
    assert "speaks against" in sentence.texts["en"] and "拒绝" in sentence.texts["zh"]


def test_the_hash_of_the_raw_file_is_shown(field):
    import hashlib

    study = field.open()
    sha256 = hashlib.sha256((field.tiny.root / "data/raw/2024.csv").read_bytes()).hexdigest()
    assert study.field.files()["sha256"].tolist() == [sha256]
    text = study.narrative.raw_data(study.field.files(), study.field.flow())
    assert isinstance(text, Paragraph) and sha256[:12] in text.text


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", ["01_prepare", "02_describe"])
def test_notebooks_show_the_field_in_both_languages(field, name, language, monkeypatch):
    study = field.open("weighting: {margins: {sex: {m: 49, f: 51}}}\n", language)
    shown: list[object] = []
    monkeypatch.setattr(study, "show", lambda *elements: shown.extend(elements))
    run_cells(study, name)
    kinds = [type(element).__name__ for element in shown]
    absent = [element.reason for element in shown if type(element).__name__ == "Absent"]
    # The study has a single wave, which the section of all waves says.
    assert len(absent) == (name == "01_prepare")
    assert kinds.count("Figure") >= (6 if name == "01_prepare" else 5)


@pytest.mark.parametrize("name", ["interviewer", "duration", "mode"])
def test_what_was_not_recorded_is_absent_and_nothing_else(field, name):
    text = CODEBOOK.replace(f"{name}: {name}\n", "", 1)
    field.tiny.write("params/codebook.yml", text)
    study = field.open()
    for ask, role in (
        (study.field.interviewers, "interviewer"),
        (study.field.mode_effects, "mode"),
    ):
        if role == name:
            with pytest.raises(AbsentError) as caught:
                ask()
            assert caught.value.facts["reason"] == f"no_{role}"
        else:
            assert len(ask())
    assert ("speeder" in set(study.field.flags()["flag"])) == (name != "duration")


BAD = [
    ("checks: {severity: {whole: eror}}", "checks.severity.whole", ["'eror'", "error or warning"]),
    ("checks: {severity: {wole: error}}", "checks.severity", ["wole", "whole"]),
    ("checks: {severity: {scale: warning}}", "checks.severity", ["cannot be read"]),
    ("checks: {severty: {}}", "checks.severty", ["did you mean 'severity'"]),
    ("checks: {impossible: {x: age >}}", "checks.impossible", ["'age >'"]),
    ("screening: {rows: some}", "screening.rows", ["'some'", "all or unflagged"]),
    ("screening: {row: all}", "screening.row", ["did you mean 'rows'"]),
    ("screening: {mode: way}", "screening.mode", ["'way'", "city, operator"]),
    ("screening: {within: [town]}", "screening.within", ["town", "city"]),
    ("screening: {items: [Q9]}", "screening.items", ["Q9", "params/codebook.yml"]),
    ("screening: {excludes: [spedder]}", "screening.excludes", ["spedder", "speeder"]),
    ("screening: {nonresponse: 2}", "screening.nonresponse", ["is 2", "at most 1"]),
    ("screening: {attention: {Q1: ten}}", "screening.attention.Q1", ["'ten'", "prescribed"]),
    ("weighting: {}", "weighting", ["lacks the key 'margins'", "{sex: {m: 49, f: 51}}"]),
    (
        "weighting: {margins: {sex: {m: 1, x: 1}}}",
        "weighting.margins",
        ["'x' is none", "f (女)"],
    ),
    ("weighting: {margins: {sx: {m: 1}}}", "weighting.margins", ["attribute", "sex"]),
    ("weighting: {margins: {sex: {m: 1, f: 0}}}", "weighting.margins", ["positive"]),
    ("weighting: {margins: {sex: {m: 1, f: 1}}, trim: [2, 5]}", "weighting.trim", ["around 1"]),
    ("weighting: {margins: {sex: {m: 1, f: 1}}, base: dsign}", "weighting.base", ["dsign"]),
    ("weighting: {margins: {sex: {m: 1}}, by: [town]}", "weighting.by", ["town", "city"]),
    (
        "weighting: {margins: {sex: {m: 1, f: 1}}, replicates: {kind: bootstrap}}",
        "weighting.replicates.kind",
        ["unknown key", "columns, method, rho, scale"],
    ),
    (
        "weighting: {margins: {sex: {m: 1, f: 1}}}\nestimation: {weights: false}",
        "estimation.weights",
        ["weighting"],
    ),
    (
        "weighting: {margins: {sex: {m: 1, f: 1}}, use: codebook}",
        "weighting.use",
        ["margins", "no weight"],
    ),
    ("privacy: {min_n: 0}", "privacy.min_n", ["is 0", "at least 1"]),
    ("privacy: {open_answers: all}", "privacy.open_answers", ["counts or examples"]),
]


@pytest.mark.parametrize(("more", "key", "told"), BAD)
def test_a_wrong_key_is_one_sentence(field, more, key, told):
    with pytest.raises(ParamsError) as caught:
        field.open(f"{more}\n")
    message = str(caught.value)
    assert message.startswith("params/2024.yml: ") and "\n" not in message
    assert caught.value.facts["key"] == key, message
    for text in told:
        assert text in message, message


def test_waves_that_are_handled_otherwise_are_told(field):
    text = PARAMS.replace("2024", "2023").replace("data/raw/2023", "data/raw/2024")
    field.tiny.write("params/2023.yml", text)
    assert not [r for r in field.open("earlier: [2023]\n").remarks() if "of 2023" in r]
    remarks = field.open("earlier: [2023]\nscreening: {rows: unflagged}\n").remarks()
    assert [r for r in remarks if r.startswith("'screening.rows' of 2023 is not that of 2024")]


def test_margins_that_nobody_stands_for_are_refused_in_one_sentence(field):
    table = survey()
    field.deliver(table.assign(sex="m", C1=""))
    with pytest.raises(DataError, match="nobody stands for sex f"):
        field.open("weighting: {margins: {sex: {m: 1, f: 1}}}\n").check()
