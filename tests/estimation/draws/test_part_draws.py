"""Draws of parts and from moments alone, beside draws of rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models import (
    Moments,
    PathModel,
    bootstrap,
    bootstrap_moments,
    compute_moments,
    compute_parts,
    fit,
    jackknife,
    jackknife_moments,
    jackknife_standard_error,
    stream_parts,
)
from csat_models.errors import DataError, InadmissibleError
from csat_models.estimation import merged_draws
from csat_models.estimation.draws.division import divide_names, divide_rows
from csat_models.estimation.draws.normal_theory import normal_theory_draws
from csat_models.estimation.draws.resampling import resample_cells

MODEL = PathModel.parse("Q =~ a + b\nS =~ c + d\nS ~ Q")
ITEMS = list(MODEL.items)


def make_survey(n: int, seed: int = 8) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    quality = generator.gamma(2.0, size=(n, 1))
    satisfaction = 0.6 * quality + generator.normal(size=(n, 1))
    both = np.hstack([quality, quality, satisfaction, satisfaction])
    frame = pd.DataFrame(both + generator.normal(size=(n, 4)), columns=ITEMS)
    frame["city"] = generator.choice(["a", "b"], n, p=[0.7, 0.3])
    frame["w"] = generator.uniform(0.5, 2.0, n)
    return frame


def standard_error(frame: pd.DataFrame, **how) -> float:
    draws = bootstrap(frame, MODEL, n_boot=3000, seed=2, **how)
    return float(draws.paths.sel(source="Q", target="S").std("draw"))


@pytest.mark.parametrize("weights", [None, "w"])
def test_errors_of_parts_are_those_of_rows(weights):
    frame = make_survey(4000)
    rows = standard_error(frame, sampling_weights=weights)
    parts = standard_error(frame, sampling_weights=weights, parts=1000)
    # Monte Carlo 1 / sqrt(2 * 3,000) twice, parts 1 / sqrt(2 * 1,000): 2.9 % together.
    assert parts == pytest.approx(rows, rel=3 * 0.029)
    assert parts != rows


def test_clusters_stay_whole_in_parts():
    generator = np.random.default_rng(4)
    villages = np.repeat(np.arange(400), 10)
    frame = pd.DataFrame(
        {"x": np.repeat(generator.normal(size=400), 10), "area": villages % 2, "village": villages}
    )
    how = {"n_boot": 2000, "seed": 3, "items": ["x"], "strata": "area", "clusters": "village"}
    units = bootstrap_moments(frame, **how).mean.std("draw").item()
    parts = bootstrap_moments(frame, parts=300, **how).mean.std("draw").item()
    # Monte Carlo 1.6 % twice, about 220 parts 4.8 %: 5.3 % together.
    assert parts == pytest.approx(units, rel=3 * 0.053)
    # Drawn as rows, ten answers of a village would count as ten.
    alone = bootstrap_moments(frame, n_boot=500, seed=3, items=["x"]).mean.std("draw").item()
    assert alone < 0.5 * parts


def test_returning_persons_narrow_the_change_in_parts():
    generator = np.random.default_rng(6)
    person = generator.normal(size=3000)
    waves = [
        pd.DataFrame({"id": [f"p{k}" for k in who], "x": person[list(who)]})
        for who in (range(2000), range(1000, 3000))
    ]
    early, late = (
        bootstrap_moments(
            compute_parts(wave, items=["x"], persons="id", parts=500, seed=1), n_boot=3000, seed=1
        ).mean.sel(item="x")
        for wave in waves
    )
    # Half of the persons are the same, with the same answers. 500 parts: about .04.
    assert np.corrcoef(early, late)[0, 1] == pytest.approx(0.5, abs=0.14)


def test_draws_of_a_stream_are_those_of_the_rows():
    frame = make_survey(900)
    batches = [frame.iloc[start : start + 130] for start in range(0, 900, 130)]
    streamed = stream_parts(batches, model=MODEL, parts=300, seed=5, by=["city"])
    found = bootstrap_moments(streamed, n_boot=70, seed=5)
    expected = bootstrap_moments(frame, n_boot=70, seed=5, parts=300, by=["city"], items=ITEMS)
    assert found.cov.dims == ("draw", "city", "item", "item_2")
    # Sums in two orders.
    np.testing.assert_allclose(found.cov, expected.cov, rtol=1e-9, atol=1e-11)
    np.testing.assert_array_equal(found.n_obs, expected.n_obs)
    point = fit(compute_moments(frame, items=ITEMS), MODEL)
    drawn = bootstrap(streamed, MODEL, n_boot=70, seed=5, point=point)
    assert drawn.settings.draws == "parts"
    assert bool(drawn.converged.all())


def test_every_draw_is_positive_definite_and_keeps_its_cells():
    frame = make_survey(600)
    frame.loc[::7, "a"] = np.nan
    how = {"n_boot": 200, "seed": 3, "by": ["city"], "items": ITEMS, "parts": 50}
    draws = bootstrap_moments(frame, **how)
    assert np.linalg.eigvalsh(draws.cov.to_numpy()).min() > 0
    sizes = frame["city"].value_counts().sort_index()
    np.testing.assert_array_equal(draws.n_obs, sizes)
    means, merged = merged_draws(frame, merge=["city"], **how)
    np.testing.assert_allclose(means, draws.mean, rtol=1e-12)
    np.testing.assert_allclose(merged.cov, draws.merge("city").cov, rtol=1e-9)
    cells = {labels["city"]: moments for labels, moments in resample_cells(frame, **how)}
    np.testing.assert_array_equal(cells["b"].cov, draws.cov.sel(city="b"))


def test_the_batch_equals_a_loop_over_draws():
    frame = make_survey(300)
    frame.loc[::5, "c"] = np.nan
    parts = compute_parts(frame, items=ITEMS, parts=40, seed=2, sampling_weights="w")
    ((numbers, sums),) = parts.cells.values()
    counts = np.random.default_rng(1).poisson(1.0, (70, len(numbers)))
    mean, cov = sums.draw(counts)
    for draw in (0, 1, 63, 64, 69):
        one_mean, one_cov = sums.moments(counts[draw].astype(float))
        np.testing.assert_allclose(mean[draw], one_mean, rtol=1e-11)
        np.testing.assert_allclose(cov[draw], one_cov, rtol=1e-9, atol=1e-11)


def test_the_order_of_the_file_has_no_say():
    """Sorted by the answer, consecutive groups would make errors far too small."""
    frame = make_survey(3000).sort_values("c", ignore_index=True)
    mixed = frame.sample(frac=1.0, random_state=1).reset_index(drop=True)
    errors = [standard_error(some, parts=600) for some in (frame, mixed)]
    # Monte Carlo 1.3 % and 600 parts 2.9 %, each twice: 4.5 % together.
    assert errors[0] == pytest.approx(errors[1], rel=3 * 0.045)


def test_parts_come_by_themselves_with_many_rows(monkeypatch):
    frame = make_survey(500)
    assert bootstrap(frame, MODEL, n_boot=5, seed=1).settings.draws == "rows"
    rows = bootstrap_moments(frame, n_boot=70, seed=1, items=ITEMS)
    assert rows.cov.attrs["draws"] == "rows"
    monkeypatch.setattr("csat_models.estimation.draws.sources.MOST_ROWS", 499)
    assert bootstrap(frame, MODEL, n_boot=5, seed=1).settings.draws == "parts"
    # By city no cell has as many.
    assert bootstrap(frame, MODEL, n_boot=5, seed=1, by=["city"]).settings.draws == "rows"
    as_rows = bootstrap_moments(frame, n_boot=70, seed=1, items=ITEMS, parts=0)
    np.testing.assert_array_equal(as_rows.cov, rows.cov)


def large_moments(n: float, corr: float = 0.5) -> Moments:
    cov = np.full((4, 4), corr) + np.diag([1.0 - corr, 1.0, 2.0, 0.5])
    return Moments.from_table(items=ITEMS, mean=[5.0] * 4, cov=cov, n_obs=n)


def test_normal_theory_draws_have_the_variances_of_a_wishart_matrix():
    cov = large_moments(4001).cov.to_numpy()
    mean, drawn = normal_theory_draws(np.zeros(4), cov, 4001, 8000, np.random.default_rng(3))
    flat = (drawn - cov).reshape(8000, 16)
    swapped = np.einsum("ik,jl->ijkl", cov, cov) + np.einsum("il,jk->ijkl", cov, cov)
    expected = swapped.reshape(16, 16) / 4000
    # 8,000 draws: standard error of a variance 1.6 %, of the largest of them .0000032.
    np.testing.assert_allclose(np.cov(flat.T, bias=True), expected, atol=5 * 0.016 * expected.max())
    np.testing.assert_allclose(np.cov(mean.T), cov / 4001, atol=5 * 0.016 * cov.max() / 4001)
    assert np.linalg.eigvalsh(drawn).min() > 0


def test_draws_from_moments_agree_with_rows_of_normal_items():
    generator = np.random.default_rng(5)
    cov = large_moments(3000).cov.to_numpy()
    rows = pd.DataFrame(generator.multivariate_normal([5.0] * 4, cov, 3000), columns=ITEMS)
    moments = compute_moments(rows)
    found = bootstrap(moments, MODEL, n_boot=3000, seed=1)
    assert found.settings.draws == "normal theory"
    error = float(found.paths.sel(source="Q", target="S").std("draw"))
    # 3,000 draws twice 1.3 %, and 3,000 rows tell their kurtosis to about 3 %.
    assert error == pytest.approx(standard_error(rows, parts=0), rel=0.1)


def test_draws_from_moments_have_cells_of_their_own():
    frame = make_survey(9000)
    moments = compute_moments(frame, items=ITEMS, by=["city"])
    draws = bootstrap_moments(moments, n_boot=400, seed=1)
    assert draws.mean.dims == ("draw", "city", "item")
    between = np.corrcoef(draws.mean.sel(city="a", item="a"), draws.mean.sel(city="b", item="a"))
    assert abs(between[0, 1]) < 0.2  # 4 standard errors
    errors = draws.mean.sel(item="a").std("draw")
    assert errors.sel(city="b") > 1.3 * errors.sel(city="a")  # 30 % of the rows: 1.53 times


def test_what_moments_and_parts_cannot_give_is_refused():
    with pytest.raises(
        DataError, match=r"need a sample of 1000 \(of 4 items\), and this one is of 9"
    ):
        bootstrap(large_moments(999), MODEL, n_boot=5, seed=1)
    with pytest.raises(InadmissibleError, match="not positive definite"):
        bootstrap_moments(large_moments(2000, corr=1.6), n_boot=5, seed=1)
    with pytest.raises(DataError, match=r"by=\['city'\] needs rows, and these are moments"):
        bootstrap(large_moments(2000), MODEL, n_boot=5, seed=1, by=["city"])
    with pytest.raises(DataError, match="have a dimension 'draw' already"):
        drawn = bootstrap_moments(large_moments(2000), n_boot=5, seed=1)
        bootstrap_moments(drawn, n_boot=5, seed=1)
    interaction = PathModel.parse("A =~ a; B =~ b; C =~ c; C ~ A + B + A:B")
    wide = make_survey(2000).assign(**{"a:b": 1.0})
    wide["a:b"] = wide["a"] * wide["b"]
    moments = compute_moments(wide, items=interaction.items)
    with pytest.raises(DataError, match="product 'A:B' cannot be drawn from moments"):
        bootstrap(moments, interaction, n_boot=5, seed=1)
    with pytest.raises(DataError, match="missing='em' needs all rows of a draw"):
        bootstrap_moments(wide, n_boot=5, seed=1, items=ITEMS, missing="em", parts=100)
    with pytest.raises(DataError, match="parts=1 are too few"):
        bootstrap_moments(wide, n_boot=5, seed=1, items=ITEMS, parts=1)


@pytest.mark.parametrize("named", [False, True])
def test_leave_outs_of_parts_equal_the_rows_that_remain(named):
    frame = make_survey(200).assign(who=[f"p{k % 60}" for k in range(200)])
    frame.loc[::6, "b"] = np.nan
    how = {"items": ITEMS, "by": ["city"], "sampling_weights": "w"}
    persons = "who" if named else None
    parts = compute_parts(frame, parts=20, seed=3, persons=persons, **how)
    left = jackknife_moments(parts, keep_weight=False)
    names, rows = frame["who"].tolist(), np.arange(200)
    number = divide_names(names, parts=20, seed=3) if named else divide_rows(rows, parts=20, seed=3)
    numbers, _ = parts.cells[0,]
    remaining = compute_moments(frame[number != numbers[4]], **how)
    one = left.sel(part=int(np.searchsorted(np.unique(number), numbers[4])) if named else 4)
    # With rows, the part is left out of the first city alone.
    for name in ("mean", "cov", "n_obs", "weight_sum", "n_effective"):
        found, expected = getattr(one, name), getattr(remaining, name)
        if not named:
            found, expected = found.sel(city="a"), expected.sel(city="a")
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-10)
    assert len(np.unique(left.cov["stratum"])) == (1 if named else 2)


def test_the_jackknife_of_parts_agrees_with_that_of_rows():
    frame = make_survey(3000)
    by_rows = jackknife(frame, MODEL, n_parts=3000).paths.sel(source="Q", target="S")
    by_parts = jackknife(compute_parts(frame, items=ITEMS, parts=700), MODEL)
    found = jackknife_standard_error(by_parts.paths.sel(source="Q", target="S"))
    # 700 parts: 2.7 %.
    assert found.item() == pytest.approx(jackknife_standard_error(by_rows).item(), rel=3 * 0.027)
    with pytest.raises(DataError, match="n_parts=5 needs rows, and these are parts"):
        jackknife_moments(compute_parts(frame, items=ITEMS), n_parts=5)
