"""From a params file to a checked description of a study.

Whatever is wrong with the file ends in one sentence that names the file, the
key and what is allowed there.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from csat_models.errors import ParamsError
from csat_models.survey.codebooks.strict_yaml import read_mapping
from csat_models.workflow.params.fields import StudyParams
from csat_models.workflow.params.refusals import allowed_at, describe, locate, refuse
from csat_models.workflow.params.specified import codebook_of, model_of
from csat_models.workflow.params.violations import violations
from csat_models.workflow.project import Project

__all__ = ["StudyParams", "codebook_of", "load_earlier", "load_params", "model_of", "override"]


def load_params(study: str | Path, project: Project | None = None) -> StudyParams:
    """Read and check the params file of a study.

    Everything is checked that the params file, the codebook and the names of
    files can tell; the data are not read.

    Parameters
    ----------
    study : str or Path
        The study's name (``"2024"``) or its params file.
    project : Project, optional
        Where to look; found from the working directory if absent.

    Returns
    -------
    StudyParams
        Its ``name`` is the stem of the file.

    Raises
    ------
    ParamsError
        The file is absent, is no YAML, or says something that is not
        allowed; the facts have ``file`` and ``key``.
    CodebookError
        The codebook cannot be read.
    """
    project = project or Project.holding(study)
    file = project.params_file(study)
    if project.inside(project.relative(file)) is None:
        raise ParamsError(
            f"{file} lies outside the project {project.root}; move it into params/", file=file
        )
    params = _validate(project.relative(file), file.stem, _read_yaml(project, file))
    for key, allowed in violations(params, project):
        refuse(project.relative(file), key, _value_at(params, key), allowed)
    return params


def load_earlier(params: StudyParams, project: Project) -> tuple[StudyParams, ...]:
    """Read the params of the earlier waves that a study names.

    Parameters
    ----------
    params : StudyParams
        The study.
    project : Project
        Where the files lie.

    Returns
    -------
    tuple of StudyParams
        In the order of ``earlier``; their own ``earlier`` is not followed.

    Raises
    ------
    ParamsError
        One of them is absent, wrong, or not earlier than the study.
    """
    found = tuple(load_params(name, project) for name in params.earlier_names)
    known: set[int] = set()
    for earlier in found:
        if earlier.wave >= params.wave or earlier.wave in known:
            file = project.relative(project.params_file(params.name))
            allowed = f"a list of studies of different waves, all before {params.wave}"
            refuse(file, "earlier", f"{earlier.name} (wave {earlier.wave})", allowed)
        known.add(earlier.wave)
    return found


def override(
    params: StudyParams, *, n_boot: int | None = None, language: str | None = None
) -> StudyParams:
    """Return params with what a command or a notebook says instead.

    Parameters
    ----------
    params : StudyParams
        What the file says.
    n_boot, language : optional
        Replace ``bootstrap.n_boot`` and ``language``; None changes nothing.

    Raises
    ------
    ParamsError
        A value that the key may not have.
    """
    given = {"n_boot": n_boot, "language": language}
    content = params.model_dump()
    if n_boot is not None:
        content["bootstrap"]["n_boot"] = n_boot
    if language is not None:
        content["language"] = language
    try:
        return StudyParams.model_validate(content)
    except ValidationError as error:
        section, key = locate(error.errors()[0]["loc"])
        name = key.rsplit(".", 1)[-1]
        raise ParamsError(
            f"{name}={given.get(name)!r} is not allowed; it must be {allowed_at(section, name)}",
            key=name,
        ) from None


def _read_yaml(project: Project, file: Path) -> dict[Any, Any]:
    shown = project.relative(file)
    try:
        content = read_mapping(file, ParamsError)
    except ParamsError as error:
        raise ParamsError(str(error).replace(str(file), shown), file=shown) from None
    for key in content:
        if not isinstance(key, str):
            raise ParamsError(f"{shown}: the key '{key}' is no text; delete it", file=shown)
    return content


def _validate(shown: str, name: str, content: Mapping[str, Any]) -> StudyParams:
    if "name" in content:
        raise ParamsError(
            f"{shown}: 'name' is not a key, because a study is called as its file; rename the file",
            file=shown,
            key="name",
        )
    try:
        return StudyParams.model_validate({**content, "name": name})
    except ValidationError as error:
        # A mistyped key also makes a required one missing; the typo is what to tell.
        told = sorted(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
        raise describe(shown, told[0]) from None


def _value_at(params: StudyParams, key: str) -> Any:
    value: Any = params
    for part in key.split("."):
        value = getattr(value, part)
    return list(value) if isinstance(value, tuple) else value
