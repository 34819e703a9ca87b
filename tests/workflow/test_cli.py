from __future__ import annotations

import os
import subprocess
import sys

import pytest

from csat_models.cli import main


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    return code, *capsys.readouterr()


@pytest.fixture
def inside(tiny, monkeypatch):
    monkeypatch.setenv("CSAT_PROJECT", str(tiny.root))
    return tiny


def test_new_says_what_to_do_next(inside, capsys):
    code, out, _ = run(capsys, "new", "2025", "--from", "2024")
    assert code == 0
    assert "wrote params/2025.yml" in out and "csat check 2025" in out
    assert "its codebook is params/codebook.yml" in out
    code, _, err = run(capsys, "new", "2025", "--from", "2024")
    assert code == 2 and "exists already" in err and err.count("\n") == 1


@pytest.mark.parametrize("command", ["run", "report"])
def test_wrong_input_is_one_line_and_code_2(inside, capsys, command):
    code, out, err = run(capsys, command, "2042")
    assert (code, out) == (2, "")
    assert err.startswith("csat: there is no study '2042'") and err.count("\n") == 1


def test_a_reader_who_leaves_is_no_fault(tiny):
    tiny.write("data/raw/2024.csv", "Q1,Q2,S1,S2,city,operator\n1,2,3,4,n,ours\n")
    arguments = ["codebook", "check", "params/codebook.yml", "data/raw/2024.csv"]
    read_end, write_end = os.pipe()
    os.close(read_end)
    code = "import sys; from csat_models.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, *arguments]
    with os.fdopen(write_end, "wb") as output:
        streams = {"stdout": output, "stderr": subprocess.PIPE}
        done = subprocess.run(command, cwd=tiny.root, check=False, **streams)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_report_needs_a_run(inside, capsys):
    inside.add_table_notebook("01_a")
    code, _, err = run(capsys, "report", "2024")
    assert code == 2
    assert "csat run 2024" in err


def test_a_folder_that_is_no_project_is_told(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("CSAT_PROJECT", str(tmp_path))
    code, _, err = run(capsys, "run", "2024")
    assert code == 2 and "params/ and notebooks/" in err


def test_a_params_file_is_found_from_any_folder(tiny, tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("CSAT_PROJECT", raising=False)
    monkeypatch.chdir(tmp_path)
    tiny.edit("params/2024.yml", "seed: 1", "seed: x")
    code, _, err = run(capsys, "run", "project/params/2024.yml")
    assert code == 2 and "'bootstrap.seed' is 'x'" in err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["rum", "2024"],
        ["run"],
        ["run", "2024", "--n-boot", "0"],
        ["run", "2024", "--jobs", "x"],
    ],
)
def test_a_wrong_command_line_is_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: csat" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [(), ("new",), ("check",), ("run",), ("report",), ("codebook",), ("codebook", "draft")],
)
def test_every_help_fits_a_terminal_and_has_an_example(command, capsys):
    with pytest.raises(SystemExit) as caught:
        main([*command, "--help"])
    shown = capsys.readouterr().out
    assert caught.value.code == 0
    assert shown.rstrip().splitlines()[-1].strip()
    assert max(map(len, shown.splitlines())) <= 88
    assert f"csat {' '.join(command)}".strip() in shown.partition("\n\n")[2]


def test_a_mistyped_name_gets_the_nearest(inside, capsys):
    code, _, err = run(capsys, "check", "params/2042.yml")
    assert code == 2 and "did you mean '2024'" in err
    code, _, err = run(capsys, "codebook", "draft", str(inside.root / "params/2042.yml"))
    assert code == 2 and "2024.yml'?" in err
    code, _, err = run(capsys, "new", "2025", "--from", "2024", "--sheet", "x")
    assert code == 2 and "belong to --data" in err


def test_the_version_is_that_of_the_package(capsys):
    import csat_models

    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"csat {csat_models.__version__}\n"
