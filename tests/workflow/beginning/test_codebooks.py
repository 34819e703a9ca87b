"""`csat codebook draft` and `csat codebook check`, as a user types them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from csat_models.cli import main
from csat_models.survey import Codebook

FILE, LABELLED = "data/raw/field 2025.csv", "data/raw/field.sav"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for folder in ("params", "notebooks", "data/raw"):
        (tmp_path / folder).mkdir(parents=True)
    generator = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "CaseID": np.arange(60.0),
            "SAT1": generator.choice([1.0, 6, 10, 99], 60),
            "SAT2": generator.choice([1.0, 7, 10], 60),
        }
    )
    frame.to_csv(tmp_path / FILE, index=False)
    pyreadstat.write_sav(
        frame,
        tmp_path / LABELLED,
        column_labels=["No.", "总体满意度", "Meets expectations"],
        variable_value_labels={"SAT1": {99: "不知道"}},
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CSAT_PROJECT", str(tmp_path))
    monkeypatch.setenv("CSAT_ID_KEY", "a key of more than sixteen characters")
    return tmp_path


def say(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["codebook", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_a_draft_lies_in_params_and_agrees_with_its_file(project, capsys):
    code, out, err = say(capsys, "draft", FILE)
    path = project / "params" / "codebook_field_2025.yml"
    assert (code, err) == (0, "")
    assert out.startswith(f"wrote {path}\n")
    assert out.endswith("\ncsat new STUDY --data 'data/raw/field 2025.csv'\n")
    assert Codebook.load(path).items["SAT1"].missing[99].meaning == "refused"
    agreed = "codebook and file agree\nnote: 2 wordings are still to be translated: SAT1, SAT2\n"
    assert say(capsys, "check", str(path), FILE) == (0, agreed, "")


def test_a_codebook_is_never_overwritten_unless_so_told(project, capsys):
    target = project / "mine.yml"
    target.write_text("mine", encoding="utf-8")
    code, out, err = say(capsys, "draft", FILE, "-o", "mine.yml")
    assert (code, out) == (2, "")
    told = "mine.yml exists already; name another file with -o, or add --force to replace it"
    assert err == f"csat: {told}\n"
    assert target.read_text(encoding="utf-8") == "mine"
    assert say(capsys, "draft", FILE, "-o", "mine.yml", "--force")[0] == 0
    assert "SAT1" in Codebook.load(target).items


def test_differences_are_a_table_and_errors_end_with_code_2(project, capsys):
    say(capsys, "draft", FILE, "-o", "book.yml")
    text = (project / "book.yml").read_text(encoding="utf-8")
    (project / "book.yml").write_text(text.replace("  SAT2:", "  SAT3:"), encoding="utf-8")
    code, out, err = say(capsys, "check", "book.yml", FILE)
    assert (code, err) == (2, "")
    assert "SAT3" in out and "missing column" in out and "undeclared column" in out
    assert "\n2 differences: 1 error, 1 note\n" in out


def test_notes_alone_end_with_code_0(project, capsys):
    say(capsys, "draft", LABELLED, "-o", "book.yml")
    text = (project / "book.yml").read_text(encoding="utf-8")
    (project / "book.yml").write_text(text.replace("总体满意度", "满意"), encoding="utf-8")
    code, out, _ = say(capsys, "check", "book.yml", LABELLED)
    assert code == 0
    assert "wording disagreement" in out and "\n1 difference: 0 errors, 1 note\n" in out


def test_several_files_and_one_that_is_no_table(project, capsys):
    say(capsys, "draft", FILE, "-o", "book.yml")
    (project / "data/raw/empty.csv").write_bytes(b"")
    code, out, _ = say(capsys, "check", "book.yml", "data/raw/[ef]*.csv")
    assert code == 2
    assert "unreadable" in out and "empty.csv" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("draft", "none.sav"), "none.sav: no such file"),
        (("draft", FILE, "-o", "plain.csv/book.yml"), "name another file with -o"),
        (("check", "none.yml", FILE), "none.yml"),
        (("check", "book.yml", "none.csv"), "none.csv"),
        (("check", "book.yml", FILE, "--version", "2019"), "no version '2019'"),
        (("draft", "plain.csv"), "no column looks like answers"),
        (("draft", "data"), "data"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence(arguments, told, project, capsys):
    say(capsys, "draft", FILE, "-o", "book.yml")
    (project / "plain.csv").write_text("a,b\nx,y\n", encoding="utf-8")
    code, out, err = say(capsys, *arguments)
    assert (code, out) == (2, "")
    assert told in err and err.startswith("csat: ") and err.count("\n") == 1


def test_a_codebook_of_another_file_is_told_first(project, capsys):
    say(capsys, "draft", FILE, "-o", "book.yml")
    (project / "other.csv").write_text("A1,A2\n1,2\n", encoding="utf-8")
    code, out, _ = say(capsys, "check", "book.yml", "other.csv")
    asked = "3 of 3 columns are missing: is this the codebook of another file?"
    assert code == 2 and out.splitlines()[0] == f"other.csv: {asked}"


def test_identifiers_in_clear_and_open_wordings_are_told_in_a_line_each(project, capsys):
    say(capsys, "draft", FILE, "-o", "book.yml")
    text = (project / "book.yml").read_text(encoding="utf-8")
    bare = [line for line in text.splitlines() if not line.startswith("pseudonymise")]
    (project / "book.yml").write_text("\n".join(bare), encoding="utf-8")
    code, out, _ = say(capsys, "check", "book.yml", FILE)
    lines = out.splitlines()
    assert (code, len(lines)) == (0, 3)
    assert "identifiers of 'CaseID' are kept in clear" in lines[1]
    assert lines[2] == "note: 2 wordings are still to be translated: SAT1, SAT2"


def test_a_workbook_with_several_sheets_asks_for_the_sheet(project, capsys):
    frame = pd.read_csv(project / FILE)
    with pd.ExcelWriter(project / "two.xlsx") as book:
        pd.DataFrame({"note": ["a"]}).to_excel(book, sheet_name="说明", index=False)
        frame.to_excel(book, sheet_name="数据 1", index=False)
    code, _, err = say(capsys, "draft", "two.xlsx", "-o", "book.yml")
    told = "two.xlsx has 2 sheets; name the one with the answers, such as --sheet '数据 1'"
    assert code == 2 and err == f"csat: {told} (it has '说明', '数据 1')\n"
    assert say(capsys, "draft", "two.xlsx", "-o", "book.yml", "--sheet", "数据 1")[0] == 0


def test_text_under_the_name_of_a_statistics_program_is_told(project, capsys):
    (project / "fake.sav").write_text("this is no data file\n", encoding="utf-8")
    code, _, err = say(capsys, "draft", "fake.sav", "-o", "book.yml")
    assert code == 2 and err.startswith("csat: fake.sav is no SPSS file, whatever its name says")
