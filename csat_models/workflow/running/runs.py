"""Running a study: its notebooks, its results, its report.

Only what changed is done again. A run can be stopped at any moment, even
killed: what was finished is kept, and the next run goes on from there.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from csat_models.errors import CsatError, NotebookError
from csat_models.workflow.digests import digest
from csat_models.workflow.params.fields import Language, StudyParams
from csat_models.workflow.params.loading import override
from csat_models.workflow.project import Project
from csat_models.workflow.running import manifest
from csat_models.workflow.running.claims import claim, staging_folder
from csat_models.workflow.running.manifest import Record
from csat_models.workflow.running.notebooks import elements_of, read_notebook
from csat_models.workflow.running.plan import Plan, make_plan
from csat_models.workflow.running.progress import Progress

if TYPE_CHECKING:
    from csat_models.workflow.running.crew import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """What one executed notebook contributes to the report.

    Attributes
    ----------
    name : str
        The notebook.
    path : Path
        Its executed copy.
    elements : tuple of dict
        The JSON payloads of its report elements, in order.
    """

    name: str
    path: Path
    elements: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportJob:
    """What the builder of the report is handed.

    Attributes
    ----------
    project : Project
        Where everything lies.
    params : StudyParams
        The study.
    language : {"zh", "en"}
        Language of the report.
    chapters : tuple of Chapter
        The executed notebooks, in order.
    results : Path
        Folder with ``tables/`` and ``figures/``.
    folder : Path
        Where the builder writes its files; they are moved to `results`.
    """

    project: Project
    params: StudyParams
    language: Language
    chapters: tuple[Chapter, ...]
    results: Path
    folder: Path


ReportBuilder = Callable[[ReportJob], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What a run did.

    Attributes
    ----------
    folder : Path
        The study's folder of results.
    executed, kept : tuple of str
        Notebooks that were run, and those that needed not be.
    failures : dict of str to str
        Notebooks that failed and one line on why.
    report : tuple of Path
        Files of the report, if it is up to date.
    """

    folder: Path
    executed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    failures: dict[str, str] = field(default_factory=dict)
    report: tuple[Path, ...] = ()


def run_study(
    study: str | Path,
    *,
    project: Project | None = None,
    n_boot: int | None = None,
    language: Language | None = None,
    jobs: int = 2,
    only: Sequence[str] = (),
    build_report: ReportBuilder | None = None,
    check: Callable[[], None] | None = None,
    stream: TextIO | None = None,
) -> RunResult:
    """Bring a study's results up to date.

    Parameters
    ----------
    study : str or Path
        Its name or params file.
    project : Project, optional
        Where it lies; found from the working directory if absent.
    n_boot, language : optional
        Replace what the params say; the notebooks must declare them.
    jobs : int
        Number of notebooks that run at the same time.
    only : sequence of str
        Names of notebooks to restrict the run to; there is no report then,
        unless the others are up to date.
    build_report : callable, optional
        Writes the report's files into the folder it is handed.
    check : callable, optional
        Raises what is wrong with the study's data; called before anything is
        run, and only if something must be.
    stream : TextIO, optional
        Where progress is shown; standard error if absent.

    Returns
    -------
    RunResult
        A notebook that fails does not keep the others from being run.

    Raises
    ------
    StudyBusyError
        Another process is running this study.
    ParamsError
        The params are wrong, or a notebook would ignore a parameter.
    KeyboardInterrupt
        After all kernels have been stopped.
    """
    project = project or Project.holding(study)
    given = {"n_boot": n_boot, "language": language}
    overrides = {name: value for name, value in given.items() if value is not None}
    plan = make_plan(study, project=project, overrides=overrides, only=only)
    with claim(plan) as sockets:
        if check is not None and set(plan.chosen) - _current(plan).keys():
            check()
        return _bring_up_to_date(plan, sockets, max(1, jobs), build_report, stream or sys.stderr)


def rebuild_report(
    study: str | Path,
    build_report: ReportBuilder,
    *,
    project: Project | None = None,
) -> RunResult:
    """Build the report of a study from its executed notebooks, in any case.

    Parameters
    ----------
    study : str or Path
        Its name or params file.
    build_report : callable
        Writes the report's files into the folder it is handed.
    project : Project, optional
        Where the study lies.

    Raises
    ------
    CsatError
        A notebook has not been run, or is not up to date.
    """
    project = project or Project.holding(study)
    overrides = _overrides_of_last_run(study, project)
    plan = make_plan(study, project=project, overrides=overrides)
    with claim(plan):
        stale = set(plan.keys) - _current(plan).keys()
        if stale:
            raise CsatError(
                f"{', '.join(sorted(stale))} of study '{plan.params.name}' must be run first; "
                f"call 'csat run {plan.params.name}'",
                notebooks=sorted(stale),
            )
        record = _build(plan, build_report, _report_key(plan))
        manifest.write_manifest(plan.folder, plan.made_from)
        return RunResult(folder=plan.folder, kept=plan.chosen, report=_files(plan, record))


def _bring_up_to_date(
    plan: Plan, sockets: Path, jobs: int, build_report: ReportBuilder | None, stream: TextIO
) -> RunResult:
    current = _current(plan)
    due = [name for name in plan.chosen if name not in current]
    changed = manifest.sweep(plan.folder, plan.keys)
    if due or changed:
        manifest.withdraw(plan.folder)
    kept = tuple(name for name in plan.chosen if name in current)
    failures = _execute(plan, due, sockets, jobs, stream) if due else {}
    report: tuple[Path, ...] = ()
    if _current(plan).keys() == plan.keys.keys():
        report = _report_if_due(plan, build_report)
        manifest.write_manifest(plan.folder, plan.made_from)
    return RunResult(
        folder=plan.folder, executed=tuple(due), kept=kept, failures=failures, report=report
    )


def _execute(
    plan: Plan, due: list[str], sockets: Path, jobs: int, stream: TextIO
) -> dict[str, str]:
    """Run notebooks, put in place what they made, and return the failures."""
    from csat_models.workflow.running.crew import run_notebooks

    progress = Progress(stream, len(plan.chosen), len(plan.chosen) - len(due))
    failures = {}
    with contextlib.closing(progress), staging_folder(plan) as staging:
        for outcome in run_notebooks(
            plan, due, staging=staging, sockets=sockets, jobs=jobs, progress=progress
        ):
            failure = _put_in_place(plan, staging / outcome.name, outcome)
            progress.finished(outcome.name, outcome.seconds, failure)
            if failure is not None:
                failures[outcome.name] = failure
    return dict(sorted(failures.items()))


def _put_in_place(plan: Plan, staging: Path, outcome: Outcome) -> str | None:
    name, seconds = outcome.name, outcome.seconds
    key = plan.keys[name] if outcome.failure is None else None
    try:
        manifest.install(staging, plan.folder, name=name, key=key, seconds=seconds)
    except NotebookError as error:
        manifest.install(staging, plan.folder, name=name, key=None, seconds=seconds)
        return str(error)
    return outcome.failure


def _current(plan: Plan) -> dict[str, Record]:
    """Return the records of notebooks whose results are up to date and intact."""
    records = manifest.read_records(plan.folder)
    return {
        name: records[name]
        for name, key in plan.keys.items()
        if name in records and records[name].holds(key, plan.folder)
    }


def _report_if_due(plan: Plan, build_report: ReportBuilder | None) -> tuple[Path, ...]:
    previous = manifest.read_records(plan.folder).get(manifest.REPORT)
    if build_report is None or not plan.params.report.build:
        if previous is not None:
            manifest.forget(plan.folder, previous)
        return ()
    key = _report_key(plan)
    if previous is not None and previous.holds(key, plan.folder):
        return _files(plan, previous)
    manifest.withdraw(plan.folder)
    return _files(plan, _build(plan, build_report, key))


def _build(plan: Plan, build_report: ReportBuilder, key: str) -> Record:
    begin = time.monotonic()
    with staging_folder(plan) as staging:
        staging.mkdir(parents=True)
        build_report(
            ReportJob(
                project=plan.project,
                params=override(plan.params, **plan.overrides),
                language=plan.overrides.get("language", plan.params.language),
                chapters=tuple(_chapter(plan, name) for name in plan.keys),
                results=plan.folder,
                folder=staging,
            )
        )
        seconds = time.monotonic() - begin
        return manifest.install(
            staging, plan.folder, name=manifest.REPORT, key=key, seconds=seconds
        )


def _chapter(plan: Plan, name: str) -> Chapter:
    path = plan.folder / "notebooks" / f"{name}.ipynb"
    return Chapter(name=name, path=path, elements=tuple(elements_of(read_notebook(path))))


def _report_key(plan: Plan) -> str:
    records = manifest.read_records(plan.folder)
    return digest([[name, key, records[name].files] for name, key in plan.keys.items()])


def _files(plan: Plan, record: Record) -> tuple[Path, ...]:
    return tuple(plan.folder / path for path in record.files)


def _overrides_of_last_run(study: str | Path, project: Project) -> dict[str, Any]:
    folder = project.outputs(project.params_file(study).stem)
    return dict((manifest.read_manifest(folder) or {}).get("overrides", {}))
