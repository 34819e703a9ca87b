"""Twelve mistakes that programs of this kind are known to make, one test each.

Each test is the short form; rooms that a mistake could enter by have longer
ones of their own.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csat_models as csat
from csat_models.errors import CsatError
from csat_models.report.elements import MIME

ROOT = Path(__file__).parents[1]
# The same arithmetic in another order, and weights iterated to 1e-9.
ROUNDING = 1e-8


@pytest.fixture(scope="module")
def corp_rep() -> pd.DataFrame:
    """344 customers of four providers; -99 is a missing answer."""
    from seminr.datasets import load_corp_rep

    table = load_corp_rep()
    frame = pd.DataFrame(np.asarray(table.values, dtype=float), columns=list(table.columns))
    return frame.replace(-99.0, np.nan)


@pytest.fixture(scope="module")
def short() -> csat.PathModel:
    """A model of two constructs."""
    return csat.PathModel.parse(
        "Quality =~ PERQ1 + PERQ2 + PERQ3\nSatisfaction =~ CUSA1 + CUSA2 + CUSA3\n"
        "Satisfaction ~ Quality"
    )


def test_1_one_pooled_standard_deviation(mobi, ecsi):
    """Mistake 1: standardising all items by one pooled standard deviation.

    An item answered on 0-100 beside items on 1-10 would then rule its
    construct. Every item has its own, so its unit changes nothing.
    """
    other_unit = mobi.assign(CUEX1=10 * mobi["CUEX1"], CUSL3=0.1 * mobi["CUSL3"] - 4)
    for scheme in ("path", "centroid", "factorial"):
        one, other = (csat.fit(data, ecsi, scheme=scheme) for data in (mobi, other_unit))
        np.testing.assert_allclose(one.weights, other.weights, atol=ROUNDING)
        np.testing.assert_allclose(one.paths, other.paths, atol=ROUNDING)


def test_2_one_random_stream_shared_by_all(mobi, short):
    """Mistake 2: worker processes that share one random stream.

    The draws of one process are then those of the next, and the effective
    number of draws is their number over that of the processes. Here no two
    draws are alike, whatever number is asked for, and more draws begin with
    the same ones.
    """
    draws = csat.bootstrap(mobi, short, n_boot=400, seed=1).paths
    found = draws.sel(source="Quality", target="Satisfaction").to_numpy()
    assert len(np.unique(found)) == 400
    fewer = csat.bootstrap(mobi, short, n_boot=100, seed=1).paths
    assert len(np.unique(fewer.sel(source="Quality", target="Satisfaction"))) == 100
    # Draws a few places apart are independent: a correlation of 4 standard errors at most.
    for lag in (1, 2, 4, 100, 200):
        assert abs(np.corrcoef(found[lag:], found[:-lag])[0, 1]) < 4 / (400 - lag) ** 0.5


def test_3_draws_of_the_opposite_sign_turned(mobi, ecsi):
    """Mistake 3: flipping every draw whose sign is not the sample's.

    An interval then cannot cross zero. Here a construct is turned by its
    weights, together with all its paths, and a path of .05 has draws on both
    sides and an interval that says so.
    """
    point = csat.fit(mobi, ecsi)
    draws = csat.bootstrap(mobi, ecsi, n_boot=400, seed=1, point=point)
    path = {"source": "Expectation", "target": "Value"}
    negative = (draws.paths.sel(path) < 0).mean().item()
    assert 0.1 < negative < 0.4
    found = csat.interval(draws.paths.sel(path), point=point.paths.sel(path))
    assert found.lower < 0 < found.upper


def test_4_bca_without_the_acceleration(mobi, short):
    """Mistake 4: "BCa" without the acceleration, which is the bias-corrected interval.

    The real acceleration is the skewness of what each row adds; it moves both
    ends, and without a jackknife the interval is refused.
    """
    few = mobi.iloc[:60]
    point = csat.fit(few, short)
    draws = csat.bootstrap(few, short, n_boot=400, seed=1, point=point)
    rows = csat.jackknife(few, short, point=point).r_squared.sel(construct="Satisfaction")
    share = draws.r_squared.sel(construct="Satisfaction")
    estimate = point.r_squared.sel(construct="Satisfaction")
    deviations = rows.mean() - rows
    skewness = (deviations**3).sum() / (6 * (deviations**2).sum() ** 1.5)
    assert csat.acceleration(rows).item() == pytest.approx(skewness.item(), abs=1e-12)
    assert abs(skewness.item()) > 0.005
    corrected = csat.interval(share, point=estimate, kind="bias-corrected")
    accelerated = csat.interval(share, point=estimate, kind="bca", jackknife=rows)
    assert accelerated.lower != corrected.lower
    assert accelerated.upper != corrected.upper
    with pytest.raises(CsatError):
        csat.interval(share, point=estimate, kind="bca")


def test_5_settings_lost_between_fit_and_bootstrap(mobi, short):
    """Mistake 5: settings (missing answers, iterations, tolerance) lost on the way to the draws.

    They travel inside the estimates: draws that follow a point have its own.
    """
    how = {"scheme": "centroid", "standardised": False, "tolerance": 1e-6, "max_iterations": 77}
    point = csat.fit(mobi, short, **how)
    draws = csat.bootstrap(mobi, short, n_boot=5, seed=1, point=point)
    named = csat.bootstrap(mobi, short, n_boot=5, seed=1, **how)
    for name, value in how.items():
        assert getattr(draws.settings, name) == getattr(named.settings, name) == value
    np.testing.assert_array_equal(draws.paths, named.paths)
    default = csat.bootstrap(mobi, short, n_boot=5, seed=1)
    assert not np.allclose(draws.weights, default.weights)


def test_6_the_sample_returned_instead_of_draws(mobi, short):
    """Mistake 6: an error in the bootstrap returning the model that was not bootstrapped.

    Where no draw can be estimated, there is one sentence and no estimate.
    """
    point = csat.fit(mobi, short)
    with pytest.raises(CsatError, match="PERQ1") as caught:
        csat.bootstrap(mobi.assign(PERQ1=5.0), short, n_boot=20, seed=1, point=point)
    assert "\n" not in str(caught.value)


def test_7_performance_by_standardised_weights(mobi_moments, mobi, ecsi):
    """Mistake 7: importance-performance maps that average 0-100 items by standardised weights.

    A standardised weight is for a standardised item; that of an item on its
    scale is divided by the item's standard deviation. Only so is the mean of
    the persons' scores, put on 0-100, the construct's performance.
    """
    estimates = csat.fit(mobi_moments, ecsi)
    index = csat.satisfaction_index(estimates).sel(construct="Loyalty").item()
    scored = csat.scores(estimates, mobi, scale="items").sel(construct="Loyalty")
    assert index == pytest.approx(100 * (scored.mean().item() - 1) / 9, abs=ROUNDING)
    items = list(ecsi.items_of("Loyalty"))
    performance = 100 * (mobi[items].mean() - 1) / 9
    w = estimates.weights.sel(item=items).to_numpy()
    assert abs(index - performance @ w / w.sum()) > 0.4
    v = w / mobi[items].std().to_numpy()
    assert index == pytest.approx(performance @ v / v.sum(), abs=ROUNDING)


def test_8_casewise_deletion_that_fills_in_the_mean(corp_rep):
    """Mistake 8: "casewise" deletion that puts the mean in the place of the answer."""
    items = ["cusa", "cusl_1", "cusl_2", "cusl_3"]
    complete = corp_rep[items].dropna()
    assert 0 < len(corp_rep) - len(complete) < 20
    deleted = csat.compute_moments(corp_rep, items=items, missing="listwise")
    assert deleted.n_obs == len(complete)
    np.testing.assert_allclose(deleted.mean, complete.mean(), atol=1e-12)
    np.testing.assert_allclose(deleted.cov, complete.cov(), atol=1e-12)
    filled = csat.compute_moments(corp_rep, items=items, missing="mean")
    assert filled.n_obs == len(corp_rep)
    assert not np.allclose(filled.cov, deleted.cov, atol=1e-3)


def test_9_p_values_that_change_when_groups_are_swapped(corp_rep):
    """Mistake 9: p-values of group comparisons that change when the groups are swapped."""
    frame = corp_rep[corp_rep["serviceprovider"] <= 2]
    of = {"group": "serviceprovider", "items": ["cusa"]}
    permuted = csat.permute_groups(frame, n_permutations=199, seed=1, **of).mean
    mean = csat.compute_moments(frame, items=["cusa"], by=["serviceprovider"]).mean
    p = [
        csat.permutation_p_value(
            permuted.sel(serviceprovider=a) - permuted.sel(serviceprovider=b),
            mean.sel(serviceprovider=a) - mean.sel(serviceprovider=b),
        ).item()
        for a, b in ((1, 2), (2, 1))
    ]
    assert p[0] == p[1] < 0.1


def test_10_a_resample_without_variance(short):
    """Mistake 10: a zero-variance item in one resample killing the whole bootstrap.

    That draw is missing, counted under the item's name, and left out of
    intervals; all others stay.
    """
    generator = np.random.default_rng(3)
    common = generator.normal(size=(60, 1))
    frame = pd.DataFrame(common + generator.normal(size=(60, 6)), columns=list(short.items))
    # Three of 60 rows differ: about one draw in twenty has none of them.
    frame["PERQ1"] = [1.0, 1.0, 1.0, *([0.0] * 57)]
    point = csat.fit(frame, short)
    draws = csat.bootstrap(frame, short, n_boot=400, seed=1, point=point, max_failed_share=0.5)
    ledger = csat.draw_ledger(draws)
    flat = ledger.no_variance.sel(item="PERQ1").item()
    # Binomial with p = (57 / 60)**60 = .046: 18 of 400, standard deviation 4.2.
    assert 4 < flat < 40
    assert ledger.converged.item() == ledger.drawn.item() - flat == 400 - flat
    found = csat.interval(draws.r_squared, point=point.r_squared).sel(construct="Satisfaction")
    assert found.n_draws.item() == 400 - flat
    assert np.isfinite([found.lower.item(), found.upper.item()]).all()


def test_11_right_values_under_wrong_labels(mobi, ecsi):
    """Mistake 11: right values under wrong labels.

    Neither the order of the columns, nor that of the constructs and items in
    the model text, moves a value from its label.
    """
    lines = ecsi.to_text().splitlines()
    measured = [line for line in lines if "=~" in line]
    turned = [
        f"{name}=~ {' + '.join(reversed([item.strip() for item in items.split('+')]))}"
        for name, items in (line.split("=~") for line in reversed(measured))
    ]
    other = csat.PathModel.parse("\n".join([*turned, *lines[len(measured) :]]))
    assert other.items != ecsi.items
    one = csat.fit(mobi, ecsi, tolerance=1e-12)
    two = csat.fit(mobi[sorted(mobi, reverse=True)], other, tolerance=1e-12)
    for name in ("weights", "loadings", "paths", "r_squared", "construct_corr"):
        values = getattr(two, name)
        same = values.sel({dim: one.__getattribute__(name)[dim] for dim in values.dims})
        np.testing.assert_allclose(same, getattr(one, name), atol=1e-10)
    for criterion in (csat.htmt, csat.satisfaction_index, csat.rho_a, csat.total_effects):
        found, expected = criterion(two), criterion(one)
        same = found.sel({dim: expected[dim] for dim in expected.dims})
        np.testing.assert_allclose(same, expected, atol=1e-7)


SHOWN = {"text/plain", "text/html", "text/markdown", MIME}


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_12_exact_comparison_of_last_digits(path):
    """Mistake 12: exact notebook comparisons that fail on the last digit.

    Outputs are compared as text; so what is printed is rounded, four digits
    after the point at most, far above the last digit of any machine.
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    outputs = [output for cell in content["cells"] for output in cell.get("outputs", [])]
    texts = [
        json.dumps(data)
        for output in outputs
        for kind, data in output.get("data", {"text/plain": output.get("text", "")}).items()
        if kind in SHOWN
    ]
    digits = [len(found) for text in texts for found in re.findall(r"\d\.(\d+)", text)]
    assert digits
    assert max(digits) <= 4
