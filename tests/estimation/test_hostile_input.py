"""Input that nobody means to give: an error of one sentence, and never a wrong number."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import csat_models as csat
from csat_models import PathModel
from csat_models.errors import DataError, InadmissibleError, ModelError
from csat_models.estimation.draws.designs import replicate_moments, replicate_standard_error
from csat_models.estimation.draws.merging import merged_draws

MODEL = PathModel.parse("Q =~ q1 + q2 + q3\nS =~ s1 + s2 + s3\nS ~ Q")
ITEMS = list(MODEL.items)


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(1)
    quality = rng.normal(size=(90, 1))
    latent = np.hstack([quality, 0.6 * quality + 0.8 * rng.normal(size=(90, 1))])
    answers = np.repeat(latent, 3, axis=1) + 0.6 * rng.normal(size=(90, 6))
    rows = pd.DataFrame(np.clip(np.round(6 + 2 * answers), 1, 10), columns=ITEMS)
    return rows.assign(
        w=rng.uniform(0.3, 3.0, 90),
        g=rng.choice(["a", "b"], 90),
        city=rng.choice(["x", "y", "z"], 90),
        area=np.arange(90) % 3,
        person=np.arange(90) // 2,
    )


@pytest.fixture(scope="module")
def draws(frame):
    return csat.bootstrap(frame, MODEL, n_boot=40, seed=1)


def path(estimates):
    return estimates.paths.sel(source="Q", target="S")


# Persons.

PERSON_WAYS = {
    "rows": lambda rows: path(csat.bootstrap(rows, MODEL, n_boot=9, seed=1, persons="person")),
    "parts": lambda rows: path(
        csat.bootstrap(rows, MODEL, n_boot=9, seed=1, persons="person", parts=30)
    ),
    "strata": lambda rows: path(
        csat.bootstrap(rows, MODEL, n_boot=9, seed=1, persons="person", strata="area", parts=2000)
    ),
    "stream": lambda rows: csat.stream_parts(
        [rows], model=MODEL, persons="person", parts=30
    ).leave_outs(keep_weight=True)[0].mean,
    "jackknife": lambda rows: path(csat.jackknife(rows, MODEL, persons="person")),
}  # fmt: skip


@pytest.mark.parametrize("way", PERSON_WAYS)
def test_a_person_is_the_same_as_a_whole_number_a_fraction_and_a_text(frame, way):
    whole, other = (PERSON_WAYS[way](frame.assign(person=frame["person"].astype(t)))
                    for t in (int, float))  # fmt: skip
    text = PERSON_WAYS[way](frame.assign(person=frame["person"].astype(str)))
    xr.testing.assert_equal(whole, other)
    xr.testing.assert_equal(whole, text)


@pytest.mark.parametrize("way", PERSON_WAYS)
@pytest.mark.parametrize("gap", [np.nan, None, ""])
def test_rows_without_a_person_are_not_one_person(frame, way, gap):
    ids = frame["person"].astype(str).astype(object)
    rows = frame.assign(person=ids.where(frame.index > 2, gap))
    with pytest.raises(DataError, match=r"column 'person' names no person .* index 0 \(3 such"):
        PERSON_WAYS[way](rows)


# Merging.


def moments(rows, items=("q1", "q2"), **how):
    return csat.compute_moments(rows, items=list(items), **how)


def test_merged_moments_have_the_scale_of_all_parts(frame):
    narrow = frame.assign(q1=frame["q1"].clip(4, 6))
    merged = csat.merge_moments([moments(narrow), moments(frame)])
    assert (merged.scale_min == moments(frame).scale_min).all()
    assert (merged.scale_max == moments(frame).scale_max).all()


def test_a_cell_of_one_row_merges_as_a_row(frame):
    rows = frame.assign(cell=np.where(frame.index < 1, "one", "rest"))
    whole, merged = moments(rows), moments(rows, by=["cell"]).merge("cell")
    xr.testing.assert_allclose(merged.cov, whole.cov, rtol=1e-12)  # rounding of 90 rows
    two = csat.merge_moments([moments(frame[:1]), moments(frame[7:8])])
    xr.testing.assert_allclose(two.cov, moments(frame.iloc[[0, 7]]).cov, rtol=1e-12)
    how = {"items": ITEMS, "by": ["cell"], "n_boot": 4, "seed": 1}
    _, drawn = merged_draws(rows, merge="cell", **how)
    assert drawn.cov.notnull().all()
    again = csat.bootstrap_moments(rows, **how).merge("cell")
    xr.testing.assert_allclose(drawn.cov, again.cov, rtol=1e-9)  # sums about another centre


def test_the_order_of_items_of_parts_does_not_matter(frame):
    parts = [frame[frame["g"] == "a"], frame[frame["g"] == "b"]]
    merged = csat.merge_moments([moments(parts[0]), moments(parts[1], ["q2", "q1"])])
    xr.testing.assert_allclose(merged.cov, moments(frame).cov, rtol=1e-12)


@pytest.mark.parametrize(
    ("parts", "fault"),
    [
        (lambda f: [], "no moments to merge"),
        (lambda f: [moments(f), moments(f, ["q2", "q3"])], "item 'q1' is in some"),
        (lambda f: [moments(f, by="city"), moments(f[f["city"] != "x"], by="city")], "'x' of the"),
    ],
)
def test_unlike_moments_do_not_merge(frame, parts, fault):
    with pytest.raises(DataError, match=fault):
        csat.merge_moments(parts(frame))


# Items.


@pytest.mark.parametrize("constant", [0.1, 7.7, 123456.789])
@pytest.mark.parametrize(
    "how", [{}, {"sampling_weights": "w"}, {"method": "cbsem"}, {"missing": "pairwise"}]
)
def test_one_answer_for_all_has_no_variance_whatever_its_binary_form(frame, constant, how):
    with pytest.raises(InadmissibleError, match=r"'q1' has (no variance|the same answer)"):
        csat.fit(frame.assign(q1=constant), MODEL, **how)
    covariance = csat.compute_moments(frame.assign(q1=constant), items=ITEMS).cov.sel(item="q1")
    assert (covariance == 0).all()


def test_maximum_likelihood_of_rows_names_the_constant_item(frame):
    with pytest.raises(InadmissibleError, match="'q1' has no variance"):
        csat.fit_covariance(frame.assign(q1=0.1), MODEL)


@pytest.mark.parametrize("change", [lambda q: 1e3 + 1e-6 * q, lambda q: 1e9 + q])
def test_small_variation_about_a_large_mean_counts(frame, change):
    moved = csat.fit(frame.assign(q1=change(frame["q1"])), MODEL)
    # 1e-6 beside 1e3 leaves seven digits of the answers.
    assert path(moved).item() == pytest.approx(path(csat.fit(frame, MODEL)).item(), rel=1e-6)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda f: f.assign(q1="a"), "column 'q1' holds 'a' in the row with the index 0"),
        (lambda f: f.assign(q1=pd.Timestamp("2020-01-01")), "column 'q1' holds Timestamp"),
        (lambda f: f.assign(q1=1j), "column 'q1' holds .*1j"),
        (lambda f: f.assign(q1=pd.Categorical(["x"] * 90)), "column 'q1' holds 'x'"),
        (lambda f: f.assign(q1=f["q1"].where(f.index != 5, np.inf)), "infinite .* index 5"),
        (lambda f: f.assign(q1=np.nan), "item 'q1' was answered by nobody"),
        (lambda f: f[:0], "the data have no rows"),
        (lambda f: pd.concat([f, f[["q1"]]], axis=1), "2 columns 'q1'"),
        (lambda f: f.to_numpy(), "the data are of type 'ndarray'"),
        (lambda f: None, "the data are of type 'NoneType'"),
    ],
)
@pytest.mark.parametrize(
    "use", [csat.fit, lambda data, model: csat.bootstrap(data, model, n_boot=3, seed=1)]
)
def test_columns_that_are_no_answers(frame, change, fault, use):
    with pytest.raises(DataError, match=fault):
        use(change(frame), MODEL)


def test_an_item_is_named_once(frame):
    with pytest.raises(DataError, match="'q1' twice"):
        csat.compute_moments(frame, items=["q1", "q1"])
    assert csat.compute_moments(frame, items="q1").items == ("q1",)


# Weights.


@pytest.mark.parametrize(
    ("weight", "fault"),
    [(np.nan, "no value"), (-1.0, "negative value -1"), (np.inf, "infinite"), ("x", "holds 'x'")],
)
def test_a_weight_is_a_number_of_0_or_more(frame, weight, fault):
    rows = frame.assign(w=frame["w"].astype(object).where(frame.index != 7, weight))
    with pytest.raises(DataError, match=f"'w'.*{fault}.* index 7|{fault}.* index 7"):
        csat.fit(rows, MODEL, sampling_weights="w")


@pytest.mark.parametrize(("weight", "fault"), [(0.0, "is 0 in all"), (1e-200, "1e-200"),
                                               (1e200, r"1e\+200")])  # fmt: skip
def test_weights_can_be_divided_by_their_sum_and_squared(frame, weight, fault):
    with pytest.raises(DataError, match=f"'w'.* {fault}"):
        csat.fit(frame.assign(w=weight), MODEL, sampling_weights="w")


def test_a_batch_may_be_without_weight_if_the_whole_is_not(frame):
    rows = frame.assign(w=frame["w"].where(frame.index >= 45, 0.0))
    streamed = csat.stream_moments([rows[:45], rows[45:]], model=MODEL, sampling_weights="w")
    whole = csat.compute_moments(rows, items=ITEMS, sampling_weights="w")
    xr.testing.assert_allclose(streamed.mean, whole.mean, rtol=1e-12)


@pytest.mark.parametrize("how", [{}, {"ordinal": True}])
def test_a_group_without_weight_is_missing(frame, how):
    rows = frame.assign(w=frame["w"].where(frame["g"] == "a", 0.0))
    found = csat.fit(rows, MODEL, by="g", sampling_weights="w", **how)
    assert found.converged.values.tolist() == [True, False]
    assert found.moments.n_effective.sel(g="b") == 0


def test_draws_and_parts_of_a_group_without_weight_are_missing(frame):
    rows = frame.assign(w=frame["w"].where(frame["g"] == "a", 0.0))
    how = {"by": ["g"], "sampling_weights": "w", "items": ITEMS}
    left = csat.jackknife_moments(rows, **how)
    assert left.cov.sel(g="b").isnull().all()
    assert left.cov.sel(g="a").notnull().all()
    _, merged = merged_draws(rows, merge="g", n_boot=3, seed=1, **how)
    again = csat.bootstrap_moments(rows, n_boot=3, seed=1, **how).merge("g")
    xr.testing.assert_allclose(merged.cov, again.cov, rtol=1e-9)  # sums about another centre


def test_replicate_weights_are_numbers_with_a_scale_each(frame):
    with pytest.raises(DataError, match="column 'r' holds 'x'"):
        replicate_moments(frame.assign(r="x"), replicate_weights=["r"], items=["q1"])
    values = xr.DataArray([1.0, 3.0], dims="draw")
    with pytest.raises(DataError, match="3 values for 2 replicates"):
        replicate_standard_error(values, point=xr.DataArray(2.0), scale=[1.0, 1.0, 1.0])


# Groups.


@pytest.mark.parametrize(
    "name", ["item", "source", "target", "construct", "draw", "part", "permutation", "row"]
)
def test_groups_are_not_named_as_results(frame, name):
    rows = frame.rename(columns={"g": name})
    with pytest.raises(DataError, match=f"grouping column '{name}' is named as a dimension"):
        csat.fit(rows, MODEL, by=[name])
    with pytest.raises(DataError, match=f"grouping column '{name}' is named as a dimension"):
        csat.permute_groups(rows, group=name, n_permutations=3, seed=1, items=ITEMS)


def test_one_name_is_one_grouping_column(frame, draws):
    one, listed = (csat.fit(frame, MODEL, by=by).paths for by in ("city", ["city"]))
    xr.testing.assert_equal(one, listed)
    with pytest.raises(DataError, match="'city' is named twice"):
        csat.fit(frame, MODEL, by=["city", "city"])


def test_a_column_called_draw_does_not_pick_draws(frame, draws):
    beside = csat.scores(draws, frame.assign(draw=1))
    xr.testing.assert_equal(beside, csat.scores(draws, frame))


# Models, draws, seeds.


@pytest.mark.parametrize("model", ["S ~ Q", None, 5])
def test_a_model_is_a_path_model(frame, model):
    for use in (
        lambda: csat.fit(frame, model),
        lambda: csat.fit(csat.compute_moments(frame, items=ITEMS), model),
        lambda: csat.bootstrap(frame, model, n_boot=3, seed=1),
        lambda: csat.jackknife(frame, model),
        lambda: csat.fit_covariance(frame, model),
    ):
        with pytest.raises(ModelError, match=f"the model is of type '{type(model).__name__}'"):
            use()


@pytest.mark.parametrize("count", [0, -1, 1.5, "5", True, None])
def test_draws_are_counted_in_whole_numbers(frame, count):
    with pytest.raises(DataError, match=r"n_boot=.* whole number of at least 1"):
        csat.bootstrap(frame, MODEL, n_boot=count, seed=1)
    with pytest.raises(DataError, match=r"n_permutations=.* whole number of at least 1"):
        csat.permute_groups(frame, group="g", n_permutations=count, seed=1, items=ITEMS)


@pytest.mark.parametrize("seed", [-1, 1.5, "a", None])
def test_a_seed_is_a_whole_number(frame, seed):
    for use in (
        lambda: csat.bootstrap(frame, MODEL, n_boot=3, seed=seed),
        lambda: csat.jackknife(frame, MODEL, seed=seed),
        lambda: csat.compute_parts(frame, items=ITEMS, seed=seed),
        lambda: csat.permute_groups(frame, group="g", n_permutations=3, seed=seed, items=ITEMS),
    ):
        with pytest.raises(DataError, match=r"seed=.* is no seed"):
            use()


def test_numpy_numbers_are_numbers(frame, draws):
    again = csat.bootstrap(frame, MODEL, n_boot=np.int64(40), seed=np.int64(1))
    xr.testing.assert_equal(again.paths, draws.paths)


def test_a_statistic_of_draws_has_labels(frame):
    def bare(estimates):
        return estimates.paths.values

    with pytest.raises(DataError, match=r"'bare' gives no labelled array .* 'ndarray'"):
        csat.bootstrap(frame, MODEL, n_boot=3, seed=1, statistics=[bare])


def test_a_model_without_products_has_no_coefficients_of_them(draws):
    found = csat.product_coefficients(draws)
    assert found.dims == ("draw", "source", "target")
    assert found.sizes["source"] == 0


@pytest.mark.parametrize(
    ("use", "fault"),
    [
        (lambda e, f: csat.scores(f, e), r"write scores\(estimates, data\)"),
        (lambda e, f: csat.scores(e, f.assign(q1="a")), "column 'q1' holds 'a'"),
        (lambda e, f: csat.scores(e, f.assign(q1=np.inf)), "column 'q1' is infinite"),
        (lambda e, f: csat.scores(e, f.to_numpy()), "the data are of type 'ndarray'"),
    ],
)
def test_scores_say_what_they_need(frame, use, fault):
    with pytest.raises(DataError, match=fault):
        use(csat.fit(frame, MODEL), frame)
