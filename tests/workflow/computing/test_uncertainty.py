"""Intervals of the study's kind, the design's draws, and comparisons of many units."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from csat_models import (
    Study,
    bootstrap,
    compute_moments,
    interval,
    jackknife,
    specific_indirect_effects,
)
from csat_models.errors import ParamsError
from csat_models.workflow.params.loading import load_params

ROOT = Path(__file__).parents[3]
OWN = ("weights: pooled", "weights: own")
CITIES, N_BOOT = ("linjiang", "anlan", "xiyuan"), 60
# The same arithmetic on the same numbers, merged from cells in another order.
EXACT = 1e-9


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One wave of three cities, with clusters of four respondents in each."""
    made = tmp_path_factory.mktemp("uncertainty") / "project"
    for folder in ("notebooks", "params", "data/raw"):
        (made / folder).mkdir(parents=True)
    raw = gzip.decompress((ROOT / "data/raw/2024.csv.gz").read_bytes())
    table = pd.read_csv(io.BytesIO(raw), dtype=str, keep_default_na=False)
    table = table[table["city"].isin(CITIES)].reset_index(drop=True)
    table["village"] = table["city"] + (table.groupby("city").cumcount() // 4).astype(str)
    table.to_csv(made / "data/raw/2024.csv", index=False)
    codebook = (ROOT / "params/codebook.yml").read_text(encoding="utf-8")
    village = "\nattributes:\n  village: {label: {zh: 村, en: village}, kind: text}\n"
    (made / "params/codebook.yml").write_text(
        codebook.replace("\nattributes:\n", village), encoding="utf-8"
    )
    text = (ROOT / "params/2024.yml").read_text(encoding="utf-8").replace(".csv.gz", ".csv")
    lines = ["earlier: []" if x.startswith("earlier:") else x for x in text.splitlines()]
    (made / "params/2024.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return made


def variant(root: Path, name: str, *pairs: tuple[str, str]) -> str:
    text = (root / "params/2024.yml").read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    (root / f"params/{name}.yml").write_text(text, encoding="utf-8")
    return str(root / f"params/{name}.yml")


def test_the_kind_of_the_intervals_is_the_params(root):
    path = variant(root, "bca", ("level: 0.95", "level: 0.95\n  interval: bca"))
    book = Study.open(path, n_boot=N_BOOT)
    of = book.computation
    taking = {"sampling_weights": "weight"}
    without = jackknife(book.responses, book.model, point=of.estimates, **taking)
    wanted = interval(of.draws.paths, point=of.estimates.paths, kind="bca", jackknife=without.paths)
    plain = Study.open(str(root / "params/2024.yml"), n_boot=N_BOOT).structure.paths()
    found = book.structure.paths()
    for row in found.itertuples():
        here = wanted.sel(source=row.source, target=row.target)
        assert row.lower == pytest.approx(here.lower.item(), abs=EXACT)
        assert row.upper == pytest.approx(here.upper.item(), abs=EXACT)
    assert not np.allclose(found["lower"], plain["lower"])
    differences = book.structure.path_differences()
    assert (differences["lower"] < differences["upper"]).all()


def test_a_p_value_is_under_the_level_where_the_interval_leaves_zero_out(root):
    paths = Study.open(str(root / "params/2024.yml"), n_boot=N_BOOT).structure.paths()
    clear = (paths["lower"] > 0) | (paths["upper"] < 0)
    assert clear.any()
    assert (paths.loc[clear, "p_value"] <= 0.05 + EXACT).all()
    assert (paths.loc[~clear, "p_value"] >= 0.05 - EXACT).all()


def test_clusters_are_drawn_whole(root):
    design = ("index:\n", "sampling: {strata: city, clusters: village}\nindex:\n")
    book = Study.open(variant(root, "clusters", design), n_boot=N_BOOT)
    wave = book.computation.wave
    direct = bootstrap(
        book.responses,
        book.model,
        n_boot=N_BOOT,
        seed=wave.seed,
        by=["operator"],
        strata="city",
        clusters="village",
        sampling_weights="weight",
    )
    # Cells keep their mean in place of missing answers, the brands theirs: close, not equal.
    ours = book.computation.brand_draws.paths
    assert float(np.abs(ours.std("draw") - direct.paths.std("draw")).max()) < 0.01
    persons = Study.open(str(root / "params/2024.yml"), n_boot=N_BOOT).computation.draws.paths
    assert not np.allclose(persons.std("draw"), book.computation.draws.paths.std("draw"))
    text = book.narrative.methods(book.facts)
    assert any("rao1988" in getattr(each, "texts", {}).get("en", "") for each in text)


def test_waves_without_ids_are_not_tied(root):
    design = ("index:\n", "sampling: {clusters: village}\nindex:\n")
    path = variant(root, "early", design, ("wave: 2024", "wave: 2023"))
    late = Study.open(variant(root, "late", design), n_boot=N_BOOT).computation.wave
    early = Study.open(path, n_boot=N_BOOT).computation.wave
    assert early.seed != late.seed
    means = [each.draws.cell_means.stack(k=["city", "operator", "item"]) for each in (early, late)]
    centred = [(each - each.mean("draw")).to_numpy() for each in means]
    assert not np.allclose(*centred)


@pytest.mark.parametrize("key", ["strata", "clusters"])
def test_a_design_names_attributes(root, key):
    path = variant(root, "nowhere", ("index:\n", f"sampling: {{{key}: region}}\nindex:\n"))
    with pytest.raises(ParamsError, match=rf"'sampling\.{key}' is 'region', but must be an attri"):
        load_params(path)


def test_routes_have_the_effects_of_the_engine(root):
    book = Study.open(str(root / "params/2024.yml"), n_boot=N_BOOT)
    found = book.structure.indirect_effects("Loyalty")
    wanted = specific_indirect_effects(book.computation.estimates)
    assert set(found["target"]) == {"Loyalty"}
    for row in found.itertuples():
        assert row.estimate == pytest.approx(wanted.sel(route=row.route).item(), abs=EXACT)
    both = book.structure.mediation("Loyalty")
    sums = found.groupby("source")["estimate"].sum()
    for row in both.itertuples():
        assert row.estimate == pytest.approx(sums[row.source], abs=EXACT)
        assert row.share == pytest.approx(row.estimate / (row.estimate + row.direct), abs=EXACT)


def test_simultaneous_intervals_hold_the_single_ones(root):
    leads = Study.open(str(root / "params/2024.yml"), n_boot=400).index.leads_by_unit(
        "Satisfaction"
    )
    wide = leads["simultaneous_upper"] - leads["simultaneous_lower"]
    single = leads["upper"] - leads["lower"]
    # Percentile intervals against symmetric ones, 400 draws: a tenth of the width at most.
    assert (wide > 0.95 * single).all() and wide.sum() > 1.1 * single.sum()


def test_the_ledger_adds_up(root):
    book = Study.open(str(root / "params/2024.yml"), n_boot=N_BOOT)
    counts = book.measurement.ledger().set_index("what")["count"]
    assert counts["drawn"] == N_BOOT
    assert counts["usable"] == book.measurement.draws()["converged"]
    many = Study.open(str(root / "params/2024.yml"), n_boot=4 * N_BOOT).measurement.draws()
    few = book.measurement.draws()
    assert 0 < many["monte_carlo_error"] < few["monte_carlo_error"]


@pytest.mark.parametrize("way", ["pairwise", "em"])
def test_moments_that_do_not_add_up_are_taken_of_brands(root, way):
    book = Study.open(variant(root, way, ("missing: mean", f"missing: {way}")), n_boot=N_BOOT)
    wave = book.computation.wave
    direct = compute_moments(
        book.responses,
        items=book.model.items,
        by=["operator"],
        missing=way,
        sampling_weights="weight",
    )
    np.testing.assert_allclose(wave.brands.cov, direct.cov, atol=EXACT)
    plain = Study.open(str(root / "params/2024.yml"), n_boot=N_BOOT)
    assert not np.allclose(wave.brands.cov, plain.computation.wave.brands.cov)
    np.testing.assert_allclose(wave.cells.mean, plain.computation.wave.cells.mean, atol=EXACT)
    errors = [each.computation.draws.paths.std("draw") for each in (book, plain)]
    # The same persons are drawn: errors differ by the few answers that are missing.
    assert float(np.abs(errors[0] - errors[1]).max()) < 0.01
    with pytest.raises(ParamsError, match=r"'index\.weights' is 'own', but must be pooled"):
        load_params(variant(root, f"own_{way}", ("missing: mean", f"missing: {way}"), OWN))
