"""Next year's params file, made from this year's with its comments."""

from __future__ import annotations

import re
from pathlib import Path

from csat_models.errors import ParamsError
from csat_models.survey.codebooks.strict_yaml import read_mapping
from csat_models.workflow.files import write_atomically
from csat_models.workflow.project import Project

_YEAR = re.compile(r"\d{4}")
_DATA = re.compile(r"^data[ \t]*:.*(?:\n(?:[ \t].*|#.*)?)*", re.M)
_VERSION_LINE = re.compile(r"^(?P<indent>[ \t]+)version[ \t]*:.*$", re.M)
_VERSION_IN_BRACES = re.compile(
    r"(?<=[{,])[ \t]*version[ \t]*:[^,}]*,[ \t]*|,[ \t]*version[ \t]*:[^,}]*"
)
_TODAY = "# no 'version': the data have today's questionnaire"
_EARLIER = re.compile(r"^earlier:[ \t]*(?P<list>\[[^\]]*\])?", re.M)


def copy_params(new: str, source: str, project: Project) -> Path:
    """Write the params file of a new wave from an earlier one's.

    The old year becomes the new one wherever it stands (wave, data file,
    titles, seed), and the old study joins the list of earlier ones. The
    codebook stays the same unless the new year has one of its own. A version
    of the questionnaire (``data.version``) is not copied, since the new wave
    has today's. Nothing else changes, and comments stay.

    Parameters
    ----------
    new : str
        Name of the new study; it contains its year.
    source : str
        Name or params file of the study to copy.
    project : Project
        Where the files lie.

    Returns
    -------
    Path
        The new file.

    Raises
    ------
    ParamsError
        A name has no year, the file exists, or the copy would not say what
        it should.
    """
    old_file = project.params_file(source)
    new_file = new_params_file(new, project)
    old_year, new_year = _year_of(old_file.stem), _year_of(new)
    text = old_file.read_text(encoding="utf-8-sig")
    changed = _replace_year(_without_version(text), old_year, new_year)
    changed = _with_codebook(changed, codebook_of(source, project), old_year, new_year, project)
    write_atomically(new_file, _add_earlier(changed, old_file.stem).encode())
    try:
        _check_copy(new_file, old_file.stem, int(new_year), project)
    except ParamsError:
        new_file.unlink()
        raise
    return new_file


def new_params_file(study: str, project: Project) -> Path:
    """Return where the params of a new study shall lie.

    Parameters
    ----------
    study : str
        Its name.
    project : Project
        Where the file shall lie.

    Raises
    ------
    ParamsError
        The name cannot be one of a study, or there is one of that name.
    """
    file = project.params / f"{study}.yml"
    if not re.fullmatch(r"[\w.-]+", study) or study.startswith((".", "-", "codebook")):
        raise ParamsError(f"'{study}' is no name for a study; write one such as 2025", study=study)
    if file.exists() or study in project.studies():
        shown = project.relative(file)
        raise ParamsError(
            f"{shown} exists already; delete it first or take another name", study=study
        )
    return file


def version_of(source: str, project: Project) -> str | None:
    """Return the version of the questionnaire that a study's data were collected with.

    Parameters
    ----------
    source : str
        Name or params file of the study.
    project : Project
        Where the files lie.

    Returns
    -------
    str or None
        None where it is today's.

    Raises
    ------
    ParamsError
        There is no such study, or its file is no mapping.
    """
    return _data_key("version", source, project)


def codebook_of(source: str, project: Project) -> str | None:
    """Return the codebook that a study's params name; None where they name none.

    Parameters
    ----------
    source : str
        Name or params file of the study.
    project : Project
        Where the files lie.

    Raises
    ------
    ParamsError
        There is no such study, or its file is no mapping.
    """
    return _data_key("codebook", source, project)


def _data_key(key: str, source: str, project: Project) -> str | None:
    data = read_mapping(project.params_file(source), ParamsError).get("data")
    found = data.get(key) if isinstance(data, dict) else None
    return None if found is None else str(found)


def _with_codebook(text: str, old: str | None, old_year: str, new_year: str, at: Project) -> str:
    """Name the old codebook again where there is none of the new year."""
    new = old if old is None else old.replace(old_year, new_year)
    if old is None or new is None or (at.root / new).exists():
        return text
    return text.replace(new, old)


def _without_version(text: str) -> str:
    """Leave the version out of the section 'data', with a comment in its place."""
    section = _DATA.search(text)
    if section is None:
        return text
    kept = _VERSION_LINE.sub(rf"\g<indent>{_TODAY}", section.group())
    kept = _VERSION_IN_BRACES.sub("", kept)
    return text[: section.start()] + kept + text[section.end() :]


def _year_of(name: str) -> str:
    found = _YEAR.search(name)
    if found is None:
        raise ParamsError(
            f"the study's name '{name}' has no year; use one such as 2025", study=name
        )
    return found.group()


def _replace_year(text: str, old: str, new: str) -> str:
    """Replace a year everywhere but in the list of earlier studies."""
    match = _EARLIER.search(text)
    if match is None:
        return text.replace(old, new)
    start, end = match.start(), _end_of_block(text, match)
    return text[:start].replace(old, new) + text[start:end] + text[end:].replace(old, new)


def _end_of_block(text: str, match: re.Match[str]) -> int:
    if match["list"] is not None:
        return match.end()
    following = re.compile(r"^(?![ \t]*-|[ \t]*$|[ \t]*#)", re.M).search(text, match.end() + 1)
    return len(text) if following is None else following.start()


def _add_earlier(text: str, name: str) -> str:
    match = _EARLIER.search(text)
    if match is None:
        return f"{text.rstrip()}\n\nearlier: [{name}]\n"
    if match["list"] is None:
        return f"{text[: match.end()]}\n  - {name}{text[match.end() :]}"
    listed = match["list"][1:-1].strip().rstrip(",")
    whole = f"[{listed}, {name}]" if listed else f"[{name}]"
    return f"{text[: match.start('list')]}{whole}{text[match.end('list') :]}"


def _check_copy(path: Path, old_name: str, wave: int, project: Project) -> None:
    content = read_mapping(path, ParamsError)
    earlier = [str(name) for name in content.get("earlier") or ()]
    data = content.get("data")
    versioned = isinstance(data, dict) and "version" in data
    if content.get("wave") != wave or old_name not in earlier or versioned:
        raise ParamsError(
            f"{project.relative(project.params_file(old_name))} cannot be copied by itself: its "
            "'wave' must be the year in its name, 'earlier' a list and 'data.version' on a line "
            "of its own; copy it by hand",
            study=path.stem,
        )
