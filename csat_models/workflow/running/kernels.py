"""Kernels that start fast and never outlive the run that started them.

On Linux one process imports the libraries once and forks a kernel for each
notebook; elsewhere each kernel is a fresh ipykernel. Kernels are reached
through sockets in a private folder, not through ports.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

SINGLE_THREADED = {
    name: "1"
    for name in (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMEXPR_NUM_THREADS",
    )
}
KERNEL_MODULES = ("ipykernel.kernelapp", "ipykernel.ipkernel")
STUDY_MODULES = (
    "csat_models.report.figures",
    "csat_models.workflow.study",
    "matplotlib_inline.backend_inline",
    "pyarrow.parquet",
)

_START = "from csat_models.workflow.running.kernels import serve; serve({descriptor}, {modules})"
_FRESH = (
    "from csat_models.workflow.running.kernels import die_with_parent; die_with_parent(); "
    "from ipykernel.kernelapp import launch_new_instance; launch_new_instance()"
)
_SET_PARENT_DEATH_SIGNAL = 1
_POLL_SECONDS = 0.05


class ForkedKernel:
    """A kernel that the fork server started, seen as a process.

    It has what kernel managers use of :class:`subprocess.Popen`.

    Parameters
    ----------
    pid : int
        The process; it leads a group of its own.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        try:
            self._descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            self.returncode = -signal.SIGKILL

    def poll(self) -> int | None:
        """Return None while the kernel runs, then a number."""
        if self.returncode is None and select.select([self._descriptor], [], [], 0)[0]:
            os.close(self._descriptor)
            self.returncode = -signal.SIGKILL
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end of the kernel."""
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("kernel", timeout or 0.0)
            time.sleep(_POLL_SECONDS)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel's process group."""
        if self.poll() is not None:
            return
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:  # it has not made its group yet
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill the kernel and its children."""
        self.send_signal(signal.SIGKILL)

    terminate = kill


class FreshServer:
    """Starts each kernel as a new process, where forking is not to be had.

    Parameters
    ----------
    folder : Path
        Working directory of the kernels.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: list[subprocess.Popen[bytes]] = []

    def start(
        self, connection_file: str, environment: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        """Start a kernel; the arguments are those of :meth:`ForkServer.start`."""
        process = subprocess.Popen(
            [sys.executable, "-c", _FRESH, "-f", connection_file],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            env={**environment, "JPY_PARENT_PID": str(os.getpid())},
            start_new_session=True,
        )
        self._started.append(process)
        return process

    def stop(self) -> None:
        """End every kernel that still runs."""
        for process in self._started:
            if process.poll() is None:
                process.kill()
                process.wait()


class ForkServer:
    """A process that has imported the libraries and forks kernels.

    Parameters
    ----------
    folder : Path
        Working directory of the server.
    environment : mapping of str to str
        Its environment.
    modules : iterable of str
        What it imports before it forks.
    """

    def __init__(
        self, folder: Path, environment: Mapping[str, str], modules: Iterable[str] = ()
    ) -> None:
        wanted = [*KERNEL_MODULES, *modules]
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START.format(descriptor=theirs.fileno(), modules=wanted)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                env=dict(environment),
                start_new_session=True,
            )
        self._socket = ours
        self._lines = ours.makefile("rb")
        self._lock = threading.Lock()

    def start(self, connection_file: str, environment: Mapping[str, str]) -> ForkedKernel:
        """Fork a kernel; blocks until the server has imported the libraries.

        Parameters
        ----------
        connection_file : str
            Where the kernel finds its sockets.
        environment : mapping of str to str
            The kernel's environment.

        Raises
        ------
        RuntimeError
            The server has died.
        """
        request = json.dumps({"file": connection_file, "environment": dict(environment)})
        with self._lock:
            try:
                self._socket.sendall(request.encode() + b"\n")
                reply = self._lines.readline()
            except OSError:
                reply = b""
        if not reply:
            raise RuntimeError("the process that starts the kernels has died")
        return ForkedKernel(json.loads(reply))

    def stop(self) -> None:
        """End the server, and with it every kernel that still runs."""
        self._process.kill()
        self._process.wait()
        self._lines.close()
        self._socket.close()


def serve(descriptor: int, modules: Iterable[str]) -> None:
    """Import the libraries, then fork a kernel for each request until told to end.

    Parameters
    ----------
    descriptor : int
        The socket of requests; at its end the server ends.
    modules : iterable of str
        What to import; a module that cannot be imported is left to the
        notebooks, which show why.
    """
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    _preload(modules)
    requests = socket.socket(fileno=descriptor)
    for line in requests.makefile("rb"):
        pid = os.fork()
        if pid == 0:
            requests.detach()
            _become_kernel(json.loads(line))
        requests.sendall(b"%d\n" % pid)


def die_with_parent() -> None:
    """Ask the system to kill this process when its parent ends (Linux).

    The signal also comes when the parent's thread that started this process
    ends, so that thread must last.
    """
    parent = os.getppid()
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


KernelServer = ForkServer | FreshServer


def open_server(
    folder: Path, environment: Mapping[str, str], modules: Iterable[str]
) -> KernelServer:
    """Return what starts kernels fastest on this system.

    Parameters
    ----------
    folder : Path
        Working directory of the kernels.
    environment : mapping of str to str
        What is in force while the libraries are imported.
    modules : iterable of str
        What the notebooks import.
    """
    forking = sys.platform == "linux"
    ours = any(name.partition(".")[0] == "csat_models" for name in modules)
    wanted = [*sorted(modules), *(STUDY_MODULES if ours else ())]
    return ForkServer(folder, environment, wanted) if forking else FreshServer(folder)


def kernel_manager(
    server: KernelServer, connection_file: Path, environment: Mapping[str, str]
) -> Any:
    """Make the class of kernel managers that runs one notebook.

    Parameters
    ----------
    server : KernelServer
        What starts the kernel.
    connection_file : Path
        Its folder holds the sockets; short, as socket names must be.
    environment : mapping of str to str
        The kernel's environment.

    Returns
    -------
    type
        A subclass of :class:`jupyter_client.manager.AsyncKernelManager`.
    """
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from jupyter_client.provisioning.local_provisioner import LocalProvisioner

    spec = KernelSpec(argv=[sys.executable], display_name="Python 3", language="python")

    class Provisioner(LocalProvisioner):
        async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
            process: Any = server.start(os.fspath(connection_file), environment)
            self.process = process
            self.pid = self.pgid = process.pid
            return self.connection_info

    class Manager(AsyncKernelManager):
        def __init__(self, **options: Any) -> None:
            options |= {"transport": "ipc", "connection_file": os.fspath(connection_file)}
            super().__init__(**options)

        @property
        def kernel_spec(self) -> KernelSpec:
            return spec

        async def _async_pre_start_kernel(self, **options: Any) -> Any:
            self.kernel_id = self.kernel_id or connection_file.stem
            self.provisioner = Provisioner(kernel_id=self.kernel_id, kernel_spec=spec, parent=self)
            return await super()._async_pre_start_kernel(**options)

    return Manager


def _preload(modules: Iterable[str]) -> None:
    for name in modules:
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def _become_kernel(request: dict[str, Any]) -> NoReturn:
    os.setsid()
    die_with_parent()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(request["environment"])
    try:
        from ipykernel.kernelapp import IPKernelApp

        IPKernelApp.launch_instance(
            argv=["-f", request["file"], "--HistoryManager.hist_file=:memory:"]
        )
    finally:
        os._exit(0)
