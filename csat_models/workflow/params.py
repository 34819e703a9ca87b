"""From a params file to a checked description of a study.

Whatever is wrong with the file ends in one sentence that names the file, the
key and what is allowed there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from csat_models.errors import CodebookError, ModelError, ParamsError
from csat_models.estimation.products import first_stage_model
from csat_models.model.catalogue import CATALOGUE, get
from csat_models.model.spec import PathModel
from csat_models.survey.codebook import Codebook
from csat_models.survey.questions import list_values
from csat_models.survey.strict_yaml import read_mapping
from csat_models.workflow.assessing import assessment_violations
from csat_models.workflow.fields import StudyParams
from csat_models.workflow.handled import handling_violations, weight_of
from csat_models.workflow.project import Project
from csat_models.workflow.raw_files import INSIDE, raw_files
from csat_models.workflow.section import Section

__all__ = ["StudyParams", "codebook_of", "load_earlier", "load_params", "model_of", "override"]

_LONGEST_SHOWN = 60


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
    for key, allowed in _violations(params, project):
        _refuse(project.relative(file), key, _value_at(params, key), allowed)
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
            _refuse(file, "earlier", f"{earlier.name} (wave {earlier.wave})", allowed)
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
        section, key = _locate(error.errors()[0]["loc"])
        name = key.rsplit(".", 1)[-1]
        raise ParamsError(
            f"{name}={given.get(name)!r} is not allowed; it must be {_allowed(section, name)}",
            key=name,
        ) from None


def model_of(params: StudyParams) -> PathModel:
    """Return the path model that a study estimates.

    Parameters
    ----------
    params : StudyParams
        The study; its ``model`` is a catalogue name or a model text.

    Raises
    ------
    ModelError
        The model text cannot be read.
    """
    return get(params.model) if params.model in CATALOGUE else PathModel.parse(params.model)


def codebook_of(params: StudyParams, project: Project) -> Codebook:
    """Return the codebook of a study.

    Parameters
    ----------
    params : StudyParams
        The study.
    project : Project
        Where the file lies.

    Raises
    ------
    CodebookError
        The codebook cannot be read.
    """
    path = project.root / params.data.codebook
    try:
        return _load_codebook(path, path.stat().st_mtime_ns)
    except CodebookError as error:
        raise _relative_message(error, project) from None


@lru_cache(maxsize=16)
def _load_codebook(path: Path, _changed: int) -> Codebook:
    return Codebook.load(path)


def _relative_message(error: CodebookError, project: Project) -> CodebookError:
    return CodebookError(str(error).replace(f"{project.root}/", ""), **error.facts)


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
        raise _sentence(shown, told[0]) from None


def _sentence(shown: str, error: ErrorDetails) -> ParamsError:
    section, key = _locate(error["loc"])
    kind = error["type"]
    if kind == "extra_forbidden":
        return _unknown_key(shown, section, key)
    if kind == "value_error":
        reason = str(error["ctx"]["error"])
        return ParamsError(f"{shown}: '{key}' {reason}", file=shown, key=key)
    allowed = _allowed(section, key)
    if kind == "missing":
        return ParamsError(
            f"{shown}: the key '{key}' is missing; it must be {allowed}", file=shown, key=key
        )
    return ParamsError(_must_be(shown, key, error["input"], allowed), file=shown, key=key)


def _locate(location: tuple[int | str, ...]) -> tuple[type[BaseModel], str]:
    """Return the section that an error's last key belongs to, and the dotted key."""
    section: type[BaseModel] = StudyParams
    keys: list[str] = []
    for part in location:
        if isinstance(part, int) or (keys and part not in section.model_fields and _is_tag(part)):
            break
        keys.append(part)
        deeper = _section_of(section, part)
        if deeper is not None and part != location[-1]:
            section = deeper
    return section, ".".join(keys)


def _is_tag(part: str) -> bool:
    return part in {"int", "float", "str"} or "[" in part or "(" in part


def _section_of(section: type[BaseModel], key: str) -> type[BaseModel] | None:
    field = section.model_fields.get(key)
    kinds = [] if field is None else [field.annotation, *getattr(field.annotation, "__args__", ())]
    kinds += [getattr(kind, "__origin__", None) for kind in kinds]
    return next((k for k in kinds if isinstance(k, type) and issubclass(k, Section)), None)


def _allowed(section: type[BaseModel], key: str) -> str:
    known = (section.model_fields.get(part) for part in reversed(key.split(".")))
    field = next((field for field in known if field is not None), None)
    return (field.description if field else None) or "given"


def _unknown_key(shown: str, section: type[BaseModel], key: str) -> ParamsError:
    allowed = [name for name in section.model_fields if name != "name"]
    close = get_close_matches(key.rsplit(".", 1)[-1], allowed, n=1)
    hint = f"did you mean '{close[0]}'" if close else "delete it or mend it"
    return ParamsError(
        f"{shown}: unknown key '{key}'; {hint} (allowed here: {', '.join(allowed)})",
        file=shown,
        key=key,
    )


def _must_be(shown: str, key: str, value: object, allowed: str) -> str:
    text = repr(value) if isinstance(value, str) else yaml.safe_dump(value, default_flow_style=True)
    first = text.strip().removesuffix("...").strip().replace("\n", " ")
    cut = first if len(first) <= _LONGEST_SHOWN else f"{first[:_LONGEST_SHOWN]}..."
    return f"{shown}: '{key}' is {cut}, but must be {allowed}"


def _refuse(shown: str, key: str, value: object, allowed: str) -> None:
    raise ParamsError(_must_be(shown, key, value, allowed), file=shown, key=key)


def _value_at(params: StudyParams, key: str) -> Any:
    value: Any = params
    for part in key.split("."):
        value = getattr(value, part)
    return list(value) if isinstance(value, tuple) else value


def _violations(params: StudyParams, project: Project) -> Iterator[tuple[str, str]]:
    """Yield (key, what is allowed) for what only the project's files can tell."""
    yield from _path_violations(params, project)
    yield from _version_violations(params, project)
    yield from _model_violations(params, project)
    yield from _comparison_violations(params, project)
    yield from handling_violations(params, codebook_of(params, project))
    for name in params.earlier_names:
        if name == params.name or name not in project.studies():
            others = [study for study in project.studies() if study != params.name]
            yield "earlier", f"a list of other studies of params/: {', '.join(others)}"
    for name in params.notebooks or ():
        if not (project.notebooks / f"{name}.ipynb").is_file():
            offered = sorted(path.stem for path in project.notebooks.glob("*.ipynb"))
            yield "notebooks", f"a list of notebooks of notebooks/: {', '.join(offered)}"


def _path_violations(params: StudyParams, project: Project) -> Iterator[tuple[str, str]]:
    codebook = project.inside(params.data.codebook)
    if codebook is None:
        yield "data.codebook", INSIDE
    elif not codebook.is_file():
        yield "data.codebook", f"a file that exists; put it at {params.data.codebook}"
    try:
        raw_files(params.data, project)
    except ParamsError as error:
        yield "data.file", str(error.facts["allowed"])


def _version_violations(params: StudyParams, project: Project) -> Iterator[tuple[str, str]]:
    version = params.data.version
    described = [str(name) for name in codebook_of(params, project).versions]
    if version is not None and version not in described:
        listed = ", ".join(described) or "none is described"
        yield "data.version", f"a version that {params.data.codebook} describes: {listed}"


def _model_violations(params: StudyParams, project: Project) -> Iterator[tuple[str, str]]:
    catalogue = ", ".join(sorted(CATALOGUE))
    if params.model not in CATALOGUE and "~" not in params.model:
        yield "model", f"one of {catalogue}, or a model text"
    try:
        model = model_of(params)
    except ModelError as error:
        shown = project.relative(project.params_file(params.name))
        raise ParamsError(f"{shown}: 'model' cannot be read: {error}", key="model") from None
    within = params.estimation
    if model.products and within.method == "plsc" and within.interactions != "two_stage":
        yield "estimation.interactions", "two_stage where the method is plsc"
    model = first_stage_model(model)
    unknown = [item for item in model.items if item not in codebook_of(params, project).items]
    if unknown:
        listed = ", ".join(f"'{item}'" for item in unknown)
        raise ParamsError(
            f"{project.relative(project.params_file(params.name))}: 'model' names {listed}, which "
            f"{params.data.codebook} does not declare; add it under 'items' there or correct the "
            "model",
            key="model",
        )
    yield from assessment_violations(params.assessment, model, codebook_of(params, project).items)
    if params.estimation.weights and weight_of(params, codebook_of(params, project)) is None:
        yield "estimation.weights", f"false, because {params.data.codebook} declares no weight"
    if params.index.weights == "own" and params.estimation.missing in ("pairwise", "em"):
        yield "index.weights", "pooled, since 'estimation.missing' takes moments of whole brands"
    named = params.index.constructs or ()
    for name in named:
        if name not in model.construct_names or named.count(name) > 1:
            yield "index.constructs", f"a list, each once, of {', '.join(model.construct_names)}"


def _comparison_violations(params: StudyParams, project: Project) -> Iterator[tuple[str, str]]:
    attributes = codebook_of(params, project).attributes
    declared = f"an attribute that {params.data.codebook} declares: {', '.join(attributes)}"
    for key in ("strata", "clusters"):
        if getattr(params.sampling, key) not in {None, *attributes}:
            yield f"sampling.{key}", declared
    if params.comparison is None:
        return
    unit, competitor = params.comparison.unit, params.comparison.competitor
    if unit is not None and unit not in attributes:
        yield "comparison.unit", declared
    if competitor is None:
        return
    if competitor.column not in attributes:
        yield "comparison.competitor.column", declared
        return
    if competitor.column == unit:
        yield "comparison.unit", "an attribute other than comparison.competitor.column"
    values = attributes[competitor.column].labels
    for key in ("ours", "theirs"):
        if getattr(competitor, key) not in values:
            allowed = f"a value of '{competitor.column}', as a code: {list_values(values)}"
            yield f"comparison.competitor.{key}", allowed
