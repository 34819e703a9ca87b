"""Notebooks as files: what they declare, what they are made of, what they show."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from csat_models.errors import NotebookError, ParamsError
from csat_models.report.elements import MIME
from csat_models.workflow.digests import digest

Notebook = dict[str, Any]

_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+")
_VOLATILE = ("papermill", "execution", "widgets")


def read_notebook(path: Path) -> Notebook:
    """Read a notebook of format 4.

    Parameters
    ----------
    path : Path
        An ``.ipynb`` file.

    Raises
    ------
    NotebookError
        The file is no such notebook.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["nbformat"] >= 4 and isinstance(content["cells"], list):  # noqa: PLR2004
            return dict(content)
    except (ValueError, KeyError, TypeError):
        pass
    raise NotebookError(
        f"{path} is not a notebook of format 4; open it in Jupyter and save it", file=path
    )


def source_digest(notebook: Notebook) -> str:
    """Hash what a notebook does: its cells and tags, without outputs.

    Parameters
    ----------
    notebook : dict
        As :func:`read_notebook` gives it.
    """
    cells = [
        [cell["cell_type"], _text(cell["source"]), cell.get("metadata", {}).get("tags", [])]
        for cell in notebook["cells"]
    ]
    return digest(cells)


def declared_parameters(notebook: Notebook) -> frozenset[str]:
    """Return the names assigned in the cell tagged ``parameters``.

    Parameters
    ----------
    notebook : dict
        As :func:`read_notebook` gives it.

    Examples
    --------
    >>> cell = {"cell_type": "code", "metadata": {"tags": ["parameters"]}}
    >>> sorted(declared_parameters({"cells": [cell | {"source": "study = '2024'; n_boot = None"}]}))
    ['n_boot', 'study']
    """
    for cell in notebook["cells"]:
        if "parameters" in cell.get("metadata", {}).get("tags", []):
            return frozenset(_assigned(_text(cell["source"])))
    return frozenset()


def imported_modules(notebook: Notebook) -> frozenset[str]:
    """Return the modules that a notebook's cells import at their top level.

    Parameters
    ----------
    notebook : dict
        As :func:`read_notebook` gives it.

    Examples
    --------
    >>> cell = {"cell_type": "code", "source": "import numpy as np; from pathlib import Path"}
    >>> sorted(imported_modules({"cells": [cell]}))
    ['numpy', 'pathlib']
    """
    code = (cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    statements = [part for cell in code for part in _statements(_text(cell["source"]))]
    plain = [part.names for part in statements if isinstance(part, ast.Import)]
    froms = [part.module for part in statements if isinstance(part, ast.ImportFrom)]
    names = {alias.name for aliases in plain for alias in aliases}
    return frozenset(names | {module for module in froms if module})


def check_parameters(name: str, notebook: Notebook, given: Mapping[str, object]) -> None:
    """Refuse parameters that a notebook does not declare.

    Parameters
    ----------
    name : str
        The notebook's name, for the message.
    notebook : dict
        As :func:`read_notebook` gives it.
    given : mapping of str to object
        What it is to be run with.

    Raises
    ------
    ParamsError
        The notebook would ignore one of them.
    """
    declared = declared_parameters(notebook)
    for parameter in given:
        if parameter not in declared:
            raise ParamsError(
                f"notebooks/{name}.ipynb does not declare '{parameter}', so it would ignore it; "
                f"assign it in the cell tagged 'parameters' ({', '.join(sorted(declared)) or '-'})",
                notebook=name,
                parameter=parameter,
            )


def elements_of(notebook: Notebook) -> list[dict[str, Any]]:
    """Return the report elements that an executed notebook shows, in order.

    Parameters
    ----------
    notebook : dict
        As :func:`read_notebook` gives it.

    Returns
    -------
    list of dict
        The JSON payloads of :mod:`csat_models.report.elements`.
    """
    outputs = (output for cell in notebook["cells"] for output in cell.get("outputs", ()))
    payloads = (output.get("data", {}).get(MIME) for output in outputs)
    return [payload for payload in payloads if payload is not None]


def normalise(notebook: Notebook, replacements: Mapping[str, str]) -> Notebook:
    """Remove from an executed notebook what differs between two equal runs.

    Parameters
    ----------
    notebook : dict
        The executed notebook.
    replacements : mapping of str to str
        Paths of this machine and what is to stand for them.

    Returns
    -------
    dict
        Without timestamps, random cell identifiers, addresses and paths.
    """
    metadata = {k: v for k, v in notebook["metadata"].items() if k not in _VOLATILE}
    language = {"name": "python"}
    cells = [
        _normalise_cell(number, cell, replacements) for number, cell in enumerate(notebook["cells"])
    ]
    return {**notebook, "metadata": {**metadata, "language_info": language}, "cells": cells}


def as_bytes(notebook: Notebook) -> bytes:
    """Return a notebook as the content of its file."""
    text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)
    return f"{text}\n".encode()


def _normalise_cell(number: int, cell: Notebook, replacements: Mapping[str, str]) -> Notebook:
    kept = {k: v for k, v in cell["metadata"].items() if k not in _VOLATILE}
    if kept.get("tags") == []:
        del kept["tags"]
    clean = {**cell, "metadata": kept, "id": f"cell-{number}"}
    if "outputs" in cell:
        outputs = _join_streams(cell["outputs"])
        clean["outputs"] = [_clean_output(output, replacements) for output in outputs]
    return clean


def _join_streams(outputs: list[Notebook]) -> list[Notebook]:
    """Join the pieces that a stream happened to arrive in."""
    joined: list[Notebook] = []
    for output in outputs:
        if output["output_type"] != "stream":
            joined.append(output)
        elif joined and joined[-1].get("name") == output["name"]:
            joined[-1] = {**output, "text": joined[-1]["text"] + _text(output["text"])}
        else:
            joined.append({**output, "text": _text(output["text"])})
    return joined


def _clean_output(value: Any, replacements: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: part if key == "image/png" else _clean_output(part, replacements)
            for key, part in value.items()
        }
    if isinstance(value, list):
        return [_clean_output(part, replacements) for part in value]
    if not isinstance(value, str):
        return value
    for path, shown in replacements.items():
        value = value.replace(path, shown)
    return _ADDRESS.sub("at 0x0", value)


def _assigned(source: str) -> set[str]:
    targets: list[ast.expr] = []
    for statement in _statements(source):
        if isinstance(statement, ast.Assign):
            targets += statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets.append(statement.target)
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _statements(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except SyntaxError:
        return []


def _text(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)
