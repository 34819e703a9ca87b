"""The params file of a first study, written from a data file and its codebook."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from csat_models.errors import CsatError, ParamsError
from csat_models.survey import Codebook, Responses
from csat_models.survey.formats.finding import find_files
from csat_models.survey.intake.reading import read_survey
from csat_models.workflow.beginning.codebooks import default_codebook, write_draft
from csat_models.workflow.beginning.copying import new_params_file
from csat_models.workflow.beginning.proposal import Proposal, propose_comparison, propose_model
from csat_models.workflow.files import write_atomically
from csat_models.workflow.params.loading import load_params
from csat_models.workflow.project import Project

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_CHINESE = re.compile("[\u3400-\u9fff]")
_MIN_CELL = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A study that was begun.

    Attributes
    ----------
    params, codebook : Path
        The files.
    drafted : bool
        Whether the codebook was drafted, and not there before.
    remarks : tuple of str
        What was guessed or left out, one sentence each.
    """

    params: Path
    codebook: Path
    drafted: bool
    remarks: tuple[str, ...]


def start_study(
    study: str,
    data: str | Path,
    *,
    codebook: str | Path | None = None,
    sheet: str | None = None,
    project: Project | None = None,
) -> Started:
    """Write the params file of a first study; a codebook too, if there is none.

    Nothing that exists is overwritten.

    Parameters
    ----------
    study : str
        Name of the study, such as ``"hotels_2025"``.
    data : str or Path
        The survey file, inside the project; a pattern for several.
    codebook : str or Path, optional
        Its codebook; ``params/codebook_<name of the file>.yml`` if absent,
        which is drafted unless it exists.
    sheet : str, optional
        Of a workbook with several, for the draft.
    project : Project, optional
        Where the files lie; found from the working directory if absent.

    Returns
    -------
    Started
        The new params can be run as they stand; what was guessed says so.

    Raises
    ------
    CsatError
        One sentence: the study exists, the data lie outside the project or
        do not fit the codebook, or the codebook names fewer than two
        constructs.
    """
    project = project or Project.find()
    target = new_params_file(study, project)
    files = find_files(data)
    for file in (*files, *([Path(codebook)] if codebook is not None else [])):
        _require_inside(file, project)
    book = Path(codebook) if codebook is not None else default_codebook(files[0], project)
    drafted = codebook is None and not book.exists()
    if drafted:
        write_draft(files[0], book, sheet=sheet)
    responses = read_survey(files, Codebook.load(book))
    text, remarks = _write(study, data, book, responses, project)
    write_atomically(target, text.encode())
    try:
        load_params(study, project)
    except CsatError:
        target.unlink()
        raise
    return Started(params=target, codebook=book, drafted=drafted, remarks=remarks)


def _require_inside(file: Path, project: Project) -> None:
    if not file.resolve().is_relative_to(project.root):
        raise ParamsError(
            f"{file} lies outside the project {project.root}; copy it into data/raw/ or params/ "
            "there, where data/raw/ is kept out of git",
            file=str(file),
        )


def _write(
    study: str, data: str | Path, book: Path, responses: Responses, project: Project
) -> tuple[str, tuple[str, ...]]:
    proposal = propose_model(responses)
    if not proposal.is_model:
        raise ParamsError(
            f"{project.relative(book)}: fewer than two constructs have items, so that there is no "
            "model to propose; name the constructs under 'constructs' and one in each item, then "
            "repeat the command",
            file=str(book),
        )
    wave, why = _guess_wave(study, str(data))
    comparison, doubt = propose_comparison(responses, _MIN_CELL)
    shown = project.relative(Path(data)) if Path(data).is_absolute() else _inside(data, project)
    lines = [
        *_head(study, wave, why, responses.codebook),
        "data:",
        f"  file: {json.dumps(shown, ensure_ascii=False)}",
        f"  codebook: {json.dumps(project.relative(book), ensure_ascii=False)}",
        "",
        *_model(proposal),
        "",
        "bootstrap:",
        "  seed: 1   # keep it from year to year: it ties the draws of the waves together",
        *_comparison(comparison, doubt),
    ]
    told = [f"the wave is {wave}, {why}", *proposal.remarks()]
    told += [f"no comparison: {doubt}"] if doubt else []
    return "\n".join(lines) + "\n", tuple(told)


def _inside(data: str | Path, project: Project) -> str:
    return project.relative(Path.cwd() / data)


def _head(study: str, wave: int, why: str, book: Codebook) -> Iterator[str]:
    chinese = [bool(_CHINESE.search(item.text.zh)) for item in book.items.values()]
    name = json.dumps(f"Customer satisfaction {wave}", ensure_ascii=False)
    yield f"# The study '{study}', written from its data and codebook. Read it once: what was"
    yield "# guessed says so. Every key that can stand here is explained in the README."
    yield f"title: {{zh: 顾客满意度研究（{wave}年）, en: {name}}}"
    yield f"language: {'zh' if 2 * sum(chinese) > len(chinese) else 'en'}"
    yield f"wave: {wave}   # {why}"


def _guess_wave(study: str, data: str) -> tuple[int, str]:
    for text, where in ((study, "the study's name"), (Path(data).name, "the file's name")):
        found = _YEAR.search(text)
        if found is not None:
            return int(found.group()), f"from {where}"
    return date.today().year, "guessed: this year"


def _model(proposal: Proposal) -> Iterator[str]:
    yield "# Guessed from the codebook's constructs, in the order of the European index (ECSI):"
    yield "# does every item stand where it belongs, and does every path say what you mean?"
    yield from (f"# ({remark})" for remark in proposal.remarks())
    yield "model: |"
    yield from (f"  {line}".rstrip() for line in proposal.lines())


def _comparison(lines: list[str], doubt: str | None) -> Iterator[str]:
    if not lines:
        return
    mark = "" if doubt is None else "# "
    yield ""
    if doubt is not None:
        yield f"# Left out, since {doubt}; see 'data.min_cell'."
    yield f"{mark}comparison:"
    yield from (f"{mark}  {line}" for line in lines)
