"""The study: what it computes is the engine's, what it lacks is told, what it shows is written."""

from __future__ import annotations

import gzip
import io
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from csat_models import (
    Study,
    compute_moments,
    fit,
    merge_moments,
    read_survey,
    satisfaction_index,
)
from csat_models.errors import AbsentError, ModelError, ParamsError
from csat_models.report.elements import Absent, Figure, Heading, Paragraph, Table
from csat_models.workflow import files

ROOT = Path(__file__).parents[2]
CITIES, N_BOOT = ("linjiang", "anlan", "xiyuan"), 40
COMPETITOR = "  competitor: {column: operator, ours: ours, theirs: rival}\n"
# The same arithmetic on the same numbers.
EXACT = 1e-10


@dataclass(frozen=True)
class Demonstration:
    """Two waves of three cities in a folder of their own."""

    root: Path

    def vary(self, name: str, *pairs: tuple[str, str]) -> str:
        text = (self.root / "params/2024.yml").read_text(encoding="utf-8")
        for old, new in pairs:
            assert old in text, old
            text = text.replace(old, new)
        (self.root / f"params/{name}.yml").write_text(text, encoding="utf-8")
        return name


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    root = tmp_path_factory.mktemp("study")
    for folder in ("notebooks", "params", "data/raw"):
        (root / folder).mkdir(parents=True)
    shutil.copy(ROOT / "params/codebook.yml", root / "params")
    for year, earlier in ((2023, "[]"), (2024, "[2023]")):
        raw = gzip.decompress((ROOT / f"data/raw/{year}.csv.gz").read_bytes())
        table = pd.read_csv(io.BytesIO(raw), dtype=str, keep_default_na=False)
        text = table[table["city"].isin(CITIES)].to_csv(index=False, lineterminator="\n")
        (root / f"data/raw/{year}.csv.gz").write_bytes(gzip.compress(text.encode(), 1, mtime=0))
        lines = (ROOT / f"params/{year}.yml").read_text(encoding="utf-8").splitlines()
        kept = [f"earlier: {earlier}" if x.startswith("earlier:") else x for x in lines]
        (root / f"params/{year}.yml").write_text("\n".join(kept) + "\n", encoding="utf-8")
    # Only cities that take part are declared.
    codebook = (root / "params/codebook.yml").read_text(encoding="utf-8")
    start, end = codebook.index("      linjiang:"), codebook.index("  operator:\n    label")
    lines = [x for x in codebook[start:end].splitlines() if x.split(":")[0].strip() in CITIES]
    codebook = codebook[:start] + "\n".join(lines) + "\n" + codebook[end:]
    (root / "params/codebook.yml").write_text(codebook, encoding="utf-8")
    return Demonstration(root)


@pytest.fixture(autouse=True)
def in_project(project: Demonstration, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSAT_PROJECT", str(project.root))
    monkeypatch.delenv("CSAT_RESULTS", raising=False)


@pytest.fixture(scope="module")
def book(project: Demonstration) -> Study:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSAT_PROJECT", str(project.root))
        return Study.open("2024", n_boot=N_BOOT)


def cells_of(year: int, project: Demonstration, book: Study, **how: object):
    found = read_survey(project.root / f"data/raw/{year}.csv.gz", book.responses.codebook)
    how = {"sampling_weights": "weight", "by": ["city", "operator"], **how}
    return compute_moments(found, items=book.model.items, **how)


def test_estimates_equal_the_engine_on_the_responses(project, book):
    whole = cells_of(2024, project, book).merge("city").merge("operator")
    direct = fit(whole, book.model, scheme="path")
    for name in ("weights", "loadings", "paths", "r_squared", "construct_corr"):
        found = getattr(book.computation.estimates, name)
        xr.testing.assert_allclose(found, getattr(direct, name), atol=EXACT, rtol=0)


def test_the_index_equals_the_engine_with_weights_pooled_over_waves(project, book):
    cells = {year: cells_of(year, project, book) for year in (2023, 2024)}
    brands = {year: each.merge("city") for year, each in cells.items()}
    pooled = fit(merge_moments([each.merge("operator") for each in brands.values()]), book.model)
    for moments, found in (
        (cells, book.computation.index.cells),
        (brands, book.computation.index.brands),
    ):
        for year, each in moments.items():
            direct = satisfaction_index(pooled, each)
            here = found.point.sel(year=year, drop=True).transpose(*direct.dims)
            xr.testing.assert_allclose(here, direct, atol=EXACT, rtol=0)


def test_a_draw_equals_the_engine_on_its_moments(book):
    of = book.computation
    draw = 7
    whole = merge_moments([wave.whole_draws for wave in of.waves]).sel(draw=draw)
    weights = fit(whole, book.model)
    cells = of.waves[0].cell_moments_of_draws.sel(draw=draw)
    direct = satisfaction_index(weights, cells)
    found = of.index.cells.draws.sel(draw=draw, year=2023).transpose(*direct.dims)
    # Fits stop at 1e-9 in the weights, on their own or in a batch; levels are near 80.
    np.testing.assert_allclose(found, direct, atol=1e-6)


def test_own_weights_are_those_of_each_cell(project, book):
    own = Study.open(project.vary("own", ("weights: pooled", "weights: own")), n_boot=N_BOOT)
    direct = satisfaction_index(fit(cells_of(2024, project, book), book.model))
    found = own.computation.index.cells.point.sel(year=2024, drop=True)
    xr.testing.assert_allclose(found.transpose(*direct.dims), direct, atol=EXACT, rtol=0)
    pooled = book.computation.index.cells.point.sel(year=2024, drop=True)
    gap = abs(found - pooled).sel(construct="Satisfaction")
    # Other weights move a level by tenths of a point, not by points.
    assert 0.001 < gap.max().item() < 3
    assert own.facts.weights == "own" != book.facts.weights


def test_own_weights_of_brands_are_the_cells_weighted_by_their_customers(project):
    own = Study.open(project.vary("own", ("weights: pooled", "weights: own")), n_boot=N_BOOT)
    of = own.computation
    total = of.wave.cells.weight_sum
    for found, cells in (
        (of.index.brands.point, of.index.cells.point),
        (of.index.brands.draws, of.index.cells.draws),
    ):
        expected = (cells.sel(year=2024) * total).sum("city") / total.sum("city")
        here = found.sel(year=2024)
        xr.testing.assert_allclose(here, expected.transpose(*here.dims), atol=EXACT, rtol=0)


def test_own_weights_differ_between_the_draws_and_are_kept_by_settings(project):
    pair = ("weights: pooled", "weights: own")
    first = Study.open(project.vary("kept", pair), n_boot=N_BOOT).index.levels()
    raw = ("missing: mean ", "standardised: false\n  missing: mean ")
    second = Study.open(project.vary("kept", pair, raw), n_boot=N_BOOT).index.levels()
    third = Study.open(project.vary("kept", pair), n_boot=N_BOOT).index.levels()
    pd.testing.assert_frame_equal(first, third)
    assert (first["estimate"] - second["estimate"]).abs().max() > 1e-4
    assert (first["standard_error"] - second["standard_error"]).abs().max() > 1e-6
    assert (first["standard_error"] > 0).all()


def test_weights_true_and_false_give_different_estimates(project, book):
    plain = Study.open(project.vary("plain", ("weights: true ", "weights: false ")), n_boot=N_BOOT)
    cells = cells_of(2024, project, book, sampling_weights=None)
    direct = fit(cells.merge("city").merge("operator"), book.model)
    found = plain.computation.estimates
    xr.testing.assert_allclose(found.paths, direct.paths, atol=EXACT, rtol=0)
    assert abs(found.paths - book.computation.estimates.paths).max().item() > 1e-3
    assert plain.computation.weight is None and book.computation.weight == "weight"


@pytest.mark.parametrize(
    ("old", "new", "of"),
    [
        ("scheme: path ", "scheme: centroid ", "paths"),
        ("missing: mean ", "missing: listwise ", "paths"),
        ("missing: mean ", "standardised: false\n  missing: mean ", "weights"),
    ],
)
def test_settings_reach_estimates_and_draws(old, new, of, project, book):
    other = Study.open(project.vary("other", (old, new)), n_boot=N_BOOT)
    for what in ("estimates", "draws"):
        one, two = (getattr(getattr(each.computation, what), of) for each in (book, other))
        assert abs(one - two).max().item() > 1e-4
    assert other.computation.draws.settings == other.computation.estimates.settings


def test_the_number_of_draws_and_the_language_can_be_said_on_opening(project, book):
    assert book.params.bootstrap.n_boot == N_BOOT == book.facts.n_boot
    assert book.computation.index.brands.draws.sizes["draw"] == N_BOOT
    assert Study.open("2024").params.bootstrap.n_boot == 2000
    english, plain = Study.open("2024", language="en"), Study.open("2024")
    assert (english.language, plain.language) == ("en", "zh")
    table = english.tables.index_table(book.index.levels())
    assert "Satisfaction" in str(table.rows) and "满意度" not in str(table)
    assert "满意度" in str(plain.tables.index_table(book.index.levels()).rows)
    assert english.computation.wave.draws_key == plain.computation.wave.draws_key


@pytest.mark.parametrize(
    "wrong", [{"n_boot": 1}, {"n_boot": 0}, {"n_boot": 10**7}, {"n_boot": 2.5}, {"language": "fr"}]
)
def test_what_cannot_be_said_on_opening_is_told_in_one_sentence(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(ParamsError, match=name) as caught:
        Study.open("2024", **wrong)
    assert "\n" not in str(caught.value) and str(value) in str(caught.value)


def test_a_params_file_elsewhere_brings_its_project_along(project, tmp_path, monkeypatch):
    monkeypatch.delenv("CSAT_PROJECT")
    monkeypatch.chdir(tmp_path)
    assert Study.open(project.root / "params/2024.yml").project.root == project.root.resolve()


NO_COMPETITOR = [
    lambda book: book.index.leads(),
    lambda book: book.index.overall_lead("Satisfaction"),
    lambda book: book.index.leads_by_unit("Satisfaction"),
    lambda book: book.structure.brand_paths(),
    lambda book: book.structure.path_differences(),
]
NO_UNIT = [
    lambda book: book.sample.unit_cells(),
    lambda book: book.index.by_unit("Satisfaction"),
    lambda book: book.index.ours_by_unit("Satisfaction"),
    lambda book: book.index.leads_by_unit("Satisfaction"),
    lambda book: book.index.standing("Satisfaction"),
    lambda book: book.index.rank_probability("Satisfaction"),
    lambda book: book.trend.changes_by_unit("Satisfaction"),
]
NO_EARLIER = [
    lambda book: book.trend.previous,
    lambda book: book.trend.levels(),
    lambda book: book.trend.ours(),
    lambda book: book.trend.change_of("Satisfaction"),
    lambda book: book.trend.changes(),
    lambda book: book.trend.changes_by_unit("Satisfaction"),
    lambda book: book.trend.change_since_first("Satisfaction"),
]
LACKING = {
    "no_competitor": (COMPETITOR, "\n", NO_COMPETITOR, 0),
    "no_unit": ("  unit: city\n", "", NO_UNIT, 1),
    "no_earlier_wave": ("earlier: [2023]", "earlier: []", NO_EARLIER, 2),
}


@pytest.mark.parametrize("reason", LACKING)
def test_what_lacks_its_input_says_so(reason, project):
    old, new, asked, _ = LACKING[reason]
    book = Study.open(project.vary(f"without_{reason}", (old, new)), n_boot=N_BOOT)
    for ask in asked:
        with pytest.raises(AbsentError) as caught:
            ask(book)
        assert caught.value.facts["reason"] == reason


def test_a_codebook_without_categories_has_no_profile(project):
    root = project.root
    plain = (
        "scale: [1, 10]\nitems:\n"
        + "".join(f"  {item}: {{text: {{zh: x, en: x}}}}\n" for item in ("SAT1", "LOY1"))
        + "missing: {98: {zh: x, en: x}, 99: {zh: y, en: y}}\n"
    )
    (root / "params/codebook_plain.yml").write_text(plain, encoding="utf-8")
    (root / "params/plain.yml").write_text(
        "title: t\nwave: 2024\nbootstrap: {seed: 1}\n"
        'model: "Joy =~ SAT1\\nStay =~ LOY1\\nStay ~ Joy"\n'
        "data: {file: data/raw/2024.csv.gz, codebook: params/codebook_plain.yml}\n",
        encoding="utf-8",
    )
    book = Study.open("plain", n_boot=N_BOOT)
    book.check()
    with pytest.raises(AbsentError) as caught:
        book.sample.profile()
    assert caught.value.facts["reason"] == "no_attribute"
    # Two single items: the path is their correlation.
    frame = book.responses.frame[["SAT1", "LOY1"]]
    frame = frame.fillna(frame.mean())
    path = book.structure.paths()["estimate"].item()
    assert path == pytest.approx(frame.corr().iloc[0, 1], abs=1e-9)


@pytest.mark.parametrize("reason", LACKING)
def test_what_has_its_input_is_there_though_something_else_is_lacking(reason, project):
    old, new, *_ = LACKING[reason]
    book = Study.open(project.vary(f"without_{reason}", (old, new)), n_boot=N_BOOT)
    assert len(book.index.overall("Satisfaction")) == 1
    assert len(book.index.ours_by_construct()) == len(book.computation.index_constructs)
    present = {
        "no_competitor": lambda: book.index.standing("Satisfaction"),
        "no_unit": book.index.leads,
        "no_earlier_wave": lambda: book.index.leads_by_unit("Satisfaction"),
    }
    assert len(present[reason]()) > 0
    assert len(book.sample.cells()) > 0 and len(book.structure.paths()) > 0


def test_a_study_without_any_comparison(project):
    old = f"comparison:\n  unit: city\n{COMPETITOR}"
    name = project.vary("bare", (old, ""), ("earlier: [2023]", "earlier: []"))
    book = Study.open(name, n_boot=N_BOOT)
    book.check()
    levels = book.index.levels().set_index("construct")["estimate"]
    direct = satisfaction_index(book.computation.estimates).to_series()
    np.testing.assert_allclose(levels, direct[levels.index], atol=EXACT)
    own = Study.open(
        project.vary(
            "bare_own", (old, ""), ("earlier: [2023]", "earlier: []"), ("pooled  ", "own  ")
        ),
        n_boot=N_BOOT,
    )
    # One cell, one wave: the weights of the cell are the pooled ones.
    np.testing.assert_allclose(own.index.levels()["estimate"], levels, atol=EXACT)
    np.testing.assert_allclose(
        own.index.levels()["standard_error"], book.index.levels()["standard_error"], atol=1e-6
    )  # draws are fitted in other batches and stop at weights 1e-9 apart
    assert (book.facts.by, book.facts.ours, book.facts.n_units) == (None, None, 0)
    with pytest.raises(AbsentError):
        book.index.by_unit("Satisfaction")


def capture(monkeypatch: pytest.MonkeyPatch) -> list:
    shown: list = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    return shown


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_section_without_input_shows_a_sentence(language, project, monkeypatch):
    book = Study.open(project.vary("alone", (COMPETITOR, "\n")), n_boot=N_BOOT, language=language)
    shown = capture(monkeypatch)
    with book.section("lead"):
        book.show(book.narrative.absent("no_unit"))
        book.index.leads()
        raise AssertionError("not reached")
    kinds = [type(each) for each in shown]
    assert kinds == [Heading, Absent, Absent]
    sentence = {"zh": "竞争对手", "en": "the study names no competitor"}[language]
    assert sentence in shown[-1].reason


def test_a_section_hides_no_other_error(book, monkeypatch):
    capture(monkeypatch)
    with pytest.raises(ModelError, match="no construct 'Joy'"), book.section("levels"):
        book.index.overall("Joy")


def test_a_chapter_shows_its_title_and_methods_first(book, monkeypatch):
    shown = capture(monkeypatch)
    book.chapter("index")
    assert isinstance(shown[0], Heading) and shown[0].level == 1
    assert len(shown) > 1
    assert all(isinstance(each, Paragraph) and each.role == "method" for each in shown[1:])


def one_of_each(book: Study) -> tuple[Table, Figure]:
    levels = book.index.levels()
    return book.tables.index_table(levels), book.figures.plot_index(levels)


def written(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))


def test_without_a_run_nothing_is_written(book, monkeypatch, tmp_path, project):
    shown = capture(monkeypatch)
    monkeypatch.chdir(tmp_path)
    before = written(project.root)
    elements = one_of_each(book)
    book.show(*elements)
    assert shown == list(elements)
    assert written(tmp_path) == [] and written(project.root) == before


def test_in_a_run_tables_and_figures_are_written_too(book, monkeypatch, tmp_path):
    shown = capture(monkeypatch)
    monkeypatch.setenv("CSAT_RESULTS", str(tmp_path))
    table, figure = one_of_each(book)
    heading = Heading(text="Levels")
    book.show(heading, table, figure)
    assert shown == [heading, table, figure]
    names = [f"figures/{figure.name}.png", f"figures/{figure.name}.svg", f"tables/{table.name}.csv"]
    assert written(tmp_path) == names
    raw = (tmp_path / names[2]).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") and b"\r" not in raw
    read = pd.read_csv(tmp_path / names[2], encoding="utf-8-sig")
    # All digits: 17 are written, so that the very number comes back.
    np.testing.assert_array_equal(read["estimate"], table.frame["estimate"])
    assert read.columns.to_list() == table.frame.columns.to_list()
    assert (tmp_path / names[0]).read_bytes().startswith(b"\x89PNG")


def test_files_appear_whole_or_not_at_all(book, monkeypatch, tmp_path):
    capture(monkeypatch)
    monkeypatch.setenv("CSAT_RESULTS", str(tmp_path))
    table, _ = one_of_each(book)
    book.show(table)
    before = (tmp_path / f"tables/{table.name}.csv").read_bytes()

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(files.os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        book.show(table)
    assert (tmp_path / f"tables/{table.name}.csv").read_bytes() == before
    assert os.listdir(tmp_path / "tables") == [f"{table.name}.csv"]


FORMULAS = ("=1+1", "+1", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")')


@pytest.mark.parametrize("text", FORMULAS)
def test_a_spreadsheet_is_handed_no_formula(text, book, monkeypatch, tmp_path):
    capture(monkeypatch)
    monkeypatch.setenv("CSAT_RESULTS", str(tmp_path))
    frame = pd.DataFrame({"city": [text, "plain"], "estimate": [-1.5, 2.0]})
    cells = tuple((str(row.city), str(row.estimate)) for row in frame.itertuples())
    header, align = ("city", "estimate"), ("left", "right")
    book.show(Table(name="t", caption="", frame=frame, header=header, rows=cells, align=align))
    read = pd.read_csv(tmp_path / "tables/t.csv", encoding="utf-8-sig", dtype=str)
    assert not read["city"][0].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert text.strip() in read["city"][0]
    # Numbers stay numbers, negative ones too.
    assert read["estimate"].to_list() == ["-1.5", "2.0"] and read["city"][1] == "plain"
    assert frame["city"][0] == text


def test_focus_and_outcome_are_found_in_any_model(project, book):
    assert (book.focus, book.outcome) == ("Satisfaction", "Loyalty")
    assert book.drivers == ("Image", "Network", "Business", "Service", "Value")
    model = "model: |\n  Net =~ COV1 + COV2\n  Joy =~ LOY1 + LOY2\n  Joy ~ Net\n\n#"
    constructs = (
        "constructs: [Satisfaction, Loyalty, Image, Expectation, Network, Business, Service, Value]"
    )
    name = project.vary("joy", ("model: telecom ", model), (constructs, "constructs: [Joy]"))
    other = Study.open(name, n_boot=N_BOOT)
    assert (other.focus, other.outcome, other.drivers) == ("Joy", "Joy", ())
    assert len(other.index.ours_by_unit("Joy")) == len(CITIES)


def test_facts_are_those_of_the_study(book):
    facts = book.facts
    assert (facts.year, facts.years) == (2024, (2023, 2024))
    assert (facts.n_units, facts.unit) == (3, "city")
    assert (facts.by, facts.ours, facts.theirs) == ("operator", "ours", "rival")
    assert facts.n_obs == len(book.responses.frame) and facts.n_items == len(book.model.items)
    assert repr(book) == "Study('2024')" and book.year == 2024


def test_labels_are_the_codebooks_in_both_languages(book):
    assert book.labels["zh"]["city:linjiang"] == "临江"
    assert book.labels["en"]["Satisfaction"] == "Satisfaction"
    assert book.labels["zh"].keys() == book.labels["en"].keys()


def test_opening_reads_no_data(project):
    """A study of missing raw data can be looked at; its data are read when asked for."""
    name = project.vary("unread", ("data/raw/2024.csv.gz", "data/raw/new.csv"))
    (project.root / "data/raw/new.csv").write_bytes(b"")
    book = Study.open(name)
    assert book.model.construct_names and book.params.name == "unread"
    assert not (project.root / "data/processed/unread").exists()


HIGHER_ORDER = """model: |
  Network      =~ COV1 + COV2 + DAT1
  Business     =~ TAR1 + TAR2 + PRO1
  Satisfaction =~ SAT1 + SAT2 + SAT3
  Quality      =~ Network + Business
  Satisfaction ~ Quality"""


def test_a_construct_of_higher_order_runs_through_a_study(project):
    names = "constructs: [Satisfaction, Quality, Network]"
    old = next(
        line.strip()
        for line in (project.root / "params/2024.yml").read_text(encoding="utf-8").splitlines()
        if line.strip().startswith("constructs:")
    )
    study = Study.open(
        project.vary("higher", ("model: telecom", HIGHER_ORDER), (old, names)), n_boot=40
    )
    assert set(study.measurement.loadings()["construct"]) == set(study.model.construct_names)
    assert len(study.measurement.reliability()) == 16
    levels = study.index.ours_by_construct().set_index("construct")["estimate"]
    assert levels["Quality"] > 0 and levels.notna().all()
    assert study.structure.paths()[["source", "target"]].to_numpy().tolist() == [
        ["Quality", "Satisfaction"]
    ]
