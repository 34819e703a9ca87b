"""Polychoric correlations: exact recovery, lavaan's numbers, brute force, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csat_models import compute_moments, fit
from csat_models.errors import DataError, InadmissibleError
from csat_models.estimation import ordinal
from csat_models.estimation.ordinal import bivariate_normal, polychoric
from csat_models.model import PathModel
from csat_models.survey import Codebook, parse_survey

# R lavaan 0.6.20, ORD_DWLS: cfa(ordered=..., estimator="DWLS") on the mobi items of three
# constructs, each answer cut at 4, 6, 7, 8; loadings, construct correlations and some thresholds.
LAVAAN = {
    "Image": "IMAG1 IMAG2 IMAG3 IMAG4 IMAG5",
    "Quality": "PERQ1 PERQ2 PERQ3 PERQ4 PERQ5 PERQ6 PERQ7",
    "Satisfaction": "CUSA1 CUSA2 CUSA3",
}
LOADINGS = np.array(
    [
        0.712398462653997,
        0.615667180042569,
        0.468318855195343,
        0.74770465208707,
        0.667676903958931,
        0.815024969467204,
        0.634765578360779,
        0.790550174308974,
        0.782097602263089,
        0.73002360314384,
        0.799273756996941,
        0.806434242886159,
        0.764113746487743,
        0.752213037065639,
        0.809677340960093,
    ]
)
PHI = np.array(
    [
        [1.0, 0.967636246549647, 0.949170440070295],
        [0.967636246549647, 1.0, 0.956555364067592],
        [0.949170440070295, 0.956555364067592, 1.0],
    ]
)
THRESHOLDS = {
    "IMAG1": [-1.97736842818195, -0.900225985701433, -0.232692749183045, 0.631061979059499],
    "PERQ7": [-1.46105626918691, -0.841621233572914, -0.212137198317524, 0.467698799114508],
    "CUSA3": [-1.58926755705139, -0.693493346283289, 0.0802983128920549, 0.785773831524484],
}
SRMR = 0.0593486411318603


def population(correlation: float, one: list[float], other: list[float]):
    """Return the cells of a table as rows, and their probabilities as weights."""
    ends = [np.array([-40.0, *cuts, 40.0]) for cuts in (one, other)]
    below = bivariate_normal(ends[0][:, None], ends[1][None, :], np.array(correlation))
    cells = np.diff(np.diff(below, axis=0), axis=1)
    rows = np.indices(cells.shape).reshape(2, -1).T.astype(float)
    kept = cells.ravel() > 1e-15
    return rows[kept], cells.ravel()[kept]


@pytest.mark.parametrize("correlation", [-0.95, -0.6, 0.0, 0.3, 0.9, 0.995])
@pytest.mark.parametrize("other", [[0.2], [-0.5, 1.4], [-1.0, 0.2, 0.9]])
def test_a_population_is_recovered_exactly(correlation, other):
    rows, weights = population(correlation, [-1.0, 0.2, 0.9], other)
    found = polychoric(rows, weights)
    # Thresholds that lie far apart say little about a correlation near 1.
    assert found.correlations[0, 1] == pytest.approx(correlation, abs=1e-9)
    np.testing.assert_allclose(found.thresholds[0], [-1.0, 0.2, 0.9], atol=1e-12)
    np.testing.assert_allclose(found.thresholds[1], other, atol=1e-12)


def test_thresholds_and_residuals_are_lavaans(mobi):
    items = " ".join(LAVAAN.values()).split()
    cut = np.digitize(mobi[items], [4, 6, 7, 8], right=True).astype(float)
    found = polychoric(cut, items=items)
    for item, expected in THRESHOLDS.items():
        # Both invert the normal distribution to the last digits.
        np.testing.assert_allclose(found.thresholds[items.index(item)], expected, atol=1e-13)
    owner = np.repeat(np.arange(3), [len(names.split()) for names in LAVAAN.values()])
    implied = np.outer(LOADINGS, LOADINGS) * PHI[np.ix_(owner, owner)]
    residuals = (found.correlations - implied)[np.tril_indices(15, -1)]
    # lavaan's own correlations stop about 1e-8 from their maximum.
    assert np.sqrt((residuals**2).sum() / 120) == pytest.approx(SRMR, abs=5e-9)


def test_probabilities_are_scipys():
    stats = pytest.importorskip("scipy.stats")
    generator = np.random.default_rng(1)
    h, k = generator.normal(size=(2, 60)) * 1.5
    correlation = generator.uniform(-0.99, 0.99, 60)
    h[:3], k[1:5] = 0.0, 0.0
    found = bivariate_normal(h, k, correlation)
    for number, value in enumerate(found):
        cov = [[1, correlation[number]], [correlation[number], 1]]
        expected = stats.multivariate_normal.cdf([h[number], k[number]], cov=cov)
        # scipy's own quadrature is good to some 1e-8 near correlations of 1.
        assert value == pytest.approx(expected, abs=1e-7)


def test_probabilities_have_their_closed_form_at_the_origin():
    correlation = np.array([-0.999999, -0.99, -0.5, 0.0, 0.5, 0.99, 0.999999])
    found = bivariate_normal(np.zeros(7), np.zeros(7), correlation)
    np.testing.assert_allclose(found, 0.25 + np.arcsin(correlation) / (2 * np.pi), atol=1e-15)


def test_a_pair_is_the_maximum_of_a_direct_search(mobi):
    optimize = pytest.importorskip("scipy.optimize")
    pair = np.digitize(mobi[["IMAG1", "CUSA2"]], [4, 6, 7, 8], right=True).astype(float)
    found = polychoric(pair)
    ends = [np.array([-40.0, *cuts, 40.0]) for cuts in found.thresholds]
    table = pd.crosstab(pair[:, 0], pair[:, 1]).to_numpy()

    def loss(correlation: float) -> float:
        below = bivariate_normal(ends[0][:, None], ends[1], np.array(correlation))
        return -float((table * np.log(np.diff(np.diff(below, axis=0), axis=1))).sum())

    direct = optimize.minimize_scalar(
        loss, bounds=(-0.99, 0.99), method="bounded", options={"xatol": 1e-10}
    )
    # A search by values finds a maximum to the root of rounding.
    assert found.correlations[0, 1] == pytest.approx(direct.x, abs=1e-6)


def latent(n: int, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    corr = np.array([[1, 0.7, 0.4, -0.3], [0.7, 1, 0.2, 0.1], [0.4, 0.2, 1, 0.5], [0, 0, 0, 1]])
    corr = np.tril(corr.T, -1) + np.triu(corr)
    values = np.random.default_rng(seed).multivariate_normal(np.zeros(4), corr, size=n)
    cuts = [[0.8], [-1, 0, 1], [0.5, 1.0, 1.5], [-0.2, 0.1]]
    coded = [np.digitize(values[:, k], cuts[k]) + 1.0 for k in range(4)]
    return np.column_stack(coded), corr


def test_a_large_sample_shows_the_correlations_behind_its_answers():
    values, corr = latent(50_000)
    found = polychoric(values)
    # Four standard errors (at most .008) of a correlation from 50,000 coarse answers.
    np.testing.assert_allclose(found.correlations, corr, atol=0.032)
    assert abs(np.corrcoef(values.T)[0, 1] - 0.7) > 0.1


def test_pairs_together_equal_pairs_alone():
    values, _ = latent(300)
    values[np.random.default_rng(6).random(values.shape) < 0.1] = np.nan
    together = polychoric(values).correlations
    for i, j in zip(*np.tril_indices(4, -1), strict=True):
        alone = polychoric(values[:, [i, j]]).correlations[0, 1]
        # Both stop within 1e-11 of the maximum.
        assert together[i, j] == pytest.approx(alone, abs=1e-9)


def test_blocks_of_rows_change_nothing(monkeypatch):
    values, _ = latent(300)
    whole = polychoric(values).correlations
    monkeypatch.setattr(ordinal, "ROW_BLOCK", 70)
    np.testing.assert_allclose(polychoric(values).correlations, whole, atol=1e-10)


def test_whole_weights_are_repeated_rows():
    values, _ = latent(200)
    counts = np.random.default_rng(7).integers(1, 4, 200)
    weighted = polychoric(values, counts.astype(float)).correlations
    repeated = polychoric(np.repeat(values, counts, axis=0)).correlations
    np.testing.assert_allclose(weighted, repeated, atol=1e-9)


@settings(max_examples=20, deadline=None)
@given(turned=st.lists(st.booleans(), min_size=4, max_size=4), power=st.floats(0.3, 3.0))
def test_only_the_order_of_answers_counts(turned, power):
    values, _ = latent(300)
    signs = np.where(turned, -1.0, 1.0)
    moved = polychoric(signs * values**power).correlations
    expected = polychoric(values).correlations * np.outer(signs, signs)
    np.testing.assert_allclose(moved, expected, atol=1e-9)


def test_moments_keep_means_and_are_fitted():
    values, _ = latent(400)
    frame = pd.DataFrame(values, columns=list("abcd"))
    frame.loc[:5, "a"] = np.nan
    frame["city"] = np.repeat(["north", "south"], 200)
    moments = compute_moments(frame, items=list("abcd"), by=["city"], ordinal=True)
    usual = compute_moments(frame, items=list("abcd"), by=["city"])
    np.testing.assert_allclose(moments.mean, usual.mean, rtol=1e-12)
    np.testing.assert_array_equal(moments.n_obs, usual.n_obs)
    np.testing.assert_array_equal(np.diagonal(moments.cov, axis1=1, axis2=2), 1.0)
    model = PathModel.parse("Q =~ a + b\nS =~ c\nS ~ Q")
    assert bool(fit(moments, model).converged.all())
    one = compute_moments(frame[:200], items=list("abcd"), ordinal=True)
    np.testing.assert_allclose(one.cov, moments.cov.sel(city="north"), atol=1e-12)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"b": 3.0}, "item 'b' has the same answer everywhere"),
        ({"b": "a"}, "of 'a' and 'b' does not exist or runs to 1"),
        ({"a": [1.0, 2.0] * 50 + [np.nan] * 100, "b": [np.nan] * 100 + [1.0, 2.0] * 50}, "'a'"),
    ],
)
def test_what_has_no_correlation_is_told(change, told):
    frame = pd.DataFrame(latent(200)[0], columns=list("abcd"))
    values = {name: frame[new] if isinstance(new, str) else new for name, new in change.items()}
    table = frame.assign(**values)
    with pytest.raises(InadmissibleError, match=told):
        compute_moments(table, ordinal=True)
    both = pd.concat([table.assign(city="bad"), frame.assign(city="good")])
    cells = compute_moments(both, items=list("abcd"), by=["city"], ordinal=True)
    assert np.isnan(cells.cov.sel(city="bad")).all()
    assert np.isfinite(cells.cov.sel(city="good")).all()


def test_contradictory_correlations_are_told():
    x = np.repeat([1.0, 2.0, 3.0], 20)
    y = np.concatenate([x[2:], x[:2]])
    gap = np.full(60, np.nan)
    rows = [np.r_[x, x, gap], np.r_[y, gap, x], np.r_[gap, y, 4 - y]]
    with pytest.raises(InadmissibleError, match="contradict each other"):
        polychoric(np.column_stack(rows))


def test_numbers_that_are_no_categories_are_refused():
    frame = pd.DataFrame({"a": np.arange(40.0), "b": [1.0, 2.0] * 20})
    with pytest.raises(DataError, match="item 'a' has 40 different answers"):
        compute_moments(frame, ordinal=True)


def test_what_was_not_asked_is_refused():
    items = {
        "T": {"text": {"zh": "一", "en": "one"}},
        "H": {"text": {"zh": "二", "en": "two"}, "filter": "T == 1"},
    }
    codebook = Codebook.model_validate({"scale": [0, 10], "items": items})
    responses = parse_survey(b"T,H\n1,3\n0,\n1,4", codebook, source="x.csv")
    for missing in ("mean", "pairwise"):
        with pytest.raises(DataError, match="'H' was asked only where T == 1"):
            compute_moments(responses, items=["T", "H"], missing=missing, ordinal=True)


def test_categories_are_not_filled_in_by_maximum_likelihood():
    frame = pd.DataFrame(latent(50)[0], columns=list("abcd"))
    with pytest.raises(DataError, match=r"missing='em' .* and ordinal=True as categories"):
        compute_moments(frame, missing="em", ordinal=True)


def test_listwise_correlations_are_of_complete_rows():
    frame = pd.DataFrame(latent(300)[0], columns=list("abcd"))
    frame.loc[:40, "b"] = np.nan
    found = compute_moments(frame, missing="listwise", ordinal=True)
    expected = compute_moments(frame.dropna(), ordinal=True)
    np.testing.assert_allclose(found.cov, expected.cov, atol=1e-12)
    assert found.n_obs.item() == 259
    pairwise = compute_moments(frame, missing="pairwise", ordinal=True)
    # The pair (a, c) keeps the rows that miss b.
    assert abs(pairwise.cov[0, 2] - found.cov[0, 2]).item() > 1e-3


def test_a_model_takes_ordinal_answers_from_rows():
    frame = pd.DataFrame(latent(400)[0], columns=list("abcd"))
    model = PathModel.parse("Q =~ a + b\nS =~ c\nS ~ Q")
    direct = fit(frame, model, ordinal=True)
    stepwise = fit(compute_moments(frame, ordinal=True), model)
    np.testing.assert_array_equal(direct.paths, stepwise.paths)
    assert abs(direct.paths - fit(frame, model).paths).max() > 0.05
