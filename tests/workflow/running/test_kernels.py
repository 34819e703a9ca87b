from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from csat_models.workflow.running.kernels import ForkServer, FreshServer

PATIENCE = 60
ENVIRONMENT = os.environ | {"PYTHONPATH": os.fspath(Path(__file__).resolve().parents[3])}


def wait_for(condition) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def connection_file(folder: Path) -> str:
    path = folder / "k.json"
    names = ("shell", "iopub", "stdin", "control", "hb")
    ports = {f"{name}_port": number for number, name in enumerate(names, 1)}
    content = {**ports, "transport": "ipc", "ip": str(folder / "s"), "key": "k"}
    path.write_text(json.dumps(content | {"signature_scheme": "hmac-sha256"}), encoding="utf-8")
    return os.fspath(path)


@pytest.fixture
def short(tmp_path_factory):
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="csat-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def make(kind: str, folder: Path):
    if kind == "fresh":
        return FreshServer(folder)
    if sys.platform != "linux":
        pytest.skip("kernels are forked on Linux only")
    return ForkServer(folder, ENVIRONMENT)


@pytest.mark.parametrize("kind", ["fork", "fresh"])
def test_stopping_the_server_stops_its_kernels(short, kind):
    server = make(kind, short)
    try:
        kernel = server.start(connection_file(short), ENVIRONMENT)
        wait_for(lambda: list(short.glob("s-*")))
        assert kernel.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            kernel.wait(0.05)
    finally:
        server.stop()
    wait_for(lambda: kernel.poll() is not None)


@pytest.mark.parametrize("kind", ["fork", "fresh"])
def test_a_single_kernel_can_be_killed(short, kind):
    server = make(kind, short)
    try:
        kernel = server.start(connection_file(short), ENVIRONMENT)
        kernel.kill()
        assert kernel.wait(PATIENCE) != 0
        kernel.kill()
    finally:
        server.stop()


def test_a_dead_server_says_so(short):
    server = make("fork", short)
    server._process.kill()
    server._process.wait()
    with pytest.raises(RuntimeError, match="has died"):
        server.start(connection_file(short), ENVIRONMENT)
    server.stop()
