"""The model language and the models of the catalogue."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csat_models import PathModel, catalogue
from csat_models.errors import ModelError
from csat_models.model import Construct

TEXT = """
# measured by items
Image =~ I1 + I2 +
         I3            ! goes on
Quality <~ Q1 + Q2;  Satisfaction =~ S1
Quality ~ Image
Satisfaction ~ Quality + Image
"""


def test_parse_reads_constructs_modes_and_paths():
    model = PathModel.parse(TEXT)
    assert model.construct_names == ("Image", "Quality", "Satisfaction")
    assert model.items == ("I1", "I2", "I3", "Q1", "Q2", "S1")
    assert [construct.mode for construct in model.constructs] == ["A", "B", "A"]
    assert model.paths == (
        ("Image", "Quality"),
        ("Quality", "Satisfaction"),
        ("Image", "Satisfaction"),
    )
    assert model.endogenous == ("Quality", "Satisfaction")
    assert model.predecessors("Satisfaction") == ("Image", "Quality")


def test_matrices_stand_in_model_order():
    model = PathModel.parse(TEXT)
    assert model.membership.sum(axis=0).tolist() == [3, 2, 1]
    assert np.argwhere(model.adjacency).tolist() == [[0, 1], [0, 2], [1, 2]]


HIGHER = """
Service =~ Shop + Line
Shop    =~ S1 + S2
Line    <~ L1 + L2
Loyalty =~ Y1
Loyalty ~ Service
"""


def test_a_construct_measured_by_constructs_is_of_higher_order():
    model = PathModel.parse(HIGHER)
    assert model.higher_order == ("Service",)
    assert model.dimensions == ("Shop", "Line")
    assert model.items_of("Service") == ("Shop", "Line")
    assert model.items == ("S1", "S2", "L1", "L2", "Y1")
    assert model.indicators == ("Shop", "Line", *model.items)
    assert model.membership.tolist() == [
        [1, 0, 0, 0], [1, 0, 0, 0],
        [0, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1],
    ]  # fmt: skip
    assert PathModel.parse(model.to_text()) == model


def test_a_product_is_a_construct_measured_by_itself():
    model = PathModel.parse("A =~ a1 + a2; B =~ b; Y =~ y; Y ~ A + B + A:B + A:A; B ~ B2; B2 =~ c")
    assert model.construct_names == ("A", "B", "Y", "B2", "A:B", "A:A")
    assert model.products == ("A:B", "A:A")
    assert model.product_items == ("a1:b", "a2:b", "a1:a1", "a1:a2", "a2:a2")
    assert model.items == ("a1", "a2", "b", "y", "c", *model.product_items)
    assert model.indicators == ("a1", "a2", "b", "y", "c", "A:B", "A:A")
    assert model.membership.shape == (7, 6)
    assert model.predecessors("Y") == ("A", "B", "A:B", "A:A")
    assert model.higher_order == ()
    again = PathModel.parse(model.to_text())
    assert again.constructs == model.constructs
    assert set(again.paths) == set(model.paths)


def test_a_product_has_one_name():
    model = PathModel.parse("A =~ a; B =~ b; Y =~ y; Z =~ z; Y ~ B:A; Z ~ A:B + Y")
    assert model.paths == (("B:A", "Y"), ("B:A", "Z"), ("Y", "Z"))


def test_a_product_cannot_be_explained():
    parts = [Construct(name=name, items=(name.lower(),)) for name in "AB"]
    product = Construct(name="A:B", items=("A:B",))
    with pytest.raises(ModelError, match="A -> A:B leads to a product"):
        PathModel(constructs=(*parts, product), paths=(("A", "A:B"),))


@pytest.mark.parametrize("name", sorted(catalogue.CATALOGUE))
def test_without_higher_order_the_indicators_are_the_items(name):
    model = catalogue.get(name)
    assert model.indicators == model.items
    assert model.higher_order == model.dimensions == model.products == ()


def test_modes_override_the_operator():
    model = PathModel.parse(TEXT, modes={"Image": "B", "Quality": "A"})
    assert model.mode_b == ("Image",)


@pytest.mark.parametrize("name", sorted(catalogue.CATALOGUE))
def test_text_round_trip(name):
    model = catalogue.get(name)
    assert PathModel.parse(model.to_text()).constructs == model.constructs
    assert set(PathModel.parse(model.to_text()).paths) == set(model.paths)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "measures no construct"),
        ("A =~ a\nB ~ A", "'B', which is no measured construct"),
        (
            "A =~ a\nB =~ b\nC =~ c\nB ~ A\nC ~ B\nA ~ C",
            "run in a circle: (A -> B -> C -> A|B -> C -> A -> B|C -> A -> B -> C)",
        ),
        ("A =~ a\nA ~ A", "run in a circle"),
        ("A =~ a\nB =~ a\nB ~ A", "item 'a' measures both 'A' and 'B'"),
        ("A =~ a\nA =~ b", "line 2: construct 'A' is measured twice"),
        ("A =~", "line 1"),
        ("A =~ a b", "'a b' is neither a name"),
        ("A is a", "is not a statement"),
        ("A =~ a\nB =~ A + b", "'B' is measured by constructs and by the item 'b'"),
        ("A =~ A", "'A' is measured by 'A', which is measured by constructs itself"),
        ("A =~ a\nB =~ A\nC =~ B", "list the dimensions of 'B' instead"),
        ("A =~ a\nB =~ A\nC =~ A", "construct 'A' measures both 'B' and 'C'"),
        ("A =~ a\nB =~ A\nC =~ c\nC ~ A", "'A', a dimension of 'B'; write the path with 'B'"),
        ("A =~ a\nB =~ A:A", "measured by the product 'A:A'"),
        ("A =~ a\nB =~ b\nB ~ A + A:X", "product 'A:X' has the factor 'X', which is no"),
        ("A =~ a\nB =~ b\nB ~ A:A:A", "'A:A:A' is a product of 3 constructs"),
        ("A =~ a\nB =~ b\nB ~ A + A:B", "run in a circle: (A -> )?B -> B"),
        ("A =~ a\nH =~ A\nB =~ b\nC =~ c\nC ~ H + B:B", "leave out one of the two"),
        ("A =~ a\nA ~~ A", "sets a covariance"),
    ],
)
def test_a_bad_model_is_one_sentence(text, sentence):
    with pytest.raises(ModelError, match=sentence) as caught:
        PathModel.parse(text)
    assert "\n" not in str(caught.value)


def test_unknown_mode_and_unknown_construct_of_modes():
    with pytest.raises(ModelError, match="modes names 'X'"):
        PathModel.parse(TEXT, modes={"X": "A"})
    with pytest.raises(ModelError, match="has mode 'C'; write A or B"):
        PathModel.parse(TEXT, modes={"Image": "C"})
    with pytest.raises(ModelError, match="no construct 'Price'"):
        PathModel.parse(TEXT).items_of("Price")
    with pytest.raises(ModelError, match="catalogue has no model 'acis'"):
        catalogue.get("acis")


def test_published_models_have_their_published_size():
    assert len(catalogue.ecsi_mobile().paths) == 12
    assert [len(c.items) for c in catalogue.ecsi_mobile().constructs] == [5, 3, 7, 2, 3, 1, 3]
    assert len(catalogue.acsi().paths) == 9
    assert len(catalogue.telecom().items) == 30


@given(st.text(max_size=60))
def test_any_text_is_a_model_or_a_sentence(text):
    try:
        PathModel.parse(text)
    except ModelError as error:
        assert len(str(error)) > 10
