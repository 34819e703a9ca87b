"""Invariance and multi-group analysis: against rows, swapped, and against changed truths."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from csat_models import PathModel, bootstrap, compute_moments, fit
from csat_models.assessment.groups import (
    adjusted_p_values,
    compare_draws,
    compare_groups,
    compare_values,
    distance_table,
    distance_test,
    micom,
    pair_differences,
)
from csat_models.assessment.groups.multigroup import henseler_p_value
from csat_models.errors import DataError, ModelError

MODEL = PathModel.parse("Q =~ q1 + q2 + q3\nS =~ s1 + s2 + s3\nL =~ l1 + l2\nS ~ Q\nL ~ S + Q")
ITEMS = list(MODEL.items)
# The same sums in another order.
ROUNDING = 1e-9


def sample(seed: int, *, effect: float = 0.6, n: int = 200, load: float = 0.8, mean: float = 0.0):
    generator = np.random.default_rng(seed)
    q = generator.normal(size=n)
    s = effect * q + np.sqrt(1 - effect**2) * generator.normal(size=n)
    loyal = 0.5 * s + 0.2 * q + 0.7 * generator.normal(size=n)
    loads = {
        "q1": load,
        "q2": 0.8,
        "q3": 0.8,
        "s1": 0.8,
        "s2": 0.8,
        "s3": 0.8,
        "l1": 0.8,
        "l2": 0.8,
    }
    factor = {"q": q, "s": s, "l": loyal}
    columns = {
        item: loads[item] * factor[item[0]] + 0.6 * generator.normal(size=n) for item in ITEMS
    }
    return pd.DataFrame(columns).assign(**{"s1": columns["s1"] + mean})


def groups(*, seeds=(1, 2), names=("ours", "rival"), **changes) -> pd.DataFrame:
    """Two samples of one population; `changes` are the second one's."""
    parts = [sample(seeds[0]), sample(seeds[1], **changes)]
    return pd.concat([part.assign(g=name) for part, name in zip(parts, names, strict=True)])


def test_micom_follows_from_scores_of_rows():
    frame = groups().reset_index(drop=True)
    table = micom(frame, MODEL, group="g", n_permutations=19, seed=1).set_index(
        ["step", "construct"]
    )
    whole = fit(frame[ITEMS], MODEL)
    standard = (frame[ITEMS] - frame[ITEMS].mean()) / frame[ITEMS].std()
    for construct in MODEL.constructs:
        items = list(construct.items)
        own = [
            fit(frame.loc[frame["g"] == name, ITEMS], MODEL).weights.sel(item=items).to_numpy()
            for name in ("ours", "rival")
        ]
        scores = [standard[items].to_numpy() @ weights for weights in own]
        assert table.loc[("compositional", construct.name), "value"] == pytest.approx(
            np.corrcoef(*scores)[0, 1], abs=ROUNDING
        )
        score = standard[items].to_numpy() @ whole.weights.sel(item=items).to_numpy()
        ours, rival = score[frame["g"] == "ours"], score[frame["g"] == "rival"]
        assert table.loc[("mean", construct.name), "value"] == pytest.approx(
            ours.mean() - rival.mean(), abs=ROUNDING
        )
        ratio = np.log(ours.var(ddof=1) / rival.var(ddof=1))
        assert table.loc[("variance", construct.name), "value"] == pytest.approx(
            ratio, abs=ROUNDING
        )


def test_groups_of_one_population_are_invariant_and_changed_ones_are_not():
    same = micom(groups(), MODEL, group="g", n_permutations=199, seed=1)
    assert set(same["invariance"]) == {"full"}
    other_mean = micom(groups(mean=1.0), MODEL, group="g", n_permutations=199, seed=1)
    verdict = other_mean.set_index(["step", "construct"])["verdict"]
    assert verdict[("mean", "S")] == "not_invariant" and verdict[("mean", "Q")] == "invariant"
    assert other_mean.set_index("construct").loc["S", "invariance"].unique().tolist() == ["partial"]
    other_weights = micom(groups(load=-0.1), MODEL, group="g", n_permutations=199, seed=1)
    verdict = other_weights.set_index(["step", "construct"])["verdict"]
    assert verdict[("compositional", "Q")] == "not_invariant"
    assert verdict[("compositional", "L")] == "invariant"


def test_swapping_the_groups_changes_signs_and_no_p_value():
    frame = groups(effect=0.4, mean=0.4)
    swapped = frame.assign(g=frame["g"].map({"ours": "z", "rival": "a"}))
    both = [
        micom(each, MODEL, group="g", n_permutations=99, seed=3).set_index(["step", "construct"])
        for each in (frame, swapped)
    ]
    signs = np.where(both[0].index.get_level_values("step") == "compositional", 1.0, -1.0)
    np.testing.assert_allclose(both[0]["value"], signs * both[1]["value"], atol=ROUNDING)
    # The permutations of swapped labels are others: p-values agree to their Monte-Carlo error.
    assert np.abs(both[0]["p_value"] - both[1]["p_value"]).max() < 4 * 0.5 / np.sqrt(99)


@pytest.mark.parametrize("method", ["bootstrap", "henseler", "welch"])
def test_p_values_of_differences_do_not_depend_on_the_order_of_the_groups(method):
    frame = groups(effect=0.3)
    whole = fit(frame, MODEL)
    point = fit(compute_moments(frame, items=ITEMS, by=["g"]), MODEL, orientation=whole)
    draws = bootstrap(frame, MODEL, n_boot=200, seed=1, by=["g"], point=whole)

    def reverse(estimates):
        from dataclasses import replace

        names = ("weights", "loadings", "paths", "construct_corr", "r_squared", "converged")
        return replace(
            estimates, **{name: getattr(estimates, name).isel(g=[1, 0]) for name in names}
        )

    one = compare_draws(point, draws, over="g", method=method)
    other = compare_draws(reverse(point), reverse(draws), over="g", method=method)
    np.testing.assert_allclose(one["p_value"], other["p_value"], atol=ROUNDING)
    np.testing.assert_allclose(one["estimate"], -other["estimate"], atol=ROUNDING)
    assert one["verdict"].tolist() == other["verdict"].tolist()


@pytest.mark.parametrize("method", ["permutation", "bootstrap", "henseler", "welch"])
def test_a_changed_path_is_found_and_the_others_are_not(method):
    changed = groups(effect=0.0, seeds=(1, 7))
    found = compare_groups(changed, MODEL, group="g", method=method, n_draws=300, seed=1)
    verdict = found.set_index(["source", "target"])["verdict"]
    assert verdict[("Q", "S")] == "different"
    same = compare_groups(groups(), MODEL, group="g", method=method, n_draws=300, seed=1)
    assert "different" not in set(same["verdict"])


def test_a_negligible_difference_is_called_equivalent_only_within_the_margin():
    frame = pd.concat([sample(1, n=3000).assign(g="a"), sample(2, n=3000).assign(g="b")])
    wide = compare_groups(frame, MODEL, group="g", n_draws=200, seed=1, margin=0.15)
    assert set(wide["verdict"]) == {"equivalent"}
    narrow = compare_groups(frame, MODEL, group="g", n_draws=200, seed=1, margin=0.005)
    assert "equivalent" not in set(narrow["verdict"])


def test_three_groups_have_three_pairs_and_adjusted_p_values():
    frame = pd.concat(
        [
            sample(k, effect=e).assign(g=n)
            for k, e, n in ((1, 0.6, "a"), (2, 0.6, "b"), (3, 0.1, "c"))
        ]
    )
    found = compare_groups(frame, MODEL, group="g", n_draws=300, seed=1)
    pairs = found[["group", "group_2"]].drop_duplicates().to_numpy().tolist()
    assert pairs == [["a", "b"], ["a", "c"], ["b", "c"]]
    assert (found["p_adjusted"] >= found["p_value"]).all()
    mine = found[(found["source"] == "Q") & (found["target"] == "S")].set_index(
        ["group", "group_2"]
    )
    assert mine["verdict"].to_dict() == {
        ("a", "b"): mine["verdict"][("a", "b")],
        ("a", "c"): "different",
        ("b", "c"): "different",
    }
    assert mine["verdict"][("a", "b")] != "different"
    assert distance_test(frame, MODEL, group="g", n_permutations=199, seed=1)["p_value"][0] < 0.05
    alike = frame[frame["g"] != "c"]
    assert distance_test(alike, MODEL, group="g", n_permutations=199, seed=1)["p_value"][0] > 0.05
    invariance = micom(frame, MODEL, group="g", n_permutations=99, seed=1)
    assert len(invariance) == 3 * 3 * 3


def test_hensler_counts_pairs_of_draws():
    generator = np.random.default_rng(5)
    draws = generator.normal(size=(40, 2, 3)) + np.array([[0.0, 0.0, 0.0], [0.3, 1.0, -0.5]])
    found = henseler_p_value(draws[0], draws)
    for k in range(3):
        one, other = draws[:, 0, k], draws[:, 1, k]
        mirrored = 2 * one.mean() - one[:, None], 2 * other.mean() - other[None, :]
        share = (mirrored[0] <= mirrored[1]).mean()
        assert found[k] == pytest.approx(2 * min(share, 1 - share), abs=ROUNDING)


def test_adjustment_by_hand():
    values = [0.01, 0.04, 0.03, np.nan]
    np.testing.assert_allclose(adjusted_p_values(values, "holm"), [0.03, 0.06, 0.06, np.nan])
    np.testing.assert_allclose(adjusted_p_values(values, "bonferroni"), [0.03, 0.12, 0.09, np.nan])
    np.testing.assert_allclose(adjusted_p_values(values, "none"), values)
    assert adjusted_p_values([0.02, 0.01], "benjamini-hochberg").tolist() == [0.02, 0.02]
    with pytest.raises(DataError, match="adjust='what'"):
        adjusted_p_values([0.1], "what")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("method", "theirs"),
    [("holm", "holm"), ("bonferroni", "bonferroni"), ("benjamini-hochberg", "fdr_bh")],
)
def test_adjustment_is_that_of_statsmodels(method, theirs):
    from statsmodels.stats.multitest import multipletests

    values = np.random.default_rng(3).uniform(size=40) ** 3
    values[[3, 9]] = values[1]  # ties
    found = adjusted_p_values(values, method)
    np.testing.assert_allclose(found, multipletests(values, method=theirs)[1], rtol=1e-12)


def test_differences_keep_any_batch():
    values = xr.DataArray(
        np.arange(12.0).reshape(2, 3, 2),
        {"draw": [0, 1], "year": [2022, 2023, 2024], "x": ["u", "v"]},
        ["draw", "year", "x"],
    )
    found = pair_differences(values, "year")
    assert found.dims == ("draw", "x", "pair")
    alone = pair_differences(values.sel(draw=1), "year")
    xr.testing.assert_allclose(found.sel(draw=1), alone)
    assert found.isel(pair=1).values.tolist() == [[-4.0, -4.0], [-4.0, -4.0]]


def test_a_tiny_group_is_told_and_the_others_are_compared():
    frame = pd.concat([groups(), sample(9, n=2).assign(g="tiny", q1=1.0)])
    found = compare_groups(frame, MODEL, group="g", n_draws=50, seed=1, method="bootstrap")
    pairs = set(map(tuple, found[["group", "group_2"]].to_numpy()))
    assert ("ours", "rival") in pairs
    table = micom(frame, MODEL, group="g", n_permutations=19, seed=1)
    tiny = table["group_2"] == "tiny"
    assert set(table.loc[tiny & (table["step"] == "compositional"), "verdict"]) == {"undecided"}
    assert "undecided" not in set(table.loc[~tiny, "verdict"])


def test_what_cannot_be_compared_is_refused():
    frame = groups()
    with pytest.raises(DataError, match="1 group"):
        micom(frame.assign(g="one"), MODEL, group="g", n_permutations=9, seed=1)
    with pytest.raises(DataError, match="method='guess'"):
        compare_groups(frame, MODEL, group="g", method="guess", n_draws=9, seed=1)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="no dimension 'g'"):
        pair_differences(xr.DataArray([1.0], dims="x"), "g")
    higher = PathModel.parse("A =~ q1 + q2\nB =~ s1 + s2\nH =~ A + B\nL =~ l1 + l2\nL ~ H")
    with pytest.raises(ModelError, match="higher order"):
        micom(frame, higher, group="g", n_permutations=9, seed=1)


def test_the_distance_is_the_mean_squared_difference_of_the_paths():
    frame = groups(effect=0.2)
    whole = fit(frame, MODEL)
    point = fit(compute_moments(frame, items=ITEMS, by=["g"]), MODEL, orientation=whole).paths
    shuffled = xr.concat([0.0 * point, 10.0 * point], "permutation")
    table = distance_table(point, shuffled, over="g")
    gaps = [
        point.sel(source=a, target=b, g="ours") - point.sel(source=a, target=b, g="rival")
        for a, b in MODEL.paths
    ]
    assert table["distance"].item() == pytest.approx(np.mean(np.square(gaps)), abs=ROUNDING)
    assert table["p_value"].item() == pytest.approx(2 / 3)
    found = distance_test(frame, MODEL, group="g", n_permutations=19, seed=1)
    assert found["distance"].item() == pytest.approx(table["distance"].item(), abs=ROUNDING)


def test_values_are_compared_like_the_estimates_they_come_from():
    frame = groups(effect=0.2)
    whole = fit(frame, MODEL)
    point = fit(compute_moments(frame, items=ITEMS, by=["g"]), MODEL, orientation=whole)
    draws = bootstrap(frame, MODEL, n_boot=100, seed=1, by=["g"], point=whole)
    one = compare_draws(point, draws, over="g")
    other = compare_values(point.paths, draws.paths, over="g")
    pd.testing.assert_frame_equal(one, other)
    with pytest.raises(DataError, match="needs the estimates of permuted groups"):
        compare_values(point.paths, draws.paths, over="g", method="permutation")


def test_groups_are_compared_in_models_with_products():
    model = PathModel.parse("Q =~ q1 + q2\nS =~ s1 + s2\nL =~ l1 + l2\nL ~ Q + S + Q:S")
    frame = groups()
    table = compare_groups(frame, model, group="g", n_draws=49, seed=1)
    whole = fit(frame, model)
    apart = [fit(frame[frame["g"] == g], model, orientation=whole) for g in ("ours", "rival")]
    one, other = (each.paths.sel(source="Q", target="L").item() for each in apart)
    found = table.set_index(["source", "target"])["estimate"]
    assert found["Q", "L"] == pytest.approx(one - other, abs=0.02)  # means of all, not of groups
    assert ("Q:S", "L") in found.index
    distance = distance_test(frame, model, group="g", n_permutations=19, seed=1)
    assert distance["distance"].item() == pytest.approx((found**2).mean(), abs=ROUNDING)


def test_a_category_without_rows_changes_nothing():
    frame = groups()
    wider = frame.assign(g=pd.Categorical(frame["g"], ["none", "ours", "rival"]))
    choice = {"group": "g", "seed": 1}
    for compare, draws in (
        (distance_test, "n_permutations"), (micom, "n_permutations"), (compare_groups, "n_draws")
    ):  # fmt: skip
        found, expected = (compare(each, MODEL, **choice, **{draws: 49}) for each in (wider, frame))
        pd.testing.assert_frame_equal(found, expected)


def test_a_group_too_small_for_the_model_has_no_distance():
    frame = pd.concat([groups(), sample(9, n=1).assign(g="tiny")])
    with pytest.raises(DataError, match="in the group 'tiny' of 'g', which has 1 respondents"):
        distance_test(frame, MODEL, group="g", n_permutations=9, seed=1)


def test_what_varies_by_rounding_only_is_not_compared():
    names = {"g": ["a", "b"], "x": ["fixed", "free"]}
    values = xr.DataArray([[1000.1, 1.0], [0.0, 0.5]], names, ["g", "x"])
    noise = np.random.default_rng(1).normal(size=(99, 2, 2)) * [1e-13, 0.1]
    drawn = values + xr.DataArray(noise, dims=["draw", "g", "x"])
    assert compare_values(values, drawn, over="g")["x"].tolist() == ["free"]


@pytest.mark.parametrize("compare", [compare_groups, distance_test, micom])
@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"seed": "a"}, "seed='a' is no seed"),
        ({"weight": "w"}, "there is no argument 'weight' of a comparison of groups"),
        ({"count": 0}, "=0 is too small or no whole"),
    ],
)
def test_arguments_of_comparisons_that_are_none_are_told(compare, choice, sentence):
    draws = "n_draws" if compare is compare_groups else "n_permutations"
    choice = {draws if name == "count" else name: value for name, value in choice.items()}
    with pytest.raises(DataError, match=sentence):
        compare(groups(), MODEL, **{"group": "g", draws: 9, "seed": 1} | choice)


def test_a_level_of_invariance_that_is_none_is_told():
    with pytest.raises(DataError, match="level=95 is no confidence level"):
        micom(groups(), MODEL, group="g", n_permutations=9, seed=1, level=95)


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"method": "x"}, "method='x' is unknown"),
        ({"margin": -1}, "margin=-1 is no margin"),
        ({"margin": "a"}, "margin='a' is no margin"),
        ({"statistic": lambda each: each.paths.to_numpy()}, "the statistic of the groups is a"),
    ],
)
def test_draws_are_compared_by_known_choices_only(choice, sentence):
    frame = groups()
    point = fit(frame, MODEL, by=["g"])
    draws = bootstrap(frame, MODEL, n_boot=49, seed=1, by=["g"])
    with pytest.raises(DataError, match=sentence):
        compare_draws(point, draws, over="g", **choice)


def test_a_model_that_is_none_is_told():
    with pytest.raises(ModelError, match="the model is of type 'str'"):
        micom(groups(), "Q =~ q1", group="g", n_permutations=9, seed=1)  # type: ignore[arg-type]
