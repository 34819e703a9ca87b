"""Brands, years and segments of a study: what its tables say, and where it has none."""

from __future__ import annotations

import gzip
import io
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from csat_models import Study
from csat_models.analysis import satisfaction_index
from csat_models.assessment.groups import micom
from csat_models.assessment.heterogeneity import fimix_criteria
from csat_models.errors import AbsentError, ParamsError
from csat_models.estimation import fit_moments, scores
from csat_models.workflow.computing import permuting
from csat_models.workflow.results import segments as segment_room

ROOT = Path(__file__).parents[3]
CITIES, N_BOOT, PERMUTATIONS = ("linjiang", "anlan", "chenghu", "xiyuan"), 60, 60
# The same arithmetic on the same numbers.
EXACT = 1e-10

Change = Callable[[pd.DataFrame], pd.DataFrame]


def lay_out(root: Path, change: Change = lambda table: table, earlier: str = "[2023]") -> Path:
    """Two waves of some cities; `change` is made to the answers of the later one."""
    for folder in ("notebooks", "params", "data/raw"):
        (root / folder).mkdir(parents=True)
    shutil.copy(ROOT / "params/codebook.yml", root / "params")
    for year, before in ((2023, "[]"), (2024, earlier)):
        raw = gzip.decompress((ROOT / f"data/raw/{year}.csv.gz").read_bytes())
        table = pd.read_csv(io.BytesIO(raw), dtype=str, keep_default_na=False)
        table = table[table["city"].isin(CITIES)].reset_index(drop=True)
        text = (change(table) if year == 2024 else table).to_csv(index=False, lineterminator="\n")
        (root / f"data/raw/{year}.csv.gz").write_bytes(gzip.compress(text.encode(), 1, mtime=0))
        lines = (ROOT / f"params/{year}.yml").read_text(encoding="utf-8").splitlines()
        kept = [f"earlier: {before}" if x.startswith("earlier:") else x for x in lines]
        (root / f"params/{year}.yml").write_text("\n".join(kept) + "\n", encoding="utf-8")
    return root


def opened(root: Path, study: str = "2024") -> Study:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSAT_PROJECT", str(root))
        return Study.open(study, n_boot=N_BOOT)


@pytest.fixture(scope="module", autouse=True)
def few_permutations():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(permuting, "N_PERMUTATIONS", PERMUTATIONS)
        patch.setattr(permuting, "TIMES", 1)
        patch.setattr(segment_room, "STARTS", 3)
        patch.setattr(segment_room, "NUMBERS", (1, 2, 3))
        yield


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return opened(lay_out(tmp_path_factory.mktemp("groups") / "project"))


def edited(book: Study, name: str, *changes: tuple[str, str]) -> Study:
    """The same project with other params."""
    text = (book.project.root / "params/2024.yml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (book.project.root / f"params/{name}.yml").write_text(text, encoding="utf-8")
    return opened(book.project.root, name)


ALONE = ("  competitor: {column: operator, ours: ours, theirs: rival}\n", "")
FIRST = ("earlier: [2023]", "earlier: []")


def test_brands_are_permuted_within_cities(book):
    table = book.groups.brand_invariance()
    wanted = micom(
        book.responses.frame,
        book.model,
        group="operator",
        n_permutations=PERMUTATIONS,
        seed=book.params.bootstrap.seed,
        within=["city"],
        sampling_weights="weight",
    )
    pd.testing.assert_frame_equal(table[wanted.columns], wanted)


def test_our_brand_comes_first_whatever_its_name(book):
    turned = edited(book, "turned", ("ours: ours, theirs: rival", "ours: rival, theirs: ours"))
    one, other = (each.groups.brand_differences() for each in (book, turned))
    assert set(one["group"]) == {"ours"} and set(other["group"]) == {"rival"}
    np.testing.assert_allclose(one["estimate"], -other["estimate"], atol=EXACT)
    both = [each.groups.brand_invariance() for each in (book, turned)]
    sign = np.where(both[0]["step"] == "compositional", 1.0, -1.0)
    np.testing.assert_allclose(both[0]["value"], sign * both[1]["value"], atol=EXACT)


def test_differences_are_those_of_the_brands_paths(book):
    table = book.groups.brand_differences()
    assert list(zip(table["source"], table["target"], strict=True)) == list(book.model.paths)
    wide = book.structure.brand_paths().pivot(
        index=["source", "target"], columns="operator", values="estimate"
    )
    gaps = wide["ours"] - wide["rival"]
    for row in table.itertuples():
        assert row.estimate == pytest.approx(gaps[(row.source, row.target)], abs=EXACT)
        assert row.p_adjusted >= row.p_value >= 1 / (1 + PERMUTATIONS)
    draws = book.structure.path_differences().set_index(["source", "target"])
    errors = draws.loc[list(book.model.paths), "standard_error"]
    np.testing.assert_allclose(table["standard_error"], errors, rtol=1e-9)
    distance = book.groups.brand_distance()
    assert distance["distance"].item() == pytest.approx((table["estimate"] ** 2).mean())


def test_years_are_permuted_among_those_asked_once_and_within_those_asked_twice(book):
    before, now = (wave.responses.frame for wave in book.computation.waves)
    frame = pd.concat([now.assign(year=2024), before.assign(year=2023)], ignore_index=True)
    person = ["respondent_id", "city", "operator"]
    back = frame.duplicated(person, keep=False)
    assert 100 < back.sum() < 0.5 * len(frame)
    value = book.groups.year_invariance().set_index(["step", "construct"])
    plain = micom(
        frame,
        book.model,
        group="year",
        n_permutations=5 * PERMUTATIONS,
        seed=1,
        sampling_weights="weight",
        within=["city", "operator"],
    ).set_index(["step", "construct"])
    signs = np.where(plain.index.get_level_values("step") == "compositional", 1.0, -1.0)
    np.testing.assert_allclose(value["value"], signs * plain["value"], atol=EXACT)
    assert set(value["group"]) == {2024} and set(value["group_2"]) == {2023}
    # Answers of the same person are alike: their difference varies less than that of two persons.
    tied, apart = (each.loc["mean", "upper"] - each.loc["mean", "lower"] for each in (value, plain))
    assert tied.mean() < 0.97 * apart.mean()


def test_changes_of_paths_come_from_draws_of_the_same_persons(book):
    of = book.computation
    table = book.groups.year_differences().set_index(["source", "target"])
    before, now = (
        fit_moments(wave.whole_draws, of.model, of.settings, orientation=of.estimates)
        for wave in of.waves
    )
    change = now.paths - before.paths
    for source, target in of.model.paths:
        error = change.sel(source=source, target=target).std("draw", ddof=1).item()
        assert table.loc[(source, target), "standard_error"] == pytest.approx(error, rel=1e-6)


@pytest.mark.parametrize("statistic", ["loadings", "weights"])
def test_drift_has_both_values_and_their_difference(statistic, book):
    table = book.groups.drift(statistic)
    several = [item for c in book.model.constructs if len(c.items) > 1 for item in c.items]
    assert table["item"].to_list() == several
    np.testing.assert_allclose(table["estimate"], table["value"] - table["value_2"], atol=EXACT)
    levels = book.groups.levels(statistic).pivot(index="item", columns="year", values="estimate")
    own = getattr(book.computation.estimates, statistic)
    for row in table.itertuples():
        assert row.value == pytest.approx(own.sel(item=row.item).item(), abs=1e-8)
        assert levels.loc[row.item, 2023] == pytest.approx(row.value_2, abs=1e-8)


def rivals(table: pd.DataFrame) -> pd.Series:
    return table["operator"] == "rival"


def lowered(table: pd.DataFrame) -> pd.DataFrame:
    """Rivals' customers are less satisfied, by two points of ten."""
    for item in ("SAT1", "SAT2", "SAT3"):
        points = pd.to_numeric(table[item], errors="coerce")
        given = rivals(table) & points.between(1, 10)
        table.loc[given, item] = (points[given] - 2).clip(lower=1).astype(int).astype(str)
    return table


def unlinked(table: pd.DataFrame) -> pd.DataFrame:
    """Rivals' customers have the satisfaction of somebody else."""
    rows = table.index[rivals(table)]
    items = ["SAT1", "SAT2", "SAT3"]
    table.loc[rows, items] = table.loc[np.roll(rows, 1), items].to_numpy()
    return table


def test_another_truth_has_another_verdict(book, tmp_path):
    whole = book.groups.brand_invariance().set_index(["step", "construct"])
    less = opened(lay_out(tmp_path / "less", lowered)).groups.brand_invariance()
    less = less.set_index(["step", "construct"])
    assert less.loc[("mean", "Satisfaction"), "verdict"] == "not_invariant"
    assert less.loc[("mean", "Satisfaction"), "value"] > 0.5
    assert abs(whole.loc[("mean", "Satisfaction"), "value"]) < 0.4
    assert less.loc[("mean", "Loyalty"), "value"] == pytest.approx(
        whole.loc[("mean", "Loyalty"), "value"], abs=0.05
    )


def test_a_path_that_is_not_there_for_one_brand_is_found(book, tmp_path):
    cut = opened(lay_out(tmp_path / "cut", unlinked)).groups
    table = cut.brand_differences().set_index(["source", "target"])
    assert table.loc[("Satisfaction", "Loyalty"), "estimate"] > 0.3
    # 60 permutations allow of no smaller p-value, and so of no verdict on one of 17 paths.
    assert table.loc[("Satisfaction", "Loyalty"), "p_value"] == 1 / (1 + PERMUTATIONS)
    assert table.loc[("Image", "Expectation"), "p_value"] > 2 / PERMUTATIONS
    assert cut.brand_distance()["p_value"].item() <= 2 / PERMUTATIONS
    changes = cut.year_differences().set_index(["source", "target"])
    assert changes.loc[("Satisfaction", "Loyalty"), "estimate"] < -0.1
    whole = book.groups.brand_differences().set_index(["source", "target"])
    assert abs(whole.loc[("Satisfaction", "Loyalty"), "estimate"]) < 0.15


def test_segments_come_from_the_scores_of_the_wave(book):
    found = book.segments.criteria()
    of = book.computation
    values = scores(of.estimates, of.wave.responses)
    wanted = fimix_criteria(
        values, of.model, segments=(1, 2, 3), seed=of.params.bootstrap.seed, n_starts=3
    )
    pd.testing.assert_frame_equal(found, wanted)
    paths, choice = book.segments.paths(), book.segments.choice()
    assert choice.n_segments > 1
    assert len(paths) == choice.n_segments * len(of.model.paths)
    sizes = paths.drop_duplicates("segment")["size"]
    assert sizes.sum() == pytest.approx(1.0) and sizes.is_monotonic_decreasing
    profile = book.segments.profile()
    totals = profile.groupby(["attribute", "segment"])["share"].sum()
    np.testing.assert_allclose(totals, 1.0, atol=EXACT)
    counts = profile.drop_duplicates("segment")["n_obs"]
    assert counts.sum() == len(of.wave.responses.frame)
    listed = list(of.wave.codebook.attributes["group"].labels)
    group = profile[profile["attribute"] == "group"]["value"]
    assert list(dict.fromkeys(group)) == listed


def test_what_is_heavy_is_computed_once(book, monkeypatch):
    first = book.groups.brand_invariance(), book.groups.year_differences(), book.segments.paths()

    def refuse(*args: object, **how: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(permuting, "permute_groups", refuse)
    monkeypatch.setattr(segment_room, "fimix_mixtures", refuse)
    again = opened(book.project.root)
    second = again.groups.brand_invariance(), again.groups.year_differences()
    for one, other in zip(first, (*second, again.segments.paths()), strict=True):
        pd.testing.assert_frame_equal(one, other)
    monkeypatch.setattr(permuting, "N_PERMUTATIONS", PERMUTATIONS + 1)
    with pytest.raises(AssertionError, match="computed again"):
        opened(book.project.root).groups.brand_invariance()


@pytest.mark.parametrize("name", ["brand_invariance", "brand_differences", "brand_distance"])
def test_without_a_competitor_there_are_no_brands_to_compare(name, book):
    alone = edited(book, "alone", ALONE)
    with pytest.raises(AbsentError) as caught:
        getattr(alone.groups, name)()
    assert caught.value.facts["reason"] == "no_competitor"


@pytest.mark.parametrize(
    ("name", "given"),
    [("year_invariance", ()), ("year_differences", ()), ("drift", ("loadings",)),
     ("levels", ("weights",))],
)  # fmt: skip
def test_without_an_earlier_wave_there_are_no_years_to_compare(name, given, book):
    first = edited(book, "first", FIRST)
    with pytest.raises(AbsentError) as caught:
        getattr(first.groups, name)(*given)
    assert caught.value.facts["reason"] == "no_earlier_wave"


def test_years_are_compared_without_a_competitor(book):
    table = edited(book, "alone", ALONE).groups.year_differences()
    assert len(table) == len(book.model.paths) and table["estimate"].notna().all()


def one_segment() -> pd.DataFrame:
    table = {"n_segments": [1, 2], "aic3": [1.0, 2.0], "caic": [1.0, 2.0], "status": "ok"}
    return pd.DataFrame(table)


@pytest.mark.parametrize("name", ["paths", "profile"])
def test_one_segment_is_no_segment(name, book, monkeypatch):
    monkeypatch.setattr(segment_room.SegmentResults, "criteria", lambda self: one_segment())
    with pytest.raises(AbsentError) as caught:
        getattr(opened(book.project.root).segments, name)()
    assert caught.value.facts["reason"] == "one_segment"


def test_without_a_solution_there_is_no_choice(book, monkeypatch):
    none = one_segment().assign(status="not_converged")
    monkeypatch.setattr(segment_room.SegmentResults, "criteria", lambda self: none)
    with pytest.raises(AbsentError) as caught:
        opened(book.project.root).segments.choice()
    assert caught.value.facts["reason"] == "no_segments"


def test_a_composed_model_is_left_out(book):
    text = """model: |
  Quality =~ Network + Business
  Network =~ COV1 + COV2 + DAT1
  Business =~ TAR1 + TAR2 + PRO1
  Satisfaction =~ SAT1 + SAT2 + SAT3
  Satisfaction ~ Quality
"""
    composed = edited(
        book,
        "composed",
        ("model: telecom          # a model of the catalogue, or a model text\n", text),
        ("constructs: [Satisfaction, Loyalty, Image, ", "constructs: [Satisfaction] # "),
    )
    for ask in (composed.groups.brand_invariance, composed.segments.criteria):
        with pytest.raises(AbsentError) as caught:
            ask()
        assert caught.value.facts["reason"] == "composed_model"


def named(book: Study, name: str, groups: str) -> Study:
    old = "groups: [sex, age]      # compared like the brands; numbers are divided into thirds"
    return edited(book, name, (old, groups))


def test_named_groups_are_compared_within_cities_and_brands(book):
    found = book.attributes
    sizes = found.sizes().set_index(["attribute", "value"])
    frame = book.responses.frame
    assert sizes.loc[("sex", "m"), "n_obs"] == (frame["sex"] == "m").sum()
    thirds = sizes.loc["age"]
    assert len(thirds) == 3 and thirds["n_obs"].sum() == frame["age"].notna().sum()
    assert thirds["n_obs"].max() < 1.3 * thirds["n_obs"].min()
    mine = found.invariance()
    mine = mine[mine["attribute"] == "sex"].reset_index(drop=True)
    wanted = micom(
        frame,
        book.model,
        group="sex",
        n_permutations=PERMUTATIONS,
        seed=book.params.bootstrap.seed,
        within=["city", "operator"],
        sampling_weights="weight",
    )
    both = mine.merge(wanted, on=["step", "construct"])
    assert set(both["group_x"]) == {"m"} and len(both) == 3 * len(book.model.constructs)
    np.testing.assert_allclose(both["value_x"], both["value_y"], atol=EXACT)
    np.testing.assert_allclose(both["p_value_x"], both["p_value_y"], atol=EXACT)
    pairs = found.differences().groupby("attribute")["group"].count()
    assert pairs.to_dict() == {"age": 3 * 17, "sex": 17}


def test_levels_of_named_groups_are_those_of_their_answers(book):
    table = book.attributes.index()
    mine = table[table["attribute"] == "sex"].set_index(["label", "construct"])["estimate"]
    of = book.computation
    whole = satisfaction_index(of.pooled[0], of.wave.whole).sel(construct="Satisfaction").item()
    frame = of.wave.responses.frame
    share = frame.groupby("sex", observed=True)["weight"].sum() / frame["weight"].sum()
    mean = sum(share[sex] * mine[(sex, "Satisfaction")] for sex in ("m", "f"))
    # Answers that are missing take the mean of the group, not of the wave.
    assert mean == pytest.approx(whole, abs=0.1)
    width = table["upper"] - table["lower"]
    assert (width > 0).all() and (table["estimate"].between(table["lower"], table["upper"])).all()


def test_named_groups_that_differ_are_found(tmp_path):
    def parted(table: pd.DataFrame) -> pd.DataFrame:
        """Women are less satisfied by two points of ten; few live in the country."""
        for item in ("SAT1", "SAT2", "SAT3"):
            points = pd.to_numeric(table[item], errors="coerce")
            given = (table["sex"] == "f") & points.between(1, 10)
            table.loc[given, item] = (points[given] - 2).clip(lower=1).astype(int).astype(str)
        table["area"] = ["rural"] * 12 + ["urban"] * (len(table) - 12)
        return table

    changed = named(opened(lay_out(tmp_path / "parted", parted)), "parted", "groups: [sex, area]")
    sizes = changed.attributes.sizes().set_index(["attribute", "value"])["status"]
    assert sizes[("area", "rural")] == "small" and sizes[("area", "urban")] == "used"
    steps = changed.attributes.invariance().set_index(["step", "construct"])
    assert set(steps["attribute"]) == {"sex"}
    assert steps.loc[("mean", "Satisfaction"), "verdict"] == "not_invariant"
    level = changed.attributes.index().set_index(["label", "construct"])["estimate"]
    assert level[("m", "Satisfaction")] > level[("f", "Satisfaction")] + 8


def test_without_named_groups_there_is_nothing_to_compare(book):
    with pytest.raises(AbsentError) as caught:
        named(book, "unnamed", "").attributes.sizes()
    assert caught.value.facts["reason"] == "no_named_groups"


@pytest.mark.parametrize("groups", ["[operator]", "[nothing]", "[comment]", "[sex, sex]"])
def test_groups_that_cannot_be_compared_are_one_sentence(groups, book):
    with pytest.raises(
        ParamsError, match=r"'groups' is .*must be a list, each once, of attributes"
    ):
        named(book, "wrong", f"groups: {groups}")


def test_the_next_sample_follows_from_the_draws(book):
    table = book.planning.changes("Satisfaction")
    assert len(table) == 1 + len(CITIES) and pd.isna(table["place"][0])
    of = book.computation
    index = of.index.brands.draws.sel(operator="ours", construct="Satisfaction")
    error = (index.sel(year=2024) - index.sel(year=2023)).std("draw", ddof=1).item()
    # 1.96 + 0.84 standard errors.
    assert table["detectable"][0] == pytest.approx(2.8016 * error, rel=1e-4)
    assert (table["needed_1"] > 3.9 * table["needed_2"]).all()
    lead = book.planning.leads("Satisfaction")
    curve = book.planning.difference_curve(lead)
    assert (curve.groupby("points")["power"].diff().dropna() > 0).all()


def test_the_power_of_paths_is_simulated_at_this_size(book):
    table = book.planning.paths()
    assert len(table) == len(book.model.paths)
    assert (table["n_obs"] == len(book.responses.frame)).all()
    assert (table.loc[table["path"].abs() > 0.3, "power"] > 0.99).all()
    small = table.nsmallest(1, "inverse_square_root")
    assert small["path"].abs().item() == table["path"].abs().max()
    first = edited(book, "first2", FIRST)
    with pytest.raises(AbsentError):
        first.planning.changes("Satisfaction")


def test_response_based_segments_stand_beside_the_mixture(book):
    row = book.segments.agreement().iloc[0]
    assert row["n_segments"] == book.segments.choice().n_segments
    assert -0.5 <= row["adjusted_rand"] <= 1 and 0 < row["quality_whole"] < 1
    paths = book.segments.rebus_paths()
    assert paths.drop_duplicates("segment")["size"].sum() == pytest.approx(1.0)
