"""Bad input through the command line: exit code 2, one sentence, nothing half-written."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from csat_models import Study
from csat_models.cli import main
from csat_models.model.catalogue import telecom

ROOT = Path(__file__).parents[1]
CITIES = ("linjiang", "anlan")
DATA, PARAMS = "data/raw/2024.csv", "params/2024.yml"


@dataclass(frozen=True)
class Small:
    """The demonstration's params and codebook with one wave of two cities."""

    root: Path
    table: pd.DataFrame

    def write(self, path: str, content: bytes | str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)

    def write_table(self, table: pd.DataFrame, encoding: str = "utf-8") -> None:
        self.write(DATA, table.to_csv(index=False, lineterminator="\n").encode(encoding))

    def edit(self, old: str, new: str, path: str = PARAMS) -> None:
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text, old
        self.write(path, text.replace(old, new))

    def set_model(self, *lines: str) -> None:
        text = "\n".join(f"  {line}" for line in lines)
        self.edit("model: telecom ", f"model: |\n{text}\n\n# ")

    def made(self) -> list[str]:
        """Files that a study makes, without locks."""
        folders = (self.root / "data" / "processed", self.root / "outputs")
        found = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        return [path.name for path in found if ".locks" not in path.parts]


@pytest.fixture(scope="module")
def two_cities() -> pd.DataFrame:
    raw = gzip.decompress((ROOT / "data" / "raw" / "2024.csv.gz").read_bytes())
    table = pd.read_csv(io.BytesIO(raw), dtype=str, keep_default_na=False)
    return table[table["city"].isin(CITIES)].reset_index(drop=True)


@pytest.fixture
def small(tmp_path: Path, two_cities: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> Small:
    project = Small(tmp_path / "project", two_cities)
    (project.root / "notebooks").mkdir(parents=True)
    project.write("params/codebook.yml", (ROOT / "params" / "codebook.yml").read_bytes())
    text = (ROOT / PARAMS).read_text(encoding="utf-8")
    earlier = next(line for line in text.splitlines() if line.startswith("earlier:"))
    project.write(PARAMS, text.replace(earlier, "").replace("2024.csv.gz", "2024.csv"))
    project.write_table(two_cities)
    monkeypatch.setenv("CSAT_PROJECT", str(project.root))
    return project


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    code = main(arguments or ("check", "2024"))
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert err.startswith("csat: ") and err.endswith("\n") and err.count("\n") == 1
    assert "Traceback" not in err
    return err


def test_the_small_project_is_in_order(small, capsys):
    assert main(["check", "2024"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith("study '2024': params, codebook and data are in order\n")


def numbers(study: Study) -> list[bytes]:
    of = study.computation
    arrays = (of.wave.whole.mean, of.wave.whole.cov, of.estimates.paths, of.estimates.weights)
    return [array.to_numpy().tobytes() for array in arrays]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16"])
def test_encodings_are_read_without_being_told(encoding, small, capsys):
    plain = Study.open("2024")
    small.write_table(small.table, encoding)
    raw = (small.root / DATA).read_bytes()
    with pytest.raises(UnicodeDecodeError):
        # A file that begins with a byte order mark is UTF-8 too.
        raw.decode("utf-8" if encoding != "utf-8-sig" else "ascii")
    assert main(["check", "2024"]) == 0
    capsys.readouterr()
    other = Study.open("2024")
    assert encoding in other.responses.log[0]
    pd.testing.assert_frame_equal(other.responses.frame, plain.responses.frame)
    assert other.responses.frame["comment"].str.contains("满意").any()
    assert numbers(other) == numbers(plain)


def drop_column(small: Small) -> None:
    small.write_table(small.table.drop(columns="SAT2"))


def rename_column(small: Small) -> None:
    small.write_table(small.table.rename(columns={"SAT2": "sat_2"}))


def text_in_scores(small: Small) -> None:
    table = small.table.copy()
    table.loc[[0, 7], "SAT2"] = ["good", "八"]
    small.write_table(table)


def score_outside(small: Small) -> None:
    table = small.table.copy()
    table.loc[3, "TAR1"], table.loc[5, "TAR1"] = "11", "0"
    small.write_table(table)


def only_missing(small: Small) -> None:
    small.write_table(small.table.assign(LOY2="98"))


def only_blank(small: Small) -> None:
    small.write_table(small.table.assign(LOY2=""))


def constant(small: Small) -> None:
    small.write_table(small.table.assign(LOY2="7"))


def few_rows(small: Small) -> None:
    small.write_table(small.table.head(20))


def small_city(small: Small) -> None:
    table = small.table
    five = table[table["city"] == "anlan"].head(5)
    small.write_table(pd.concat([table[table["city"] == "linjiang"], five]))


def unknown_city(small: Small) -> None:
    small.write_table(small.table.assign(city=small.table["city"].replace("anlan", "atlantis")))


def no_rival(small: Small) -> None:
    small.write_table(small.table[small.table["operator"] == "ours"])


def twice_the_same(small: Small) -> None:
    small.write_table(pd.concat([small.table, small.table.tail(1)]))


def negative_weight(small: Small) -> None:
    table = small.table.copy()
    table.loc[4, "weight"] = "-1"
    small.write_table(table)


def not_asked(small: Small) -> None:
    table = small.table.copy()
    row = table.index[table["COMPLAINED"] == "0"][0]
    table.loc[row, "CH1"] = "5"
    small.write_table(table)


def short_row(small: Small) -> None:
    text = small.table.to_csv(index=False, lineterminator="\n")
    small.write(DATA, text + "R1,linjiang\n")


DATA_FAULTS: dict[Callable[[Small], None], tuple[str, ...]] = {
    drop_column: (DATA, "line 1", "'SAT2'", "rename it in the file or correct the codebook"),
    rename_column: (DATA, "'SAT2' (did you mean 'sat_2'?)"),
    text_in_scores: (DATA, "'SAT2'", "'good' (line 2)", "'八' (line 9)", "correct them"),
    score_outside: (DATA, "'TAR1'", "1 to 10", "11 (line 5)", "0 (line 7)", "correct them"),
    only_missing: (DATA, "no answers to LOY2", "leave the items out"),
    only_blank: (DATA, "no answers to LOY2", "leave the items out"),
    constant: (DATA, "the same answer everywhere to LOY2", "leave the items out"),
    few_rows: (DATA, f"20 rows for {len(telecom().items)} items", "at least as many"),
    small_city: (
        DATA,
        "fewer than 30 rows",
        "anlan",
        "leave these cells out, merge them, or lower",
    ),
    unknown_city: (DATA, "'city'", "'atlantis'", "linjiang", "labels"),
    no_rival: (PARAMS, "comparison.competitor.theirs", "'rival'", "has only ours", "'operator'"),
    twice_the_same: (DATA, "'respondent_id'", "more than once", "remove the repeated rows"),
    negative_weight: (DATA, "'weight'", "-1 (line 6)", "correct them"),
    not_asked: (DATA, "'CH1'", "COMPLAINED == 1", "correct the answer or the filter"),
    short_row: (DATA, "2 values for", "delimiter"),
}


@pytest.mark.parametrize("spoil", DATA_FAULTS, ids=lambda spoil: spoil.__name__)
def test_data_that_do_not_fit(spoil, small, capsys):
    spoil(small)
    sentence = refusal(capsys)
    assert [fact for fact in DATA_FAULTS[spoil] if fact not in sentence] == []
    assert not [name for name in small.made() if name.endswith(".part") or "draws" in name]


FILES = {
    "empty": (b"", ("is empty", "export the survey again")),
    "blank": (b" \n\n", ("is empty", "export the survey again")),
    "only a header": (b"SAT1,SAT2\n", ("no rows", "export it again")),
    "a workbook": (b"PK\x03\x04\x14\x00", ("workbook", "save the sheet as CSV")),
    "no text": (b"SAT1,SAT2\n\xff\xff\xff,1\n", ("neither UTF-8 nor GB18030", "save it as CSV")),
    "zeros": (b"SAT1,SAT2\n\0\0,1\n", ("neither UTF-8 nor GB18030", "save it as CSV")),
    "a damaged archive": (b"\x1f\x8b\x08\x00rest", ("gzip", "damaged", "again")),
}


@pytest.mark.parametrize("kind", FILES)
def test_files_that_are_no_tables(kind, small, capsys):
    content, facts = FILES[kind]
    small.write(DATA, content)
    sentence = refusal(capsys)
    assert [fact for fact in (DATA, *facts) if fact not in sentence] == []
    assert small.made() == []


def data_is_a_folder(small: Small) -> None:
    (small.root / DATA).unlink()
    (small.root / DATA).mkdir()


def data_is_not_there(small: Small) -> None:
    (small.root / DATA).unlink()


def codebook_is_not_there(small: Small) -> None:
    (small.root / "params/codebook.yml").unlink()


def upwards(small: Small) -> None:
    small.write("../outside.csv", small.table.to_csv(index=False))
    small.edit(DATA, "../outside.csv")


def upwards_and_back(small: Small) -> None:
    small.edit(DATA, "data/../data/raw/2024.csv")


def absolute(small: Small) -> None:
    small.edit(DATA, str(small.root / DATA))


def by_a_link(small: Small) -> None:
    small.write("../outside.csv", small.table.to_csv(index=False))
    (small.root / DATA).unlink()
    (small.root / DATA).symlink_to(small.root.parent / "outside.csv")


def by_a_linked_folder(small: Small) -> None:
    shutil.move(small.root / "data" / "raw", small.root.parent / "raw")
    (small.root / "data" / "raw").symlink_to(small.root.parent / "raw")


def codebook_outside(small: Small) -> None:
    shutil.copy(small.root / "params/codebook.yml", small.root.parent)
    small.edit("codebook: params/codebook.yml", "codebook: ../codebook.yml")


INSIDE = ("must be a path inside the project",)
PATHS: dict[Callable[[Small], None], tuple[str, ...]] = {
    data_is_a_folder: (PARAMS, "'data.file'", DATA, "a file that exists"),
    data_is_not_there: (PARAMS, "'data.file'", f"put it at {DATA}"),
    codebook_is_not_there: (PARAMS, "'data.codebook'", "put it at params/codebook.yml"),
    upwards: (PARAMS, "'data.file'", "../outside.csv", *INSIDE),
    upwards_and_back: (PARAMS, "'data.file'", *INSIDE),
    absolute: (PARAMS, "'data.file'", *INSIDE),
    by_a_link: (PARAMS, "'data.file'", *INSIDE),
    by_a_linked_folder: (PARAMS, "'data.file'", *INSIDE),
    codebook_outside: (PARAMS, "'data.codebook'", *INSIDE),
}


@pytest.mark.parametrize("spoil", PATHS, ids=lambda spoil: spoil.__name__)
@pytest.mark.parametrize("command", ["check", "run"])
def test_paths(command, spoil, small, capsys):
    spoil(small)
    sentence = refusal(capsys, command, "2024")
    assert [fact for fact in PATHS[spoil] if fact not in sentence] == []
    assert small.made() == []


MODELS = {
    "an unknown item": (
        ("Quality =~ TAR1 + TAR9", "Satisfaction =~ SAT1 + SAT2", "Satisfaction ~ Quality"),
        ("'TAR9'", "params/codebook.yml"),
    ),
    "a circle": (
        ("A =~ TAR1", "B =~ SAT1", "C =~ LOY1", "B ~ A", "C ~ B", "A ~ C"),
        ("circle", "A -> B", "B -> C", "C -> A", "remove one"),
    ),
    "a construct without items": (
        ("A =~ TAR1", "B =~ SAT1", "B ~ A + Price"),
        ("'Price'", "write 'Price =~ ...' with its items"),
    ),
    "a bare construct": (("A =~ TAR1", "B =~", "B ~ A"), ("B",)),
    "an item of two constructs": (("A =~ TAR1", "B =~ TAR1", "B ~ A"), ("'TAR1'", "'A'", "'B'")),
    "a line that is none": (("A =~ TAR1", "nonsense here"), ("line 2", "nonsense here")),
}


@pytest.mark.parametrize("kind", MODELS)
def test_models_that_cannot_be(kind, small, capsys):
    lines, facts = MODELS[kind]
    small.set_model(*lines)
    sentence = refusal(capsys)
    assert [fact for fact in (PARAMS, "'model'", *facts) if fact not in sentence] == []
    assert small.made() == []


KEYS = {
    "bootstrap:\n": ("bootstrapp:\n", ("'bootstrapp'", "did you mean 'bootstrap'")),
    "n_boot: 2000": ("nboot: 2000", ("'bootstrap.nboot'", "did you mean 'n_boot'")),
    "seed: 20170": ("seed: soon", ("'bootstrap.seed'", "'soon'", "whole number")),
    "  seed: 20170\n": ("", ("'bootstrap.seed' is missing", "whole number")),
    "level: 0.95": ("level: 95", ("'bootstrap.level'", "95", "such as 0.95")),
    "weights: pooled": ("weights: mine", ("'index.weights'", "pooled or own")),
    "[Satisfaction, Loyalty": ("[Joy, Loyalty", ("'index.constructs'", "Joy", "Satisfaction")),
    "unit: city": ("unit: town", ("'comparison.unit'", "'town'", "city", "params/codebook.yml")),
    "theirs: rival": ("theirs: third", ("'comparison.competitor.theirs'", "'third'", "rival")),
    "column: operator": (
        "column: brand",
        ("'comparison.competitor.column'", "'brand'", "operator"),
    ),
    "wave: 2024": ("wave: last", ("'wave'", "'last'", "such as 2024")),
    "language: zh": ("language: fr", ("'language'", "'fr'", "zh or en")),
    "report:\n": ("earlier: [1999]\n\nreport:\n", ("'earlier'", "1999", "other studies")),
    "scheme: path": ("scheme: paths", ("'estimation.scheme'", "centroid")),
    "model: telecom": ("model: telecoms", ("'model'", "'telecoms'", "telecom", "model text")),
    "data:\n": ("data: [unclosed\n", ("line", "column", "correct it there")),
    "title:\n": ("title: {zh: x, en: y}\ntitle:\n", ("'title'", "twice")),
    "# One study": ("- One study", ("line",)),
}


@pytest.mark.parametrize("old", KEYS, ids=lambda old: KEYS[old][0].strip() or "no seed")
def test_params_that_say_what_they_may_not(old, small, capsys):
    new, facts = KEYS[old]
    small.edit(old, new)
    sentence = refusal(capsys)
    assert [fact for fact in (PARAMS, *facts) if fact not in sentence] == []
    assert small.made() == []


@pytest.mark.parametrize("date", ["2024-13", "2024-02-30"])
def test_a_date_that_is_none_is_told_before_the_run(date, small, capsys):
    small.edit("date: '2024-12'", f"date: '{date}'")
    sentence = refusal(capsys)
    assert "'report.date'" in sentence and date in sentence


def test_a_level_without_a_one_sided_limit_is_refused(small, capsys):
    """The limit of HTMT is the upper end at twice the level less 1."""
    small.edit("level: 0.95", "level: 0.5")
    sentence = refusal(capsys)
    assert "'bootstrap.level'" in sentence and "0.5" in sentence


@pytest.mark.parametrize("content", [b"- a\n- b\n", b"", b"just words\n", b"\xff\xfe\x00\xd8"])
def test_params_that_are_no_mapping(content, small, capsys):
    small.write(PARAMS, content)
    assert PARAMS in refusal(capsys)


def test_a_codebook_that_is_no_codebook(small, capsys):
    small.edit("scale: [1, 10]\n", "scael: [1, 10]\n", "params/codebook.yml")
    sentence = refusal(capsys)
    assert "codebook.yml" in sentence and "did you mean 'scale'?" in sentence


def add_earlier(small: Small, name: str, wave: int) -> None:
    text = (small.root / PARAMS).read_text(encoding="utf-8")
    small.write(f"params/{name}.yml", text.replace("wave: 2024", f"wave: {wave}"))


@pytest.mark.parametrize(("waves", "fact"), [((2024,), "2024"), ((2022, 2022), "2022")])
def test_earlier_studies_have_waves_of_their_own(waves, fact, small, capsys):
    names = [f"old{k}" for k in range(len(waves))]
    for name, wave in zip(names, waves, strict=True):
        add_earlier(small, name, wave)
    small.edit("report:\n", f"earlier: [{', '.join(names)}]\n\nreport:\n")
    sentence = refusal(capsys)
    assert PARAMS in sentence and "'earlier'" in sentence and fact in sentence


def test_an_earlier_study_named_twice(small, capsys):
    add_earlier(small, "old", 2023)
    small.edit("report:\n", "earlier: [old, old]\n\nreport:\n")
    sentence = refusal(capsys)
    assert PARAMS in sentence and "'earlier'" in sentence and "old" in sentence


def test_a_fault_in_an_earlier_wave_names_its_file(small, capsys):
    add_earlier(small, "2023", 2023)
    small.edit(DATA, "data/raw/2023.csv", "params/2023.yml")
    small.write("data/raw/2023.csv", small.table.assign(SAT1="7").to_csv(index=False))
    small.edit("report:\n", "earlier: [2023]\n\nreport:\n")
    sentence = refusal(capsys)
    assert "data/raw/2023.csv" in sentence and "SAT1" in sentence


def test_a_unit_cannot_be_the_competitors_column(small, capsys):
    small.edit("unit: city", "unit: operator")
    sentence = refusal(capsys)
    assert PARAMS in sentence and "comparison" in sentence and "operator" in sentence


@pytest.mark.parametrize("study", ["2042", "params/2042.yml", "../2024", "", "codebook.yml"])
def test_a_study_that_is_not_there(study, small, capsys):
    assert f"'{study}'" in refusal(capsys, "check", study)


def test_a_package_that_is_not_installed(small, capsys):
    small.edit(f"file: {DATA}", "package: no_such_package\n  dataset: mobi")
    sentence = refusal(capsys)
    assert "'no_such_package'" in sentence and "install" in sentence


def test_a_process_of_its_own_ends_with_code_2(small):
    """As a shell sees it: the module is run, not its function called."""
    score_outside(small)
    done = subprocess.run(
        [sys.executable, "-m", "csat_models", "check", "2024"],
        cwd=small.root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1 and "11 (line 5)" in done.stderr


def test_mended_input_is_read_again(small, capsys):
    """What was refused leaves nothing behind that a later check would believe."""
    score_outside(small)
    refusal(capsys)
    small.write_table(small.table)
    assert main(["check", "2024"]) == 0
    capsys.readouterr()
    only_missing(small)
    assert "LOY2" in refusal(capsys)
