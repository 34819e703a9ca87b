"""Several notebooks at a time, each in a kernel of its own."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from csat_models.workflow.running.execution import NotebookJob, Outcome, execute
from csat_models.workflow.running.kernels import SINGLE_THREADED, KernelServer, open_server
from csat_models.workflow.running.notebooks import imported_modules, read_notebook
from csat_models.workflow.running.plan import Plan
from csat_models.workflow.running.progress import Progress

__all__ = ["Outcome", "run_notebooks"]

_TICK_SECONDS = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Started:
    name: str


Event = _Started | Outcome | BaseException


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Crew:
    """What the workers share."""

    plan: Plan
    staging: Path
    sockets: Path
    server: KernelServer
    environment: Mapping[str, str]
    tasks: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue)
    events: queue.SimpleQueue[Event] = field(default_factory=queue.SimpleQueue)

    def work(self) -> None:
        """Run notebooks until none is left."""
        try:
            while True:
                name = self.tasks.get_nowait()
                self.events.put(_Started(name=name))
                self.events.put(self._run(name))
        except queue.Empty:
            return
        except BaseException as error:
            self.events.put(error)

    def _run(self, name: str) -> Outcome:
        job = NotebookJob(
            name=name,
            source=self.plan.project.notebooks / f"{name}.ipynb",
            parameters=self.plan.parameters,
            staging=self.staging / name,
            sockets=self.sockets,
        )
        return execute(job, self.plan.project, self.server, self.environment)


def run_notebooks(
    plan: Plan,
    names: Sequence[str],
    *,
    staging: Path,
    sockets: Path,
    jobs: int,
    progress: Progress,
) -> Iterator[Outcome]:
    """Run notebooks; yield how each ended, as they end.

    Whatever ends the iteration stops all kernels at once.

    Parameters
    ----------
    plan : Plan
        The study.
    names : sequence of str
        Notebooks, in the order in which they are begun.
    staging : Path
        Each notebook's results go into a folder of its name in it.
    sockets : Path
        Folder of short name.
    jobs : int
        Number of notebooks at a time.
    progress : Progress
        Told when a notebook is begun.

    Yields
    ------
    Outcome
        A notebook that failed is an outcome too.
    """
    environment = {**os.environ, **SINGLE_THREADED, "PYTHONHASHSEED": "0", "TQDM_DISABLE": "1"}
    server = open_server(plan.project.notebooks, environment, _modules(plan, names))
    try:
        crew = _Crew(
            plan=plan, staging=staging, sockets=sockets, server=server, environment=environment
        )
        for name in names:
            crew.tasks.put(name)
        for _ in range(min(jobs, len(names))):
            threading.Thread(target=crew.work, daemon=True).start()
        yield from _outcomes(crew.events, len(names), progress)
    finally:
        server.stop()


def _modules(plan: Plan, names: Sequence[str]) -> set[str]:
    paths = (plan.project.notebooks / f"{name}.ipynb" for name in names)
    return {module for path in paths for module in imported_modules(read_notebook(path))}


def _outcomes(
    events: queue.SimpleQueue[Event], expected: int, progress: Progress
) -> Iterator[Outcome]:
    while expected:
        try:
            event = events.get(timeout=_TICK_SECONDS)
        except queue.Empty:
            progress.tick()
            continue
        if isinstance(event, BaseException):
            raise event
        if isinstance(event, Outcome):
            expected -= 1
            yield event
        else:
            progress.started(event.name)
