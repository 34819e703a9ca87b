"""Numbers in the text of a model are read where they mean something, and refused elsewhere."""

import pytest

from csat_models import PathModel
from csat_models.errors import ModelError


@pytest.mark.parametrize(
    ("text", "line", "term"),
    [
        ("Q =~ 0.5*q1 + q2\nS =~ s\nS ~ Q", 1, "q1"),
        ("Q =~ 1*q1 + q2\nS =~ s\nS ~ Q", 1, "q1"),
        ("Q =~ q1 + q2\nS =~ s\nS ~ 0*Q", 3, "Q"),
        ("Q =~ q1 + q2\nS =~ s\nS ~ Q + 0.3*Q:Q", 3, "Q:Q"),
    ],
)
def test_a_number_that_would_fix_nothing_is_refused(text, line, term):
    with pytest.raises(ModelError, match=rf"model line {line}: '.*\*{term}' fixes a number"):
        PathModel.parse(text)


def test_the_ones_of_a_composite_stay():
    model = PathModel.parse("Q <~ 1*q1 + 1*q2\nS =~ s\nS ~ Q")
    assert model.construct("Q").mode == "unit"
    assert PathModel.parse(model.to_text()) == model


@pytest.mark.parametrize("text", [None, 5, ["Q =~ q1"]])
def test_a_model_is_written_as_text(text):
    with pytest.raises(ModelError, match=f"of type '{type(text).__name__}'; write it as a text"):
        PathModel.parse(text)
