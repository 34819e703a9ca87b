"""The model and the codebook that a params file names."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from csat_models.errors import CodebookError
from csat_models.model.catalogue import CATALOGUE, get
from csat_models.model.spec import PathModel
from csat_models.survey.codebooks.codebook import Codebook
from csat_models.workflow.params.fields import StudyParams
from csat_models.workflow.project import Project


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
    """Return the codebook of a study, with the mark before decimals of its files.

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
        codebook = _load_codebook(path, path.stat().st_mtime_ns)
    except CodebookError as error:
        raise _relative_message(error, project) from None
    mark = params.data.decimal
    return codebook if mark is None else codebook.model_copy(update={"decimal": mark})


@lru_cache(maxsize=16)
def _load_codebook(path: Path, _changed: int) -> Codebook:
    return Codebook.load(path)


def _relative_message(error: CodebookError, project: Project) -> CodebookError:
    return CodebookError(str(error).replace(f"{project.root}/", ""), **error.facts)
