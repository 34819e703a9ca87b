"""The chapters' tables: each number is the one of the labelled arrays it is taken from."""

from __future__ import annotations

import gzip
import io
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from csat_models import (
    Study,
    fit,
    fornell_larcker,
    htmt,
    lead,
    reliability,
    total_effects,
)
from csat_models.analysis import index_impact
from csat_models.errors import ModelError
from csat_models.estimation import interval

ROOT = Path(__file__).parents[3]
CITIES, N_BOOT = ("linjiang", "anlan", "chenghu", "xiyuan"), 40
FOCUS = "Satisfaction"
BRANDS = {"over": "operator", "ours": "ours", "theirs": "rival"}
# The same arithmetic on the same numbers.
EXACT = 1e-10


def lay_out(root: Path, cities: tuple[str, ...]) -> Path:
    """Two waves of some cities; the codebook still declares all eleven."""
    for folder in ("notebooks", "params", "data/raw"):
        (root / folder).mkdir(parents=True)
    shutil.copy(ROOT / "params/codebook.yml", root / "params")
    for year, earlier in ((2023, "[]"), (2024, "[2023]")):
        raw = gzip.decompress((ROOT / f"data/raw/{year}.csv.gz").read_bytes())
        table = pd.read_csv(io.BytesIO(raw), dtype=str, keep_default_na=False)
        text = table[table["city"].isin(cities)].to_csv(index=False, lineterminator="\n")
        (root / f"data/raw/{year}.csv.gz").write_bytes(gzip.compress(text.encode(), 1, mtime=0))
        lines = (ROOT / f"params/{year}.yml").read_text(encoding="utf-8").splitlines()
        kept = [f"earlier: {earlier}" if x.startswith("earlier:") else x for x in lines]
        (root / f"params/{year}.yml").write_text("\n".join(kept) + "\n", encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Study:
    root = lay_out(tmp_path_factory.mktemp("results") / "project", CITIES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSAT_PROJECT", str(root))
        return Study.open("2024", n_boot=N_BOOT)


def own_weights(book: Study) -> Study:
    path = book.project.root / "params/own.yml"
    text = (book.project.root / "params/2024.yml").read_text(encoding="utf-8")
    path.write_text(text.replace("weights: pooled", "weights: own"), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSAT_PROJECT", str(book.project.root))
        return Study.open("own", n_boot=N_BOOT)


def assert_table(table: pd.DataFrame, keys: list[str], point: xr.DataArray, draws: xr.DataArray):
    """Every row has estimate, interval and error of its labels, and no label is left out."""
    wanted = interval(draws, point=point, level=0.95)
    assert not table.duplicated(keys).any()
    for row in table.to_dict("records"):
        here = wanted.sel({key: row[key] for key in keys})
        for name in ("estimate", "lower", "upper", "standard_error"):
            assert row[name] == pytest.approx(here[name].item(), abs=EXACT)
    assert len(table) == int(wanted.estimate.notnull().sum())


def now(book: Study, **labels: object):
    index = book.computation.index.sel(year=2024)
    return index.sel(**labels) if labels else index


def test_levels_are_the_brands_indices(book):
    found, reported = book.index.levels(), list(book.computation.index_constructs)
    brands = now(book).brands.sel(construct=reported)
    assert_table(found, ["operator", "construct"], brands.point, brands.draws)
    assert found["construct"].drop_duplicates().to_list() == reported
    assert "Complaints" not in set(found["construct"])
    ours = book.index.ours_by_construct()
    both = found[found["operator"] == "ours"].reset_index(drop=True)
    assert ours["estimate"].to_list() == both["estimate"].to_list()
    assert book.index.overall(FOCUS)["estimate"].item() == ours["estimate"][0]


def test_units_are_the_cells_indices(book):
    cells = now(book, construct=FOCUS).cells
    assert_table(book.index.by_unit(FOCUS), ["city", "operator"], cells.point, cells.draws)
    ours = cells.sel(operator="ours")
    assert_table(book.index.ours_by_unit(FOCUS), ["city"], ours.point, ours.draws)


def test_leads_are_differences_draw_by_draw(book):
    reported = list(book.computation.index_constructs)
    brands = now(book).brands.sel(construct=reported)
    leads = lead(brands.point, **BRANDS), lead(brands.draws, **BRANDS)
    found = book.index.leads()
    assert_table(found, ["construct"], *leads)
    shares = (leads[1] > 0).mean("draw")
    for row in found.itertuples():
        assert row.probability == pytest.approx(shares.sel(construct=row.construct).item())
    one = book.index.overall_lead(FOCUS)
    assert len(one) == 1 and one["estimate"].item() == found["estimate"][0]
    cells = now(book, construct=FOCUS).cells
    units = lead(cells.point, **BRANDS), lead(cells.draws, **BRANDS)
    assert_table(book.index.leads_by_unit(FOCUS), ["city"], *units)


def by_counting(values: pd.Series) -> list[int]:
    return [1 + int((values > value).sum()) for value in values]


@pytest.mark.parametrize("construct", [FOCUS, "Network", "Business"])
def test_standing_puts_levels_leads_and_ranks_side_by_side(construct, book):
    standing = book.index.standing(construct)
    ours = book.index.ours_by_unit(construct).set_index("city")
    both = book.index.by_unit(construct).pivot(index="city", columns="operator", values="estimate")
    assert sorted(standing["city"]) == sorted(CITIES)
    for row in standing.itertuples():
        assert row.level == ours.loc[row.city, "estimate"] == both.loc[row.city, "ours"]
        assert (row.level_lower, row.level_upper) == tuple(ours.loc[row.city, ["lower", "upper"]])
        assert row.rival == both.loc[row.city, "rival"]
        assert row.lead == pytest.approx(row.level - row.rival, abs=EXACT)
        assert row.lead_lower <= row.lead_upper
    assert standing["rank"].to_list() == by_counting(standing["level"])
    assert standing["lead_rank"].to_list() == by_counting(standing["lead"])
    for name in ("rank", "lead_rank"):
        assert (standing[f"{name}_lower"] <= standing[name]).all()
        assert (standing[name] <= standing[f"{name}_upper"]).all()
        assert standing[f"{name}_lower"].min() >= 1
        assert standing[f"{name}_upper"].max() <= len(CITIES)


def test_ranks_say_more_than_nothing(book):
    """Network levels of 89.6 and 81.0 with errors near 1 are surely apart."""
    standing = book.index.standing("Network").set_index("city")
    assert standing.loc["anlan", "rank_upper"] < standing.loc["xiyuan", "rank_lower"]


def test_rank_probabilities_are_shares_of_draws(book):
    shares = book.index.rank_probability(FOCUS)
    assert sorted(shares["city"].unique()) == sorted(CITIES)
    for totals in (shares.groupby("city")["probability"], shares.groupby("rank")["probability"]):
        # Ties aside, every city has one rank and every rank one city in a draw.
        np.testing.assert_allclose(totals.sum(), 1.0, atol=EXACT)
    cells = now(book, construct=FOCUS).cells.sel(operator="ours").draws.dropna("city", how="all")
    best = (cells.argmax("city") == list(cells["city"].values).index("anlan")).mean("draw")
    found = shares[(shares["city"] == "anlan") & (shares["rank"] == 1)]["probability"]
    assert found.item() == pytest.approx(best.item())


def test_standings_of_several_constructs(book):
    found = book.index.standings("Network", "Value")
    assert list(found) == ["Network", "Value"]
    pd.testing.assert_frame_equal(found["Value"], book.index.standing("Value"))
    with pytest.raises(ModelError, match="no construct 'Joy'"):
        book.index.overall("Joy")


def test_own_weights_keep_brands_and_trend_though_a_declared_city_is_absent(book):
    """A city that the codebook declares and nobody answered in counts for nothing."""
    own, pooled = own_weights(book), book
    for table in (own.index.levels(), own.trend.ours(), own.trend.levels()):
        assert len(table) > 0 and table["estimate"].notna().all()
    gap = own.index.levels()["estimate"] - pooled.index.levels()["estimate"]
    # Other weights on the same answers: tenths of a point.
    assert gap.abs().max() < 3


def test_the_trend_is_the_brands_indices_of_all_years(book):
    reported = list(book.computation.index_constructs)
    brands = book.computation.index.brands.sel(construct=reported)
    assert_table(book.trend.levels(), ["year", "operator", "construct"], brands.point, brands.draws)
    ours = brands.sel(operator="ours")
    assert_table(book.trend.ours(), ["year", "construct"], ours.point, ours.draws)
    focus = ours.sel(construct=FOCUS)
    assert_table(book.trend.ours(FOCUS), ["year"], focus.point, focus.draws)
    assert book.trend.previous == 2023


def test_changes_are_differences_draw_by_draw(book):
    ours = book.computation.index.brands.sel(operator="ours")
    ends = [ours.sel(year=year) for year in (2024, 2023)]
    point, draws = ends[0].point - ends[1].point, ends[0].draws - ends[1].draws
    chosen = list(book.computation.index_constructs)
    assert_table(
        book.trend.changes(),
        ["construct"],
        point.sel(construct=chosen),
        draws.sel(construct=chosen),
    )
    one, first = book.trend.change_of(FOCUS), book.trend.change_since_first(FOCUS)
    assert one["estimate"].item() == pytest.approx(point.sel(construct=FOCUS).item(), abs=EXACT)
    # With two waves the wave before is the first.
    pd.testing.assert_frame_equal(one, first, check_like=True, atol=EXACT)


def test_changes_of_units_come_with_both_levels(book):
    table = book.trend.changes_by_unit(FOCUS).set_index("city")
    cells = book.computation.index.cells.sel(operator="ours", construct=FOCUS).point
    assert sorted(table.index) == sorted(CITIES)
    for city, row in table.iterrows():
        for name, year in (("previous", 2023), ("current", 2024)):
            assert row[name] == cells.sel(city=city, year=year).item()
        assert row["estimate"] == pytest.approx(row["current"] - row["previous"], abs=EXACT)


def test_paths_are_those_of_the_model(book):
    of, table = book.computation, book.structure.paths()
    pairs = list(zip(table["source"], table["target"], strict=True))
    assert sorted(pairs) == sorted(book.model.paths)
    errors = interval(of.draws.paths, point=of.estimates.paths)
    for row in table.itertuples():
        here = errors.sel(source=row.source, target=row.target)
        assert row.estimate == here.estimate.item() and row.lower == here.lower.item()
    fits = book.structure.r_squared().set_index("construct")
    for construct, row in fits.iterrows():
        assert row["estimate"] == of.estimates.r_squared.sel(construct=construct).item()
    assert set(fits.index) >= {target for _, target in book.model.paths}


def test_total_effects_are_direct_and_indirect(book):
    table = book.structure.total_effects(FOCUS, "Loyalty")
    assert set(table["target"]) == {FOCUS, "Loyalty"}
    np.testing.assert_allclose(table["estimate"], table["direct"] + table["indirect"], atol=EXACT)
    total = total_effects(book.computation.estimates)
    for row in table.itertuples():
        assert row.estimate == total.sel(source=row.source, target=row.target).item()
    everything = book.structure.total_effects()
    assert len(everything) == int((total != 0).sum()) > len(table)


def test_impacts_grow_with_the_rise(book):
    five, ten = (book.structure.impacts(FOCUS, rise=rise) for rise in (5.0, 10.0))
    np.testing.assert_allclose(ten["estimate"], 2 * five["estimate"], rtol=1e-12)
    expected = index_impact(book.computation.estimates, 5.0)
    for row in five.itertuples():
        assert row.estimate == expected.sel(source=row.source, target=row.target).item()


def test_brands_have_paths_of_their_own(book):
    table = book.structure.brand_paths()
    for brand in ("ours", "rival"):
        alone = fit(book.computation.wave.brands.sel(operator=brand), book.model)
        for row in table[table["operator"] == brand].itertuples():
            direct = alone.paths.sel(source=row.source, target=row.target).item()
            # Alone and in a batch a fit stops at weights 1e-9 apart.
            assert row.estimate == pytest.approx(direct, abs=1e-8)
    wide = table.pivot(index=["source", "target"], columns="operator", values="estimate")
    gaps = book.structure.path_differences().set_index(["source", "target"])
    np.testing.assert_allclose(
        gaps["estimate"], (wide["ours"] - wide["rival"])[gaps.index], atol=EXACT
    )
    draws = lead(book.computation.brand_draws.paths, **BRANDS)
    first = gaps.iloc[0]
    here = draws.sel(source=gaps.index[0][0], target=gaps.index[0][1])
    assert first["standard_error"] == pytest.approx(here.std("draw", ddof=1).item(), rel=1e-9)


def test_loadings_name_their_construct_and_weight(book):
    table, point = book.measurement.loadings().set_index("item"), book.computation.estimates
    for construct in book.model.constructs:
        for item in construct.items:
            if item not in table.index:
                assert len(construct.items) == 1
                continue
            row = table.loc[item]
            assert row["construct"] == construct.name
            assert row["estimate"] == point.loadings.sel(item=item).item()
            assert row["weight"] == point.weights.sel(item=item).item()


def test_draws_are_counted(book):
    counts = book.measurement.draws()
    assert (counts["drawn"], counts["converged"]) == (N_BOOT, N_BOOT)


def test_reliability_has_four_statistics_of_constructs_of_several_items(book):
    table = book.measurement.reliability()
    several = {c.name for c in book.model.constructs if len(c.items) > 1}
    assert set(table["construct"]) == several and len(table) == 4 * len(several)
    names = {"alpha": "cronbach_alpha", "rho_a": "rho_a", "rho_c": "composite_reliability",
             "ave": "average_variance_extracted"}  # fmt: skip
    point = reliability(book.computation.estimates)
    for row in table.itertuples():
        assert row.estimate == point[names[row.statistic]].sel(construct=row.construct).item()


def test_htmt_has_each_pair_once_with_a_one_sided_limit(book):
    table = book.measurement.htmt()
    names = [c.name for c in book.model.constructs]
    pairs = {frozenset(pair) for pair in zip(table["construct"], table["construct_2"], strict=True)}
    assert len(pairs) == len(table) and all(len(pair) == 2 for pair in pairs)
    assert len(table) == len(names) * (len(names) - 1) / 2
    draws, point = htmt(book.computation.draws), htmt(book.computation.estimates)
    row = table.iloc[0]
    here = {"construct": row["construct"], "construct_2": row["construct_2"]}
    assert row["estimate"] == point.sel(here).item()
    # A share of .95 lies below the upper end of a 90 % interval.
    assert row["upper"] == pytest.approx(draws.sel(here).quantile(0.95, "draw").item(), abs=1e-9)


def test_correlations_have_the_diagonal_too(book):
    table = book.measurement.correlations()
    n = len(book.model.construct_names)
    assert len(table) == n * (n + 1) / 2
    expected = fornell_larcker(book.computation.estimates)
    for row in table.itertuples():
        here = expected.sel(construct=row.construct, construct_2=row.construct_2).item()
        assert row.estimate == here


def test_items_have_weighted_means_within_their_intervals(book):
    table = book.sample.items().set_index("item")
    frame = book.responses.frame
    assert set(table.index) == set(book.model.items) - {"COMPLAINED", "RECOMMEND"}
    for item in ("SAT1", "TP_REPAIR"):
        rows = frame.dropna(subset=[item])
        direct = np.average(rows[item], weights=rows["weight"])
        row = table.loc[item]
        # Cells are merged by all their customers, not by those who answered: .1 error at most.
        assert row["mean"] == pytest.approx(direct, abs=0.1 * (row["upper"] - row["lower"]))
        assert row["n_obs"] == len(rows)
    assert ((table["lower"] < table["mean"]) & (table["mean"] < table["upper"])).all()


def test_item_means_and_answers_and_cells(book):
    means, draws = book.sample.item_means(), book.computation.wave.draws.brands.mean
    names = book.sample.common_items()
    assert_table(
        means,
        ["operator", "item"],
        book.computation.wave.brands.mean.sel(item=names),
        draws.sel(item=names),
    )
    answers = book.sample.answers()
    assert (answers.groupby("item").size() == 10).all()
    shown = answers.dropna(subset=["share"])
    assert ((shown["n_obs"] == 0) | (shown["n_obs"] >= book.params.privacy.min_n)).all()
    for item, rows in shown.groupby("item"):
        counts = book.responses.frame[item].value_counts()
        counted = counts.reindex(rows["answer"], fill_value=0)
        assert rows["n_obs"].tolist() == counted.tolist()
    cells = book.sample.cells()
    assert cells["n_obs"].sum() == len(book.responses.frame) and len(cells) == 2 * len(CITIES)
    assert set(book.sample.profile()["attribute"]) >= {"city", "operator", "group", "sex"}
    missing = book.sample.missing().set_index("item")
    assert missing.loc["CH1", "n_asked"] == (book.responses.frame["COMPLAINED"] == 1).sum()


def test_importance_performance_and_necessity_are_one_table(book):
    focus = book.focus
    constructs, conditions = book.priorities.constructs(focus), book.priorities.necessity(focus)
    table = book.priorities.combined(constructs, conditions, focus, desired=90.0)
    assert table["construct"].tolist() == constructs["construct"].tolist()
    tested = conditions.set_index("condition").loc[table["construct"]]
    assert table["p_value"].tolist() == tested["p_value"].tolist()
    needed = book.priorities.bottlenecks(focus).set_index("outcome").loc[90.0, table["construct"]]
    np.testing.assert_array_equal(table["required"], needed)
    shown = table["n_below"].dropna()
    assert ((shown == 0) | (shown >= book.params.privacy.min_n)).all()


def test_the_level_of_the_params_is_that_of_the_intervals(book):
    text = (book.project.root / "params/2024.yml").read_text(encoding="utf-8")
    mended = text.replace("level: 0.95", "level: 0.6")
    (book.project.root / "params/narrow.yml").write_text(mended, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSAT_PROJECT", str(book.project.root))
        narrow = Study.open("narrow", n_boot=N_BOOT)
    for one, two in (
        (narrow.index.levels(), book.index.levels()),
        (narrow.structure.paths(), book.structure.paths()),
        (narrow.measurement.htmt(), book.measurement.htmt()),
        (narrow.trend.changes(), book.trend.changes()),
        (narrow.sample.items(), book.sample.items()),
    ):
        assert (one["upper"] < two["upper"]).all()


def test_the_instrument_lists_every_question_once_those_of_the_model_first(book):
    items = book.instrument.items()
    asked = book.computation.wave.codebook.items
    assert sorted(items["item"]) == sorted(asked)
    of_model = items[items["construct"] != ""]
    assert list(items["item"][: len(of_model)]) == list(of_model["item"])
    satisfied = items.set_index("item").loc["SAT1"]
    assert (satisfied["low"], satisfied["high"]) == (1.0, 10.0)
    assert satisfied["missing_en"] == "98 = don't know; 99 = refused"
    constructs = book.instrument.constructs().set_index("construct")
    assert constructs.loc["Satisfaction", "predecessors"].split() == list(
        book.model.predecessors("Satisfaction")
    )


def test_the_basis_of_the_summary_tables_is_that_of_the_estimates(book):
    basis = book.tables.measurement_model_table.keywords["basis"]
    assert basis.n_obs == len(book.responses.frame)
    weight = book.responses.frame["weight"]
    kish = weight.sum() ** 2 / (weight**2).sum()
    assert basis.n_effective == pytest.approx(kish, rel=1e-9)  # the same sum in another order
    assert basis.n_boot == N_BOOT
