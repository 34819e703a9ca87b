"""Waves: moments and draws equal the engine's, are kept, shared, and made anew when they must."""

from __future__ import annotations

import gzip
import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from csat_models import Moments, Study, bootstrap_moments, compute_moments, read_survey
from csat_models.errors import DataError, ParamsError
from csat_models.estimation import merged_draws
from csat_models.workflow.computing import wave_moments, waves
from csat_models.workflow.computing.computation import Computation
from csat_models.workflow.computing.waves import Wave

ROOT = Path(__file__).parents[3]
CITIES, YEARS, N_BOOT = ("linjiang", "anlan", "xiyuan"), (2022, 2023, 2024), 40
# Sums of some 900 terms near 10, in double precision, taken in another order.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Waves:
    """Three waves of three cities, each a study that looks back at those before."""

    root: Path

    def edit(self, name: str, *pairs: tuple[str, str], source: str | None = None) -> str:
        text = (self.root / f"params/{source or name}.yml").read_text(encoding="utf-8")
        for old, new in pairs:
            assert old in text, old
            text = text.replace(old, new)
        (self.root / f"params/{name}.yml").write_text(text, encoding="utf-8")
        return name

    def raw(self, year: int) -> Path:
        return self.root / f"data/raw/{year}.csv.gz"

    def write(self, year: int, table: pd.DataFrame) -> None:
        text = table.to_csv(index=False, lineterminator="\n")
        self.raw(year).write_bytes(gzip.compress(text.encode(), 1, mtime=0))

    def read(self, year: int) -> pd.DataFrame:
        raw = io.BytesIO(gzip.decompress(self.raw(year).read_bytes()))
        return pd.read_csv(raw, dtype=str, keep_default_na=False)

    def kept(self, study: str, what: str) -> list[Path]:
        return sorted((self.root / "data/processed" / study).glob(f"{what}-*"))


def lay_out(root: Path) -> Waves:
    made = Waves(root)
    for folder in ("notebooks", "params", "data/raw"):
        (root / folder).mkdir(parents=True)
    shutil.copy(ROOT / "params/codebook.yml", root / "params")
    for year in YEARS:
        shutil.copy(ROOT / f"data/raw/{year}.csv.gz", root / "data/raw")
        table = made.read(year)
        made.write(year, table[table["city"].isin(CITIES)])
        text = (ROOT / f"params/{year}.yml").read_text(encoding="utf-8")
        earlier = next(line for line in text.splitlines() if line.startswith("earlier:"))
        before = f"earlier: {[each for each in YEARS if each < year]}"
        (root / f"params/{year}.yml").write_text(text.replace(earlier, before), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Waves:
    return lay_out(tmp_path_factory.mktemp("waves") / "project")


@pytest.fixture
def project(shared: Waves, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Waves:
    """A copy that a test may change; what others computed is not in it."""
    ignore = shutil.ignore_patterns("processed")
    shutil.copytree(shared.root, tmp_path / "project", ignore=ignore)
    monkeypatch.setenv("CSAT_PROJECT", str(tmp_path / "project"))
    return Waves(tmp_path / "project")


@pytest.fixture(autouse=True)
def in_shared(shared: Waves, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CSAT_PROJECT", str(shared.root))
    yield


def of(study: str = "2024", n_boot: int = N_BOOT) -> Computation:
    return Study.open(study, n_boot=n_boot).computation


def wave(year: int = 2024, study: str = "2024", n_boot: int = N_BOOT) -> Wave:
    return next(each for each in of(study, n_boot).waves if each.label == year)


def taking(found: Wave) -> dict:
    how = found.resampling
    return {
        "items": how.model.items,
        "by": ["city", "operator"],
        "missing": "mean",
        "sampling_weights": "weight",
    }


def assert_equal(one: Moments, other: Moments, atol: float = 0.0) -> None:
    for name in ("mean", "cov", "n_obs", "weight_sum"):
        xr.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=atol, rtol=0)
    assert one.items == other.items


def no_longer(*_: object, **__: object) -> None:
    raise AssertionError("computed again")


def test_responses_equal_a_direct_read_and_stay_so(shared):
    found = wave()
    fresh = read_survey(shared.raw(2024), found.codebook)
    for each in (found.responses, wave().responses):
        pd.testing.assert_frame_equal(each.frame, fresh.frame)
        assert (each.log, each.sha256) == (fresh.log, fresh.sha256)
        assert each.source == "data/raw/2024.csv.gz"
        np.testing.assert_array_equal(each.row_numbers, fresh.row_numbers)
    assert each.frame["city"].cat.ordered


@pytest.mark.parametrize("year", YEARS)
def test_cells_equal_the_engine_on_the_responses(year, shared):
    found = wave(year)
    assert_equal(found.cells, compute_moments(found.responses, **taking(found)))
    present = found.cells.n_obs.sum("operator") > 0
    assert set(present["city"].values[present.values]) == set(CITIES)


def test_merged_cells_equal_the_moments_of_all_rows(project):
    """With complete answers merging is exact: the weighted moments of the whole wave."""
    project.edit("2024", ("missing: mean ", "missing: listwise "))
    found = wave()
    how = {**taking(found), "missing": "listwise"}
    whole = compute_moments(found.responses, **{**how, "by": []})
    assert_equal(found.whole, whole, atol=ROUNDING)
    brands = compute_moments(found.responses, **{**how, "by": ["operator"]})
    xr.testing.assert_allclose(found.brands.mean, brands.mean, atol=ROUNDING, rtol=0)
    xr.testing.assert_allclose(found.brands.cov, brands.cov, atol=ROUNDING, rtol=0)


def test_draws_equal_those_of_the_engine(shared):
    found = wave()
    how = {**taking(found), "n_boot": N_BOOT, "seed": 20170}
    means, brands = merged_draws(found.responses, merge=["city"], **how)
    xr.testing.assert_identical(found.draws.cell_means.drop_attrs(), means.drop_attrs())
    assert_equal(found.draws.brands, brands)
    cells = bootstrap_moments(found.responses, **how)
    xr.testing.assert_allclose(found.draws.cell_means, cells.mean, atol=ROUNDING, rtol=0)
    whole = cells.merge("city").merge("operator")
    # Covariances near 3 from the same rows, summed in blocks.
    assert_equal(found.whole_draws, whole, atol=ROUNDING)


def test_kept_draws_equal_fresh_ones(project):
    first = wave().draws
    again = wave().draws
    xr.testing.assert_identical(first.cell_means.drop_attrs(), again.cell_means.drop_attrs())
    assert_equal(first.brands, again.brands)
    shutil.rmtree(project.root / "data/processed")
    anew = wave().draws
    xr.testing.assert_identical(first.cell_means.drop_attrs(), anew.cell_means.drop_attrs())
    assert_equal(first.brands, anew.brands)


def test_what_is_kept_is_not_computed_again(project, monkeypatch):
    first = of()
    index, own = first.index, wave().own_index()
    monkeypatch.setattr(waves, "parse_surveys", no_longer)
    for name in ("merged_draws", "resample_cells"):
        monkeypatch.setattr(wave_moments, name, no_longer)
    again = of()
    xr.testing.assert_identical(
        again.index.cells.draws.drop_attrs(), index.cells.draws.drop_attrs()
    )
    assert wave().draws.cell_means.sizes["draw"] == N_BOOT
    xr.testing.assert_identical(wave().own_index()[1].drop_attrs(), own[1].drop_attrs())
    with pytest.raises(AssertionError, match="computed again"):
        _ = wave(n_boot=N_BOOT + 1).draws


def test_studies_share_the_draws_of_an_earlier_wave(project, monkeypatch):
    theirs = wave(2022, study="2023").draws
    assert len(project.kept("2022", "draws")) == 1
    assert not project.kept("2023", "draws") and not project.kept("2024", "draws")
    monkeypatch.setattr(wave_moments, "merged_draws", no_longer)
    for study in ("2022", "2024"):
        ours = wave(2022, study=study).draws
        xr.testing.assert_identical(ours.cell_means.drop_attrs(), theirs.cell_means.drop_attrs())
        assert_equal(ours.brands, theirs.brands)
    assert len(project.kept("2022", "draws")) == 1


def test_each_wave_keeps_its_own(project):
    _ = of().index
    for year in YEARS:
        assert len(project.kept(str(year), "draws")) == 1
        assert len(project.kept(str(year), "responses")) == 1
    assert len(project.kept("2024", "index")) == 1 and not project.kept("2022", "index")
    leftovers = [path.name for path in project.root.rglob("*.part*")]
    assert leftovers == []


def change_raw(project: Waves) -> None:
    table = project.read(2024)
    table.loc[0, "SAT1"] = "1" if table.loc[0, "SAT1"] != "1" else "2"
    project.write(2024, table)


def change_codebook(project: Waves) -> None:
    path = project.root / "params/codebook.yml"
    path.write_text(path.read_text(encoding="utf-8") + "# a remark\n", encoding="utf-8")


CHANGES = {
    "n_boot": lambda project: project.edit("2024", ("n_boot: 2000", "n_boot: 41")),
    "seed": lambda project: project.edit("2024", ("seed: 20170", "seed: 20171")),
    "missing": lambda project: project.edit("2024", ("missing: mean ", "missing: listwise ")),
    "weights": lambda project: project.edit("2024", ("weights: true", "weights: false")),
    "units": lambda project: project.edit("2024", ("  unit: city\n", "")),
    "raw file": change_raw,
    "codebook": change_codebook,
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_draws_depend_on_changes_their_key(what, project):
    def key() -> str:
        return Study.open("2024").computation.wave.draws_key

    before = key()
    assert key() == before
    CHANGES[what](project)
    assert key() != before


UNCHANGED = {
    "level": ("level: 0.95", "level: 0.9"),
    "language": ("language: zh", "language: en"),
    "index weights": ("weights: pooled", "weights: own"),
    "scheme": ("scheme: path", "scheme: centroid"),
    "earlier": ("earlier: [2022, 2023]", "earlier: [2023]"),
    "constructs": ("constructs: [Satisfaction, Loyalty, ", "constructs: ["),
}


@pytest.mark.parametrize("what", UNCHANGED)
def test_what_draws_do_not_depend_on_leaves_their_key(what, project):
    before = Study.open("2024").computation.wave.draws_key
    project.edit("2024", UNCHANGED[what])
    assert Study.open("2024").computation.wave.draws_key == before


def test_a_unit_and_a_competitor_in_one_column_have_different_draws(project):
    """Both group by operator alone; only a competitor's column is kept in the brands' draws."""
    competitor = "  competitor: {column: operator, ours: ours, theirs: rival}\n"
    project.edit("unit", ("  unit: city\n", "  unit: operator\n"), (competitor, ""), source="2023")
    project.edit("brand", ("  unit: city\n", ""), source="2023")
    assert wave(2022, study="unit").draws.brands.mean.dims == ("draw", "item")
    assert wave(2022, study="brand").draws.brands.mean.dims == ("draw", "operator", "item")


def test_a_damaged_file_is_made_anew(project):
    before = wave().draws.cell_means
    (path,) = project.kept("2024", "draws")
    path.write_bytes(path.read_bytes()[:1000])
    xr.testing.assert_identical(wave().draws.cell_means.drop_attrs(), before.drop_attrs())
    assert path.stat().st_size > 1000


def test_a_person_is_resampled_together_in_all_waves(project):
    """Two waves with the same persons and answers: the change is 0 in every draw."""
    project.write(2023, project.read(2024))
    project.edit("2024", ("earlier: [2022, 2023]", "earlier: [2023]"))
    cells = of().index.cells
    change = cells.draws.sel(year=2024) - cells.draws.sel(year=2023)
    # Levels near 80; the same sums in the same order.
    assert abs(change).max().item() < 1e-10
    assert cells.draws.std("draw").min().item() > 0.1


def test_an_earlier_study_without_a_competitor_is_seen_with_ours(project):
    """How an earlier wave is cut up is the asking study's matter, not the earlier one's."""
    whole = of().index
    old = "competitor: {column: operator, ours: ours, theirs: rival}\n"
    project.edit("2023", (old, "\n"))
    found = of().index
    assert found.brands.point.dims == ("year", "operator", "construct")
    xr.testing.assert_allclose(found.brands.draws, whole.brands.draws, atol=0, rtol=0)


def test_units_that_a_wave_lacks_are_missing_there(project):
    table = project.read(2023)
    project.write(2023, table[table["city"] != "anlan"])
    index = of().index.cells
    assert bool(index.point.sel(year=2023, city="anlan").isnull().all())
    assert bool(index.point.sel(year=2024, city=list(CITIES)).notnull().all())
    changes = Study.open("2024", n_boot=N_BOOT).trend.changes_by_unit("Satisfaction")
    assert sorted(changes["city"]) == ["linjiang", "xiyuan"]


def test_a_check_looks_at_all_waves_the_latest_first(project):
    for year in (2022, 2023):
        project.write(year, project.read(year).assign(SAT2="7"))
    with pytest.raises(DataError, match=r"data/raw/2023.csv.gz .* SAT2"):
        Study.open("2024").check()
    project.write(2023, project.read(2024))
    with pytest.raises(DataError, match=r"data/raw/2022.csv.gz .* SAT2"):
        Study.open("2024").check()


def test_a_brand_that_an_earlier_wave_lacks_is_told(project):
    table = project.read(2023)
    project.write(2023, table[table["operator"] == "ours"])
    with pytest.raises(ParamsError, match=r"theirs.*data/raw/2023.csv.gz has only ours"):
        Study.open("2024").check()


def without_weight(project: Waves) -> None:
    text = (project.root / "params/codebook.yml").read_text(encoding="utf-8")
    mended = text.replace("\nweight: weight\n", "\n")
    assert mended != text
    (project.root / "params/codebook_old.yml").write_text(mended, encoding="utf-8")
    old = ("params/codebook.yml", "params/codebook_old.yml")
    project.edit("2023", old, ("weights: true", "weights: false"))


def test_a_wave_without_weights_is_not_silently_taken_unweighted(project):
    without_weight(project)
    with pytest.raises(ParamsError, match=r"params/2023.yml.*codebook_old.yml.*weight"):
        Study.open("2024").check()


USES = {
    "index": lambda book: book.index.levels(),
    "trend": lambda book: book.trend.changes(),
}


@pytest.mark.parametrize("chapter", USES)
def test_waves_are_checked_before_they_are_used(chapter, project):
    """A run asks for no check of its own; an earlier wave is no less checked."""
    without_weight(project)
    with pytest.raises(ParamsError, match=r"params/2023.yml.*weight"):
        USES[chapter](Study.open("2024", n_boot=N_BOOT))


def test_an_earlier_wave_that_cannot_be_analysed_is_not_used(project):
    project.write(2023, project.read(2023).assign(SAT2="7"))
    with pytest.raises(DataError, match=r"data/raw/2023.csv.gz .* SAT2"):
        Study.open("2024", n_boot=N_BOOT).index.levels()
