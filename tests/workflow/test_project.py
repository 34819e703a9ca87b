from __future__ import annotations

import pytest

from csat_models.errors import ParamsError
from csat_models.workflow.project import Project


@pytest.fixture(autouse=True)
def _no_variable(monkeypatch):
    monkeypatch.delenv("CSAT_PROJECT", raising=False)


def test_a_project_is_found_upwards(tiny):
    deep = tiny.root / "notebooks" / "deep"
    deep.mkdir()
    assert Project.find(deep).root == tiny.root.resolve()


def test_the_variable_decides(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("CSAT_PROJECT", str(tiny.root))
    assert Project.find(tmp_path).root == tiny.root.resolve()
    monkeypatch.setenv("CSAT_PROJECT", str(tmp_path))
    with pytest.raises(ParamsError, match="params/ and notebooks/"):
        Project.find()


def test_a_params_file_tells_its_project(tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Project.holding("project/params/2024.yml").root == tiny.root.resolve()


@pytest.mark.parametrize("text", ["../x", "a/../../x", "/etc/passwd", "a\\b", "a\0b"])
def test_paths_stay_inside(tiny, text):
    assert tiny.project.inside(text) is None


def test_codebooks_are_no_studies(tiny):
    assert tiny.project.studies() == ("2024",)


@pytest.mark.parametrize("study", ["", "..", "../2024", "params/2024", "2024.yaml", "x/2024.yml"])
def test_other_names_are_no_studies(tiny, study):
    with pytest.raises(ParamsError, match="there is no study"):
        tiny.project.params_file(study)
