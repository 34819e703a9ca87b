"""One notebook, run from its first cell to its last by papermill."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from csat_models import errors
from csat_models.workflow.digests import digest
from csat_models.workflow.files import write_atomically
from csat_models.workflow.project import VARIABLE, Project
from csat_models.workflow.running.kernels import KernelServer, kernel_manager
from csat_models.workflow.running.notebooks import as_bytes, normalise, read_notebook
from csat_models.workflow.showing import RESULTS_VARIABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookJob:
    """A notebook to run, and where its results go.

    Attributes
    ----------
    name : str
        Stem of the notebook's file.
    source : Path
        The notebook.
    parameters : dict
        What is injected after its cell tagged ``parameters``.
    staging : Path
        Folder of its executed copy and results.
    sockets : Path
        Folder of short name for the kernel's sockets.
    """

    name: str
    source: Path
    parameters: dict[str, Any] = field(default_factory=dict)
    staging: Path
    sockets: Path

    @property
    def executed(self) -> Path:
        """The executed copy."""
        return self.staging / "notebooks" / f"{self.name}.ipynb"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a notebook's run ended.

    Attributes
    ----------
    name : str
        The notebook.
    seconds : float
        How long it took.
    failure : str or None
        One line on what went wrong and in which cell.
    """

    name: str
    seconds: float
    failure: str | None


def execute(
    job: NotebookJob, project: Project, server: KernelServer, environment: Mapping[str, str]
) -> Outcome:
    """Run a notebook; its executed copy lies in the staging folder afterwards.

    Parameters
    ----------
    job : NotebookJob
        What to run.
    project : Project
        Where; the kernel works in the folder of notebooks.
    server : KernelServer
        What starts the kernel.
    environment : mapping of str to str
        The kernel's, to which the staging folder is added.

    Returns
    -------
    Outcome
        A notebook that fails is an outcome, not an exception.
    """
    begin = time.monotonic()
    raw = job.sockets / f"{job.name}.ipynb"
    kernel_environment = {
        **environment,
        VARIABLE: os.fspath(project.root),
        RESULTS_VARIABLE: os.fspath(job.staging),
    }
    connection_file = job.sockets / f"{digest(job.name)[:8]}.json"
    manager = kernel_manager(server, connection_file, kernel_environment)
    failure = _run_papermill(job, raw, manager)
    if raw.is_file():
        clean = normalise(read_notebook(raw), _paths_of_this_machine(project, job))
        write_atomically(job.executed, as_bytes(clean))
    return Outcome(name=job.name, seconds=time.monotonic() - begin, failure=failure)


def _run_papermill(job: NotebookJob, raw: Path, manager: Any) -> str | None:
    import nbformat
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    logging.getLogger("papermill").setLevel(logging.ERROR)
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)
    try:
        papermill.execute_notebook(
            nbformat.read(job.source, as_version=4),
            os.fspath(raw),
            parameters=job.parameters,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            request_save_on_cell_execute=False,
            record_timing=False,
            shutdown_kernel="immediate",
            kernel_manager_class=manager,
            timeout=None,
        )
    except PapermillExecutionError as error:
        return _diagnose(error.exec_count, error.ename, error.evalue)
    except DeadKernelError:
        return "the kernel died; perhaps it ran out of memory"
    except Exception as error:
        return f"{type(error).__name__}: {_last_line(str(error))}"
    return None


def _diagnose(cell: object, kind: str, message: str) -> str:
    known = getattr(errors, kind, None)
    first = message.strip().splitlines()[0] if message.strip() else ""
    ours = isinstance(known, type) and issubclass(known, errors.CsatError)
    return f"cell [{cell}]: {first if ours else f'{kind}: {first}'}"


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1] if lines else "it gave no reason"


def _paths_of_this_machine(project: Project, job: NotebookJob) -> dict[str, str]:
    return {
        os.fspath(job.staging): "<results>",
        sys.prefix: "<python>",
        os.fspath(project.root): "<project>",
    }
