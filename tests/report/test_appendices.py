"""Appendices: nothing is lost, order is kept, and what left a chapter is named there."""

from __future__ import annotations

import pytest

from csat_models.report.appendices import APPENDICES, appendix_of, set_apart
from csat_models.report.language import catalogue

HEADING = {"kind": "heading", "text": "Five", "level": 1}


def text(words: str) -> dict:
    return {"kind": "paragraph", "texts": {"zh": words, "en": words}, "role": "text"}


def table(name: str) -> dict:
    return {"kind": "table", "name": name}


def test_every_element_stands_once_and_in_order():
    chapter = [
        HEADING,
        text("[@table:drift]"),
        table("drift"),
        table("items"),
        table("weight_drift"),
    ]
    (body,), (back,) = set_apart([chapter], "en")
    assert [each.get("name") for each in body[:3]] == [None, None, "items"]
    assert back[1:] == [table("drift"), table("weight_drift")]
    assert back[0]["text"] == catalogue("en")["appendix.group_detail"]


def test_what_the_text_names_needs_no_pointer_and_what_it_does_not_gets_one():
    named = [HEADING, text("see [@table:drift]"), table("drift")]
    (body,), _ = set_apart([named], "en")
    assert body == named[:2]
    (body,), _ = set_apart([[HEADING, table("drift"), table("weight_drift"), text("on")]], "en")
    assert (
        body[1]["texts"]["en"] == "Details are given in [@table:drift] and [@table:weight_drift]."
    )
    assert "[@table:drift]和[@table:weight_drift]" in body[1]["texts"]["zh"]
    assert body[2] == text("on")


def test_a_study_without_long_tables_has_no_appendix():
    chapter = [HEADING, table("items")]
    assert set_apart([chapter], "zh") == ([chapter], [])


def test_appendices_keep_the_order_of_their_list():
    chapters = [[HEADING, table("standing_image")], [HEADING, table("questionnaire")]]
    _, backs = set_apart(chapters, "en")
    assert [back[1]["name"] for back in backs] == ["questionnaire", "standing_image"]


@pytest.mark.parametrize("name", APPENDICES)
def test_every_appendix_has_a_title_in_both_languages(name):
    assert all(catalogue(language)[f"appendix.{name}"] for language in ("zh", "en"))


def test_a_name_belongs_to_one_appendix_and_a_family_begins_with_its_stem():
    members = [member for each in APPENDICES.values() for member in each]
    assert len(members) == len(set(members))
    assert appendix_of(table("standing_service")) == "standing_detail"
    assert appendix_of(table("standing")) is None
    assert appendix_of({"kind": "figure", "name": "drift"}) is None
