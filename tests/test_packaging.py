"""pyproject.toml, requirements.txt and environment.yml say the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import csat_models

REPOSITORY = Path(__file__).resolve().parents[1]


def _project() -> dict:
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["project"]


def _declared() -> dict[str, SpecifierSet]:
    project = _project()
    lines = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    required = [Requirement(line) for line in lines]
    assert len({canonicalize_name(one.name) for one in required}) == len(lines)
    return {canonicalize_name(one.name): one.specifier for one in required}


def _pins(lines: list[str]) -> dict[str, str]:
    pairs = [line.split("==") for line in lines]
    assert all(len(pair) == 2 for pair in pairs), pairs
    return {canonicalize_name(name): version for name, version in pairs}


def _requirements() -> dict[str, str]:
    text = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines()]
    return _pins([line for line in lines if line and not line.startswith("#")])


def _environment() -> dict:
    return yaml.safe_load((REPOSITORY / "environment.yml").read_text(encoding="utf-8"))


def _environment_pins() -> dict[str, str]:
    (pip,) = [part["pip"] for part in _environment()["dependencies"] if isinstance(part, dict)]
    return _pins(pip)


def test_every_declared_package_is_pinned_to_an_allowed_version():
    pins = _requirements()
    for name, specifier in _declared().items():
        assert name in pins, f"{name} is missing in requirements.txt"
        assert specifier.contains(pins[name]), f"{name}=={pins[name]} is not {specifier}"


def test_the_conda_environment_has_the_declared_packages_and_no_others():
    assert _environment_pins().keys() == _declared().keys()


def test_the_conda_environment_has_the_pinned_versions():
    pins = _requirements()
    assert {name: pins[name] for name in _environment_pins()} == _environment_pins()


def test_the_conda_environment_has_a_supported_python():
    (python,) = [p for p in _environment()["dependencies"] if str(p).startswith("python=")]
    assert SpecifierSet(_project()["requires-python"]).contains(python.removeprefix("python="))


@pytest.mark.parametrize("name", ["requirements.txt", "environment.yml", "pyproject.toml"])
def test_nothing_names_where_packages_come_from(name):
    text = (REPOSITORY / name).read_text(encoding="utf-8")
    assert not re.search(r"https?://|file:|--(extra-)?index|--find-links|^-", text, flags=re.M), (
        name
    )


def test_the_version_stands_in_two_places_and_is_one():
    assert csat_models.__version__ == _project()["version"]


def test_data_files_are_part_of_the_package():
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    patterns = tomllib.loads(text)["tool"]["setuptools"]["package-data"]["csat_models"]
    suffixes = {Path(pattern).suffix for pattern in patterns}
    package = REPOSITORY / "csat_models"
    files = [path for path in package.rglob("*") if path.is_file() and path.suffix != ".py"]
    found = {path.suffix for path in files if "__pycache__" not in path.parts}
    assert found <= suffixes


def test_make_help_lists_every_target():
    text = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", text, flags=re.M)
    described = set(re.findall(r"^([a-z-]+):.*## ", text, flags=re.M))
    assert described == set(phony.split())


def test_the_demonstration_is_made_where_studies_look_for_it():
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    recipe = makefile.split("\ndemo-data:", 1)[1].split("\n\n", 1)[0]
    assert recipe.endswith("-m csat_models.survey.demonstration data/raw")
