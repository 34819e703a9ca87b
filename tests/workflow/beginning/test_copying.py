from __future__ import annotations

import pytest

from csat_models.errors import ParamsError
from csat_models.survey.codebooks.strict_yaml import read_mapping
from csat_models.workflow.beginning.copying import codebook_of, copy_params, version_of
from csat_models.workflow.params.loading import load_params


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "earlier: [2024]"),
        ("earlier: [2022, 2023]  # two\n", "earlier: [2022, 2023, 2024]  # two"),
        ("earlier: []\n", "earlier: [2024]"),
        ("earlier:\n  - 2022\n  - 2023\nbootstrap_note: 0\n", "earlier:\n  - 2024\n  - 2022\n"),
    ],
)
def test_the_year_moves_on_and_comments_stay(tiny, before, after):
    text = (tiny.root / "params/2024.yml").read_text(encoding="utf-8")
    tiny.write("params/2024.yml", text + before)
    copied = copy_params("2025", "2024", tiny.project).read_text(encoding="utf-8")
    assert after in copied
    assert "title: Tiny study 2025" in copied
    assert "  file: data/raw/2025.csv   # the raw file" in copied
    assert copied.startswith("# the year's study\n")
    assert copied.count("2024") == 1


def test_the_copy_can_be_loaded(tiny):
    copy_params("2025", "params/2024.yml", tiny.project)
    tiny.write("data/raw/2025.csv", "city\n")
    params = load_params("2025", tiny.project)
    assert (params.wave, params.earlier_names) == (2025, ("2024",))


def test_nothing_is_overwritten(tiny):
    before = (tiny.root / "params/2024.yml").read_bytes()
    with pytest.raises(ParamsError, match="exists already"):
        copy_params("2024", "2024", tiny.project)
    assert (tiny.root / "params/2024.yml").read_bytes() == before


@pytest.mark.parametrize("name", ["next", "../2025", "a b 2025", ".2025"])
def test_a_name_must_have_a_year_and_be_no_path(tiny, name):
    with pytest.raises(ParamsError):
        copy_params(name, "2024", tiny.project)
    assert sorted(path.name for path in tiny.project.params.iterdir()) == [
        "2024.yml",
        "codebook.yml",
    ]


def test_a_file_that_cannot_be_copied_by_itself_leaves_no_copy(tiny):
    tiny.edit("params/2024.yml", "wave: 2024", "wave: 7")
    with pytest.raises(ParamsError, match="by hand"):
        copy_params("2025", "2024", tiny.project)
    assert not (tiny.root / "params/2025.yml").exists()


@pytest.mark.parametrize(
    "write",
    [
        lambda text: text.replace("data:\n", "data:\n  version: 2024   # of then\n"),
        lambda text: text.replace("data:\n", "data:\n\n# a remark\n  version: '2024'\n"),
    ],
)
def test_the_version_of_the_questionnaire_is_not_copied(tiny, write):
    text = write((tiny.root / "params/2024.yml").read_text(encoding="utf-8"))
    tiny.write("params/2024.yml", text)
    assert version_of("2024", tiny.project) == "2024"
    copied = copy_params("2025", "2024", tiny.project)
    assert version_of("2025", tiny.project) is None
    assert "  # no 'version': the data have today's questionnaire\n" in copied.read_text("utf-8")


@pytest.mark.parametrize(
    "data", ["{version: 2024, file: a.csv}", "{file: a.csv, version: '2024'}", "{file: a.csv}"]
)
def test_a_version_within_braces_is_not_copied_either(tiny, data):
    tiny.write("params/2024.yml", f"wave: 2024\ndata: {data}\nversion: 1\n")
    copied = read_mapping(copy_params("2025", "2024", tiny.project), ParamsError)
    assert copied["data"] == {"file": "a.csv"} and copied["version"] == 1


def test_a_version_that_cannot_be_left_out_is_not_guessed_at(tiny):
    tiny.write("params/2024.yml", "wave: 2024\ndata:\n  'version': 2024\n")
    with pytest.raises(ParamsError, match="by hand"):
        copy_params("2025", "2024", tiny.project)


def test_the_codebook_stays_unless_the_new_year_has_its_own(tiny):
    tiny.write("params/codebook_2024.yml", (tiny.root / "params/codebook.yml").read_text("utf-8"))
    tiny.edit("params/2024.yml", "params/codebook.yml", "params/codebook_2024.yml")
    copy_params("2025", "2024", tiny.project)
    assert codebook_of("2025", tiny.project) == "params/codebook_2024.yml"
    tiny.write("params/codebook_2026.yml", (tiny.root / "params/codebook.yml").read_text("utf-8"))
    copy_params("2026", "2024", tiny.project)
    assert codebook_of("2026", tiny.project) == "params/codebook_2026.yml"
