"""A study belongs to one run at a time."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from csat_models.errors import StudyBusyError
from csat_models.workflow.files import claimed
from csat_models.workflow.running.plan import Plan

_LONGEST_SOCKET_FOLDER = 50


@contextlib.contextmanager
def staging_folder(plan: Plan) -> Iterator[Path]:
    """Give a folder, inside the study's, that is gone afterwards.

    Parameters
    ----------
    plan : Plan
        Of a study that this process has claimed.
    """
    folder = plan.folder / ".staging"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def claim(plan: Plan) -> Iterator[Path]:
    """Keep other processes from running a study.

    Parameters
    ----------
    plan : Plan
        The study.

    Yields
    ------
    Path
        A private folder of short name, for sockets.

    Raises
    ------
    StudyBusyError
        Another process has claimed it.
    """
    base = tempfile.gettempdir()
    base = base if len(base) <= _LONGEST_SOCKET_FOLDER else "/tmp"
    sockets = Path(tempfile.mkdtemp(prefix="csat-", dir=base))
    owner = json.dumps({"pid": os.getpid(), "sockets": os.fspath(sockets)})
    try:
        with claimed(plan.folder / ".lock", owner) as previous:
            _remove_leftovers(previous)
            yield sockets
    except BlockingIOError as error:
        raise _busy(plan, str(error)) from None
    finally:
        shutil.rmtree(sockets, ignore_errors=True)


def _remove_leftovers(previous: str) -> None:
    """Remove the sockets' folder of a run that was killed."""
    with contextlib.suppress(ValueError, KeyError, TypeError):
        folder = Path(json.loads(previous)["sockets"])
        if folder.name.startswith("csat-") and not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)


def _busy(plan: Plan, written: str) -> StudyBusyError:
    try:
        holder = f"process {json.loads(written)['pid']}"
    except (ValueError, KeyError, TypeError):
        holder = "another process"
    return StudyBusyError(
        f"study '{plan.params.name}' is being run by {holder}; wait for it or stop it",
        study=plan.params.name,
        holder=holder,
    )
