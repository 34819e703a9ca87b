"""A test of two models is one of the same data, and of models that are nested."""

import numpy as np
import pandas as pd
import pytest

from csat_models import PathModel
from csat_models.errors import DataError
from csat_models.estimation.covariance import difference_test, fit_covariance

GENERAL = PathModel.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nC =~ c1 + c2 + c3\n"
                          "B ~ A\nC ~ A + B")  # fmt: skip
RESTRICTED = PathModel.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nC =~ c1 + c2 + c3\n"
                             "B ~ A\nC ~ B")  # fmt: skip
REORDERED = PathModel.parse("C =~ c3 + c1 + c2\nA =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\n"
                            "B ~ A\nC ~ B + A")  # fmt: skip
NOT_NESTED = PathModel.parse("A =~ a1 + a2 + a3 + b1 + b2 + b3\nC =~ c1 + c2 + c3\nC ~ A")


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(3)
    latent = rng.normal(size=(200, 3)) + 0.8 * rng.normal(size=(200, 1))
    answers = np.repeat(latent, 3, axis=1) + 0.7 * rng.normal(size=(200, 9))
    return pd.DataFrame(answers, columns=list(GENERAL.items))


def test_models_of_the_same_data_are_compared_whatever_the_order_of_items(rows):
    found = [difference_test(fit_covariance(rows, RESTRICTED), fit_covariance(rows, model))
             for model in (GENERAL, REORDERED)]  # fmt: skip
    assert found[0].chi_square > 1
    # Two searches for one maximum.
    assert found[1].chi_square == pytest.approx(found[0].chi_square, rel=1e-5)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda rows: rows[:150], "differ in their respondents"),
        (lambda rows: rows.assign(a1=rows["a1"] ** 2), "different means or covariances"),
        (lambda rows: rows.assign(a1=rows["a1"] + 1.0), "different means or covariances"),
    ],
)
def test_fits_to_other_data_do_not_compare(rows, change, fault):
    with pytest.raises(DataError, match=fault):
        difference_test(fit_covariance(rows, RESTRICTED), fit_covariance(change(rows), GENERAL))


def test_fits_to_other_items_do_not_compare(rows):
    fewer = PathModel.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nB ~ A")
    with pytest.raises(DataError, match="differ in their items"):
        difference_test(fit_covariance(rows, RESTRICTED), fit_covariance(rows, fewer))


def test_a_model_that_fits_better_is_not_nested(rows):
    with pytest.raises(DataError, match="fits better than the general one"):
        difference_test(
            fit_covariance(rows, RESTRICTED),
            fit_covariance(rows, NOT_NESTED, residual_covariances=[("a1", "a2"), ("a1", "a3")]),
        )
