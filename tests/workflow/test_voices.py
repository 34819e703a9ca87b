"""Voices: the functions of a room, called in a study's terms."""

from __future__ import annotations

import inspect
from types import SimpleNamespace

import pytest

from csat_models.report import figures, narrative, tables
from csat_models.workflow.voices import Voice


def describe(frame, *, language, unit="city", note=""):
    return frame, language, unit, note


def wrap(frame):
    return frame


ROOM = SimpleNamespace(describe=describe, wrap=wrap, __all__=["describe", "wrap"])
TERMS = {"language": "zh", "unit": "branch", "level": 0.9}


def test_terms_are_given_where_a_function_takes_them():
    voice = Voice(ROOM, TERMS)
    assert voice.describe("f") == ("f", "zh", "branch", "")
    assert voice.wrap("f") == "f"


def test_what_the_call_says_comes_first():
    voice = Voice(ROOM, TERMS)
    assert voice.describe("f", unit="shop", note="n") == ("f", "zh", "shop", "n")


def test_terms_are_those_at_the_beginning():
    terms = dict(TERMS)
    voice = Voice(ROOM, terms)
    terms["language"] = "en"
    assert voice.describe("f")[1] == "zh"


def test_a_function_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="tell_all"):
        Voice(ROOM, TERMS).tell_all("f")


@pytest.mark.parametrize("room", [tables, figures, narrative], ids=lambda room: room.__name__)
def test_completion_offers_what_the_room_hands_out(room):
    voice = Voice(room, {})
    assert dir(voice) == sorted(room.__all__)
    functions = [name for name in dir(voice) if inspect.isfunction(getattr(room, name))]
    assert len(functions) > 5
    assert all(callable(getattr(voice, name)) for name in functions)
