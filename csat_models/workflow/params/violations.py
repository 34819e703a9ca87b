"""What is wrong with a params file that only the project's files can tell."""

from __future__ import annotations

from collections.abc import Iterator

from csat_models.errors import ModelError, ParamsError
from csat_models.estimation.products import first_stage_model
from csat_models.model.catalogue import CATALOGUE
from csat_models.survey.codebooks.questions import list_values
from csat_models.workflow.params.assessing import assessment_violations
from csat_models.workflow.params.fields import StudyParams
from csat_models.workflow.params.handled import handling_violations, weight_of
from csat_models.workflow.params.raw_files import INSIDE, raw_files
from csat_models.workflow.params.specified import codebook_of, model_of
from csat_models.workflow.project import Project


def violations(params: StudyParams, project: Project) -> Iterator[tuple[str, str]]:
    """Yield (key, what is allowed) for what only the project's files can tell.

    Parameters
    ----------
    params : StudyParams
        Each of its keys may have the value it has; together, and with the
        project's files, they may still be wrong.
    project : Project
        Where the files lie.

    Raises
    ------
    ParamsError
        The model cannot be read, or names items that the codebook does not.
    CodebookError
        The codebook cannot be read.
    """
    yield from _path_violations(params, project)
    yield from _version_violations(params, project)
    yield from _model_violations(params, project)
    yield from _comparison_violations(params, project)
    yield from _group_violations(params, project)
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


def _group_violations(params: StudyParams, project: Project) -> Iterator[tuple[str, str]]:
    attributes = codebook_of(params, project).attributes
    competitor = params.comparison.competitor if params.comparison else None
    taken = {competitor.column} if competitor else set()
    offered = [
        name
        for name, each in attributes.items()
        if each.kind in ("category", "number") and name not in taken
    ]
    if not set(params.groups) <= set(offered) or len(set(params.groups)) < len(params.groups):
        listed = ", ".join(offered) or f"{params.data.codebook} declares none"
        yield "groups", f"a list, each once, of attributes with categories or numbers: {listed}"
