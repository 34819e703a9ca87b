"""Runs of ``csat run`` as a process, stopped and disturbed in every way."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

from csat_models.errors import ParamsError
from csat_models.workflow.running.manifest import read_manifest
from csat_models.workflow.running.plan import make_plan
from csat_models.workflow.running.runs import run_study

WAIT = "import time; time.sleep({seconds})"
TELL_PID = "import os, pathlib; _ = pathlib.Path(r'{path}').write_text(str(os.getpid()))"
PATIENCE = 60


def wait_for(condition, process: subprocess.Popen | None = None):
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        assert process is None or process.poll() is None, process.communicate()
        time.sleep(0.02)
    return found


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be collected does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


def sleeping_notebook(tiny, name: str = "02_sleeps", seconds: int = 300) -> Path:
    pid_file = tiny.root / f"{name}.pid"
    tiny.add_notebook(name, TELL_PID.format(path=pid_file), WAIT.format(seconds=seconds))
    return pid_file


def read_pid(path: Path, process: subprocess.Popen) -> int:
    return int(wait_for(lambda: path.is_file() and path.read_text(encoding="ascii"), process))


def socket_folder(tiny) -> Path:
    lock = (tiny.outputs() / ".lock").read_text(encoding="utf-8")
    folder = Path(json.loads(lock)["sockets"])
    assert folder.is_dir()
    return folder


def test_a_run_puts_results_in_place_and_an_unchanged_one_does_nothing(tiny):
    for name in ("01_a", "02_b", "03_c"):
        tiny.add_table_notebook(name, f"print('{name}')")
    first = tiny.csat("run", "2024")
    assert first.returncode == 0, first.stderr
    assert "[3/3]" in first.stderr
    files = tiny.files()
    assert sorted(files) == [
        "manifest.json",
        *(f"notebooks/{name}.ipynb" for name in ("01_a", "02_b", "03_c")),
        "notebooks/raw_data.txt",
        *(f"tables/{name}.csv" for name in ("01_a", "02_b", "03_c")),
        "tables/raw_data.txt",
    ]
    assert files["tables/02_b.csv"] == b"study,n_boot\n2024,None\n"
    made = [tiny.outputs() / path for path in files]
    stamps = {path: path.stat().st_mtime_ns for path in made}
    second = tiny.csat("run", "params/2024.yml")
    assert (second.returncode, second.stderr) == (0, "")
    assert "up to date" in second.stdout
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps
    manifest = read_manifest(tiny.outputs())
    assert manifest["seed"] == 1 and manifest["inputs"].keys() == {
        "data/raw/2024.csv",
        "params/codebook.yml",
    }


def test_two_runs_from_nothing_give_the_same_files(tiny):
    one_thread = "import os; assert os.environ['OMP_NUM_THREADS'] == '1'"
    tiny.add_table_notebook("01_a", one_thread, "print(os.getcwd()); object()")
    tiny.add_table_notebook("02_b", "import sys; print('x', file=sys.stderr); print('y')")
    seen = []
    for _ in range(2):
        assert tiny.csat("run", "2024").returncode == 0
        files = tiny.files()
        del files["manifest.json"]
        seen.append(files)
        for path in (*tiny.outputs().rglob("*.json"), *tiny.outputs().rglob("*.csv")):
            path.unlink()
    assert seen[0] == seen[1]
    assert str(tiny.root).encode() not in seen[0]["notebooks/01_a.ipynb"]


@pytest.fixture
def ran(tiny):
    tiny.add_table_notebook("01_a")
    tiny.add_table_notebook("02_b")
    assert tiny.csat("run", "2024").returncode == 0
    return tiny


def test_only_what_changed_is_done_again(ran):
    before = ran.files()
    (ran.outputs() / "tables/01_a.csv").write_text("tampered", encoding="utf-8")
    (ran.outputs() / "notebooks/02_b.ipynb").unlink()
    ran.add_table_notebook("03_c")
    assert ran.csat("run", "2024").returncode == 0
    mended = ran.files()
    assert all(mended[path] == before[path] for path in before if path != "manifest.json")
    ran.add_table_notebook("01_a", table="other")
    again = ran.csat("run", "2024")
    assert again.returncode == 0
    assert "01_a" in again.stderr and "02_b" not in again.stderr and "03_c" not in again.stderr
    after = ran.files()
    assert "tables/other.csv" in after and "tables/01_a.csv" not in after


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("params/2024.yml", "seed: 1", "seed: 2"),
        ("data/raw/2024.csv", "c0", "c9"),
        ("params/codebook.yml", "en: one", "en: first"),
        ("notebooks/01_a.ipynb", "mkdir", "chmod"),
    ],
)
def test_a_key_depends_on_all_inputs(tiny, path, old, new):
    tiny.add_table_notebook("01_a")
    before = make_plan("2024", project=tiny.project, overrides={}).keys
    assert make_plan("2024", project=tiny.project, overrides={}).keys == before
    assert make_plan("2024", project=tiny.project, overrides={"n_boot": 9}).keys != before
    tiny.edit(path, old, new)
    assert make_plan("2024", project=tiny.project, overrides={}).keys != before


def test_a_removed_notebook_takes_its_results_along(ran):
    (ran.root / "notebooks/02_b.ipynb").unlink()
    (ran.outputs() / "tables/stray.csv").write_text("", encoding="utf-8")
    again = ran.csat("run", "2024")
    assert again.returncode == 0 and again.stderr == ""
    assert sorted(ran.files()) == [
        *("manifest.json", "notebooks/01_a.ipynb", "notebooks/raw_data.txt"),
        *("tables/01_a.csv", "tables/raw_data.txt"),
    ]
    assert list(read_manifest(ran.outputs())["results"]) == ["01_a"]


def test_a_failing_notebook_is_told_and_the_others_finish(tiny):
    raising = "class DataError(Exception): pass\nraise DataError('column SAT1 is missing')"
    tiny.add_table_notebook("01_ours", raising)
    tiny.add_table_notebook("02_fine")
    tiny.add_table_notebook("03_bug", "1 / 0")
    tiny.add_notebook("04_dies", "import os; os._exit(3)")
    done = tiny.csat("run", "2024")
    assert done.returncode == 1
    assert "01_ours: cell [4]: column SAT1 is missing" in done.stderr
    assert "03_bug: cell [4]: ZeroDivisionError: division by zero" in done.stderr
    assert "04_dies: the kernel died" in done.stderr
    assert "Traceback" not in done.stderr
    files = tiny.files()
    assert b"column SAT1 is missing" in files["notebooks/01_ours.ipynb"]
    assert [path for path in files if path.startswith("tables/")] == ["tables/02_fine.csv"]
    assert "manifest.json" not in files
    for name in ("01_ours", "03_bug", "04_dies"):
        tiny.add_table_notebook(name)
    mended = tiny.csat("run", "2024")
    assert mended.returncode == 0
    assert "02_fine" not in mended.stderr
    assert "manifest.json" in tiny.files()


def test_two_notebooks_must_not_make_the_same_file(tiny):
    tiny.add_table_notebook("01_a", table="same")
    tiny.add_table_notebook("02_b", table="same")
    done = tiny.csat("run", "2024", "--jobs", "1")
    assert done.returncode == 1
    assert "02_b makes tables/same.csv, which 01_a makes too" in done.stderr


def test_ctrl_c_stops_the_kernels_at_once(tiny):
    tiny.add_table_notebook("01_a")
    pid_file = sleeping_notebook(tiny)
    process = tiny.start("run", "2024")
    kernel = read_pid(pid_file, process)
    wait_for((tiny.outputs() / ".records/01_a.json").exists, process)
    sockets = socket_folder(tiny)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "Traceback" not in err
    wait_for(lambda: not is_alive(kernel))
    assert not sockets.exists()
    assert not (tiny.outputs() / ".staging").exists()
    tiny.add_table_notebook("02_sleeps")
    again = tiny.csat("run", "2024")
    assert again.returncode == 0
    assert "01_a" not in again.stderr


@pytest.mark.parametrize(
    "number", [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_a_killed_run_leaves_no_kernels_and_is_resumed(tiny, number):
    tiny.add_table_notebook("01_a")
    pid_file = sleeping_notebook(tiny)
    process = tiny.start("run", "2024")
    kernel = read_pid(pid_file, process)
    record = tiny.outputs() / ".records/01_a.json"
    wait_for(record.exists, process)
    sockets = socket_folder(tiny)
    process.send_signal(number)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == -number
    wait_for(lambda: not is_alive(kernel))
    assert not (tiny.outputs() / "manifest.json").exists()
    tiny.add_table_notebook("02_sleeps")
    again = tiny.csat("run", "2024")
    assert again.returncode == 0
    assert "01_a" not in again.stderr
    assert not sockets.exists()


def test_a_study_is_run_once_at_a_time_and_others_are_not_disturbed(tiny):
    text = (tiny.root / "params/2024.yml").read_text(encoding="utf-8")
    tiny.write("params/other.yml", text + "notebooks: [01_a]\n")
    tiny.write("params/2024.yml", text + "notebooks: [02_sleeps]\n")
    tiny.add_table_notebook("01_a")
    pid_file = sleeping_notebook(tiny)
    process = tiny.start("run", "2024")
    try:
        read_pid(pid_file, process)
        second = tiny.csat("run", "2024")
        assert second.returncode == 2
        assert f"process {process.pid}" in second.stderr
        assert second.stderr.count("\n") == 1
        other = tiny.csat("run", "other")
        assert other.returncode == 0, other.stderr
        assert process.poll() is None
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)


def test_overrides_reach_the_notebooks_that_declare_them(tiny):
    tiny.add_table_notebook("01_a")
    assert tiny.csat("run", "2024", "--n-boot", "7").returncode == 0
    assert tiny.files()["tables/01_a.csv"].endswith(b"2024,7\n")
    refused = tiny.csat("run", "2024", "--language", "zh")
    assert refused.returncode == 2
    assert "does not declare 'language'" in refused.stderr


def test_a_single_notebook_can_be_run(tiny):
    tiny.add_table_notebook("01_a")
    tiny.add_table_notebook("02_b")
    assert tiny.csat("run", "2024", "--only", "02_b").returncode == 0
    assert sorted(tiny.files()) == ["notebooks/02_b.ipynb", "tables/02_b.csv"]
    assert "has no notebook '05_x'" in tiny.csat("run", "2024", "--only", "05_x").stderr
    assert tiny.csat("run", "2024").returncode == 0
    assert "manifest.json" in tiny.files()


SHOW = """\
from IPython.display import display
class Heading:
    def _repr_mimebundle_(self, **_):
        return {{"application/vnd.csat+json": {{"kind": "heading", "text": "{text}"}}}}
display(Heading())
"""
BUILD = """\
import sys
from csat_models.workflow.running.plan import make_plan
from csat_models.workflow.running.runs import run_study

def build(job):
    texts = [element["text"] for chapter in job.chapters for element in chapter.elements]
    (job.folder / "report.pdf").write_text(" ".join(texts))
    print("built", end=" ")

result = run_study("2024", build_report=build)
print(result.failures, *[path.read_text() for path in result.report])
"""


def test_the_report_is_built_from_the_elements_when_they_change(tiny):
    tiny.edit("params/2024.yml", "build: false", "build: true")
    tiny.add_notebook("01_a", SHOW.format(text="one"))
    assert tiny.python(BUILD) == "built {} one\n"
    assert tiny.python(BUILD) == "{} one\n"
    (tiny.outputs() / "report.pdf").write_text("torn", encoding="utf-8")
    assert tiny.python(BUILD) == "built {} one\n"
    tiny.add_notebook("01_a", SHOW.format(text="two"))
    assert tiny.python(BUILD) == "built {} two\n"
    assert "report.pdf" in read_manifest(tiny.outputs())["results"]["report"]["files"]


def test_a_broken_record_is_no_obstacle(ran):
    (ran.outputs() / ".records/01_a.json").write_text("{", encoding="utf-8")
    again = ran.csat("run", "2024")
    assert again.returncode == 0 and "01_a" in again.stderr
    assert json.loads((ran.outputs() / ".records/01_a.json").read_text(encoding="utf-8"))


def test_wrong_params_never_reach_a_kernel(tiny):
    tiny.add_table_notebook("01_a")
    tiny.edit("params/2024.yml", "seed: 1", "seed: x")
    done = tiny.csat("run", "2024")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("csat: params/2024.yml: 'bootstrap.seed' is 'x'")
    with pytest.raises(ParamsError):
        run_study("2024", project=tiny.project)
