"""Influence of respondents: a planted outlier, DFBETAS of statsmodels, names."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models import PathModel, compute_moments, fit, satisfaction_index
from csat_models.errors import DataError
from csat_models.estimation.diagnostics.influence import influence, influential
from csat_models.survey import Codebook, parse_survey

MODEL = PathModel.parse("Q =~ a + b\nS =~ c + d\nS ~ Q")


@pytest.fixture
def frame() -> pd.DataFrame:
    generator = np.random.default_rng(8)
    common = generator.normal(size=(120, 1))
    table = pd.DataFrame(6 + common + generator.normal(size=(120, 4)), columns=list("abcd"))
    table.index = [f"P{k:03d}" for k in range(120)]
    return table


def test_a_planted_outlier_is_named_first(frame):
    frame.loc["P042"] = [12.0, 12.0, -4.0, -4.0]
    found = influence(frame, MODEL)
    table = influential(found)
    assert table.loc[0, ["part", "source", "target"]].tolist() == ["P042", "Q", "S"]
    # It pulls the path down, and more than all others together vary.
    assert table.loc[0, "standardised"] < -0.6
    assert table.loc[0, "change"] < -0.03
    assert (table["standardised"].abs() > 2 / 120**0.5).all()
    others = found.standardised.sel(source="Q", target="S").drop_sel(part="P042")
    assert abs(others).max() < 0.5
    assert found.part_of_row.sel(row="P042").item() == "P042"


def test_a_change_is_that_of_fitting_what_remains(frame):
    found = influence(frame, MODEL, satisfaction_index, missing="em")
    point = fit(frame, MODEL, missing="em")
    moments = compute_moments(frame.drop(index="P007"), items=MODEL.items, missing="em")
    ends = {"scale_min": point.moments.scale_min, "scale_max": point.moments.scale_max}
    rest = fit(moments, MODEL, orientation=point)
    expected = satisfaction_index(point) - _index_on(rest, ends)
    # The jackknife's maximum likelihood stops some 1e-6 from its maximum.
    np.testing.assert_allclose(found.change.sel(part="P007"), expected, atol=1e-4)


def _index_on(estimates, ends):
    from dataclasses import replace

    return satisfaction_index(replace(estimates, moments=replace(estimates.moments, **ends)))


def test_of_a_regression_it_is_dfbeta(frame):
    """With single items a slope is a path times a ratio of deviations: statsmodels' DFBETA."""
    from statsmodels.api import OLS, add_constant
    from statsmodels.stats.outliers_influence import OLSInfluence

    def slope(estimates):
        variance = estimates.moments.cov.sel(item="c", item_2="c")
        ratio = variance / estimates.moments.cov.sel(item="a", item_2="a")
        return estimates.paths.sel(source="A", target="C") * ratio**0.5

    theirs = OLSInfluence(OLS(frame["c"].to_numpy(), add_constant(frame["a"].to_numpy())).fit())
    found = influence(frame, PathModel.parse("A =~ a\nC =~ c\nC ~ A"), slope)
    np.testing.assert_allclose(found.change, theirs.dfbeta[:, 1], atol=1e-10)
    # Theirs are in standard errors of equal variances without the row, ours in the jackknife's.
    assert np.corrcoef(found.standardised, theirs.dfbetas[:, 1])[0, 1] > 0.99


def test_persons_are_left_out_whole_and_cells_are_their_own(frame):
    pairs = frame.assign(who=np.repeat([f"w{k}" for k in range(60)], 2), city=["n", "s"] * 60)
    found = influence(pairs, MODEL, persons="who", by=["city"])
    assert found.change.dims[:2] == ("part", "city")
    assert found["part"].values[:2].tolist() == ["w0", "w1"]
    assert set(found.part_of_row.sel(row=["P002", "P003"]).values) == {"w1"}
    alone = influence(pairs, MODEL, by=["city"])
    north = alone.change.sel(city="n", source="Q", target="S")
    # A row of the south changes nothing in the north.
    np.testing.assert_allclose(north[1::2], 0.0, atol=1e-12)
    assert (abs(north[::2]) > 0).all()


def test_groups_have_numbers_and_their_rows(frame):
    found = influence(frame, MODEL, n_parts=30)
    assert found["part"].values[:2].tolist() == ["group 1", "group 2"]
    assert (found.part_of_row == "group 3").sum() == 4


def test_rows_of_a_survey_have_their_numbers_in_the_file():
    items = {name: {"text": {"zh": name, "en": name}} for name in "ab"}
    codebook = Codebook.model_validate({"scale": [1, 10], "items": items})
    rows = ["2,3", "4,5", "6,4", "8,9", "5,6", "1,10"]
    responses = parse_survey("\n".join(["a,b", *rows]).encode(), codebook, source="x.csv")
    found = influence(responses, PathModel.parse("A =~ a\nB =~ b\nB ~ A"))
    # The header is line 1 of the file.
    assert found["part"].values.tolist() == [2, 3, 4, 5, 6, 7]
    assert influential(found, bound=0.5).loc[0, "part"] == 7


def test_moments_have_no_respondents(frame):
    with pytest.raises(DataError, match="influence needs the answers of respondents"):
        influence(compute_moments(frame), MODEL)
