"""The command ``csat``: new, check, run, report, codebook."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from csat_models.errors import CsatError, NotebookError, ParamsError

if TYPE_CHECKING:
    from csat_models.workflow.running.runs import ReportJob, RunResult

INTERRUPTED = 130
NO_READER = 141

_STEPS = """\
a first study:  csat new shops_2025 --data data/raw/shops_2025.sav
                csat check shops_2025
                csat run shops_2025
a year later:   csat new shops_2026 --from shops_2025

exit codes:     0 done, 1 a notebook failed, 2 something is wrong with the input,
                130 interrupted (the next run goes on from there)"""
_NEW = """\
Write the params of a new study, from a survey file or from last year's study.
Without a codebook one is drafted. Nothing that exists is overwritten.

csat new shops_2025 --data data/raw/shops_2025.sav
csat new shops_2026 --from shops_2025"""
_CHECK = """\
Check a study's params, its codebook and its data before anything is computed:
the first thing that is wrong in one sentence, all violations of the data in
outputs/STUDY/checks.csv; else what was done on reading.

csat check shops_2025"""
_RUN = """\
Run the notebooks of a study whose inputs have changed, and typeset the report.
A run that was stopped goes on where it was.

csat run shops_2025
csat run shops_2025 --language en --n-boot 500"""
_REPORT = """\
Typeset the report of a study again, from the results of its last run.

csat report shops_2025"""
_BOOK = """\
A codebook says what every column of a survey file means (docs/codebook.md).

csat codebook draft data/raw/shops_2025.sav
csat codebook check params/codebook_shops_2025.yml data/raw/shops_2025.sav"""
_DRAFT = """\
Write a first codebook: labels of the file, guessed scales, missing codes, roles
of columns, and the construct of each item where its name or wording tells.

csat codebook draft data/raw/shops_2025.sav
csat codebook draft answers.xlsx --sheet Data -o params/codebook_shops.yml"""
_COMPARE = """\
Show every difference of a codebook and the files of a wave at once. Errors are
what reading refuses (exit code 2), notes what it does not.

csat codebook check params/codebook_shops_2025.yml data/raw/shops_2025.sav"""


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
        wrong, 141 when nobody reads the output any more. An interrupted
        process ends with 130 and without return.
    """
    try:
        try:
            return _carry_out(arguments)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered would fail once more when Python closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NO_READER


def _carry_out(arguments: Sequence[str] | None) -> int:
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
        prog="csat",
        description="Annual customer-satisfaction studies, from raw data to report.",
        epilog=_STEPS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    new = _add(commands, "new", "write the params of a new study", _NEW, _new)
    check = _add(commands, "check", "check params, codebook and data of a study", _CHECK, _check)
    run = _add(commands, "run", "bring the results of a study up to date", _RUN, _run)
    report = _add(commands, "report", "typeset the report of a study again", _REPORT, _report)
    _add_new(new)
    for command in (check, run, report):
        command.add_argument("study", metavar="STUDY", help="its name (2024) or its params file")
    run.add_argument("--n-boot", type=_positive, metavar="N", help="number of bootstrap draws")
    run.add_argument("--language", choices=("zh", "en"), help="language of the report")
    run.add_argument("--jobs", type=_positive, default=2, metavar="N", help="notebooks at a time")
    run.add_argument(
        "--only", action="append", default=[], metavar="NOTEBOOK", help="run only this (repeatable)"
    )
    _add_codebook(_add(commands, "codebook", "draft a codebook, or check it with a file", _BOOK))
    return parser


def _add(
    commands: Any, name: str, what: str, text: str, action: Callable[..., int] | None = None
) -> argparse.ArgumentParser:
    """Add a command with its help: one line in the list, and a text of its own."""
    description, _, examples = text.partition("\n\n")
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=what,
        description=description,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if action is not None:
        parser.set_defaults(action=action)
    return parser


def _add_new(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("study", metavar="STUDY", help="name of the new study, such as shops_2025")
    origin = parser.add_mutually_exclusive_group(required=True)
    origin.add_argument("--data", metavar="FILE", help="a survey file, to begin with")
    origin.add_argument("--from", dest="source", metavar="STUDY", help="last year's study, to copy")
    parser.add_argument("--codebook", metavar="CODEBOOK", help="of the file; drafted if absent")
    parser.add_argument("--sheet", metavar="NAME", help="of a workbook with several")


def _add_codebook(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    draft = _add(commands, "draft", "write a first codebook from a data file", _DRAFT, _draft)
    draft.add_argument("file", metavar="FILE", help="CSV, Excel, SPSS, Stata or Parquet")
    draft.add_argument("-o", "--output", metavar="CODEBOOK", help="params/codebook_FILE.yml if not")
    draft.add_argument("--sheet", metavar="NAME", help="of a workbook with several")
    draft.add_argument("--force", action="store_true", help="replace a codebook that exists")
    check = _add(commands, "check", "show how a codebook and files differ", _COMPARE, _compare)
    check.add_argument("codebook", metavar="CODEBOOK", help="a codebook, params/codebook_X.yml")
    check.add_argument("files", metavar="FILE", nargs="+", help="the files of a wave")
    check.add_argument("--version", metavar="NAME", help="the codebook's version of the file")


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
    from csat_models.workflow.running.runs import run_study

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
    from csat_models.workflow.running.runs import rebuild_report

    for path in rebuild_report(options.study, _build_report).report:
        print(path)
    return 0


def _new(options: argparse.Namespace) -> int:
    return _start(options) if options.source is None else _copy(options)


def _start(options: argparse.Namespace) -> int:
    from csat_models.workflow.beginning.starting import start_study
    from csat_models.workflow.project import Project

    project = Project.find()
    started = start_study(
        options.study,
        options.data,
        codebook=options.codebook,
        sheet=options.sheet,
        project=project,
    )
    params, codebook = (project.relative(path) for path in (started.params, started.codebook))
    print(f"{'wrote' if started.drafted else 'used'} {codebook}")
    print(f"wrote {params}")
    for remark in started.remarks:
        print(f"  {remark}")
    print(f"next: read both files, above all the model in {params}; then")
    print(f"csat check {options.study}")
    print(f"csat run {options.study}")
    return 0


def _copy(options: argparse.Namespace) -> int:
    if options.codebook is not None or options.sheet is not None:
        raise ParamsError("--codebook and --sheet belong to --data; a copy keeps its codebook")
    from csat_models.workflow.beginning.copying import codebook_of, copy_params, version_of
    from csat_models.workflow.project import Project

    project = Project.holding(options.source)
    path = copy_params(options.study, options.source, project)
    print(f"wrote {project.relative(path)}")
    version = version_of(options.source, project)
    if version is not None:
        print(f"its data have today's questionnaire: 'version: {version}' was not copied")
    book = codebook_of(path.stem, project)
    print(f"its codebook is {book}: if the questionnaire has changed, say so")
    print("there under 'versions' (docs/codebook.md)")
    print(f"next: put the wave's data where its key 'data' says, then 'csat check {path.stem}'")
    return 0


def _draft(options: argparse.Namespace) -> int:
    from csat_models.workflow.beginning.codebooks import write_draft

    path, draft = write_draft(
        options.file, options.output, sheet=options.sheet, overwrite=options.force
    )
    print(f"wrote {path}")
    file = shlex.quote(options.file)
    missing = f" ({draft.n_open} items are still without a construct)" if draft.n_open else ""
    print(f"next: go through it{missing}, then")
    print(f"csat codebook check {shlex.quote(str(path))} {file}")
    print(f"csat new STUDY --data {file}")
    return 0


def _compare(options: argparse.Namespace) -> int:
    from csat_models.workflow.beginning.codebooks import compare_files, describe_differences

    found = compare_files(options.codebook, options.files, version=options.version)
    for line in describe_differences(found, options.codebook):
        print(line)
    return CsatError.exit_code if (found["severity"] == "error").any() else 0


def _build_report(job: ReportJob) -> None:
    from csat_models.workflow.running.publish import build_report

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
