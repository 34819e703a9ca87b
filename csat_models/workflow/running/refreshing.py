"""The outputs stored in the notebooks, made anew from their own defaults."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from csat_models.errors import CsatError, NotebookError
from csat_models.workflow.files import write_atomically
from csat_models.workflow.project import VARIABLE, Project
from csat_models.workflow.running.kernels import SINGLE_THREADED
from csat_models.workflow.running.notebooks import as_bytes, normalise


def refresh(path: Path, project: Project, environment: Mapping[str, str]) -> None:
    """Run a notebook with its own defaults and store its outputs in it.

    Parameters
    ----------
    path : Path
        The notebook; it is replaced.
    project : Project
        Where it is run.
    environment : mapping of str to str
        The kernel's environment.

    Raises
    ------
    NotebookError
        A cell failed; the notebook stays as it was.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    notebook = nbformat.read(path, as_version=4)
    folder = {"metadata": {"path": os.fspath(project.notebooks)}}
    client = NotebookClient(
        notebook, kernel_name="python3", record_timing=False, resources=folder, timeout=None
    )
    try:
        client.execute(env={**environment, VARIABLE: os.fspath(project.root)})
    except CellExecutionError as error:
        raise NotebookError(
            f"{path.name}: {error.ename}: {error.evalue}; mend the cell", file=path
        ) from None
    content = json.loads(nbformat.writes(notebook))
    stored = normalise(content, {os.fspath(project.root): "<project>"})
    for cell, original in zip(stored["cells"], notebook.cells, strict=True):
        cell["id"] = original["id"]
    write_atomically(path, as_bytes(stored))


def main() -> int:
    """Refresh all notebooks of the project, or those named on the command line."""
    project = Project.find()
    named = {Path(name).stem for name in sys.argv[1:]}
    try:
        for path in sorted(project.notebooks.glob("*.ipynb")):
            if not named or path.stem in named:
                print(project.relative(path), flush=True)
                refresh(path, project, {**os.environ, **SINGLE_THREADED, "TQDM_DISABLE": "1"})
    except CsatError as error:
        print(f"csat: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
