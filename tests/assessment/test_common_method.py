"""Common-method bias: truth, another program, batch, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csat_models import Moments, PathModel, bootstrap, fit
from csat_models.assessment import (
    full_collinearity_vif,
    marker_adjusted,
    marker_controlled_paths,
)
from csat_models.errors import ModelError

MODEL = PathModel.parse("A =~ a\nB =~ b\nM =~ m\nB ~ A")


def with_method(share: float) -> Moments:
    """Two constructs that correlate .3, all answers with a common method of `share`."""
    corr = np.array([[1, 0.3, 0], [0.3, 1, 0], [0, 0, 1]])
    corr = (1 - share) * corr + share
    return Moments.from_table(items="abm", mean=[7] * 3, cov=corr, n_obs=200)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.4])
def test_the_marker_takes_the_method_away(share):
    estimates = fit(with_method(share), MODEL)
    found = marker_adjusted(estimates, marker="M").sel(construct="A", construct_2="B").item()
    assert found == pytest.approx(0.3)
    raw = estimates.construct_corr.sel(construct="A", construct_2="B").item()
    assert raw == pytest.approx(0.3 + 0.7 * share)


def test_partialling_is_partial_correlation_and_regression():
    corr = [[1, 0.6, 0.2], [0.6, 1, 0.3], [0.2, 0.3, 1]]
    estimates = fit(Moments.from_table(items="abm", mean=[7] * 3, cov=corr, n_obs=99), MODEL)
    inverse = np.linalg.inv(corr)
    partial = -inverse[0, 1] / np.sqrt(inverse[0, 0] * inverse[1, 1])
    found = marker_adjusted(estimates, marker="M", approach="partial")
    assert found.sel(construct="A", construct_2="B").item() == pytest.approx(partial)
    paths = marker_controlled_paths(estimates, marker="M")
    slopes = np.linalg.solve([[1, 0.2], [0.2, 1]], [0.6, 0.3])
    np.testing.assert_allclose(paths.sel(source=["A", "M"], target="B"), slopes, atol=1e-9)
    assert paths.sel(source="M", target="A").item() == pytest.approx(0.2)


def test_full_collinearity_sees_what_all_constructs_share():
    little, much = (full_collinearity_vif(fit(with_method(s), MODEL)) for s in (0.0, 0.8))
    assert little.sel(construct="M").item() == pytest.approx(1.0)
    assert (much > little).all()
    corr = fit(with_method(0.8), MODEL).construct_corr.to_numpy()
    for j in range(3):
        others = [k for k in range(3) if k != j]
        share = corr[j, others] @ np.linalg.solve(corr[np.ix_(others, others)], corr[others, j])
        assert much[j].item() == pytest.approx(1 / (1 - share))


# The peer sets an option that pandas 3 no longer has.
@pytest.mark.filterwarnings("ignore:The 'mode.chained_assignment'")
def test_the_adjustment_equals_openpls(mobi):
    from openpls.cmb import CMBLindellWhitney

    from csat_models import scores

    model = PathModel.parse(
        "Image =~ IMAG1 + IMAG2\nValue =~ PERV1 + PERV2\nM =~ CUSL2\nValue ~ Image"
    )
    estimates = fit(mobi, model)
    composites = scores(estimates, mobi).sel(construct=["Image", "Value"])
    frame = pd.DataFrame(composites.to_numpy(), columns=["Image", "Value"])
    theirs = CMBLindellWhitney(frame, mobi["CUSL2"]).adjusted()
    ours = marker_adjusted(estimates, marker="M").sel(construct="Image", construct_2="Value")
    # Scores from rows and correlations from moments.
    assert ours.item() == pytest.approx(theirs.loc["Image", "Value"], abs=1e-10)


def test_draws_equal_a_loop_with_signs_of_the_first_fit(mobi, ecsi):
    model = PathModel.parse(ecsi.to_text().replace(" + CUSL2", "") + "M =~ CUSL2\n")
    draws = bootstrap(mobi, model, n_boot=4, seed=1)
    batch = marker_controlled_paths(draws, marker="M")
    assert (batch.sel(source="Satisfaction", target="Loyalty") > 0).all()
    for draw in range(4):
        alone = fit(draws.moments.sel(draw=draw), model)
        np.testing.assert_allclose(
            batch.sel(draw=draw), marker_controlled_paths(alone, marker="M"), atol=1e-7
        )
        np.testing.assert_allclose(
            marker_adjusted(draws, marker="M").sel(draw=draw),
            marker_adjusted(alone, marker="M"),
            atol=1e-7,
        )


@pytest.mark.parametrize(
    ("marker", "word"), [("A", "part of the structural model"), ("N", "no construct")]
)
def test_a_marker_stands_apart(marker, word):
    estimates = fit(with_method(0.2), MODEL)
    with pytest.raises(ModelError, match=word):
        marker_adjusted(estimates, marker=marker)
    with pytest.raises(ModelError, match=word):
        marker_controlled_paths(estimates, marker=marker)


def test_an_unknown_approach_is_refused():
    with pytest.raises(ModelError, match="approach='second'"):
        marker_adjusted(fit(with_method(0.2), MODEL), marker="M", approach="second")
