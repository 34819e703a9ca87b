"""What a run has to do: which notebooks, with what, under which hashes."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csat_models.errors import ParamsError
from csat_models.workflow.digests import digest, library_digest, package_versions
from csat_models.workflow.files import file_digest
from csat_models.workflow.params.fields import StudyParams
from csat_models.workflow.params.loading import load_earlier, load_params, override
from csat_models.workflow.params.raw_files import raw_digests
from csat_models.workflow.project import Project
from csat_models.workflow.running.manifest import git_commit
from csat_models.workflow.running.notebooks import check_parameters, read_notebook, source_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A study, its notebooks, and the hashes of what they are made from.

    Attributes
    ----------
    project : Project
        Where everything lies.
    params : StudyParams
        The study.
    overrides : dict
        Parameters given to the notebooks beside the study's name.
    keys : dict of str to str
        All notebooks of the study, in order, and their hashes.
    chosen : tuple of str
        Those to bring up to date.
    made_from : dict
        What the manifest says about the origin of the results.
    """

    project: Project
    params: StudyParams
    overrides: dict[str, Any]
    keys: dict[str, str]
    chosen: tuple[str, ...]
    made_from: dict[str, Any]

    @property
    def folder(self) -> Path:
        """The study's folder of results."""
        return self.project.outputs(self.params.name)

    @property
    def parameters(self) -> dict[str, Any]:
        """What each notebook is run with."""
        return {"study": self.params.name, **self.overrides}


def make_plan(
    study: str | Path,
    *,
    project: Project,
    overrides: Mapping[str, Any],
    only: Sequence[str] = (),
) -> Plan:
    """Read a study's params and notebooks, and hash what they depend on.

    Parameters
    ----------
    study : str or Path
        Its name or params file.
    project : Project
        Where it lies.
    overrides : mapping
        Parameters for the notebooks beside the study's name.
    only : sequence of str
        Names of notebooks to restrict the run to; empty means all.

    Returns
    -------
    Plan

    Raises
    ------
    ParamsError
        The params are wrong, there is no such notebook, or a notebook does
        not declare a parameter that it is given.
    """
    params = load_params(study, project)
    override(params, **overrides)
    earlier = load_earlier(params, project)
    names = notebook_names(params, project)
    made_from = _made_from(params, earlier, project, overrides)
    common = digest({key: value for key, value in made_from.items() if key != "git_commit"})
    keys = {}
    for name in names:
        notebook = read_notebook(project.notebooks / f"{name}.ipynb")
        check_parameters(name, notebook, {"study": params.name, **overrides})
        keys[name] = digest(common, source_digest(notebook))
    return Plan(
        project=project,
        params=params,
        overrides=dict(overrides),
        keys=keys,
        chosen=_choose(names, only),
        made_from=made_from,
    )


def notebook_names(params: StudyParams, project: Project) -> tuple[str, ...]:
    """Return the names of a study's notebooks, in the order of the report.

    Parameters
    ----------
    params : StudyParams
        The study; it may list its notebooks.
    project : Project
        Where the notebooks lie.

    Raises
    ------
    ParamsError
        There is none.
    """
    found = sorted(path.stem for path in project.notebooks.glob("*.ipynb"))
    names = tuple(sorted(params.notebooks)) if params.notebooks else tuple(found)
    if not names:
        raise ParamsError(
            f"{project.relative(project.notebooks)}/ has no notebooks; add at least one"
        )
    return names


def _choose(names: Sequence[str], only: Sequence[str]) -> tuple[str, ...]:
    wanted = {Path(name).name.removesuffix(".ipynb") for name in only}
    for name in sorted(wanted - set(names)):
        raise ParamsError(
            f"the study has no notebook '{name}'; it has {', '.join(names)}", notebook=name
        )
    return tuple(name for name in names if not wanted or name in wanted)


def _made_from(
    params: StudyParams,
    earlier: Sequence[StudyParams],
    project: Project,
    overrides: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "study": params.name,
        "params": params.model_dump(mode="json"),
        "overrides": dict(overrides),
        "earlier": [study.model_dump(mode="json") for study in earlier],
        "seed": params.bootstrap.seed,
        "raw_data": raw_digests(params.data, project),
        "inputs": _input_digests((params, *earlier), project),
        "library": library_digest(),
        "packages": _versions(params),
        "python": platform.python_version(),
        "git_commit": git_commit(project.root),
    }


def _versions(params: StudyParams) -> dict[str, str]:
    source = params.data.package
    return package_versions() | (package_versions([source]) if source else {})


def _input_digests(studies: Sequence[StudyParams], project: Project) -> dict[str, str]:
    books = {study.data.codebook for study in studies}
    found = {path: file_digest(project.root / path) for path in books}
    for study in studies:
        found |= raw_digests(study.data, project)
    return dict(sorted(found.items()))
