"""The command ``csat``: check, run, report, new, codebook."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from csat_models.errors import CsatError, NotebookError

if TYPE_CHECKING:
    from csat_models.workflow.runs import ReportJob, RunResult

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Command and options; those of the process if absent.

    Returns
    -------
    int
        0 when all went well, 1 when a notebook failed, 2 when the input is
        wrong. An interrupted process ends with 130 and without return.
    """
    options = _parser().parse_args(arguments)
    try:
        return int(options.action(options))
    except CsatError as error:
        print(f"csat: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("csat: interrupted; the next run goes on from here", file=sys.stderr, flush=True)
        os._exit(INTERRUPTED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="csat", description="Annual customer-satisfaction studies, from raw data to report."
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="check params, codebook and data of a study")
    run = commands.add_parser("run", help="bring the results of a study up to date")
    report = commands.add_parser("report", help="typeset the report of a study that has been run")
    new = commands.add_parser("new", help="start a study from an earlier one's params")
    for command in (check, run, report):
        command.add_argument("study", metavar="STUDY", help="its name (2024) or its params file")
    run.add_argument("--n-boot", type=_positive, metavar="N", help="number of bootstrap draws")
    run.add_argument("--language", choices=("zh", "en"), help="language of the report")
    run.add_argument("--jobs", type=_positive, default=2, metavar="N", help="notebooks at a time")
    run.add_argument(
        "--only", action="append", default=[], metavar="NOTEBOOK", help="run only this (repeatable)"
    )
    new.add_argument("study", metavar="STUDY", help="name of the new study, such as 2025")
    new.add_argument("--from", dest="source", required=True, metavar="STUDY", help="what to copy")
    _add_codebook(commands.add_parser("codebook", help="draft a codebook, or check it with a file"))
    for command, action in ((check, _check), (run, _run), (report, _report), (new, _new)):
        command.set_defaults(action=action)
    return parser


def _add_codebook(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    draft = commands.add_parser("draft", help="write a first codebook from a data file")
    draft.add_argument("file", metavar="FILE", help="CSV, Excel, SPSS, Stata or Parquet")
    draft.add_argument("-o", "--output", metavar="CODEBOOK", help="params/codebook_FILE.yml if not")
    draft.add_argument("--sheet", metavar="NAME", help="of a workbook with several")
    draft.add_argument("--force", action="store_true", help="replace a codebook that exists")
    draft.set_defaults(action=_draft)
    check = commands.add_parser("check", help="show all differences of a codebook and a file")
    check.add_argument("codebook", metavar="CODEBOOK")
    check.add_argument("files", metavar="FILE", nargs="+", help="the files of a wave")
    check.add_argument("--version", metavar="NAME", help="the codebook's version of the file")
    check.set_defaults(action=_compare)


class _Version(argparse.Action):
    """Look the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from csat_models import __version__

        print(f"csat {__version__}")
        parser.exit()


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number of at least 1")
    return int(text)


def _check(options: argparse.Namespace) -> int:
    from csat_models.workflow.study import Study

    study = Study.open(options.study)
    study.check()
    print(f"study '{options.study}': params, codebook and data are in order")
    for remark in study.remarks():
        print(f"  {remark}")
    return 0


def _run(options: argparse.Namespace) -> int:
    from csat_models.workflow.runs import run_study

    result = run_study(
        options.study,
        n_boot=options.n_boot,
        language=options.language,
        jobs=options.jobs,
        only=options.only,
        build_report=_build_report,
        check=partial(_check_data, options),
    )
    _tell(result)
    instead = [f"--{key.replace('_', '-')} {value}" for key, value in _given(options).items()]
    if instead:
        print(f"these results are those with {' '.join(instead)}; run without it to come back")
    return NotebookError.exit_code if result.failures else 0


def _check_data(options: argparse.Namespace) -> None:
    from csat_models.workflow.study import Study

    Study.open(options.study, n_boot=options.n_boot, language=options.language).check()


def _given(options: argparse.Namespace) -> dict[str, object]:
    given = {"n_boot": options.n_boot, "language": options.language}
    return {key: value for key, value in given.items() if value is not None}


def _report(options: argparse.Namespace) -> int:
    from csat_models.workflow.runs import rebuild_report

    for path in rebuild_report(options.study, _build_report).report:
        print(path)
    return 0


def _new(options: argparse.Namespace) -> int:
    from csat_models.workflow.copying import copy_params, version_of
    from csat_models.workflow.project import Project

    project = Project.holding(options.source)
    path = copy_params(options.study, options.source, project)
    print(f"wrote {project.relative(path)}")
    version = version_of(options.source, project)
    if version is not None:
        print(f"its data have today's questionnaire: 'version: {version}' was not copied")
    print(f"next: put the wave's data where its key 'data' says, then 'csat check {path.stem}'")
    return 0


def _draft(options: argparse.Namespace) -> int:
    from csat_models.workflow.codebooks import write_draft

    path, draft = write_draft(
        options.file, options.output, sheet=options.sheet, overwrite=options.force
    )
    print(f"wrote {path}")
    print(f"next: name the constructs of its {draft.n_open} items, translate the wordings, then")
    print(f"'csat codebook check {path} {options.file}'")
    return 0


def _compare(options: argparse.Namespace) -> int:
    from csat_models.workflow.codebooks import compare_files, describe_differences

    found = compare_files(options.codebook, options.files, version=options.version)
    for line in describe_differences(found, options.codebook):
        print(line)
    return CsatError.exit_code if (found["severity"] == "error").any() else 0


def _build_report(job: ReportJob) -> None:
    from csat_models.workflow.publish import build_report

    for sentence in build_report(job):
        print(f"csat: {sentence}", file=sys.stderr)


def _tell(result: RunResult) -> None:
    for name, reason in result.failures.items():
        copy = result.folder / "notebooks" / f"{name}.ipynb"
        print(f"csat: {name} failed: {reason} (see {copy})", file=sys.stderr)
    if not result.executed and not result.failures:
        print("nothing to run: all notebooks are up to date")
    for path in result.report or (result.folder,):
        print(path)
