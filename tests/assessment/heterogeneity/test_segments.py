"""Latent segments: planted ones are found, none is found where there is none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import norm

from csat_models import PathModel, fit, scores
from csat_models.assessment.heterogeneity import (
    adjusted_rand,
    choose_segments,
    fimix,
    fimix_criteria,
    fimix_mixtures,
    group_quality,
    mixture_criteria,
    rebus,
    segment_profile,
)
from csat_models.errors import DataError, ModelError

MODEL = PathModel.parse(
    "A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nC =~ c1 + c2 + c3\nD =~ d1 + d2\nC ~ A + B\nD ~ C"
)


def sample(seed: int, n: int, effects: tuple[float, float], *, noise: float = 0.3) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    a, b = generator.normal(size=(2, n))
    c = effects[0] * a + effects[1] * b + noise * generator.normal(size=n)
    d = 0.7 * c + 0.5 * generator.normal(size=n)
    factors = np.stack([a, a, a, b, b, b, c, c, c, d, d], axis=1)
    return pd.DataFrame(factors + 0.3 * generator.normal(size=factors.shape), columns=MODEL.items)


def mixed(apart: bool = True) -> tuple[pd.DataFrame, np.ndarray]:
    """Respondents 0-299 follow A, 300-499 follow B, unless they are all alike."""
    second = (0.05, 0.9) if apart else (0.9, 0.05)
    parts = [sample(1, 300, (0.9, 0.05)), sample(2, 200, second)]
    return pd.concat(parts, ignore_index=True), np.repeat([0, 1], [300, 200])


def agreement(found: np.ndarray, truth: np.ndarray) -> float:
    """Share of respondents in the right one of two segments, whatever its number."""
    share = float(((found == found[0]) == (truth == truth[0])).mean())
    return max(share, 1 - share)


def scored(frame: pd.DataFrame) -> xr.DataArray:
    return scores(fit(frame, MODEL), frame)


def test_planted_segments_are_recovered():
    frame, truth = mixed()
    found = fimix(scored(frame), MODEL, n_segments=2, seed=1)
    assert found.status == "ok" and found.converged
    assert agreement(found.segment.values, truth) > 0.8
    paths = found.paths.sel(target="C")
    assert float(paths.sel(source="A").max()) > 0.7 and float(paths.sel(source="A").min()) < 0.25
    np.testing.assert_allclose(found.membership.sum("segment"), 1.0, atol=1e-12)
    assert found.shares.values[0] >= found.shares.values[1]


def test_the_number_of_segments_is_found_in_both_worlds():
    apart = fimix_criteria(scored(mixed()[0]), MODEL, segments=(1, 2, 3), seed=1)
    alike = fimix_criteria(scored(mixed(apart=False)[0]), MODEL, segments=(1, 2, 3), seed=1)
    for name in ("aic3", "caic", "bic"):
        assert apart.loc[apart[name].idxmin(), "n_segments"] == 2
    assert alike.loc[alike["caic"].idxmin(), "n_segments"] == 1
    assert apart["log_likelihood"].is_monotonic_increasing


def test_one_segment_is_the_regression_of_everybody():
    frame, _ = mixed()
    values = scored(frame)
    found = fimix(values, MODEL, n_segments=1, seed=1)
    whole = fit(frame, MODEL)
    np.testing.assert_allclose(found.paths.isel(segment=0), whole.paths, atol=1e-6)
    # Scores have divisor n - 1, the mixture's variances n.
    share = len(frame) / (len(frame) - 1)
    errors = found.error_variance.isel(segment=0) * share
    wanted = 1 - whole.r_squared.sel(construct=["C", "D"])
    np.testing.assert_allclose(errors, wanted, atol=1e-6)
    total = 0.0
    for name, sources in (("C", ["A", "B"]), ("D", ["C"])):
        y, x = values.sel(construct=name).values, values.sel(construct=sources).values
        beta, *_ = np.linalg.lstsq(x, y, rcond=None)
        rest = y - x @ beta
        total += norm.logpdf(rest, scale=np.sqrt((rest**2).mean())).sum()
    assert found.log_likelihood == pytest.approx(total, rel=1e-9)


def test_the_likelihood_is_that_of_the_mixture():
    values = scored(mixed()[0])
    found = fimix(values, MODEL, n_segments=2, seed=1)
    densities = []
    for k in (0, 1):
        log = np.log(found.shares.values[k])
        for name in ("C", "D"):
            path = found.paths.isel(segment=k).sel(target=name)
            spread = np.sqrt(found.error_variance.isel(segment=k).sel(construct=name).item())
            mean = values.transpose("row", "construct").values @ path.values
            log = log + norm.logpdf(values.sel(construct=name).values, mean, spread)
        densities.append(log)
    total = np.logaddexp(*densities).sum()
    # Converged to 1e-8 a respondent.
    assert found.log_likelihood == pytest.approx(total, abs=1e-3)
    n, free = len(values), 1 + 2 * 5
    assert found.criteria["bic"] == pytest.approx(-2 * total + np.log(n) * free, abs=2e-3)


def test_rows_without_scores_have_no_segment_and_the_seed_decides():
    values = scored(mixed()[0]).copy()
    values[3] = np.nan
    first, again = (fimix(values, MODEL, n_segments=2, seed=4, n_starts=4) for _ in range(2))
    assert bool(first.membership.isel(row=3).isnull().all())
    xr.testing.assert_identical(first.membership, again.membership)


def test_too_many_segments_are_told():
    values = scored(sample(1, 30, (0.5, 0.5)))
    with pytest.raises(DataError, match="9 segments need"):
        fimix(values, MODEL, n_segments=9, seed=1)
    table = fimix_criteria(values, MODEL, segments=(1, 9), seed=1, n_starts=2)
    assert table["status"].tolist() == ["ok", "too_many"]
    stopped = fimix(values, MODEL, n_segments=3, seed=1, n_starts=2, max_iterations=3)
    assert stopped.status == "not_converged" and not stopped.converged


def test_rebus_recovers_planted_segments_and_orders_them():
    # Who is alike in A and B fits both segments: the paths must be further apart than for fimix.
    parts = [sample(1, 300, (0.9, -0.4)), sample(2, 200, (-0.4, 0.9))]
    frame, truth = pd.concat(parts, ignore_index=True), np.repeat([0, 1], [300, 200])
    found = rebus(frame, fit(frame, MODEL), n_segments=2, seed=1)
    assert found.status == "ok"
    assert agreement(found.segment.values, truth) > 0.8
    paths = found.estimates.paths.sel(target="C", source="A").values
    assert max(paths) > 0.7 and min(paths) < 0.0
    sizes = np.bincount(found.segment.values)[1:]
    assert sizes[0] >= sizes[1]
    alone = fit(frame[found.segment.values == 1], MODEL)
    np.testing.assert_allclose(found.estimates.paths.isel(segment=0), alone.paths, atol=1e-9)
    whole = fit(frame, MODEL)
    single = np.sqrt((whole.loadings**2).mean() * whole.r_squared.mean()).item()
    assert found.quality > single


def test_rebus_leaves_out_gaps_and_refuses_what_it_cannot_do():
    frame, _ = mixed()
    frame.loc[0, "a1"] = np.nan
    found = rebus(frame, fit(frame, MODEL), n_segments=2, seed=1, n_starts=2)
    assert found.segment.values[0] == 0
    with pytest.raises(DataError, match="fewer segments"):
        rebus(frame.head(20), fit(frame, MODEL), n_segments=2, seed=1)
    composite = PathModel.parse("A <~ a1 + a2\nC =~ c1 + c2\nC ~ A")
    with pytest.raises(ModelError, match="'A' is a composite"):
        rebus(frame, fit(frame, composite), n_segments=2, seed=1)


def test_a_profile_tells_who_is_in_a_segment():
    segment = xr.DataArray([1, 1, 1, 2, 2, 2, 0], dims="row")
    frame = pd.DataFrame({"area": list("uuurrru"), "sex": list("mfmfmfm"), "w": [1.0] * 7})
    table = segment_profile(segment, frame, ["area", "sex"]).set_index(
        ["attribute", "value", "segment"]
    )
    assert table.loc[("area", "u", 1), "share"] == 1.0
    assert table.loc[("area", "u", 1), "overall"] == 0.5
    assert table.loc[("area", "u", 1), "cramers_v"] == pytest.approx(1.0)
    assert table.loc[("sex", "m", 1), "cramers_v"] < 0.5
    weighted = segment_profile(segment, frame.assign(w=[3, 1, 1, 1, 1, 1, 1]), ["sex"], "w")
    found = weighted.set_index(["value", "segment"])["share"]
    assert found[("m", 1)] == pytest.approx(4 / 5)
    with pytest.raises(DataError, match="no column 'age'"):
        segment_profile(segment, frame, ["age"])


def compared(aic3, caic, status=("ok", "ok", "ok")) -> pd.DataFrame:
    return pd.DataFrame(
        {"n_segments": [1, 2, 3], "aic3": aic3, "caic": caic, "status": list(status)}
    )


@pytest.mark.parametrize(
    ("aic3", "caic", "chosen", "agree", "at_the_end"),
    [
        ([9, 7, 8], [9, 7, 8], 2, True, False),
        ([9, 8, 7], [9, 8, 7], 3, True, True),
        ([9, 8, 7], [9, 7, 8], 2, False, False),
        ([7, 8, 9], [7, 8, 9], 1, True, False),
    ],
)
def test_the_number_of_segments_is_what_both_criteria_say(aic3, caic, chosen, agree, at_the_end):
    choice = choose_segments(compared(aic3, caic))
    assert choice is not None
    assert (choice.n_segments, choice.agree, choice.at_the_end) == (chosen, agree, at_the_end)
    assert choice.unusable == ()


def test_a_solution_that_cannot_be_used_is_not_chosen():
    table = compared([9, 8, 1], [9, 8, 1], ("ok", "ok", "degenerate"))
    choice = choose_segments(table)
    assert choice is not None and choice.n_segments == 2 and choice.unusable == (3,)
    assert choice.at_the_end
    assert choose_segments(table.assign(status="not_converged")) is None
    blank = table.assign(aic3=[9, 8, np.nan], caic=[9, 8, np.nan], status=["ok", "ok", "too_many"])
    assert choose_segments(blank) == choice


def test_criteria_are_those_of_the_mixtures():
    values, how = scored(mixed()[0]), {"segments": (1, 2), "seed": 3, "n_starts": 4}
    mixtures = fimix_mixtures(values, MODEL, **how)
    table = mixture_criteria(mixtures)
    pd.testing.assert_frame_equal(table, fimix_criteria(values, MODEL, **how))
    alone = fimix(values, MODEL, n_segments=2, seed=3, n_starts=4)
    assert table["log_likelihood"][1] == alone.log_likelihood
    few = fimix_mixtures(values.isel(row=slice(11)), MODEL, **how)
    assert few[2] is None and mixture_criteria(few)["status"].to_list()[1] == "too_many"


def test_starts_iterated_side_by_side_end_where_each_ends_alone():
    """A start that has converged is left as it is while the others move on."""
    values = scored(mixed()[0])
    together = fimix(values, MODEL, n_segments=3, seed=5, n_starts=6)
    longer = fimix(values, MODEL, n_segments=3, seed=5, n_starts=6, tolerance=1e-12)
    # A start stops when its likelihood moves by less than 1e-8 a respondent.
    assert together.log_likelihood == pytest.approx(longer.log_likelihood, abs=1e-2)


def test_who_has_none_of_an_attribute_is_left_out_of_it():
    segment = xr.DataArray([1, 1, 2, 2], {"row": range(4)}, "row")
    frame = pd.DataFrame({"area": ["u", None, "r", "u"], "sex": ["f", "m", "f", "m"]})
    table = segment_profile(segment, frame, ["area", "sex"]).set_index(
        ["attribute", "value", "segment"]
    )
    assert set(table.loc["area"].index.get_level_values("value")) == {"u", "r"}
    assert table.loc[("area", "u", 1), "share"] == 1.0
    assert table.loc[("area", "u", 2), "share"] == 0.5
    assert table.loc[("sex", "m", 1), "share"] == 0.5


def test_a_profile_finds_rows_by_their_labels():
    frame = pd.DataFrame({"area": list("uuurrr")}, index=list("abcdef"))
    segment = xr.DataArray([1, 1, 1, 2, 2, 2], {"row": list("abcdef")}, "row")
    expected = segment_profile(segment, frame, ["area"])
    shuffled = frame.loc[list("fadbec")]
    pd.testing.assert_frame_equal(segment_profile(segment, shuffled, ["area"]), expected)
    with pytest.raises(DataError, match="are labelled otherwise"):
        segment_profile(segment, frame.reset_index(drop=True), ["area"])
    with pytest.raises(DataError, match="segments of 6 rows were given with data of 5 rows"):
        segment_profile(segment.drop_vars("row"), frame[:5], ["area"])


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"n_starts": 0}, "n_starts=0 is too small or no whole"),
        ({"max_iterations": 0}, "max_iterations=0 is too small or no whole"),
        ({"n_segments": 2.5}, "n_segments=2.5 is too small or no whole"),
        ({"seed": "a"}, "seed='a' is no seed"),
    ],
)
def test_choices_of_mixtures_that_are_none_are_told(choice, sentence):
    with pytest.raises(DataError, match=sentence):
        fimix(scored(mixed()[0]), MODEL, **{"n_segments": 2, "seed": 1} | choice)


def test_scores_that_are_none_are_told():
    found = scored(mixed()[0])
    for wrong in (found.to_pandas(), found.expand_dims(draw=2)):
        with pytest.raises(DataError, match="need the dimensions row and construct"):
            fimix(wrong, MODEL, n_segments=2, seed=1)
        with pytest.raises(DataError, match="need the dimensions row and construct"):
            fimix_criteria(wrong, MODEL, seed=1)
    with pytest.raises(DataError, match="the scores have no construct 'D'"):
        fimix(found.drop_sel(construct="D"), MODEL, n_segments=2, seed=1)
    with pytest.raises(DataError, match="segments=0 is too small or no whole"):
        fimix_criteria(found, MODEL, segments=[0], seed=1)


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"n_starts": 0}, "n_starts=0 is too small or no whole"),
        ({"max_rounds": 0}, "max_rounds=0 is too small or no whole"),
        ({"n_segments": "2"}, "n_segments='2' is too small or no whole"),
    ],
)
def test_choices_of_rebus_that_are_none_are_told(choice, sentence):
    frame = mixed()[0]
    with pytest.raises(DataError, match=sentence):
        rebus(frame, fit(frame, MODEL), **{"n_segments": 2, "seed": 1} | choice)
    with pytest.raises(DataError, match="no column 'a1'"):
        rebus(frame.drop(columns="a1"), fit(frame, MODEL), n_segments=2, seed=1)


@pytest.mark.parametrize("seed", range(3))
def test_adjusted_rand_equals_a_count_of_pairs(seed):
    """Hubert and Arabie (1985): pairs that both divisions treat alike, beyond chance."""
    generator = np.random.default_rng(seed)
    one, other = generator.integers(0, 3, size=(2, 30))
    together = [(one[i] == one[j], other[i] == other[j]) for i in range(30) for j in range(i)]
    both, first, second = (
        sum(a and b for a, b in together),
        sum(a for a, _ in together),
        sum(b for _, b in together),
    )
    chance = first * second / len(together)
    wanted = (both - chance) / ((first + second) / 2 - chance)
    assert adjusted_rand(one, other) == pytest.approx(wanted, rel=1e-12)
    assert adjusted_rand(one, (one + 1) % 3) == 1.0


def test_divisions_of_other_respondents_are_not_compared():
    with pytest.raises(DataError, match="divisions of 2 and 3 respondents"):
        adjusted_rand([1, 2], [1, 2, 3])


def test_measures_of_separation_are_those_of_the_literature():
    frame, _ = mixed()
    values = scored(frame)
    one, two = (fimix(values, MODEL, n_segments=k, seed=1) for k in (1, 2))
    share = two.membership.to_numpy()
    entropy = -(share * np.log(np.where(share > 0, share, 1.0))).sum()
    assert two.criteria["en"] == pytest.approx(1 - entropy / (500 * np.log(2)))
    # Roubens: (K sum of squares - N) / (N (K - 1)).
    assert two.criteria["nfi"] == pytest.approx((2 * (share**2).sum() - 500) / 500)
    # Celeux and Soromenho: entropy over the gain in log-likelihood; EM stops within 1e-8 a row.
    gain = two.log_likelihood - one.log_likelihood
    assert two.criteria["nec"] == pytest.approx(entropy / gain, rel=1e-6)
    assert one.criteria["en"] == one.criteria["nfi"] == one.criteria["nec"] == 1.0
    alike = fimix(scored(mixed(apart=False)[0]), MODEL, n_segments=2, seed=1)
    assert alike.criteria["nec"] > two.criteria["nec"]


def test_the_next_best_number_stands_beside_the_choice():
    table = fimix_criteria(scored(mixed()[0]), MODEL, segments=(1, 2, 3), seed=1, n_starts=5)
    choice = choose_segments(table)
    caic = table.set_index("n_segments")["caic"].astype(float).sort_values()
    assert choice.next_best["caic"] == (caic.index[1], pytest.approx(caic.iloc[1] - caic.iloc[0]))


def test_the_quality_of_one_group_is_its_goodness_of_fit():
    estimates = fit(mixed()[0], MODEL)
    wanted = np.sqrt((estimates.loadings**2).mean() * estimates.r_squared.mean())
    assert group_quality(estimates) == pytest.approx(float(wanted), rel=1e-12)


def test_rebus_takes_single_items():
    model = PathModel.parse("A =~ a1 + a2 + a3\nB =~ b1\nC =~ c1 + c2 + c3\nC ~ A + B")
    frame, _ = mixed()
    found = rebus(frame, fit(frame, model), n_segments=2, seed=1, n_starts=2)
    assert set(np.unique(found.segment)) == {1, 2}


def test_associations_allow_for_the_number_of_attributes():
    generator = np.random.default_rng(1)
    codes = generator.integers(1, 3, 400)
    frame = pd.DataFrame({f"v{k}": generator.choice(list("ab"), 400) for k in range(5)})
    frame["tied"] = np.where(generator.uniform(size=400) < 0.7, codes, 3 - codes).astype(str)
    table = segment_profile(xr.DataArray(codes, dims="row"), frame, list(frame.columns))
    each = table.drop_duplicates("attribute").set_index("attribute")
    assert each.loc["tied", "p_adjusted"] == pytest.approx(6 * each.loc["tied", "p_value"])
    assert (each["p_adjusted"] >= each["p_value"]).all()
    assert (each.drop("tied")["p_adjusted"] > 0.05).all()
