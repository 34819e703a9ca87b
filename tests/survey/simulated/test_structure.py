from __future__ import annotations

import numpy as np
import pytest

from csat_models.errors import ModelError
from csat_models.model import catalogue
from csat_models.survey.simulated.questionnaire import STRUCTURE
from csat_models.survey.simulated.structure import Structure

TEXT = """
A =~ 0.8*A1 + 0.6*A2
B =~ 0.9*B1
C =~ 1*C1
A ~~ 0.3*B
C ~ 0.5*A + -0.4*B
"""


def test_correlations_follow_from_the_coefficients():
    structure = Structure.parse(TEXT)
    # r_CA = .5 - .4 * .3, r_CB = .5 * .3 - .4
    expected = [[1, 0.3, 0.38], [0.3, 1, -0.25], [0.38, -0.25, 1]]
    np.testing.assert_allclose(structure.construct_corr, expected, atol=1e-14)
    assert structure.item_corr[0, 1] == pytest.approx(0.48)
    assert structure.item_corr[0, 3] == pytest.approx(0.8 * 0.38)
    np.testing.assert_allclose(np.diag(structure.item_corr), 1, atol=1e-14)
    assert [structure.construct_of(item) for item in structure.items] == list("AABC")


def test_the_order_of_statements_does_not_matter():
    lines = TEXT.strip().splitlines()
    turned = Structure.parse("\n".join([*lines[3:], *lines[:3]]))
    np.testing.assert_allclose(turned.item_corr, Structure.parse(TEXT).item_corr, atol=1e-14)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("0.8*A1", "A1", "'A1' has no coefficient"),
        ("0.8*A1", "1.2*A1", "loading of 'A1'"),
        ("0.5*A", "1.5*A", "explain .* of its variance"),
        ("0.5*A", "0.5*Z", "'Z' has no items"),
        ("0.6*A2", "0.6*A1 + 0.6*B1", "measures two constructs"),
        ("B =~", "B <~", "declares no distribution"),
        ("A ~~ 0.3*B", "A ~ 0.3*C", "circle"),
    ],
)
def test_what_declares_no_population_is_refused(old, new, told):
    with pytest.raises(ModelError, match=told):
        Structure.parse(TEXT.replace(old, new, 1))


def test_the_demonstration_is_the_telecom_model():
    structure = Structure.parse(STRUCTURE)
    model = catalogue.telecom()
    for construct in model.constructs:
        items = [item for item in structure.items if structure.construct_of(item) == construct.name]
        assert tuple(items) == construct.items
    # partial effects are zero but for the model's paths: the population fits the model
    names = [structure.constructs.index(name) for name in model.construct_names]
    corr = structure.construct_corr[np.ix_(names, names)]
    sources = [model.construct_names.index(name) for name in ("Image", "Satisfaction")]
    sources.append(model.construct_names.index("Complaints"))
    beta = np.linalg.solve(corr[np.ix_(sources, sources)], corr[sources, -1])
    np.testing.assert_allclose(beta, [0.22, 0.52, -0.12], atol=1e-12)
